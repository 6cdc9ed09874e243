# SPDX-FileCopyrightText: 2026 The Faltung authors
# SPDX-License-Identifier: Apache-2.0
"""Real circular convolution, the kernel prepared, one thread, beside FFTW planned with PATIENT.

Expected before the first run: a third to two thirds of FFTW's speed, since the circular problem is
a boundary `wrap` to the engine, whose block then holds the kernel's span twice. Neither MKL nor a
PFFFT-style unordered transform is run yet.
"""

from contest import Case, with_contract
from counting import circular

TARGETS = ["bench_measure"]
TITLE = "Transform core: real circular convolution"
NOTE = "N samples by N taps, going round; one thread."


def case(dtype, bits):
    points = 1 << bits
    return Case(work=f"2^{bits}", threads=1, flop=circular(points), peers=("fftw-patient",),
                problem=f"convolve {dtype} [{points}] * [{points}] same boundary=wrap origin=0",
                quick=bits in (10, 14, 18))


def cases():
    return with_contract([case(dtype, bits) for dtype in ("f32", "f64")
                          for bits in range(10, 23, 2)], index=3)
