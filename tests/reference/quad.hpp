// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cfloat>

namespace faltung::reference {

// IEEE binary128: 113 bits and 15 bits of exponent. A product of two doubles needs 106 bits and
// exponents of at most 2148, so every product is exact and no sum overflows or underflows.
#if defined(__SIZEOF_FLOAT128__)
__extension__ typedef __float128 Quad;
#else
typedef long double Quad;
static_assert(LDBL_MANT_DIG >= 113, "the reference needs a type of 113 bits");
#endif

inline Quad magnitude(Quad v) { return v < 0 ? -v : v; }
inline bool is_nan(Quad v) { return v != v; }
inline bool is_finite(Quad v) { return v - v == 0; }
inline bool is_infinite(Quad v) { return !is_nan(v) && !is_finite(v); }

/// Newton's iteration from double precision; for results and tolerances that are finite and >= 0.
inline Quad square_root(Quad v) {
  if (!(v > 0)) return v;
  Quad scale = 1;
  while (v > Quad(1e200)) v *= Quad(0x1p-200), scale *= Quad(0x1p100);
  while (v < Quad(1e-200)) v *= Quad(0x1p200), scale *= Quad(0x1p-100);
  Quad root = Quad(__builtin_sqrt(static_cast<double>(v)));
  for (int i = 0; i < 3; ++i) root = (root + v / root) / 2;
  return root * scale;
}

}  // namespace faltung::reference
