// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include <bit>
#include <cstdlib>

#include "io/io.hpp"

namespace {

using faltung::io::Table;

bool same(const Table::Column& a, const Table::Column& b) {
  if (a.name != b.name || a.numeric != b.numeric) return false;
  if (!a.numeric) return a.text == b.text;
  if (a.values.size() != b.values.size()) return false;
  for (std::size_t i = 0; i < a.values.size(); ++i) {
    const double x = a.values[i], y = b.values[i];
    if (!(x != x && y != y) && std::bit_cast<std::uint64_t>(x) != std::bit_cast<std::uint64_t>(y))
      return false;
  }
  return true;
}

bool same(const Table& a, const Table& b) {
  if (a.columns.size() != b.columns.size() || a.rows() != b.rows()) return false;
  for (std::size_t i = 0; i < a.columns.size(); ++i)
    if (!same(a.columns[i], b.columns[i])) return false;
  return true;
}

}  // namespace

// Any bytes end in a table or a message, and a table survives being written and read again.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace faltung;
  const auto table = io::parse_csv({reinterpret_cast<const char*>(data), size}, "fuzz");
  if (!table) return table.error().message.empty() ? (std::abort(), 0) : 0;
  for (const Table::Column& column : table->columns)
    if (column.text.size() != table->rows() || column.numeric != column.reason.empty())
      std::abort();
  const std::vector<std::byte> written = io::encode_csv(*table);
  const auto again =
      io::parse_csv({reinterpret_cast<const char*>(written.data()), written.size()}, "fuzz");
  if (!again || !same(*table, *again)) std::abort();
  return 0;
}
