// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "mask.hpp"

#include <fmt/format.h>

#include "exit.hpp"
#include "files.hpp"
#include "kernel.hpp"

namespace faltung::cli {

void apply_mask(const Request& request, Data& data) {
  if (request.mask.empty()) return;
  check_source(request.mask);
  // A mask is read as a kernel from a file is: of one column, of samples or of colours.
  Request as_kernel = request;
  as_kernel.kernel = request.mask;
  as_kernel.kernel_text = std::nullopt;
  as_kernel.kernel_column = std::nullopt;
  as_kernel.resample = false;
  AnyArray mask = load_kernel(as_kernel, data).taps;
  // One channel for all of a picture, a sound or a table.
  const ConstView samples = data.samples();
  if (mask.shape.rank() + 1 == samples.shape.rank() && std::string_view(data.kind()) != "array")
    mask.shape.push_back(1);
  Result<AnyArray> masked = faltung::masked(samples, mask.view());
  if (!masked && masked.error().status == Status::out_of_memory)
    throw Stop(kUnavailable, masked.error().message);
  if (!masked)
    throw Stop(kData, fmt::format("--mask {}: {}", request.mask, masked.error().message));
  data.mask(std::move(*masked));
}

}  // namespace faltung::cli
