// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "io/byte_source.hpp"

namespace faltung::io {

/// A CSV table that comes piece by piece; as parse_csv reads it.
class CsvReader {
 public:
  /// Reads the header. The source outlives this.
  static Result<CsvReader> open(ByteSource& source);
  const std::vector<std::string>& names() const { return names_; }
  /// The next rows, none at the end. What kind a column is, is told of these rows alone.
  Result<Table> read();

 private:
  explicit CsvReader(ByteSource& source) : source_(&source) {}
  Result<std::string> take_lines();

  ByteSource* source_;
  std::vector<std::string> names_;
  std::string ahead_;  ///< read, and not taken
  std::size_t line_ = 1, blank_line_ = 0;
};

/// encode_csv in two parts.
std::vector<std::byte> encode_csv_header(const Table& table);
void encode_csv_rows(const Table& table, std::vector<std::byte>& bytes);

}  // namespace faltung::io
