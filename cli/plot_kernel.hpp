// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <vector>

#include "faltung/filter.hpp"

namespace faltung::cli {

/// One kernel alone, drawn as beside an input and an output: bytes of an SVG or PNG.
std::vector<std::byte> plot_kernel(const Filter& filter, bool svg);

}  // namespace faltung::cli
