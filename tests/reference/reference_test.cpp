// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// The oracle against values worked by hand and against other formulations of the same thing.
#include "reference/reference.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

namespace faltung::reference {
namespace {

std::vector<double> reals(const Reference& r) {
  std::vector<double> values;
  for (const Cell& c : r.all()) values.push_back(static_cast<double>(c.re));
  return values;
}

Problem problem_1d(std::int64_t n, std::int64_t k) {
  Problem p;
  p.x_type = p.h_type = ElementType::f64;
  p.x_shape = {n};
  p.h_shape = {k};
  return p;
}

using Values = std::vector<double>;

Values run(Problem p, const Values& x, const Values& h) {
  p.x_type = p.h_type = ElementType::f64;
  if (p.x_shape.empty()) p.x_shape = {static_cast<std::int64_t>(x.size())};
  if (p.h_shape.empty()) p.h_shape = {static_cast<std::int64_t>(h.size())};
  return reals(Reference(p, {x.data(), p.x_type, p.x_shape}, {h.data(), p.h_type, p.h_shape}));
}

Values continued(Boundary b, const Values& x, std::int64_t first, std::int64_t last) {
  Problem p;
  p.boundary = b;
  p.window = {first, last};
  return run(p, x, {1});
}

// numpy.convolve([1, 2, 3], [0, 1, 0.5])
TEST(Reference, ConvolvesByHand) {
  EXPECT_EQ(run({}, {1, 2, 3}, {0, 1, 0.5}), (Values{0, 1, 2.5, 4, 1.5}));
  Problem same;
  same.extent = Extent::same;
  EXPECT_EQ(run(same, {1, 2, 3}, {0, 1, 0.5}), (Values{1, 2.5, 4}));
  Problem valid;
  valid.extent = Extent::valid;
  EXPECT_EQ(run(valid, {1, 2, 3}, {0, 1, 0.5}), (Values{2.5}));
  Problem causal;
  causal.extent = Extent::causal;
  EXPECT_EQ(run(causal, {1, 2, 3}, {0, 1, 0.5}), (Values{0, 1, 2.5}));
}

// numpy.correlate([1, 2, 3], [0, 1, 0.5], "full")
TEST(Reference, CorrelatesByHand) {
  Problem p;
  p.operation = Operation::correlate;
  EXPECT_EQ(run(p, {1, 2, 3}, {0, 1, 0.5}), (Values{0.5, 2, 3.5, 3, 0}));
  p.lags = {-1, 1};  // r[l] = sum_n h[n] x[n + l]
  EXPECT_EQ(run(p, {1, 2, 3}, {0, 1, 0.5}), (Values{2, 3.5, 3}));
}

// numpy.correlate([1, 2, 3], [0, 1, 0.5j], "full") = [-0.5j, 1-1j, 2-1.5j, 3, 0]
TEST(Reference, CorrelationConjugatesTheSecondOperand) {
  Problem p;
  p.operation = Operation::correlate;
  p.x_type = p.h_type = ElementType::c128;
  p.x_shape = p.h_shape = {3};
  const std::vector<std::complex<double>> x = {1, 2, 3}, h = {0, 1, {0, 0.5}};
  const std::vector<std::complex<double>> expected = {{0, -0.5}, {1, -1}, {2, -1.5}, 3, 0};
  const auto cells = Reference(p, ConstView(x), ConstView(h)).all();
  ASSERT_EQ(cells.size(), 5u);
  for (std::size_t i = 0; i < 5; ++i) {
    EXPECT_EQ(static_cast<double>(cells[i].re), expected[i].real()) << i;
    EXPECT_EQ(static_cast<double>(cells[i].im), expected[i].imag()) << i;
  }
}

// dcba|abcd|dcba and so on, straight from the documentation, several times over.
TEST(Reference, ContinuesByTheSixBoundaries) {
  const Values x = {1, 2, 3, 5};
  EXPECT_EQ(continued(Boundary::constant, x, -2, 6), (Values{0, 0, 1, 2, 3, 5, 0, 0}));
  EXPECT_EQ(continued(Boundary::edge, x, -3, 7), (Values{1, 1, 1, 1, 2, 3, 5, 5, 5, 5}));
  EXPECT_EQ(continued(Boundary::symmetric, x, -6, 10),
            (Values{3, 5, 5, 3, 2, 1, 1, 2, 3, 5, 5, 3, 2, 1, 1, 2}));
  EXPECT_EQ(continued(Boundary::mirror, x, -5, 9),
            (Values{2, 3, 5, 3, 2, 1, 2, 3, 5, 3, 2, 1, 2, 3}));
  EXPECT_EQ(continued(Boundary::wrap, x, -5, 6), (Values{5, 1, 2, 3, 5, 1, 2, 3, 5, 1, 2}));
  // 2a-d 2a-c 2a-b | abcd | 2d-c 2d-b 2d-a
  EXPECT_EQ(continued(Boundary::odd, x, -3, 7), (Values{-3, -1, 0, 1, 2, 3, 5, 7, 8, 9}));
}

// numpy.pad([1, 2, 4], 5, mode="reflect", reflect_type="odd")
TEST(Reference, OddBoundaryFoldsTwice) {
  EXPECT_EQ(continued(Boundary::odd, {1, 2, 4}, -5, 8),
            (Values{-6, -5, -4, -2, 0, 1, 2, 4, 6, 7, 8, 10, 12}));
}

TEST(Reference, OneSampleContinuesAsAConstant) {
  for (Boundary b :
       {Boundary::edge, Boundary::symmetric, Boundary::mirror, Boundary::wrap, Boundary::odd})
    EXPECT_EQ(continued(b, {7}, -9, 10), Values(19, 7.0)) << name(b);
}

TEST(Reference, StrideKeepsEveryStrideThFromTheFirst) {
  Problem p;
  p.stride = {2};
  EXPECT_EQ(run(p, {1, 2, 3, 4}, {1, 1}), (Values{1, 5, 4}));  // of 1 3 5 7 4
  p.window = {-1, 6};
  EXPECT_EQ(run(p, {1, 2, 3, 4}, {1, 1}), (Values{0, 3, 7, 0}));  // of 0 1 3 5 7 4 0
}

TEST(Reference, DilationSpreadsTheTaps) {
  Problem p;
  p.dilation = {3};
  EXPECT_EQ(run(p, {1, 2}, {1, 10}), (Values{1, 2, 0, 10, 20}));
  p.operation = Operation::correlate;  // taps 1 . . 10 read forwards: lag -3 sees 10 x[0]
  EXPECT_EQ(run(p, {1, 2}, {1, 10}), (Values{10, 20, 0, 1, 2}));
}

TEST(Reference, SameStartsAtTheOrigin) {
  Problem p;
  p.extent = Extent::same;
  EXPECT_EQ(run(p, {1, 0, 0, 0}, {1, 2, 3, 4}), (Values{2, 3, 4, 0}));  // (4-1)/2 = 1
  p.origin = {3};
  EXPECT_EQ(run(p, {1, 0, 0, 0}, {1, 2, 3, 4}), (Values{4, 0, 0, 0}));
  p.operation = Operation::correlate;
  EXPECT_EQ(run(p, {1, 0, 0, 0}, {1, 2, 3, 4}), (Values{1, 0, 0, 0}));
}

// scipy.signal.convolve2d([[1, 2], [3, 4]], [[1, 2, 3]])
TEST(Reference, TwoAxes) {
  Problem p;
  p.x_shape = {2, 2};
  p.h_shape = {1, 3};
  EXPECT_EQ(run(p, {1, 2, 3, 4}, {1, 2, 3}), (Values{1, 4, 7, 6, 3, 10, 17, 12}));
  p.h_shape = {2, 2};
  p.extent = Extent::same;
  p.boundary = Boundary::wrap;
  EXPECT_EQ(
      run(p, {1, 2, 3, 4}, {1, 10, 100, 1000}),
      (Values{1 + 20 + 300 + 4000, 2 + 10 + 400 + 3000, 3 + 40 + 100 + 2000, 4 + 30 + 200 + 1000}));
}

TEST(Reference, BroadcastsTheOtherAxesBothWays) {
  Problem p;
  p.x_shape = {2, 1, 2};
  p.h_shape = {3, 1};
  p.axes = {-1};
  const Values y = run(p, {1, 2, 3, 4}, {1, 10, 100});
  EXPECT_EQ(y, (Values{1, 2, 10, 20, 100, 200, 3, 4, 30, 40, 300, 400}));
  p.x_shape = {4};  // a missing axis in front is one of extent 1
  EXPECT_EQ(run(p, {1, 2, 3, 4}, {1, 10, 100}),
            (Values{1, 2, 3, 4, 10, 20, 30, 40, 100, 200, 300, 400}));
}

TEST(Reference, ARealOperandMultipliesEachComponentAlone) {
  const double inf = std::numeric_limits<double>::infinity();
  Problem p;
  p.x_type = ElementType::f64;
  p.h_type = ElementType::c128;
  p.x_shape = p.h_shape = {1};
  const std::vector<double> x = {inf};
  const std::vector<std::complex<double>> h = {{2, 1}};
  const Cell c = Reference(p, ConstView(x), ConstView(h)).at({0});
  EXPECT_TRUE(is_infinite(c.re));
  EXPECT_TRUE(is_infinite(c.im));
}

TEST(Reference, AbsentTermsAreNotZeros) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const auto kinds = [](const Values& v) {
    std::string s;
    for (double d : v) s += std::isnan(d) ? 'n' : std::isinf(d) ? (d > 0 ? '+' : '-') : '.';
    return s;
  };
  const double inf = std::numeric_limits<double>::infinity();
  EXPECT_EQ(kinds(run({}, {1, 2, 3, 4}, {1, nan})), ".nnnn");
  EXPECT_EQ(kinds(run({}, {inf, 0, 0, -inf}, {1, 1})), "++.--");
  EXPECT_EQ(kinds(run({}, {inf, -inf}, {1, 1})), "+n-");
  EXPECT_EQ(kinds(run({}, {inf, 1}, {0, 1})), "n+.");  // 0 inf is a term of an existing tap
  Problem p;
  p.dilation = {2};
  EXPECT_EQ(kinds(run(p, {0, inf, 0, 0}, {1, 1})), ".+.+..");
  p.cval = 1.0;
  EXPECT_EQ(kinds(run(p, {0, 0}, {1, nan})), "nnnn");
}

TEST(Reference, NeitherOverflowsNorUnderflowsOnTheWay) {
  EXPECT_EQ(run({}, {1e300, 1e300, -1e300}, {1e8, 1e8, 1e8}).at(2), 1e308);
  EXPECT_EQ(run({}, Values(64, 0x1p-540), Values(64, 0x1p-540)).at(63), 0x1p-1074);
}

// The polynomial product, coefficients worked out in unsigned 128 bits, in another order.
TEST(Reference, EqualsThePolynomialProduct) {
  std::mt19937_64 random(7);
  for (int round = 0; round < 50; ++round) {
    const std::size_t n = 1 + random() % 20, k = 1 + random() % 20;
    std::vector<std::int64_t> x(n), h(k);
    for (auto& v : x) v = static_cast<std::int64_t>(random());
    for (auto& v : h) v = static_cast<std::int64_t>(random());
    std::vector<WideInteger> product(n + k - 1);
    for (std::size_t j = 0; j < k; ++j)
      for (std::size_t i = 0; i < n; ++i)
        product[i + j] = product[i + j] + WideInteger(static_cast<Int128>(x[i]) * h[j]);
    Problem p;
    p.x_type = p.h_type = ElementType::i64;
    p.x_shape = {static_cast<std::int64_t>(n)};
    p.h_shape = {static_cast<std::int64_t>(k)};
    const auto cells = Reference(p, ConstView(x), ConstView(h)).all();
    ASSERT_EQ(cells.size(), product.size());
    for (std::size_t i = 0; i < cells.size(); ++i) EXPECT_TRUE(cells[i].integer == product[i]) << i;
  }
}

// Correlation is convolution with the flipped conjugate, whatever the extent and the boundary.
TEST(Reference, CorrelationIsConvolutionWithTheFlippedKernel) {
  std::mt19937_64 random(11);
  for (int round = 0; round < 200; ++round) {
    Problem p;
    p.x_shape = {1 + static_cast<std::int64_t>(random() % 9)};
    p.h_shape = {1 + static_cast<std::int64_t>(random() % 9)};
    p.dilation = {1 + static_cast<std::int64_t>(random() % 3)};
    p.boundary = static_cast<Boundary>(random() % 6);
    p.extent = random() % 2 ? Extent::same : Extent::full;
    Values x(static_cast<std::size_t>(p.x_shape[0])), h(static_cast<std::size_t>(p.h_shape[0]));
    for (double& v : x) v = static_cast<double>(random() % 100);
    for (double& v : h) v = static_cast<double>(random() % 100);
    const Values convolved = run(p, x, Values(h.rbegin(), h.rend()));
    p.operation = Operation::correlate;
    EXPECT_EQ(run(p, x, h), convolved) << p.to_string();
  }
}

TEST(Reference, SaysWhereExactZerosAreDue) {
  const Values x = {0, 0, 1, 0, 2, 0, 0}, h = {0, 1, 0, 1, 0};
  const Problem p = problem_1d(7, 5);
  const Reference r(p, ConstView(x), ConstView(h));
  std::string zeros;
  for (std::int64_t i = 0; i < 11; ++i) zeros += r.vanishes({i}) ? '0' : '.';
  // The hull of the taps is 1..3, of the samples 2..4.
  EXPECT_EQ(zeros, "000.....000");
}

TEST(WideInteger, Arithmetic) {
  const Int128 big = static_cast<Int128>(1) << 126;
  EXPECT_EQ((WideInteger(big) * WideInteger(big)).text(), "0x1" + std::string(63, '0'));
  EXPECT_EQ((WideInteger(-big) * WideInteger(big)).text(), "-0x1" + std::string(63, '0'));
  EXPECT_TRUE(WideInteger(-big) * WideInteger(-big) == WideInteger(big) * WideInteger(big));
  EXPECT_TRUE(WideInteger(-5) + WideInteger(7) == WideInteger(2));
  EXPECT_TRUE(WideInteger(-5) < WideInteger(-4));
  EXPECT_TRUE(WideInteger(-1) < WideInteger(0));
  EXPECT_FALSE(WideInteger(big) * WideInteger(big) < WideInteger(big));
}

TEST(Quad, HasRoomForProductsOfDoubles) {
  const Quad tiny = std::numeric_limits<double>::denorm_min();
  const Quad largest = std::numeric_limits<double>::max();
  EXPECT_TRUE(tiny * tiny > 0);
  EXPECT_TRUE(is_finite(largest * largest * 1e9));
  const double a = 1 + 0x1p-52, b = 1 - 0x1p-53;  // (1 + 2e)(1 - e) = 1 + e - 2 e^2, e = 2^-53
  EXPECT_TRUE(Quad(a) * Quad(b) - 1 == Quad(0x1p-53) - Quad(0x1p-105));
  EXPECT_EQ(static_cast<double>(square_root(Quad(2))), std::sqrt(2.0));
  EXPECT_TRUE(square_root(tiny * tiny) == tiny);
}

}  // namespace
}  // namespace faltung::reference
