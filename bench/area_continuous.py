# SPDX-FileCopyrightText: 2026 The Faltung authors
# SPDX-License-Identifier: Apache-2.0
"""Functions given by formulas, from the formulas to their convolution at 10,000 places, beside
adaptive quadrature of the same formulas at some of these places, its time counted for all of them;
and sampled data through exponential responses beside a copy.

`quadrature` is GSL's QAGP, which is told the breakpoints and asked for 1e-13 of max|y|; both sides
call the same formula, cos(rate s^2 + phase) / (1 + t^2), s from the beginning of its piece, whose
phase is kept to twice the precision. One thread.

Expected before the first run: quadrature needs some 20,000 values of both formulas a place, 1 ms and
10 s in all; convolving series of degree 10,000 by their matrix takes 2 (10,000)^2 steps, 0.2 s; so 50
times as fast, and 100 times where pieces share their work.
"""

import json
import math
import subprocess
import sys

import continuous_signals
import output
from contest import Contest

TARGETS = ["bench_functions", continuous_signals.TARGET, "bench_measure"]
TITLE = "Continuous convolution"
NOTE = "Functions given by formulas, at 10,000 places, beside GSL's QAGP; one thread."
PAIRS = [("smooth-10000", "one piece of degree 10,000 each"),
         ("grid-100-100", "100 pieces of degree 160, one length"),
         ("pieces-10-1000", "10 pieces of degree 1,100"),
         ("grid-100-10", "100 pieces of degree 40, one length")]
DEGREES = [1250, 2500, 5000, 10000]


def ask(program, *arguments):
    done = subprocess.run([program, *map(str, arguments)], check=True, capture_output=True,
                          text=True)
    return json.loads(done.stdout)


def slope(degrees, seconds):
    """Of a line through the logarithms."""
    x, y = [math.log(d) for d in degrees], [math.log(s) for s in seconds]
    mean_x, mean_y = sum(x) / len(x), sum(y) / len(y)
    return (sum((a - mean_x) * (b - mean_y) for a, b in zip(x, y))
            / sum((a - mean_x) ** 2 for a in x))


def row(work, found):
    return {"area": "continuous", "work": work, "dtype": "f64", "threads": 1, "method": "series",
            "peer": "quadrature", "peer_version": found["peer"],
            "ratio": found["peer_seconds"] / found["seconds"], "fraction_of_limit": None,
            "error": found["error"], "error_peer": found["peer_error"]}


def exponents(program):
    """How the time of a convolution grows with the degree, of one piece and of ten."""
    one = [ask(program, f"smooth-{d}", 0, 5)["convolve"] for d in DEGREES]
    ten = [ask(program, f"pieces-10-{d // 10}", 0, 3)["convolve"] for d in DEGREES]
    return slope(DEGREES, one), slope(DEGREES, ten)


def run(program, options):
    folder = program.parent
    points = 8 if options.quick else 50
    limits = Contest("continuous", folder / "bench_measure", options, "")
    limits.measure_limits()
    rows = []
    for name, work in PAIRS:
        found = ask(program, name, points, 3 if options.quick else 9)
        if not found["peer"]:
            if not options.allow_missing:
                sys.exit("bench: this peer is missing: quadrature; install libgsl-dev, or give "
                         "--allow-missing")
            continue
        rows.append(row(work, found))
    rows += continuous_signals.rows(folder / continuous_signals.TARGET, options)
    single, several = exponents(program)
    splines = ask(program, "splines")
    words = [f"The time of a convolution grows with the degree to the power {single:.2f} for one "
             f"piece each, {several:.2f} for ten, fitted from 1,250 to 10,000.",
             f"B-splines up to order 10, box by box: {splines['closed']:.1f} ulp of max|y| at most "
             f"in the closed class, {splines['series']:.1f} by series."]
    output.table(rows)
    print("\n".join(words))
    return rows, {"peaks": limits.peaks, "words": words}
