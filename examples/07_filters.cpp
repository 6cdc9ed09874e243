// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// Filters are values: they multiply, add, scale, shift and flip, and a plan uses the laws.
#include <cmath>
#include <faltung/faltung.hpp>

#include "check.hpp"

namespace fl = faltung;

int main() {
  constexpr std::int64_t kHeight = 64, kWidth = 96;
  std::vector<float> pixels(kHeight * kWidth);
  for (std::size_t i = 0; i < pixels.size(); ++i) pixels[i] = i % kWidth < 48 ? 10.0F : 200.0F;
  const fl::ConstView image(pixels.data(), fl::ElementType::f32, {kHeight, kWidth});
  const fl::Options picture = {.extent = fl::Extent::same, .boundary = fl::Boundary::mirror};

  // The derivative of a blurred picture is one kernel: the boundary is met once.
  const fl::Filter edge = fl::sobel_x() * fl::gaussian(1.0);
  check(edge.shape == fl::Dims{11, 11} && edge.origin == fl::Dims{5, 5});
  const fl::AnyArray edges = fl::convolve(image, edge, picture);

  // Differences, scalars: a band-pass, and a picture made sharper by it.
  const fl::Filter one{{1, 1}, {1}, "one"};
  const fl::Filter band = fl::gaussian(1.0) - fl::gaussian(3.0);
  const fl::AnyArray sharper = fl::convolve(image, one + 0.5 * band, picture);
  check(edges.shape == sharper.shape);

  // The same in text, as the program reads it.
  const fl::Filter same =
      fl::value_or_throw(fl::parse_filter_expression("[1] + 0.5 * (gaussian:1 - gaussian:3)", 2));
  check(same.values == (one + 0.5 * band).values);

  // An echo: three seconds of delay is one tap and not 144000, since a sum may be kept apart.
  const std::vector<double> sound(200000, 0.25);
  const fl::Filter tap{{1}, {1}, "tap"};
  const fl::Filter echo = tap + 0.5 * tap.shifted({144000});
  fl::Problem problem = fl::Problem::parse("convolve f64 [200000] * [1] causal");
  const fl::FilterPlan plan = fl::value_or_throw(fl::FilterPlan::try_make(problem, echo));
  std::cout << plan.explain();
  const fl::AnyArray y = fl::value_or_throw(plan.try_run(fl::ConstView(sound)));
  check(y.samples<double>()[143999] == 0.25 && y.samples<double>()[144000] == 0.375);
  check(fl::value_or_throw(plan.try_error_bound(fl::ConstView(sound))).maximum < 1e-12);
  return 0;
}
