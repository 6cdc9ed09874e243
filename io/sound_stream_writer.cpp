// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include <cerrno>
#include <cmath>
#include <limits>

#include "io/sound_encoder.hpp"
#include "io/sound_stream.hpp"

namespace faltung::io {
namespace {

/// An output file as libsndfile's callbacks see it; sequential where it is a pipe.
struct Target {
  OutputFile* file;
  sf_count_t at = 0, size = 0;
  std::optional<Failure> failure;  ///< why a write did not succeed
};

sf_count_t length_of(void* user) { return static_cast<Target*>(user)->size; }
sf_count_t tell(void* user) { return static_cast<Target*>(user)->at; }

sf_count_t seek(sf_count_t offset, int whence, void* user) {
  auto* target = static_cast<Target*>(user);
  const sf_count_t base = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? target->at : target->size;
  const sf_count_t to = base + offset;
  if (to == target->at) return to;
  if (!target->file->regular() || ::lseek(target->file->descriptor(), to, SEEK_SET) != to)
    return -1;
  return target->at = to;
}

sf_count_t read_bytes(void*, sf_count_t, void*) { return 0; }

sf_count_t write_bytes(const void* from, sf_count_t count, void* user) {
  auto* target = static_cast<Target*>(user);
  if (count <= 0 || target->failure) return 0;
  const auto written =
      target->file->write({static_cast<const std::byte*>(from), static_cast<std::size_t>(count)});
  if (!written) {
    target->failure = written.error();
    return 0;
  }
  target->at += count;
  target->size = std::max(target->size, target->at);
  return count;
}

void append(std::vector<std::byte>& header, std::uint64_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) header.push_back(static_cast<std::byte>(value >> (8 * i) & 0xff));
}
void append(std::vector<std::byte>& header, const char* text) {
  for (; *text != 0; ++text) header.push_back(static_cast<std::byte>(*text));
}

/// The header of a WAV whose length cannot be put in later:
///
///   RIFF len WAVE | fmt_ len tag channels rate bytes/s bytes/frame bits [0] | fact 4 frames | data
///   len
std::vector<std::byte> wav_header(const SoundWriter::Layout& layout, const Encoding& encoding) {
  constexpr std::uint64_t kUnknown = 0xffffffff, kPcm = 1, kFloat = 3, kHeaderBytes = 36;
  const bool floats = encoding.bits == 0;
  const auto channels = static_cast<std::uint64_t>(layout.channels);
  const std::uint64_t frame_bytes = channels * static_cast<std::uint64_t>(encoding.bytes);
  const std::uint64_t rate = static_cast<std::uint64_t>(layout.sample_rate_hz);
  const std::uint64_t extra = floats ? 14 : 0;
  std::uint64_t frames = kUnknown, data = kUnknown, all = kUnknown;
  if (layout.frames &&
      static_cast<double>(*layout.frames) * static_cast<double>(frame_bytes) < 0xffffff00p0) {
    frames = static_cast<std::uint64_t>(*layout.frames);
    data = frames * frame_bytes;
    all = kHeaderBytes + extra + data + (data & 1);
  }
  std::vector<std::byte> header;
  append(header, "RIFF");
  append(header, all, 4);
  append(header, "WAVEfmt ");
  append(header, floats ? 18 : 16, 4);
  append(header, floats ? kFloat : kPcm, 2);
  append(header, channels, 2);
  append(header, rate, 4);
  append(header, std::min(kUnknown, rate * frame_bytes), 4);
  append(header, frame_bytes, 2);
  append(header, 8 * static_cast<std::uint64_t>(encoding.bytes), 2);
  if (floats) {
    append(header, 0, 2);  // nothing more of the format
    append(header, "fact");
    append(header, 4, 4);
    append(header, frames, 4);
  }
  append(header, "data");
  append(header, data, 4);
  return header;
}

}  // namespace

struct SoundWriter::Impl {
  Target target;
  SoundHandle handle;
  const Encoding* encoding = nullptr;
  std::int64_t clipped = 0;
  bool pad = false;  ///< a chunk of a pipe that is odd in length
  std::int64_t bytes = 0;

  tl::unexpected<Failure> failed() const {
    if (target.failure) return tl::unexpected(*target.failure);
    return fail(Trouble::cannot_create, "sound", "libsndfile could not encode it");
  }
};

SoundWriter::SoundWriter(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
SoundWriter::~SoundWriter() = default;
SoundWriter::SoundWriter(SoundWriter&&) noexcept = default;
SoundWriter& SoundWriter::operator=(SoundWriter&&) noexcept = default;
std::int64_t SoundWriter::clipped() const { return impl_->clipped; }

Result<SoundWriter> SoundWriter::open(OutputFile& file, const Layout& layout) {
  if (const std::string why = sound_refusal(layout.format, layout.encoding, layout.sample_rate_hz);
      !why.empty())
    return fail(Trouble::cannot_create, "sound", why);
  const bool wav = layout.format == Format::wav;
  if (layout.format == Format::flac && !file.regular())
    return fail(Trouble::cannot_create, "sound",
                "FLAC cannot be written into a pipe, since its header is completed at the end; "
                "WAV and raw samples can");
  const Encoding& encoding = *find_encoding(layout.encoding);
  const double frames = layout.frames ? static_cast<double>(*layout.frames) : HUGE_VAL;
  const bool headed = wav && !file.regular();
  SF_INFO info =
      sound_layout(headed ? Format::raw : layout.format, encoding, layout.sample_rate_hz,
                   layout.channels, frames * static_cast<double>(layout.channels) * encoding.bytes);
  auto impl = std::make_unique<Impl>();
  impl->target.file = &file;
  impl->encoding = &encoding;
  impl->pad = headed;
  if (headed)
    if (auto written = file.write(wav_header(layout, encoding)); !written)
      return tl::unexpected(written.error());
  SF_VIRTUAL_IO callbacks{length_of, seek, read_bytes, write_bytes, tell};
  if (sf_format_check(&info))
    impl->handle.reset(sf_open_virtual(&callbacks, SFM_WRITE, &info, &impl->target));
  if (!impl->handle)
    return fail(Trouble::cannot_create, "sound",
                layout_refusal(layout.format, layout.channels, info.samplerate));
  // The PEAK chunk holds the time of day, which would make every run's bytes differ.
  sf_command(impl->handle.get(), SFC_SET_ADD_PEAK_CHUNK, nullptr, SF_FALSE);
  // What is not known to be long becomes RF64 only where it is.
  if (wav && !headed && !layout.frames)
    sf_command(impl->handle.get(), SFC_RF64_AUTO_DOWNGRADE, nullptr, SF_TRUE);
  return SoundWriter(std::move(impl));
}

Result<void> SoundWriter::write(const ConstView& samples) {
  if (element_count(samples.shape) == 0) return {};
  if (!write_samples(impl_->handle.get(), *impl_->encoding, samples, impl_->clipped) ||
      impl_->target.failure)
    return impl_->failed();
  impl_->bytes += element_count(samples.shape) * impl_->encoding->bytes;
  return {};
}

Result<void> SoundWriter::finish() {
  const bool closed = sf_close(impl_->handle.release()) == 0;
  if (!closed || impl_->target.failure) return impl_->failed();
  const std::byte padding{0};
  if (impl_->pad && impl_->bytes % 2 != 0) return impl_->target.file->write({&padding, 1});
  return {};
}

}  // namespace faltung::io
