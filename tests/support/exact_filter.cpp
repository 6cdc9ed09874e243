// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "support/exact_filter.hpp"

#include <algorithm>

namespace faltung::test_support {

using reference::Quad;
using reference::Reference;

namespace {

FilterPair leaf(const FilterOptions& o, Random& random) {
  FilterPair p;
  for (int i = 0; i < o.rank; ++i) p.filter.shape.push_back(random.size(o.largest));
  p.filter.name = "leaf";
  const std::int64_t rows = o.rank == 2 ? p.filter.shape[0] : 1, columns = p.filter.shape.back();
  if (random.once_in(2))
    for (int i = 0; i < o.rank; ++i)
      p.filter.origin.push_back(random.whole(0, p.filter.shape[i] - 1));
  const auto centre = [&](int axis, std::int64_t n) {
    return p.filter.origin.empty() ? (n - 1) / 2 : p.filter.origin[axis];
  };
  const bool positive = random.once_in(3);
  for (std::int64_t i = 0; i < rows; ++i)
    for (std::int64_t j = 0; j < columns; ++j) {
      double tap = o.whole ? static_cast<double>(random.whole(-3, 3)) : random.symmetric();
      if (positive) tap = std::abs(tap);
      if (random.once_in(9)) tap = 0;
      p.filter.values.push_back(tap);
      p.exact.taps[{i - (o.rank == 2 ? centre(0, rows) : 0), j - centre(o.rank - 1, columns)}] =
          Quad(tap);
    }
  return p;
}

FilterPair product(const FilterPair& a, const FilterPair& b) {
  FilterPair p{a.filter * b.filter, {}};
  for (const auto& [at, v] : a.exact.taps)
    for (const auto& [to, w] : b.exact.taps)
      p.exact.taps[{at.first + to.first, at.second + to.second}] += v * w;
  return p;
}

FilterPair sum(const FilterPair& a, const FilterPair& b, bool minus) {
  FilterPair p{minus ? a.filter - b.filter : a.filter + b.filter, a.exact};
  for (const auto& [at, v] : b.exact.taps) p.exact.taps[at] += minus ? -v : v;
  return p;
}

FilterPair changed(const FilterPair& a, const FilterOptions& o, Random& random) {
  const std::int64_t down = random.whole(-4, 4), right = random.whole(-9, 9);
  const double factor = random.whole(-3, 3) * 0.75 + 0.25;
  FilterPair p;
  const auto kind = random.whole(0, 2);
  if (kind == 0) p.filter = factor * a.filter;
  else if (kind == 1) p.filter = a.filter.flipped();
  else p.filter = a.filter.shifted(o.rank == 1 ? Dims{right} : Dims{down, right});
  for (const auto& [at, v] : a.exact.taps) {
    if (kind == 0) p.exact.taps[at] = v * Quad(factor);
    else if (kind == 1) p.exact.taps[{-at.first, -at.second}] = v;
    else p.exact.taps[{at.first + (o.rank == 2 ? down : 0), at.second + right}] = v;
  }
  return p;
}

struct Place {
  std::int64_t first = 0, step = 1, dilation = 1, origin = 0;
};

}  // namespace

FilterPair random_filter(const FilterOptions& o, Random& random) {
  if (o.operations == 0) return leaf(o, random);
  FilterOptions left = o, right = o;
  left.operations = static_cast<int>(random.whole(0, o.operations - 1));
  right.operations = o.operations - 1 - left.operations;
  if (random.once_in(3)) {
    left.operations = o.operations - 1;
    return changed(random_filter(left, random), o, random);
  }
  const FilterPair a = random_filter(left, random), b = random_filter(right, random);
  const bool multiply = o.only_products || (!o.only_sums && random.once_in(2));
  return multiply ? product(a, b) : sum(a, b, random.once_in(2));
}

std::vector<std::pair<Quad, Quad>> naive(const Problem& problem, const Buffer& x,
                                         const FilterPair& pair) {
  const int rank = x.shape().rank();
  const bool correlates = problem.operation == Operation::correlate;
  const Dims count = *problem.output_shape();
  std::vector<Place> places;
  Ranges window;
  std::int64_t reach = 0;
  for (const auto& [at, v] : pair.exact.taps)
    reach = std::max({reach, std::abs(at.first), std::abs(at.second)});
  for (int i = 0; i < rank; ++i) {
    Place p;
    p.dilation = problem.dilation.empty() ? 1 : problem.dilation[0];
    p.step = problem.stride.empty() ? 1 : problem.stride[0];
    const std::int64_t span = (problem.h_shape[i] - 1) * p.dilation + 1;
    p.origin = pair.filter.origin_at(i);
    if (correlates) p.origin = problem.h_shape[i] - 1 - p.origin;
    if (!problem.window.empty()) p.first = problem.window[i].first;
    else if (!problem.lags.empty()) p.first = problem.lags[i].first + span - 1;
    else if (problem.extent == Extent::valid) p.first = span - 1;
    else if (problem.extent == Extent::same)
      p.first = problem.origin.empty() ? (span - 1) / 2 : problem.origin[i];
    const std::int64_t low = p.first - (p.origin + reach) * p.dilation,
                       high = p.first + p.step * (count[i] - 1) - (p.origin - reach) * p.dilation;
    window.push_back({low, high + 1});
    places.push_back(p);
  }
  Problem continued = problem;
  continued.operation = Operation::convolve;
  continued.extent = Extent::full;
  continued.lags = {};
  continued.origin = {};
  continued.stride = {};
  continued.dilation = {};
  continued.window = window;
  continued.h_type = ElementType::f64;
  continued.y_type = {};
  continued.h_shape = Dims(rank, 1);
  const double one = 1;
  const Reference extended(continued, x.view(), ConstView(&one, ElementType::f64, Dims(rank, 1)));
  std::vector<std::pair<Quad, Quad>> y;
  reference::for_each_index(count, [&](const Dims& index) {
    Quad re = 0, im = 0;
    for (const auto& [at, v] : pair.exact.taps) {
      Dims from;
      for (int i = 0; i < rank; ++i) {
        const Place& p = places[static_cast<std::size_t>(i)];
        std::int64_t offset = rank == 2 && i == 0 ? at.first : at.second;
        if (correlates) offset = -offset;
        from.push_back(p.first + p.step * index[i] - (p.origin + offset) * p.dilation -
                       window[i].first);
      }
      const reference::Cell cell = extended.at(from);
      re += v * cell.re;
      im += v * cell.im;
    }
    y.emplace_back(re, im);
  });
  return y;
}

}  // namespace faltung::test_support
