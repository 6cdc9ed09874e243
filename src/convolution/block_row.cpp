// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// A block of a single row: from x to y at once, where these lie dense.
//
//   block k      first pass, looks at samples | units, and meanwhile: | last pass -> results
//                                             |   results of k-1 -> y |
//                                             |   samples of k+1 nearer
#include <algorithm>
#include <utility>

#include "convolution/block_scale.hpp"
#include "convolution/block_work.hpp"
#include "support/copy.hpp"

namespace faltung {

/// Samples that need more than a transform, a scale or none, which shows from the first few,
/// mostly.
template <class T>
bool BlockConvolution<T>::is_odd(const T* samples, std::int64_t n) const {
  const Scan<T> scan = loops_->scan(samples, n);
  return scan.nonfinite > 0 || scan.largest == 0 ||
         exponent_to_divide<T>(static_cast<double>(scan.largest)) != 0;
}

/// The samples of the only row of a block, already on their way through the transform, so that they
/// are read once, where they lie in x like that and go into it as they are; else null. What they
/// are like is in work.scan then.
template <class T>
const T* BlockConvolution<T>::enter_and_scan(const ExtendedInput<T>& x, Work& work) const {
  constexpr std::int64_t kProbe = 256;
  if (!is_real() || !row_->scans() || !work.team.is_alone() ||
      work.stored[last()] != samples_read(work))
    return nullptr;
  const T* const samples = x.row_in_place(work.origin, work.origin[last()], work.stored[last()]);
  if (samples == nullptr || is_odd(samples, std::min(kProbe, work.stored[last()]))) return nullptr;
  row_->enter_and_scan(samples, upper_zero(work), work.lines, work.room, work.scan);
  if (work.scan.zeros > 0 && work.scan.nonfinite == 0) {  // it matters how many
    work.scan = {};
    scan_samples(samples, work.stored[last()], work);
  }
  if (work.scan.nonfinite == 0 &&
      exponent_to_divide<T>(static_cast<double>(work.scan.largest)) == 0)
    return samples;
  work.scan = {};
  return nullptr;
}

/// The only row of a block, whose kernel has more than one tap: there and back at once.
template <class T>
void BlockConvolution<T>::compute_row(const ExtendedInput<T>& x,
                                      const ExtendedInput<long double>& x_exact,
                                      const Spectrum<T>& kernel, const Output<T>& y,
                                      Work& work) const {
  const T* samples = enter_and_scan(x, work);
  const bool entered = samples != nullptr;
  if (!entered) samples = read_samples(x, work.origin, work, true);
  count_absent(work);
  prepare_contract(x, samples, work, kernel);
  work.vanishes |= work.scan.largest == 0;
  if (work.vanishes) return finish(x, x_exact, kernel, work, y);
  work.exponent = exponent_to_divide<T>(static_cast<double>(work.scan.largest));
  if (!work.clean()) samples = cleaned(samples, work);
  work.exponent += kernel.exponent;
  T* const results = row_of_results(work, y);
  T* const to = results == nullptr ? work.samples : results;
  if (!entered) row_->enter(samples, upper_zero(work), work.lines, work.room, work.team);
  row_->convolve_entered(
      kernel.lines.data(), work.lines, to, work.room, work.team, errand_of(samples, work),
      results == nullptr ? 0 : block_.back() - (work.to[last()] - work.from[last()]), work.samples);
  if (results == nullptr) finish_row(x, x_exact, kernel, work, work.from, y);
}

/// What is done while a block is transformed: the results of the last one go to y, the next one's
/// samples are asked for.
template <class T>
Errand<T> BlockConvolution<T>::errand_of(const T* samples, const Work& work) const {
  Errand<T> errand;
  if (work.unstored != nullptr) errand = std::exchange(*work.unstored, {});
  errand.ahead = samples_ahead(samples, work);
  return errand;
}

/// The first of the samples that the thread's next block has and this one has not, where they lie
/// in x: as far away as its outputs.
template <class T>
const T* BlockConvolution<T>::samples_ahead(const T* samples, const Work& work) const {
  const BlockAxis& a = axis(last());
  const bool in_place = samples != work.samples;
  if (!in_place || work.stride == 0 || a.kind != BlockAxis::Kind::overlap ||
      work.team.threads() > 1)
    return nullptr;
  const Axis& inner = geometry_->spatial.back();
  const std::int64_t ahead = std::max(work.stride * a.outputs * inner.step, block_.back());
  return work.origin[last()] + ahead < inner.n ? samples + ahead : nullptr;
}

template <class T>
void BlockConvolution<T>::store(Errand<T>* unstored) noexcept {
  if (unstored == nullptr || unstored->count == 0) return;
  support::copy(unstored->from, unstored->count, unstored->to);
  *unstored = {};
}

/// Leaves the results that lie in work.samples there until the next block is transformed, which
/// needs the room for its own only then: all but those that share lines with others'.
template <class T>
bool BlockConvolution<T>::leave_results(const T* results, std::int64_t count, std::byte* to,
                                        const Work& work) const {
  constexpr auto kNumbers = static_cast<std::int64_t>(kErrandBytes / sizeof(T));
  const auto place = reinterpret_cast<std::uintptr_t>(to);
  if (work.unstored == nullptr || results == work.row[0] || place % sizeof(T) != 0) return false;
  const auto into_line = static_cast<std::int64_t>(place % kErrandBytes / sizeof(T));
  const std::int64_t head = std::min(count, (kNumbers - into_line) % kNumbers);
  const std::int64_t whole = (count - head) / kNumbers * kNumbers;
  T* const y = reinterpret_cast<T*>(to);
  std::copy_n(results, head, y);
  std::copy(results + head + whole, results + count, y + head + whole);
  *work.unstored = {nullptr, results + head, y + head, whole};
  return true;
}

/// Where the row's results may go as the transform leaves them, all but a few at its end; null
/// where they need a look, a conversion or another place.
template <class T>
T* BlockConvolution<T>::row_of_results(const Work& work, const Output<T>& y) const {
  const bool plain = is_real() && work.exponent == 0 && !work.one_sign && !work.has_hull &&
                     work.marked == 0 && real_part_of(geometry_->y_type) == kElement<T>;
  const std::int64_t count = work.to[last()] - work.from[last()];
  if (!plain || block_.back() - count >= row_->may_miss() ||
      index_of(work, last(), work.from[last()]) != 0 || geometry_->spatial.back().step != 1 ||
      stride_in_y(*geometry_, y.strides) != 1)
    return nullptr;
  std::byte* to = row_in_y(*geometry_, y.data, y.batch, y.strides, work.from, 0);
  return reinterpret_cast<std::uintptr_t>(to) % sizeof(T) == 0 ? reinterpret_cast<T*>(to) : nullptr;
}

#define FALTUNG_INSTANTIATE(T)                                                         \
  template void BlockConvolution<T>::compute_row(                                      \
      const ExtendedInput<T>&, const ExtendedInput<long double>&, const Spectrum<T>&,  \
      const Output<T>&, Work&) const;                                                  \
  template void BlockConvolution<T>::store(Errand<T>*) noexcept;                       \
  template bool BlockConvolution<T>::leave_results(const T*, std::int64_t, std::byte*, \
                                                   const Work&) const;
FALTUNG_INSTANTIATE(float)
FALTUNG_INSTANTIATE(double)
#undef FALTUNG_INSTANTIATE

}  // namespace faltung
