// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// Filters as values: what composing accepts, and what the result is called.
#include "filter/algebra.hpp"

#include <cmath>
#include <cstdio>

namespace faltung {
namespace {

using Kind = Filter::Expression::Kind;

/// Names are for people; a long one is cut.
constexpr std::size_t kLongestName = 120;

tl::unexpected<Failure> refuse(Status status, std::string message) {
  return tl::unexpected(Failure{status, std::move(message)});
}

Result<Filter> finish(Filter::Expression expression, std::string name) {
  const TapBox box = box_with_zero(expression.taps.box);
  auto values = rounded(expression.taps, box);
  if (!values) return tl::unexpected(values.error());
  if (name.size() > kLongestName) name = name.substr(0, kLongestName - 3) + "...";
  Filter f{box.shape, std::move(*values), std::move(name), box.origin};
  for (const double v : f.values)
    if (!std::isfinite(v))
      return refuse(Status::invalid_argument,
                    "the taps of " + f.name + " leave the range of float64");
  f.expression = std::make_shared<const Filter::Expression>(std::move(expression));
  return f;
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

/// In brackets, where a product would read it otherwise: a sum, and what has a sign.
std::string as_factor(const Filter& f) {
  int depth = 0;
  bool sum = f.name.starts_with('-');
  for (std::size_t i = 1; i + 1 < f.name.size(); ++i) {
    const char c = f.name[i - 1];
    depth += (c == '(' || c == '[' ? 1 : 0) - (c == ')' || c == ']' ? 1 : 0);
    const bool sign = f.name[i] == '+' || f.name[i] == '-';
    sum = sum || (depth == 0 && sign && c == ' ' && f.name[i + 1] == ' ');
  }
  return sum ? "(" + f.name + ")" : f.name;
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

/// An operand as an expression keeps it: without an expression that its taps no longer are.
Filter operand(const Filter& f) {
  Filter kept = f;
  if (!is_composed(f)) kept.expression = nullptr;
  return kept;
}

}  // namespace

bool is_composed(const Filter& f) {
  if (!f.expression) return false;
  const TapBox box = box_with_zero(f.expression->taps.box);
  return f.shape == box.shape && f.origin == box.origin &&
         are_rounded(f.expression->taps, box, f.values);
}

std::shared_ptr<const Taps> taps_of(const Filter& f) {
  if (is_composed(f)) return {f.expression, &f.expression->taps};
  Taps t{{f.shape, {}}, {f.values.begin(), f.values.end()}, 0};
  for (int i = 0; i < f.shape.rank(); ++i) t.box.origin.push_back(f.origin_at(i));
  return std::make_shared<const Taps>(std::move(t));
}

Result<Filter> product(const Filter& a, const Filter& b) {
  if (auto ok = check(a, b); !ok) return tl::unexpected(ok.error());
  auto taps = multiply(*taps_of(a), *taps_of(b));
  if (!taps) return tl::unexpected(taps.error());
  return finish({Kind::product, operand(a), operand(b), 1, {}, std::move(*taps)},
                as_factor(a) + " * " + as_factor(b));
}

Result<Filter> sum(const Filter& a, const Filter& b) {
  if (auto ok = check(a, b); !ok) return tl::unexpected(ok.error());
  auto taps = add(*taps_of(a), *taps_of(b));
  if (!taps) return tl::unexpected(taps.error());
  const bool minus = b.name.starts_with('-');
  return finish({Kind::sum, operand(a), operand(b), 1, {}, std::move(*taps)},
                a.name + (minus ? " - " + b.name.substr(1) : " + " + b.name));
}

Result<Filter> scaled(const Filter& a, long double factor) {
  const auto rounded = static_cast<double>(factor);
  if (auto ok = check(a); !ok) return tl::unexpected(ok.error());
  if (!std::isfinite(rounded))
    return refuse(Status::invalid_argument, "a filter cannot be scaled by " + text_of(rounded));
  const std::string name =
      rounded == -1 ? "-" + as_factor(a) : text_of(rounded) + " * " + as_factor(a);
  return finish({Kind::scale, operand(a), {}, factor, {}, scale(*taps_of(a), factor)}, name);
}

Result<Filter> shifted(const Filter& a, const Dims& by) {
  if (auto ok = check(a); !ok) return tl::unexpected(ok.error());
  if (by.rank() != a.shape.rank())
    return refuse(Status::shape_mismatch, "a shift of '" + a.name + "' needs " +
                                              std::to_string(a.shape.rank()) +
                                              " numbers, one for each axis");
  auto taps = shift(*taps_of(a), by);
  if (!taps) return tl::unexpected(taps.error());
  return finish({Kind::shift, operand(a), {}, 1, by, std::move(*taps)},
                "shift(" + a.name + comma_separated(by) + ")");
}

Result<Filter> flipped(const Filter& a) {
  if (auto ok = check(a); !ok) return tl::unexpected(ok.error());
  return finish({Kind::flip, operand(a), {}, 1, {}, flip(*taps_of(a))}, "flip(" + a.name + ")");
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
