// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// How a name with its numbers is read; kernels by their functions.
#include "filter/named_kernels.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>

#include "filter/algebra.hpp"
#include "support/nearest.hpp"

namespace faltung {
namespace {

tl::unexpected<Failure> refuse(std::string message) {
  return tl::unexpected(Failure{Status::invalid_argument, std::move(message)});
}

Result<void> check_rank(const NamedKernel& kernel, int rank) {
  if (rank < 1 || rank > kMaxRank)
    return refuse("kernels have 1 to " + std::to_string(kMaxRank) + " axes");
  if (rank >= kernel.fewest_axes && rank <= kernel.most_axes) return {};
  const char* what = kernel.most_axes == 1     ? "one axis"
                     : kernel.most_axes == 2   ? "pictures, two axes"
                     : kernel.fewest_axes == 2 ? "pictures and volumes, two axes and more"
                                               : "volumes, three axes and more";
  return refuse("kernel '" + std::string(kernel.name()) + "' is for " + what + ", this data has " +
                (rank == 1 ? "one" : std::to_string(rank)) +
                " (an array takes those that --axes names)");
}

/// "one number", "2 to 5 numbers".
std::string count_text(const NamedKernel& kernel) {
  const std::size_t least = kernel.fewest_numbers(), most = kernel.most_numbers();
  if (most == 1) return least == 1 ? "a number" : "one number at most";
  return (least == most ? std::to_string(most)
                        : std::to_string(least) + " to " + std::to_string(most)) +
         " numbers";
}

/// The numbers behind the name, parted by colons.
Result<std::vector<double>> read_numbers(const NamedKernel& kernel, std::string_view text) {
  const std::string name(kernel.name());
  if (kernel.most_numbers() == 0 && !text.empty())
    return refuse("kernel '" + name + "' takes no argument");
  const std::string takes = "kernel '" + name + "' takes " + count_text(kernel) + ", " +
                            (kernel.most_numbers() > 1 ? std::string(kernel.form()) + ", " : "") +
                            "such as " + name + (*kernel.example ? ":" : "") + kernel.example;
  std::vector<double> numbers;
  while (!text.empty()) {
    text.remove_prefix(1);
    const std::string_view word = text.substr(0, text.find(':'));
    double number = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
    if (word.empty()) return refuse(takes);
    if (error != std::errc() || end != word.data() + word.size() || !std::isfinite(number))
      return refuse(takes + "; '" + std::string(word.substr(0, 40)) + "' is none");
    numbers.push_back(number);
    text.remove_prefix(word.size());
  }
  if (numbers.size() < kernel.fewest_numbers() || numbers.size() > kernel.most_numbers())
    return refuse(takes + (numbers.empty() ? "" : ", not " + std::to_string(numbers.size())));
  return numbers;
}

/// The kernel of checked numbers, by its name.
Result<Filter> finished(const NamedKernel& kernel, const KernelArguments& arguments) {
  Result<Filter> filter = kernel.make(arguments);
  if (!filter) return filter;
  std::string text(kernel.name());
  for (const double v : arguments.numbers) text += ":" + short_text(v);
  for (const double v : filter->values)
    if (!std::isfinite(v)) return refuse("the taps of " + text + " leave the range of float64");
  filter->name = std::move(text);
  return filter;
}

Filter made(std::string_view name, const std::vector<double>& numbers, int rank, double dt = 1) {
  for (const double v : numbers)
    if (!std::isfinite(v))
      throw Error({Status::invalid_argument,
                   std::string(name) + " takes finite numbers, not " + short_text(v)});
  for (const NamedKernel& kernel : named_kernels()) {
    if (kernel.name() != name) continue;
    if (auto ok = check_rank(kernel, rank); !ok) throw Error(ok.error());
    return value_or_throw(finished(kernel, {numbers, rank, dt}));
  }
  throw Error({Status::unknown_name, "there is no kernel '" + std::string(name) + "'"});
}

}  // namespace

std::size_t NamedKernel::most_numbers() const {
  return static_cast<std::size_t>(std::count(form().begin(), form().end(), ':'));
}
std::size_t NamedKernel::fewest_numbers() const {
  const std::string_view needed = form().substr(0, form().find('['));
  return static_cast<std::size_t>(std::count(needed.begin(), needed.end(), ':'));
}

std::string short_text(double v) {
  char text[32];
  std::snprintf(text, sizeof text, "%g", v);
  return text;
}

tl::unexpected<Failure> refuse_number(const char* form, const char* what, double v) {
  return refuse(std::string(form) + " takes " + what + ", not " + short_text(v));
}

Result<void> check_size(const char* form, double row, int rank) {
  if (std::pow(row, rank) <= kLargestKernel) return {};
  return refuse(std::string(form) + " would have more than 2^24 taps over " + std::to_string(rank) +
                (rank == 1 ? " axis" : " axes"));
}

Filter outer_product(const std::vector<std::vector<double>>& rows) {
  Filter f{{}, {1.0}, {}};
  for (const std::vector<double>& row : rows) {
    f.shape.push_back(static_cast<std::int64_t>(row.size()));
    std::vector<double> product;
    product.reserve(f.values.size() * row.size());
    for (const double a : f.values)
      for (const double b : row) product.push_back(a * b);
    f.values = std::move(product);
  }
  return f;
}

Filter of_row(const std::vector<double>& row, int rank) {
  return outer_product(std::vector<std::vector<double>>(static_cast<std::size_t>(rank), row));
}

Filter gaussian(double sigma, int rank) { return made("gaussian", {sigma}, rank); }
Filter box(std::int64_t size, int rank) { return made("box", {static_cast<double>(size)}, rank); }
Filter triangle(std::int64_t size, int rank) {
  return made("triangle", {static_cast<double>(size)}, rank);
}
Filter binomial(std::int64_t size, int rank) {
  return made("binomial", {static_cast<double>(size)}, rank);
}
Filter disk(double radius) { return made("disk", {radius}, 2); }
Filter motion(double length, double angle) { return made("motion", {length, angle}, 2); }
Filter derivative(GradientOperator op, int axis, int rank, double sigma) {
  if (rank < 1 || rank > kMaxRank || axis < 0 || axis >= rank)
    throw Error({Status::invalid_argument, "a derivative along axis " + std::to_string(axis) +
                                               " of " + std::to_string(rank) +
                                               "; allowed are axes from 0, of 1 to 16"});
  const std::array numbers{sigma};
  Filter f = value_or_throw(make_gradient(op, rank - 1 - axis, {numbers, rank, 1}));
  f.name = name(op);
  f.name +=
      rank - 1 - axis < 3 ? std::string{'-', "xyz"[rank - 1 - axis]} : "-" + std::to_string(axis);
  if (op == GradientOperator::gaussian) f.name += ":" + short_text(sigma);
  return f;
}
Filter sobel_x() { return made("sobel-x", {}, 2); }
Filter sobel_y() { return made("sobel-y", {}, 2); }
Filter laplacian(int rank) { return made("laplacian", {}, rank); }
Filter laplacian_of_gaussian(double sigma, int rank) { return made("log", {sigma}, rank); }
Filter difference_of_gaussians(double sigma, double wider, int rank) {
  return made("dog", {sigma, wider}, rank);
}
Filter sharpen(double amount, int rank) { return made("sharpen", {amount}, rank); }
Filter unsharp(double sigma, double amount, int rank) {
  return made("unsharp", {sigma, amount}, rank);
}
Filter emboss(double depth) { return made("emboss", {depth}, 2); }
Filter gabor(const GaborOptions& o) {
  const double sigma = o.sigma > 0 ? o.sigma : 0.56 * o.wavelength;
  return made("gabor", {o.wavelength, o.angle, sigma, o.phase, o.aspect}, 2);
}
Filter exponential(double tau, double dt) { return made("exp", {tau}, 1, dt); }
Filter moving_average(std::int64_t size) {
  return made("moving-average", {static_cast<double>(size)}, 1);
}

Result<Filter> parse_filter(std::string_view text, int rank, double dt) {
  const std::string_view name = text.substr(0, text.find(':'));
  std::vector<std::string> names;
  const NamedKernel* kernel = nullptr;
  for (const NamedKernel& k : named_kernels()) {
    names.emplace_back(k.name());
    if (name == k.name()) kernel = &k;
  }
  if (kernel == nullptr) return tl::unexpected(support::unknown("kernel", name, names));
  if (auto ok = check_rank(*kernel, rank); !ok) return tl::unexpected(ok.error());
  const auto numbers = read_numbers(*kernel, text.substr(name.size()));
  if (!numbers) return tl::unexpected(numbers.error());
  return finished(*kernel, {*numbers, rank, dt});
}

std::span<const FilterInfo> filter_list() noexcept {
  static const std::vector<FilterInfo> infos = [] {
    std::vector<FilterInfo> all;
    for (const NamedKernel& kernel : named_kernels()) all.push_back(kernel.info);
    return all;
  }();
  return infos;
}

}  // namespace faltung
