# SPDX-FileCopyrightText: 2026 The Faltung authors
# SPDX-License-Identifier: Apache-2.0
"""Disks that fill, places that cannot be taken, and ends in the middle: nothing half written stays."""

import os
import pathlib
import shutil
import signal
import subprocess
import time
import unittest

import numpy as np

from support import IO_ERROR, PROGRAM, ProgramTest

PRELOAD = os.environ.get("FALTUNG_NO_NAMELESS_FILES")
RATE = 48000


def may_mount():
    """A name space of one's own, in which file systems may be mounted."""
    for command in [["unshare", "--mount"], ["unshare", "--user", "--map-root-user", "--mount"]]:
        try:
            if subprocess.run([*command, "sh", "-c", "mount -t tmpfs tmpfs /mnt"],
                              capture_output=True, timeout=20).returncode == 0:
                return command
        except OSError:
            pass
    return None


class Mounts(ProgramTest):
    namespace = may_mount()

    def setUp(self):
        super().setUp()
        if self.namespace is None:
            self.skipTest("no mounts are allowed here")
        self.path("disk").mkdir()

    def shell(self, script):
        return subprocess.run([*self.namespace, "sh", "-c", script], cwd=self.folder, text=True,
                              capture_output=True, timeout=120)

    def test_a_full_disk_keeps_the_old_file(self):
        self.wav("x.wav", self.random.uniform(-1, 1, 2000000).astype(np.float32))
        self.npy("x.npy", self.random.standard_normal((400, 400)))
        x = self.random.integers(0, 256, (600, 600), dtype=np.uint8)
        self.png("x.png", x)
        for kind, output in [("x.wav", "y.wav"), ("x.wav", "y.flac"), ("x.npy", "y.npy"),
                             ("x.png", "y.tif"), ("x.png", "y.npy")]:
            done = self.shell(
                "mount -t tmpfs -o size=300k tmpfs disk && echo old > disk/" + output +
                f"; '{PROGRAM}' convolve {kind} box:3 -q -o disk/{output}; echo $?; ls -A disk; "
                f"cat disk/{output}")
            self.assertEqual(done.stdout.split(), [str(IO_ERROR), output, "old"], done.stderr)
            self.assertIn("disk is full", done.stderr)

    def test_a_place_that_cannot_be_taken(self):
        self.npy("x.npy", self.random.standard_normal(100))
        done = self.shell(
            "mount -t tmpfs tmpfs disk && cp x.npy disk/y.npy && cp x.npy disk/z.npy && "
            "mount --bind disk/z.npy disk/y.npy && "
            f"'{PROGRAM}' convolve x.npy box:3 -q -o disk/y.npy; echo $?; ls -A disk; "
            "cmp disk/y.npy x.npy && echo same")
        self.assertEqual(done.stdout.split(), [str(IO_ERROR), "y.npy", "z.npy", "same"],
                         done.stderr)
        self.assertEqual(done.stderr.count("\n"), 1, done.stderr)


class Ends(ProgramTest):
    """A program that is ended while it writes."""

    def start(self, environment=None):
        read, write = os.pipe()
        self.path("out").mkdir(exist_ok=True)
        self.path("out/y.wav").write_text("old")
        process = subprocess.Popen(
            [PROGRAM, "convolve", "-", "gaussian:50", "-q", "-o", "out/y.wav", "--raw",
             f"{RATE}:1:float32"], cwd=self.folder, stdin=read, stderr=subprocess.PIPE,
            env={**os.environ, **(environment or {})})
        os.close(read)
        os.write(write, bytes(1 << 16))
        self.addCleanup(os.close, write)
        self.addCleanup(process.stderr.close)
        return process

    def wait_for(self, process, condition):
        for _ in range(200):
            if condition():
                return
            self.assertIsNone(process.poll())
            time.sleep(0.02)
        self.fail("it never came")

    def writes(self, process):
        """Whether it holds an output open."""
        for link in pathlib.Path(f"/proc/{process.pid}/fd").iterdir():
            try:
                if str(self.path("out")) in os.readlink(link):
                    return True
            except OSError:
                pass
        return False

    def check_end(self, process, ends_by):
        self.wait_for(process, lambda: self.writes(process))
        process.send_signal(ends_by)
        self.assertEqual(process.wait(20), -ends_by)
        self.assertEqual(self.path("out/y.wav").read_text(), "old")

    def test_nothing_is_left(self):
        for ends_by in [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL]:
            process = self.start()
            self.check_end(process, ends_by)
            self.assertEqual(os.listdir(self.path("out")), ["y.wav"])

    @unittest.skipUnless(PRELOAD and not os.environ.get("FALTUNG_SANITIZE"), "nothing to preload")
    def test_nothing_is_left_where_every_file_has_a_name(self):
        for ends_by in [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]:
            process = self.start({"LD_PRELOAD": PRELOAD})
            self.wait_for(process, lambda: len(os.listdir(self.path("out"))) == 2)
            self.check_end(process, ends_by)
            self.assertEqual(os.listdir(self.path("out")), ["y.wav"])

    def test_an_input_that_becomes_shorter(self):
        if shutil.which("truncate") is None:
            self.skipTest("truncate is missing")
        self.npy("x.npy", self.random.standard_normal(4000000))
        read, write = os.pipe()
        process = subprocess.Popen(
            ["sh", "-c", f"read line; exec '{PROGRAM}' convolve x.npy box:31 -q -o y.npy"],
            cwd=self.folder, stdin=read, stderr=subprocess.PIPE, text=True)
        os.close(read)
        os.write(write, b"\n")
        subprocess.run(["truncate", "-s", "1000000", "x.npy"], cwd=self.folder)
        os.close(write)
        said = process.communicate(timeout=60)[1]
        # Before it was opened, while it was read, or after that.
        self.assertIn(process.returncode, [0, 65, IO_ERROR], said)
        if process.returncode != 0:
            self.assertTrue(said.startswith("faltung: "), said)
            self.assertFalse(self.path("y.npy").exists())


if __name__ == "__main__":
    unittest.main()
