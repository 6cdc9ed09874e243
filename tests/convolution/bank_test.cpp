// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// Kernels of a bank that share the transforms of x give the bits that each gives alone.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <limits>

#include "convolution/geometry.hpp"
#include "support/run.hpp"

namespace faltung {
namespace {

using namespace test_support;
using enum ElementType;

void set(Buffer& buffer, std::int64_t dense, std::complex<double> value) {
  buffer.set(unravel(dense, buffer.shape()), value);
}
std::complex<double> at(const Buffer& buffer, std::int64_t dense) {
  return buffer.at(unravel(dense, buffer.shape()));
}

/// Members of a bank [members, ...]: dense, one tap, gaps, zeros alone, a non-negative one.
void fill_bank(Buffer& h, Random& random) {
  const std::int64_t taps = h.count() / h.shape()[0];
  for (std::int64_t i = 0; i < h.count(); ++i) {
    const std::int64_t k = i % taps;
    double v = random.symmetric();
    if (i / taps == 1) v = k == taps / 2 ? 0.7 : 0;
    if (i / taps == 2 && k % 3 == 1) v = 0;
    if (i / taps == 3) v = 0;
    if (i / taps == 4) v = std::abs(v);
    if (is_integer(h.type())) v = std::nearbyint(5 * v);
    set(h, i, {v, is_complex(h.type()) ? -v / 2 : 0.0});
  }
}

enum class Data { plain, non_negative, silent_stretches, not_finite };

void fill_input(Buffer& x, Data data, Random& random) {
  for (std::int64_t i = 0; i < x.count(); ++i) {
    double v = random.symmetric();
    if (is_integer(x.type())) v = std::nearbyint(20 * v);
    if (data == Data::non_negative) v = std::abs(v);
    if (data == Data::silent_stretches && i % 400 < 220) v = 0;
    if (data == Data::not_finite && i == x.count() / 3) v = std::nan("");
    if (data == Data::not_finite && i == x.count() / 2) v = std::numeric_limits<double>::infinity();
    set(x, i, {v, is_complex(x.type()) ? v / 3 : 0.0});
  }
}

struct Case {
  ElementType x_type, h_type;
  Dims x, h;  ///< [inputs, 1, ...] with [members, ...]
  Extent extent;
  Boundary boundary;
};

const Case kCases[] = {
    {f32, f32, {2, 1, 900}, {6, 31}, Extent::full, Boundary::constant},
    {f64, f64, {1, 900}, {5, 64}, Extent::same, Boundary::mirror},
    {c64, c64, {1, 700}, {5, 20}, Extent::full, Boundary::constant},
    {f32, c64, {2, 1, 700}, {5, 20}, Extent::same, Boundary::wrap},  // the components are a bank
    {i16, i16, {1, 900}, {6, 31}, Extent::full, Boundary::constant},
    {f32, f32, {2, 1, 40, 50}, {6, 5, 7}, Extent::same, Boundary::edge},
};

void expect_bits_of_each_alone(const Case& c, const char* method, Data data, int threads,
                               Random& random) {
  Buffer x(c.x_type, c.x), h(c.h_type, c.h);
  fill_input(x, data, random);
  fill_bank(h, random);
  Problem p = problem_of(x, h, method);
  for (int i = 1; i < c.h.rank(); ++i) p.axes.push_back(i - c.h.rank());
  p.extent = c.extent;
  p.boundary = c.boundary;
  // Else the costs choose, and a bank's are others.
  if (p.method == "overlap_save") p.block = {c.h.rank() == 2 ? 256 : 32};
  const Outcome bank = run(p, x, h, {.threads = threads});
  ASSERT_EQ(bank.status, Status::ok) << p.to_string() << ": " << bank.message;

  const std::int64_t inputs = c.x.rank() > c.h.rank() ? c.x[0] : 1, members = c.h[0];
  const std::int64_t taps = h.count() / members, samples = x.count() / inputs;
  const std::int64_t outputs = bank.y.count() / inputs / members;
  Dims x_shape = c.x, h_shape = c.h;
  h_shape[0] = 1;
  if (c.x.rank() > c.h.rank()) x_shape[0] = 1;
  for (std::int64_t i = 0; i < inputs; ++i)
    for (std::int64_t m = 0; m < members; ++m) {
      Buffer one_x(c.x_type, x_shape), one_h(c.h_type, h_shape);
      for (std::int64_t k = 0; k < samples; ++k) set(one_x, k, at(x, i * samples + k));
      for (std::int64_t k = 0; k < taps; ++k) set(one_h, k, at(h, m * taps + k));
      Problem alone = p;
      alone.x_shape = x_shape;
      alone.h_shape = h_shape;
      const Outcome one = run(alone, one_x, one_h);
      ASSERT_EQ(one.status, Status::ok) << one.message;
      for (std::int64_t k = 0; k < outputs; ++k) {
        const auto a = at(one.y, k), b = at(bank.y, (i * members + m) * outputs + k);
        ASSERT_EQ(std::memcmp(&a, &b, sizeof a), 0)
            << p.to_string() << ": input " << i << ", member " << m << ", output " << k << ": "
            << b.real() << " for " << a.real();
      }
    }
}

TEST(Bank, BitsAreThoseOfEachKernelAlone) {
  int index = 0;
  for (const Case& c : kCases)
    for (const char* method : {"fft_single", "overlap_save"})
      for (const Data data :
           {Data::plain, Data::non_negative, Data::silent_stretches, Data::not_finite}) {
        if (is_integer(c.x_type) && data == Data::not_finite) continue;
        Random random = random_for(current_test(), index++);
        for (const int threads : {1, 3})
          expect_bits_of_each_alone(c, method, data, threads, random);
      }
}

TEST(Bank, ThePlanNamesWhatIsSharedAndPricesIt) {
  const Problem bank =
      Problem::parse("convolve f32 [1,100000] * [8,2000] full axes=-1 method=overlap_save");
  const Plan plan = Planner().plan(bank);
  EXPECT_NE(plan.explain().find("convolution theorem: one forward transform of x for a bank of "
                                "8 kernels, 9 transforms in place of 16"),
            std::string::npos)
      << plan.explain();
  // The same sums of as many inputs of their own: nothing to share.
  const Problem apart =
      Problem::parse("convolve f32 [8,100000] * [8,2000] full axes=-1 method=overlap_save");
  EXPECT_EQ(Planner().plan(apart).explain().find("a bank"), std::string::npos);
  const auto seconds = [](const Problem& p) {
    const auto all = *Planner().candidates(p);
    return std::ranges::find(all, "overlap_save", &Candidate::name)->seconds;
  };
  EXPECT_LT(seconds(bank), 0.75 * seconds(apart));
}

TEST(Bank, BatchesAreCountedByInputAndMember) {
  const Geometry g = *lower(Problem::parse("convolve f32 [3,1,4,1,50] * [5,1,2,7] full axes=-1"));
  EXPECT_EQ(g.bank(), 10);
  EXPECT_EQ(g.batches(), 120);
  std::vector<bool> seen(120, false);
  for (std::int64_t input = 0; input < 12; ++input)
    for (std::int64_t member = 0; member < 10; ++member) {
      const std::int64_t batch = batch_of(g, input, member);
      ASSERT_FALSE(seen[static_cast<std::size_t>(batch)]);
      seen[static_cast<std::size_t>(batch)] = true;
      // y is [3, 5, 4, 2]: inputs along the first and third axis, members along the others.
      EXPECT_EQ(batch, ((input / 4 * 5 + member / 2) * 4 + input % 4) * 2 + member % 2);
    }
}

}  // namespace
}  // namespace faltung
