// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// Pictures: blur and edges of an 8-bit RGB picture, colour by colour, without copying it.
#include <cmath>
#include <faltung/faltung.hpp>

#include "check.hpp"

namespace fl = faltung;

int main() {
  // 64 x 96 pixels: dark on the left, bright from column 48 on.
  constexpr std::int64_t kHeight = 64, kWidth = 96;
  std::vector<std::uint8_t> rgb(kHeight * kWidth * 3);
  for (std::size_t i = 0; i < rgb.size(); ++i) rgb[i] = i / 3 % kWidth < 48 ? 10 : 200;
  const std::uint8_t* pixels = rgb.data();

  // A view of the red channel: strides count samples, so a pixel is 3 apart and a row 3 kWidth.
  const fl::ConstView red(pixels, fl::ElementType::u8, {kHeight, kWidth}, {3 * kWidth, 3});
  const fl::Options picture = {.extent = fl::Extent::same, .boundary = fl::Boundary::mirror};
  const fl::AnyArray soft = fl::convolve(red, fl::gaussian(2.5), picture);
  const fl::AnyArray edge = fl::convolve(red, fl::sobel_x(), picture);

  const std::span<const float> s = soft.samples<float>(), e = edge.samples<float>();
  const auto at = [](std::int64_t row, std::int64_t column) {
    return static_cast<std::size_t>(row * kWidth + column);
  };
  std::cout << "soft across the edge:";
  for (std::int64_t column = 44; column < 52; ++column) std::cout << ' ' << s[at(32, column)];
  std::cout << "\nsobel-x across the edge:";
  for (std::int64_t column = 44; column < 52; ++column) std::cout << ' ' << e[at(32, column)];
  std::cout << '\n';
  check(s[at(32, 0)] > 9.99F && s[at(32, 0)] < 10.01F);  // flat stays flat
  check(e[at(32, 47)] == 4 * 190 && e[at(32, 48)] == 4 * 190 && e[at(32, 40)] == 0);

  // All three colours in one call: rows and columns are convolved, the last axis broadcasts.
  const fl::ConstView all(pixels, fl::ElementType::u8, {kHeight, kWidth, 3});
  const std::vector<float> row = {0.25F, 0.5F, 0.25F};
  const fl::AnyArray rows_only =
      fl::convolve(all, fl::ConstView(row.data(), fl::ElementType::f32, {1, 3, 1}),
                   {.extent = fl::Extent::same, .boundary = fl::Boundary::mirror, .axes = {0, 1}});
  check(rows_only.shape == fl::Dims{kHeight, kWidth, 3});
  check(rows_only.samples<float>()[3 * at(32, 47)] == 0.75F * 10 + 0.25F * 200);
  return 0;
}
