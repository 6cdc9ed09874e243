// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "input.hpp"

namespace faltung::cli {

/// Runs a request on sound piece by piece, in memory that does not grow with its length, where that
/// is how it is to be done: pipes, files that are long, and problems that have a stream. False
/// where it is to be read as a whole; nothing was taken from the input then.
bool run_as_stream(const Request& request, Input& input);

}  // namespace faltung::cli
