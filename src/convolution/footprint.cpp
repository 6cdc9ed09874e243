// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "convolution/footprint.hpp"

#include <algorithm>

namespace faltung {
namespace {

/// What an axis is among the rows of a block: `outer` times `extent` steps of `inner` rows. Of the
/// last axis `outer` is all rows.
struct Layout {
  std::int64_t outer = 1, extent = 1, inner = 1, row, pitch;
  bool along_rows;
  Layout(const Dims& shape, int axis)
      : extent(shape[axis]),
        row(shape[shape.rank() - 1]),
        pitch(mark_pitch(row)),
        along_rows(axis + 1 == shape.rank()) {
    for (int i = 0; i < axis; ++i) outer *= shape[i];
    for (int i = axis + 1; i + 1 < shape.rank(); ++i) inner *= shape[i];
  }
};

/// One of several rows in a word.
std::uint64_t short_row(const std::uint64_t* marks, std::int64_t at, std::int64_t row) {
  return marks[at >> 6] >> (at & 63) & first_marks(row);
}

/// m[p] |= m[p - shift] for the bits of a row, from the last down so that old values are read.
void spread_row(std::uint64_t* row, std::int64_t words, std::int64_t shift) {
  const std::int64_t far = shift >> 6;
  const auto bits = static_cast<unsigned>(shift & 63);
  if (bits == 0) {
    for (std::int64_t i = words - 1; i >= far; --i) row[i] |= row[i - far];
    return;
  }
  for (std::int64_t i = words - 1; i > far; --i)
    row[i] |= row[i - far] << bits | row[i - far - 1] >> (64 - bits);
  if (far < words) row[far] |= row[0] << bits;
}

/// to[to_at + i] |= from[from_at + i], 0 <= i < count.
void or_bits(std::uint64_t* to, std::int64_t to_at, const std::uint64_t* from, std::int64_t from_at,
             std::int64_t count) {
  for (std::int64_t i = 0; i < count; i += 64) {
    const std::uint64_t some = marks_at(from, from_at + i) & first_marks(count - i);
    std::uint64_t* word = to + ((to_at + i) >> 6);
    const auto shift = static_cast<unsigned>((to_at + i) & 63);
    word[0] |= some << shift;
    if (shift != 0 && some >> (64 - shift) != 0) word[1] |= some >> (64 - shift);
  }
}

/// Calls body(shift) for the passes of a spread over `taps`.
template <class Body>
void doubling(std::int64_t taps, std::int64_t dilation, Body&& body) {
  for (std::int64_t width = 1; width < taps;) {
    const std::int64_t grow = std::min(width, taps - width);
    body(grow * dilation);
    width += grow;
  }
}

/// Along rows shorter than a word, each by itself.
void spread_short_rows(std::uint64_t* marks, const Layout& l, std::int64_t taps,
                       std::int64_t dilation, bool round) {
  for (std::int64_t r = 0; r < l.outer; ++r) {
    std::uint64_t row = short_row(marks, r * l.pitch, l.row);
    doubling(taps, dilation, [&](std::int64_t far) {
      const std::int64_t shift = round ? far % l.row : far;
      if (shift >= l.row) return;
      row |=
          (row << shift | (round && shift > 0 ? row >> (l.row - shift) : 0)) & first_marks(l.row);
    });
    marks[r * l.pitch >> 6] |= row << (r * l.pitch & 63);
  }
}
/// One pass across them. `before`: the marks before it; those themselves where nothing goes round,
/// since rows are taken from the last one down.
void spread_across_short_rows(std::uint64_t* marks, const std::uint64_t* before, const Layout& l,
                              std::int64_t far, bool round) {
  const std::int64_t shift = round ? far % l.extent : far;
  for (std::int64_t r = l.outer * l.extent * l.inner - 1; r >= 0; --r) {
    const std::int64_t here = r / l.inner % l.extent;
    if (here < shift && !round) continue;
    const std::int64_t from = r - (here < shift ? shift - l.extent : shift) * l.inner;
    marks[r * l.pitch >> 6] |= short_row(before, from * l.pitch, l.row) << (r * l.pitch & 63);
  }
}

}  // namespace

void spread_marks(std::uint64_t* marks, const Dims& shape, int axis, std::int64_t taps,
                  std::int64_t dilation) noexcept {
  const Layout l(shape, axis);
  if (l.pitch < 64 && l.along_rows) return spread_short_rows(marks, l, taps, dilation, false);
  if (l.pitch < 64)
    return doubling(taps, dilation, [&](std::int64_t shift) {
      spread_across_short_rows(marks, marks, l, shift, false);
    });
  const std::int64_t step = l.inner * l.pitch / 64, size = l.along_rows ? step : l.extent * step;
  for (std::int64_t o = 0; o < l.outer; ++o, marks += size)
    doubling(taps, dilation, [&](std::int64_t shift) {
      if (shift >= l.extent) return;
      if (l.along_rows) return spread_row(marks, size, shift);
      for (std::int64_t i = size - 1; i >= shift * step; --i) marks[i] |= marks[i - shift * step];
    });
}

void spread_marks_of_parts(std::uint64_t* marks, std::int64_t parts, std::int64_t words,
                           std::int64_t begin, std::int64_t end, std::int64_t taps,
                           std::int64_t dilation) noexcept {
  doubling(taps, dilation, [&](std::int64_t shift) {
    for (std::int64_t part = parts - 1; part >= shift; --part) {
      std::uint64_t* const here = marks + part * words;
      const std::uint64_t* const there = here - shift * words;
      for (std::int64_t i = begin; i < end; ++i) here[i] |= there[i];
    }
  });
}

void spread_marks_round(std::uint64_t* marks, std::uint64_t* room, const Dims& shape, int axis,
                        std::int64_t taps, std::int64_t dilation) noexcept {
  const Layout l(shape, axis);
  if (l.pitch < 64 && l.along_rows) return spread_short_rows(marks, l, taps, dilation, true);
  if (l.pitch < 64)
    return doubling(taps, dilation, [&](std::int64_t shift) {
      std::copy_n(marks, mark_words(l.outer * l.extent * l.inner, l.row), room);
      spread_across_short_rows(marks, room, l, shift, true);
    });
  const std::int64_t step = l.inner * l.pitch / 64, size = l.along_rows ? step : l.extent * step;
  for (std::int64_t o = 0; o < l.outer; ++o, marks += size)
    doubling(taps, dilation, [&](std::int64_t far) {
      const std::int64_t shift = far % l.extent, kept = l.extent - shift;
      std::copy_n(marks, size, room);
      if (l.along_rows) {
        or_bits(marks, shift, room, 0, kept);
        or_bits(marks, 0, room, kept, shift);
        return;
      }
      for (std::int64_t i = 0; i < size; ++i)
        marks[i] |= room[i < shift * step ? i + kept * step : i - shift * step];
    });
}

}  // namespace faltung
