# SPDX-FileCopyrightText: 2026 The Faltung authors
# SPDX-License-Identifier: Apache-2.0
"""bench/run cuda from end to end on the emulated device: every case, tiny. Its times mean nothing and
are not looked at."""

import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
# Rounding is some ten roundoffs of the outputs' norm; a sample or a tap out of place is a part of 1.
MOST = {"f32": 100 * 2.0 ** -24, "c64": 100 * 2.0 ** -24, "f64": 100 * 2.0 ** -53, "c128": 100 * 2.0 ** -53}


class Cuda(unittest.TestCase):
    build, cufft = "", ""

    @classmethod
    def setUpClass(cls):
        with tempfile.TemporaryDirectory() as folder:
            rows = pathlib.Path(folder, "rows.json")
            command = [sys.executable, "-B", ROOT / "bench" / "run", "cuda", "--build", cls.build,
                       "--json", rows, "--allow-missing"]
            if cls.cufft:
                command += ["--cufft", cls.cufft]
            done = subprocess.run(command, capture_output=True, text=True)
            if done.returncode != 0:
                raise AssertionError(done.stdout + done.stderr)
            cls.said = done.stdout
            cls.rows = json.loads(rows.read_text())
            cls.facts = json.loads(rows.with_suffix(".facts").read_text())

    def test_every_case_ran(self):
        self.assertEqual(self.facts["failed"], [])
        self.assertEqual([w for w in self.facts["words"] if w.startswith(("Not run", "Without"))], [])
        works = {(row["work"], row["dtype"]) for row in self.rows}
        self.assertEqual(len([w for w in works if "with transfers" not in w[0]]), 23)
        self.assertEqual(len([w for w in works if "with transfers" in w[0]]), 4)
        self.assertIn("emulated", self.said)

    def test_ours_and_cufft_are_right(self):
        for row in self.rows:
            if row["error"] is not None:
                self.assertLess(row["error"], MOST[row["dtype"]], row)
            if row["peer"] == "cufft":
                self.assertLess(row["error_peer"], MOST[row["dtype"]], row)
        if self.cufft:
            self.assertGreater(len([row for row in self.rows if row["peer"] == "cufft"]), 10)

    def test_each_case_is_beside_a_copy(self):
        self.assertEqual({(r["work"], r["dtype"]) for r in self.rows if r["peer"] == "copy"},
                         {(r["work"], r["dtype"]) for r in self.rows
                          if "with transfers" not in r["work"]})
        for row in self.rows:
            self.assertGreater(row["ratio"], 0)
            if "with transfers" not in row["work"]:
                self.assertGreater(row["fraction_of_limit"], 0)


if __name__ == "__main__":
    Cuda.cufft = sys.argv.pop()
    Cuda.build = sys.argv.pop()
    unittest.main()
