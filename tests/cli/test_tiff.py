# SPDX-FileCopyrightText: 2026 The Faltung authors
# SPDX-License-Identifier: Apache-2.0
"""TIFF and large arrays: row by row, in the memory that is allowed, with the bits of the whole."""

import os
import resource
import struct
import subprocess
import unittest

import numpy as np
from scipy import ndimage

from support import DATA, PROGRAM, UNAVAILABLE, USAGE, ProgramTest

CODES = {np.uint8: 1, np.uint16: 1, np.float32: 3, np.float64: 3}


def tiff(array, big=False, tile=0):
    """An uncompressed TIFF or BigTIFF of [height, width, channels], in strips of 7 rows or tiles."""
    height, width, channels = array.shape
    blocks = []
    if tile:
        for y in range(0, height, tile):
            for x in range(0, width, tile):
                block = np.zeros((tile, tile, channels), array.dtype)
                part = array[y:y + tile, x:x + tile]
                block[:part.shape[0], :part.shape[1]] = part
                blocks.append(block.tobytes())
    else:
        blocks = [array[y:y + 7].tobytes() for y in range(0, height, 7)]
    head = 16 if big else 8
    offsets = np.cumsum([head] + [len(b) for b in blocks])
    entries = {256: (4, [width]), 257: (4, [height]), 258: (3, [8 * array.itemsize] * channels),
               259: (3, [1]), 262: (3, [2 if channels >= 3 else 1]), 277: (3, [channels]),
               339: (3, [CODES[array.dtype.type]] * channels)}
    if channels in (2, 4):
        entries[338] = (3, [2])
    places = 16 if big else 4
    if tile:
        entries |= {322: (4, [tile]), 323: (4, [tile]), 324: (places, list(offsets[:-1])),
                    325: (places, [len(b) for b in blocks])}
    else:
        entries |= {273: (places, list(offsets[:-1])), 278: (4, [7]),
                    279: (places, [len(b) for b in blocks])}
    at = int(offsets[-1])
    extra, fields = b"", b""
    for tag, (kind, values) in sorted(entries.items()):
        data = struct.pack(f"<{len(values)}{ {3: 'H', 4: 'I', 16: 'Q'}[kind] }", *map(int, values))
        room = 8 if big else 4
        if len(data) > room:
            place = at + len(extra)
            extra += data
            data = struct.pack("<Q" if big else "<I", place)
        fields += struct.pack("<HHQ" if big else "<HHI", tag, kind, len(values)) + data.ljust(
            room, b"\0")
    place = at + len(extra)
    if big:
        return (struct.pack("<2sHHHQ", b"II", 43, 8, 0, place) + b"".join(blocks) + extra +
                struct.pack("<Q", len(entries)) + fields + bytes(8))
    return (struct.pack("<2sHI", b"II", 42, place) + b"".join(blocks) + extra +
            struct.pack("<H", len(entries)) + fields + bytes(4))


class Tiff(ProgramTest):
    def tif(self, name, array, **layout):
        self.path(name).write_bytes(tiff(array, **layout))

    def read(self, name):
        """The program's own reading of it, which tests/io/tiff_test.cpp holds to libtiff."""
        self.ok("convolve", name, "--kernel", "1", "-o", "read.npy")
        return self.load("read.npy")

    def test_agrees_with_scipy_and_with_the_whole(self):
        x = self.random.random((300, 210), dtype=np.float32)
        self.npy("x.npy", x)
        # One method: with less memory the choice may be another, and so the last bits.
        method = ["--method", "separable"]
        self.ok("convolve", "x.npy", "gaussian:3", "-o", "whole.npy", "--extent", "same",
                "--boundary", "mirror", *method)
        whole = self.load("whole.npy")
        exact = ndimage.gaussian_filter(x.astype(float), 3, mode="mirror", radius=12)
        np.testing.assert_allclose(whole, exact, atol=1e-6)
        for layout in [{}, {"big": True}, {"tile": 32}, {"tile": 64, "big": True}]:
            self.tif("x.tif", x[..., None], **layout)
            for limit in [[], ["--max-memory", "3M"]]:
                self.ok("convolve", "x.tif", "gaussian:3", "-o", "y.tif", *limit, *method)
                np.testing.assert_array_equal(self.read("y.tif"), whole)

    def test_pieces_have_the_bits_of_the_whole(self):
        x = self.random.random((900, 700), dtype=np.float32)
        self.npy("x.npy", x)
        self.tif("x.tif", x[..., None], tile=64)
        self.npy("rank41.npy", self.random.random((41, 41), dtype=np.float32))
        methods = set()
        for kernel in ["rank41.npy", "gaussian:8", "gaussian:1", "sobel-x * gaussian:2"]:
            same = ["--extent", "same", "--boundary", "mirror"]
            said = self.ok("convolve", "x.npy", kernel, "-o", "whole.npy", *same)
            methods.add(said["method"])
            whole = self.load("whole.npy")
            for limit in ["9M", "12M", "40M"]:
                self.ok("convolve", "x.npy", kernel, "-o", "y.npy", "--max-memory", limit, *same)
                np.testing.assert_array_equal(self.load("y.npy"), whole)
                self.ok("convolve", "x.tif", kernel, "-o", "y.tif", "--max-memory", limit)
                np.testing.assert_array_equal(self.read("y.tif"), whole)
        self.assertIn("overlap_save", methods)

    def test_types_and_channels_are_kept(self):
        for dtype in CODES:
            for channels in [1, 2, 3, 4, 6]:
                x = self.random.random((23, 17, channels))
                if channels in (2, 4):
                    x[..., -1] = 0.25 + x[..., -1] / 2
                x = (x * (np.iinfo(dtype).max if np.issubdtype(dtype, np.integer) else 1)).astype(dtype)
                self.tif("x.tif", x)
                said = self.ok("convolve", "x.tif", "--kernel", "1", "-o", "y.tif")
                self.assertEqual(said["output"]["shape"], [23, 17, channels])
                info = self.ok("info", "y.tif")
                self.assertEqual(info["type"], {np.uint8: "u8", np.uint16: "u16", np.float32: "f32",
                                                np.float64: "f64"}[dtype])
                self.assertEqual("alpha" in info["colours"], channels in (2, 4))
                y = self.read("y.tif")
                np.testing.assert_allclose(y[..., None] if channels == 1 else y, x, rtol=1e-6)

    def test_alpha_and_light_row_by_row_are_those_of_the_whole(self):
        x = self.random.integers(0, 256, (61, 40, 4), dtype=np.uint8)
        self.png("x.png", x), self.tif("x.tif", x)
        for extra in [[], ["--linear-light"], ["--signed", "offset"], ["--signed", "absolute"]]:
            for kernel in ["gaussian:2", "sobel-y"]:
                self.ok("convolve", "x.png", kernel, "-o", "a.png", *extra)
                self.ok("convolve", "x.tif", kernel, "-o", "b.tif", *extra)
                np.testing.assert_array_equal(self.read("b.tif"), self.read("a.png"))

    def test_a_shifted_filter_starts_where_the_whole_does(self):
        x = self.random.random((50, 40), dtype=np.float32)
        self.tif("x.tif", x[..., None]), self.npy("x.npy", x)
        for kernel in ["shift(box:3, 2, -1)", "sobel-x * shift(gaussian:1, 0, 4)"]:
            self.ok("convolve", "x.tif", kernel, "-o", "y.npy")
            self.ok("convolve", "x.npy", kernel, "-o", "z.npy", "--extent", "same", "--boundary",
                    "mirror")
            np.testing.assert_allclose(self.load("y.npy"), self.load("z.npy"), atol=1e-5)

    def test_pipes(self):
        x = self.random.integers(0, 65536, (30, 20, 3), dtype=np.uint16)
        self.tif("x.tif", x)
        for name, extra in [("x.tif", []), ("-", [])]:
            done = subprocess.run([PROGRAM, "convolve", name, "box:3", "-o", "-", "-q"],
                                  cwd=self.folder, stdin=open(self.path("x.tif"), "rb"),
                                  capture_output=True, timeout=60)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.path("y.tif").write_bytes(done.stdout)
            self.ok("convolve", "x.tif", "box:3", "-o", "z.tif")
            np.testing.assert_array_equal(self.read("y.tif"), self.read("z.tif"))
        done = subprocess.run(f"cat x.tif | '{PROGRAM}' convolve - box:3 -o - | cat > y.tif", shell=True,
                              cwd=self.folder, timeout=60)
        np.testing.assert_array_equal(self.read("y.tif"), self.read("z.tif"))

    @unittest.skipIf(os.environ.get("FALTUNG_SANITIZE"), "a sanitizer's own memory is not counted")
    def test_memory_stays_within_what_is_allowed(self):
        x = self.random.random((4000, 3000), dtype=np.float32)
        self.tif("x.tif", x[..., None], tile=128)
        self.npy("x.npy", x)
        for name in ["x.tif", "x.npy"]:
            def limit():
                resource.setrlimit(resource.RLIMIT_DATA, (30 << 20, 30 << 20))
            suffix = name[1:]
            done = subprocess.run([PROGRAM, "convolve", name, "gaussian:2", "-o", "y" + suffix,
                                   "--max-memory", "12M", "--extent", "same", "--boundary",
                                   "mirror", "--threads", "2", "--method", "separable"],
                                  cwd=self.folder, preexec_fn=limit, capture_output=True, text=True,
                                  timeout=120)
            self.assertEqual(done.returncode, 0, done.stderr)
        np.testing.assert_array_equal(self.read("y.tif"), self.load("y.npy"))

    def test_what_is_not_read_is_refused(self):
        x = self.random.random((20, 20, 1), dtype=np.float32)
        self.tif("x.tif", x)
        self.refused(USAGE, [".tif", "floating point"], "convolve", "x.tif", "box:3", "-o", "y.png")
        self.refused(USAGE, "linear already", "convolve", "x.tif", "box:3", "-o", "y.tif",
                     "--linear-light")
        self.path("short.tif").write_bytes(self.path("x.tif").read_bytes()[:900])
        self.refused(DATA, "no TIFF that can be read", "convolve", "short.tif", "box:3", "-o", "y.tif")
        self.path("none.tif").write_bytes(b"II*\0junkjunk")
        self.refused(DATA, "none.tif", "convolve", "none.tif", "box:3", "-o", "y.tif")
        self.refused(UNAVAILABLE, "are enough", "convolve", "x.tif", "box:3", "-o", "y.tif",
                     "--max-memory", "1000")


class Arrays(ProgramTest):
    def test_rows_give_the_numbers_of_the_whole(self):
        for shape, extra in [((90000,), []), ((2000, 40), []), ((6000, 4, 5), ["--axes", "0"]),
                             ((600, 30, 6), ["--axes", "1,0"]), ((800, 20, 10), [])]:
            x = self.random.standard_normal(shape)
            h = self.random.standard_normal((5,) * (1 if "0" in extra else len(shape)) if
                                            "1,0" not in extra else (5, 3, 1))
            self.npy("x.npy", x), self.npy("h.npy", h)
            for more in [[], ["--boundary", "odd", "--extent", "same"], ["--stride", "2"]]:
                command = ["convolve", "x.npy", "h.npy", *extra, *more]
                self.ok(*command, "-o", "whole.npy")
                self.ok(*command, "-o", "rows.npy", "--max-memory", 7 * x.nbytes)
                np.testing.assert_allclose(self.load("rows.npy"), self.load("whole.npy"), rtol=0,
                                           atol=1e-11)

    def test_other_orders_are_looked_at_as_they_lie(self):
        x = self.random.standard_normal((31, 17))
        h = self.random.standard_normal((3, 4))
        self.npy("h.npy", h), self.npy("c.npy", x)
        self.npy("f.npy", np.asfortranarray(x)), self.npy("b.npy", x.astype(">f8"))
        self.ok("convolve", "c.npy", "h.npy", "-o", "y.npy")
        for name in ["f.npy", "b.npy"]:
            self.ok("convolve", name, "h.npy", "-o", "z.npy")
            np.testing.assert_array_equal(self.load("z.npy"), self.load("y.npy"))


if __name__ == "__main__":
    unittest.main()
