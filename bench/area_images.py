# SPDX-FileCopyrightText: 2026 The Faltung authors
# SPDX-License-Identifier: Apache-2.0
"""Pictures, beside OpenCV, FFTW tile by tile and SciPy's fftconvolve.

Small kernels reach beyond the picture as OpenCV does by itself (mirror); where a transform of
others runs along, there are zeros. Bytes meet whole-numbered taps and saturate; those of
a Gaussian are rounded to bytes.

Expected before the first run: behind OpenCV on 3 x 3 to 7 x 7, by 2 on float32, which is copied to
tiles first, and by far on bytes, which are summed in 64 bits; ahead of its transform by 3 on large
kernels, and of its separable filters, which keep to one thread, by 3. Of sums over windows: ahead
of its boxFilter, which is one pass of running sums on one thread, by 1.3; on the Gaussian of 401
taps by 50, and of the method separable by 20.
"""

from contest import Case, with_contract
from counting import direct, overlap_save, separable, windows

TARGETS = ["bench_measure"]
TITLE = "Images"
NOTE = ("Extent same. 3840 x 2160 with the boundary mirror; 4096 x 4096 with zeros outside. The "
        "fraction of the limit of a small kernel is one of the copy bandwidth; that of bytes "
        "counts operations at the float32 peak, and may be passed.")


def small(taps, types, tail="", threads=2):
    return Case(work=f"3840x2160, {taps}x{taps}", flop=2160 * 3840 * direct(taps, 2),
                problem=f"convolve {types} [2160,3840] * [{taps},{taps}] same boundary=mirror"
                        + tail, peers=("opencv",), python=("cv2",), quick=taps != 5,
                threads=threads)


def large(taps, quick=False):
    return Case(work=f"4096x4096, {taps}x{taps}", flop=4096 ** 2 * overlap_save(taps, 2),
                problem=f"convolve f32 [4096,4096] * [{taps},{taps}] same", quick=quick,
                peers=("opencv", "fftw-overlap-save"), python=("scipy-fftconvolve", "cv2"))


def blur(taps, types, sigma, tail=""):
    return Case(work=f"4096x4096, Gaussian {taps}+{taps}", flop=4096 ** 2 * separable(taps),
                problem=f"convolve {types} [4096,4096] * [{taps},{taps}] same boundary=mirror"
                        + tail, peers=("opencv",), python=("cv2",), sigma=sigma)


def box(taps):
    return Case(work=f"4096x4096, box {taps}+{taps}", flop=4096 ** 2 * windows(),
                problem=f"convolve f32 [4096,4096] * [{taps},{taps}] same boundary=mirror",
                peers=("opencv",), python=("cv2",), sigma=float("inf"))


def wide_blur(taps, sigma, tolerance, cosines):
    least = min(windows(cosines), overlap_save(taps, 2))
    return Case(work=f"4096x4096, Gaussian {taps}+{taps}, tolerance {tolerance}",
                flop=4096 ** 2 * least,
                problem=f"convolve f32 [4096,4096] * [{taps},{taps}] same boundary=mirror "
                        f"tolerance={tolerance}",
                peers=("opencv",), python=("cv2",), sigma=sigma)


def cases():
    found = [large(31, quick=True), large(127), blur(31, "f32", 5),
             blur(15, "u8*f32->u8", 2.5, " policy=saturate")]
    found += [small(taps, "f32") for taps in (3, 5, 7)]
    found += [small(taps, "u8*i8", " policy=saturate") for taps in (3, 5, 7)]
    found += [small(taps, "f32", threads=1) for taps in (3, 7)]
    found += [small(taps, "u8*i8", " policy=saturate", threads=1) for taps in (3, 7)]
    found += [box(31), wide_blur(401, 50, 1e-4, cosines=6)]
    return with_contract(found, index=4)
