// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <bit>
#include <cmath>

#include "continuous/chain.hpp"
#include "continuous/series.hpp"

namespace faltung::continuous {
namespace {

constexpr double kMostPieces = 1 << 14;

/// The series of f on one interval that has no breakpoint of f inside.
std::vector<double> part(const Series& f, double from, double to) {
  const double middle = from + (to - from) / 2;
  if (f.empty() || middle < f.lower() || middle > f.upper()) return {};
  const auto above = std::upper_bound(f.breaks.begin() + 1, f.breaks.end() - 1, middle);
  const auto p = static_cast<std::size_t>(above - f.breaks.begin()) - 1;
  return part_of({f.breaks[p], f.breaks[p + 1], f.pieces[p]}, from, to).c;
}

std::vector<double> all_breaks(const Series& f, const Series& h) {
  std::vector<double> breaks(f.breaks);
  breaks.insert(breaks.end(), h.breaks.begin(), h.breaks.end());
  std::sort(breaks.begin(), breaks.end());
  breaks.erase(std::unique(breaks.begin(), breaks.end()), breaks.end());
  return breaks;
}

/// combine(part of f, part of h) on every interval of both.
template <class Combine>
Series combined(const Series& f, const Series& h, const Combine& combine) {
  Series y;
  y.breaks = all_breaks(f, h);
  for (std::size_t i = 0; i + 1 < y.breaks.size(); ++i)
    y.pieces.push_back(
        combine(part(f, y.breaks[i], y.breaks[i + 1]), part(h, y.breaks[i], y.breaks[i + 1])));
  return y;
}

std::vector<double> multiplied(const std::vector<double>& a, const std::vector<double>& b) {
  if (a.empty() || b.empty()) return {};
  const std::size_t degree = a.size() + b.size() - 2;
  const std::size_t n = degree <= 16 ? std::max<std::size_t>(degree, 1) : std::bit_ceil(degree);
  std::vector<double> v = chebyshev_values(a, n);
  const std::vector<double> w = chebyshev_values(b, n);
  for (std::size_t j = 0; j <= n; ++j) v[j] *= w[j];
  std::vector<double> c = chebyshev_coefficients(std::move(v));
  c.resize(degree + 1);
  c.resize(chopped_size(c, 0x1p-52));
  return c;
}

/// The integral from the lower end: (c[k-1] - c[k+1]) / 2 k, and a constant.
std::vector<double> integrated(const std::vector<double>& c, double length, double start) {
  if (c.empty()) return {start};
  std::vector<double> y(c.size() + 1, 0.0);
  const auto at = [&](std::size_t k) { return k < c.size() ? c[k] : 0.0; };
  double first = 0;
  for (std::size_t k = c.size(); k >= 1; --k) {
    const double before = k == 1 ? 2 * c[0] : at(k - 1);
    y[k] = length / 2 * (before - at(k + 1)) / (2 * static_cast<double>(k));
    first += k % 2 == 0 ? y[k] : -y[k];
  }
  y[0] = start - first;
  return y;
}

double piece_integral(const std::vector<double>& c, double length) {
  double sum = 0;
  for (std::size_t k = c.size(); k-- > 0;)
    if (k % 2 == 0) sum += c[k] / (1 - static_cast<double>(k) * static_cast<double>(k));
  return sum * length;
}

/// The sum of f(t + k period) over all k, on one period from the lower end of f on.
Series folded(const Series& f, double period) {
  const double lower = f.lower(), upper = lower + period;
  Series y;
  y.breaks = {lower, upper};
  y.pieces = {{}};
  for (double k = 0; lower + k * period < f.upper(); ++k)
    y = sum(y, restricted(shifted(f, -k * period), lower, upper));
  return y;
}

}  // namespace

// c'[k-1] = c'[k+1] + 2 k c[k], for x in -1 .. 1.
std::vector<double> differentiated(const std::vector<double>& c, double length) {
  if (c.size() < 2) return {};
  std::vector<double> d(c.size() - 1, 0.0);
  for (std::size_t k = d.size(); k >= 1; --k) {
    const double above = k + 1 < d.size() ? d[k + 1] : 0;
    d[k - 1] = above + 2 * static_cast<double>(k) * c[k];
  }
  d[0] /= 2;
  for (double& v : d) v *= 2 / length;
  return d;
}

Series scaled(const Series& f, double factor) {
  Series y = f;
  for (auto& c : y.pieces)
    for (double& v : c) v *= factor;
  y.error *= std::abs(factor);
  y.error_integral *= std::abs(factor);
  return y;
}

Series shifted(const Series& f, double by) {
  Series y = f;
  for (double& b : y.breaks) b += by;
  return y;
}

Series stretched(const Series& f, double factor) {
  Series y = f;
  for (double& b : y.breaks) b *= factor;
  y.error_integral *= std::abs(factor);
  if (factor > 0) return y;
  std::reverse(y.breaks.begin(), y.breaks.end());
  std::reverse(y.pieces.begin(), y.pieces.end());
  for (auto& c : y.pieces)
    for (std::size_t k = 1; k < c.size(); k += 2) c[k] = -c[k];
  return y;
}

Series sum(const Series& f, const Series& h) {
  Series y = combined(f, h, [](std::vector<double> a, const std::vector<double>& b) {
    a.resize(std::max(a.size(), b.size()), 0.0);
    for (std::size_t k = 0; k < b.size(); ++k) a[k] += b[k];
    return a;
  });
  y.error = f.error + h.error;
  y.error_integral = f.error_integral + h.error_integral;
  return y;
}

Series product(const Series& f, const Series& h) {
  Series y = combined(f, h, multiplied);
  if (f.error > 0 || h.error > 0) {
    const double of_f = size_of(f).largest, of_h = size_of(h).largest;
    y.error = f.error * of_h + h.error * of_f;
    y.error_integral = f.error_integral * of_h + h.error_integral * of_f;
  }
  return y;
}

Series restricted(const Series& f, double lower, double upper) {
  Series y;
  lower = std::max(lower, f.lower());
  upper = std::min(upper, f.upper());
  if (f.empty() || !(lower < upper)) return y;
  y.breaks.push_back(lower);
  for (const double b : f.breaks)
    if (b > lower && b < upper) y.breaks.push_back(b);
  y.breaks.push_back(upper);
  for (std::size_t i = 0; i + 1 < y.breaks.size(); ++i)
    y.pieces.push_back(part(f, y.breaks[i], y.breaks[i + 1]));
  y.error = f.error;
  y.error_integral = std::min(f.error_integral, f.error * (upper - lower));
  return y;
}

Series derivative(const Series& f) {
  Series y = f;
  double largest = 0;
  for (std::size_t p = 0; p < f.pieces.size(); ++p) {
    const double length = f.breaks[p + 1] - f.breaks[p];
    y.pieces[p] = differentiated(f.pieces[p], length);
    // Markov's inequality: what is wrong by e at degree n has a derivative of at most n^2 e.
    const auto n = static_cast<double>(f.pieces[p].size());
    largest = std::max(largest, 2 / length * n * n);
  }
  y.error = f.error * largest;
  y.error_integral = y.error * (f.upper() - f.lower());
  return y;
}

Series antiderivative(const Series& f) {
  Series y = f;
  double start = 0;
  for (std::size_t p = 0; p < f.pieces.size(); ++p) {
    const double length = f.breaks[p + 1] - f.breaks[p];
    y.pieces[p] = integrated(f.pieces[p], length, start);
    start += piece_integral(f.pieces[p], length);
  }
  y.error = std::min(f.error_integral, f.error * (f.upper() - f.lower()));
  y.error_integral = y.error * (f.upper() - f.lower());
  return y;
}

double total(const Series& f) {
  double sum = 0;
  for (std::size_t p = 0; p < f.pieces.size(); ++p)
    sum += piece_integral(f.pieces[p], f.breaks[p + 1] - f.breaks[p]);
  return sum;
}

Result<Series> repeated(const Series& f, double period, double lower, double upper) {
  if (!(period > 0) || !(lower < upper) || !std::isfinite(upper - lower))
    return tl::unexpected(Failure{Status::invalid_argument,
                                  "a periodic extension needs a period above 0 and finite ends"});
  if (f.empty()) return Series{};
  if ((f.upper() - f.lower()) / period * static_cast<double>(f.pieces.size()) > kMostPieces)
    return tl::unexpected(Failure{Status::size_overflow,
                                  "the function is too long for so short a "
                                  "period: more than 16384 pieces"});
  const double first = std::floor((lower - f.lower()) / period);
  const double last = std::ceil((upper - f.lower()) / period);
  const Series one = folded(f, period);
  if ((last - first + 1) * static_cast<double>(one.pieces.size()) > kMostPieces)
    return tl::unexpected(Failure{Status::size_overflow,
                                  "that many periods have more than 16384 pieces; a shorter span "
                                  "is allowed"});
  Series y;
  for (double k = first; k <= last; ++k) {
    const Series copy = shifted(one, k * period);
    // The copies' ends may differ by rounding, and are one place.
    y.breaks.insert(y.breaks.end(), copy.breaks.begin() + (y.breaks.empty() ? 0 : 1),
                    copy.breaks.end());
    y.pieces.insert(y.pieces.end(), copy.pieces.begin(), copy.pieces.end());
  }
  y.error = one.error;
  y.error_integral = one.error_integral * (last - first + 1);
  return restricted(y, lower, upper);
}

}  // namespace faltung::continuous
