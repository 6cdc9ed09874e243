// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "limits.hpp"

#include <algorithm>
#include <barrier>
#include <chrono>
#include <cmath>
#include <cstring>
#include <thread>
#include <vector>

#include "microkernels/peaks.hpp"
#include "microkernels/targets.hpp"
#include "mixed_peak.hpp"
#include "support/aligned_vector.hpp"

namespace faltung::bench {
namespace {

using Clock = std::chrono::steady_clock;

double since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// The most of `work(thread)` a second, all threads at once: work over the time of the slowest.
template <class F>
double best_rate(int threads, double seconds, F&& work) {
  std::vector<double> done(static_cast<std::size_t>(threads));
  double best = 0;
  bool more = true;
  Clock::time_point first = Clock::now(), begin = first;
  std::barrier start(threads, [&]() noexcept { begin = Clock::now(); });
  std::barrier end(threads, [&]() noexcept {
    double sum = 0;
    for (double d : done) sum += d;
    best = std::max(best, sum / since(begin));
    more = since(first) < seconds;
  });
  const auto body = [&](int t) {
    while (more) {
      start.arrive_and_wait();
      done[static_cast<std::size_t>(t)] = work(t);
      end.arrive_and_wait();
    }
  };
  std::vector<std::jthread> others;
  for (int t = 1; t < threads; ++t) others.emplace_back(body, t);
  body(0);
  return best;
}

constexpr std::int64_t kRounds = 100000;  // some 0.3 ms, long against a barrier

template <class T>
double p(std::int64_t target, int threads, double seconds) {
  return best_rate(threads, seconds, [&](int) {
    T sink = 0;
    return peaks<T>(target).multiply_add(kRounds, &sink);
  });
}

template <class T>
double q(std::int64_t target, int threads, double seconds) {
  return best_rate(threads, seconds, [&](int) {
    T sink = 0;
    return mixed_peak<T>(target).fma_add(kRounds, &sink);
  });
}

double copy(int threads, double seconds) {
  constexpr std::size_t kBytes = std::size_t{64} << 20;
  support::AlignedVector<std::byte> from(kBytes, std::byte{1}), to(kBytes, std::byte{0});
  const std::size_t part = kBytes / static_cast<std::size_t>(threads);
  return best_rate(threads, seconds, [&](int t) {
    const std::size_t at = static_cast<std::size_t>(t) * part;
    std::memcpy(to.data() + at, from.data() + at, part);
    return 2.0 * static_cast<double>(part);
  });
}

}  // namespace

Limits measure_limits(int threads, double seconds) {
  const std::int64_t target = value_or_throw(active_target_bit());
  const double share = seconds / 6;
  Limits found;
  found.p_f32 = p<float>(target, threads, share);
  found.p_f64 = p<double>(target, threads, share);
  found.q_f32 = q<float>(target, threads, share);
  found.q_f64 = q<double>(target, threads, share);
  found.copy = copy(threads, 2 * share);
  return found;
}

}  // namespace faltung::bench
