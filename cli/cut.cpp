// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "cut.hpp"

#include <algorithm>
#include <cstring>

#include "data.hpp"
#include "exit.hpp"

namespace faltung::cli {
namespace {

std::int64_t ceil_div(std::int64_t a, std::int64_t b) {
  return a > 0 ? (a - 1) / b + 1 : -(-a / b);
}

}  // namespace

bool Cut::possible(const Request& request) {
  constexpr std::int64_t kMostOutputs = std::int64_t{1} << 40;  // as many as a stream has samples
  const Ranges& ranges = request.window.empty() ? request.lags : request.window;
  if (ranges.size() != 1) return false;
  const auto [first, last] = ranges[0];
  return std::abs(first / 2) < kMostOutputs && std::abs(last / 2) < kMostOutputs && first < last &&
         request.boundary.value_or(Boundary::constant) == Boundary::constant &&
         request.cval.value_or(0) == 0;
}

std::optional<Cut> Cut::of(Problem& problem) {
  if (problem.window.empty() && problem.lags.empty()) return {};
  const bool lags = problem.window.empty();
  const auto [from, to] = lags ? problem.lags[0] : problem.window[0];
  problem.window = problem.lags = {};
  problem.extent = Extent::full;
  const std::int64_t stride = stride_of(problem, 0);
  problem.stride = {};
  const std::int64_t zero = lags ? take(problem.zero_lag_index(0)) : 0;
  const std::int64_t first = from + zero, stop = to + zero + (lags ? 1 : 0);
  Cut cut;
  cut.count_ = ceil_div(stop - first, stride);
  // A stream of every stride-th output has those of the window where its first one is among them.
  const bool strided = first % stride == 0;
  if (strided && stride > 1) problem.stride = Dims{stride};
  cut.skip_ = strided ? first / stride : first;
  cut.step_ = strided ? 1 : stride;
  return cut;
}

std::int64_t Cut::before() const {
  return std::clamp<std::int64_t>(ceil_div(-skip_, step_), 0, count_);
}

View Cut::pick(const View& outputs) {
  const std::int64_t here = outputs.shape[0], row = element_count(outputs.shape) /
                                                    std::max<std::int64_t>(1, here) *
                                                    size_bytes(outputs.type);
  const std::int64_t next =
      skip_ + given_ * step_ - at_;  // the first one that is wanted, from here
  at_ += here;
  View picked = outputs;
  picked.shape[0] = next >= here ? 0 : std::min(left(), ceil_div(here - next, step_));
  auto* begin = static_cast<std::byte*>(outputs.data);
  if (step_ == 1) picked.data = begin + std::min(next, here) * row;
  for (std::int64_t i = 0; i < picked.shape[0] && step_ > 1; ++i)
    std::memmove(begin + i * row, begin + (next + i * step_) * row, static_cast<std::size_t>(row));
  given_ += picked.shape[0];
  return picked;
}

}  // namespace faltung::cli
