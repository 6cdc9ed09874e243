// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "faltung/types.hpp"

namespace faltung {

/// The target that plans use: a bit of Highway's target list. The best that this processor runs,
/// or the one that FALTUNG_FORCE_TARGET named when it was first asked for.
/// Errors: unknown_name (no such target in this build), unsupported (this processor lacks it).
Result<std::int64_t> active_target_bit();

/// Bytes of a vector of the target in use; of the best one where FALTUNG_FORCE_TARGET is refused.
std::int64_t active_vector_bytes() noexcept;

/// The bits of supported_targets(), in its order.
std::vector<std::int64_t> supported_target_bits();

/// The bit of a name, or of the best target for an empty one; errors as above.
Result<std::int64_t> target_bit(std::string_view name);

}  // namespace faltung
