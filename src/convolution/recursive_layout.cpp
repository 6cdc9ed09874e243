// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "convolution/recursive_layout.hpp"

#include <algorithm>
#include <cmath>

#include "support/checked.hpp"

namespace faltung {
namespace {

using checked::ceil_div;

/// Tiles beyond these leave the second and the third cache, and sums then take so many times as
/// long.
constexpr double kSecondCache = 768 * 1024, kThirdCache = 12 << 20;
constexpr double kFromThird = 1.2, kFromMemory = 2;
/// What a sample costs that is loaded and turned over, and one in a pass for a box, in what each
/// cosine more takes.
constexpr double kLoad = 1, kSum = 0.5;
/// The shortest blocks that are tried, and the longest.
constexpr std::int64_t kShortest = 32, kLongest = 1 << 14;
/// Along axes in front of so many one block is tried.
constexpr int kCutAxes = 3;

std::int64_t rounded_up(std::int64_t n, std::int64_t to) { return ceil_div(n, to) * to; }

}  // namespace

RecursiveLayout::RecursiveLayout(const Geometry& geometry, std::int64_t cosines,
                                 std::int64_t element_bytes)
    : geometry_(geometry), element_bytes_(element_bytes), lines_(64 / element_bytes) {
  choose(cosines);
  row_length_ = rounded_up(pieces_ * piece_, lines_);
  // An odd number of cache lines: columns do not meet in the same lines of the cache.
  if (last() > 0) row_length_ = (row_length_ / lines_ | 1) * lines_;
  line_length_ = rounded_up(piece_ + axis(last()).taps - 1, lines_);
  rows_ = pitch_ = Dims(last() + 1, 1);
  std::int64_t pitch = row_length_;
  for (int i = last() - 1; i >= 0; --i) {
    rows_[i] = block_[i] + axis(i).taps - 1;
    pitch_[i] = pitch;
    pitch *= rows_[i];
    all_rows_ *= rows_[i];
  }
  for (int i = 0; i <= last(); ++i) tiles_ *= ceil_div(axis(i).count, block_[i]);
}

/// A stream's tiles do not depend on how many there are along its own axis.
bool RecursiveLayout::is_streamed(int i) const { return geometry_.stream && i == 0; }

/// Blocks that are tried along an axis, the shortest first.
std::vector<std::int64_t> RecursiveLayout::candidates(int i) const {
  const Axis& a = axis(i);
  std::int64_t b = kShortest;
  while (b < a.taps) b *= 2;
  if (is_streamed(i)) return {i == last() ? b * lines_ : b};
  if (i + kCutAxes <= last()) return {std::min(a.count, 4 * b)};
  std::vector<std::int64_t> found;
  for (b /= 4; b < std::min(a.count, std::max(kLongest, 8 * a.taps)); b *= 2)
    if (b >= kShortest) found.push_back(b);
  found.push_back(std::min(a.count, b));
  return found;
}

RecursiveLayout::Shape RecursiveLayout::with_pieces(const Dims& block) const {
  Shape best{block, 1, block.back()};
  double rows = 1;
  for (int i = 0; i < last(); ++i) rows *= static_cast<double>(block[i] + axis(i).taps - 1);
  double least = HUGE_VAL;
  for (std::int64_t pieces = 1; pieces <= lines_; pieces *= 2) {
    const std::int64_t piece =
        pieces == 1 ? block.back() : rounded_up(ceil_div(block.back(), pieces), lines_);
    const double read =
        std::ceil(rows * static_cast<double>(pieces) / static_cast<double>(lines_)) *
        static_cast<double>(piece + axis(last()).taps - 1);
    if (read >= least) continue;
    least = read;
    best.pieces = pieces;
    best.piece = piece;
  }
  return best;
}

/// Of one output, with what is read beside it and computed again.
double RecursiveLayout::cost(const Shape& s, std::int64_t cosines) const {
  const double sum = kSum + static_cast<double>(cosines - 1);
  const auto lines = static_cast<double>(lines_);
  double rows = 1, outputs = 1;
  for (int i = 0; i < last(); ++i) {
    rows *= static_cast<double>(s.block[i] + axis(i).taps - 1);
    outputs *= static_cast<double>(s.block[i]);
  }
  const double line = static_cast<double>(s.piece + axis(last()).taps - 1);
  const double groups = std::ceil(rows * static_cast<double>(s.pieces) / lines);
  double all = groups * lines * line * (kLoad + sum), before = rows;
  const double width = static_cast<double>(s.block.back());
  for (int i = last() - 1; i >= 0; --i) {  // this axis at last, those before it with all rows
    all += before * width * sum;
    before *= static_cast<double>(s.block[i]) / static_cast<double>(s.block[i] + axis(i).taps - 1);
  }
  const double bytes = static_cast<double>(element_bytes_) *
                       (rows * width * (last() > 0 ? 1 : 0.5) + 2 * lines * line);
  const double slower = bytes <= kSecondCache ? 1 : bytes <= kThirdCache ? kFromThird : kFromMemory;
  return all * slower / (outputs * width);
}

/// The cheapest of all combinations of a few blocks along each axis; then tiles of equal size.
void RecursiveLayout::choose(std::int64_t cosines) {
  const int axes = last() + 1;
  std::vector<std::vector<std::int64_t>> tried;
  for (int i = 0; i < axes; ++i) tried.push_back(candidates(i));
  std::vector<std::size_t> at(tried.size(), 0);
  Dims block(axes, 1);
  double least = HUGE_VAL;
  for (;;) {
    for (int i = 0; i < axes; ++i)
      block[i] = tried[static_cast<std::size_t>(i)][at[static_cast<std::size_t>(i)]];
    const Shape shape = with_pieces(block);
    if (const double c = cost(shape, cosines); c < least) {
      least = c;
      block_ = block;
    }
    std::size_t i = tried.size();
    for (; i > 0 && ++at[i - 1] == tried[i - 1].size(); --i) at[i - 1] = 0;
    if (i == 0) break;
  }
  for (int i = 0; i < axes; ++i)
    if (!is_streamed(i)) block_[i] = ceil_div(axis(i).count, ceil_div(axis(i).count, block_[i]));
  const Shape shape = with_pieces(block_);
  pieces_ = shape.pieces;
  piece_ = shape.piece;
}

std::int64_t RecursiveLayout::outer_tiles() const { return ceil_div(axis(0).count, block_[0]); }

void RecursiveLayout::box(std::int64_t tile, std::int64_t* from, std::int64_t* to) const {
  for (int i = last(); i >= 0; --i) {
    const std::int64_t blocks = ceil_div(axis(i).count, block_[i]);
    from[i] = tile % blocks * block_[i];
    to[i] = std::min(axis(i).count, from[i] + block_[i]);
    tile /= blocks;
  }
}

double RecursiveLayout::loaded() const {
  const double groups =
      std::ceil(static_cast<double>(all_rows_ * pieces_) / static_cast<double>(lines_));
  return static_cast<double>(tiles_) * groups * static_cast<double>(lines_ * line_length_);
}

double RecursiveLayout::met(int i) const {
  if (i == last()) return loaded();
  double samples = static_cast<double>(tiles_ * row_length_);
  for (int k = 0; k < last(); ++k) samples *= static_cast<double>(k <= i ? rows_[k] : block_[k]);
  return samples;
}

}  // namespace faltung
