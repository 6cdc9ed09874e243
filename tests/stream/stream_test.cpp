// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// The interface of a stream; its bits are a matter of contract/stream_test.cpp.
#include "faltung/stream.hpp"

#include <gtest/gtest.h>

#include <numeric>

namespace faltung {
namespace {

Stream stream_of(const char* problem, const std::vector<float>& h, int threads = 1) {
  const Problem p = Problem::parse(problem);
  return {p, ConstView(h.data(), p.h_type, p.h_shape), threads};
}

std::string refusal(const char* problem, const ConstView& h) {
  const auto made = Stream::try_make(Problem::parse(problem), h);
  return made ? "" : made.error().message;
}

const std::vector<float> taps = {1, 2, 3};
const ConstView three(taps.data(), ElementType::f32, Dims{3});

TEST(Stream, GivesWhatIsCompleteAndTheRestAtTheEnd) {
  Stream s = stream_of("convolve f32 [1] * [3] full", taps);
  EXPECT_TRUE(s.plan().problem().stream);
  const std::int64_t block = s.block_outputs();
  std::vector<float> x(static_cast<std::size_t>(block), 1.0F);
  EXPECT_EQ(s.outputs_of_push(block - 1), 0);
  EXPECT_EQ(s.outputs_of_push(block), block);
  EXPECT_EQ(s.outputs_of_push(-5), 0);
  EXPECT_EQ(s.outputs_of_flush(), 0);
  const auto first = s.try_push(std::span<const float>(x));
  ASSERT_TRUE(first);
  EXPECT_EQ(first->shape, Dims{block});
  const auto* y = reinterpret_cast<const float*>(first->bytes.data());
  EXPECT_EQ(y[0], 1);
  EXPECT_EQ(y[1], 3);
  EXPECT_EQ(y[block - 1], 6);
  const auto rest = s.try_flush();
  ASSERT_TRUE(rest);
  ASSERT_EQ(rest->shape, Dims{2});
  EXPECT_EQ(reinterpret_cast<const float*>(rest->bytes.data())[1], 3);
  EXPECT_EQ(s.pushed(), block);
  EXPECT_EQ(s.given(), block + 2);
}

TEST(Stream, EndsUntilItIsReset) {
  Stream s = stream_of("convolve f32 [1] * [3] same", taps);
  const std::vector<float> x = {1, 2};
  EXPECT_TRUE(s.try_push(std::span<const float>(x)));
  EXPECT_TRUE(s.try_flush());
  const auto refused = s.try_push(std::span<const float>(x));
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("reset it"), std::string::npos);
  EXPECT_EQ(s.outputs_of_flush(), 0);
  s.reset();
  EXPECT_EQ(s.pushed(), 0);
  EXPECT_TRUE(s.try_push(std::span<const float>(x)));
  EXPECT_EQ(s.try_flush()->shape, Dims{2});
}

TEST(Stream, OfNothingIsNothing) {
  for (const char* extent : {"full", "same", "causal", "valid"}) {
    Stream s = stream_of((std::string("convolve f32 [1] * [3] ") + extent).c_str(), taps);
    EXPECT_TRUE(s.try_push(ConstView(taps.data(), ElementType::f32, Dims{0})));
    const auto rest = s.try_flush();
    ASSERT_TRUE(rest) << rest.error().message;
    EXPECT_EQ(rest->shape, Dims{0});
  }
  Stream s = stream_of("convolve f32 [1] * [3] valid", taps);
  EXPECT_TRUE(s.try_push(ConstView(taps.data(), ElementType::f32, Dims{2})));
  EXPECT_EQ(s.try_flush()->shape, Dims{0});
}

TEST(Stream, RefusesWhatHasNoStreams) {
  EXPECT_NE(refusal("convolve f32 [9] * [3] full boundary=wrap", three).find("wrap"),
            std::string::npos);
  EXPECT_NE(refusal("convolve f32 [9] * [3] window=0:4", three).find("window"), std::string::npos);
  EXPECT_NE(refusal("correlate f32 [9] * [3] lags=0:4", three).find("lags"), std::string::npos);
  EXPECT_NE(refusal("convolve f32 [9] * [3] full method=fft_single", three).find("no end"),
            std::string::npos);
  const ConstView square(taps.data(), ElementType::f32, Dims{1, 3});
  EXPECT_NE(refusal("convolve f32 [9,9] * [1,3] full axes=5", square).find("axis 5"),
            std::string::npos);
  EXPECT_NE(refusal("convolve f32 [9] * [4] full", three).find("[4]"), std::string::npos);
  EXPECT_NE(refusal("convolve f32 [9] * [3] full", ConstView(nullptr, ElementType::f32, Dims{3})),
            "");
}

TEST(Stream, RefusalsLeaveItAsItWas) {
  const ConstView h(taps.data(), ElementType::f32, Dims{3, 1});
  Stream s(Problem::parse("convolve f32 [1,2] * [3,1] full axes=0"), h);
  const std::int64_t block = s.block_outputs();
  std::vector<float> x(static_cast<std::size_t>(2 * block), 1.0F), y(x.size(), -1.0F);
  const ConstView in(x.data(), ElementType::f32, Dims{block, 2});
  const View out(y.data(), ElementType::f32, Dims{block, 2});
  const auto status = [&](const ConstView& from, const View& to) { return s.push(from, to); };
  EXPECT_EQ(status(ConstView(x.data(), ElementType::f32, Dims{2 * block}), out),
            Status::shape_mismatch);
  EXPECT_EQ(status(ConstView(x.data(), ElementType::f32, Dims{block / 2, 4}), out),
            Status::shape_mismatch);
  EXPECT_EQ(status(ConstView(x.data(), ElementType::i32, Dims{block, 2}), out),
            Status::type_mismatch);
  EXPECT_EQ(status(in, View(y.data(), ElementType::f32, Dims{block - 1, 2})),
            Status::shape_mismatch);
  EXPECT_EQ(status(in, View(y.data(), ElementType::f64, Dims{block, 2})), Status::type_mismatch);
  EXPECT_EQ(status(in, View(nullptr, ElementType::f32, Dims{block, 2})), Status::invalid_argument);
  EXPECT_EQ(status(in, View(x.data(), ElementType::f32, Dims{block, 2})), Status::aliasing);
  EXPECT_EQ(s.pushed(), 0);
  EXPECT_EQ(y, std::vector<float>(y.size(), -1.0F));
  EXPECT_EQ(status(in, out), Status::ok);
  EXPECT_EQ(y[1], 1);
  EXPECT_EQ(s.flush(View(y.data(), ElementType::f32, Dims{1, 2})), Status::shape_mismatch);
  EXPECT_EQ(s.flush(View(y.data(), ElementType::f32, Dims{2, 2})), Status::ok);
}

TEST(Stream, IntegersThatLeaveTheirTypeEndIt) {
  const std::vector<std::int64_t> h = {INT64_MAX}, x(4096, 2);
  Stream s(Problem::parse("convolve i64 [1] * [1] full"),
           ConstView(h.data(), ElementType::i64, Dims{1}));
  const auto refused = s.try_push(std::span<const std::int64_t>(x));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().status, Status::integer_overflow);
  EXPECT_FALSE(s.try_push(std::span<const std::int64_t>(x)));
  s.reset();
  const std::vector<std::int64_t> ones(4096, 1);
  EXPECT_TRUE(s.try_push(std::span<const std::int64_t>(ones)));
}

TEST(Stream, KeepsWithinItsMemory) {
  const Problem p = Problem::parse("convolve f32 [1,2] * [20000,1] full axes=0");
  std::vector<float> h(20000);
  std::iota(h.begin(), h.end(), 1.0F);
  const ConstView view(h.data(), ElementType::f32, p.h_shape);
  const Stream any(p, view, 2);
  Problem tight = p;
  tight.max_memory = any.plan().memory_bytes() / 4 * 3;
  const Stream less(tight, view, 2);
  EXPECT_LE(less.plan().memory_bytes(), tight.max_memory);
  EXPECT_LT(less.memory_bytes(), any.memory_bytes());
  tight.max_memory = 10;
  EXPECT_FALSE(Stream::try_make(tight, view));
}

TEST(Stream, PlansAreTheSameForEveryLength) {
  std::vector<float> h(700, 1.0F);
  const Problem p = Problem::parse("convolve f32 [1] * [700] same boundary=mirror");
  const Stream s(p, ConstView(h.data(), ElementType::f32, Dims{700}));
  for (const std::int64_t samples : {1, 10, 1000, 1000000}) {
    const auto plan = s.try_plan(samples);
    ASSERT_TRUE(plan);
    EXPECT_EQ(plan->algorithm(), s.plan().algorithm());
    EXPECT_EQ(plan->output_shape(), Dims{samples});
    EXPECT_EQ(Problem::parse(plan->problem().to_string()), plan->problem());
  }
}

}  // namespace
}  // namespace faltung
