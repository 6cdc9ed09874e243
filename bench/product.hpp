// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// What libraries of transforms leave to their callers, built for each instruction set. Complex
// numbers are pairs.
#pragma once

#include <cstdint>

namespace faltung::bench {

/// a[i] *= b[i].
void multiply(float* a, const float* b, std::int64_t count);
void multiply(double* a, const double* b, std::int64_t count);

/// a[i] = |a[i]|^2.
void square(float* a, std::int64_t count);
void square(double* a, std::int64_t count);

/// z[j] = (x[j] + i upper[j]) w[j]; upper may be null, for zeros.
void pack(const float* x, const float* upper, const float* w, std::int64_t count, float* z);
void pack(const double* x, const double* upper, const double* w, std::int64_t count, double* z);

/// y[j] and y[count + j]: the parts of z[j] conj(w[j]).
void unpack(const float* z, const float* w, std::int64_t count, float* y);
void unpack(const double* z, const double* w, std::int64_t count, double* y);

}  // namespace faltung::bench
