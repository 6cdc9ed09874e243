// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "data.hpp"

namespace faltung::cli {

/// Waveforms, and spectrograms where the output is sound: bytes of an SVG or PNG.
std::vector<std::byte> plot_sound(const Data& data, const Outcome& outcome);

}  // namespace faltung::cli
