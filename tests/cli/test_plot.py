# SPDX-FileCopyrightText: 2026 The Faltung authors
# SPDX-License-Identifier: Apache-2.0
"""--plot: drawn, labelled, safe with any text, and written whole or not at all."""

import os
import resource
import shutil
import subprocess
import unittest
import xml.etree.ElementTree as ElementTree

import numpy as np

from support import (CANNOT_CREATE, DATA, IO_ERROR, PROGRAM, UNAVAILABLE, USAGE,
                     ProgramTest)


@unittest.skipUnless(shutil.which("gnuplot"), "gnuplot is not installed")
class Plot(ProgramTest):
    def setUp(self):
        super().setUp()
        lines = ["date,outdoor_c"]
        for i in range(240):
            lines.append(f"2026-01-{i // 24 + 1:02} {i % 24:02}:00,{5 + 3 * np.sin(i / 4):.2f}")
        self.csv("x.csv", "\n".join(lines) + "\n")

    def words(self, name):
        tree = ElementTree.parse(self.path(name))
        return " ".join("".join(e.itertext()).strip() for e in tree.iter()
                        if e.tag.endswith("}text"))

    def draw(self, *more, name="p.svg", data="x.csv", kernel="exp:12"):
        done = self.run_program("convolve", data, kernel, "-o", "y.csv", "--plot", name, *more)
        self.assertEqual(done.returncode, 0, done.stderr)
        return self.words(name) if name.endswith(".svg") else None

    def test_svg_has_panels_units_and_dates(self):
        words = self.draw()
        for word in ["Input", "Impulse response", "Output", "exp:12", "outdoor (°C)",
                     "delay (hours)", "2026-01-01 to 2026-01-10", "Jan"]:
            self.assertIn(word, words)
        self.assertEqual(self.snapshot().keys(),
                         {str(self.path(n)) for n in ["x.csv", "y.csv", "p.svg"]})

    def test_png(self):
        self.draw(name="p.png")
        data = self.path("p.png").read_bytes()
        self.assertEqual(data[:8], b"\x89PNG\r\n\x1a\n")
        self.assertEqual(data[-8:-4], b"IEND")

    def test_without_dates_and_with_several_columns(self):
        self.csv("two.csv", "t,a,b\n" + "".join(f"{i},{i % 7},{i % 5}\n" for i in range(40)))
        words = self.draw(data="two.csv", kernel="moving-average:3")
        self.assertIn("delay (rows)", words)
        self.assertIn("a b", words)
        self.csv("wide.csv", ",".join("abcdefg") + "\n" + "1,2,3,4,5,6,7\n" * 3)
        self.refused(USAGE, ["6 columns at most, not 7"], "convolve", "wide.csv", "exp:2", "-o",
                     "z.csv", "--plot", "p2.svg")

    def test_every_extent_boundary_and_length(self):
        for more in [["--extent", "full"], ["--extent", "valid", "--boundary", "wrap"],
                     ["--extent", "same", "--stride", "5"], ["--window", "-5:9"]]:
            self.draw(*more, kernel="moving-average:9")
        done = self.run_program("correlate", "x.csv", "moving-average:9", "-o", "y.csv", "--lags",
                                "-4:4", "--plot", "p.svg")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("lag (hours)", self.words("p.svg"))
        self.assertIn("sum of products", self.words("p.svg"))
        for text in ["v\n3\n", "v\n3\n3\n", "v\nnan\n1\n", "v\ninf\nnan\n", "v\n0\n0\n0\n",
                     "v\n1e300\n-1e300\n", "v\n1e-300\n2e-300\n"]:
            self.csv("tiny.csv", text)
            self.draw(data="tiny.csv", kernel="exp:1")

    def test_the_largest_of_a_correlation_is_marked_at_its_lag(self):
        lines = self.path("x.csv").read_text().splitlines()
        self.csv("t.csv", "\n".join(["date,call"] + lines[101:131]) + "\n")
        flat = [f"{line.split(',')[0]},{float(line.split(',')[1]) - 5:.2f}" for line in lines[1:]]
        flat[100] = flat[100].split(",")[0] + ",900"
        self.csv("peak.csv", "\n".join(["date,v"] + flat) + "\n")
        for more, lag in [([], 100 - 7), (["--lags", "-200:200"], 100 - 7)]:
            self.ok("correlate", "peak.csv", "--kernel", "0 0 0 0 0 0 0 1", "-o", "y.csv", "--plot",
                    "p.svg", *more)
            self.assertIn(f"largest 900 at lag {lag} hours", self.words("p.svg"))
        self.csv("two.csv", "t,a_v,b\n" + "".join(f"{i},{i == 20:d},{i == 9:d}\n" for i in range(40)))
        self.ok("correlate", "two.csv", "--kernel", "1 0", "-o", "y.csv", "--plot", "p.svg",
                "--extent", "full")
        self.assertIn("a (V): largest at lag 20 rows", self.words("p.svg"))
        self.assertIn("b: largest at lag 9 rows", self.words("p.svg"))

    def points(self):
        return self.path("p.svg").read_text().count("<use xlink:href='#gpPt6' transform=")

    def test_samples_without_neighbours_are_points(self):
        for text in ["v\n3\n", "v\nnan\n7\nnan\n", "v\n" + "nan\n7\n" * 9 + "nan\n"]:
            self.csv("tiny.csv", text)
            self.draw(data="tiny.csv", kernel="box:1")
            # In the input, and in the output with the input behind it; and one tap.
            self.assertEqual(self.points(), 1 + 3 * text.count("7") + 3 * text.count("3"))

    def test_every_tap_is_shown_or_the_title_says_how_many(self):
        words = self.draw(kernel="gaussian:1")
        self.assertNotIn("taps", words)
        taps = self.ok("convolve", "x.csv", "gaussian:1", "-o", "y.csv")["kernel"]["shape"][0]
        self.assertEqual(self.points(), taps)
        taps = self.ok("convolve", "x.csv", "exp:12", "-o", "y.csv")["kernel"]["shape"][0]
        self.assertRegex(self.draw(kernel="exp:12"), rf"exp:12: the first \d+ of {taps} taps")

    def test_long_series_are_thinned_but_keep_their_peaks(self):
        values = np.zeros(100000)
        values[77777] = 50
        self.csv("long.csv", "v\n" + "\n".join(map(str, values)) + "\n")
        self.draw(data="long.csv", kernel="exp:1")
        self.assertLess(self.path("p.svg").stat().st_size, 2_000_000)

    def test_text_of_the_file_is_never_run(self):
        evil = "a'; system('touch pwned'); print '`touch pwned` ${HOME} {/:Bold x}^_@\\"
        self.csv("evil.csv", '"' + evil + '",b\n1,2\n2,3\n')
        words = self.draw(data="evil.csv", kernel="exp:2")
        self.assertFalse(self.path("pwned").exists())
        self.assertIn("system('touch pwned')", words)

    def test_users_settings_do_not_matter(self):
        self.path(".gnuplot").write_text("set terminal dumb\nset output 'other'\n")
        done = self.run_program("convolve", "x.csv", "exp:12", "-o", "y.csv", "--plot", "q.svg",
                                environment={"HOME": str(self.folder), "GNUTERM": "dumb"})
        self.assertEqual(done.returncode, 0)
        self.assertIn("Input", self.words("q.svg"))
        self.assertFalse(self.path("other").exists())

    def test_a_missing_gnuplot_leaves_everything_as_it_was(self):
        self.path("y.csv").write_text("old"), self.path("p.svg").write_text("old too")
        self.refused(UNAVAILABLE, ["gnuplot", "gnuplot-nox"], "convolve", "x.csv", "exp:12", "-o",
                     "y.csv", "--plot", "p.svg", environment={"PATH": "/nowhere"})

    def test_a_failing_gnuplot_leaves_everything_as_it_was(self):
        folder = self.path("bin")
        folder.mkdir()
        fake = folder / "gnuplot"
        fake.write_text("#!/bin/sh\necho half a picture\necho 'line 1: cannot' >&2\nexit 3\n")
        fake.chmod(0o755)
        self.refused(UNAVAILABLE, ["could not draw", "line 1: cannot"], "convolve", "x.csv",
                     "exp:12", "-o", "y.csv", "--plot", "p.svg",
                     environment={"PATH": f"{folder}:{os.environ['PATH']}"})

    def test_two_outputs_are_written_together_or_not(self):
        self.path("y.csv").write_text("old"), self.path("y.csv").chmod(0o640)
        self.path("folder").mkdir()
        self.refused(CANNOT_CREATE, "folder", "convolve", "x.csv", "exp:12", "-o", "y.csv",
                     "--plot", "folder/none/p.svg")
        self.refused(CANNOT_CREATE, "folder", "convolve", "x.csv", "exp:12", "-o", "none/y.csv",
                     "--plot", "p.svg")
        self.draw()
        self.assertEqual(self.path("y.csv").stat().st_mode & 0o777, 0o640)
        self.path("target.svg").write_text("old")
        self.path("link.svg").symlink_to("target.svg")
        self.draw(name="link.svg")
        self.assertTrue(self.path("link.svg").is_symlink())
        self.assertIn("<svg", self.path("target.svg").read_text())
        self.path("dangling.svg").symlink_to("fresh.svg")
        self.draw(name="dangling.svg")
        self.assertTrue(self.path("dangling.svg").is_symlink())
        self.assertIn("<svg", self.path("fresh.svg").read_text())
        self.path("loop.svg").symlink_to("loop.svg")
        self.refused(CANNOT_CREATE, "loop.svg", "convolve", "x.csv", "exp:12", "-o", "y.csv",
                     "--plot", "loop.svg")

    def test_a_second_output_that_fails_takes_the_first_back(self):
        self.path("p.svg").write_text("old"), os.mkfifo(self.path("pipe.csv"))
        self.refused(CANNOT_CREATE, "no regular file", "convolve", "x.csv", "exp:12", "-o",
                     "pipe.csv", "--plot", "p.svg")
        self.refused(CANNOT_CREATE, "no regular file", "convolve", "x.csv", "exp:12", "-o",
                     "pipe.csv", "--plot", "new.svg")
        values = self.random.standard_normal(50000)
        self.csv("long.csv", "v\n" + "\n".join(map(str, values)) + "\n")
        before = self.snapshot()
        # The plot fits below the limit, the table of numbers does not.
        done = subprocess.run([PROGRAM, "convolve", "long.csv", "exp:12", "-o", "y.csv", "--plot",
                               "p.png"], cwd=self.folder, capture_output=True, text=True,
                              preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE,
                                                                    (500000, 500000)))
        self.assertEqual(done.returncode, IO_ERROR, done.stderr)
        self.assertIn("y.csv", done.stderr)
        self.assertEqual(self.snapshot(), before)

    @unittest.skipUnless(os.path.isdir("/proc/self"), "there is no /proc")
    def test_a_plot_that_cannot_be_written_is_named(self):
        said = self.refused(CANNOT_CREATE, "/proc/p.svg", "convolve", "x.csv", "exp:12", "-o",
                            "y.csv", "--plot", "/proc/p.svg")
        self.assertNotIn("-new", said)

    def test_refusals(self):
        self.refused(USAGE, "neither .svg nor .png", "convolve", "x.csv", "exp:12", "-o", "y.csv",
                     "--plot", "p.pdf")
        self.refused(USAGE, "same file", "convolve", "x.csv", "exp:12", "-o", "y.csv", "--plot",
                     "x.csv")
        self.refused(USAGE, "same file", "convolve", "x.csv", "exp:12", "-o", "p.npy", "--plot",
                     "./p.npy")
        self.refused(DATA, "", "convolve", "x.csv", "--kernel", "1 2; 3 4", "-o", "y.csv", "--plot",
                     "p.svg")


if __name__ == "__main__":
    unittest.main()
