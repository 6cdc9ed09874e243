# SPDX-FileCopyrightText: 2026 The Faltung authors
# SPDX-License-Identifier: Apache-2.0
"""same_results.py NATIVE SAMPLES EMULATED...: both programs filter the samples; each file that the
emulated one (a command of one or more words) wrote is read by the native one, and compared with its
own. Every file format is written once.

The two may sum in other orders: results differ by the bounds that both runs give, and stored integers
by one more step where a value lies between two of them.
"""

import json
import pathlib
import subprocess
import sys
import tempfile

import numpy as np

NATIVE, SAMPLES, EMULATED = sys.argv[1], pathlib.Path(sys.argv[2]).resolve(), sys.argv[3:]
NATIVE = str(pathlib.Path(NATIVE).resolve())

# What is run, what it writes, and the step of what is stored. A JPEG's coefficients are rounded in
# steps of up to 40, which one pixel can tip over.
JOBS = [
    (["speech.wav", "room.wav"], "speech.wav", 0),
    (["recording.wav", "room.wav", "--bits", "pcm24"], "guitar.wav", 2**-23),
    (["recording.wav", "gaussian:3", "--bits", "pcm16"], "guitar.flac", 2**-15),
    (["speech.wav", "room.wav", "--extent", "same"], "speech.npy", 0),
    (["astronaut.png", "gaussian:2.5"], "soft.png", 1),
    (["astronaut.png", "sobel-x", "--signed", "float"], "edges.tif", 0),
    (["astronaut.png", "sharpen:0.5"], "sharp.tif", 1),
    (["astronaut.png", "box:5"], "soft.jpg", 40),
    (["seattle-january.csv", "exp:12"], "indoor.csv", 0),
]


def run(command, *arguments):
    """What --json says."""
    done = subprocess.run([*command, "convolve", *map(str, arguments), "--threads", "1", "--json"],
                          capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, arguments))}: exit {done.returncode}: {done.stderr}")
    return json.loads(done.stdout)


def values(path):
    """The samples of any file, by way of the native program."""
    if path.suffix == ".csv":
        return np.genfromtxt(path, delimiter=",", skip_header=1, usecols=1)
    array = path if path.suffix == ".npy" else path.with_name(path.name + ".npy")
    if array != path:
        run([NATIVE], path, "--kernel", "1", "-o", array)
    return np.load(array).astype(float)


def compare(folder, arguments, output, step):
    """Whether both programs give the same there, and a line that says so."""
    paths = [SAMPLES / a if (SAMPLES / a).is_file() else a for a in arguments]
    found, bound = [], 0
    for name, command in (("native-", [NATIVE]), ("emulated-", EMULATED)):
        said = run(command, *paths, "-o", folder / (name + output), "--report-error")
        bound += said["error_bound"]["maximum"]
        found.append(values(folder / (name + output)))
    x, y = found
    off = abs(x - y).max() if x.shape == y.shape else np.inf
    # Something was heard or seen at all.
    good = off <= step + bound and abs(x).max() > 0.1
    return good, (f"{'ok' if good else 'WRONG':5} {' '.join(arguments)} -> {output}: {x.shape}, "
                  f"{off:.2g} apart, {step + bound:.2g} allowed")


def main():
    with tempfile.TemporaryDirectory(prefix="faltung-emulated-") as name:
        done = [compare(pathlib.Path(name), *job) for job in JOBS]
    print("\n".join(line for _, line in done))
    sys.exit(0 if all(good for good, _ in done) else 1)


main()
