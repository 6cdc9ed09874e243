// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "faltung/types.hpp"

namespace faltung {

/// What a record is outside its samples.
///   zero      0
///   hold      its first value before it, its last one behind it
///   periodic  the record again and again
enum class Beyond : std::int8_t { zero, hold, periodic };
/// What a record is between its samples.
///   hold    the last sample (zero-order hold)
///   linear  the straight line from one to the next
enum class Interpolation : std::int8_t { hold, linear };

FALTUNG_API const char* name(Beyond value) noexcept;
FALTUNG_API const char* name(Interpolation value) noexcept;
FALTUNG_API Result<Beyond> parse_beyond(std::string_view text);
FALTUNG_API Result<Interpolation> parse_interpolation(std::string_view text);

}  // namespace faltung
