// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "transform/transform.hpp"

#include <algorithm>
#include <bit>

#include "transform/unit_circle.hpp"

namespace faltung {
namespace {

/// Bytes of a node that stay in the first-level cache beside its twiddles: the passes of a smaller
/// node run one after the other, a larger one's children run to the end one after the other.
/// 16 to 64 KiB make no difference on 48 KiB of cache; without it 2^14 points take a quarter
/// longer.
constexpr std::int64_t kCachedBytes = 32768;
/// Elements of one plane in a strip of columns, likewise.
constexpr std::int64_t kStripElements = 16384;
constexpr std::int64_t kNarrowestStrip = 16;

/// Angles a of nodes as exact fractions numerator / denominator of the circle.
struct Nodes {
  std::vector<std::int64_t> numerators;
  std::int64_t denominator;
};

/// Children of radix r: (a + j) / r.
Nodes split(const Nodes& nodes, int radix) {
  Nodes children{{}, nodes.denominator * radix};
  children.numerators.reserve(nodes.numerators.size() * static_cast<std::size_t>(radix));
  for (std::int64_t a : nodes.numerators)
    for (int j = 0; j < radix; ++j) children.numerators.push_back(a + j * nodes.denominator);
  return children;
}

/// Along rows, passes stop where nodes have come down to one vector, if these can be zipped in
/// pairs; along columns, and for short rows, they go on to single points.
bool has_tail(std::int64_t length, std::int64_t lanes, Along along) {
  const std::int64_t power = std::int64_t{1}
                             << std::countr_zero(static_cast<std::uint64_t>(length));
  return along == Along::rows && lanes > 1 && power >= lanes && length % (2 * lanes) == 0;
}

/// Numbers that the zips of one pair of vectors take.
template <class T>
std::int64_t tail_of_pair(const Butterflies<T>& loops) {
  const int levels = std::countr_zero(static_cast<std::uint64_t>(loops.lanes));
  std::int64_t numbers = 0;
  for (int level = 0; level < levels; ++level) numbers += 2 * loops.tail_width[level];
  return numbers;
}

}  // namespace

template <class T>
std::int64_t Transform<T>::bytes_of(std::int64_t length, Along along, std::int64_t target) {
  const Butterflies<T>& loops = butterflies<T>(target);
  const bool tail = has_tail(length, loops.lanes, along);
  std::int64_t numbers = tail ? length / (2 * loops.lanes) * tail_of_pair(loops) : 0, nodes = 1;
  for (const int r : radices_of(tail ? length / loops.lanes : length)) {
    numbers += nodes * 2 * (r - 1);
    nodes *= r;
  }
  return numbers * static_cast<std::int64_t>(sizeof(T));
}

template <class T>
Result<Transform<T>> Transform<T>::make(std::int64_t length, Root root, Along along,
                                        std::int64_t target) {
  if (!is_transform_length(length))
    return tl::unexpected(Failure{Status::unsupported,
                                  "no transform of " + std::to_string(length) +
                                      " points; lengths are {1, 3, 5, 9, 15} times a power of 2"});
  Transform t;
  t.length_ = length;
  t.loops_ = &butterflies<T>(target);
  t.build(root, along);
  return t;
}

/// Passes and their twiddles.
template <class T>
void Transform<T>::build(Root root, Along along) {
  const std::int64_t lanes = loops_->lanes;
  const bool tail = has_tail(length_, lanes, along);
  Nodes nodes{{root == Root::quarter ? 1 : 0}, 4};
  std::int64_t node_length = length_;
  for (int r : radices_of(tail ? length_ / lanes : length_)) {
    passes_.push_back(
        {r, length_ / node_length, node_length, static_cast<std::int64_t>(twiddles_.size())});
    const UnitCircle<T> unit(nodes.denominator * r);
    std::size_t at = twiddles_.size();
    twiddles_.resize(at + nodes.numerators.size() * static_cast<std::size_t>(2 * (r - 1)));
    for (std::int64_t a : nodes.numerators)
      for (int s = 1; s < r; ++s, at += 2) unit(s * a, twiddles_[at], twiddles_[at + 1]);
    nodes = split(nodes, r);
    node_length /= r;
  }
  if (tail) {
    tail_pairs_ = length_ / (2 * lanes);
    add_tail(nodes.numerators, nodes.denominator);
  }
}

/// Follows the lanes of each pair of vectors through the zips to learn which node each belongs to.
template <class T>
void Transform<T>::add_tail(const std::vector<std::int64_t>& numerators, std::int64_t denominator) {
  const auto lanes = static_cast<std::size_t>(loops_->lanes);
  const int levels = std::countr_zero(lanes);
  const std::int64_t last = denominator << levels;
  const UnitCircle<T> unit(last);
  std::vector<std::int64_t> a(lanes), b(lanes), l(lanes), u(lanes);
  tail_.reserve(static_cast<std::size_t>(tail_pairs_ * tail_of_pair(*loops_)));
  for (std::size_t pair = 0; pair < static_cast<std::size_t>(tail_pairs_); ++pair) {
    std::fill(a.begin(), a.end(), numerators[2 * pair]);
    std::fill(b.begin(), b.end(), numerators[2 * pair + 1]);
    for (int level = 0; level < levels; ++level) {
      const std::int64_t d = denominator << level;  // angles of this level are over d
      for (std::size_t i = 0; i < lanes; ++i) {
        const std::vector<std::int64_t>& from = i % 2 == 0 ? a : b;
        l[i] = from[i / 2];
        u[i] = from[lanes / 2 + i / 2];
      }
      const std::size_t at = tail_.size();
      const auto width = static_cast<std::size_t>(loops_->tail_width[level]);
      tail_.resize(at + 2 * width);
      const std::int64_t half = last / (2 * d);  // e(a/2) for the upper half of the node
      for (std::size_t i = 0; i < width; ++i)
        unit(u[i] * half, tail_[at + i], tail_[at + width + i]);
      a = l;
      for (std::size_t i = 0; i < lanes; ++i) b[i] = l[i] + d;  // (a + 1) / 2
    }
  }
}

template <class T>
std::int64_t Transform<T>::bytes() const noexcept {
  return static_cast<std::int64_t>((twiddles_.size() + tail_.size()) * sizeof(T));
}

/// Row passes [from, to) on part `part` of `parts` equal parts of the row; re and im point at the
/// part.
template <class T>
void Transform<T>::run_passes(bool inverse, std::size_t from, std::size_t to, std::int64_t part,
                              std::int64_t parts, T* re, T* im) const {
  for (std::size_t step = from; step < to; ++step) {
    const Pass& pass = passes_[inverse ? from + to - 1 - step : step];
    PassShape shape;
    shape.nodes = pass.nodes / parts;
    shape.node_stride = pass.length;
    shape.part_stride = shape.count = pass.length / pass.radix;
    const T* twiddles =
        twiddles_.data() + pass.twiddles + part * shape.nodes * 2 * (pass.radix - 1);
    (inverse ? loops_->inverse : loops_->forward)[pass.radix](re, im, shape, twiddles);
  }
}

/// Node `part` of the `parts` before pass `from`, and all below it.
///
///   larger than the cache        pass | child 0 to its leaves | child 1 to its leaves | ...
///   in the cache                 pass, pass, ..., tail over the whole node
template <class T>
void Transform<T>::run_node(bool inverse, std::size_t from, std::int64_t part, std::int64_t parts,
                            T* re, T* im) const {
  const std::int64_t length = length_ / parts;
  if (from < passes_.size() && length * 2 * static_cast<std::int64_t>(sizeof(T)) > kCachedBytes) {
    const int radix = passes_[from].radix;
    if (!inverse) run_passes(false, from, from + 1, part, parts, re, im);
    for (std::int64_t j = 0; j < radix; ++j)
      run_node(inverse, from + 1, part * radix + j, parts * radix, re + j * (length / radix),
               im + j * (length / radix));
    if (inverse) run_passes(true, from, from + 1, part, parts, re, im);
    return;
  }
  const std::int64_t pairs = tail_pairs_ / parts;
  const T* w = tail_.data() + static_cast<std::int64_t>(tail_.size()) / parts * part;
  if (inverse && pairs > 0) loops_->inverse_tail(re, im, pairs, w);
  run_passes(inverse, from, passes_.size(), part, parts, re, im);
  if (!inverse && pairs > 0) loops_->forward_tail(re, im, pairs, w);
}

template <class T>
void Transform<T>::forward_rows(T* re, T* im, std::int64_t rows,
                                std::int64_t pitch) const noexcept {
  for (std::int64_t r = 0; r < rows; ++r) run_node(false, 0, 0, 1, re + r * pitch, im + r * pitch);
}
template <class T>
void Transform<T>::inverse_rows(T* re, T* im, std::int64_t rows,
                                std::int64_t pitch) const noexcept {
  for (std::int64_t r = 0; r < rows; ++r) run_node(true, 0, 0, 1, re + r * pitch, im + r * pitch);
}

template <class T>
void Transform<T>::run_columns(bool inverse, T* re, T* im, std::int64_t pitch,
                               std::int64_t count) const {
  const std::int64_t strip =
      std::max(kNarrowestStrip, kStripElements / length_ / kNarrowestStrip * kNarrowestStrip);
  for (std::int64_t at = 0; at < count; at += strip)
    for (std::size_t step = 0; step < passes_.size(); ++step) {
      const Pass& pass = passes_[inverse ? passes_.size() - 1 - step : step];
      PassShape shape;
      shape.nodes = pass.nodes;
      shape.node_stride = pass.length * pitch;
      shape.rows = pass.length / pass.radix;
      shape.row_pitch = pitch;
      shape.part_stride = shape.rows * pitch;
      shape.count = std::min(strip, count - at);
      (inverse ? loops_->inverse : loops_->forward)[pass.radix](re + at, im + at, shape,
                                                                twiddles_.data() + pass.twiddles);
    }
}

template <class T>
void Transform<T>::forward_columns(T* re, T* im, std::int64_t pitch,
                                   std::int64_t count) const noexcept {
  run_columns(false, re, im, pitch, count);
}
template <class T>
void Transform<T>::inverse_columns(T* re, T* im, std::int64_t pitch,
                                   std::int64_t count) const noexcept {
  run_columns(true, re, im, pitch, count);
}

// The constants are derived in docs/transform_error.md: kTwiddle is a product with a rounded number
// of modulus 1, the rest are the additions and constants of the DFT across parts.
double transform_error_coefficient(std::int64_t length) noexcept {
  constexpr double kTwiddle = 2.95;
  constexpr double kRadix2 = kTwiddle + 1, kRadix3 = kTwiddle + 4.2;
  constexpr double kRadix4 = kTwiddle + 2, kRadix5 = kTwiddle + 10.2;
  constexpr int kTailLevels = 4;  // sixteen lanes; fewer lanes make fewer of these dearer levels
  double c = 0;
  for (; length % 3 == 0; length /= 3) c += kRadix3;
  for (; length % 5 == 0; length /= 5) c += kRadix5;
  const int levels = std::countr_zero(static_cast<std::uint64_t>(length));
  const int tail = std::min(levels, kTailLevels);
  const int twos = tail + (levels - tail) % 2, fours = (levels - tail) / 2;
  return c + twos * kRadix2 + fours * kRadix4;
}

namespace {
// sqrt(5) for the product of spectra, 2 for the kernel's factor 1/M and its product, rounded up.
constexpr double kProduct = 4.5;
// Terms of second and higher order: below 1/1000 for every length that memory holds.
constexpr double kHigherOrder = 1.01;
}  // namespace

double convolution_error_coefficient(double forward) noexcept {
  return (3 * forward + kProduct) * kHigherOrder;
}

L2Error convolution_l2_error(double forward) noexcept {
  return {(2 * forward + kProduct) * kHigherOrder, forward * kHigherOrder};
}

template class Transform<float>;
template class Transform<double>;

}  // namespace faltung
