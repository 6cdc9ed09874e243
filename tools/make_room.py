#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Faltung authors
# SPDX-License-Identifier: Apache-2.0
"""Makes samples/room.wav: the impulse response of a simulated room. Needs NumPy only.

    python3 tools/make_room.py samples/room.wav

Image-source method in a shoebox room: every reflection path is a straight line from a mirrored source.

        |   *    |   S    |   *    |        S  source     R  receiver     *  its mirror images
        |      . | .    R |        |        an image that is reflected n times at distance r adds
        |________|________|________|        beta^n / r at time r / c

Source: J. B. Allen and D. A. Berkley, "Image method for efficiently simulating small-room acoustics",
J. Acoust. Soc. Am. 65 (1979) 943-950. Every image but the source itself is moved by up to 8 cm at
random, which breaks up the sweeping echoes that a perfectly regular room has. Delays are fractional
(a windowed sinc of 32 taps); a high-pass removes the constant part that equal signs would build up.
"""

import argparse
import struct

import numpy as np

SPEED_OF_SOUND_M_S = 343.0
ROOM_M = np.array([7.6, 5.8, 3.1])
SOURCE_M = np.array([2.1, 3.4, 1.6])
RECEIVER_M = np.array([5.2, 2.3, 1.4])
REFLECTION = {"x": 0.90, "y": 0.89, "floor": 0.84, "ceiling": 0.88}  # of the pressure, at each bounce
TAPS = 32
JITTER_M = 0.08
HIGH_PASS_HZ = 60.0


def images(reach_m, random):
    """Distances in metres and gains of all mirror images no farther than reach_m."""
    counts = [int(np.ceil(reach_m / (2 * side))) + 1 for side in ROOM_M]
    axes = []
    for axis, count in enumerate(counts):
        cell = np.arange(-count, count + 1)
        low, high = ((REFLECTION["x"],) * 2, (REFLECTION["y"],) * 2,
                     (REFLECTION["floor"], REFLECTION["ceiling"]))[axis]
        position, gain = [], []
        for mirrored in (0, 1):
            position.append((1 - 2 * mirrored) * SOURCE_M[axis] + 2 * cell * ROOM_M[axis])
            gain.append(low ** np.abs(cell - mirrored) * high ** np.abs(cell))
        axes.append((np.concatenate(position), np.concatenate(gain)))
    (x, gx), (y, gy), (z, gz) = axes
    distances, gains = [], []
    for xi, gi in zip(x, gx):  # one slice of the lattice at a time, to stay small in memory
        offset = np.stack(np.broadcast_arrays(xi - RECEIVER_M[0], (y - RECEIVER_M[1])[:, None],
                                              (z - RECEIVER_M[2])[None, :]), axis=-1)
        gain = gi * gy[:, None] * gz[None, :]
        offset = offset + np.where(gain < 1, 1, 0)[..., None] * JITTER_M * (
            2 * random.random_sample(offset.shape) - 1)
        distance = np.sqrt((offset**2).sum(axis=-1))
        near = distance < reach_m
        distances.append(distance[near])
        gains.append(gain[near])
    return np.concatenate(distances), np.concatenate(gains)


def room_response(sample_rate_hz, seconds, seed):
    """The response, sampled, starting where the sound leaves the source and scaled to unit energy."""
    length = int(round(seconds * sample_rate_hz))
    distance, gain = images(seconds * SPEED_OF_SOUND_M_S, np.random.RandomState(seed))
    delay = distance / SPEED_OF_SOUND_M_S * sample_rate_hz
    first = np.floor(delay).astype(int) - TAPS // 2 + 1
    response = np.zeros(length)
    for tap in range(TAPS):
        at = first + tap
        t = at - delay
        window = 0.5 * (1 + np.cos(2 * np.pi * t / TAPS))
        inside = (at >= 0) & (at < length)
        response += np.bincount(at[inside], (gain / distance * np.sinc(t) * window)[inside], length)
    response -= low_pass(response, sample_rate_hz)
    fade = int(0.02 * sample_rate_hz)
    response[-fade:] *= 0.5 * (1 + np.cos(np.pi * np.arange(fade) / fade))
    return response / np.sqrt((response**2).sum())


def low_pass(x, sample_rate_hz):
    """One pole at HIGH_PASS_HZ, as a truncated exponential kernel."""
    decay = np.exp(-2 * np.pi * HIGH_PASS_HZ / sample_rate_hz)
    kernel = (1 - decay) * decay ** np.arange(int(np.log(1e-9) / np.log(decay)))
    return np.convolve(x, kernel)[: len(x)]


def write_wav(path, samples, sample_rate_hz):
    """Mono 32-bit float WAV: fmt (format 3), fact, data."""
    data = samples.astype("<f4").tobytes()
    fmt = struct.pack("<HHIIHHH", 3, 1, sample_rate_hz, 4 * sample_rate_hz, 4, 32, 0)
    chunks = b"".join(name + struct.pack("<I", len(body)) + body for name, body in
                      ((b"fmt ", fmt), (b"fact", struct.pack("<I", len(samples))), (b"data", data)))
    with open(path, "wb") as file:
        file.write(b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WAVE" + chunks)


def main():
    parser = argparse.ArgumentParser(description="Simulate a room's impulse response.")
    parser.add_argument("output", help="the WAV file to write")
    parser.add_argument("--sample-rate-hz", type=int, default=44100)
    parser.add_argument("--seconds", type=float, default=0.9)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    write_wav(options.output, room_response(options.sample_rate_hz, options.seconds, options.seed),
              options.sample_rate_hz)


if __name__ == "__main__":
    main()
