// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "deconvolution/operator.hpp"
#include "support/aligned_vector.hpp"
#include "transform/row_transform.hpp"

namespace faltung::deconvolution {

/// The response and the penalty on the engine's transform of a row that holds x and h one after
/// the other, where both are products with a number for each point: |H|^2 and |D|^2.
class Gains {
 public:
  static Result<Gains> make(std::span<const double> h, std::int64_t samples, Penalty penalty);

  /// x = (|H|^2 + weight |D|^2)^-1 of x, on zeros before and behind.
  void divide(std::span<double> x, double weight);
  /// The share of each number of x that the data determine: mean |H|^2 / (|H|^2 + weight |D|^2).
  double resolved(double weight) const;
  /// sqrt(mean |H|^2 / (|H|^2 + weight |D|^2)^2): what noise of deviation 1 becomes in x.
  double noise_gain(double weight) const;
  /// |Y|^2 at each point; their mean is |y|^2.
  std::vector<double> powers(std::span<const double> taps);
  /// -log of the likelihood of powers of y, in units of the noise's, where x is white and as strong
  /// as the weight says: mean of log v + power / v, v = 1 + |H|^2 / (weight |D|^2). But for a
  /// constant.
  double unlikeliness(const std::vector<double>& y, double weight) const;
  double largest() const { return largest_; }    ///< |H|^2
  double smallest() const { return smallest_; }  ///< |H|^2
  std::int64_t points() const { return static_cast<std::int64_t>(response_.size()); }

 private:
  explicit Gains(RowTransform<double> row) : row_(std::move(row)) {}
  void transform(std::span<const double> samples);

  RowTransform<double> row_;
  std::int64_t length_ = 0, lanes_ = 1;
  support::AlignedVector<double> samples_, lines_;
  std::vector<double> response_, penalty_;  ///< for each complex point, in the lines' order
  double largest_ = 0, smallest_ = 0;
};

}  // namespace faltung::deconvolution
