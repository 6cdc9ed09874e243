// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "plan_command.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "exit.hpp"
#include "faltung/device.hpp"
#include "faltung/version.hpp"
#include "planner.hpp"
#include "print.hpp"

namespace faltung::cli {
namespace {

using Json = nlohmann::ordered_json;

void print_json(const Json& json) {
  print(json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
}

MachineProfile calibrate() {
  MachineProfile profile = take(MachineProfile::calibrate());
  take(profile.save());
  return profile;
}

/// What the commands plan by, and why it is not a calibration where it is none.
struct Costs {
  MachineProfile profile;
  std::string source;
};

Costs costs_in_use(const InfoRequest& request) {
  if (request.calibrate)
    return {calibrate(), "calibrated just now, kept in " + MachineProfile::cache_path()};
  const Result<MachineProfile> cached = MachineProfile::cached();
  if (cached) return {*cached, "the calibration in " + MachineProfile::cache_path()};
  return {MachineProfile::shipped(), "the shipped table (" + cached.error().message + ")"};
}

Json describe_info(const Costs& costs) {
  Json json{{"faltung", FALTUNG_VERSION},
            {"targets", compiled_targets()},
            {"supported", supported_targets()},
            {"target", take(active_target())},
            {"costs", costs.source},
            {"calibrated", !costs.profile.is_shipped()}};
  json["devices"] = Json::array();
  for (const DeviceInfo& device : devices())
    json["devices"].push_back({{"name", device.name},
                               {"model", device.model},
                               {"memory_bytes", device.memory_bytes},
                               {"multiprocessors", device.multiprocessors}});
  if (costs.profile.is_shipped()) return json;
  const MachinePeaks& peaks = costs.profile.peaks();
  json["machine"] = costs.profile.machine();
  json["peaks"] = {{"f32_flop_per_second", peaks.f32_flop_per_second},
                   {"f64_flop_per_second", peaks.f64_flop_per_second},
                   {"copy_bytes_per_second", peaks.copy_bytes_per_second}};
  return json;
}

std::string info_text(const Costs& costs) {
  const std::vector<std::string> here = supported_targets();
  const std::string active = take(active_target());
  std::string text = "faltung " FALTUNG_VERSION "\ninstruction sets:";
  for (const std::string& name : compiled_targets()) {
    const bool runs = std::find(here.begin(), here.end(), name) != here.end();
    text += fmt::format(" {}{}", name, name == active ? " (in use)" : runs ? "" : " (not here)");
  }
  text += "\nGPUs:";
  for (const DeviceInfo& device : devices())
    text += fmt::format(" {} ({}, {:.3g} GB)", device.name, device.model,
                        static_cast<double>(device.memory_bytes) * 1e-9);
  if (const std::string none = why_no_device(); !none.empty()) text += " none; " + none;
  text += fmt::format("\ncosts: {}\n", costs.source);
  if (costs.profile.is_shipped())
    return text + "faltung info --calibrate measures this machine in two seconds\n";
  const MachinePeaks& peaks = costs.profile.peaks();
  return text + fmt::format(
                    "machine: {}\npeaks of one thread: {:.3g} Gflop/s float32, {:.3g} Gflop/s "
                    "float64, {:.3g} GB/s copied (read plus written)\n",
                    costs.profile.machine(), peaks.f32_flop_per_second * 1e-9,
                    peaks.f64_flop_per_second * 1e-9, peaks.copy_bytes_per_second * 1e-9);
}

}  // namespace

void run_plan(const PlanRequest& request) {
  const Problem problem = take(Problem::try_parse(request.problem));
  const Plan plan = take(program_planner().try_plan(problem));
  if (request.json) print_json(Json::parse(plan.explain_json()));
  else print(plan.explain());
}

void run_info(const InfoRequest& request) {
  if (request.clear_calibration) {
    const bool was_there = take(MachineProfile::clear());
    print(fmt::format(
        "{}\n", was_there ? "the calibration was removed" : "there was no calibration to remove"));
    return;
  }
  const Costs costs = costs_in_use(request);
  if (request.json) print_json(describe_info(costs));
  else print(info_text(costs));
}

}  // namespace faltung::cli
