// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "continuous/fourier.hpp"

#include <bit>
#include <cstdint>
#include <memory>
#include <utility>

#include "continuous/kept.hpp"
#include "transform/unit_circle.hpp"

namespace faltung::continuous {
namespace {

constexpr std::size_t kDirectCosines = 16;
constexpr std::size_t kMostKept = 2048;

UnitCircle<double> circle(std::size_t denominator) {
  return UnitCircle<double>(static_cast<std::int64_t>(denominator));
}

/// One pass: rows p and p + m of each group of 2 m become rows 2 p and 2 p + 1, `run` numbers each.
void pass(const double* re, const double* im, double* to_re, double* to_im, std::size_t m,
          std::size_t run, const double* cos, const double* sin, std::size_t stride) {
  for (std::size_t p = 0; p < m; ++p) {
    const double c = cos[p * stride], s = sin[p * stride];
    const double *ar = re + p * run, *ai = im + p * run;
    const double *br = re + (p + m) * run, *bi = im + (p + m) * run;
    double *sum_re = to_re + 2 * p * run, *sum_im = to_im + 2 * p * run;
    double *turned_re = sum_re + run, *turned_im = sum_im + run;
    for (std::size_t q = 0; q < run; ++q) {
      const double dr = ar[q] - br[q], di = ai[q] - bi[q];
      sum_re[q] = ar[q] + br[q];
      sum_im[q] = ai[q] + bi[q];
      turned_re[q] = dr * c + di * s;
      turned_im[q] = di * c - dr * s;
    }
  }
}

/// cos(pi i / n) and sin(pi i / n), i < 2 n, and what a transform of n points needs.
struct Cosines {
  explicit Cosines(std::size_t n)
      : fourier(n <= kDirectCosines || !std::has_single_bit(n) ? 1 : n), cos(2 * n), sin(2 * n) {
    const UnitCircle<double> unit = circle(2 * n);
    for (std::size_t i = 0; i < 2 * n; ++i) unit(static_cast<std::int64_t>(i), cos[i], sin[i]);
  }
  Fourier fourier;
  std::vector<double> cos, sin;
};

std::vector<double> direct_cosines(const std::vector<double>& v, const Cosines& table) {
  const std::size_t n = v.size() - 1;
  std::vector<double> y(n + 1);
  for (std::size_t k = 0; k <= n; ++k) {
    double sum = (v[0] + (k % 2 == 0 ? v[n] : -v[n])) / 2;
    for (std::size_t j = 1, at = k; j < n; ++j) {
      sum += v[j] * table.cos[at];
      at += k;
      if (at >= 2 * n) at -= 2 * n;
    }
    y[k] = sum;
  }
  return y;
}

}  // namespace

Fourier::Fourier(std::size_t length) : length_(length), cos_(length), sin_(length) {
  const UnitCircle<double> unit = circle(length);
  for (std::size_t p = 0; p < length; ++p) unit(static_cast<std::int64_t>(p), cos_[p], sin_[p]);
}

void Fourier::forward(std::vector<double>& re, std::vector<double>& im, std::size_t width) const {
  std::vector<double> other_re(re.size()), other_im(im.size());
  for (std::size_t m = length_ / 2, run = width; m >= 1; m /= 2, run *= 2) {
    pass(re.data(), im.data(), other_re.data(), other_im.data(), m, run, cos_.data(), sin_.data(),
         length_ / (2 * m));
    re.swap(other_re);
    im.swap(other_im);
  }
}

void Fourier::backward(std::vector<double>& re, std::vector<double>& im, std::size_t width) const {
  forward(im, re, width);  // exchanging the parts conjugates on both sides
}

std::vector<double> cosine_sums(const std::vector<double>& v) {
  const std::size_t n = v.size() - 1;
  if (n == 0) return v;
  std::unique_ptr<const Cosines> here;
  const Cosines& table = kept<Cosines>(n, kMostKept, here);
  if (table.fourier.length() != n) return direct_cosines(v, table);
  // The even extension, 2 n real numbers, as n complex ones.
  std::vector<double> re(n), im(n), y(n + 1);
  const auto even = [&](std::size_t i) { return v[i <= n ? i : 2 * n - i]; };
  for (std::size_t j = 0; j < n; ++j) {
    re[j] = even(2 * j);
    im[j] = even(2 * j + 1);
  }
  table.fourier.forward(re, im, 1);
  for (std::size_t k = 0; k <= n; ++k) {
    const std::size_t i = k % n, j = (n - k) % n;
    const double even_re = re[i] + re[j], odd_re = im[i] + im[j], odd_im = re[j] - re[i];
    y[k] = (even_re + table.cos[k] * odd_re + table.sin[k] * odd_im) / 4;
  }
  return y;
}

}  // namespace faltung::continuous
