// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "data.hpp"
#include "dates.hpp"
#include "plot.hpp"

namespace faltung::cli {

/// Series: columns of a CSV, [rows, columns] of f64, convolved over the rows.
class TableData : public Data {
 public:
  /// `rows`: of how many rows these are the first; none where they are all.
  TableData(const Request& request, io::Table table, std::vector<std::size_t> filtered,
            std::optional<std::int64_t> rows = {});

  const char* kind() const override { return "series"; }
  ConstView samples() const override {
    ConstView view = samples_.view();
    view.shape[0] = rows_.value_or(view.shape[0]);
    return view;
  }
  Dims axes() const override { return {0}; }
  Extent usual_extent() const override { return Extent::causal; }
  Boundary usual_boundary() const override { return Boundary::edge; }
  double dt() const override { return dt_; }
  int filter_rank() const override { return 1; }
  ElementType tap_type(const KernelSource&, bool) const override { return ElementType::f64; }
  Dims lay(const KernelSource& kernel) const override;
  std::int64_t held_bytes(const Request& request, ElementType type,
                          const Dims& shape) const override;
  std::string times_at_odds(const Request& request) const override;
  io::Format usual_format() const override { return io::Format::csv; }
  /// What became of it, as a sentence for people.
  void note(std::string sentence) { notes_.push_back(std::move(sentence)); }
  Stored store(const Outcome& outcome, io::Format format) const override;
  std::vector<std::byte> plot(const Outcome& outcome) const override;

 private:
  io::Table result(const Outcome& outcome) const;
  std::vector<std::string> hints(const Outcome& outcome) const;
  Story story(const Outcome& outcome) const;
  std::vector<double> column_of(const AnyArray& y, std::size_t i) const;

  io::Table table_;
  std::vector<std::size_t> filtered_;
  double dt_;
  std::optional<TimeColumn> times_;
  AnyArray samples_;
  std::optional<std::int64_t> rows_;
  std::vector<std::string> notes_;
};

/// Rows of `same` and `causal` are rows of the input (every stride-th of them).
bool rows_kept(const Problem& problem);

/// The columns to filter. Stop where there is none, or one that is not numeric.
std::vector<std::size_t> choose_columns(const Request& request, const io::Table& table);

/// Refuses options that have no meaning for series.
void check_table_options(const Request& request);

/// What the rows' times say where it is not what the convolution takes them for.
std::string uneven_hint(const std::string& name, const std::string& steps);
std::string step_hint(const Request& request, const std::string& name, double step, double dt);

}  // namespace faltung::cli
