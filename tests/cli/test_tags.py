# SPDX-FileCopyrightText: 2026 The Faltung authors
# SPDX-License-Identifier: Apache-2.0
"""Sound: what a file says besides its samples goes where it still means something."""

import os
import struct
import subprocess
import unittest

import numpy as np

from support import PROGRAM, ProgramTest


def chunk(name, body):
    return struct.pack("<4sI", name, len(body)) + body + b"\0" * (len(body) % 2)


def info(**texts):
    return chunk(b"LIST", b"INFO" + b"".join(
        chunk(name.encode(), text if isinstance(text, bytes) else text.encode() + b"\0")
        for name, text in texts.items()))


def chunks_of(data):
    """Every chunk of a RIFF file, whose lengths have to be right."""
    assert data[:4] == b"RIFF" and struct.unpack_from("<I", data, 4)[0] == len(data) - 8, data[:12]
    found, at = [], 12
    while at < len(data):
        name, length = struct.unpack_from("<4sI", data, at)
        assert at + 8 + length <= len(data)
        found.append((name, data[at + 8:at + 8 + length]))
        at += 8 + length + length % 2
    return found


BEXT = (b"A church bell".ljust(256, b"\0") + b"Faltung".ljust(32, b"\0") + b"REF".ljust(32, b"\0") +
        b"2026-01-0212:34:56" + struct.pack("<QH", 123456789, 2) + b"\0" * 64 +
        struct.pack("<5h", -2300, 700, -100, -1800, -2000) + b"\0" * 180 + b"A=PCM\r\n")
CUE = struct.pack("<III4sIII", 1, 1, 100, b"data", 0, 0, 100)
LABELS = b"adtl" + chunk(b"labl", struct.pack("<I", 1) + b"verse\0")
LOOP = struct.pack("<9I", 0, 0, 20833, 60, 0, 0, 0, 1, 0) + struct.pack("<6I", 1, 0, 10, 90, 0, 0)


class Tags(ProgramTest):
    def tagged(self, name, before=b"", behind=b"", frames=1000):
        self.wav("plain.wav", 0.1 * self.random.standard_normal(frames).astype(np.float32))
        data = self.path("plain.wav").read_bytes()
        at = data.index(b"data")
        body = data[8:at] + before + data[at:] + behind
        self.path(name).write_bytes(struct.pack("<4sI", b"RIFF", len(body)) + body)

    def kept(self, name):
        return [c for c in chunks_of(self.path(name).read_bytes())
                if c[0] not in (b"fmt ", b"fact", b"PAD ", b"data")]

    TEXTS = {"INAM": "Bell", "IART": "Someone", "ICRD": "2026", "ICMT": "odd", "IXYZ": "own"}

    def test_wav_to_wav_keeps_all(self):
        texts = info(**self.TEXTS)
        everything = [chunk(b"bext", BEXT), chunk(b"cue ", CUE), chunk(b"LIST", LABELS),
                      chunk(b"smpl", LOOP)]
        silent = BEXT[:412] + b"\xff\x7f" * 5 + BEXT[422:]
        expected = [(b"bext", silent), (b"cue ", CUE), (b"LIST", LABELS), (b"smpl", LOOP),
                    (b"LIST", texts[8:])]
        for before, behind in [(b"".join(everything) + texts, b""), (b"", b"".join(everything) + texts)]:
            self.tagged("x.wav", before, behind)
            for extent in ["full", "same", "causal"]:
                self.ok("convolve", "x.wav", "--kernel", "1 2 3", "-o", "y.wav", "--extent", extent)
                self.assertEqual(self.kept("y.wav"), expected)
                self.assertEqual(len(self.read_wav("y.wav")[1]), 1002 if extent == "full" else 1000)
        self.ok("convolve", "x.wav", "--kernel", "1", "-o", "y.wav", "--bits", "8")
        self.assertEqual(self.kept("y.wav"), expected)

    def test_pieces_keep_them_too(self):
        texts = info(**self.TEXTS)
        self.tagged("x.wav", chunk(b"bext", BEXT), texts, frames=2200000)
        said = self.ok("convolve", "x.wav", "--kernel", "1 2", "-o", "y.wav", "--bits", "pcm24")
        self.assertIn("stream", said["problem"])
        self.assertEqual([name for name, _ in self.kept("y.wav")], [b"bext", b"LIST"])
        self.assertEqual(self.kept("y.wav")[1][1], texts[8:])
        # Through a pipe they come, and go, before the samples; what is behind is not seen.
        done = subprocess.run([PROGRAM, "convolve", "-", "--kernel", "1 2", "-o", "-"],
                              input=self.path("x.wav").read_bytes(), capture_output=True,
                              cwd=self.folder)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual([name for name, _ in chunks_of(done.stdout)],
                         [b"fmt ", b"fact", b"bext", b"data"])

    def test_a_length_that_nobody_knows(self):
        self.tagged("x.wav", info(INAM="Bell"))
        data = self.path("x.wav").read_bytes()
        at = data.index(b"data") + 4
        data = data[:at] + b"\xff" * 4 + data[at + 4:]
        for output in ["y.wav", "-"]:
            done = subprocess.run([PROGRAM, "convolve", "-", "--kernel", "1 2", "-o", output],
                                  input=data, capture_output=True, cwd=self.folder)
            self.assertEqual(done.returncode, 0, done.stderr)
            if output == "-":
                self.path("z.wav").write_bytes(done.stdout)
        self.assertEqual(self.kept("y.wav"), [(b"LIST", info(INAM="Bell")[8:])])
        self.assertEqual(self.ok("info", "z.wav")["tags"], {"title": "Bell"})
        self.assertEqual(len(self.read_wav("y.wav")[1]), 1001)

    def test_positions_that_mean_nothing_any_more(self):
        self.tagged("x.wav", chunk(b"bext", BEXT) + chunk(b"cue ", CUE) + info(INAM="Bell"))
        for command, options in [("convolve", ["--extent", "valid"]), ("convolve", ["--stride", "2"]),
                                 ("convolve", ["--window", "5:50"]), ("correlate", [])]:
            done = self.run_program(command, "x.wav", "--kernel", "1 2", "-o", "y.wav", "-v", *options)
            self.assertIn("positions of the input (bext, cues) are not kept", done.stderr)
            self.assertEqual([name for name, _ in self.kept("y.wav")], [b"bext", b"LIST"])
            self.assertEqual(self.kept("y.wav")[0][1][338:346], bytes(8))
        done = self.run_program("convolve", "x.wav", "--kernel", "1 2", "-o", "y.wav")
        self.assertNotIn("kept", done.stderr)

    def test_flac_and_back(self):
        texts = {"INAM": "Bell", "IART": "Käthe", "IPRD": "Sounds", "ICRD": "2026-01-02",
                 "ITRK": "7", "IGNR": "Field", "ICMT": "no comment", "ICOP": "nobody"}
        self.tagged("x.wav", info(**texts) + chunk(b"cue ", CUE))
        done = self.run_program("convolve", "x.wav", "--kernel", "1", "-o", "y.flac", "-v")
        self.assertIn("cues of the input are not kept: FLAC", done.stderr)
        self.ok("convolve", "y.flac", "--kernel", "1", "-o", "z.wav")
        list_chunk = dict(self.kept("z.wav"))[b"LIST"]
        for name, text in texts.items():
            self.assertIn(chunk(name.encode(), text.encode() + b"\0"), list_chunk)
        self.ok("convolve", "y.flac", "--kernel", "1", "-o", "y2.flac")
        self.assertEqual(self.ok("info", "y2.flac")["tags"], self.ok("info", "y.flac")["tags"])

    def test_info(self):
        self.tagged("x.wav", info(INAM="Bell", IART=b"K\xe4the\0") + chunk(b"bext", BEXT) +
                    chunk(b"cue ", CUE), chunk(b"smpl", LOOP))
        said = self.ok("info", "x.wav")
        self.assertEqual(said["tags"], {"title": "Bell", "artist": "Käthe"})
        self.assertEqual(said["chunks"], ["bext", "cue", "smpl"])
        text = self.run_program("info", "x.wav").stdout
        self.assertRegex(text, r"(?m)^title +Bell$")
        self.assertNotIn("tags", self.ok("info", "plain.wav"))

    def test_damage_is_left_out(self):
        texts = info(INAM="Bell")
        for bad in [chunk(b"LIST", b"INFO" + struct.pack("<4sI", b"INAM", 1 << 30) + b"x"),
                    chunk(b"bext", b"short"), chunk(b"LIST", b""), chunk(b"LIST", b"INF"),
                    chunk(b"cue ", b"")]:
            self.tagged("x.wav", b"", texts + bad)
            done = self.run_program("convolve", "x.wav", "--kernel", "1", "-o", "y.npy")
            self.assertIn(done.returncode, [0, 65], done.stderr)
            self.assertEqual(self.ok("info", "x.wav")["tags"], {"title": "Bell"})

    def test_raw_output_and_raw_input_have_none(self):
        self.tagged("x.wav", info(INAM="Bell"))
        self.ok("convolve", "x.wav", "--kernel", "1", "-o", "y.raw")
        self.assertNotIn(b"Bell", self.path("y.raw").read_bytes())
        self.ok("convolve", "x.wav", "--raw", "48000:1:pcm8", "--kernel", "1", "-o", "y.wav")
        self.assertEqual(self.kept("y.wav"), [])


if __name__ == "__main__":
    unittest.main()
