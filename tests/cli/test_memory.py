# SPDX-FileCopyrightText: 2026 The Faltung authors
# SPDX-License-Identifier: Apache-2.0
"""--max-memory: what is held stays below it, whatever is read, and what a refusal asks for is enough."""

import os
import re
import shutil
import subprocess
import sys
import unittest

import numpy as np

from support import PROGRAM, UNAVAILABLE, ProgramTest

# A process is charged with the memory of the one that forks it: a small one does.
kPeak = """
import os, resource, sys
code = os.spawnvp(os.P_WAIT, sys.argv[1], sys.argv[1:])
print(1024 * resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
sys.exit(code)
"""


# Code counts as well, as it is mapped, in pieces of 64 kB around what is used: how many of them depends on
# where the libraries happen to lie, which some systems do not let one settle.
kSettled = ["setarch", "--addr-no-randomize"] if shutil.which("setarch") else []
if kSettled and subprocess.run([*kSettled, "true"], capture_output=True).returncode != 0:
    kSettled = []
kCodeBytes = 1 << (18 if kSettled else 21)
kSide = 800 if kSettled else 2000  # of what is read: as a whole it is more than that


class Memory(ProgramTest):
    def files(self, n, prefix):
        """One of every kind, of which n * n samples or so are read."""
        def some(top, dtype, channels):
            return self.random.integers(0, top, (n, n, channels), dtype=dtype)
        self.png(prefix + "8.png", some(256, np.uint8, 3))
        self.png(prefix + "16.png", some(65536, np.uint16, 4))
        for name, source, extra in [("8.tif", "8.png", []), ("16.tif", "16.png", []),
                                    ("f.tif", "8.png", ["--signed", "float"])]:
            self.ok("convolve", prefix + source, "--kernel", "1", "-o", prefix + name, *extra)
        self.wav(prefix + ".wav", self.random.uniform(-1, 1, (n * n, 2)).astype(np.float32))
        self.npy(prefix + ".npy", self.random.standard_normal((n, n)))
        self.csv(prefix + ".csv", "a,text,b\n" + f"{n % 10},some text,2\n" * (n * n // 4))

    def peak(self, *arguments):
        done = subprocess.run([sys.executable, "-S", "-c", kPeak, *kSettled, PROGRAM,
                               *map(str, arguments)],
                              cwd=self.folder, capture_output=True, text=True, timeout=120)
        self.assertEqual(done.returncode, 0, done.stderr)
        return int(done.stdout.split()[-1])

    def enough(self, *arguments, code=UNAVAILABLE):
        done = self.run_program(*arguments)
        self.assertEqual(done.returncode, code, done.stderr)
        return int(re.search(r"(\d+) bytes are enough", done.stderr)[1])

    @unittest.skipIf(os.environ.get("FALTUNG_SANITIZE"), "a sanitizer's own memory is not counted")
    def test_no_more_is_held(self):
        self.files(6, "small"), self.files(kSide, "large")
        quiet = ["-q", "--threads", "1"]
        for name, output, extra in [
                ("8.png", "y.png", []), ("8.png", "y.npy", []), ("16.png", "y.png", []),
                ("16.png", "y.tif", ["--linear-light"]), ("8.tif", "y.tif", []),
                ("16.tif", "y.tif", []), ("16.tif", "y.png", []), ("f.tif", "y.tif", []),
                (".wav", "y.wav", []), (".wav", "y.flac", []), (".wav", "y.wav", ["--window", "0:9"]),
                (".npy", "y.npy", []), (".csv", "y.csv", []), (".csv", "y.csv", ["--boundary", "wrap"]),
                (".npy", "y.npy", ["--report-error"])]:
            kernel = "exp:5" if name in (".wav", ".csv") else "gaussian:4"
            if name == ".wav":
                kernel = "exp:0.0001"
            end = [kernel, "-o", output, *extra, *quiet, "--max-memory"]
            self_alone = self.peak("convolve", "small" + name, *end, "20M")
            refusal = self.run_program("convolve", "large" + name, *end, "1").stderr
            found = re.search(r"(\d+) bytes are enough", refusal)
            if found is None:
                free = self.ok("convolve", "large" + name, *end, "1G", "-n")["memory_bytes"]
            limit = int(found[1]) if found else free + 1
            for allowed in [limit, 2 * limit]:
                used = self.peak("convolve", "large" + name, *end, allowed) - self_alone
                self.assertLessEqual(used, allowed + kCodeBytes, (name, output, extra))

    def test_what_is_said_to_be_enough_is(self):
        self.files(100, "x")
        for name, kernel in [("x.wav", "exp:0.01"), ("x8.tif", "gaussian:3"),
                             ("x16.tif", "gaussian:9"), ("xf.tif", "sobel-x"), ("x.npy", "gaussian:2"),
                             ("x.csv", "exp:9")]:
            command = ["convolve", name, kernel, "-o", "y." + name.split(".")[1], "--max-memory"]
            if name in ("x.npy", "x.csv"):
                command[4:5] = [command[4], "--boundary", "constant", "--extent", "same"]
            told = {self.enough(*command, limit) for limit in (1, 1000, 2000)}
            self.assertEqual(len(told), 1, name)
            self.ok(*command, told.copy().pop())
            if name != "x.csv":  # a little less does for a small table as a whole
                self.assertEqual({self.enough(*command, told.copy().pop() - 1)}, told)

    def test_a_file_of_sound_needs_no_more_than_a_pipe(self):
        self.files(100, "x")
        file = self.enough("convolve", "x.wav", "exp:0.01", "-o", "y.wav", "--max-memory", "1k")
        command = [PROGRAM, "convolve", "-", "exp:0.01", "-q", "-o", "z.wav", "--max-memory", str(file)]
        done = subprocess.run(command, cwd=self.folder, input=self.path("x.wav").read_bytes())
        self.assertEqual(done.returncode, 0)
        self.ok("convolve", "x.wav", "exp:0.01", "-o", "y.wav", "--max-memory", file)
        self.assertEqual(self.path("y.wav").read_bytes(), self.path("z.wav").read_bytes())

    def test_what_comes_through_a_pipe_is_bounded_too(self):
        self.files(100, "x")
        for name, arguments in [("x.csv", ["exp:9", "-o", "y.npy"]), ("x.npy", ["box:3", "-o", "y.npy"]),
                                ("x8.png", ["box:3", "-o", "y.png"]),
                                ("x.wav", ["exp:0.01", "-o", "y.wav", "--boundary", "wrap"])]:
            done = subprocess.run([PROGRAM, "convolve", "-", *arguments, "--max-memory", "5k"],
                                  cwd=self.folder, input=self.path(name).read_bytes(), capture_output=True)
            self.assertEqual(done.returncode, UNAVAILABLE, done.stderr)
            self.assertRegex(done.stderr, b"too little|may be held")

    def test_what_needs_all_of_it_says_so(self):
        self.files(200, "x")
        for name, option in [("x.wav", ["--report-error"]), ("x8.tif", ["--plot", "p.svg"]),
                             ("x8.tif", ["--window", "0:9,0:9"])]:
            for limit in ["1k", "350k" if name == "x.wav" else "100k"]:  # 320 kB, and 120 as a file
                self.refused(UNAVAILABLE, ["is too little", f"{option[0]} needs all"], "convolve",
                             name, "gaussian:3", "-o", "y" + name[-4:], *option, "--max-memory", limit)

    def test_a_dry_run_tells_what_is_within_the_limit(self):
        self.files(200, "x")
        for name in ["x8.png", "x16.tif", "x.wav", "x.npy"]:
            said = self.ok("convolve", name, "box:9", "-o", "y.npy" if name == "x.npy" else
                           "y." + name.split(".")[1], "-n", "--threads", "8", "--max-memory", "6M")
            self.assertIsInstance(said["memory_bytes"], int)
            self.assertLessEqual(said["memory_bytes"], 6 << 20)


if __name__ == "__main__":
    unittest.main()
