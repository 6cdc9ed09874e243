// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include <sndfile.h>

#include <algorithm>
#include <cstring>
#include <limits>

#include "io/sound_encoder.hpp"
#include "io/sound_headers.hpp"
#include "io/sound_stream.hpp"

namespace faltung::io {
namespace {

/// Chunks and metadata before the samples of a stream.
constexpr std::size_t kMostHeaderBytes = std::size_t{64} << 20;
constexpr std::int64_t kMostChannels = 1024;  // as libsndfile has it
constexpr std::uint64_t kEndless = std::uint64_t{1} << 60;

/// A source as libsndfile's callbacks see it: some bytes of a header, then what the source has
/// left. What was read can be read again as long as it lies in `kept`.
struct Input {
  ByteSource* source = nullptr;
  std::vector<std::byte> kept;  ///< the first bytes, whether read or not
  std::uint64_t at = 0;
  std::uint64_t left = kEndless;  ///< of the source
  std::uint64_t size = kEndless;  ///< in all
  std::optional<Failure> failure;
};
/// libsndfile looks at the beginning of a FLAC file more than once.
constexpr std::size_t kKeptBytes = 1 << 16;

sf_count_t length_of(void* user) {
  return static_cast<sf_count_t>(static_cast<Input*>(user)->size);
}
sf_count_t tell(void* user) { return static_cast<sf_count_t>(static_cast<Input*>(user)->at); }

sf_count_t seek(sf_count_t offset, int whence, void* user) {
  auto* in = static_cast<Input*>(user);
  const sf_count_t base = whence == SEEK_SET   ? 0
                          : whence == SEEK_CUR ? static_cast<sf_count_t>(in->at)
                                               : static_cast<sf_count_t>(in->size);
  const sf_count_t to = base + offset;
  if (to < 0) return -1;
  const auto target = static_cast<std::uint64_t>(to);
  if (target != in->at && (in->at > in->kept.size() || target > in->kept.size())) return -1;
  in->at = target;
  return to;
}

sf_count_t read_bytes(void* to, sf_count_t count, void* user) {
  auto* in = static_cast<Input*>(user);
  if (count <= 0) return 0;
  auto* bytes = static_cast<std::byte*>(to);
  std::size_t done = 0;
  if (in->at < in->kept.size()) {
    const auto from = static_cast<std::size_t>(in->at);
    done = std::min(static_cast<std::size_t>(count), in->kept.size() - from);
    std::memcpy(bytes, in->kept.data() + from, done);
  }
  const auto more = static_cast<std::size_t>(
      std::min<std::uint64_t>(static_cast<std::uint64_t>(count) - done, in->left));
  if (more > 0 && !in->failure) {
    const auto got = in->source->read(bytes + done, more);
    if (!got) in->failure = got.error();
    else {
      done += *got;
      in->left -= *got;
    }
  }
  in->at += done;
  return static_cast<sf_count_t>(done);
}

sf_count_t write_bytes(const void*, sf_count_t, void*) { return 0; }

}  // namespace

struct SoundReader::Impl {
  Input input;
  SoundHandle handle;
  SF_INFO info{};
  std::string encoding;
  std::optional<std::int64_t> frames;
  std::int64_t read = 0;
  std::uint64_t raw_frame_bytes = 0;  ///< of samples without a header

  Result<void> open_raw(int subtype, bool big_endian, std::uint64_t frame_bytes);
  Result<void> open_wav(ByteSource& source);
  Result<void> open_flac(ByteSource& source);
  Result<void> open_samples(ByteSource& source, const RawSound& raw);
  Result<void> open_handle();
  Result<void> check_whole_frames(std::uint64_t bytes) const;
};

Result<void> SoundReader::Impl::open_handle() {
  SF_VIRTUAL_IO callbacks{length_of, seek, read_bytes, write_bytes, tell};
  handle.reset(sf_open_virtual(&callbacks, SFM_READ, &info, &input));
  if (input.failure) return tl::unexpected(*input.failure);
  if (handle) return {};
  return bad_data(input.source->where(),
                  std::string("cannot be read as sound: ") + sf_strerror(nullptr));
}

/// Samples as they lie there: libsndfile reads them one after the other and asks for nothing else.
Result<void> SoundReader::Impl::open_raw(int subtype, bool big_endian, std::uint64_t frame_bytes) {
  info.format = SF_FORMAT_RAW | subtype | (big_endian ? SF_ENDIAN_BIG : SF_ENDIAN_LITTLE);
  input.size = input.left;
  if (input.left != kEndless) frames = static_cast<std::int64_t>(input.left / frame_bytes);
  return open_handle();
}

Result<void> SoundReader::Impl::open_wav(ByteSource& source) {
  std::optional<std::uint64_t> total = source.size();
  WavLayout wav;
  for (std::size_t count = 4096;;) {
    const auto seen = source.peek(count);
    if (!seen) return tl::unexpected(seen.error());
    if (seen->size() < count) total = seen->size();
    const auto found = wav_layout(*seen, total, source.where());
    if (!found) return tl::unexpected(found.error());
    wav = *found;
    if (wav.wanted == 0) break;
    if (wav.wanted > kMostHeaderBytes)
      return bad_data(source.where(), "has more than 64 MiB of chunks before its samples");
    count = std::max(2 * count, static_cast<std::size_t>(wav.wanted));
  }
  const Subtype subtype = subtype_of(wav);
  if (subtype.encoding == nullptr)
    return fail(Trouble::unavailable, source.where(), "cannot be read piece by piece");
  if (const auto skipped = source.skip(wav.data_at); !skipped)
    return tl::unexpected(skipped.error());
  encoding = subtype.encoding;
  info.channels = static_cast<int>(wav.channels);
  info.samplerate = static_cast<int>(wav.sample_rate_hz);
  if (wav.data_bytes) input.left = *wav.data_bytes;
  return open_raw(subtype.subtype, wav.big_endian, wav.frame_bytes);
}

Result<void> SoundReader::Impl::check_whole_frames(std::uint64_t bytes) const {
  if (raw_frame_bytes == 0 || bytes % raw_frame_bytes == 0) return {};
  return bad_data(input.source->where(), "has " + std::to_string(bytes) +
                                             " bytes, no whole number of frames of " +
                                             std::to_string(raw_frame_bytes) + " bytes");
}

Result<void> SoundReader::Impl::open_samples(ByteSource& source, const RawSound& raw) {
  if (const std::string why = sound_refusal(Format::raw, raw.encoding, raw.sample_rate_hz);
      !why.empty())
    return bad_data(source.where(), why);
  if (raw.channels < 1 || raw.channels > kMostChannels)
    return bad_data(source.where(), "was said to have " + std::to_string(raw.channels) +
                                        " channels; 1 to " + std::to_string(kMostChannels) +
                                        " are allowed");
  const Encoding* found = find_encoding(raw.encoding);
  encoding = raw.encoding;
  info.channels = static_cast<int>(raw.channels);
  info.samplerate = static_cast<int>(raw.sample_rate_hz);
  const auto frame_bytes = static_cast<std::uint64_t>(raw.channels * found->bytes);
  if (source.size()) input.left = *source.size();
  raw_frame_bytes = frame_bytes;
  if (source.size())
    if (auto whole = check_whole_frames(*source.size()); !whole) return whole;
  return open_raw(found->wav, false, frame_bytes);
}

/// Keeps stream information alone of the metadata, since libFLAC allocates by what the others say.
Result<void> SoundReader::Impl::open_flac(ByteSource& source) {
  constexpr std::size_t kHeadBytes = 42, kBlockHeaderBytes = 4;
  std::byte block[kHeadBytes];
  const auto take = [&](std::size_t count) -> Result<void> {
    const auto n = source.read(block, count);
    if (!n) return tl::unexpected(n.error());
    if (*n < count) return bad_data(source.where(), "is truncated: its FLAC header is incomplete");
    return {};
  };
  if (auto ok = take(kHeadBytes); !ok) return ok;
  input.kept.assign(block, block + kHeadBytes);
  bool last = (block[4] & std::byte{0x80}) != std::byte{0};
  const bool starts = (block[4] & std::byte{0x7f}) == std::byte{0} && block[5] == std::byte{0} &&
                      block[6] == std::byte{0} && block[7] == std::byte{34};
  if (!starts)
    return bad_data(source.where(),
                    "is damaged: its FLAC header does not begin with stream information");
  while (!last) {
    if (auto ok = take(kBlockHeaderBytes); !ok) return ok;
    last = (block[0] & std::byte{0x80}) != std::byte{0};
    std::uint64_t length = 0;
    for (int i = 1; i < 4; ++i) length = length << 8 | std::to_integer<std::uint64_t>(block[i]);
    const auto skipped = source.skip(length);
    if (!skipped) return tl::unexpected(skipped.error());
    if (*skipped < length)
      return bad_data(source.where(), "is truncated: a metadata block declares " +
                                          std::to_string(length) + " bytes, but " +
                                          std::to_string(*skipped) + " are there");
  }
  input.kept[4] = std::byte{0x80};
  if (source.size()) input.size = kHeadBytes + *source.size() - source.taken();
  const std::size_t have = input.kept.size();
  input.kept.resize(have + kKeptBytes);
  const auto more = source.read(input.kept.data() + have, kKeptBytes);
  if (!more) return tl::unexpected(more.error());
  input.kept.resize(have + *more);
  if (auto opened = open_handle(); !opened) return opened;
  if (info.frames > 0 && info.frames < std::numeric_limits<sf_count_t>::max()) frames = info.frames;
  switch (info.format & SF_FORMAT_SUBMASK) {
    case SF_FORMAT_PCM_S8: encoding = "pcm8"; break;
    case SF_FORMAT_PCM_16: encoding = "pcm16"; break;
    default: encoding = "pcm24"; break;
  }
  return {};
}

SoundReader::SoundReader(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
SoundReader::~SoundReader() = default;
SoundReader::SoundReader(SoundReader&&) noexcept = default;
SoundReader& SoundReader::operator=(SoundReader&&) noexcept = default;

double SoundReader::sample_rate_hz() const { return impl_->info.samplerate; }
std::int64_t SoundReader::channels() const { return impl_->info.channels; }
const std::string& SoundReader::encoding() const { return impl_->encoding; }
std::optional<std::int64_t> SoundReader::frames() const { return impl_->frames; }
ElementType SoundReader::type() const {
  const bool wide = impl_->encoding == "pcm32" || impl_->encoding == "float64";
  return wide ? ElementType::f64 : ElementType::f32;
}

Result<SoundReader> SoundReader::open(ByteSource& source, const std::optional<RawSound>& raw) {
  return within_memory(source.where(), [&]() -> Result<SoundReader> {
    auto impl = std::make_unique<Impl>();
    impl->input.source = &source;
    const auto seen = source.peek(12);
    if (!seen) return tl::unexpected(seen.error());
    const std::span<const std::byte> first = *seen;
    Result<void> opened;
    if (raw) opened = impl->open_samples(source, *raw);
    else if (first.empty())
      opened = bad_data(source.where(), "the file is empty; WAV or FLAC sound is needed");
    else if (is_riff(first)) opened = impl->open_wav(source);
    else if (starts_with(first, "fLaC")) opened = impl->open_flac(source);
    else opened = bad_data(source.where(), "is neither WAV nor FLAC sound");
    if (!opened) return tl::unexpected(opened.error());
    return SoundReader(std::move(impl));
  });
}

Result<std::int64_t> SoundReader::read(std::byte* to, std::int64_t count) {
  Impl& s = *impl_;
  const bool wide = type() == ElementType::f64;
  const sf_count_t got = wide
                             ? sf_readf_double(s.handle.get(), reinterpret_cast<double*>(to), count)
                             : sf_readf_float(s.handle.get(), reinterpret_cast<float*>(to), count);
  const std::string& where = s.input.source->where();
  if (s.input.failure) return tl::unexpected(*s.input.failure);
  if (got < 0 || sf_error(s.handle.get()) != SF_ERR_NO_ERROR)
    return bad_data(where, std::string("is damaged: ") + sf_strerror(s.handle.get()));
  s.read += got;
  if (got == count) return got;
  if (auto whole = s.check_whole_frames(s.input.source->taken()); !whole)
    return tl::unexpected(whole.error());
  if (s.read == 0) return bad_data(where, "holds no frames");
  if (s.frames && s.read < *s.frames)
    return bad_data(where, "is truncated: it declares " + std::to_string(*s.frames) +
                               " frames, but " + std::to_string(s.read) + " are there");
  return got;
}

}  // namespace faltung::io
