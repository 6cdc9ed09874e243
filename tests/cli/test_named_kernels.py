# SPDX-FileCopyrightText: 2026 The Faltung authors
# SPDX-License-Identifier: Apache-2.0
"""Named kernels on pictures, series and volumes beside scipy.ndimage and, where it is here, OpenCV.

Gaussian derivatives are exact on polynomials, where scipy samples the derivative of the function:
the first is sigma^2/m2 times scipy's, m2 the second moment of the sampled Gaussian.
"""

import unittest
from pathlib import Path

import numpy as np
import scipy.ndimage as nd

from support import ProgramTest

try:
    import cv2
except ImportError:
    cv2 = None

MODES = {"edge": "nearest", "symmetric": "reflect", "mirror": "mirror", "wrap": "wrap",
         "constant": "constant"}


def moment(sigma, power):
    r = np.arange(-np.ceil(4 * sigma), np.ceil(4 * sigma) + 1)
    g = np.exp(-r**2 / (2 * sigma**2))
    return (r**power * g).sum() / g.sum()


class NamedKernels(ProgramTest):
    def filtered(self, x, kernel, *more):
        self.npy("x.npy", x)
        self.ok("convolve", "x.npy", kernel, "-o", "y.npy", "--extent", "same", *more)
        return np.load(self.path("y.npy"))

    def near(self, x, kernel, expected, *more):
        y = self.filtered(x, kernel, *more)
        self.assertEqual(y.shape, expected.shape, kernel)
        self.assertLess(np.abs(y - expected).max(), 1e-12 * np.abs(x).max() * 40, (kernel, more))

    def test_scipy_agrees_under_every_boundary(self):
        rng = np.random.default_rng(1)
        for shape in [(23, 31), (9, 1), (7, 11, 9)]:
            x = rng.uniform(-1, 1, shape)
            for boundary, mode in MODES.items():
                more = ["--boundary", boundary]
                for axis in range(len(shape)):
                    name = "xyz"[len(shape) - 1 - axis]
                    self.near(x, f"sobel-{name}", nd.sobel(x, axis, mode=mode), *more)
                    self.near(x, f"prewitt-{name}", nd.prewitt(x, axis, mode=mode), *more)
                self.near(x, "laplacian", nd.laplace(x, mode=mode), *more)
                self.near(x, "gaussian:1", nd.gaussian_filter(x, 1, mode=mode), *more)
                self.near(x, "box:3", nd.uniform_filter(x, 3, mode=mode), *more)
                self.near(x, "dog:1:2", nd.gaussian_filter(x, 1, mode=mode) -
                          nd.gaussian_filter(x, 2, mode=mode), *more)
                self.near(x, "unsharp:2:0.5", x + 0.5 * (x - nd.gaussian_filter(x, 2, mode=mode)),
                          *more)

    def test_gaussian_derivatives_are_scipys_by_moments(self):
        x = np.random.default_rng(2).uniform(-1, 1, (40, 50))
        for sigma in [1, 2, 3]:
            m2, m4 = moment(sigma, 2), moment(sigma, 4)
            scale = sigma**2 / m2
            self.near(x, f"gaussian-x:{sigma}",
                      scale * nd.gaussian_filter(x, sigma, (0, 1), mode="mirror"),
                      "--boundary", "mirror")
            self.near(x, f"gaussian-xy:{sigma}",
                      scale**2 * nd.gaussian_filter(x, sigma, (1, 1), mode="mirror"),
                      "--boundary", "mirror")
            # scipy's second derivative is (r^2 - sigma^2) g / sigma^4; its sum is not 0.
            by_scipy = nd.gaussian_filter(x, sigma, (2, 0), mode="mirror")
            smooth = nd.gaussian_filter(x, sigma, mode="mirror")
            ours = 2 / (m4 - m2**2) * (sigma**4 * by_scipy + (sigma**2 - m2) * smooth)
            self.near(x, f"gaussian-yy:{sigma}", ours, "--boundary", "mirror")
            log = self.filtered(x, f"log:{sigma}", "--boundary", "mirror")
            known = nd.gaussian_laplace(x, sigma, mode="mirror")
            self.assertLess(np.abs(log - known).max(), 0.01 * np.abs(known).max())
            flat = self.filtered(np.full((40, 50), 3.0), f"log:{sigma}", "--boundary", "mirror")
            self.assertLess(np.abs(flat).max(), 1e-13)

    @unittest.skipIf(cv2 is None, "OpenCV for Python is not here")
    def test_opencv_agrees(self):
        x = np.random.default_rng(3).uniform(0, 255, (40, 50))
        mode = ["--boundary", "mirror"]
        for name, dx, dy in [("x", 1, 0), ("y", 0, 1)]:
            self.near(x, f"scharr-{name}", cv2.Scharr(x, cv2.CV_64F, dx, dy), *mode)
            self.near(x, f"sobel-{name}", cv2.Sobel(x, cv2.CV_64F, dx, dy, ksize=3), *mode)
        self.near(x, "laplacian", cv2.Laplacian(x, cv2.CV_64F, ksize=1), *mode)
        self.near(x, "gaussian:2", cv2.GaussianBlur(x, (17, 17), 2), *mode)
        # Laid down backwards, so that filter2D convolves; its envelope has not the sum 1.
        kernel = cv2.getGaborKernel((37, 37), 4.48, np.pi / 4, 8, 1, np.pi / 6)
        r = np.arange(-18, 19)
        scale = np.exp(-r**2 / (2 * 4.48**2)).sum()**2
        self.near(x, "gabor:8:45:4.48:30", cv2.filter2D(x, cv2.CV_64F, kernel) / scale, *mode)

    def test_series_and_volumes(self):
        ramp = np.arange(30.0)
        y = self.filtered(ramp, "gaussian-x:2")
        self.assertLess(np.abs(y[9:-9] - 1).max(), 1e-13)
        volume = np.random.default_rng(4).uniform(-1, 1, (9, 8, 7))
        self.near(volume, "laplacian", nd.laplace(volume, mode="nearest"), "--boundary", "edge")

    def test_the_table_in_the_conventions_is_the_list(self):
        table = self.run_program("--generate", "kernels").stdout
        self.assertGreater(len(table.splitlines()), 20)
        conventions = Path(__file__).parents[2] / "docs" / "conventions.md"
        self.assertIn(table, conventions.read_text(),
                      "put what faltung --generate kernels prints into docs/conventions.md")


if __name__ == "__main__":
    unittest.main()
