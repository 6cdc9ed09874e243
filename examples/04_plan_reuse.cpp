// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// Plan once, run often: problem -> plan -> kernel -> execute. Plan and kernel are immutable and may
// be used by any number of threads; each thread that calls execute brings its own workspace.
#include <cmath>
#include <faltung/faltung.hpp>

#include "check.hpp"

namespace fl = faltung;

int main() {
  const fl::Problem problem = fl::Problem::parse("convolve f32 [48000] * [4800] full reuse=100");
  const fl::Plan plan = fl::Planner{}.plan(problem);
  std::cout << plan.explain();

  std::vector<float> response(4800), block(48000);
  for (std::size_t k = 0; k < response.size(); ++k)
    response[k] = std::exp(-static_cast<float>(k) / 800) * std::cos(0.3F * static_cast<float>(k));
  for (std::size_t n = 0; n < block.size(); ++n) block[n] = std::sin(0.02F * static_cast<float>(n));

  const fl::Kernel kernel = plan.prepare(response);  // transformed once
  fl::Workspace workspace(plan, /*threads=*/2);      // all memory that execute will need
  std::vector<float> wet(52799);
  for (int i = 0; i < 100; ++i) {
    const fl::Status status = plan.execute(block, kernel, wet, workspace);  // noexcept
    check(status == fl::Status::ok);
  }

  const fl::ErrorBound bound = plan.error_bound(block, kernel);
  std::cout << "no output is off by more than " << bound.maximum << '\n';
  double exact = 0;
  for (std::size_t k = 0; k < response.size(); ++k)
    exact += static_cast<double>(response[k]) * static_cast<double>(block[30000 - k]);
  check(std::abs(static_cast<double>(wet[30000]) - exact) <= bound.maximum);

  // What does not fit is refused before y is touched.
  std::vector<float> short_block(100);
  check(plan.execute(short_block, kernel, wet, workspace) == fl::Status::shape_mismatch);
  return 0;
}
