// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "faltung/machine_profile.hpp"

#include <charconv>
#include <cmath>
#include <cstdio>

#include "planner/profile_access.hpp"
#include "planner/work.hpp"

namespace faltung {
namespace {

constexpr std::size_t kCells = kPrimitives * kArithmetics;
/// Raised whenever a step comes, goes or changes its meaning.
constexpr std::string_view kHeader = "faltung profile 1";

constexpr double kShippedSeconds[kPrimitives][kArithmetics] = {
#include "planner/shipped_profile.inc"
};

tl::unexpected<Failure> refuse(std::string message) {
  return tl::unexpected(Failure{Status::invalid_argument, std::move(message)});
}

std::string text_of(double value) {
  char buffer[32];
  return {buffer, std::to_chars(buffer, buffer + sizeof buffer, value).ptr};
}

/// Fletcher's sum over the text: a damaged file is not mistaken for a profile.
std::uint32_t checksum(std::string_view text) {
  std::uint32_t a = 1, b = 0;
  for (const char c : text) {
    a = (a + static_cast<unsigned char>(c)) % 65521;
    b = (b + a) % 65521;
  }
  return b << 16 | a;
}

std::string_view take_line(std::string_view& text) {
  const std::size_t end = text.find('\n');
  const std::string_view line = text.substr(0, end);
  text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
  return line;
}

/// "name v v ...": reads `count` positive finite numbers behind the name.
bool read_numbers(std::string_view line, std::string_view name, double* values, int count) {
  if (!line.starts_with(name)) return false;
  line.remove_prefix(name.size());
  for (int i = 0; i < count; ++i) {
    if (line.empty() || line.front() != ' ') return false;
    line.remove_prefix(1);
    const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), values[i]);
    if (error != std::errc() || !std::isfinite(values[i]) || values[i] < 0) return false;
    line.remove_prefix(static_cast<std::size_t>(end - line.data()));
  }
  return line.empty();
}

}  // namespace

const MachineProfile& MachineProfile::shipped() noexcept {
  static const MachineProfile profile = [] {
    ProfileAccess made;
    made.seconds().assign(&kShippedSeconds[0][0], &kShippedSeconds[0][0] + kCells);
    made.set_shipped();
    return made.profile;
  }();
  return profile;
}

std::string MachineProfile::to_string() const {
  std::string text = std::string(kHeader) + "\nmachine " + machine_ + "\npeaks " +
                     text_of(peaks_.f32_flop_per_second) + " " +
                     text_of(peaks_.f64_flop_per_second) + " " +
                     text_of(peaks_.copy_bytes_per_second) + "\n";
  for (std::size_t p = 0; p < kPrimitives; ++p) {
    text += kPrimitiveNames[p];
    for (std::size_t a = 0; a < kArithmetics; ++a)
      text += " " + text_of(seconds_[p * kArithmetics + a]);
    text += "\n";
  }
  char sum[32];
  std::snprintf(sum, sizeof sum, "checksum %08x\n", checksum(text));
  return text + sum;
}

Result<MachineProfile> MachineProfile::parse(std::string_view text) {
  const std::size_t last = text.rfind("checksum ");
  const std::string_view body = text.substr(0, last == std::string_view::npos ? 0 : last);
  char sum[32];
  std::snprintf(sum, sizeof sum, "checksum %08x\n", checksum(body));
  if (last == std::string_view::npos || text.substr(last) != sum)
    return refuse("this is no profile, or a damaged one: its checksum is wrong");
  std::string_view rest = body;
  if (take_line(rest) != kHeader)
    return refuse("this profile is of another version; calibrate again");
  ProfileAccess made;
  std::string_view line = take_line(rest);
  if (!line.starts_with("machine ")) return refuse("this profile names no machine");
  made.machine() = std::string(line.substr(8));
  double peaks[3];
  if (!read_numbers(take_line(rest), "peaks", peaks, 3)) return refuse("this profile has no peaks");
  made.peaks() = {peaks[0], peaks[1], peaks[2]};
  made.seconds().resize(kCells);
  for (std::size_t p = 0; p < kPrimitives; ++p)
    if (!read_numbers(take_line(rest), kPrimitiveNames[p], &made.seconds()[p * kArithmetics],
                      kArithmetics))
      return refuse(std::string("this profile has no step '") + kPrimitiveNames[p] + "'");
  if (!rest.empty()) return refuse("this profile has lines that are no steps");
  return made.profile;
}

double seconds_of(const MachineProfile& profile, const Work& work, Arithmetic arithmetic) noexcept {
  const std::span<const double> seconds = profile.seconds();
  double sum = 0;
  for (std::size_t p = 0; p < kPrimitives; ++p)
    sum += work.count[p] * seconds[p * kArithmetics + static_cast<std::size_t>(arithmetic)];
  return sum;
}

}  // namespace faltung
