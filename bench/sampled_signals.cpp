// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// bench_signals SAMPLES ROUNDS: sampled data through exponential responses beside a copy of the
// same arrays, in turns, on one thread. Prints one JSON array for bench/area_continuous.py.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "faltung/signal.hpp"
#include "faltung/system.hpp"

namespace {

using faltung::SampledResponse;
using faltung::continuous::Function;

double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

/// The largest error at every thousandth sample of a first-order lag, by its recurrence in extended
/// precision, relative to max|x| (its area is 1).
double error_of(const std::vector<double>& x, const std::vector<double>& y, double tau) {
  const long double a = std::exp(-1 / static_cast<long double>(tau));
  // Linear between samples: the weights of both ends of a step.
  const long double ramp = 1 - tau * (1 - a);  // now
  const long double rest = (1 - a) - ramp;     // past
  long double state = x[0], worst = 0;
  for (std::size_t n = 1; n < x.size(); ++n) {
    state = a * state + ramp * x[n] + rest * x[n - 1];
    if (n % 1000 == 0) worst = std::max(worst, std::abs(state - static_cast<long double>(y[n])));
  }
  return static_cast<double>(worst);
}

}  // namespace

int main(int argc, char** argv) {
  const auto n = static_cast<std::size_t>(argc > 1 ? std::atoll(argv[1]) : 10000000);
  const int rounds = argc > 2 ? std::atoi(argv[2]) : 9;
  constexpr double kTau = 12;
  std::vector<double> x(n), y(n);
  for (std::size_t i = 0; i < n; ++i)
    x[i] = 0.6 * std::sin(0.01 * static_cast<double>(i)) +
           0.4 * (static_cast<double>(i * 7919 % 1000) / 500 - 1);
  struct Work {
    const char* name;
    Function h;
    bool first_order;
  };
  const Work works[] = {
      {"first order", faltung::continuous::first_order(kTau), true},
      {"second order, damping 0.3", faltung::continuous::second_order(0.3, 0.3), false}};
  std::printf("[");
  for (const Work& work : works) {
    const auto response = faltung::value_or_throw(SampledResponse::make(work.h, 1));
    std::vector<double> copies, ours;
    for (int round = 0; round <= rounds; ++round) {
      const double start = now();
      std::memcpy(y.data(), x.data(), n * sizeof(double));
      const double copied = now();
      if (!response.try_run(x, y)) return 1;
      const double end = now();
      if (round == 0) continue;  // pages and caches
      copies.push_back(copied - start);
      ours.push_back(end - copied);
    }
    const double bound =
        faltung::value_or_throw(response.error_bound(static_cast<std::int64_t>(n), 1));
    std::printf("%s\n  {\"work\": \"%s, %zu samples\", \"ratio\": %.4f, \"error\": ",
                work.first_order ? "" : ",", work.name, n, median(copies) / median(ours));
    if (work.first_order) std::printf("%.3g", error_of(x, y, kTau));
    else std::printf("null");
    std::printf(", \"error_bound\": %.3g}", bound);
  }
  std::printf("\n]\n");
  return 0;
}
