// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include <cerrno>
#include <cmath>
#include <cstring>
#include <limits>

#include "io/sound_encoder.hpp"
#include "io/sound_headers.hpp"
#include "io/sound_stream.hpp"
#include "io/sound_tags.hpp"
#include "io/wav_header.hpp"

namespace faltung::io {
namespace {

/// An output file as libsndfile's callbacks see it; sequential where it is a pipe.
struct Target {
  OutputFile* file;
  sf_count_t at = 0, size = 0;
  std::optional<Failure> failure;  ///< why a write did not succeed
  bool rf64 = false;               ///< it begins so
  bool flac = false;
  std::optional<std::int64_t> frames;  ///< in all, where that is known

  /// FLAC in a pipe. Its encoder completes the header at the end, which has left long since: what
  /// is written there a second time goes nowhere, and what the header then lacks (the sum over all
  /// samples, the sizes of frames) FLAC lets be unknown. Their number is put in beforehand.
  bool sent_flac() const { return flac && !file->regular(); }
};

/// The number of frames where the header of FLAC says 0, which is unknown: 36 bits behind "fLaC",
/// the head of the block STREAMINFO and what else is in that.
void put_frames(std::span<std::byte> header, sf_count_t at, std::int64_t frames) {
  constexpr sf_count_t kFirst = 21, kBytes = 5;
  constexpr int kMostBits = 36;
  if (frames >= std::int64_t{1} << kMostBits) return;
  for (sf_count_t i = 0; i < kBytes; ++i) {
    const sf_count_t place = kFirst + i - at;
    if (place < 0 || place >= static_cast<sf_count_t>(header.size())) continue;
    header[static_cast<std::size_t>(place)] |=
        static_cast<std::byte>(frames >> 8 * (kBytes - 1 - i) & 0xff);
  }
}

sf_count_t length_of(void* user) { return static_cast<Target*>(user)->size; }
sf_count_t tell(void* user) { return static_cast<Target*>(user)->at; }

sf_count_t seek(sf_count_t offset, int whence, void* user) {
  auto* target = static_cast<Target*>(user);
  const sf_count_t base = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? target->at : target->size;
  const sf_count_t to = base + offset;
  if (to == target->at) return to;
  if (target->sent_flac() && to >= 0 && to <= target->size) return target->at = to;
  if (!target->file->regular() || ::lseek(target->file->descriptor(), to, SEEK_SET) != to)
    return -1;
  return target->at = to;
}

sf_count_t read_bytes(void*, sf_count_t, void*) { return 0; }

sf_count_t write_bytes(const void* from, sf_count_t count, void* user) {
  auto* target = static_cast<Target*>(user);
  if (count <= 0 || target->failure) return 0;
  if (target->sent_flac() && target->at < target->size) {
    target->at += count;
    return count;
  }
  const auto* begin = static_cast<const std::byte*>(from);
  std::vector<std::byte> header;
  if (constexpr sf_count_t kHeaderBytes = 26;
      target->sent_flac() && target->frames && target->at < kHeaderBytes) {
    header.assign(begin, begin + count);
    put_frames(header, target->at, *target->frames);
    begin = header.data();
  }
  const auto written = target->file->write({begin, static_cast<std::size_t>(count)});
  if (!written) {
    target->failure = written.error();
    return 0;
  }
  if (target->at == 0 && count >= 4) target->rf64 = std::memcmp(from, "RF64", 4) == 0;
  target->at += count;
  target->size = std::max(target->size, target->at);
  return count;
}

}  // namespace

struct SoundWriter::Impl {
  Target target;
  SoundHandle handle;
  const Encoding* encoding = nullptr;
  std::int64_t clipped = 0;
  bool pad = false;  ///< a chunk of a pipe that is odd in length
  std::int64_t bytes = 0;
  std::vector<std::byte> behind;  ///< chunks of a pipe that follow the samples
  SoundTags tags;                 ///< to be put behind the samples
  Result<void> write_tags();

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
  const Encoding& encoding = *find_encoding(layout.encoding);
  const double frames = layout.frames ? static_cast<double>(*layout.frames) : HUGE_VAL;
  const auto tag_bytes = static_cast<double>(wav_chunks(layout.tags).size());
  const bool headed = wav && !file.regular();
  SF_INFO info = sound_layout(
      headed ? Format::raw : layout.format, encoding, layout.sample_rate_hz, layout.channels,
      frames * static_cast<double>(layout.channels) * encoding.bytes + tag_bytes,
      layout.most_riff_bytes);
  auto impl = std::make_unique<Impl>();
  impl->target.file = &file;
  impl->target.flac = layout.format == Format::flac;
  impl->target.frames = layout.frames;
  impl->encoding = &encoding;
  impl->pad = headed;
  if (headed) {
    const std::vector<std::byte> header = wav_header(layout, encoding);
    if (starts_with(header, "RF64")) impl->behind = wav_chunks(layout.tags);
    if (auto written = file.write(header); !written) return tl::unexpected(written.error());
  }
  SF_VIRTUAL_IO callbacks{length_of, seek, read_bytes, write_bytes, tell};
  if (sf_format_check(&info))
    impl->handle.reset(sf_open_virtual(&callbacks, SFM_WRITE, &info, &impl->target));
  if (!impl->handle)
    return fail(Trouble::cannot_create, "sound",
                layout_refusal(layout.format, layout.channels, info.samplerate));
  if (layout.format == Format::flac) set_comments(impl->handle.get(), layout.tags);
  if (wav && !headed) impl->tags = layout.tags;
  // The PEAK chunk holds the time of day, which would make every run's bytes differ.
  sf_command(impl->handle.get(), SFC_SET_ADD_PEAK_CHUNK, nullptr, SF_FALSE);
  // What is not known to be long becomes RF64 only where it is.
  if (wav && !headed && !layout.frames)
    sf_command(impl->handle.get(), SFC_RF64_AUTO_DOWNGRADE, nullptr, SF_TRUE);
  return SoundWriter(std::move(impl));
}

/// Behind the samples, and the length at the beginning put right.
Result<void> SoundWriter::Impl::write_tags() {
  const WavTail tail = wav_tail(tags, static_cast<std::uint64_t>(target.size), target.rf64);
  if (tail.bytes.empty()) return {};
  const auto put = [&](std::uint64_t at, std::span<const std::byte> what) {
    return seek(static_cast<sf_count_t>(at), SEEK_SET, &target) == static_cast<sf_count_t>(at) &&
           write_bytes(what.data(), static_cast<sf_count_t>(what.size()), &target) > 0;
  };
  if (!put(static_cast<std::uint64_t>(target.size), tail.bytes) ||
      !put(tail.length_at, tail.length))
    return failed();
  return {};
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
  if (auto written = impl_->write_tags(); !written) return written;
  const std::byte padding{0};
  if (impl_->pad && impl_->bytes % 2 != 0)
    if (auto written = impl_->target.file->write({&padding, 1}); !written) return written;
  return impl_->target.file->write(impl_->behind);
}

}  // namespace faltung::io
