# SPDX-FileCopyrightText: 2026 The Faltung authors
# SPDX-License-Identifier: Apache-2.0
"""faltung deconvolve: what comes back, what is said of it, what is refused."""

import unittest

import numpy as np

from support import DATA, NO_INPUT, USAGE, ProgramTest

HOUSE = ["exp(-t/12)*u(t)", "--dt", "1h", "--kernel-scale", "area"]


class Deconvolve(ProgramTest):
    def series(self, noise=0.0, rows=600):
        t = np.arange(rows)
        x = 5 + 2 * np.cos(2 * np.pi * t / 24) + np.sin(t / 30)
        self.csv("x.csv", "outdoor\n" + "\n".join(repr(float(v)) for v in x) + "\n")
        self.ok("convolve", "x.csv", *HOUSE, "-o", "clean.csv")
        y = self.column("clean.csv") + noise * self.random.standard_normal(rows)
        self.csv("y.csv", "outdoor\n" + "\n".join(repr(float(v)) for v in y) + "\n")
        return x

    def column(self, name):
        return np.array(self.read_csv(name)["outdoor"], float)

    def test_series_come_back(self):
        x = self.series(0.01)
        said = self.ok("deconvolve", "y.csv", *HOUSE, "--noise", "0.01", "-o", "back.csv",
                       "--residual", "left.csv")
        found = said["columns"][0]
        self.assertAlmostEqual(found["residual_rms"], 0.01, delta=1e-4)
        self.assertFalse(found["hopeless"])
        self.assertLess(np.sqrt(np.mean((self.column("back.csv") - x) ** 2)), 0.1)
        # What is left is what the answer leaves.
        self.ok("convolve", "back.csv", *HOUSE, "-o", "again.csv")
        np.testing.assert_allclose(self.column("y.csv") - self.column("again.csv"),
                                   self.column("left.csv"), atol=1e-10)

    def test_without_noise_it_is_exact(self):
        x = self.series()
        self.ok("deconvolve", "y.csv", *HOUSE, "--weight", "0", "-o", "back.csv")
        np.testing.assert_allclose(self.column("back.csv"), x, atol=1e-7)

    def test_methods_and_penalties(self):
        self.series(0.01)
        for method in ["tikhonov", "wiener"]:
            for penalty in ["values", "steps"]:
                said = self.ok("deconvolve", "y.csv", "exp:12", "--noise", "0.01", "--method",
                               method, "--penalty", penalty, "-o", "back.csv")
                self.assertEqual((said["method"], said["penalty"]), (method, penalty))
                self.assertGreater(said["columns"][0]["weight"], 0)

    def test_hopeless_is_said(self):
        self.series(0.01)
        done = self.run_program("deconvolve", "y.csv", *HOUSE, "--noise", "10", "-o", "back.csv")
        self.assertEqual(done.returncode, 0)
        self.assertIn("hopeless: y is no larger than its noise", done.stderr)
        blur = ["gaussian:20", "--extent", "same"]
        self.ok("convolve", "x.csv", *blur, "-o", "soft.csv")
        said = self.ok("deconvolve", "soft.csv", *blur, "--noise", "0.01", "-o", "back.csv")
        self.assertTrue(said["columns"][0]["hopeless"])
        self.assertIn("details finer than", " ".join(said["columns"][0]["warnings"]))
        said = self.ok("deconvolve", "y.csv", *blur, "--noise", "0.01", "-o", "other.csv")
        self.assertIn("hardly passes", " ".join(said["columns"][0]["warnings"]))

    def test_sound(self):
        x = np.sin(np.arange(3000) * 0.2) * self.random.random(3000)
        h = np.exp(-np.arange(400) / 60) * self.random.standard_normal(400)
        self.wav("x.wav", x.astype(np.float32))
        self.wav("h.wav", h.astype(np.float32))
        self.ok("convolve", "x.wav", "h.wav", "-o", "wet.wav", "--bits", "float64")
        said = self.ok("deconvolve", "wet.wav", "h.wav", "--noise", "1e-6", "-o", "dry.wav")
        self.assertEqual(said["columns"][0]["samples"], 3000)
        _, dry = self.read_wav("dry.wav")
        self.assertLess(np.sqrt(np.mean((dry - x) ** 2)), 1e-3)

    def test_arrays(self):
        x = self.random.standard_normal(200)
        self.npy("x.npy", x)
        self.npy("h.npy", np.array([1.0, 0.5, 0.2]))
        self.ok("convolve", "x.npy", "h.npy", "-o", "y.npy")
        self.ok("deconvolve", "y.npy", "h.npy", "--weight", "0", "-o", "back.npy")
        np.testing.assert_allclose(self.load("back.npy"), x, atol=1e-10)
        self.npy("x2.npy", np.ones((3, 4)))
        self.refused(DATA, "one axis", "deconvolve", "x2.npy", "h.npy", "--weight", "0", "-o",
                     "out.npy")

    def test_plot(self):
        self.series(0.01)
        self.ok("deconvolve", "y.csv", *HOUSE, "--noise", "0.01", "--plot", "undo.svg")
        picture = self.path("undo.svg").read_text()
        for words in ["Measured", "Estimate", "Impulse response", "measured", "estimate"]:
            self.assertIn(words, picture)

    def test_refusals(self):
        self.series(0.01, 50)

        def no(code, says, *arguments):
            self.refused(code, says, "deconvolve", *arguments)
        no(USAGE, ["--noise", "--weight"], "y.csv", "exp:12", "-o", "out.csv")
        no(USAGE, "above 0", "y.csv", "exp:12", "--noise", "0", "-o", "out.csv")
        no(USAGE, "contradict", "y.csv", "exp:12", "--weight", "1", "--method", "wiener", "-o", "out.csv")
        no(USAGE, "did you mean wiener", "y.csv", "exp:12", "--noise", "1", "--method", "winer", "-o",
           "out.csv")
        no(USAGE, "missing", "y.csv", "exp:12", "--noise", "1")
        no(USAGE, "same file", "y.csv", "exp:12", "--noise", "1", "-o", "y.csv")
        no(USAGE, "two results", "y.csv", "exp:12", "--noise", "1", "-o", "a.csv", "--residual", "a.csv")
        no(USAGE, "valid", "y.csv", "exp:12", "--noise", "1", "--extent", "valid", "-o", "out.csv")
        no(USAGE, "convolve", "y.csv", "exp:12", "--noise", "1", "--before", "hold:3", "-o", "out.csv")
        no(DATA, "fewer than", "y.csv", "moving-average:60", "--noise", "1", "--extent", "full", "-o",
           "out.csv")
        no(NO_INPUT, "missing.csv", "missing.csv", "exp:12", "--noise", "1", "-o", "out.csv")
        self.csv("gap.csv", "v\n1\nnan\n3\n")
        no(USAGE, "finite", "gap.csv", "exp:2", "--noise", "1", "-o", "out.csv")
        self.png("x.png", np.zeros((4, 4, 3), np.uint8))
        no(USAGE, "pictures", "x.png", "gaussian:2", "--noise", "1", "-o", "out.png")


if __name__ == "__main__":
    unittest.main()
