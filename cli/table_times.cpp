// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <cmath>

#include "table.hpp"
#include "values.hpp"

namespace faltung::cli {

std::string TableData::times_at_odds(const Request& request) const {
  constexpr const char* kEven = "bring the series to even steps first";
  if (const std::optional<Dates> dates = find_dates(table_)) {
    const std::string& name = table_.columns.front().name;
    if (first_odd_row(dates->seconds))
      return fmt::format(
          "the times in column '{}' are not evenly spaced ({}), which a formula of "
          "time needs; {}",
          name, steps_text(dates->seconds, true), kEven);
    const double said = dt_ * seconds_of(request.dt_unit);
    if (said > 0 && dates->seconds.size() > 1 && std::abs(said - dates->step_s) > 1e-6 * said)
      return fmt::format(
          "the times in column '{}' advance by {:g} s a row, but --dt {:g}{} is {:g} "
          "s; give the step that they have, and the formula in its unit",
          name, dates->step_s, dt_, request.dt_unit, said);
  }
  if (!times_ || times_->counts || times_->values.size() < 2) return {};
  if (times_->odd)
    return fmt::format(
        "the times in column '{}' are not evenly spaced ({}), which a formula of "
        "time needs; {}",
        times_->name, steps_text(times_->values, false), kEven);
  if (std::abs(times_->step - dt_) > 1e-6 * dt_)
    return fmt::format(
        "column '{}' advances by {:g} a row, but dt is {:g}; --dt {:g} makes them "
        "agree",
        times_->name, times_->step, dt_, times_->step);
  return {};
}

std::string uneven_hint(const std::string& name, const std::string& steps) {
  return fmt::format(
      "the times in column '{}' are not evenly spaced ({}); every row counts as one step of dt",
      name, steps);
}

std::string step_hint(const Request& request, const std::string& name, double step, double dt) {
  return fmt::format("column '{}' advances by {:g} a row, but dt is {:g}{}", name, step, dt,
                     request.dt ? std::string()
                     : step > 0 ? fmt::format("; --dt {:g} makes them agree", step)
                                : std::string());
}

}  // namespace faltung::cli
