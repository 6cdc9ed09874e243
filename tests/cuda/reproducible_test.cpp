// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// Reproducible plans of devices that differ: the same tiles, and the same bits.
#include <gtest/gtest.h>

#include "faltung/device.hpp"
#include "support/buffer.hpp"
#include "support/run.hpp"

namespace faltung {
namespace {

using namespace test_support;

const char* const kProblems[] = {
    "convolve f32 [3000] * [14000] same method=cuda_direct",
    "convolve f32 [90,150] * [9,9] same method=cuda_direct",
    "convolve f32 [90,150] * [9,9] same method=cuda_separable rank=1",
    "convolve f32 [60000] * [300] same method=cuda_overlap_save",
    "convolve f64 [200,300] * [20,25] full boundary=mirror method=cuda_overlap_save",
    "convolve f32 [30000] * [9] full method=cuda_fft_single",
};

/// What a plan says of itself, without its device.
std::string tree_of(const Plan& plan, const std::string& device) {
  std::string text = plan.explain();
  for (const DeviceInfo& d : devices())
    if (const auto at = text.find(d.name + " (" + d.model + ")");
        d.name == device && at != std::string::npos)
      text.erase(at, d.name.size() + d.model.size() + 3);
  const auto from = text.find('\n') + 1;  // behind the problem
  return text.substr(from, text.find("\nmemory ", from) - from);
}

std::vector<std::byte> bits_of(const Plan& plan, const Buffer& x, const Buffer& h) {
  Buffer y(plan.output_type(), plan.output_shape());
  Workspace room(plan);
  EXPECT_EQ(plan.execute(x.view(), plan.prepare(h.view()), y.writable(), room), Status::ok);
  return y.dense_bytes();
}

TEST(ReproducibleOnDevices, IsTheSameOnEach) {
  if (devices().size() < 2) GTEST_SKIP() << "SKIPPED device: one alone";
  const std::string first = devices()[0].name, second = devices()[1].name;
  int differ = 0;
  for (const std::string text : kProblems) {
    SCOPED_TRACE(text);
    const Problem p = Problem::parse(text);
    Random random = random_for("IsTheSameOnEach", 0);
    Buffer x(p.x_type, p.x_shape), h(p.h_type, p.h_shape);
    x.fill(random, Values::uniform);
    for (std::int64_t i = 0; i < h.count(); ++i) h.set(unravel(i, h.shape()), 0.01);
    const auto plan = [&](const std::string& device, const std::string& words) {
      return Planner().plan(Problem::parse(text + words + " device=" + device));
    };
    differ += tree_of(plan(first, ""), first) != tree_of(plan(second, ""), second) ? 1 : 0;
    const Plan one = plan(first, " reproducible"), other = plan(second, " reproducible");
    EXPECT_EQ(tree_of(one, first), tree_of(other, second));
    EXPECT_TRUE(bits_of(one, x, h) == bits_of(other, x, h));
  }
  if (devices()[0].model == "emulated") {
    EXPECT_GT(differ, 0) << "the test has lost its cases";
  }
}

}  // namespace
}  // namespace faltung
