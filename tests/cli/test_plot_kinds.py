# SPDX-FileCopyrightText: 2026 The Faltung authors
# SPDX-License-Identifier: Apache-2.0
"""--plot of sound, pictures and arrays: what is drawn, its units, and where the largest value is."""

import base64
import shutil
import subprocess
import unittest
import xml.etree.ElementTree as ElementTree

import numpy as np

from support import DATA, IO_ERROR, PROGRAM, UNAVAILABLE, USAGE, ProgramTest


@unittest.skipUnless(shutil.which("gnuplot"), "gnuplot is not installed")
class PlotKinds(ProgramTest):
    def words(self, name):
        tree = ElementTree.parse(self.path(name))
        return " ".join("".join(e.itertext()).strip() for e in tree.iter()
                        if e.tag.endswith("}text"))

    def pixels(self, name):
        """Of a PNG, as the program reads it: much faster than Python does."""
        self.ok("convolve", name, "box:1", "-o", "pixels.npy")
        pixels = self.load("pixels.npy")
        self.path("pixels.npy").unlink()
        return pixels

    def images(self, name):
        """The pixels of the images that an SVG carries."""
        found = []
        for element in ElementTree.parse(self.path(name)).iter():
            if element.tag.endswith("}image"):
                data = element.get("{http://www.w3.org/1999/xlink}href")
                kind, coded = data.split(",", 1)
                self.assertEqual(kind, "data:image/png;base64")
                self.path("image.png").write_bytes(base64.b64decode(coded))
                found.append(self.pixels("image.png"))
                self.path("image.png").unlink()
        return found

    def draw(self, command, *arguments):
        """Draws both formats; the SVG's words. Nothing but the outputs is left behind."""
        before = set(self.snapshot())
        for plot in ["p.png", "p.svg"]:
            self.ok(command, *arguments, "-o", "y.npy", "--plot", plot)
        made = set(self.snapshot()) - before - {str(self.path(n)) for n in ["y.npy", "p.png", "p.svg"]}
        self.assertFalse([n for n in made if "/cache" not in n])
        self.assertEqual(self.ok("info", "p.png")["kind"], "picture")
        pixels = self.pixels("p.png")
        self.assertGreater(min(pixels.shape[:2]), 300)
        self.assertGreater(len(np.unique(pixels @ [1, 256, 65536])), 20)
        return self.words("p.svg")

    def has(self, words, *expected):
        for word in expected:
            self.assertIn(word, words)

    def sounds(self):
        call = np.hanning(400) * np.sin(np.arange(400) / 3)
        x = 0.01 * self.random.standard_normal(9600)
        x[5000:5400] += call
        self.wav("x.wav", x), self.wav("call.wav", call)

    def test_sound(self):
        self.sounds()
        words = self.draw("convolve", "x.wav", "call.wav")
        self.has(words, "Input", "x.wav, 48 kHz, 1 channel, 200 ms", "Impulse response", "call.wav",
                 "400 taps", "Output", "y.npy", "time (ms)", "delay (ms)", "amplitude (FS)",
                 "Input spectrogram", "Output spectrogram", "frequency (kHz)", "level (dBFS)")
        self.assertEqual(len(self.images("p.svg")), 2)

    def test_beside_standard_output(self):
        self.sounds()
        self.ok("convolve", "x.wav", "call.wav", "-o", "y.wav")
        done = subprocess.run([PROGRAM, "convolve", "-", "call.wav", "-o", "-", "--plot", "p.svg"],
                              input=self.path("x.wav").read_bytes(), cwd=self.folder,
                              capture_output=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        plain = subprocess.run([PROGRAM, "convolve", "-", "call.wav", "-o", "-"], cwd=self.folder,
                               input=self.path("x.wav").read_bytes(), capture_output=True)
        self.assertEqual(done.stdout, plain.stdout)
        self.has(self.words("p.svg"), "standard input", "standard output")
        with open("/dev/full", "wb") as full:
            done = subprocess.run([PROGRAM, "convolve", "x.wav", "call.wav", "-o", "-", "--plot",
                                   "q.svg"], cwd=self.folder, stdout=full, stderr=subprocess.PIPE)
        self.assertEqual(done.returncode, IO_ERROR, done.stderr)
        self.assertFalse([n for n in self.snapshot() if "q.svg" in n])

    def test_long_responses_are_drawn_in_decibels(self):
        self.sounds()
        self.wav("room.wav", np.exp(-np.arange(48000) / 5000))
        words = self.draw("convolve", "x.wav", "room.wav")
        self.has(words, "level (dB)", "delay (s)", "time (s)", "48000 taps")

    def test_the_spectrogram_shows_a_tone_at_its_frequency_and_level(self):
        time = np.arange(48000) / 48000
        self.wav("tone.wav", 0.1 * np.sin(2 * np.pi * 6000 * time))
        self.draw("convolve", "tone.wav", "box:1")
        before, after = self.images("p.svg")
        self.assertTrue(np.array_equal(before, after))
        light = before.astype(int).sum(axis=2).mean(axis=1)
        # Rows from half the rate at the top to 0; the lightest is at a quarter of that.
        self.assertAlmostEqual(1 - (np.argmax(light) + 0.5) / len(light), 6000 / 24000, delta=0.01)
        self.assertIn("-100 -80 -60 -40 -20 level (dBFS)", self.words("p.svg"))

    def test_channels(self):
        self.wav("two.wav", self.random.standard_normal((3000, 2)) * 0.1)
        self.wav("six.wav", self.random.standard_normal((3000, 6)) * 0.1)
        self.has(self.draw("convolve", "two.wav", "box:3"), "channel 1 (FS)", "channel 2 (FS)")
        self.has(self.draw("convolve", "six.wav", "box:3"), "6 channels", "drawn as their mean")

    def test_a_correlation_of_sound_is_marked_at_its_lag(self):
        self.sounds()
        words = self.draw("correlate", "x.wav", "call.wav")
        y = self.load("y.npy")
        lag = int(np.argmax(y)) - 399
        self.assertEqual(lag, 5000)
        self.has(words, "Template", "Correlation", "lag (ms)", "at lag 104.2 ms (5000 samples)")
        self.assertNotIn("spectrogram", words)
        words = self.draw("correlate", "x.wav", "call.wav", "--lags", "4000:5600", "--stride", "8")
        self.has(words, "at lag 104.2 ms (5000 samples)")

    def test_pieces_are_drawn_as_the_whole(self):
        # From a file whose length is known, and from a pipe that says none.
        x = (0.3 * self.random.standard_normal((100000, 2))).astype(np.float32)
        x[70000] = np.nan
        self.wav("x.wav", x, 8000), self.wav("h.wav", x[:3000, :1], 8000)
        headed = self.path("x.wav").read_bytes()
        endless = headed[:4] + b"\xff" * 4 + headed[8:52] + b"\xff" * 4 + headed[56:]
        for command in ["convolve", "correlate"]:
            self.ok(command, "x.wav", "h.wav", "-o", "y.wav", "--plot", "whole.svg")
            self.ok(command, "x.wav", "h.wav", "-o", "y.wav", "--plot", "file.svg", "--max-memory", "40M")
            for name, data in [("pipe.svg", headed), ("endless.svg", endless)]:
                done = subprocess.run([PROGRAM, command, "-", "h.wav", "-q", "-o", "y.wav", "--plot", name],
                                      cwd=self.folder, input=data, capture_output=True)
                self.assertEqual(done.returncode, 0, done.stderr)
            whole = self.words("whole.svg")
            self.assertEqual(self.words("file.svg"), whole)
            for name in ["pipe.svg", "endless.svg"]:
                self.assertEqual(self.words(name).replace("standard input", "x.wav"), whole)
            for name in ["file.svg", "endless.svg"]:
                for due, drawn in zip(self.images("whole.svg"), self.images(name), strict=True):
                    off = np.abs(due.astype(int) - drawn)
                    self.assertLess((off > 2).mean(), 1e-3)  # of sums that round another way

    def test_odd_sounds(self):
        self.wav("one.wav", [0.5]), self.wav("silent.wav", np.zeros(500))
        self.wav("nan.wav", np.full(500, np.nan)), self.wav("inf.wav", [0, np.inf, 1, -np.inf])
        for name in ["one.wav", "silent.wav", "nan.wav", "inf.wav"]:
            for command in ["convolve", "correlate"]:
                self.draw(command, name, "box:2")

    def test_pictures(self):
        photo = self.random.integers(0, 256, (60, 90, 3)).astype(np.uint8)
        self.png("photo.png", photo)
        words = self.draw("convolve", "photo.png", "gaussian:2")
        self.has(words, "Input", "photo.png 90 wide, 60 high", "Kernel", "tap",
                 "gaussian:2 17 wide, 17 high", "Output", "y.npy 90 wide, 60 high",
                 "column (pixels)", "row (pixels)")
        before, kernel, after = self.images("p.svg")
        # Each pixel is repeated as often along either axis.
        step = before.shape[0] // 60
        self.assertTrue(np.array_equal(before[step // 2::step, step // 2::before.shape[1] // 90],
                                       photo))
        self.assertLess(after.std(), before.std() / 2)
        middle = kernel[kernel.shape[0] // 2, kernel.shape[1] // 2]
        self.assertEqual(list(kernel[0, 0]), [255, 255, 255])
        self.assertLess(int(middle[1]), 20)

    def test_edges_have_a_scale_of_both_signs(self):
        x = np.zeros((50, 70), np.uint16)
        x[:, 35:] = 1000
        self.png("step.png", x)
        words = self.draw("convolve", "step.png", "--kernel", "1 0 -1")
        self.has(words, "1 0 -1 3 wide, 1 high", "white is 1000")
        x[:, 50:] = 0
        self.png("bar.png", x)
        words = self.draw("convolve", "bar.png", "--kernel", "1 0 -1")
        self.has(words, "-1000 -500 0 500 1000", "value")
        edges = self.images("p.svg")[2].reshape(-1, 3).astype(int)
        red, blue = edges[:, 0] - edges[:, 2] > 60, edges[:, 2] - edges[:, 0] > 60
        self.assertTrue(red.any() and blue.any())
        self.assertEqual((edges == 255).all(axis=1).mean(), 1 - red.mean() - blue.mean())

    def test_one_large_edge_does_not_leave_the_others_pale(self):
        x = np.full((60, 60), 1000, np.uint16)
        x[:, 30:] = 1400
        x[3, 3] = 60000
        self.png("spot.png", x)
        words = self.draw("convolve", "spot.png", "--kernel", "1 0 -1")
        self.has(words, "full colour from 400 on")
        edges = self.images("p.svg")[2].astype(int)
        self.assertGreater(np.abs(edges[40, :, 0] - edges[40, :, 2]).max(), 40)

    def test_large_pictures_are_reduced(self):
        self.png("large.png", (np.indices((900, 2000)).sum(axis=0) % 256).astype(np.uint8))
        self.draw("convolve", "large.png", "box:3")
        for image in self.images("p.svg"):
            self.assertLessEqual(max(image.shape[:2]), 400)
        self.assertLess(self.path("p.svg").stat().st_size, 500_000)

    def test_a_score_is_marked_at_its_best_position(self):
        scene = self.random.integers(0, 20, (80, 120)).astype(np.uint8)
        scene[30:40, 70:85] = 200
        self.png("scene.png", scene), self.png("patch.png", scene[28:42, 68:87])
        words = self.draw("correlate", "scene.png", "patch.png", "--extent", "valid")
        row, column = np.unravel_index(np.argmax(self.load("y.npy")), (67, 102))
        self.assertEqual((row, column), (28, 68))
        self.has(words, "at row 28, column 68, lag (28, 68)", "row 28, column 68",
                 "the template at its best position")
        words = self.draw("correlate", "scene.png", "patch.png")
        row, column = np.unravel_index(np.argmax(self.load("y.npy")), scene.shape)
        self.has(words, f"at row {row}, column {column}, lag (28, 68)")

    def test_arrays_of_one_axis(self):
        self.npy("x.npy", self.random.standard_normal(300))
        words = self.draw("convolve", "x.npy", "exp:5")
        self.has(words, "x.npy [300] f64", "index (samples)", "delay (samples)", "exp:5")
        self.npy("t.npy", self.load("x.npy")[120:160])
        words = self.draw("correlate", "x.npy", "t.npy", "--dt", "0.5")
        self.has(words, "lag (as --dt)", "at lag 60 (as --dt)", "time (as --dt)")
        self.npy("five.npy", np.array([0, 0, 5, 0]))  # as docs/conventions.md says
        self.has(self.draw("correlate", "five.npy", "--kernel", "1"), "largest 5 at lag 2 samples")
        self.npy("c.npy", np.exp(1j * np.arange(50)))
        self.has(self.draw("convolve", "c.npy", "exp:5"), "real part imaginary part")

    def test_arrays_of_two_axes(self):
        self.npy("m.npy", self.random.standard_normal((30, 40)))
        words = self.draw("convolve", "m.npy", "gaussian:1")
        self.has(words, "[30 x 40] f64", "axis 0 (index)", "axis 1 (index)", "value", "tap")
        self.npy("t.npy", self.load("m.npy")[11:20, 7:19])
        self.has(self.draw("correlate", "m.npy", "t.npy"), "lag (11, 7)")
        for array in [np.full((4, 4), np.nan), np.zeros((1, 1)), np.ones((2, 5000), np.int32),
                      np.arange(12.0).reshape(3, 4) * 1e300, np.full((3, 3), 1j)]:
            self.npy("odd.npy", array)
            self.draw("convolve", "odd.npy", "box:2")
            self.draw("correlate", "odd.npy", "box:2")

    def test_other_arrays_are_refused(self):
        self.npy("x.npy", np.ones((3, 3, 3))), self.npy("v.npy", np.ones(5))
        self.npy("m.npy", np.ones((2, 2)))
        self.refused(USAGE, "draws arrays of one axis or two, not x.npy of shape [3,3,3]",
                     "convolve", "x.npy", "box:3", "-o", "y.npy", "--plot", "p.svg")
        self.refused(USAGE, "of as many axes", "convolve", "v.npy", "m.npy", "-o", "y.npy", "--plot",
                     "p.svg")

    def test_names_are_never_run_and_fit(self):
        evil = "a'; system('touch pwned'); `touch pwned` {_^x} @_%d " + 30 * "long" + ".wav"
        self.wav(evil, np.ones(100))
        self.wav("x_1^2_{a}.wav", np.ones(3))
        words = self.draw("convolve", evil, "x_1^2_{a}.wav")
        self.assertFalse(self.path("pwned").exists())
        self.has(words, "a'; system('touch p…", "long.wav", "x_1^2_{a}.wav")
        self.assertNotIn(20 * "long", words)
        picture = evil.replace(".wav", ".png")
        self.png(picture, np.ones((5, 5), np.uint8))
        self.has(self.draw("convolve", picture, "box:3"), "a'; system(")

    def test_a_failure_leaves_everything_as_it_was(self):
        self.wav("x.wav", np.ones(40)), self.png("x.png", np.ones((5, 5), np.uint8))
        self.npy("x.npy", np.ones(40)), self.npy("m.npy", np.ones((4, 4)))
        self.path("p.svg").write_text("old"), self.path("y.npy").write_text("old too")
        for name in ["x.wav", "x.png", "x.npy", "m.npy"]:
            self.refused(UNAVAILABLE, ["gnuplot", "gnuplot-nox"], "convolve", name, "box:3", "-o",
                         "y.npy", "--plot", "p.svg", environment={"PATH": "/nowhere"})
            self.refused(USAGE, "neither .svg nor .png", "convolve", name, "box:3", "-o", "y.npy",
                         "--plot", "p.pdf")
        self.refused(DATA, "", "convolve", "x.wav", "x.png", "-o", "y.npy", "--plot", "p.svg")


if __name__ == "__main__":
    unittest.main()
