// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// Devices, arrays on them, and plans that compute there. What they compute is checked by the
// conformance, contract and laws tests.
#include "faltung/device.hpp"

#include <gtest/gtest.h>

#include "support/buffer.hpp"
#include "support/run.hpp"

namespace faltung {
namespace {

using namespace test_support;

std::string refusal(const std::string& text) {
  const auto plan = Planner().try_plan(Problem::parse(text));
  return plan ? "" : plan.error().message;
}

TEST(Devices, AreThere) {
  ASSERT_FALSE(devices().empty()) << why_no_device();
  EXPECT_EQ(why_no_device(), "");
  const DeviceInfo first = devices().front();
  EXPECT_EQ(first.name, "cuda:0");
  EXPECT_FALSE(first.model.empty());
  EXPECT_GT(first.memory_bytes, 0);
  EXPECT_GT(first.multiprocessors, 0);
  EXPECT_GT(first.multiply_adds_per_second, 0);
  EXPECT_GT(first.memory_bytes_per_second, 0);
}

TEST(Devices, ThatAreNotThereAreRefusedWithThoseThatAre) {
  const std::string said = refusal("convolve f32 [100] * [9] full device=cuda:99");
  EXPECT_NE(said.find("cuda:99"), std::string::npos) << said;
  EXPECT_NE(said.find("cuda:0"), std::string::npos) << said;
  EXPECT_FALSE(Problem::try_parse("convolve f32 [100] * [9] full device="));
  const auto array = DeviceArray::try_make("cuda:99", 16);
  ASSERT_FALSE(array);
  EXPECT_EQ(array.error().status, Status::unknown_name);
}

TEST(Devices, AreChosenOnlyWhereTheProblemLetsThem) {
  const std::string problem = "convolve f32 [100000] * [9] full";
  EXPECT_FALSE(Planner().plan(Problem::parse(problem)).on_device());
  EXPECT_TRUE(Planner().plan(Problem::parse(problem + " device=cuda:0")).on_device());
  EXPECT_TRUE(Planner().plan(Problem::parse(problem + " method=cuda_direct")).on_device());
  EXPECT_NE(refusal(problem + " device=cuda:0 method=direct").find("device=cuda:0"),
            std::string::npos);
  // Either may win; both are asked.
  const Plan plan = Planner().plan(Problem::parse(problem + " device=auto"));
  for (const Candidate& c : plan.candidates())
    if (c.name == "direct" || c.name == "cuda_direct") {
      EXPECT_TRUE(c.supported) << c.reason;
      // What copies take is part of the price, and said.
      EXPECT_EQ(c.copy_seconds > 0, c.on_device);
      EXPECT_LT(c.copy_seconds, c.seconds);
      EXPECT_EQ(c.reason.find("(copies ") != std::string::npos, c.on_device) << c.reason;
    }
}

TEST(Devices, SayWhatTheyDoNotDo) {
  EXPECT_NE(refusal("convolve f32 [100,2] * [9,1] full axes=0 stream device=cuda:0")
                .find("streams run on the CPU"),
            std::string::npos);
  EXPECT_NE(refusal("convolve f32 [100] * [9] same nan=omit device=cuda:0").find("device=cpu"),
            std::string::npos);
  EXPECT_EQ(refusal("convolve f32 [100] * [9] same nan=omit device=auto"), "");
  EXPECT_NE(refusal("convolve f64 [1000000000000] * [1000000000000] same device=cuda:0").find("MB"),
            std::string::npos);
}

TEST(DeviceArrays, HoldWhatWasCopied) {
  const DeviceArray array("cuda:0", 1000);
  EXPECT_EQ(array.bytes(), 1000);
  ASSERT_NE(array.data(), nullptr);
  std::vector<std::uint8_t> there(1000), back(1000);
  for (std::size_t i = 0; i < there.size(); ++i) there[i] = static_cast<std::uint8_t>(i * 7);
  EXPECT_EQ(array.upload(there.data(), 1000), Status::ok);
  EXPECT_EQ(array.download(back.data(), 1000), Status::ok);
  EXPECT_EQ(there, back);
  EXPECT_EQ(array.upload(there.data(), 1001), Status::invalid_argument);
  EXPECT_EQ(array.download(nullptr, 10), Status::invalid_argument);
  EXPECT_FALSE(DeviceArray::try_make("cuda:0", 0));
  EXPECT_FALSE(DeviceArray::try_make("cuda:0", std::int64_t{1} << 60));
}

TEST(DeviceArrays, AreCopiedInTheOrderOfAStream) {
  const DeviceStream stream("cuda:0");
  ASSERT_NE(stream.native(), nullptr);
  const DeviceArray array("cuda:0", 64);
  std::vector<std::uint8_t> there(64, 5), back(64);
  EXPECT_EQ(array.enqueue_upload(there.data(), 64, stream.native()), Status::ok);
  EXPECT_EQ(array.enqueue_download(back.data(), 64, stream.native()), Status::ok);
  EXPECT_EQ(stream.synchronize(), Status::ok);
  EXPECT_EQ(there, back);
  EXPECT_EQ(array.enqueue_upload(there.data(), 65, stream.native()), Status::invalid_argument);
  EXPECT_EQ(array.enqueue_download(nullptr, 1, stream.native()), Status::invalid_argument);
  EXPECT_EQ(DeviceStream::try_make("cuda:99").error().status, Status::unknown_name);
  EXPECT_EQ(DeviceStream().native(), nullptr);
  EXPECT_EQ(DeviceStream().synchronize(), Status::invalid_argument);
  EXPECT_EQ(DeviceArray().upload(there.data(), 1), Status::invalid_argument);
}

/// x, y and the work area on the device, and the kernel of a plan.
struct OnDevice {
  OnDevice(const Plan& plan, const Buffer& x, const Buffer& h)
      : kernel(plan.prepare(h.view())),
        x_there("cuda:0", element_count(x.shape()) * size_bytes(x.type())),
        y_there("cuda:0", element_count(plan.output_shape()) * size_bytes(plan.output_type())),
        work("cuda:0", std::max<std::int64_t>(1, plan.device_work_bytes())) {
    EXPECT_EQ(x_there.upload(x.dense_bytes().data(), x_there.bytes()), Status::ok);
  }
  Kernel kernel;
  DeviceArray x_there, y_there, work;
};

TEST(DevicePlans, EnqueueGivesTheBitsOfExecute) {
  for (const char* text :
       {"convolve f32 [2000] * [200] full", "convolve c128 [40,50] * [3,4] same boundary=mirror",
        "correlate u8*i8->i32 [33,44,3] * [5,5,1] same boundary=edge axes=0,1 policy=saturate"}) {
    SCOPED_TRACE(text);
    Problem p = Problem::parse(text);
    p.device = "cuda:0";
    const Plan plan = Planner().plan(p);
    Random random = random_for("EnqueueGivesTheBitsOfExecute", 0);
    Buffer x(p.x_type, p.x_shape), h(p.h_type, p.h_shape);
    x.fill(random, Values::uniform);
    h.fill(random, Values::uniform);
    Buffer y(plan.output_type(), plan.output_shape()), z = y;
    const OnDevice at(plan, x, h);
    Workspace workspace(plan);
    ASSERT_EQ(plan.execute(x.view(), at.kernel, y.writable(), workspace), Status::ok);
    const ConstView from(at.x_there.data(), p.x_type, p.x_shape);
    const View to(at.y_there.data(), plan.output_type(), plan.output_shape());
    ASSERT_EQ(plan.enqueue(from, at.kernel, to, at.work.data(), nullptr), Status::ok);
    ASSERT_EQ(at.y_there.download(z.writable().data, at.y_there.bytes()), Status::ok);
    EXPECT_EQ(y.dense_bytes(), z.dense_bytes());
  }
}

TEST(DevicePlans, RefuseWhatDoesNotFit) {
  const Plan plan = Planner().plan(Problem::parse("convolve f32 [100] * [9] full device=cuda:0"));
  const Plan other = Planner().plan(Problem::parse("convolve f32 [100] * [9] full"));
  std::vector<float> x(100), h(9), y(108);
  const Kernel kernel = plan.prepare(h), strange = other.prepare(h);
  Workspace none(other);
  EXPECT_EQ(plan.execute(x, kernel, std::span(y), none), Status::workspace_too_small);
  // A smaller plan's, which has a room, but not for this one.
  const Plan larger =
      Planner().plan(Problem::parse("convolve f32 [900000] * [9] full device=cuda:0"));
  std::vector<float> long_x(900000), long_y(900008);
  Workspace small(plan);
  EXPECT_EQ(larger.execute(long_x, larger.prepare(h), std::span(long_y), small),
            Status::workspace_too_small);
  const DeviceArray there("cuda:0", 432), other_there("cuda:0", 432);
  const DeviceArray room("cuda:0", plan.device_work_bytes() + 16);
  void* const work = room.data();
  if (plan.device_work_bytes() > 0) {
    EXPECT_EQ(plan.enqueue(x, kernel, std::span(y), nullptr, nullptr), Status::workspace_too_small);
  }
  const void* const odd = reinterpret_cast<const std::byte*>(x.data()) + 1;
  EXPECT_EQ(plan.enqueue({odd, ElementType::f32, {100}}, kernel, std::span(y), work, nullptr),
            Status::invalid_argument);
  EXPECT_EQ(plan.enqueue(x, strange, std::span(y), work, nullptr), Status::kernel_mismatch);
  EXPECT_EQ(plan.enqueue(x, kernel, std::span(x), work, nullptr), Status::shape_mismatch);
  EXPECT_EQ(other.enqueue(x, strange, std::span(y), nullptr, nullptr), Status::unsupported);
  auto* const slice = static_cast<std::byte*>(work) + 4;
  EXPECT_EQ(plan.enqueue({there.data(), ElementType::f32, {100}}, kernel,
                         {other_there.data(), ElementType::f32, {108}}, slice, nullptr),
            Status::invalid_argument);
  EXPECT_FALSE(other.on_device());
  EXPECT_EQ(other.device_work_bytes(), 0);
  // Memory of the host, which some GPUs reach.
  if (devices().front().model != "emulated") return;
  EXPECT_EQ(plan.enqueue(x, kernel, {there.data(), ElementType::f32, {108}}, work, nullptr),
            Status::invalid_argument);
  EXPECT_EQ(
      plan.enqueue({there.data(), ElementType::f32, {100}}, kernel, std::span(y), work, nullptr),
      Status::invalid_argument);
}

// Samples that nobody looks at have to fit by their types.
TEST(DevicePlans, IntegersOnTheDeviceAreProvedByTheirTypes) {
  const Plan plan = Planner().plan(Problem::parse("convolve i64 [100] * [9] full device=cuda:0"));
  std::vector<std::int64_t> x(100, 3), h(9, 2), y(108);
  const Kernel kernel = plan.prepare(h);
  Workspace workspace(plan);
  EXPECT_EQ(plan.execute(x, kernel, std::span(y), workspace), Status::ok);
  EXPECT_EQ(y[50], 54);
  const DeviceArray from("cuda:0", 800), to("cuda:0", 864);
  EXPECT_EQ(plan.enqueue({from.data(), ElementType::i64, {100}}, kernel,
                         {to.data(), ElementType::i64, {108}}, nullptr, nullptr),
            Status::integer_overflow);
}

}  // namespace
}  // namespace faltung
