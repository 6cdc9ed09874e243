// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "elements.hpp"
#include "exit.hpp"
#include "io/npy_stream.hpp"
#include "io/scratch_file.hpp"
#include "io/sound_stream.hpp"
#include "io/sound_tags.hpp"
#include "kept_tags.hpp"
#include "piecewise.hpp"
#include "sound.hpp"
#include "sound_result.hpp"

namespace faltung::cli {
namespace {

/// Sound of fewer bytes is read as a whole, and the planner sees all of it.
constexpr std::uint64_t kSmallBytes = std::uint64_t{8} << 20;

/// Samples that are scaled at a time.
constexpr std::int64_t kScaledSamples = 1 << 16;

/// Of the reader's and the writer's own buffers.
constexpr std::int64_t kCodecBytes = 1 << 19;

class SoundPieces final : public Piecewise {
 public:
  SoundPieces(const Request& request, io::SoundReader reader, io::SoundTags tags, io::Format input,
              io::Format format)
      : request_(request),
        reader_(std::move(reader)),
        tags_(std::move(tags)),
        usual_(usual_sound_format(input)),
        format_(format) {}

  std::unique_ptr<Data> describe(std::int64_t frames) const override {
    return describe_sound(request_, {reader_.sample_rate_hz(), frames, reader_.channels(),
                                     reader_.type(), usual_});
  }
  std::optional<std::int64_t> rows() const override { return reader_.frames(); }
  std::int64_t read(std::byte* to, std::int64_t frames) override {
    return take(reader_.read(to, frames));
  }
  std::int64_t held_bytes(std::int64_t, std::int64_t) const override {
    return kCodecBytes + (request_.output_peak ? kScaledSamples * size_bytes(ElementType::f64) : 0);
  }
  void plan(ElementType type) override { type_ = type; }
  std::string encoding() const override {
    return format_ == io::Format::npy ? name(type_) : sound_encoding(request_, format_);
  }
  void open(io::OutputFile& file, const Target& target) override;
  void write(const View& outputs) override {
    const View samples = sum_inputs(outputs);
    loud_.add(samples);
    if (!scratch_) return store(samples);
    take(scratch_->write(bytes_of(samples)));
  }
  void finish(Stored& stored) override;

 private:
  std::span<const std::byte> bytes_of(const View& dense) const {
    return {static_cast<const std::byte*>(dense.data),
            static_cast<std::size_t>(element_count(dense.shape) * size_bytes(dense.type))};
  }
  void store(const View& samples) {
    frames_ += samples.shape[0];
    take(npy_ ? npy_->write(bytes_of(samples)) : writer_->write(samples));
  }
  /// Of an array, which has no axis for the channel of mono sound.
  Dims array_shape(std::int64_t frames) const {
    return channels_ == 1 ? Dims{frames} : Dims{frames, channels_};
  }
  /// Beside the output, where there is room for it; standard output has no place.
  std::filesystem::path scratch_folder() const {
    std::error_code error;
    if (request_.output == "-") {
      const std::filesystem::path folder = std::filesystem::temp_directory_path(error);
      return error ? std::filesystem::path("/tmp") : folder;
    }
    const std::filesystem::path folder = std::filesystem::path(request_.output).parent_path();
    return folder.empty() ? "." : folder;
  }
  void write_scaled(Stored& stored);

  const Request& request_;
  io::SoundReader reader_;
  io::SoundTags tags_;
  std::vector<std::string> details_;
  io::Format usual_, format_;
  std::optional<io::SoundWriter> writer_;
  std::optional<io::NpyWriter> npy_;
  Loudness loud_;
  /// Of --output-gain peak: the samples before their peak is known.
  std::optional<io::ScratchFile> scratch_;
  ElementType type_ = ElementType::f32;
  std::int64_t channels_ = 1, frames_ = 0;
};

void SoundPieces::open(io::OutputFile& file, const Target& target) {
  type_ = target.type;
  channels_ = target.shape.back();
  if (request_.output_peak) scratch_ = take(io::ScratchFile::create(scratch_folder()));
  if (format_ == io::Format::npy) {
    npy_ = take(target.rows ? io::NpyWriter::open(file, type_, array_shape(*target.rows))
                            : io::NpyWriter::open_growing(file, type_, array_shape(1)));
    return;
  }
  io::SoundWriter::Layout layout;
  layout.format = format_;
  layout.encoding = encoding();
  layout.sample_rate_hz = sound_rate_hz(target.problem, reader_.sample_rate_hz(), format_);
  layout.channels = channels_;
  layout.frames = target.rows;
  layout.tags = kept_tags(tags_, request_, target.problem, format_, details_);
  writer_ = take(io::SoundWriter::open(file, layout));
}

void SoundPieces::finish(Stored& stored) {
  stored.details = details_;
  if (scratch_) write_scaled(stored);
  stored.nonfinite = loud_.nonfinite();
  if (npy_) {
    stored.shape = array_shape(frames_);
    return take(npy_->finish(frames_));
  }
  take(writer_->finish());
  stored.clipped = writer_->clipped();
  describe_losses(loud_, request_, stored);
}

void SoundPieces::write_scaled(Stored& stored) {
  const PeakGain gain = peak_gain(request_, loud_.peak, type_, encoding());
  stored.hints.push_back(describe_peak_gain(gain, loud_.peak));
  stored.details.push_back(
      fmt::format("the output lay in a temporary file in {} until its peak was "
                  "known",
                  scratch_folder().string()));
  loud_ = {};
  const std::int64_t frames = std::max<std::int64_t>(1, kScaledSamples / channels_);
  const std::int64_t frame_bytes = channels_ * size_bytes(type_);
  std::vector<std::byte> room(static_cast<std::size_t>(frames * frame_bytes));
  take(scratch_->rewind());
  for (std::int64_t got = frames; got == frames;) {
    got = static_cast<std::int64_t>(take(scratch_->read(room.data(), room.size()))) / frame_bytes;
    const View samples(room.data(), type_, Dims{got, channels_});
    apply(gain, samples);
    loud_.add(samples);
    store(samples);
  }
}

}  // namespace

std::unique_ptr<Piecewise> sound_pieces(const Request& request, Input& input) {
  if (!is_sound(input.format)) return nullptr;
  const io::Format format = check_sound_options(request, input.format);
  const bool pipes = !input.source.size() || request.output == "-";
  // The shape of an array stands before its samples: into a pipe it has to be known.
  if (format == io::Format::npy && pipes && request.output == "-") return nullptr;
  const bool whole = !pipes && request.max_memory == 0 && *input.source.size() < kSmallBytes;
  if (whole) return nullptr;
  io::SoundTags tags;
  if (!request.raw) tags = io::read_tags(input.source);
  auto reader = io::SoundReader::open(input.source, request.raw);
  if (!reader && reader.error().trouble == io::Trouble::unavailable) return nullptr;
  return std::make_unique<SoundPieces>(request, take(std::move(reader)), std::move(tags), input.format,
                                       format);
}

}  // namespace faltung::cli
