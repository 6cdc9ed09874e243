// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <mutex>

#include "elements.hpp"
#include "exit.hpp"
#include "io/csv_stream.hpp"
#include "piecewise.hpp"
#include "table.hpp"

namespace faltung::cli {
namespace {

/// A table of fewer bytes is read as a whole.
constexpr std::uint64_t kSmallBytes = std::uint64_t{64} << 20;
/// What a table of cells of one letter takes in memory, for each byte of its text.
constexpr std::uint64_t kMemoryPerByte = 48;

/// As many as tell what a table is like.
io::Table first_rows(const io::Table& table) {
  constexpr std::size_t kRows = 2;
  io::Table few = table;
  for (io::Table::Column& column : few.columns) {
    column.text.resize(std::min(kRows, column.text.size()));
    column.values.resize(std::min(kRows, column.values.size()));
  }
  return few;
}

std::vector<std::size_t> other_columns(const io::Table& table,
                                       const std::vector<std::size_t>& filtered) {
  std::vector<std::size_t> others;
  for (std::size_t i = 0; i < table.columns.size(); ++i)
    if (std::ranges::find(filtered, i) == filtered.end()) others.push_back(i);
  return others;
}

/// Of a row's cells in these columns.
std::int64_t mean_bytes(const io::Table& rows, const std::vector<std::size_t>& columns) {
  std::size_t bytes = 0;
  for (const std::size_t i : columns)
    for (const std::string& cell : rows.columns[i].text) bytes += cell.size();
  return static_cast<std::int64_t>(bytes / std::max<std::size_t>(1, rows.rows()) + 1);
}

/// A CSV row after row, where rows of the output are rows of the input. The columns that are
/// filtered are those that are numeric in the first rows; the others wait as text.
class TablePieces final : public Piecewise {
 public:
  TablePieces(const Request& request, io::CsvReader reader, io::Table first)
      : request_(request),
        reader_(std::move(reader)),
        filtered_(choose_columns(request, first)),
        now_(std::move(first)),
        begin_(first_rows(now_)),
        kept_(other_columns(now_, filtered_)),
        text_bytes_(mean_bytes(now_, kept_)),
        dates_(find_dates(now_).has_value()),
        times_(find_times(now_, 1)) {
    note(now_);
  }

  std::unique_ptr<Data> describe(std::int64_t rows) const override {
    return std::make_unique<TableData>(request_, begin_, filtered_, rows);
  }
  std::optional<std::int64_t> rows() const override { return {}; }
  std::int64_t read(std::byte* to, std::int64_t rows) override;
  std::string encoding() const override { return "text"; }
  void open(io::OutputFile& file, const Target& target) override {
    file_ = &file;
    stride_ = stride_of(target.problem, 0);
    take(file.write(io::encode_csv_header(begin_)));
  }
  void write(const View& outputs) override;
  void finish(Stored& stored) override;
  std::int64_t most_rows() const override { return 4096; }
  std::int64_t held_bytes(std::int64_t rows, std::int64_t outputs) const override;

 private:
  bool next_rows();
  void check(const io::Table& rows) const;
  void note(const io::Table& rows);
  void wait(const io::Table& rows, std::size_t from, std::size_t to);
  std::vector<std::string> next_text();

  const Request& request_;
  io::CsvReader reader_;
  std::vector<std::size_t> filtered_;
  io::Table now_;                  ///< rows that were read
  std::size_t taken_ = 0;          ///< of those
  io::Table begin_;                ///< the first of all
  std::vector<std::size_t> kept_;  ///< columns that are not filtered
  std::int64_t text_bytes_;        ///< of a row's cells in those, as a rule
  bool dates_;
  std::optional<TimeColumn> times_;
  Steps date_steps_, time_steps_;
  io::OutputFile* file_ = nullptr;
  std::int64_t stride_ = 1, row_ = 0, nonfinite_ = 0;
  std::mutex mutex_;
  /// The cells, in columns that are not filtered, of rows that come out later.
  std::deque<std::vector<std::string>> waiting_;
};

/// Cells are strings: of the block that was read, where one of a letter and a comma takes 96 bytes,
/// of rows that wait, and of those that are written; vectors double as they grow.
std::int64_t TablePieces::held_bytes(std::int64_t rows, std::int64_t outputs) const {
  constexpr std::int64_t kBlockBytes = std::int64_t{96} << 16, kRowBytes = 48, kCellBytes = 48,
                         kNumberBytes = 25;
  const auto kept = static_cast<std::int64_t>(kept_.size()),
             filtered = static_cast<std::int64_t>(filtered_.size());
  const std::int64_t waits = kRowBytes + kept * kCellBytes + text_bytes_;
  const std::int64_t leaves = text_bytes_ + filtered * kNumberBytes;
  return kBlockBytes + (rows + outputs) * waits + 2 * outputs * (kept * kCellBytes + leaves);
}

/// Later rows have to be what the first ones were.
void TablePieces::check(const io::Table& rows) const {
  for (const std::size_t i : filtered_) {
    const io::Table::Column& column = rows.columns[i];
    if (!column.numeric)
      throw Stop(kData,
                 fmt::format("{}: column '{}' began with numbers, but {}; allowed are decimal "
                             "numbers, and nan for what is missing; --column names the "
                             "columns to filter",
                             request_.input_name(), column.name, column.reason));
  }
}

/// Watches the rows' times.
void TablePieces::note(const io::Table& rows) {
  if (dates_)
    for (const std::string& cell : rows.columns.front().text)
      date_steps_.add(parse_date(cell).value_or(NAN));
  if (!times_) return;
  for (const io::Table::Column& column : rows.columns)
    if (column.name == times_->name)
      for (const double t : column.values) time_steps_.add(t);
}

bool TablePieces::next_rows() {
  now_ = {};
  taken_ = 0;
  now_ = take(reader_.read());
  if (now_.columns.empty() || now_.columns.front().text.empty()) return false;
  check(now_);
  note(now_);
  return true;
}

/// Every stride-th row comes out again.
void TablePieces::wait(const io::Table& rows, std::size_t from, std::size_t to) {
  const std::scoped_lock lock(mutex_);
  for (std::size_t row = from; row < to; ++row, ++row_) {
    if (row_ % stride_ != 0) continue;
    std::vector<std::string>& cells = waiting_.emplace_back();
    cells.reserve(kept_.size());
    for (const std::size_t i : kept_) cells.push_back(rows.columns[i].text[row]);
  }
}

std::int64_t TablePieces::read(std::byte* to, std::int64_t rows) {
  auto* values = reinterpret_cast<double*>(to);
  std::int64_t got = 0;
  while (got < rows) {
    const std::size_t there = now_.columns.front().text.size() - taken_;
    if (there == 0) {
      if (!next_rows()) break;
      continue;
    }
    const std::size_t here = std::min(there, static_cast<std::size_t>(rows - got));
    wait(now_, taken_, taken_ + here);
    for (std::size_t row = taken_; row < taken_ + here; ++row)
      for (const std::size_t i : filtered_) *values++ = now_.columns[i].values[row];
    taken_ += here;
    got += static_cast<std::int64_t>(here);
  }
  return got;
}

std::vector<std::string> TablePieces::next_text() {
  const std::scoped_lock lock(mutex_);
  std::vector<std::string> cells = std::move(waiting_.front());
  waiting_.pop_front();
  return cells;
}

void TablePieces::write(const View& outputs) {
  nonfinite_ += nonfinite_count(outputs);
  const auto* y = static_cast<const double*>(outputs.data);
  io::Table out;
  for (const io::Table::Column& column : begin_.columns)
    out.columns.emplace_back().name = column.name;
  for (const std::size_t i : filtered_) out.columns[i].numeric = true;
  for (std::int64_t row = 0; row < outputs.shape[0]; ++row) {
    std::vector<std::string> cells = next_text();
    for (std::size_t i = 0; i < kept_.size(); ++i)
      out.columns[kept_[i]].text.push_back(std::move(cells[i]));
    for (const std::size_t i : filtered_) out.columns[i].values.push_back(*y++);
  }
  std::vector<std::byte> bytes;
  io::encode_csv_rows(out, bytes);
  take(file_->write(bytes));
}

void TablePieces::finish(Stored& stored) {
  stored.nonfinite = nonfinite_;
  const double dt = request_.dt.value_or(1.0);
  if (dates_ && !date_steps_.even())
    stored.hints.push_back(uneven_hint(begin_.columns.front().name, date_steps_.text(true)));
  if (!times_) return;
  if (!time_steps_.even())
    stored.hints.push_back(uneven_hint(times_->name, time_steps_.text(false)));
  else if (!times_->counts && time_steps_.count() > 1 &&
           std::abs(time_steps_.step() - dt) > 0.01 * dt)
    stored.hints.push_back(step_hint(request_, times_->name, time_steps_.step(), dt));
}

/// Whether a pipe has no more than what is read as a whole from a file, too.
bool ends_soon(Input& input, std::uint64_t memory) {
  constexpr std::uint64_t kMostBytes = 1 << 20;  // they are looked at together
  const std::uint64_t most =
      memory != 0 ? std::min(kMostBytes, memory / kMemoryPerByte) : kMostBytes;
  return take(input.source.peek(static_cast<std::size_t>(most) + 1)).size() <= most;
}

}  // namespace

std::unique_ptr<Piecewise> table_pieces(const Request& request, Input& input) {
  const Extent extent = request.extent.value_or(Extent::causal);
  const bool kept = extent == Extent::causal || extent == Extent::same;
  if (input.format != io::Format::csv || !kept || request.dry_run) return nullptr;
  check_table_options(request);
  if (output_format(request, io::Format::csv) != io::Format::csv) return nullptr;
  const auto size = input.source.size();
  const auto memory = static_cast<std::uint64_t>(request.max_memory);
  const bool large =
      size && (*size > kSmallBytes || (memory != 0 && *size * kMemoryPerByte > memory));
  const bool piped = !size && (request.output == "-" || !ends_soon(input, memory));
  if (!large && !piped) return nullptr;
  io::CsvReader reader = take(io::CsvReader::open(input.source));
  io::Table first = take(reader.read());
  if (first.columns.front().text.empty())
    throw Stop(kData, fmt::format("{}: has a header, but no rows", input.source.where()));
  return std::make_unique<TablePieces>(request, std::move(reader), std::move(first));
}

}  // namespace faltung::cli
