// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "microkernels/byte_lines.hpp"

#include <cstring>

#include "hwy/cache_control.h"
#include "microkernels/highway.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "microkernels/byte_lines.cpp"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
//
#include "microkernels/column_blocks-inl.hpp"
#include "microkernels/row_blocks-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace faltung {
namespace HWY_NAMESPACE {

#if HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_AVX2 || HWY_TARGET == HWY_SSE4
namespace hn = hwy::HWY_NAMESPACE;

#ifndef FALTUNG_INLINED  // lambdas whose vectors are to stay in registers
#define FALTUNG_INLINED HWY_ATTR __attribute__((always_inline))
#endif

constexpr int kPhases = 4;
/// How outputs lie in a line: those of a phase side by side in each group, or as the samples do.
enum class Order : int8_t { phases, samples };
using Lane = hn::ScalableTag<float>;
using Bytes = hn::Repartition<uint8_t, Lane>;
using Sum = hn::Vec<Lane>;
constexpr int64_t kLaneCount = hn::MaxLanes(Lane()), kGroup = kPhases * kLaneCount;

/// Byte `phase` of each lane, in the lowest place, for 16 bytes.
HWY_INLINE hn::Vec<Bytes> widening(int phase) {
  HWY_ALIGN uint8_t from[16];
  for (int i = 0; i < 16; ++i) from[i] = static_cast<uint8_t>(i % 4 == 0 ? i + phase : 0x80);
  return hn::LoadDup128(Bytes(), from);
}

void split(const uint8_t* x, int64_t n, float* HWY_RESTRICT phases, int64_t pitch) noexcept {
  const Lane d;
  const hn::RebindToSigned<Lane> whole;
  const auto first = widening(0), second = widening(1), third = widening(2), fourth = widening(3);
  const auto phase = [&](hn::Vec<Bytes> v, hn::Vec<Bytes> from) FALTUNG_INLINED {
    return hn::ConvertTo(d, hn::BitCast(whole, hn::TableLookupBytesOr0(v, from)));
  };
  const auto group = [&](int64_t i) FALTUNG_INLINED {
    const auto v = hn::LoadU(Bytes(), x + i);
    float* const to = phases + i / kPhases;
    hn::StoreU(phase(v, first), d, to);
    hn::StoreU(phase(v, second), d, to + pitch);
    hn::StoreU(phase(v, third), d, to + 2 * pitch);
    hn::StoreU(phase(v, fourth), d, to + 3 * pitch);
  };
  int64_t i = 0;
  for (; i + kGroup <= n; i += kGroup) group(i);
  // The last one overlaps: what lies behind may be in a line that nobody asked for.
  if (i < n) group(HWY_MAX(int64_t{0}, (n + kPhases - 1) / kPhases * kPhases - kGroup));
}

void split_samples(const float* x, int64_t n, float* phases, int64_t pitch) noexcept {
  const Lane d;
  int64_t i = 0;
  for (; i + kGroup <= n; i += kGroup, phases += kLaneCount) {
    Sum first, second, third, fourth;
    hn::LoadInterleaved4(d, x + i, first, second, third, fourth);
    hn::StoreU(first, d, phases);
    hn::StoreU(second, d, phases + pitch);
    hn::StoreU(third, d, phases + 2 * pitch);
    hn::StoreU(fourth, d, phases + 3 * pitch);
  }
  for (int64_t rest = 0; i < n; ++i, ++rest) phases[rest % kPhases * pitch + rest / kPhases] = x[i];
}

/// Sample i, not below 0.
constexpr int64_t in_phase(int64_t i, int64_t pitch) { return i % kPhases * pitch + i / kPhases; }

/// A group of outputs, one of each phase below the other: a block of column_blocks-inl.hpp whose
/// next sample is in the next phase.
template <Symmetry symmetry>
struct PhaseBlock {
  static constexpr bool kFolds = symmetry != Symmetry::none;
  Window<kPhases, Lane> sum, newer, older;
  const float* HWY_RESTRICT newest;  ///< a turn of the four phases is one sample of each
  const float* HWY_RESTRICT oldest;
  int64_t down[kPhases], up[kPhases], first[kPhases];

  /// For samples `pitch` apart.
  HWY_INLINE PhaseBlock(int64_t taps, int64_t pitch) {
    for (int s = 0; s < kPhases; ++s) {
      down[s] = in_phase(taps - 1 + kPhases - s, pitch) - 1;
      up[s] = in_phase(kPhases - 1 + s, pitch);
      first[s] = in_phase(taps - 1 + s, pitch);
    }
  }
  HWY_INLINE void begin(const float* x, int64_t pitch) {
    const Lane d;
    newest = oldest = x;
    for (int j = 0; j < kPhases; ++j) sum.v[j] = nothing(d);
    for (int j = 1; j < kPhases; ++j) newer.v[j] = in_register(hn::LoadU(d, x + first[j]));
    if constexpr (kFolds)
      for (int j = 0; j + 1 < kPhases; ++j) older.v[j] = in_register(hn::LoadU(d, x + j * pitch));
  }
  template <int s, bool folds>
  HWY_INLINE void add(float tap) {
    const Lane d;
    const auto h = hn::Set(d, tap);
    newer.v[(kPhases - s) % kPhases] = in_register(hn::LoadU(d, newest + down[s]));
    if constexpr (folds)
      older.v[(kPhases - 1 + s) % kPhases] = in_register(hn::LoadU(d, oldest + up[s]));
    for (int j = 0; j < kPhases; ++j) {
      auto sample = newer.v[(j + kPhases - s) % kPhases];
      if constexpr (folds) {
        const auto other = older.v[(j + s) % kPhases];
        sample = symmetry == Symmetry::even ? hn::Add(sample, other) : hn::Sub(sample, other);
      }
      sum.v[j] = hn::MulAdd(h, sample, sum.v[j]);
    }
  }
  HWY_INLINE void add_turn(const float* h) {
    add<0, kFolds>(h[0]);
    add<1, kFolds>(h[1]);
    add<2, kFolds>(h[2]);
    add<3, kFolds>(h[3]);
    --newest;
    ++oldest;
  }
  /// `count` taps, less than a turn, and with `middle` the one that is its own mirror image.
  template <int s>
  HWY_INLINE void add_rest(const float* h, int64_t count, bool middle) {
    if constexpr (s < kPhases) {
      if (s == count) {
        if (middle) add<s, false>(h[s]);
        return;
      }
      add<s, kFolds>(h[s]);
      add_rest<s + 1>(h, count, middle);
    }
  }
};

/// A group of outputs of each phase.
template <Order order>
HWY_INLINE void put_group(const Sum* sums, float* HWY_RESTRICT line) {
  const Lane d;
  if constexpr (order == Order::phases)
    for (int j = 0; j < kPhases; ++j) hn::StoreU(sums[j], d, line + j * kLaneCount);
  else hn::StoreInterleaved4(sums[0], sums[1], sums[2], sums[3], d, line);
}

template <Symmetry symmetry, Order order>
void along_any(const float* phases, int64_t pitch, int64_t n, const LineTaps<float>& t,
               float* HWY_RESTRICT line) {
  constexpr bool kFolds = symmetry != Symmetry::none;
  const int64_t count = kFolds ? t.taps / 2 : t.taps;
  PhaseBlock<symmetry> block(t.taps, pitch);
  for (int64_t i = 0; i < n; i += kGroup, phases += kLaneCount) {
    block.begin(phases, pitch);
    int64_t k = 0;
    for (; k + kPhases <= count; k += kPhases) block.add_turn(t.h + k);
    block.template add_rest<0>(t.h + k, count - k, kFolds && t.taps % 2 != 0);
    put_group<order>(block.sum.v, line + i);
  }
}

#if HWY_TARGET == HWY_AVX3
/// The constructor is spelled out as that of Complex is (complex-inl.hpp).
template <int n>
struct Registers {
  HWY_INLINE Registers() {}
  Sum v[n];
};

/// The samples of a group, K taps: the first of each phase are loaded, those one or two lanes
/// behind shifted out of them and the next, and the others loaded across the ends of cache lines.
/// Neither alone is as fast as an addition and a multiply-add.
template <int K, int i = 0>
HWY_INLINE void take_samples(Registers<K + 3>& sample, const Registers<kPhases>& next,
                             const float* x, int64_t pitch) {
  if constexpr (i < K + 3) {
    constexpr int kLane = i / kPhases, kPhase = i % kPhases;
    const Lane d;
    if constexpr (kLane == 1 || kLane == 2)
      sample.v[i] = shifted<kLane>(next.v[kPhase], sample.v[kPhase]);
    else sample.v[i] = in_register(hn::LoadU(d, x + kPhase * pitch + kLane));
    take_samples<K, i + 1>(sample, next, x, pitch);
  }
}

/// K symmetric taps, an odd number of them, that stay in registers with all samples of a group.
template <int K, Order order>
void along_few(const float* phases, int64_t pitch, int64_t n, const float* h,
               float* HWY_RESTRICT line) {
  const Lane d;
  Registers<K / 2 + 1> tap;
  for (int k = 0; k <= K / 2; ++k) tap.v[k] = in_register(hn::Set(d, h[k]));
  for (int64_t i = 0; i < n; i += kGroup, phases += kLaneCount) {
    Registers<kPhases> next;
    Registers<K + 3> sample;
    Registers<kPhases> sums;
    for (int j = 0; j < kPhases; ++j)
      next.v[j] = in_register(hn::LoadU(d, phases + j * pitch + kLaneCount));
    take_samples<K>(sample, next, phases, pitch);
    for (int j = 0; j < kPhases; ++j) {
      auto sum = nothing(d);
      for (int k = 0; k < K / 2; ++k)
        sum = hn::MulAdd(tap.v[k], hn::Add(sample.v[j + K - 1 - k], sample.v[j + k]), sum);
      sums.v[j] = hn::MulAdd(tap.v[K / 2], sample.v[j + K / 2], sum);
    }
    put_group<order>(sums.v, line + i);
  }
}
#endif

template <Order order>
void along(const float* phases, int64_t pitch, int64_t n, const LineTaps<float>& t,
           float* line) noexcept {
#if HWY_TARGET == HWY_AVX3
  if (t.symmetry == Symmetry::even) switch (t.taps) {
      case 3: return along_few<3, order>(phases, pitch, n, t.h, line);
      case 5: return along_few<5, order>(phases, pitch, n, t.h, line);
      case 7: return along_few<7, order>(phases, pitch, n, t.h, line);
      case 9: return along_few<9, order>(phases, pitch, n, t.h, line);
      case 11: return along_few<11, order>(phases, pitch, n, t.h, line);
      case 13: return along_few<13, order>(phases, pitch, n, t.h, line);
      case 15: return along_few<15, order>(phases, pitch, n, t.h, line);
      default: break;
    }
#endif
  switch (t.symmetry) {
    case Symmetry::even: return along_any<Symmetry::even, order>(phases, pitch, n, t, line);
    case Symmetry::odd: return along_any<Symmetry::odd, order>(phases, pitch, n, t, line);
    default: return along_any<Symmetry::none, order>(phases, pitch, n, t, line);
  }
}

/// The nearest bytes of four sums, one of each phase, in the order of the outputs. Highway 1.0.3
/// has no name for the two steps that make 32 bits narrow where they are.
HWY_INLINE hn::Vec<Bytes> narrow(const Sum* v) {
  HWY_ALIGN constexpr uint8_t kOrder[16] = {0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15};
#if HWY_TARGET == HWY_AVX3
  const auto words = [](Sum a, Sum b) FALTUNG_INLINED {
    return _mm512_packs_epi32(_mm512_cvtps_epi32(a.raw), _mm512_cvtps_epi32(b.raw));
  };
  const hn::Vec<Bytes> bytes{_mm512_packus_epi16(words(v[0], v[1]), words(v[2], v[3]))};
#elif HWY_TARGET == HWY_AVX2
  const auto words = [](Sum a, Sum b) FALTUNG_INLINED {
    return _mm256_packs_epi32(_mm256_cvtps_epi32(a.raw), _mm256_cvtps_epi32(b.raw));
  };
  const hn::Vec<Bytes> bytes{_mm256_packus_epi16(words(v[0], v[1]), words(v[2], v[3]))};
#else
  const auto words = [](Sum a, Sum b) FALTUNG_INLINED {
    return _mm_packs_epi32(_mm_cvtps_epi32(a.raw), _mm_cvtps_epi32(b.raw));
  };
  const hn::Vec<Bytes> bytes{_mm_packus_epi16(words(v[0], v[1]), words(v[2], v[3]))};
#endif
  return hn::TableLookupBytes(bytes, hn::LoadDup128(Bytes(), kOrder));
}

/// n bytes, few of them.
HWY_INLINE void put_few(const uint8_t* HWY_RESTRICT from, int64_t n, uint8_t* HWY_RESTRICT to) {
  const hn::CappedTag<uint8_t, 16> part;
  int64_t i = 0;
  for (; i + 16 <= n; i += 16) hn::StoreU(hn::LoadU(part, from + i), part, to + i);
  if (i < n) std::memcpy(to + i, from + i, static_cast<size_t>(n - i));
}

/// A row of n bytes, past the caches where whole vectors of it are aligned.
HWY_INLINE void put_row(const uint8_t* HWY_RESTRICT from, int64_t n, uint8_t* HWY_RESTRICT to) {
  constexpr int64_t kSize = hn::MaxLanes(Bytes());
  const Bytes bytes;
  const auto beyond = static_cast<int64_t>(reinterpret_cast<uintptr_t>(to) % kSize);
  int64_t i = HWY_MIN(n, (kSize - beyond) % kSize);
  put_few(from, i, to);
  for (; i + kSize <= n; i += kSize) hn::Stream(hn::LoadU(bytes, from + i), bytes, to + i);
  put_few(from + i, n - i, to + i);
}

/// Those of kColumnOutputs rows of a group, which wait for each other in the first cache.
struct GroupOfSums {
  HWY_ALIGN float at[kColumnOutputs][kGroup];
  template <class Put>
  HWY_INLINE void give(const Put& put) const {
    const Lane d;
    for (int j = 0; j < kColumnOutputs; ++j) {
      const float* s = at[j];
      const Sum v[kPhases] = {hn::Load(d, s), hn::Load(d, s + kLaneCount),
                              hn::Load(d, s + 2 * kLaneCount), hn::Load(d, s + 3 * kLaneCount)};
      put(j, narrow(v));
    }
  }
};

/// The sums of a group from `phase` on, K taps, or as many as there are where K is 0. The places of
/// K of them are constants, and so is the phase: together a tenth of the time.
template <Symmetry symmetry, int K, int phase = 0>
HWY_INLINE void sum_group(const float* x, const LineTaps<float>& t, GroupOfSums& sums) {
  const Lane d;
  constexpr int kPhasesAtOnce = K == 0 ? kPhases : 1;
  if constexpr (phase < kPhases) {
    for (int p = phase; p < phase + kPhasesAtOnce; ++p)
      column_block<kColumnOutputs, symmetry>(
          d, x + p * kLaneCount, kByteLinePitch, t.h, K == 0 ? t.taps : K,
          [&](int j, Sum sum) FALTUNG_INLINED { hn::Store(sum, d, sums.at[j] + p * kLaneCount); });
    sum_group<symmetry, K, phase + kPhasesAtOnce>(x, t, sums);
  }
}

/// Groups of n outputs of `rows` rows, a multiple of kColumnOutputs, past the caches if `passes`.
/// All rows of a group come from lines that are near then.
template <Symmetry symmetry, int K = 0>
HWY_NOINLINE void rows_of_bytes(const float* x, const LineTaps<float>& t, int64_t rows, int64_t n,
                                uint8_t* HWY_RESTRICT to, int64_t to_pitch, bool passes) {
  GroupOfSums sums;
  for (int64_t i = 0; i < n; i += kGroup)
    for (int64_t r = 0; r < rows; r += kColumnOutputs) {
      sum_group<symmetry, K>(x + r * kByteLinePitch + i, t, sums);
      uint8_t* const first = to + r * to_pitch + i;
      sums.give([&](int j, hn::Vec<Bytes> bytes) FALTUNG_INLINED {
        if (passes) hn::Stream(bytes, Bytes(), first + j * to_pitch);
        else hn::StoreU(bytes, Bytes(), first + j * to_pitch);
      });
    }
}

using RowsOfBytes = void (*)(const float*, const LineTaps<float>&, int64_t, int64_t, uint8_t*,
                             int64_t, bool);

RowsOfBytes rows_of_taps(const LineTaps<float>& t) {
#if HWY_TARGET == HWY_AVX3
  if (t.symmetry == Symmetry::even) switch (t.taps) {
      case 3: return rows_of_bytes<Symmetry::even, 3>;
      case 5: return rows_of_bytes<Symmetry::even, 5>;
      case 7: return rows_of_bytes<Symmetry::even, 7>;
      case 9: return rows_of_bytes<Symmetry::even, 9>;
      case 11: return rows_of_bytes<Symmetry::even, 11>;
      case 13: return rows_of_bytes<Symmetry::even, 13>;
      case 15: return rows_of_bytes<Symmetry::even, 15>;
      default: break;
    }
#endif
  switch (t.symmetry) {
    case Symmetry::even: return rows_of_bytes<Symmetry::even>;
    case Symmetry::odd: return rows_of_bytes<Symmetry::odd>;
    default: return rows_of_bytes<Symmetry::none>;
  }
}

void finish(const OutputRows<uint8_t>& out, const float* x, const LineTaps<float>& t,
            uint8_t* scratch) noexcept {
  const bool aligned = (reinterpret_cast<uintptr_t>(out.y) | static_cast<uintptr_t>(out.pitch)) %
                           hn::MaxLanes(Bytes()) ==
                       0;
  // Those that lie in y whole at once.
  const bool at_once = out.rows % kColumnOutputs == 0 && (aligned || !out.passes_cache);
  const int64_t done = at_once ? out.n / kGroup * kGroup : 0, rest = out.n - done;
  const RowsOfBytes rows_of = rows_of_taps(t);
  if (done > 0) rows_of(x, t, out.rows, done, out.y, out.pitch, out.passes_cache);
  if (rest == 0) return;
  const int64_t rows = (out.rows + kColumnOutputs - 1) / kColumnOutputs * kColumnOutputs;
  rows_of(x + done, t, rows, rest, scratch, kByteLinePitch, false);
  for (int64_t j = 0; j < out.rows; ++j) {
    uint8_t* const row = out.y + j * out.pitch + done;
    if (out.passes_cache) put_row(scratch + j * kByteLinePitch, rest, row);
    else put_few(scratch + j * kByteLinePitch, rest, row);
  }
}

constexpr ByteLines kByteLines = {
    split,  split_samples, along<Order::phases>, along<Order::samples>,
    finish, kGroup,        kColumnOutputs};
#else
constexpr ByteLines kByteLines = {};
#endif

}  // namespace HWY_NAMESPACE
}  // namespace faltung
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace faltung {

const ByteLines& byte_lines(std::int64_t target) noexcept {
  switch (target) { FALTUNG_TARGET_CASES(kByteLines) }
}

}  // namespace faltung
#endif
