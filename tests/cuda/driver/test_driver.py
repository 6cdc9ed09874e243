# SPDX-FileCopyrightText: 2026 The Faltung authors
# SPDX-License-Identifier: Apache-2.0
"""GPUs by their driver: what is called, in which order, and what is said when the driver refuses."""

import os
import pathlib
import sys
import tempfile
import unittest

import numpy as np

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../cli"))
from support import UNAVAILABLE, USAGE, ProgramTest  # noqa: E402

FAKE = os.environ["FALTUNG_FAKE_DRIVER"]
CONVOLVE = ["convolve", "x.npy", "h.npy", "-o", "y.npy"]


class Driver(ProgramTest):
    def setUp(self):
        super().setUp()
        logs = tempfile.TemporaryDirectory()  # a refused run leaves the folder of the test as it was
        self.addCleanup(logs.cleanup)
        self.log_path = pathlib.Path(logs.name) / "log"
        self.npy("x.npy", self.random.uniform(-1, 1, 3000).astype(np.float32))
        self.npy("h.npy", self.random.uniform(-1, 1, 200).astype(np.float32))

    def settings(self, fails=""):
        return {"environment": {"LD_LIBRARY_PATH": os.path.dirname(FAKE), "FAKE_CUDA_FAILS": fails,
                                "FAKE_CUDA_LOG": str(self.log_path)}}

    def log(self):
        return self.log_path.read_text().splitlines() if self.log_path.exists() else []

    def test_gpus_are_listed_without_being_opened(self):
        found = self.ok("info", "--cpu", **self.settings())["devices"]
        self.assertEqual([d["name"] for d in found], ["cuda:0", "cuda:1"])
        self.assertEqual([d["model"] for d in found], ["Fake 0", "Fake 1"])
        self.assertEqual(self.log(), [])

    def test_only_the_gpu_that_is_asked_for_is_opened(self):
        self.ok(*CONVOLVE)
        cpu = np.load(self.path("y.npy"))
        self.ok(*CONVOLVE, "--device", "cuda:1", "--method", "cuda_direct", **self.settings())
        gpu = np.load(self.path("y.npy"))
        self.assertLess(np.abs(cpu - gpu).max(), 1e-5 * np.abs(cpu).max())
        log = self.log()
        self.assertEqual(log[0], "retain 1")
        self.assertGreater(len(log), 1)
        for line in log[1:]:
            self.assertRegex(line, r"^launch \w+$")  # not on the default stream

    def test_what_the_driver_refuses_is_said(self):
        for fails, words in [("cuInit", ["CUDA's driver does not start: a fake error"]),
                             ("cuDevicePrimaryCtxRetain", ["cuda:0 (Fake 0) cannot be opened"]),
                             ("cuModuleLoadData", ["no kernel image", "made by CUDA",
                                                   "the driver is one of CUDA 12.4"])]:
            self.refused(USAGE, words, *CONVOLVE, "--device", "cuda:0", **self.settings(fails))
            said = self.ok(*CONVOLVE, "--device", "auto", "--explain", **self.settings(fails))
            self.assertIn(words[0], said["explain"])
        log = self.log()
        self.assertEqual(log.count("release 0"), 2)
        self.refused(UNAVAILABLE, "not enough memory on cuda:0", *CONVOLVE, "--device", "cuda:0",
                     **self.settings("cuMemAlloc_v2"))

    def test_cufft_is_used_where_it_is(self):
        by_cufft = [*CONVOLVE, "--device", "cuda:0", "--method", "cuda_cufft"]
        self.refused(USAGE, ["cuFFT is not on this machine", "libcufft.so.12"], *by_cufft,
                     **self.settings())
        self.assertEqual(self.log(), ["retain 0"])
        self.ok(*CONVOLVE)
        cpu = np.load(self.path("y.npy"))
        settings = self.settings()
        settings["environment"]["LD_LIBRARY_PATH"] += ":" + os.path.dirname(os.environ["FALTUNG_FAKE_CUFFT"])
        said = self.ok(*by_cufft, "--explain", **settings)
        self.assertIn("padded, cuFFT", said["explain"])
        self.assertLess(np.abs(cpu - np.load(self.path("y.npy"))).max(), 1e-5 * np.abs(cpu).max())
        for line in self.log()[2:]:
            self.assertRegex(line, r"^launch \w+$")
        settings["environment"]["FAKE_CUFFT_FAILS"] = "cufftMakePlanMany64"
        self.refused(USAGE, ["cuFFT 12.1.3 makes no plan on cuda:0"], *by_cufft, **settings)
        self.ok(*CONVOLVE, "--device", "cuda:0", **settings)  # by another method

    def test_a_driver_that_lacks_functions_is_refused(self):
        os.mkdir(self.path("old"))
        os.symlink(os.environ["FALTUNG_OLD_DRIVER"], self.path("old/libcuda.so.1"))
        self.refused(USAGE, "lacks cuInit", *CONVOLVE, "--device", "cuda:0",
                     environment={"LD_LIBRARY_PATH": str(self.path("old"))})


if __name__ == "__main__":
    unittest.main()
