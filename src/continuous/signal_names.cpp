// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "faltung/signal.hpp"
#include "support/nearest.hpp"

namespace faltung {

const char* name(Beyond value) noexcept {
  switch (value) {
    case Beyond::zero: return "zero";
    case Beyond::hold: return "hold";
    case Beyond::periodic: return "periodic";
  }
  return "";
}
const char* name(Interpolation value) noexcept {
  return value == Interpolation::hold ? "hold" : "linear";
}

Result<Beyond> parse_beyond(std::string_view text) {
  if (text == "zero") return Beyond::zero;
  if (text == "hold") return Beyond::hold;
  if (text == "periodic") return Beyond::periodic;
  return tl::unexpected(
      support::unknown("way to go on beyond a record", text, {"zero", "hold", "periodic"}));
}
Result<Interpolation> parse_interpolation(std::string_view text) {
  if (text == "hold") return Interpolation::hold;
  if (text == "linear") return Interpolation::linear;
  return tl::unexpected(support::unknown("interpolation", text, {"hold", "linear"}));
}

}  // namespace faltung
