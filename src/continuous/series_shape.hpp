// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "continuous/series.hpp"
#include "continuous/series_build.hpp"
#include "faltung/continuous.hpp"

/// Between functions and the series class.
namespace faltung::continuous {

/// A series as the smooth part of a function.
class SeriesShape final : public Smooth {
 public:
  explicit SeriesShape(Series series) : series_(std::move(series)) {}
  const Series& series() const { return series_; }
  double value(double t) const override { return continuous::value(series_, t); }
  void values(std::span<const double> t, std::span<double> y) const override {
    evaluate(series_, t, y);
  }
  double lower() const override { return series_.lower(); }
  double upper() const override { return series_.upper(); }
  std::vector<double> breakpoints() const override;
  double error_estimate() const override { return series_.error; }
  /// "a series of degree 84 in 3 pieces".
  std::string text() const override;

 private:
  Series series_;
};

/// The zero function for an empty series.
Function function_of(Series series);

/// A smooth part as a series. Infinite ends, and ends beyond which nothing matters, are cut off
/// where the values fall below 1e-18 of the largest. Errors: as resolve; unsupported where the part
/// does not fall as low before |t| = 2^40.
Result<Series> series_of(const SmoothPart& part, const Resolution& how = {});
/// The sum of all smooth parts.
Result<Series> series_of(const std::vector<SmoothPart>& parts, const Resolution& how = {});
/// The derivative with its impulses where f jumps, by more than it is wrong.
Function derivative_of(const Series& f);

}  // namespace faltung::continuous
