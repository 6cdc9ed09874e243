// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "plot_kernel.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>

#include "plot.hpp"
#include "plot_script.hpp"
#include "raster.hpp"

/// Taps over delay, or a picture of them with zero in white; places are told from the origin.
namespace faltung::cli {
namespace {

constexpr double kAbove = 92, kBelow = 70, kLeft = 92;

std::string size_text(const Filter& f) {
  double sum = 0;
  for (const double v : f.values) sum += v;
  // Below this a sum is nothing but the rounding of the additions.
  double magnitudes = 0;
  for (const double v : f.values) magnitudes += std::abs(v);
  if (std::abs(sum) < 1e-12 * magnitudes) sum = 0;
  const std::string size = f.shape.rank() == 1
                               ? number_of(f.shape[0], "tap")
                               : fmt::format("{} wide, {} high", f.shape[1], f.shape[0]);
  return fmt::format("{}, sum {}", size, short_number(sum));
}

std::string draw_row(const Filter& f, bool svg) {
  constexpr int kWidth = 1000, kHeight = 460;
  constexpr double kRight = 28;
  const Page page{kWidth, kHeight, svg};
  const Box box{kLeft, kAbove, kWidth - kLeft - kRight, kHeight - kAbove - kBelow};
  const std::int64_t origin = f.origin_at(0), taps = f.shape[0];
  std::string script = page.head() + "$kernel << END\n";
  for (std::int64_t k = 0; k < taps; ++k)
    fmt::format_to(std::back_inserter(script), "{} {:.17g}\n", k - origin,
                   f.values[static_cast<std::size_t>(k)]);
  Span values;
  values.add(f.values);
  values.add(0.0);
  script += "END\n" + place(page, box) +
            titles(page, kLeft, box.width, "Kernel", {f.name, size_text(f)}) + value_axis("weight");
  return script +
         fmt::format(
             "set xrange [{}:{}]\nset yrange {}\nset ytics {}\nset xlabel 'delay (samples)'\n",
             static_cast<double>(-origin) - 0.6, static_cast<double>(taps - origin) - 0.4,
             values.padded(0.08), values.tic(5)) +
         stems(static_cast<std::size_t>(taps));
}

Span range_of(const Filter& f) {
  Span range;
  range.add(f.values);
  range.add(0.0);
  const double most = std::max({range.high, -range.low, 1e-300});
  return range.low < 0 ? Span{-most, most} : Span{0, most};
}

std::string draw_matrix(const Filter& f, bool svg) {
  constexpr double kSide = 430, kThinnest = 24, kRoom = 360;
  const auto rows = static_cast<double>(f.shape[0]), columns = static_cast<double>(f.shape[1]);
  const double width = std::min(kSide, kSide * columns / rows);
  const Box box{kLeft, kAbove, std::max(width, kThinnest),
                std::max(width * rows / columns, kThinnest)};
  const double room = std::max(box.width + kBarWidth, kRoom);
  const Page page{static_cast<int>(kLeft + room + 14),
                  static_cast<int>(kAbove + box.height + kBelow), svg};
  const Span range = range_of(f);
  const ConstView taps(f.values.data(), ElementType::f64, f.shape);
  const Raster raster = enlarged(reduced(as_planes(taps), svg ? 400 : 800, true));
  const double left = -static_cast<double>(f.origin_at(1)) - 0.5,
               top = -static_cast<double>(f.origin_at(0)) - 0.5;
  const double dx = columns / static_cast<double>(raster.columns),
               dy = rows / static_cast<double>(raster.rows);
  const auto tics = [](double n, double points) {
    return std::max(1.0, Span{0, n}.tic(std::max(1.0, points / 65)));
  };
  std::string script =
      page.head() + "unset grid\nunset xzeroaxis\nset border 15 front\n" +
      "set linetype 9 lc rgb '#8a94a3' lw 1\nset colorbox border 9\n" + place(page, box) +
      titles(page, kLeft, room, "Kernel", {f.name, size_text(f)}) + value_axis("down (pixels)") +
      colour_bar(page, box, range, signed_palette(range), "tap");
  script += fmt::format(
      "set xrange [{}:{}]\nset yrange [{}:{}]\nset xtics {}\nset ytics {}\n"
      "set xlabel 'to the right (pixels)'\n"
      "plot '-' binary array=({},{}) origin=({},{}) dx={} dy={} format='%float64' using 1 with "
      "image "
      "notitle\n",
      left, left + columns, top + rows, top, tics(columns, box.width), tics(rows, box.height),
      raster.columns, raster.rows, left + dx / 2, top + dy / 2, dx, dy);
  script.append(reinterpret_cast<const char*>(raster.values.data()),
                raster.values.size() * sizeof(double));
  return script;
}

}  // namespace

std::vector<std::byte> plot_kernel(const Filter& filter, bool svg) {
  return run_gnuplot(filter.shape.rank() == 1 ? draw_row(filter, svg) : draw_matrix(filter, svg));
}

}  // namespace faltung::cli
