// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "data.hpp"

namespace faltung::cli {

/// Reads, computes, writes, tells. Throws Stop, with every file as it was.
void run(const Request& request);

/// The problem of a request, with taps as they meet the data. Stop where it has no meaning.
Problem make_problem(const Request& request, const Data& data, const AnyArray& taps);

/// Of a run that failed: what would do.
[[noreturn]] void stop(const Failure& failure, const Problem& problem);

}  // namespace faltung::cli
