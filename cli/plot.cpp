// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "plot.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <limits>

#include "dates.hpp"

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
constexpr std::size_t kMostStems = 60;     // above, stems run together: a filled curve is drawn

// Colours that differ for the colour-blind too (Okabe and Ito 2008), the orange one first.
constexpr std::array<const char*, kMostColumns> kColours = {"#c8500a", "#0072b2", "#009e73",
                                                            "#cc79a7", "#56b4e9", "#8a6d00"};
// A panel without one finite value is an empty panel, where gnuplot alone would give up.
constexpr const char* kPlot = "plot NaN notitle, ";
constexpr const char* kPale = "#b4bcc8";
constexpr const char* kInk = "#2b3440";
constexpr const char* kQuiet = "#66707f";
constexpr const char* kKernelColour = "#0072b2";

// A single-quoted string of gnuplot: nothing in it is expanded. What the file brings is kept from
// ending the string or the line.
std::string quoted(const std::string& text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'') out += "''";
    else if (c == '`') out += '"';
    else out += static_cast<unsigned char>(c) < ' ' || c == 127 ? ' ' : c;
  }
  return out + "'";
}

// "temperature_c" as "temperature (°C)": the units that column names commonly end in.
std::string with_unit(const std::string& column) {
  static constexpr std::pair<const char*, const char*> kUnits[] = {
      {"_c", "°C"}, {"_degc", "°C"}, {"_f", "°F"},    {"_k", "K"},
      {"_m", "m"},  {"_mm", "mm"},   {"_s", "s"},     {"_hz", "Hz"},
      {"_v", "V"},  {"_hpa", "hPa"}, {"_kwh", "kWh"}, {"_percent", "%"}};
  for (const auto& [ending, unit] : kUnits) {
    const std::string end = ending;
    if (column.size() > end.size() && column.ends_with(end))
      return fmt::format("{} ({})", column.substr(0, column.size() - end.size()), unit);
  }
  return column;
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

struct Span {
  double low = std::numeric_limits<double>::infinity();
  double high = -std::numeric_limits<double>::infinity();
  void add(const std::vector<double>& values) {
    for (const double v : values) {
      if (!std::isfinite(v)) continue;
      low = std::min(low, v);
      high = std::max(high, v);
    }
  }
  // With a little air; a span of nothing gets a width.
  // About `count` round steps between low and high.
  double tic(double count) const {
    const double rough = (high - low) / count;
    if (!(rough > 0) || !std::isfinite(rough)) return 1;
    const double ten = std::pow(10.0, std::floor(std::log10(rough)));
    return ten * (rough <= ten ? 1 : rough <= 2 * ten ? 2 : rough <= 5 * ten ? 5 : 10);
  }
  std::string padded(double share) const {
    if (!(low <= high)) return "[-1:1]";
    double air = share * (high - low);
    if (!(air > 0)) air = share > 0 ? std::max(1.0, std::abs(high)) * 0.5 : 0.5;
    if (share == 0 && high > low) air = 0;
    return fmt::format("[{}:{}]", low - air, high + air);
  }
};

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

std::string head(bool svg) {
  const std::string terminal =
      svg ? fmt::format("svg size {},{} dynamic font 'DejaVu Sans, sans-serif,15'", kWidth, kHeight)
          : fmt::format("pngcairo size {},{} font 'DejaVu Sans,11.5'", kWidth, kHeight);
  return fmt::format(
      "set encoding utf8\nset terminal {} enhanced background '#ffffff'\n"
      "set border 3 lc rgb '#8a94a3' lw 1\nset tics nomirror out scale 0.6 tc rgb '{ink}'\n"
      "set grid back lc rgb '#e6e9ee' lt 1 lw 1\nset xzeroaxis lc rgb '#9aa3b0' lt 1 lw 1\n"
      "set key at graph 1,1 right bottom horizontal noenhanced samplen 2 width 1 tc rgb '{ink}'\n"
      "set xlabel tc rgb '{ink}' offset 0,0.3\n\n"
      "set lmargin at screen 0.085\nset rmargin at screen 0.972\n",
      terminal, fmt::arg("ink", kInk));
}

// Panel `i` from the top, with its heading; `detail` stands at the right, as it is.
std::string panel(int i, const std::string& heading, const std::string& detail) {
  constexpr double kTops[] = {0.955, 0.618, 0.372}, kBottoms[] = {0.712, 0.478, 0.07};
  return fmt::format(
      "set tmargin at screen {}\nset bmargin at screen {}\n"
      "set label 1 '{{/:Bold*1.2 {}}}' at graph 0,1 left offset 0,0.9 tc rgb '{}'\n"
      "set label 2 {} at graph 1,1 right offset 0,0.9 noenhanced tc rgb '{}'\n",
      kTops[i], kBottoms[i], heading, kInk, quoted(detail), kQuiet);
}

// At one place for all panels, however wide their numbers are.
std::string value_axis(const std::string& label) {
  return fmt::format(
      "set label 3 {} at screen 0.014, graph 0.5 center rotate by 90 noenhanced tc rgb '{}'\n",
      quoted(label), kInk);
}

std::string axis_label(const Story& story, const std::string& what) {
  return what == "time" ? story.time_label : fmt::format("{} ({})", what, story.delay_unit);
}

std::string value_label(const Story& story) {
  return story.columns.size() == 1 ? with_unit(story.columns.front().name) : std::string();
}

void draw_input(std::string& script, const Story& story, const Span& times) {
  const bool alone = story.columns.size() == 1;
  const bool dated = story.input_dates && alone;
  script += panel(0, "Input", dated ? date_text(times.low) + " to " + date_text(times.high) : "") +
            value_axis(value_label(story));
  Span values;
  for (const Story::Column& c : story.columns) values.add(c.input.y);
  set_values(script, values, 5);
  set_axis(script, story.input_dates, times, axis_label(story, "time"));
  script += kPlot;
  for (std::size_t i = 0; i < story.columns.size(); ++i)
    script += fmt::format("{}$input{} using 1:2 with lines lw 1.6 lc rgb '{}' {}", i ? ", " : "", i,
                          alone ? "#5b6b82" : kColours[i],
                          alone ? "notitle" : "title " + quoted(with_unit(story.columns[i].name))) +
              lone_points(fmt::format("input{}", i), 0.6, alone ? "#5b6b82" : kColours[i]);
  script += "\n";
}

void draw_kernel(std::string& script, const Story& story) {
  const bool correlate = story.operation == "correlate";
  const std::size_t shown_count = shown_taps(story.kernel), all = story.kernel.y.size();
  script += panel(1, correlate ? "Template" : "Impulse response",
                  shown_count == all ? story.kernel_label
                                     : fmt::format("{}: the first {} of {} taps, 99.9 % of their "
                                                   "weight",
                                                   story.kernel_label, shown_count, all));
  script += value_axis(correlate ? "value" : "weight");
  const double last = story.kernel.x[shown_count - 1];
  const Curve shown = beginning(story.kernel, shown_count);
  Span values;
  values.add(shown.y);
  values.add({0.0});
  add_block(script, "kernel", shown);
  const double step = shown.x.size() > 1 ? shown.x[1] - shown.x[0] : 1.0;
  set_values(script, values, 4);
  script += fmt::format("set xdata\nset format x '%g'\nset xrange [{}:{}]\n", -0.6 * step,
                        last + 0.6 * step);
  script +=
      fmt::format("set xlabel {}\n", quoted(axis_label(story, correlate ? "position" : "delay")));
  if (shown.y.size() <= kMostStems)
    script += fmt::format(
        "{1}$kernel using 1:2 with impulses lw 2 lc rgb '{0}' notitle, "
        "$kernel using 1:2 with points pt 7 ps 0.7 lc rgb '{0}' notitle\n",
        kKernelColour, kPlot);
  else
    script += fmt::format(
        "{1}$kernel using 1:2 with filledcurves y1=0 fs transparent solid 0.18 "
        "lc rgb '{0}' notitle, $kernel using 1:2 with lines lw 2 lc rgb '{0}' "
        "notitle\n",
        kKernelColour, kPlot);
}

void draw_output(std::string& script, const Story& story, const Span& times) {
  const bool shared = story.output_axis == "time";
  const bool pale = shared && story.columns.size() == 1 && story.operation == "convolve";
  script += panel(2, story.operation == "correlate" ? "Correlation" : "Output", "") +
            value_axis(value_label(story));
  Span values, own;
  for (const Story::Column& c : story.columns) {
    values.add(c.output.y);
    own.add(c.output.x);
    if (pale) values.add(c.input.y);
  }
  set_values(script, values, 7);
  set_axis(script, story.output_dates, shared ? times : own, axis_label(story, story.output_axis));
  script += kPlot;
  if (pale)
    script += fmt::format("$input0 using 1:2 with lines lw 1.2 lc rgb '{}' title 'input'", kPale) +
              lone_points("input0", 0.6, kPale) + ", ";
  for (std::size_t i = 0; i < story.columns.size(); ++i)
    script += fmt::format("{}$output{} using 1:2 with lines lw 2.6 lc rgb '{}' {}", i ? ", " : "",
                          i, kColours[i],
                          pale ? "title 'output'"
                          : story.columns.size() == 1
                              ? "notitle"
                              : "title " + quoted(with_unit(story.columns[i].name))) +
              lone_points(fmt::format("output{}", i), 0.8, kColours[i]);
  script += "\n";
}

}  // namespace

std::vector<std::byte> draw(const Story& story, bool svg) {
  std::string script = head(svg);
  Span times;
  for (std::size_t i = 0; i < story.columns.size(); ++i) {
    add_block(script, fmt::format("input{}", i), story.columns[i].input);
    add_block(script, fmt::format("output{}", i), story.columns[i].output);
    times.add(story.columns[i].input.x);
    if (story.output_axis == "time") times.add(story.columns[i].output.x);
  }
  script += "set multiplot\n";
  draw_input(script, story, times);
  draw_kernel(script, story);
  draw_output(script, story, times);
  script += "unset multiplot\n";
  return run_gnuplot(script);
}

}  // namespace faltung::cli
