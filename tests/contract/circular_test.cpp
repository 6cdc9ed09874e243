// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// Inputs that go round, of lengths whose period is one transform block: the whole contract there,
// where nothing is padded and every output is met from both ends.
#include <gtest/gtest.h>

#include <limits>

#include "support/methods.hpp"
#include "support/problems.hpp"
#include "support/run.hpp"

namespace faltung {
namespace {

using namespace test_support;
using enum ElementType;

class Circular : public EveryMethodAndAuto {};

/// A random problem over one period of every axis; the last one fills whole vectors.
Problem random_round(Random& random) {
  Problem p;
  p.operation = random.of({Operation::convolve, Operation::correlate});
  p.boundary = Boundary::wrap;
  p.x_type = p.h_type = random.of({f32, f64, f32, f64, c64, c128});
  const std::int64_t outer = random.of({2, 3, 8, 9});
  const std::int64_t inner = random.of({256, 256, 512, 768});
  const bool rows = random.once_in(2);
  p.x_shape = rows ? Dims{outer, inner} : Dims{inner};
  const std::int64_t taps = random.of({1, 2, 5, 40, 256});
  p.h_shape = rows ? Dims{random.whole(1, outer), taps} : Dims{taps};
  p.extent = random.of({Extent::same, Extent::causal, Extent::valid});
  p.dilation = Dims(p.x_shape.rank(), 1);
  if (taps < 50) p.dilation[p.dilation.rank() - 1] = random.of({1, 1, 3});
  p.stride = Dims(p.x_shape.rank(), random.of({1, 1, 1, 2}));
  return p;
}

/// Bursts among zeros, and now and then something that is not finite.
void fill(Buffer& b, Random& random, bool spoil) {
  b.fill(random, random.of({Values::uniform, Values::whole, Values::nonnegative}));
  bool silent = random.once_in(2);
  const std::int64_t burst = random.of({3, 20, 1000});
  reference::for_each_index(b.shape(), [&](const Dims& index) {
    if (random.once_in(burst)) silent = !silent;
    if (silent && burst < 1000) b.set(index, 0.0);
    if (spoil && random.once_in(300))
      b.set(index, random.of({std::numeric_limits<double>::quiet_NaN(),
                              std::numeric_limits<double>::infinity()}));
  });
}

TEST_P(Circular, KeepsTheContract) {
  int due = 0;
  for (int i = 0; i < cases(60, 2000); ++i) {
    SCOPED_TRACE(describe_case(i));
    Random random = random_for(current_test(), i);
    Problem p = random_round(random);
    p.method = method();
    Buffer x(p.x_type, p.x_shape), h(p.h_type, p.h_shape);
    const bool spoil = random.once_in(3);
    fill(x, random, spoil);
    fill(h, random, spoil && random.once_in(10));
    const Outcome o = run(p, x, h);
    if (o.status == Status::unsupported) continue;
    SCOPED_TRACE(p.to_string());
    const bool all = random.once_in(5);
    expect_right(p, x, h, o, all ? 0 : 100);
    const reference::Reference reference(p, x.view(), h.view());
    for (std::int64_t k = 0; k < 200 && !spoil; ++k) {  // 0 NaN is no zero
      Dims index;
      for (const std::int64_t n : reference.shape()) index.push_back(random.whole(0, n - 1));
      if (!reference.vanishes(index)) continue;
      ++due;
      EXPECT_EQ(o.y.at(index), 0.0) << to_string(index);
    }
    if (HasFailure()) return;
  }
  if (method() == "direct") {
    EXPECT_GT(due, 100) << "the test has lost its cases";
  }
}

/// One period is what a single block holds, and no more.
TEST(CircularBlocks, HoldOnePeriod) {
  for (const char* text : {"convolve f32 [4096] * [4096] same boundary=wrap method=fft_single",
                           "correlate f64 [768] * [100] same boundary=wrap method=fft_single",
                           "convolve c64 [9,256] * [3,7] same boundary=wrap method=fft_single"}) {
    const Plan plan = Planner().plan(Problem::parse(text));
    EXPECT_NE(plan.explain().find("block " + to_string(plan.problem().x_shape)), std::string::npos)
        << plan.explain();
    EXPECT_NE(plan.explain().find("one period"), std::string::npos) << plan.explain();
  }
}

FALTUNG_FOR_EVERY_METHOD_AND_AUTO(Circular);

}  // namespace
}  // namespace faltung
