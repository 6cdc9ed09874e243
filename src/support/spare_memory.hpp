// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

namespace faltung::support {

/// Memory that was given back and is likely to be asked for again: kernels that are prepared one
/// after the other, workspaces of calls without a plan. The system would set each of its pages to
/// zero anew, which takes longer than a transform of what they hold. Kept by the process: a few
/// blocks of up to some megabytes, kSpareBytes together, which make room for new ones: what is in
/// use and what is kept are never more than was in use at once before.
///
/// Threads  any; one that finds another here goes on without.
inline constexpr std::size_t kSpareBytes = std::size_t{16} << 20;

/// A block of just so many bytes, with whatever it holds; or null, and about to be allocated.
void* take_spare(std::size_t bytes) noexcept;
/// Takes p, which free_aligned() would free, unless it is too small or too large to be kept.
bool keep_spare(void* p, std::size_t bytes) noexcept;
/// Gives all that is kept back to the system.
void free_spares() noexcept;

}  // namespace faltung::support
