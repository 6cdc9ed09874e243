// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdio>
#include <string>

#include "exit.hpp"

namespace faltung::cli {

/// To standard output. Stop(kIoError) where that is not taken.
inline void print(const std::string& text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size() || std::fflush(stdout) != 0)
    throw Stop(kIoError, "standard output was not taken");
}

}  // namespace faltung::cli
