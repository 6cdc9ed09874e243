// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

namespace faltung::test {

/// Whether allocations are watched: malloc and all that rests on it, the libraries' included.
/// Under a sanitizer they are not; there any single one above 64 MiB ends the run instead.
bool allocations_are_watched();
/// The largest single allocation since the last call, in bytes.
std::size_t take_largest_allocation();

}  // namespace faltung::test
