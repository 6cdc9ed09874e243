// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "piecewise.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <future>

#include "clock.hpp"
#include "cut.hpp"
#include "elements.hpp"
#include "exit.hpp"
#include "faltung/filter_plan.hpp"
#include "faltung/stream.hpp"
#include "files.hpp"
#include "kernel.hpp"
#include "planner.hpp"
#include "progress.hpp"
#include "report.hpp"
#include "run.hpp"
#include "sound.hpp"

namespace faltung::cli {
namespace {

/// Samples read at a time.
constexpr std::int64_t kPieceSamples = 1 << 17;
/// Stands for a number of rows that nobody knows.
constexpr std::int64_t kUnknownRows = std::int64_t{1} << 40;

class Run {
 public:
  Run(const Request& request, Piecewise& file, std::optional<io::OutputFile>& output)
      : request_(request), file_(file), output_(output) {}

  /// False where it is better run as a whole.
  bool operator()();

 private:
  std::int64_t rows() const { return file_.rows().value_or(kUnknownRows); }
  std::int64_t row_bytes() const;
  std::int64_t usual_rows() const;
  std::int64_t most_outputs(const StreamNeeds& needs, std::int64_t rows) const;
  std::int64_t held_bytes(const StreamNeeds& needs, std::int64_t rows) const;
  Result<StreamNeeds> needs_of(const Problem& problem) const;
  void prepare();
  bool take_from_whole();
  void keep_within(std::int64_t limit);
  bool make_stream();
  void open();
  void copy(Progress& progress);
  void write(const View& y);
  void write_zeros(std::int64_t outputs);
  void finish_writing();
  View room(std::int64_t outputs);
  void check(Status status) const;
  void put_in_place();
  void drain(std::byte* room, std::int64_t rows);
  Dims given_shape() const { return stream_->output_shape(given_); }
  void tell_of(std::int64_t rows, const Dims& shape);

  const Request& request_;
  Piecewise& file_;
  std::optional<io::OutputFile>& output_;
  KernelSource kernel_;
  AnyArray taps_;
  Problem asked_, problem_;  ///< what is asked for, and what the stream does
  std::optional<Cut> cut_;   ///< of a window: what of it is asked for
  std::optional<Stream> stream_;
  StreamNeeds needs_;
  std::int64_t piece_rows_ = 1;
  std::vector<std::byte> outputs_[2];
  std::size_t turn_ = 0;
  std::int64_t taken_ = 0, given_ = 0;  ///< rows that were read, outputs that were written
  Stored stored_;
  Seconds seconds_;
  std::future<void> written_;  ///< the last one to be made, so the first to be waited for
};

std::int64_t Run::row_bytes() const {
  return element_count(problem_.x_shape) / problem_.x_shape[0] * size_bytes(problem_.x_type);
}

/// An eighth of the memory at most.
std::int64_t Run::usual_rows() const {
  std::int64_t bytes = kPieceSamples * size_bytes(problem_.x_type);
  if (request_.max_memory != 0) bytes = std::min(bytes, request_.max_memory / 8);
  return std::clamp<std::int64_t>(bytes / std::max<std::int64_t>(1, row_bytes()), 1,
                                  file_.most_rows());
}

/// Of a push of so many rows, or of the flush.
std::int64_t Run::most_outputs(const StreamNeeds& needs, std::int64_t rows) const {
  const std::int64_t most = needs.most_outputs(rows);
  return file_.rows() ? std::min(most, take(problem_.output_shape())[0]) : most;
}

/// The stream, the kernel as it was read and as it is used, and what is on its way: one piece in,
/// two out, since one is written while the next is made.
std::int64_t Run::held_bytes(const StreamNeeds& needs, std::int64_t rows) const {
  const std::int64_t outputs = most_outputs(needs, rows);
  const std::size_t taps = kernel_.taps.bytes.size() + taps_.bytes.size() +
                           (kernel_.filter ? kernel_.filter->values.size() * sizeof(double) : 0);
  return needs.memory_bytes + static_cast<std::int64_t>(taps) + rows * row_bytes() +
         2 * outputs * needs.output_bytes + file_.held_bytes(rows, outputs);
}

Result<StreamNeeds> Run::needs_of(const Problem& problem) const {
  return Stream::try_needs(problem, taps_.view(), request_.threads, program_planner());
}

void Run::prepare() {
  const std::unique_ptr<Data> data = file_.describe(rows());
  kernel_ = load_kernel(request_, *data);
  taps_ = fit_kernel(request_, *data, kernel_);
  problem_ = asked_ = make_problem(request_, *data, taps_);
  cut_ = Cut::of(problem_);
  if (kernel_.filter) problem_ = take(with_filter(problem_, fit_filter(request_, *data, kernel_)));
}

/// The method and the blocks that the whole would have in memory, so that the bits are the same;
/// not where they have no stream, or leave the limit no room for a row.
bool Run::take_from_whole() {
  if (!file_.as_whole()) return false;
  const Result<Plan> whole = program_planner().try_plan(problem_, taps_.view());
  if (!whole) return false;
  const Problem settled = whole->settled();
  const Result<StreamNeeds> needs = needs_of(settled);
  const std::int64_t limit = request_.max_memory != 0 ? request_.max_memory : INT64_MAX;
  if (!needs || held_bytes(*needs, 1) > limit) return false;
  problem_ = settled;
  needs_ = *needs;
  while (held_bytes(needs_, piece_rows_) > limit) piece_rows_ /= 2;
  return true;
}

/// Gives the plan less and less, until all that is held keeps within the limit. What is tried does
/// not depend on the limit, and nothing of it is made: so the number told is enough.
void Run::keep_within(std::int64_t limit) {
  struct {
    Problem problem;
    StreamNeeds needs;
    std::int64_t bytes = INT64_MAX;
  } least;
  Problem within = problem_;
  for (std::int64_t plan = needs_.memory_bytes; plan > 0; plan -= plan / 5 + 1) {
    within.max_memory = plan;
    const Result<StreamNeeds> needs = needs_of(within);
    if (!needs) break;
    const std::int64_t bytes = held_bytes(*needs, 1);
    if (bytes < least.bytes) least = {within, *needs, bytes};
    if (held_bytes(*needs, piece_rows_) > limit) continue;
    problem_ = within;
    needs_ = *needs;
    return;
  }
  if (least.bytes > limit)
    throw Stop(kUnavailable,
               fmt::format("--max-memory {} is too little for the plan and the samples on their "
                           "way; {} bytes are enough",
                           limit, least.bytes));
  problem_ = least.problem;
  needs_ = least.needs;
  while (held_bytes(needs_, piece_rows_) > limit) piece_rows_ /= 2;
}

bool Run::make_stream() {
  piece_rows_ = usual_rows();
  if (!take_from_whole()) {
    if (file_.fits_whole()) return false;
    needs_ = take(needs_of(problem_));
    if (request_.max_memory != 0) keep_within(request_.max_memory);
  }
  stream_ = take(Stream::try_make(problem_, taps_.view(), request_.threads, program_planner()));
  return true;
}

void Run::open() {
  Dims shape = stream_->output_shape(1);
  std::optional<std::int64_t> rows;
  if (cut_) rows = cut_->count();
  else if (file_.rows()) rows = take(problem_.output_shape())[0];
  output_.emplace(take(io::OutputFile::create(place_of(request_.output))));
  file_.open(*output_, {asked_, taps_, stream_->plan().output_type(), shape, rows});
}

View Run::room(std::int64_t outputs) {
  const ElementType type = stream_->plan().output_type();
  const Dims shape = stream_->output_shape(outputs);
  const auto bytes = static_cast<std::size_t>(element_count(shape) * size_bytes(type));
  std::vector<std::byte>& room = outputs_[turn_];
  if (room.size() < bytes) {
    room = {};  // first: its bytes are not wanted any more
    room.resize(bytes);
  }
  return {room.data(), type, shape};
}

void Run::check(Status status) const {
  if (status != Status::ok) stop(stream_->failure(status), problem_);
}

/// Writes behind: the next outputs are computed into the other buffer meanwhile.
void Run::write(const View& outputs) {
  const View y = cut_ ? cut_->pick(outputs) : outputs;
  if (y.shape[0] == 0) return;
  finish_writing();
  turn_ = 1 - turn_;
  given_ += y.shape[0];
  written_ = std::async(std::launch::async, [this, y] { file_.write(y); });
}

/// Outputs of a window beyond the full result.
void Run::write_zeros(std::int64_t outputs) {
  finish_writing();
  cut_->pass(outputs);
  given_ += outputs;
  for (std::int64_t left = outputs; left > 0;) {
    const View zeros = room(std::min(left, piece_rows_));
    std::memset(zeros.data, 0,
                static_cast<std::size_t>(element_count(zeros.shape) * size_bytes(zeros.type)));
    file_.write(zeros);
    left -= zeros.shape[0];
  }
}

void Run::finish_writing() {
  if (written_.valid()) written_.get();
}

/// Takes what nothing reads from a pipe, so that what writes into it does not fail.
void Run::drain(std::byte* room, std::int64_t rows) {
  if (file_.rows()) return;
  for (std::int64_t got = rows; got == rows;) taken_ += got = file_.read(room, rows);
}

void Run::copy(Progress& progress) {
  const std::int64_t piece = piece_rows_;
  Dims shape = problem_.x_shape;
  shape[0] = piece;
  AnyArray x = make_array(problem_.x_type, shape);
  if (cut_) write_zeros(cut_->before());
  for (std::int64_t got = piece; got == piece;) {
    taken_ += shape[0] = got = file_.read(x.bytes.data(), piece);
    const View y = room(stream_->outputs_of_push(got));
    check(stream_->push(ConstView(x.bytes.data(), x.type, shape), y));
    write(y);
    if (file_.rows())
      progress.set(static_cast<double>(stream_->pushed()) / static_cast<double>(rows()));
    if (cut_ && cut_->left() == 0) return finish_writing(), drain(x.bytes.data(), piece);
  }
  const View y = room(stream_->outputs_of_flush());
  check(stream_->flush(y));
  write(y);
  finish_writing();
  if (cut_) write_zeros(cut_->left());
}

/// As of a plan for the rows that came.
void Run::tell_of(std::int64_t rows, const Dims& shape) {
  const Plan plan = take(stream_->try_plan(rows));
  Method method{plan.problem(),          plan.algorithm(),   plan.explain(),
                plan.output_shape(),     plan.output_type(), held_bytes(needs_, piece_rows_),
                plan.predicted_seconds()};
  if (cut_) {
    method.problem = asked_;
    method.problem.x_shape[0] = rows;
    method.output_shape = shape;
  }
  const std::unique_ptr<Data> data = file_.describe(rows);
  if (request_.dry_run) stored_.shape = data->stored_shape(shape);
  tell({request_, *data, kernel_, taps_, method, stored_, {}, seconds_});
}

/// The output, and the plot beside it.
void Run::put_in_place() {
  std::optional<io::OutputFile> plot;
  if (!request_.plot.empty()) {
    plot.emplace(take(io::OutputFile::create(request_.plot)));
    take(plot->write(file_.plot({request_, asked_, kernel_, taps_, {}})));
  }
  if (plot) take(plot->commit());
  take(output_->commit());  // last: an older output stays where something fails
}

bool Run::operator()() {
  prepare();
  Clock clock;
  if (!make_stream()) return false;
  seconds_.plan = clock.lap();
  file_.plan(stream_->plan().output_type());
  stored_.encoding = file_.encoding();
  if (request_.dry_run) {
    if (!file_.rows())
      throw Stop(kUsage, "-n says what a known length takes, and this input does not say its own");
    tell_of(rows(), take(asked_.output_shape()));
    return true;
  }
  open();
  {
    Progress progress(!request_.quiet,
                      fmt::format("{} {}", name(problem_.operation), request_.input_name()));
    copy(progress);
  }
  if (taken_ == 0)
    throw Stop(kData, fmt::format("{} has no samples, where at least one is needed",
                                  request_.input_name()));
  if (given_ == 0)
    throw Stop(kData, fmt::format("valid has no outputs where the kernel spans {} samples and the "
                                  "input has {}; use full, same or causal",
                                  kernel_span(problem_, 0), stream_->pushed()));
  stored_.shape = file_.describe(rows())->stored_shape(given_shape());
  stored_.samples = element_count(stored_.shape);
  file_.finish(stored_);
  put_in_place();
  seconds_.execute = clock.lap();
  tell_of(file_.rows().value_or(taken_), given_shape());
  return true;
}

}  // namespace

bool has_pieces(const Request& r) {
  const bool method = r.method == "auto" || r.method == "direct" || r.method == "overlap_save" ||
                      r.method == "separable";
  return r.boundary != Boundary::wrap && !r.report_error && !r.regrid && method &&
         r.missing() == Nan::propagate && r.mask.empty();
}

bool run_piecewise(const Request& request, Input& input) {
  if (!has_pieces(request)) return false;
  if (request.device != "cpu" && request.device != "auto") return false;  // streams run on the CPU
  const bool ranges = !request.window.empty() || !request.lags.empty();
  if (request.output.empty()) return false;  // a plot alone
  if (!request.plot.empty() && !is_sound(input.format)) return false;
  if (ranges && !(is_sound(input.format) && Cut::possible(request))) return false;
  std::optional<io::OutputFile> output;  // outlives its writer
  std::unique_ptr<Piecewise> file;
  for (const auto open : {sound_pieces, picture_pieces, array_pieces, table_pieces})
    if (!file) file = open(request, input);
  if (!file) return false;
  return Run(request, *file, output)();
}

}  // namespace faltung::cli
