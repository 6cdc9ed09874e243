// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// The matrix A of axis 0 against the rest is first reduced by Gaussian elimination with
// full pivoting (each step takes a cross out of A), A = C R; the rows of R are made orthonormal,
// and one-sided Jacobi rotations turn C into its singular vectors. The terms are taken in the order
// of their singular values; a right vector of several axes is taken apart in the same way.
//
//   A  =  C R  =  (C S^T) Q  =  (U s) (W^T Q)      S: Gram-Schmidt,  W: rotations
//
// Source: Golub and Van Loan, Matrix Computations, 4th ed., sections 3.4, 5.2 and 8.6.3. All of it
// is in long double; what counts in the end is the residual against the kernel, which is measured.
#include "convolution/array_terms.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace faltung {
namespace {

/// Elimination goes on for twice the terms asked for, at least for this many steps: crosses are
/// not the best terms, and the rank found must not depend on how many terms are asked for.
constexpr std::int64_t kLeastSteps = 32;

Real dot(const Vector& a, const Vector& b) {
  return std::inner_product(a.begin(), a.end(), b.begin(), Real(0));
}
void add(Vector& to, Real factor, const Vector& v) {
  for (std::size_t i = 0; i < to.size(); ++i) to[i] += factor * v[i];
}
std::int64_t size_of(const Vector& v) { return static_cast<std::int64_t>(v.size()); }

Real sum_abs(const Vector& v) {
  Real sum = 0;
  for (Real a : v) sum += std::abs(a);
  return sum;
}

/// A -= column row.
void subtract_product(Vector& a, const Vector& column, const Vector& row) {
  const std::size_t n = row.size();
  for (std::size_t i = 0; i < column.size(); ++i)
    if (column[i] != 0)
      for (std::size_t j = 0; j < n; ++j) a[i * n + j] -= column[i] * row[j];
}

// --------------------------------------------------------------------------- terms of a matrix

/// A = sum of columns[k] rows[k].
struct Products {
  std::vector<Vector> columns, rows;
};

/// The largest magnitude of an array, and the sum of all.
struct Pivot {
  std::size_t at = 0;
  Real magnitude = -1, sum = 0;

  void see(Real v, std::size_t i) {
    const Real magnitude_here = std::abs(v);
    sum += magnitude_here;
    if (magnitude_here > magnitude) {
      magnitude = magnitude_here;
      at = i;
    }
  }
};

/// A -= column row; the pivot of what is left. One pass, since this is most of the search's time.
Pivot subtract_cross(Vector& a, const Vector& column, const Vector& row) {
  const std::size_t n = row.size();
  Pivot next;
  for (std::size_t i = 0; i < column.size(); ++i)
    for (std::size_t j = 0; j < n; ++j) {
      Real& v = a[i * n + j];
      if (column[i] != 0) v -= column[i] * row[j];
      next.see(v, i * n + j);
    }
  return next;
}

/// Crosses leave hardly more than the best terms would leave: where twice as many leave so much
/// more than is allowed, the rest of the way is not gone.
constexpr Real kHopeless = 1024;

/// Gaussian elimination with full pivoting until sum|A| is at most `enough`; nothing where it is
/// clear before that `most` terms do not do.
Products eliminate(Vector a, std::int64_t columns, std::int64_t most, Real enough) {
  Products p;
  const auto n = static_cast<std::size_t>(columns), m = a.size() / n;
  Pivot pivot;
  for (std::size_t i = 0; i < a.size(); ++i) pivot.see(a[i], i);
  const std::int64_t all = std::max(kLeastSteps, 2 * most),
                     steps = std::min({all, columns, size_of(a) / columns});
  for (std::int64_t step = 0; step < steps && pivot.sum > enough; ++step) {
    if (step == 2 * most && pivot.sum > kHopeless * enough) return {};
    const auto row = static_cast<std::ptrdiff_t>(pivot.at / n * n);
    const Real value = a[pivot.at];
    Vector c, r(a.begin() + row, a.begin() + row + columns);
    for (std::size_t i = 0; i < m; ++i) c.push_back(a[i * n + pivot.at % n] / value);
    pivot = subtract_cross(a, c, r);
    p.columns.push_back(std::move(c));
    p.rows.push_back(std::move(r));
  }
  return p;
}

/// Makes the rows orthonormal; what that takes from them goes to the columns. Twice, since once
/// leaves rows that were almost parallel not quite orthogonal.
void orthonormalise(Products& p) {
  const std::size_t count = p.rows.size();
  for (int pass = 0; pass < 2; ++pass)
    for (std::size_t k = 0; k < count; ++k) {
      for (std::size_t i = 0; i < k; ++i) {
        const Real part = dot(p.rows[k], p.rows[i]);
        add(p.rows[k], -part, p.rows[i]);
        add(p.columns[i], part, p.columns[k]);
      }
      const Real norm = std::sqrt(dot(p.rows[k], p.rows[k]));
      if (norm == 0) continue;
      for (Real& v : p.rows[k]) v /= norm;
      for (Real& v : p.columns[k]) v *= norm;
    }
}

void rotate(Vector& a, Vector& b, Real cosine, Real sine) {
  for (std::size_t i = 0; i < a.size(); ++i) {
    const Real x = a[i], y = b[i];
    a[i] = cosine * x - sine * y;
    b[i] = sine * x + cosine * y;
  }
}

/// One-sided Jacobi: rotates pairs of columns, and the rows with them, until all are orthogonal.
void diagonalise(Products& p) {
  constexpr Real kOrthogonal = 8 * std::numeric_limits<Real>::epsilon();
  const std::size_t count = p.columns.size();
  bool again = true;
  for (int sweep = 0; again && sweep < 40; ++sweep) {
    again = false;
    for (std::size_t i = 0; i < count; ++i)
      for (std::size_t j = i + 1; j < count; ++j) {
        Vector &a = p.columns[i], &b = p.columns[j];
        const Real aa = dot(a, a), bb = dot(b, b), ab = dot(a, b);
        if (std::abs(ab) <= kOrthogonal * std::sqrt(aa) * std::sqrt(bb)) continue;
        const Real zeta = (bb - aa) / (2 * ab);
        const Real t = std::copysign(1 / (std::abs(zeta) + std::hypot(Real(1), zeta)), zeta);
        const Real cosine = 1 / std::hypot(Real(1), t);
        rotate(a, b, cosine, cosine * t);
        rotate(p.rows[i], p.rows[j], cosine, cosine * t);
        again = true;
      }
  }
}

/// Largest products first.
void sort(Products& p) {
  std::vector<std::size_t> order(p.columns.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::vector<Real> norms;
  for (const Vector& c : p.columns) norms.push_back(dot(c, c));
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return norms[a] > norms[b]; });
  Products sorted;
  for (std::size_t k : order) {
    sorted.columns.push_back(std::move(p.columns[k]));
    sorted.rows.push_back(std::move(p.rows[k]));
  }
  p = std::move(sorted);
}

/// To the precision of T, whatever the exponent; and the sign that makes most of a pair positive.
template <class T>
void round_product(Vector& column, Vector& row) {
  const bool minus = std::accumulate(column.begin(), column.end(), Real(0)) < 0;
  for (Vector* v : {&column, &row})
    for (Real& a : *v) {
      int exponent = 0;
      const Real mantissa = std::frexp(minus ? -a : a, &exponent);
      a = std::ldexp(static_cast<Real>(static_cast<T>(mantissa)), exponent);
    }
}

/// The fewest products that leave no more than is allowed, at most `most`; empty where that is too
/// few. `a` is m x n.
template <class T>
Products matrix_terms(Vector a, std::int64_t n, std::int64_t most, const Allowed& allowed) {
  Products p = eliminate(a, n, most, allowed(most) / 4);
  orthonormalise(p);
  diagonalise(p);
  sort(p);
  for (std::size_t k = 0; k < p.columns.size() && k < static_cast<std::size_t>(most); ++k) {
    round_product<T>(p.columns[k], p.rows[k]);
    subtract_product(a, p.columns[k], p.rows[k]);
    if (sum_abs(a) > allowed(static_cast<std::int64_t>(k) + 1)) continue;
    p.columns.resize(k + 1);
    p.rows.resize(k + 1);
    return p;
  }
  return {};
}

}  // namespace

std::int64_t largest_at(const Vector& v) {
  const auto less = [](Real a, Real b) { return std::abs(a) < std::abs(b); };
  return std::max_element(v.begin(), v.end(), less) - v.begin();
}

/// Of what is allowed, half goes to the first axis and half to the others, in equal parts.
template <class T>
std::vector<Term> array_terms(const Vector& a, std::span<const std::int64_t> taps,
                              std::int64_t most, const Allowed& allowed) {
  const std::int64_t n = size_of(a) / taps[0];
  const bool matrix = taps.size() == 2;
  const Products p = matrix_terms<T>(
      a, n, most, [&](std::int64_t terms) { return allowed(terms) / (matrix ? 1 : 2); });
  std::vector<Term> terms;
  for (std::size_t k = 0; k < p.columns.size(); ++k) {
    if (matrix) {
      terms.push_back({p.columns[k], p.rows[k]});
      continue;
    }
    const Real share = 2 * static_cast<Real>(p.columns.size()) * sum_abs(p.columns[k]);
    const auto left = most - static_cast<std::int64_t>(terms.size());
    const auto rest = array_terms<T>(p.rows[k], taps.subspan(1), left,
                                     [&](std::int64_t) { return allowed(most) / share; });
    if (rest.empty()) return {};
    for (const Term& r : rest) {
      terms.push_back({p.columns[k]});
      terms.back().insert(terms.back().end(), r.begin(), r.end());
    }
  }
  return terms;
}

template std::vector<Term> array_terms<float>(const Vector&, std::span<const std::int64_t>,
                                              std::int64_t, const Allowed&);
template std::vector<Term> array_terms<double>(const Vector&, std::span<const std::int64_t>,
                                               std::int64_t, const Allowed&);

}  // namespace faltung
