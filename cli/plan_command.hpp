// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace faltung::cli {

/// faltung plan "convolve f32 [1048576] * [4097] full": what would be done, and why.
struct PlanRequest {
  std::string problem;
  bool json = false;
};
void run_plan(const PlanRequest& request);

/// faltung info: this build and this machine, or a file.
struct InfoRequest {
  std::string file;
  std::string raw;
  bool cpu = false;
  bool calibrate = false;
  bool clear_calibration = false;
  bool json = false;
};
void run_info(const InfoRequest& request);

}  // namespace faltung::cli
