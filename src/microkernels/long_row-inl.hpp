// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// One row of neighbouring taps, for vectors as long as a cache line (AVX-512), or half as long
// (AVX2). Each tap meets its own samples, shifted by one from those of the tap before:
//
//   vectors        | a b c d | e f g h | i j k l |
//   shift 1          [b c d e]                        loaded across the end of a cache line, or
//   shift 1                    [f g h i]              shifted out of two that are registers
//
// A load across the end takes both loads of a cycle, a shift a unit that half of the multiply-adds
// run on: either way alone there are one or 1.3 of them a cycle, with both mixed nearly two.
//
// AVX2 shifts within halves of a vector: out of a vector and the one that lies across its end and
// the next one's beginning, [c d e f] above, by less than half a vector; by more, out of that and
// the next one.
#if defined(FALTUNG_LONG_ROW_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef FALTUNG_LONG_ROW_INL
#undef FALTUNG_LONG_ROW_INL
#else
#define FALTUNG_LONG_ROW_INL
#endif

#include "hwy/highway.h"
#include "microkernels/row_blocks-inl.hpp"

#if HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_AVX2
HWY_BEFORE_NAMESPACE();
namespace faltung {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// Vectors of outputs at once: chains of multiply-adds for two units of four cycles each, where
/// there are registers for it some more, and the samples of a tap in registers beside them. A
/// shorter row has fewer, whose chains take as long as all of them. Under sanitizers there are few
/// of either, since each takes long to compile.
#if HWY_IS_ASAN || HWY_IS_TSAN
constexpr int kManyVectors = 2, kFewVectors = 2;
#elif HWY_TARGET == HWY_AVX3
constexpr int kManyVectors = 10, kFewVectors = 4;
#else
constexpr int kManyVectors = 8, kFewVectors = 4;
#endif

#if HWY_TARGET == HWY_AVX3
/// The samples of V vectors of outputs at all shifts: three vectors of seven, spread evenly, are
/// loaded at all of them but 0, the others shifted.
template <int V, class D>
struct RowSamples {
  using T = hn::TFromD<D>;
  static constexpr int kLanes = static_cast<int>(hn::MaxLanes(D()));
  static constexpr bool is_loaded(int i) { return i * 3 % 7 < 3; }
  hn::Vec<D> sample[V + 1];
  const T* HWY_RESTRICT x;

  /// Those that `count` neighbouring taps meet.
  HWY_INLINE RowSamples(D d, const T* HWY_RESTRICT from, int64_t count) : x(from) {
    load<0>(d);
    sample[V] = hn::MaskedLoad(hn::FirstN(d, static_cast<size_t>(count - 1)), d, x + V * kLanes);
  }
  template <int i>
  HWY_INLINE void load(D d) {
    sample[i] = in_register(hn::LoadU(d, x + i * kLanes));
    if constexpr (i + 1 < V) load<i + 1>(d);
  }
  template <int shift, int i>
  HWY_INLINE hn::Vec<D> get(D d) const {
    if constexpr (shift != 0 && is_loaded(i))
      return in_register(hn::LoadU(d, x + i * kLanes + shift));
    else return shifted<shift>(sample[i + 1], sample[i]);
  }
};
#else
/// The upper 128 bits of one and the lower ones of the next.
HWY_INLINE hn::Vec256<float> across(hn::Vec256<float> v, hn::Vec256<float> next) {
  return hn::Vec256<float>{_mm256_permute2f128_ps(v.raw, next.raw, 0x21)};
}
HWY_INLINE hn::Vec256<double> across(hn::Vec256<double> v, hn::Vec256<double> next) {
  return hn::Vec256<double>{_mm256_permute2f128_pd(v.raw, next.raw, 0x21)};
}

/// The same for vectors of which two make a cache line, and 16 registers in all. Where x is aligned
/// to one, only the upper half of each line crosses its end at a shift: those are shifted, but one,
/// for which there are no registers. `odd`: vector 0 is an upper half.
///
/// At shifts of half a vector and more the two registers of such a vector are what lies across, and
/// what comes next; then what lies across, and the vector itself.
template <int V, bool odd, class D>
struct RowSamples {
  using T = hn::TFromD<D>;
  static constexpr int kLanes = static_cast<int>(hn::MaxLanes(D()));
  static constexpr bool is_loaded(int i) {
    return (i % 2 == 0) != odd || i == 0 || i + 1 == V;  // at the end more than is met is not read
  }
  hn::Vec<D> between[V], edge[V];  ///< of vectors that are not loaded
  const T* HWY_RESTRICT x;

  /// `upper`: taps at shifts of half a vector and more are first. The address is hidden: what the
  /// taps before met would be kept, too.
  HWY_INLINE RowSamples(D d, const T* HWY_RESTRICT from, bool upper) : x(nearby(from)) {
    load<0>(d, upper);
  }
  template <int i>
  HWY_INLINE void load(D d, bool upper) {
    if constexpr (!is_loaded(i)) {
      const auto v = hn::LoadU(d, x + i * kLanes), next = hn::LoadU(d, x + (i + 1) * kLanes);
      between[i] = in_register(across(v, next));
      edge[i] = in_register(upper ? next : v);
    }
    if constexpr (i + 1 < V) load<i + 1>(d, upper);
  }
  /// Before taps at shifts of less than half a vector. Loaded again, from a hidden address, since
  /// there are no registers for what is not met yet.
  HWY_INLINE void turn_to_lower(D d) {
    x = nearby(x);
    load_edges<0>(d);
  }
  template <int i>
  HWY_INLINE void load_edges(D d) {
    if constexpr (!is_loaded(i)) edge[i] = in_register(hn::LoadU(d, x + i * kLanes));
    if constexpr (i + 1 < V) load_edges<i + 1>(d);
  }
  template <int shift, int i>
  HWY_INLINE hn::Vec<D> get(D d) const {
    constexpr int kBytes = shift * static_cast<int>(sizeof(T));
    if constexpr (is_loaded(i)) return hn::LoadU(d, x + i * kLanes + shift);
    else if constexpr (kBytes == 0) return edge[i];
    else if constexpr (kBytes < 16) return shifted_within<kBytes>(d, between[i], edge[i]);
    else if constexpr (kBytes == 16) return between[i];
    else return shifted_within<kBytes - 16>(d, edge[i], between[i]);
  }
  template <int kBytes>
  static HWY_INLINE hn::Vec<D> shifted_within(D d, hn::Vec<D> next, hn::Vec<D> v) {
    const hn::Repartition<uint8_t, D> bytes;
    return hn::BitCast(d, hn::CombineShiftRightBytes<kBytes>(bytes, hn::BitCast(bytes, next),
                                                             hn::BitCast(bytes, v)));
  }
};
#endif

/// What all results tell, at less than two operations for each: whether magnitudes lie within the
/// middle half of the exponents, 2^-63 .. 2^65 in float32. Half of the exponents' range added,
/// these have the highest bit of the exponent, and zeros, infinities and NaN have not.
template <class D>
struct Ordinary {
  using T = hn::TFromD<D>;
  using I = hn::RebindToUnsigned<D>;
  using Bits = hn::TFromD<I>;
  static constexpr int kHighest = sizeof(T) * 8 - 2;
  hn::Vec<I> all, quarter;
  HWY_INLINE explicit Ordinary(D)
      : all(hn::Not(hn::Zero(I()))), quarter(hn::Set(I(), Bits{1} << (kHighest - 1))) {}
  HWY_INLINE hn::Vec<I> moved(hn::Vec<D> v) const { return hn::Add(hn::BitCast(I(), v), quarter); }
  HWY_INLINE void look(hn::Vec<D> v) { all = hn::And(all, moved(v)); }
  HWY_INLINE void look(hn::Vec<D> v, hn::Vec<D> w) {
    all = hn::And(all, hn::And(moved(v), moved(w)));
  }
  HWY_INLINE bool doubtful() const {
    const auto bit = hn::Set(I(), Bits{1} << kHighest);
    return !hn::AllTrue(I(), hn::Eq(hn::And(all, bit), bit));
  }
};

/// V vectors of outputs from x on, the oldest sample of the first one.
template <int V, class D, class T>
struct LongRow {
  static constexpr int kLanes = static_cast<int>(hn::MaxLanes(D()));
  hn::Vec<D> sum[V];

  HWY_INLINE explicit LongRow(D d) { begin<0>(d); }
  template <int i>  // not by loops: those that are left as loops keep the sums in memory
  HWY_INLINE void begin(D d) {
    sum[i] = nothing(d);
    if constexpr (i + 1 < V) begin<i + 1>(d);
  }

  /// No sum waits for the samples of the others: each is met as soon as it is there.
  template <int shift, int i, class Samples>
  HWY_INLINE void add_from(D d, const Samples& x, hn::Vec<D> tap) {
    if constexpr (i < V) {
      sum[i] = hn::MulAdd(tap, x.template get<shift, i>(d), sum[i]);
      add_from<shift, i + 1>(d, x, tap);
    }
  }

#if HWY_TARGET == HWY_AVX3
  template <int shift>
  HWY_INLINE void add_tap(D d, const RowSamples<V, D>& x, const T* HWY_RESTRICT h) {
    if constexpr (shift < kLanes) add_from<shift, 0>(d, x, hn::Set(d, h[-shift]));
  }

  /// Taps of `count` neighbours, as many as a vector has lanes at the most, from the oldest sample
  /// of the first output on, whose tap is *h.
  HWY_INLINE void add_neighbours(D d, const T* HWY_RESTRICT from, const T* HWY_RESTRICT h,
                                 int64_t count) {
    const RowSamples<V, D> x(d, from, count);
    switch (count) {
      case 16: add_tap<15>(d, x, h); [[fallthrough]];
      case 15: add_tap<14>(d, x, h); [[fallthrough]];
      case 14: add_tap<13>(d, x, h); [[fallthrough]];
      case 13: add_tap<12>(d, x, h); [[fallthrough]];
      case 12: add_tap<11>(d, x, h); [[fallthrough]];
      case 11: add_tap<10>(d, x, h); [[fallthrough]];
      case 10: add_tap<9>(d, x, h); [[fallthrough]];
      case 9: add_tap<8>(d, x, h); [[fallthrough]];
      case 8: add_tap<7>(d, x, h); [[fallthrough]];
      case 7: add_tap<6>(d, x, h); [[fallthrough]];
      case 6: add_tap<5>(d, x, h); [[fallthrough]];
      case 5: add_tap<4>(d, x, h); [[fallthrough]];
      case 4: add_tap<3>(d, x, h); [[fallthrough]];
      case 3: add_tap<2>(d, x, h); [[fallthrough]];
      case 2: add_tap<1>(d, x, h); [[fallthrough]];
      default: add_tap<0>(d, x, h);
    }
  }
#else
  template <int shift, bool odd>
  HWY_INLINE void add_taps_from(D d, RowSamples<V, odd, D>& x, const T* HWY_RESTRICT h) {
    add_from<shift, 0>(d, x, hn::Set(d, h[-shift]));
    if constexpr (shift == kLanes / 2) x.turn_to_lower(d);
    if constexpr (shift > 0) add_taps_from<shift - 1>(d, x, h);
  }
  template <bool odd, int count>
  HWY_INLINE void add_taps(D d, const T* HWY_RESTRICT from, const T* HWY_RESTRICT h) {
    if constexpr (count <= kLanes) {
      RowSamples<V, odd, D> x(d, from, count > kLanes / 2);
      add_taps_from<count - 1>(d, x, h);
    }
  }
  /// As above, each count by itself: what is in registers differs.
  template <bool odd>
  HWY_INLINE void add_neighbours(D d, const T* HWY_RESTRICT from, const T* HWY_RESTRICT h,
                                 int64_t count) {
    switch (count) {
      case 8: return add_taps<odd, 8>(d, from, h);
      case 7: return add_taps<odd, 7>(d, from, h);
      case 6: return add_taps<odd, 6>(d, from, h);
      case 5: return add_taps<odd, 5>(d, from, h);
      case 4: return add_taps<odd, 4>(d, from, h);
      case 3: return add_taps<odd, 3>(d, from, h);
      case 2: return add_taps<odd, 2>(d, from, h);
      default: return add_taps<odd, 1>(d, from, h);
    }
  }
  HWY_INLINE void add_neighbours(D d, const T* HWY_RESTRICT from, const T* HWY_RESTRICT h,
                                 int64_t count) {
    const auto half = reinterpret_cast<uintptr_t>(from) / (kLanes * sizeof(T));
    if (half % 2 != 0) add_neighbours<true>(d, from, h, count);
    else add_neighbours<false>(d, from, h, count);
  }
#endif

  HWY_INLINE void add_all(D d, const T* from, const T* h, int64_t taps) {
    for (int64_t first = (taps - 1) / kLanes * kLanes, end = taps; first >= 0;
         end = first, first -= kLanes)
      add_neighbours(d, from + first, h + taps - 1 - first, end - first);
  }

  /// Adds what is in y, but keeps the first `old` outputs as they are there.
  template <int i>
  HWY_INLINE void add_before(D d, const T* y, int64_t old) {
    const auto there = hn::LoadU(d, y + i * kLanes);
    const int64_t kept = HWY_MIN(HWY_MAX(old - i * kLanes, int64_t{0}), int64_t{kLanes});
    const auto mask = hn::FirstN(d, static_cast<size_t>(kept));
    sum[i] = hn::IfThenElse(mask, there, hn::Add(there, sum[i]));
    if constexpr (i + 1 < V) add_before<i + 1>(d, y, old);
  }
  template <int i>
  HWY_INLINE void put(D d, T* y, bool passes, Ordinary<D>& watch) {
    if constexpr (i % 2 != 0) watch.look(sum[i - 1], sum[i]);
    else if constexpr (i + 1 == V) watch.look(sum[i]);
    if (passes) hn::Stream(sum[i], d, y + i * kLanes);
    else hn::StoreU(sum[i], d, y + i * kLanes);
    if constexpr (i + 1 < V) put<i + 1>(d, y, passes, watch);
  }
};

/// `blocks` times V vectors of outputs. Of each block, the first `old` outputs were added to
/// before. A function of its own, on copies of all that it is told: its loop takes every register.
template <int V, class T>
HWY_NOINLINE bool long_blocks(const OutputRows<T>& out, T* y, const T* x, const RowTaps<T>& t,
                              int64_t blocks, int64_t old, bool passes) {
  using D = hn::ScalableTag<T>;
  const D d;
  constexpr int64_t kBlock = V * static_cast<int64_t>(hn::MaxLanes(D()));
  const T* const h = t.h;
  const int64_t taps = t.columns;
  const bool accumulate = out.accumulate;
  Ordinary<D> watch(d);
  for (int64_t b = 0; b < blocks; ++b, y += kBlock, x += kBlock) {
    LongRow<V, D, T> row(d);
    row.add_all(d, x, h, taps);
    if (accumulate) row.template add_before<0>(d, y, old);
    row.template put<0>(d, y, passes, watch);
  }
  return watch.doubtful();
}

/// Outputs from, ..., from + count - 1, fewer than a vector, of the one from `at` on: others in the
/// same cache lines are on their way past the caches.
template <class T>
HWY_INLINE bool long_part(const OutputRows<T>& out, const T* x, const RowTaps<T>& t, int64_t at,
                          int64_t from, int64_t count) {
  HWY_ALIGN T sums[hn::MaxLanes(hn::ScalableTag<T>())];
  const bool doubtful = long_blocks<1>(out, sums, x + at, t, 1, 0, false);
  for (int64_t i = from; i < from + count; ++i) out.y[i] = sums[i - at];
  return doubtful;
}

/// At least a vector of outputs, past the caches: y is aligned where that happens.
template <class T>
bool long_row_past(const OutputRows<T>& out, const T* x, const RowTaps<T>& t) {
  constexpr int64_t kLanes = hn::MaxLanes(hn::ScalableTag<T>());
  constexpr int64_t kMany = kManyVectors * kLanes, kFew = kFewVectors * kLanes;
  const auto beyond = static_cast<int64_t>(reinterpret_cast<uintptr_t>(out.y) / sizeof(T)) % kLanes;
  int64_t i = (kLanes - beyond) % kLanes;
  bool doubtful = i > 0 && long_part(out, x, t, 0, 0, i);
  const int64_t blocks = (out.n - i) / kMany;
  doubtful |= long_blocks<kManyVectors>(out, out.y + i, x + i, t, blocks, 0, true);
  i += blocks * kMany;
  const int64_t few = (out.n - i) / kFew;
  doubtful |= long_blocks<kFewVectors>(out, out.y + i, x + i, t, few, 0, true);
  i += few * kFew;
  const int64_t single = (out.n - i) / kLanes;
  doubtful |= long_blocks<1>(out, out.y + i, x + i, t, single, 0, true);
  i += single * kLanes;
  return (i < out.n && long_part(out, x, t, out.n - kLanes, i, out.n - i)) || doubtful;
}

/// At least a vector of outputs. Their bits are those of any other loop: one chain over the taps.
template <class T>
bool long_row(const OutputRows<T>& out, const T* x, const RowTaps<T>& t) {
  constexpr int64_t kLanes = hn::MaxLanes(hn::ScalableTag<T>());
  constexpr int64_t kMany = kManyVectors * kLanes, kFew = kFewVectors * kLanes;
  T* const y = out.y;
  bool doubtful = false;
  int64_t i = 0;
#if HWY_TARGET == HWY_AVX3
  const T* const aligned = y;
#else
  const T* const aligned = x;  // as RowSamples want it
#endif
  const auto beyond =
      static_cast<int64_t>(reinterpret_cast<uintptr_t>(aligned) / sizeof(T)) % kLanes;
  // From the second block on that is so, where y is not added to twice what both blocks have.
  if (beyond != 0 && !out.accumulate && out.n > 2 * kMany) {
    doubtful |= long_blocks<1>(out, y, x, t, 1, 0, false);
    i = kLanes - beyond;
  }
  if (const int64_t blocks = (out.n - i) / kMany; blocks > 0) {
    doubtful |= long_blocks<kManyVectors>(out, y + i, x + i, t, blocks, 0, false);
    i += blocks * kMany;
  }
  // What is left overlaps what was before: a block takes no longer than a vector.
  if (i < out.n && out.n >= kMany) {
    const int64_t at = out.n - kMany;
    return long_blocks<kManyVectors>(out, y + at, x + at, t, 1, i - at, false) || doubtful;
  }
  for (; i < out.n && out.n >= kFew; i += kFew) {
    const int64_t at = HWY_MIN(i, out.n - kFew);
    doubtful |= long_blocks<kFewVectors>(out, y + at, x + at, t, 1, i - at, false);
  }
  for (; i < out.n; i += kLanes) {
    const int64_t at = HWY_MIN(i, out.n - kLanes);
    doubtful |= long_blocks<1>(out, y + at, x + at, t, 1, i - at, false);
  }
  return doubtful;
}

/// Rows of at least a vector of outputs. The result is that of RowSums.
template <class T>
bool long_rows(const OutputRows<T>& out, const T* x, const RowTaps<T>& t) {
  OutputRows<T> row = out;
  bool doubtful = false;
  const T* from = x + t.slice_offsets[0];
  for (int64_t j = 0; j < out.rows; ++j, row.y += out.pitch, from += t.row_step)
    doubtful |= out.passes_cache ? long_row_past(row, from, t) : long_row(row, from, t);
  return doubtful;
}

}  // namespace HWY_NAMESPACE
}  // namespace faltung
HWY_AFTER_NAMESPACE();
#endif  // HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_AVX2

#endif  // FALTUNG_LONG_ROW_INL
