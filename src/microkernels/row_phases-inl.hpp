// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// Taps along rows as they lie, for vectors as long as a cache line, of which nearly all that are
// not aligned lie across the end of one (AVX-512). Samples a whole vector apart are in one phase:
//
//   x  | A . . . . . . B | A . . . . . . B | A . . . . . . B |      7 + 1 samples a vector
//        0             7   8            15   16           23        16 taps: Q = 1
//
// A vector of samples from phase A on serves one tap of each of Q + 1 neighbouring vectors of
// outputs, and so does one from the phase B of their mirror images. Samples of A are loaded, across
// the ends of cache lines, and those of B shifted out of registers: neither alone is as fast as an
// addition and a multiply-add. The pairs of one vector of outputs, T taps, s = (T - 1) mod lanes:
//
//   phase r <= s and s - r           A[m] + B[Q - m],      Q = (T - 1) / lanes,  m = 0 .. Q
//   phase r > s and lanes + s - r    A[m] + B[Q - 1 - m],                        m = 0 .. Q - 1
//
// where the two are the same phase each pair is met twice, and the middle by itself.
#if defined(FALTUNG_ROW_PHASES_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef FALTUNG_ROW_PHASES_INL
#undef FALTUNG_ROW_PHASES_INL
#else
#define FALTUNG_ROW_PHASES_INL
#endif

#include "hwy/cache_control.h"
#include "hwy/highway.h"
#include "microkernels/line_sums.hpp"
#include "microkernels/row_blocks-inl.hpp"

#if HWY_TARGET == HWY_AVX3
HWY_BEFORE_NAMESPACE();
namespace faltung {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// Vectors that the taps of a row may reach over.
constexpr int kMostPhaseVectors = 4;

/// Lanes `shift` .. `shift + lanes` of two vectors behind each other. Highway 1.0.3 has no name for
/// that with a shift that is not a constant.
HWY_INLINE hn::Vec512<float> behind(hn::Vec512<float> v, hn::Vec512<float> next, __m512i lanes) {
  return hn::Vec512<float>{_mm512_permutex2var_ps(v.raw, lanes, next.raw)};
}
HWY_INLINE hn::Vec512<double> behind(hn::Vec512<double> v, hn::Vec512<double> next, __m512i lanes) {
  return hn::Vec512<double>{_mm512_permutex2var_pd(v.raw, lanes, next.raw)};
}
template <class D>
HWY_INLINE __m512i lanes_from(D, int64_t shift) {
  using I = hn::TFromD<hn::RebindToSigned<D>>;
  static constexpr I kNumbers[] = {0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14, 15,
                                   16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31};
  return hn::LoadU(hn::RebindToSigned<D>(), kNumbers + shift).raw;
}

/// J vectors of outputs, whose taps reach over Q + 1 vectors. x is the oldest sample of the first
/// output; nothing is read but samples of the taps.
template <int J, int Q, Symmetry symmetry, class D, class T>
struct RowPhases {
  using V = hn::Vec<D>;
  static constexpr int kLanes = static_cast<int>(hn::MaxLanes(D()));
  static constexpr bool kFolds = symmetry != Symmetry::none;
  V sum[J], sample[J + Q + 1];
  const T* HWY_RESTRICT x;
  const T* HWY_RESTRICT h;

  HWY_INLINE RowPhases(D d, const T* from, const LineTaps<T>& t) : x(from), h(t.h) {
    begin<0>(d);
    if constexpr (!kFolds) return;
    first_samples<0>(d);
    // Not by a mask: lanes without one may lie in a cache line that is far away.
    const int64_t last = (t.taps - 1) % kLanes;
    const V v = in_register(hn::LoadU(d, x + (J + Q - 1) * kLanes + last));
    sample[J + Q] = behind(v, v, lanes_from(d, kLanes - last));
  }
  template <int j>
  HWY_INLINE void begin(D d) {
    sum[j] = nothing(d);
    if constexpr (j + 1 < J) begin<j + 1>(d);
  }
  template <int j>
  HWY_INLINE void first_samples(D d) {
    sample[j] = in_register(hn::LoadU(d, x + j * kLanes));
    if constexpr (j + 1 < J + Q) first_samples<j + 1>(d);
  }

  /// What a phase and its mirror image have between two vectors of samples and the next.
  template <int q>
  struct Pair {
    V older[q + 1], newer[q + 1], tap[q + 1];
    __m512i mirrored;
    const T* HWY_RESTRICT from;
    HWY_INLINE Pair() {}
  };
  template <int j, int q>
  HWY_INLINE void add_pairs(Pair<q>& p) {
    for (int m = 0; m <= q; ++m) {
      const V a = p.older[(j + m) % (q + 1)], b = p.newer[(j + q - m) % (q + 1)];
      const V pair = symmetry == Symmetry::odd ? hn::Sub(b, a) : hn::Add(b, a);
      sum[j] = hn::MulAdd(p.tap[m], pair, sum[j]);
    }
  }
  template <int j, int q>
  HWY_INLINE void add_mirrored(D d, Pair<q>& p) {
    if constexpr (j < J + q) {
      p.older[j % (q + 1)] = in_register(hn::LoadU(d, p.from + j * kLanes));
      p.newer[j % (q + 1)] = in_register(behind(sample[j], sample[j + 1], p.mirrored));
      if constexpr (j >= q) add_pairs<j - q>(p);
      add_mirrored<j + 1>(d, p);
    }
  }
  /// Phase r, whose mirror image is another.
  template <int q>
  HWY_INLINE void add_phase(D d, int64_t r, int64_t mirrored) {
    Pair<q> p;
    p.mirrored = lanes_from(d, mirrored);
    p.from = x + r;
    for (int m = 0; m <= q; ++m) p.tap[m] = hn::Set(d, h[r + m * kLanes]);
    add_mirrored<0>(d, p);
  }
  template <int j, int q>
  HWY_INLINE void add_own(D d, Pair<q>& p) {
    if constexpr (j < J + q) {
      p.older[j % (q + 1)] = in_register(hn::LoadU(d, p.from + j * kLanes));
      if constexpr (j >= q) {
        constexpr int o = j - q;
        for (int m = 0; 2 * m < q; ++m) {
          const V a = p.older[(o + m) % (q + 1)], b = p.older[(o + q - m) % (q + 1)];
          const V pair = symmetry == Symmetry::odd ? hn::Sub(b, a) : hn::Add(b, a);
          sum[o] = hn::MulAdd(p.tap[m], pair, sum[o]);
        }
        if constexpr (q % 2 == 0)
          sum[o] = hn::MulAdd(p.tap[q / 2], p.older[(o + q / 2) % (q + 1)], sum[o]);
      }
      add_own<j + 1>(d, p);
    }
  }
  /// Phase r, which is its own mirror image.
  template <int q>
  HWY_INLINE void add_own_phase(D d, int64_t r) {
    Pair<q> p;
    p.from = x + r;
    for (int m = 0; m <= q / 2; ++m) p.tap[m] = hn::Set(d, h[r + m * kLanes]);
    add_own<0>(d, p);
  }
  /// Those of the phases first .. end whose mirror images add up to `sum_of_two` with them.
  template <int q>
  HWY_INLINE void add_folded(D d, int64_t first, int64_t sum_of_two) {
    int64_t r = first;
    for (; 2 * r < sum_of_two; ++r) add_phase<q>(d, r, sum_of_two - r);
    if (2 * r == sum_of_two) add_own_phase<q>(d, r);
  }

  template <int j, int q>
  HWY_INLINE void add_unfolded(D d, Pair<q>& p) {
    if constexpr (j < J + q) {
      const V v = in_register(hn::LoadU(d, p.from + j * kLanes));
      for (int m = 0; m <= q; ++m)
        if (j - m >= 0 && j - m < J) sum[j - m] = hn::MulAdd(p.tap[m], v, sum[j - m]);
      add_unfolded<j + 1>(d, p);
    }
  }
  template <int q>
  HWY_INLINE void add_phases(D d, int64_t first, int64_t end, int64_t taps) {
    for (int64_t r = first; r < end; ++r) {
      Pair<q> p;
      p.from = x + r;
      for (int m = 0; m <= q; ++m) p.tap[m] = hn::Set(d, h[taps - 1 - r - m * kLanes]);
      add_unfolded<0>(d, p);
    }
  }

  HWY_INLINE void add_all(D d, int64_t taps) {
    const int64_t s = (taps - 1) % kLanes;
    if constexpr (kFolds) {
      add_folded<Q>(d, 0, s);
      if constexpr (Q > 0) add_folded<Q - 1>(d, s + 1, kLanes + s);
    } else {
      add_phases<Q>(d, 0, s + 1, taps);
      if constexpr (Q > 0) add_phases<Q - 1>(d, s + 1, kLanes, taps);
    }
  }
};

/// J vectors of outputs of a row from `at` on, of the last of which `fresh` are new.
template <int J, int Q, Symmetry symmetry, class D, class T, class Put>
HWY_INLINE void phase_block(D d, const T* x, const LineTaps<T>& t, T* y, int64_t fresh,
                            const Put& put) {
  constexpr int kLanes = static_cast<int>(hn::MaxLanes(D()));
  RowPhases<J, Q, symmetry, D, T> row(d, x, t);
  row.add_all(d, t.taps);
  for (int j = 0; j < J; ++j) put(row.sum[j], y + j * kLanes, j + 1 < J ? kLanes : fresh);
}

template <int Q, Symmetry symmetry, class D, class T, class Put>
HWY_INLINE void phase_row(D d, int64_t n, const T* x, const LineTaps<T>& t, T* y, const Put& put) {
  constexpr int64_t kLanes = hn::MaxLanes(D());
  constexpr int J = Q < 2 ? 8 : 6;
  int64_t i = 0;
  for (; i + J * kLanes <= n; i += J * kLanes)
    phase_block<J, Q, symmetry>(d, x + i, t, y + i, kLanes, put);
  for (; i + 2 * kLanes <= n; i += 2 * kLanes)
    phase_block<2, Q, symmetry>(d, x + i, t, y + i, kLanes, put);
  for (; i < n; i += kLanes) {  // the last overlaps the one before
    const int64_t at = HWY_MAX(int64_t{0}, HWY_MIN(i, n - kLanes));
    phase_block<1, Q, symmetry>(d, x + at, t, y + at, kLanes - (i - at), put);
  }
}

HWY_INLINE void ask_for_row(const Soon& soon, int64_t row, int64_t columns) {
  constexpr int64_t kLineBytes = 64;
  if (soon.first == nullptr) return;
  const std::byte* first = soon.first + row * soon.pitch;
  const std::byte* last = first + columns * soon.step - 1;
  for (const std::byte* p = first; p < last; p += kLineBytes) hwy::Prefetch(p);
  hwy::Prefetch(last);
}

template <Symmetry symmetry, class D, class T, class Put>
HWY_INLINE void phase_rows_of(D d, const OutputRows<T>& out, const T* x, int64_t x_pitch,
                              const LineTaps<T>& t, const Soon& soon, const Put& put) {
  constexpr int64_t kLanes = hn::MaxLanes(D());
  for (int64_t j = 0; j < out.rows; ++j) {
    ask_for_row(soon, j, out.n + t.taps - 1);
    const T* from = x + j * x_pitch;
    T* y = out.y + j * out.pitch;
    switch ((t.taps - 1) / kLanes) {
      case 0: phase_row<0, symmetry>(d, out.n, from, t, y, put); break;
      case 1: phase_row<1, symmetry>(d, out.n, from, t, y, put); break;
      case 2: phase_row<2, symmetry>(d, out.n, from, t, y, put); break;
      default: phase_row<3, symmetry>(d, out.n, from, t, y, put);
    }
  }
}

/// Calls put(sums, where they belong, how many of them are new from the end on). At most
/// kMostPhaseVectors vectors of taps, one next to the other.
template <class D, class T, class Put>
HWY_INLINE void phase_rows(D d, const OutputRows<T>& out, const T* x, int64_t x_pitch,
                           const LineTaps<T>& t, const Soon& soon, const Put& put) {
  switch (t.symmetry) {
    case Symmetry::even: return phase_rows_of<Symmetry::even>(d, out, x, x_pitch, t, soon, put);
    case Symmetry::odd: return phase_rows_of<Symmetry::odd>(d, out, x, x_pitch, t, soon, put);
    default: return phase_rows_of<Symmetry::none>(d, out, x, x_pitch, t, soon, put);
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace faltung
HWY_AFTER_NAMESPACE();
#endif  // HWY_TARGET == HWY_AVX3

#endif  // FALTUNG_ROW_PHASES_INL
