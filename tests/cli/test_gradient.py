# SPDX-FileCopyrightText: 2026 The Faltung authors
# SPDX-License-Identifier: Apache-2.0
"""faltung gradient on pictures and arrays, beside scipy.ndimage."""

import json
import unittest

import numpy as np
import scipy.ndimage as nd

from support import DATA, USAGE, ProgramTest

SOBEL = {1: 2, 2: 8, 3: 32}


def magnitude(x, axes, one=nd.sobel, slope=SOBEL, mode="mirror"):
    parts = [one(x, axis, mode=mode) / slope[len(axes)] for axis in axes]
    return np.sqrt(sum(p**2 for p in parts))


class Gradient(ProgramTest):
    def test_pictures_by_channel(self):
        rng = np.random.default_rng(8)
        x = rng.integers(0, 256, (30, 41, 3)).astype(np.uint8)
        self.png("x.png", x)
        self.ok("gradient", "x.png", "-o", "y.npy", "--orientation", "a.npy")
        y, angles = np.load(self.path("y.npy")), np.load(self.path("a.npy"))
        for c in range(3):
            plane = x[..., c].astype(float)
            # scipy smooths along all axes, so a plane goes alone.
            self.assertLess(np.abs(y[..., c] - magnitude(plane, [0, 1])).max(), 1e-3)
            expected = np.arctan2(nd.sobel(plane, 0, mode="mirror"),
                                  nd.sobel(plane, 1, mode="mirror"))
            apart = np.abs(np.angle(np.exp(1j * (angles[..., c] - expected))))
            self.assertLess((apart * magnitude(plane, [0, 1])).max(), 1e-3)
        self.ok("gradient", "x.png", "sobel", "-o", "y.png")
        self.assertTrue((np.abs(self.read_png("y.png") - y) <= 0.5 + 1e-3).all())
        self.ok("gradient", "x.png", "sobel", "-o", "y.tif", "--signed-float")
        self.ok("gradient", "x.png", "sobel", "-o", "twice.npy", "--gain", "2")
        np.testing.assert_allclose(np.load(self.path("twice.npy")), 2 * y, rtol=1e-6)

    def test_arrays_and_volumes(self):
        x = np.random.default_rng(9).uniform(-1, 1, (12, 15, 17))
        self.npy("x.npy", x)
        self.ok("gradient", "x.npy", "-o", "y.npy")
        y = np.load(self.path("y.npy"))
        self.assertLess(np.abs(y - magnitude(x, [0, 1, 2])).max(), 1e-13)
        self.ok("gradient", "x.npy", "prewitt", "-o", "y.npy", "--axes", "1,2", "--boundary", "edge")
        y = np.load(self.path("y.npy"))
        for plane in range(12):
            expected = magnitude(x[plane], [0, 1], nd.prewitt, {2: 6}, "nearest")
            self.assertLess(np.abs(y[plane] - expected).max(), 1e-13)

    def test_the_angles_alone_and_what_is_told(self):
        ramp = np.add.outer(np.arange(20.0), np.arange(20.0))
        self.npy("x.npy", ramp)
        self.ok("gradient", "x.npy", "gaussian:1.5", "--orientation", "a.npy")
        self.assertLess(np.abs(np.load(self.path("a.npy"))[8:12, 8:12] - np.pi / 4).max(), 1e-12)
        done = self.run_program("gradient", "x.npy", "-o", "y.npy", "--explain", "--report-error")
        self.assertIn("shared: x is read once for all 2 derivatives", done.stdout)
        self.assertIn("no value is off by more than", done.stdout)
        said = json.loads(self.run_program("gradient", "x.npy", "-o", "y.npy", "--json").stdout)
        self.assertEqual(said["command"], "gradient")

    def test_masks(self):
        x = np.add.outer(np.zeros(20), np.arange(20.0))
        x[5:8, 5:8] = np.nan
        self.npy("x.npy", x)
        self.ok("gradient", "x.npy", "-o", "y.npy")
        self.assertEqual(np.isnan(np.load(self.path("y.npy"))).sum(), 25)
        self.ok("gradient", "x.npy", "-o", "y.npy", "--nan", "omit")
        self.assertEqual(np.isnan(np.load(self.path("y.npy"))).sum(), 1)

    def test_refusals(self):
        self.npy("x.npy", np.ones((9, 9)))
        self.npy("z.npy", np.ones((9, 9), complex))
        self.csv("x.csv", "v\n1\n2\n")
        self.refused(USAGE, "did you mean scharr", "gradient", "x.npy", "schar", "-o", "y.npy")
        self.refused(USAGE, "gaussian:2", "gradient", "x.npy", "gaussian", "-o", "y.npy")
        self.refused(USAGE, "takes no number", "gradient", "x.npy", "sobel:3", "-o", "y.npy")
        self.refused(USAGE, "neither a picture nor an array", "gradient", "x.csv", "-o", "y.csv")
        self.refused(DATA, "complex", "gradient", "z.npy", "-o", "y.npy")
        self.refused(USAGE, ".npy", "gradient", "x.npy", "-o", "y.npy", "--orientation", "a.png")
        self.refused(USAGE, "same file", "gradient", "x.npy", "-o", "x.npy")
        self.refused(USAGE, "missing", "gradient", "x.npy")


if __name__ == "__main__":
    unittest.main()
