# SPDX-FileCopyrightText: 2026 The Faltung authors
# SPDX-License-Identifier: Apache-2.0
"""Large pictures of float32 as NPY and TIFF, and how far a filtered one is from the exact sums."""

import array
import json
import random
import struct
import subprocess

WIDTH, BLOCK_ROWS = 4096, 256
KERNEL = "gaussian:5"


def npy_header(rows):
    text = f"{{'descr': '<f4', 'fortran_order': False, 'shape': ({rows}, {WIDTH}), }}"
    text += " " * (117 - len(text)) + "\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text.encode()


def tiff_directory(rows, strips, at):
    """The tags of one grey channel in strips of BLOCK_ROWS, for a place behind the samples."""
    short, long, count = 3, 4, len(strips)
    tags = [(256, long, 1, WIDTH), (257, long, 1, rows), (258, short, 1, 32), (259, short, 1, 1),
            (262, short, 1, 1), (273, long, count, at), (277, short, 1, 1),
            (278, long, 1, BLOCK_ROWS), (279, long, count, at + 4 * count), (339, short, 1, 3)]
    lists = struct.pack(f"<{count}I", *strips) + struct.pack("<I", 4 * WIDTH * BLOCK_ROWS) * count
    entries = b"".join(struct.pack("<HHII", *tag) for tag in tags)
    return lists, struct.pack("<H", len(tags)) + entries + struct.pack("<I", 0)


def write(path, megabytes):
    """Random rows that repeat, so that making them is quick. Returns the bytes of the samples."""
    generator = random.Random(7)
    block = array.array("f", (generator.random() for _ in range(BLOCK_ROWS * WIDTH)))
    size = 4 * len(block)
    repeats = max(2, megabytes * 1000000 // size)
    rows = repeats * BLOCK_ROWS
    with open(path, "wb") as file:
        if path.suffix == ".npy":
            file.write(npy_header(rows))
        else:
            end = 8 + repeats * size
            file.write(b"II*\0" + struct.pack("<I", end + 8 * repeats))
        for _ in range(repeats):
            block.tofile(file)
        if path.suffix != ".npy":
            lists, directory = tiff_directory(rows, [8 + i * size for i in range(repeats)], end)
            file.write(lists + directory)
    return repeats * size


def begin_of_samples(file):
    """Where the rows of a file that is not compressed lie, one after the other."""
    head = file.read(16)
    if head.startswith(b"\x93NUMPY"):
        return 10 + struct.unpack_from("<H", head, 8)[0]
    big = head[2] == 43
    file.seek(struct.unpack_from("<Q" if big else "<I", head, 8 if big else 4)[0])
    entry = "<HHQQ" if big else "<HHII"
    for _ in range(struct.unpack("<Q" if big else "<H", file.read(8 if big else 2))[0]):
        tag, kind, count, value = struct.unpack(entry, file.read(struct.calcsize(entry)))
        if tag == 273:  # the strips' places, or the only one's
            if count > 1:
                file.seek(value)
                value = struct.unpack("<Q" if kind == 16 else "<I",
                                      file.read(8 if kind == 16 else 4))[0]
            return value
    raise ValueError("a TIFF without strips")


def box(file, first, row, column, side):
    """A square of samples, row after row."""
    samples = array.array("f")
    for y in range(row, row + side):
        file.seek(first + 4 * (y * WIDTH + column))
        samples.fromfile(file, side)
    return samples


def error(program, source, target):
    """The largest at sampled outputs away from the edges, relative to the largest output."""
    said = json.loads(subprocess.run([program, "kernels", KERNEL, "--json"], check=True,
                                     capture_output=True, text=True).stdout)
    side, taps = said["shape"][0], said["taps"]  # symmetric: convolution is correlation
    generator = random.Random(9)
    largest = worst = 0.0
    with open(source, "rb") as x, open(target, "rb") as y:
        x_first, y_first = begin_of_samples(x), begin_of_samples(y)
        for _ in range(50):
            row, column = (generator.randrange(side, 2 * BLOCK_ROWS - 2 * side),
                           generator.randrange(side, WIDTH - 2 * side))
            exact = sum(h * v for h, v in zip(taps, box(x, x_first, row, column, side)))
            found = box(y, y_first, row + side // 2, column + side // 2, 1)[0]
            largest, worst = max(largest, abs(exact)), max(worst, abs(exact - found))
    return worst / largest
