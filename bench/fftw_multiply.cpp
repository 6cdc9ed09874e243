// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// Compiled with contraction allowed, unlike the library: the peer gets what the compiler can do.
#include "fftw_api.hpp"

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

}  // namespace

FALTUNG_CLONES void multiply(float* a, const float* b, std::int64_t count) { product(a, b, count); }
FALTUNG_CLONES void multiply(double* a, const double* b, std::int64_t count) {
  product(a, b, count);
}

}  // namespace faltung::bench
