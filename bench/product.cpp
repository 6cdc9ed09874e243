// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// Compiled with contraction allowed, unlike the library: the peers get what the compiler can do.
#include "product.hpp"

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define FALTUNG_CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define FALTUNG_CLONES
#endif

namespace faltung::bench {
namespace {

template <class T>
[[gnu::always_inline]] inline void product(T* __restrict a, const T* __restrict b,
                                           std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) {
    const T re = a[2 * i] * b[2 * i] - a[2 * i + 1] * b[2 * i + 1];
    const T im = a[2 * i] * b[2 * i + 1] + a[2 * i + 1] * b[2 * i];
    a[2 * i] = re;
    a[2 * i + 1] = im;
  }
}

template <class T>
[[gnu::always_inline]] inline void squares(T* a, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) {
    a[2 * i] = a[2 * i] * a[2 * i] + a[2 * i + 1] * a[2 * i + 1];
    a[2 * i + 1] = 0;
  }
}

template <class T>
[[gnu::always_inline]] inline void weigh(const T* __restrict x, const T* __restrict upper,
                                         const T* __restrict w, std::int64_t count,
                                         T* __restrict z) {
  if (upper == nullptr) {
    for (std::int64_t j = 0; j < count; ++j) {
      z[2 * j] = x[j] * w[2 * j];
      z[2 * j + 1] = x[j] * w[2 * j + 1];
    }
    return;
  }
  for (std::int64_t j = 0; j < count; ++j) {
    z[2 * j] = x[j] * w[2 * j] - upper[j] * w[2 * j + 1];
    z[2 * j + 1] = x[j] * w[2 * j + 1] + upper[j] * w[2 * j];
  }
}

template <class T>
[[gnu::always_inline]] inline void unweigh(const T* __restrict z, const T* __restrict w,
                                           std::int64_t count, T* __restrict y) {
  for (std::int64_t j = 0; j < count; ++j) {
    y[j] = z[2 * j] * w[2 * j] + z[2 * j + 1] * w[2 * j + 1];
    y[count + j] = z[2 * j + 1] * w[2 * j] - z[2 * j] * w[2 * j + 1];
  }
}

}  // namespace

#define FALTUNG_FOR(T)                                                                         \
  FALTUNG_CLONES void multiply(T* a, const T* b, std::int64_t count) { product(a, b, count); } \
  FALTUNG_CLONES void square(T* a, std::int64_t count) { squares(a, count); }                  \
  FALTUNG_CLONES void pack(const T* x, const T* upper, const T* w, std::int64_t count, T* z) { \
    weigh(x, upper, w, count, z);                                                              \
  }                                                                                            \
  FALTUNG_CLONES void unpack(const T* z, const T* w, std::int64_t count, T* y) {               \
    unweigh(z, w, count, y);                                                                   \
  }
FALTUNG_FOR(float)
FALTUNG_FOR(double)
#undef FALTUNG_FOR

}  // namespace faltung::bench
