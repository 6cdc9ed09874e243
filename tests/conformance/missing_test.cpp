// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// Samples that are missing: every method x class of problem x instruction set against the
// definition in extended precision, within the bound that the plan gives, and that bound small.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "support/methods.hpp"
#include "support/problems.hpp"
#include "support/run.hpp"

namespace faltung::test_support {
namespace {

using reference::Cell;
using reference::Quad;
using reference::Reference;
using enum ElementType;

/// NaN in about that share of the samples, in one component of complex ones.
void lose(Buffer& x, double share, Random& random) {
  reference::for_each_index(x.shape(), [&](const Dims& at) {
    if (!random.once_in(static_cast<int>(std::lround(1 / share)))) return;
    std::complex<double> v(std::nan(""), random.symmetric());
    if (is_complex(x.type()) && random.once_in(2)) v = {v.imag(), v.real()};
    x.set(at, v);
  });
}

double largest_finite(const Buffer& x, const Problem& p) {
  double most = 0;
  reference::for_each_index(x.shape(), [&](const Dims& at) {
    const std::complex<double> v = x.at(at);
    if (std::isfinite(v.real()) && std::isfinite(v.imag())) most = std::max(most, std::abs(v));
  });
  if (std::isfinite(p.cval.real())) most = std::max(most, std::abs(p.cval));
  return most;
}

double sum_of_magnitudes(const Buffer& h) {
  double sum = 0;
  reference::for_each_index(h.shape(), [&](const Dims& at) { sum += std::abs(h.at(at)); });
  return sum;
}

struct Tally {
  int computed = 0, refused = 0, means = 0, lost = 0;
};

void expect_agreement(const Problem& p, const Buffer& x, const Buffer& h, const Outcome& outcome,
                      Tally& tally) {
  const Reference reference(p, x.view(), h.view());
  Tolerance t = tolerance_of(p.result_type());
  // What replaces a sample has that sample's type.
  if (p.nan == Nan::interpolate && (p.x_type == f32 || p.x_type == c64))
    t.unit_roundoff = tolerance_of(f32).unit_roundoff;
  // Odd reflections grow with each turn; other extended samples are samples.
  const bool odd = p.boundary == Boundary::odd;
  const double scale = largest_finite(x, p) * sum_of_magnitudes(h);
  // Fills are of x's type, results of their own.
  const double stored = p.x_type == f16 || p.result_type() == f16 ? tolerance_of(f16).stored : 0;
  double squares = 0;
  reference::for_each_index(outcome.y.shape(), [&](const Dims& at) {
    if (::testing::Test::HasFailure()) return;
    const Cell exact = reference.at(at);
    const std::complex<double> y = outcome.y.at(at);
    const bool lost = reference::is_nan(exact.re) || reference::is_nan(exact.im);
    const bool nan = std::isnan(y.real()) || std::isnan(y.imag());
    ASSERT_EQ(nan, lost) << p.to_string() << " at " << to_string(at);
    tally.lost += lost ? 1 : 0;
    if (lost) return;
    tally.means += exact.terms > 0 ? 1 : 0;
    const double error = std::hypot(static_cast<double>(Quad(y.real()) - exact.re),
                                    static_cast<double>(Quad(y.imag()) - exact.im));
    squares += error * error;
    const double rounding = 2 * t.unit_roundoff * std::abs(y);
    ASSERT_LE(error, outcome.bound.maximum * (1 + 1e-9) + rounding + t.smallest)
        << p.to_string() << " at " << to_string(at) << "\n"
        << outcome.algorithm;
    if (!odd) {
      ASSERT_LE(error, (0x1p13 * t.unit_roundoff + 3 * stored) * scale + t.smallest)
          << p.to_string() << " at " << to_string(at);
    }
  });
  EXPECT_LE(std::sqrt(squares),
            outcome.bound.l2 * (1 + 1e-9) + std::sqrt(static_cast<double>(outcome.y.count())) * 2 *
                                                t.unit_roundoff * scale * (odd ? 1e4 : 1))
      << p.to_string();
}

class Missing : public EveryMethod {
 protected:
  void check(const Family& family, Nan nan, int quick, int thorough) {
    Tally tally;
    for (int i = 0; i < cases(quick, thorough); ++i) {
      SCOPED_TRACE(describe_case(i));
      Random random = random_for(current_test(), i);
      Problem p = random_problem(family, random);
      p.method = method();
      p.nan = nan;
      if (p.boundary == Boundary::constant && nan == Nan::omit && random.once_in(4))
        p.cval = std::nan("");
      const Layout dense;
      Buffer x(p.x_type, p.x_shape, family.layouts ? random_layout(random, false) : dense, &random);
      Buffer h(p.h_type, p.h_shape, family.layouts ? random_layout(random, false) : dense, &random);
      x.fill(random, Values::uniform);
      h.fill(random, Values::uniform);
      if (random.once_in(2)) make_nonnegative(h);
      if (is_separable(method())) p.kernel_rank = make_low_rank(h, p, random);
      lose(x, random.once_in(3) ? 0.5 : 0.1, random);
      RunOptions options;
      options.threads = random.once_in(4) ? 3 : 1;
      options.random = &random;
      if (family.layouts) options.y_layout = random_layout(random, false);
      const Outcome outcome = run(p, x, h, options);
      if (outcome.status == Status::unsupported) {
        ++tally.refused;
        EXPECT_TRUE(method() != "direct" || nan == Nan::interpolate) << outcome.message;
        if (!is_of_device(method())) continue;
        EXPECT_NE(outcome.message.find("device=cpu"), std::string::npos) << outcome.message;
        return;
      }
      ASSERT_FALSE(is_of_device(method()));
      ASSERT_EQ(outcome.status, Status::ok) << outcome.message << "\n" << p.to_string();
      expect_agreement(p, x, h, outcome, tally);
      if (HasFailure()) break;
      ++tally.computed;
    }
    std::printf("             %s: %d computed, %d unsupported; %d outputs of means, %d NaN\n",
                method().c_str(), tally.computed, tally.refused, tally.means, tally.lost);
    if (is_separable(method()) && family.max_rank == 1) return;
    EXPECT_GT(tally.computed, quick / 20);
    EXPECT_GT(tally.means, 0);
  }

  static void make_nonnegative(Buffer& h) {
    reference::for_each_index(h.shape(), [&](const Dims& at) {
      const std::complex<double> v = h.at(at);
      h.set(at, {std::abs(v.real()), is_complex(h.type()) ? v.imag() : 0.0});
    });
  }
};

const std::vector<Types> kTypes = {{f32, f32},  {f64, f64}, {c64, c64},      {c128, f64},
                                   {f64, c128}, {f32, i8},  {f32, f32, f64}, {c64, f32},
                                   {f16, f16},  {f16, f32}, {f16, i8}};

TEST_P(Missing, OmittedAlongOneAxis) {
  check({.types = kTypes, .largest_input = 50, .largest_kernel = 20, .boundaries = true}, Nan::omit,
        150, 4000);
}

TEST_P(Missing, OmittedInPictures) {
  check({.types = kTypes,
         .min_rank = 2,
         .max_rank = 3,
         .largest_input = 14,
         .largest_kernel = 7,
         .batch = true,
         .boundaries = true},
        Nan::omit, 120, 4000);
}

TEST_P(Missing, OmittedWithEverythingAtOnce) {
  check({.types = kTypes,
         .max_rank = 3,
         .largest_input = 9,
         .largest_kernel = 7,
         .batch = true,
         .boundaries = true,
         .ranges = true,
         .strides = true,
         .dilation = true,
         .origins = true,
         .layouts = true},
        Nan::omit, 250, 8000);
}

TEST_P(Missing, InterpolatedAlongOneAxis) {
  check({.types = kTypes,
         .largest_input = 40,
         .largest_kernel = 20,
         .boundaries = true,
         .origins = true},
        Nan::interpolate, 150, 4000);
}

TEST_P(Missing, InterpolatedWithEverythingAtOnce) {
  check({.types = kTypes,
         .max_rank = 3,
         .largest_input = 9,
         .largest_kernel = 7,
         .batch = true,
         .boundaries = true,
         .ranges = true,
         .strides = true,
         .dilation = true,
         .origins = true,
         .layouts = true},
        Nan::interpolate, 250, 8000);
}

std::vector<std::string> all_methods() {
  std::vector<std::string> names = methods_and_auto();
  for (const std::string& name : separable_methods()) names.push_back(name);
  return names;
}

INSTANTIATE_TEST_SUITE_P(Methods, Missing, ::testing::ValuesIn(all_methods()), method_name);

// Without anything missing the bits are those of the problem without `nan`.
TEST(MissingNone, LeavesTheBits) {
  Random random = random_for("MissingNone", 0);
  Buffer x(f32, {60, 70}), h(f32, {7, 5});
  x.fill(random, Values::uniform);
  h.fill(random, Values::uniform);
  for (const char* more : {"", " nan=omit", " nan=interpolate"}) {
    const Problem p =
        Problem::parse(std::string("convolve f32 [60,70] * [7,5] same boundary=mirror") + more);
    const Outcome plain = run(Problem::parse("convolve f32 [60,70] * [7,5] same boundary=mirror"),
                              x, h),
                  y = run(p, x, h);
    ASSERT_EQ(y.status, Status::ok);
    reference::for_each_index(y.y.shape(), [&](const Dims& at) {
      ASSERT_EQ(y.y.at(at), plain.y.at(at)) << more << to_string(at);
    });
  }
}

}  // namespace
}  // namespace faltung::test_support
