# SPDX-FileCopyrightText: 2026 The Faltung authors
# SPDX-License-Identifier: Apache-2.0
"""Sound, arrays and pictures through the program, beside a copy of the same file and, for sound,
SciPy with all of it in memory.

Ours is a whole process, from its start until the result is on the disk (fsync); so is the copy,
SciPy from opening the file. Sizes by --megabytes. The caps of memory of later work are not asked
for here; what the process held at most is printed.

Expected before the first run: a room of 40,000 taps costs some 90 flop a sample, 2 ns on two
threads; a copy of 8 bytes to a disk takes longer than that, so half of the copy's speed or more.

Arrays and pictures came later. Expected before their first run: 41 taps along each of two axes are
164 flop a sample, 4 ns on two threads, about what a copy of its 4 bytes to a disk takes; so half
of the copy's speed again, TIFF a little below NPY since libtiff copies each row once more.
"""

import array
import json
import os
import pathlib
import random
import shutil
import statistics
import struct
import subprocess
import sys
import tempfile
import time

import counting
import output
import picture_files
from contest import Contest

TARGETS = ["faltung_cli", "bench_measure"]
TITLE = "Files"
NOTE = ("Stereo sound of float32 by samples/room.wav, extent full; arrays and pictures of float32 "
        f"by {picture_files.KERNEL}, extent same, until they are on the disk. disk-copy copies the "
        "same bytes.")
ROOM = pathlib.Path(__file__).resolve().parent.parent / "samples" / "room.wav"
TAPS = (ROOM.stat().st_size - 58) // 4
RATE, CHANNELS = 44100, 2


def write_wav(path, megabytes, data):
    """Random sound that repeats every ten seconds, so that making it does not take long."""
    generator = random.Random(5)
    block = array.array("f", (generator.uniform(-0.5, 0.5)
                              for _ in range(10 * RATE * CHANNELS)))
    if data == "nan":
        for i in range(0, len(block), 100):
            block[i] = float("nan")
    if data == "half":
        half = len(block) // 2
        block[half:] = array.array("f", bytes(4 * half))
    repeats = max(1, megabytes * 1000000 // (len(block) * 4))
    size = repeats * len(block) * 4
    with open(path, "wb") as file:
        file.write(b"RIFF" + struct.pack("<I", 36 + size) + b"WAVEfmt "
                   + struct.pack("<IHHIIHH", 16, 3, CHANNELS, RATE, RATE * CHANNELS * 4,
                                 CHANNELS * 4, 32) + b"data" + struct.pack("<I", size))
        for _ in range(repeats):
            block.tofile(file)
    return size


def to_disk(path):
    with open(path, "rb+") as file:
        os.fsync(file.fileno())


def ours(program, source, kernel, target):
    """Seconds, and the most bytes that the process held."""
    start = time.perf_counter()
    process = subprocess.Popen([program, "convolve", source, *kernel, "-o", target, "--quiet",
                                "--threads", "2"])
    _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        sys.exit(f"bench: {program} failed on {source}")
    to_disk(target)
    return time.perf_counter() - start, usage.ru_maxrss * 1024


def copy(source, target):
    start = time.perf_counter()
    shutil.copyfile(source, target)
    to_disk(target)
    return time.perf_counter() - start


SCIPY = r"""
import json, os, sys, time
import numpy, scipy, scipy.fft
from scipy import signal
from scipy.io import wavfile
source, room, target, ours, finite = sys.argv[1:6]
def run():
    start = time.perf_counter()
    rate, x = wavfile.read(source)
    h = wavfile.read(room)[1]
    with scipy.fft.set_workers(2):
        y = signal.oaconvolve(x, h[:, None], axes=0)
    with open(target, "wb") as file:
        wavfile.write(file, rate, y)
        file.flush()
        os.fsync(file.fileno())
    return time.perf_counter() - start
for line in sys.stdin:
    if line.strip() == "round":
        print(json.dumps(run()), flush=True)
        continue
    n = 1 << 17
    x, h = wavfile.read(source)[1][:n].astype("f8"), wavfile.read(room)[1].astype("f8")
    y = signal.oaconvolve(x, h[:, None], axes=0)[:n]
    off = [float(abs(wavfile.read(p)[1][:n] - y).max() / abs(y).max()) for p in (ours, target)]
    print(json.dumps([scipy.__version__ + " oaconvolve", *(off if finite == "1" else [None] * 2)]),
          flush=True)
"""


class InMemory:
    """SciPy in a process of its own, with its own timer; absent where it is not installed."""

    def __init__(self, *arguments):
        command = [sys.executable, "-W", "ignore", "-c", SCIPY, *map(str, arguments)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        text=True)

    def ask(self, word):
        self.process.stdin.write(word + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def end(self):
        self.process.stdin.close()
        self.process.wait()


def measure(program, folder, data, options):
    """Medians of ours, the copy and SciPy in turns; errors; the most memory of ours."""
    source, target, copied = folder / "in.wav", folder / "out.wav", folder / "copy.wav"
    scipy = (InMemory(source, ROOM, folder / "scipy.wav", target, int(data != "nan"))
             if options.scipy else None)
    seconds, most = {"ours": [], "disk-copy": [], "scipy": []}, 0
    ours(program, source, [ROOM], target)
    for _ in range(3 if options.quick else 5):
        took, held = ours(program, source, [ROOM], target)
        most = max(most, held)
        seconds["ours"].append(took)
        seconds["disk-copy"].append(copy(source, copied))
        if scipy:
            seconds["scipy"].append(scipy.ask("round"))
    about = scipy.ask("about") if scipy else ["", None, None]
    if scipy:
        scipy.end()
    medians = {name: statistics.median(all) for name, all in seconds.items() if all}
    return medians, about, most


def measure_pictures(program, folder, suffix, megabytes, peaks, options):
    """A row for arrays or pictures, and the most memory of ours."""
    source, target, copied = (folder / (name + suffix) for name in ("in", "out", "copy"))
    size = picture_files.write(source, megabytes)
    kernel = [picture_files.KERNEL, "--extent", "same"]
    ours(program, source, kernel, target)
    seconds, copies, most = [], [], 0
    for _ in range(3 if options.quick else 5):
        took, held = ours(program, source, kernel, target)
        most = max(most, held)
        seconds.append(took)
        copies.append(copy(source, copied))
    median = statistics.median(seconds)
    limit = counting.limit_seconds(size // 4 * counting.separable(41), 2 * size, peaks, "f32")
    called = "NPY" if suffix == ".npy" else "TIFF"
    return {"area": "files",
            "work": f"{called} of {size / 1e6:.0f} MB by {picture_files.KERNEL}",
            "dtype": "f32", "threads": 2, "method": "program", "peer": "disk-copy",
            "peer_version": "", "ratio": statistics.median(copies) / median,
            "fraction_of_limit": limit / median,
            "error": picture_files.error(program, source, target), "error_peer": None}, most


def rows_of(work, size, medians, about, peaks):
    outputs = size // 4 + (TAPS - 1) * CHANNELS
    limit = counting.limit_seconds(outputs * counting.general(TAPS), size + 4 * outputs, peaks,
                                   "f32")
    versions = {"disk-copy": ("", None), "scipy": (about[0], about[2])}
    return [{"area": "files", "work": work, "dtype": "f32", "threads": 2, "method": "program",
             "peer": peer, "peer_version": versions[peer][0],
             "ratio": medians[peer] / medians["ours"],
             "fraction_of_limit": limit / medians["ours"], "error": about[1],
             "error_peer": versions[peer][1]} for peer in medians if peer != "ours"]


def scipy_there(options):
    done = subprocess.run([sys.executable, "-c", "import scipy.io"], capture_output=True)
    if done.returncode != 0 and not options.allow_missing:
        sys.exit("bench: this peer is missing: scipy; install python3-scipy, or give "
                 "--allow-missing")
    return done.returncode == 0


def run(program, options):
    options.scipy = scipy_there(options)
    megabytes = options.megabytes or (32 if options.quick else 512)
    limits = Contest("files", program.parent / "bench" / "bench_measure", options, "")
    limits.measure_limits()
    rows, most = [], 0
    for data, text in (("dense", ""), ("nan", ", 1% NaN"), ("half", ", half zero")):
        with tempfile.TemporaryDirectory(prefix="bench-", dir=program.parent) as name:
            folder = pathlib.Path(name)
            size = write_wav(folder / "in.wav", megabytes, data)
            medians, about, held = measure(program, folder, data, options)
        most = max(most, held)
        rows += rows_of(f"WAV of {size / 1e6:.0f} MB by {TAPS} taps{text}", size, medians, about,
                        limits.peaks[2])
    for suffix in (".npy", ".tif"):
        with tempfile.TemporaryDirectory(prefix="bench-", dir=program.parent) as name:
            row, held = measure_pictures(program, pathlib.Path(name), suffix, megabytes,
                                         limits.peaks[2], options)
        rows.append(row)
        if suffix != ".npy":  # what is mapped counts as held
            most = max(most, held)
    output.table(rows)
    print(f"the program held {most / 1e6:.0f} MB at most, mapped arrays aside")
    return rows, {"peaks": limits.peaks, "most_bytes": most}
