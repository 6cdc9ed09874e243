// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "planner/gradient_loops.hpp"

#include <algorithm>
#include <cmath>

namespace faltung {
namespace {

/// By the largest of them, for what leaves the range when it is squared.
double scaled_root(const double* first, std::int64_t apart, int count) {
  double largest = 0, sum = 0;
  for (int k = 0; k < count; ++k) {
    const double d = std::abs(first[k * apart]);
    if (std::isnan(d)) return d;
    largest = std::max(largest, d);
  }
  if (largest == 0 || std::isinf(largest)) return largest;
  for (int k = 0; k < count; ++k) {
    const double part = first[k * apart] / largest;
    sum += part * part;
  }
  return largest * std::sqrt(sum);
}

template <class T>
void magnitudes(const Derivatives& d, T* to) {
  constexpr std::int64_t kBlock = 1024;
  const T* first = reinterpret_cast<const T*>(d.first);
  double sums[kBlock];
  for (std::int64_t from = 0; from < d.samples; from += kBlock) {
    const std::int64_t count = std::min(kBlock, d.samples - from);
    std::fill_n(sums, count, 0.0);
    for (int k = 0; k < d.count; ++k) {
      const T* row = first + k * d.apart + from;
      for (std::int64_t i = 0; i < count; ++i) {
        const auto v = static_cast<double>(row[i]);
        sums[i] += v * v;
      }
    }
    if constexpr (sizeof(T) == 8) {
      // Beyond these, squares of doubles lose digits or overflow.
      for (std::int64_t i = 0; i < count; ++i)
        if (!(sums[i] > 1e-280 && sums[i] < 1e300)) {
          const double root = scaled_root(first + from + i, d.apart, d.count);
          to[from + i] = root * d.scale;
          sums[i] = -1;
        }
      for (std::int64_t i = 0; i < count; ++i)
        if (sums[i] >= 0) to[from + i] = std::sqrt(sums[i]) * d.scale;
    } else {
      for (std::int64_t i = 0; i < count; ++i)
        to[from + i] = static_cast<T>(std::sqrt(sums[i]) * d.scale);
    }
  }
}

template <class T>
void angles(const Derivatives& d, T* to) {
  const T* y = reinterpret_cast<const T*>(d.first) + (d.count - 2) * d.apart;
  const T* x = y + d.apart;
  // Adding 0 makes -0 0: flat parts have one angle.
  for (std::int64_t i = 0; i < d.samples; ++i) to[i] = std::atan2(y[i] + T(0), x[i] + T(0));
}

}  // namespace

void gradient_row(const Derivatives& d, ElementType type, std::byte* magnitude,
                  std::byte* orientation) noexcept {
  if (type == ElementType::f32) {
    magnitudes(d, reinterpret_cast<float*>(magnitude));
    if (orientation != nullptr) angles(d, reinterpret_cast<float*>(orientation));
  } else {
    magnitudes(d, reinterpret_cast<double*>(magnitude));
    if (orientation != nullptr) angles(d, reinterpret_cast<double*>(orientation));
  }
}

MagnitudeNorms magnitude_norms(const AnyArray& magnitude) {
  MagnitudeNorms norms;
  long double squares = 0;
  const auto look = [&](const auto& samples) {
    for (const auto v : samples) {
      if (!std::isfinite(v)) continue;
      norms.largest = std::max(norms.largest, static_cast<double>(v));
      squares += static_cast<long double>(v) * v;
    }
  };
  if (magnitude.type == ElementType::f32) look(magnitude.samples<float>());
  else look(magnitude.samples<double>());
  norms.l2 = static_cast<double>(std::sqrt(squares));
  return norms;
}

}  // namespace faltung
