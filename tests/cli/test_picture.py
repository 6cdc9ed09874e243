# SPDX-FileCopyrightText: 2026 The Faltung authors
# SPDX-License-Identifier: Apache-2.0
"""Pictures: agreement with SciPy, depths, colours, transparency, clamping."""

import struct
import unittest
import zlib

import numpy as np
from scipy import ndimage, signal

from support import DATA, USAGE, ProgramTest

SOBEL_X = np.outer([1, 2, 1], [1, 0, -1])


class Picture(ProgramTest):
    def pixels(self, *shape, dtype=np.uint8):
        return self.random.integers(0, np.iinfo(dtype).max, shape, dtype=dtype, endpoint=True)

    def exact(self, x, h, **options):
        x = x.astype(np.float64)
        return np.stack([ndimage.convolve(x[..., c], h, mode="mirror", **options)
                         for c in range(x.shape[2])], -1)

    def gaussian(self, sigma):
        r = np.arange(-np.ceil(4 * sigma), np.ceil(4 * sigma) + 1)
        g = np.exp(-r ** 2 / (2 * sigma ** 2))
        return np.outer(g / g.sum(), g / g.sum())

    def test_gaussian_agrees_with_scipy_within_the_stated_bound(self):
        x = self.pixels(61, 43, 3)
        self.png("x.png", x)
        h = self.gaussian(2.5)
        said = self.ok("convolve", "x.png", "gaussian:2.5", "-o", "y.npy", "--report-error")
        self.assertIn(" same boundary=mirror axes=0,1", said["problem"])
        exact = self.exact(x, h.astype(np.float32).astype(np.float64))
        # The taps are rounded to float32 once, here and there; the last place of exp may differ.
        slack = 255 * np.finfo(np.float32).eps
        self.assertLessEqual(np.abs(self.load("y.npy") - exact).max(),
                             said["error_bound"]["maximum"] + slack)
        self.ok("convolve", "x.png", "gaussian:2.5", "-o", "y.png")
        self.assertLessEqual(np.abs(self.read_png("y.png") - exact).max(), 0.5 + slack)

    def test_numbers_agree_with_scipy_within_the_stated_bound(self):
        x = self.pixels(30, 20, 3)
        self.png("x.png", x)
        h = np.array([[1, 2, 1], [2, 4, 2], [3, -1, 0.5]])
        for method in ["auto", "direct", "fft_single", "overlap_save"]:
            said = self.ok("convolve", "x.png", "--kernel", "1 2 1; 2 4 2; 3 -1 0.5", "-o", "y.npy",
                           "--report-error", "--method", method)
            self.within_bound(self.load("y.npy"), self.exact(x, h), said["error_bound"])

    def test_separable_takes_products_and_no_other_kernel(self):
        x = self.pixels(30, 20, 3)
        self.png("x.png", x)
        h = np.outer([1, 2, 4], [3, -1, 0.5, 2, 7])
        rows = "; ".join(" ".join(str(v) for v in row) for row in h)
        said = self.ok("convolve", "x.png", "--kernel", rows, "-o", "y.npy", "--report-error",
                       "--method", "separable")
        self.assertEqual(said["method"], "separable")
        self.within_bound(self.load("y.npy"), self.exact(x, h), said["error_bound"])
        self.refused(64, "rank", "convolve", "x.png", "--kernel", "1 2 1; 2 4 2; 3 -1 0.5", "-o",
                     "out.npy", "--method", "separable")

    def test_a_kernel_larger_than_the_picture(self):
        x = self.pixels(5, 1, 1)
        self.png("x.png", x)
        self.ok("convolve", "x.png", "box:15", "-o", "y.npy")
        h = np.full((15, 15), 1 / 225)
        np.testing.assert_allclose(self.load("y.npy"), self.exact(x, h)[..., 0], rtol=1e-5)

    def test_depths_and_colours_are_kept(self):
        for dtype in [np.uint8, np.uint16]:
            for channels in [1, 2, 3, 4]:
                x = self.pixels(9, 7, channels, dtype=dtype)
                if channels % 2 == 0:  # what is transparent has no colour
                    x[..., -1] = np.maximum(x[..., -1], 1)
                self.png("x.png", x)
                self.ok("convolve", "x.png", "--kernel", "1", "-o", "y.png")
                y = self.read_png("y.png")
                self.assertEqual(y.dtype, dtype)
                np.testing.assert_array_equal(y, x)

    def test_transparent_colours_count_for_nothing(self):
        x = self.pixels(12, 10, 4)
        x[4:6, 3:7, 3] = 0
        self.png("x.png", x)
        a = x[..., 3:] / 255.0
        h = np.full((3, 3), 1 / 9)
        for gain, extra in [(1, []), (0.5, ["--gain", "0.5"])]:
            said = self.ok("convolve", "x.png", "box:3", "-o", "y.png", *extra)
            alpha = self.exact(a, h)
            colour = gain * self.exact(x[..., :3] * a, h) / np.maximum(alpha, 1e-9)
            y = self.read_png("y.png").astype(float)
            self.assertLessEqual(np.abs(y[..., 3:] - 255 * alpha).max(), 0.501)
            self.assertLessEqual(np.abs(y[..., :3] - colour).max(), 0.51)
            self.assertEqual(said["clipped"]["count"], 0)
        # What lies hidden beneath transparent pixels is not seen.
        hidden = x.copy()
        hidden[4:6, 3:7, :3] = 255 - hidden[4:6, 3:7, :3]
        self.png("hidden.png", hidden)
        self.ok("convolve", "hidden.png", "box:3", "-o", "z.png", "--gain", "0.5")
        np.testing.assert_array_equal(self.read_png("z.png"), self.read_png("y.png"))
        # Beyond the ends all is transparent.
        self.ok("convolve", "x.png", "box:3", "-o", "y.npy", "--extent", "full", "--boundary",
                "constant")
        alpha = signal.convolve(a[..., 0], h)
        np.testing.assert_allclose(self.load("y.npy")[..., 3], 255 * alpha, atol=1e-3)
        self.refused(USAGE, "transparent", "convolve", "x.png", "box:3", "-o", "z.png", "--boundary",
                     "constant", "--cval", "9")

    def test_edges_of_transparent_pictures_are_opaque(self):
        x = self.pixels(12, 10, 4)
        self.png("x.png", x)
        self.ok("convolve", "x.png", "sobel-x", "-o", "y.npy")
        y = self.load("y.npy")
        np.testing.assert_array_equal(y[..., 3], 255)
        exact = self.exact(x[..., :3] * (x[..., 3:] / 255.0), SOBEL_X)
        np.testing.assert_allclose(y[..., :3], exact, atol=1e-3)

    def test_correlation_leaves_transparency_out(self):
        x = self.pixels(12, 10, 4)
        self.png("x.png", x)
        self.ok("correlate", "x.png", "box:3", "-o", "y.png")
        self.assertEqual(self.read_png("y.png").shape, (12, 10, 3))
        self.png("three.png", x[..., :3])
        self.ok("correlate", "three.png", "box:3", "-o", "z.png")
        np.testing.assert_array_equal(self.read_png("y.png"), self.read_png("z.png"))

    def test_a_kernel_for_each_colour_has_none_for_transparency(self):
        self.png("x.png", self.pixels(12, 10, 4))
        self.npy("h.npy", np.ones((3, 3, 3)))
        self.refused(DATA, ["each colour", "transparency"], "convolve", "x.png", "h.npy", "-o",
                     "z.png")

    def test_linear_light(self):
        for dtype, full in [(np.uint8, 255), (np.uint16, 65535)]:
            x = self.pixels(20, 16, 3, dtype=dtype)
            self.png("x.png", x)
            v = x / full
            linear = np.where(v <= 0.04045, v / 12.92, ((v + 0.055) / 1.055)**2.4)
            y = self.exact(linear, np.full((3, 3), 1 / 9))
            encoded = np.where(y <= 0.0031308, y * 12.92, 1.055 * y**(1 / 2.4) - 0.055)
            self.ok("convolve", "x.png", "box:3", "-o", "y.png", "--linear-light")
            self.assertLessEqual(np.abs(self.read_png("y.png") - full * encoded).max(), 0.52)
            self.ok("convolve", "x.png", "--kernel", "1", "-o", "y.png", "--linear-light")
            np.testing.assert_array_equal(self.read_png("y.png"), x)
            self.ok("convolve", "x.png", "box:3", "-o", "y.npy", "--linear-light")
            np.testing.assert_allclose(self.load("y.npy"), full * y, rtol=1e-5)

    def test_signs_are_kept_as_asked(self):
        x = self.pixels(20, 16, 3)
        self.png("x.png", x)
        h = [[0.25, 0, -0.25]]
        exact = self.exact(x, np.array(h))
        command = ["convolve", "x.png", "--kernel", "0.25 0 -0.25"]
        self.ok(*command, "-o", "y.png", "--signed", "offset")
        self.assertLessEqual(np.abs(self.read_png("y.png") - (exact + 128)).max(), 0.501)
        self.ok(*command, "-o", "y.png", "--signed", "absolute")
        self.assertLessEqual(np.abs(self.read_png("y.png") - np.abs(exact)).max(), 0.501)
        said = self.ok(*command, "-o", "y.tif", "--signed", "float")
        self.assertEqual(said["clipped"]["count"], 0)
        self.ok("convolve", "y.tif", "--kernel", "1", "-o", "y.npy")
        np.testing.assert_allclose(self.load("y.npy"), exact, atol=1e-4)
        self.refused(USAGE, ".tif", *command, "-o", "z.png", "--signed", "float")
        self.refused(USAGE, "did you mean offset", *command, "-o", "z.png", "--signed", "ofset")
        self.refused(USAGE, "keep their signs", *command, "-o", "z.npy", "--signed", "offset")

    def test_edges_are_clamped_and_said(self):
        x = np.zeros((8, 8), np.uint8)
        x[:, 4:] = 200
        self.png("x.png", x)
        done = self.run_program("convolve", "x.png", "sobel-x", "-o", "y.png")
        self.assertIn("16 above 255", done.stderr)
        y = self.read_png("y.png")[..., 0]
        self.assertEqual(set(y.flatten()), {0, 255})
        done = self.run_program("convolve", "x.png", "--kernel", "1 0 -1", "-o", "y.png", "--gain",
                                "-1")
        self.assertIn("16 below 0", done.stderr)
        self.assertIn("write .npy", done.stderr)
        self.assertEqual(self.read_png("y.png").max(), 0)
        self.ok("convolve", "x.png", "sobel-x", "-o", "y.npy")
        np.testing.assert_array_equal(self.load("y.npy"), self.exact(x[..., None], SOBEL_X)[..., 0])

    def test_correlation_with_a_template(self):
        x = self.pixels(40, 30)
        template = x[10:17, 5:14]
        self.png("x.png", x), self.png("t.png", template)
        said = self.ok("correlate", "x.png", "t.png", "-o", "y.npy", "--extent", "valid",
                       "--report-error")
        exact = signal.correlate(x.astype(float), template.astype(float), "valid", "direct")
        self.within_bound(self.load("y.npy"), exact, said["error_bound"])
        said = self.ok("correlate", "x.png", "t.png", "-o", "y.npy", "--report-error")
        exact = ndimage.correlate(x.astype(float), template.astype(float), mode="mirror")
        self.within_bound(self.load("y.npy"), exact, said["error_bound"])
        done = self.run_program("correlate", "x.png", "t.png", "-o", "y.png")
        self.assertIn("(100 %) were clipped", done.stderr)
        self.assertIn("use --kernel-scale sum or a smaller --gain", done.stderr)
        said = self.ok("correlate", "x.png", "t.png", "-o", "y.png", "--kernel-scale", "sum")
        self.assertEqual(said["clipped"]["count"], 0)

    def test_advice_on_clipping_is_no_more_than_helps(self):
        self.png("x.png", self.pixels(40, 30))
        done = self.run_program("convolve", "x.png", "sobel-x", "-o", "y.png")
        self.assertIn("by --signed offset, absolute or float", done.stderr)
        for signed in ("offset", "absolute"):
            done = self.run_program("convolve", "x.png", "sobel-x", "-o", "y.png", "--signed", signed)
            self.assertIn("; use a smaller --gain, or write .npy", done.stderr)

    def test_colour_templates(self):
        x = self.pixels(20, 20, 3)
        self.png("x.png", x), self.png("t.png", x[3:6, 4:9])
        said = self.ok("correlate", "x.png", "t.png", "-o", "y.npy", "--extent", "valid",
                       "--report-error")
        exact = np.stack([signal.correlate(x[..., c].astype(float), x[3:6, 4:9, c].astype(float),
                                           "valid", "direct") for c in range(3)], -1)
        self.within_bound(self.load("y.npy"), exact, said["error_bound"])
        self.png("grey.png", x[..., 0])
        self.refused(DATA, ["does not fit grey.png", "1 colour channel"], "correlate", "grey.png",
                     "t.png", "-o", "z.npy")

    def test_templates_with_holes_are_refused(self):
        self.png("x.png", self.pixels(9, 9, 4))
        opaque = np.dstack([self.pixels(3, 3, 3), np.full((3, 3), 255, np.uint8)])
        self.png("opaque.png", opaque)
        self.ok("correlate", "x.png", "opaque.png", "-o", "y.npy")
        opaque[1, 1, 3] = 254
        self.png("hole.png", opaque)
        self.refused(DATA, "transparent", "correlate", "x.png", "hole.png", "-o", "z.npy")

    def test_jpeg(self):
        x = np.full((16, 24, 3), 90, np.uint8)
        self.png("x.png", x)
        self.ok("convolve", "x.png", "--kernel", "1", "-o", "y.jpg")
        self.ok("convolve", "y.jpg", "gaussian:1", "-o", "z.png")
        self.assertLessEqual(np.abs(self.read_png("z.png").astype(int) - 90).max(), 2)
        self.png("alpha.png", self.pixels(4, 4, 4)), self.png("deep.png", self.pixels(
            4, 4, 3, dtype=np.uint16))
        for name in ["alpha.png", "deep.png"]:
            self.refused(USAGE, "write .png", "convolve", name, "box:3", "-o", "z.jpg")

    def test_npy_kernels(self):
        x = self.pixels(10, 12, 3)
        self.png("x.png", x)
        h = self.random.standard_normal((3, 4))
        self.npy("h.npy", h)
        self.ok("convolve", "x.png", "h.npy", "-o", "y.npy")
        # The centre of an even kernel is (K-1)/2: SciPy's is one further on.
        exact = self.exact(x, h, origin=(0, -1))
        np.testing.assert_allclose(self.load("y.npy"), exact, atol=2e-3)
        self.npy("h3.npy", self.random.standard_normal((3, 3, 2)))
        self.refused(DATA, "does not fit x.png", "convolve", "x.png", "h3.npy", "-o", "z.npy")


class Lies(ProgramTest):
    def test_indices_beyond_the_palette(self):
        def chunk(tag, data):
            return (struct.pack(">I", len(data)) + tag + data +
                    struct.pack(">I", zlib.crc32(tag + data)))

        for index, good in [(3, True), (4, False), (15, False)]:
            rows = b"".join(b"\0" + bytes([0x01, index]) for _ in range(2))  # 4 pixels, 4 bits
            self.path("p.png").write_bytes(
                b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 4, 2, 4, 3, 0, 0, 0))
                + chunk(b"PLTE", bytes(range(12))) + chunk(b"IDAT", zlib.compress(rows))
                + chunk(b"IEND", b""))
            if good:
                self.ok("convolve", "p.png", "--kernel", "1", "-o", "o.png")
                self.path("o.png").unlink()
            else:
                self.refused(DATA, f"colour {index} of a palette of 4", "convolve", "p.png",
                             "--kernel", "1", "-o", "o.png")


if __name__ == "__main__":
    unittest.main()
