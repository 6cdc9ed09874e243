// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "io/io.hpp"

namespace faltung::cli {

/// Something to write: encoded, complete, not yet on the disk.
struct Output {
  std::filesystem::path path;
  std::vector<std::byte> bytes;
};

/// The path of an output: "-" is standard output.
std::filesystem::path place_of(const std::string& output);

/// The same file by device and inode: through links too. False where either does not exist.
bool same_file(const std::filesystem::path& a, const std::filesystem::path& b);

/// Refuses, before anything is computed, an output that cannot be made: its folder is missing, is
/// no folder or cannot be written to, or the output itself is a folder. Stop(kCannotCreate).
void check_destination(const std::filesystem::path& path);

/// Refuses a file that is missing (kNoInput), a folder, or larger than the memory.
void check_source(const std::filesystem::path& path);

/// Writes all of them, each whole, or none: after a failure every old file is as it was, and
/// nothing new lies beside it.
void write_outputs(const std::vector<Output>& outputs);

}  // namespace faltung::cli
