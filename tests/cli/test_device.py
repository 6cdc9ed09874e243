# SPDX-FileCopyrightText: 2026 The Faltung authors
# SPDX-License-Identifier: Apache-2.0
"""--device: what is said where there is no GPU, and the same results on one (the emulated device)."""

import json
import os
import unittest

import numpy as np

from support import USAGE, ProgramTest


class Device(ProgramTest):
    def setUp(self):
        super().setUp()
        self.before = os.environ.get("FALTUNG_FORCE_DEVICE")
        np.save(self.path("x.npy"), self.random.uniform(-1, 1, 3000).astype(np.float32))
        np.save(self.path("h.npy"), self.random.uniform(-1, 1, 200).astype(np.float32))

    def tearDown(self):
        self.force(self.before)
        super().tearDown()

    @staticmethod
    def force(device):
        if device is None:
            os.environ.pop("FALTUNG_FORCE_DEVICE", None)
        else:
            os.environ["FALTUNG_FORCE_DEVICE"] = device

    def test_without_a_gpu(self):
        self.force("none")
        self.refused(USAGE, "there is no GPU to use", "convolve", "x.npy", "h.npy", "-o", "y.npy",
                     "--device", "cuda:0")
        self.ok("convolve", "x.npy", "h.npy", "-o", "y.npy", "--device", "auto")
        self.assertIn("GPUs: none; ", self.run_program("info", "--cpu").stdout)
        self.force("unheard-of")
        self.refused(USAGE, "FALTUNG_FORCE_DEVICE", "convolve", "x.npy", "h.npy", "-o", "y.npy",
                     "--device", "cuda:0")

    def test_the_same_on_a_gpu(self):
        self.force("emulated")
        info = json.loads(self.run_program("info", "--cpu", "--json").stdout)
        if not info["devices"]:
            self.skipTest("a build without the emulated device")
        self.ok("convolve", "x.npy", "h.npy", "-o", "cpu.npy")
        for method in ["auto", "cuda_direct", "cuda_fft_single", "cuda_overlap_save"]:
            said = self.ok("convolve", "x.npy", "h.npy", "-o", "gpu.npy", "--device", "cuda:0",
                           "--method", method, "--explain").stdout
            self.assertIn("on cuda:0 (emulated)", said)
            self.assertIn("chosen  cuda_", said)
            cpu, gpu = np.load(self.path("cpu.npy")), np.load(self.path("gpu.npy"))
            self.assertLess(np.abs(cpu - gpu).max(), 1e-5 * np.abs(cpu).max())
        self.refused(USAGE, "'cuda:7'", "convolve", "x.npy", "h.npy", "-o", "y.npy", "--device",
                     "cuda:7")


if __name__ == "__main__":
    unittest.main()
