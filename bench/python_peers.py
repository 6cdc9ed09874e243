# SPDX-FileCopyrightText: 2026 The Faltung authors
# SPDX-License-Identifier: Apache-2.0
"""Peers that are Python packages, in a process of their own with their own timer.

Reads one JSON object a line: first the case, {x, h, shapes, dtypes, mode, threads, peers, index,
value, sigma}, answered by what each side is and how far off; then any number of lines `round`, each
answered by a list of seconds. bench/run starts it and lets it take turns with the C++ process.
"""

import contextlib
import json
import sys
import time

PACKAGES = {"numpy": "python3-numpy", "scipy": "python3-scipy", "cv2": "opencv-python-headless"}
DTYPES = {"f32": "float32", "f64": "float64", "u8": "uint8", "i8": "int8"}


def load(case):
    import numpy as np
    return [np.fromfile(case[name], DTYPES[dtype]).reshape(shape)
            for name, dtype, shape in zip("xh", case["dtypes"], case["shapes"])]


def threads_of_scipy(threads):
    """SciPy's transforms on so many threads; alone they take one."""
    import scipy.fft
    return scipy.fft.set_workers(threads)


def opencv(x, h, case):
    """OpenCV from PyPI, by the function made for the kernel, mirrored as by itself; it correlates,
    so taps go in backwards."""
    import cv2
    import numpy as np
    cv2.setNumThreads(case["threads"])
    y, sigma = np.empty_like(x), case["sigma"]
    border = cv2.BORDER_REFLECT_101 if case["mirror"] else cv2.BORDER_CONSTANT
    size = h.shape[::-1]
    if np.isinf(sigma):
        return (lambda: cv2.boxFilter(x, -1, size, y, borderType=border),
                f"{cv2.__version__} boxFilter")
    if sigma and x.dtype == np.uint8:
        return (lambda: cv2.GaussianBlur(x, size, sigma, y, sigma, border),
                f"{cv2.__version__} GaussianBlur")
    if sigma:
        row = cv2.getGaussianKernel(h.shape[1], sigma, cv2.CV_32F)
        return (lambda: cv2.sepFilter2D(x, -1, row, row, y, borderType=border),
                f"{cv2.__version__} sepFilter2D")
    taps = np.ascontiguousarray(h[::-1, ::-1], np.float32)
    return (lambda: cv2.filter2D(x, -1, taps, y, borderType=border),
            f"{cv2.__version__} filter2D")


def side(name, x, h, case):
    """A peer by its name: the call that is timed, its version, what it runs within."""
    import numpy as np
    if name == "numpy":
        return lambda: np.convolve(x, h, case["mode"]), np.__version__, contextlib.nullcontext()
    if name == "cv2":
        return *opencv(x, h, case), contextlib.nullcontext()
    import scipy
    from scipy import signal
    function = name.removeprefix("scipy-")
    call = getattr(signal, function)
    return (lambda: call(x, h, case["mode"]), f"{scipy.__version__} {function}",
            threads_of_scipy(case["threads"]))


def error_of(y, case):
    """As bench/reference.cpp has it."""
    import numpy as np
    finite = y[np.isfinite(y)]
    scale = max(float(finite.max()), -float(finite.min())) if finite.size else 1.0
    flat = y.reshape(-1)
    offs = [abs(float(flat[i]) - v) for i, v in zip(case["index"], case["value"]) if v is not None]
    if not offs:
        return None
    return 1e300 if any(o != o for o in offs) else max(offs) / (scale or 1.0)


def repeat(call, within, runs):
    with within:
        start = time.perf_counter()
        for _ in range(runs):
            call()
        return (time.perf_counter() - start) / runs


def answer(value):
    print(json.dumps(value), flush=True)


def main():
    case = json.loads(sys.stdin.readline())
    missing = []
    for name in PACKAGES:
        try:
            __import__(name)
        except ImportError:
            missing += [p for p in case["peers"] if p.split("-")[0] == name]
    sides, about = [], []
    if len(missing) < len(case["peers"]) and "numpy" not in missing:
        x, h = load(case)
        for name in (p for p in case["peers"] if p not in missing):
            call, version, _ = side(name, x, h, case)
            make_within = (lambda n=name: side(n, x, h, case)[2])
            with make_within():
                error = error_of(call(), case)
            runs = max(1, int(1e-3 / max(repeat(call, make_within(), 1), 1e-7)))
            sides.append((call, make_within, runs))
            about.append({"name": "opencv" if name == "cv2" else name.split("-")[0], "version": version, "error": error})
    answer({"sides": about, "missing": missing})
    for _ in sys.stdin:
        answer([repeat(call, make_within(), runs) for call, make_within, runs in sides])


if __name__ == "__main__":
    main()
