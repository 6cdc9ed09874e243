# SPDX-FileCopyrightText: 2026 The Faltung authors
# SPDX-License-Identifier: Apache-2.0
"""Is the planner's choice near the best of all own methods, and how far from SciPy's?

Problems are drawn log-uniformly by bench_choice, which times every method that is predicted within
10 times of the best, interleaved, and takes minima. The chosen one is timed twice a round: how far
its two minima lie apart is the noise of the run, which is subtracted. Outliers are measured again
three times and count with the least of their regrets.
"""

import json
import statistics
import subprocess
import sys
import timeit

TARGETS = ["bench_choice"]
SEED = 20261123


def measure(program, arguments):
    """The rows that bench_choice prints."""
    with subprocess.Popen([program, *map(str, arguments)], stdout=subprocess.PIPE,
                          text=True) as process:
        rows = [json.loads(line) for line in process.stdout]
    if process.returncode != 0:
        sys.exit(f"bench: {program} ended with {process.returncode}")
    return rows


def regret(row):
    """How much longer the chosen method took than the best, the run's noise taken off."""
    methods = row["methods"]
    best = min(m["seconds"] for m in methods.values())
    ratio = methods[row["chosen"]]["seconds"] / best
    return max(1.0, ratio - row["noise"]) if row["chosen"] in methods else float("inf")


def remeasure(program, row):
    again = [measure(program, ["--seed", SEED + i, "--budget", "0.2", "--problem", row["problem"]])
             for i in range(3)]
    return min([row] + [rows[0] for rows in again if rows], key=regret)


def scipy_ratio(program, options):
    """SciPy's automatic choice over ours, both with the taps at hand, on real problems."""
    try:
        import numpy as np
        import scipy
        from scipy import signal
    except ImportError as error:
        if options.allow_missing:
            return None
        sys.exit(f"bench: {error}; install python3-scipy, or give --allow-missing")
    rows = measure(program, ["--shapes", 40 if options.quick else 200, "--seed", SEED + 9,
                             "--largest", "0.05", "--budget", "0.02", "--plain"])
    random = np.random.default_rng(SEED)
    ratios = []
    for row in rows:
        words = row["problem"].split()
        shapes = [json.loads(w) for w in words if w.startswith("[")]
        dtype = {"f32": np.float32, "f64": np.float64}[words[1]]
        x, h = (random.uniform(-1, 1, shape).astype(dtype) for shape in shapes)
        mode = next(w for w in words if w in ("full", "same", "valid"))
        timer = timeit.Timer(lambda: signal.convolve(x, h, mode=mode))
        runs = max(1, int(0.01 / max(timer.timeit(1), 1e-6)))
        theirs = min(timer.repeat(3, runs)) / runs
        ratios.append(theirs / row["methods"][row["chosen"]]["seconds"])
    return scipy.__version__, statistics.geometric_mean(ratios), len(ratios)


def draw(path, rows):
    """The share of problems (%) whose regret is below a value."""
    regrets = [1 / row["ratio"] for row in rows if row["peer"] == "best-own"]
    points = "\n".join(f"{value} {100 * (i + 1) / len(regrets)}"
                       for i, value in enumerate(sorted(regrets)))
    script = f"""set terminal svg size 760,420 font 'sans,13' background '#ffffff'
set output '{path}'
set xlabel 'time of the chosen method / time of the best'
set ylabel 'problems within (%)'
set xrange [1:2]; set yrange [80:100.5]; set grid; set key bottom right
plot '-' using 1:2 with steps lw 2 lc rgb '#1f6f8b' title 'planner, {len(regrets)} problems'
{points}
e
"""
    done = subprocess.run(["gnuplot"], input=script, text=True, capture_output=True)
    if done.returncode != 0:
        sys.exit(f"bench: gnuplot could not draw {path}: {done.stderr}")


def run(program, options):
    shapes = 300 if options.quick else 2000
    rows = measure(program, ["--shapes", shapes, "--seed", SEED, "--budget",
                             "0.02" if options.quick else "0.05", "--largest",
                             "0.05" if options.quick else "2"])
    rows = [remeasure(program, r) if regret(r) > 1.1 else r for r in rows]
    regrets = [regret(r) for r in rows]
    near = sum(r <= 1.1 for r in regrets) / len(regrets)
    noise = statistics.median(r["noise"] for r in rows)
    print(f"{len(rows)} problems, median noise {noise:.1%}")
    print(f"within 10% of the best own method: {near:.1%}; geometric mean "
          f"{statistics.geometric_mean(regrets):.4f}; beyond 1.5x after measuring again: "
          f"{sum(r > 1.5 for r in regrets)}")
    for r in sorted(rows, key=regret, reverse=True)[:8]:
        best = min(r["methods"], key=lambda m: r["methods"][m]["seconds"])
        print(f"  {regret(r):5.2f}  {r['problem']}: {r['chosen']}, best {best}")
    out = [{"area": "choice", "work": r["problem"], "dtype": r["problem"].split()[1], "threads": 1,
            "method": r["chosen"], "peer": "best-own", "peer_version": "", "ratio": 1 / regret(r),
            "fraction_of_limit": None, "error": None, "error_peer": None} for r in rows]
    theirs = scipy_ratio(program, options)
    if theirs:
        version, mean, count = theirs
        print(f"SciPy {version} signal.convolve, method='auto': {mean:.2f} times our time "
              f"(geometric mean of {count} real problems, plain boundary, one thread)")
        out.append({"area": "choice", "work": f"geometric mean of {count} problems",
                    "dtype": "f32, f64", "threads": 1, "method": "auto", "peer": "scipy", "peer_version": version,
                    "ratio": mean, "fraction_of_limit": None, "error": None, "error_peer": None})
    return out, {"noise": noise}
