# SPDX-FileCopyrightText: 2026 The Faltung authors
# SPDX-License-Identifier: Apache-2.0
"""NPY arrays: every element type, axes, policies, results."""

import itertools
import unittest

import numpy as np
from scipy import signal

from support import DATA, USAGE, ProgramTest

FLOATS = ["f2", "f4", "f8", "c8", "c16"]
INTEGERS = ["u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8"]


class Array(ProgramTest):
    def values(self, kind, *shape):
        if kind in INTEGERS:
            return self.random.integers(0 if kind[0] == "u" else -90, 90, shape).astype(kind)
        x = self.random.standard_normal(shape)
        return (x + 1j * self.random.standard_normal(shape) if kind[0] == "c" else x).astype(kind)

    def exact(self, x, h):
        wide = np.clongdouble if np.iscomplexobj(x) or np.iscomplexobj(h) else np.longdouble
        return np.convolve(x.astype(wide), h.astype(wide))

    def test_every_type_agrees_with_numpy(self):
        for kind in FLOATS + INTEGERS:
            x, h = self.values(kind, 200), self.values(kind, 30)
            self.npy("x.npy", x), self.npy("h.npy", h)
            said = self.ok("convolve", "x.npy", "h.npy", "-o", "y.npy", "--report-error")
            y = self.load("y.npy")
            if kind in INTEGERS:
                self.assertEqual(y.dtype, np.int64, kind)
                np.testing.assert_array_equal(y, self.exact(x, h).astype(np.int64))
                self.assertEqual(said["error_bound"]["maximum"], 0)
            else:
                self.assertEqual(y.dtype, kind)
                self.within_bound(y, self.exact(x, h), said["error_bound"])

    def test_mixed_types_are_promoted(self):
        for a, b, result in [("u1", "f4", "f4"), ("i4", "f4", "f8"), ("f4", "f8", "f8"),
                             ("f8", "c8", "c16"), ("u1", "i2", "i8"), ("f2", "f4", "f4"),
                             ("u1", "f2", "f2"), ("f2", "i2", "f4"), ("f2", "c8", "c8")]:
            x, h = self.values(a, 50), self.values(b, 7)
            self.npy("x.npy", x), self.npy("h.npy", h)
            said = self.ok("convolve", "x.npy", "h.npy", "-o", "y.npy", "--report-error")
            self.assertEqual(self.load("y.npy").dtype, result, (a, b))
            self.within_bound(self.load("y.npy"), self.exact(x, h), said["error_bound"])

    def test_correlate_agrees_with_scipy(self):
        for kind, extent in itertools.product(["f8", "c16", "i4"], ["full", "same", "valid"]):
            x, h = self.values(kind, 101), self.values(kind, 9)
            self.npy("x.npy", x), self.npy("h.npy", h)
            said = self.ok("correlate", "x.npy", "h.npy", "-o", "y.npy", "--extent", extent,
                           "--report-error")
            exact = signal.correlate(x, h, extent, "direct")
            np.testing.assert_allclose(self.load("y.npy"), exact, rtol=0,
                                       atol=said["error_bound"]["maximum"] + 1e-12)

    def test_two_axes_agree_with_scipy(self):
        x, h = self.values("f8", 21, 34), self.values("f8", 5, 4)
        self.npy("x.npy", x), self.npy("h.npy", h)
        for extent in ["full", "valid"]:
            said = self.ok("convolve", "x.npy", "h.npy", "-o", "y.npy", "--extent", extent,
                           "--report-error")
            exact = signal.convolve2d(x, h, extent)
            np.testing.assert_allclose(self.load("y.npy"), exact, rtol=0,
                                       atol=said["error_bound"]["maximum"] + 1e-12)
        for ours, theirs in [("symmetric", "symm"), ("wrap", "wrap")]:
            self.ok("convolve", "x.npy", "--kernel", "1 2 0; 0 1 5; -1 0 1", "-o", "y.npy",
                    "--extent", "same", "--boundary", ours)
            exact = signal.convolve2d(x, [[1, 2, 0], [0, 1, 5], [-1, 0, 1]], "same", theirs)
            np.testing.assert_allclose(self.load("y.npy"), exact, atol=1e-12)

    def test_axes(self):
        x, h = self.values("f8", 4, 30, 3), self.values("f8", 5)
        self.npy("x.npy", x), self.npy("h.npy", h)
        for axis in [1, -2]:
            self.ok("convolve", "x.npy", "h.npy", "-o", "y.npy", "--axes", axis)
            exact = np.apply_along_axis(np.convolve, 1, x, h)
            np.testing.assert_allclose(self.load("y.npy"), exact, atol=1e-12)
        self.ok("convolve", "x.npy", "moving-average:4", "-o", "y.npy", "--axes", "0", "--extent",
                "causal")
        exact = np.apply_along_axis(np.convolve, 0, x, np.full(4, 0.25))[:4]
        np.testing.assert_allclose(self.load("y.npy"), exact, atol=1e-12)
        self.npy("h2.npy", self.values("f8", 2, 3))
        self.ok("convolve", "x.npy", "h2.npy", "-o", "y.npy", "--axes", "0,2")
        self.assertEqual(self.load("y.npy").shape, (5, 30, 5))
        self.refused(USAGE, ["--axes 3 is out of range", "0 to 2"], "convolve", "x.npy", "h.npy",
                     "-o", "z.npy", "--axes", "3")

    def test_whole_numbers_keep_integers(self):
        x = self.values("u1", 20)
        self.npy("x.npy", x)
        self.ok("convolve", "x.npy", "--kernel", "1 -2 1", "-o", "y.npy")
        np.testing.assert_array_equal(self.load("y.npy"), np.convolve(x.astype(int), [1, -2, 1]))
        self.assertEqual(self.load("y.npy").dtype, np.int64)
        self.ok("convolve", "x.npy", "--kernel", "1 0.5", "-o", "y.npy")
        self.assertEqual(self.load("y.npy").dtype, np.float32)

    def test_halves(self):
        x = self.values("f2", 50)
        self.npy("x.npy", x)
        self.ok("convolve", "x.npy", "--kernel", "0.5 0.5", "-o", "y.npy")
        self.assertEqual(self.load("y.npy").dtype, np.float32)
        wide = np.convolve(x.astype("f4"), np.array([0.5, 0.5], "f4"))
        np.testing.assert_array_equal(self.load("y.npy"), wide)
        self.ok("convolve", "x.npy", "--kernel", "0.5 0.5", "-o", "y.npy", "--result", "f16")
        self.assertEqual(self.load("y.npy").dtype, np.float16)
        np.testing.assert_array_equal(self.load("y.npy"), wide.astype("f2"))
        self.npy("h.npy", self.values("f4", 3))
        self.refused(DATA, ["f16 is narrower than f32"], "convolve", "x.npy", "h.npy", "-o",
                     "z.npy", "--result", "f16")
        # A scaled kernel is not rounded to halves again.
        self.npy("one.npy", np.array([1, 1], "f2"))
        self.npy("large.npy", np.array([40000, 40000, 1, 2], "f2"))
        self.ok("convolve", "large.npy", "one.npy", "-o", "y.npy", "--gain", "1e-6")
        self.assertEqual(self.load("y.npy").dtype, np.float32)
        np.testing.assert_allclose(self.load("y.npy"), [0.04, 0.08, 0.040001, 3e-6, 2e-6], rtol=1e-6)
        self.npy("gaps.npy", np.array([1, np.nan, 3], "f2"))
        self.ok("convolve", "gaps.npy", "--kernel", "1 1 1", "-o", "y.npy", "--nan", "interpolate",
                "--extent", "same", "--result", "f16")
        self.assertEqual(self.load("y.npy").tolist(), [3, 6, 5])

    def test_policies_and_results(self):
        x = np.array([200, 100, 3], np.uint8)
        self.npy("x.npy", x)
        run = ["convolve", "x.npy", "--kernel", "2", "-o", "y.npy"]
        self.ok(*run, "--policy", "saturate")
        self.assertEqual(self.load("y.npy").tolist(), [255, 200, 6])
        self.assertEqual(self.load("y.npy").dtype, np.uint8)
        self.ok(*run, "--policy", "wrap")
        self.assertEqual(self.load("y.npy").tolist(), [144, 200, 6])
        self.ok(*run, "--result", "i16")
        self.assertEqual(self.load("y.npy").dtype, np.int16)
        self.ok(*run, "--result", "f64")
        self.assertEqual(self.load("y.npy").dtype, np.float64)
        self.refused(DATA, ["u8"], "convolve", "x.npy", "--kernel", "2", "-o", "z.npy", "--result",
                     "u8")

    def test_integer_overflow_is_refused(self):
        self.npy("x.npy", np.full(4, 2 ** 62))
        self.refused(DATA, ["--policy saturate or wrap"], "convolve", "x.npy", "--kernel", "1 1 1",
                     "-o", "z.npy")

    def test_byte_orders_and_fortran_order(self):
        x = np.asfortranarray(self.values("f8", 6, 7))
        self.npy("a.npy", x), self.npy("b.npy", x.astype(">f8"))
        for name in ["a.npy", "b.npy"]:
            self.ok("convolve", name, "--kernel", "1 2; 3 4", "-o", "y.npy")
            np.testing.assert_allclose(self.load("y.npy"), signal.convolve2d(x, [[1, 2], [3, 4]]),
                                       atol=1e-12)

    def test_one_nan_stays_local(self):
        x = self.values("f8", 1000)
        x[500] = np.nan
        self.npy("x.npy", x), self.npy("h.npy", self.values("f8", 50))
        for method in ["direct", "fft_single", "overlap_save"]:
            self.ok("convolve", "x.npy", "h.npy", "-o", "y.npy", "--method", method)
            bad = np.flatnonzero(np.isnan(self.load("y.npy")))
            self.assertEqual(bad.tolist(), list(range(500, 550)))

    def test_threads_do_not_change_a_bit(self):
        self.npy("x.npy", self.values("f4", 30000)), self.npy("h.npy", self.values("f4", 3000))
        results = set()
        for threads in [1, 2, 7]:
            self.ok("convolve", "x.npy", "h.npy", "-o", "y.npy", "--threads", threads)
            results.add(self.path("y.npy").read_bytes())
        self.assertEqual(len(results), 1)

    def test_scaled_kernels(self):
        x = self.values("i4", 20)
        self.npy("x.npy", x), self.npy("h.npy", np.array([[1, 3], [2, 2]]))
        self.ok("convolve", "x.npy", "--kernel", "1 3", "-o", "y.npy", "--kernel-scale", "sum")
        np.testing.assert_allclose(self.load("y.npy"), np.convolve(x, [0.25, 0.75]))
        x = self.values("f8", 20, 2)
        self.npy("x.npy", x)
        self.ok("convolve", "x.npy", "h.npy", "-o", "y.npy", "--kernel-scale", "sum", "--axes", "0")
        for c, h in enumerate([[1 / 3, 2 / 3], [0.6, 0.4]]):
            np.testing.assert_allclose(self.load("y.npy")[:, c], np.convolve(x[:, c], h))
        self.refused(USAGE, "integral over one axis", "convolve", "x.npy", "h.npy", "-o", "z.npy",
                     "--kernel-scale", "area")

    def test_dt_scales_area_and_exp(self):
        x = np.zeros(50)
        x[0] = 1
        self.npy("x.npy", x)
        self.ok("convolve", "x.npy", "exp:2", "-o", "y.npy", "--dt", "0.1", "--extent", "causal")
        exact = (1 - np.exp(-0.05)) * np.exp(-0.05 * np.arange(50))
        np.testing.assert_allclose(self.load("y.npy"), exact, atol=1e-15)
        self.ok("convolve", "x.npy", "--kernel", "1 2", "-o", "y.npy", "--dt", "0.1",
                "--kernel-scale", "area")
        np.testing.assert_allclose(self.load("y.npy")[:3], [0.1, 0.2, 0], atol=1e-16)


if __name__ == "__main__":
    unittest.main()
