// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "options.hpp"

namespace faltung::cli {

/// faltung info FILE: what the file holds, as INPUT would be read. `raw` as in Request.
void run_file_info(const std::string& file, const std::optional<io::RawSound>& raw, bool json);

}  // namespace faltung::cli
