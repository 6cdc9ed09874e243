# SPDX-FileCopyrightText: 2026 The Faltung authors
# SPDX-License-Identifier: Apache-2.0
"""--device: what is said where there is no GPU, and the same results on one (the emulated device)."""

import unittest

import numpy as np

from support import USAGE, ProgramTest

CONVOLVE = ["convolve", "x.npy", "h.npy", "-o", "y.npy"]


def forced(device):
    return {"environment": {"FALTUNG_FORCE_DEVICE": device}}


class Device(ProgramTest):
    def setUp(self):
        super().setUp()
        self.npy("x.npy", self.random.uniform(-1, 1, 3000).astype(np.float32))
        self.npy("h.npy", self.random.uniform(-1, 1, 200).astype(np.float32))

    def test_without_a_gpu(self):
        self.refused(USAGE, "there is no GPU to use", *CONVOLVE, "--device", "cuda:0",
                     **forced("none"))
        self.refused(USAGE, "FALTUNG_FORCE_DEVICE", *CONVOLVE, "--device", "cuda:0",
                     **forced("unheard-of"))
        self.assertIn("GPUs: none; ", self.run_program("info", "--cpu", **forced("none")).stdout)
        said = self.ok(*CONVOLVE, "--device", "auto", "--explain", **forced("none"))
        self.assertIn("cannot  cuda_direct: there is no GPU to use", said["explain"])

    def test_the_same_on_a_gpu(self):
        if not self.ok("info", "--cpu", **forced("emulated"))["devices"]:
            self.skipTest("a build without the emulated device")
        self.ok(*CONVOLVE)
        cpu = np.load(self.path("y.npy"))
        for method in ["auto", "cuda_direct", "cuda_fft_single", "cuda_overlap_save",
                       "cuda_cufft"]:
            said = self.ok(*CONVOLVE, "--device", "cuda:0", "--method", method, "--explain",
                           **forced("emulated"))
            self.assertIn("on cuda:0 (emulated)", said["explain"])
            self.assertTrue(said["method"].startswith("cuda_"))
            gpu = np.load(self.path("y.npy"))
            self.assertLess(np.abs(cpu - gpu).max(), 1e-5 * np.abs(cpu).max())
        self.refused(USAGE, "'cuda:7'", *CONVOLVE, "--device", "cuda:7", **forced("emulated"))


if __name__ == "__main__":
    unittest.main()
