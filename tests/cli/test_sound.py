# SPDX-FileCopyrightText: 2026 The Faltung authors
# SPDX-License-Identifier: Apache-2.0
"""Sound: agreement with SciPy, channels, rates, encodings, clipping."""

import struct
import unittest

import numpy as np
from scipy import signal

from support import DATA, USAGE, ProgramTest


class Sound(ProgramTest):
    def sound(self, frames, channels=1, scale=0.1):
        return (scale * self.random.standard_normal((frames, channels))).astype(np.float32)

    def exact(self, x, h):
        return signal.fftconvolve(x.astype(np.float64), h.astype(np.float64), axes=0)

    def test_convolve_agrees_with_scipy_within_the_stated_bound(self):
        for frames, taps in [(20000, 3000), (4000, 5), (300, 4000), (1, 1)]:
            x, h = self.sound(frames), self.sound(taps)
            self.wav("x.wav", x), self.wav("h.wav", h)
            said = self.ok("convolve", "x.wav", "h.wav", "-o", "y.wav", "--report-error")
            rate, y = self.read_wav("y.wav")
            self.assertEqual((rate, y.dtype, y.shape), (48000, np.float32, (frames + taps - 1,)))
            self.within_bound(y, self.exact(x, h)[:, 0], said["error_bound"])

    def test_every_method_agrees(self):
        x, h = self.sound(5000), self.sound(700)
        self.wav("x.wav", x), self.wav("h.wav", h)
        for method in ["direct", "fft_single", "overlap_save"]:
            said = self.ok("convolve", "x.wav", "h.wav", "-o", "y.npy", "--report-error",
                           "--method", method)
            self.assertEqual(said["method"], method)
            self.within_bound(self.load("y.npy"), self.exact(x, h)[:, 0], said["error_bound"])

    def test_correlate_agrees_with_scipy(self):
        x, h = self.sound(3000)[:, 0], self.sound(500)[:, 0]
        self.wav("x.wav", x), self.wav("h.wav", h)
        for extent in ["full", "valid"]:
            said = self.ok("correlate", "x.wav", "h.wav", "-o", "y.npy", "--extent", extent,
                           "--report-error")
            exact = signal.correlate(x.astype(float), h.astype(float), extent)
            self.within_bound(self.load("y.npy"), exact, said["error_bound"])
        said = self.ok("correlate", "x.wav", "h.wav", "-o", "y.npy", "--lags", "-3:4",
                       "--report-error")
        full = signal.correlate(x.astype(float), h.astype(float))
        self.assertEqual(said["output"]["zero_lag_index"], [3])
        self.within_bound(self.load("y.npy"), full[499 - 3:499 + 5], said["error_bound"])

    def test_correlate_same_is_centred_as_the_conventions_say(self):
        x, h = self.sound(100)[:, 0], self.sound(8)[:, 0]
        self.wav("x.wav", x), self.wav("h.wav", h)
        said = self.ok("correlate", "x.wav", "h.wav", "-o", "y.npy", "--extent", "same",
                       "--report-error")
        full = signal.correlate(x.astype(float), h.astype(float))
        self.within_bound(self.load("y.npy"), full[3:103], said["error_bound"])
        self.assertEqual(said["output"]["zero_lag_index"], [7 - 3])

    def test_channels(self):
        for x_channels, h_channels in [(2, 1), (1, 2), (2, 2), (6, 1), (3, 3)]:
            x, h = self.sound(800, x_channels), self.sound(60, h_channels)
            self.wav("x.wav", x), self.wav("h.wav", h)
            said = self.ok("convolve", "x.wav", "h.wav", "-o", "y.wav", "--report-error")
            _, y = self.read_wav("y.wav")
            self.assertEqual(y.shape, (859, max(x_channels, h_channels)))
            for c in range(y.shape[1]):
                exact = self.exact(x[:, [c % x_channels]], h[:, [c % h_channels]])
                self.within_bound(y[:, [c]], exact, said["error_bound"])

    def test_channels_that_do_not_fit_are_refused(self):
        self.wav("x.wav", self.sound(100, 2)), self.wav("h.wav", self.sound(10, 3))
        self.refused(DATA, ["h.wav has 3 channels, x.wav has 2", "mono"],
                     "convolve", "x.wav", "h.wav", "-o", "y.wav")

    def test_rates_that_differ_are_refused_with_the_fix(self):
        self.wav("speech.wav", self.sound(100), 48000), self.wav("room.wav", self.sound(9), 44100)
        self.refused(DATA, ["room.wav is at 44100 Hz, speech.wav at 48000 Hz",
                            "sox room.wav -r 48000 room-48000.wav"],
                     "convolve", "speech.wav", "room.wav", "-o", "y.wav")

    def test_double_precision_is_kept(self):
        x, h = self.random.standard_normal(500), self.random.standard_normal(40)
        self.wav("x.wav", x, bits=64), self.wav("h.wav", h, bits=64)
        said = self.ok("convolve", "x.wav", "h.wav", "-o", "y.wav", "--bits", "float64",
                       "--report-error")
        _, y = self.read_wav("y.wav")
        self.assertEqual(y.dtype, np.float64)
        exact = np.convolve(x.astype(np.longdouble), h.astype(np.longdouble))
        self.within_bound(y, exact, said["error_bound"])
        self.assertLess(said["error_bound"]["maximum"], 1e-10)

    def test_encodings(self):
        self.wav("x.wav", self.sound(1000))
        for name, dtype, step in [("pcm16", np.int16, 2.0 ** -15), ("24", np.int32, 2.0 ** -23),
                                  ("pcm32", np.int32, 2.0 ** -31), ("float64", np.float64, 0)]:
            said = self.ok("convolve", "x.wav", "--kernel", "1", "-o", "y.wav", "--bits", name)
            _, y = self.read_wav("y.wav")
            self.assertEqual(y.dtype, dtype, name)
            scale = {np.int16: 2.0 ** -15, np.int32: 2.0 ** -31}.get(dtype, 1.0)
            _, x = self.read_wav("x.wav")
            self.assertLessEqual(np.abs(y * scale - x).max(), step / 2 + 1e-9, said)
        self.refused(USAGE, ["pcm32, float32, float64"], "convolve", "x.wav", "--kernel", "1", "-o",
                     "y2.wav", "--bits", "32")
        self.refused(USAGE, ["FLAC does not hold float32", "pcm24"], "convolve", "x.wav",
                     "--kernel", "1", "-o", "y2.flac", "--bits", "float32")

    def test_flac_both_ways(self):
        x = self.sound(1000)
        self.wav("x.wav", x)
        said = self.ok("convolve", "x.wav", "--kernel", "1", "-o", "y.flac")
        self.assertEqual(said["output"]["encoding"], "pcm24")
        self.ok("convolve", "y.flac", "--kernel", "1", "-o", "z.npy")
        self.assertLessEqual(np.abs(self.load("z.npy") - x[:, 0]).max(), 2.0 ** -24 * 1.001)

    def test_clipping_is_reported_and_never_wraps(self):
        x = np.array([30000, -30000, 100, 20000], np.int16)
        self.wav("x.wav", x, bits=16)
        done = self.run_program("convolve", "x.wav", "--kernel", "2", "-o", "y.wav", "--bits", "16")
        self.assertEqual(done.returncode, 0)
        self.assertIn("3 of 4 samples (75 %) were clipped", done.stderr)
        self.assertIn("--gain -5.3dB", done.stderr)
        np.testing.assert_array_equal(self.read_wav("y.wav")[1], [32767, -32768, 200, 32767])
        said = self.ok("convolve", "x.wav", "--kernel", "2", "-o", "y.wav", "--bits", "16",
                       "--gain", "-5.3dB")
        self.assertEqual(said["clipped"], {"count": 0, "samples": 4})
        done = self.run_program("convolve", "x.wav", "--kernel", "2", "-o", "y.wav")
        self.assertIn("players clip it", done.stderr)

    def test_gain(self):
        x = self.sound(50)
        self.wav("x.wav", x)
        for gain, factor in [("0.5", 0.5), ("-6dB", 10 ** (-6 / 20)), ("+3 dB", 10 ** (3 / 20)),
                             ("-1", -1.0), ("0", 0.0)]:
            self.ok("convolve", "x.wav", "--kernel", "1", "-o", "y.npy", "--gain", gain)
            np.testing.assert_allclose(self.load("y.npy"), x[:, 0] * factor, rtol=1e-6)
        self.refused(USAGE, ["--gain", "-6dB"], "convolve", "x.wav", "--kernel", "1", "-o", "y.npy",
                     "--gain", "loud")

    def test_kernel_scale(self):
        x = self.sound(50)
        self.wav("x.wav", x, 1000)
        self.ok("convolve", "x.wav", "--kernel", "1 2 5", "-o", "y.npy", "--kernel-scale", "sum")
        expected = np.convolve(x[:, 0], np.array([1, 2, 5]) / 8)
        np.testing.assert_allclose(self.load("y.npy"), expected, atol=1e-7)
        self.ok("convolve", "x.wav", "--kernel", "1 2 5", "-o", "y.npy", "--kernel-scale", "area")
        np.testing.assert_allclose(self.load("y.npy"), np.convolve(x[:, 0], [1, 2, 5]) / 1000,
                                   atol=1e-9)
        self.refused(USAGE, "exp:1 has its own scale", "convolve", "x.wav", "exp:1", "-o", "z.npy",
                     "--kernel-scale", "area")
        self.refused(DATA, "sum to 0", "convolve", "x.wav", "--kernel", "1 -1", "-o", "z.npy",
                     "--kernel-scale", "sum")

    def test_named_kernels_take_seconds(self):
        x = np.zeros(400, np.float32)
        x[0] = 1
        self.wav("x.wav", x, 1000)
        self.ok("convolve", "x.wav", "exp:0.05", "-o", "y.npy", "--extent", "causal")
        t = np.arange(400) / 1000
        np.testing.assert_allclose(self.load("y.npy"), (1 - np.exp(-0.02)) * np.exp(-t / 0.05),
                                   rtol=2e-6, atol=1e-8)

    def test_npy_kernels(self):
        x = self.sound(100, 2)
        self.wav("x.wav", x)
        h = self.random.standard_normal((5, 2))
        self.npy("one.npy", h[:, 0]), self.npy("two.npy", h), self.npy("bad.npy", h[None])
        self.npy("complex.npy", h[:, 0] * 1j)
        self.ok("convolve", "x.wav", "one.npy", "-o", "y.npy")
        np.testing.assert_allclose(self.load("y.npy"), self.exact(x, h[:, :1]), atol=1e-6)
        self.ok("convolve", "x.wav", "two.npy", "-o", "y.npy")
        np.testing.assert_allclose(self.load("y.npy"), self.exact(x, h), atol=1e-6)
        for name in ["bad.npy", "complex.npy"]:
            self.refused(DATA, ["cannot meet sound input", "[K, channels]"],
                         "convolve", "x.wav", name, "-o", "z.npy")

    def test_stride_changes_the_rate(self):
        x = self.sound(96)
        self.wav("x.wav", x, 48000)
        self.ok("convolve", "x.wav", "--kernel", "1", "-o", "y.wav", "--stride", "4")
        rate, y = self.read_wav("y.wav")
        self.assertEqual(rate, 12000)
        np.testing.assert_array_equal(y, x[::4, 0])
        self.refused(DATA, ["--stride 7", "whole rates"], "convolve", "x.wav", "--kernel", "1",
                     "-o", "z.wav", "--stride", "7")

    def test_boundary_window_origin_dilation(self):
        x = self.sound(40)[:, 0]
        self.wav("x.wav", x)
        run = ["convolve", "x.wav", "--kernel", "1 2 4", "-o", "y.npy"]
        self.ok(*run, "--boundary", "wrap", "--extent", "causal")
        expected = x + 2 * np.roll(x, 1) + 4 * np.roll(x, 2)
        np.testing.assert_allclose(self.load("y.npy"), expected, atol=1e-6)
        full = np.convolve(x, [1, 0, 0, 2, 0, 0, 4])
        self.ok(*run, "--window", "-2:5", "--dilation", "3")
        np.testing.assert_allclose(self.load("y.npy"), np.r_[0, 0, full[:5]], atol=1e-6)
        self.ok(*run, "--extent", "same", "--origin", "6", "--dilation", "3")
        np.testing.assert_allclose(self.load("y.npy"), full[6:46], atol=1e-6)
        self.ok(*run, "--cval", "2")
        self.assertAlmostEqual(float(self.load("y.npy")[0]), x[0] + 12, places=5)


class WhatFilesCannotHold(ProgramTest):
    def float64(self, name, samples):
        """A WAV of float64 samples."""
        data = np.asarray(samples, "<f8").tobytes()
        header = struct.pack("<4sI4s4sIHHIIHH4sI", b"RIFF", 36 + len(data), b"WAVE", b"fmt ", 16,
                             3, 1, 8000, 64000, 8, 64, b"data", len(data))
        self.path(name).write_bytes(header + data)

    def test_values_beyond_float32_are_said(self):
        self.float64("big.wav", [1e300, -1e300, 0.5])
        said = self.ok("convolve", "big.wav", "--kernel", "1 .5", "-o", "y.wav")
        self.assertIn("--bits float64", said["hints"][0])
        self.assertNotIn("holds it", said["hints"][0])
        self.assertEqual(said["clipped"]["count"], 3)
        said = self.ok("convolve", "big.wav", "--kernel", "1 .5", "-o", "y.wav", "--bits", "16")
        self.assertIn("--bits float64", said["hints"][0])
        said = self.ok("convolve", "big.wav", "--kernel", "1 .5", "-o", "y.wav", "--bits",
                       "float64")
        self.assertIn("holds it", said["hints"][0])

    def test_samples_that_are_no_numbers_are_said(self):
        self.float64("bad.wav", [0.25, np.nan, 0.5, np.inf, 0.125])
        for bits in ["16", "float32"]:
            said = self.ok("convolve", "bad.wav", "--kernel", "1", "-o", "y.wav", "--bits", bits)
            self.assertIn("2 of 5 samples are not finite (1 nan, 1 inf)", said["hints"][0])
            self.assertEqual(said["not_finite"], 2)
            self.assertEqual(len(said["hints"]), 1, "no advice about levels, which are fine")

    def test_bits_that_contradict_the_frame(self):
        self.float64("x.wav", [0.1, -0.2, 0.3])
        data = bytearray(self.path("x.wav").read_bytes())
        struct.pack_into("<H", data, 34, 7)
        self.path("x.wav").write_bytes(data)
        self.refused(DATA, ["7 bits", "do not go together"], "convolve", "x.wav", "--kernel", "1",
                     "-o", "y.wav")

    def test_juce290_juce1506_levels_and_rates_stay(self):
        """Nothing is normalised, nothing resampled: other rates are refused, with a way out."""
        self.wav("room.wav", np.ones(3), rate=44100)
        self.float64("x.wav", [0.1, -0.2, 0.3])
        self.refused(DATA, ["44100 Hz", "8000 Hz", "sox"], "convolve", "x.wav", "room.wav", "-o",
                     "y.wav")
        self.float64("x.wav", [0.1, -0.2, 0.3])
        self.ok("convolve", "x.wav", "--kernel", "0.5", "-o", "y.wav", "--bits", "float64")
        data = self.path("y.wav").read_bytes()
        at = data.index(b"data") + 8
        np.testing.assert_array_equal(np.frombuffer(data[at:at + 24], "<f8"), [0.05, -0.1, 0.15])
        self.assertEqual(struct.unpack_from("<I", data, 24)[0], 8000)


if __name__ == "__main__":
    unittest.main()
