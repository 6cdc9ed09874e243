// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <vector>

namespace faltung::test_support {

/// Random numbers that are the same with every standard library (splitmix64).
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}
  std::uint64_t bits() {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
  }
  /// A whole number, both ends included.
  std::int64_t whole(std::int64_t low, std::int64_t high) {
    return low + static_cast<std::int64_t>(bits() % static_cast<std::uint64_t>(high - low + 1));
  }
  /// True once in `n` times.
  bool once_in(std::int64_t n) { return whole(1, n) == 1; }
  /// Uniform in [0, 1), 53 bits.
  double unit() { return static_cast<double>(bits() >> 11) * 0x1p-53; }
  /// Uniform in [-1, 1).
  double symmetric() { return 2 * unit() - 1; }
  template <class T>
  const T& of(const std::vector<T>& values) {
    return values[static_cast<std::size_t>(whole(0, static_cast<std::int64_t>(values.size()) - 1))];
  }
  template <class T>
  T of(std::initializer_list<T> values) {
    return values.begin()[whole(0, static_cast<std::int64_t>(values.size()) - 1)];
  }
  /// Small values are likelier: uniform in its logarithm.
  std::int64_t size(std::int64_t largest);

 private:
  std::uint64_t state_;
};

/// FALTUNG_SEED, or a fixed number.
std::uint64_t seed();
/// FALTUNG_LONG_TESTS=1.
bool long_tests();
/// How many random cases to run: the second number in long tests.
int cases(int quick, int thorough);
/// The generator of one case of one test; `describe_case` says how to get it again.
Random random_for(const std::string& test, int index);
std::string describe_case(int index);
/// "Suite.Test" of the test that runs.
std::string current_test();

}  // namespace faltung::test_support
