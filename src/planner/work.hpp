// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>

namespace faltung {

/// The steps of primitives.def.
enum class Primitive : int {
#define FALTUNG_PRIMITIVE(name, group, meaning) name,
#include "planner/primitives.def"
#undef FALTUNG_PRIMITIVE
};

inline constexpr const char* kPrimitiveNames[] = {
#define FALTUNG_PRIMITIVE(name, group, meaning) #name,
#include "planner/primitives.def"
#undef FALTUNG_PRIMITIVE
};
inline constexpr std::size_t kPrimitives = std::size(kPrimitiveNames);

/// Which arithmetic a step runs on; a complex step is several real ones.
enum class Arithmetic : int { f32, f64, i64 };
inline constexpr const char* kArithmeticNames[] = {"f32", "f64", "i64"};
inline constexpr std::size_t kArithmetics = 3;

/// How often each primitive step is taken.
struct Work {
  std::array<double, kPrimitives> count{};
  double& operator[](Primitive p) { return count[static_cast<std::size_t>(p)]; }
  double operator[](Primitive p) const { return count[static_cast<std::size_t>(p)]; }
};

}  // namespace faltung
