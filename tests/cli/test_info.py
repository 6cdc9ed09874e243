# SPDX-FileCopyrightText: 2026 The Faltung authors
# SPDX-License-Identifier: Apache-2.0
"""faltung info FILE: what a file of each kind holds."""

import json
import unittest

import numpy as np

from support import DATA, NO_INPUT, USAGE, ProgramTest


class Info(ProgramTest):
    def info(self, *arguments):
        done = self.run_program("info", *arguments, "--json")
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)

    def test_every_kind(self):
        self.wav("x.wav", np.zeros((480, 2), np.float32), 24000)
        said = self.info("x.wav")
        self.assertEqual([said[k] for k in ["kind", "channels", "sample_rate_hz", "encoding", "frames",
                                            "seconds"]], ["sound", 2, 24000, "float32", 480, 0.02])
        self.png("x.png", np.zeros((4, 6, 3), np.uint8))
        said = self.info("x.png")
        self.assertEqual([said[k] for k in ["kind", "height", "width", "colours", "type"]],
                         ["picture", 4, 6, "RGB", "u8"])
        self.npy("x.npy", np.zeros((3, 4), np.complex64))
        self.assertEqual([self.info("x.npy")[k] for k in ["shape", "type"]], [[3, 4], "c64"])
        self.csv("x.csv", "date,t,v\n2026-01-01,0,1\n2026-01-02,1,2\n")
        said = self.info("x.csv")
        self.assertEqual((said["rows"], [c["filtered"] for c in said["columns"]]), (2, [False, False, True]))
        self.path("x.raw").write_bytes(b"\0" * 400)
        self.assertEqual(self.info("x.raw", "--raw", "100:2:pcm16")["frames"], 100)

    def test_text_says_the_same(self):
        self.csv("x.csv", "date,v\n2026-01-01,1\n")
        text = self.run_program("info", "x.csv").stdout
        self.assertIn("date (text, not filtered)", text)
        self.assertRegex(text, r"rows +1\n")

    def test_refusals(self):
        self.refused(NO_INPUT, "nope.wav", "info", "nope.wav")
        self.refused(USAGE, "--raw", "info", "--raw", "1:1:pcm16")
        self.refused(USAGE, "contradict", "info", "x.wav", "--cpu")
        self.path("x.wav").write_bytes(b"RIFF")
        self.refused(DATA, "truncated", "info", "x.wav")
        self.path("x.pcm").write_bytes(b"1234")
        self.refused(USAGE, "by --raw", "info", "x.pcm")


if __name__ == "__main__":
    unittest.main()
