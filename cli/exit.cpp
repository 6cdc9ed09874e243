// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "exit.hpp"

namespace faltung::cli {

Exit exit_code(Status status) noexcept {
  switch (status) {
    case Status::invalid_argument:
    case Status::unknown_name:
    case Status::unsupported: return kUsage;
    case Status::empty_input:
    case Status::empty_kernel:
    case Status::no_output:
    case Status::shape_mismatch:
    case Status::type_mismatch:
    case Status::size_overflow:
    case Status::integer_overflow: return kData;
    case Status::out_of_memory:
    case Status::device_failed: return kUnavailable;
    case Status::ok:
    case Status::kernel_mismatch:
    case Status::workspace_too_small:
    case Status::aliasing: return kInternal;
  }
  return kInternal;
}

Exit exit_code(io::Trouble trouble) noexcept {
  switch (trouble) {
    case io::Trouble::data: return kData;
    case io::Trouble::no_input: return kNoInput;
    case io::Trouble::cannot_create: return kCannotCreate;
    case io::Trouble::io_error: return kIoError;
    case io::Trouble::unavailable: return kUnavailable;
  }
  return kInternal;
}

}  // namespace faltung::cli
