// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "plot_picture.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "plot.hpp"
#include "plot_script.hpp"
#include "raster.hpp"
#include "samples.hpp"

/// Side by side, each with its own rows and columns as axes:
///
///   +---------+   +-----+ #   +---------+ #
///   |  input  |   |  h  | #   | output  | #     a bar says the values where colours stand for them
///   |    []   |   +-----+ #   |    o    | #     correlation: the best position, and its window
///   +---------+               +---------+ #
namespace faltung::cli {
namespace {

constexpr double kWidest = 430, kTallest = 520, kKernelSide = 270, kThinnest = 24;
constexpr double kLeft = 82, kGap = 14, kAbove = 92, kBelow = 70;
constexpr double kColumn = 300;  // headings and names need that much

// In none of the palettes.
constexpr const char* kGreen = "#00b050";

// What colours stand for.
enum class Look {
  rgb,     // themselves
  grey,    // 0 to white
  shades,  // grey from the least to the greatest value, with a bar
  heat,    // the same in colours
  signs    // blue, white at zero, red
};

struct Panel {
  std::string what, name;
  ConstView planes;
  std::string text = {};  // one line about it, or two
  Look look = Look::heat;
  Span range = {};
  std::string value = "value";  // what the bar shows
  std::string extra = {};       // marks
  Box box = {};
  bool bar() const { return look == Look::shades || look == Look::heat || look == Look::signs; }
};

Span symmetric(const Span& range) {
  const double most = std::max({std::abs(range.low), std::abs(range.high), 1e-300});
  return {-most, most};
}

// Both signs count where a tenth of what there is lies below zero.
bool has_signs(const Facts& facts) { return facts.negative > 0.1 * facts.all; }

// The value that is drawn white in a picture.
double white_of(const ConstView& picture) {
  if (picture.type == ElementType::u8) return 255;
  const double most = look_at(as_planes(picture), 0).range.high;
  return most > 0 ? most : 1;
}

void take_values(Panel& panel, const Facts& facts, Look plain) {
  panel.look = has_signs(facts) ? Look::signs : plain;
  panel.range = has_signs(facts) ? symmetric(facts.range) : facts.range;
  if (!panel.range.empty() && panel.range.low < panel.range.high) return;
  const double value = panel.range.empty() ? 0 : panel.range.low;
  panel.range = {std::min(value, 0.0), value > 0 ? value : value + 1};
}

// Edges are few: by the largest of them alone the others would be pale. The colours end where all
// but one of two hundred values lie.
void end_colours_early(Panel& panel) {
  constexpr std::int64_t kEnough = 1 << 20;  // values of many tell as much as all
  const ConstView& planes = panel.planes;
  const std::int64_t channels = planes.shape[2], pixels = planes.shape[0] * planes.shape[1];
  const std::int64_t step = pixels / kEnough + 1;
  const Samples at(planes);
  std::vector<double> sizes;
  for (std::int64_t i = 0; i < pixels; i += step) {
    const std::int64_t place =
        i / planes.shape[1] * planes.strides[0] + i % planes.shape[1] * planes.strides[1];
    double sum = 0;
    for (std::int64_t k = 0; k < channels; ++k) sum += at(place + k * planes.strides[2]);
    if (std::isfinite(sum)) sizes.push_back(std::abs(sum) / static_cast<double>(channels));
  }
  const auto most = sizes.begin() + static_cast<std::ptrdiff_t>(sizes.size() / 200 * 199);
  std::nth_element(sizes.begin(), most, sizes.end());
  if (most == sizes.end() || !(*most > 0) || 2 * *most > panel.range.high) return;
  panel.range = {-*most, *most};
  panel.text += fmt::format(", full colour from {} on", short_number(*most));
}

// A picture as it looks, but where much of it is no picture any more: edges, sums beyond white.
void take_picture(Panel& panel, double white) {
  const Facts facts = look_at(panel.planes, white);
  const bool rgb = panel.planes.shape[2] == 3;
  if (facts.negative + facts.above <= 0.1 * facts.all) {
    panel.look = rgb ? Look::rgb : Look::grey;
    panel.range = {0, white};
    if (white != 255) panel.text += fmt::format(", white is {}", short_number(white));
    return;
  }
  take_values(panel, facts, Look::shades);
  if (rgb) panel.text += ", mean of R, G, B";
  if (panel.look == Look::signs) end_colours_early(panel);
}

class Drawing {
 public:
  Drawing(const Data& data, const Outcome& outcome);
  std::vector<std::byte> draw();

 private:
  Panel input() const;
  Panel kernel() const;
  Panel output() const;
  void mark_best(Panel& output, Panel& input) const;
  std::optional<int> convolved(int axis) const;
  std::string size_text(const ConstView& planes) const;
  void arrange(std::vector<Panel>& panels);
  void add(std::string& script, const Panel& panel) const;
  void add_titles(std::string& script, const Panel& panel) const;
  void add_raster(std::string& script, const Panel& panel) const;

  const Outcome& outcome_;
  bool picture_, correlate_;
  ConstView x_;
  double white_;
  Page page_;
};

Drawing::Drawing(const Data& data, const Outcome& outcome)
    : outcome_(outcome),
      picture_(data.kind() == std::string("picture")),
      correlate_(outcome.problem.operation == Operation::correlate),
      x_(as_planes(data.x())),
      white_(picture_ ? white_of(x_) : 0),
      page_{0, 0, outcome.request.plot.ends_with(".svg")} {}

std::string Drawing::size_text(const ConstView& planes) const {
  return picture_
             ? fmt::format("{} wide, {} high", planes.shape[1], planes.shape[0])
             : fmt::format("[{} x {}] {}", planes.shape[0], planes.shape[1], name(planes.type)) +
                   (is_complex(planes.type) ? ", magnitude" : "");
}

Panel Drawing::input() const {
  Panel panel{.what = "Input", .name = base_name(outcome_.request.input_name()), .planes = x_};
  panel.text = size_text(x_);
  if (picture_) take_picture(panel, white_);
  else take_values(panel, look_at(x_, 0), Look::heat);
  return panel;
}

Panel Drawing::kernel() const {
  Panel panel{.what = correlate_ ? "Template" : "Kernel",
              .name = kernel_name(outcome_),
              .planes = as_planes(outcome_.taps.view())};
  panel.text = size_text(panel.planes);
  panel.value = correlate_ ? "value" : "tap";
  const Facts facts = look_at(panel.planes, 0);
  if (picture_ && outcome_.kernel.kind == KernelSource::Kind::picture) {
    take_picture(panel, facts.range.high > 0 ? facts.range.high : 1);
    return panel;
  }
  take_values(panel, facts, Look::heat);
  // One negative tap is a sign; without any, white is no weight at all.
  if (facts.range.low < 0) panel.range = symmetric(facts.range);
  else panel.range.low = 0;
  panel.look = Look::signs;
  return panel;
}

Panel Drawing::output() const {
  Panel panel{.what = correlate_ ? "Correlation" : "Output",
              .name = base_name(outcome_.request.output_name()),
              .planes = as_planes(outcome_.y.view())};
  panel.text = size_text(panel.planes);
  if (picture_ && !correlate_) {
    take_picture(panel, white_);
    return panel;
  }
  take_values(panel, look_at(panel.planes, 0), Look::heat);
  if (panel.planes.shape[2] > 1) panel.text += ", mean of R, G, B";
  return panel;
}

// Which of the convolved axes that is.
std::optional<int> Drawing::convolved(int axis) const {
  const Dims& axes = outcome_.problem.axes;
  if (axes.empty()) return axis;
  for (int i = 0; i < axes.rank(); ++i)
    if (axes[i] == axis || axes[i] + 2 == axis) return i;
  return std::nullopt;
}

// The largest value, and where the template then lies in the input.
void Drawing::mark_best(Panel& output, Panel& input) const {
  const Facts facts = look_at(output.planes, 0);
  if (facts.best_row < 0) return;
  const std::optional<int> down = convolved(0), across = convolved(1);
  const auto columns = static_cast<double>(output.planes.shape[1]);
  output.extra = mark(static_cast<double>(facts.best_column), static_cast<double>(facts.best_row),
                      {0, columns},
                      fmt::format("row {}, column {}", facts.best_row, facts.best_column), kGreen);
  output.text += fmt::format("\nlargest {} at row {}, column {}", short_number(facts.range.high),
                             facts.best_row, facts.best_column);
  if (!down || !across) return;
  const auto lag = [&](int i, std::int64_t at) {
    return first_time(outcome_.problem, i) + at * stride_of(outcome_.problem, i);
  };
  const std::int64_t top = lag(*down, facts.best_row), left = lag(*across, facts.best_column);
  const std::int64_t bottom = top + kernel_span(outcome_.problem, *down),
                     right = left + kernel_span(outcome_.problem, *across);
  output.text += fmt::format(", lag ({}, {})", top, left);
  input.extra = fmt::format(
      "set object 1 rectangle from {},{} to {},{} front clip fs empty border lc rgb '{}' lw "
      "2\n",
      static_cast<double>(left) - 0.5, static_cast<double>(top) - 0.5,
      static_cast<double>(right) - 0.5, static_cast<double>(bottom) - 0.5, kGreen);
  input.text += "\ngreen: the template at its best position";
}

// Pictures keep their shape; arrays may be stretched, since their axes can be anything.
void Drawing::arrange(std::vector<Panel>& panels) {
  double left = 0, tallest = 0;
  for (Panel& panel : panels) {
    const bool small = panel.what == "Kernel" || panel.what == "Template";
    double shape =
        static_cast<double>(panel.planes.shape[0]) / static_cast<double>(panel.planes.shape[1]);
    if (!picture_) shape = std::clamp(shape, 0.4, 1.3);
    const double most_wide = small ? kKernelSide : kWidest,
                 most_high = small ? kKernelSide : kTallest;
    const double width = std::min(most_wide, most_high / shape);
    panel.box = {left + kLeft, kAbove, std::max(width, kThinnest),
                 std::max(width * shape, kThinnest)};
    const double bar = panel.bar() ? kBarWidth : 0;
    left += kLeft + std::max(panel.box.width + bar, kColumn) + kGap;
    tallest = std::max(tallest, panel.box.height);
  }
  page_.width = static_cast<int>(left);
  page_.height = static_cast<int>(kAbove + tallest + kBelow);
}

const char* palette(Look look) {
  if (look == Look::heat)
    return "(0 '#000004', 1 '#1b0c41', 2 '#4a0c6b', 3 '#781c6d', 4 '#a52c60', 5 '#cf4446', "
           "6 '#ed6925', 7 '#fb9b06', 8 '#f7d13d', 9 '#fcffa4')";
  return "(0 '#000000', 1 '#ffffff')";
}

// What is shown, of which file, and what is to be known of it.
void Drawing::add_titles(std::string& script, const Panel& panel) const {
  const double room = panel.box.width + (panel.bar() ? kBarWidth : 0);
  const std::size_t end = panel.text.find('\n');
  const std::string more = end == std::string::npos ? "" : panel.text.substr(end + 1);
  script += titles(page_, panel.box.left, std::max(room, kColumn), panel.what,
                   {panel.name, panel.text.substr(0, end), more});
  script +=
      fmt::format("set label 3 '{}' at screen {:.5f},{:.5f} center rotate by 90 tc rgb '{}'\n",
                  picture_ ? "row (pixels)" : "axis 0 (index)", (panel.box.left - 62) / page_.width,
                  1 - (panel.box.top + panel.box.height / 2) / page_.height, kInk);
}

void Drawing::add(std::string& script, const Panel& panel) const {
  const auto rows = panel.planes.shape[0], columns = panel.planes.shape[1];
  script += place(page_, panel.box) + "unset label\nunset object\n";
  add_titles(script, panel);
  const auto tics = [](std::int64_t n, double points) {
    return std::max(1.0, Span{0, static_cast<double>(n)}.tic(std::max(1.0, points / 65)));
  };
  script += fmt::format(
      "set xrange [-0.5:{}]\nset yrange [{}:-0.5]\nset xtics {}\nset ytics {}\nset xlabel '{}'\n",
      static_cast<double>(columns) - 0.5, static_cast<double>(rows) - 0.5,
      tics(columns, panel.box.width), tics(rows, panel.box.height),
      picture_ ? "column (pixels)" : "axis 1 (index)");
  if (panel.bar())
    script += colour_bar(
        page_, panel.box, panel.range,
        panel.look == Look::signs ? signed_palette(panel.range) : palette(panel.look), panel.value);
  script += panel.extra;
  add_raster(script, panel);
}

void Drawing::add_raster(std::string& script, const Panel& panel) const {
  const bool values = panel.bar();
  const std::int64_t most = page_.svg ? 400 : 800;
  const Raster raster = enlarged(reduced(panel.planes, most, panel.look != Look::rgb));
  const double dx =
                   static_cast<double>(panel.planes.shape[1]) / static_cast<double>(raster.columns),
               dy = static_cast<double>(panel.planes.shape[0]) / static_cast<double>(raster.rows);
  script += fmt::format(
      "plot '-' binary array=({},{}) origin=({},{}) dx={} dy={} format='{}' using {} with {} "
      "notitle\n",
      raster.columns, raster.rows, dx / 2 - 0.5, dy / 2 - 0.5, dx, dy,
      values ? "%float64" : "%uchar",
      values                 ? "1"
      : raster.channels == 3 ? "1:2:3"
                             : "1:1:1",
      values ? "image" : "rgbimage");
  if (values) {
    script.append(reinterpret_cast<const char*>(raster.values.data()),
                  raster.values.size() * sizeof(double));
    return;
  }
  for (const double v : raster.values) {
    const double share = std::clamp(v / panel.range.high, 0.0, 1.0);
    script +=
        static_cast<char>(static_cast<unsigned char>(std::isnan(v) ? 0 : std::lround(255 * share)));
  }
}

std::vector<std::byte> Drawing::draw() {
  std::vector<Panel> panels{input(), kernel(), output()};
  if (correlate_) mark_best(panels[2], panels[0]);
  arrange(panels);
  std::string script =
      page_.head() +
      "set multiplot\nunset grid\nunset xzeroaxis\nset border 15 front\n"
      "set format '%g'\nset linetype 9 lc rgb '#8a94a3' lw 1\nset colorbox border 9\n";
  for (const Panel& panel : panels) add(script, panel);
  script += "unset multiplot\n";
  return run_gnuplot(script);
}

}  // namespace

std::vector<std::byte> plot_picture(const Data& data, const Outcome& outcome) {
  return Drawing(data, outcome).draw();
}

}  // namespace faltung::cli
