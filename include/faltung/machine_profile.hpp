// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "faltung/types.hpp"

namespace faltung {

/// What a machine reaches at its best, on one thread.
struct MachinePeaks {
  double f32_flop_per_second = 0;  ///< multiply-adds, two flop each
  double f64_flop_per_second = 0;
  double copy_bytes_per_second = 0;  ///< bytes read plus bytes written, well beyond the caches
};

/// What the planner believes the steps of its cost model (src/planner/primitives.def) take.
///
/// The shipped table was fitted to measurements of one machine and is the default, so that nothing
/// needs tuning and equal problems get equal plans everywhere. A calibration measures this machine
/// and scales the table; it changes which method is chosen, never what a method computes. The
/// library reads the cached calibration only where asked (`cached()`); the program always does.
class FALTUNG_API MachineProfile {
 public:
  static const MachineProfile& shipped() noexcept;

  /// Measures for at most `limit_seconds` (and never more than 2) on the calling thread.
  /// Errors: invalid_argument, out_of_memory, or what FALTUNG_FORCE_TARGET is refused for.
  static Result<MachineProfile> calibrate(double limit_seconds = 2.0);

  /// The calibration in the user's cache directory. no_output where there is none, or one of
  /// another version, another processor or instruction set, or a damaged one.
  static Result<MachineProfile> cached();
  /// Writes it there, whole or not at all, whoever else writes at the same time.
  Result<void> save() const;
  /// Removes it; true where there was one.
  static Result<bool> clear();
  /// $XDG_CACHE_HOME/faltung/profile, else $HOME/.cache/faltung/profile; empty where neither is
  /// set.
  static std::string cache_path();

  /// The text form: a version, the processor, peaks, and one line for each step.
  std::string to_string() const;
  static Result<MachineProfile> parse(std::string_view text);

  bool is_shipped() const noexcept { return shipped_; }
  /// The processor and instruction set that were measured.
  const std::string& machine() const noexcept { return machine_; }
  const MachinePeaks& peaks() const noexcept { return peaks_; }

  /// Seconds of each step for each arithmetic, in the order of primitives.def.
  std::span<const double> seconds() const noexcept { return seconds_; }

 private:
  friend struct ProfileAccess;
  bool shipped_ = false;
  std::string machine_;
  MachinePeaks peaks_;
  std::vector<double> seconds_;
};

}  // namespace faltung
