// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// Contract 4: non-finite inputs propagate as in the direct sum over existing taps, same places and
// kinds, for every method. expect_right compares NaN, +Inf and -Inf output by output, and every
// finite output with the method's bound.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "support/methods.hpp"
#include "support/problems.hpp"
#include "support/run.hpp"

namespace faltung {
namespace {

using namespace test_support;
using enum ElementType;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInf = std::numeric_limits<double>::infinity();

class NonFinite : public EveryMethodAndAuto {
 protected:
  void check(const Problem& p, const Buffer& x, const Buffer& h) {
    const Outcome o = run(p, x, h);
    if (o.status != Status::unsupported) expect_right(p, x, h, o);
  }
};

void spoil(Buffer& b, Random& random) {
  Dims index;
  for (int i = 0; i < b.shape().rank(); ++i) index.push_back(random.whole(0, b.shape()[i] - 1));
  const double special = random.of({kNan, kInf, -kInf});
  std::complex<double> v = b.at(index);
  (random.once_in(2) || !is_complex(b.type())) ? v.real(special) : v.imag(special);
  b.set(index, v);
}

void check_random(const Family& family, const std::string& method, int quick, int thorough,
                  bool in_x, bool in_h) {
  for (int i = 0; i < cases(quick, thorough); ++i) {
    SCOPED_TRACE(describe_case(i));
    Random random = random_for(current_test(), i);
    Problem p = random_problem(family, random);
    if (p.boundary == Boundary::odd) continue;  // OddReflectionOfInfinities
    p.method = method;
    Buffer x(p.x_type, p.x_shape), h(p.h_type, p.h_shape);
    x.fill(random, Values::whole);
    h.fill(random, Values::whole);
    for (std::int64_t n = random.whole(1, 3); n > 0; --n) {
      if (in_x) spoil(x, random);
      if (in_h) spoil(h, random);
    }
    const Outcome o = run(p, x, h);
    if (o.status != Status::unsupported) expect_right(p, x, h, o);
    if (::testing::Test::HasFailure()) return;
  }
}

const std::vector<Types> kTypes = {{f32, f32}, {f64, f64}, {f16, f16}, {f16, f32}};
const std::vector<Types> kComplex = {{c64, c64}, {c128, c128}, {f32, c64}, {c128, f64}, {f16, c64}};

TEST_P(NonFinite, InTheInput) {
  check_random({.types = kTypes, .largest_input = 60, .largest_kernel = 20, .boundaries = true},
               method(), 200, 10000, true, false);
}
TEST_P(NonFinite, InTheKernel) {
  check_random({.types = kTypes, .largest_input = 60, .largest_kernel = 20, .boundaries = true},
               method(), 200, 10000, false, true);
}
TEST_P(NonFinite, InBoth) {
  check_random({.types = kTypes, .largest_input = 60, .largest_kernel = 20, .boundaries = true},
               method(), 200, 10000, true, true);
}
TEST_P(NonFinite, RoundedToIntegers) {
  check_random({.types = {{f32, f32, u8, Policy::saturate},
                          {f64, f32, i32, Policy::saturate},
                          {f16, f16, i8, Policy::saturate}},
                .max_rank = 2,
                .largest_input = 30,
                .largest_kernel = 10,
                .boundaries = true},
               method(), 200, 10000, true, true);
}
TEST_P(NonFinite, OfComplexNumbers) {
  check_random({.types = kComplex, .largest_input = 40, .largest_kernel = 12, .boundaries = true},
               method(), 200, 10000, true, false);
  check_random({.types = kComplex, .largest_input = 40, .largest_kernel = 12, .boundaries = true},
               method(), 200, 10000, true, true);
}
TEST_P(NonFinite, OnTwoAxesWithStrideAndDilation) {
  check_random({.types = kTypes,
                .min_rank = 2,
                .max_rank = 2,
                .largest_input = 14,
                .largest_kernel = 6,
                .boundaries = true,
                .strides = true,
                .dilation = true},
               method(), 150, 5000, true, true);
}
TEST_P(NonFinite, InOneOfManyBatches) {
  check_random({.types = kTypes,
                .min_rank = 2,
                .max_rank = 3,
                .largest_input = 20,
                .largest_kernel = 6,
                .batch = true},
               method(), 150, 5000, true, true);
}

// SciPy's case: one NaN in 1,000 samples with 50 taps makes 50 NaN, not 1,049.
TEST_P(NonFinite, OneNanMakesAsManyAsThereAreTaps) {
  Random random = random_for(current_test(), 0);
  Buffer x(f64, {1000}), h(f64, {50});
  x.fill(random, Values::uniform);
  h.fill(random, Values::uniform);
  x.set(500, kNan);
  const Problem p = problem_of(x, h, method());
  const Outcome o = run(p, x, h);
  ASSERT_EQ(o.status, Status::ok) << o.message;
  int nans = 0;
  for (double v : dense<double>(o.y)) nans += std::isnan(v);
  EXPECT_EQ(nans, 50);
  expect_right(p, x, h, o);
}

TEST_P(NonFinite, InfinitiesOfBothSignsMeetAsNan) {
  Buffer x(f64, {40}), h(f64, {4});
  for (std::int64_t i = 0; i < 40; ++i) x.set(i, 1);
  for (std::int64_t i = 0; i < 4; ++i) h.set(i, i == 2 ? -1.0 : 1.0);
  x.set(10, kInf);
  x.set(12, -kInf);
  x.set(30, kInf);
  check(problem_of(x, h, method()), x, h);
}

TEST_P(NonFinite, AZeroTapIsATermAndAHoleIsNot) {
  Buffer x(f32, {30}), h(f32, {5});
  for (std::int64_t i = 0; i < 30; ++i) x.set(i, 1);
  for (std::int64_t i = 0; i < 5; ++i) h.set(i, i == 3 ? 0.0 : 1.0);
  x.set(9, kInf);
  Problem p = problem_of(x, h, method());
  check(p, x, h);
  p.dilation = {3};
  check(p, x, h);
}

// A kernel whose first or last tap is NaN does not meet what lies outside a zero boundary.
TEST_P(NonFinite, NanTapsDoNotMeetAbsentSamples) {
  for (std::int64_t tap : {0, 3, 6}) {
    Buffer x(f32, {20}), h(f32, {7});
    for (std::int64_t i = 0; i < 20; ++i) x.set(i, 1 + i);
    for (std::int64_t i = 0; i < 7; ++i) h.set(i, 1);
    h.set(tap, kNan);
    Problem p = problem_of(x, h, method());
    for (Extent e : {Extent::full, Extent::same, Extent::valid, Extent::causal}) {
      p.extent = e;
      check(p, x, h);
    }
    p.extent = Extent::full;
    p.cval = 1.0;  // now something is there
    check(p, x, h);
  }
}

TEST_P(NonFinite, Cval) {
  for (double c : {kNan, kInf, -kInf}) {
    Buffer x(f64, {20}), h(f64, {5});
    for (std::int64_t i = 0; i < 20; ++i) x.set(i, 1 + i);
    for (std::int64_t i = 0; i < 5; ++i) h.set(i, i - 1.5);
    Problem p = problem_of(x, h, method());
    p.cval = c;
    check(p, x, h);
    p.extent = Extent::valid;
    check(p, x, h);
  }
}

// x~ is 2 x[edge] - x~[mirrored], reflection by reflection: where that lands on the other edge,
// 2 x[edge] - x[other] has one infinity or none, however the coefficients are gathered.
TEST_P(NonFinite, OddReflectionOfInfinities) {
  for (double special : {kNan, kInf, -kInf})
    for (std::int64_t at : {0, 1, 3})
      for (std::int64_t taps : {1, 3, 8}) {
        Buffer x(f64, {4}), h(f64, {taps});
        for (std::int64_t i = 0; i < 4; ++i) x.set(i, 1 + i * i);
        for (std::int64_t i = 0; i < taps; ++i) h.set(i, 1 + i);
        x.set(at, special);
        Problem p = problem_of(x, h, method());
        p.boundary = Boundary::odd;
        p.window = {-8, 14};
        check(p, x, h);
        if (HasFailure()) return;
      }
}

TEST_P(NonFinite, ARealOperandMultipliesEachComponentAlone) {
  Random random = random_for(current_test(), 0);
  for (bool complex_kernel : {true, false}) {
    Buffer x(complex_kernel ? f32 : c64, {50}), h(complex_kernel ? c64 : f32, {6});
    x.fill(random, Values::whole);
    h.fill(random, Values::whole);
    Buffer& real = complex_kernel ? x : h;
    real.set(3, kInf);
    check(problem_of(x, h, method()), x, h);
  }
}

// The result type does not make a real operand complex: no 0 x Inf in the imaginary part.
TEST_P(NonFinite, RealOperandsWithAComplexResult) {
  Buffer x(f32, {30}), h(f32, {3});
  for (std::int64_t i = 0; i < 30; ++i) x.set(i, 1);
  for (std::int64_t i = 0; i < 3; ++i) h.set(i, 2);
  x.set(12, kInf);
  Problem p = problem_of(x, h, method());
  p.y_type = c64;
  check(p, x, h);
}

TEST_P(NonFinite, NothingButNan) {
  Buffer x(f32, {100}), h(f32, {9});
  for (std::int64_t i = 0; i < 100; ++i) x.set(i, kNan);
  for (std::int64_t i = 0; i < 9; ++i) h.set(i, 1);
  check(problem_of(x, h, method()), x, h);
}

FALTUNG_FOR_EVERY_METHOD_AND_AUTO(NonFinite);

}  // namespace
}  // namespace faltung
