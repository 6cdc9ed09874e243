// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "support/nearest.hpp"

#include <algorithm>

namespace faltung::support {
namespace {

/// Edits between two words: insertions, deletions, substitutions, and letters that changed places.
std::size_t edits(std::string_view a, std::string_view b) {
  std::vector<std::vector<std::size_t>> d(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i)
    for (std::size_t j = 0; j <= b.size(); ++j) {
      if (i == 0 || j == 0) {
        d[i][j] = i + j;
        continue;
      }
      const std::size_t replaced = d[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      d[i][j] = std::min({d[i - 1][j] + 1, d[i][j - 1] + 1, replaced});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        d[i][j] = std::min(d[i][j], d[i - 2][j - 2] + 1);
    }
  return d[a.size()][b.size()];
}

/// Edits beyond those that a word of that length is forgiven: 0 or less is near. A name is meant by
/// its first word ("fft" of fft_single) and by its beginning, too.
std::ptrdiff_t far(std::string_view given, std::string_view name) {
  constexpr std::size_t kAbbreviation = 3;
  if (given.size() >= kAbbreviation && name.starts_with(given)) return -1;
  const auto beyond = [given](std::string_view word) {
    return static_cast<std::ptrdiff_t>(edits(given, word)) -
           static_cast<std::ptrdiff_t>(1 + word.size() / 4);
  };
  const std::string_view first = name.substr(0, name.find_first_of("_-"));
  return first.size() < kAbbreviation ? beyond(name) : std::min(beyond(name), beyond(first));
}

}  // namespace

Failure unknown(std::string_view what, std::string_view given,
                const std::vector<std::string>& allowed) {
  const std::string_view shown = given.substr(0, 40);
  std::string message = "unknown " + std::string(what) + " '" + std::string(shown) + "'";
  const auto nearest = std::min_element(allowed.begin(), allowed.end(),
                                        [shown](const std::string& a, const std::string& b) {
                                          return far(shown, a) < far(shown, b);
                                        });
  if (nearest != allowed.end() && far(shown, *nearest) <= 0)
    message += "; did you mean " + *nearest + "?";
  else message += ".";
  message += " Allowed: ";
  for (std::size_t i = 0; i < allowed.size(); ++i) message += (i ? ", " : "") + allowed[i];
  return {Status::unknown_name, message};
}

}  // namespace faltung::support
