# SPDX-FileCopyrightText: 2026 The Faltung authors
# SPDX-License-Identifier: Apache-2.0
"""What users of other tools reported, on the command line; tests/wild has them for the engine."""

import unittest

import numpy as np
from scipy import signal

from support import DATA, USAGE, ProgramTest

METHODS = ["direct", "fft_single", "overlap_save", "auto"]


class Wild(ProgramTest):
    def convolved(self, x, h, *more, command="convolve"):
        self.npy("x.npy", x), self.npy("h.npy", h)
        self.ok(command, "x.npy", "h.npy", "-o", "y.npy", *more)
        return self.load("y.npy")

    def test_scipy15927_scipy7818_astropy16497_one_nan_stays_local(self):
        x, h = np.ones(500), np.ones(20)
        x[100] = np.nan
        for method in METHODS:
            y = self.convolved(x, h, "--method", method)
            np.testing.assert_array_equal(np.flatnonzero(np.isnan(y)), np.arange(100, 120))
            self.csv("x.csv", "v\n" + "\n".join(map(str, x)) + "\n")
            self.ok("convolve", "x.csv", "moving-average:20", "-o", "y.csv", "--method", method)
            v = np.array(self.read_csv("y.csv")["v"], float)
            np.testing.assert_array_equal(np.flatnonzero(np.isnan(v)), np.arange(100, 120))

    def test_pygeoprocessing22_pytorch8019_zeros_and_signs_stay(self):
        x = np.zeros(400)
        x[200] = 1e3
        for method in METHODS:
            y = self.convolved(x, self.random.random(50), "--method", method)
            self.assertTrue((y >= 0).all())
            np.testing.assert_array_equal(np.flatnonzero(y), np.arange(200, 250))

    def test_numpy6316_scipy23978_same_is_the_first_argument(self):
        y = self.convolved(np.array([0.0, 0, 1, 0]), np.arange(1.0, 7), "--extent", "same")
        np.testing.assert_allclose(y, [1, 2, 3, 4], atol=1e-15)
        y = self.convolved(np.array([0.0, 0, 1, 0, 0]), np.arange(1.0, 5), "--extent", "same")
        np.testing.assert_allclose(y, [0, 1, 2, 3, 4], atol=1e-15)  # the centre is (K-1)/2

    def test_scipy21552_numpy17286_a_few_lags(self):
        x, h = self.random.random(3000), self.random.random(2000)
        y = self.convolved(x, h, "--lags", "-3:3", command="correlate")
        every = signal.correlate(x, h, "full", "direct")
        np.testing.assert_allclose(y, every[1999 - 3:1999 + 4], rtol=1e-12)

    def test_scipy6076_scipy8757_numpy17234_scipy10390_integers(self):
        y = self.convolved(np.full(4, 200, np.uint8), np.ones(4, np.uint8))
        self.assertEqual((y.dtype, y.max()), (np.int64, 800))
        odd = 2 ** 60 + 1  # not a float64
        self.assertEqual(self.convolved(np.array([odd]), np.array([3]))[0], 3 * odd)
        self.npy("x.npy", np.full(4, 2 ** 62)), self.npy("h.npy", np.ones(4, np.int64))
        self.refused(DATA, ["saturate"], "convolve", "x.npy", "h.npy", "-o", "z.npy")

    def test_scipy10527_the_type_looks_at_every_operand(self):
        self.npy("x.npy", np.arange(5, dtype=np.int32))
        self.ok("convolve", "x.npy", "--kernel", "0.5 0.25", "-o", "y.npy")
        np.testing.assert_array_equal(self.load("y.npy")[:3], [0, 0.5, 1.25])

    def test_scipy5200_cupy3414_opencv4599_wrap_at_every_size(self):
        x = self.random.random(40)
        for taps in [1, 7, 40, 95, 301]:
            h = self.random.random(taps)
            folded = np.zeros(40)
            np.add.at(folded, np.arange(taps) % 40, h)
            exact = [sum(folded[k] * x[(n - k) % 40] for k in range(40)) for n in range(40)]
            for method in METHODS:
                y = self.convolved(x, h, "--boundary", "wrap", "--extent", "causal", "--method",
                                   method)
                np.testing.assert_allclose(y, exact, rtol=1e-12)

    def test_a_bare_reflect_names_both_meanings(self):
        self.npy("x.npy", np.ones(4))
        self.refused(USAGE, ["symmetric", "mirror"], "convolve", "x.npy", "box:3", "-o", "y.npy",
                     "--boundary", "reflect")

    def test_wrighttools126_the_step_is_named_and_area_is_asked_for(self):
        x, h = self.random.random(50), self.random.random(9)
        np.testing.assert_allclose(self.convolved(x, h, "--dt", "0.25"), np.convolve(x, h))
        y = self.convolved(x, h, "--dt", "0.25", "--kernel-scale", "area")
        np.testing.assert_allclose(y, 0.25 * np.convolve(x, h))
        # exp has unit area whatever the step is.
        for dt in ["0.01", "1", "3"]:
            self.csv("one.csv", "v\n5\n5\n5\n")
            self.ok("convolve", "one.csv", "exp:12", "-o", "y.csv", "--dt", dt)
            np.testing.assert_allclose(np.array(self.read_csv("y.csv")["v"], float), 5)

    def test_cupy3526_tiny_problems_are_summed_directly(self):
        self.npy("x.npy", np.ones(64)), self.npy("h.npy", np.ones(16))
        self.assertEqual(self.ok("convolve", "x.npy", "h.npy", "-o", "y.npy")["method"], "direct")

    def test_pytorch21462_jax5227_torchaudio2469_scipy12993_long_kernels(self):
        # Running sums would take a box where they are cheap.
        self.npy("x.npy", np.ones(200000, np.float32))
        self.npy("h.npy", self.random.random(20000, np.float32))
        said = self.ok("convolve", "x.npy", "h.npy", "-o", "y.npy", "--explain")
        self.assertIn(said["method"], ["fft_single", "overlap_save"])
        for method in METHODS[:3]:
            self.assertIn(method, said["explain"])

    def test_supercollider734_fft_convolver10_an_impulse_at_every_tap(self):
        x = self.random.random(300)
        self.npy("x.npy", x)
        for at in range(0, 130, 3):
            h = np.zeros(130)
            h[at] = 1
            y = self.convolved(x, h, "--method", "overlap_save")
            np.testing.assert_allclose(y[at:at + 300], x, rtol=1e-14)


if __name__ == "__main__":
    unittest.main()
