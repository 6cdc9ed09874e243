// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <string>

namespace faltung::reference {

__extension__ typedef __int128 Int128;
__extension__ typedef unsigned __int128 UInt128;

/// A whole number of 320 bits in two's complement: the sum of 2^60 products of two Int128 fits.
class WideInteger {
 public:
  static constexpr int kLimbs = 5;

  WideInteger() = default;
  WideInteger(Int128 v) {  // NOLINT(google-explicit-constructor): every Int128 is one
    limbs_[0] = static_cast<std::uint64_t>(v);
    limbs_[1] = static_cast<std::uint64_t>(v >> 64);
    for (int i = 2; i < kLimbs; ++i) limbs_[i] = v < 0 ? ~std::uint64_t{0} : 0;
  }

  bool negative() const { return limbs_[kLimbs - 1] >> 63 != 0; }
  std::uint64_t limb(int i) const { return limbs_[static_cast<std::size_t>(i)]; }

  friend WideInteger operator+(const WideInteger& a, const WideInteger& b) {
    WideInteger r;
    UInt128 carry = 0;
    for (std::size_t i = 0; i < kLimbs; ++i) {
      carry += static_cast<UInt128>(a.limbs_[i]) + b.limbs_[i];
      r.limbs_[i] = static_cast<std::uint64_t>(carry);
      carry >>= 64;
    }
    return r;
  }
  friend WideInteger operator-(const WideInteger& a) {
    WideInteger r;
    for (std::size_t i = 0; i < kLimbs; ++i) r.limbs_[i] = ~a.limbs_[i];
    return r + WideInteger(1);
  }
  friend WideInteger operator-(const WideInteger& a, const WideInteger& b) { return a + -b; }
  /// Schoolbook modulo 2^320: in two's complement that is right for either sign.
  friend WideInteger operator*(const WideInteger& a, const WideInteger& b) {
    WideInteger r;
    for (std::size_t i = 0; i < kLimbs; ++i) {
      UInt128 carry = 0;
      for (std::size_t j = 0; i + j < kLimbs; ++j) {
        carry += static_cast<UInt128>(a.limbs_[i]) * b.limbs_[j] + r.limbs_[i + j];
        r.limbs_[i + j] = static_cast<std::uint64_t>(carry);
        carry >>= 64;
      }
    }
    return r;
  }
  friend bool operator==(const WideInteger&, const WideInteger&) = default;
  friend bool operator<(const WideInteger& a, const WideInteger& b) {
    if (a.negative() != b.negative()) return a.negative();
    for (int i = kLimbs - 1; i >= 0; --i)
      if (a.limb(i) != b.limb(i)) return a.limb(i) < b.limb(i);
    return false;
  }
  friend WideInteger magnitude(const WideInteger& a) { return a.negative() ? -a : a; }

  /// Hexadecimal, for messages.
  std::string text() const {
    const WideInteger m = magnitude(*this);
    std::string digits;
    for (int i = kLimbs - 1; i >= 0; --i)
      for (int d = 60; d >= 0; d -= 4) {
        const unsigned v = static_cast<unsigned>(m.limb(i) >> d & 15);
        if (v || !digits.empty()) digits += "0123456789abcdef"[v];
      }
    return (negative() ? "-0x" : "0x") + (digits.empty() ? "0" : digits);
  }

 private:
  std::array<std::uint64_t, kLimbs> limbs_{};
};

}  // namespace faltung::reference
