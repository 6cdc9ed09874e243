// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "data.hpp"

namespace faltung::cli {

/// Reads KERNEL, TEMPLATE or --kernel for this input.
KernelSource load_kernel(const Request& request, const Data& data);

/// A named kernel scaled by --kernel-scale and --gain, unrounded. Of a source with a filter.
Filter fit_filter(const Request& request, const Data& data, const KernelSource& kernel);

/// The taps as they meet x: laid along its axes, scaled by --kernel-scale and --gain, in the type
/// that suits. Scaling is done in double precision and rounded once.
AnyArray fit_kernel(const Request& request, const Data& data, const KernelSource& kernel);

}  // namespace faltung::cli
