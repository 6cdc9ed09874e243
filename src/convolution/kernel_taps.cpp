// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "convolution/kernel_taps.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <type_traits>

#include "convolution/extended_input.hpp"
#include "convolution/store.hpp"
#include "microkernels/samples.hpp"
#include "microkernels/targets.hpp"

namespace faltung {
namespace {

/// Copies one kernel; `h` points at its first tap, strides count real elements.
template <class T>
void copy_taps(const Geometry& g, const std::byte* h, const Dims& strides, bool pairs, T* re,
               T* im) {
  const ElementType real = real_part_of(g.h_type);
  const std::int64_t bytes = size_bytes(real);
  const CopyRow<T> copy = copy_row_from<T>(real);
  const int last = strides.rank() - 1;
  const std::int64_t row = g.spatial.back().taps;
  const std::int64_t rows = g.taps() / row;
  for (int i = 0; i <= last; ++i)
    h += g.spatial[static_cast<std::size_t>(i)].skipped * strides[i] * bytes;
  for (std::int64_t r = 0; r < rows; ++r) {
    std::int64_t offset = 0, rest = r;
    for (int i = last - 1; i >= 0; --i) {
      const std::int64_t taps = g.spatial[static_cast<std::size_t>(i)].taps;
      const std::int64_t k = rest % taps;
      rest /= taps;
      offset += (g.reversed ? taps - 1 - k : k) * strides[i];
    }
    if (g.reversed) offset += (row - 1) * strides[last];
    const std::int64_t stride = row == 1 ? 0 : (g.reversed ? -strides[last] : strides[last]);
    copy(h + offset * bytes, stride, row, re + r * row);
    if (im != nullptr && pairs) copy(h + (offset + 1) * bytes, stride, row, im + r * row);
  }
}

/// Whether taps lie in h as a convolution reads them.
template <class T>
bool lies_as_read(const Geometry& g, const std::byte* h, const Dims& strides) {
  if constexpr (std::is_floating_point_v<T>)
    if (g.h_type != kElement<T>) return false;
  if (g.reversed || reinterpret_cast<std::uintptr_t>(h) % sizeof(T) != 0) return false;
  std::int64_t dense = 1;
  for (int i = strides.rank() - 1; i >= 0; --i) {
    const Axis& a = g.spatial[static_cast<std::size_t>(i)];
    if (a.skipped != 0 || (a.taps > 1 && strides[i] != dense)) return false;
    dense *= a.taps;
  }
  return true;
}

/// Copies the taps of a kernel that lies like that, and looks at them; false where another look is
/// needed, and nothing is known.
template <class T>
bool copy_plain(const Geometry& g, const std::byte* h, const Dims& strides, KernelTaps<T>& taps,
                Scan<T>& scan) {
  if constexpr (std::is_floating_point_v<T>)
    return lies_as_read<T>(g, h, strides) &&
           sample_loops<T>(active_target_bit().value_or(0))
               .copy_plain(reinterpret_cast<const T*>(h), g.taps(), taps.re.data(), scan);
  return false;
}

template <class T>
void negate(support::UnsetVector<T>& values) {
  for (T& v : values) v = -v;
}

/// What is added up along one row; squares keep their range in the wider type.
struct RowSums {
  double largest = 0;
  double smallest = 0;  ///< of the non-zero ones; 0 when there is none
  long double sum = 0;
  long double squares = 0;
  bool finite = true;
  bool negative = false;
};

/// Largest and smallest magnitude and sign of finite values; lanes of four, so that none waits.
void add_extremes(const double* values, std::int64_t n, RowSums& sums) {
  double largest[4] = {}, lowest[4] = {}, smallest[4] = {HUGE_VAL, HUGE_VAL, HUGE_VAL, HUGE_VAL};
  for (std::int64_t i = 0; i < n; ++i) {
    const double magnitude = std::abs(values[i]);
    largest[i % 4] = std::max(largest[i % 4], magnitude);
    smallest[i % 4] = std::min(smallest[i % 4], magnitude == 0 ? HUGE_VAL : magnitude);
    lowest[i % 4] = std::min(lowest[i % 4], values[i]);
  }
  for (int j = 0; j < 4; ++j) {
    sums.largest = std::max(sums.largest, largest[j]);
    if (smallest[j] < HUGE_VAL)
      sums.smallest = sums.smallest == 0 ? smallest[j] : std::min(sums.smallest, smallest[j]);
    sums.negative |= lowest[j] < 0;
  }
}

/// Sums of magnitudes and of squares, in S.
template <class S, class T>
void add_sums(const T* values, std::int64_t n, RowSums& sums) {
  S sum[4] = {}, squares[4] = {};
  for (std::int64_t i = 0; i < n; ++i) {
    const double value = static_cast<double>(values[i]);
    const double magnitude = std::abs(value) < HUGE_VAL ? std::abs(value) : 0;
    sum[i % 4] += magnitude;
    squares[i % 4] += static_cast<S>(magnitude) * static_cast<S>(magnitude);
  }
  for (int j = 0; j < 4; ++j) {
    sums.sum += sum[j];
    sums.squares += squares[j];
  }
}

/// Values that are summed in double.
constexpr std::size_t kRow = 1024;

/// A row of at most kRow whole numbers, whose squares are far from the ends of double's range.
void add_row(const double* values, std::int64_t n, RowSums& sums) {
  RowSums row;
  add_extremes(values, n, row);
  add_sums<double>(values, n, row);
  sums.largest = std::max(sums.largest, row.largest);
  if (row.smallest != 0)
    sums.smallest = sums.smallest == 0 ? row.smallest : std::min(sums.smallest, row.smallest);
  sums.negative |= row.negative;
  sums.sum += row.sum;
  sums.squares += row.squares;
}

/// Extends the hull of non-zero taps by those of one row, first .. last.
void extend_hull(const Geometry& g, std::int64_t row, std::int64_t first, std::int64_t last,
                 KernelFacts& f) {
  const int inner = static_cast<int>(g.spatial.size()) - 1;
  for (int i = inner; i >= 0; --i) {
    std::int64_t from = first, to = last;
    if (i < inner) {
      const std::int64_t taps = g.spatial[static_cast<std::size_t>(i)].taps;
      from = to = row % taps;
      row /= taps;
    }
    f.hull_first[i] = f.any_nonzero ? std::min(f.hull_first[i], from) : from;
    f.hull_last[i] = f.any_nonzero ? std::max(f.hull_last[i], to) : to;
  }
  f.any_nonzero = true;
}

/// Not below the sum that was rounded on its way.
long double rounded_up(long double value) { return value * (1 + 1e-12L); }

/// `dense`: every tap is known not to be zero.
template <class T>
void find_nonzeros(const Geometry& g, const KernelTaps<T>& taps, bool dense, KernelFacts& f) {
  const std::int64_t length = g.spatial.back().taps;
  const auto rows = static_cast<std::int64_t>(taps.re.size()) / length;
  for (std::int64_t r = 0; r < rows; ++r) {
    const T* re = taps.re.data() + r * length;
    const T* im = taps.im.empty() ? re : taps.im.data() + r * length;
    std::int64_t first = length, last = -1, zeros = 0;
    for (std::int64_t k = 0; k < length && !dense; ++k) zeros += re[k] == 0 && im[k] == 0;
    if (zeros == length) continue;
    for (first = 0; re[first] == 0 && im[first] == 0;) ++first;
    for (last = length - 1; re[last] == 0 && im[last] == 0;) --last;
    f.nonzeros += length - zeros;
    extend_hull(g, r, first, last, f);
  }
}

/// Of integers, as doubles, and the sums of the positive and of the negative ones.
RowSums sums_of(const Geometry& g, const support::UnsetVector<std::int64_t>& values,
                KernelFacts& f) {
  RowSums sums;
  double row[kRow];
  const bool wraps = g.h_type == ElementType::u64;
  for (std::size_t t = 0; t < values.size(); t += kRow) {
    const std::size_t n = std::min(kRow, values.size() - t);
    for (std::size_t i = 0; i < n; ++i) {
      const std::int64_t v = values[t + i];
      const auto bits = static_cast<std::uint64_t>(v);
      const Int128 whole = wraps ? static_cast<Int128>(bits) : static_cast<Int128>(v);
      row[i] = wraps ? static_cast<double>(bits) : static_cast<double>(v);
      (whole > 0 ? f.positive_sum : f.negative_sum) += whole;
    }
    add_row(row, static_cast<std::int64_t>(n), sums);
  }
  return sums;
}

template <class T>
Scan<T> scan_of(const support::UnsetVector<T>& values) {
  const std::int64_t target = active_target_bit().value_or(0);
  return weighted_sum<T>(target).scan(values.data(), static_cast<std::int64_t>(values.size()));
}

/// What one look at floats tells.
template <class T>
RowSums extremes_of(const Scan<T>& scan) {
  RowSums sums;
  sums.largest = static_cast<double>(scan.largest);
  sums.smallest = static_cast<double>(scan.smallest);
  sums.finite = scan.nonfinite == 0;
  sums.negative = scan.negative;
  return sums;
}

/// Adds the sums of magnitudes and of squares. Where no square can leave the normal numbers of a
/// double, rows are summed in it: of kRow values, vectors or not, the 1e-12 that rounded_up() adds
/// covers the roundings.
template <class T>
void add_sums_of(const support::UnsetVector<T>& values, const KernelFacts& f, RowSums& sums) {
  const SampleLoops<T>& loops = sample_loops<T>(active_target_bit().value_or(0));
  const auto n = static_cast<std::int64_t>(values.size());
  const bool narrow = f.max_abs < 1e140 && (f.min_abs == 0 || f.min_abs > 1e-140);
  for (std::int64_t t = 0; t < n; t += static_cast<std::int64_t>(kRow)) {
    const std::int64_t count = std::min(static_cast<std::int64_t>(kRow), n - t);
    double row[2] = {};
    if (narrow) loops.sums(values.data() + t, count, &row[0], &row[1]);
    else add_sums<long double>(values.data() + t, count, sums);
    sums.sum += row[0];
    sums.squares += row[1];
  }
}

void set_norms(const RowSums& re, const RowSums& im, KernelFacts& f) {
  const long double sum = re.sum + im.sum, squares = re.squares + im.squares;
  f.sum_abs = sum == 0 ? 0 : rounded_up(sum);
  f.norm2 = squares == 0 ? 0 : rounded_up(std::sqrt(squares));
}

/// `known`: of the real parts of floats; or null.
template <class T>
KernelFacts facts_of(const Geometry& g, const KernelTaps<T>& taps, const Scan<T>* known) {
  KernelFacts f;
  f.hull_first = f.hull_last = Dims(static_cast<int>(g.spatial.size()), 0);
  RowSums re, im;
  bool dense = false;
  if constexpr (std::is_integral_v<T>) {
    re = sums_of(g, taps.re, f);
  } else {
    const Scan<T> scan = known != nullptr ? *known : scan_of(taps.re);
    re = extremes_of(scan);
    dense = scan.zeros == 0;
    if (!taps.im.empty()) {
      const Scan<T> imaginary = scan_of(taps.im);
      im = extremes_of(imaginary);
      dense |= imaginary.zeros == 0;
    }
  }
  find_nonzeros(g, taps, dense, f);
  f.finite = re.finite && im.finite;
  f.nonnegative = f.finite && !re.negative && taps.im.empty();
  f.max_abs = std::max(re.largest, im.largest);
  f.min_abs = re.smallest == 0   ? im.smallest
              : im.smallest == 0 ? re.smallest
                                 : std::min(re.smallest, im.smallest);
  if constexpr (std::is_integral_v<T>) set_norms(re, im, f);
  else f.sum_abs = f.norm2 = std::numeric_limits<long double>::quiet_NaN();
  return f;
}

}  // namespace

template <class T>
KernelFacts with_norms(const KernelTaps<T>& taps) {
  KernelFacts facts = taps.facts;
  RowSums re, im;
  add_sums_of(taps.re, facts, re);
  add_sums_of(taps.im, facts, im);
  set_norms(re, im, facts);
  return facts;
}

template <class T>
std::vector<KernelTaps<T>> read_kernels(const Geometry& g, const ConstView& h, Norms norms) {
  const bool pairs = is_complex(g.h_type) && !g.h_components;
  Strides strides = strides_for(g, h.strides, h.shape, g.h_components);
  if (pairs) {
    for (int i = 0; i < strides.batch.rank(); ++i) strides.batch[i] *= 2;
    for (int i = 0; i < strides.spatial.rank(); ++i) strides.spatial[i] *= 2;
  }
  const auto size = static_cast<std::size_t>(g.taps());
  const std::int64_t bytes = size_bytes(real_part_of(g.h_type));
  std::vector<KernelTaps<T>> kernels(static_cast<std::size_t>(g.kernels()));
  for (std::size_t index = 0; index < kernels.size(); ++index) {
    std::int64_t offset = 0, rest = static_cast<std::int64_t>(index);
    for (int i = static_cast<int>(g.batch.size()) - 1; i >= 0; --i) {
      const std::int64_t extent = g.batch[static_cast<std::size_t>(i)].taps;
      offset += rest % extent * strides.batch[i];
      rest /= extent;
    }
    KernelTaps<T>& kernel = kernels[index];
    kernel.re.resize(size);
    if (g.complex()) kernel.im.assign(size, T(0));
    const std::byte* const from = static_cast<const std::byte*>(h.data) + offset * bytes;
    Scan<T> scan;
    const bool known = copy_plain(g, from, strides.spatial, kernel, scan);
    if (!known)
      copy_taps(g, from, strides.spatial, pairs, kernel.re.data(),
                kernel.im.empty() ? nullptr : kernel.im.data());
    if (g.reversed && pairs) negate(kernel.im);
    // The imaginary component is the last batch axis: every second kernel.
    if (g.reversed && g.h_components && index % 2 == 1) negate(kernel.re);
    kernel.facts = facts_of(g, kernel, known ? &scan : nullptr);
    if constexpr (std::is_floating_point_v<T>)
      if (norms == Norms::now) kernel.facts = with_norms(kernel);
  }
  return kernels;
}

template KernelFacts with_norms(const KernelTaps<float>&);
template KernelFacts with_norms(const KernelTaps<double>&);
template std::vector<KernelTaps<float>> read_kernels(const Geometry&, const ConstView&, Norms);
template std::vector<KernelTaps<double>> read_kernels(const Geometry&, const ConstView&, Norms);
template std::vector<KernelTaps<std::int64_t>> read_kernels(const Geometry&, const ConstView&,
                                                            Norms);

}  // namespace faltung
