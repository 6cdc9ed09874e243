# SPDX-FileCopyrightText: 2026 The Faltung authors
# SPDX-License-Identifier: Apache-2.0
"""faltung continuous: formulas, tables, JSON, plots, and formulas that are wrong."""

import csv
import json
import math
import re
import shutil
import unittest

import numpy as np

from support import CANNOT_CREATE, DATA, USAGE, ProgramTest


class Continuous(ProgramTest):
    def said(self, *arguments):
        done = self.run_program("continuous", *arguments)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def points_at(self, column, says, *arguments):
        """Refused with a sentence, the formula, and a caret under the column."""
        done = self.run_program("continuous", *arguments)
        self.assertEqual(done.returncode, USAGE, done.stderr)
        sentence, formula, caret = done.stderr.splitlines()
        self.assertIn(f"column {column} of the formula: ", sentence)
        self.assertIn(says, sentence)
        self.assertIn(formula.strip(), arguments)
        self.assertEqual(caret, " " * (column + 1) + "^")
        self.assertEqual(done.stdout, "")

    def test_the_line_of_the_manual(self):
        plot = ["--plot", "y.svg"] if shutil.which("gnuplot") else []
        said = self.said("exp(-t/12)*u(t)", "box(t/24)", *plot, "--formula", "--at", "0:48:0.5")
        lines = said.splitlines()
        self.assertEqual(lines[0], "y(t) = piecewise(t < -12, 0, t < 12, 12 - 12*exp(-(t+12)/12), "
                                   "28.204828647451237*exp(-t/12))")
        self.assertEqual(lines[1], "t,y")
        self.assertEqual(len(lines), 2 + 97)
        for line in lines[2:]:
            t, y = map(float, line.split(","))
            expected = 12 * (math.exp(min(t, 12) / 12) - math.exp(-1)) * math.exp(-t / 12)
            self.assertAlmostEqual(y, expected, 13)
        if plot:
            picture = self.path("y.svg").read_text()
            for words in ["f(t)", "h(t)", "y(t) = (f * h)(t)", "exp(-t/12)*u(t)", "box(t/24)"]:
                self.assertIn(words, picture)

    def test_tables(self):
        self.assertEqual(self.said("tri(t)", "--at", "-1,0,0.25"), "t,y\n-1,0\n0,1\n0.25,0.75\n")
        self.assertEqual(self.said("t", "--at", "0:1:0.4"), "t,y\n0,0\n0.4,0.4\n0.8,0.8\n")
        self.assertEqual(self.said("tri(t)", "--at", "0:1:0.25", "-o", "y.csv"), "")
        with open(self.path("y.csv"), newline="") as file:
            rows = list(csv.reader(file))
        self.assertEqual(rows[0], ["t", "y"])
        self.assertEqual([float(r[1]) for r in rows[1:]], [1, 0.75, 0.5, 0.25, 0])
        self.assertEqual(self.said("tri(t)", "--at", "0,1", "-o", "-"), "t,y\n0,1\n1,0\n")

    def test_formulas_are_read_back(self):
        for formulas in [("box(t)", "box(t)"), ("exp(-t)*u(t)", "exp(-2*t)*u(t)"),
                         ("sin(3*t)*u(t)", "tri(t)"), ("delta(t-1)", "exp(-abs(t))"),
                         ("exp(-t)*u(t)", "exp(-1.0000001*t)*u(t)")]:
            first = self.ok("continuous", *formulas, "--at", "-3:6:0.3")
            again = self.ok("continuous", first["formula"], "--at", "-3:6:0.3")
            np.testing.assert_allclose(again["y"], first["y"], rtol=0, atol=2e-14)

    def test_json(self):
        answer = self.ok("continuous", "exp(-t)*u(t) + 2*delta(t-1)", "box(t)", "--moments")
        self.assertEqual(answer["operation"], "convolve")
        self.assertTrue(answer["closed"])
        self.assertEqual((answer["lower"], answer["upper"]), (-0.5, None))
        self.assertEqual(answer["breakpoints"], [-0.5, 0.5, 1.5])
        self.assertAlmostEqual(answer["moments"]["y"]["area"], 3, 14)
        edges = self.ok("continuous", "diff(box(t))")
        self.assertEqual(edges["impulses"], [{"at": -0.5, "order": 0, "weight": 1.0},
                                             {"at": 0.5, "order": 0, "weight": -1.0}])

    def test_latex_and_moments(self):
        self.assertEqual(self.said("delta(t-1)", "exp(-t/2)*u(t)", "--latex"),
                         "y(t) = e^{-\\frac{\\left(t - 1\\right)}{2}} \\, u\\left(t - 1\\right)\n")
        self.assertEqual(self.said("uniform(t,0,1)", "expdist(t,2)", "--moments"),
                         "f: area 1, mean 0.5, variance 0.0833333333333333\n"
                         "h: area 1, mean 2, variance 4\n"
                         "y: area 1, mean 2.5, variance 4.08333333333333\n")
        self.assertEqual(self.said("normal(t,1,3)", "normal(t,2,4)"), "y(t) = normal(t, 3, 5)\n")

    def test_correlation(self):
        y = self.ok("continuous", "box(t)", "exp(-t)*u(t)", "--correlate", "--at", "-0.5,0.5,1")["y"]
        expected = [1 - math.exp(0), 1 - math.exp(-1), math.exp(-0.5) - math.exp(-1.5)]
        np.testing.assert_allclose(y, expected, rtol=0, atol=1e-15)

    def test_dice(self):
        weights = [d["weight"] for d in self.ok("continuous", "die(t,6)", "die(t,6)")["impulses"]]
        np.testing.assert_allclose(weights, np.convolve(np.ones(6), np.ones(6)) / 36, rtol=1e-15)
        done = self.run_program("continuous", "dice(t,2,6)", "--at", "7")
        self.assertIn("leaves out 11 impulses", done.stderr)

    def test_plots_draw_jumps_and_impulses(self):
        if not shutil.which("gnuplot"):
            self.skipTest("gnuplot is not here")
        self.said("delta(t-1) + 2*delta(t+1)", "tri(t) + delta(t)", "--plot", "d.svg")
        picture = self.path("d.svg").read_text()
        self.assertIn("2 δ", picture)
        self.assertIsNone(re.search("nan", picture, re.IGNORECASE))
        for formulas in [("0",), ("t",), ("delta(t)",), ("cos(t)",), ("normal(t,0,1)", "die(t,6)"),
                         ("1/(1+t^2)",)]:
            self.said(*formulas, "--plot", "p.png")
            self.assertTrue(self.path("p.png").read_bytes().startswith(b"\x89PNG"))

    def test_plots_show_what_is_of_interest(self):
        if not shutil.which("gnuplot"):
            self.skipTest("gnuplot is not here")

        def drawn(*formulas):
            self.said(*formulas, "--plot", "d.svg")
            return set(re.findall(r"<t(?:span|ext)[^>]*>([^<]*)(?=<)", self.path("d.svg").read_text()))
        # Functions without an end about where they are at home, and steps by themselves.
        self.assertLessEqual({"-4", "0", "4"}, drawn("1/(1+t^2)", "u(t)"))
        self.assertLessEqual({"0", "1"}, drawn("u(t)"))
        self.assertLessEqual({"-2", "8"}, drawn("tanh(t-3)"))
        labels = drawn("delta(t-1) - 0.5*delta(t-2,1) + delta(t-3,12)")
        self.assertLessEqual({"1 δ", "-0.5 δ′", "1 δ⁽¹²⁾"}, labels)
        # Of many impulses the largest has a label.
        labels = [text for text in drawn("dice(t,20,6)") if "δ" in text]
        self.assertEqual(labels, ["0.05182 δ"])

    def test_what_is_wrong_is_pointed_at(self):
        self.points_at(9, "did you mean box", "exp(-t)*bxo(t)")
        self.points_at(2, "2*t", "2t")
        self.points_at(5, "')' is missing", "(1+t")
        self.points_at(5, "jump", "u(t)*delta(t)", "box(t)")
        self.points_at(7, "not expected", "tri(t)$", "u(t)")
        self.points_at(6, "'π' is written pi", "sin(2πt)", "u(t)")

    def test_refusals(self):
        self.refused(DATA, ["diverges", "box(t/T)"], "continuous", "u(t)", "u(-t)")
        self.refused(USAGE, "F is missing", "continuous")
        self.refused(USAGE, "two formulas", "continuous", "t", "--correlate")
        self.refused(USAGE, "quote them", "continuous", "t", "u(t)", "+", "t")
        self.refused(USAGE, "-o needs --at", "continuous", "t", "-o", "y.csv")
        self.refused(USAGE, "not a .csv", "continuous", "t", "--at", "0", "-o", "y.txt")
        self.refused(USAGE, "neither .svg nor .png", "continuous", "t", "--plot", "y.gif")
        self.refused(USAGE, "FIRST:LAST:STEP", "continuous", "t", "--at", "0:1")
        self.refused(USAGE, "step above 0", "continuous", "t", "--at", "0:1:-1")
        self.refused(USAGE, "10 million", "continuous", "t", "--at", "0:1:1e-9")
        self.refused(USAGE, "standard output", "continuous", "t", "--at", "0", "-o", "-", "--json")
        self.refused(CANNOT_CREATE, "nowhere", "continuous", "t", "--at", "0", "-o", "nowhere/y.csv")

    def test_help_names_every_function(self):
        text = self.said("--help")
        for name in ["piecewise(", "conv(f, g", "delta(a*t + b, n)", "expdist(x, mean)"]:
            self.assertIn(name, text)


if __name__ == "__main__":
    unittest.main()
