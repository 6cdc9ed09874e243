// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "plot_array.hpp"

#include <fmt/format.h>

#include <complex>

#include "elements.hpp"
#include "exit.hpp"
#include "plot.hpp"
#include "plot_picture.hpp"
#include "plot_script.hpp"
#include "samples.hpp"

namespace faltung::cli {
namespace {

enum class Part { whole, real, imaginary };

// Samples of an array of one axis, or one part of complex ones (their magnitude is `whole`).
std::vector<double> values_of(const ConstView& view, Part part) {
  std::vector<double> values;
  for (std::int64_t i = 0; i < view.shape[0]; ++i) {
    if (!is_complex(view.type) || part == Part::whole) {
      const bool none = part == Part::imaginary;  // real samples have none
      values.push_back(none ? 0 : Samples(view)(i * view.strides[0]));
      continue;
    }
    // A complex sample is two real ones.
    const ElementType real = view.type == ElementType::c64 ? ElementType::f32 : ElementType::f64;
    const ConstView parts(view.data, real, {2 * view.shape[0]});
    values.push_back(Samples(parts)(2 * i * view.strides[0] + (part == Part::imaginary ? 1 : 0)));
  }
  return values;
}

Curve curve_of(const ConstView& view, Part part, double first, double step) {
  Curve curve{{}, values_of(view, part)};
  for (std::size_t i = 0; i < curve.y.size(); ++i)
    curve.x.push_back(first + step * static_cast<double>(i));
  return curve;
}

std::string described(const std::string& path, const ConstView& view) {
  return fmt::format("{} [{}] {}", shortened(base_name(path), 50), view.shape[0], name(view.type));
}

std::vector<std::byte> draw_series(const Data& data, const Outcome& outcome) {
  const Problem& problem = outcome.problem;
  const ConstView x = data.x(), y = outcome.y.view(), h = outcome.taps.view();
  const double dt = data.dt();
  const bool timed = outcome.request.dt.has_value();
  const std::int64_t dilation = problem.dilation.empty() ? 1 : problem.dilation[0];
  Story story;
  story.operation = outcome.deconvolved ? "deconvolve" : name(problem.operation);
  story.input_label = described(outcome.request.input_name(), x);
  story.kernel_label = shortened(kernel_name(outcome), 50);
  if (is_complex(h.type)) story.kernel_label += ", magnitude";
  story.kernel = curve_of(h, Part::whole, 0, dt * static_cast<double>(dilation));
  story.delay_unit = timed ? "as --dt" : "samples";
  story.time_label = timed ? "time (as --dt)" : "index (samples)";
  story.output_axis = problem.operation == Operation::correlate ? "lag" : "time";
  const double first = dt * static_cast<double>(first_time(problem, 0)),
               step = dt * static_cast<double>(stride_of(problem, 0));
  const auto add = [&](const char* column, Part part) {
    story.columns.push_back({column, curve_of(x, part, 0, dt), curve_of(y, part, first, step)});
  };
  if (is_complex(y.type) && problem.operation == Operation::convolve) {
    add("real part", Part::real);
    add("imaginary part", Part::imaginary);
  } else {
    add(is_complex(y.type) ? "magnitude" : "value", Part::whole);
  }
  return draw(story, outcome.request.plot.ends_with(".svg"));
}

}  // namespace

void check_drawable(const std::string& label, const Dims& shape) {
  if (shape.rank() <= 2) return;
  throw Stop(kUsage, fmt::format("--plot draws arrays of one axis or two, not {} of shape {}",
                                 label, to_string(shape)));
}

std::vector<std::byte> plot_array(const Data& data, const Outcome& outcome) {
  check_drawable("the result", outcome.y.shape);
  if (outcome.y.shape.rank() == 2 && data.x().shape.rank() == 2) return plot_picture(data, outcome);
  if (outcome.y.shape.rank() == 1) return draw_series(data, outcome);
  throw Stop(kUsage, "--plot draws an input, a kernel and a result of as many axes");
}

}  // namespace faltung::cli
