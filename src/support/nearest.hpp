// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "faltung/types.hpp"

namespace faltung::support {

/// A refusal that names what was given, the nearest allowed name (where one is near) and all that
/// are allowed: "unknown boundary 'wrop'; did you mean wrap? Allowed: constant, edge, ...".
Failure unknown(std::string_view what, std::string_view given,
                const std::vector<std::string>& allowed);

}  // namespace faltung::support
