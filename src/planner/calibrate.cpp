// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// A calibration runs a few small problems for each group of steps and arithmetic, compares what
// they take with what the shipped table says, and scales the group by the geometric mean: the
// table's shape is kept, its level is measured. Problems were chosen so that steps of one group
// make most of their time.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstring>

#include "faltung/convolve.hpp"
#include "microkernels/peaks.hpp"
#include "microkernels/targets.hpp"
#include "planner/choice.hpp"
#include "planner/profile_access.hpp"
#include "support/aligned_vector.hpp"

namespace faltung {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// The least time of f over repetitions that fill `budget` seconds, at least three.
template <class F>
double least_time(double budget, F&& f) {
  const Clock::time_point start = Clock::now();
  double least = HUGE_VAL;
  for (int i = 0; i < 3 || (seconds_since(start) < budget && i < 10000); ++i) {
    const Clock::time_point begin = Clock::now();
    f();
    least = std::min(least, seconds_since(begin));
  }
  return least;
}

enum class Group : int { direct, transform, memory };

constexpr Group kGroupOf[] = {
#define FALTUNG_PRIMITIVE(name, group, meaning) Group::group,
#include "planner/primitives.def"
#undef FALTUNG_PRIMITIVE
};

struct Probe {
  const char* text;
  Arithmetic arithmetic;
  Group group;
};

constexpr Probe kProbes[] = {
    {"convolve f32 [4096] * [64] same method=direct", Arithmetic::f32, Group::direct},
    {"convolve f32 [128,256] * [5,5] same method=direct", Arithmetic::f32, Group::direct},
    {"convolve f64 [4096] * [64] same method=direct", Arithmetic::f64, Group::direct},
    {"convolve f64 [128,256] * [5,5] same method=direct", Arithmetic::f64, Group::direct},
    {"convolve i32 [4096] * [32] same method=direct", Arithmetic::i64, Group::direct},
    {"convolve i16 [128,256] * [3,3] same method=direct", Arithmetic::i64, Group::direct},
    {"convolve f32 [2048] * [512] same method=fft_single", Arithmetic::f32, Group::transform},
    {"convolve f32 [65536] * [1000] same method=overlap_save", Arithmetic::f32, Group::transform},
    {"convolve f32 [200,200] * [21,21] same method=fft_single", Arithmetic::f32, Group::transform},
    {"convolve f64 [2048] * [512] same method=fft_single", Arithmetic::f64, Group::transform},
    {"convolve f64 [65536] * [1000] same method=overlap_save", Arithmetic::f64, Group::transform},
    {"convolve f64 [200,200] * [21,21] same method=fft_single", Arithmetic::f64, Group::transform},
    {"convolve i16 [2048] * [512] same method=fft_single", Arithmetic::i64, Group::transform},
    {"convolve i16 [200,200] * [21,21] same method=fft_single", Arithmetic::i64, Group::transform},
};

/// Measured over predicted time of one probe; 1 where it cannot run.
Result<double> ratio_of(const Probe& probe, double budget) {
  const Problem problem = Problem::parse(probe.text);
  const auto plan = Planner().try_plan(problem);
  if (!plan) return tl::unexpected(plan.error());
  // Ones: neither denormal nor out of range, and small enough for every integer.
  const auto ones = [](ElementType type, const Dims& shape) {
    AnyArray array{type, shape, {}};
    const auto count = static_cast<std::size_t>(element_count(shape));
    array.bytes.resize(count * static_cast<std::size_t>(size_bytes(type)));
    for (std::size_t i = 0; i < count; ++i) {
      const float single = 1;
      const double wide = 1;
      const std::int32_t whole = 1;
      const void* one = type == ElementType::f32   ? static_cast<const void*>(&single)
                        : type == ElementType::f64 ? static_cast<const void*>(&wide)
                                                   : static_cast<const void*>(&whole);
      const auto size = static_cast<std::size_t>(size_bytes(type));
      std::memcpy(array.bytes.data() + i * size, one, size);
    }
    return array;
  };
  const AnyArray x = ones(problem.x_type, problem.x_shape),
                 h = ones(problem.h_type, problem.h_shape);
  AnyArray y = ones(ElementType::f64, plan->output_shape());
  y.type = plan->output_type();
  auto workspace = Workspace::try_make(*plan);
  if (!workspace) return tl::unexpected(workspace.error());
  Status status = Status::ok;
  const double measured = least_time(budget, [&] {
    const auto kernel = plan->try_prepare(h.view());
    status =
        kernel ? plan->execute(x.view(), *kernel, y.view(), *workspace) : kernel.error().status;
  });
  if (status != Status::ok) return tl::unexpected(plan->failure(status));
  for (const Candidate& c : plan->candidates())
    if (c.chosen) return measured / c.seconds;
  return 1;
}

template <class T>
double flop_per_second(std::int64_t target, double budget) {
  constexpr std::int64_t kRounds = 20000;
  T sink = 0;
  double flop = 0;
  const double least =
      least_time(budget, [&] { flop = peaks<T>(target).multiply_add(kRounds, &sink); });
  return flop / least;
}

double copy_bytes_per_second(double budget) {
  constexpr std::size_t kBytes = std::size_t{64} << 20;
  support::AlignedVector<std::byte> from(kBytes, std::byte{1}), to(kBytes);
  const double least = least_time(budget, [&] { std::memcpy(to.data(), from.data(), kBytes); });
  return 2.0 * static_cast<double>(kBytes) / least;
}

Result<MachineProfile> measure(double limit) {
  const auto target = active_target_bit();
  if (!target) return tl::unexpected(target.error());
  const auto machine = this_machine();
  if (!machine) return tl::unexpected(machine.error());
  const double share = limit / static_cast<double>(std::size(kProbes) + 4) * 0.8;
  ProfileAccess made;
  made.machine() = *machine;
  made.peaks().f32_flop_per_second = flop_per_second<float>(*target, share);
  made.peaks().f64_flop_per_second = flop_per_second<double>(*target, share);
  made.peaks().copy_bytes_per_second = copy_bytes_per_second(share);
  double log_sum[3][kArithmetics] = {};
  int count[3][kArithmetics] = {};
  for (const Probe& probe : kProbes) {
    const auto ratio = ratio_of(probe, share);
    if (!ratio) return tl::unexpected(ratio.error());
    log_sum[static_cast<int>(probe.group)][static_cast<int>(probe.arithmetic)] += std::log(*ratio);
    ++count[static_cast<int>(probe.group)][static_cast<int>(probe.arithmetic)];
  }
  const std::span<const double> shipped = MachineProfile::shipped().seconds();
  made.seconds().assign(shipped.begin(), shipped.end());
  for (std::size_t p = 0; p < kPrimitives; ++p)
    for (std::size_t a = 0; a < kArithmetics; ++a) {
      const int group = static_cast<int>(kGroupOf[p]);
      if (count[group][a] == 0) continue;
      made.seconds()[p * kArithmetics + a] *= std::exp(log_sum[group][a] / count[group][a]);
    }
  return made.profile;
}

}  // namespace

Result<MachineProfile> MachineProfile::calibrate(double limit_seconds) {
  if (!(limit_seconds > 0))
    return tl::unexpected(
        Failure{Status::invalid_argument, "a calibration takes a time above 0 and at most 2 s"});
  try {
    return measure(std::min(limit_seconds, 2.0));
  } catch (const std::bad_alloc&) {
    return tl::unexpected(Failure{Status::out_of_memory, "not enough memory to calibrate"});
  }
}

}  // namespace faltung
