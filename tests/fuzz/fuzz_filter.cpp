// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// The first byte says how many axes, the others are the text of a filter: read or refused with a
// sentence. What is read has finite taps, and its parts kept apart give what its full kernel gives,
// within the bounds of both.
#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "faltung/faltung.hpp"
#include "faltung/filter_plan.hpp"

namespace {

using namespace faltung;

void require(bool condition) {
  if (!condition) std::abort();
}

/// Texts whose kernels stay small: short, few products, and numbers of few digits.
bool is_small(std::string_view text, int rank) {
  const int most_digits = rank == 3 ? 1 : 2;
  int digits = 0;
  for (const char c : text) {
    if ((c == 'e' || c == 'E') && digits > 0) return false;  // 1e9
    digits = c >= '0' && c <= '9' ? digits + 1 : 0;
    if (digits > most_digits) return false;
  }
  return text.size() <= 100 && std::count(text.begin(), text.end(), '*') <= 2;
}

/// A few samples of every size and sign, and an impulse.
std::vector<double> samples(std::int64_t count) {
  std::vector<double> x(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < x.size(); ++i)
    x[i] = std::sin(static_cast<double>(i * i)) * (i % 7 == 0 ? 100 : 1);
  if (!x.empty()) x[x.size() / 2] = 1e4;
  return x;
}

void compare(const Filter& filter, int rank) {
  Problem p;
  p.x_type = p.h_type = ElementType::f64;
  p.x_shape = rank == 1 ? Dims{50} : rank == 2 ? Dims{9, 11} : Dims{4, 5, 6};
  p.extent = Extent::same;
  p.boundary = Boundary::mirror;
  const std::vector<double> x = samples(element_count(p.x_shape));
  const ConstView view(x.data(), ElementType::f64, p.x_shape);
  AnyArray results[2];
  double bounds[2];
  for (const FilterEvaluation how : {FilterEvaluation::merged, FilterEvaluation::apart}) {
    const auto i = static_cast<std::size_t>(how == FilterEvaluation::apart);
    const auto plan = FilterPlan::try_make(p, filter, {}, how);
    require(plan.has_value() && !plan->explain().empty() && !plan->explain_json().empty());
    require(plan->memory_bytes() > 0);
    auto y = plan->try_run(view);
    const auto bound = plan->try_error_bound(view);
    require(y.has_value() && bound.has_value());
    results[i] = std::move(*y);
    bounds[i] = bound->maximum;
  }
  const auto* merged = reinterpret_cast<const double*>(results[0].bytes.data());
  const auto* apart = reinterpret_cast<const double*>(results[1].bytes.data());
  for (std::size_t k = 0; k < x.size(); ++k)
    if (std::isfinite(merged[k]) && std::isfinite(apart[k]))
      require(std::abs(merged[k] - apart[k]) <= bounds[0] + bounds[1]);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const int rank = data[0] % 3 + 1;
  const std::string_view text(reinterpret_cast<const char*>(data + 1), size - 1);
  if (!is_small(text, rank)) return 0;
  const auto filter = parse_filter_expression(text, rank);
  if (!filter) {
    require(filter.error().status != Status::ok && !filter.error().message.empty());
    return 0;
  }
  require(filter->shape.rank() == rank);
  require(element_count(filter->shape) == static_cast<std::int64_t>(filter->values.size()));
  for (const double v : filter->values) require(std::isfinite(v));
  if (filter->values.size() <= 4096) compare(*filter, rank);
  return 0;
}
