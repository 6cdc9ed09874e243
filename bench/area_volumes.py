# SPDX-FileCopyrightText: 2026 The Faltung authors
# SPDX-License-Identifier: Apache-2.0
"""Volumes, beside FFTW's threads on all of it, FFTW box by box, and SciPy's fftconvolve.

Expected before the first run: near FFTW on the whole, which spends much of its time in memory, and
four times SciPy. FFTW on the whole volume is planned with MEASURE.
"""

from contest import Case, with_contract
from counting import overlap_save

TARGETS = ["bench_measure"]
TITLE = "Volumes"
NOTE = "Extent same, zeros outside."


def case(edge, taps, quick):
    return Case(work=f"{edge}^3 x {taps}^3", flop=edge ** 3 * overlap_save(taps, 3),
                problem=f"convolve f32 [{edge},{edge},{edge}] * [{taps},{taps},{taps}] same",
                peers=("fftw-measure", "fftw-overlap-save"), python=("scipy-fftconvolve",),
                quick=quick, seconds=0 if quick else 30, memory=True)


def cases():
    return with_contract([case(128, 31, True), case(512, 31, False)])
