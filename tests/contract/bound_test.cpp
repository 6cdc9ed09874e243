// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// Contract 1: a bound on every call, never exceeded on adversarial data. expect_right compares the
// measured error with Plan::error_bound in the maximum and in the Euclidean norm.
#include <gtest/gtest.h>

#include <cmath>

#include "support/methods.hpp"
#include "support/problems.hpp"
#include "support/run.hpp"

namespace faltung {
namespace {

using namespace test_support;
using enum ElementType;

/// Data on which rounding errors line up, meet in one output or drown it.
enum class Adversary {
  rounding_the_same_way,  ///< every product and sum rounds in one direction
  alternating,            ///< the spectrum is one line at the Nyquist frequency
  spike_among_dust,       ///< one huge sample
  cancelling,             ///< pairs that cancel
  low_bits,               ///< values just above powers of two
  chirp,                  ///< equal energy at every frequency
};

double sample(Adversary a, std::int64_t i, Random& random, double u) {
  const double t = static_cast<double>(i);
  switch (a) {
    case Adversary::rounding_the_same_way: return 1.0 / 3;
    case Adversary::alternating: return (i % 2 ? -1 : 1) * (1 - 3 * u);
    case Adversary::spike_among_dust: return i == 7 ? 1 / u : random.symmetric();
    case Adversary::cancelling: return (i % 2 ? -1 : 1) * (1 + 0x1p-10 * random.unit());
    case Adversary::low_bits: return std::ldexp(1 + 2 * u, static_cast<int>(i % 5));
    case Adversary::chirp: return std::cos(3.14159265358979 * t * t / 1000);
  }
  return 0;
}

class ErrorBoundHolds : public EveryMethodAndAuto {};

TEST_P(ErrorBoundHolds, OnAdversarialData) {
  for (ElementType type : {f32, f64, c64, c128, f16})
    for (int a = 0; a < 6; ++a)
      for (int b = 0; b < 6; ++b) {
        Random random = random_for(current_test(), a * 6 + b);
        const double u = tolerance_of(type).unit_roundoff, digit = type == f16 ? 0x1p-11 : u;
        Buffer x(type, {random.whole(200, 1200)}), h(type, {random.whole(20, 200)});
        const auto fill = [&](Buffer& buffer, int kind) {
          for (std::int64_t i = 0; i < buffer.shape()[0]; ++i)
            buffer.set(
                i, {sample(static_cast<Adversary>(kind), i, random, digit),
                    is_complex(type) ? sample(static_cast<Adversary>(kind), i + 3, random, digit)
                                     : 0.0});
        };
        fill(x, a);
        fill(h, b);
        const Problem p = problem_of(x, h, method());
        const Outcome o = run(p, x, h);
        ASSERT_EQ(o.status, Status::ok) << o.message;
        expect_right(p, x, h, o, type == f32 ? 0 : 150);
        EXPECT_TRUE(std::isfinite(o.bound.maximum));
        EXPECT_GT(o.bound.coefficient, 0);
        EXPECT_EQ(o.bound.unit_roundoff, u);
        if (HasFailure()) {
          ADD_FAILURE() << "adversaries " << a << " and " << b;
          return;
        }
      }
}

TEST_P(ErrorBoundHolds, OnRandomData) {
  for (int i = 0; i < cases(60, 3000); ++i) {
    SCOPED_TRACE(describe_case(i));
    Random random = random_for(current_test(), i);
    const Family family = {
        .types = {{f32, f32}, {f64, f64}, {c64, c64}, {c128, f64}, {f16, f16}, {f16, f32}},
        .max_rank = 2,
        .largest_input = 100,
        .largest_kernel = 30,
        .boundaries = true,
        .strides = true};
    Problem p = random_problem(family, random);
    p.method = method();
    Buffer x(p.x_type, p.x_shape), h(p.h_type, p.h_shape);
    x.fill(random, Values::wide);
    h.fill(random, Values::wide);
    const Outcome o = run(p, x, h);
    ASSERT_EQ(o.status, Status::ok) << o.message;
    expect_right(p, x, h, o, 200);
    if (HasFailure()) return;
  }
}

// A norm on the way may leave the range of doubles; the bound is infinite only if it does itself.
TEST_P(ErrorBoundHolds, WhereANormIsOutOfRange) {
  struct Sizes {
    double x, h;
    bool finite;
  };
  for (const Sizes& s : {Sizes{1e-300, 1.5e308, true}, Sizes{1.5e308, 1e-300, true},
                         Sizes{1.5e308, 1e-2, true}, Sizes{1.5e308, 1.5e308, false}}) {
    SCOPED_TRACE(std::to_string(std::log10(s.x)) + " with " + std::to_string(std::log10(s.h)));
    for (const ElementType type : {f64, c128}) {
      Buffer x(type, {300}), h(type, {40});
      for (std::int64_t i = 0; i < 300; ++i) x.set(i, (i % 3 == 1 ? -s.x : s.x));
      for (std::int64_t i = 0; i < 40; ++i) h.set(i, (i % 2 == 1 ? -s.h : s.h));
      const Problem p = problem_of(x, h, method());
      const Outcome o = run(p, x, h);
      ASSERT_EQ(o.status, Status::ok) << o.message;
      if (s.finite) expect_right(p, x, h, o);
      EXPECT_EQ(std::isfinite(o.bound.maximum), s.finite) << o.bound.maximum;
      EXPECT_EQ(std::isfinite(o.bound.l2), s.finite) << o.bound.l2;
    }
  }
}

FALTUNG_FOR_EVERY_METHOD_AND_AUTO(ErrorBoundHolds);

}  // namespace
}  // namespace faltung
