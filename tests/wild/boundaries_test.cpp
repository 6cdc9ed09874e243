// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// Threads about boundaries that are missing, change with the method, or copy the whole input.
#include <gtest/gtest.h>

#include "support/methods.hpp"
#include "support/run.hpp"

namespace faltung {
namespace {

using namespace test_support;
using enum ElementType;

constexpr Boundary kBoundaries[] = {Boundary::constant, Boundary::edge, Boundary::symmetric,
                                    Boundary::mirror,   Boundary::wrap, Boundary::odd};

class Boundaries : public EveryMethodAndAuto {
 protected:
  void check(const Problem& p, const Buffer& x, const Buffer& h) {
    const Outcome o = run(p, x, h);
    ASSERT_EQ(o.status, Status::ok) << o.message << "\n" << p.to_string();
    expect_right(p, x, h, o, 400);
  }
};

// scipy#5200, #13857, cupy#3414: boundaries are missing in signal, valid and full in ndimage.
TEST_P(Boundaries, Scipy5200Scipy13857Cupy3414AnyExtentWithAnyBoundary) {
  Random random = random_for(current_test(), 0);
  Buffer x(f64, {13, 17}), h(f64, {4, 5});
  x.fill(random, Values::uniform);
  h.fill(random, Values::uniform);
  for (Boundary b : kBoundaries)
    for (Extent e : {Extent::full, Extent::same, Extent::valid, Extent::causal})
      for (Operation op : {Operation::convolve, Operation::correlate}) {
        Problem p = problem_of(x, h, method());
        p.boundary = b;
        p.extent = e;
        p.operation = op;
        check(p, x, h);
      }
}

// opencv#4599 (no wrap), #10683, #13179: results change, or the call crashes, once the kernel is
// large enough for the DFT. Every kernel size across the change of method.
TEST_P(Boundaries, Opencv4599Opencv10683Opencv13179EverySizeAcrossTheCrossover) {
  Random random = random_for(current_test(), 0);
  Buffer x(f32, {40, 37});
  x.fill(random, Values::uniform);
  for (std::int64_t size = 1; size <= 45; size += size < 15 ? 1 : 6) {
    Buffer h(f32, {size, size + size % 3});
    h.fill(random, Values::uniform);
    Problem p = problem_of(x, h, method());
    p.extent = Extent::same;
    p.boundary = kBoundaries[size % 6];
    const Outcome o = run(p, x, h);
    ASSERT_EQ(o.status, Status::ok) << o.message;
    expect_right(p, x, h, o, 60);
  }
}

// pytorch#130614, #189236, #56263: padding other than zeros copies the tensor; symmetric and 3-D
// reflection are missing. Nothing here may grow with the input.
TEST_P(Boundaries, Pytorch130614Pytorch189236Pytorch56263SymmetricAndMirrorInThreeDimensions) {
  Random random = random_for(current_test(), 0);
  Buffer x(f32, {9, 10, 11}), h(f32, {3, 5, 4});
  x.fill(random, Values::uniform);
  h.fill(random, Values::uniform);
  for (Boundary b : {Boundary::symmetric, Boundary::mirror, Boundary::wrap}) {
    Problem p = problem_of(x, h, method());
    p.extent = Extent::same;
    p.boundary = b;
    check(p, x, h);
  }
}

TEST(BoundaryMemory, Pytorch130614NoPaddedCopyOfTheInput) {
  const Problem p =
      Problem::parse("convolve f32 [4000,4000] * [5,5] same boundary=symmetric method=direct");
  EXPECT_LT(Planner().plan(p).workspace_bytes(), 16 << 20) << "the input has 64 MB";
}

// scipy#13805: odd reflection is not offered; a ramp keeps its slope to the last sample.
TEST_P(Boundaries, Scipy13805OddReflectionKeepsARamp) {
  Buffer x(f64, {50}), h(f64, {9});
  for (std::int64_t i = 0; i < 50; ++i) x.set(i, 3.0 * static_cast<double>(i) - 20);
  for (std::int64_t i = 0; i < 9; ++i) h.set(i, 1.0 / 8);
  h.set(4, 0);
  Problem p = problem_of(x, h, method());
  p.boundary = Boundary::odd;
  p.extent = Extent::same;
  const Outcome o = run(p, x, h);
  ASSERT_EQ(o.status, Status::ok) << o.message;
  for (std::int64_t i = 0; i < 50; ++i)
    EXPECT_NEAR(o.y.at(i).real(), 3.0 * static_cast<double>(i) - 20, 1e-12) << i;
}

// dask-image#242, dask#6688: a halo larger than a chunk. Here: a kernel many times the input.
TEST_P(Boundaries, DaskImage242Dask6688HaloOverManyPeriods) {
  Random random = random_for(current_test(), 0);
  for (std::int64_t n : {1, 2, 3, 7}) {
    Buffer x(f64, {n}), h(f64, {100});
    x.fill(random, Values::uniform);
    h.fill(random, Values::uniform);
    for (Boundary b : kBoundaries) {
      Problem p = problem_of(x, h, method());
      p.boundary = b;
      p.extent = Extent::same;
      check(p, x, h);
    }
  }
}

FALTUNG_FOR_EVERY_METHOD_AND_AUTO(Boundaries);

}  // namespace
}  // namespace faltung
