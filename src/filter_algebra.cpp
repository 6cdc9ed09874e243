// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// Filters as values. Taps are kept in extended precision (u' = 2^-64 where long double has 64
// bits), with a bound on what they may be off in sum, and rounded once for whoever reads them:
//
//   product   (a * b)[i + j] += a[i] b[j]     origins add, sums of |error|: ea|b| + |a|eb + ea eb
//   sum       aligned at the origins, over the union of the extents:        ea + eb
//
// and each operation adds its own roundings, at most (terms + 1) u' times the sum of magnitudes.
#include "filter_algebra.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "faltung/convolve.hpp"
#include "support/checked.hpp"

namespace faltung {
namespace {

using Kind = Filter::Expression::Kind;

constexpr long double kUnitRoundoff = std::numeric_limits<long double>::epsilon() / 2;
/// Products of more multiply-adds than this (some milliseconds) go through a transform in float64.
constexpr double kDirectProduct = 1 << 20;
/// Names are for people; a long one is cut.
constexpr std::size_t kLongestName = 120;

tl::unexpected<Failure> refuse(Status status, std::string message) {
  return tl::unexpected(Failure{status, std::move(message)});
}

double magnitude(const Taps& t) {
  long double sum = 0;
  for (const long double v : t.values) sum += std::abs(v);
  return static_cast<double>(sum);
}

/// Where each of the taps of `shape` lies in a dense array of `outer`, from `at` on.
std::vector<std::size_t> places(const Dims& shape, const Dims& outer, const Dims& at) {
  const Dims strides = dense_strides(outer);
  std::vector<std::size_t> found(1, 0);
  for (int axis = 0; axis < shape.rank(); ++axis) {
    std::vector<std::size_t> next;
    next.reserve(found.size() * static_cast<std::size_t>(shape[axis]));
    for (const std::size_t base : found)
      for (std::int64_t i = 0; i < shape[axis]; ++i)
        next.push_back(base + static_cast<std::size_t>((at[axis] + i) * strides[axis]));
    found = std::move(next);
  }
  return found;
}

/// The box that holds boxes of `a` and `b`, each from its own origin on.
Taps empty_union(const Taps& a, const Taps& b) {
  Taps t;
  for (int i = 0; i < a.shape.rank(); ++i) {
    t.origin.push_back(std::max(a.origin[i], b.origin[i]));
    const std::int64_t after =
        std::max(a.shape[i] - a.origin[i], b.shape[i] - b.origin[i]);  // the last tap's offset + 1
    t.shape.push_back(t.origin[i] + after);
  }
  return t;
}

Result<void> check_size(const Dims& shape) {
  const std::int64_t count = element_count(shape);
  if (count >= 0 && static_cast<double>(count) <= kLargestKernel) return {};
  return refuse(Status::size_overflow,
                "the composed kernel " + to_string(shape) + " has more than 2^24 taps");
}

void add(Taps& to, const Taps& from) {
  Dims at;
  for (int i = 0; i < to.shape.rank(); ++i) at.push_back(to.origin[i] - from.origin[i]);
  const std::vector<std::size_t> where = places(from.shape, to.shape, at);
  for (std::size_t i = 0; i < where.size(); ++i) to.values[where[i]] += from.values[i];
}

Result<Taps> add(const Taps& a, const Taps& b) {
  Taps t = empty_union(a, b);
  if (auto fits = check_size(t.shape); !fits) return tl::unexpected(fits.error());
  t.values.resize(static_cast<std::size_t>(element_count(t.shape)));
  add(t, a);
  add(t, b);
  const double rounding = static_cast<double>(kUnitRoundoff) * (magnitude(a) + magnitude(b));
  t.error = a.error + b.error + rounding;
  return t;
}

void multiply_directly(const Taps& a, const Taps& b, Taps& t) {
  const Dims zero(t.shape.rank(), 0);
  const auto at_a = places(a.shape, t.shape, zero), at_b = places(b.shape, t.shape, zero);
  t.values.resize(static_cast<std::size_t>(element_count(t.shape)));
  for (std::size_t i = 0; i < at_a.size(); ++i) {
    long double* to = &t.values[at_a[i]];
    for (std::size_t j = 0; j < at_b.size(); ++j) to[at_b[j]] += a.values[i] * b.values[j];
  }
  const auto terms = static_cast<double>(std::min(at_a.size(), at_b.size()));
  t.error += (terms + 1) * static_cast<double>(kUnitRoundoff) * magnitude(a) * magnitude(b);
}

Result<void> multiply_by_transform(const Taps& a, const Taps& b, Taps& t) {
  const auto round = [](const Taps& from) {
    return std::vector<double>(from.values.begin(), from.values.end());
  };
  const std::vector<double> x = round(a), h = round(b);
  const ConstView x_view(x.data(), ElementType::f64, a.shape),
      h_view(h.data(), ElementType::f64, b.shape);
  const auto plan = Planner{}.try_plan(make_problem(Operation::convolve, x_view, h_view, {}));
  if (!plan) return tl::unexpected(plan.error());
  const auto kernel = plan->try_prepare(h_view);
  if (!kernel) return tl::unexpected(kernel.error());
  auto workspace = Workspace::try_make(*plan);
  if (!workspace) return tl::unexpected(workspace.error());
  std::vector<double> y(static_cast<std::size_t>(element_count(t.shape)));
  const View y_view(y.data(), ElementType::f64, t.shape);
  if (const Status status = plan->execute(x_view, *kernel, y_view, *workspace);
      status != Status::ok)
    return tl::unexpected(plan->failure(status));
  t.values.assign(y.begin(), y.end());
  // sum |e| <= sqrt(count) |e|_2, and the operands were rounded by 2^-53 each.
  t.error += std::sqrt(static_cast<double>(y.size())) * plan->error_bound(x_view, *kernel).l2 +
             0x1.01p-52 * magnitude(a) * magnitude(b);
  return {};
}

Result<Taps> multiply(const Taps& a, const Taps& b) {
  Taps t;
  for (int i = 0; i < a.shape.rank(); ++i) {
    t.shape.push_back(a.shape[i] + b.shape[i] - 1);
    t.origin.push_back(a.origin[i] + b.origin[i]);
  }
  if (auto fits = check_size(t.shape); !fits) return tl::unexpected(fits.error());
  t.error = a.error * magnitude(b) + b.error * magnitude(a) + a.error * b.error;
  const double work = static_cast<double>(a.values.size()) * static_cast<double>(b.values.size());
  if (work <= kDirectProduct) multiply_directly(a, b, t);
  else if (auto done = multiply_by_transform(a, b, t); !done) return tl::unexpected(done.error());
  return t;
}

/// The same taps in a box that holds offset zero.
Taps reach_zero(const Taps& from) {
  const int rank = from.shape.rank();
  Taps t = empty_union(from, {Dims(rank, 1), Dims(rank, 0), {}, 0});
  if (t.shape == from.shape || !check_size(t.shape)) return {t.shape, t.origin, from.values, 0};
  t.values.resize(static_cast<std::size_t>(element_count(t.shape)));
  add(t, from);
  return t;
}

Result<Filter> finish(Filter::Expression expression, std::string name) {
  const Taps all = reach_zero(expression.taps);
  if (auto fits = check_size(all.shape); !fits) return tl::unexpected(fits.error());
  if (name.size() > kLongestName) name = name.substr(0, kLongestName - 3) + "...";
  Filter f{all.shape, {all.values.begin(), all.values.end()}, std::move(name), all.origin};
  for (const double v : f.values)
    if (!std::isfinite(v))
      return refuse(Status::invalid_argument,
                    "the taps of " + f.name + " leave the range of float64");
  f.expression = std::make_shared<const Filter::Expression>(std::move(expression));
  return f;
}

/// Whether the taps are still those of the expression.
bool composed(const Filter& f) {
  if (!f.expression) return false;
  const Taps all = reach_zero(f.expression->taps);
  return f.shape == all.shape && f.origin == all.origin && f.values.size() == all.values.size() &&
         std::equal(f.values.begin(), f.values.end(), all.values.begin(),
                    [](double a, long double b) { return a == static_cast<double>(b); });
}

Result<void> check(const Filter& f) {
  const int rank = f.shape.rank();
  const std::int64_t count = element_count(f.shape);
  if (rank == 0 || count <= 0 || static_cast<std::size_t>(count) != f.values.size())
    return refuse(count == 0 ? Status::empty_kernel : Status::shape_mismatch,
                  "the filter '" + f.name + "' has " + std::to_string(f.values.size()) +
                      " taps and the shape " + to_string(f.shape));
  if (!f.origin.empty() && f.origin.rank() != rank)
    return refuse(Status::invalid_argument, "the origin " + to_string(f.origin) + " of '" + f.name +
                                                "' needs one number for each axis of " +
                                                to_string(f.shape));
  for (int i = 0; i < rank; ++i)
    if (f.origin_at(i) < 0 || f.origin_at(i) >= f.shape[i])
      return refuse(Status::invalid_argument, "the origin " + to_string(f.origin) + " of '" +
                                                  f.name + "' is outside the kernel " +
                                                  to_string(f.shape));
  for (const double v : f.values)
    if (!std::isfinite(v))
      return refuse(Status::invalid_argument,
                    "the filter '" + f.name +
                        "' has taps that are not finite; only finite ones "
                        "can be composed");
  return {};
}

Result<void> check(const Filter& a, const Filter& b) {
  for (const Filter* f : {&a, &b})
    if (auto ok = check(*f); !ok) return ok;
  if (a.shape.rank() == b.shape.rank()) return {};
  return refuse(Status::shape_mismatch, "'" + a.name + "' is " + std::to_string(a.shape.rank()) +
                                            "-D and '" + b.name + "' is " +
                                            std::to_string(b.shape.rank()) +
                                            "-D; filters that are composed have as many axes");
}

/// In brackets, where a product would read it otherwise.
std::string as_factor(const Filter& f) {
  const bool loose = f.name.find(' ') != std::string::npos || f.name.starts_with('-');
  return loose ? "(" + f.name + ")" : f.name;
}

std::string text_of(double v) {
  char text[32];
  std::snprintf(text, sizeof text, "%g", v);
  return text;
}

std::string comma_separated(const Dims& dims) {
  std::string text;
  for (const std::int64_t v : dims) text += ", " + std::to_string(v);
  return text;
}

}  // namespace

Taps taps_of(const Filter& f) {
  if (composed(f)) return f.expression->taps;
  Taps t{f.shape, {}, {f.values.begin(), f.values.end()}, 0};
  for (int i = 0; i < f.shape.rank(); ++i) t.origin.push_back(f.origin_at(i));
  return t;
}

Result<Filter> product(const Filter& a, const Filter& b) {
  if (auto ok = check(a, b); !ok) return tl::unexpected(ok.error());
  auto taps = multiply(taps_of(a), taps_of(b));
  if (!taps) return tl::unexpected(taps.error());
  return finish({Kind::product, a, b, 1, {}, std::move(*taps)},
                as_factor(a) + " * " + as_factor(b));
}

Result<Filter> sum(const Filter& a, const Filter& b) {
  if (auto ok = check(a, b); !ok) return tl::unexpected(ok.error());
  auto taps = add(taps_of(a), taps_of(b));
  if (!taps) return tl::unexpected(taps.error());
  const bool minus = b.name.starts_with('-');
  return finish({Kind::sum, a, b, 1, {}, std::move(*taps)},
                a.name + (minus ? " - " + b.name.substr(1) : " + " + b.name));
}

Result<Filter> scaled(const Filter& a, long double factor) {
  const auto rounded = static_cast<double>(factor);
  if (auto ok = check(a); !ok) return tl::unexpected(ok.error());
  if (!std::isfinite(rounded))
    return refuse(Status::invalid_argument, "a filter cannot be scaled by " + text_of(rounded));
  Taps taps = taps_of(a);
  // The factor may be a quotient, rounded like its product with a tap.
  const auto rounding = static_cast<double>(2 * kUnitRoundoff);
  taps.error = std::abs(rounded) * (taps.error * (1 + 0x1p-50) + rounding * magnitude(taps));
  for (long double& v : taps.values) v *= factor;
  const std::string name =
      rounded == -1 ? "-" + as_factor(a) : text_of(rounded) + " * " + as_factor(a);
  return finish({Kind::scale, a, {}, factor, {}, std::move(taps)}, name);
}

Result<Filter> shifted(const Filter& a, const Dims& by) {
  if (auto ok = check(a); !ok) return tl::unexpected(ok.error());
  if (by.rank() != a.shape.rank())
    return refuse(Status::shape_mismatch, "a shift of '" + a.name + "' needs " +
                                              std::to_string(a.shape.rank()) +
                                              " numbers, one for each axis");
  Taps taps = taps_of(a);
  for (int i = 0; i < by.rank(); ++i) {
    if (std::abs(static_cast<double>(by[i])) > kLargestKernel)
      return refuse(Status::size_overflow,
                    "a shift of " + std::to_string(by[i]) + " is more than 2^24 samples");
    taps.origin[i] -= by[i];
  }
  return finish({Kind::shift, a, {}, 1, by, std::move(taps)},
                "shift(" + a.name + comma_separated(by) + ")");
}

Result<Filter> flipped(const Filter& a) {
  if (auto ok = check(a); !ok) return tl::unexpected(ok.error());
  Taps taps = taps_of(a);
  std::reverse(taps.values.begin(), taps.values.end());
  for (int i = 0; i < taps.shape.rank(); ++i) taps.origin[i] = taps.shape[i] - 1 - taps.origin[i];
  return finish({Kind::flip, a, {}, 1, {}, std::move(taps)}, "flip(" + a.name + ")");
}

namespace {

/// What a scale, shift or flip does to its operand, done to another filter.
Result<Filter> same_change(const Filter::Expression& e, const Filter& to) {
  if (e.kind == Kind::scale) return scaled(to, e.factor);
  return e.kind == Kind::shift ? shifted(to, e.by) : flipped(to);
}

/// Operands of nested products, or sums. A scale or shift of a product is that of one factor; all
/// else is done to each.
Result<std::vector<Filter>> operands_of(const Filter& f, Kind kind) {
  if (!composed(f)) return std::vector<Filter>{f};
  const Filter::Expression& e = *f.expression;
  if (e.kind == Kind::product || e.kind == Kind::sum) {
    if (e.kind != kind) return std::vector<Filter>{f};
    auto all = operands_of(e.a, kind);
    const auto more = operands_of(e.b, kind);
    if (!all || !more) return all ? more : all;
    all->insert(all->end(), more->begin(), more->end());
    return all;
  }
  auto all = operands_of(e.a, kind);
  if (!all || all->size() == 1) return std::vector<Filter>{f};
  const bool first_only = kind == Kind::product && e.kind != Kind::flip;
  for (Filter& operand : *all) {
    auto changed = same_change(e, operand);
    if (!changed) return tl::unexpected(changed.error());
    operand = std::move(*changed);
    if (first_only) break;
  }
  return all;
}

}  // namespace

Result<std::vector<Filter>> factors_of(const Filter& filter) {
  return operands_of(filter, Kind::product);
}
Result<std::vector<Filter>> terms_of(const Filter& filter) {
  return operands_of(filter, Kind::sum);
}

Filter Filter::shifted(const Dims& by) const { return value_or_throw(faltung::shifted(*this, by)); }
Filter Filter::flipped() const { return value_or_throw(faltung::flipped(*this)); }
Filter operator*(const Filter& a, const Filter& b) { return value_or_throw(product(a, b)); }
Filter operator+(const Filter& a, const Filter& b) { return value_or_throw(sum(a, b)); }
Filter operator-(const Filter& a, const Filter& b) { return a + -b; }
Filter operator-(const Filter& a) { return value_or_throw(scaled(a, -1)); }
Filter operator*(double factor, const Filter& a) { return value_or_throw(scaled(a, factor)); }
Filter operator*(const Filter& a, double factor) { return factor * a; }
Filter operator/(const Filter& a, double divisor) {
  return value_or_throw(scaled(a, 1 / static_cast<long double>(divisor)));
}

}  // namespace faltung
