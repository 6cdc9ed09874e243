# SPDX-FileCopyrightText: 2026 The Faltung authors
# SPDX-License-Identifier: Apache-2.0
"""The transform core: real convolutions of N points, the kernel prepared, one thread.

Circular ones are beside FFTW's real transforms and MKL's; padded ones, N/2 samples by N/2 taps of
which all N - 1 outputs are wanted, also beside FFTW's complex transforms of N/2 weighed points.
Lengths with factors 3 and 5 are beside the engine's own next power of two, whose time is scaled by
the flop. Two threads are beside one, and preparing a kernel beside the forward transform that it
holds.

Expected before the first run: circular, a third to two thirds of FFTW's speed, since the circular
problem is a boundary `wrap` to the engine, whose block then holds the kernel's span twice. Padded,
before its first run: as circular, since the last copy to y costs what the known zeros save; beside
complex transforms, half of what real ones show. MKL on a processor of another maker: as FFTW. One
transform on two threads: as on one, since nothing is shared out; preparing: 1.5 times a forward
transform. PFFFT is in neither Debian nor PyPI and not run.
"""

import functools

import machine
from contest import Case, with_contract
from counting import circular, issued

TARGETS = ["bench_measure"]
TITLE = "Transform core: real convolutions of N points"
NOTE = "Circular, or padded: N/2 samples by N/2 taps."
SIZES = {"f32": 4, "f64": 8}
QUICK = (8, 12, 16, 20)


@functools.cache
def cache_bytes():
    return machine.last_cache_bytes()


def circular_problem(dtype, points, batch=""):
    return (f"convolve {dtype} [{batch}{points}] * [{points}] same boundary=wrap origin=0 "
            f"method=fft_single" + (" axes=-1" if batch else ""))


def padded_problem(dtype, points):
    return f"convolve {dtype} [{points // 2}] * [{points // 2}] full method=fft_single"


def case(dtype, points, problem, **more):
    """What all have."""
    return Case(threads=more.pop("threads", 1), flop=more.pop("flop", circular(points)),
                problem=problem(dtype, points), seconds=1 if points <= 1 << 16 else 3,
                quick=more.pop("quick", False),
                issue=issued(points, cache_bytes(), SIZES[dtype]), **more)


def powers(dtype):
    for bits in range(8, 23):
        points, quick = 1 << bits, bits in QUICK
        yield case(dtype, points, circular_problem, work=f"2^{bits} circular",
                   quick=quick, peers=("fftw-patient", "mkl"))
        yield case(dtype, points, padded_problem, work=f"2^{bits} padded", quick=quick,
                   peers=("fftw-patient", "fftw-c2c-right-angle", "mkl"))


def other_lengths(dtype):
    """About 2^12, 2^16 and 2^20 points."""
    for factor, bits in ((3, 10), (5, 9), (9, 8), (15, 8), (3, 15), (5, 14), (9, 13), (15, 12),
                         (3, 18), (5, 18), (9, 17), (15, 16)):
        points = factor << bits
        power = 1 << (points.bit_length())
        if power - points > points - power // 2:
            power //= 2
        yield case(dtype, points, padded_problem, work=f"{factor} x 2^{bits} padded",
                   peers=("power-of-two",), other=padded_problem(dtype, power),
                   scale=circular(points) / circular(power), quick=bits == 10)


def threads(dtype):
    for bits in (18, 20, 22):
        yield case(dtype, 1 << bits, padded_problem, work=f"2^{bits} padded", threads=2,
                   peers=("one-thread",), quick=bits == 18)


def others():
    for bits in (12, 16, 20):
        points = 1 << bits
        yield case("f32", points, padded_problem, work=f"2^{bits} padded, preparing",
                   operation="prepare", peers=("forward",), flop=circular(points) / 2,
                   quick=bits == 12)
    for bits in (12, 16, 20):
        yield case("f32", 1 << bits,
                   lambda dtype, points: f"correlate {dtype} [{points // 2}] * [{points // 2}] "
                   "full method=fft_single",
                   work=f"2^{bits} padded, with itself", data="self", operation="both",
                   peers=("fftw-patient",), quick=bits == 12)
    yield case("f32", 1 << 12, lambda dtype, points: circular_problem(dtype, points, "256,"),
               work="256 x 2^12 circular, one kernel", flop=256 * circular(1 << 12),
               peers=("fftw-patient", "mkl"))


def plain(cases):
    """What counting.issued() says is of one convolution with a prepared kernel."""
    for one in cases:
        if one.operation != "execute" or "256" in one.work:
            one.issue = ()
        yield one


def cases():
    listed = [*powers("f32"), *powers("f64"), *other_lengths("f32"), *other_lengths("f64"),
              *threads("f32"), *threads("f64"), *plain(others())]
    contract = next(i for i, one in enumerate(listed) if one.work == "2^16 circular")
    return with_contract(listed, index=contract)
