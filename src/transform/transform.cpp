// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "transform/transform.hpp"

#include <algorithm>
#include <bit>

namespace faltung {
namespace {

/// Bytes of a node that stay in the nearest cache beside its twiddles and the kernel's spectrum.
constexpr std::int64_t kCachedBytes = 32768;
/// Bytes of a row of a strip of columns: whole lines of a cache, a few of them, since rows lie on
/// pages of their own.
constexpr std::int64_t kStripBytes = 512;
/// Bytes of tables and of a spectrum that the nearest cache holds.
constexpr std::int64_t kNearBytes = 65536;
/// Lines of each part of a pass that are worth handing to a thread.
constexpr std::int64_t kLeastLines = 64;
/// Nodes for each thread of a team that let it end evenly, where they are no multiple of it.
constexpr std::int64_t kNodesAThread = 8;

}  // namespace

template <class T>
bool Transform<T>::stays_in_cache(std::int64_t parts, Lie lie) const {
  return numbers_of_node(parts, lie) * static_cast<std::int64_t>(sizeof(T)) <= kCachedBytes;
}

template <class T>
PassShape Transform<T>::shape_of(const Pass& pass, std::int64_t parts, Lie lie) const {
  const std::int64_t points = pass.length / pass.radix;  // of a child
  PassShape shape;
  shape.nodes = pass.nodes / parts;
  shape.node_stride = lie.pitch * pass.length;
  shape.part_stride = lie.pitch * points;
  shape.rows = lie.count == 0 ? 1 : points;
  shape.row_pitch = lie.pitch;
  shape.count = lie.count == 0 ? points / loops_->lanes : lie.count;
  return shape;
}

/// Pass `step` on part `part` of `parts` equal parts; z points at the part.
template <class T>
void Transform<T>::run_pass(bool inverse, std::size_t step, std::int64_t part, std::int64_t parts,
                            T* z, Lie lie) const {
  const Pass& pass = passes_[step];
  const PassShape shape = shape_of(pass, parts, lie);
  const T* twiddles = twiddles_.data() + pass.twiddles + part * shape.nodes * 2 * (pass.radix - 1);
  (inverse ? loops_->inverse : loops_->forward)[pass.radix](z, shape, twiddles);
}

/// Tables and spectrum are asked for some units ahead where they do not lie in the nearest cache;
/// of blocks that come one after the other only where they lie in none: there samples are asked
/// for.
template <class T>
void Transform<T>::convolve_units(T* z, Beside with, std::int64_t count, const T* pass,
                                  const T* stages) const {
  const bool asks = read_ > (with.errand.ahead == nullptr ? kNearBytes : kFarBytes);
  units_->convolve[asks ? 1 : 0](z, with.h, with.errand, count, pass, stages);
}

/// The nodes of a part that stays in the nearest cache, pass by pass, and its units.
template <class T>
template <typename Transform<T>::Way way>
void Transform<T>::run_in_cache(std::size_t from, std::int64_t part, std::int64_t parts, T* z,
                                Beside with, Lie lie) const {
  if constexpr (way != Way::inverse)
    for (std::size_t step = from; step < passes_.size(); ++step)
      run_pass(false, step, part, parts, z, lie);
  const std::int64_t count = unit_count_ / parts;
  const T* pass = twiddles_.data() + unit_twiddles_ + kUnitPassTwiddles * count * part;
  const T* stages = stages_.data() + count * part * units_->twiddles;
  if (count == 0 && way != Way::forward && with.h != nullptr) {
    PassShape shape{.count = length_ / parts};
    if (lie.count > 0)
      shape = {.rows = length_ / parts, .row_pitch = lie.pitch, .count = lie.count};
    loops_->multiply(z, with.h, shape, z);
  } else if (count > 0 && way == Way::convolve) {
    convolve_units(z, with, count, pass, stages);
  } else if (count > 0 && way == Way::forward) {
    units_->forward(z, count, pass, stages, with.factor);
  } else if (count > 0) {
    units_->inverse(z, count, pass, stages);
  } else if (way == Way::forward && with.factor != T(1)) {
    for (std::int64_t i = 0; i < numbers_of_node(parts, lie); ++i) z[i] *= with.factor;
  }
  if constexpr (way != Way::forward)
    for (std::size_t step = passes_.size(); step-- > from;)
      run_pass(true, step, part, parts, z, lie);
}

/// Node `part` of the `parts` before pass `from`, and all below it.
template <class T>
template <typename Transform<T>::Way way>
void Transform<T>::run_node(std::size_t from, std::int64_t part, std::int64_t parts, T* z,
                            Beside with, Lie lie) const {
  if (from == passes_.size() || stays_in_cache(parts, lie))
    return run_in_cache<way>(from, part, parts, z, with, lie);
  const int radix = passes_[from].radix;
  const std::int64_t child = length_ / parts / radix * lie.pitch;
  const std::int64_t beside = numbers_of_node(parts * radix, lie);
  if constexpr (way != Way::inverse) run_pass(false, from, part, parts, z, lie);
  for (std::int64_t j = 0; j < radix; ++j)
    run_node<way>(from + 1, part * radix + j, parts * radix, z + j * child, with.at(j * beside),
                  lie);
  if constexpr (way != Way::forward) run_pass(true, from, part, parts, z, lie);
}

/// Pass `step` of the whole row, its nodes cut into ranges of lines.
template <class T>
void Transform<T>::run_shared_pass(bool inverse, std::size_t step, T* z, const Team& team) const {
  const Pass& pass = passes_[step];
  PassShape shape;
  shape.part_stride = 2 * pass.length / pass.radix;
  const std::int64_t lines = pass.length / pass.radix / loops_->lanes;
  const std::int64_t ranges = std::clamp<std::int64_t>(lines / kLeastLines, 1, 2 * team.threads());
  const auto loop = (inverse ? loops_->inverse : loops_->forward)[pass.radix];
  team.each(pass.nodes * ranges, [&](std::int64_t i) {
    const std::int64_t node = i / ranges, range = i % ranges;
    const std::int64_t begin = lines * range / ranges;
    PassShape part = shape;
    part.count = lines * (range + 1) / ranges - begin;
    loop(z + 2 * (node * pass.length + begin * loops_->lanes), part,
         twiddles_.data() + pass.twiddles + node * 2 * (pass.radix - 1));
  });
}

/// All but the first pass. A team shares passes until there are nodes for all of its threads.
template <class T>
template <typename Transform<T>::Way way>
void Transform<T>::run_row(T* z, Beside with, const Team& team) const {
  if (passes_.empty() || stays_in_cache(1, {}))
    return run_in_cache<way>(std::min<std::size_t>(1, passes_.size()), 0, 1, z, with, {});
  std::int64_t nodes = passes_[0].radix;
  std::size_t from = 1;
  const auto uneven = [&] {
    return nodes % team.threads() != 0 && nodes < kNodesAThread * team.threads();
  };
  for (; from < passes_.size() && uneven(); nodes *= passes_[from++].radix)
    if constexpr (way != Way::inverse) run_shared_pass(false, from, z, team);
  const std::int64_t numbers = 2 * length_ / nodes;
  team.each(nodes, [&](std::int64_t j) {
    run_node<way>(from, j, nodes, z + j * numbers, with.at(j * numbers), {});
  });
  if constexpr (way != Way::forward)
    while (--from > 0) run_shared_pass(true, from, z, team);
}

template <class T>
void Transform<T>::forward_lines(T* lines, T factor) const noexcept {
  run_row<Way::forward>(lines, {.factor = factor}, {});
}
template <class T>
void Transform<T>::inverse_lines(T* lines) const noexcept {
  run_row<Way::inverse>(lines, {}, {});
}
template <class T>
void Transform<T>::convolve_lines(T* lines, const T* h, const Team& team,
                                  const Errand<T>& errand) const noexcept {
  run_row<Way::convolve>(lines, {.h = h, .errand = errand}, team);
}
template <class T>
void Transform<T>::forward(const T* re, const T* im, T* lines, T factor) const noexcept {
  first(re, im, lines);
  forward_lines(lines, factor);
}
template <class T>
void Transform<T>::inverse(T* lines, T* re, T* im) const noexcept {
  inverse_lines(lines);
  last(lines, re, im);
}
template <class T>
void Transform<T>::convolve_entered(const T* h, T* lines, T* y_re, T* y_im, const Team& team,
                                    const Errand<T>& errand, std::int64_t short_by,
                                    T* aside) const noexcept {
  if (is_short_ && team.is_alone()) {
    passes_to_units(lines);
    convolve_units(lines, {.h = h, .errand = errand}, unit_count_, unit_twiddles(),
                   stage_twiddles());
    passes_from_units(lines);
  } else {
    convolve_lines(lines, h, team, errand);
  }
  if (short_by == 0) last(lines, y_re, y_im, team);
  else last_but_some(lines, y_re, y_im, team, short_by, aside);
}

template <class T>
void Transform<T>::passes_to_units(T* lines) const noexcept {
  for (std::size_t step = 1; step < passes_.size(); ++step) {
    const Pass& pass = passes_[step];
    loops_->forward[pass.radix](lines, pass.row, twiddles_.data() + pass.twiddles);
  }
}
template <class T>
void Transform<T>::passes_from_units(T* lines) const noexcept {
  for (std::size_t step = passes_.size(); step-- > 1;) {
    const Pass& pass = passes_[step];
    loops_->inverse[pass.radix](lines, pass.row, twiddles_.data() + pass.twiddles);
  }
}

/// The first pass, or the move to lines where the units' pass is the first.
template <class T>
void Transform<T>::first(const T* re, const T* im, T* z, const Team& team) const noexcept {
  team.ranges(first_lines_, kLeastLines, [&](std::int64_t begin, std::int64_t end) {
    const std::int64_t part = first_lines_ * loops_->lanes, at = begin * loops_->lanes;
    loops_->first[first_radix_](re + at, im == nullptr ? im : im + at, part, z + 2 * at, part,
                                end - begin, twiddles_.data());
  });
}
template <class T>
void Transform<T>::first_and_scan(const T* re, const T* im, T* z, Scan<T>& scan) const noexcept {
  const std::int64_t part = first_lines_ * loops_->lanes;
  loops_->first_and_scan[first_radix_](re, im, part, z, part, first_lines_, twiddles_.data(), scan);
}
template <class T>
void Transform<T>::last(const T* z, T* re, T* im, const Team& team) const noexcept {
  team.ranges(first_lines_, kLeastLines, [&](std::int64_t begin, std::int64_t end) {
    const std::int64_t part = first_lines_ * loops_->lanes, at = begin * loops_->lanes;
    loops_->last[first_radix_](z + 2 * at, part, re + at, im + at, part, end - begin,
                               twiddles_.data());
  });
}

/// Parts of the row end together: from where the last one does, lines go aside, and from there as
/// far as y has a place for them.
template <class T>
void Transform<T>::last_but_some(const T* z, T* re, T* im, const Team& team, std::int64_t short_by,
                                 T* aside) const {
  const std::int64_t lanes = loops_->lanes, lines = first_lines_, part = lines * lanes;
  const std::int64_t whole = (part - short_by) / lanes;
  const auto loop = [&](T* to_re, T* to_im, std::int64_t begin, std::int64_t end) {
    const std::int64_t at = begin * lanes;
    loops_->last[first_radix_](z + 2 * at, part, to_re + at, to_im + at, part, end - begin,
                               twiddles_.data());
  };
  team.ranges(whole, kLeastLines,
              [&](std::int64_t begin, std::int64_t end) { loop(re, im, begin, end); });
  team.ranges(lines - whole, kLeastLines, [&](std::int64_t begin, std::int64_t end) {
    loop(aside, aside + length_, whole + begin, whole + end);
    const std::int64_t first = (whole + begin) * lanes, behind = (whole + end) * lanes;
    for (std::int64_t at = 0; at < length_; at += part) {
      const bool is_last = at + part == length_;
      const std::int64_t stop = is_last ? std::min(behind, part - short_by) : behind;
      std::copy(aside + at + first, aside + at + behind, re + at + first);
      if (stop > first)
        std::copy(aside + length_ + at + first, aside + length_ + at + stop, im + at + first);
    }
  });
}

template <class T>
std::int64_t Transform<T>::lines_of_a_strip() const {
  const std::int64_t line = 2 * loops_->lanes * static_cast<std::int64_t>(sizeof(T));
  return std::max<std::int64_t>(1, std::max(kStripBytes, kCachedBytes / length_) / line);
}

template <class T>
template <typename Transform<T>::Way way>
void Transform<T>::run_strip(T* z, const T* h, Lie lie, std::int64_t strip) const {
  const std::int64_t at = strip * lines_of_a_strip(), line = 2 * loops_->lanes;
  run_node<way>(0, 0, 1, z + at * line, Beside{.h = h}.at(at * line * length_),
                {lie.pitch, std::min(lines_of_a_strip(), lie.count - at)});
}
template <class T>
template <typename Transform<T>::Way way>
void Transform<T>::run_columns(T* z, const T* h, Lie lie) const {
  for (std::int64_t strip = 0; strip < strips(lie.count); ++strip) run_strip<way>(z, h, lie, strip);
}

template <class T>
void Transform<T>::forward_columns(T* lines, std::int64_t pitch,
                                   std::int64_t count) const noexcept {
  run_columns<Way::forward>(lines, nullptr, {pitch, count});
}
template <class T>
void Transform<T>::inverse_columns(T* lines, std::int64_t pitch, std::int64_t count,
                                   const T* h) const noexcept {
  run_columns<Way::inverse>(lines, h, {pitch, count});
}
template <class T>
void Transform<T>::convolve_strip(T* lines, const T* h, std::int64_t pitch, std::int64_t count,
                                  std::int64_t strip) const noexcept {
  run_strip<Way::convolve>(lines, h, {pitch, count}, strip);
}
template <class T>
void Transform<T>::kernel_columns(const T* lines, std::int64_t rows, std::int64_t pitch,
                                  std::int64_t count, T* h) const noexcept {
  for_strips(count, [&](std::int64_t at, std::int64_t width) {
    const std::int64_t numbers = 2 * loops_->lanes * width;
    for (std::int64_t row = 0; row < rows; ++row)
      std::copy_n(lines + row * pitch + 2 * loops_->lanes * at, numbers, h + row * numbers);
    std::fill(h + rows * numbers, h + length_ * numbers, T(0));
    run_node<Way::forward>(0, 0, 1, h, {}, {numbers, width});
    h += length_ * numbers;
  });
}

// The constants are derived in docs/transform_error.md: kTwiddle is a product with a rounded number
// of modulus 1, the rest are the additions and constants of the DFT across parts.
double transform_error_coefficient(std::int64_t length) noexcept {
  constexpr double kTwiddle = 2.95;
  constexpr double kRadix2 = kTwiddle + 1, kRadix3 = kTwiddle + 4.2;
  constexpr double kRadix4 = kTwiddle + 2, kRadix5 = kTwiddle + 10.2;
  double c = 0;
  for (; length % 3 == 0; length /= 3) c += kRadix3;
  for (; length % 5 == 0; length /= 5) c += kRadix5;
  const int levels = std::countr_zero(static_cast<std::uint64_t>(length));
  // Units of some lanes have a stage of radix 2: then an even number of levels needs another one.
  const int twos = levels % 2 == 1 ? 1 : std::min(levels, 2), fours = (levels - twos) / 2;
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
