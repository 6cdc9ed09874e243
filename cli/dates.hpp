// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "io/io.hpp"

namespace faltung::cli {

/// The first column of a series, where every cell of it is an ISO 8601 date or time.
struct Dates {
  std::vector<double> seconds;  ///< since 1970-01-01, as UTC
  double step_s = 1;            ///< mean distance of rows
};
std::optional<Dates> find_dates(const io::Table& table);

/// The rows' own times: a numeric column named t or time, else index, in any case.
struct TimeColumn {
  std::string name;
  std::vector<double> values;
  double step = 1;                 ///< mean distance of rows
  bool counts = false;             ///< an index, which may count rows whatever dt is
  std::optional<std::size_t> odd;  ///< the first row that breaks the step: not evenly spaced
  /// The time of any row, also before the first and behind the last.
  double at(std::int64_t row) const;
};
/// `dt` is the step where one row alone does not tell it.
std::optional<TimeColumn> find_times(const io::Table& table, double dt);

/// "steps of 28 to 31 days": how unevenly times are spaced. Dates are in seconds.
std::string steps_text(const std::vector<double>& times, bool dates);

/// The same of times that come one after the other: what first_odd_row and steps_text say of them.
class Steps {
 public:
  void add(double time);
  std::size_t count() const { return count_; }
  bool even() const;
  /// The mean.
  double step() const;
  std::string text(bool dates) const;

 private:
  double first_ = 0, last_ = 0, low_ = HUGE_VAL, high_ = -HUGE_VAL;
  std::size_t count_ = 0;
  bool finite_ = true;
};

/// The first row that is not one mean step behind the row before it, if any.
std::optional<std::size_t> first_odd_row(const std::vector<double>& times);

/// "2010-01-31", "2010-01-31T06:30", "2010-01-31 06:30:15.5Z" as seconds since 1970.
std::optional<double> parse_date(std::string_view text);

/// "2010-01-31" for a second of that day.
std::string date_text(double seconds);

/// "2010-01-31T06:30", with seconds where there are some or `always`, to a thousandth of them.
std::string time_text(double seconds, char between, bool always);

/// "hours" for 3600, and so on; empty where no unit has that many seconds.
std::string unit_of(double seconds);

}  // namespace faltung::cli
