// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <vector>

#include "io/io.hpp"

/// Headers of sound files, compared with the bytes that are there before libsndfile sees them.
namespace faltung::io {

/// Text at a place of the file, such as "RIFF".
bool starts_with(std::span<const std::byte> bytes, const char* text, std::size_t at = 0);

/// RIFF, RIFX, RF64 or BW64, whatever they hold.
bool is_riff(std::span<const std::byte> bytes);

/// What a WAV header says of the samples behind it.
struct WavLayout {
  std::uint64_t tag = 0;  ///< 1 PCM, 3 float, 6 A-law, 7 mu-law, ...; of an extensible one, its own
  std::uint64_t channels = 0, sample_rate_hz = 0, frame_bytes = 0, bits = 0;
  bool big_endian = false;
  std::uint64_t data_at = 0;
  std::optional<std::uint64_t> data_bytes;  ///< none: up to the end, wherever that is
  std::uint64_t wanted = 0;  ///< not 0: so many bytes have to be seen first, nothing else is set
};

/// Any of them up to the data chunk. `bytes` are the first ones of `total`; all there are
/// where there is no total.
Result<WavLayout> wav_layout(std::span<const std::byte> bytes, std::optional<std::uint64_t> total,
                             const std::string& where);

/// FLAC up to its frames. Without the metadata that sound does not need it is `head`, then
/// `frames`.
Result<void> check_flac(std::span<const std::byte> bytes, const std::string& where,
                        std::vector<std::byte>& head, std::span<const std::byte>& frames);

}  // namespace faltung::io
