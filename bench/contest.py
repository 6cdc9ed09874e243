# SPDX-FileCopyrightText: 2026 The Faltung authors
# SPDX-License-Identifier: Apache-2.0
"""Runs cases side by side: rounds of one process in C++ and one in Python, in turns.

A case is a problem that all sides solve, with its least count of flop and bytes. The C++ process
makes the samples, and the reference that errors are told by; each process times its own calls.
Ours is timed first and last of each of its rounds: how far the medians of the two lie apart is the
noise of that case.
"""

import contextlib
import dataclasses
import importlib.metadata
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

import counting

HERE = pathlib.Path(__file__).resolve().parent
PACKAGES = {"fftw": "libfftw3-dev", "opencv": "libopencv-imgproc-dev", "numpy": "python3-numpy",
            "scipy": "python3-scipy", "mkl": "mkl (PyPI)", "ipp": "ipp (PyPI)",
            "cv2": "opencv-python-headless (PyPI)", "cufft": "nvidia-cufft (PyPI, or the CUDA toolkit)",
            "torch": "torch (PyPI)"}
# Shared libraries of packages of PyPI, by the peer's name.
LIBRARIES = {"mkl": "libmkl_rt.so", "ipp": "libipps.so"}


@dataclasses.dataclass
class Case:
    """One row of a table for each peer."""
    work: str          # what readers call it
    problem: str       # the engine's text form
    flop: float        # at the least, in all
    threads: int = 2
    peers: tuple = ()  # in C and C++
    python: tuple = ()  # NumPy, SciPy and the newest OpenCV, of PyPI
    data: str = "dense"  # or nan, half; self: h is x
    operation: str = "execute"  # with a prepared kernel; prepare: preparing alone; both
    issue: tuple = ()  # what counting.issued() says, where the engine's own limit is told
    other: str = ""    # the problem of the peer `power-of-two`, ours at another size,
    scale: float = 1   # whose time counts so many times
    sigma: float = 0   # the kernel is a Gaussian; where infinite, a box
    quick: bool = True  # also in --quick
    seconds: float = 0  # more than the usual budget
    cached: bool = False  # it stays in the nearest caches: nothing passes memory
    memory: bool = False  # also the most memory of a process that does nothing else

    def words(self):
        return self.problem.split()

    def dtypes(self):
        both = self.words()[1].split("->")[0].split("*")
        return both if len(both) == 2 else both * 2

    def shapes(self):
        return [json.loads(w) for w in self.words() if w.startswith("[")]

    def mode(self):
        return next(w for w in self.words() if w in ("full", "same", "valid"))

    def variant(self, data, text):
        """The same work on other data."""
        return dataclasses.replace(self, data=data, work=f"{self.work}, {text}", quick=True,
                                   memory=False)


def with_contract(cases, index=0):
    """The cases, and one of them on data with NaN and with zeros."""
    return [*cases, cases[index].variant("nan", "1% NaN"),
            cases[index].variant("half", "half zero")]


def library_of(peer):
    """The path of a peer's shared library, as the package that PyPI has says; empty: not there."""
    return library_in(peer, LIBRARIES[peer])


def library_in(package, name):
    """The path of a file of a package of PyPI whose name begins so."""
    try:
        files = importlib.metadata.files(package) or []
    except importlib.metadata.PackageNotFoundError:
        return ""
    found = [f.locate() for f in files if f.name.startswith(name)]
    return str(pathlib.Path(found[0]).resolve()) if found else ""


class Process:
    """A program that answers a line with a line of JSON."""

    def __init__(self, command):
        self.command = [str(c) for c in command]
        self.process = subprocess.Popen(self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        text=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait()

    def ask(self, line=None):
        if line is not None:
            self.process.stdin.write(line + "\n")
            self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            sys.exit(f"bench: {' '.join(self.command)} ended with {self.process.wait()}")
        return json.loads(answer)


def peak_bytes(command, line=""):
    """The most resident memory of a program while it answers the lines and ends."""
    with subprocess.Popen([str(c) for c in command], stdin=subprocess.PIPE,
                          stdout=subprocess.DEVNULL, text=True) as process:
        process.stdin.write(line + "\nround\n")
        process.stdin.close()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit(f"bench: {command[0]} ended with {process.returncode}")
    return usage.ru_maxrss * 1024


class Contest:
    """Everything of one area's run: limits, rows, what was missing."""

    def __init__(self, area, program, options, wisdom):
        self.area, self.program, self.options, self.wisdom = area, program, options, wisdom
        self.peaks, self.rows, self.noise, self.memory = {}, [], [], []
        self.quick_seconds = 1.5

    def measure_limits(self, threads=(1, 2), seconds=0.3):
        """The peaks; called before, after and between cases, and the best counts."""
        for count in threads:
            done = subprocess.run([self.program, "--limits", str(count), str(seconds)], check=True,
                                  capture_output=True, text=True)
            found, old = json.loads(done.stdout), self.peaks.get(count, {})
            self.peaks[count] = {key: max(value, old.get(key, value))
                                 for key, value in found.items()}

    def missing(self, names):
        if names and not self.options.allow_missing:
            packages = sorted({PACKAGES[n.split("-")[0]] for n in names})
            sys.exit(f"bench: these peers are missing: {', '.join(names)}; install "
                     f"{' '.join(packages)}, or give --allow-missing")
        if names:
            print(f"bench: left out, for want of its package: {', '.join(names)}", file=sys.stderr)

    def command(self, case, peers):
        command = [self.program, "--problem", case.problem, "--threads", case.threads, "--peers",
                   ",".join(peers), "--data", case.data, "--wisdom", self.wisdom,
                   "--operation", case.operation]
        for peer in LIBRARIES:
            if peer in peers:
                command += [f"--{peer}", library_of(peer)]
        if case.other:
            command += ["--other", case.other]
        return command + (["--sigma", case.sigma] if case.sigma else [])

    def prepare(self, case):
        """Plans that take long; FFTW keeps them."""
        names = [p for p in case.peers if p.startswith("fftw")]
        if names and case.data in ("dense", "self"):
            with Process(self.command(case, names)) as ours:
                self.missing(ours.ask()["missing"])

    def run(self, case):
        with contextlib.ExitStack() as stack:
            folder = stack.enter_context(tempfile.TemporaryDirectory(dir=self.wisdom))
            share = ["--share", folder] if case.python else []
            processes = [stack.enter_context(Process(self.command(case, case.peers) + share))]
            about = [processes[0].ask()]
            if case.python:
                python = [sys.executable, "-B", HERE / "python_peers.py"]
                processes.append(stack.enter_context(Process(python)))
                line = json.dumps(
                    {"x": f"{folder}/x", "h": f"{folder}/h", "shapes": case.shapes(),
                     "dtypes": case.dtypes(), "mode": case.mode(), "threads": case.threads,
                     "peers": case.python, "index": about[0]["index"],
                     "value": about[0]["value"], "sigma": case.sigma,
                     "mirror": "boundary=mirror" in case.words()})
                about.append(processes[1].ask(line))
            self.missing([name for a in about for name in a["missing"]])
            if case.memory and case.python and about[1]["sides"]:
                self.memory.append({"work": case.work, "peer": about[1]["sides"][0]["name"],
                                    "bytes": peak_bytes(self.command(case, ())),
                                    "bytes_peer": peak_bytes(python, line)})
            budget = self.quick_seconds if self.options.quick else case.seconds or 6
            return about, rounds(processes, budget, 3 if self.options.quick else 5)

    def add(self, case):
        """Measures a case, and writes its rows once the limits are known."""
        about, samples = self.run(case)
        self.measure_limits([case.threads])
        sides = [side for a in about for side in a["sides"]]
        first, *theirs = samples[0]
        last = samples[0][-1]
        times = [*theirs[:-1], *(samples[1] if len(samples) > 1 else [])]
        ours = statistics.median(first + last)
        noise = abs(statistics.median(first) / statistics.median(last) - 1)
        self.noise.append(noise)
        dtype = case.dtypes()[0]
        moved = bytes_moved(case, about[0]["outputs"])
        for side, seconds in zip(sides[1:], times):
            self.rows.append({
                "area": self.area, "work": case.work, "dtype": dtype, "threads": case.threads,
                "method": sides[0]["method"], "peer": side["name"],
                "peer_version": side["version"],
                "ratio": case.scale * statistics.median(seconds) / ours,
                "fraction_of_limit": (case.flop, moved, ours),
                "fraction_of_issue": (case.issue, ours) if case.issue else None,
                "error": sides[0]["error"], "error_peer": side["error"]})

    def finish(self):
        """Fractions of the limit, from the best of the peaks of the whole run."""
        self.measure_limits()
        for row in self.rows:
            peaks = self.peaks[row["threads"]]
            flop, moved, seconds = row["fraction_of_limit"]
            least = counting.limit_seconds(flop, moved, peaks, row["dtype"])
            row["fraction_of_limit"] = least / seconds
            if row["fraction_of_issue"]:
                work, seconds = row["fraction_of_issue"]
                row["fraction_of_issue"] = counting.issue_seconds(work, peaks,
                                                                  row["dtype"]) / seconds


def bytes_moved(case, outputs):
    """x read once, y written once; the type of y is that of the contest's own result."""
    if case.cached:
        return 0
    sizes = {"f32": 4, "f64": 8, "u8": 1, "i8": 1}
    read = sizes[case.dtypes()[0]]
    for n in case.shapes()[0]:
        read *= n
    return read + outputs * sizes[case.dtypes()[0]]


def rounds(processes, budget, least):
    """For each process a list of seconds for each of its sides."""
    samples = [None] * len(processes)
    start, done = time.monotonic(), 0
    while done < least or (time.monotonic() - start < budget and done < 200):
        for i, process in enumerate(processes):
            seconds = process.ask("round")
            if samples[i] is None:
                samples[i] = [[] for _ in seconds]
            for all_of_side, s in zip(samples[i], seconds):
                all_of_side.append(s)
        done += 1
    return samples
