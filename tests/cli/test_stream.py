# SPDX-FileCopyrightText: 2026 The Faltung authors
# SPDX-License-Identifier: Apache-2.0
"""Sound piece by piece: pipes, raw samples, long files in little memory, ends that come early."""

import csv
import io
import json
import os
import resource
import shutil
import signal
import struct
import subprocess
import sys
import time
import unittest

import numpy as np

from support import DATA, IO_ERROR, PROGRAM, ProgramTest


kPeak = """
import os, resource, sys
child = os.spawnv(os.P_WAIT, sys.argv[1], sys.argv[1:])
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
sys.exit(child)
"""


class Streams(ProgramTest):
    def sound(self, frames, channels=1):
        return (0.1 * self.random.standard_normal((frames, channels))).astype(np.float32)

    def piped(self, data, *arguments, code=0):
        """Runs with `data` on standard input; returns what came out and what was said."""
        done = subprocess.run([PROGRAM, *arguments], cwd=self.folder, input=data, timeout=120,
                              capture_output=True, env={**os.environ, "XDG_CACHE_HOME": "/nowhere"})
        self.assertEqual(done.returncode, code, done.stderr)
        return done.stdout, done.stderr.decode()

    def setUp(self):
        super().setUp()
        self.x = self.sound(100000, 2)
        self.wav("x.wav", self.x), self.wav("h.wav", self.sound(3000, 2))
        self.bytes = self.path("x.wav").read_bytes()
        self.ok("convolve", "x.wav", "h.wav", "-o", "whole.npy", "--report-error")
        self.whole = self.load("whole.npy")

    def near(self, y):
        self.assertEqual(y.shape, self.whole.shape)
        self.assertLess(np.abs(y - self.whole).max(), 2e-5)

    def test_pipes_give_what_files_give(self):
        out, said = self.piped(self.bytes, "convolve", "-", "h.wav", "-o", "-")
        self.assertIn("standard input [100000 x 2] * h.wav [3000 x 2] -> standard output", said)
        self.path("piped.wav").write_bytes(out)
        _, piped = self.read_wav("piped.wav")
        self.near(piped)
        self.piped(self.bytes, "convolve", "-", "h.wav", "-o", "y.wav")
        _, y = self.read_wav("y.wav")
        self.assertEqual(y.tobytes(), piped.tobytes())

    def test_a_header_that_does_not_know_its_length(self):
        at = self.bytes.index(b"data")
        for unknown in [0xFFFFFFFF, 0x7FFFF000]:
            data = self.bytes[:at + 4] + struct.pack("<I", unknown) + self.bytes[at + 8:]
            out, _ = self.piped(data, "convolve", "-", "h.wav", "-o", "-", "--format", "raw")
            self.near(np.frombuffer(out, np.float32).reshape(-1, 2))
            # Nor does what is written then, which is read again.
            out, _ = self.piped(data, "convolve", "-", "--kernel", "1", "-o", "-")
            out, _ = self.piped(out, "convolve", "-", "h.wav", "-o", "-", "--format", "raw")
            self.near(np.frombuffer(out, np.float32).reshape(-1, 2))

    def test_every_encoding_through_pipes(self):
        for encoding, tolerance in [("pcm8", 2.0 ** -7), ("pcm16", 2.0 ** -15), ("pcm24", 2.0 ** -23),
                                    ("pcm32", 2.0 ** -24), ("float32", 0), ("float64", 0)]:
            for form in ["wav", "raw"]:
                out, _ = self.piped(self.bytes, "convolve", "-", "--kernel", "1", "-o", "-",
                                    "--bits", encoding, "--format", form)
                raw = ["--raw", f"48000:2:{encoding}"] if form == "raw" else []
                back, _ = self.piped(out, "convolve", "-", "--kernel", "1", "-o", "-", "--format",
                                     "raw", "--bits", "float64", *raw)
                y = np.frombuffer(back, np.float64).reshape(-1, 2)
                self.assertEqual(y.shape, self.x.shape)
                self.assertLessEqual(np.abs(y - self.x).max(), tolerance, (encoding, form))

    def test_flac_through_a_pipe(self):
        self.ok("convolve", "x.wav", "--kernel", "1", "-o", "x.flac")
        flac = self.path("x.flac").read_bytes()
        out, _ = self.piped(flac, "convolve", "-", "h.wav", "-o", "-", "--format", "raw")
        self.assertLess(np.abs(np.frombuffer(out, np.float32).reshape(-1, 2) - self.whole).max(), 1e-4)
        _, said = self.piped(flac[:len(flac) // 2], "convolve", "-", "h.wav", "-o", "y.wav", code=DATA)
        self.assertFalse(self.path("y.wav").exists(), said)

    def test_flac_into_a_pipe(self):
        # Its samples are those of the file; only the file's header has the sum over them.
        self.piped(self.bytes, "convolve", "-", "h.wav", "-o", "file.flac", "--gain", "0.1")
        out, _ = self.piped(self.bytes, "convolve", "-", "h.wav", "-o", "-", "--format", "flac",
                            "--gain", "0.1")
        file = self.path("file.flac").read_bytes()
        self.assertEqual(out[:4], b"fLaC")
        self.assertEqual(len(out), len(file))
        self.assertEqual(out[42:], file[42:])
        self.assertEqual(out[18:26], file[18:26])  # rate, channels, bits and the number of frames
        self.assertEqual(out[26:42], bytes(16))
        # A FLAC comes out as one, and what comes out is read again.
        again, said = self.piped(out, "convolve", "-", "--kernel", "1", "-o", "-", "--bits", "24")
        self.assertIn(f"standard output [{102999} x 2]", said)
        for flac in [out, again]:
            raw, _ = self.piped(flac, "convolve", "-", "--kernel", "10", "-o", "-", "--format", "raw")
            y = np.frombuffer(raw, np.float32).reshape(-1, 2)
            self.assertLess(np.abs(y - self.whole).max(), 2e-5 + 10 * 2.0 ** -23)

    def test_arrays_of_sound_in_pieces(self):
        # From a pipe, whose length is put into the header at the end, and from a long file.
        self.piped(self.bytes, "convolve", "-", "h.wav", "-o", "y.npy")
        self.near(self.load("y.npy"))
        said = self.ok("convolve", "x.wav", "h.wav", "-o", "y.npy", "--max-memory", "3M")
        self.assertEqual(said["output"]["encoding"], "f32")
        self.near(self.load("y.npy"))
        mono = self.sound(50000)
        self.wav("mono.wav", mono)
        self.piped(self.path("mono.wav").read_bytes(), "convolve", "-", "--kernel", "2", "-o", "z.npy",
                   "--output-gain", "peak")
        z = self.load("z.npy")
        self.assertEqual((z.shape, z.dtype), ((50000,), np.float32))
        np.testing.assert_allclose(z, mono[:, 0] / np.abs(mono).max(), rtol=1e-6)

    def test_raw_files(self):
        self.path("x.raw").write_bytes(self.x.tobytes())
        said = self.ok("convolve", "x.raw", "h.wav", "-o", "y.wav", "--raw", "48000:2:float32")
        self.assertEqual(said["input"]["shape"], [100000, 2])
        self.near(self.read_wav("y.wav")[1])
        self.path("odd.raw").write_bytes(self.x.tobytes()[:-1])
        self.refused(DATA, "no whole number of frames", "convolve", "odd.raw", "h.wav", "-o", "z.wav",
                     "--raw", "48000:2:float32")

    def test_other_kinds_through_pipes(self):
        out, _ = self.piped(b"a,b\n1,2\n3,4\n", "convolve", "-", "--kernel", "2", "-o", "-")
        self.assertEqual(out, b"a,b\n2,4\n6,8\n")
        self.npy("a.npy", np.arange(6.0))
        out, _ = self.piped(self.path("a.npy").read_bytes(), "convolve", "-", "--kernel", "1 1", "-o", "-")
        self.path("b.npy").write_bytes(out)
        self.assertEqual(list(self.load("b.npy")), [0, 1, 3, 5, 7, 9, 5])
        out, said = self.piped(self.bytes, "convolve", "-", "h.wav", "-o", "y.npy", "--extent", "valid")
        self.assertEqual(self.load("y.npy").shape, (97001, 2))
        _, said = self.piped(b"\0\1\2", "convolve", "-", "exp:1", "-o", "y.csv", code=DATA)
        self.assertIn("--raw RATE:CHANNELS:ENCODING", said)

    def test_options_that_need_all_samples(self):
        out, _ = self.piped(self.bytes, "correlate", "-", "h.wav", "-o", "-", "--lags", "-3:4",
                            "--format", "raw")
        self.assertEqual(len(out), 8 * 2 * 4)
        self.piped(self.bytes, "convolve", "-", "h.wav", "-o", "y.wav", "--boundary", "wrap")
        _, said = self.piped(self.bytes, "convolve", "-", "h.wav", "-o", "y.wav", "--report-error")

    def test_windows_and_lags(self):
        # From before the beginning to behind the end, strided or not, against the whole in memory.
        wide = [-5000, 0, 2, 50000, 102990, 110000]
        for command in ["convolve", "correlate"]:
            for first in wide:
                for length, stride in [(1, 1), (9000, 1), (9001, 3), (9000, 7)]:
                    ends = f"{first}:{first + length}"
                    options = ["--window", ends, "--stride", stride]
                    if command == "correlate":
                        options[0] = "--lags"
                    said = self.ok(command, "x.wav", "h.wav", "-o", "one.npy", *options)
                    out, told = self.piped(self.bytes, command, "-", "h.wav", "-o", "y.npy", "--json",
                                           *map(str, options))
                    due, got = self.load("one.npy"), self.load("y.npy")
                    self.assertEqual(got.shape, due.shape)
                    np.testing.assert_allclose(got, due, rtol=0, atol=2e-4)
                    np.testing.assert_array_equal(got == 0, due == 0)
                    self.assertEqual(json.loads(out)["problem"], said["problem"])
                    self.assertEqual(json.loads(out)["output"]["zero_lag_index" if command == "correlate"
                                                               else "zero_time_index"],
                                     said["output"]["zero_lag_index" if command == "correlate" else
                                                    "zero_time_index"])
        # What lies beyond the ends is not 0 for the others: they are read as a whole.
        out, _ = self.piped(self.bytes, "convolve", "-", "h.wav", "-o", "y.npy", "--window", "-9:9",
                            "--boundary", "mirror")
        self.ok("convolve", "x.wav", "h.wav", "-o", "one.npy", "--window", "-9:9", "--boundary", "mirror")
        np.testing.assert_array_equal(self.load("y.npy"), self.load("one.npy"))

    def test_a_window_takes_all_of_a_pipe(self):
        # What writes into the pipe is not ended by one that has enough.
        many = self.sound(1500000)
        self.wav("many.wav", many)
        out, _ = self.piped(self.path("many.wav").read_bytes(), "convolve", "-", "--kernel", "1", "-o",
                            "-", "--format", "raw", "--window", "0:10")
        self.assertEqual(out, many[:10].tobytes())

    def test_boundaries_strides_and_gain(self):
        for arguments in [["--extent", "same", "--boundary", "mirror"], ["--extent", "causal", "--stride", "4"],
                          ["--extent", "valid"], ["--gain", "-6dB", "--boundary", "edge"],
                          ["--dilation", "3", "--method", "direct"]]:
            self.ok("convolve", "x.wav", "h.wav", "-o", "one.npy", *arguments)
            out, _ = self.piped(self.bytes, "convolve", "-", "h.wav", "-o", "-", "--format", "raw",
                                *arguments)
            y = np.frombuffer(out, np.float32).reshape(-1, 2)
            one = self.load("one.npy")
            self.assertEqual(y.shape, one.shape)
            self.assertLess(np.abs(y - one).max(), 2e-5, arguments)

    def test_a_reader_that_went_away(self):
        self.png("x.png", self.random.integers(0, 256, (300, 300, 3), dtype=np.uint8))
        for command in [["convolve", "x.wav", "h.wav", "-o", "-"], ["convolve", "x.png", "box:3", "-o", "-"],
                        ["kernels"]]:
            read, write = os.pipe()
            os.close(read)
            done = subprocess.run([PROGRAM, *command], cwd=self.folder, stdout=write,
                                  stderr=subprocess.PIPE, timeout=60)
            os.close(write)
            self.assertEqual(done.returncode, IO_ERROR)
            self.assertEqual(done.stderr, b"faltung: standard output: cannot be written: what reads it "
                                          b"has ended\n")

    def test_what_breaks_off_leaves_nothing(self):
        before = sorted(os.listdir(self.folder))
        _, said = self.piped(self.bytes[:300000], "convolve", "-", "h.wav", "-o", "y.wav", code=DATA)
        self.assertIn("is truncated: it declares 100000 frames", said)
        for data in [b"", self.bytes[:20], b"RIFF" + b"\0" * 40, b"fLaC" + b"\0" * 40]:
            self.piped(data, "convolve", "-", "h.wav", "-o", "y.wav", code=DATA)
        with open("/dev/full", "wb") as full:
            done = subprocess.run([PROGRAM, "convolve", "-", "h.wav", "-o", "-"], input=self.bytes,
                                  cwd=self.folder, stdout=full, stderr=subprocess.PIPE)
        self.assertEqual(done.returncode, IO_ERROR, done.stderr)
        _, said = self.piped(self.bytes, "convolve", "-", "h.wav", "-o", "y.wav", "--extent", "valid",
                             "--dilation", "50", code=DATA)
        self.assertIn("valid has no outputs", said)
        self.assertEqual(sorted(os.listdir(self.folder)), before)

    def test_interrupted_while_writing(self):
        with open(self.path("y.wav"), "wb") as old:
            old.write(b"old")
        before = sorted(os.listdir(self.folder))
        for sign in [signal.SIGINT, signal.SIGTERM, signal.SIGKILL]:
            run = subprocess.Popen([PROGRAM, "convolve", "-", "h.wav", "-o", "y.wav"], cwd=self.folder,
                                   stdin=subprocess.PIPE, stderr=subprocess.DEVNULL)
            run.stdin.write(self.bytes[:600000])
            run.stdin.flush()
            time.sleep(0.2)
            run.send_signal(sign)
            self.assertNotEqual(run.wait(timeout=10), 0)
            run.stdin.close()
            self.assertEqual(sorted(os.listdir(self.folder)), before)
            self.assertEqual(self.path("y.wav").read_bytes(), b"old")

    def test_long_sound_in_little_memory(self):
        frames, taps = 6000000, 48000
        with open(self.path("long.raw"), "wb") as file:
            for _ in range(10):
                file.write((8000 * self.sound(frames // 10, 2)).astype(np.int16).tobytes())
        self.wav("room.wav", self.sound(taps, 2))
        command = ["convolve", "long.raw", "room.wav", "-o", "y.wav", "--raw", "48000:2:pcm16", "-q"]
        plot = ["--plot", "p.svg"] if shutil.which("gnuplot") else []
        for limit, most in [([], 200 << 10), (["--max-memory", "40M"], 64 << 10),
                            (plot, 200 << 10), (["--max-memory", "50M", *plot], 64 << 10)]:
            # A process is charged with the memory of the one that forks it: a small one does.
            done = subprocess.run([sys.executable, "-c", kPeak, PROGRAM, *command, *limit],
                                  cwd=self.folder, capture_output=True)
            self.assertEqual(done.returncode, 0, done.stderr)
            used = int(done.stdout)
            self.assertEqual(self.read_wav("y.wav")[1].shape, (frames + taps - 1, 2))
            if not os.environ.get("FALTUNG_SANITIZE"):
                self.assertLess(used, most)
        self.refused(69, "--max-memory 100000 is too little", *command, "--max-memory", "100000")


class Series(ProgramTest):
    """CSV through a pipe, row after row, against the table as a whole."""

    def table(self, rows, times):
        values = self.random.standard_normal((rows, 2))
        names = ["red, \"hot\"\nstate", "blue", "green"]
        lines = ["when,a,state,b"] + [
            f'{t},{a!r},"{names[i % 3].replace(chr(34), 2 * chr(34))}",{b!r}'
            for i, (t, (a, b)) in enumerate(zip(times, values.tolist()))]
        return "\n".join(lines) + "\n"

    def piped(self, text, *arguments):
        return subprocess.run([PROGRAM, "convolve", "-", *arguments, "-o", "-"], cwd=self.folder,
                              input=text.encode(), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              timeout=120)

    def cells(self, text):
        return list(csv.reader(io.StringIO(text)))

    def test_rows_are_those_of_the_whole(self):
        start = np.datetime64("2020-01-31T00:00")
        text = self.table(60000, [str(start + 60 * i) for i in range(60000)])
        self.path("x.csv").write_text(text)
        for arguments in [["exp:12"], ["gaussian:30", "--extent", "same", "--stride", "7"],
                          ["moving-average:5", "--column", "b", "--boundary", "constant"]]:
            done = self.piped(text, *arguments, "-q")
            self.assertEqual(done.returncode, 0, done.stderr)
            self.ok("convolve", "x.csv", *arguments, "-o", "y.csv")
            got = self.cells(done.stdout.decode())
            due = self.cells(self.path("y.csv").read_text())
            self.assertEqual(len(got), len(due))
            for column in range(4):
                if got[0][column] in "ab":
                    np.testing.assert_allclose([float(r[column]) for r in got[1:]],
                                               [float(r[column]) for r in due[1:]], rtol=0,
                                               atol=1e-12)
                else:
                    self.assertEqual([r[column] for r in got], [r[column] for r in due])

    def test_uneven_times_are_told_as_of_the_whole(self):
        for times in [[str(np.datetime64("2020-01-31") + i + i // 50) for i in range(100)],
                      [str(np.datetime64("2020-01-31") + i) for i in range(100)]]:
            text = self.table(100, times)
            self.path("x.csv").write_text(text)
            said = self.run_program("convolve", "x.csv", "exp:2", "-o", "y.csv").stderr
            hints = [line.split(": ", 1)[1] for line in said.splitlines() if "evenly" in line]
            piped = self.piped(text, "exp:2").stderr.decode()
            self.assertEqual([line.split(": ", 1)[1] for line in piped.splitlines()
                              if "evenly" in line], hints)

    def test_a_column_that_ends_to_be_numeric(self):
        rows = self.table(60000, range(60000)).splitlines()
        at = len(rows) - 5
        rows[at] = "1,none,red,2"
        text = "\n".join(rows) + "\n"
        done = self.piped(text, "exp:2")
        self.assertEqual(done.returncode, 65)
        line = 1 + text[:text.index("1,none")].count("\n")
        self.assertIn(f"line {line} has 'none', which is no number", done.stderr.decode())
        done = self.piped("a\n1\n2\n\n3\n", "exp:2")
        self.assertEqual(done.returncode, 65)
        self.assertIn("line 4 is blank", done.stderr.decode())
        self.assertEqual(self.piped("a\n", "exp:2").returncode, 65)

    @unittest.skipIf(os.environ.get("FALTUNG_SANITIZE"), "a sanitizer's own memory is not counted")
    def test_memory_does_not_grow(self):
        text = "a,b\n" + "".join(f"{i % 97},text of row {i}\n" for i in range(400000))
        self.path("x.csv").write_text(text)

        def limit():
            resource.setrlimit(resource.RLIMIT_DATA, (90 << 20, 90 << 20))
        done = subprocess.run([PROGRAM, "convolve", "x.csv", "exp:12", "-o", "y.csv", "-q",
                               "--max-memory", "48M", "--threads", "1"], cwd=self.folder,
                              preexec_fn=limit, stderr=subprocess.PIPE, timeout=120)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.ok("convolve", "x.csv", "exp:12", "-o", "z.csv")
        got = np.genfromtxt(self.path("y.csv"), delimiter=",", skip_header=1, usecols=0)
        due = np.genfromtxt(self.path("z.csv"), delimiter=",", skip_header=1, usecols=0)
        np.testing.assert_allclose(got, due, atol=1e-10)


if __name__ == "__main__":
    unittest.main()
