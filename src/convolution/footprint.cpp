// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "convolution/footprint.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace faltung {
namespace {

/// m[q] |= m[q - shift] & bits for every q of a run, from the last down so that old values are
/// read; a chunk's are set aside first, which also lets the compiler use vectors.
void spread_once(std::uint8_t* marks, std::int64_t n, std::int64_t shift, std::uint8_t bits) {
  constexpr std::int64_t kChunk = 1024;
  std::uint8_t old[kChunk];
  for (std::int64_t end = n; end > shift;) {
    const std::int64_t begin = std::max(shift, end - kChunk);
    std::memcpy(old, marks + begin - shift, static_cast<std::size_t>(end - begin));
    for (std::int64_t i = 0; i < end - begin; ++i)
      marks[begin + i] = static_cast<std::uint8_t>(marks[begin + i] | (old[i] & bits));
    end = begin;
  }
}

}  // namespace

void spread_marks(std::uint8_t* marks, const Dims& shape, int axis, std::int64_t taps,
                  std::int64_t dilation, std::uint8_t bits) noexcept {
  std::int64_t outer = 1, inner = 1;
  for (int i = 0; i < axis; ++i) outer *= shape[i];
  for (int i = axis + 1; i < shape.rank(); ++i) inner *= shape[i];
  for (std::int64_t width = 1; width < taps;) {
    const std::int64_t grow = std::min(width, taps - width);
    if (grow * dilation < shape[axis])
      for (std::int64_t o = 0; o < outer; ++o)
        spread_once(marks + o * shape[axis] * inner, shape[axis] * inner, grow * dilation * inner,
                    bits);
    width += grow;
  }
}

bool spread_marks_round(std::uint8_t* marks, std::uint8_t* other, const Dims& shape, int axis,
                        std::int64_t taps, std::int64_t dilation, std::uint8_t bits) noexcept {
  std::int64_t outer = 1, inner = 1;
  for (int i = 0; i < axis; ++i) outer *= shape[i];
  for (int i = axis + 1; i < shape.rank(); ++i) inner *= shape[i];
  const std::int64_t size = shape[axis] * inner;
  bool swapped = false;
  for (std::int64_t width = 1; width < taps; swapped = !swapped) {
    const std::int64_t grow = std::min(width, taps - width);
    const std::int64_t shift = grow * dilation % shape[axis] * inner;
    for (std::int64_t o = 0; o < outer; ++o) {
      const std::uint8_t* from = marks + o * size;
      std::uint8_t* to = other + o * size;
      for (std::int64_t i = 0; i < shift; ++i)
        to[i] = static_cast<std::uint8_t>(from[i] | (from[size - shift + i] & bits));
      for (std::int64_t i = shift; i < size; ++i)
        to[i] = static_cast<std::uint8_t>(from[i] | (from[i - shift] & bits));
    }
    std::swap(marks, other);
    width += grow;
  }
  return swapped;
}

}  // namespace faltung
