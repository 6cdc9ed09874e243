// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "piecewise.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <future>

#include "clock.hpp"
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

  void operator()();

 private:
  std::int64_t rows() const { return file_.rows().value_or(kUnknownRows); }
  std::int64_t piece_rows() const;
  std::int64_t row_bytes() const;
  void prepare();
  std::optional<std::int64_t> make_within(std::int64_t limit);
  void make_stream();
  void open();
  void copy(Progress& progress);
  void write(const View& y);
  void finish_writing();
  View room(std::int64_t outputs);
  void check(Status status) const;
  void tell_of(std::int64_t rows, const Dims& shape);

  const Request& request_;
  Piecewise& file_;
  std::optional<io::OutputFile>& output_;
  KernelSource kernel_;
  AnyArray taps_;
  Problem problem_;
  std::optional<Stream> stream_;
  std::vector<std::byte> outputs_[2];
  std::size_t turn_ = 0;
  Stored stored_;
  Seconds seconds_;
  std::future<void> written_;  ///< the last one to be made, so the first to be waited for
};

std::int64_t Run::row_bytes() const {
  return element_count(problem_.x_shape) / problem_.x_shape[0] * size_bytes(problem_.x_type);
}

/// An eighth of the memory at most.
std::int64_t Run::piece_rows() const {
  std::int64_t bytes = kPieceSamples * size_bytes(problem_.x_type);
  if (request_.max_memory != 0) bytes = std::min(bytes, request_.max_memory / 8);
  return std::max<std::int64_t>(1, bytes / std::max<std::int64_t>(1, row_bytes()));
}

void Run::prepare() {
  const std::unique_ptr<Data> data = file_.describe(rows());
  kernel_ = load_kernel(request_, *data);
  taps_ = fit_kernel(request_, *data, kernel_);
  problem_ = make_problem(request_, *data, taps_);
  if (kernel_.filter) problem_ = take(with_filter(problem_, fit_filter(request_, *data, kernel_)));
}

/// The stream's own window and what is read and written besides leave the rest to the plan. Returns
/// the bytes of all of them, or nothing where no plan leaves enough.
std::optional<std::int64_t> Run::make_within(std::int64_t limit) {
  for (double part = 0.9; part > 0.04; part *= 0.8) {
    Problem within = problem_;
    within.max_memory =
        std::max<std::int64_t>(1, static_cast<std::int64_t>(part * static_cast<double>(limit)));
    auto made = Stream::try_make(within, taps_.view(), request_.threads, program_planner());
    if (!made) return {};
    const std::int64_t outputs = element_count(made->output_shape(made->block_outputs())) *
                                 size_bytes(made->plan().output_type());
    const std::int64_t all =
        made->memory_bytes() + piece_rows() * row_bytes() + 2 * outputs + file_.held_bytes();
    if (all > limit) continue;
    stream_ = std::move(*made);
    return all;
  }
  return {};
}

void Run::make_stream() {
  const std::int64_t limit = request_.max_memory;
  if (limit != 0 && make_within(limit)) return;
  stream_ = take(Stream::try_make(problem_, taps_.view(), request_.threads, program_planner()));
  if (limit == 0) return;
  std::optional<std::int64_t> enough;
  for (std::int64_t more = limit; !enough && more < INT64_MAX / 2;) enough = make_within(more *= 2);
  throw Stop(kUnavailable,
             fmt::format("--max-memory {} is too little for the plan and the samples on their way; "
                         "{} bytes are enough",
                         limit, enough.value_or(INT64_MAX)));
}

void Run::open() {
  Dims shape = stream_->output_shape(1);
  std::optional<std::int64_t> rows;
  if (file_.rows()) rows = take(problem_.output_shape())[0];
  output_.emplace(take(io::OutputFile::create(place_of(request_.output))));
  file_.open(*output_, {problem_, taps_, stream_->plan().output_type(), shape, rows});
}

View Run::room(std::int64_t outputs) {
  const ElementType type = stream_->plan().output_type();
  const Dims shape = stream_->output_shape(outputs);
  const auto bytes = static_cast<std::size_t>(element_count(shape) * size_bytes(type));
  std::vector<std::byte>& room = outputs_[turn_];
  if (room.size() < bytes) room.resize(bytes);
  return {room.data(), type, shape};
}

void Run::check(Status status) const {
  if (status != Status::ok) stop(stream_->failure(status), problem_);
}

/// Writes behind: the next outputs are computed into the other buffer meanwhile.
void Run::write(const View& y) {
  if (y.shape[0] == 0) return;
  finish_writing();
  turn_ = 1 - turn_;
  written_ = std::async(std::launch::async, [this, y] { file_.write(y); });
}

void Run::finish_writing() {
  if (written_.valid()) written_.get();
}

void Run::copy(Progress& progress) {
  const std::int64_t piece = piece_rows();
  Dims shape = problem_.x_shape;
  shape[0] = piece;
  AnyArray x = make_array(problem_.x_type, shape);
  for (std::int64_t got = piece; got == piece;) {
    shape[0] = got = file_.read(x.bytes.data(), piece);
    const View y = room(stream_->outputs_of_push(got));
    check(stream_->push(ConstView(x.bytes.data(), x.type, shape), y));
    write(y);
    if (file_.rows())
      progress.set(static_cast<double>(stream_->pushed()) / static_cast<double>(rows()));
  }
  const View y = room(stream_->outputs_of_flush());
  check(stream_->flush(y));
  write(y);
  finish_writing();
}

/// As of a plan for the rows that came.
void Run::tell_of(std::int64_t rows, const Dims& shape) {
  const Plan plan = take(stream_->try_plan(rows));
  const Method method{plan.problem(),          plan.algorithm(),   plan.explain(),
                      plan.output_shape(),     plan.output_type(), stream_->memory_bytes(),
                      plan.predicted_seconds()};
  const std::unique_ptr<Data> data = file_.describe(rows);
  stored_.shape = data->stored_shape(shape);
  tell({request_, *data, kernel_, taps_, method, stored_, {}, seconds_});
}

void Run::operator()() {
  prepare();
  Clock clock;
  make_stream();
  seconds_.plan = clock.lap();
  file_.plan(stream_->plan().output_type());
  stored_.encoding = file_.encoding();
  if (request_.dry_run) {
    if (!file_.rows())
      throw Stop(kUsage, "-n says what a known length takes, and this input does not say its own");
    return tell_of(rows(), take(problem_.output_shape()));
  }
  open();
  {
    Progress progress(!request_.quiet,
                      fmt::format("{} {}", name(problem_.operation), request_.input_name()));
    copy(progress);
  }
  if (stream_->given() == 0)
    throw Stop(kData, fmt::format("valid has no outputs where the kernel spans {} samples and the "
                                  "input has {}; use full, same or causal",
                                  kernel_span(problem_, 0), stream_->pushed()));
  stored_.shape = file_.describe(rows())->stored_shape(stream_->output_shape(stream_->given()));
  stored_.samples = element_count(stored_.shape);
  file_.finish(stored_);
  take(output_->commit());
  seconds_.execute = clock.lap();
  tell_of(stream_->pushed(), stream_->output_shape(stream_->given()));
}

}  // namespace

bool has_pieces(const Request& r) {
  const bool method = r.method == "auto" || r.method == "direct" || r.method == "overlap_save" ||
                      r.method == "separable";
  return r.window.empty() && r.lags.empty() && r.boundary != Boundary::wrap && !r.report_error &&
         r.plot.empty() && method;
}

bool run_piecewise(const Request& request, Input& input) {
  if (!has_pieces(request)) return false;
  std::optional<io::OutputFile> output;  // outlives its writer
  std::unique_ptr<Piecewise> file;
  for (const auto open : {sound_pieces, picture_pieces, array_pieces, table_pieces})
    if (!file) file = open(request, input);
  if (!file) return false;
  Run(request, *file, output)();
  return true;
}

}  // namespace faltung::cli
