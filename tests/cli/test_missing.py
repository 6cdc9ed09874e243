# SPDX-FileCopyrightText: 2026 The Faltung authors
# SPDX-License-Identifier: Apache-2.0
"""Samples that are missing, in series, pictures, sound and arrays, beside the definition in NumPy."""

import unittest

import numpy as np
import scipy.ndimage as nd

from support import DATA, NO_INPUT, USAGE, ProgramTest


def omitted(x, kernel, mode):
    """Normalised convolution, for kernels that are never negative."""
    there = ~np.isnan(x)
    top = nd.convolve(np.where(there, x, 0), kernel, mode=mode)
    weight = nd.convolve(there.astype(float), kernel, mode=mode)
    with np.errstate(invalid="ignore"):
        return np.where(weight > 0, top / weight * kernel.sum(), np.nan)


class Missing(ProgramTest):
    def test_arrays_are_normalised(self):
        rng = np.random.default_rng(5)
        x = rng.uniform(0, 1, (40, 50))
        x[rng.uniform(0, 1, x.shape) < 0.3] = np.nan
        x[10:25, 20:36] = np.nan
        self.npy("x.npy", x)
        kernel = np.outer([1, 2, 3, 2, 1], [1, 2, 3, 2, 1]) / 81
        self.npy("k.npy", kernel)
        for boundary, mode in [("mirror", "mirror"), ("edge", "nearest"), ("wrap", "wrap"),
                               ("symmetric", "reflect")]:
            for method in ["auto", "direct", "fft_single", "overlap_save", "separable"]:
                self.ok("convolve", "x.npy", "k.npy", "-o", "y.npy", "--extent", "same", "--nan",
                        "omit", "--boundary", boundary, "--method", method)
                y, expected = np.load(self.path("y.npy")), omitted(x, kernel, mode)
                self.assertTrue((np.isnan(y) == np.isnan(expected)).all(), (boundary, method))
                self.assertGreater(np.isnan(y).sum(), 20)
                self.assertLess(np.nanmax(np.abs(y - expected)), 1e-12, (boundary, method))

    def test_a_constant_stays_constant(self):
        x = np.full((30, 30), 7.0)
        x[3:9, 4:20] = x[20, :] = np.nan
        self.npy("x.npy", x)
        for kernel, total in [("gaussian:2", 1), ("unsharp:2", 1), ("sobel-x", 0), ("log:1.5", 0),
                              ("disk:3", 1)]:
            for more in [["--boundary", "mirror"], ["--boundary", "constant", "--cval", "nan"]]:
                for nan in ["omit", "interpolate"]:
                    if "nan" in more and nan == "interpolate":
                        continue
                    self.ok("convolve", "x.npy", kernel, "-o", "y.npy", "--extent", "same", "--nan",
                            nan, *more)
                    y = np.load(self.path("y.npy"))
                    self.assertFalse(kernel == "gaussian:2" and np.isnan(y).any())
                    self.assertLess(np.nanmax(np.abs(y - 7 * total)), 1e-11, (kernel, nan))

    def test_a_mask_makes_holes_in_pictures_of_any_kind(self):
        rng = np.random.default_rng(6)
        mask = np.full((20, 24), 255, np.uint8)
        mask[5:9, 6:14] = 0
        self.png("mask.png", mask)
        self.npy("mask.npy", (mask > 0).astype(np.uint8))
        k = np.ones((5, 5)) / 25
        for name, x in [("grey.png", rng.integers(0, 256, (20, 24)).astype(np.uint8)),
                        ("rgb.png", rng.integers(0, 256, (20, 24, 3)).astype(np.uint8))]:
            self.png(name, x)
            channels = x[..., None] if x.ndim == 2 else x
            planes = np.where(mask > 0, channels.transpose(2, 0, 1).astype(float), np.nan)
            expected = np.stack([omitted(p, k, "mirror") for p in planes], -1)
            for given in ["mask.png", "mask.npy"]:
                self.ok("convolve", name, "box:5", "-o", "y.npy", "--mask", given)
                y = np.load(self.path("y.npy")).reshape(expected.shape)
                self.assertLess(np.abs(y - expected).max(), 1e-3, (name, given))
            self.ok("convolve", name, "box:5", "-o", "y.png", "--mask", "mask.png")
            self.ok("convolve", name, "box:5", "-o", "y.tif", "--mask", "mask.png", "--signed",
                    "float")

    def test_what_stays_missing_in_a_picture_is_told(self):
        self.png("x.png", np.full((30, 30), 100, np.uint8))
        mask = np.ones((30, 30), np.uint8)
        mask[5:20, 5:20] = 0
        self.png("m.png", mask)
        done = self.run_program("convolve", "x.png", "box:5", "-o", "y.png", "--mask", "m.png")
        self.assertIn("121 not a number; what is not a number is 0 there", done.stderr)
        y = self.read_png("y.png")[..., 0]
        self.assertEqual(((y == 0).sum(), (y == 100).sum()), (121, 779))

    def test_series_with_gaps(self):
        self.csv("x.csv", "v\n1\n2\nnan\n4\n5\n")
        self.ok("convolve", "x.csv", "box:3", "-o", "y.csv", "--extent", "same", "--nan", "omit")
        self.assertEqual(self.path("y.csv").read_text().split()[1:3], ["1.3333333333333333", "1.5"])
        self.csv("m.csv", "there\n1\n1\n1\n0\n1\n")
        self.ok("convolve", "x.csv", "box:3", "-o", "y.csv", "--extent", "same", "--mask", "m.csv")
        values = [float(v) for v in self.path("y.csv").read_text().split()[1:]]
        np.testing.assert_allclose(values, [4 / 3, 1.5, 2, 5, 5])

    def test_the_bound_is_told(self):
        x = np.random.default_rng(7).uniform(0, 1, 500)
        x[::7] = np.nan
        self.npy("x.npy", x)
        said = self.run_program("convolve", "x.npy", "gaussian:3", "-o", "y.npy", "--nan", "omit",
                                "--report-error", "--boundary", "edge", "--explain").stdout
        self.assertIn("no value is off by more than", said)
        self.assertIn("|h| over what is there", said)
        self.assertIn("nan=omit", said)

    def test_refusals(self):
        self.npy("x.npy", np.ones(9))
        self.npy("m.npy", np.ones(7))
        self.refused(USAGE, "did you mean omit", "convolve", "x.npy", "box:3", "-o", "y.npy", "--nan",
                     "omitt")
        self.refused(NO_INPUT, "nothing.npy", "convolve", "x.npy", "box:3", "-o", "y.npy", "--mask",
                     "nothing.npy")
        self.refused(DATA, "[7] does not fit samples of shape [9]", "convolve", "x.npy", "box:3",
                     "-o", "y.npy", "--mask", "m.npy")
        self.refused(USAGE, "same file", "convolve", "x.npy", "box:3", "-o", "m.npy", "--mask",
                     "m.npy")
        self.refused(USAGE, "cval=nan", "convolve", "x.npy", "box:3", "-o", "y.npy", "--nan",
                     "interpolate", "--cval", "nan")


if __name__ == "__main__":
    unittest.main()
