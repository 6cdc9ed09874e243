// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>

#include "elements.hpp"
#include "exit.hpp"
#include "plot_script.hpp"
#include "regrid.hpp"
#include "table.hpp"
#include "values.hpp"

namespace faltung::cli {
namespace {

constexpr const char* kAllowed =
    "CSV with one numeric column, NPY of shape [K], a row of numbers, or a name";

}  // namespace

TableData::TableData(const Request& request, io::Table table, std::vector<std::size_t> filtered,
                     std::optional<std::int64_t> rows_in_all)
    : table_(std::move(table)),
      filtered_(std::move(filtered)),
      dt_(request.dt.value_or(1.0)),
      times_(find_times(table_, dt_)),
      rows_(rows_in_all) {
  const std::size_t rows = table_.rows(), n = filtered_.size();
  samples_ =
      make_array(ElementType::f64, {static_cast<std::int64_t>(rows), static_cast<std::int64_t>(n)});
  const std::span<double> to = writable<double>(samples_);
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t row = 0; row < rows; ++row)
      to[row * n + i] = table_.columns[filtered_[i]].values[row];
}

Dims TableData::lay(const KernelSource& kernel) const {
  using Kind = KernelSource::Kind;
  const std::optional<std::int64_t> length = row_length(kernel.taps.shape);
  if (kernel.kind == Kind::sound || kernel.kind == Kind::picture || !length ||
      is_complex(kernel.taps.type))
    refuse_kernel(kernel, "series", kAllowed);
  return {*length, 1};
}

namespace {

/// Of its cells; vectors double as they grow.
std::int64_t cell_bytes(const io::Table& table) {
  std::size_t bytes = 0;
  for (const io::Table::Column& column : table.columns) {
    bytes += column.text.capacity() * sizeof(std::string);
    bytes += column.values.capacity() * sizeof(double);
    for (const std::string& cell : column.text) bytes += cell.capacity() > 15 ? cell.capacity() : 0;
  }
  return static_cast<std::int64_t>(bytes);
}

}  // namespace

/// The table twice, as it came and as it goes, the text of both, and the samples. Text of numbers
/// is twice there as it grows.
std::int64_t TableData::held_bytes(const Request& request, ElementType type,
                                   const Dims& shape) const {
  constexpr std::int64_t kNumberBytes = 25;
  const bool text = output_format(request, usual_format()) == io::Format::csv;
  const std::int64_t samples = bytes_of(x().type, x().shape), results = bytes_of(type, shape);
  const std::int64_t read = cell_bytes(table_) + samples + results;
  if (!text) return read + results;
  return read + cell_bytes(table_) + results + 2 * kNumberBytes * element_count(shape);
}

bool rows_kept(const Problem& problem) {
  return problem.window.empty() && problem.lags.empty() &&
         (problem.extent == Extent::same || problem.extent == Extent::causal);
}

std::vector<double> TableData::column_of(const AnyArray& y, std::size_t i) const {
  const std::span<const double> all = y.samples<double>();
  std::vector<double> values;
  for (std::size_t at = i; at < all.size(); at += filtered_.size()) values.push_back(all[at]);
  return values;
}

namespace {

io::Table::Column numbers(const std::string& name, std::vector<double> values) {
  io::Table::Column column;
  column.name = name;
  column.numeric = true;
  column.values = std::move(values);
  return column;
}

io::Table::Column every(const io::Table::Column& from, std::int64_t stride, std::size_t rows) {
  // As text, so that numbers that are not filtered keep the digits they were written with.
  io::Table::Column column;
  column.name = from.name;
  for (std::size_t row = 0; row < rows; ++row)
    column.text.push_back(from.text[row * static_cast<std::size_t>(stride)]);
  return column;
}

}  // namespace

io::Table TableData::result(const Outcome& outcome) const {
  const auto rows = static_cast<std::size_t>(outcome.y.shape[0]);
  const std::int64_t stride = stride_of(outcome.problem, 0);
  io::Table out;
  if (rows_kept(outcome.problem)) {
    for (const io::Table::Column& c : table_.columns) out.columns.push_back(every(c, stride, rows));
    for (std::size_t i = 0; i < filtered_.size(); ++i)
      out.columns[filtered_[i]] =
          numbers(table_.columns[filtered_[i]].name, column_of(outcome.y, i));
    return out;
  }
  const bool lags = outcome.problem.operation == Operation::correlate;
  const bool own = !lags && times_ && !times_->odd;
  std::vector<double> times;
  for (std::size_t row = 0; row < rows; ++row) {
    const std::int64_t at =
        first_time(outcome.problem, 0) + static_cast<std::int64_t>(row) * stride;
    times.push_back(own ? times_->at(at) : static_cast<double>(at) * dt_);
  }
  out.columns.push_back(numbers(lags ? "lag" : own ? times_->name : "t", std::move(times)));
  for (std::size_t i = 0; i < filtered_.size(); ++i)
    out.columns.push_back(numbers(table_.columns[filtered_[i]].name, column_of(outcome.y, i)));
  return out;
}

Stored TableData::store(const Outcome& outcome, io::Format format) const {
  if (format == io::Format::npy) {
    Stored array = store_array(outcome.y, true);
    array.hints = hints(outcome);
    return array;
  }
  Stored stored;
  stored.bytes = io::encode_csv(result(outcome));
  stored.shape = outcome.y.shape;
  stored.encoding = "text";
  stored.samples = element_count(stored.shape);
  stored.hints = hints(outcome);
  return stored;
}

namespace {

std::vector<double> counted(double first, double step, std::size_t count) {
  std::vector<double> values(count);
  for (std::size_t i = 0; i < count; ++i) values[i] = first + step * static_cast<double>(i);
  return values;
}

// h over delay; correlation looks forward, so its template stands as it is.
Curve taps_of(const Outcome& outcome, double dt) {
  Curve curve;
  const std::span<const double> taps = outcome.taps.samples<double>();
  curve.y.assign(taps.begin(), taps.end());
  const Dims& dilation = outcome.problem.dilation;
  curve.x =
      counted(0, dt * static_cast<double>(dilation.empty() ? 1 : dilation[0]), curve.y.size());
  return curve;
}

// "h" as "hours": an axis has room for the word.
std::string unit_name(const std::string& unit) {
  const std::string name = unit_of(seconds_of(unit));
  return name.empty() ? unit : name;
}

void tell_response(Story& story, const Outcome& outcome) {
  story.response = outcome.response->curve;
  const std::string& unit = outcome.request.dt_unit;
  if (outcome.request.kernel_scale == KernelScale::area) story.kernel_label += ", scaled to area 1";
  if (outcome.response->unit_area) {
    story.response_unit = unit.empty() ? "" : "1/" + unit;
  } else {
    story.output_factor = unit.empty() ? "time" : unit;
  }
}

}  // namespace

Story TableData::story(const Outcome& outcome) const {
  const Problem& problem = outcome.problem;
  const std::size_t rows = table_.rows();
  const auto out_rows = static_cast<std::size_t>(outcome.y.shape[0]);
  const std::int64_t stride = stride_of(problem, 0);
  Story story;
  story.operation = outcome.deconvolved ? "deconvolve" : name(problem.operation);
  story.kernel_label = shortened(kernel_name(outcome), 50);
  story.unit = outcome.request.unit;
  if (outcome.response) tell_response(story, outcome);
  else story.kernel = taps_of(outcome, dt_);
  const std::optional<Dates> dates = find_dates(table_);
  const bool times = problem.operation == Operation::convolve;
  const bool kept = times && rows_kept(problem);
  story.input_dates = dates.has_value();
  story.output_dates = dates && times;
  story.output_axis = times ? "time" : "lag";
  if (dates) story.delay_unit = unit_of(dates->step_s / dt_);
  const bool own = !dates && times_ && !times_->odd;
  if (!outcome.request.dt_unit.empty()) story.delay_unit = unit_name(outcome.request.dt_unit);
  if (story.delay_unit.empty()) story.delay_unit = outcome.request.dt ? "as --dt" : "rows";
  story.time_label = own ? times_->name : fmt::format("time ({})", story.delay_unit);
  const double step = story.output_dates ? dates->step_s : dt_;
  const double start = kept ? 0 : static_cast<double>(first_time(problem, 0));
  const double origin = story.output_dates ? dates->seconds.front() : 0;
  for (std::size_t i = 0; i < filtered_.size(); ++i) {
    Story::Column column{table_.columns[filtered_[i]].name, {}, {}};
    column.input.x = dates ? dates->seconds : own ? times_->values : counted(0, dt_, rows);
    column.input.y = table_.columns[filtered_[i]].values;
    column.output.y = column_of(outcome.y, i);
    column.output.x = counted(origin + start * step, step * static_cast<double>(stride), out_rows);
    if (kept && dates)
      for (std::size_t row = 0; row < out_rows; ++row)
        column.output.x[row] = dates->seconds[row * static_cast<std::size_t>(stride)];
    if (own && times)
      for (std::size_t row = 0; row < out_rows; ++row)
        column.output.x[row] =
            times_->at(static_cast<std::int64_t>(start) + static_cast<std::int64_t>(row) * stride);
    story.columns.push_back(std::move(column));
  }
  return story;
}

std::vector<std::byte> TableData::plot(const Outcome& outcome) const {
  if (filtered_.size() > kMostColumns)
    throw Stop(kUsage, fmt::format("--plot draws {} columns at most, not {}; choose some with "
                                   "--column",
                                   kMostColumns, filtered_.size()));
  return draw(story(outcome), outcome.request.plot.ends_with(".svg"));
}

namespace {

// One unreadable cell among numbers: copying the column unfiltered would pass for the result.
[[noreturn]] void refuse_mixed(
    const std::string& path, const io::Table::Column& column,
    const char* allowed =
        "allowed are decimal numbers, and nan for what is missing; --column "
        "names the columns to filter") {
  throw Stop(kData, fmt::format("{}: column '{}' has numbers, but {}; {}", path, column.name,
                                column.reason, allowed));
}

std::vector<std::size_t> numeric_columns(const std::string& path, const io::Table& table) {
  std::vector<std::size_t> chosen;
  const io::Table::Column* text = nullptr;  // what a user may have meant: not the dates
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    const io::Table::Column& column = table.columns[i];
    if (is_clock(column.name)) continue;
    if (column.mixed) refuse_mixed(path, column);
    if (column.numeric) chosen.push_back(i);
    else if (!text || parse_date(text->text.front())) text = &column;
  }
  if (!chosen.empty()) return chosen;
  throw Stop(kData,
             fmt::format("{} has no numeric column to filter besides t, time and index{}", path,
                         text ? fmt::format(": {} in column '{}'", text->reason, text->name)
                              : std::string()));
}

std::size_t named_column(const std::string& path, const io::Table& table,
                         const std::string& wanted) {
  std::vector<std::string> names;
  std::vector<std::size_t> found;
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    names.push_back(table.columns[i].name);
    if (names.back() == wanted) found.push_back(i);
  }
  if (found.empty())
    throw Stop(kUsage, fmt::format("{} has no column '{}'{}; it has {}", path, wanted,
                                   suggestion(wanted, names), fmt::join(names, ", ")));
  if (found.size() > 1)
    throw Stop(kData, fmt::format("{} has more than one column '{}': columns {} and {}; give each "
                                  "a name of its own",
                                  path, wanted, found[0] + 1, found[1] + 1));
  const io::Table::Column& column = table.columns[found[0]];
  if (column.mixed) refuse_mixed(path, column);
  if (column.numeric) return found[0];
  throw Stop(kData, fmt::format("column '{}' of {} holds text, where numbers are needed: {}",
                                wanted, path, column.reason));
}

}  // namespace

std::vector<std::size_t> choose_columns(const Request& request, const io::Table& table) {
  for (const io::Table::Column& column : table.columns)
    if (is_clock(column.name) && column.mixed)
      refuse_mixed(request.input_name(), column, "it needs one in each row");
  if (request.columns.empty()) return numeric_columns(request.input_name(), table);
  std::vector<std::size_t> chosen;
  for (const std::string& wanted : request.columns) {
    const std::size_t i = named_column(request.input_name(), table, wanted);
    if (std::find(chosen.begin(), chosen.end(), i) == chosen.end()) chosen.push_back(i);
  }
  return chosen;
}

io::Table read_table(Input& input) {
  const std::vector<std::byte> bytes = input.read_all();
  return take(io::parse_csv({reinterpret_cast<const char*>(bytes.data()), bytes.size()},
                            input.source.where()));
}

void check_table_options(const Request& request) {
  check_output_format(request, "CSV", {io::Format::csv, io::Format::npy});
  check_picture_options(request, "series");
  if (!request.axes.empty()) refuse_option("--axes", "series", "the axis is that of the rows");
  if (request.policy) refuse_option("--policy", "series", "NPY arrays of integers have it");
  if (request.result) refuse_option("--result", "series", "NPY arrays have it");
  refuse_sound_options(request, "series");
  if (request.encoding) refuse_option("--bits", "series", "it is for sound");
}

std::unique_ptr<Data> load_table(const Request& request, Input& input) {
  check_table_options(request);
  io::Table table = read_table(input);
  if (table.rows() == 0)
    throw Stop(kData, fmt::format("{} has a header but no rows, where at least one is needed",
                                  request.input_name()));
  std::vector<std::size_t> chosen = choose_columns(request, table);
  std::string note;
  if (request.regrid) table = regridded(request, request.input_name(), table, chosen, note);
  auto data = std::make_unique<TableData>(request, std::move(table), std::move(chosen));
  if (!note.empty()) data->note(std::move(note));
  return data;
}

}  // namespace faltung::cli
