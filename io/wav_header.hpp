// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "io/sound_encoder.hpp"
#include "io/sound_stream.hpp"

namespace faltung::io {

/// The header of a WAV whose length cannot be put in later, with its tags, up to the samples. Where
/// their number is known and too large for RIFF it is RF64, and the tags follow the samples, since
/// programs lose their way at chunks that they do not know there. Where it is not known the header
/// says so, as other programs do.
std::vector<std::byte> wav_header(const SoundWriter::Layout& layout, const Encoding& encoding);

/// What becomes of a WAV in a place where it can be changed when tags follow its samples.
struct WavTail {
  std::vector<std::byte> bytes;  ///< to append
  std::uint64_t length_at = 0;   ///< where the length of all lies, and what it is then
  std::vector<std::byte> length;
};
/// Of a WAV with that many bytes; `rf64` where it begins so. Empty where nothing is to be changed,
/// or the tags would not fit any more.
WavTail wav_tail(const SoundTags& tags, std::uint64_t file_bytes, bool rf64);

}  // namespace faltung::io
