// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// A build without the CUDA toolkit.
#include "cuda/device.hpp"

namespace faltung::cuda {

KernelImage kernel_image() noexcept { return {}; }

}  // namespace faltung::cuda
