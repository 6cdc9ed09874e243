// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sndfile.h>

#include "io/io.hpp"
#include "io/sound_headers.hpp"
#include "io/sound_memory.hpp"
#include "io/sound_stream.hpp"

/// How samples become numbers of a file: what writing in memory and writing as they come share.
namespace faltung::io {

struct Encoding {
  const char* name;
  int bits;   ///< of integers; 0 for floats
  int bytes;  ///< of a sample
  int wav;    ///< libsndfile's subtypes; in raw samples that of WAV
  int flac;   ///< 0 where FLAC has none
};
/// Null for what is none.
const Encoding* find_encoding(const std::string& name);

/// libsndfile's name for what a WAV says of its samples, and ours; no name for what is not read
/// as it lies there.
struct Subtype {
  int subtype;
  const char* encoding;
};
Subtype subtype_of(const WavLayout& wav);

/// Why such a sound cannot be written, or nothing.
std::string sound_refusal(Format format, const std::string& encoding, double sample_rate_hz);
/// The same of what libsndfile does not take.
std::string layout_refusal(Format format, std::int64_t channels, int sample_rate_hz);

/// libsndfile's description of a file. RF64 where that many bytes of samples and tags may not fit
/// RIFF.
SF_INFO sound_layout(Format format, const Encoding& encoding, double sample_rate_hz,
                     std::int64_t channels, double data_bytes,
                     double most_riff_bytes = kMostRiffBytes);

/// Before the first samples: the texts for which FLAC has names.
void set_comments(SNDFILE* file, const SoundTags& tags);

/// Appends samples [frames, channels] of f32 or f64, dense. Rounds and clamps integers by itself,
/// since libsndfile scales by one less than full; counts what was clamped in `clipped`. False where
/// libsndfile could not write.
bool write_samples(SNDFILE* file, const Encoding& encoding, const ConstView& samples,
                   std::int64_t& clipped);

}  // namespace faltung::io
