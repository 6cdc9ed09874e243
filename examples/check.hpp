// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdlib>
#include <iostream>
#include <source_location>

/// Ends the example with a failure where it does not hold what it says.
inline void check(bool holds, std::source_location at = std::source_location::current()) {
  if (holds) return;
  std::cerr << at.file_name() << ":" << at.line() << ": this does not hold\n";
  std::exit(1);
}

template <class Samples>
void print(const char* name, const Samples& samples) {
  std::cout << name << " =";
  for (const auto& v : samples) std::cout << ' ' << v;
  std::cout << '\n';
}
