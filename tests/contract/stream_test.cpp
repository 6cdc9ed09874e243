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

/// The first of the convolved axes.
int axis_of(const Problem& p) {
  if (p.axes.empty()) return 0;
  std::int64_t first = kMaxRank;
  for (const std::int64_t a : p.axes) first = std::min(first, a < 0 ? a + p.x_shape.rank() : a);
  return static_cast<int>(first);
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

/// What streams of all shapes have in common.
void draw_contract(Problem& p, Random& random) {
  p.extent = random.of({Extent::full, Extent::same, Extent::valid, Extent::causal});
  p.boundary = random.of({Boundary::constant, Boundary::constant, Boundary::edge,
                          Boundary::symmetric, Boundary::mirror, Boundary::odd});
  if (p.boundary == Boundary::constant && random.once_in(4)) p.cval = 3;
  if (random.once_in(4)) p.stride = {random.whole(1, 5)};
  if (random.once_in(4)) p.dilation = {random.whole(1, 4)};
  if (random.once_in(6)) {
    p.accuracy = Accuracy::componentwise;
    p.tolerance = 1e-4;
  }
  p.stream = true;
}

/// Pictures and volumes that come row by row: two or three convolved axes, and channels.
Problem random_rows(Random& random) {
  const std::vector<Types> all = {
      {f32, f32},      {f64, f64},     {c64, f32}, {u8, f32},
      {f32, f32, c64}, {i16, i8, i32}, {c64, c64}, {i16, i16, i16, Policy::saturate},
      {f16, f16}};
  const Types types = random.of(all);
  Problem p;
  p.operation = random.of({Operation::convolve, Operation::correlate});
  p.x_type = types.x;
  p.h_type = types.h;
  p.y_type = types.y;
  p.policy = types.policy;
  const int axes = random.once_in(3) ? 3 : 2;
  for (int i = 0; i < axes; ++i) {
    p.x_shape.push_back(i == 0 ? random.size(random.once_in(4) ? 700 : 60) : random.size(40));
    p.h_shape.push_back(random.size(i == 0 ? 12 : 8));
  }
  if (random.once_in(2)) {  // channels
    p.x_shape.push_back(3);
    p.h_shape.push_back(random.once_in(2) ? 1 : 3);
    for (int i = 0; i < axes; ++i) p.axes.push_back(random.once_in(2) ? i : i - axes - 1);
    if (random.once_in(3)) std::swap(p.axes[0], p.axes[1]);
  }
  p.method = random.of({"auto", "direct", "overlap_save", "separable", "recursive"});
  if (p.method == "separable") p.kernel_rank = 1;
  if (p.method == "recursive") p.kernel_cosines = 1;
  draw_contract(p, random);
  return p;
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
                                  {f16, f16},
                                  {f16, f32},
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
  draw_contract(p, random);
  const bool transform = random.once_in(2);
  p.method = transform ? "overlap_save" : random.once_in(2) ? "direct" : "auto";
  const std::int64_t span = (p.h_shape[axis] - 1) * (p.dilation.empty() ? 1 : p.dilation[0]) + 1;
  if (transform) p.block = {span + random.size(2 * span + 64)};
  else if (random.once_in(3)) p.kernel_cosines = 1, p.method = "recursive";
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

/// What the tests saw of streams.
struct Seen {
  int all = 0, blocks = 0, tails = 0, separable = 0, recursive = 0;
};

/// All samples at once, and in pieces, twice.
void expect_same_bits(const Problem& p, const Buffer& x, const Buffer& h, Random& random,
                      Seen& seen) {
  auto stream = Stream::try_make(p, h.view(), static_cast<int>(random.whole(1, 3)));
  const auto plan = Planner().try_plan(p, h.view());
  if (!plan && plan.error().status == Status::no_output) return;
  if (!plan || !stream) {
    ASSERT_EQ(plan.has_value(), stream.has_value());
    ASSERT_TRUE(plan.error().status == Status::unsupported) << plan.error().message;
    return;
  }
  const bool infinite = stream->plan().algorithm() != plan->algorithm();  // taps: summed directly
  const Plan whole = infinite ? *stream->try_plan(x.shape()[axis_of(p)]) : *plan;
  const auto kernel = whole.try_prepare(h.view());
  if (!kernel) return;
  Workspace workspace(whole);
  Buffer at_once(whole.output_type(), whole.output_shape());
  ASSERT_EQ(whole.execute(x.view(), *kernel, at_once.writable(), workspace), Status::ok);
  ++seen.all;
  seen.separable += whole.algorithm() == "separable";
  seen.recursive += whole.algorithm() == "recursive";
  for (int round = 0; round < 2; ++round) {  // the second one after a reset
    Buffer y(whole.output_type(), whole.output_shape());
    push_all(*stream, x, y, axis_of(p), random);
    ASSERT_EQ(y.dense_bytes(), at_once.dense_bytes());
    seen.blocks += stream->given() > stream->block_outputs();
    seen.tails += stream->given() % stream->block_outputs() != 0;
    stream->reset();
  }
}

void fill(const Problem& p, Buffer& x, Buffer& h, Random& random) {
  const Values values = random.of(
      {Values::uniform, Values::whole, Values::sparse, Values::nonnegative, Values::wide});
  x.fill(random, is_integer(p.x_type) ? Values::whole : values);
  h.fill(random, is_integer(p.h_type) ? Values::whole : values);
  if (!is_integer(p.x_type) && random.once_in(3)) sprinkle(x, random);
  if (p.kernel_cosines == 0) return;
  const double height = is_integer(p.h_type) ? 2 : 0.3;  // a box
  const double imaginary = is_complex(p.h_type) ? height : 0;
  for (std::int64_t i = 0; i < h.count(); ++i) h.set(unravel(i, h.shape()), {height, imaginary});
}

TEST(StreamContract, PiecesGiveTheBitsOfTheWhole) {
  const int cases_to_run = cases(400, 4000);
  Seen seen;
  for (int index = 0; index < cases_to_run && !HasFailure(); ++index) {
    SCOPED_TRACE(describe_case(index));
    Random random = random_for(current_test(), index);
    // Some are longer than what a stream keeps.
    const Problem p = random_stream(random, random.once_in(20) ? 120000 : random.size(9000));
    SCOPED_TRACE(p.to_string());
    Buffer x(p.x_type, p.x_shape, random_layout(random, true), &random), h(p.h_type, p.h_shape);
    fill(p, x, h, random);
    if (!is_integer(p.h_type) && random.once_in(10))
      h.set(unravel(random.whole(0, h.count() - 1), h.shape()), HUGE_VAL);
    expect_same_bits(p, x, h, random, seen);
  }
  EXPECT_GT(seen.all, cases_to_run / 2);
  EXPECT_GT(seen.blocks, cases_to_run / 3);
  EXPECT_GT(seen.tails, cases_to_run / 3);
  EXPECT_GT(seen.recursive, cases_to_run / 40);
}

// Other methods hand a kernel with such a tap to the direct one, whose tiles are not theirs.
TEST(StreamContract, InfiniteTapsAreSummedInTilesOfTheDirectMethod) {
  const std::vector<std::string> problems = {
      "convolve f32 [9000] * [7] full method=overlap_save block=64 stream",
      "convolve f32 [9000] * [7] same block=100 boundary=edge stream",
      "convolve f64 [9000] * [300] same method=overlap_save stream",
      "correlate c64 [9000,20] * [5,3] full method=overlap_save block=64,16 stream",
      "convolve f32 [9000,20] * [5,5] same method=separable rank=1 stream",
      "convolve f32 [9000,20] * [5,5] same method=recursive cosines=1 stream"};
  for (std::size_t i = 0; i < problems.size(); ++i) {
    SCOPED_TRACE(problems[i]);
    Random random = random_for(current_test(), static_cast<int>(i));
    const Problem p = Problem::parse(problems[i]);
    Buffer x(p.x_type, p.x_shape), h(p.h_type, p.h_shape);
    x.fill(random, Values::uniform);
    for (std::int64_t k = 0; k < h.count(); ++k) h.set(unravel(k, h.shape()), 0.25);
    h.set(unravel(h.count() / 2, h.shape()), HUGE_VAL);
    Seen seen;
    expect_same_bits(p, x, h, random, seen);
    EXPECT_EQ(seen.all, 1);
    EXPECT_EQ(seen.blocks, 2);
    EXPECT_EQ(Stream(p, h.view()).plan().algorithm(), "direct");
  }
}

/// A product of one-dimensional kernels of small whole numbers.
void take_apart(Buffer& h) {
  for (std::int64_t i = 0; i < h.count(); ++i) {
    const Dims at = unravel(i, h.shape());
    int product = 1;
    for (int axis = 0; axis < at.rank(); ++axis) product *= 1 + static_cast<int>(at[axis] % 2);
    h.set(at, product);
  }
}

TEST(StreamContract, RowsGiveTheBitsOfThePicture) {
  const int cases_to_run = cases(300, 3000);
  Seen seen;
  for (int index = 0; index < cases_to_run && !HasFailure(); ++index) {
    SCOPED_TRACE(describe_case(index));
    Random random = random_for(current_test(), index);
    const Problem p = random_rows(random);
    SCOPED_TRACE(p.to_string());
    Buffer x(p.x_type, p.x_shape, random_layout(random, true), &random), h(p.h_type, p.h_shape);
    fill(p, x, h, random);
    if (p.method == "separable" || (p.kernel_cosines == 0 && random.once_in(3))) take_apart(h);
    expect_same_bits(p, x, h, random, seen);
  }
  EXPECT_GT(seen.all, cases_to_run / 2);
  EXPECT_GT(seen.blocks, cases_to_run / 10);
  EXPECT_GT(seen.separable, cases_to_run / 20);
  EXPECT_GT(seen.recursive, cases_to_run / 40);
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
