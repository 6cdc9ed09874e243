// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// Taps are kept in extended precision (u' = 2^-64 where long double has 64 bits), with a bound on
// what they may be off in sum, and rounded once for whoever reads them:
//
//   product   (a * b)[i + j] += a[i] b[j]     origins add, sums of |error|: ea|b| + |a|eb + ea eb
//   sum       aligned at the origins, over the union of the extents:        ea + eb
//
// and each operation adds its own roundings, at most (terms + 1) u' times the sum of magnitudes.
#include "filter/taps.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "faltung/convolve.hpp"

namespace faltung {
namespace {

constexpr long double kUnitRoundoff = std::numeric_limits<long double>::epsilon() / 2;
/// Products of more multiply-adds than this (some milliseconds) go through a transform in float64.
constexpr double kDirectProduct = 1 << 20;

double magnitude(const Taps& t) {
  long double sum = 0;
  for (const long double v : t.values) sum += std::abs(v);
  return static_cast<double>(sum);
}

Result<void> check_size(const Dims& shape) {
  const std::int64_t count = element_count(shape);
  if (count >= 0 && static_cast<double>(count) <= kLargestKernel) return {};
  return tl::unexpected(Failure{Status::size_overflow, "the composed kernel " + to_string(shape) +
                                                           " has more than 2^24 taps"});
}

void add_to(Taps& to, const Taps& from) {
  const auto length = static_cast<std::size_t>(from.box.shape.back());
  for (const TapRow& row : rows_of(from.box, to.box))
    for (std::size_t i = 0; i < length; ++i) to.values[row.to + i] += from.values[row.from + i];
}

void multiply_directly(const Taps& a, const Taps& b, Taps& t) {
  const Dims zero(t.box.shape.rank(), 0);
  const auto rows_a = rows_of(a.box.shape, t.box.shape, zero),
             rows_b = rows_of(b.box.shape, t.box.shape, zero);
  const auto length_a = static_cast<std::size_t>(a.box.shape.back()),
             length_b = static_cast<std::size_t>(b.box.shape.back());
  t.values.resize(static_cast<std::size_t>(element_count(t.box.shape)));
  for (const TapRow& row_a : rows_a)
    for (std::size_t i = 0; i < length_a; ++i)
      for (const TapRow& row_b : rows_b) {
        long double* to = &t.values[row_a.to + i + row_b.to];
        const long double* from = &b.values[row_b.from];
        for (std::size_t j = 0; j < length_b; ++j) to[j] += a.values[row_a.from + i] * from[j];
      }
  const auto terms = static_cast<double>(std::min(a.values.size(), b.values.size()));
  t.error += (terms + 1) * static_cast<double>(kUnitRoundoff) * magnitude(a) * magnitude(b);
}

Result<void> multiply_by_transform(const Taps& a, const Taps& b, Taps& t) {
  const auto round = [](const Taps& from) {
    return std::vector<double>(from.values.begin(), from.values.end());
  };
  const std::vector<double> x = round(a), h = round(b);
  const ConstView x_view(x.data(), ElementType::f64, a.box.shape),
      h_view(h.data(), ElementType::f64, b.box.shape);
  const auto plan = Planner{}.try_plan(make_problem(Operation::convolve, x_view, h_view, {}));
  if (!plan) return tl::unexpected(plan.error());
  const auto kernel = plan->try_prepare(h_view);
  if (!kernel) return tl::unexpected(kernel.error());
  auto workspace = Workspace::try_make(*plan);
  if (!workspace) return tl::unexpected(workspace.error());
  std::vector<double> y(static_cast<std::size_t>(element_count(t.box.shape)));
  const View y_view(y.data(), ElementType::f64, t.box.shape);
  if (const Status status = plan->execute(x_view, *kernel, y_view, *workspace);
      status != Status::ok)
    return tl::unexpected(plan->failure(status));
  t.values.assign(y.begin(), y.end());
  // sum |e| <= sqrt(count) |e|_2, and the operands were rounded by 2^-53 each.
  t.error += std::sqrt(static_cast<double>(y.size())) * plan->error_bound(x_view, *kernel).l2 +
             0x1.01p-52 * magnitude(a) * magnitude(b);
  return {};
}

}  // namespace

TapBox product_box(const TapBox& a, const TapBox& b) {
  TapBox box;
  for (int i = 0; i < a.shape.rank(); ++i) {
    box.shape.push_back(a.shape[i] + b.shape[i] - 1);
    box.origin.push_back(a.origin[i] + b.origin[i]);
  }
  return box;
}

TapBox union_box(const TapBox& a, const TapBox& b) {
  TapBox box;
  for (int i = 0; i < a.shape.rank(); ++i) {
    box.origin.push_back(std::max(a.origin[i], b.origin[i]));
    const std::int64_t after =
        std::max(a.shape[i] - a.origin[i], b.shape[i] - b.origin[i]);  // the last tap's offset + 1
    box.shape.push_back(box.origin[i] + after);
  }
  return box;
}

TapBox shifted_box(const TapBox& a, const Dims& by) {
  TapBox box = a;
  for (int i = 0; i < by.rank(); ++i) box.origin[i] -= by[i];
  return box;
}

TapBox flipped_box(const TapBox& a) {
  TapBox box = a;
  for (int i = 0; i < a.shape.rank(); ++i) box.origin[i] = a.shape[i] - 1 - a.origin[i];
  return box;
}

TapBox box_with_zero(const TapBox& a) {
  return union_box(a, {Dims(a.shape.rank(), 1), Dims(a.shape.rank(), 0)});
}

std::vector<TapRow> rows_of(const Dims& shape, const Dims& outer, const Dims& low) {
  const Dims strides = dense_strides(outer);
  const int last = shape.rank() - 1;
  std::vector<TapRow> rows = {{0, static_cast<std::size_t>(low[last])}};
  for (int axis = 0; axis < last; ++axis) {
    std::vector<TapRow> next;
    next.reserve(rows.size() * static_cast<std::size_t>(shape[axis]));
    for (const TapRow& row : rows)
      for (std::int64_t i = 0; i < shape[axis]; ++i)
        next.push_back({0, row.to + static_cast<std::size_t>((low[axis] + i) * strides[axis])});
    rows = std::move(next);
  }
  std::size_t from = 0;
  for (TapRow& row : rows)
    row.from = std::exchange(from, from + static_cast<std::size_t>(shape[last]));
  return rows;
}

std::vector<TapRow> rows_of(const TapBox& box, const TapBox& outer) {
  Dims low;
  for (int i = 0; i < box.shape.rank(); ++i) low.push_back(outer.origin[i] - box.origin[i]);
  return rows_of(box.shape, outer.shape, low);
}

Result<Taps> multiply(const Taps& a, const Taps& b) {
  Taps t{product_box(a.box, b.box), {}, 0};
  if (auto fits = check_size(t.box.shape); !fits) return tl::unexpected(fits.error());
  t.error = a.error * magnitude(b) + b.error * magnitude(a) + a.error * b.error;
  const double work = static_cast<double>(a.values.size()) * static_cast<double>(b.values.size());
  if (work <= kDirectProduct) multiply_directly(a, b, t);
  else if (auto done = multiply_by_transform(a, b, t); !done) return tl::unexpected(done.error());
  return t;
}

Result<Taps> add(const Taps& a, const Taps& b) {
  Taps t{union_box(a.box, b.box), {}, 0};
  if (auto fits = check_size(t.box.shape); !fits) return tl::unexpected(fits.error());
  t.values.resize(static_cast<std::size_t>(element_count(t.box.shape)));
  add_to(t, a);
  add_to(t, b);
  const double rounding = static_cast<double>(kUnitRoundoff) * (magnitude(a) + magnitude(b));
  t.error = a.error + b.error + rounding;
  return t;
}

Taps scale(Taps a, long double factor) {
  // The factor may be a quotient, rounded like its product with a tap.
  const auto rounding = static_cast<double>(2 * kUnitRoundoff);
  a.error =
      std::abs(static_cast<double>(factor)) * (a.error * (1 + 0x1p-50) + rounding * magnitude(a));
  for (long double& v : a.values) v *= factor;
  return a;
}

Result<Taps> shift(Taps a, const Dims& by) {
  for (const std::int64_t samples : by)
    if (std::abs(static_cast<double>(samples)) > kLargestKernel)
      return tl::unexpected(Failure{Status::size_overflow, "a shift of " + std::to_string(samples) +
                                                               " is more than 2^24 samples"});
  a.box = shifted_box(a.box, by);
  return a;
}

Taps flip(Taps a) {
  std::reverse(a.values.begin(), a.values.end());
  a.box = flipped_box(a.box);
  return a;
}

Result<std::vector<double>> rounded(const Taps& taps, const TapBox& outer) {
  if (auto fits = check_size(outer.shape); !fits) return tl::unexpected(fits.error());
  std::vector<double> values(static_cast<std::size_t>(element_count(outer.shape)));
  const auto length = static_cast<std::size_t>(taps.box.shape.back());
  for (const TapRow& row : rows_of(taps.box, outer))
    for (std::size_t i = 0; i < length; ++i)
      values[row.to + i] = static_cast<double>(taps.values[row.from + i]);
  return values;
}

bool are_rounded(const Taps& taps, const TapBox& outer, std::span<const double> values) {
  if (element_count(outer.shape) != static_cast<std::int64_t>(values.size())) return false;
  const auto length = static_cast<std::size_t>(taps.box.shape.back());
  std::ptrdiff_t not_zero =
      std::count_if(values.begin(), values.end(), [](double v) { return v != 0; });
  for (const TapRow& row : rows_of(taps.box, outer))
    for (std::size_t i = 0; i < length; ++i) {
      const double value = values[row.to + i];
      if (value != static_cast<double>(taps.values[row.from + i])) return false;
      not_zero -= value != 0;
    }
  return not_zero == 0;
}

}  // namespace faltung
