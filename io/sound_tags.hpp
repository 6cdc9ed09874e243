// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "io/byte_source.hpp"

/// What a sound file says besides its samples: LIST INFO, bext, cue, smpl and labels of WAV, Vorbis
/// comments of FLAC.
namespace faltung::io {

/// Takes nothing from the source, and never fails: what is damaged or too large is left out, since
/// the samples do not need it. Of a pipe it sees what comes before the samples.
SoundTags read_tags(ByteSource& source);

/// The name of an INFO text, such as "title" for INAM; the id itself where it has none.
std::string tag_name(const std::string& id);
/// The INFO id of a Vorbis comment's name in any case; empty where there is none.
std::string id_of_comment(std::string name);
/// The same text in UTF-8, which INFO is not bound to: what is none is read as Latin-1.
std::string as_utf8(const std::string& text);

/// Forgets what is measured in frames from the beginning: cues, loops, labels, the time of day.
void forget_positions(SoundTags& tags);
/// Forgets how loud the samples were before they were filtered.
void forget_loudness(SoundTags& tags);

/// All as chunks of a WAV, an even number of bytes.
std::vector<std::byte> wav_chunks(const SoundTags& tags);

}  // namespace faltung::io
