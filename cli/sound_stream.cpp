// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "sound_stream.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <future>

#include "clock.hpp"
#include "elements.hpp"
#include "exit.hpp"
#include "faltung/stream.hpp"
#include "files.hpp"
#include "kernel.hpp"
#include "planner.hpp"
#include "progress.hpp"
#include "report.hpp"
#include "run.hpp"
#include "sound.hpp"

/// Sound piece by piece:
///
///   reader -> [frames, channels] -> Stream -> [outputs, channels] -> writer -> the file's place
namespace faltung::cli {
namespace {

/// Sound of fewer bytes is read as a whole, and the planner sees all of it.
constexpr std::uint64_t kSmallBytes = std::uint64_t{8} << 20;
/// Samples read at a time.
constexpr std::int64_t kPieceSamples = 1 << 17;
/// Stands for a number of frames that nobody knows.
constexpr std::int64_t kUnknownFrames = std::int64_t{1} << 40;

/// What needs all samples at once, or says where outputs lie in all of them.
bool has_stream(const Request& r) {
  return r.window.empty() && r.lags.empty() && r.boundary != Boundary::wrap && !r.report_error &&
         (r.method == "auto" || r.method == "direct" || r.method == "overlap_save");
}

class SoundRun {
 public:
  SoundRun(const Request& request, io::SoundReader reader, io::Format format)
      : request_(request), reader_(std::move(reader)), format_(format) {}

  void operator()();

 private:
  std::int64_t frames() const { return reader_.frames().value_or(kUnknownFrames); }
  void make_stream(const AnyArray& taps);
  void open_writer();
  void copy(Progress& progress);
  void write(const View& y);
  void finish_writing();
  View room(std::int64_t outputs);
  void check(Status status) const;
  Method method() const;

  const Request& request_;
  io::SoundReader reader_;
  io::Format format_;
  Problem problem_;
  std::optional<Stream> stream_;
  std::optional<io::OutputFile> file_;  ///< outlives its writer
  std::optional<io::SoundWriter> writer_;
  std::vector<std::byte> outputs_[2];
  std::size_t turn_ = 0;
  Loudness loud_;
  Stored stored_;
  Seconds seconds_;
  std::future<void> written_;  ///< the last one to be made, so the first to be waited for
};

/// The stream's own window and what is read and written besides leave the rest to the plan.
void SoundRun::make_stream(const AnyArray& taps) {
  const Planner planner = program_planner();
  if (request_.max_memory == 0) {
    stream_ = take(Stream::try_make(problem_, taps.view(), request_.threads, planner));
    return;
  }
  for (double part = 0.9; part > 0.04; part *= 0.7) {
    Problem within = problem_;
    within.max_memory = std::max<std::int64_t>(
        1, static_cast<std::int64_t>(part * static_cast<double>(request_.max_memory)));
    auto made = Stream::try_make(within, taps.view(), request_.threads, planner);
    if (!made)
      throw Stop(kUsage, fmt::format("--max-memory {} is too little: besides the samples on their "
                                     "way, {}",
                                     request_.max_memory, made.error().message));
    const std::int64_t frame = problem_.x_shape[1] * size_bytes(problem_.x_type);
    const std::int64_t outputs = element_count(made->output_shape(made->block_outputs())) *
                                 size_bytes(made->plan().output_type());
    const std::int64_t all =
        made->memory_bytes() + kPieceSamples / problem_.x_shape[1] * frame + 2 * outputs;
    if (all <= request_.max_memory) {
      stream_ = std::move(*made);
      return;
    }
  }
  throw Stop(kUsage, fmt::format("--max-memory {} is too little for the samples on their way",
                                 request_.max_memory));
}

void SoundRun::open_writer() {
  io::SoundWriter::Layout layout;
  layout.format = format_;
  layout.encoding = stored_.encoding;
  layout.sample_rate_hz = sound_rate_hz(problem_, reader_.sample_rate_hz(), format_);
  layout.channels = stream_->output_shape(1)[1];
  if (reader_.frames()) layout.frames = take(problem_.output_shape())[0];
  writer_ = take(io::SoundWriter::open(*file_, layout));
}

View SoundRun::room(std::int64_t outputs) {
  const ElementType type = stream_->plan().output_type();
  const Dims shape = stream_->output_shape(outputs);
  const auto bytes = static_cast<std::size_t>(element_count(shape) * size_bytes(type));
  std::vector<std::byte>& room = outputs_[turn_];
  if (room.size() < bytes) room.resize(bytes);
  return {room.data(), type, shape};
}

void SoundRun::check(Status status) const {
  if (status != Status::ok) take(Result<void>(tl::unexpected(stream_->failure(status))));
}

/// Writes behind: the next outputs are computed into the other buffer meanwhile.
void SoundRun::write(const View& y) {
  if (y.shape[0] == 0) return;
  finish_writing();
  stored_.samples += element_count(y.shape);
  turn_ = 1 - turn_;
  written_ = std::async(std::launch::async, [this, y] {
    loud_.add(y);
    take(writer_->write(y));
  });
}

void SoundRun::finish_writing() {
  if (written_.valid()) written_.get();
}

void SoundRun::copy(Progress& progress) {
  const std::int64_t channels = reader_.channels(),
                     piece = std::max<std::int64_t>(1, kPieceSamples / channels);
  AnyArray x = make_array(reader_.type(), {piece, channels});
  for (std::int64_t got = piece; got == piece;) {
    got = take(reader_.read(x.bytes.data(), piece));
    const View y = room(stream_->outputs_of_push(got));
    check(stream_->push(ConstView(x.bytes.data(), x.type, {got, channels}), y));
    write(y);
    if (reader_.frames())
      progress.set(static_cast<double>(stream_->pushed()) / static_cast<double>(frames()));
  }
  const View y = room(stream_->outputs_of_flush());
  check(stream_->flush(y));
  write(y);
  finish_writing();
}

/// As of a plan for the frames that came.
Method SoundRun::method() const {
  const Plan plan = take(stream_->try_plan(request_.dry_run ? frames() : stream_->pushed()));
  return {plan.problem(),     plan.algorithm(),        plan.explain(),          plan.output_shape(),
          plan.output_type(), stream_->memory_bytes(), plan.predicted_seconds()};
}

void SoundRun::operator()() {
  const std::unique_ptr<Data> data = describe_sound(
      request_, {reader_.sample_rate_hz(), frames(), reader_.channels(), reader_.type()});
  const KernelSource kernel = load_kernel(request_, *data);
  const AnyArray taps = fit_kernel(request_, *data, kernel);
  problem_ = make_problem(request_, *data, taps);
  Clock clock;
  make_stream(taps);
  seconds_.plan = clock.lap();
  stored_.encoding = sound_encoding(request_, format_);
  if (request_.dry_run) {
    if (!reader_.frames())
      throw Stop(kUsage, "-n says what a known length takes, and this input does not say its own");
    stored_.shape = take(problem_.output_shape());
    tell({request_, *data, kernel, taps, method(), stored_, {}, seconds_});
    return;
  }
  file_.emplace(take(io::OutputFile::create(place_of(request_.output))));
  open_writer();
  {
    Progress progress(!request_.quiet,
                      fmt::format("{} {}", name(problem_.operation), request_.input_name()));
    copy(progress);
  }
  if (stored_.samples == 0)
    throw Stop(kData, fmt::format("valid has no outputs where the kernel spans {} samples and the "
                                  "input has {}; use full, same or causal",
                                  kernel_span(problem_, 0), stream_->pushed()));
  take(writer_->finish());
  take(file_->commit());
  seconds_.execute = clock.lap();
  stored_.shape = stream_->output_shape(stream_->given());
  stored_.clipped = writer_->clipped();
  stored_.nonfinite = loud_.nonfinite();
  describe_losses(loud_, request_, stored_);
  const std::unique_ptr<Data> came = describe_sound(
      request_, {reader_.sample_rate_hz(), stream_->pushed(), reader_.channels(), reader_.type()});
  tell({request_, *came, kernel, taps, method(), stored_, {}, seconds_});
}

bool is_sound(io::Format format) {
  return format == io::Format::wav || format == io::Format::flac || format == io::Format::raw;
}

}  // namespace

bool run_as_stream(const Request& request, Input& input) {
  if (!is_sound(input.format) || !has_stream(request)) return false;
  const io::Format format = check_sound_options(request);
  if (!is_sound(format)) return false;
  const bool pipes = !input.source.size() || request.output == "-";
  if (!pipes && *input.source.size() < kSmallBytes) return false;
  auto reader = io::SoundReader::open(input.source, request.raw);
  if (!reader && reader.error().trouble == io::Trouble::unavailable) return false;
  SoundRun(request, take(std::move(reader)), format)();
  return true;
}

}  // namespace faltung::cli
