// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// Arrays that are on a GPU, convolved there; and the same problem on the CPU, where there is none.
#include <cmath>
#include <faltung/faltung.hpp>

#include "check.hpp"

namespace fl = faltung;

int main() {
  fl::Problem problem = fl::Problem::parse("convolve f32 [48000] * [480] same");
  std::vector<float> x(48000), h(480), y(48000), z(48000);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = std::sin(0.01F * static_cast<float>(i));
  for (std::size_t i = 0; i < h.size(); ++i) h[i] = std::exp(-0.01F * static_cast<float>(i));

  // Whichever takes less time, copies of x and y counted.
  problem.device = "auto";
  const fl::Plan any = fl::Planner{}.plan(problem);
  fl::Workspace workspace(any);
  check(any.execute(x, any.prepare(h), std::span(y), workspace) == fl::Status::ok);
  std::cout << any.explain();

  if (fl::devices().empty()) {
    std::cout << "no GPU: " << fl::why_no_device() << '\n';
    return 0;
  }
  const std::string gpu = fl::devices().front().name;
  problem.device = gpu;
  const fl::Plan plan = fl::Planner{}.plan(problem);
  const fl::Kernel kernel = plan.prepare(h);
  const fl::DeviceArray from(gpu, 4 * 48000), to(gpu, 4 * 48000);
  const fl::DeviceArray work(gpu, std::max<std::int64_t>(1, plan.device_work_bytes()));
  // In the order of a stream, none of them waits but the last.
  const fl::DeviceStream stream(gpu);
  check(from.enqueue_upload(x.data(), from.bytes(), stream.native()) == fl::Status::ok);
  check(plan.enqueue({from.data(), fl::ElementType::f32, {48000}}, kernel,
                     {to.data(), fl::ElementType::f32, {48000}}, work.data(),
                     stream.native()) == fl::Status::ok);
  check(to.download(z.data(), to.bytes(), stream.native()) == fl::Status::ok);
  for (std::size_t i = 0; i < y.size(); ++i) check(std::abs(y[i] - z[i]) < 1e-2F);
  return 0;
}
