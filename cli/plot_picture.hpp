// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "data.hpp"

namespace faltung::cli {

/// Input, kernel and output side by side, of a picture or of an array of two axes: bytes of an SVG
/// or PNG.
std::vector<std::byte> plot_picture(const Data& data, const Outcome& outcome);

}  // namespace faltung::cli
