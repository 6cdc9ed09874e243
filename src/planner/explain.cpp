// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// What a plan says of itself: for people, and as JSON for programs.
#include <charconv>
#include <cmath>
#include <cstdio>

#include "planner/plan_impl.hpp"

namespace faltung {
namespace {

/// Whether methods of GPUs took part in the choice.
bool asks_devices(const Plan::Impl& plan) {
  return plan.problem.device != "cpu" || plan.algorithm->on_device();
}

const char* verdict(const Candidate& c) {
  return c.chosen ? "chosen" : c.supported ? "dearer" : "cannot";
}

std::string profile_name(const MachineProfile& profile) {
  return profile.is_shipped() ? "shipped table" : "calibrated, " + profile.machine();
}

std::string json_candidate(const Candidate& c) {
  std::string text = "{\"name\": " + json_string(c.name) + ", \"verdict\": \"" + verdict(c) +
                     "\", \"reason\": " + json_string(c.reason);
  if (c.seconds > 0)
    text += ", \"seconds\": " + json_number(c.seconds) +
            (c.on_device ? ", \"copy_seconds\": " + json_number(c.copy_seconds) : "") +
            ", \"flop\": " + json_number(c.flop) + ", \"bytes\": " + json_number(c.bytes) +
            ", \"memory_bytes\": " + std::to_string(c.memory_bytes) +
            ", \"error\": " + json_number(c.error);
  return text + "}";
}

}  // namespace

std::string json_string(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      quoted += '\\';
      quoted += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      char escape[8];
      std::snprintf(escape, sizeof escape, "\\u%04x", static_cast<unsigned>(c));
      quoted += escape;
    } else {
      quoted += c;
    }
  }
  return quoted + "\"";
}

/// JSON has no infinity: null stands for a number that is none.
std::string json_number(double value) {
  if (!std::isfinite(value)) return "null";
  char buffer[32];
  return {buffer, std::to_chars(buffer, buffer + sizeof buffer, value).ptr};
}

std::string Plan::explain() const {
  std::string text = impl_->problem.to_string() + "\n" + impl_->recipe->tree() + "memory " +
                     with_prefix(static_cast<double>(memory_bytes()), "B") +
                     " on one thread; costs by the " + profile_name(impl_->planner.profile()) +
                     "\n";
  std::string elsewhere;
  for (const Candidate& c : candidates())
    if (c.on_device && !asks_devices(*impl_)) elsewhere += " " + c.name;
    else text += std::string("  ") + verdict(c) + "  " + c.name + ": " + c.reason + "\n";
  if (!elsewhere.empty())
    text += "  not asked, since the problem keeps to the CPU:" + elsewhere + "\n";
  return text;
}

std::string Plan::explain_json() const {
  std::string text = "{\"problem\": " + json_string(impl_->problem.to_string()) +
                     ", \"algorithm\": " + json_string(algorithm()) +
                     ", \"tree\": " + json_string(impl_->recipe->tree()) +
                     ", \"profile\": " + json_string(profile_name(impl_->planner.profile())) +
                     ", \"memory_bytes\": " + std::to_string(memory_bytes()) +
                     ", \"candidates\": [";
  const char* separator = "";
  for (const Candidate& c : candidates()) {
    if (c.on_device && !asks_devices(*impl_)) continue;
    text += separator + json_candidate(c);
    separator = ", ";
  }
  return text + "]}";
}

}  // namespace faltung
