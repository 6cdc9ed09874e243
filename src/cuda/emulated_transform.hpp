// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cuda/device.hpp"

namespace faltung::cuda {

/// The transforms of the emulated device, in builds with tests: by the definition of the discrete
/// Fourier transform along each prime factor, in the arithmetic of the arrays. They spoil their
/// work area, as a library would.
std::unique_ptr<const Transform> make_emulated_transform(const TransformShape& shape);

}  // namespace faltung::cuda
