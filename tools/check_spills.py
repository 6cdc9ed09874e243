#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Faltung authors
# SPDX-License-Identifier: Apache-2.0
"""What ptxas says of the device kernels: registers, stack, spills.

check_spills.py LOG      LOG is what nvcc -Xptxas -v printed; prints a line for each kernel and fails where a
                         transform's pass keeps more than a few registers in memory instead.

A few are stored and loaded once beside thousands of instructions."""
import re
import sys

TOLERATED_BYTES = 128
PASSES = re.compile(r"^(rows|columns)_")
ENTRY = re.compile(r"Compiling entry function '(\w+)' for '(sm_\d+)'")
STACK = re.compile(r"(\d+) bytes stack frame, (\d+) bytes spill stores, (\d+) bytes spill loads")
REGISTERS = re.compile(r"Used (\d+) registers")


def kernels(lines):
    """Yields (name, kind of GPU, registers, stack bytes, spilled bytes) of each device kernel."""
    entry = stack = None
    for line in lines:
        if found := ENTRY.search(line):
            entry, stack = found.groups(), None
        elif (found := STACK.search(line)) and entry and stack is None:
            stack = [int(n) for n in found.groups()]
        elif (found := REGISTERS.search(line)) and entry and stack:
            yield *entry, int(found[1]), stack[0], stack[1] + stack[2]
            entry = None


def main():
    with open(sys.argv[1], encoding="utf-8") as log:
        found = sorted(kernels(log))
    if not found:
        sys.exit(f"{sys.argv[1]}: ptxas says nothing; is -Xptxas -v among nvcc's options?")
    print(f"{'kernel':20} {'GPU':6} {'registers':>9} {'stack':>6} {'spilled':>7}")
    for name, gpu, registers, stack, spilled in found:
        print(f"{name:20} {gpu:6} {registers:9} {stack:6} {spilled:7}")
    if spilling := [f"{name} ({gpu})" for name, gpu, _, _, spilled in found if spilled > TOLERATED_BYTES and PASSES.match(name)]:
        sys.exit("these passes spill registers: " + ", ".join(spilling))


if __name__ == "__main__":
    main()
