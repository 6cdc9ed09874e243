// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// A period of real samples as one unit of even and odd samples (units.hpp), for one target of
// Highway.
#if defined(FALTUNG_UNIT_PAIRS_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef FALTUNG_UNIT_PAIRS_INL
#undef FALTUNG_UNIT_PAIRS_INL
#else
#define FALTUNG_UNIT_PAIRS_INL
#endif

#include "microkernels/unit_stages-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace faltung {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

#if HWY_TARGET != HWY_SCALAR

/// Where the spectrum of a cyclic unit has the conjugates of its roots: in line 3 - q of line q, at
/// kLane of each lane, but for lane 0, whose lines go round.
template <class T>
struct Mirror {
  using S = Stages<T>;
  using Index = hwy::MakeSigned<T>;
  static constexpr int kPoints = 4 * S::kLanes;
  /// As Transform::add_stages follows them.
  struct Angles {
    int of[4][S::kLanes];
    constexpr void stage(int radix, int group, int circle) {
      const Angles from = *this;
      for (int line = 0; line < 4; ++line)
        for (int lane = 0; lane < S::kLanes; ++lane) {
          const int block = lane / group % radix, q = line % radix;
          of[line - q + block][lane + (q - block) * group] = from.of[line][lane];
        }
      for (int line = 0; line < 4; ++line)
        for (int& angle : of[line]) angle += line % radix * circle;
    }
  };
  static constexpr Angles angles() {
    Angles a{};
    for (int line = 0; line < 4; ++line)
      for (int& angle : a.of[line]) angle = line;
    if (S::kSplit) a.stage(S::kFirstRadix, S::kFirstGroup, 4);
    a.stage(S::kLastRadix, 1, S::kSplit ? 4 * S::kFirstRadix : 4);
    return a;
  }
  static constexpr Angles kAngles = angles();

  struct Lanes {
    Index of[S::kLanes];
    int line[4];  ///< of lane 0
  };
  static constexpr Lanes lanes() {
    Lanes found{};
    for (int lane = 1; lane < S::kLanes; ++lane)
      for (int to = 1; to < S::kLanes; ++to)
        if (kAngles.of[2][to] == kPoints - kAngles.of[1][lane]) found.of[lane] = to;
    for (int line = 0; line < 4; ++line)
      for (int to = 0; to < 4; ++to)
        if (kAngles.of[to][0] == (kPoints - kAngles.of[line][0]) % kPoints) found.line[line] = to;
    return found;
  }
  static constexpr Lanes kLanes = lanes();
};

/// a at the conjugate of each root, not conjugated.
template <class D, class T = hn::TFromD<D>>
HWY_INLINE void mirrored(D d, const Complex<D>* a, Complex<D>* to) {
  using M = Mirror<T>;
  const auto lane = hn::SetTableIndices(d, M::kLanes.of);
  const auto first = hn::FirstN(d, 1);
  for (int q = 0; q < 4; ++q) {
    const Complex<D>& round = a[M::kLanes.line[q]];
    to[q] = {hn::IfThenElse(first, round.re, hn::TableLookupLanes(a[3 - q].re, lane)),
             hn::IfThenElse(first, round.im, hn::TableLookupLanes(a[3 - q].im, lane))};
  }
}

/// Times A and, of the mirror image, B, which lies behind A.
template <class D, class T>
HWY_INLINE void multiply_pairs_at(D d, Complex<D>* a, const T* h) {
  using S = Stages<T>;
  Complex<D> image[4];
  mirrored(d, a, image);
  for (size_t q = 0; q < 4; ++q) {
    const Complex<D> p = mul(a[q], load_line(d, h + q * S::kLine)), m = image[q];
    const Complex<D> b = load_line(d, h + S::kUnit + q * S::kLine);
    a[q] = {hn::MulAdd(m.re, b.re, hn::MulAdd(m.im, b.im, p.re)),
            hn::MulAdd(m.re, b.im, hn::NegMulAdd(m.im, b.re, p.im))};
  }
}

template <class T>
void split(const T* x, T* z) noexcept {
  using S = Stages<T>;
  const typename S::D d;
  for (int q = 0; q < 4; ++q, x += S::kLine, z += S::kLine) {
    Complex<typename S::D> a;
    hn::LoadInterleaved2(d, x, a.re, a.im);
    store_line(d, a, z);
  }
}
template <class T>
void join(const T* z, T* x) noexcept {
  using S = Stages<T>;
  const typename S::D d;
  for (int q = 0; q < 4; ++q, x += S::kLine, z += S::kLine) {
    const Complex<typename S::D> a = load_line(d, z);
    hn::StoreInterleaved2(a.re, a.im, d, x);
  }
}

template <class T>
void pair_kernel(T* h, const T* half_angles) noexcept {
  using S = Stages<T>;
  using D = typename S::D;
  const D d;
  const auto half = hn::Set(d, T(0.5));
  Complex<D> a[4], image[4];
  load_unit(d, h, a);
  mirrored(d, a, image);
  for (size_t q = 0; q < 4; ++q) {
    const Complex<D> odd = {hn::Mul(half, hn::Sub(a[q].re, image[q].re)),
                            hn::Mul(half, hn::Add(a[q].im, image[q].im))};
    const Complex<D> b = mul(odd, load_line(d, half_angles + q * S::kLine));
    store_line(d, sub(a[q], b), h + q * S::kLine);
    store_line(d, b, h + S::kUnit + q * S::kLine);
  }
}

template <class T>
void multiply_pairs(const T* z, const T* h, T* y) noexcept {
  using S = Stages<T>;
  const typename S::D d;
  Complex<typename S::D> a[4];
  load_unit(d, z, a);
  multiply_pairs_at(d, a, h);
  store_unit(d, a, y);
}

template <class T>
std::int32_t angle(int64_t line, int64_t lane) noexcept {
  return Mirror<T>::kAngles.of[line][lane];
}

#endif  // HWY_TARGET != HWY_SCALAR

}  // namespace HWY_NAMESPACE
}  // namespace faltung
HWY_AFTER_NAMESPACE();

#endif  // FALTUNG_UNIT_PAIRS_INL
