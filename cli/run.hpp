// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "options.hpp"

namespace faltung::cli {

/// Reads, computes, writes, tells. Throws Stop, with every file as it was.
void run(const Request& request);

}  // namespace faltung::cli
