# SPDX-FileCopyrightText: 2026 The Faltung authors
# SPDX-License-Identifier: Apache-2.0
"""faltung kernels: the list, and one kernel as text, JSON and a picture."""

import json
import re
import shutil
import unittest

import numpy as np

from support import CANNOT_CREATE, USAGE, ProgramTest


class Kernels(ProgramTest):
    def said(self, *arguments):
        done = self.run_program("kernels", *arguments)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def test_the_list_has_what_the_program_takes(self):
        listed = json.loads(self.said("--json"))["kernels"]
        text = self.said()
        for kernel in listed:
            self.assertIn(kernel["form"], text)
            needed = kernel["form"].split("[")[0]
            self.said(needed.split(":")[0] + ":5" * needed.count(":"))
            self.assertTrue(kernel["meaning"] and kernel["taps"])

    def test_json_has_the_taps(self):
        kernel = json.loads(self.said("sobel-x * gaussian:1", "--json"))
        taps = np.array(kernel["taps"]).reshape(kernel["shape"])
        self.assertEqual((taps.shape, kernel["origin"]), ((11, 11), [5, 5]))
        self.assertAlmostEqual(np.abs(taps).sum(), kernel["sum_abs"], 12)
        self.assertLess(abs(kernel["sum"]), 1e-15)
        decay = json.loads(self.said("exp:2", "--dt", "0.5", "--json"))
        self.assertAlmostEqual(decay["taps"][1] / decay["taps"][0], np.exp(-0.25), 14)
        self.assertEqual(json.loads(self.said("box:3", "--axes", "1", "--json"))["shape"], [3])

    def test_text_draws_it(self):
        text = self.said("[1 2; 3 -4]")
        self.assertIn("shape [2,2], origin 0,0, sum 2, sum of magnitudes 10", text)
        self.assertEqual(text.splitlines()[2].split(), ["3", "-4"])
        self.assertIn("@", self.said("gaussian:9"))
        self.assertIn("0*", self.said("exp:3"))
        self.assertIn("one of 3 taps", self.said("exp:3"))
        volume = self.said("sobel-z").splitlines()
        self.assertIn("shape [3,3,3], origin 1,1,1", volume[0])
        self.assertEqual([line for line in volume if "plane" in line],
                         ["plane -1", "plane 0", "plane 1"])
        self.assertEqual(volume[3].split(), ["2", "4", "2"])
        self.refused(USAGE, "one axis and of two", "kernels", "sobel-z", "-o", "z.svg")

    def test_composed_names_have_no_brackets_in_vain(self):
        for text, name in [("[1 2 1] * [1 2 1] / 16", "0.0625 * [1 2 1] * [1 2 1]"),
                           ("sobel-x * (gaussian:1 + box:3)", "sobel-x * (gaussian:1 + box:3)"),
                           ("2 * flip([1 -2])", "2 * flip([1 -2])"), ("3 * -box:3", "3 * (-box:3)"),
                           ("([1] - box:3) * box:3", "([1] - box:3) * box:3")]:
            said = self.said(text)
            self.assertEqual(said.split(": shape")[0], name)
            again = self.said(name)
            self.assertEqual(again.split("shape")[1], said.split("shape")[1])

    def test_a_picture_has_the_style_of_all_plots(self):
        if not shutil.which("gnuplot"):
            self.skipTest("gnuplot is not here")
        self.said("gaussian:2", "--axes", "1", "-o", "row.svg")
        self.said("sobel-x", "-o", "square.svg")
        self.npy("x.npy", np.eye(40))
        self.ok("convolve", "x.npy", "sobel-x", "-o", "y.npy", "--plot", "plot.svg")
        font = re.search(r'font-family="[^"]*"', self.path("plot.svg").read_text())[0]
        for name in ["row.svg", "square.svg"]:
            drawn = self.path(name).read_text()
            self.assertIn(font, drawn)
            self.assertIn("Kernel", drawn)
        # The tallest stem ends below the top of the frame, which the lines of the grid reach.
        row = self.path("row.svg").read_text()
        heights = [float(y) for y in re.findall(r"M[0-9.]+,[0-9.]+ L[0-9.]+,([0-9.]+)", row)]
        stems = re.findall(r"M([0-9.]+),([0-9.]+) L\1,([0-9.]+)", row)
        tops = sorted({min(float(a), float(b)) for _, a, b in stems})
        self.assertGreater(len(tops), 2)
        self.assertLess(min(heights), tops[1])

    def test_pictures(self):
        if not shutil.which("gnuplot"):
            self.skipTest("gnuplot is not here")
        self.said("gaussian:3 - gaussian:1", "-o", "k.svg"), self.said("exp:12", "-o", "k.png")
        self.assertIn("<svg", self.path("k.svg").read_text()[:500])
        self.assertIn("to the right", self.path("k.svg").read_text())
        self.assertTrue(self.path("k.png").read_bytes().startswith(b"\x89PNG"))

    def test_refusals(self):
        self.refused(USAGE, "did you mean gaussian", "kernels", "gausian:2")
        self.refused(USAGE, "neither .svg nor .png", "kernels", "box:3", "-o", "k.gif")
        self.refused(USAGE, "name it", "kernels", "-o", "k.svg")
        self.refused(USAGE, "quote it", "kernels", "box:3", "+", "box:5")
        self.refused(USAGE, "--axes", "kernels", "box:3", "--axes", "4")
        self.refused(USAGE, "dt is above 0", "kernels", "exp:3", "--dt", "-1")
        self.refused(CANNOT_CREATE, "nowhere", "kernels", "box:3", "-o", "nowhere/k.svg")


if __name__ == "__main__":
    unittest.main()
