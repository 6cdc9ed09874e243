// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "convolution/low_rank.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "support/random.hpp"

namespace faltung {
namespace {

using test_support::Random;

template <class T>
constexpr double kUnit = std::numeric_limits<T>::epsilon() / 2;

template <class T>
KernelTaps<T> kernel_of(const std::vector<T>& values) {
  KernelTaps<T> kernel;
  kernel.re.assign(values.begin(), values.end());
  for (T v : values) {
    kernel.facts.sum_abs += std::abs(static_cast<double>(v));
    kernel.facts.max_abs = std::max(kernel.facts.max_abs, std::abs(static_cast<double>(v)));
    kernel.facts.nonnegative &= v >= 0;
  }
  return kernel;
}

std::vector<double> gaussian(double sigma, int radius) {
  std::vector<double> g;
  for (int i = -radius; i <= radius; ++i) g.push_back(std::exp(-i * i / (2 * sigma * sigma)));
  return g;
}

/// The product of one-dimensional kernels, rounded once.
template <class T>
std::vector<T> product(const std::vector<std::vector<double>>& factors) {
  std::vector<double> all = {1};
  for (const auto& f : factors) {
    std::vector<double> next;
    for (double a : all)
      for (double b : f) next.push_back(a * b);
    all = next;
  }
  return {all.begin(), all.end()};
}

std::vector<double> random_factor(int n, Random& random) {
  std::vector<double> f;
  for (int i = 0; i < n; ++i) f.push_back(random.symmetric());
  return f;
}

/// Every kernel a test asks for: so many terms, no more than so large a residual (of sum|h|).
RankDemand up_to(std::int64_t terms, double residual, bool componentwise = false) {
  return {terms, componentwise, [residual](std::int64_t) { return residual; }};
}

/// The array that the terms stand for, and that `residual` and `sum_abs` are true of it.
template <class T>
void expect_stands_for(const KernelTaps<T>& kernel, const Dims& taps, const LowRank<T>& low) {
  std::vector<long double> sum(kernel.re.size(), 0);
  long double magnitude = 0, residual = 0;
  for (const auto& term : low.terms)
    for (std::size_t t = 0; t < sum.size(); ++t) {
      long double v = 1;
      std::size_t rest = t, from = term.size();
      for (int i = taps.rank() - 1; i >= 0; --i) {
        const auto n = static_cast<std::size_t>(taps[i]);
        from -= n;
        v *= static_cast<long double>(term[from + rest % n]);
        rest /= n;
      }
      sum[t] += v;
      magnitude += std::abs(v);
    }
  for (std::size_t t = 0; t < sum.size(); ++t)
    residual += std::abs(sum[t] - static_cast<long double>(kernel.re[t]));
  EXPECT_LE(residual, low.residual);
  EXPECT_LE(low.residual, residual * 1.001L + magnitude * 0x1p-55L);
  EXPECT_LE(magnitude, low.sum_abs * (1 + 1e-15));
}

template <class T>
void expect_gaussian_is_one_product(double sigma, int radius) {
  const auto g = gaussian(sigma, radius);
  const auto kernel = kernel_of(product<T>({g, g}));
  const Dims taps = {2 * radius + 1, 2 * radius + 1};
  const auto low = decompose(kernel, taps, up_to(1, 0, true));
  ASSERT_TRUE(low) << sigma;
  EXPECT_EQ(low->terms.size(), 1u);
  EXPECT_TRUE(low->componentwise);
  EXPECT_TRUE(low->nonnegative);
  expect_stands_for(kernel, taps, *low);
}

TEST(LowRank, AGaussianIsOneProductTapByTap) {
  for (const auto& [sigma, radius] : {std::pair{1.0, 3}, {2.5, 10}, {8.0, 24}}) {
    expect_gaussian_is_one_product<float>(sigma, radius);
    expect_gaussian_is_one_product<double>(sigma, radius);
  }
}

TEST(LowRank, AGaussianOfThreeAxesIsOneProduct) {
  const auto kernel = kernel_of(product<float>({gaussian(1, 3), gaussian(2, 5), gaussian(0.7, 2)}));
  const auto low = decompose(kernel, {7, 11, 5}, up_to(1, 0, true));
  ASSERT_TRUE(low);
  EXPECT_TRUE(low->nonnegative);
  expect_stands_for(kernel, {7, 11, 5}, *low);
}

TEST(LowRank, FactorsShareTheKernelsSize) {
  const auto kernel = kernel_of<float>({1e-38f, 2e-38f, 1e-38f, 2e-38f, 4e-38f, 2e-38f});
  const auto low = decompose(kernel, {2, 3}, up_to(1, 0, true));
  ASSERT_TRUE(low);
  for (float v : low->terms[0]) EXPECT_GT(v, 1e-20f);
}

TEST(LowRank, TheSmallestNumberIsAProduct) {
  const auto kernel = kernel_of<double>({std::numeric_limits<double>::denorm_min()});
  const auto low = decompose(kernel, {1, 1}, up_to(1, 0, true));
  ASSERT_TRUE(low);
  EXPECT_TRUE(low->componentwise);
  EXPECT_EQ(low->terms[0][0] * low->terms[0][1], kernel.re[0]);
}

/// The sum of `rank` random products.
template <class T>
std::vector<T> random_sum(const std::vector<int>& taps, int rank, Random& random) {
  std::vector<double> sum;
  for (int r = 0; r < rank; ++r) {
    std::vector<std::vector<double>> factors;
    for (int n : taps) factors.push_back(random_factor(n, random));
    const auto p = product<double>(factors);
    sum.resize(p.size());
    for (std::size_t t = 0; t < p.size(); ++t) sum[t] += p[t];
  }
  return {sum.begin(), sum.end()};
}

template <class T>
void expect_rank_found(int rank) {
  for (int i = 0; i < 20; ++i) {
    Random random = test_support::random_for("LowRank", i);
    const int m = static_cast<int>(random.whole(8, 30)), n = static_cast<int>(random.whole(8, 30));
    const auto kernel = kernel_of(random_sum<T>({m, n}, rank, random));
    const auto low = decompose(kernel, {m, n}, up_to(8, 8 * kUnit<T>));
    ASSERT_TRUE(low) << m << " x " << n;
    EXPECT_EQ(low->terms.size(), static_cast<std::size_t>(rank)) << m << " x " << n;
    EXPECT_FALSE(decompose(kernel, {m, n}, up_to(rank - 1, 8 * kUnit<T>)));
    expect_stands_for(kernel, {m, n}, *low);
  }
}

TEST(LowRank, RandomSumsOfTwoAndFiveProducts) {
  for (int rank : {2, 5}) {
    expect_rank_found<float>(rank);
    expect_rank_found<double>(rank);
  }
}

TEST(LowRank, ASumOfTwoProductsOfThreeAxes) {
  Random random = test_support::random_for("LowRank", 100);
  const auto kernel = kernel_of(random_sum<double>({6, 7, 8}, 2, random));
  const auto low = decompose(kernel, {6, 7, 8}, up_to(8, 12 * kUnit<double>));
  ASSERT_TRUE(low);
  EXPECT_LE(low->terms.size(), 4u);  // two right factors of rank 2 each at most
  expect_stands_for(kernel, {6, 7, 8}, *low);
}

TEST(LowRank, NoiseIsNotOfLowRank) {
  Random random = test_support::random_for("LowRank", 200);
  const auto kernel = kernel_of(product<double>({random_factor(400, random)}));
  EXPECT_FALSE(decompose(kernel, {20, 20}, up_to(16, 8 * kUnit<double>)));
}

TEST(LowRank, ALargerToleranceTakesFewerTerms) {
  // A disc is far from a product; its singular values fall slowly.
  std::vector<double> disc;
  for (int i = -20; i <= 20; ++i)
    for (int j = -20; j <= 20; ++j) disc.push_back(i * i + j * j <= 400 ? 1.0 : 0.0);
  const auto kernel = kernel_of(disc);
  std::size_t before = 100;
  for (double tolerance : {1e-10, 0.01, 0.05, 0.1}) {
    const auto low = decompose(kernel, {41, 41}, up_to(41, tolerance));
    ASSERT_TRUE(low) << tolerance;
    EXPECT_LE(low->residual, tolerance * kernel.facts.sum_abs);
    EXPECT_LT(low->terms.size(), before) << tolerance;
    before = low->terms.size();
  }
  EXPECT_LE(before, 5u);
}

TEST(LowRank, ZeroBordersStayExactlyZero) {
  Random random = test_support::random_for("LowRank", 300);
  auto values = random_sum<double>({9, 9}, 2, random);
  for (std::size_t i = 0; i < 9; ++i)
    for (std::size_t j = 0; j < 9; ++j)
      if (i < 2 || i > 6 || j < 1 || j > 5) values[9 * i + j] = 0;
  const auto low = decompose(kernel_of(values), {9, 9}, up_to(2, 8 * kUnit<double>));
  ASSERT_TRUE(low);
  EXPECT_EQ(low->terms.size(), 2u);
  for (const auto& term : low->terms)
    for (std::size_t i = 0; i < 9; ++i) {
      if (i < 2 || i > 6) {
        EXPECT_EQ(term[i], 0) << i;
      }
      if (i < 1 || i > 5) {
        EXPECT_EQ(term[9 + i], 0) << i;
      }
    }
}

TEST(LowRank, AKernelOfZerosIsOneProduct) {
  const auto low = decompose(kernel_of(std::vector<float>(12, 0)), {3, 4}, up_to(1, 0, true));
  ASSERT_TRUE(low);
  EXPECT_EQ(low->residual, 0);
  for (float v : low->terms[0]) EXPECT_EQ(v, 0);
}

TEST(LowRank, ScalingByAPowerOfTwoChangesNoBitOfAFactor) {
  Random random = test_support::random_for("LowRank", 400);
  auto values = random_sum<float>({9, 7}, 2, random);
  const auto a = decompose(kernel_of(values), {9, 7}, up_to(2, 8 * kUnit<float>));
  for (float& v : values) v *= 8;
  const auto b = decompose(kernel_of(values), {9, 7}, up_to(2, 8 * kUnit<float>));
  ASSERT_TRUE(a && b);
  for (std::size_t r = 0; r < 2; ++r)
    for (std::size_t i = 0; i < 16; ++i) {
      int ea = 0, eb = 0;
      EXPECT_EQ(std::frexp(a->terms[r][i], &ea), std::frexp(b->terms[r][i], &eb));
    }
}

// ---------------------------------------------------------------------------------- integers

std::vector<std::int64_t> whole_product(const std::vector<std::int64_t>& u,
                                        const std::vector<std::int64_t>& v) {
  std::vector<std::int64_t> p;
  for (std::int64_t a : u)
    for (std::int64_t b : v) p.push_back(a * b);
  return p;
}

TEST(LowRank, IntegerKernelsThatAreProducts) {
  using V = std::vector<std::int64_t>;
  const std::pair<V, V> products[] = {{{1, 2, 1}, {1, 0, -1}},    // Sobel
                                      {{1, 1, 1}, {1, 1, 1, 1}},  // box
                                      {{6, 0, -4}, {0, 9, 15}},  {{0, 0, 5}, {0, 7, 0}},
                                      {{0, 0}, {1, 2}},          {{INT64_MAX}, {1, -1}}};
  for (const auto& [u, v] : products) {
    const Dims taps = {static_cast<std::int64_t>(u.size()), static_cast<std::int64_t>(v.size())};
    const auto low = decompose(kernel_of(whole_product(u, v)), taps, up_to(1, 0));
    ASSERT_TRUE(low);
    ASSERT_EQ(low->terms.size(), 1u);
    const auto& f = low->terms[0];
    const V a(f.begin(), f.begin() + taps[0]), b(f.begin() + taps[0], f.end());
    EXPECT_EQ(whole_product(a, b), whole_product(u, v));
  }
}

TEST(LowRank, IntegerKernelsThatAreNot) {
  EXPECT_FALSE(
      decompose(kernel_of<std::int64_t>({0, 1, 0, 1, -4, 1, 0, 1, 0}), {3, 3}, up_to(1, 0)));
  EXPECT_FALSE(decompose(kernel_of<std::int64_t>({2, 3, 3, 4}), {2, 2}, up_to(1, 0)));
  // A product of fractions: [2/3 1] and [6 9] is not one of integers times this first row.
  EXPECT_TRUE(decompose(kernel_of<std::int64_t>({4, 6, 6, 9}), {2, 2}, up_to(1, 0)));
  EXPECT_FALSE(decompose(kernel_of<std::int64_t>({INT64_MIN, 0, 0, 1}), {2, 2}, up_to(1, 0)));
}

// ---------------------------------------------------------------------------------- find_rank

std::int64_t rank_of(const char* text, const void* h, std::int64_t most = 64) {
  const Problem p = Problem::parse(text);
  const auto geometry = lower(p);
  return *find_rank(p, *geometry, ConstView(h, p.h_type, p.h_shape), most);
}

TEST(FindRank, SaysSoWhereItSavesWork) {
  const auto g = gaussian(2, 6);
  const auto smooth = product<float>({g, g});
  EXPECT_EQ(rank_of("convolve f32 [99,99] * [13,13] same", smooth.data()), 1);
  EXPECT_EQ(rank_of("correlate f32 [99,99] * [13,13] same accuracy=componentwise", smooth.data()),
            1);
  Random random = test_support::random_for("FindRank", 0);
  const auto two = random_sum<double>({13, 13}, 2, random);
  EXPECT_EQ(rank_of("convolve f64 [99,99] * [13,13] same", two.data()), 2);
  EXPECT_EQ(rank_of("convolve f64 [99,99] * [13,13] same", two.data(), 2), 2);
  EXPECT_EQ(rank_of("convolve f64 [99,99] * [13,13] same", two.data(), 1), 0);
  EXPECT_EQ(rank_of("convolve f32 [99,99] * [13,13] same", smooth.data(), 0), 1);
  EXPECT_EQ(rank_of("convolve f64 [99,99] * [13,13] same accuracy=componentwise", two.data()), 0);
  const std::int8_t sobel[] = {1, 0, -1, 2, 0, -2, 1, 0, -1};
  EXPECT_EQ(rank_of("correlate u8*i8->i16 [99,99] * [3,3] same", sobel), 1);
}

TEST(FindRank, IsSilentWhereItDoesNot) {
  Random random = test_support::random_for("FindRank", 1);
  const auto three = random_sum<double>({4, 4}, 2, random);  // 2 (4 + 4) is no less than 16
  EXPECT_EQ(rank_of("convolve f64 [99,99] * [4,4] same", three.data()), 0);
  EXPECT_EQ(rank_of("convolve f64 [99] * [16] same", three.data()), 0);
  EXPECT_EQ(rank_of("convolve f64 [99,99] * [1,16] same", three.data()), 0);
  EXPECT_EQ(rank_of("convolve c128 [99,99] * [2,4] same", three.data()), 0);
  auto spoiled = product<double>({gaussian(1, 3), gaussian(1, 3)});
  spoiled[5] = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(rank_of("convolve f64 [99,99] * [7,7] same", spoiled.data()), 0);
}

TEST(FindRank, OfSeveralKernelsIsTheLargest) {
  Random random = test_support::random_for("FindRank", 2);
  auto kernels = random_sum<double>({11, 11}, 1, random);
  const auto more = random_sum<double>({11, 11}, 3, random);
  kernels.insert(kernels.end(), more.begin(), more.end());
  EXPECT_EQ(rank_of("convolve f64 [2,99,99] * [2,11,11] same axes=1,2", kernels.data()), 3);
}

}  // namespace
}  // namespace faltung
