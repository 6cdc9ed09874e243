# SPDX-FileCopyrightText: 2026 The Faltung authors
# SPDX-License-Identifier: Apache-2.0
"""Rows of the area `continuous`: sampled data through exponential responses, beside a copy of the
same arrays (memcpy) in turns.

Expected before the first run: five products a sample and one pass over memory, so about what a copy
takes; the second order twice as many, so half of its speed.
"""

import json
import subprocess

TARGET = "bench_signals"


def rows(program, options):
    """`program` is the path of bench_signals. Always of 10^7 samples, which fit no cache."""
    done = subprocess.run([program, "10000000", "5" if options.quick else "15"],
                          capture_output=True, text=True, check=True)
    return [{"area": "continuous", "work": row["work"], "dtype": "f64", "threads": 1,
             "method": "recurrence", "peer": "copy", "peer_version": "", "ratio": row["ratio"],
             # A copy reads and writes each byte once, which is the least.
             "fraction_of_limit": row["ratio"], "error": row["error"], "error_peer": None}
            for row in json.loads(done.stdout)]
