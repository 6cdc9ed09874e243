// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>

#include "io/byte_source.hpp"
#include "io/output_file.hpp"

/// Sound of any length, some frames at a time: what read_sound and encode_sound do, for what no
/// memory holds.
namespace faltung::io {

/// RIFF counts in 32 bits; what is longer becomes RF64. Room for the header.
inline constexpr double kMostRiffBytes = 0xffffffffp0 - 4096;

/// Samples without a header.
struct RawSound {
  double sample_rate_hz = 0;
  std::int64_t channels = 0;
  std::string encoding;  ///< of Sound; little endian, pcm8 unsigned as in WAV
};

/// Reads WAV (PCM, float, mu-law, A-law), FLAC, or raw samples.
class SoundReader {
 public:
  /// Goes by the content; by `raw` where that is given. Trouble::unavailable where the sound can be
  /// read as a whole only (compressed WAV): nothing was taken from the source then.
  static Result<SoundReader> open(ByteSource& source, const std::optional<RawSound>& raw);
  ~SoundReader();
  SoundReader(SoundReader&&) noexcept;
  SoundReader& operator=(SoundReader&&) noexcept;

  double sample_rate_hz() const;
  std::int64_t channels() const;
  const std::string& encoding() const;
  /// f32, or f64 where the file holds doubles or 32-bit integers.
  ElementType type() const;
  /// How many frames there will be; none where nobody knows.
  std::optional<std::int64_t> frames() const;
  /// Reads up to `count` frames, fewer at the end only, into [count, channels] of type(). At the
  /// end it complains of fewer frames than were declared.
  Result<std::int64_t> read(std::byte* to, std::int64_t count);

 private:
  struct Impl;
  explicit SoundReader(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// Writes WAV, FLAC or raw samples as they come.
class SoundWriter {
 public:
  struct Layout {
    Format format = Format::wav;
    std::string encoding;
    double sample_rate_hz = 0;
    std::int64_t channels = 0;
    std::optional<std::int64_t> frames;  ///< where they are known before: WAV is RF64 if need be
    SoundTags tags = {};
    double most_riff_bytes = kMostRiffBytes;  ///< of samples and tags, before it is RF64
  };
  /// The file outlives the writer. WAV into a pipe says how long it is where that is
  /// known, and else, as other programs do, that it goes on to the end; FLAC says 0 then, and has
  /// no sum over its samples.
  static Result<SoundWriter> open(OutputFile& file, const Layout& layout);
  ~SoundWriter();
  SoundWriter(SoundWriter&&) noexcept;
  SoundWriter& operator=(SoundWriter&&) noexcept;

  /// [frames, channels] of f32 or f64. Rounds and clamps as encode_sound does.
  Result<void> write(const ConstView& samples);
  /// Completes the header.
  Result<void> finish();
  /// Samples that were clamped, NaN included.
  std::int64_t clipped() const;

 private:
  struct Impl;
  explicit SoundWriter(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace faltung::io
