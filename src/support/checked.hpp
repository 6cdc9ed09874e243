// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <limits>

namespace faltung::checked {

/// 64-bit arithmetic that remembers whether any step left the range.
class Int {
 public:
  constexpr Int(std::int64_t value) : value_(value) {}  // NOLINT(google-explicit-constructor)
  constexpr bool ok() const { return ok_; }
  constexpr std::int64_t value() const { return value_; }

  friend constexpr Int operator+(Int a, Int b) {
    Int r(0);
    r.ok_ = !__builtin_add_overflow(a.value_, b.value_, &r.value_) && a.ok_ && b.ok_;
    return r;
  }
  friend constexpr Int operator-(Int a, Int b) {
    Int r(0);
    r.ok_ = !__builtin_sub_overflow(a.value_, b.value_, &r.value_) && a.ok_ && b.ok_;
    return r;
  }
  friend constexpr Int operator*(Int a, Int b) {
    Int r(0);
    r.ok_ = !__builtin_mul_overflow(a.value_, b.value_, &r.value_) && a.ok_ && b.ok_;
    return r;
  }

 private:
  std::int64_t value_ = 0;
  bool ok_ = true;
};

/// The value, or the largest there is where it left the range.
constexpr std::int64_t at_most(Int value) {
  return value.ok() ? value.value() : std::numeric_limits<std::int64_t>::max();
}

/// More than any memory has: what is only priced is cut to it, and sums of a few still fit 64 bits.
inline constexpr std::int64_t kBeyondMemory = std::int64_t{1} << 61;

/// Rounds up to a multiple of `step`.
constexpr std::int64_t round_up(std::int64_t value, std::int64_t step) {
  return (value + step - 1) / step * step;
}

/// Rounds towards minus infinity, where / rounds towards zero.
constexpr std::int64_t floor_div(std::int64_t a, std::int64_t b) {
  return a / b - (a % b != 0 && (a < 0) != (b < 0));
}

constexpr std::int64_t ceil_div(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }

}  // namespace faltung::checked
