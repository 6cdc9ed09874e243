// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "faltung/filter.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <numeric>

#include "filter/algebra.hpp"
#include "support/nearest.hpp"

namespace faltung {
namespace {

tl::unexpected<Failure> refuse(std::string message) {
  return tl::unexpected(Failure{Status::invalid_argument, std::move(message)});
}

std::string text_of(double v) {
  char text[32];
  std::snprintf(text, sizeof text, "%g", v);
  return text;
}

void scale_to_unit_sum(std::vector<double>& values) {
  const double sum = std::accumulate(values.begin(), values.end(), 0.0);
  for (double& v : values) v /= sum;
}

/// The outer product of `rank` times the same row.
Filter of_row(std::string name, const std::vector<double>& row, int rank) {
  Filter f{Dims(rank, static_cast<std::int64_t>(row.size())), row, std::move(name)};
  for (int i = 1; i < rank; ++i) {
    std::vector<double> product;
    product.reserve(f.values.size() * row.size());
    for (double a : f.values)
      for (double b : row) product.push_back(a * b);
    f.values = std::move(product);
  }
  return f;
}

Filter of_3x3(std::string name, std::vector<double> values) {
  return {Dims{3, 3}, std::move(values), std::move(name)};
}

Result<Filter> make_gaussian(double sigma, int rank) {
  if (!(sigma > 0) || 8 * sigma + 1 > kLargestKernel)
    return refuse("gaussian:SIGMA takes a SIGMA above 0 (in samples) and at most 2^21, not " +
                  text_of(sigma));
  const auto radius = static_cast<std::int64_t>(std::ceil(4 * sigma));
  if (std::pow(2.0 * static_cast<double>(radius) + 1, rank) > kLargestKernel)
    return refuse("gaussian:" + text_of(sigma) + " has more than 2^24 taps over " +
                  std::to_string(rank) + " axes");
  std::vector<double> row;
  for (std::int64_t i = -radius; i <= radius; ++i) {
    const double r = static_cast<double>(i) / sigma;
    row.push_back(std::exp(-0.5 * r * r));
  }
  scale_to_unit_sum(row);
  return of_row("gaussian:" + text_of(sigma), row, rank);
}

Result<Filter> make_uniform(const char* name, double size, int rank) {
  if (!(size >= 1) || size != std::floor(size) || std::pow(size, rank) > kLargestKernel)
    return refuse(std::string(name) +
                  ":SIZE takes a whole number of at least 1, with at most 2^24 taps in all, not " +
                  text_of(size));
  const std::vector<double> row(static_cast<std::size_t>(size), 1.0 / size);
  return of_row(std::string(name) + ":" + text_of(size), row, rank);
}

Result<Filter> make_moving_average(double size) {
  Result<Filter> f = make_uniform("moving-average", size, 1);
  if (f) f->origin = {0};
  return f;
}

Result<Filter> make_exponential(double tau, double dt) {
  if (!(tau > 0) || !std::isfinite(tau))
    return refuse("exp:TAU takes a TAU above 0 (in units of dt), not " + text_of(tau));
  if (!(dt > 0) || !std::isfinite(dt)) return refuse("dt is above 0, not " + text_of(dt));
  // h[k] = (1 - e^{-dt/tau}) e^{-k dt/tau}: below 2^-53 of h[0] from k = 53 ln 2 tau / dt on.
  const double taps = std::floor(53 * std::log(2.0) * tau / dt) + 1;
  if (taps > kLargestKernel)
    return refuse("exp:" + text_of(tau) + " with dt " + text_of(dt) + " needs more than 2^24 taps");
  const double h0 = -std::expm1(-dt / tau);
  Filter f{Dims{static_cast<std::int64_t>(taps)}, {}, "exp:" + text_of(tau), Dims{0}};
  for (std::int64_t k = 0; k < f.shape[0]; ++k)
    f.values.push_back(h0 * std::exp(-static_cast<double>(k) * dt / tau));
  return f;
}

Result<Filter> make_sharpen(double amount) {
  if (!(amount >= 0) || !std::isfinite(amount))
    return refuse("sharpen:AMOUNT takes an AMOUNT of at least 0, not " + text_of(amount));
  return of_3x3("sharpen:" + text_of(amount),
                {0, -amount, 0, -amount, 1 + 4 * amount, -amount, 0, -amount, 0});
}

/// A kind of named kernel, for data of `axes` axes; 0: of any number.
struct Kind {
  const char* name;
  bool argument;
  int axes;
};
constexpr Kind kKinds[] = {{"gaussian", true, 0}, {"box", true, 0},           {"sobel-x", false, 2},
                           {"sobel-y", false, 2}, {"laplacian", false, 2},    {"sharpen", true, 2},
                           {"exp", true, 1},      {"moving-average", true, 1}};

constexpr FilterInfo kInfos[] = {
    {"gaussian:SIGMA", "Gaussian of SIGMA samples, radius 4 SIGMA, sum 1; any number of axes"},
    {"box:SIZE", "SIZE equal taps an axis, sum 1; any number of axes"},
    {"sobel-x", "horizontal derivative, 3x3; pictures"},
    {"sobel-y", "vertical derivative, 3x3; pictures"},
    {"laplacian", "sum of second derivatives, 3x3; pictures"},
    {"sharpen:AMOUNT", "identity minus AMOUNT times the Laplacian, 3x3, sum 1; pictures"},
    {"exp:TAU", "exponential decay with time constant TAU, area 1; 1-D"},
    {"moving-average:SIZE", "the last SIZE samples, each 1/SIZE; 1-D"}};

Result<Filter> make(std::string_view name, double argument, int rank, double dt) {
  if (name == "gaussian") return make_gaussian(argument, rank);
  if (name == "box") return make_uniform("box", argument, rank);
  if (name == "moving-average") return make_moving_average(argument);
  if (name == "exp") return make_exponential(argument, dt);
  if (name == "sharpen") return make_sharpen(argument);
  if (name == "sobel-x") return sobel_x();
  if (name == "sobel-y") return sobel_y();
  return laplacian();
}

}  // namespace

Filter gaussian(double sigma, int rank) { return value_or_throw(make_gaussian(sigma, rank)); }
Filter box(std::int64_t size, int rank) {
  return value_or_throw(make_uniform("box", static_cast<double>(size), rank));
}
Filter sobel_x() { return of_3x3("sobel-x", {1, 0, -1, 2, 0, -2, 1, 0, -1}); }
Filter sobel_y() { return of_3x3("sobel-y", {1, 2, 1, 0, 0, 0, -1, -2, -1}); }
Filter laplacian() { return of_3x3("laplacian", {0, 1, 0, 1, -4, 1, 0, 1, 0}); }
Filter sharpen(double amount) { return value_or_throw(make_sharpen(amount)); }
Filter exponential(double tau, double dt) { return value_or_throw(make_exponential(tau, dt)); }
Filter moving_average(std::int64_t size) {
  return value_or_throw(make_moving_average(static_cast<double>(size)));
}

Result<Filter> parse_filter(std::string_view text, int rank, double dt) {
  const std::size_t colon = text.find(':');
  const std::string_view name = text.substr(0, colon);
  std::vector<std::string> names;
  const Kind* kind = nullptr;
  for (const Kind& k : kKinds) {
    names.emplace_back(k.name);
    if (name == k.name) kind = &k;
  }
  if (kind == nullptr) return tl::unexpected(support::unknown("kernel", name, names));
  if (rank < 1 || rank > kMaxRank)
    return refuse("kernels have 1 to " + std::to_string(kMaxRank) + " axes");
  if (kind->axes != 0 && kind->axes != rank)
    return refuse("kernel '" + std::string(name) + "' is for " +
                  (kind->axes == 1 ? "one axis" : "pictures, two axes") + ", this data has " +
                  (rank == 1 ? "one" : std::to_string(rank)) +
                  " (an array takes those that --axes names)");
  double argument = 0;
  if (!kind->argument && colon != std::string_view::npos)
    return refuse("kernel '" + std::string(name) + "' takes no argument");
  if (kind->argument) {
    const std::string_view word =
        colon == std::string_view::npos ? std::string_view() : text.substr(colon + 1);
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), argument);
    if (word.empty() || error != std::errc() || end != word.data() + word.size())
      return refuse(
          "kernel '" + std::string(name) + "' takes a number, such as " + std::string(name) + ":3" +
          (word.empty() ? std::string() : "; '" + std::string(word.substr(0, 40)) + "' is none"));
  }
  return make(name, argument, rank, dt);
}

namespace {

constexpr std::string_view kBlanks = " \t\n\r";
constexpr const char* kAllowed = "; numbers stand apart by blanks or one comma, rows by ';'";

void skip_blanks(std::string_view& text) {
  text.remove_prefix(std::min(text.find_first_not_of(kBlanks), text.size()));
}

/// Appends the numbers of one row: at least one, and a comma only between two.
Result<std::int64_t> parse_row(std::string_view row, const std::string& name,
                               std::vector<double>& values) {
  std::int64_t count = 0;
  skip_blanks(row);
  if (row.empty()) return refuse(name + " is empty");
  for (;;) {
    if (row.empty() || row.front() == ',')
      return refuse(name + " has a comma with no number " +
                    (row.empty() ? "after it" : "before it") + kAllowed);
    double value = 0;
    const auto [stop, error] = std::from_chars(row.data(), row.data() + row.size(), value);
    const std::string_view word = row.substr(0, row.find_first_of(" \t\n\r,"));
    if (error != std::errc() || stop != word.data() + word.size())
      return refuse("'" + std::string(word.substr(0, 40)) +
                    "' in the kernel matrix is not a number" + kAllowed);
    values.push_back(value);
    ++count;
    row.remove_prefix(word.size());
    skip_blanks(row);
    if (row.empty()) return count;
    if (row.front() != ',') continue;
    row.remove_prefix(1);
    skip_blanks(row);
  }
}

}  // namespace

Result<Filter> parse_matrix(std::string_view text) {
  Filter f;
  f.name = "matrix";
  std::int64_t rows = 0, columns = -1;
  while (true) {
    const std::size_t end = text.find(';');
    const std::string name = "row " + std::to_string(rows + 1) + " of the kernel matrix";
    const auto count = parse_row(text.substr(0, end), name, f.values);
    if (!count) return tl::unexpected(count.error());
    if (columns >= 0 && *count != columns)
      return refuse(name + " has " + std::to_string(*count) +
                    (*count == 1 ? " number" : " numbers") + ", the first has " +
                    std::to_string(columns));
    columns = *count;
    ++rows;
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  f.shape = rows == 1 ? Dims{columns} : Dims{rows, columns};
  return f;
}

std::span<const FilterInfo> filter_list() noexcept { return kInfos; }

}  // namespace faltung
