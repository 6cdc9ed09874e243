# SPDX-FileCopyrightText: 2026 The Faltung authors
# SPDX-License-Identifier: Apache-2.0
"""Rows as a table, as JSON and as a picture."""

import json
import shutil
import subprocess
import sys

HEAD = ["work", "type", "threads", "method", "beside", "ratio", "of the limit", "of the issue",
        "error", "its error"]
ISSUE = 7  # the column that few areas have


def number(value, form):
    return "-" if value is None else "not finite" if value >= 1e300 else format(value, form)


def cells(row):
    """What a reader sees of a row."""
    return [row["work"], row["dtype"], str(row["threads"]), row["method"],
            f"{row['peer']} {row['peer_version']}".strip(), number(row["ratio"], ".2f"),
            number(row["fraction_of_limit"], ".1%"),
            number(row.get("fraction_of_issue"), ".1%"), number(row["error"], ".1e"),
            number(row["error_peer"], ".1e")]


def lines(rows):
    """The head and the cells of rows, and which columns are numbers; those of ISSUE only where a row
    has it."""
    all_lines, right = [HEAD, *map(cells, rows)], [2, *range(5, len(HEAD))]
    if not any(row.get("fraction_of_issue") for row in rows):
        all_lines = [line[:ISSUE] + line[ISSUE + 1:] for line in all_lines]
        right.pop()
    return all_lines, right


def table(rows):
    """Aligned columns; numbers to the right."""
    text, right = lines(rows)
    widths = [max(len(line[i]) for line in text) for i in range(len(text[0]))]
    for line in text:
        print("  ".join(cell.rjust(width) if i in right else cell.ljust(width)
                        for i, (cell, width) in enumerate(zip(line, widths))).rstrip())


def write_json(path, rows):
    with open(path, "w", encoding="utf-8") as file:
        json.dump(rows, file, indent=1)
        file.write("\n")


def peer_short(row):
    """Peers of one name may differ in what their version says after its number."""
    words = row["peer_version"].split()
    function = words[1] if row["peer"] in ("opencv", "scipy") and len(words) > 1 else ""
    return f"{row['peer']} {function}".strip()


def draw(path, title, rows):
    """A bar for each row, longer to the right where we are faster; the axis is logarithmic."""
    if shutil.which("gnuplot") is None:
        sys.exit("bench: --svg needs gnuplot; install gnuplot-nox")
    colours = ["#1f6f8b", "#d1793b", "#5b8c5a", "#8a5a83", "#b8a13a"]
    peers = list(dict.fromkeys(r["peer"] for r in rows))
    labels, data = [], {peer: [] for peer in peers}
    for i, row in enumerate(reversed(rows)):
        label = f"{row['work']} {row['dtype']}, {peer_short(row)}".replace("%", "%%")
        labels.append(f"'{label}' {i}")
        data[row["peer"]].append((max(row["ratio"], 1e-3), i))
    low = min(0.5, *(r["ratio"] * 0.8 for r in rows))
    high = max(2, *(r["ratio"] * 1.6 for r in rows))
    blocks = "\n".join(f"${'d' + str(n)} << EOD\n"
                       + "\n".join(f"{v:.4g} {i}" for v, i in data[peer]) + "\nEOD"
                       for n, peer in enumerate(peers))
    plots = ", ".join(
        f"$d{n} using (1):2:(1):1:($2-0.36):($2+0.36) with boxxyerror fs solid 0.9 noborder "
        f"lc rgb '{colours[n % len(colours)]}' title '{peer}', "
        f"$d{n} using ($1 > 1 ? $1 : 1):2:(sprintf('%.2f', $1)) with labels offset 3,0 notitle"
        for n, peer in enumerate(peers))
    height = 140 + 24 * len(rows)
    script = f"""set terminal svg size 900,{height} font 'sans,12' background '#ffffff' noenhanced
set output '{path}'
{blocks}
set title '{title}' font ',15'
set xlabel 'time of the peer / our time (above 1 we are faster)'
set logscale x; set xrange [{low:.3g}:{high:.3g}]; set yrange [-0.7:{len(rows) - 0.3}]
set ytics ({', '.join(labels)}) nomirror; set xtics nomirror; set grid x
set key at screen 0.62, screen {22 / height:.4f} center center horizontal
set bmargin 6
set arrow from 1, graph 0 to 1, graph 1 nohead lw 1.5 lc rgb '#444444' front
plot {plots}
"""
    done = subprocess.run(["gnuplot"], input=script, text=True, capture_output=True)
    if done.returncode != 0:
        sys.exit(f"bench: gnuplot could not draw {path}: {done.stderr}")
