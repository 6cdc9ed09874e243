#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Faltung authors
# SPDX-License-Identifier: Apache-2.0
"""Writes tests/continuous/pairs.inc: convolutions of pairs of functions, by mpmath.

The pairs are written twice, as a formula of Faltung and as a Python function with its breakpoints
and ends; the integral of f(s) h(t-s) is taken by quadrature between all breakpoints, with 50
digits. Shares nothing with the program. Run by hand; needs python3-mpmath; takes some minutes.
"""

import itertools
import pathlib

import mpmath as mp

mp.mp.dps = 40
INF = mp.inf
third = mp.mpf(1) / 3


def step(t):
    return mp.mpf(1) if t >= 0 else mp.mpf(0)


# formula, function inside its ends, places where it is not smooth (ends first and last)
FUNCTIONS = [
    ("box(t)", lambda t: mp.mpf(1), [-0.5, 0.5]),
    ("u(t)*u(3-t)*t", lambda t: t, [0, 3]),
    ("tri(t/2)", lambda t: 1 - abs(t) / 2, [-2, 0, 2]),
    ("exp(-t)*u(t)", lambda t: mp.exp(-t), [0, INF]),
    ("exp(-t/3)*u(t)", lambda t: mp.exp(-t * third), [0, INF]),
    ("t^2*exp(-2*t)*u(t)", lambda t: t**2 * mp.exp(-2 * t), [0, INF]),
    ("exp(-t)*sin(3*t)*u(t)", lambda t: mp.exp(-t) * mp.sin(3 * t), [0, INF]),
    ("exp(t/2)*u(-t)", lambda t: mp.exp(t / 2), [-INF, 0]),
    ("exp(-abs(t-1))", lambda t: mp.exp(-abs(t - 1)), [-INF, 1, INF]),
    ("sin(2*pi*t)*box(t-1/2)", lambda t: mp.sin(2 * mp.pi * t), [0, 1]),
    ("max(t^2-1,0)*box(t/4)", lambda t: max(t * t - 1, mp.mpf(0)), [-2, -1, 1, 2]),
    ("cosh(t)*box(t/2)", lambda t: mp.cosh(t), [-1, 1]),
]
PLACES = [-2.25, -0.75, 0, 0.5, 1.125, 2, 3.5, 6.75]


def value(f, h, t):
    (_, function_f, ends_f), (_, function_h, ends_h) = f, h
    low = max(ends_f[0], t - ends_h[-1])
    high = min(ends_f[-1], t - ends_h[0])
    if not low < high:
        return mp.mpf(0)
    # An end at infinity where what is left is below 1e-45.
    far = 260
    low, high = max(low, -far), min(high, far)
    inner = [mp.mpf(p) for p in ends_f if low < p < high]
    inner += [t - mp.mpf(p) for p in ends_h if low < t - p < high]
    grid = sorted(set([mp.mpf(low), mp.mpf(high)] + inner))
    total = mp.mpf(0)
    for a, b in itertools.pairwise(grid):
        parts = max(1, int(mp.ceil((b - a) / 4)))
        total += mp.quad(lambda s: function_f(s) * function_h(t - s), mp.linspace(a, b, parts + 1))
    return total


def main():
    lines = [
        "// SPDX-FileCopyrightText: 2026 The Faltung authors",
        "// SPDX-License-Identifier: Apache-2.0",
        "// Made by tools/continuous_table.py: f, h, and (f * h)(t) at the places.",
        "// clang-format off",
    ]
    for i, f in enumerate(FUNCTIONS):
        for h in FUNCTIONS[: i + 1]:
            values = [value(f, h, mp.mpf(t)) for t in PLACES]
            numbers = ", ".join(mp.nstr(v, 20) for v in values)
            lines.append(f'{{"{f[0]}", "{h[0]}", {{{numbers}}}}},')
            print(lines[-1], flush=True)
    out = pathlib.Path(__file__).parent.parent / "tests/continuous/pairs.inc"
    out.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
