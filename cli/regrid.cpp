// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "regrid.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "dates.hpp"
#include "exit.hpp"
#include "table.hpp"
#include "values.hpp"

namespace faltung::cli {
namespace {

constexpr double kMostRows = 1 << 27;

/// Times of rows, in the unit of --dt; dates as the seconds since the first.
struct Times {
  std::string name;
  std::vector<double> at;
  double step = 1;      ///< --dt in the unit of `at`
  double origin_s = 0;  ///< dates: the first
  bool dates = false;
  std::string first = {};  ///< as it was written
};

/// Where there are some.
std::optional<Times> times_of(const Request& request, const std::string& file,
                              const io::Table& table) {
  const double dt = request.dt.value_or(1);
  if (const std::optional<Dates> dates = find_dates(table)) {
    Times times{table.columns.front().name, dates->seconds, dt * seconds_of(request.dt_unit),
                dates->seconds.front(),     true,           table.columns.front().text.front()};
    if (!(times.step > 0))
      throw Stop(kUsage, fmt::format("--regrid {}: the rows have dates, so --dt needs a unit: 1h, "
                                     "30min, 1d",
                                     file));
    for (double& t : times.at) t -= times.origin_s;
    return times;
  }
  const std::optional<TimeColumn> column = find_times(table, dt);
  if (!column || column->counts) return std::nullopt;
  return Times{column->name, column->values, dt};
}

void check_ascent(const std::string& file, const Times& times) {
  for (std::size_t row = 0; row < times.at.size(); ++row) {
    const bool fine =
        std::isfinite(times.at[row]) && (row == 0 || times.at[row] > times.at[row - 1]);
    if (!fine)
      throw Stop(kData,
                 fmt::format("--regrid {}: the times in column '{}' do not ascend: row {} is not "
                             "behind the row before it",
                             file, times.name, row + 1));
  }
}

std::size_t rows_of(const std::string& file, const Times& times) {
  const double rows = std::floor((times.at.back() - times.at.front()) / times.step + 1e-9) + 1;
  if (!(rows < kMostRows))
    throw Stop(kData, fmt::format("--regrid {}: steps of {:g} would make {:g} rows; 134 million "
                                  "are allowed",
                                  file, times.step, rows));
  return static_cast<std::size_t>(rows);
}

/// At the first time and one step after the other.
std::vector<double> interpolated(const Times& times, const std::vector<double>& values,
                                 std::size_t rows, Interpolation how) {
  std::vector<double> result;
  std::size_t row = 0;
  for (std::size_t i = 0; i < rows; ++i) {
    const double t = times.at.front() + times.step * static_cast<double>(i);
    const double near = 1e-9 * times.step;
    while (row + 1 < values.size() && times.at[row + 1] <= t + near) ++row;
    const double past = t - times.at[row];
    if (past <= near || how == Interpolation::hold || row + 1 == values.size()) {
      result.push_back(values[row]);
      continue;
    }
    const double part = past / (times.at[row + 1] - times.at[row]);
    result.push_back(values[row] + part * (values[row + 1] - values[row]));
  }
  return result;
}

io::Table::Column time_column(const Times& times, std::size_t rows) {
  io::Table::Column column;
  column.name = times.name;
  column.numeric = !times.dates;
  constexpr std::size_t kWithSeconds = 19;  // 2010-01-31T06:30:00
  const bool seconds = times.first.size() >= kWithSeconds;
  const char between = times.first.find(' ') == std::string::npos ? 'T' : ' ';
  const std::string zone = times.first.ends_with('Z') ? "Z" : "";
  const bool days = std::fmod(times.origin_s, 86400) == 0 && std::fmod(times.step, 86400) == 0;
  for (std::size_t i = 0; i < rows; ++i) {
    const double t = times.at.front() + times.step * static_cast<double>(i);
    if (!times.dates) {
      column.values.push_back(read_number("t", fmt::format("{:.15g}", t)));
      continue;
    }
    const double at = times.origin_s + t;
    column.text.push_back(days ? date_text(at) : time_text(at, between, seconds) + zone);
  }
  return column;
}

std::string step_text(const Request& request) {
  return fmt::format("{:g}{}", request.dt.value_or(1),
                     request.dt_unit.empty() ? "" : " " + request.dt_unit);
}

std::string note_of(const Request& request, const Times& times, std::size_t rows) {
  const bool held = request.interpolation == Interpolation::hold;
  return fmt::format("{} rows ({}) became {}, {} apart, {}", times.at.size(),
                     steps_text(times.at, times.dates), rows, step_text(request),
                     held ? "each held until the next" : "on straight lines between them");
}

}  // namespace

io::Table regridded(const Request& request, const std::string& file, const io::Table& table,
                    std::vector<std::size_t>& chosen, std::string& note) {
  const std::optional<Times> times = times_of(request, file, table);
  if (!times)
    throw Stop(kData, fmt::format("--regrid {}: no times of the rows are there; they are in a "
                                  "column t or time, or dates in the first one",
                                  file));
  check_ascent(file, *times);
  std::erase_if(chosen, [&](std::size_t i) { return table.columns[i].name == times->name; });
  const std::size_t rows = rows_of(file, *times);
  const Interpolation how = request.interpolation.value_or(Interpolation::linear);
  io::Table even;
  even.columns.push_back(time_column(*times, rows));
  for (const std::size_t i : chosen) {
    io::Table::Column column;
    column.name = table.columns[i].name;
    column.numeric = true;
    column.values = interpolated(*times, table.columns[i].values, rows, how);
    even.columns.push_back(std::move(column));
  }
  note = note_of(request, *times, rows);
  if (const auto left = static_cast<std::ptrdiff_t>(table.columns.size() - even.columns.size());
      left > 0)
    note += fmt::format("; {} other column{} left out", left, left == 1 ? " is" : "s are");
  for (io::Table::Column& column : even.columns)
    if (column.numeric && column.text.empty())
      for (const double v : column.values) column.text.push_back(fmt::format("{}", v));
  for (std::size_t i = 0; i < chosen.size(); ++i) chosen[i] = i + 1;
  return even;
}

std::vector<double> kernel_samples(const Request& request, const std::string& file,
                                   const io::Table& table, const std::vector<double>& values,
                                   std::vector<std::string>& notes) {
  if (!request.regrid) {
    const double dt = request.dt.value_or(1);
    const std::optional<TimeColumn> times = find_times(table, dt);
    if (!times || times->counts || times->values.size() < 2) return values;
    if (times->odd)
      notes.push_back(fmt::format("{}: {}; --regrid brings it to steps of --dt", file,
                                  uneven_hint(times->name, steps_text(times->values, false))));
    else if (std::abs(times->step - dt) > 0.01 * dt)
      notes.push_back(
          fmt::format("{}: column '{}' advances by {:g} a row, but dt is {:g}; "
                      "--regrid brings it to steps of --dt",
                      file, times->name, times->step, dt));
    return values;
  }
  const std::optional<Times> times = times_of(request, file, table);
  if (!times) return values;
  check_ascent(file, *times);
  const std::size_t rows = rows_of(file, *times);
  notes.push_back(file + ": " + note_of(request, *times, rows));
  return interpolated(*times, values, rows, request.interpolation.value_or(Interpolation::linear));
}

}  // namespace faltung::cli
