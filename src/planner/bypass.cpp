// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "planner/bypass.hpp"

#include <algorithm>
#include <cstring>
#include <limits>

#include "microkernels/targets.hpp"
#include "microkernels/weighted_sum.hpp"

namespace faltung {
namespace {

constexpr std::int64_t kMostSamples = 256;
/// One chunk of the direct method, whose chains are then these.
constexpr std::int64_t kMostTaps = 64;

bool is_plain(const ConstView& v, std::int64_t most) {
  return v.data != nullptr && v.shape.rank() == 1 && v.strides.rank() == 1 && v.strides[0] == 1 &&
         v.shape[0] >= 1 && v.shape[0] <= most;
}

bool is_plain(const Options& o) {
  return o.window.empty() && o.lags.empty() && o.boundary == Boundary::constant && o.cval == 0.0 &&
         o.axes.empty() && o.stride.empty() && o.dilation.empty() && o.origin.empty() &&
         !o.result && o.policy == Policy::exact && o.nan == Nan::propagate && o.method == "auto" &&
         o.threads == 1;
}

/// The first output and how many there are; none where the extent has no outputs.
struct Outputs {
  std::int64_t first, count;
};
Outputs outputs_of(Extent extent, std::int64_t n, std::int64_t taps) {
  if (extent == Extent::same) return {(taps - 1) / 2, n};
  if (extent == Extent::causal) return {0, n};
  if (extent == Extent::valid) return {taps - 1, n - taps + 1};
  return {0, n + taps - 1};
}

/// x between zeros, and the taps from the newest sample's on.
template <class T>
struct Operands {
  T x[kMostTaps + kMostSamples + kMostTaps + kRowSlack];
  T h[kMostTaps];
  std::int64_t offsets[kMostTaps];
};

template <class T>
void load(Operation operation, const ConstView& x, const ConstView& h, Operands<T>& to) {
  const std::int64_t n = x.shape[0], taps = h.shape[0];
  std::fill_n(to.x, taps - 1, T(0));
  std::memcpy(to.x + taps - 1, x.data, static_cast<std::size_t>(n) * sizeof(T));
  std::fill_n(to.x + taps - 1 + n, taps + kRowSlack, T(0));
  std::memcpy(to.h, h.data, static_cast<std::size_t>(taps) * sizeof(T));
  if (operation == Operation::correlate) std::reverse(to.h, to.h + taps);
  for (std::int64_t k = 0; k < taps; ++k) to.offsets[k] = taps - 1 - k;
}

template <class T>
std::optional<AnyArray> run(Operation operation, const ConstView& x, const ConstView& h,
                            Extent extent, std::int64_t target) {
  const WeightedSum<T>& loops = weighted_sum<T>(target);
  const std::int64_t n = x.shape[0], taps = h.shape[0];
  const Outputs outputs = outputs_of(extent, n, taps);
  if (outputs.count < 1) return std::nullopt;
  Operands<T> in;
  load(operation, x, h, in);
  const T smallest = loops.scan(in.x, n + taps - 1).smallest * loops.scan(in.h, taps).smallest;
  if (smallest != 0 ? smallest < std::numeric_limits<T>::min() : true) return std::nullopt;
  T sums[kMostSamples + kMostTaps + kRowSlack];
  loops.real(sums, in.x + outputs.first, outputs.count, in.offsets, in.h, taps, false);
  if (loops.scan(sums, outputs.count).nonfinite > 0) return std::nullopt;
  AnyArray y{x.type, {outputs.count}, {}};
  const auto* bytes = reinterpret_cast<const std::byte*>(sums);
  y.bytes.assign(bytes, bytes + static_cast<std::size_t>(outputs.count) * sizeof(T));
  return y;
}

}  // namespace

std::optional<AnyArray> run_without_plan(Operation operation, const ConstView& x,
                                         const ConstView& h, const Options& options) {
  if (x.type != h.type || !is_plain(x, kMostSamples) || !is_plain(h, kMostTaps) ||
      !is_plain(options))
    return std::nullopt;
  const Result<std::int64_t> target = active_target_bit();
  if (!target) return std::nullopt;
  if (x.type == ElementType::f32) return run<float>(operation, x, h, options.extent, *target);
  if (x.type == ElementType::f64) return run<double>(operation, x, h, options.extent, *target);
  return std::nullopt;
}

}  // namespace faltung
