// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// Named kernels that take derivatives. As convolution kernels: positive where samples rise with
// their index. Those of a Gaussian g are exact on polynomials, whatever is cut off:
//
//   first    h[k] = -k g[k] / m2                        gives 1 on x[n] = n
//   second   h[k] = 2 (k^2 - m2) g[k] / (m4 - m2^2)     gives 1 on x[n] = n^2 / 2, 0 on 1 and n
//
// with the moments m2 = sum k^2 g[k] and m4 = sum k^4 g[k]. Sampled derivatives of the function, as
// in scipy.ndimage, are the same with sigma^2 for m2 (and 3 sigma^4 for m4).
//
// Sources  Sobel, Prewitt: as usual. H. Scharr, Optimale Operatoren in der digitalen
//          Bildverarbeitung, 2000: 3 10 3. H. Farid, E. P. Simoncelli, Differentiation of discrete
//          multidimensional signals, IEEE Trans. Image Processing 13, 2004: table of 5 taps.
#include <array>
#include <cmath>

#include "filter/algebra.hpp"
#include "filter/named_kernels.hpp"
#include "support/nearest.hpp"

namespace faltung {
namespace {

/// The least sigma whose derivatives have digits: neighbours are e^-50 of the middle.
constexpr double kLeastSigma = 0.1;

constexpr std::array kOperators = {"sobel", "scharr", "prewitt", "farid", "gaussian"};

double moment(const std::vector<double>& row, int power) {
  const double middle = static_cast<double>(row.size() - 1) / 2;
  double sum = 0;
  for (std::size_t i = 0; i < row.size(); ++i)
    sum += std::pow(static_cast<double>(i) - middle, power) * row[i];
  return sum;
}

std::vector<double> first_derivative(const std::vector<double>& g) {
  const double m2 = moment(g, 2);
  const double middle = static_cast<double>(g.size() - 1) / 2;
  std::vector<double> row = g;
  for (std::size_t i = 0; i < row.size(); ++i) row[i] *= -(static_cast<double>(i) - middle) / m2;
  return row;
}

std::vector<double> second_derivative(const std::vector<double>& g) {
  const double m2 = moment(g, 2), m4 = moment(g, 4);
  const double middle = static_cast<double>(g.size() - 1) / 2;
  std::vector<double> row = g;
  for (std::size_t i = 0; i < row.size(); ++i) {
    const double k = static_cast<double>(i) - middle;
    row[i] *= 2 * (k * k - m2) / (m4 - m2 * m2);
  }
  return row;
}

/// What a gradient's operator is made of: a derivative along its axis, a mean along the others.
struct Rows {
  std::vector<double> difference, mean;
};

Rows rows_for(GradientOperator op, double sigma) {
  switch (op) {
    case GradientOperator::prewitt: return {{1, 0, -1}, {1, 1, 1}};
    case GradientOperator::scharr: return {{1, 0, -1}, {3, 10, 3}};
    case GradientOperator::farid:
      return {{0.109604, 0.276691, 0, -0.276691, -0.109604},
              {0.037659, 0.249153, 0.426375, 0.249153, 0.037659}};
    case GradientOperator::gaussian: {
      std::vector<double> g = gaussian_row(sigma);
      return {first_derivative(g), std::move(g)};
    }
    case GradientOperator::sobel: break;
  }
  return {{1, 0, -1}, {1, 2, 1}};
}

/// `along` axis - 1 - from_last of `rank`, `across` the others.
Filter of_rows(const std::vector<double>& along, const std::vector<double>& across, int from_last,
               int rank) {
  std::vector<std::vector<double>> rows(static_cast<std::size_t>(rank), across);
  rows[static_cast<std::size_t>(rank - 1 - from_last)] = along;
  return outer_product(rows);
}

/// MATLAB's family: what lies straight and what lies across, weighed by 1 - alpha and alpha.
Filter laplacian_of(double alpha) {
  const double side = (1 - alpha) / (1 + alpha), corner = alpha / (1 + alpha),
               middle = -4 / (1 + alpha);
  return {Dims{3, 3}, {corner, side, corner, side, middle, side, corner, side, corner}, {}};
}

}  // namespace

const char* name(GradientOperator op) noexcept { return kOperators[static_cast<std::size_t>(op)]; }

Result<GradientOperator> parse_gradient_operator(std::string_view text) {
  for (std::size_t i = 0; i < kOperators.size(); ++i)
    if (text == kOperators[i]) return static_cast<GradientOperator>(i);
  return tl::unexpected(support::unknown("operator", text, {kOperators.begin(), kOperators.end()}));
}

Result<Filter> make_gradient(GradientOperator op, int from_last, const KernelArguments& a) {
  const double sigma = a.number(0, 1);
  if (op == GradientOperator::gaussian) {
    constexpr std::array kForms = {"gaussian-x:SIGMA", "gaussian-y:SIGMA", "gaussian-z:SIGMA"};
    const char* form = from_last < 3 ? kForms[static_cast<std::size_t>(from_last)] : "SIGMA";
    if (auto ok = check_sigma(form, sigma, kLeastSigma, a.rank); !ok)
      return tl::unexpected(ok.error());
  }
  const Rows rows = rows_for(op, sigma);
  if (auto ok = check_size(name(op), static_cast<double>(rows.mean.size()), a.rank); !ok)
    return tl::unexpected(ok.error());
  return of_rows(rows.difference, rows.mean, from_last, a.rank);
}

Result<Filter> make_second_derivative(int from_last, int other, const KernelArguments& a) {
  if (auto ok = check_sigma("a second derivative of a Gaussian", a.numbers[0], kLeastSigma, a.rank);
      !ok)
    return tl::unexpected(ok.error());
  const std::vector<double> g = gaussian_row(a.numbers[0]);
  if (from_last == other) return of_rows(second_derivative(g), g, from_last, a.rank);
  std::vector<std::vector<double>> rows(static_cast<std::size_t>(a.rank), g);
  for (const int axis : {from_last, other})
    rows[static_cast<std::size_t>(a.rank - 1 - axis)] = first_derivative(g);
  return outer_product(rows);
}

Result<Filter> make_laplacian(const KernelArguments& a) {
  constexpr const char* kForm = "laplacian[:ALPHA]";
  const double alpha = a.number(0, 0);
  if (!(alpha >= 0 && alpha <= 1))
    return refuse_number(kForm, "an ALPHA of 0 to 1 (0 unless given)", alpha);
  if (!a.numbers.empty() && a.rank != 2)
    return tl::unexpected(Failure{Status::invalid_argument,
                                  "laplacian:ALPHA is for pictures, two axes; laplacian alone "
                                  "is for any number of axes"});
  if (a.rank == 2) return laplacian_of(alpha);
  if (auto ok = check_size(kForm, 3, a.rank); !ok) return tl::unexpected(ok.error());
  Filter f{Dims(a.rank, 3), std::vector<double>(static_cast<std::size_t>(std::pow(3, a.rank))), {}};
  const std::size_t middle = f.values.size() / 2;
  f.values[middle] = -2.0 * a.rank;
  for (std::size_t step = 1; step < f.values.size(); step *= 3)
    f.values[middle - step] = f.values[middle + step] = 1;
  return f;
}

Result<Filter> make_log(const KernelArguments& a) {
  if (auto ok = check_sigma("log:SIGMA", a.numbers[0], kLeastSigma, a.rank); !ok)
    return tl::unexpected(ok.error());
  Result<Filter> all = make_second_derivative(0, 0, a);
  for (int axis = 1; all && axis < a.rank; ++axis) {
    const Result<Filter> one = make_second_derivative(axis, axis, a);
    if (!one) return one;
    all = sum(*all, *one);
  }
  return all;
}

}  // namespace faltung
