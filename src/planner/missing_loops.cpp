// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "planner/missing_loops.hpp"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <complex>
#include <cstring>
#include <limits>

#include "support/parallel.hpp"

namespace faltung {
namespace {

/// Calls f(T{}) with the type that a sample is held in; integers by their size.
template <class F>
auto with_sample(ElementType type, F&& f) {
  switch (type) {
    case ElementType::f32: return f(float{});
    case ElementType::f64: return f(double{});
    case ElementType::c64: return f(std::complex<float>{});
    case ElementType::c128: return f(std::complex<double>{});
    case ElementType::f16: return f(Half{});
    default: break;
  }
  switch (size_bytes(type)) {
    case 1: return f(std::uint8_t{});
    case 2: return f(std::uint16_t{});
    case 4: return f(std::uint32_t{});
    default: return f(std::uint64_t{});
  }
}
template <class F>
auto with_result(ElementType type, F&& f) {
  switch (type) {
    case ElementType::f32: return f(float{});
    case ElementType::c64: return f(std::complex<float>{});
    case ElementType::c128: return f(std::complex<double>{});
    default: return f(double{});
  }
}

template <class T>
constexpr bool kIsReal = std::is_floating_point_v<T> || std::is_same_v<T, Half>;

template <class T>
T load(const std::byte* from) {
  T value;
  std::memcpy(&value, from, sizeof(T));
  return value;
}

/// Views need not be aligned.
template <class T>
void store(std::byte* to, T value) {
  std::memcpy(to, &value, sizeof(T));
}

template <class T>
bool is_missing(T v) {
  if constexpr (kIsReal<T>) return std::isnan(static_cast<double>(v));
  else if constexpr (std::is_integral_v<T>) return false;
  else return std::isnan(v.real()) || std::isnan(v.imag());
}

/// A view row by row: f(address of its first sample, index of the first in a dense array).
template <class F>
void for_each_row(const Dims& shape, const Dims& strides, ElementType type, Workspace& workspace,
                  F&& f) {
  const int last = shape.rank() - 1;
  const std::int64_t width = shape[last], rows = element_count(shape) / width;
  const std::int64_t together = std::max<std::int64_t>(1, 4096 / width);
  auto body = [&](std::byte*, auto&& next) noexcept {
    for (std::int64_t task = next(); task >= 0; task = next())
      for (std::int64_t r = task * together; r < std::min(rows, (task + 1) * together); ++r) {
        std::int64_t rest = r, offset = 0;
        for (int i = last - 1; i >= 0; --i) {
          offset += rest % shape[i] * strides[i];
          rest /= shape[i];
        }
        f(offset * size_bytes(type), r * width);
      }
  };
  support::parallel(workspace, 0, (rows + together - 1) / together, body);
}

template <class T>
using RealOf = decltype(std::abs(T{}));

/// Operands of one output; magnitudes for bounds.
template <class T>
struct Sums {
  T a, b;
  RealOf<T> v;
  T m;
};

template <class T>
class SumsAt {
 public:
  explicit SumsAt(const MissingSums& s)
      : a_(reinterpret_cast<const T*>(s.a)),
        b_(reinterpret_cast<const T*>(s.b)),
        v_(reinterpret_cast<const RealOf<T>*>(s.v)),
        m_(reinterpret_cast<const RealOf<T>*>(s.m)),
        least_(static_cast<RealOf<T>>(s.least_v)),
        complex_m_(s.complex_m) {}
  Sums<T> at(std::int64_t i) const {
    Sums<T> s{a_ == nullptr ? T(0) : a_[i], b_[i], v_[i] < least_ ? 0 : v_[i], T(0)};
    if (m_ == nullptr) s.m = T(1);
    else if constexpr (std::is_floating_point_v<T>) s.m = m_[i];
    else s.m = complex_m_ ? T(m_[2 * i], m_[2 * i + 1]) : T(m_[i]);
    return s;
  }

 private:
  const T *a_, *b_;
  const RealOf<T>*v_, *m_;
  RealOf<T> least_;
  bool complex_m_;
};

/// One output. Never an infinity where M is 0, nor a NaN from one of B where no tap is negative.
template <class T>
T value_of(const Sums<T>& s, bool same) {
  using R = RealOf<T>;
  // First, since the taps that meet what is missing may add up to 0.
  if (s.v == 0) return T(std::numeric_limits<R>::quiet_NaN());
  if (s.m == T(0)) return s.a;
  if (same && std::real(s.m) >= 0 && std::imag(s.m) == 0) return s.a * (1 + std::real(s.m) / s.v);
  const T mean = s.b / s.v;
  if constexpr (std::is_floating_point_v<T>) return s.a + s.m * mean;
  else if (std::imag(s.m) == 0) return s.a + std::real(s.m) * mean;
  else return s.a + s.m * mean;
}

}  // namespace

bool any_missing(const ConstView& x, Workspace& workspace) noexcept {
  return with_sample(x.type, [&]<class T>(T) {
    if constexpr (std::is_integral_v<T>) return false;
    std::atomic<bool> found{false};
    const std::int64_t stride =
        x.strides[x.shape.rank() - 1] * static_cast<std::int64_t>(sizeof(T));
    for_each_row(x.shape, x.strides, x.type, workspace,
                 [&](std::int64_t offset, std::int64_t) noexcept {
                   const auto* from = static_cast<const std::byte*>(x.data) + offset;
                   bool here = false;
                   for (std::int64_t i = 0; i < x.shape.back(); ++i)
                     here |= is_missing(load<T>(from + i * stride));
                   if (here) found.store(true, std::memory_order_relaxed);
                 });
    return found.load();
  });
}

void part_samples(const ConstView& x, std::byte* to, std::uint8_t* there, std::uint8_t* gone,
                  Workspace& workspace) noexcept {
  with_sample(x.type, [&]<class T>(T) {
    const std::int64_t stride =
        x.strides[x.shape.rank() - 1] * static_cast<std::int64_t>(sizeof(T));
    for_each_row(x.shape, x.strides, x.type, workspace,
                 [&](std::int64_t offset, std::int64_t at) noexcept {
                   const auto* from = static_cast<const std::byte*>(x.data) + offset;
                   for (std::int64_t i = 0; i < x.shape.back(); ++i) {
                     const T value = load<T>(from + i * stride);
                     const bool missing = is_missing(value);
                     reinterpret_cast<T*>(to)[at + i] = missing ? T(0) : value;
                     there[at + i] = missing ? 0 : 1;
                     gone[at + i] = missing ? 1 : 0;
                   }
                 });
  });
}

void combine(const MissingSums& sums, const View& y, Workspace& workspace) noexcept {
  const bool same = sums.a == sums.b;
  const std::int64_t stride = y.strides[y.shape.rank() - 1] * size_bytes(y.type);
  with_result(sums.type, [&]<class T>(T) {
    const SumsAt<T> all(sums);
    for_each_row(y.shape, y.strides, y.type, workspace,
                 [&](std::int64_t offset, std::int64_t at) noexcept {
                   auto* to = static_cast<std::byte*>(y.data) + offset;
                   for (std::int64_t i = 0; i < y.shape.back(); ++i) {
                     const T value = value_of(all.at(at + i), same);
                     if constexpr (std::is_same_v<T, float>)
                       if (y.type == ElementType::f16) {
                         store(to + i * stride, Half(value));
                         continue;
                       }
                     store(to + i * stride, value);
                   }
                 });
  });
}

void fill(const MissingSums& sums, const std::uint8_t* gone, const View& x) noexcept {
  const std::int64_t count = element_count(x.shape);
  with_result(sums.type, [&]<class T>(T) {
    const SumsAt<T> all(sums);
    with_sample(x.type, [&]<class X>(X) {
      // The mean of real samples is real, of complex ones complex; only the precision may differ.
      if constexpr (!std::is_integral_v<X> && kIsReal<X> == kIsReal<T>) {
        X* to = static_cast<X*>(x.data);
        for (std::int64_t i = 0; i < count; ++i) {
          if (gone[i] == 0) continue;
          const Sums<T> s = all.at(i);
          const T mean = s.v == 0 ? T(std::numeric_limits<RealOf<T>>::quiet_NaN()) : s.b / s.v;
          to[i] = static_cast<X>(mean);
        }
      }
    });
  });
}

/// With t = B / V, off by dt = (eB + |t| eV) / (V - eV): eA + eM (|t| + dt) + |M| dt, and, where no
/// tap is negative, A off once and M / V for all: eA (1 + M / V) + |A| (eM + M / V eV) / (V - eV).
/// Four roundings of the combination besides.
ErrorSize error_of(const MissingSums& sums, const SumErrors& e, std::int64_t count,
                   const std::uint8_t* gone) noexcept {
  ErrorSize size;
  const bool same = sums.a == sums.b;
  long double squares = 0;
  with_result(sums.type, [&]<class T>(T) {
    const SumsAt<T> all(sums);
    const double u = std::numeric_limits<RealOf<T>>::epsilon();
    for (std::int64_t i = 0; i < count; ++i) {
      if (gone != nullptr && gone[i] == 0) continue;
      const Sums<T> s = all.at(i);
      const T value = value_of(s, same);
      if (!std::isfinite(std::abs(value))) continue;
      double off = e.a;
      if (s.m != T(0)) {
        const double v = s.v, m = std::abs(s.m), a = std::abs(s.a);
        const double ev = std::min(e.v, e.relative_v * v), left = v - ev;
        const double em = sums.m == nullptr ? 0 : std::min(e.m, e.relative_m * m);
        const double t = std::abs(s.b) / v;
        if (!(left > 0)) off = HUGE_VAL;
        else if (same) off = e.a * (1 + m / v) + a * (em + m / v * ev) / left;
        else {
          const double dt = (e.b + t * ev) / left;
          off = e.a + em * (t + dt) + m * dt;
        }
        off += 4 * u * (a + m * t);
      }
      if (sums.halves) off += 0x1p-11 * (static_cast<double>(std::abs(value)) + off) + 0x1p-25;
      size.maximum = std::max(size.maximum, off);
      squares += static_cast<long double>(off) * off;
    }
  });
  size.l2 = static_cast<double>(std::sqrt(squares));
  return size;
}

}  // namespace faltung
