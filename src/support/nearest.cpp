// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "support/nearest.hpp"

#include <algorithm>
#include <numeric>

namespace faltung::support {
namespace {

/// Levenshtein's edit distance.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), 0);
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t above = row[j + 1];
      row[j + 1] = std::min({above + 1, row[j] + 1, diagonal + (a[i] == b[j] ? 0 : 1)});
      diagonal = above;
    }
  }
  return row[b.size()];
}

}  // namespace

Failure unknown(std::string_view what, std::string_view given,
                const std::vector<std::string>& allowed) {
  const std::string_view shown = given.substr(0, 40);
  std::string message = "unknown " + std::string(what) + " '" + std::string(shown) + "'";
  const auto nearest = std::min_element(allowed.begin(), allowed.end(),
                                        [shown](const std::string& a, const std::string& b) {
                                          return distance(shown, a) < distance(shown, b);
                                        });
  if (nearest != allowed.end() && distance(shown, *nearest) <= 1 + nearest->size() / 4)
    message += "; did you mean " + *nearest + "?";
  else message += ".";
  message += " Allowed: ";
  for (std::size_t i = 0; i < allowed.size(); ++i) message += (i ? ", " : "") + allowed[i];
  return {Status::unknown_name, message};
}

}  // namespace faltung::support
