// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// A stream gives the bits of its own plan for all samples at once, whatever the pieces.
#include "faltung/stream.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "support/problems.hpp"
#include "support/run.hpp"

namespace faltung {
namespace {

using namespace test_support;
using enum ElementType;

int axis_of(const Problem& p) {
  if (p.axes.empty()) return 0;
  return static_cast<int>(p.axes[0] < 0 ? p.axes[0] + p.x_shape.rank() : p.axes[0]);
}

/// Samples [from, from + count) along an axis.
ConstView piece(const ConstView& all, int axis, std::int64_t from, std::int64_t count) {
  ConstView part = all;
  part.data =
      static_cast<const std::byte*>(all.data) + from * all.strides[axis] * size_bytes(all.type);
  part.shape[axis] = count;
  return part;
}
View piece(const View& all, int axis, std::int64_t from, std::int64_t count) {
  View part = all;
  part.data = static_cast<std::byte*>(all.data) + from * all.strides[axis] * size_bytes(all.type);
  part.shape[axis] = count;
  return part;
}

/// A problem with one convolved axis, and none, one or two others.
Problem random_stream(Random& random, std::int64_t longest) {
  const std::vector<Types> all = {{f32, f32},
                                  {f64, f64},
                                  {c64, c64},
                                  {f32, c64},
                                  {c128, f64},
                                  {f32, f32, c64},
                                  {i16, f32},
                                  {u8, i8},
                                  {i16, i16, i16, Policy::saturate},
                                  {i32, i32, {}, Policy::wrap}};
  const Types types = random.of(all);
  Problem p;
  p.operation = random.of({Operation::convolve, Operation::correlate});
  p.x_type = types.x;
  p.h_type = types.h;
  p.y_type = types.y;
  p.policy = types.policy;
  const int others = static_cast<int>(random.whole(0, 2)), rank = others + 1;
  const int axis = static_cast<int>(random.whole(0, others));
  for (int i = 0; i < rank; ++i) {
    const std::int64_t n = random.once_in(12) ? 20 : random.whole(1, 3);
    p.x_shape.push_back(i == axis           ? random.whole((longest + 1) / 2, longest)
                        : random.once_in(3) ? 1
                                            : n);
    p.h_shape.push_back(i == axis ? random.size(random.once_in(2) ? 40 : 700)
                                  : (random.once_in(2) ? 1 : n));
  }
  if (others > 0) p.axes = {random.once_in(2) ? axis : axis - rank};
  p.extent = random.of({Extent::full, Extent::same, Extent::valid, Extent::causal});
  p.boundary = random.of({Boundary::constant, Boundary::constant, Boundary::edge,
                          Boundary::symmetric, Boundary::mirror, Boundary::odd});
  if (p.boundary == Boundary::constant && random.once_in(4)) p.cval = 3;
  if (random.once_in(4)) p.stride = {random.whole(1, 5)};
  if (random.once_in(4)) p.dilation = {random.whole(1, 4)};
  const bool transform = random.once_in(2);
  p.method = transform ? "overlap_save" : random.once_in(2) ? "direct" : "auto";
  const std::int64_t span = (p.h_shape[axis] - 1) * (p.dilation.empty() ? 1 : p.dilation[0]) + 1;
  if (transform) p.block = {span + random.size(2 * span + 64)};
  if (random.once_in(6)) {
    p.accuracy = Accuracy::componentwise;
    p.tolerance = 1e-4;
  }
  p.stream = true;
  return p;
}

void sprinkle(Buffer& x, Random& random) {
  const std::int64_t count = x.count();
  for (int i = 0; i < 3; ++i)
    x.set(unravel(random.whole(0, count - 1), x.shape()),
          random.of({std::nan(""), HUGE_VAL, -HUGE_VAL, 1e-40, 1e30}));
  if (random.once_in(2)) return;
  const std::int64_t from = random.whole(0, count - 1), to = random.whole(from, count - 1);
  for (std::int64_t i = from; i <= to; ++i) x.set(unravel(i, x.shape()), 0);
}

/// Pushes x in random pieces; checks what each of them promises.
void push_all(Stream& stream, const Buffer& x, Buffer& y, int axis, Random& random) {
  const std::int64_t n = x.shape()[axis], largest = random.size(n);
  std::int64_t given = 0;
  const auto room = [&](std::int64_t outputs) {
    const View part = piece(y.writable(), axis, given, outputs);
    given += outputs;
    return part;
  };
  for (std::int64_t at = 0; at < n;) {
    const std::int64_t count = std::min(n - at, random.whole(0, largest));
    const View out = room(stream.outputs_of_push(count));
    ASSERT_EQ(stream.push(piece(x.view(), axis, at, count), out), Status::ok);
    at += count;
    ASSERT_EQ(stream.pushed(), at);
    ASSERT_EQ(stream.given(), given);
  }
  ASSERT_EQ(stream.flush(room(stream.outputs_of_flush())), Status::ok);
  ASSERT_EQ(given, y.shape()[axis]);
}

TEST(StreamContract, PiecesGiveTheBitsOfTheWhole) {
  const int cases_to_run = cases(400, 4000);
  int blocks = 0, tails = 0;
  for (int index = 0; index < cases_to_run && !HasFailure(); ++index) {
    SCOPED_TRACE(describe_case(index));
    Random random = random_for(current_test(), index);
    // Some are longer than what a stream keeps.
    const Problem p = random_stream(random, random.once_in(20) ? 120000 : random.size(9000));
    SCOPED_TRACE(p.to_string());
    const auto plan = Planner().try_plan(p);
    if (!plan && plan.error().status == Status::no_output) continue;
    if (!plan && plan.error().status == Status::unsupported) continue;
    ASSERT_TRUE(plan) << plan.error().message;
    Buffer x(p.x_type, p.x_shape, random_layout(random, true), &random), h(p.h_type, p.h_shape);
    const bool floats = !is_integer(p.x_type);
    const Values values = random.of(
        {Values::uniform, Values::whole, Values::sparse, Values::nonnegative, Values::wide});
    x.fill(random, is_integer(p.x_type) ? Values::whole : values);
    h.fill(random, is_integer(p.h_type) ? Values::whole : values);
    if (floats && random.once_in(3)) sprinkle(x, random);
    if (!is_integer(p.h_type) && p.block.empty() && random.once_in(10))
      h.set(unravel(random.whole(0, h.count() - 1), h.shape()), HUGE_VAL);
    const auto kernel = plan->try_prepare(h.view());
    ASSERT_TRUE(kernel);
    Workspace workspace(*plan);
    Buffer at_once(plan->output_type(), plan->output_shape());
    ASSERT_EQ(plan->execute(x.view(), *kernel, at_once.writable(), workspace), Status::ok);

    const int axis = axis_of(p);
    auto stream = Stream::try_make(p, h.view(), static_cast<int>(random.whole(1, 3)));
    ASSERT_TRUE(stream) << stream.error().message;
    for (int round = 0; round < 2; ++round) {  // the second one after a reset
      Buffer y(plan->output_type(), plan->output_shape());
      push_all(*stream, x, y, axis, random);
      ASSERT_EQ(y.dense_bytes(), at_once.dense_bytes());
      blocks += stream->given() > stream->block_outputs();
      tails += stream->given() % stream->block_outputs() != 0;
      stream->reset();
    }
  }
  EXPECT_GT(blocks, cases_to_run / 3);
  EXPECT_GT(tails, cases_to_run / 3);
}

// A stream's plan is a plan like any other.
TEST(StreamContract, PlansKeepTheContract) {
  for (int index = 0; index < cases(150, 1500) && !HasFailure(); ++index) {
    SCOPED_TRACE(describe_case(index));
    Random random = random_for(current_test(), index);
    Problem p = random_stream(random, 9000);
    const int axis = axis_of(p);
    p.x_shape[axis] = random.size(600);
    SCOPED_TRACE(p.to_string());
    Buffer x(p.x_type, p.x_shape), h(p.h_type, p.h_shape);
    x.fill(random, is_integer(p.x_type) ? Values::whole : Values::uniform);
    h.fill(random, is_integer(p.h_type) ? Values::whole : Values::uniform);
    const Outcome outcome = run(p, x, h);
    if (outcome.planned) expect_right(p, x, h, outcome, 50);
  }
}

}  // namespace
}  // namespace faltung
