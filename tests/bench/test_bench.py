# SPDX-FileCopyrightText: 2026 The Faltung authors
# SPDX-License-Identifier: Apache-2.0
"""The parts of bench/ that can be right or wrong without a clock."""

import argparse
import contextlib
import io
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "bench"))

import contest  # noqa: E402
import counting  # noqa: E402
import output  # noqa: E402

ROW = {"area": "fir", "work": "2^22 x 15", "dtype": "f32", "threads": 2, "method": "direct",
       "peer": "numpy", "peer_version": "2.4", "ratio": 10.4, "fraction_of_limit": 0.25,
       "error": None, "error_peer": 1e300}


class Counting(unittest.TestCase):
    def test_overlap_save_costs_what_blocks_of_powers_of_two_do(self):
        """By hand, at the best such block; any other size may only save a little more."""
        for taps, size in ((63, 512), (245, 2048), (1025, 16384), (4097, 65536)):
            by_hand = counting.circular(size) / (size - taps + 1)
            self.assertLessEqual(counting.overlap_save(taps), by_hand)
            self.assertGreater(counting.overlap_save(taps), 0.98 * by_hand)
        for taps, size in ((7, 64), (31, 512), (63, 1024), (127, 2048)):
            by_hand = counting.circular(size ** 2) / (size - taps + 1) ** 2
            self.assertLessEqual(counting.overlap_save(taps, 2), by_hand * 1.001)
            self.assertGreater(counting.overlap_save(taps, 2), 0.98 * by_hand)

    def test_circular_by_hand(self):
        self.assertAlmostEqual(counting.circular(1024), 3.78 * 10240 + 3072)

    def test_the_cheaper_class_counts(self):
        self.assertEqual(counting.general(15), 30)
        self.assertLess(counting.general(245), counting.direct(245))

    def test_limit_is_the_slower_of_arithmetic_and_memory(self):
        peaks = {"p_f32": 100.0, "p_f64": 50.0, "copy": 10.0}
        self.assertEqual(counting.limit_seconds(200, 5, peaks, "f32"), 2)
        self.assertEqual(counting.limit_seconds(200, 5, peaks, "f64"), 4)
        self.assertEqual(counting.limit_seconds(200, 50, peaks, "f32"), 5)


class Rounds(unittest.TestCase):
    class Fixed:
        def __init__(self, *answers):
            self.answers = list(answers)

        def ask(self, _):
            return self.answers.pop(0)

    def test_samples_are_kept_side_by_side(self):
        found = contest.rounds([self.Fixed([1, 2], [3, 4]), self.Fixed([5], [6])], 0, 2)
        self.assertEqual(found, [[[1, 3], [2, 4]], [[5, 6]]])


class Missing(unittest.TestCase):
    def missing(self, allow):
        options = argparse.Namespace(allow_missing=allow)
        contest.Contest("images", "", options, "").missing(["opencv", "fftw-overlap-save"])

    def test_names_the_packages_and_fails(self):
        with self.assertRaises(SystemExit) as stop:
            self.missing(False)
        self.assertIn("libfftw3-dev libopencv-imgproc-dev", str(stop.exception.code))

    def test_goes_on_where_that_is_allowed(self):
        with contextlib.redirect_stderr(io.StringIO()) as said:
            self.missing(True)
        self.assertIn("opencv, fftw-overlap-save", said.getvalue())


class Cases(unittest.TestCase):
    def test_words_of_a_problem(self):
        case = contest.Case("w", "convolve u8*f32 [4,6] * [3,3] same boundary=mirror", 1.0)
        self.assertEqual(case.dtypes(), ["u8", "f32"])
        self.assertEqual(case.shapes(), [[4, 6], [3, 3]])
        self.assertEqual(case.mode(), "same")
        self.assertEqual(contest.bytes_moved(case, 24), 24 + 96)

    def test_every_area_has_cases_for_both_lengths(self):
        for name in ("transform", "fir", "long1d", "images", "volumes"):
            cases = __import__(f"area_{name}").cases()
            self.assertTrue(any(c.quick for c in cases), name)
            self.assertEqual({"dense", "nan", "half"}, {c.data for c in cases}, name)
            self.assertTrue(all(c.flop > 0 for c in cases), name)


class Output(unittest.TestCase):
    def test_cells(self):
        self.assertEqual(output.cells(ROW), ["2^22 x 15", "f32", "2", "direct", "numpy 2.4",
                                             "10.40", "25.0%", "-", "not finite"])

    def test_json_is_a_list_of_rows(self):
        with tempfile.TemporaryDirectory() as folder:
            output.write_json(f"{folder}/rows.json", [ROW])
            self.assertEqual(json.loads(pathlib.Path(folder, "rows.json").read_text()), [ROW])


class Command(unittest.TestCase):
    def test_later_areas_say_what_comes_first(self):
        for area in ("similarity", "layers", "python", "dask", "cuda"):
            done = subprocess.run([ROOT / "bench" / "run", area], capture_output=True, text=True)
            self.assertNotEqual(done.returncode, 0)
            self.assertIn("it comes with", done.stderr)


if __name__ == "__main__":
    unittest.main()
