# SPDX-FileCopyrightText: 2026 The Faltung authors
# SPDX-License-Identifier: Apache-2.0
"""The parts of bench/ that can be right or wrong without a clock."""

import argparse
import contextlib
import io
import json
import math
import pathlib
import subprocess
import sys
import tempfile
import unittest
import unittest.mock

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "bench"))

import contest  # noqa: E402
import counting  # noqa: E402
import output  # noqa: E402

ROW = {"area": "fir", "work": "2^22 x 15", "dtype": "f32", "threads": 2, "method": "direct",
       "peer": "numpy", "peer_version": "2.4", "ratio": 10.4, "fraction_of_limit": 0.25,
       "error": None, "error_peer": 1e300}


class Memory(unittest.TestCase):
    def test_the_most_that_a_program_held_is_found(self):
        grow = "import sys; sys.stdin.readline(); x = bytearray(int(sys.argv[1]))"
        small, large = (contest.peak_bytes([sys.executable, "-c", grow, size])
                        for size in (1, 300_000_000))
        self.assertAlmostEqual(large - small, 300e6, delta=20e6)
        with self.assertRaises(SystemExit):
            contest.peak_bytes([sys.executable, "-c", "import sys; sys.stdin.read(); sys.exit(3)"])


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

    def test_radices_are_those_of_the_engine(self):
        self.assertEqual(counting.radices(128), [2, 4, 4, 4])
        self.assertEqual(counting.radices(15 * 256), [3, 5, 4, 4, 4, 4])
        for points in (1 << 12, 9 << 7, 15 << 4):
            product = 1
            for radix in counting.radices(points):
                product *= radix
            self.assertEqual(product, points)

    def test_issue_by_hand(self):
        """8 real samples, 4 complex points: one butterfly of radix 4 there, one back, 4 products."""
        self.assertEqual(counting.issued(8, 1 << 30, 4), (2 * 12 + 4 * 4, 2 * 16, 0))
        fused, added, moved = counting.issued(1 << 20, 1 << 20, 4)
        self.assertEqual(moved, 7 * (1 << 22))
        peaks = {"p_f32": 2.0, "q_f32": 3.0, "copy": 1.0}  # one multiply-add; two of a mix
        self.assertEqual(counting.issue_seconds((5, 2, 0), peaks, "f32"), 5)
        self.assertEqual(counting.issue_seconds((5, 7, 0), peaks, "f32"), 6)
        self.assertEqual(counting.issue_seconds((5, 7, 9), peaks, "f32"), 9)
        # 2.5 N log2 N flop a transform is 5 M log2 M of complex points: radix 4 has 28 for 2 levels.
        self.assertAlmostEqual((fused + added) / (2 * 28 / 8 * (1 << 19) * 19), 1, 1)

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

    def test_a_library_that_is_not_installed_has_no_path(self):
        with unittest.mock.patch.dict(contest.LIBRARIES, {"no-such-package": "libno.so"}):
            self.assertEqual(contest.library_of("no-such-package"), "")

    def test_goes_on_where_that_is_allowed(self):
        with contextlib.redirect_stderr(io.StringIO()) as said:
            self.missing(True)
        self.assertIn("opencv, fftw-overlap-save", said.getvalue())


class Cases(unittest.TestCase):
    def test_words_of_a_problem(self):
        case = contest.Case("w", "convolve u8*f32->u8 [4,6] * [3,3] same policy=saturate", 1.0)
        self.assertEqual(case.dtypes(), ["u8", "f32"])
        self.assertEqual(case.shapes(), [[4, 6], [3, 3]])
        self.assertEqual(case.mode(), "same")
        self.assertEqual(contest.bytes_moved(case, 24), 24 + 24)

    def test_transform_lengths_are_beside_the_nearest_power_of_two(self):
        import area_transform
        found = {case.work: case for case in area_transform.cases() if case.other}
        self.assertIn("[2048]", found["3 x 2^10 padded"].other)  # of 4096 points
        for case in found.values():
            points = 2 * case.shapes()[0][0]
            other = 2 * json.loads(case.other.split()[2])[0]
            self.assertLess(abs(math.log2(points / other)), 0.6, case.work)
            self.assertAlmostEqual(case.scale, counting.circular(points) / counting.circular(other))

    def test_every_area_has_cases_for_both_lengths(self):
        for name in ("transform", "fir", "long1d", "images", "volumes"):
            cases = __import__(f"area_{name}").cases()
            self.assertTrue(any(c.quick for c in cases), name)
            self.assertEqual({"dense", "nan", "half"}, {c.data for c in cases} - {"self"}, name)
            self.assertTrue(all(c.flop > 0 for c in cases), name)


class Output(unittest.TestCase):
    def test_cells(self):
        self.assertEqual(output.cells(ROW), ["2^22 x 15", "f32", "2", "direct", "numpy 2.4",
                                             "10.40", "25.0%", "-", "-", "not finite"])

    def test_a_column_that_no_row_fills_is_left_out(self):
        (head, _), right = output.lines([ROW])
        self.assertNotIn("of the issue", head)
        self.assertEqual([head[i] for i in right],
                         ["threads", "ratio", "of the limit", "error", "its error"])
        (head, cells), right = output.lines([ROW | {"fraction_of_issue": 0.5}])
        self.assertEqual(cells[head.index("of the issue")], "50.0%")
        self.assertEqual(len(right), 6)

    def test_json_is_a_list_of_rows(self):
        with tempfile.TemporaryDirectory() as folder:
            output.write_json(f"{folder}/rows.json", [ROW])
            self.assertEqual(json.loads(pathlib.Path(folder, "rows.json").read_text()), [ROW])


class Command(unittest.TestCase):
    def test_later_areas_say_what_comes_first(self):
        for area in ("similarity", "layers", "python", "dask"):
            done = subprocess.run([ROOT / "bench" / "run", area], capture_output=True, text=True)
            self.assertNotEqual(done.returncode, 0)
            self.assertIn("it comes with", done.stderr)

    def test_a_machine_without_gpu_is_told_in_a_sentence(self):
        import area_cuda
        with unittest.mock.patch.dict("os.environ", {"FALTUNG_FORCE_DEVICE": ""}):
            reason = area_cuda.absent()
            if not reason:
                self.skipTest("there is a GPU")
            done = subprocess.run([ROOT / "bench" / "run", "cuda"], capture_output=True, text=True)
        self.assertNotEqual(done.returncode, 0)
        self.assertEqual(done.stderr, f"bench: {reason}\n")


if __name__ == "__main__":
    unittest.main()
