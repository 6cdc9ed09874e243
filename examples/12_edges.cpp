// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// Edges of a picture, a bank of oriented filters, and samples that are missing.
#include <cmath>
#include <faltung/faltung.hpp>
#include <limits>

#include "check.hpp"

namespace fl = faltung;

int main() {
  constexpr std::int64_t kHeight = 64, kWidth = 96;
  std::vector<float> pixels(kHeight * kWidth);
  for (std::size_t i = 0; i < pixels.size(); ++i) pixels[i] = 2.0F * static_cast<float>(i % kWidth);
  const fl::ConstView image(pixels.data(), fl::ElementType::f32, {kHeight, kWidth});

  // How steep, and which way up: 2 a pixel, to the right.
  const fl::GradientPlan plan =
      fl::value_or_throw(fl::GradientPlan::try_make(image.type, image.shape));
  const auto edges = fl::value_or_throw(plan.try_run(image, true));
  check(edges.magnitude.samples<float>()[32 * kWidth + 48] == 2);
  check(edges.orientation.samples<float>()[32 * kWidth + 48] == 0);
  std::cout << plan.explain();

  // Four orientations at once: transforms of the picture are made once.
  std::vector<fl::Filter> bank;
  for (const double angle : {0.0, 45.0, 90.0, 135.0})
    bank.push_back(fl::gabor({.wavelength = 6, .angle = angle}));
  const fl::FilterBankPlan oriented = fl::value_or_throw(fl::FilterBankPlan::try_make(
      fl::Problem::parse("convolve f32 [64,96] * [1,1] same boundary=mirror"), bank));
  const fl::AnyArray responses = fl::value_or_throw(oriented.try_run(image));
  check(responses.shape == fl::Dims{4, kHeight, kWidth});

  // Missing samples count as the mean of their neighbours: a constant stays one.
  std::vector<double> flat(50, 7.0);
  flat[20] = flat[21] = std::numeric_limits<double>::quiet_NaN();
  const fl::AnyArray smooth = fl::convolve(
      fl::ConstView(flat), fl::gaussian(2, 1),
      {.extent = fl::Extent::same, .boundary = fl::Boundary::edge, .nan = fl::Nan::omit});
  for (const double v : smooth.samples<double>()) check(std::abs(v - 7) < 1e-13);

  // A mask turns whole numbers into such samples.
  const std::vector<std::uint8_t> counts = {10, 20, 30, 40, 50}, mask = {1, 1, 0, 1, 1};
  const fl::AnyArray there =
      fl::value_or_throw(fl::masked(fl::ConstView(counts), fl::ConstView(mask)));
  const fl::AnyArray means = fl::convolve(there.view(), fl::box(3, 1),
                                          {.extent = fl::Extent::valid, .nan = fl::Nan::omit});
  check(std::abs(means.samples<float>()[1] - 30) < 1e-4F);
  return 0;
}
