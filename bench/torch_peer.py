# SPDX-FileCopyrightText: 2026 The Faltung authors
# SPDX-License-Identifier: Apache-2.0
"""conv2d of PyTorch, which asks cuDNN, on the GPU, in a process of its own with the GPU's events.

Reads a JSON object, {x, h, shapes, sets, index, value}, and answers with what it is and how far off;
then any number of lines `round`, each answered by a list of one number of seconds. cuDNN tries its
algorithms first (benchmark) and computes in float32, not TF32, as the others do.
"""

import json
import sys

LEAST_SECONDS = 2e-3  # of one timing


def answer(value):
    print(json.dumps(value), flush=True)


def make_call(case):
    """A function of the number of a set of arrays, and its version."""
    import numpy as np
    import torch
    torch.backends.cudnn.benchmark = True
    torch.backends.cudnn.allow_tf32 = False
    (rows, columns), (high, wide) = case["shapes"]
    x = np.fromfile(case["x"], "float32").reshape(1, 1, rows, columns)
    h = np.fromfile(case["h"], "float32").reshape(1, 1, high, wide)[..., ::-1, ::-1].copy()
    taps = torch.from_numpy(h).cuda()  # conv2d correlates
    samples = [torch.from_numpy(x).cuda() for _ in range(case["sets"])]
    results = [None] * case["sets"]

    def call(which):
        results[which] = torch.nn.functional.conv2d(samples[which], taps,
                                                    padding=(high // 2, wide // 2))
        return results[which]
    version = f"{torch.__version__} cuDNN {torch.backends.cudnn.version()}"
    return call, version


def l2_error(y, case):
    """As bench/device_work.cpp has it."""
    flat = y.reshape(-1)
    found = [float(flat[i]) for i in case["index"]]
    off = sum((a - b) ** 2 for a, b in zip(found, case["value"]))
    return (off / sum(b ** 2 for b in case["value"])) ** 0.5


class Timer:
    """Rounds of as many calls as take a while."""

    def __init__(self, call, sets):
        self.call, self.sets, self.next, self.runs = call, sets, 0, 1
        for _ in range(3):
            once = self.seconds()
        self.runs = max(1, min(1000, int(LEAST_SECONDS / max(once, 1e-7))))

    def seconds(self):
        import torch
        start, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
        start.record()
        for _ in range(self.runs):
            self.call(self.next)
            self.next = (self.next + 1) % self.sets
        end.record()
        end.synchronize()
        return start.elapsed_time(end) * 1e-3 / self.runs


def main():
    case = json.loads(sys.stdin.readline())
    try:
        import torch
        if not torch.cuda.is_available():
            raise RuntimeError("PyTorch sees no GPU")
        call, version = make_call(case)
        error = l2_error(call(0).cpu(), case)
        timer = Timer(call, case["sets"])
    except Exception as error:  # whatever a Python package may do on a strange machine
        answer({"sides": [], "missing": ["torch"], "reason": (str(error).splitlines() or [repr(error)])[0]})
        return
    answer({"sides": [{"name": "torch", "version": version, "method": "conv2d", "error": error}],
            "missing": []})
    for _ in sys.stdin:
        answer([timer.seconds()])


if __name__ == "__main__":
    main()
