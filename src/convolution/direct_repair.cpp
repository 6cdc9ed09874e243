// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "convolution/direct_repair.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "convolution/extended_input.hpp"
#include "convolution/point.hpp"

namespace faltung {

template <class T>
Danger danger_of(const Scan<T>& samples, const KernelFacts& facts) noexcept {
  Danger danger;
  danger.known = true;
  constexpr long double kLargest = std::numeric_limits<T>::max();
  danger.overflow = static_cast<long double>(samples.largest) * facts.sum_abs >= kLargest / 2;
  danger.underflow = samples.smallest != 0 && facts.min_abs != 0 &&
                     static_cast<long double>(samples.smallest) * facts.min_abs <
                         static_cast<long double>(std::numeric_limits<T>::min());
  return danger;
}

template <class T>
void DirectRepair<T>::row(const Batch& batch, const KernelTaps<T>& kernel, DirectTile<T>& tile,
                          const std::int64_t* out, std::int64_t n,
                          T* const* results) const noexcept {
  const T tiny = static_cast<T>(kernel.re.size()) * std::numeric_limits<T>::min();
  const bool edges = !kernel.facts.finite && g_.absent_outside;
  const auto harmless = [&] {
    return tile.danger.known && !tile.danger.overflow && !tile.danger.underflow;
  };
  if (!edges && (harmless() || !suspicious(results, n, tiny))) return;
  if (!tile.danger.known) tile.danger = danger_of(kernel.facts, tile);
  if (!edges && harmless()) return;
  const ExtendedInput<long double> x(g_, batch.run.x, batch.run.x_strides, batch.at);
  const int last = static_cast<int>(g_.spatial.size()) - 1;
  std::int64_t where[kMaxRank];
  std::copy_n(out, last + 1, where);
  for (std::int64_t i = 0; i < n; ++i, ++where[last]) {
    bool wrong = edges && leaves_input(where);
    for (int part = 0; part < parts(); ++part) {
      const T v = results[part][i];
      wrong |=
          std::isfinite(v) ? tile.danger.underflow && std::abs(v) < tiny : tile.danger.overflow;
    }
    if (!wrong) continue;
    const Point point = evaluate_point(g_, x, kernel, where);
    results[0][i] = static_cast<T>(point.re);
    if (g_.complex()) results[1][i] = static_cast<T>(point.im);
  }
}

template <class T>
bool DirectRepair<T>::suspicious(T* const* results, std::int64_t n, T tiny) const {
  for (int part = 0; part < parts(); ++part) {
    const Scan<T> scan = loops_.scan(results[part], n);
    if (scan.nonfinite > 0 || scan.zeros > 0 || (scan.smallest != 0 && scan.smallest < tiny))
      return true;
  }
  return false;
}

template <class T>
Danger DirectRepair<T>::danger_of(const KernelFacts& facts, const DirectTile<T>& tile) const {
  Scan<T> scan;
  const int last = static_cast<int>(g_.spatial.size()) - 1;
  const std::int64_t missing = layout_.block()[last] - (tile.to[last] - tile.from[last]);
  const Axis& inner = g_.spatial.back();
  layout_.for_each_row(tile.from, tile.to, [&](std::int64_t row, const std::int64_t* position) {
    const T* in_place = tile.x;
    if (in_place != nullptr) {
      in_place += inner.first + tile.from[last] * inner.step;
      for (int i = 0; i < last; ++i) in_place += position[i] * (*tile.x_strides)[i];
    }
    for (int part = 0; part < parts(); ++part)
      for (const DirectLayout::Segment& s : layout_.segments())
        scan.merge(loops_.scan(in_place != nullptr
                                   ? in_place + s.lo
                                   : tile.base[part] + row * layout_.row_length() + s.at,
                               s.count - missing));
  });
  Danger danger = faltung::danger_of(scan, facts);
  // Samples that an odd reflection took out of the range hide how large the others are.
  danger.overflow |= g_.boundary == Boundary::odd && scan.nonfinite > 0;
  return danger;
}

template <class T>
bool DirectRepair<T>::leaves_input(const std::int64_t* out) const {
  for (std::size_t i = 0; i < g_.spatial.size(); ++i) {
    const Axis& a = g_.spatial[i];
    if (a.reads_first(out[i]) < 0 || a.reads_last(out[i] + 1) >= a.n) return true;
  }
  return false;
}

template Danger danger_of(const Scan<float>&, const KernelFacts&) noexcept;
template Danger danger_of(const Scan<double>&, const KernelFacts&) noexcept;
template class DirectRepair<float>;
template class DirectRepair<double>;

}  // namespace faltung
