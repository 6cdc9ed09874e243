// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "plot_continuous.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <limits>

#include "plot.hpp"
#include "plot_script.hpp"

/// A panel for each function: its curve, jumps as they are, impulses as arrows with their weights.
namespace faltung::cli {
namespace {

using continuous::Function;
using continuous::SmoothPart;

constexpr int kWidth = 1000;
constexpr double kLeft = 92, kRight = 28, kTop = 42, kAbove = 80, kPanel = 190, kBelow = 62;
constexpr int kSamples = 1200;

/// The time in which what has no end has shown what it is: 6 times the slowest decay, or 4 periods.
double reach_of(const continuous::Piece& piece) {
  double reach = 0;
  for (const continuous::Term& term : piece.terms)
    for (const std::complex<double>& z : term.rates) {
      if (z.real() < 0) reach = std::max(reach, -6 / z.real());
      else if (z.imag() != 0) reach = std::max(reach, 8 * 3.14159265358979 / std::abs(z.imag()));
    }
  return reach;
}

/// Without what is far below the rest: a normal density goes on for 39 deviations.
Span shrunk(const Function& f, const Span& span) {
  Curve curve;
  for (int i = 0; i <= 4 * kSamples; ++i)
    curve.x.push_back(span.low + (span.high - span.low) * i / (4 * kSamples));
  curve.y.resize(curve.x.size());
  f.evaluate(curve.x, curve.y);
  double most = 0;
  for (const double y : curve.y)
    if (std::isfinite(y)) most = std::max(most, std::abs(y));
  Span kept;
  for (std::size_t i = 0; i < curve.x.size(); ++i)
    if (std::abs(curve.y[i]) > 1e-4 * most) kept.add(curve.x[i]);
  for (const continuous::Impulse& d : f.impulses()) kept.add(d.at);
  return kept.high > kept.low ? kept : span;
}

/// What is of interest in a function.
Span interest(const Function& f) {
  Span span;
  for (const double t : f.breakpoints()) span.add(t);
  for (const SmoothPart& part : f.smooth_parts()) {
    constexpr double kWidths = 6;
    std::vector<double> homes = part.landmarks();
    if (homes.empty()) homes.push_back(part.shift);
    for (const double t : homes) {
      const double home = std::clamp(t, part.lower(), part.upper());
      span.add(home);
      if (std::isinf(part.lower())) span.add(home - kWidths * std::abs(part.stretch));
      if (std::isinf(part.upper())) span.add(home + kWidths * std::abs(part.stretch));
    }
  }
  if (span.empty()) span.add(0);
  const double wide = span.high - span.low;
  const double least = wide > 0 ? 0.25 * wide : std::max(1.0, std::abs(span.low) / 4);
  for (const continuous::Piece& piece : f.pieces()) {
    const double reach = std::max(reach_of(piece), least);
    if (std::isinf(piece.upper)) span.add(piece.lower + reach);
    if (std::isinf(piece.lower)) span.add(piece.upper - reach);
  }
  return f.is_closed() ? span : shrunk(f, span);
}

Span axis_of(const ContinuousStory& story) {
  Span axis;
  axis.add(story.t);
  if (axis.high > axis.low) return axis;
  for (const auto& panel : story.curves) {
    const Span span = interest(panel.function);
    axis.add(span.low);
    axis.add(span.high);
  }
  const double air = axis.high > axis.low ? 0.06 * (axis.high - axis.low) : 1;
  return {axis.low - air, axis.high + air};
}

/// Samples, and both sides of every breakpoint.
Curve sampled(const Function& f, const Span& axis) {
  Curve curve;
  for (int i = 0; i <= kSamples; ++i)
    curve.x.push_back(axis.low + (axis.high - axis.low) * i / kSamples);
  for (const double t : f.breakpoints()) {
    if (t <= axis.low || t > axis.high) continue;
    curve.x.push_back(std::nextafter(t, axis.low));
    curve.x.push_back(t);
  }
  std::sort(curve.x.begin(), curve.x.end());
  curve.y.resize(curve.x.size());
  f.evaluate(curve.x, curve.y);
  return curve;
}

struct Arrows {
  std::string points, labels;
  bool any = false;
};

/// "0.5 δ", "-1 δ′", "2 δ⁽⁴⁾".
std::string weight_text(const continuous::Impulse& d) {
  static constexpr std::array<const char*, 4> kPrimes = {"", "′", "″", "‴"};
  static constexpr std::array<const char*, 10> kRaised = {"⁰", "¹", "²", "³", "⁴",
                                                          "⁵", "⁶", "⁷", "⁸", "⁹"};
  std::string text = short_number(d.weight) + " δ";
  if (static_cast<std::size_t>(d.order) < kPrimes.size())
    return text + kPrimes[static_cast<std::size_t>(d.order)];
  text += "⁽";
  for (const char digit : std::to_string(d.order))
    text += kRaised[static_cast<std::size_t>(digit - '0')];
  return text + "⁾";
}

/// Where there are many, the largest alone has a label, which would stand among arrows otherwise.
Arrows arrows_of(const Function& f, const Span& axis, Span& values) {
  constexpr std::size_t kFew = 13;
  constexpr double kLetter = 0.0085;  // of the axis
  std::vector<continuous::Impulse> seen;
  for (const continuous::Impulse& d : f.impulses())
    if (d.at >= axis.low && d.at <= axis.high) seen.push_back(d);
  const auto largest = std::ranges::max_element(
      seen, {}, [](const continuous::Impulse& d) { return std::abs(d.weight); });
  Arrows arrows;
  int shown = 0;
  double free = -std::numeric_limits<double>::infinity();  // from here on
  for (auto d = seen.begin(); d != seen.end(); ++d) {
    arrows.any = true;
    values.add(d->weight);
    fmt::format_to(std::back_inserter(arrows.points), "{} 0 0 {}\n", d->at, d->weight);
    const std::string text = weight_text(*d);
    const double half = kLetter * (axis.high - axis.low) *
                        static_cast<double>(short_number(d->weight).size() + 3) / 2;
    if (seen.size() > kFew ? d != largest : d->at - half < free) continue;
    free = d->at + half;
    ++shown;
    arrows.labels += fmt::format(
        "set label {} {} at {},{} center offset 0,{} noenhanced font ',11' tc rgb '{}'\n",
        100 + shown, quoted(text), d->at, d->weight, d->weight < 0 ? -0.8 : 0.8, kInk);
  }
  return arrows;
}

std::string panel(const ContinuousStory& story, std::size_t i, const Page& page, const Span& axis) {
  static constexpr std::array<const char*, 3> kColours = {kInputColour, kKernelColour,
                                                          kOutputColour};
  const auto& [title, formula, f] = story.curves[i];
  const bool last = i + 1 == story.curves.size();
  const Curve curve = sampled(f, axis);
  Span values;
  values.add(0);
  values.add(curve.y);
  const Arrows arrows = arrows_of(f, axis, values);
  std::string script = fmt::format("$curve{} << END\n", i);
  for (std::size_t k = 0; k < curve.x.size(); ++k) {
    if (std::isfinite(curve.y[k]))
      fmt::format_to(std::back_inserter(script), "{} {}\n", curve.x[k], curve.y[k]);
    else script += "\n";
  }
  script += fmt::format("END\n$impulses{} << END\n{}END\n", i,
                        arrows.any ? arrows.points : "NaN NaN NaN NaN\n");
  const Box box{kLeft, kTop + static_cast<double>(i) * (kPanel + kAbove), kWidth - kLeft - kRight,
                kPanel};
  script += place(page, box) + "unset label\n" + heading(page, title, shortened(formula, 100)) +
            value_axis(last && story.curves.size() > 1 ? "y"
                       : i == 0                        ? "f"
                                                       : "h") +
            arrows.labels;
  const char* colour = kColours[story.curves.size() == 1 ? 2 : i];
  return script +
         fmt::format(
             "set xrange [{}:{}]\nset yrange {}\nset ytics {}\nset xlabel {}\n"
             "{}$curve{} using 1:2 with lines lw 2 lc rgb '{}' notitle, $impulses{} using "
             "1:2:3:4 with vectors filled head size char 0.7,20 lw 2 lc rgb '{}' notitle\n",
             axis.low, axis.high, values.padded(arrows.any ? 0.16 : 0.08), values.tic(4),
             last ? "'t'" : "''", kPlot, i, colour, i, colour);
}

}  // namespace

std::vector<std::byte> plot_continuous(const ContinuousStory& story, bool svg) {
  const auto panels = static_cast<double>(story.curves.size());
  const Page page{kWidth, static_cast<int>(kTop + panels * (kPanel + kAbove) - kAbove + kBelow),
                  svg};
  const Span axis = axis_of(story);
  std::string script = page.head() + "set multiplot\n";
  for (std::size_t i = 0; i < story.curves.size(); ++i) script += panel(story, i, page, axis);
  return run_gnuplot(script + "unset multiplot\n");
}

}  // namespace faltung::cli
