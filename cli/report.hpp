// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "data.hpp"
#include "faltung/plan.hpp"

namespace faltung::cli {

struct Seconds {
  double plan = 0, prepare = 0, execute = 0;
  double total() const { return plan + prepare + execute; }
};

/// How the result came about.
struct Method {
  Problem problem;
  std::string algorithm;
  std::string explanation;
  Dims output_shape;
  ElementType output_type = ElementType::f32;
  std::int64_t memory_bytes = 0;  ///< of all that is held at once
  double predicted_seconds = 0;   ///< on one thread
};

/// Everything that is told about a run.
struct Report {
  const Request& request;
  const Data& data;
  const KernelSource& kernel;
  const AnyArray& taps;
  const Method& method;
  const Stored& stored;
  std::optional<ErrorBound> bound;
  Seconds seconds;
};

/// The summary and hints on stderr, what was asked for on stdout. Stop(kIoError) where stdout
/// does not take it.
void tell(const Report& report);

}  // namespace faltung::cli
