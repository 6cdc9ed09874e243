// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <stdexcept>
#include <string>

#include "faltung/types.hpp"
#include "io/io.hpp"

namespace faltung::cli {

/// How the program ends, in the habit of sysexits.h.
enum Exit : int {
  kDone = 0,
  kUsage = 64,         ///< unknown or contradictory options, unknown names
  kData = 65,          ///< a file or an array that is not what it says, or that does not fit
  kNoInput = 66,       ///< no such file, or it cannot be read
  kUnavailable = 69,   ///< gnuplot, or enough memory, is missing
  kInternal = 70,      ///< a fault of the program
  kCannotCreate = 73,  ///< the output cannot be made
  kIoError = 74,       ///< reading or writing broke off
};

/// Ends the run: the sentence goes to stderr after "faltung: ", the code to the shell.
class Stop : public std::runtime_error {
 public:
  Stop(Exit code, const std::string& sentence, std::string below = "")
      : std::runtime_error(sentence), code_(code), below_(std::move(below)) {}
  Exit code() const noexcept { return code_; }
  /// Lines under the sentence: a formula, and a caret that points into it.
  const std::string& below() const noexcept { return below_; }

 private:
  Exit code_;
  std::string below_;
};

Exit exit_code(Status status) noexcept;
Exit exit_code(io::Trouble trouble) noexcept;

/// The value of a library's or a reader's result, or a Stop with its sentence.
template <class T>
T take(Result<T> result) {
  if (!result) throw Stop(exit_code(result.error().status), result.error().message);
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}
template <class T>
T take(io::Result<T> result) {
  if (!result) throw Stop(exit_code(result.error().trouble), result.error().message);
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

}  // namespace faltung::cli
