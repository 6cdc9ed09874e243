// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// The compiled device kernels, as the driver takes them.
#include "cuda/device.hpp"

// Drivers read it a word at a time.
asm(".section .rodata\n"
    ".balign 64\n"
    "faltung_kernel_image_begin:\n"
    ".incbin \"" FALTUNG_KERNEL_IMAGE
    "\"\n"
    "faltung_kernel_image_end:\n"
    ".byte 0\n"
    ".previous\n");

extern "C" {
extern const char faltung_kernel_image_begin[] __attribute__((visibility("hidden")));
extern const char faltung_kernel_image_end[] __attribute__((visibility("hidden")));
}

namespace faltung::cuda {

KernelImage kernel_image() noexcept {
  return {{faltung_kernel_image_begin,
           static_cast<std::size_t>(faltung_kernel_image_end - faltung_kernel_image_begin)},
          FALTUNG_KERNEL_TOOLKIT};
}

}  // namespace faltung::cuda
