// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <cmath>

#include "table.hpp"
#include "values.hpp"

namespace faltung::cli {

std::string TableData::times_at_odds(const Request& request) const {
  constexpr const char* kEven = "--regrid brings them to steps of --dt";
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

// What the table says of time, where it is not what the convolution takes it for: even steps of dt.
std::vector<std::string> TableData::hints(const Outcome& outcome) const {
  std::vector<std::string> found = notes_;
  const std::optional<Dates> dates = find_dates(table_);
  const std::optional<std::size_t> odd = dates ? first_odd_row(dates->seconds) : std::nullopt;
  const auto uneven = [&](const std::string& name, const std::vector<double>& times, bool dated) {
    found.push_back(uneven_hint(name, steps_text(times, dated)));
  };
  if (odd) uneven(table_.columns.front().name, dates->seconds, true);
  if (!times_) return found;
  if (times_->odd) {
    uneven(times_->name, times_->values, false);
  } else if (!times_->counts && std::abs(times_->step - dt_) > 0.01 * dt_) {
    found.push_back(step_hint(outcome.request, times_->name, times_->step, dt_));
  }
  return found;
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
