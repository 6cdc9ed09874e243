# SPDX-FileCopyrightText: 2026 The Faltung authors
# SPDX-License-Identifier: Apache-2.0
"""What the program says: help that is true, --json, --explain, --report-error, -q."""

import errno
import fcntl
import json
import os
import pty
import re
import shlex
import signal
import struct
import subprocess
import termios
import time
import unittest

import numpy as np

from support import IO_ERROR, PROGRAM, USAGE, ProgramTest


class Report(ProgramTest):
    def setUp(self):
        super().setUp()
        self.wav("x.wav", np.linspace(-0.5, 0.5, 64), 1000)
        self.png("x.png", np.arange(64, dtype=np.uint8).reshape(8, 8))
        self.csv("x.csv", "date,v\n2026-01-01,1\n2026-01-02,2.5\n2026-01-03,-1\n")
        self.npy("x.npy", np.arange(20.0).reshape(4, 5))

    def run_of(self, name):
        kernel = "--kernel=1 2" if name != "x.png" else "--kernel=1 2; 3 4"
        suffix = name.split(".")[1]
        return ["convolve", name, kernel, "-o", "y." + suffix]

    def test_every_default_in_help_is_true(self):
        text = self.run_program("convolve", "--help").stdout
        rows = dict(re.findall(r"^  \w+: (WAV|PNG|CSV|NPY)[\w, ]*? {1,}(?=(?:full|same|causal) )(.*)$",
                               text, re.M))
        self.assertEqual(set(rows), {"WAV", "PNG", "CSV", "NPY"})
        for kind, row in rows.items():
            name = "x." + kind.lower()
            extent, boundary = row.split()[:2]
            said = self.ok(*self.run_of(name))
            named = self.ok(*self.run_of(name), "--extent", extent, "--boundary", boundary)
            self.assertEqual(said["problem"], named["problem"], kind)
            others = {"full", "same", "causal"} - {extent}
            for other in others:
                self.assertNotEqual(self.ok(*self.run_of(name), "--extent", other)["problem"],
                                    said["problem"])
        said = self.ok(*self.run_of("x.wav"))
        self.assertEqual(said["input"]["dt"], 1 / 1000, "1 / sample rate, in seconds")
        self.assertEqual(said["output"]["encoding"], "float32")
        self.assertEqual(self.ok(*self.run_of("x.csv"))["input"]["dt"], 1)
        self.assertEqual(self.ok(*self.run_of("x.npy"))["input"]["dt"], 1)
        self.assertNotIn("dt", self.ok(*self.run_of("x.png"))["input"])

    def test_help_names_every_kernel_method_and_option(self):
        text = self.run_program("convolve", "--help").stdout
        for kernel in ["gaussian:2.5", "box:3", "sobel-x", "sobel-y", "laplacian", "sharpen:0.5"]:
            self.assertIn(kernel.split(":")[0], text)
            self.ok("convolve", "x.png", kernel, "-o", "y.npy")
        for kernel in ["exp:0.005", "moving-average:3", "gaussian:2", "box:3"]:
            self.ok("convolve", "x.wav", kernel, "-o", "y.npy")
        methods = re.search(r"auto \(default\) or ([\w,\s]+?)\n +--", text).group(1).split(",")
        methods = [method.strip() for method in methods]
        self.assertIn("direct", methods)
        for method in methods:
            if method.startswith("cuda_"):  # test_device.py
                continue
            arguments = ["convolve", "x.png", "box:3", "-o", "y.npy", "--report-error"]
            self.assertEqual(self.ok(*arguments, "--method", method)["method"], method)
        for line in text.splitlines():
            self.assertLessEqual(len(line), 100, line)

    def test_help_and_version(self):
        for arguments in [["--help"], ["-h"], ["convolve", "--help"], ["correlate", "-h"]]:
            done = self.run_program(*arguments)
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            self.assertIn("Defaults by kind of data", done.stdout)
        self.assertIn("lag m - (K-1)", self.run_program("correlate", "--help").stdout)
        self.assertRegex(self.run_program("--version").stdout, r"^faltung \d+\.\d+\.\d+\n$")

    def test_examples_of_the_help_are_commands(self):
        self.wav("speech.wav", np.ones(9)), self.wav("room.wav", np.ones(3))
        self.wav("recording.wav", np.ones(20)), self.wav("call.wav", np.ones(3))
        self.png("photo.png", np.zeros((5, 5), np.uint8)), self.png("patch.png", np.ones((2, 2),
                                                                                       np.uint8))
        self.csv("outdoor.csv", "t,v\n0,1\n1,2\n")
        for command in ["convolve", "correlate"]:
            text = self.run_program(command, "--help").stdout
            lines = re.findall(r"^  faltung (.*)$", text, re.M)
            self.assertGreaterEqual(len(lines), 2)
            for line in lines:
                if "--plot" not in line:
                    self.ok(*shlex.split(line))

    def test_json(self):
        said = self.ok("convolve", "x.wav", "--kernel", "1 2 3", "-o", "y.wav", "--report-error",
                       "--explain")
        self.assertEqual(said["problem"], "convolve f32 [64,1] * [3,1] full axes=0")
        self.assertEqual(said["input"]["shape"], [64, 1])
        self.assertEqual(said["kernel"]["numbers"], "1 2 3")
        self.assertEqual(said["output"]["shape"], [66, 1])
        self.assertGreater(said["seconds"], 0)
        self.assertEqual(set(said["error_bound"]) >= {"maximum", "l2"}, True)
        self.assertIn(said["method"], said["explain"])
        plain = self.ok("convolve", "x.wav", "--kernel", "1", "-o", "y.wav")
        self.assertNotIn("error_bound", plain)
        # Names that are no UTF-8, numbers that are no JSON.
        done = self.run_program("convolve", "x.wav", "--kernel", "nan 1", "-o", b"\xff.npy".decode(
            "utf-8", "surrogateescape"), "--json", "--report-error")
        self.assertEqual(done.returncode, 0, done.stderr)
        json.loads(done.stdout, parse_constant=lambda name: self.fail(name))

    def test_a_bound_that_is_none_says_so(self):
        for kernel, unbounded in [("1 2", False), ("1e300 1e300", True)]:
            self.npy("big.npy", np.full(4, 1e300))
            bound = self.ok("convolve", "big.npy", "--kernel", kernel, "-o", "y.npy",
                            "--report-error")["error_bound"]
            self.assertEqual((bound["maximum"] is None, bound["unbounded"]), (unbounded,) * 2)

    def test_the_help_says_what_a_full_stdout_leaves(self):
        text = " ".join(self.run_program("convolve", "--help").stdout.split())
        self.assertIn("the new output is already there", text)
        self.assertIn("those of each channel by themselves", text)
        if os.path.exists("/dev/full"):
            with open("/dev/full", "w") as full:
                done = subprocess.run([PROGRAM, *self.run_of("x.wav"), "--json"], cwd=self.folder,
                                      stdout=full, stderr=subprocess.PIPE, text=True)
            self.assertEqual(done.returncode, IO_ERROR)
            self.assertTrue(self.path("y.wav").exists())

    def test_summary(self):
        done = self.run_program("convolve", "x.wav", "--kernel", "1 2", "-o", "y.wav", "--gain",
                                "0.1")
        self.assertRegex(done.stderr, r"^x\.wav \[64 x 1\] \* --kernel \[2\] -> y\.wav \[65 x 1\]: "
                                      r"\w+, [\d.]+ (µs|ms|s)\n$")
        self.assertEqual(done.stdout, "")

    def test_quiet(self):
        done = self.run_program("convolve", "x.png", "--kernel", "-1", "-o", "y.png", "-q")
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))
        done = self.run_program("convolve", "x.png", "--kernel", "-1", "-o", "y.png", "-q",
                                "--json")
        self.assertEqual(done.stderr, "")
        self.assertGreater(json.loads(done.stdout)["clipped"]["count"], 0)

    def test_explain_and_report_error_as_text(self):
        done = self.run_program("convolve", "x.wav", "--kernel", "1 2", "-o", "y.wav", "--explain",
                                "--report-error", "-q")
        self.assertIn("direct", done.stdout)
        self.assertRegex(done.stdout, r"error bound: no value is off by more than [\d.e-]+")
        self.assertEqual(done.stderr, "")

    def test_a_closed_stdout_is_an_error_and_no_signal(self):
        read, write = os.pipe()
        os.close(read)
        done = subprocess.run([PROGRAM, *self.run_of("x.wav"), "--json"], cwd=self.folder,
                              stdout=write, stderr=subprocess.PIPE, text=True)
        os.close(write)
        self.assertEqual(done.returncode, IO_ERROR)
        self.assertIn("faltung: the output was written", done.stderr)

    def test_no_progress_where_there_is_no_terminal(self):
        done = self.run_program(*self.run_of("x.wav"))
        self.assertNotIn("\r", done.stderr)

    @staticmethod
    def all_of(terminal):
        """What was written until the other side closed: a terminal then says EIO."""
        text = b""
        try:
            while piece := os.read(terminal, 65536):
                text += piece
        except OSError as error:
            if error.errno != errno.EIO:
                raise
        return text.decode()

    def test_progress_on_a_terminal_is_wiped(self):
        # Instrumented sums take many times as long.
        taps = 600 if os.environ.get("FALTUNG_SANITIZE") else 60000
        self.npy("long.npy", np.ones(1500000, np.float32)), self.npy("k.npy", np.ones(taps, np.float32))
        terminal, program = pty.openpty()
        run = subprocess.Popen([PROGRAM, "convolve", "long.npy", "k.npy", "-o", "y.npy", "--method",
                                "direct", "--threads", "1"], cwd=self.folder, stderr=program)
        os.close(program)
        text = self.all_of(terminal)
        os.close(terminal)
        self.assertEqual(run.wait(), 0)
        if "\x1b[K" in text:  # on a machine where this takes half a second
            self.assertIn("convolve long.npy", text)
            self.assertIn("\r\x1b[K", text)
        self.assertIn(f"long.npy [1500000] * k.npy [{taps}] -> y.npy", text.split("\x1b[K")[-1])

    def test_progress_fits_the_terminal_and_goes_on_ctrl_c(self):
        name = "a-rather-long-name-of-a-long-array.npy"
        self.npy(name, np.ones(30000000, np.float32)), self.npy("k.npy", np.ones(20000, np.float32))
        terminal, program = pty.openpty()
        fcntl.ioctl(program, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 72, 0, 0))
        run = subprocess.Popen([PROGRAM, "convolve", name, "k.npy", "-o", "y.npy", "--method",
                                "direct", "--threads", "1"], cwd=self.folder, stderr=program)
        os.close(program)
        time.sleep(1.5)
        run.send_signal(signal.SIGINT)
        text = self.all_of(terminal)
        os.close(terminal)
        self.assertEqual(run.wait(), -signal.SIGINT)
        lines = re.split("\r\x1b\\[K", text)
        self.assertGreater(len(lines), 2)
        for line in lines:
            self.assertLess(len(line), 72)
        self.assertIn("convolve a-rather", text)
        self.assertEqual(lines[-1], "")
        self.assertFalse([n for n in os.listdir(self.folder) if n.startswith((".", "y."))])

    def test_same_input_same_bytes(self):
        kept = set()
        for _ in range(2):
            self.ok(*self.run_of("x.wav"))
            kept.add(self.path("y.wav").read_bytes())
        self.assertEqual(len(kept), 1)

    def test_a_dry_run_writes_nothing_and_says_what_it_would_take(self):
        self.wav("x.wav", self.random.standard_normal((5000, 2)).astype(np.float32) * 0.1)
        self.npy("x.npy", self.random.standard_normal((40, 50)))
        self.path("x.raw").write_bytes(b"\0" * (16 << 20))
        for arguments in [["x.wav", "--kernel", "1 2 1"], ["x.npy", "gaussian:2 * sobel-x", "--axes", "0,1"],
                          ["x.raw", "exp:0.1", "--raw", "48000:2:pcm16"]]:
            output = "y.npy" if "x.npy" in arguments else "y.wav"
            before = self.snapshot()
            said = self.ok("convolve", *arguments, "-o", output, "-n")
            self.assertEqual(self.snapshot(), before)
            self.assertTrue(said["dry_run"])
            self.assertGreater(said["predicted_seconds"], 0)
            self.assertGreater(said["memory_bytes"], 0)
            self.assertNotIn("seconds", said)
            done = self.ok("convolve", *arguments, "-o", output)
            self.assertEqual((said["method"], said["output"]["shape"]),
                             (done["method"], done["output"]["shape"]))
            self.assertIn("chosen", said["explain"])
        done = self.run_program("convolve", "x.wav", "--kernel", "1", "-o", "n.wav", "--dry-run")
        self.assertIn("nothing was written", done.stderr)
        for words in ["convolve f32", "memory", "chosen"]:
            self.assertIn(words, done.stdout)
        self.assertEqual(self.run_program("convolve", "x.wav", "--kernel", "1", "-o", "n.wav", "-n",
                                          "-q").stdout, "")

    def test_verbose_tells_the_plan(self):
        self.npy("x.npy", self.random.standard_normal(500))
        done = self.run_program("convolve", "x.npy", "--kernel", "1 2 1", "-o", "y.npy", "-v")
        self.assertEqual((done.returncode, done.stdout), (0, ""))
        for words in ["convolve f64 [500]", "chosen", "run ", "B\n"]:
            self.assertIn(words, done.stderr)
        self.refused(USAGE, "-q and -v contradict", "convolve", "x.npy", "--kernel", "1", "-o", "z.npy",
                     "-q", "-v")


class Units(ProgramTest):
    def test_times_and_bytes_are_in_units_for_people(self):
        self.wav("x.wav", self.random.uniform(-1, 1, 3000))
        for command in [["convolve", "x.wav", "exp:0.001", "-o", "y.wav", "-n"],
                        ["convolve", "x.wav", "exp:0.001", "-o", "y.wav", "-v"]]:
            said = self.run_program(*command).stderr
            self.assertNotRegex(said.splitlines()[-1], r"[0-9]e-?[0-9]")
            self.assertRegex(said, r"[0-9.]+ (µs|ms)\b")
            self.assertRegex(said, r"[0-9.]+ kB\b")

    def test_whole_numbers_of_json_are_whole(self):
        self.wav("x.wav", self.random.uniform(-1, 1, 3000))
        self.assertIsInstance(self.ok("info", "x.wav")["sample_rate_hz"], int)
        said = self.ok("convolve", "x.wav", "exp:0.001", "-o", "y.wav")
        self.assertIsInstance(said["input"]["sample_rate_hz"], int)
        self.assertIsInstance(said["memory_bytes"], int)


class Help(ProgramTest):
    def test_tables_name_every_format(self):
        for command in ["convolve", "correlate"]:
            said = self.run_program(command, "--help").stdout
            kinds = said[said.index("Defaults by kind"):said.index("An output of another")]
            kernels = said[said.index("are files where"):said.index("or else one of")]
            for name in ["WAV", "FLAC", "PNG", "JPEG", "TIFF", "NPY", "CSV"]:
                self.assertIn(name, kinds)
                self.assertIn(name, kernels)
        self.assertIn("TIFF", self.run_program("--help").stdout)


if __name__ == "__main__":
    unittest.main()
