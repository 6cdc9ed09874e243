// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// The text of a formula: read, or refused with a sentence that points into it. What is read has
// values, can be printed, and what is printed is read back as the same function where it is of the
// closed class; convolving it with a pulse ends, whatever it is.
#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "faltung/continuous.hpp"

namespace {

using namespace faltung;
using continuous::Function;

void require(bool condition) {
  if (!condition) std::abort();
}

double largest(const Function& f) {
  double most = 0;
  for (double t = -4; t <= 4; t += 0.25)
    if (const double y = f(t); std::isfinite(y)) most = std::max(most, std::abs(y));
  return most;
}

/// Numbers of 17 digits multiply errors in exponents, so only tame functions are compared closely.
void compare_with_its_text(const Function& f) {
  const std::string text = to_string(f);
  require(!text.empty() && !to_latex(f).empty());
  if (!f.is_closed() || text.size() > 2000) return;
  const auto again = continuous::parse_function(text);
  const double most = largest(f);
  if (!again) {
    // Numbers beyond the doubles, and very long results, are the only ones that are not read.
    require(again.error().status != Status::unknown_name);
    return;
  }
  if (most > 1e6 || most < 1e-6 || text.find('e') != std::string::npos) return;
  for (double t = -3.9; t < 4; t += 0.37)
    if (const double y = f(t); std::isfinite(y)) require(std::abs((*again)(t)-y) <= 1e-9 * most);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto f = continuous::parse_function(text);
  if (!f) {
    require(f.error().status != Status::ok && !f.error().message.empty());
    return 0;
  }
  for (const double t : {-1e9, -1.5, 0.0, 1e-9, 0.5, 3.0, 1e9}) (void)(*f)(t);
  const std::vector<double> places = f->breakpoints();
  require(std::is_sorted(places.begin(), places.end()));
  require(f->lower() <= f->upper());
  if (places.size() > 64 || text.size() > 400) return 0;
  compare_with_its_text(*f);
  if (!f->is_closed()) return 0;
  static const Function pulse = value_or_throw(continuous::parse_function("box(t-1/2)"));
  const auto y = continuous::convolve(*f, pulse);
  if (y) (void)(*y)(0.75);
  else require(!y.error().message.empty());
  return 0;
}
