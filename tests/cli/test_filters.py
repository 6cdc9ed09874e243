# SPDX-FileCopyrightText: 2026 The Faltung authors
# SPDX-License-Identifier: Apache-2.0
"""Kernels by the algebra of filters."""

import unittest

import numpy as np
import scipy.ndimage
import scipy.signal

from support import USAGE, ProgramTest

BINOMIAL = np.array([[1, 2, 1], [2, 4, 2], [1, 2, 1]], float)
SOBEL = np.array([[1, 0, -1], [2, 0, -2], [1, 0, -1]], float)


def gaussian(sigma):
    r = np.arange(-np.ceil(4 * sigma), np.ceil(4 * sigma) + 1)
    row = np.exp(-0.5 * (r / sigma) ** 2)
    return np.outer(row, row) / row.sum() ** 2


def centred(kernel, size):
    rim = (size - kernel.shape[0]) // 2
    return np.pad(kernel, rim)


class Filters(ProgramTest):
    def run_on_array(self, x, kernel, *more, named=False):
        self.npy("x.npy", x)
        operand = [kernel] if named else ["--kernel", kernel]
        said = self.ok("convolve", "x.npy", *operand, "-o", "y.npy", "--extent", "same",
                       "--boundary", "mirror", *more)
        return self.load("y.npy"), said

    def test_pictures_meet_the_full_kernel_once(self):
        x = self.random.normal(size=(40, 50))
        expected = {
            "gaussian:3 - gaussian:1": gaussian(3) - centred(gaussian(1), 25),
            "sobel-x * gaussian:1": scipy.signal.convolve2d(SOBEL, gaussian(1)),
            "2 * box:3": np.full((3, 3), 2 / 9),
            "[1 2 1; 2 4 2; 1 2 1] / 16": BINOMIAL / 16,
            "[1; 2; 1] * [1 2 1] / 16": BINOMIAL / 16,
            "-(flip(sobel-x))": SOBEL,
            "[1] + 0.5*([1] - gaussian:1)": centred(np.array([[1.5]]), 9) - 0.5 * gaussian(1),
        }
        for text, kernel in expected.items():
            exact = scipy.ndimage.convolve(x, kernel, mode="mirror")
            for named in [False, True][: 1 if text.startswith("-") else 2]:
                y, said = self.run_on_array(x, text, named=named)
                np.testing.assert_allclose(y, exact, atol=1e-12, err_msg=text)
                self.assertEqual(said["kernel"]["name"], text)
                self.assertEqual(said["kernel"]["shape"], list(kernel.shape))

    def test_a_shift_moves_the_result(self):
        x = self.random.normal(size=(20, 30))
        y, said = self.run_on_array(x, "shift([1], 0, 3)")
        np.testing.assert_array_equal(y[:, 3:], x[:, :-3])
        self.assertIn("origin=0,0", said["problem"])
        y, _ = self.run_on_array(x, "shift([1], -2, 0)")
        np.testing.assert_array_equal(y[:-2], x[2:])

    def test_series_and_sound_are_one_dimensional(self):
        x = self.random.normal(size=1000)
        self.npy("x.npy", x)
        self.ok("convolve", "x.npy", "exp:3 - exp:9 / 2", "-o", "y.npy", "--extent", "causal")
        k = np.arange(400)
        h = (1 - np.exp(-1 / 3)) * np.exp(-k / 3) - (1 - np.exp(-1 / 9)) * np.exp(-k / 9) / 2
        np.testing.assert_allclose(self.load("y.npy"), np.convolve(x, h)[:1000], atol=1e-12)
        self.wav("x.wav", self.random.uniform(-.1, .1, (500, 2)).astype("f4"))
        self.ok("convolve", "x.wav", "--kernel", "[1] + 0.5 * shift([1], 100)", "-o", "y.wav")
        self.refused(USAGE, ["column 1 ", "sobel-x", "pictures"], "convolve", "x.npy",
                     "sobel-x * box:3", "-o", "z.npy")

    def test_whole_numbers_keep_integers(self):
        x = self.random.integers(0, 255, (20, 30)).astype("u1")
        y, _ = self.run_on_array(x, "[1 2 1] * [1; 2; 1] - [1]")
        self.assertEqual(y.dtype, np.int64)
        kernel = BINOMIAL - centred(np.array([[1.0]]), 3)
        np.testing.assert_array_equal(y, scipy.ndimage.convolve(x.astype(int), kernel.astype(int),
                                                                mode="mirror"))

    def test_scales(self):
        x = self.random.normal(size=(20, 30))
        plain, _ = self.run_on_array(x, "box:3 * box:5")
        y, _ = self.run_on_array(x, "3 * box:3 * box:5", "--kernel-scale", "sum", "--gain", "-2")
        np.testing.assert_allclose(y, -2 * plain, atol=1e-13)
        self.refused(USAGE, "own scale", "convolve", "x.npy", "box:3 * box:5", "-o", "z.npy",
                     "--kernel-scale", "area")

    def test_the_law_is_named(self):
        self.npy("x.npy", self.random.normal(size=200000))
        echo = "[1] + 0.5 * shift([1], 150000)"
        done = self.run_program("convolve", "x.npy", echo, "-o", "y.npy", "-q", "--explain",
                                "--report-error", "--extent", "causal")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("distributivity: 2 terms beside each other, 1 + 1 taps", done.stdout)
        self.assertIn("error bound: no value is off by more than", done.stdout)
        x, y = self.load("x.npy"), self.load("y.npy")
        expected = x.copy()
        expected[150000:] += 0.5 * x[:-150000]
        np.testing.assert_allclose(y, expected, rtol=1e-15, atol=1e-15)

    def test_a_file_of_that_name_is_a_file(self):
        self.npy("x.npy", np.arange(5.0))
        self.npy("box:3 * box:3.npy", np.array([2.0]))
        self.ok("convolve", "x.npy", "box:3 * box:3.npy", "-o", "y.npy")
        np.testing.assert_array_equal(self.load("y.npy"), 2 * np.arange(5.0))

    def test_refusals_point_at_the_column(self):
        self.npy("x.npy", np.ones((5, 5)))
        for text, words in {"gausian:3 - box:3": "did you mean gaussian", "box:3 + 1": "column 7",
                            "(box:3": "')' is missing", "box:3 * ": "column 9",
                            "box:3 / box:3": "divide", "[1 2; 3] * 2": "row 2",
                            "shift(box:3, 1)": "two numbers"}.items():
            self.refused(USAGE, words, "convolve", "x.npy", text, "-o", "z.npy")
            self.refused(USAGE, words, "convolve", "x.npy", "--kernel", text, "-o", "z.npy")


if __name__ == "__main__":
    unittest.main()
