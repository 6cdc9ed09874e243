// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// Correlation: by how many samples does one series follow another?
#include <algorithm>
#include <cmath>
#include <faltung/faltung.hpp>

#include "check.hpp"

namespace fl = faltung;

int main() {
  // b is a, 37 samples later and half as loud.
  std::vector<double> a(2000), b(2000);
  for (std::size_t n = 0; n < a.size(); ++n)
    a[n] = std::sin(0.001 * static_cast<double>(n * n % 6283));
  for (std::size_t n = 37; n < b.size(); ++n) b[n] = 0.5 * a[n - 37];

  // r[l] = sum_n a[n] b[n+l]; only the lags that are asked for are computed.
  const std::vector<double> r = fl::correlate(b, a, {.lags = {-100, 100}});
  const auto peak = std::max_element(r.begin(), r.end());
  const std::int64_t lag = peak - r.begin() - 100;
  std::cout << "b follows a by " << lag << " samples\n";
  check(lag == 37);

  // Where lag zero lies in any output is a function of the problem, not a guess.
  fl::Problem problem = fl::Problem::parse("correlate f64 [2000] * [2000] full");
  const std::int64_t zero = fl::value_or_throw(problem.zero_lag_index());
  std::cout << "lag 0 is index " << zero << " of the full result\n";
  check(zero == 1999);
  const std::vector<double> all = fl::correlate(b, a);
  check(std::max_element(all.begin(), all.end()) - all.begin() == zero + 37);
  return 0;
}
