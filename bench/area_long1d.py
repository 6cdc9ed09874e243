# SPDX-FileCopyrightText: 2026 The Faltung authors
# SPDX-License-Identifier: Apache-2.0
"""A long signal and a long kernel, beside FFTW's overlap-save and SciPy's oaconvolve.

Expected before the first run: near FFTW's overlap-save, since both do the same transforms and the
contract's scan of samples is cheap beside them, and some five times oaconvolve on two threads.
Ours beside itself on one thread: 1.9 times, since blocks share nothing but memory.
"""

from contest import Case, with_contract
from counting import general

TARGETS = ["bench_measure"]
TITLE = "Long filters"
NOTE = "Extent full. FFTW runs overlap-save by hand, at its best block."


def case(bits, taps, quick=False, more=()):
    outputs = (1 << bits) + taps - 1
    return Case(work=f"2^{bits} x {taps}", flop=outputs * general(taps), quick=quick,
                problem=f"convolve f32 [{1 << bits}] * [{taps}] full",
                peers=("fftw-overlap-save", *more), python=("scipy-oaconvolve",))


def cases():
    return with_contract([case(24, 4097, quick=True, more=("one-thread",)), case(20, 1025, quick=True),
                          case(24, 257), case(24, 65537)])
