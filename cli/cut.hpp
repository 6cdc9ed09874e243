// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>

#include "options.hpp"

namespace faltung::cli {

/// The outputs that --window or --lags name, picked from a stream that gives the full result piece
/// by piece:
///
///   full result   0 . . . first * . . * . . * . . stop . . .      --stride 3
///   stream        0 . . . skip  * . . * . . * . .
///   given                       0     1     2
class Cut {
 public:
  /// Whether a request for sound can be served so: outputs beyond the full result have to be 0.
  static bool possible(const Request& request);
  /// What the problem's window or lags ask for; the problem becomes that of the stream. Nothing
  /// where it has neither.
  static std::optional<Cut> of(Problem& problem);

  std::int64_t count() const { return count_; }  ///< of the outputs asked for
  std::int64_t left() const { return count_ - given_; }
  /// How many of them lie before the first output of the stream.
  std::int64_t before() const;
  /// Those among the stream's next outputs, moved to their beginning where they do not lie side by
  /// side.
  View pick(const View& outputs);
  /// So many were given that are no outputs of the stream.
  void pass(std::int64_t outputs) { given_ += outputs; }

 private:
  std::int64_t skip_ = 0, step_ = 1;  ///< in outputs of the stream
  std::int64_t count_ = 0, given_ = 0, at_ = 0;
};

}  // namespace faltung::cli
