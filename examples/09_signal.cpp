// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// Measured data through continuous systems, and back again.
#include <cmath>
#include <faltung/faltung.hpp>

#include "check.hpp"

namespace fl = faltung;
namespace ct = faltung::continuous;

int main() {
  // A day's cosine, every six minutes, through a house with a time constant of 12 hours.
  fl::Signal outdoor{{}, 0, 0.1, "°C", "h"};
  for (int i = 0; i < 2400; ++i)
    outdoor.values.push_back(5 + 3 * std::cos(2 * 3.14159265358979 * outdoor.time(i) / 24));
  const fl::Signal indoor = fl::convolve(outdoor, ct::first_order(12), {.unit_area = true});
  check(indoor.unit == "°C");
  double low = 5, high = 5;
  for (int i = 1200; i < 2400; ++i) {
    low = std::min(low, indoor.values[static_cast<std::size_t>(i)]);
    high = std::max(high, indoor.values[static_cast<std::size_t>(i)]);
  }
  check(std::abs((high - low) / 6 - 0.3033) < 1e-4);  // 1 / sqrt(1 + pi^2)

  // Systems by their physics; poles that meet are no trouble.
  const ct::Function spring = ct::second_order(2.0, 1 + 1e-12);
  check(std::abs(spring(0.5) - 4 * 0.5 * std::exp(-1.0)) < 1e-11);
  const ct::System lag = ct::transfer_function({1}, {12, 1});  // 1 / (12 s + 1)
  check(lag.stable && std::abs(lag.poles[0].place.real() + 1 / 12.0) < 1e-16);

  // Sample by sample, in O(1): the bits are those of any other pieces.
  fl::ResponseStream stream =
      fl::value_or_throw(fl::ResponseStream::make(ct::first_order(12), 0.1));
  std::vector<double> live(outdoor.values.size());
  for (std::size_t i = 0; i < live.size(); ++i) stream.push({&outdoor.values[i], 1}, {&live[i], 1});
  check(std::abs(live.back() - indoor.values.back()) < 1e-13);

  // Back again, as far as an error of 0.01 °C allows: hours can be told apart, minutes cannot, and
  // the warning says so.
  const std::vector<double> taps = fl::try_sampled_taps(ct::first_order(12), 0.1)->values;
  const fl::Deconvolution found =
      fl::deconvolve(indoor.values, taps,
                     {.penalty = fl::Penalty::steps, .noise = 0.01, .beyond = fl::Beyond::hold});
  check(found.residual_rms < 0.0101);
  for (const std::string& warning : found.warnings) std::cout << warning << '\n';
  print("what the data determine of 2400 numbers", std::vector<double>{found.resolved});
}
