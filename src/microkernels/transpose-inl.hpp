// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// As many vectors as each has lanes, transposed in registers, for one target of Highway.
#if defined(FALTUNG_TRANSPOSE_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef FALTUNG_TRANSPOSE_INL
#undef FALTUNG_TRANSPOSE_INL
#else
#define FALTUNG_TRANSPOSE_INL
#endif

#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace faltung {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

#if HWY_TARGET != HWY_SCALAR  // one lane is its own transpose

/// 128-bit blocks: the numbers within each, across as many vectors as a block has numbers.
template <class D>
HWY_INLINE void transpose_within_blocks(D d, hn::Vec<D>* v) {
  if constexpr (sizeof(hn::TFromD<D>) == 4) {
    const hn::RepartitionToWide<D> wide;
    const auto p = hn::BitCast(wide, hn::InterleaveLower(d, v[0], v[1]));
    const auto q = hn::BitCast(wide, hn::InterleaveUpper(d, v[0], v[1]));
    const auto r = hn::BitCast(wide, hn::InterleaveLower(d, v[2], v[3]));
    const auto s = hn::BitCast(wide, hn::InterleaveUpper(d, v[2], v[3]));
    v[0] = hn::BitCast(d, hn::InterleaveLower(wide, p, r));
    v[1] = hn::BitCast(d, hn::InterleaveUpper(wide, p, r));
    v[2] = hn::BitCast(d, hn::InterleaveLower(wide, q, s));
    v[3] = hn::BitCast(d, hn::InterleaveUpper(wide, q, s));
  } else {
    const auto a = v[0];
    v[0] = hn::InterleaveLower(d, a, v[1]);
    v[1] = hn::InterleaveUpper(d, a, v[1]);
  }
}

/// v[i] and v[j] exchange the halves that lie across: the upper half of i, the lower one of j.
template <class D>
HWY_INLINE void exchange_halves(D d, hn::Vec<D>& a, hn::Vec<D>& b) {
  const auto lower = hn::ConcatLowerLower(d, b, a);
  b = hn::ConcatUpperUpper(d, b, a);
  a = lower;
}
/// The same of the odd blocks of a and the even ones of b.
template <class D>
HWY_INLINE void exchange_blocks(D, hn::Vec<D>& a, hn::Vec<D>& b) {
  const auto even = hn::OddEvenBlocks(hn::SwapAdjacentBlocks(b), a);
  b = hn::OddEvenBlocks(b, hn::SwapAdjacentBlocks(a));
  a = even;
}

#endif  // HWY_TARGET != HWY_SCALAR

/// v[i] lane j becomes v[j] lane i, for as many vectors as lanes.
template <class D>
HWY_INLINE void transpose_square([[maybe_unused]] D d, [[maybe_unused]] hn::Vec<D>* v) {
#if HWY_TARGET != HWY_SCALAR
  constexpr int kLanes = static_cast<int>(hn::MaxLanes(D()));
  constexpr int kBlock = 16 / static_cast<int>(sizeof(hn::TFromD<D>));  // numbers of 128 bits
  constexpr int kBlocks = kLanes / kBlock;
  for (int i = 0; i < kLanes; i += kBlock) transpose_within_blocks(d, v + i);
  if constexpr (kBlocks == 4) {
    for (int i = 0; i < kBlock; ++i) {
      exchange_blocks(d, v[i], v[i + kBlock]);
      exchange_blocks(d, v[i + 2 * kBlock], v[i + 3 * kBlock]);
    }
    for (int i = 0; i < 2 * kBlock; ++i) exchange_halves(d, v[i], v[i + 2 * kBlock]);
  } else if constexpr (kBlocks == 2) {
    for (int i = 0; i < kBlock; ++i) exchange_halves(d, v[i], v[i + kBlock]);
  }
#endif
}

}  // namespace HWY_NAMESPACE
}  // namespace faltung
HWY_AFTER_NAMESPACE();

#endif  // FALTUNG_TRANSPOSE_INL
