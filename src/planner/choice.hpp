// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "convolution/algorithm.hpp"

namespace faltung {

/// What was found about one algorithm for one problem.
struct Consideration {
  const Algorithm* algorithm = nullptr;
  std::optional<Estimate> estimate;  ///< none where it cannot
  double seconds = 0;
  std::string cannot;  ///< why it cannot, or why its estimate is no choice
  bool allowed() const { return estimate && cannot.empty(); }
};

/// Every algorithm of the list, in its order.
std::vector<Consideration> consider(const Problem& problem, const Geometry& geometry,
                                    const MachineProfile& profile);

/// The one to use: the forced one, or the cheapest that is allowed. Refusals say what would do.
Result<const Algorithm*> choose(const Problem& problem, const std::vector<Consideration>& found);

/// The largest rank, known for this kernel, that would make the method of products of
/// one-dimensional kernels the one to use.
std::int64_t most_useful_rank(const Problem& problem, const Geometry& geometry,
                              const MachineProfile& profile);

/// The same of cosines, and of the method that sums over windows.
std::int64_t most_useful_cosines(const Problem& problem, const Geometry& geometry,
                                 const MachineProfile& profile);

/// The cosines of a kernel, as far as they matter to the choice, the rank being known; 0 where they
/// do not.
Result<std::int64_t> useful_cosines(const Planner& planner, const Problem& problem,
                                    const ConstView& h);
/// The rank of a kernel, as far as it matters to the choice; 0 where it does not.
Result<std::int64_t> useful_rank(const Planner& planner, const Problem& problem,
                                 const ConstView& h);

/// For people and programs; `chosen` may be null.
std::vector<Candidate> describe(const std::vector<Consideration>& found, const Algorithm* chosen);

/// 1234.5 and "B" as "1.23 kB".
std::string with_prefix(double value, const char* unit);
/// "12 us", "3.4 ms".
std::string duration(double seconds);
/// As JSON; a number that is not finite is null.
std::string json_string(std::string_view text);
std::string json_number(double value);

}  // namespace faltung
