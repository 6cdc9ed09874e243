// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// The algebra of convolution, for every element type, on random cases by random methods. Two
// results of one exact value may differ by the sum of their own error bounds, carried through what
// comes after them; integers by nothing.
#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "support/methods.hpp"
#include "support/problems.hpp"
#include "support/run.hpp"

namespace faltung {
namespace {

using namespace test_support;
using enum ElementType;
using reference::Quad;

/// A result and how far each of its samples may be from the exact one.
struct Computed {
  Buffer y;
  double bound = 0;
  std::string algorithm;
};

using Change = std::function<void(Problem&)>;

/// Numbers of 11 bits: their sums and products of two are exact in every type.
void fill_grid(Buffer& b, Random& random) {
  if (is_integer(b.type())) return b.fill(random, Values::whole);
  reference::for_each_index(b.shape(), [&](const Dims& i) {
    const auto value = [&] { return static_cast<double>(random.whole(-1024, 1024)) / 1024; };
    const double re = value();
    b.set(i, {re, is_complex(b.type()) ? value() : 0.0});
  });
}

Buffer random_signal(ElementType type, std::int64_t n, Random& random) {
  Buffer b(type, {n});
  fill_grid(b, random);
  return b;
}

/// Sample i of a 1-D buffer, zero outside, exact for integers of up to 53 bits.
std::complex<double> value(const Buffer& b, std::int64_t i) {
  if (i < 0 || i >= b.shape()[0]) return 0.0;
  return is_integer(b.type()) ? static_cast<double>(b.whole_at({i})) : b.at(i);
}

/// A buffer of n samples made by f(i).
Buffer made(ElementType type, std::int64_t n,
            const std::function<std::complex<double>(std::int64_t)>& f) {
  Buffer b(type, {n});
  for (std::int64_t i = 0; i < n; ++i) {
    if (is_integer(type)) b.set_whole({i}, static_cast<Int128>(f(i).real()));
    else b.set(i, f(i));
  }
  return b;
}

double sum_abs(const Buffer& b) {
  double sum = 0;
  reference::for_each_index(b.shape(), [&](const Dims& i) {
    sum += std::abs(b.at(i).real()) + std::abs(b.at(i).imag());
  });
  return sum;
}

class Laws : public ::testing::TestWithParam<ElementType> {
 protected:
  ElementType type() const { return GetParam(); }
  bool exact() const { return is_integer(type()); }
  double u() const { return exact() ? 0 : tolerance_of(type()).unit_roundoff; }
  std::int64_t length(Random& random) const { return random.size(random.once_in(10) ? 700 : 40); }

  Computed compute(Operation operation, const Buffer& x, const Buffer& h, const std::string& method,
                   const Change& change = {}) const {
    Problem p = problem_of(x, h, method);
    p.operation = operation;
    if (change) change(p);
    Outcome o = run(p, x, h);
    if (o.status == Status::unsupported) {
      p.method = "auto";
      o = run(p, x, h);
    }
    EXPECT_EQ(o.status, Status::ok) << o.message << "\n" << p.to_string();
    return {std::move(o.y), o.bound.maximum, o.algorithm};
  }
  Computed convolve(const Buffer& x, const Buffer& h, const std::string& method,
                    const Change& change = {}) const {
    return compute(Operation::convolve, x, h, method, change);
  }
  Computed correlate(const Buffer& x, const Buffer& h, const std::string& method,
                     const Change& change = {}) const {
    return compute(Operation::correlate, x, h, method, change);
  }

  /// |a - b| <= tolerance, sample by sample; `b` is given by index.
  void expect_same(const Computed& a, double tolerance,
                   const std::function<std::complex<double>(std::int64_t)>& b,
                   const std::string& about) const {
    for (std::int64_t i = 0; i < a.y.shape()[0]; ++i) {
      const std::complex<double> left = value(a.y, i), right = b(i);
      const double error = std::abs(left - right);
      if (!(error <= tolerance)) {
        ADD_FAILURE() << name(type()) << " " << about << " [" << i << "]: " << left << " and "
                      << right << " differ by " << error << ", allowed " << tolerance << " ("
                      << a.algorithm << ")";
        return;
      }
    }
  }

  /// Runs `body(random, method)` for the cases of this test.
  void for_each_case(int quick, const std::function<void(Random&, const std::string&)>& body) {
    for (int i = 0; i < cases(quick, 10000); ++i) {
      SCOPED_TRACE(describe_case(i));
      Random random = random_for(current_test(), i);
      const std::string method = random.of(methods_and_auto());
      body(random, method);
      if (HasFailure()) return;
    }
  }
};

constexpr int kQuick = 600;

TEST_P(Laws, Commute) {
  for_each_case(kQuick, [&](Random& random, const std::string& method) {
    const Buffer x = random_signal(type(), length(random), random);
    const Buffer h = random_signal(type(), length(random), random);
    const Computed a = convolve(x, h, method), b = convolve(h, x, method);
    ASSERT_EQ(a.y.shape(), b.y.shape());
    expect_same(a, a.bound + b.bound, [&](std::int64_t i) { return value(b.y, i); }, "x*h = h*x");
  });
}

TEST_P(Laws, Associate) {
  for_each_case(kQuick, [&](Random& random, const std::string& method) {
    const Buffer x = random_signal(type(), length(random), random);
    const Buffer h = random_signal(type(), random.size(30), random);
    const Buffer g = random_signal(type(), random.size(30), random);
    const Computed xh = convolve(x, h, method), left = convolve(xh.y, g, method);
    const Computed hg = convolve(h, g, method), right = convolve(x, hg.y, method);
    ASSERT_EQ(left.y.shape(), right.y.shape());
    const double tolerance =
        left.bound + xh.bound * sum_abs(g) + right.bound + hg.bound * sum_abs(x);
    expect_same(
        left, tolerance, [&](std::int64_t i) { return value(right.y, i); }, "(x*h)*g = x*(h*g)");
  });
}

TEST_P(Laws, Distribute) {
  for_each_case(kQuick, [&](Random& random, const std::string& method) {
    const std::int64_t k = random.size(60);
    const Buffer x = random_signal(type(), length(random), random);
    const Buffer h = random_signal(type(), k, random), g = random_signal(type(), k, random);
    const Buffer sum = made(type(), k, [&](std::int64_t i) { return value(h, i) + value(g, i); });
    const Computed a = convolve(x, sum, method), b = convolve(x, h, method),
                   c = convolve(x, g, method);
    const double last = 0x1p-52 * sum_abs(x) * 4;  // the test's own addition
    expect_same(
        a, a.bound + b.bound + c.bound + (exact() ? 0 : last),
        [&](std::int64_t i) { return value(b.y, i) + value(c.y, i); }, "x*(h+g) = x*h + x*g");
  });
}

TEST_P(Laws, ScaleByAPowerOfTwoBitwise) {
  for_each_case(kQuick, [&](Random& random, const std::string& method) {
    const Buffer x = random_signal(type(), length(random), random);
    const Buffer h = random_signal(type(), length(random), random);
    const int kx =
        exact() ? static_cast<int>(random.whole(0, 3)) : static_cast<int>(random.whole(-40, 40));
    const int kh =
        exact() ? static_cast<int>(random.whole(0, 3)) : static_cast<int>(random.whole(-40, 40));
    const auto scaled = [&](const Buffer& b, int k) {
      return made(type(), b.shape()[0],
                  [&](std::int64_t i) { return value(b, i) * std::ldexp(1.0, k); });
    };
    const Change change = [&](Problem& p) {
      p.boundary = Boundary::mirror;
      p.extent = Extent::same;
    };
    for (const Change& c : {Change(), change}) {
      const Computed a = convolve(x, h, method, c);
      const Computed b = convolve(scaled(x, kx), scaled(h, kh), method, c);
      expect_same(
          b, 0, [&](std::int64_t i) { return value(a.y, i) * std::ldexp(1.0, kx + kh); },
          "2^k x * h = 2^k (x*h)");
    }
  });
}

TEST_P(Laws, Delta) {
  for_each_case(kQuick, [&](Random& random, const std::string& method) {
    const std::int64_t n = length(random), k = random.once_in(2) ? 1 : length(random);
    const std::int64_t at = random.whole(0, k - 1);
    Buffer x(type(), {n});
    x.fill(random, exact() ? Values::whole : Values::uniform);
    const Buffer delta = made(type(), k, [&](std::int64_t i) { return i == at ? 1.0 : 0.0; });
    const Computed y = convolve(x, delta, method);
    const bool bitwise = method == "direct" || method == "auto" || exact();
    expect_same(
        y, bitwise ? 0 : y.bound, [&](std::int64_t i) { return value(x, i - at); },
        "x * delta = x, method " + method);
  });
}

TEST_P(Laws, DeltaInALongKernelBitwiseForAutomatic) {
  Random random = random_for(current_test(), 0);
  Buffer x(type(), {4000});
  x.fill(random, exact() ? Values::whole : Values::uniform);
  const Buffer delta = made(type(), 1001, [](std::int64_t i) { return i == 500 ? 1.0 : 0.0; });
  for (const char* method : {"direct", "auto"}) {
    const Computed y = convolve(x, delta, method);
    expect_same(
        y, 0, [&](std::int64_t i) { return value(x, i - 500); },
        std::string("x * delta = x, method ") + method);
  }
}

TEST_P(Laws, Shift) {
  for_each_case(kQuick, [&](Random& random, const std::string& method) {
    const std::int64_t n = length(random), s = random.size(50);
    const Buffer x = random_signal(type(), n, random);
    const Buffer h = random_signal(type(), length(random), random);
    const Buffer later = made(type(), n + s, [&](std::int64_t i) { return value(x, i - s); });
    const Computed a = convolve(x, h, method), b = convolve(later, h, method);
    expect_same(
        b, a.bound + b.bound, [&](std::int64_t i) { return value(a.y, i - s); }, "shifted x");
    // A window sees the same result from another place.
    const std::int64_t from = random.whole(-5, n), to = from + random.size(40);
    const Computed c = convolve(x, h, method, [&](Problem& p) { p.window = {from, to}; });
    expect_same(
        c, a.bound + c.bound, [&](std::int64_t i) { return value(a.y, i + from); }, "window");
  });
}

TEST_P(Laws, TimeReversal) {
  for_each_case(kQuick, [&](Random& random, const std::string& method) {
    const Buffer x = random_signal(type(), length(random), random);
    const Buffer h = random_signal(type(), length(random), random);
    const auto reversed = [&](const Buffer& b) {
      const std::int64_t n = b.shape()[0];
      return made(type(), n, [&](std::int64_t i) { return value(b, n - 1 - i); });
    };
    const Computed a = convolve(x, h, method), b = convolve(reversed(x), reversed(h), method);
    const std::int64_t last = a.y.shape()[0] - 1;
    expect_same(
        b, a.bound + b.bound, [&](std::int64_t i) { return value(a.y, last - i); }, "reversed");
  });
}

TEST_P(Laws, CorrelateIsConvolveWithTheFlippedConjugate) {
  for_each_case(kQuick, [&](Random& random, const std::string& method) {
    const Buffer x = random_signal(type(), length(random), random);
    const Buffer h = random_signal(type(), length(random), random);
    const std::int64_t k = h.shape()[0];
    const Buffer flipped =
        made(type(), k, [&](std::int64_t i) { return std::conj(value(h, k - 1 - i)); });
    const auto boundary = static_cast<Boundary>(random.whole(0, 5));
    const auto extent = random.of({Extent::full, Extent::same, Extent::causal});
    const std::int64_t dilation = random.whole(1, 3), stride = random.whole(1, 3);
    const Change change = [&](Problem& p) {
      p.boundary = boundary;
      p.extent = extent;
      p.dilation = {dilation};
      p.stride = {stride};
    };
    const Computed a = correlate(x, h, method, change), b = convolve(x, flipped, method, change);
    ASSERT_EQ(a.y.shape(), b.y.shape());
    expect_same(
        a, a.bound + b.bound, [&](std::int64_t i) { return value(b.y, i); },
        "correlate = convolve with flipped conjugate");
  });
}

TEST_P(Laws, SumOfTheResultIsTheProductOfTheSums) {
  for_each_case(kQuick, [&](Random& random, const std::string& method) {
    const Buffer x = random_signal(type(), length(random), random);
    const Buffer h = random_signal(type(), length(random), random);
    const Computed y = convolve(x, h, method);
    const auto sum = [](const Buffer& b) {
      Quad re = 0, im = 0;
      for (std::int64_t i = 0; i < b.shape()[0]; ++i)
        re += Quad(value(b, i).real()), im += Quad(value(b, i).imag());
      return std::pair(re, im);
    };
    const auto [xr, xi] = sum(x);
    const auto [hr, hi] = sum(h);
    const auto [yr, yi] = sum(y.y);
    const Quad allowed = Quad(y.bound) * Quad(y.y.shape()[0]);
    EXPECT_TRUE(reference::magnitude(yr - (xr * hr - xi * hi)) <= allowed) << y.algorithm;
    EXPECT_TRUE(reference::magnitude(yi - (xr * hi + xi * hr)) <= allowed) << y.algorithm;
  });
}

TEST_P(Laws, Parseval) {
  for_each_case(kQuick, [&](Random& random, const std::string& method) {
    const Buffer x = random_signal(type(), length(random), random);
    const Computed r = correlate(x, x, method, [](Problem& p) { p.lags = {0, 0}; });
    ASSERT_EQ(r.y.shape(), (Dims{1}));
    Quad energy = 0;
    for (std::int64_t i = 0; i < x.shape()[0]; ++i) {
      const auto v = value(x, i);
      energy += Quad(v.real()) * Quad(v.real()) + Quad(v.imag()) * Quad(v.imag());
    }
    EXPECT_TRUE(reference::magnitude(Quad(value(r.y, 0).real()) - energy) <= Quad(r.bound));
    EXPECT_LE(std::abs(value(r.y, 0).imag()), r.bound);
    // r[-l] = conj(r[l])
    const Computed all = correlate(x, x, method);
    const std::int64_t last = all.y.shape()[0] - 1;
    expect_same(
        all, 2 * all.bound, [&](std::int64_t i) { return std::conj(value(all.y, last - i)); },
        "autocorrelation is Hermitian");
  });
}

TEST_P(Laws, SplitAndConcatenate) {
  for_each_case(kQuick, [&](Random& random, const std::string& method) {
    const std::int64_t n = 1 + length(random), cut = random.whole(1, n - 1);
    const Buffer x = random_signal(type(), n, random);
    const Buffer h = random_signal(type(), length(random), random);
    const Buffer head = made(type(), cut, [&](std::int64_t i) { return value(x, i); });
    const Buffer tail = made(type(), n - cut, [&](std::int64_t i) { return value(x, i + cut); });
    const Computed all = convolve(x, h, method), a = convolve(head, h, method),
                   b = convolve(tail, h, method);
    const double last = exact() ? 0 : 0x1p-52 * sum_abs(h) * 4;
    expect_same(
        all, all.bound + a.bound + b.bound + last,
        [&](std::int64_t i) { return value(a.y, i) + value(b.y, i - cut); },
        "overlap-add of two parts");
  });
}

TEST_P(Laws, SeparableIsTwoDimensional) {
  for_each_case(kQuick / 2, [&](Random& random, const std::string& method) {
    const std::int64_t rows = random.size(20), columns = random.size(20);
    const std::int64_t a = random.size(7), b = random.size(7);
    Buffer picture(type(), {rows, columns}), outer(type(), {a, b}), column(type(), {a, 1}),
        row(type(), {1, b});
    fill_grid(picture, random);
    fill_grid(column, random);
    fill_grid(row, random);
    reference::for_each_index(outer.shape(), [&](const Dims& i) {
      if (exact()) outer.set_whole(i, column.whole_at({i[0], 0}) * row.whole_at({0, i[1]}));
      else outer.set(i, column.at({i[0], 0}) * row.at({0, i[1]}));
    });
    const auto boundary =
        random.of({Boundary::constant, Boundary::wrap, Boundary::symmetric, Boundary::edge});
    const Change change = [&](Problem& p) {
      p.boundary = boundary;
      p.extent = boundary == Boundary::constant ? Extent::full : Extent::same;
    };
    const Computed both = convolve(picture, outer, method, [&](Problem& p) {
      change(p);
      p.kernel_rank = 1;
      if (random.once_in(2)) p.method = "separable";
    });
    const Computed down = convolve(picture, column, method, change);
    const Computed across = convolve(down.y, row, method, change);
    ASSERT_EQ(both.y.shape(), across.y.shape());
    const double tolerance = both.bound + across.bound + down.bound * sum_abs(row);
    reference::for_each_index(both.y.shape(), [&](const Dims& i) {
      EXPECT_LE(std::abs(both.y.at(i) - across.y.at(i)), tolerance)
          << to_string(i) << " " << name(boundary) << " " << both.algorithm;
    });
  });
}

TEST_P(Laws, ZeroPaddingChangesNothing) {
  for_each_case(kQuick, [&](Random& random, const std::string& method) {
    const std::int64_t n = length(random), k = length(random);
    const Buffer x = random_signal(type(), n, random), h = random_signal(type(), k, random);
    const auto padded = [&](const Buffer& b, std::int64_t zeros) {
      return made(type(), b.shape()[0] + zeros, [&](std::int64_t i) { return value(b, i); });
    };
    const Computed a = convolve(x, h, method);
    const Computed b = convolve(padded(x, random.size(60)), h, method);
    const Computed c = convolve(x, padded(h, random.size(60)), method);
    for (const Computed* other : {&b, &c}) {
      expect_same(
          *other, a.bound + other->bound, [&](std::int64_t i) { return value(a.y, i); },
          "padded with zeros");
      for (std::int64_t i = n + k - 1; i < other->y.shape()[0]; ++i)
        EXPECT_EQ(value(other->y, i), 0.0) << "beyond the product, " << other->algorithm;
    }
  });
}

TEST_P(Laws, ClosedForms) {
  for_each_case(kQuick / 4, [&](Random& random, const std::string& method) {
    const std::int64_t n = 2 + length(random);
    // box * box = triangle
    const Buffer ones = made(type(), n, [](std::int64_t) { return 1.0; });
    Computed y = convolve(ones, ones, method);
    expect_same(
        y, y.bound,
        [&](std::int64_t i) { return static_cast<double>(std::min(i + 1, 2 * n - 1 - i)); },
        "box * box");
    // 1/(1-z) * (1-z) = 1 - z^n
    const Buffer difference = made(i8, 2, [](std::int64_t i) { return i ? -1.0 : 1.0; });
    y = convolve(ones, difference, method);
    expect_same(
        y, y.bound, [&](std::int64_t i) { return i == 0   ? 1.0
                                                 : i == n ? -1.0
                                                          : 0.0; },
        "telescope");
    // a^n * a^n = (n+1) a^n with a = -1, and with a = 1/2 where that is a number
    const double a = exact() || random.once_in(2) ? -1.0 : 0.5;
    const std::int64_t m = std::min<std::int64_t>(n, 11);
    if (lowest(type()) < 0 || !exact()) {
      const Buffer powers = made(type(), m, [&](std::int64_t i) { return std::pow(a, i); });
      y = convolve(powers, powers, method, [&](Problem& p) { p.extent = Extent::causal; });
      expect_same(
          y, y.bound, [&](std::int64_t i) { return static_cast<double>(i + 1) * std::pow(a, i); },
          "geometric");
    }
    // The odd continuation of a ramp is the ramp: a symmetric kernel of sum 4 gives 4 times it.
    const Buffer ramp = made(type(), std::min<std::int64_t>(n, 100),
                             [](std::int64_t i) { return static_cast<double>(i); });
    const Buffer smooth = made(type(), 3, [](std::int64_t i) { return i == 1 ? 2.0 : 1.0; });
    y = convolve(ramp, smooth, method, [](Problem& p) {
      p.extent = Extent::same;
      p.boundary = Boundary::odd;
    });
    expect_same(
        y, y.bound, [](std::int64_t i) { return 4.0 * static_cast<double>(i); },
        "ramp with odd boundary");
  });
}

INSTANTIATE_TEST_SUITE_P(Types, Laws,
                         ::testing::Values(f32, f64, c64, c128, u8, i8, i16, u16, i32, u32, i64),
                         [](const auto& info) { return std::string(name(info.param)); });

// Binomial coefficients: [1 1] with itself, to the last row that fits 63 bits.
TEST(ClosedForms, BinomialCoefficients) {
  std::vector<std::int64_t> row = {1, 1};
  const std::vector<std::int64_t> step = {1, 1};
  for (int n = 2; n <= 62; ++n) {
    Buffer x(i64, {static_cast<std::int64_t>(row.size())}), h(i64, {2});
    for (std::size_t i = 0; i < row.size(); ++i)
      x.set_whole({static_cast<std::int64_t>(i)}, row[i]);
    h.set_whole({0}, 1);
    h.set_whole({1}, 1);
    const Outcome o = run(problem_of(x, h), x, h);
    ASSERT_EQ(o.status, Status::ok) << o.message;
    row = dense<std::int64_t>(o.y);
  }
  EXPECT_EQ(row[31], 465428353255261088);  // 62 over 31
  EXPECT_EQ(row[30], row[32]);
}

}  // namespace
}  // namespace faltung
