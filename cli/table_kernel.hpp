// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "options.hpp"

namespace faltung::cli {

/// The taps in a CSV: its one numeric column besides t, time and index, or --kernel-column, at the
/// steps of --dt where --regrid is given. `notes` are for people. Stop where there is no such
/// column.
std::vector<double> read_table_kernel(const Request& request, std::vector<std::string>& notes);

}  // namespace faltung::cli
