# SPDX-FileCopyrightText: 2026 The Faltung authors
# SPDX-License-Identifier: Apache-2.0
"""The first GPU: arrays that are on it, beside cuFFT and PyTorch; and from the host's arrays to the
host's, beside its processor.

On the device, time is by its events, and arrays take turns so that nothing is left in its cache.
cuFFT is the transform there, a product of spectra and the transform back, at the fastest of its
blocks and places, and finds x padded where there are zeros outside; torch is conv2d of PyTorch,
which asks cuDNN. The fraction of the limit is that of a copy of as many bytes as x and y hold, at
the best bandwidth that copies reached in this run. Errors are Euclidean, of sampled outputs against
sums in extended precision.

Expected before the first run on a GPU: batched rows that fit a block of threads, padded, near 2.7
times cuFFT's three kernels, since they meet memory once; circular ones half of that, since the
engine's block then holds the kernel's span twice; 3 x 3 taps near a copy, 7 x 7 half of it.
"""

import ctypes
import functools
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass

import contest
import machine
import output

TARGETS = ["bench_device"]
TITLE = "On a GPU"
MACHINE = "gpu_machine"  # not the one of the other areas
HERE = pathlib.Path(__file__).resolve().parent
SIZES = {"f32": 4, "f64": 8, "c64": 8, "c128": 16}
HOST_SIDES = ("transfers", "cpu")  # ours; FFTW's sides begin with its name


@dataclass
class Case:
    work: str
    problem: str
    peers: tuple = ("cufft",)
    torch: bool = False
    quick: bool = False

    def dtype(self):
        return self.problem.split()[1]

    def shapes(self):
        return [json.loads(w) for w in self.problem.split() if w.startswith("[")]


def absent():
    """Why nothing can be measured here, before anything is built; empty where it can."""
    if os.environ.get("FALTUNG_FORCE_DEVICE"):
        return ""
    try:
        driver = ctypes.CDLL("libcuda.so.1")
    except OSError:
        return "'cuda' needs a GPU, and CUDA's driver, libcuda.so.1, is not installed on this machine"
    count = ctypes.c_int(0)
    if driver.cuInit(0) != 0 or driver.cuDeviceGetCount(ctypes.byref(count)) != 0 or not count.value:
        return "'cuda' needs a GPU, and CUDA's driver finds none"
    return ""


@functools.cache
def cufft():
    """The path of cuFFT: PyPI's packages, then beside nvcc; empty: where the system looks."""
    for package in ("nvidia-cufft", "nvidia-cufft-cu13", "nvidia-cufft-cu12"):
        if found := contest.library_in(package, "libcufft.so"):
            return found
    nvcc = shutil.which("nvcc") or "/usr/local/cuda/bin/nvcc"
    folder = pathlib.Path(nvcc).resolve().parent.parent
    found = sorted([*folder.glob("lib64/libcufft.so.*"), *folder.glob("targets/*/lib/libcufft.so.*")])
    return str(found[0]) if found else ""


def batched(dtype, points, size, padded, quick=False):
    """Rows of so many points: circular ones of the kernel's length, or half of them padded."""
    samples = points // 2 if padded else points
    rows = max(1, size // (points * SIZES[dtype]))
    how = "full" if padded else "same boundary=wrap origin=0"
    name = f"{rows:,} x {points}" if rows > 1 else f"2^{points.bit_length() - 1}"
    return Case(f"{name} {'padded' if padded else 'circular'}",
                f"convolve {dtype} [{rows},{samples}] * [{samples}] {how} axes=-1", quick=quick)


def long_row(dtype, bits, padded):
    samples = 1 << (bits - 1 if padded else bits)
    how = "full" if padded else "same boundary=wrap origin=0"
    return Case(f"2^{bits} {'padded' if padded else 'circular'}",
                f"convolve {dtype} [{samples}] * [{samples}] {how}", quick=True)


def picture(side, taps, peers, method=""):
    separable = " separable" if "rank=1" in method else ""
    return Case(f"{side}x{side}, {taps}x{taps}{separable}",
                f"convolve f32 [{side},{side}] * [{taps},{taps}] same{method}", peers, torch=True,
                quick=taps in (3, 31))


def device_cases(size, small):
    """`size` bytes of samples; where they are few, pictures are small, too."""
    long_bits, whole, side = (8, 64, 64) if small else (20, 4096, 8192)
    lengths = (64, 256) if small else (256, 1024, 4096, 16384)
    for dtype in ("f32", "c64"):
        for points in lengths:
            for padded in (False, True):
                yield batched(dtype, points, size, padded, quick=points in (1024, 64))
    for dtype in ("f64", "c128"):
        for points in lengths[:1] if small else (1024, 4096):
            for padded in (False, True):
                yield batched(dtype, points, size, padded)
    yield long_row("c64", long_bits, padded=False)
    yield long_row("f32", long_bits, padded=True)
    picture_by_itself = f"convolve f32 [{whole // 2},{whole // 2}] * [{whole // 2},{whole // 2}] full"
    yield Case(f"{whole}x{whole} padded", picture_by_itself, quick=True)
    # With boundary, contract and all, beside its bare transforms.
    yield Case(f"{whole}x{whole} padded, by cuFFT", f"{picture_by_itself} method=cuda_cufft")
    yield picture(side, 31, ("cufft",))
    for taps in (3, 5, 7):
        yield picture(side, taps, (), " method=cuda_direct")
    yield picture(side, 31, (), " rank=1 method=cuda_separable")


def host_cases(size, small):
    """From arrays of the host to arrays of the host."""
    points, bits, taps, side = (64, 12, 65, 64) if small else (4096, 26, 4097, 8192)
    rows = max(2, size // 4 // (points * 4))
    tiles = (*HOST_SIDES, "fftw-overlap-save")
    yield Case(f"{rows:,} x {points} circular", peers=(*HOST_SIDES, "fftw-patient"), quick=True,
               problem=f"convolve f32 [{rows},{points}] * [{points}] same boundary=wrap origin=0 axes=-1")
    yield Case(f"2^{bits} x {taps}", f"convolve f32 [{1 << bits}] * [{taps}] full", tiles)
    yield Case(f"{side}x{side}, 31x31", f"convolve f32 [{side},{side}] * [31,31] same", tiles,
               quick=True)
    yield Case(f"{side}x{side}, 3x3", f"convolve f32 [{side},{side}] * [3,3] same", HOST_SIDES)


class Race:
    """Everything of one run."""

    def __init__(self, program, options, wisdom, facts):
        self.program, self.options, self.wisdom, self.facts = program, options, wisdom, facts
        self.missing = contest.Contest("cuda", program, options, wisdom).missing
        self.rows, self.noise, self.words, self.failed, self.copy = [], [], [], [], 0.0
        self.threads = len(os.sched_getaffinity(0))
        self.torch_reason, self.absent = "", set()

    def command(self, case, folder):
        peers = ",".join(["copy", *(p for p in case.peers if p not in self.absent)])
        command = [self.program, "--problem", f"{case.problem} device=cuda:0", "--peers", peers,
                   "--wisdom", self.wisdom, "--threads", self.threads]
        if "cufft" in case.peers:
            command += ["--cufft", self.options.cufft or cufft()]
        return command + (["--share", folder] if case.torch else [])

    def torch(self, case, about, folder):
        """A process of PyTorch, and what it says; None where it cannot run."""
        process = contest.Process([sys.executable, "-B", HERE / "torch_peer.py"])
        said = process.ask(json.dumps(
            {"x": f"{folder}/x", "h": f"{folder}/h", "shapes": case.shapes(), "sets": about["sets"],
             "index": about["index"], "value": about["value"]}))
        if said["missing"]:
            self.torch_reason = said["reason"]
            process.__exit__()
            self.missing(said["missing"])
            return None, None
        return process, said

    def measure(self, case):
        """What all sides are, and their seconds, in turns; None where ours refuses."""
        budget = (0.5 if self.options.quick else 2) if not self.facts["emulated"] else 0
        with tempfile.TemporaryDirectory(dir=self.wisdom) as folder:
            with contest.Process(self.command(case, folder)) as ours:
                about = ours.ask()
                if "refused" in about:
                    self.words.append(f"Not run: {case.work} {case.dtype()}: {about['refused']}.")
                    return None
                self.missing(about["missing"])
                self.absent |= set(about["missing"])
                self.words += [f"Without {peer}: {case.work} {case.dtype()}: {reason}."
                               for peer, reason in about["failed"].items()]
                processes, sides = [ours], [about["sides"]]
                if case.torch and not self.torch_reason:
                    process, said = self.torch(case, about, folder)
                    if process:
                        processes.append(process)
                        sides.append(said["sides"])
                samples = contest.rounds(processes, budget, 1 if self.facts["emulated"] else 5)
                for process in processes[1:]:
                    process.__exit__()
                return about, sides, samples

    def row(self, case, work, ours, theirs, bytes_moved):
        """Ours and theirs are (side, seconds)."""
        (our_side, our_seconds), (side, seconds) = ours, theirs
        return {"area": "cuda", "work": work, "dtype": case.dtype(),
                "threads": self.threads if side["name"].startswith(("cpu", "fftw")) else 1,
                "method": our_side["method"], "peer": side["name"],
                "peer_version": side["version"], "ratio": seconds / our_seconds,
                "fraction_of_limit": (bytes_moved, our_seconds), "error": our_side["error"],
                "error_peer": side["error"]}

    def add(self, case):
        measured = self.measure(case)
        if not measured:
            return
        about, sides, samples = measured
        medians = [[statistics.median(s) for s in of_process] for of_process in samples]
        first, *theirs, last = medians[0]
        ours = (sides[0][0], statistics.median(samples[0][0] + samples[0][-1]))
        self.noise.append(abs(first / last - 1))
        moved = about["x_bytes"] + about["y_bytes"]
        others = [*zip(sides[0][1:], theirs), *(p for s, m in zip(sides[1:], medians[1:])
                                                for p in zip(s, m))]
        copied = next((seconds for side, seconds in others if side["name"] == "copy"), None)
        # Of arrays that are small, a copy is the launch.
        if copied and (moved >= 1 << 26 or self.facts["emulated"]):
            self.copy = max(self.copy, moved / copied)
        transfers = next((p for p in others if p[0]["name"] == "transfers"), None)
        for side, seconds in others:
            if side["name"] == "transfers":
                continue
            self.rows.append(self.row(case, case.work, ours, (side, seconds), moved))
            if transfers and side["name"] != "copy":
                self.rows.append(self.row(case, f"{case.work}, with transfers", transfers,
                                          (side, seconds), 0))

        print(f"bench: {case.work} {case.dtype()}: {ours[0]['method']} {ours[1] * 1e3:.3f} ms; " +
              ", ".join(f"{side['name']} {seconds * 1e3:.3f}" for side, seconds in others),
              file=sys.stderr, flush=True)

    def try_to_add(self, case):
        """A run on a GPU that is lent has one go: what goes wrong in one case is told, and the others
        are run."""
        try:
            self.add(case)
        except SystemExit as stop:
            if not self.options.allow_missing:
                raise
            self.failed.append(f"{case.work} {case.dtype()}: {stop}")

    def finish(self):
        """Fractions of what copies reach; of transfers there is none."""
        for row in self.rows:
            moved, seconds = row["fraction_of_limit"]
            row["fraction_of_limit"] = moved / self.copy / seconds if moved and self.copy else None
        facts = self.facts
        self.words.insert(0, f"{facts['model']}, compute capability {facts['capability']}, "
                             f"{facts['multiprocessors']} multiprocessors, driver {facts['driver']}; "
                             f"{machine.cpu()}, {self.threads} threads. Copies on the device: "
                             f"{self.copy / 1e9:.0f} GB/s read and written at the best, "
                             f"{facts['memory_bytes_per_second'] / 1e9:.0f} by its clock and width.")
        worse = [row["error"] / row["error_peer"] for row in self.rows
                 if row["error_peer"] and row["error"] > row["error_peer"]]
        self.words.append(f"Errors above the peer's: {len(worse)} rows"
                          + (f", {max(worse):.2f} times at most." if worse else "."))
        self.words += [f"{peer} was not found." for peer in sorted(self.absent)]
        if self.torch_reason:
            self.words.append(f"torch was not run: {self.torch_reason}.")
        if facts["emulated"]:
            self.words.append("This device is emulated: ratios mean nothing.")


def run(program, options):
    done = subprocess.run([program, "--facts"], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(done.stderr.strip().replace("bench_device", "bench", 1))
    facts = json.loads(done.stdout)
    size = 1 << 13 if facts["emulated"] else min(1 << 30, facts["memory_bytes"] // 12)
    cases = [*device_cases(size, facts["emulated"]), *host_cases(size, facts["emulated"])]
    race = Race(program, options, program.parent.parent / "wisdom", facts)
    for case in cases:
        if case.quick or not options.quick:
            race.try_to_add(case)
    race.finish()
    output.table(race.rows)
    print("\n".join(race.words))
    return race.rows, {"noise": race.noise, "words": race.words, "failed": race.failed}
