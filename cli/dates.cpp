// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "dates.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <chrono>
#include <cmath>
#include <limits>
#include <utility>

namespace faltung::cli {
namespace {

// Exactly `digits` digits at the front, which are taken off.
std::optional<unsigned> number(std::string_view& text, std::size_t digits) {
  unsigned value = 0;
  const std::string_view word = text.substr(0, digits);
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (error != std::errc{} || word.size() != digits || end != word.data() + digits)
    return std::nullopt;
  text.remove_prefix(digits);
  return value;
}

bool skip(std::string_view& text, std::string_view one_of) {
  if (text.empty() || one_of.find(text.front()) == std::string_view::npos) return false;
  text.remove_prefix(1);
  return true;
}

std::optional<double> parse_clock(std::string_view text) {
  const auto hour = number(text, 2);
  if (!hour || *hour > 24 || !skip(text, ":")) return std::nullopt;
  const auto minute = number(text, 2);
  if (!minute || *minute > 59) return std::nullopt;
  double seconds = 3600.0 * *hour + 60.0 * *minute;
  if (skip(text, ":")) {
    double second = 0;
    const auto [end, error] =
        std::from_chars(text.data(), text.data() + text.size(), second, std::chars_format::fixed);
    if (error != std::errc{} || !(second >= 0 && second < 61)) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    seconds += second;
  }
  skip(text, "Z");
  if (!text.empty()) return std::nullopt;
  return seconds;
}

// Decimal steps and times as they would be written: 0.1, not 0.10000000000000009.
double rounded(double value, int digits) {
  const std::string text = fmt::format("{:.{}g}", value, digits);
  double out = value;
  std::from_chars(text.data(), text.data() + text.size(), out);
  return out;
}

constexpr int kStepDigits = 12, kTimeDigits = 15;

}  // namespace

std::optional<double> parse_date(std::string_view text) {
  const auto year = number(text, 4);
  if (!year || !skip(text, "-/")) return std::nullopt;
  const auto month = number(text, 2);
  if (!month || !skip(text, "-/")) return std::nullopt;
  const auto day = number(text, 2);
  if (!day) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(*year)),
                                         std::chrono::month(*month), std::chrono::day(*day)};
  if (!date.ok()) return std::nullopt;
  const double midnight =
      86400.0 * static_cast<double>(std::chrono::sys_days(date).time_since_epoch().count());
  if (text.empty()) return midnight;
  if (!skip(text, "T ")) return std::nullopt;
  const std::optional<double> clock = parse_clock(text);
  if (!clock) return std::nullopt;
  return midnight + *clock;
}

std::optional<Dates> find_dates(const io::Table& table) {
  if (table.columns.empty() || table.columns.front().numeric) return std::nullopt;
  Dates dates;
  for (const std::string& cell : table.columns.front().text) {
    const std::optional<double> seconds = parse_date(cell);
    if (!seconds) return std::nullopt;
    dates.seconds.push_back(*seconds);
  }
  if (dates.seconds.size() > 1)
    dates.step_s = (dates.seconds.back() - dates.seconds.front()) /
                   static_cast<double>(dates.seconds.size() - 1);
  return dates;
}

// Of a step: 0.033, 0.067, 0.1 are thirtieths.
constexpr double kRounding = 0.05;

std::optional<std::size_t> first_odd_row(const std::vector<double>& times) {
  const std::size_t n = times.size();
  for (std::size_t row = 0; row < n; ++row)
    if (!std::isfinite(times[row])) return row;
  if (n < 2) return std::nullopt;
  const double step = (times.back() - times.front()) / static_cast<double>(n - 1);
  for (std::size_t row = 1; row < n; ++row) {
    const double off = std::abs(times[row] - times[row - 1] - step);
    if (!(off <= kRounding * std::abs(step)) || step == 0) return row;
  }
  return std::nullopt;
}

std::optional<TimeColumn> find_times(const io::Table& table, double dt) {
  const io::Table::Column* found = nullptr;
  bool counts = true;  // an index counts rows, which t and time need not do
  for (const io::Table::Column& column : table.columns) {
    std::string name = column.name;
    for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    const bool time = name == "t" || name == "time";
    if (!column.numeric || (!time && name != "index") || (found && (!counts || !time))) continue;
    found = &column;
    counts = !time;
  }
  if (!found) return std::nullopt;
  TimeColumn times{found->name, found->values, dt, counts, first_odd_row(found->values)};
  if (times.values.size() > 1)
    times.step = rounded(
        (times.values.back() - times.values.front()) / static_cast<double>(times.values.size() - 1),
        kStepDigits);
  return times;
}

std::string steps_text(const std::vector<double>& times, bool dates) {
  Steps steps;
  for (const double t : times) steps.add(t);
  return steps.text(dates);
}

void Steps::add(double time) {
  finite_ = finite_ && std::isfinite(time);
  if (count_ == 0) first_ = time;
  if (count_ > 0) {
    low_ = std::min(low_, time - last_);
    high_ = std::max(high_, time - last_);
  }
  last_ = time;
  ++count_;
}

double Steps::step() const {
  return rounded((last_ - first_) / static_cast<double>(count_ - 1), kStepDigits);
}

bool Steps::even() const {
  if (!finite_) return false;
  if (count_ < 2) return true;
  const double mean = (last_ - first_) / static_cast<double>(count_ - 1);
  const double off = std::max(high_ - mean, mean - low_);
  return off <= kRounding * std::abs(mean) && mean != 0;
}

std::string Steps::text(bool dates) const {
  if (!finite_) return "not all of them are finite";
  const auto steps = [](double low, double high) {
    const std::string least = fmt::format("{:.6g}", low), most = fmt::format("{:.6g}", high);
    return "steps of " + (least == most ? least : least + " to " + most);
  };
  if (!dates) return steps(low_, high_);
  const std::pair<double, const char*> units[] = {
      {86400, "days"}, {3600, "hours"}, {60, "minutes"}, {1, "seconds"}};
  for (const auto& [length, unit] : units)
    if (std::abs(low_) >= length || length == 1)
      return fmt::format("{} {}", steps(low_ / length, high_ / length), unit);
  return {};
}

double TimeColumn::at(std::int64_t row) const {
  const auto rows = static_cast<std::int64_t>(values.size());
  if (row >= 0 && row < rows) return values[static_cast<std::size_t>(row)];
  const double time = row < 0 ? values.front() + static_cast<double>(row) * step
                              : values.back() + static_cast<double>(row - rows + 1) * step;
  return rounded(time, kTimeDigits);
}

std::string date_text(double seconds) {
  const std::chrono::year_month_day date{
      std::chrono::sys_days(std::chrono::days(static_cast<int>(std::floor(seconds / 86400.0))))};
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
}

std::string time_text(double seconds, char between, bool always) {
  const double whole = std::round(seconds * 1000) / 1000;
  const double day = std::floor(whole / 86400) * 86400;
  const auto thousandths = static_cast<std::int64_t>(std::llround((whole - day) * 1000));
  const std::int64_t minutes = thousandths / 60000, rest = thousandths % 60000;
  std::string text =
      fmt::format("{}{}{:02}:{:02}", date_text(day), between, minutes / 60, minutes % 60);
  if (rest % 1000 != 0) text += fmt::format(":{:02}.{:03}", rest / 1000, rest % 1000);
  else if (rest != 0 || always) text += fmt::format(":{:02}", rest / 1000);
  return text;
}

std::string unit_of(double seconds) {
  static constexpr std::pair<double, const char*> kUnits[] = {
      {1, "seconds"}, {60, "minutes"}, {3600, "hours"}, {86400, "days"}, {604800, "weeks"}};
  for (const auto& [length, unit] : kUnits)
    if (std::abs(seconds - length) <= 1e-6 * length) return unit;
  return {};
}

}  // namespace faltung::cli
