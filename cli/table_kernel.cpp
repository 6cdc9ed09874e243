// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "table_kernel.hpp"

#include <fmt/format.h>

#include "data.hpp"
#include "elements.hpp"
#include "exit.hpp"
#include "regrid.hpp"
#include "values.hpp"

namespace faltung::cli {

std::vector<double> read_table_kernel(const Request& request, std::vector<std::string>& notes) {
  const io::Table table = take(io::read_csv(request.kernel));
  std::vector<const io::Table::Column*> found;
  std::vector<std::string> names;
  for (const io::Table::Column& column : table.columns) {
    const bool meant =
        request.kernel_column ? column.name == *request.kernel_column : !is_clock(column.name);
    if (meant && column.mixed)
      throw Stop(kData, fmt::format("{}: column '{}' has numbers, but {}; taps are decimal numbers",
                                    request.kernel, column.name, column.reason));
    if (!column.numeric) continue;
    names.push_back(column.name);
    if (meant) found.push_back(&column);
  }
  if (found.size() == 1)
    return kernel_samples(request, request.kernel, table, found.front()->values, notes);
  if (request.kernel_column)
    throw Stop(kUsage,
               fmt::format("{} has no numeric column '{}'{}", request.kernel,
                           *request.kernel_column, suggestion(*request.kernel_column, names)));
  throw Stop(kData,
             fmt::format("{} has {} numeric columns besides t, time and index, where a kernel "
                         "is one; name it with --kernel-column",
                         request.kernel, found.size()));
}

}  // namespace faltung::cli
