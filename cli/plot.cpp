// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "plot.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>

#include "dates.hpp"
#include "plot_script.hpp"

namespace faltung::cli {
namespace {

// Three panels one above the other; input and output share their axis where both are times.
//
//   +------------------------------+
//   |  input                       |
//   +------------------------------+
//   |  kernel, over delay          |
//   +------------------------------+
//   |  output, with the input pale |
//   +------------------------------+
constexpr int kWidth = 1100, kHeight = 1020;
constexpr std::size_t kMostPoints = 6000;  // more are finer than the picture's own points

// Colours that differ for the colour-blind too (Okabe and Ito 2008), the orange one first.
constexpr std::array<const char*, kMostColumns> kColours = {"#c8500a", "#0072b2", "#009e73",
                                                            "#cc79a7", "#56b4e9", "#8a6d00"};
constexpr const char* kPale = "#b4bcc8";

// "temperature_c" as "temperature" and "°C": the units that column names commonly end in.
std::pair<std::string, std::string> split_unit(const std::string& column) {
  static constexpr std::pair<const char*, const char*> kUnits[] = {
      {"_c", "°C"}, {"_degc", "°C"}, {"_f", "°F"},    {"_k", "K"},
      {"_m", "m"},  {"_mm", "mm"},   {"_s", "s"},     {"_hz", "Hz"},
      {"_v", "V"},  {"_hpa", "hPa"}, {"_kwh", "kWh"}, {"_percent", "%"}};
  for (const auto& [ending, unit] : kUnits) {
    const std::string end = ending;
    if (column.size() > end.size() && column.ends_with(end))
      return {column.substr(0, column.size() - end.size()), unit};
  }
  return {column, ""};
}

// The name of a column with the unit of its values, or of what a response made of them.
std::string with_unit(const Story& story, const std::string& column, bool output) {
  auto [name, unit] = split_unit(column);
  if (!story.unit.empty()) unit = story.unit;
  if (output && !story.output_factor.empty())
    unit = unit.empty() ? story.output_factor : unit + "·" + story.output_factor;
  return unit.empty() ? name : fmt::format("{} ({})", name, unit);
}

// At most kMostPoints points that keep every peak: the lowest and the highest of each run.
Curve thinned(const Curve& curve) {
  if (curve.y.size() <= kMostPoints) return curve;
  const std::size_t run = curve.y.size() / (kMostPoints / 2) + 1;
  Curve out;
  for (std::size_t begin = 0; begin < curve.y.size(); begin += run) {
    const auto first = curve.y.begin() + static_cast<std::ptrdiff_t>(begin);
    const auto last =
        curve.y.begin() + static_cast<std::ptrdiff_t>(std::min(begin + run, curve.y.size()));
    const auto add = [&](auto at) {
      out.x.push_back(curve.x[static_cast<std::size_t>(at - curve.y.begin())]);
      out.y.push_back(*at);
    };
    auto low = last, high = last, gap = last;
    for (auto at = first; at != last; ++at) {
      if (!std::isfinite(*at)) gap = at;
      else if (low == last) low = high = at;
      else if (*at < *low) low = at;
      else if (*at > *high) high = at;
    }
    if (low > high) std::swap(low, high);
    if (low != last) add(low);
    if (high != low) add(high);
    if (gap != last) add(gap);
  }
  return out;
}

void add_block(std::string& script, const std::string& name, const Curve& full) {
  const Curve curve = thinned(full);
  auto to = std::back_inserter(script);
  fmt::format_to(to, "${} << END\n", name);
  for (std::size_t i = 0; i < curve.y.size(); ++i) {
    if (std::isfinite(curve.y[i])) fmt::format_to(to, "{} {}\n", curve.x[i], curve.y[i]);
    else script += "\n";  // a blank line is a gap
  }
  script += "END\n";
  // A sample without a finite neighbour makes no line.
  std::string alone;
  const std::size_t n = curve.y.size();
  for (std::size_t i = 0; i < n; ++i) {
    const bool joined =
        (i > 0 && std::isfinite(curve.y[i - 1])) || (i + 1 < n && std::isfinite(curve.y[i + 1]));
    if (std::isfinite(curve.y[i]) && !joined)
      fmt::format_to(std::back_inserter(alone), "{} {}\n", curve.x[i], curve.y[i]);
  }
  script += fmt::format("${}_alone << END\n{}END\n", name, alone.empty() ? "NaN NaN\n" : alone);
}

// The points of a curve that are on no line, in the curve's colour.
std::string lone_points(const std::string& name, double size, const std::string& colour) {
  return fmt::format(", ${}_alone using 1:2 with points pt 7 ps {} lc rgb '{}' notitle", name, size,
                     colour);
}

// The number of taps that hold 99.9 % of the weight where most of them are a flat tail behind it,
// else all.
std::size_t shown_taps(const Curve& kernel) {
  const std::size_t all = kernel.y.size();
  double total = 0;
  for (const double h : kernel.y) total += std::isfinite(h) ? std::abs(h) : 0;
  double sum = 0;
  for (std::size_t i = 0; i < all && all > kMostStems; ++i) {
    sum += std::isfinite(kernel.y[i]) ? std::abs(kernel.y[i]) : 0;
    if (sum >= 0.999 * total) return 2 * (i + 1) <= all ? i + 1 : all;
  }
  return all;
}

Curve beginning(const Curve& curve, std::size_t count) {
  const auto n = static_cast<std::ptrdiff_t>(count);
  return {{curve.x.begin(), curve.x.begin() + n}, {curve.y.begin(), curve.y.begin() + n}};
}

std::string date_format(double span_s) {
  if (span_s <= 3 * 86400.0) return "%d %b\\n%H:%M";
  if (span_s <= 120 * 86400.0) return "%d %b";
  if (span_s <= 5 * 366 * 86400.0) return "%b %Y";
  return "%Y";
}

void set_axis(std::string& script, bool dates, const Span& span, const std::string& label) {
  script += fmt::format("set xrange {}\n", span.padded(0));
  if (dates) {
    // Double quotes: the line break is gnuplot's own, and nothing here comes from the file.
    script += fmt::format("set xdata time\nset timefmt '%s'\nset format x \"{}\"\nset xlabel ''\n",
                          date_format(span.high - span.low));
  } else {
    script += fmt::format("set xdata\nset format x '%g'\nset xlabel {}\n", quoted(label));
  }
}

void set_values(std::string& script, const Span& values, double tics) {
  script += fmt::format("set yrange {}\nset ytics {}\n", values.padded(0.08), values.tic(tics));
}

// Panel `i` from the top, with its heading; `detail` stands at the right, as it is.
std::string panel(const Page& page, int i, const std::string& what, const std::string& detail) {
  constexpr double kTops[] = {0.045, 0.382, 0.628}, kBottoms[] = {0.288, 0.522, 0.93};
  return place(page, {0.085 * page.width, kTops[i] * page.height, 0.887 * page.width,
                      (kBottoms[i] - kTops[i]) * page.height}) +
         heading(page, what, detail);
}

std::string axis_label(const Story& story, const std::string& what) {
  return what == "time" ? story.time_label : fmt::format("{} ({})", what, story.delay_unit);
}

std::string value_label(const Story& story, bool output) {
  return story.columns.size() == 1 ? with_unit(story, story.columns.front().name, output)
                                   : std::string();
}

void draw_input(std::string& script, const Page& page, const Story& story, const Span& times) {
  const bool alone = story.columns.size() == 1;
  const bool dated = story.input_dates && alone;
  script += panel(page, 0, story.operation == "deconvolve" ? "Measured" : "Input",
                  dated   ? date_text(times.low) + " to " + date_text(times.high)
                  : alone ? story.input_label
                          : "") +
            value_axis(value_label(story, false));
  Span values;
  for (const Story::Column& c : story.columns) values.add(c.input.y);
  set_values(script, values, 5);
  set_axis(script, story.input_dates, times, axis_label(story, "time"));
  script += kPlot;
  for (std::size_t i = 0; i < story.columns.size(); ++i)
    script +=
        fmt::format(
            "{}$input{} using 1:2 with lines lw 1.6 lc rgb '{}' {}", i ? ", " : "", i,
            alone ? kInputColour : kColours[i],
            alone ? "notitle" : "title " + quoted(with_unit(story, story.columns[i].name, false))) +
        lone_points(fmt::format("input{}", i), 0.6, alone ? kInputColour : kColours[i]);
  script += "\n";
}

// A function as a filled curve, its impulses as arrows that carry their weights.
void draw_response(std::string& script, const Page& page, const Story& story) {
  const ContinuousCurve& h = *story.response;
  script += panel(page, 1, "Impulse response", story.kernel_label);
  script += value_axis(
      story.response_unit.empty() ? "weight" : fmt::format("weight ({})", story.response_unit));
  Span values, times;
  values.add(h.line.y);
  values.add(h.impulses.y);
  values.add(0.0);
  times.add(h.line.x);
  add_block(script, "kernel", h.line);
  add_block(script, "impulses", h.impulses);
  set_values(script, values, 4);
  script += fmt::format("set xdata\nset format x '%g'\nset xrange {}\nset xlabel {}\n",
                        times.padded(0.02), quoted(axis_label(story, "delay")));
  script += fmt::format(
      "{1}$kernel using 1:2 with filledcurves y1=0 fs transparent solid 0.18 lc rgb '{0}' notitle, "
      "$kernel using 1:2 with lines lw 2 lc rgb '{0}' notitle",
      kKernelColour, kPlot);
  if (!h.impulses.y.empty())
    script += fmt::format(", $impulses using 1:(0):(0):2 with vectors lw 2.4 lc rgb '{}' notitle",
                          kKernelColour);
  script += "\n";
}

void draw_kernel(std::string& script, const Page& page, const Story& story) {
  if (story.response) return draw_response(script, page, story);
  const bool correlate = story.operation == "correlate";
  const std::size_t shown_count = shown_taps(story.kernel), all = story.kernel.y.size();
  script += panel(page, 1, correlate ? "Template" : "Impulse response",
                  shown_count == all ? story.kernel_label
                                     : fmt::format("{}: the first {} of {} taps, 99.9 % of their "
                                                   "weight",
                                                   story.kernel_label, shown_count, all));
  script += value_axis(correlate ? "value" : "weight");
  const double last = story.kernel.x[shown_count - 1];
  const Curve shown = beginning(story.kernel, shown_count);
  Span values;
  values.add(shown.y);
  values.add(0.0);
  add_block(script, "kernel", shown);
  const double step = shown.x.size() > 1 ? shown.x[1] - shown.x[0] : 1.0;
  set_values(script, values, 4);
  script += fmt::format("set xdata\nset format x '%g'\nset xrange [{}:{}]\n", -0.6 * step,
                        last + 0.6 * step);
  script +=
      fmt::format("set xlabel {}\n", quoted(axis_label(story, correlate ? "position" : "delay")));
  script += stems(shown.y.size());
}

// A lag as people say it: "3 hours", or "3 (as --dt)".
std::string lag_text(const Story& story, double lag) {
  const bool unit = !story.delay_unit.starts_with("as ");
  return fmt::format("lag {} {}", short_number(lag),
                     unit ? story.delay_unit : "(" + story.delay_unit + ")");
}

std::size_t largest_of(const std::vector<double>& values) {
  std::size_t best = values.size();
  for (std::size_t i = 0; i < values.size(); ++i)
    if (std::isfinite(values[i]) && (best == values.size() || values[i] > values[best])) best = i;
  return best;
}

// Where the largest value of a correlation is: beside it, or, of several, with each one's name.
std::string mark_largest(const Story& story, const Span& lags) {
  if (story.operation != "correlate" || story.columns.size() != 1) return {};
  const Curve& y = story.columns.front().output;
  const std::size_t best = largest_of(y.y);
  if (best == y.y.size()) return {};
  return mark(y.x[best], y.y[best], lags,
              fmt::format("largest {} at {}", short_number(y.y[best]), lag_text(story, y.x[best])));
}

std::string output_title(const Story& story, const Story::Column& column) {
  const std::size_t best = largest_of(column.output.y);
  std::string name = with_unit(story, column.name, true);
  if (story.operation != "correlate" || best == column.output.y.size()) return name;
  return fmt::format("{}: largest at {}", name, lag_text(story, column.output.x[best]));
}

std::string output_heading(const Story& story) {
  if (story.operation == "correlate") return "Correlation";
  return story.operation == "deconvolve" ? "Estimate" : "Output";
}

void draw_output(std::string& script, const Page& page, const Story& story, const Span& times) {
  const bool shared = story.output_axis == "time";
  const bool undone = story.operation == "deconvolve";
  const bool pale = shared && story.columns.size() == 1 && story.operation != "correlate" &&
                    story.output_factor.empty();
  script +=
      panel(page, 2, output_heading(story), "") +
      value_axis(story.operation == "correlate" ? "sum of products" : value_label(story, true));
  Span values, own;
  for (const Story::Column& c : story.columns) {
    values.add(c.output.y);
    own.add(c.output.x);
    if (pale) values.add(c.input.y);
  }
  set_values(script, values, 7);
  set_axis(script, story.output_dates, shared ? times : own, axis_label(story, story.output_axis));
  script += mark_largest(story, own);
  script += kPlot;
  if (pale)
    script += fmt::format("$input0 using 1:2 with lines lw 1.2 lc rgb '{}' title '{}'", kPale,
                          undone ? "measured" : "input") +
              lone_points("input0", 0.6, kPale) + ", ";
  for (std::size_t i = 0; i < story.columns.size(); ++i)
    script += fmt::format("{}$output{} using 1:2 with lines lw 2.6 lc rgb '{}' {}", i ? ", " : "",
                          i, kColours[i],
                          pale ? fmt::format("title '{}'", undone ? "estimate" : "output")
                          : story.columns.size() == 1
                              ? "notitle"
                              : "title " + quoted(output_title(story, story.columns[i]))) +
              lone_points(fmt::format("output{}", i), 0.8, kColours[i]);
  script += std::string("\n") + kUnmark;
}

}  // namespace

std::vector<std::byte> draw(const Story& story, bool svg) {
  const Page page{kWidth, kHeight, svg};
  std::string script = page.head();
  Span times;
  for (std::size_t i = 0; i < story.columns.size(); ++i) {
    add_block(script, fmt::format("input{}", i), story.columns[i].input);
    add_block(script, fmt::format("output{}", i), story.columns[i].output);
    times.add(story.columns[i].input.x);
    if (story.output_axis == "time") times.add(story.columns[i].output.x);
  }
  script += "set multiplot\n";
  draw_input(script, page, story, times);
  draw_kernel(script, page, story);
  draw_output(script, page, story, times);
  script += "unset multiplot\n";
  return run_gnuplot(script);
}

}  // namespace faltung::cli
