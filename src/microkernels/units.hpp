// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace faltung {

/// One of the stages that take nodes of one line apart, on units of four lines. Within each
/// radix * group lanes, blocks of `group` lanes are transposed across `radix` lines, so that each
/// lane holds the parts of one node; then comes a butterfly whose twiddles differ by lane.
///
///   line 0   a0 a1 a2 a3      a0 b0 c0 d0
///   line 1   b0 b1 b2 b3  ->  a1 b1 c1 d1     radix 4, group 1
///   line 2   c0 c1 c2 c3      a2 b2 c2 d2
///   line 3   d0 d1 d2 d3      a3 b3 c3 d3
struct UnitStage {
  int radix, group;
};

/// What is done beside a row's units, a little in each of their loops, while memory has nothing
/// else to do.
template <class T>
struct Errand {
  /// Numbers that are read next, as many as the row has, brought nearer. They need not be there.
  /// Null: none.
  const T* ahead = nullptr;
  /// Numbers that are copied past the caches, at most as many as the row has. `to` is a multiple of
  /// kErrandBytes, and so is what they take. Others see them after flush_stores().
  const T* from = nullptr;
  T* to = nullptr;
  std::int64_t count = 0;

  /// What is left of it behind `number` numbers of the row.
  Errand at(std::int64_t number) const {
    if (number >= count) return {ahead == nullptr ? ahead : ahead + number};
    return {ahead == nullptr ? ahead : ahead + number, from + number, to + number, count - number};
  }
};
inline constexpr std::int64_t kErrandBytes = 128;

/// The end of every transform of a row: on each unit a radix-4 pass, whose four parts are lines,
/// then `count` stages. Twiddles of the pass are three complex numbers a unit; those of the stages
/// lines: three for radix 4, one for each pair of lines for radix 2, stage by stage.
template <class T>
struct Units {
  int count;  ///< 0 where a line is one point: there are no units
  UnitStage stages[2];
  std::int64_t twiddles;  ///< numbers of the stages of one unit
  /// Times `factor`, at the end.
  void (*forward)(T* z, std::int64_t units, const T* pass, const T* stages, T factor) noexcept;
  void (*inverse)(T* z, std::int64_t units, const T* pass, const T* stages) noexcept;
  /// forward, times h, inverse; a few units at a time, which stay in the nearest cache. Of one or
  /// two units nothing is done beside. [1]: h and stages come from far, and are asked for some
  /// units beforehand.
  void (*convolve[2])(T* z, const T* h, const Errand<T>& beside, std::int64_t units, const T* pass,
                      const T* stages) noexcept;

  // A period of real samples as one unit, modulo X^2M - 1: its M points are the even samples and,
  // as imaginary parts, the odd ones, modulo Y^M - 1 with Y = X^2 (Root::cyclic). With Z' the
  // conjugate of the spectrum Z at the conjugate of each root, a product is Z A + Z' B.

  /// From samples to the unit's lines, and back.
  void (*split)(const T* x, T* z) noexcept;
  void (*join)(const T* z, T* x) noexcept;
  /// The kernel's spectrum H in h to A there and B behind it, B = (H - H') / 2 times (1 + Y) / 2,
  /// which `half_angles` holds, and A = H - B.
  void (*pair_kernel)(T* h, const T* half_angles) noexcept;
  /// Z A + Z' B; y may be z.
  void (*multiply_pairs)(const T* z, const T* h, T* y) noexcept;
  /// convolve, where the last unit is such a one.
  void (*convolve_pairs)(T* z, const T* h, std::int64_t units, const T* pass,
                         const T* stages) noexcept;
  /// Angles of a cyclic unit's spectrum, in parts of M: line by line, lane by lane.
  std::int32_t (*angle)(std::int64_t line, std::int64_t lane) noexcept;
};

/// Lines of a unit, and numbers of its pass' twiddles.
inline constexpr std::int64_t kUnitLines = 4, kUnitPassTwiddles = 2 * (kUnitLines - 1);

/// T is float or double. `target` as in targets.hpp.
template <class T>
const Units<T>& units(std::int64_t target) noexcept;

}  // namespace faltung
