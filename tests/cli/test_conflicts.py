# SPDX-FileCopyrightText: 2026 The Faltung authors
# SPDX-License-Identifier: Apache-2.0
"""Every pair of options, for every kind of input: done, or refused for a reason that is listed here.

With FALTUNG_LONG_TESTS also in the other order, which makes no difference, and for correlate.
"""

import itertools
import os
import unittest
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from support import USAGE, ProgramTest

OPTIONS = {
    "--extent": "same", "--window": "2:9", "--lags": "-3:3", "--origin": "1", "--stride": "2",
    "--boundary": "edge", "--cval": "1", "--dilation": "2", "--axes": "0", "--kernel-scale": "sum",
    "--gain": "-6dB", "--dt": "0.5", "--policy": "wrap", "--result": "f64", "--column": "a",
    "--kernel-column": "a", "--method": "direct", "--device": "cpu", "--tolerance": "1e-3", "--accuracy": "norm",
    "--max-memory": "100M", "--reproducible": None, "--threads": "2", "--bits": "pcm16",
    "--report-error": None, "--explain": None, "--json": None, "-n": None, "-q": None, "-v": None,
    "--wet": "0.5", "--dry": "0.5", "--output-gain": "-3dB", "--resample": None,
    "--linear-light": None, "--signed": "absolute", "--kernel": "1 2 1", "--plot": "plot.svg"}
SOUND = {"--bits", "--wet", "--dry", "--output-gain", "--resample"}
PICTURE = {"--linear-light", "--signed"}
TABLE = {"--column"}
# What has no meaning for a kind, whatever else is asked for.
MEANINGLESS = {
    "wav": {"--axes", "--dt", "--policy", "--result"} | TABLE | PICTURE,
    "png": {"--axes", "--dt", "--policy", "--result"} | TABLE | SOUND,
    "tif": {"--axes", "--dt", "--policy", "--result"} | TABLE | SOUND,
    "npy": TABLE | SOUND | PICTURE,
    "csv": {"--axes", "--policy", "--result"} | SOUND | PICTURE}
SHAPES = {"--extent", "--window", "--lags"}


def contradict(kind, one, other):
    """Whether two options that have a meaning by themselves contradict each other."""
    pair = {one, other}
    ranges = pair & {"--window", "--lags"}
    return any([
        len(pair & SHAPES) == 2,
        pair == {"-q", "-v"},
        pair == {"--kernel", "--kernel-column"},
        "--origin" in pair and ranges,
        "--cval" in pair and "--boundary" in pair,  # edge
        "--lags" in pair and pair & {"--wet", "--dry"},
        pair == {"--gain", "--wet"},  # both scale what is convolved
    ])


class Conflicts(ProgramTest):
    def setUp(self):
        super().setUp()
        x = self.random.integers(0, 200, (40, 30, 3), dtype=np.uint8)
        self.png("x.png", x)
        self.ok("convolve", "x.png", "--kernel", "1", "-o", "x.tif")
        self.wav("x.wav", self.random.uniform(-0.5, 0.5, 500).astype(np.float32))
        self.npy("x.npy", self.random.standard_normal(60))
        self.path("x.csv").write_text("t,a\n" + "".join(f"{i},{i * i % 7}\n" for i in range(50)))
        self.path("h.csv").write_text("a,b\n1,2\n2,3\n")

    def words(self, kind, number, given):
        words = ["convolve" if "--lags" not in given else "correlate", f"x.{kind}"]
        if "--kernel" not in given:
            words.append("h.csv" if "--kernel-column" in given else "box:3")
        for name in given:
            words += [name] if OPTIONS[name] is None else [name, self.value(kind, name, number)]
        return [*words, "-o", f"y{number}.{kind}"]

    def value(self, kind, name, number):
        two = kind in ("png", "tif") and name in ("--window", "--lags", "--origin")
        if name == "--kernel" and kind in ("png", "tif"):
            return "1 2 1; 2 4 2; 1 2 1"
        if name == "--plot":
            return f"plot{number}.svg"
        return f"{OPTIONS[name]},{OPTIONS[name]}" if two else OPTIONS[name]

    def run_all(self, kind, sets):
        with ThreadPoolExecutor(4) as pool:
            done = pool.map(lambda job: self.run_program(*self.words(kind, job[0], job[1])),
                            enumerate(sets))
            return dict(zip(sets, done))

    def alone(self, kind):
        """What each option does by itself: meaningless ones are refused by name."""
        found = self.run_all(kind, [(name,) for name in OPTIONS])
        for (name,), done in found.items():
            if name in MEANINGLESS[kind]:
                self.assertEqual(done.returncode, USAGE, (kind, name, done.stderr))
                self.assertIn(name, done.stderr)
        return {name for (name,), done in found.items() if done.returncode != 0}

    def check(self, kind, pair, done, refused_alone):
        self.assertIn(done.returncode, (0, USAGE, 65, 69), (kind, pair, done.stderr))
        if done.returncode == 0:
            self.assertFalse(set(pair) & MEANINGLESS[kind] or contradict(kind, *pair), (kind, pair))
            return
        self.assertTrue(done.stderr.startswith("faltung: "), (kind, pair, done.stderr))
        self.assertEqual(done.stderr.count("\n"), 1, (kind, pair, done.stderr))
        reason = (set(pair) & refused_alone) or contradict(kind, *pair)
        self.assertTrue(reason, f"{kind} {pair}: {done.stderr}")

    def check_kind(self, kind):
        refused_alone = self.alone(kind)
        self.assertLessEqual(MEANINGLESS[kind], refused_alone)
        self.assertLessEqual(refused_alone - MEANINGLESS[kind], NEEDS_MORE[kind], kind)
        pairs = list(itertools.combinations(OPTIONS, 2))
        if os.environ.get("FALTUNG_SANITIZE"):
            pairs = pairs[::7]  # each run takes much longer
        for pair, done in self.run_all(kind, pairs).items():
            self.check(kind, pair, done, refused_alone)
        if not os.environ.get("FALTUNG_LONG_TESTS"):
            return
        turned = self.run_all(kind, [pair[::-1] for pair in pairs])
        for pair, done in turned.items():
            self.check(kind, pair, done, refused_alone)

    def test_sound(self):
        self.check_kind("wav")

    def test_pictures(self):
        self.check_kind("png")

    def test_tiff(self):
        self.check_kind("tif")

    def test_arrays(self):
        self.check_kind("npy")

    def test_series(self):
        self.check_kind("csv")


# What is refused alone for want of another option.
NEEDS_MORE = {
    "wav": {"--origin", "--kernel-column", "--resample"}, "png": {"--cval", "--kernel-column"},
    "tif": {"--cval", "--kernel-column"}, "npy": {"--origin", "--kernel-column", "--policy"},
    "csv": {"--origin", "--cval"}}


if __name__ == "__main__":
    unittest.main()
