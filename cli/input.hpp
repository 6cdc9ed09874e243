// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "io/byte_source.hpp"
#include "options.hpp"

namespace faltung::cli {

/// INPUT, opened: a file, or standard input.
struct Input {
  io::ByteSource source;
  io::Format format;  ///< by the suffix; of standard input by its first bytes

  /// All of it. Stop where it cannot be read.
  std::vector<std::byte> read_all();
};
Input open_input(const Request& request);

/// The format of the result: --format, the suffix, or `usual` for standard output.
io::Format output_format(const Request& request, io::Format usual);

}  // namespace faltung::cli
