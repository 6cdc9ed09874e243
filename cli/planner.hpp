// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "faltung/plan.hpp"

namespace faltung::cli {

/// The planner of every command: by this machine's calibration where there is one.
inline Planner program_planner() {
  const Result<MachineProfile> cached = MachineProfile::cached();
  return cached ? Planner(*cached) : Planner();
}

}  // namespace faltung::cli
