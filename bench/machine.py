# SPDX-FileCopyrightText: 2026 The Faltung authors
# SPDX-License-Identifier: Apache-2.0
"""What a run ran on: for docs/performance.md, beside the rows."""

import glob
import os
import platform
import re
import subprocess


def first_line(command):
    try:
        done = subprocess.run(command, capture_output=True, text=True)
    except OSError:
        return ""
    return done.stdout.splitlines()[0].strip() if done.stdout else ""


def cpu():
    """Model, and vendor's numbers where the model has no name of its own."""
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        text = file.read()
    found = dict(re.findall(r"^(model name|cpu family|model)\s*: (.*)$", text, re.M))
    name = found.get("model name", platform.machine())
    if "cpu family" in found:
        name += f" (family {found['cpu family']}, model {found['model']})"
    return name


def last_cache_bytes():
    """Of the largest cache that a core sees; 32 MiB where the system does not say."""
    sizes = []
    for path in glob.glob("/sys/devices/system/cpu/cpu0/cache/index*/size"):
        with open(path, encoding="utf-8") as file:
            number, unit = re.fullmatch(r"(\d+)([KM]?)", file.read().strip()).groups()
        sizes.append(int(number) * {"": 1, "K": 1 << 10, "M": 1 << 20}[unit])
    return max(sizes, default=32 << 20)


def describe(build):
    """Facts by their names; `build` is the build folder."""
    with open(build / "CMakeCache.txt", encoding="utf-8") as file:
        compiler = re.search(r"^CMAKE_CXX_COMPILER:\w+=(.*)$", file.read(), re.M).group(1)
    with open("/etc/os-release", encoding="utf-8") as file:
        system = re.search(r'^PRETTY_NAME="?([^"\n]*)', file.read(), re.M).group(1)
    return {"cpu": cpu(), "cores": len(os.sched_getaffinity(0)), "system": system,
            "compiler": first_line([compiler, "--version"]),
            "python": platform.python_version()}
