// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "data.hpp"

namespace faltung::cli {

/// Stop(kUsage) that says which arrays can be drawn.
void check_drawable(const std::string& label, const Dims& shape);

/// An array of one axis as a series, of two as colours: bytes of an SVG or PNG.
std::vector<std::byte> plot_array(const Data& data, const Outcome& outcome);

}  // namespace faltung::cli
