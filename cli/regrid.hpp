// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "io/io.hpp"
#include "options.hpp"

/// --regrid: series brought to the even steps of --dt, on straight lines between their rows or
/// held.
namespace faltung::cli {

/// The table's time, first, and its `chosen` columns at even steps from its first time on, up to
/// its last; `chosen` are the places of the columns in what comes back. `note` says what was done.
/// Stop where there are no times, where they do not ascend, or where they are dates and --dt has no
/// unit.
io::Table regridded(const Request& request, const std::string& file, const io::Table& table,
                    std::vector<std::size_t>& chosen, std::string& note);

/// The same of one column as a kernel, where the file has times; else its values as they are. What
/// is at odds with --dt and not regridded is noted, too.
std::vector<double> kernel_samples(const Request& request, const std::string& file,
                                   const io::Table& table, const std::vector<double>& values,
                                   std::vector<std::string>& notes);

}  // namespace faltung::cli
