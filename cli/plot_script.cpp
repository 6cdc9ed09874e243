// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "plot_script.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace faltung::cli {
namespace {

bool begins_letter(char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }

}  // namespace

std::string quoted(const std::string& text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'') out += "''";
    else if (c == '`') out += '"';
    else out += static_cast<unsigned char>(c) < ' ' || c == 127 ? ' ' : c;
  }
  return out + "'";
}

std::string shortened(const std::string& text, std::size_t most) {
  std::vector<std::size_t> letters;  // where each begins: UTF-8 is not cut in two
  for (std::size_t i = 0; i < text.size(); ++i)
    if (begins_letter(text[i])) letters.push_back(i);
  if (letters.size() <= most || most < 5) return text;
  // More of the end, which tells one file of a series from the next.
  const std::size_t front = (most - 1) * 2 / 5, back = most - 1 - front;
  return text.substr(0, letters[front]) + "…" + text.substr(letters[letters.size() - back]);
}

std::string base_name(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? path : path.substr(slash + 1);
}

std::string short_number(double value) { return fmt::format("{:.4g}", value); }

std::string number_of(std::int64_t count, const std::string& what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

void Span::add(double value) {
  if (!std::isfinite(value)) return;
  low = std::min(low, value);
  high = std::max(high, value);
}

void Span::add(const std::vector<double>& values) {
  for (const double v : values) add(v);
}

double Span::tic(double count) const {
  const double rough = (high - low) / count;
  if (!(rough > 0) || !std::isfinite(rough)) return 1;
  const double ten = std::pow(10.0, std::floor(std::log10(rough)));
  return ten * (rough <= ten ? 1 : rough <= 2 * ten ? 2 : rough <= 5 * ten ? 5 : 10);
}

std::string Span::padded(double share) const {
  if (empty()) return "[-1:1]";
  double air = share * (high - low);
  if (!(air > 0)) air = share > 0 ? std::max(1.0, std::abs(high)) * 0.5 : 0.5;
  if (share == 0 && high > low) air = 0;
  return fmt::format("[{}:{}]", low - air, high + air);
}

TimeUnit time_unit(double seconds) {
  if (seconds < 0.5) return {"ms", 1000};
  if (seconds < 600) return {"s", 1};
  if (seconds < 3 * 3600.0) return {"min", 1 / 60.0};
  return {"h", 1 / 3600.0};
}

std::string time_text(double seconds) {
  const TimeUnit unit = time_unit(std::abs(seconds));
  return short_number(seconds * unit.per_second) + " " + unit.name;
}

std::string Page::head() const {
  const std::string terminal =
      svg ? fmt::format("svg size {},{} dynamic font 'DejaVu Sans, sans-serif,15'", width, height)
          : fmt::format("pngcairo size {},{} font 'DejaVu Sans,11.5'", width, height);
  return fmt::format(
      "set encoding utf8\nset terminal {} enhanced background '#ffffff'\n"
      "set format '%g'\nset border 3 lc rgb '#8a94a3' lw 1\nset tics nomirror out scale 0.6 tc rgb "
      "'{ink}'\n"
      "set grid back lc rgb '#e6e9ee' lt 1 lw 1\nset xzeroaxis lc rgb '#9aa3b0' lt 1 lw 1\n"
      "set key at graph 1,1 right bottom horizontal noenhanced samplen 2 width 1 tc rgb '{ink}'\n"
      "set style textbox opaque noborder fillcolor rgb '#ffffff' margins 0.3,0.3\n"
      "set xlabel tc rgb '{ink}' offset 0,0.3\n\n",
      terminal, fmt::arg("ink", kInk));
}

std::string place(const Page& page, const Box& box) {
  return fmt::format(
      "set lmargin at screen {:.5f}\nset rmargin at screen {:.5f}\n"
      "set tmargin at screen {:.5f}\nset bmargin at screen {:.5f}\n",
      box.left / page.width, (box.left + box.width) / page.width, 1 - box.top / page.height,
      1 - (box.top + box.height) / page.height);
}

std::string heading(const Page& page, const std::string& what, const std::string& detail) {
  return fmt::format(
      "set label 1 '{{/:Bold*1.2 {}}}' at graph 0,1 left offset 0,0.9 tc rgb '{}'\n"
      "set label 2 {} at graph 1,1 right offset 0,0.9 noenhanced font '{}' tc rgb '{}'\n",
      what, kInk, quoted(detail), page.small_font(), kQuiet);
}

std::string titles(const Page& page, double left, double width, const std::string& what,
                   const std::vector<std::string>& lines) {
  constexpr double kLetter = 8.2, kFirst = 42, kLine = 18;
  const auto at = [&](double y) {
    return fmt::format("screen {:.5f},{:.5f}", left / page.width, 1 - y / page.height);
  };
  std::string script =
      fmt::format("set label 1 '{{/:Bold*1.2 {}}}' at {} left tc rgb '{}'\n", what, at(20), kInk);
  for (std::size_t i = 0; i < lines.size(); ++i)
    script += fmt::format("set label {} {} at {} left noenhanced font '{}' tc rgb '{}'\n", 10 + i,
                          quoted(shortened(lines[i], static_cast<std::size_t>(width / kLetter))),
                          at(kFirst + kLine * static_cast<double>(i)), page.small_font(), kQuiet);
  return script;
}

std::string stems(std::size_t taps) {
  if (taps <= kMostStems)
    return fmt::format(
        "{1}$kernel using 1:2 with impulses lw 2 lc rgb '{0}' notitle, "
        "$kernel using 1:2 with points pt 7 ps 0.7 lc rgb '{0}' notitle\n",
        kKernelColour, kPlot);
  return fmt::format(
      "{1}$kernel using 1:2 with filledcurves y1=0 fs transparent solid 0.18 lc rgb '{0}' "
      "notitle, $kernel using 1:2 with lines lw 2 lc rgb '{0}' notitle\n",
      kKernelColour, kPlot);
}

std::string signed_palette(const Span& range) {
  if (range.low >= 0) return "(0 '#ffffff', 1 '#f4a582', 2 '#b2182b', 3 '#67001f')";
  return "(-3 '#053061', -2 '#2166ac', -1 '#92c5de', 0 '#ffffff', 1 '#f4a582', 2 '#b2182b', 3 "
         "'#67001f')";
}

std::string colour_bar(const Page& page, const Box& box, const Span& range,
                       const std::string& palette, const std::string& label) {
  const double right = box.left + box.width;
  return fmt::format(
      "set palette defined {}\nset cbrange [{}:{}]\nset cbtics {}\nset label 4 '{}' at screen "
      "{},{} center rotate by 90 tc rgb '{}'\n"
      "set colorbox user origin {},{} size {},{}\n",
      palette, range.low, range.high, range.tic(5), label, (right + 122) / page.width,
      1 - (box.top + box.height / 2) / page.height, kInk, (right + 12) / page.width,
      1 - (box.top + box.height) / page.height, 14.0 / page.width, box.height / page.height);
}

std::string value_axis(const std::string& label) {
  return fmt::format(
      "set label 3 {} at screen 0.014, graph 0.5 center rotate by 90 noenhanced tc rgb '{}'\n",
      quoted(label), kInk);
}

std::string mark(double x, double y, const Span& xs, const std::string& text, const char* colour) {
  const bool right = x <= (xs.low + xs.high) / 2;
  return fmt::format(
      "set label 5 {} at {},{} {} offset {},0.2 front boxed noenhanced tc rgb '{}' point pt 6 "
      "ps 1.6 lw 2 lc rgb '{}'\n",
      quoted(text), x, y, right ? "left" : "right", right ? 1.5 : -1.5, kInk, colour);
}

}  // namespace faltung::cli
