// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// Arrays of the host that go through a device in parts: the bits of the whole, which enqueue() of
// the same arrays on the device gives.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>

#include "faltung/device.hpp"
#include "support/buffer.hpp"
#include "support/run.hpp"

namespace faltung {
namespace {

using namespace test_support;

/// Of more than two megabytes each, which go in parts of one. Some have last parts of a few
/// outputs.
const char* const kLong[] = {
    "convolve f32 [600000] * [9] full",
    "convolve f32 [600001] * [9] same boundary=mirror",
    "convolve f32 [600001] * [9] same boundary=symmetric",
    "correlate f64 [300000] * [33] same boundary=edge",
    "convolve f32 [450,1500] * [3,4] same boundary=edge",
    "convolve f32 [450,1500] * [3,4] same boundary=mirror stride=2,1",
    "convolve f32 [450,1500] * [3,4] same boundary=constant cval=2",
    "convolve c64 [3,150,700] * [1,3,3] valid axes=1,2",
    "convolve f32 [600,1000] * [1,5] full axes=1",
    "convolve f32 [450,1500] * [7,1] full axes=0 dilation=40",
    "convolve u8*f32->u8 [1200,2000] * [3,3] same boundary=edge policy=saturate",
    "convolve i32 [600000] * [5] same",
    "convolve f32*c64 [300000] * [5] full",
    "convolve f32 [600001] * [9] same boundary=wrap origin=0",
    "convolve f32 [484,1500] * [3,3] same boundary=mirror",
    "convolve f32 [481,1500] * [3,4] same",
    "convolve f32 [600001] * [100] full method=cuda_overlap_save",
    "convolve f32 [600001] * [100] same boundary=edge method=cuda_overlap_save",
    "convolve f64 [400,1000] * [9,9] same boundary=mirror method=cuda_overlap_save block=32,64",
    "convolve c64 [600,500] * [1,40] full axes=1 method=cuda_fft_single",
    "convolve c64 [600,500] * [1,40] full axes=1 method=cuda_cufft",
    "convolve f32 [300,2000] * [1,31] same axes=1 boundary=edge method=cuda_cufft",
    "convolve f32 [450,1500] * [3,4] same boundary=mirror rank=1 method=cuda_separable",
    "convolve f32 [20,70,500] * [3,3,4] full rank=1 method=cuda_separable",
    "convolve u8*f32->u8 [1200,2000] * [5,5] same boundary=edge policy=saturate rank=1 "
    "method=cuda_separable",
};

/// Parts of a megabyte, whatever the device's memory is.
class SmallParts {
 public:
  SmallParts() { setenv("FALTUNG_FORCE_PART_BYTES", "1048576", 1); }
  ~SmallParts() { unsetenv("FALTUNG_FORCE_PART_BYTES"); }
};

class HostParts : public ::testing::TestWithParam<const char*> {
  const SmallParts small_;
};
class PartsOfArrays : public ::testing::Test {
  const SmallParts small_;
};

TEST_P(HostParts, GiveTheBitsOfTheWhole) {
  Problem p = Problem::parse(GetParam());
  if (p.method == "auto") p.method = "cuda_direct";
  const Plan plan = Planner().plan(p);
  EXPECT_NE(plan.explain().find("parts of"), std::string::npos) << plan.explain();
  Random random = random_for("GiveTheBitsOfTheWhole", 0);
  Buffer x(p.x_type, p.x_shape), h(p.h_type, p.h_shape);
  x.fill(random, p.x_type == ElementType::i32 ? Values::whole : Values::uniform);
  h.fill(random, p.x_type == ElementType::i32 ? Values::whole : Values::uniform);
  if (p.kernel_rank > 0)  // a box
    for (std::int64_t i = 0; i < h.count(); ++i) h.set(unravel(i, h.shape()), 0.1);
  Buffer parts(plan.output_type(), plan.output_shape()), whole = parts;
  const Kernel kernel = plan.prepare(h.view());
  Workspace workspace(plan);
  ASSERT_EQ(plan.execute(x.view(), kernel, parts.writable(), workspace), Status::ok);

  const DeviceArray from("cuda:0", x.count() * size_bytes(x.type()));
  const DeviceArray to("cuda:0", whole.count() * size_bytes(whole.type()));
  const DeviceArray work("cuda:0", std::max<std::int64_t>(1, plan.device_work_bytes()));
  ASSERT_EQ(from.upload(x.dense_bytes().data(), from.bytes()), Status::ok);
  const Status status =
      plan.enqueue({from.data(), x.type(), x.shape()}, kernel,
                   {to.data(), whole.type(), whole.shape()}, work.data(), nullptr);
  if (status == Status::integer_overflow) {
    // Samples of the host are looked at; those of the device are not.
    Problem cpu = p;
    cpu.method = "direct";
    const Plan other = Planner().plan(cpu);
    Workspace room(other);
    ASSERT_EQ(other.execute(x.view(), other.prepare(h.view()), whole.writable(), room), Status::ok);
  } else {
    ASSERT_EQ(status, Status::ok);
    ASSERT_EQ(to.download(whole.writable().data, to.bytes()), Status::ok);
  }
  EXPECT_TRUE(parts.dense_bytes() == whole.dense_bytes());
}

INSTANTIATE_TEST_SUITE_P(, HostParts, ::testing::ValuesIn(kLong));

// Kernels that go to the direct sum.
TEST_F(PartsOfArrays, TakeKernelsThatNoTransformTakes) {
  const Problem p = Problem::parse("convolve f32 [600001] * [100] same method=cuda_overlap_save");
  const Plan plan = Planner().plan(p);
  EXPECT_NE(plan.explain().find("parts of"), std::string::npos) << plan.explain();
  std::vector<float> x(600001), h(100), y(600001);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(i % 1000);
  h[49] = 2;
  Workspace workspace(plan);
  ASSERT_EQ(plan.execute(x, plan.prepare(h), std::span(y), workspace), Status::ok);
  for (std::size_t i = 0; i < x.size(); ++i) ASSERT_EQ(y[i], 2 * x[i]) << i;
  h[49] = std::nanf("");
  ASSERT_EQ(plan.execute(x, plan.prepare(h), std::span(y), workspace), Status::ok);
  for (std::size_t i = 49; i + 50 < x.size(); ++i) ASSERT_TRUE(std::isnan(y[i])) << i;
}

TEST_F(PartsOfArrays, TakeViewsWithStrides) {
  const Problem p = Problem::parse("convolve f32 [600,1000] * [3,3] same method=cuda_direct");
  const Plan plan = Planner().plan(p);
  Random random = random_for("TakeViewsWithStrides", 0);
  const Layout strided = {.permuted = true, .gaps = true, .negative = true};
  Buffer x(p.x_type, p.x_shape), h(p.h_type, p.h_shape), expected(p.x_type, p.x_shape);
  x.fill(random, Values::uniform);
  h.fill(random, Values::uniform);
  Buffer same(p.x_type, p.x_shape, strided, &random), y(p.x_type, p.x_shape, strided, &random);
  for (std::int64_t i = 0; i < x.count(); ++i) {
    const Dims at = unravel(i, x.shape());
    same.set(at, x.at(at));
  }
  y.fill_pattern();
  const Kernel kernel = plan.prepare(h.view());
  Workspace workspace(plan);
  ASSERT_EQ(plan.execute(x.view(), kernel, expected.writable(), workspace), Status::ok);
  ASSERT_EQ(plan.execute(same.view(), kernel, y.writable(), workspace), Status::ok);
  EXPECT_TRUE(expected.dense_bytes() == y.dense_bytes());
  EXPECT_TRUE(y.gaps_intact());
}

// More than the memory of the emulated device; planned, not computed.
TEST_F(PartsOfArrays, MayBeLargerThanTheDevice) {
  if (devices().front().model != "emulated") GTEST_SKIP();
  EXPECT_TRUE(
      Planner().try_plan(Problem::parse("convolve f32 [4000000000] * [9] same "
                                        "device=cuda:0 method=cuda_direct")));
  const auto wide = Planner().try_plan(
      Problem::parse("convolve f32 [2,2000000000] * [1,9] same axes=1 method=cuda_direct"));
  EXPECT_FALSE(wide);
}

TEST_F(PartsOfArrays, LeaveResultsAloneWhereIntegersDoNotFit) {
  const Plan plan =
      Planner().plan(Problem::parse("convolve i64 [300000] * [2] same method=cuda_direct"));
  std::vector<std::int64_t> x(300000, 3), h(2, 2), y(300000, 7);
  x.back() = std::numeric_limits<std::int64_t>::max();
  Workspace workspace(plan);
  EXPECT_EQ(plan.execute(x, plan.prepare(h), std::span(y), workspace), Status::integer_overflow);
  EXPECT_EQ(y, std::vector<std::int64_t>(300000, 7));
}

}  // namespace
}  // namespace faltung
