// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <optional>

namespace faltung::continuous {

/// Where f or its first, second or third derivative jumps within an interval, as exactly as its
/// values tell; nothing where differences on finer and finer grids say that it is smooth. `scale`
/// is that of f's values.
std::optional<double> find_edge(const std::function<double(double)>& f, double lower, double upper,
                                double scale);

}  // namespace faltung::continuous
