// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

#include "contest.hpp"

namespace faltung::bench {
namespace {

double at(const Buffer& a, std::int64_t i) {
  switch (a.type) {
    case ElementType::f32: return static_cast<double>(a.as<float>()[i]);
    case ElementType::f64: return a.as<double>()[i];
    case ElementType::u8: return a.as<std::uint8_t>()[i];
    case ElementType::i8: return a.as<std::int8_t>()[i];
    default: return std::numeric_limits<double>::quiet_NaN();
  }
}

/// Where position p of x~ lies in x; -1 outside.
std::int64_t inside(std::int64_t p, std::int64_t n, Boundary boundary) {
  if (p >= 0 && p < n) return p;
  const auto modulo = [](std::int64_t a, std::int64_t b) { return (a % b + b) % b; };
  switch (boundary) {
    case Boundary::constant: return -1;
    case Boundary::edge: return std::clamp<std::int64_t>(p, 0, n - 1);
    case Boundary::wrap: return modulo(p, n);
    case Boundary::mirror: {
      const std::int64_t m = n == 1 ? 0 : modulo(p, 2 * n - 2);
      return m < n ? m : 2 * n - 2 - m;
    }
    default: throw Error({Status::unsupported, "the reference has no such boundary"});
  }
}

std::vector<std::int64_t> split(std::int64_t flat, const Dims& shape) {
  std::vector<std::int64_t> index(static_cast<std::size_t>(shape.rank()));
  for (int i = shape.rank() - 1; i >= 0; --i) {
    index[static_cast<std::size_t>(i)] = flat % shape[i];
    flat /= shape[i];
  }
  return index;
}

long double output(const Case& work, const Dims& y_shape, const std::vector<std::int64_t>& first,
                   std::int64_t flat) {
  const Dims &n = work.x.shape, &k = work.h.shape;
  const std::vector<std::int64_t> out = split(flat, y_shape);
  const std::int64_t taps = element_count(k);
  const int batch = n.rank() - k.rank();  // axes in front that h lacks
  std::int64_t base = 0;
  for (int i = 0; i < batch; ++i) base = base * n[i] + out[static_cast<std::size_t>(i)];
  for (int i = batch; i < n.rank(); ++i) base *= n[i];
  long double sum = 0;
  for (std::int64_t t = 0; t < taps; ++t) {
    std::int64_t place = 0, rest = t, stride = 1;
    for (int i = k.rank() - 1; i >= 0 && place >= 0; --i) {
      const auto u = static_cast<std::size_t>(i);
      const std::int64_t p =
          inside(out[u + static_cast<std::size_t>(batch)] + first[u] - rest % k[i], n[batch + i],
                 work.problem.boundary);
      rest /= k[i];
      place = p < 0 ? -1 : place + p * stride;
      stride *= n[batch + i];
    }
    if (place >= 0)
      sum += static_cast<long double>(at(work.x, base + place)) *
             static_cast<long double>(at(work.h, work.correlates() ? taps - 1 - t : t));
  }
  if (work.problem.result_type() == ElementType::u8)
    return std::clamp(std::nearbyint(sum), 0.0L, 255.0L);
  return sum;
}

}  // namespace

Reference make_reference(const Case& work) {
  const Dims shape = work.output_shape();
  std::vector<std::int64_t> first;
  for (int i = 0; i < work.h.shape.rank(); ++i) first.push_back(work.first_output(i));
  // About a second of sums.
  const std::int64_t places =
      std::clamp<std::int64_t>((std::int64_t{1} << 26) / element_count(work.h.shape), 16, 512);
  std::mt19937_64 generator(4);
  Reference made;
  for (std::int64_t i = 0; i < places; ++i) {
    made.index.push_back(
        static_cast<std::int64_t>(generator() % static_cast<std::uint64_t>(element_count(shape))));
    made.value.push_back(output(work, shape, first, made.index.back()));
  }
  return made;
}

double error_of(const Buffer& y, const Reference& reference) {
  double scale = 0, error = -1;
  for (std::int64_t i = 0; i < element_count(y.shape); ++i)
    if (const double value = std::abs(at(y, i)); value < HUGE_VAL) scale = std::max(scale, value);
  for (std::size_t i = 0; i < reference.index.size(); ++i) {
    if (!std::isfinite(reference.value[i])) continue;
    const auto off = static_cast<double>(std::abs(at(y, reference.index[i]) - reference.value[i]));
    error = std::max(error, std::isnan(off) ? HUGE_VAL : off / (scale > 0 ? scale : 1));
  }
  return error;
}

}  // namespace faltung::bench
