// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string>

#include "exit.hpp"

namespace faltung::cli {

/// Standard output was not taken.
[[noreturn]] inline void refuse_output(int error) {
  throw Stop(kIoError, std::string("standard output: cannot be written: ") +
                           (error == EPIPE ? "what reads it has ended" : std::strerror(error)));
}

/// To standard output. Stop(kIoError) where that is not taken.
inline void print(const std::string& text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size() || std::fflush(stdout) != 0)
    refuse_output(errno);
}

}  // namespace faltung::cli
