// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "microkernels/targets.hpp"

#include <cstdlib>

#include "faltung/plan.hpp"
#include "microkernels/highway.hpp"
//
#include "hwy/targets.h"
#include "support/nearest.hpp"

namespace faltung {
namespace {

struct Target {
  std::int64_t bit;
  const char* name;
  std::int64_t vector_bytes;
};

/// Best first.
constexpr Target kTargets[] = {{HWY_AVX3, "avx512", 64}, {HWY_AVX2, "avx2", 32},
                               {HWY_SSE4, "sse4", 16},   {HWY_NEON, "neon", 16},
                               {HWY_WASM, "wasm", 16},   {HWY_EMU128, "scalar", 16},
                               {HWY_SCALAR, "scalar", 8}};

std::vector<Target> targets_in(std::int64_t mask) {
  std::vector<Target> found;
  for (const Target& t : kTargets)
    if (t.bit & mask) found.push_back(t);
  return found;
}

std::vector<std::string> names_of(const std::vector<Target>& targets) {
  std::vector<std::string> names;
  for (const Target& t : targets) names.emplace_back(t.name);
  return names;
}

/// The baseline needs no instruction that the build does not assume anyway.
std::int64_t supported_mask() {
  return (hwy::SupportedTargets() & HWY_TARGETS) | HWY_STATIC_TARGET;
}

Result<Target> choose(std::string_view name) {
  const std::vector<Target> supported = targets_in(supported_mask());
  if (name.empty()) return supported.front();
  for (const Target& t : targets_in(HWY_TARGETS)) {
    if (t.name != name) continue;
    if (t.bit & supported_mask()) return t;
    std::string message =
        "FALTUNG_FORCE_TARGET is '" + std::string(name) + "', which this processor lacks; it has";
    for (const std::string& other : names_of(supported)) message += " " + other;
    return tl::unexpected(Failure{Status::unsupported, message});
  }
  return tl::unexpected(
      support::unknown("target in FALTUNG_FORCE_TARGET", name, names_of(targets_in(HWY_TARGETS))));
}

const Result<Target>& active() {
  static const Result<Target> target = [] {
    const char* forced = std::getenv("FALTUNG_FORCE_TARGET");
    return choose(forced == nullptr ? "" : forced);
  }();
  return target;
}

}  // namespace

Result<std::int64_t> active_target_bit() {
  const Result<Target>& target = active();
  if (!target) return tl::unexpected(target.error());
  return target->bit;
}

std::int64_t active_vector_bytes() noexcept {
  const Result<Target>& target = active();
  return target ? target->vector_bytes : targets_in(supported_mask()).front().vector_bytes;
}

Result<std::int64_t> target_bit(std::string_view name) {
  const Result<Target> target = choose(name);
  if (!target) return tl::unexpected(target.error());
  return target->bit;
}

std::vector<std::int64_t> supported_target_bits() {
  std::vector<std::int64_t> bits;
  for (const Target& t : targets_in(supported_mask())) bits.push_back(t.bit);
  return bits;
}

std::vector<std::string> compiled_targets() { return names_of(targets_in(HWY_TARGETS)); }
std::vector<std::string> supported_targets() { return names_of(targets_in(supported_mask())); }

Result<std::string> active_target() {
  const Result<Target>& target = active();
  if (!target) return tl::unexpected(target.error());
  return std::string(target->name);
}

}  // namespace faltung
