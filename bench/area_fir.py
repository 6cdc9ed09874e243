# SPDX-FileCopyrightText: 2026 The Faltung authors
# SPDX-License-Identifier: Apache-2.0
"""Short kernels on a signal, beside FFTW block by block and NumPy's direct sum.

Expected before the first run: twice FFTW's speed on 1664 x 65, where the direct sum has some
250 kflop and a transform of 1728 points and back 160; ten times NumPy's, whose inner product is as
short as the kernel. On 2^22 samples memory should bound 15 taps, and 245 be near the crossing.
IPP, before its first run: as fast as ours on 15 and 63 taps, half as fast on 1664 x 65. It is not run
yet: the package of PyPI (2026.1) ends the program, since its parts are not named as it looks for them.
Direct sums on 2^13 samples, which stay in the nearest caches, before their first run: 85% of the
peak of multiply-adds with 63 taps, 70% with 15, of which stores are a larger part.
"""

from contest import Case, with_contract
from counting import direct, general

TARGETS = ["bench_measure"]
TITLE = "Short filters"
NOTE = "Extent full. FFTW runs overlap-save by hand, at its best block."


def case(taps):
    outputs = (1 << 22) + taps - 1
    return Case(work=f"2^22 x {taps}", flop=outputs * general(taps),
                problem=f"convolve f32 [{1 << 22}] * [{taps}] full",
                peers=("fftw-overlap-save",), python=("numpy",))


def in_cache(taps):
    """The loops of the direct sum, with nothing to wait for."""
    outputs = (1 << 13) + taps - 1
    return Case(work=f"2^13 x {taps}, direct", threads=1, flop=outputs * direct(taps),
                problem=f"convolve f32 [{1 << 13}] * [{taps}] full method=direct",
                peers=("fftw-overlap-save",), seconds=1, cached=True)


def cases():
    short = Case(work="1664 x 65", threads=1, problem="convolve f64 [1664] * [65] full",
                 flop=1728 * general(65), peers=("fftw-overlap-save",), python=("numpy",))
    return with_contract([short, *map(case, (15, 63, 245)), *map(in_cache, (15, 63))], index=2)
