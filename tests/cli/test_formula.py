# SPDX-FileCopyrightText: 2026 The Faltung authors
# SPDX-License-Identifier: Apache-2.0
"""A formula as kernel: a continuous response against sums in closed form."""

import pathlib
import unittest

import numpy as np
from scipy import signal

from support import DATA, PROGRAM, USAGE, ProgramTest

DECAY = "exp(-t/12)*u(t)"


class Formula(ProgramTest):
    def series(self, rows=200):
        x = np.round(self.random.standard_normal(rows), 3)
        lines = ["date,outdoor"]
        for i, v in enumerate(x):
            lines.append(f"2026-01-{i // 24 + 1:02}T{i % 24:02}:00,{v}")
        self.csv("x.csv", "\n".join(lines) + "\n")
        return x

    def column(self, name, title="outdoor"):
        return np.array(self.read_csv(name)[title], float)

    def decayed(self, x, before, now, past, tau=12.0):
        """y[n] = a y[n-1] + now x[n] + past x[n-1], from what was held before."""
        a = np.exp(-1 / tau)
        y = [before * (now + past) / (1 - a)]
        for n in range(1, len(x)):
            y.append(a * y[-1] + now * x[n] + past * x[n - 1])
        return np.array(y)

    def test_the_command_of_the_story(self):
        samples = pathlib.Path(__file__).parents[2] / "samples" / "seattle-january.csv"
        self.path("temperatures.csv").write_bytes(samples.read_bytes())
        done = self.run_program("convolve", "temperatures.csv", DECAY, "--dt", "1h",
                                "--kernel-scale", "area", "--plot", "story.svg")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("over its area 12 h", done.stderr)
        picture = self.path("story.svg").read_text()
        for words in ["hours", "1/h", "°C", "Impulse response", DECAY]:
            self.assertIn(words, picture)
        self.assertEqual([p.name for p in self.folder.iterdir() if p.suffix == ".csv"],
                         ["temperatures.csv"])

    def test_linear_and_held_are_exact(self):
        x = self.series()
        a, tau = np.exp(-1 / 12), 12.0
        whole = 1 - a  # of the response over its area, over one step
        now = 1 - tau * whole
        for way, weights in [("linear", (now, whole - now)), ("hold", (0.0, whole))]:
            for before, value in [("hold", x[0]), ("zero", 0.0), ("hold:-2.5", -2.5)]:
                said = self.ok("convolve", "x.csv", DECAY, "--dt", "1h", "--kernel-scale", "area",
                               "--interpolation", way, "--before", before, "-o", "y.csv",
                               "--report-error")
                expected = self.decayed(x, value, *weights)
                error = np.abs(self.column("y.csv") - expected).max()
                self.assertLessEqual(error, said["error_bound"]["maximum"] + 1e-13)
                self.assertEqual(said["interpolation"], way)
                self.assertEqual(said["kernel"]["area"], 12)

    def test_without_a_scale_it_is_the_integral(self):
        self.series()
        self.ok("convolve", "x.csv", DECAY, "--dt", "1h", "--kernel-scale", "area", "-o", "a.csv")
        self.ok("convolve", "x.csv", DECAY, "--dt", "1h", "-o", "b.csv")
        self.ok("convolve", "x.csv", DECAY, "--dt", "1h", "--gain", "0.5", "-o", "c.csv")
        np.testing.assert_allclose(self.column("b.csv"), 12 * self.column("a.csv"), rtol=1e-13)
        np.testing.assert_allclose(self.column("c.csv"), 6 * self.column("a.csv"), rtol=1e-13)

    def test_the_unit_of_dt_is_that_of_t(self):
        self.series()
        self.ok("convolve", "x.csv", DECAY, "--dt", "1h", "--kernel-scale", "area", "-o", "a.csv")
        self.ok("convolve", "x.csv", "exp(-t/720)*u(t)", "--dt", "60min", "--kernel-scale", "area",
                "-o", "b.csv")
        np.testing.assert_allclose(self.column("b.csv"), self.column("a.csv"), rtol=1e-12)
        self.refused(DATA, ["3600 s a row", "--dt 1d is 86400 s"], "convolve", "x.csv", DECAY, "--dt",
                     "1d", "-o", "out.csv")
        self.refused(USAGE, ["ms, s, min, h, d", "1 fortnight"], "convolve", "x.csv", DECAY, "--dt",
                     "1 fortnight", "-o", "out.csv")

    def test_boxes_impulses_and_what_looks_ahead(self):
        x = self.series()
        self.ok("convolve", "x.csv", "delta(t-3)", "-o", "y.csv")
        np.testing.assert_array_equal(self.column("y.csv"), np.r_[[x[0]] * 3, x[:-3]])
        self.ok("convolve", "x.csv", "box(t/2)", "--interpolation", "hold", "-o", "y.csv")
        # From one hour before to one behind: half of two held values each.
        np.testing.assert_allclose(self.column("y.csv"), x + np.r_[x[0], x[:-1]], atol=1e-13)
        self.ok("convolve", "x.csv", "0.5*delta(t) + exp(-t/3)/6*u(t)", "-o", "y.csv")
        self.assertTrue(np.isfinite(self.column("y.csv")).all())

    def test_periodic_is_the_steady_state(self):
        x = self.series(48)
        self.ok("convolve", "x.csv", DECAY, "--before", "periodic", "-o", "y.csv")
        self.csv("many.csv", "outdoor\n" + "\n".join(str(v) for v in np.tile(x, 20)) + "\n")
        self.ok("convolve", "many.csv", DECAY, "-o", "z.csv")
        np.testing.assert_allclose(self.column("y.csv"), self.column("z.csv")[-48:], rtol=1e-11,
                                   atol=1e-11)

    def test_second_order(self):
        x = self.series()
        w, d = 0.4, 0.3
        root = w * np.sqrt(1 - d * d)
        formula = f"{w * w / root}*exp(-{d * w}*t)*sin({root}*t)*u(t)"
        self.ok("convolve", "x.csv", formula, "--before", "zero", "-o", "y.csv")
        # SciPy's own first-order hold, from rest; its input starts with a ramp, ours with a jump.
        t = np.arange(len(x), dtype=float)
        _, y, _ = signal.lsim(([w * w], [1, 2 * d * w, w * w]), x, t)
        np.testing.assert_allclose(self.column("y.csv"), y, atol=1e-11)

    def test_sound_and_arrays(self):
        x = self.random.standard_normal(500).astype(np.float32)
        self.wav("x.wav", x, rate=1000)
        self.ok("convolve", "x.wav", "exp(-t/0.05)*u(t)", "--kernel-scale", "area", "-o", "y.wav")
        _, y = self.read_wav("y.wav")
        self.npy("x.npy", x.astype(float))
        self.ok("convolve", "x.npy", "exp(-t/50)*u(t)", "--kernel-scale", "area", "-o", "y.npy")
        np.testing.assert_allclose(y, self.load("y.npy")[:len(y)], atol=1e-6)
        self.npy("x2.npy", np.ones((3, 4)))
        self.refused(USAGE, "one axis", "convolve", "x2.npy", DECAY, "-o", "out.npy")
        self.ok("convolve", "x2.npy", "delta(t-1)", "--axes", "1", "-o", "y.npy")
        self.png("x.png", np.zeros((4, 4, 3), np.uint8))
        self.refused(USAGE, "one axis", "convolve", "x.png", DECAY, "-o", "out.png")

    def test_files_and_names_come_first(self):
        self.series()
        self.csv(DECAY.replace("/", "") + ".csv", "h\n1\n")
        self.ok("convolve", "x.csv", "exp(-t12)*u(t).csv", "-o", "y.csv")
        said = self.ok("convolve", "x.csv", "exp:12", "-o", "y.csv")
        self.assertEqual(said["kernel"]["name"], "exp:12")
        said = self.ok("convolve", "x.csv", "--kernel", DECAY, "-o", "y.csv")
        self.assertEqual(said["kernel"]["formula"], DECAY)
        self.ok("convolve", "x.csv", "--kernel", "1 -1", "-o", "y.csv")

    def test_refusals(self):
        self.series(30)

        def no(code, says, *arguments):
            self.refused(code, says, "convolve", "x.csv", *arguments, "-o", "out.csv")
        no(USAGE, ["names no t", "exp(-t/12)*u(t)"], "exp(-x/12)*u(x)")
        done = self.run_program("convolve", "x.csv", "exp(-t/12)*uu(t)", "-o", "out.csv")
        self.assertEqual(done.returncode, USAGE)
        self.assertIn("column 12 of the formula: unknown name 'uu'", done.stderr)
        self.assertTrue(done.stderr.endswith("\n  exp(-t/12)*uu(t)\n" + 13 * " " + "^\n"))
        self.assertFalse(self.path("out.csv").exists())
        no(USAGE, "does not decay", "u(t)")
        no(USAGE, "integral", "(1 - t)*exp(-t)*u(t)", "--kernel-scale", "area")
        no(USAGE, "differentiates", "delta(t,1)", "--interpolation", "hold")
        no(USAGE, "--extent has no meaning", DECAY, "--extent", "full")
        no(USAGE, "--before", DECAY, "--boundary", "wrap")
        no(USAGE, "goes with a formula", "exp:12", "--before", "zero")
        no(USAGE, "goes with a formula", "--kernel", "1 2", "--interpolation", "hold")
        no(USAGE, "beyond a record", DECAY, "--before", "edge")
        no(USAGE, "interpolation", DECAY, "--interpolation", "cubic")
        self.refused(USAGE, "goes with convolve", "correlate", "x.csv", DECAY, "-o", "out.csv")
        self.csv("gap.csv", "date,v\n2026-01-01T00:00,1\n2026-01-01T01:00,2\n2026-01-01T05:00,3\n")
        self.refused(DATA, "not evenly spaced", "convolve", "gap.csv", DECAY, "--dt", "1h", "-o",
                     "out.csv")
        self.csv("t.csv", "t,v\n0,1\n2,2\n4,3\n")
        self.refused(DATA, "--dt 2 makes them agree", "convolve", "t.csv", DECAY, "-o", "out.csv")

    def test_dry_run_and_explain_write_nothing(self):
        self.series()
        before = self.snapshot()
        said = self.ok("convolve", "x.csv", DECAY, "-o", "y.csv", "-n")
        self.assertTrue(said["dry_run"])
        self.assertEqual(self.snapshot(), before)
        done = self.run_program("convolve", "x.csv", DECAY, "-o", "y.csv", "-q", "--explain")
        self.assertIn("a recurrence of 1 state", done.stdout)

    def test_pipes(self):
        import subprocess
        x = self.series()
        done = subprocess.run([PROGRAM, "convolve", "-", "delta(t)", "-q", "-o", "-"],
                              input=self.path("x.csv").read_bytes(), capture_output=True,
                              cwd=self.folder, check=True)
        self.assertEqual(len(done.stdout.splitlines()), len(x) + 1)


if __name__ == "__main__":
    unittest.main()
