// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "io/io.hpp"

namespace faltung::io {

/// What an NPY file says of its samples, and where they are.
struct NpyContents {
  ElementType type = ElementType::f32;
  Dims shape, strides;
  bool swap = false;  ///< the other byte order
  std::span<const std::byte> samples;
};
/// Refuses a header that the bytes do not bear out.
Result<NpyContents> npy_contents(std::span<const std::byte> bytes, const std::string& where);

/// All that lies before the samples of a dense array; of so many bytes at least, a multiple of 64.
std::vector<std::byte> npy_header(ElementType type, const Dims& shape, std::size_t least_bytes = 0);

}  // namespace faltung::io
