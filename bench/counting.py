# SPDX-FileCopyrightText: 2026 The Faltung authors
# SPDX-License-Identifier: Apache-2.0
"""The least that a convolution is known to take: flop and bytes.

A real circular convolution of N points with a prepared kernel costs about 3.78 N log2 N + 3 N flop
by the best known count of transforms. Overlap-save with K taps costs that for M points over the
M - K + 1 outputs of a block, at the best M; over several axes a block has M points along each. The
direct sum costs 2 K an output, passes along the axes of a separable kernel 2 K each, sums over
windows as much whatever K is. Each input is
read once, each output written once.
"""

import math

# Operations of one butterfly on numbers: products and multiply-adds, then additions. A radix-r pass
# has r - 1 products with twiddles of two products and two multiply-adds each, and a DFT across its
# parts (src/microkernels/complex-inl.hpp).
BUTTERFLIES = {2: (4, 4), 3: (12, 10), 4: (12, 16), 5: (32, 20)}
PRODUCT = 4  # of two spectra, a point


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


def windows(cosines=1, rank=2):
    """Flop an output of sums over windows along each axis: three additions for a box; for cosines a
    multiply-add for each number of a sample, and one for each of an output, from either end."""
    return (3 if cosines == 1 else 8 * (2 * cosines - 1)) * rank


def general(taps, rank=1):
    """The cheaper of the two classes that take any kernel."""
    return min(direct(taps, rank), overlap_save(taps, rank))


def radices(points):
    """Those of a transform of so many complex points: 3 and 5, a 2 where needed, then 4."""
    found = []
    for radix in (3, 5):
        while points % radix == 0:
            points //= radix
            found.append(radix)
    levels = int(math.log2(points))
    return found + [2] * (levels % 2) + [4] * (levels // 2)


def issued(points, cache_bytes, size):
    """What a real convolution of N points has to issue as the engine's transform of N/2 complex points
    does it: products and multiply-adds, additions, both of single numbers, and bytes through memory.
    The radix-8 pass that takes the place of a radix-2 and a radix-4 pass on processors with 32 vector
    registers issues a twentieth less; it is not counted.

    Where samples, spectra and results do not fit the last cache together, they pass memory in three
    sweeps: x to lines, lines times h to lines, lines to y.
    """
    half = points // 2
    fused, added = PRODUCT * half, 0
    for radix in radices(half):
        multiplies, adds = BUTTERFLIES[radix]
        fused += 2 * multiplies * half // radix
        added += 2 * adds * half // radix
    return fused, added, 7 * points * size if 4 * points * size > cache_bytes else 0


def issue_seconds(work, peaks, dtype):
    """The least time for what issued() counts: multiply-adds alone cannot be faster than p, together
    with additions not faster than q, of whose operations one in two is a multiply-add."""
    fused, added, moved = work
    kind = "f64" if dtype == "f64" else "f32"
    return max(fused / (peaks[f"p_{kind}"] / 2), (fused + added) / (peaks[f"q_{kind}"] / 1.5),
               moved / peaks["copy"])


def limit_seconds(flop, moved, peaks, dtype):
    """max(flop/p, bytes/B) on a machine with these peaks; bytes go through float32 arithmetic."""
    p = peaks["p_f64"] if dtype == "f64" else peaks["p_f32"]
    return max(flop / p, moved / peaks["copy"])
