# SPDX-FileCopyrightText: 2026 The Faltung authors
# SPDX-License-Identifier: Apache-2.0
"""faltung plan, faltung info, and what --tolerance, --max-memory and --accuracy do."""

import json
import time
import unittest

import numpy as np

from support import UNAVAILABLE, USAGE, ProgramTest


class Plan(ProgramTest):
    def plan(self, *words):
        done = self.run_program("plan", *words)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def test_text_names_the_winner_and_every_loser(self):
        text = self.plan("convolve f32 [1048576] * [4097] full")
        self.assertTrue(text.startswith("convolve f32 [1048576] * [4097] full\noverlap_save: "))
        self.assertRegex(text, r"chosen  overlap_save: about .* error ")
        self.assertRegex(text, r"dearer  direct: .* times the chosen")
        self.assertRegex(text, r"cannot  separable: ")

    def test_json_says_the_same(self):
        plan = json.loads(self.plan("convolve f64 [300,300] * [15,15] same rank=1 cosines=1", "--json"))
        self.assertEqual(plan["algorithm"], "separable")
        verdicts = {c["name"]: c["verdict"] for c in plan["candidates"]}
        self.assertEqual(verdicts["separable"], "chosen")
        self.assertEqual(verdicts["direct"], "dearer")
        for candidate in plan["candidates"]:
            self.assertGreater(candidate["seconds"], 0)
            self.assertGreater(candidate["memory_bytes"], 0)

    def test_refusals(self):
        self.refused(USAGE, "'convolv'", "plan", "convolv f32 [3] * [2]")
        self.refused(USAGE, "said twice", "plan", "convolve f32 [3] * [2] full same")
        self.refused(USAGE, "shape of the input", "plan", "convolve f32 * [2]")
        self.refused(USAGE, "cannot do this problem", "plan",
                     "convolve u64 [3000] * [200] full method=fft_single")
        self.refused(USAGE, "least that works is", "plan",
                     "convolve f32 [100000] * [3000] full max_memory=100")
        self.refused(USAGE, "smallest bound", "plan",
                     "convolve f32 [100000] * [3000] full tolerance=1e-12")
        self.refused(USAGE, "PROBLEM", "plan")


class Info(ProgramTest):
    def test_calibrations_come_and_go(self):
        before = json.loads(self.run_program("info", "--cpu", "--json").stdout)
        self.assertFalse(before["calibrated"])
        self.assertIn("shipped table", before["costs"])
        start = time.monotonic()
        done = self.run_program("info", "--calibrate", "--json")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertLess(time.monotonic() - start, 20)
        measured = json.loads(done.stdout)
        self.assertGreater(measured["peaks"]["f32_flop_per_second"], 0)
        self.assertTrue((self.folder / "cache/faltung/profile").is_file())
        self.assertIn("calibrated", self.run_program("plan", "convolve f32 [9] * [3]").stdout)
        (self.folder / "cache/faltung/profile").write_bytes(b"\xff" * 100)
        damaged = self.run_program("info").stdout
        self.assertIn("is ignored", damaged)
        self.assertEqual(self.run_program("info", "--clear-calibration").stdout,
                         "the calibration was removed\n")
        self.assertEqual(self.run_program("info", "--clear-calibration").stdout,
                         "there was no calibration to remove\n")

    def test_contradictions(self):
        done = self.run_program("info", "--calibrate", "--clear-calibration")
        self.assertEqual(done.returncode, USAGE)


class Choices(ProgramTest):
    def test_blocks_are_for_overlap_save(self):
        problem = "convolve f32 [1000] * [30] full block=64"
        for method in ["auto", "overlap_save"]:
            self.assertEqual(self.run_program("plan", f"{problem} method={method}").returncode, 0)
        for method in ["direct", "fft_single"]:
            self.refused(USAGE, [f"method '{method}' cannot", "'block' is for overlap_save"], "plan",
                         f"{problem} method={method}")

    def test_a_method_is_found_by_its_first_word(self):
        for word, name in [("ftt", "fft_single"), ("fft", "fft_single"), ("overlap", "overlap_save"),
                           ("dierct", "direct"), ("sep", "separable")]:
            self.refused(USAGE, f"unknown method '{word}'; did you mean {name}? Allowed: auto, direct",
                         "plan", f"convolve f32 [9] * [3] full method={word}")


class Budgets(ProgramTest):
    def setUp(self):
        super().setUp()
        self.npy("x.npy", np.random.default_rng(1).standard_normal((600, 600)))
        self.npy("h.npy", np.random.default_rng(2).standard_normal((40, 40)))

    def test_memory_is_bounded_or_refused(self):
        free = self.ok("convolve", "x.npy", "h.npy", "-o", "y.npy", "--threads", "4")
        tight = self.ok("convolve", "x.npy", "h.npy", "-o", "z.npy", "--threads", "4",
                        "--max-memory", "10M")
        self.assertIn("max_memory", tight["problem"])
        np.testing.assert_allclose(self.load("z.npy"), self.load("y.npy"), rtol=0, atol=1e-9)
        self.assertNotIn("max_memory", free["problem"])
        self.refused(UNAVAILABLE, ["--max-memory 102400 is too little", "are enough"], "convolve",
                     "x.npy", "h.npy", "-o", "w.npy", "--max-memory", "100K")
        self.refused(UNAVAILABLE, "input and the output alone take", "convolve", "x.npy", "h.npy",
                     "-o", "w.npy", "--max-memory", "1M", "--boundary", "wrap", "--extent", "same")
        self.refused(USAGE, "number of bytes", "convolve", "x.npy", "h.npy", "-o", "w.npy",
                     "--max-memory", "much")

    def test_a_tolerance_steers_the_choice(self):
        self.npy("f.npy", self.load("x.npy").astype(np.float32))
        self.npy("k.npy", self.load("h.npy").astype(np.float32))
        free = self.ok("convolve", "f.npy", "k.npy", "-o", "y.npy")
        tight = self.ok("convolve", "f.npy", "k.npy", "-o", "y.npy", "--tolerance", "1e-4")
        self.assertNotEqual(free["method"], "direct")
        self.assertEqual(tight["method"], "direct")
        self.assertEqual(self.ok("convolve", "f.npy", "k.npy", "-o", "y.npy", "--accuracy",
                                 "componentwise")["method"], "direct")
        self.refused(USAGE, "above 0", "convolve", "f.npy", "k.npy", "-o", "w.npy", "--tolerance",
                     "0")
        self.refused(USAGE, "norm, componentwise", "convolve", "f.npy", "k.npy", "-o", "w.npy",
                     "--accuracy", "best")


if __name__ == "__main__":
    unittest.main()
