// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "faltung/deconvolve.hpp"
#include "options.hpp"
#include "words.hpp"

namespace CLI {
class App;
}

namespace faltung::cli {

/// faltung deconvolve, as typed.
struct DeconvolveWords {
  Words shared;
  Text noise, weight, method, penalty, residual;
};

/// What is asked for: the request that would convolve, and how to undo it.
struct DeconvolveRequest {
  Request shared;
  std::optional<double> noise, weight;
  std::optional<DeconvolutionMethod> method;
  std::optional<Penalty> penalty;
  std::string residual;  ///< --residual: a file for y - x * h
};

CLI::App* add_deconvolve(CLI::App& program, DeconvolveWords& words);
DeconvolveRequest read_deconvolve(const DeconvolveWords& words);

/// Reads, computes, writes, tells. Throws Stop, with every file as it was.
void run_deconvolve(const DeconvolveRequest& request);

}  // namespace faltung::cli
