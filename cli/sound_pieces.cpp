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
#include "plot_sound.hpp"
#include "sound.hpp"
#include "sound_result.hpp"

namespace faltung::cli {
namespace {

/// Sound of fewer bytes is read as a whole, and the planner sees all of it.
constexpr std::uint64_t kSmallBytes = std::uint64_t{8} << 20;

/// Samples that are scaled at a time.
constexpr std::int64_t kScaledSamples = 1 << 16;

/// Of what a plot is drawn from, its script and its picture.
constexpr std::int64_t kPlotBytes = std::int64_t{12} << 20;

/// Of the reader's and the writer's own buffers.
constexpr std::int64_t kCodecBytes = 1 << 19;

/// What is in a temporary file, from its beginning, a piece at a time.
template <class Use>
void each_piece(io::ScratchFile& file, ElementType type, std::int64_t channels, Use&& use) {
  const std::int64_t frames = std::max<std::int64_t>(1, kScaledSamples / channels);
  const std::int64_t frame_bytes = channels * size_bytes(type);
  std::vector<std::byte> room(static_cast<std::size_t>(frames * frame_bytes));
  take(file.rewind());
  for (std::int64_t got = frames; got == frames;) {
    got = static_cast<std::int64_t>(take(file.read(room.data(), room.size()))) / frame_bytes;
    use(View(room.data(), type, Dims{got, channels}));
  }
}

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
    return describe_sound(
        request_, {reader_.sample_rate_hz(), frames, reader_.channels(), reader_.type(), usual_});
  }
  std::optional<std::int64_t> rows() const override { return reader_.frames(); }
  std::int64_t read(std::byte* to, std::int64_t frames) override;
  std::int64_t held_bytes(std::int64_t, std::int64_t) const override {
    const bool waits = request_.output_peak || plots();
    return kCodecBytes + (waits ? kScaledSamples * size_bytes(ElementType::f64) : 0) +
           (plots() ? kPlotBytes : 0);
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
    waiting_ += samples.shape[0];
    take(scratch_->write(dense_bytes(samples)));
  }
  void finish(Stored& stored) override;
  std::vector<std::byte> plot(const Outcome& outcome) override;

 private:
  bool plots() const { return !request_.plot.empty(); }
  std::span<const std::byte> dense_bytes(const View& dense) const {
    return {static_cast<const std::byte*>(dense.data),
            static_cast<std::size_t>(element_count(dense.shape) * size_bytes(dense.type))};
  }
  void store(const View& samples) {
    frames_ += samples.shape[0];
    if (output_sketch_) output_sketch_->push(samples);
    take(npy_ ? npy_->write(dense_bytes(samples)) : writer_->write(samples));
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
  SoundSketch output_sketch(const Problem& problem, std::int64_t frames) const {
    const auto stride = static_cast<double>(stride_of(problem, 0));
    return {frames, channels_, drawn_rate_hz(problem, reader_.sample_rate_hz() / stride)};
  }
  void write_waiting(Stored& stored);
  void sketch(const Target& target);
  SoundSketch input_sketch(const Problem& problem);

  const Request& request_;
  io::SoundReader reader_;
  io::SoundTags tags_;
  std::vector<std::string> details_;
  io::Format usual_, format_;
  std::optional<io::SoundWriter> writer_;
  std::optional<io::NpyWriter> npy_;
  Loudness loud_;
  /// Of --output-gain peak: the samples before their peak is known; of --plot, before their number
  /// is.
  std::optional<io::ScratchFile> scratch_, input_scratch_;
  std::optional<SoundSketch> input_sketch_, output_sketch_;
  ElementType type_ = ElementType::f32;
  std::int64_t channels_ = 1;
  std::int64_t read_ = 0, waiting_ = 0, frames_ = 0;  ///< of the input, and of the output
  const Problem* problem_ = nullptr;
};

void SoundPieces::open(io::OutputFile& file, const Target& target) {
  type_ = target.type;
  channels_ = target.shape.back();
  problem_ = &target.problem;
  const bool waits = plots() && !target.rows;
  if (request_.output_peak || waits) scratch_ = take(io::ScratchFile::create(scratch_folder()));
  if (plots()) sketch(target);
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

/// What a plot shows is gathered as samples pass, where their number is known.
void SoundPieces::sketch(const Target& target) {
  if (target.rows) output_sketch_.emplace(output_sketch(target.problem, *target.rows));
  if (reader_.frames())
    input_sketch_.emplace(*reader_.frames(), reader_.channels(),
                          drawn_rate_hz(target.problem, reader_.sample_rate_hz()));
  else input_scratch_ = take(io::ScratchFile::create(scratch_folder()));
}

std::int64_t SoundPieces::read(std::byte* to, std::int64_t frames) {
  const std::int64_t got = take(reader_.read(to, frames));
  const ConstView samples(to, reader_.type(), {got, reader_.channels()});
  if (input_sketch_) input_sketch_->push(samples);
  if (input_scratch_)
    take(input_scratch_->write(
        {to, static_cast<std::size_t>(bytes_of(samples.type, samples.shape))}));
  read_ += got;
  return got;
}

SoundSketch SoundPieces::input_sketch(const Problem& problem) {
  if (input_sketch_) return std::move(*input_sketch_);
  SoundSketch sketch(read_, reader_.channels(), drawn_rate_hz(problem, reader_.sample_rate_hz()));
  each_piece(*input_scratch_, reader_.type(), reader_.channels(),
             [&](const View& samples) { sketch.push(samples); });
  return sketch;
}

std::vector<std::byte> SoundPieces::plot(const Outcome& outcome) {
  SoundSketch input = input_sketch(outcome.problem);
  return plot_sound({request_, outcome.problem, outcome.taps, kernel_name(outcome),
                     reader_.sample_rate_hz(), input, *output_sketch_});
}

void SoundPieces::finish(Stored& stored) {
  stored.details = details_;
  if (scratch_) write_waiting(stored);
  stored.nonfinite = loud_.nonfinite();
  if (npy_) {
    stored.shape = array_shape(frames_);
    return take(npy_->finish(frames_));
  }
  take(writer_->finish());
  stored.clipped = writer_->clipped();
  describe_losses(loud_, request_, stored);
}

void SoundPieces::write_waiting(Stored& stored) {
  PeakGain gain;
  if (request_.output_peak) {
    gain = peak_gain(request_, loud_.peak, type_, encoding());
    stored.hints.push_back(describe_peak_gain(gain, loud_.peak));
    stored.details.push_back(
        fmt::format("the output lay in a temporary file in {} until its peak was "
                    "known",
                    scratch_folder().string()));
  }
  if (plots() && !output_sketch_) output_sketch_.emplace(output_sketch(*problem_, waiting_));
  loud_ = {};
  each_piece(*scratch_, type_, channels_, [&](const View& samples) {
    if (request_.output_peak) apply(gain, samples);
    loud_.add(samples);
    store(samples);
  });
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
  return std::make_unique<SoundPieces>(request, take(std::move(reader)), std::move(tags),
                                       input.format, format);
}

}  // namespace faltung::cli
