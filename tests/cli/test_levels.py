# SPDX-FileCopyrightText: 2026 The Faltung authors
# SPDX-License-Identifier: Apache-2.0
"""Sound: true stereo, the dry signal beside the wet one, gains of the output; whole and in pieces."""

import os
import subprocess
import unittest

import numpy as np
from scipy import signal

from support import DATA, PROGRAM, USAGE, ProgramTest


class SoundTest(ProgramTest):
    def sound(self, frames, channels=1, scale=0.1):
        return (scale * self.random.standard_normal((frames, channels))).astype(np.float32)

    def exact(self, x, h):
        return signal.fftconvolve(x.astype(np.float64), h.astype(np.float64), axes=0)

    def through_pipes(self, name, *arguments):
        """The same in pieces: what comes out as float32, [frames, 2]."""
        done = subprocess.run([PROGRAM, "convolve", "-", *arguments, "-o", "-", "--format", "raw"],
                              cwd=self.folder, input=self.path(name).read_bytes(), timeout=120,
                              capture_output=True, env={**os.environ, "XDG_CACHE_HOME": "/nowhere"})
        self.assertEqual(done.returncode, 0, done.stderr)
        return np.frombuffer(done.stdout, np.float32).reshape(-1, 2)


class TrueStereo(SoundTest):
    def expected(self, x, h):
        ll, lr, rl, rr = (h[:, [i]] for i in range(4))
        left, right = x[:, [0]], x[:, [1]]
        return np.hstack([self.exact(left, ll) + self.exact(right, rl),
                          self.exact(left, lr) + self.exact(right, rr)])

    def test_four_channels_for_two(self):
        x, h = self.sound(30000, 2), self.sound(2000, 4)
        self.wav("x.wav", x), self.wav("h.wav", h), self.npy("h.npy", h)
        expected = self.expected(x, h)
        for kernel in ["h.wav", "h.npy"]:
            said = self.ok("convolve", "x.wav", kernel, "-o", "y.wav", "--report-error")
            self.assertEqual(said["kernel"]["shape"], [2000, 2, 2])
            self.assertEqual(said["output"]["shape"], [31999, 2])
            self.assertEqual(said["clipped"]["samples"], 2 * 31999)
            self.within_bound(self.read_wav("y.wav")[1], expected, said["error_bound"])
            self.assertLess(said["error_bound"]["maximum"], 1e-2)
        self.assertLess(np.abs(self.through_pipes("x.wav", "h.wav") - expected).max(), 1e-5)

    def test_the_order_of_the_channels_is_from_to(self):
        x = np.zeros((8, 2), np.float32)
        x[0] = 1, 10
        self.wav("x.wav", x), self.wav("h.wav", np.array([[1, 2, 3, 4]], np.float32))
        self.ok("convolve", "x.wav", "h.wav", "-o", "y.wav")
        np.testing.assert_array_equal(self.read_wav("y.wav")[1][0], [1 + 30, 2 + 40])
        np.testing.assert_array_equal(self.through_pipes("x.wav", "h.wav")[0], [31, 42])

    def test_extents_scales_and_pieces(self):
        x, h = self.sound(9000, 2), 1 + self.sound(300, 4)
        self.wav("x.wav", x), self.wav("h.wav", h)
        scaled = self.expected(x, h / h.sum(axis=0))
        for extent, part in [("full", slice(None)), ("causal", slice(9000)),
                             ("same", slice(149, 9149)), ("valid", slice(299, 9000))]:
            arguments = ["h.wav", "--extent", extent, "--kernel-scale", "sum", "--gain", "0.5"]
            self.ok("convolve", "x.wav", *arguments, "-o", "y.npy")
            np.testing.assert_allclose(self.load("y.npy"), 0.5 * scaled[part], atol=1e-6)
            np.testing.assert_allclose(self.through_pipes("x.wav", *arguments),
                                       0.5 * scaled[part], atol=1e-6)

    def test_four_by_four_and_one_by_four_stay_channel_by_channel(self):
        h = self.sound(20, 4)
        self.wav("h.wav", h)
        for channels in [1, 4]:
            x = self.sound(100, channels)
            self.wav("x.wav", x)
            self.ok("convolve", "x.wav", "h.wav", "-o", "y.npy")
            np.testing.assert_allclose(self.load("y.npy"), self.exact(x * np.ones((1, 4)), h),
                                       atol=1e-6)

    def test_what_is_no_true_stereo(self):
        self.wav("x.wav", self.sound(50, 2)), self.wav("h.wav", self.sound(5, 4))
        self.wav("three.wav", self.sound(50, 3))
        self.refused(DATA, ["h.wav has 4 channels, x.wav has 2", "true stereo"],
                     "correlate", "x.wav", "h.wav", "-o", "y.wav")
        self.refused(DATA, "h.wav has 4 channels, three.wav has 3",
                     "convolve", "three.wav", "h.wav", "-o", "y.wav")

    def test_dry_run_says_the_stored_shape(self):
        self.wav("x.wav", self.sound(50, 2)), self.wav("h.wav", self.sound(5, 4))
        said = self.ok("convolve", "x.wav", "h.wav", "-o", "y.wav", "-n")
        self.assertEqual(said["output"]["shape"], [54, 2])


class WetAndDry(SoundTest):
    def test_both_in_time(self):
        x, h = self.sound(20000, 2), self.sound(1001, 2)
        self.wav("x.wav", x), self.wav("h.wav", h)
        wet, dry = 10 ** (-3 / 20), 0.25
        taps = wet * h.astype(float)
        taps[0] += dry
        full = self.exact(x, taps.astype(np.float32))
        for extent, part in [("full", slice(None)), ("causal", slice(20000)),
                             ("same", slice(500, 20500)), ("valid", slice(1000, 20000))]:
            arguments = ["h.wav", "--wet", "-3dB", "--dry", "0.25", "--extent", extent]
            said = self.ok("convolve", "x.wav", *arguments, "-o", "y.wav", "--report-error")
            self.within_bound(self.read_wav("y.wav")[1], full[part], said["error_bound"])
            np.testing.assert_allclose(self.through_pipes("x.wav", *arguments), full[part],
                                       atol=2e-6)

    def test_the_dry_part_alone_is_the_input(self):
        x = self.sound(3000, 2)
        self.wav("x.wav", x), self.wav("h.wav", self.sound(100, 2)), self.wav("h4.wav", self.sound(9, 4))
        for kernel in ["h.wav", "h4.wav", "exp:0.001"]:
            self.ok("convolve", "x.wav", kernel, "-o", "y.npy", "--wet", "0", "--dry", "1",
                    "--extent", "causal")
            np.testing.assert_array_equal(self.load("y.npy"), x)

    def test_with_a_gain_a_stride_and_an_output_gain(self):
        x, h = self.sound(2000)[:, 0], self.sound(50)[:, 0]
        self.wav("x.wav", x), self.wav("h.wav", h)
        full = 0.5 * np.convolve(x.astype(float), h)
        full[:2000] += 2 * x
        self.ok("convolve", "x.wav", "h.wav", "-o", "y.npy", "--gain", "0.5", "--dry", "2",
                "--output-gain", "-20dB", "--stride", "3")
        np.testing.assert_allclose(self.load("y.npy"), 0.1 * full[::3], atol=1e-6)

    def test_a_named_kernel_has_the_input_at_its_centre(self):
        x = self.sound(500)[:, 0]
        self.wav("x.wav", x)
        self.ok("convolve", "x.wav", "gaussian:3", "-o", "y.npy", "--wet", "-1", "--dry", "1",
                "--extent", "same")
        self.ok("convolve", "x.wav", "--kernel", "[1] - gaussian:3", "-o", "z.npy", "--extent", "same")
        np.testing.assert_allclose(self.load("y.npy"), self.load("z.npy"), atol=1e-7)

    def test_refusals(self):
        self.wav("x.wav", self.sound(50)), self.png("x.png", np.zeros((4, 4), np.uint8))
        self.npy("x.npy", np.ones(5)), self.csv("x.csv", "v\n1\n2\n")
        run = ["convolve", "x.wav", "exp:1", "-o", "y.wav"]
        self.refused(USAGE, ["--gain and --wet contradict"], *run, "--gain", "1", "--wet", "1")
        self.refused(USAGE, ["--dry takes a factor", "-6dB", "'loud'"], *run, "--dry", "loud")
        self.refused(USAGE, ["--wet goes with convolve"], "correlate", "x.wav", "exp:1", "-o",
                     "y.wav", "--wet", "1")
        for option in [["--wet", "1"], ["--dry", "1"], ["--output-gain", "peak"], ["--resample"]]:
            for kind in ["png", "npy", "csv"]:
                self.refused(USAGE, [f"{option[0]} has no meaning"], "convolve", "x." + kind,
                             "--kernel", "1", "-o", "y." + kind, *option)


class OutputGain(SoundTest):
    def test_peak_at_full_scale(self):
        x, h = self.sound(20000, 2), self.sound(700, 2)
        self.wav("x.wav", x), self.wav("h.wav", h)
        exact = self.exact(x, h)
        self.ok("convolve", "x.wav", "h.wav", "-o", "as_it_is.wav")
        peak = np.abs(self.read_wav("as_it_is.wav")[1]).max().astype(float)
        for level, text in [(1, "peak"), (10 ** -0.05, "peak:-1dB"), (0.25, "peak:0.25")]:
            said = self.ok("convolve", "x.wav", "h.wav", "-o", "y.wav", "--output-gain", text,
                           "--report-error")
            y = self.read_wav("y.wav")[1]
            self.assertAlmostEqual(float(np.abs(y).max()), level, delta=1e-7)
            self.assertLessEqual(float(np.abs(y).max()), 1)
            self.within_bound(y, exact * (float(np.abs(y).max()) / peak), said["error_bound"])
            self.assertIn("so that the peak", said["hints"][0])
            piped = self.through_pipes("x.wav", "h.wav", "--output-gain", text)
            self.assertAlmostEqual(float(np.abs(piped).max()), level, delta=1e-7)
            np.testing.assert_allclose(piped, y, atol=1e-5)

    def test_no_encoding_clips(self):
        x = self.sound(5000)
        self.wav("x.wav", x)
        for bits, steps in [("8", 2 ** 7), ("16", 2 ** 15), ("24", 2 ** 23), ("pcm32", 2 ** 31)]:
            said = self.ok("convolve", "x.wav", "--kernel", "-7 1", "-o", "y.wav", "--bits", bits,
                           "--output-gain", "peak")
            self.assertEqual(said["clipped"]["count"], 0)
            self.assertEqual(len(said["hints"]), 1)
            self.ok("convolve", "y.wav", "--kernel", "1", "-o", "z.npy")
            top = float(np.abs(self.load("z.npy").astype(float)).max())
            self.assertAlmostEqual(top, 1 - 1 / steps, delta=1.1 * 2.0 ** -24)

    def test_silence_and_what_is_not_finite(self):
        self.wav("x.wav", np.zeros(50))
        said = self.ok("convolve", "x.wav", "--kernel", "1", "-o", "y.wav", "--output-gain", "peak")
        self.assertIn("all samples are 0", said["hints"][0])
        self.wav("x.wav", np.array([0.25, np.nan, np.inf, -0.5], np.float32))
        self.ok("convolve", "x.wav", "--kernel", "1", "-o", "y.wav", "--output-gain", "peak")
        np.testing.assert_array_equal(self.read_wav("y.wav")[1], [0.5, np.nan, np.inf, -1])

    def test_a_plain_gain(self):
        x = self.sound(50)[:, 0]
        self.wav("x.wav", x)
        for text, factor in [("-6dB", 10 ** -0.3), ("0.5", 0.5), ("+3 dB", 10 ** 0.15)]:
            self.ok("convolve", "x.wav", "--kernel", "1", "-o", "y.npy", "--output-gain", text)
            np.testing.assert_allclose(self.load("y.npy"), factor * x, rtol=1e-6)
        self.ok("correlate", "x.wav", "--kernel", "1", "-o", "y.npy", "--output-gain", "peak")
        np.testing.assert_allclose(self.load("y.npy"), x / np.abs(x).max(), rtol=1e-6)

    def test_long_files_leave_no_temporary_file(self):
        x = self.sound(1200000, 2)
        self.wav("x.wav", x), self.wav("h.wav", self.sound(1000, 2))
        done = self.run_program("convolve", "x.wav", "h.wav", "-o", "y.wav", "--output-gain",
                                "peak:-3dB", "--bits", "16", "-v")
        self.assertIn("the output lay in a temporary file", done.stderr)
        self.assertEqual(sorted(os.listdir(self.folder)), ["h.wav", "x.wav", "y.wav"])
        y = self.read_wav("y.wav")[1].astype(float)
        self.assertAlmostEqual(np.abs(y).max() / 32768, 10 ** -0.15, delta=2e-5)

    def test_refusals(self):
        self.wav("x.wav", self.sound(50))
        for text in ["loud", "peak:", "peak:3dB", "peak:0", "peak:-0.5", ""]:
            self.refused(USAGE, ["--output-gain", "peak:-1dB"], "convolve", "x.wav", "exp:1", "-o",
                         "y.wav", "--output-gain", text)


class Resampling(SoundTest):
    def setUp(self):
        super().setUp()
        self.wav("x.wav", self.sound(500)), self.wav("other.wav", self.sound(50), 44100)
        done = self.run_program("convolve", "x.wav", "other.wav", "-o", "y.wav", "--resample")
        if "without libsamplerate" in done.stderr:
            self.skipTest("built without libsamplerate")

    def response(self, rate, channels=2):
        """A band-limited response, in samples of h(t) times the step of time."""
        t = np.arange(int(0.02 * rate)) / rate - 0.01
        pulse = np.exp(-0.5 * (t / 0.0012) ** 2)[:, None]
        return pulse * np.cos(2 * np.pi * t[:, None] * (700 + 900 * np.arange(channels))) / rate

    def test_the_response_in_continuous_time_stays(self):
        x = np.zeros((10, 2), np.float32)
        x[0] = 1
        for old, new in [(44100, 48000), (48000, 44100), (96000, 48000), (8000, 11025)]:
            self.wav("h.wav", self.response(old).astype(np.float32), old), self.wav("x.wav", x, new)
            expected = self.response(new)
            for arguments, factor in [([], 1), (["--kernel-scale", "area"], 1 / old)]:
                said = self.ok("convolve", "x.wav", "h.wav", "-o", "y.npy", "--resample", *arguments)
                y = self.load("y.npy")[:len(expected)]
                # As h(t) itself times the step of time: what was read was h(t) / old.
                target = expected if factor == 1 else expected * new / old / new
                error = np.abs(y - target).max() / np.abs(target).max()
                self.assertLess(error, 2e-5, (old, new, arguments))
                self.assertIn(f"resampled from {old} to {new} Hz", said["hints"][0])
                self.assertNotIn("cut off", said["hints"][0])

    def test_frequency_response_and_pieces(self):
        h = self.response(44100)
        x = self.sound(30000, 2)
        self.wav("h.wav", h.astype(np.float32), 44100), self.wav("x.wav", x)
        self.ok("convolve", "x.wav", "h.wav", "-o", "y.npy", "--resample")
        exact = self.exact(x, self.response(48000))
        np.testing.assert_allclose(self.load("y.npy")[:len(exact)], exact,
                                   atol=2e-5 * np.abs(exact).max())
        np.testing.assert_allclose(self.through_pipes("x.wav", "h.wav", "--resample")[:len(exact)],
                                   exact, atol=2e-5 * np.abs(exact).max())

    def test_what_is_cut_off_is_said(self):
        self.wav("h.wav", np.array([1, 0, 0, 0], np.float32), 44100)
        said = self.ok("convolve", "x.wav", "h.wav", "-o", "y.wav", "--resample")
        self.assertIn("rang before the first tap", said["hints"][0])
        self.assertEqual(said["kernel"]["shape"], [5, 1])

    def test_refusals(self):
        run = ["convolve", "x.wav", "other.wav", "-o", "z.wav"]
        self.refused(DATA, ["--resample brings the kernel to the input's rate"], *run)
        self.wav("slow.wav", self.sound(50), 100), self.npy("h.npy", np.ones(3))
        self.refused(DATA, ["slow.wav is at 100 Hz", "256 times"], "convolve", "x.wav", "slow.wav",
                     "-o", "z.wav", "--resample")
        self.wav("nan.wav", np.array([1, np.nan], np.float32), 44100)
        self.refused(DATA, "not finite", "convolve", "x.wav", "nan.wav", "-o", "z.wav", "--resample")
        for kernel in [["exp:1"], ["--kernel", "1 2"], ["h.npy"]]:
            self.refused(USAGE, "has no sample rate", "convolve", "x.wav", *kernel, "-o", "z.wav",
                         "--resample")
        self.ok("convolve", "x.wav", "x.wav", "-o", "y.wav", "--resample")


if __name__ == "__main__":
    unittest.main()
