// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "faltung/machine_profile.hpp"
#include "planner/work.hpp"

namespace faltung {

/// Makes a profile: for the reader of the text form, the shipped table and the calibration.
struct ProfileAccess {
  MachineProfile profile;
  std::vector<double>& seconds() { return profile.seconds_; }
  std::string& machine() { return profile.machine_; }
  MachinePeaks& peaks() { return profile.peaks_; }
  void set_shipped() { profile.shipped_ = true; }
};

/// What this work takes on that machine.
double seconds_of(const MachineProfile& profile, const Work& work, Arithmetic arithmetic) noexcept;

/// The processor and the instruction set in use: "AMD EPYC 7R13, avx2". Errors: active_target's.
Result<std::string> this_machine();

}  // namespace faltung
