// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// Every algorithm x class of problems against the extended-precision reference. ctest runs this
// program once for each instruction set.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdio>

#include "support/methods.hpp"
#include "support/problems.hpp"
#include "support/run.hpp"

namespace faltung {
namespace {

using namespace test_support;
using enum ElementType;
using reference::Reference;
using reference::WideInteger;

/// How many problems of one test a method computed, and how many it refused.
struct Tally {
  int computed = 0, refused = 0, overflowed = 0, bells = 0;
};

Values random_values(Random& random) {
  return random.of({Values::uniform, Values::uniform, Values::whole, Values::wide, Values::sparse,
                    Values::nonnegative});
}

/// Whether the definition allows an exact integer problem to be refused: max|x~| sum|h| does not
/// fit. An odd boundary multiplies max|x| by up to its number of folds, bounded here from above.
bool may_overflow(const Problem& p, const Reference& reference) {
  WideInteger bound = reference.integer_bound();
  if (p.boundary == Boundary::odd) bound = bound * WideInteger(1 << 20);
  const ElementType y = p.result_type();
  // Sums of either sign may be as large as the bound says.
  return WideInteger(highest(y)) < bound || -bound < WideInteger(lowest(y));
}

void expect_overflow_is_due(const Problem& p, const Buffer& x, const Buffer& h) {
  // An odd reflection may leave the 64 bits that samples are read in.
  EXPECT_TRUE(p.policy == Policy::exact || p.boundary == Boundary::odd)
      << "policy " << name(p.policy) << " refused\n"
      << p.to_string();
  EXPECT_TRUE(may_overflow(p, Reference(p, x.view(), h.view())))
      << "refused, though max|x| sum|h| fits\n"
      << p.to_string();
}

/// One random problem by one method; `samples` outputs are checked (0: all).
void check_case(const Family& family, const std::string& method, Random& random, Tally& tally,
                std::int64_t samples = 0) {
  Problem p = random_problem(family, random);
  p.method = method;
  if (method != "auto" && method != "overlap_save" && method != "cuda_overlap_save")
    p.block = {};  // which the others refuse
  const Layout dense;
  Buffer x(p.x_type, p.x_shape, family.layouts ? random_layout(random, true) : dense, &random);
  Buffer h(p.h_type, p.h_shape, family.layouts ? random_layout(random, true) : dense, &random);
  // A product of integers of the whole range rarely has an exact sum that fits.
  const bool small = p.policy == Policy::exact && random.once_in(2);
  x.fill(random, small ? Values::whole : random_values(random));
  h.fill(random, small ? Values::whole : random_values(random));
  if (is_separable(method) || (method == "auto" && random.once_in(4))) {
    p.kernel_rank = make_low_rank(h, p, random);
  } else if (method == "recursive" || (method == "auto" && random.once_in(6))) {
    make_windows(h, p, random);
  }

  if (p.kernel_cosines > 1) ++tally.bells;
  RunOptions options;
  options.threads = random.once_in(4) ? 3 : 1;
  options.random = &random;
  if (family.layouts) options.y_layout = random_layout(random, false);
  const Outcome outcome = run(p, x, h, options);
  if (outcome.status == Status::unsupported) {
    EXPECT_NE(method, "direct") << outcome.message << "\n" << p.to_string();
    ++tally.refused;
    return;
  }
  if (outcome.status == Status::kernel_mismatch && p.kernel_cosines > 1) {
    ++tally.refused;  // taps that meet no sample are left out, and half a bell is no sum of cosines
    return;
  }
  if (outcome.status == Status::integer_overflow) {
    expect_overflow_is_due(p, x, h);
    ++tally.overflowed;
    return;
  }
  expect_right(p, x, h, outcome, samples);
  EXPECT_TRUE(std::isfinite(outcome.bound.maximum)) << p.to_string();
  EXPECT_TRUE(std::isfinite(outcome.bound.l2)) << p.to_string();
  if (is_integer(promote(p.x_type, p.h_type)) && is_integer(p.result_type())) {
    EXPECT_EQ(outcome.bound.maximum, 0);
  }
  ++tally.computed;
}

class Conformance : public EveryMethod {
 protected:
  void check(const Family& family, int quick, int thorough, std::int64_t samples = 0) {
    Tally tally;
    const int count = cases(quick, thorough);
    for (int i = 0; i < count; ++i) {
      SCOPED_TRACE(describe_case(i));
      Random random = random_for(current_test(), i);
      check_case(family, method(), random, tally, samples);
      if (HasFailure()) break;
    }
    std::printf("             %s: %d computed, %d unsupported, %d refused for overflow\n",
                method().c_str(), tally.computed, tally.refused, tally.overflowed);
    if (method() == "direct") {
      EXPECT_EQ(tally.refused, 0);
    }
  }
};

TEST_P(Conformance, Real1D) {
  check({.types = real_types(), .largest_input = 60, .largest_kernel = 40}, 400, 10000);
}

TEST_P(Conformance, Complex1D) {
  check({.types = complex_types(), .largest_input = 40, .largest_kernel = 30}, 300, 10000);
}

TEST_P(Conformance, MixedTypes) {
  check({.types = mixed_types(), .max_rank = 2, .largest_input = 16, .largest_kernel = 9}, 300,
        10000);
}

TEST_P(Conformance, WidenedResults) {
  check({.types = widening_types(),
         .max_rank = 2,
         .largest_input = 16,
         .largest_kernel = 9,
         .boundaries = true},
        200, 5000);
}

TEST_P(Conformance, RoundedToIntegers) {
  check({.types = rounded_types(),
         .max_rank = 3,
         .largest_input = 40,
         .largest_kernel = 9,
         .batch = true,
         .boundaries = true,
         .ranges = true,
         .strides = true,
         .dilation = true,
         .layouts = true,
         .blocks = true},
        1000, 10000);
}

TEST_P(Conformance, IntegersExact) {
  check({.types = integer_types(Policy::exact),
         .max_rank = 2,
         .largest_input = 16,
         .largest_kernel = 9,
         .boundaries = true,
         .strides = true},
        2000, 10000);
}

TEST_P(Conformance, IntegersSaturate) {
  check({.types = integer_types(Policy::saturate),
         .max_rank = 2,
         .largest_input = 16,
         .largest_kernel = 9,
         .boundaries = true,
         .strides = true},
        2000, 10000);
}

TEST_P(Conformance, IntegersWrap) {
  check({.types = integer_types(Policy::wrap),
         .max_rank = 2,
         .largest_input = 16,
         .largest_kernel = 9,
         .boundaries = true,
         .strides = true},
        2000, 10000);
}

TEST_P(Conformance, TwoAxes) {
  check({.types = real_types(),
         .min_rank = 2,
         .max_rank = 2,
         .largest_input = 20,
         .largest_kernel = 9,
         .boundaries = true},
        300, 10000);
}

TEST_P(Conformance, ThreeAxes) {
  check({.types = {{f32, f32}, {f64, f64}, {c64, c64}, {f16, f16}},
         .min_rank = 3,
         .max_rank = 3,
         .largest_input = 8,
         .largest_kernel = 5,
         .boundaries = true},
        150, 5000);
}

TEST_P(Conformance, FiveAxes) {
  check({.types = real_types(),
         .min_rank = 4,
         .max_rank = 5,
         .largest_input = 4,
         .largest_kernel = 3,
         .batch = true,
         .boundaries = true},
        80, 2000);
}

TEST_P(Conformance, BatchesBroadcastBothWays) {
  check({.types =
             {{f32, f32}, {f64, f64}, {c64, c64}, {c64, f32}, {f64, c128}, {i16, i16}, {f16, f16}},
         .min_rank = 2,
         .max_rank = 4,
         .largest_input = 8,
         .largest_kernel = 5,
         .batch = true,
         .boundaries = true},
        300, 10000);
}

TEST_P(Conformance, WindowsAndLags) {
  check({.types = {{f32, f32}, {f64, f64}, {c128, c128}, {u8, i8}, {f16, f16}},
         .max_rank = 2,
         .largest_input = 24,
         .largest_kernel = 12,
         .ranges = true},
        400, 10000);
}

TEST_P(Conformance, WindowsAndLagsBeyondTheEndsWithBoundaries) {
  check({.types = {{f32, f32}, {f64, f64}, {c128, c128}, {u8, i8}, {f16, f16}},
         .max_rank = 2,
         .largest_input = 12,
         .largest_kernel = 12,
         .boundaries = true,
         .ranges = true},
        400, 10000);
}

TEST_P(Conformance, KernelsSeveralTimesTheInput) {
  check({.types = {{f32, f32}, {f64, f64}, {c64, c64}, {i16, i16}, {f16, f16}},
         .max_rank = 2,
         .largest_input = 5,
         .largest_kernel = 30,
         .boundaries = true,
         .dilation = true},
        400, 10000);
}

TEST_P(Conformance, OneSample) {
  check({.types = {{f32, f32}, {f64, f64}, {c64, c64}, {f32, c64}, {i32, i8}, {f16, f16}},
         .max_rank = 2,
         .largest_input = 1,
         .largest_kernel = 20,
         .boundaries = true,
         .ranges = true,
         .strides = true,
         .origins = true},
        200, 5000);
}

TEST_P(Conformance, StrideDilationOrigin) {
  check({.types = {{f32, f32}, {f64, f64}, {c64, c64}, {u16, i8}, {f16, f16}},
         .max_rank = 3,
         .largest_input = 14,
         .largest_kernel = 7,
         .boundaries = true,
         .strides = true,
         .dilation = true,
         .origins = true},
        400, 10000);
}

TEST_P(Conformance, AnyLayoutOfXHAndY) {
  check({.types = {{f32, f32},
                   {f64, f64},
                   {c64, c64},
                   {c128, f64},
                   {f32, c64},
                   {u8, i16},
                   {i32, f32},
                   {f16, f16},
                   {f16, f32}},
         .max_rank = 3,
         .largest_input = 12,
         .largest_kernel = 7,
         .batch = true,
         .boundaries = true,
         .layouts = true},
        400, 10000);
}

TEST_P(Conformance, EverythingAtOnce) {
  std::vector<Types> types = mixed_types();
  for (const auto& more : {real_types(), complex_types(), widening_types(), rounded_types(),
                           integer_types(Policy::saturate), integer_types(Policy::wrap)})
    types.insert(types.end(), more.begin(), more.end());
  check({.types = types,
         .max_rank = 4,
         .largest_input = 9,
         .largest_kernel = 6,
         .batch = true,
         .boundaries = true,
         .ranges = true,
         .strides = true,
         .dilation = true,
         .origins = true,
         .layouts = true,
         .blocks = true},
        2000, 20000);
}

// Across vector lengths, blocks and transform sizes; some outputs of each are checked.
TEST_P(Conformance, LongSignals) {
  check({.types = {{f32, f32}, {f64, f64}, {c64, c64}, {f64, c128}, {i32, i16}, {f16, f16}},
         .largest_input = 20000,
         .largest_kernel = 3000,
         .boundaries = true,
         .ranges = true,
         .blocks = true},
        60, 2000, 60);
}

TEST_P(Conformance, Pictures) {
  check({.types = {{f32, f32},
                   {f64, f64},
                   {c64, f32},
                   {u8, i8},
                   {u8, f32, u8, Policy::saturate},
                   {f16, f16}},
         .min_rank = 2,
         .max_rank = 2,
         .largest_input = 200,
         .largest_kernel = 40,
         .boundaries = true,
         .strides = true,
         .layouts = true},
        40, 1000, 60);
}

// Every pair of small sizes, so that no remainder of a vector loop is left out.
TEST_P(Conformance, EveryPairOfSmallSizes) {
  const std::int64_t largest = long_tests() ? 70 : 35;
  for (std::int64_t n = 1; n <= largest; ++n)
    for (std::int64_t k = 1; k <= largest; k += 1 + k / 8) {
      Random random = random_for(current_test(), static_cast<int>(n * 100 + k));
      for (ElementType type : {f32, f64, f16}) {
        Buffer x(type, {n}), h(type, {k});
        x.fill(random, Values::uniform);
        h.fill(random, Values::uniform);
        Problem p = problem_of(x, h, method());
        const Outcome o = run(p, x, h);
        if (o.status != Status::unsupported) expect_right(p, x, h, o);
        if (HasFailure()) return;
      }
    }
}

std::vector<std::string> all_methods() {
  std::vector<std::string> names = methods_and_auto();
  for (const std::string& name : separable_methods()) names.push_back(name);
  names.emplace_back("recursive");
  return names;
}

INSTANTIATE_TEST_SUITE_P(Methods, Conformance, ::testing::ValuesIn(all_methods()), method_name);

// The L2 bound of a transform is of use: at most 200 times the error measured on random data. That
// of a direct sum is for the worst case of its T roundings and is only reported.
class BoundTightness : public EveryMethod {};

TEST_P(BoundTightness, L2BoundIsAtMost200TimesTheErrorOnRandomData) {
  for (ElementType type : {f32, f64, c64, c128})
    for (std::int64_t n : {256, 1000, 4096}) {
      Random random = random_for(current_test(), static_cast<int>(n));
      Buffer x(type, {n}), h(type, {n / 2});
      x.fill(random, Values::uniform);
      h.fill(random, Values::uniform);
      const Problem p = problem_of(x, h, method());
      const Outcome o = run(p, x, h);
      const std::int64_t samples = cases(300, 10000);
      const Judged judged = expect_right(p, x, h, o, samples);
      const auto count = static_cast<double>(o.y.count());
      const double error =  // of all outputs, from those that were looked at
          judged.l2_error * std::sqrt(count / std::min(count, static_cast<double>(samples)));
      EXPECT_GT(error, 0);
      if (method() != "direct" && method() != "cuda_direct") {
        // That of a library holds for whatever algorithm it takes, and goes by |h|_1.
        const double most = method() == "cuda_cufft" ? 10000 : 200;
        EXPECT_LE(o.bound.l2, most * error) << p.to_string();
      }
      double norm = 0;
      for (std::int64_t i = 0; i < o.y.count(); ++i) norm += std::norm(o.y.at(i));
      std::printf("             %-12s %-4s n=%-5lld relative L2 error %.3g u, bound %.0f times\n",
                  method().c_str(), name(type), static_cast<long long>(n),
                  error / std::sqrt(norm) / tolerance_of(type).unit_roundoff, o.bound.l2 / error);
    }
}

FALTUNG_FOR_EVERY_METHOD(BoundTightness);

}  // namespace
}  // namespace faltung
