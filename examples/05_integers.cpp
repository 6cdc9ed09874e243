// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// Integers are exact, or refused.
#include <faltung/faltung.hpp>

#include "check.hpp"

namespace fl = faltung;

int main() {
  // The digits of 9999 and 1234, lowest first: their convolution, carried, is the product.
  const std::vector<std::int64_t> a = {9, 9, 9, 9}, b = {4, 3, 2, 1};
  std::vector<std::int64_t> product = fl::convolve(a, b);
  print("before the carry", product);
  std::int64_t value = 0;
  for (std::size_t i = product.size(); i-- > 0;) value = 10 * value + product[i];
  std::cout << "9999 * 1234 = " << value << '\n';
  check(value == 9999 * 1234);

  // 4095 values of 2^20 - 1: sums up to 4502491527909375, every one exact. (SciPy's fftconvolve
  // gets 750 of these 8189 wrong; see docs/accuracy.md.)
  const std::vector<std::int64_t> many(4095, (1 << 20) - 1);
  const std::vector<std::int64_t> sums = fl::convolve(many, many);
  check(sums[4094] == 4502491527909375);
  for (std::size_t i = 0; i < sums.size(); ++i) {
    const auto terms = static_cast<std::int64_t>(i < 4095 ? i + 1 : 8189 - i);
    check(sums[i] == terms * 1048575 * 1048575);
  }

  // What cannot be proved to fit int64 is refused.
  const std::vector<std::int64_t> huge(4, std::int64_t{1} << 40);
  try {
    fl::convolve(huge, huge);
    check(false);
  } catch (const fl::Error& error) {
    std::cout << "refused: " << error.what() << '\n';
    check(error.status() == fl::Status::integer_overflow);
  }

  // Other policies: clamped once at the end, or modulo 2^8, in the type of x.
  const std::vector<std::uint8_t> pixels = {100, 200, 100}, pair = {1, 1};
  const fl::AnyArray clamped =
      fl::convolve(fl::ConstView(pixels), fl::ConstView(pair), {.policy = fl::Policy::saturate});
  const fl::AnyArray wrapped =
      fl::convolve(fl::ConstView(pixels), fl::ConstView(pair), {.policy = fl::Policy::wrap});
  check(clamped.samples<std::uint8_t>()[1] == 255 && wrapped.samples<std::uint8_t>()[1] == 44);
  return 0;
}
