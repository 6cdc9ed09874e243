# SPDX-FileCopyrightText: 2026 The Faltung authors
# SPDX-License-Identifier: Apache-2.0
"""The least that a convolution is known to take: flop and bytes.

A real circular convolution of N points with a prepared kernel costs about 3.78 N log2 N + 3 N flop
by the best known count of transforms. Overlap-save with K taps costs that for M points over the
M - K + 1 outputs of a block, at the best M; over several axes a block has M points along each. The
direct sum costs 2 K an output, passes along the axes of a separable kernel 2 K each. Each input is
read once, each output written once.
"""

import math


def circular(points):
    """Flop of a real circular convolution with a prepared kernel."""
    return 3.78 * points * math.log2(points) + 3 * points


def overlap_save(taps, rank=1):
    """Flop an output at the best size of blocks, which may be any real number above the taps."""
    best = math.inf
    size = float(taps)
    while size < 4096 * taps:
        size *= 1.01
        best = min(best, circular(size ** rank) / (size - taps + 1) ** rank)
    return best


def direct(taps, rank=1):
    """Flop an output of the sum as it stands."""
    return 2 * taps ** rank


def separable(taps, rank=2):
    """Flop an output of one pass along each axis."""
    return 2 * taps * rank


def general(taps, rank=1):
    """The cheaper of the two classes that take any kernel."""
    return min(direct(taps, rank), overlap_save(taps, rank))


def limit_seconds(flop, moved, peaks, dtype):
    """max(flop/p, bytes/B) on a machine with these peaks; bytes go through float32 arithmetic."""
    p = peaks["p_f64"] if dtype == "f64" else peaks["p_f32"]
    return max(flop / p, moved / peaks["copy"])
