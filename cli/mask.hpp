// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "data.hpp"

namespace faltung::cli {

/// Samples of the data become NaN where the file of --mask is 0; nothing without one.
void apply_mask(const Request& request, Data& data);

}  // namespace faltung::cli
