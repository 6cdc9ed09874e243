// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// What samples are like, by their extremes, in the loops that read them anyway, for one target of
// Highway.
#if defined(FALTUNG_EXTREMES_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef FALTUNG_EXTREMES_INL
#undef FALTUNG_EXTREMES_INL
#else
#define FALTUNG_EXTREMES_INL
#endif

#include <limits>

#include "hwy/highway.h"
#include "microkernels/weighted_sum.hpp"

HWY_BEFORE_NAMESPACE();
namespace faltung {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// Extremes of magnitudes as integers, which are ordered as they are, NaN above infinity: one
/// operation each, and no look for NaN. Doubles need 64-bit extremes, which few targets have.
template <class T>
constexpr bool kByBits = sizeof(T) == 4 || HWY_TARGET == HWY_AVX3;

/// What samples without zeros, NaN and infinities have to be known by, in vectors.
template <class D, bool by_bits>
struct Extremes;

template <class D>
struct Extremes<D, true> {
  using T = hn::TFromD<D>;
  using I = hn::RebindToSigned<D>;
  hn::Vec<I> largest, nearest, signs;

  HWY_INLINE explicit Extremes(D)
      : largest(hn::Zero(I())), nearest(hn::Set(I(), kMost)), signs(hn::Zero(I())) {}
  HWY_INLINE void look(D, hn::Vec<D> samples) {
    const auto v = hn::BitCast(I(), samples);
    const auto magnitude = hn::And(v, hn::Set(I(), kMost));
    largest = hn::Max(largest, magnitude);
    nearest = hn::Min(nearest, magnitude);
    signs = hn::Or(signs, v);
  }
  HWY_INLINE void merge(const Extremes& other) {
    largest = hn::Max(largest, other.largest);
    nearest = hn::Min(nearest, other.nearest);
    signs = hn::Or(signs, other.signs);
  }
  HWY_INLINE T least(D d) const { return hn::GetLane(hn::MinOfLanes(d, hn::BitCast(d, nearest))); }
  HWY_INLINE bool all_finite(D d) const {
    return hn::AllTrue(I(), hn::Lt(largest, hn::BitCast(I(), hn::Inf(d))));
  }
  /// False where a sample is zero or not finite.
  HWY_INLINE bool tell(D d, Scan<T>& scan) const {
    if (!all_finite(d) || !hn::AllTrue(I(), hn::Gt(nearest, hn::Zero(I())))) return false;
    scan.largest = hn::GetLane(hn::MaxOfLanes(d, hn::BitCast(d, largest)));
    scan.negative = !hn::AllFalse(I(), hn::Lt(signs, hn::Zero(I())));
    return true;
  }
  static constexpr hn::TFromD<I> kMost = std::numeric_limits<hn::TFromD<I>>::max();
};

template <class D>
struct Extremes<D, false> {
  using T = hn::TFromD<D>;
  hn::Vec<D> largest, nearest, signs, broken;

  HWY_INLINE explicit Extremes(D d)
      : largest(hn::Zero(d)), nearest(hn::Inf(d)), signs(hn::Zero(d)), broken(hn::Zero(d)) {}
  HWY_INLINE void look(D d, hn::Vec<D> v) {
    const auto magnitude = hn::Abs(v);
    largest = hn::Max(largest, magnitude);
    nearest = hn::Min(nearest, magnitude);
    signs = hn::Or(signs, v);
    broken = hn::MulAdd(v, hn::Zero(d), broken);  // NaN from the first that is not finite on
  }
  HWY_INLINE void merge(const Extremes& other) {
    largest = hn::Max(largest, other.largest);
    nearest = hn::Min(nearest, other.nearest);
    signs = hn::Or(signs, other.signs);
    broken = hn::Add(broken, other.broken);
  }
  HWY_INLINE T least(D d) const { return hn::GetLane(hn::MinOfLanes(d, nearest)); }
  HWY_INLINE bool all_finite(D d) const { return hn::AllTrue(d, hn::Eq(broken, broken)); }
  HWY_INLINE bool tell(D d, Scan<T>& scan) const {
    if (!all_finite(d) || !hn::AllFalse(d, hn::Eq(nearest, hn::Zero(d)))) return false;
    const hn::RebindToSigned<D> bits;
    scan.largest = hn::GetLane(hn::MaxOfLanes(d, largest));
    scan.negative = !hn::AllFalse(bits, hn::Lt(hn::BitCast(bits, signs), hn::Zero(bits)));
    return true;
  }
};

}  // namespace HWY_NAMESPACE
}  // namespace faltung
HWY_AFTER_NAMESPACE();

#endif  // FALTUNG_EXTREMES_INL
