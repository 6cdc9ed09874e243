// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

/// What the scripts of all plots share: text that is safe, panels, ranges, units.
namespace faltung::cli {

inline constexpr const char* kInk = "#2b3440";
inline constexpr const char* kQuiet = "#66707f";
inline constexpr const char* kInputColour = "#5b6b82";
inline constexpr const char* kKernelColour = "#0072b2";
inline constexpr const char* kOutputColour = "#c8500a";
// A panel without one finite value is an empty panel, where gnuplot alone would give up.
inline constexpr const char* kPlot = "plot NaN notitle, ";

/// A single-quoted string of gnuplot: nothing in it is expanded. What the file brings is kept from
/// ending the string or the line.
std::string quoted(const std::string& text);
/// At most `most` letters: the middle of a longer text is left out.
std::string shortened(const std::string& text, std::size_t most);
/// A file's name without its folders.
std::string base_name(const std::string& path);
/// "3.2", "0.00012", "1.5e+09": four digits at most.
std::string short_number(double value);
/// "1 channel", "2 channels".
std::string number_of(std::int64_t count, const std::string& what);

/// The least and the greatest of what is finite.
struct Span {
  double low = std::numeric_limits<double>::infinity();
  double high = -std::numeric_limits<double>::infinity();
  void add(double value);
  void add(const std::vector<double>& values);
  bool empty() const { return !(low <= high); }
  /// About `count` round steps between low and high.
  double tic(double count) const;
  /// "[low:high]" with `share` of air at either end; a span of nothing gets a width.
  std::string padded(double share) const;
};

/// In which unit times up to that many seconds are read best.
struct TimeUnit {
  const char* name;
  double per_second;
};
TimeUnit time_unit(double seconds);
/// "2.5 s", "12.5 ms".
std::string time_text(double seconds);

/// A picture; lengths are points from its top left corner.
struct Page {
  int width, height;
  bool svg;
  std::string head() const;
  /// For names and numbers beside the headings.
  std::string small_font() const { return svg ? ",13" : ",10"; }
};

/// Where a panel's axes lie.
struct Box {
  double left, top, width, height;
};
std::string place(const Page& page, const Box& box);

/// Above the panel: what it shows, and at the right (or below it) of what, as it is.
std::string heading(const Page& page, const std::string& what, const std::string& detail);
/// What is shown, and lines about it below one another, as they are; in points, since the two
/// formats do not agree on the width of a letter.
std::string titles(const Page& page, double left, double width, const std::string& what,
                   const std::vector<std::string>& lines);
/// At one place for all panels, however wide their numbers are.
std::string value_axis(const std::string& label);

/// Taps in the block $kernel over delay: stems, or a filled curve where so many run together.
inline constexpr std::size_t kMostStems = 60;
std::string stems(std::size_t taps);

/// Red above zero, blue below: white is zero wherever that lies in the range.
std::string signed_palette(const Span& range);
/// At the right of a panel: which values the colours stand for.
inline constexpr double kBarWidth = 136;
std::string colour_bar(const Page& page, const Box& box, const Span& range,
                       const std::string& palette, const std::string& label);

/// A ring at a point of the panel, with a text beside it, on the side where there is room.
std::string mark(double x, double y, const Span& xs, const std::string& text,
                 const char* colour = "#b2182b");
inline constexpr const char* kUnmark = "unset label 5\n";

}  // namespace faltung::cli
