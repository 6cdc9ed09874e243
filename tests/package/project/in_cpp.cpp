// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// Every part of the public interface once: what is not exported does not link.
#include <faltung/faltung.hpp>

namespace fl = faltung;

int main() {
  const std::vector<float> x = {1, 0, 0, 2}, h = {1, 0.5F};
  if (fl::convolve(x, h) != std::vector<float>{1, 0.5F, 0, 2, 1}) return 1;

  const fl::Problem problem = fl::Problem::parse("convolve f32 [4] * [2] same boundary=edge");
  const fl::Plan plan = fl::Planner{}.plan(problem);
  fl::Workspace workspace(plan, 2);
  std::vector<float> y(4);
  if (plan.execute(x, plan.prepare(h), y, workspace) != fl::Status::ok) return 2;
  if (plan.explain().empty() || plan.explain_json().empty()) return 3;

  fl::Stream stream(problem, std::span<const float>(h));
  if (!stream.try_push(std::span<const float>(x)) || !stream.try_flush()) return 4;

  const fl::Filter filter = fl::gaussian(1.5, 1) * fl::box(3, 1) - 0.5 * fl::box(1, 1);
  if (!fl::FilterPlan::try_make(problem, filter)) return 5;
  if (fl::parse_filter_expression("gaussian:1 +", 1)) return 6;
  try {  // an error that the library throws
    fl::convolve(x, std::vector<float>());
    return 7;
  } catch (const fl::Error& error) {
    if (error.status() != fl::Status::empty_kernel) return 8;
  }
  try {
    fl::Problem::parse("convolve f32 [4] * [2] boundary=reflect");
  } catch (const fl::Error& error) {
    return error.status() == fl::Status::unknown_name ? 0 : 9;
  }
  return 10;
}
