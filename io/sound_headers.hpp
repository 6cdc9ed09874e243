// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "io/io.hpp"

/// Headers of sound files, compared with the bytes that are there before libsndfile sees them.
namespace faltung::io {

/// Text at a place of the file, such as "RIFF".
bool starts_with(std::span<const std::byte> bytes, const char* text, std::size_t at = 0);

/// RIFF, RIFX and RF64 up to the data chunk.
Result<void> check_wav(std::span<const std::byte> bytes, const std::string& where);

/// FLAC up to its frames. Without the metadata that sound does not need it is `head`, then
/// `frames`.
Result<void> check_flac(std::span<const std::byte> bytes, const std::string& where,
                        std::vector<std::byte>& head, std::span<const std::byte>& frames);

}  // namespace faltung::io
