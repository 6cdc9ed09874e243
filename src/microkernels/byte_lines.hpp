// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "microkernels/line_sums.hpp"

namespace faltung {

/// From one line to the next, an odd number of cache lines, and the most outputs of a line. A
/// constant, so that the place of each of a column's samples is one, too.
inline constexpr std::int64_t kByteLinePitch = 528, kLongestByteLine = 512;

/// Sums of one row of taps along rows of bytes and down the lines that they give, to bytes again.
///
/// A row of samples lies in four phases, each for itself, so that neighbours are in one lane of
/// neighbouring vectors and a quarter of all vectors lies across the ends of cache lines:
///
///   x        0 1 2 3 4 5 6 7 8 ...
///   phases   0 4 8 ... | 1 5 9 ... | 2 6 10 ... | 3 7 11 ...
///
/// Four neighbouring bytes are the four bytes of a lane: they come apart as they are widened, and
/// together as they are made narrow. A line of phases has `group` outputs after `group` outputs, of
/// each a vector of every phase. Each output is the chain of LineSums::down.
struct ByteLines {
  /// The phases of n bytes, or samples, `pitch` apart. Of bytes at least one group is read, else up
  /// to three behind n; what lies in the phases behind the samples stays as it was.
  void (*split)(const std::uint8_t* x, std::int64_t n, float* phases, std::int64_t pitch) noexcept;
  void (*split_samples)(const float* x, std::int64_t n, float* phases, std::int64_t pitch) noexcept;
  /// A line of phases from those of its samples: n outputs and what is left of the last group. Taps
  /// are neighbours. What is read behind the samples has no effect on the n outputs.
  void (*along)(const float* phases, std::int64_t pitch, std::int64_t n,
                const LineTaps<float>& taps, float* line) noexcept;
  /// The same, with the outputs in their order.
  void (*along_in_order)(const float* phases, std::int64_t pitch, std::int64_t n,
                         const LineTaps<float>& taps, float* line) noexcept;
  /// Of lines of phases, y[j][i] = the byte nearest to sum_k h[k] x[(j + taps - 1 - k)
  /// kByteLinePitch + i], ties to even ones, for sums below 2^31. `out` is not accumulated; as many
  /// rows are computed as are a multiple of `rows`, and read whatever lies there. `scratch` has as
  /// many lines of bytes and a vector of them.
  void (*finish)(const OutputRows<std::uint8_t>& out, const float* x, const LineTaps<float>& taps,
                 std::uint8_t* scratch) noexcept;
  std::int64_t group = 0;  ///< outputs; 0: there are no such loops for this target
  std::int64_t rows = 0;
};

/// `target` as in targets.hpp.
const ByteLines& byte_lines(std::int64_t target) noexcept;

/// Elements of a phase of n samples, and what is read behind them: an odd number of cache lines.
constexpr std::int64_t phase_pitch(std::int64_t n) {
  constexpr std::int64_t kPhases = 4, kLine = 16, kBehind = 3 * kLine;
  return (((n + kPhases - 1) / kPhases + kBehind) / kLine * kLine) | kLine;
}

}  // namespace faltung
