# SPDX-FileCopyrightText: 2026 The Faltung authors
# SPDX-License-Identifier: Apache-2.0
"""What the tests of the program share: running it, and making and reading small files."""

import json
import os
import pathlib
import struct
import subprocess
import sys
import tempfile
import unittest
import warnings
import wave
import zlib

import numpy as np

# The program's path: FALTUNG_PROGRAM, or the first argument that is no option.
PROGRAM = os.environ.get("FALTUNG_PROGRAM")
if not PROGRAM and len(sys.argv) > 1 and os.path.exists(sys.argv[1]):
    PROGRAM = sys.argv.pop(1)
if not PROGRAM:
    sys.exit("name the program: FALTUNG_PROGRAM=build/release/faltung python3 " + sys.argv[0])
PROGRAM = os.path.abspath(PROGRAM)

USAGE, DATA, NO_INPUT, UNAVAILABLE, INTERNAL, CANNOT_CREATE, IO_ERROR = 64, 65, 66, 69, 70, 73, 74


class ProgramTest(unittest.TestCase):
    """Runs in an empty folder of its own; names of files are relative to it."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="faltung-cli-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.random = np.random.default_rng(20260101)

    def path(self, name):
        return self.folder / name

    def run_program(self, *arguments, environment=None):
        return subprocess.run([PROGRAM, *map(str, arguments)], cwd=self.folder, timeout=120,
                              stdin=subprocess.DEVNULL, capture_output=True, encoding="utf-8",
                              errors="surrogateescape",
                              env={**os.environ, "XDG_CACHE_HOME": str(self.folder / "cache"),
                                   **(environment or {})})

    def ok(self, *arguments, **options):
        """Runs, expects success, and returns what --json said."""
        done = self.run_program(*arguments, "--json", **options)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)

    def refused(self, code, says, *arguments, output="out", **options):
        """Runs, expects that exit code and those words, and nothing written or left behind."""
        before = self.snapshot()
        done = self.run_program(*arguments, **options)
        self.assertEqual(done.returncode, code, f"{arguments}: {done.stderr}")
        self.assertTrue(done.stderr.startswith("faltung: "), done.stderr)
        self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
        self.assertEqual(done.stdout, "")
        for words in [says] if isinstance(says, str) else says:
            self.assertIn(words, done.stderr)
        self.assertEqual(self.snapshot(), before, "a refused run changed the folder")
        return done.stderr

    def snapshot(self):
        return {str(p): p.read_bytes() if p.is_file() else None for p in self.folder.rglob("*")}

    # Files.

    def npy(self, name, array, **options):
        np.save(self.path(name), array, **options)
        return name

    def load(self, name):
        return np.load(self.path(name))

    def wav(self, name, samples, rate=48000, bits=None):
        """float32 unless bits is 16; [frames] or [frames, channels]."""
        samples = np.asarray(samples)
        if samples.ndim == 1:
            samples = samples[:, None]
        frames, channels = samples.shape
        if bits == 16:
            with wave.open(str(self.path(name)), "wb") as file:
                file.setparams((channels, 2, rate, frames, "NONE", ""))
                file.writeframes(samples.astype("<i2").tobytes())
            return name
        width = 8 if bits == 64 else 4
        data = samples.astype(f"<f{width}").tobytes()
        head = struct.pack("<HHIIHH", 3, channels, rate, rate * channels * width, channels * width,
                           8 * width)
        fact = struct.pack("<4sII", b"fact", 4, frames)
        body = b"WAVE" + struct.pack("<4sI", b"fmt ", 16) + head + fact + \
            struct.pack("<4sI", b"data", len(data)) + data
        self.path(name).write_bytes(struct.pack("<4sI", b"RIFF", len(body)) + body)
        return name

    def read_wav(self, name):
        from scipy.io import wavfile
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # chunks that SciPy does not know
            return wavfile.read(self.path(name))

    def png(self, name, pixels):
        """u8 or u16; [height, width] or [height, width, channels]."""
        pixels = np.asarray(pixels)
        if pixels.ndim == 2:
            pixels = pixels[:, :, None]
        height, width, channels = pixels.shape
        depth = 8 * pixels.dtype.itemsize
        kind = {1: 0, 2: 4, 3: 2, 4: 6}[channels]
        rows = pixels.astype(">u%d" % pixels.dtype.itemsize).reshape(height, -1)
        raw = b"".join(b"\0" + row.tobytes() for row in rows)

        def chunk(tag, data):
            return struct.pack(">I", len(data)) + tag + data + \
                struct.pack(">I", zlib.crc32(tag + data))

        self.path(name).write_bytes(
            b"\x89PNG\r\n\x1a\n" +
            chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, 0)) +
            chunk(b"IDAT", zlib.compress(raw)) + chunk(b"IEND", b""))
        return name

    def read_png(self, name):
        """The pixels, [height, width, channels]."""
        data = self.path(name).read_bytes()
        at, packed = 8, b""
        while at < len(data):
            length, tag = struct.unpack(">I4s", data[at:at + 8])
            body = data[at + 8:at + 8 + length]
            if tag == b"IHDR":
                width, height, depth, kind = struct.unpack(">IIBB", body[:10])
            if tag == b"IDAT":
                packed += body
            at += length + 12
        channels = {0: 1, 4: 2, 2: 3, 6: 4}[kind]
        step = channels * depth // 8
        raw = np.frombuffer(zlib.decompress(packed), np.uint8).reshape(height, 1 + width * step)
        above = np.zeros(width * step, np.uint8)
        rows = []
        for line in raw:
            above = unfilter(line[0], line[1:], above, step)
            rows.append(above)
        pixels = np.array(rows, np.uint8).tobytes()
        return np.frombuffer(pixels, ">u%d" % (depth // 8)).reshape(height, width, channels) \
            .astype(np.uint8 if depth == 8 else np.uint16)

    def csv(self, name, text):
        self.path(name).write_text(text)
        return name

    def read_csv(self, name):
        lines = self.path(name).read_text().splitlines()
        header = lines[0].split(",")
        cells = [line.split(",") for line in lines[1:]]
        return {title: [row[i] for row in cells] for i, title in enumerate(header)}

    def within_bound(self, result, exact, bound):
        """Both forms of the bound that --report-error gave."""
        error = np.abs(np.asarray(result, np.longdouble) - exact) \
            if not np.iscomplexobj(result) else np.abs(result - exact)
        self.assertLessEqual(float(error.max()), bound["maximum"])
        self.assertLessEqual(float(np.sqrt((error ** 2).sum())), bound["l2"])


def unfilter(kind, line, above, step):
    line = line.astype(np.int64)
    out = np.zeros_like(line)
    for i in range(len(line)):
        left = out[i - step] if i >= step else 0
        up = int(above[i])
        corner = int(above[i - step]) if i >= step else 0
        if kind == 0:
            guess = 0
        elif kind == 1:
            guess = left
        elif kind == 2:
            guess = up
        elif kind == 3:
            guess = (left + up) // 2
        else:
            p = left + up - corner
            distances = (abs(p - left), abs(p - up), abs(p - corner))
            guess = (left, up, corner)[distances.index(min(distances))]
        out[i] = (line[i] + guess) % 256
    return out.astype(np.uint8)
