// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "kernels_command.hpp"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "exit.hpp"
#include "faltung/filter.hpp"
#include "files.hpp"
#include "help.hpp"
#include "plot_kernel.hpp"
#include "print.hpp"
#include "values.hpp"

namespace faltung::cli {
namespace {

using Json = nlohmann::ordered_json;

std::string all_kernels() {
  return "A kernel is a name, or several composed by + - * / and brackets:\n" + list_of_kernels() +
         "faltung kernels gaussian:2 draws one, -o gaussian.svg as a picture\n";
}

/// As asked for; else for pictures, or for series or volumes where it is a kernel for those alone.
Filter read_kernel(const KernelsRequest& request) {
  if (request.axes) return take(parse_filter_expression(request.kernel, *request.axes, request.dt));
  Result<Filter> picture = parse_filter_expression(request.kernel, 2, request.dt);
  if (picture) return std::move(*picture);
  const bool volume = picture.error().message.find("is for volumes") != std::string::npos;
  Result<Filter> other = parse_filter_expression(request.kernel, volume ? 3 : 1, request.dt);
  const bool for_others =
      picture.error().message.find("is for ") != std::string::npos && (other || !volume);
  const bool for_pictures =
      !other && other.error().message.find("is for pictures") != std::string::npos;
  return take(std::move(for_others && !for_pictures ? other : picture));
}

struct Looks {
  std::int64_t rows, columns;
  double sum = 0, sum_abs = 0, least = 0, most = 0;
};

Looks look_at(const Filter& f) {
  Looks looks{f.shape.rank() >= 2 ? f.shape[f.shape.rank() - 2] : 1, f.shape.back()};
  for (const double v : f.values) {
    looks.sum += v;
    looks.sum_abs += std::abs(v);
    looks.least = std::min(looks.least, v);
    looks.most = std::max(looks.most, v);
  }
  return looks;
}

std::string origin_of(const Filter& f) {
  std::string text;
  for (int i = 0; i < f.shape.rank(); ++i)
    text += fmt::format("{}{}", i == 0 ? "" : ",", f.origin_at(i));
  return text;
}

/// One line for each tap, or for as many as there is room for, with a bar from zero.
std::string draw_row(const Filter& f, const Looks& looks) {
  constexpr std::int64_t kMostLines = 40;
  constexpr double kWidth = 50;
  const std::int64_t step = (looks.columns + kMostLines - 1) / kMostLines;
  const double range = looks.most - looks.least;
  const auto place = [&](double v) {
    return std::lround((v - looks.least) / (range > 0 ? range : 1) * kWidth);
  };
  std::string text;
  for (std::int64_t k = 0; k < looks.columns; k += step) {
    const double v = f.values[static_cast<std::size_t>(k)];
    const auto from = std::min(place(0), place(v)), to = std::max(place(0), place(v));
    text += fmt::format("{:>8}{} {:>12.5g}  {}{}\n", k - f.origin_at(0),
                        k == f.origin_at(0) ? "*" : " ", v,
                        std::string(static_cast<std::size_t>(from), ' '),
                        std::string(static_cast<std::size_t>(to - from), '#'));
  }
  if (step > 1) text += fmt::format("(one of {} taps)\n", step);
  return text;
}

/// Numbers where they fit, else shades: blank is zero, @ the largest; - before negative ones. The
/// matrix begins at a tap.
std::string draw_matrix(const Filter& f, const Looks& looks, std::int64_t from = 0) {
  constexpr std::int64_t kMostNumbers = 9, kMostShades = 60;
  constexpr std::string_view kShades = " .:-=+*#%@";
  const double largest = std::max(looks.most, -looks.least);
  const std::int64_t step = (std::max(looks.rows, looks.columns) + kMostShades - 1) / kMostShades;
  const bool numbers = looks.rows <= kMostNumbers && looks.columns <= kMostNumbers;
  std::string text;
  for (std::int64_t r = 0; r < looks.rows; r += numbers ? 1 : step) {
    for (std::int64_t c = 0; c < looks.columns; c += numbers ? 1 : step) {
      const double v = f.values[static_cast<std::size_t>(from + r * looks.columns + c)];
      if (numbers) {
        text += fmt::format("{:>11.4g}", v);
        continue;
      }
      const double part = largest > 0 ? std::abs(v) / largest : 0;
      const auto shade = static_cast<std::size_t>(std::lround(std::sqrt(part) * 9));
      text += v < 0 && shade > 0 ? '-' : ' ';
      text += kShades[shade];
    }
    text += "\n";
  }
  if (!numbers && step > 1) text += fmt::format("(one of {} taps)\n", step);
  return text;
}

std::string draw_volume(const Filter& f, const Looks& looks) {
  std::string text;
  for (std::int64_t plane = 0; plane < f.shape[0]; ++plane)
    text += fmt::format("plane {}\n", plane - f.origin_at(0)) +
            draw_matrix(f, looks, plane * looks.rows * looks.columns);
  return text;
}

std::string draw(const Filter& f, const Looks& looks) {
  return f.shape.rank() == 1   ? draw_row(f, looks)
         : f.shape.rank() == 2 ? draw_matrix(f, looks)
                               : draw_volume(f, looks);
}

void write_picture(const KernelsRequest& request, const Filter& f) {
  const bool svg = request.output.ends_with(".svg");
  if (!svg && !request.output.ends_with(".png"))
    throw Stop(kUsage, fmt::format("-o {} is neither .svg nor .png", request.output));
  if (f.shape.rank() > 2)
    throw Stop(kUsage, "-o draws kernels of one axis and of two; this one has " +
                           std::to_string(f.shape.rank()));
  check_destination(request.output);
  write_outputs({{request.output, plot_kernel(f, svg)}});
}

Json as_json(const Filter& f, const Looks& looks) {
  Json origin = Json::array();
  for (int i = 0; i < f.shape.rank(); ++i) origin.push_back(f.origin_at(i));
  return {{"kernel", f.name},
          {"shape", std::vector<std::int64_t>(f.shape.begin(), f.shape.end())},
          {"origin", origin},
          {"sum", looks.sum},
          {"sum_abs", looks.sum_abs},
          {"taps", f.values}};
}

}  // namespace

void run_kernels(const KernelsRequest& request) {
  if (request.kernel.empty()) {
    if (!request.output.empty())
      throw Stop(kUsage, "-o draws one kernel; name it: faltung kernels gaussian:2 -o FILE");
    Json list = Json::array();
    for (const FilterInfo& info : filter_list())
      list.push_back({{"form", info.form}, {"meaning", info.meaning}, {"taps", info.taps}});
    print(request.json ? Json{{"kernels", list}}.dump(2) + "\n" : all_kernels());
    return;
  }
  const Filter f = read_kernel(request);
  const Looks looks = look_at(f);
  if (!request.output.empty()) write_picture(request, f);
  if (request.json) {
    print(as_json(f, looks).dump(2) + "\n");
    return;
  }
  if (!request.output.empty()) return;
  print(fmt::format("{}: shape {}, origin {}, sum {:.6g}, sum of magnitudes {:.6g}\n", f.name,
                    to_string(f.shape), origin_of(f), looks.sum, looks.sum_abs) +
        draw(f, looks));
}

}  // namespace faltung::cli
