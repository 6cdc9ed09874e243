// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// Contract 5: no spurious overflow or underflow. Finite inputs give a non-finite output only where
// the exact result is out of range, whatever the size of the terms on the way.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "support/methods.hpp"
#include "support/problems.hpp"
#include "support/run.hpp"

namespace faltung {
namespace {

using namespace test_support;
using enum ElementType;

constexpr double kInf = std::numeric_limits<double>::infinity();

Buffer filled(ElementType type, std::int64_t n, double value) {
  Buffer b(type, {n});
  for (std::int64_t i = 0; i < n; ++i) b.set(i, value);
  return b;
}
Buffer of(ElementType type, const std::vector<double>& values) {
  Buffer b(type, {static_cast<std::int64_t>(values.size())});
  for (std::size_t i = 0; i < values.size(); ++i) b.set(static_cast<std::int64_t>(i), values[i]);
  return b;
}

class OutOfRange : public EveryMethodAndAuto {
 protected:
  std::vector<std::complex<double>> check(const Buffer& x, const Buffer& h, Problem p) {
    p.method = method();
    const Outcome o = run(p, x, h);
    EXPECT_TRUE(o.status == Status::ok || o.status == Status::unsupported) << o.message;
    std::vector<std::complex<double>> y;
    if (o.status != Status::ok) return y;
    expect_right(p, x, h, o);
    reference::for_each_index(o.y.shape(), [&](const Dims& i) { y.push_back(o.y.at(i)); });
    return y;
  }
  std::vector<std::complex<double>> check(const Buffer& x, const Buffer& h) {
    return check(x, h, problem_of(x, h));
  }
};

// SciPy's FFT path gives 127 non-finite values.
TEST_P(OutOfRange, HugeTimesTiny) {
  const auto y = check(filled(f64, 64, 1e307), filled(f64, 64, 1e-307));
  for (std::size_t i = 0; i < y.size(); ++i) {
    const double exact = static_cast<double>(std::min<std::size_t>(i + 1, y.size() - i));
    EXPECT_NEAR(y[i].real(), exact, 64e-14) << i;
  }
  check(filled(f32, 64, 1e37), filled(f32, 64, 1e-37));
  check(filled(f64, 64, 1e-307), filled(f64, 64, 1e307));
  check(filled(f64, 500, 1e307), filled(f64, 30, 1e-307));
}

TEST_P(OutOfRange, PartialSumsOutOfRange) {
  const auto y = check(of(f32, {3e38, 3e38, -3e38, 1, 1, 1}), of(f32, {1, 1, 1}));
  EXPECT_EQ(y.at(1).real(), kInf);
  EXPECT_NEAR(y.at(2).real(), static_cast<float>(3e38), 1e33);
  check(of(f64, {1.5e308, 1.5e308, -1.5e308, 1, 1, 1}), of(f64, {1, 1, 1}));
  check(of(f64, {1.5e308, 1.5e308, -1.5e308, -1.5e308}), of(f64, {1, 1, 1, 1}));
  check(of(f32, {-3e38, -3e38, 3e38, 3e38, 3e38, -3e38}), of(f32, {1, 1, 1, 1}));
}

TEST_P(OutOfRange, ProductsOutOfRangeThatCancel) {
  check(of(f64, {1e200, 1e200, 1, 2, 3}), of(f64, {1e200, -1e200}));
  check(of(f32, {1e30, 1e30, 1, 2, 3}), of(f32, {1e30, -1e30}));
  Buffer x(c64, {3}), h(c64, {2});
  for (std::int64_t i = 0; i < 3; ++i) x.set(i, {1e25, 1e25});
  for (std::int64_t i = 0; i < 2; ++i) h.set(i, {1e25, 1e25});  // re: 1e50 - 1e50
  check(x, h);
}

TEST_P(OutOfRange, LargestNumbers) {
  const double largest = std::numeric_limits<double>::max();
  check(filled(f64, 40, largest), of(f64, {1}));
  check(filled(f64, 40, largest), of(f64, {0.5, 0.5}));
  check(filled(f64, 40, largest), of(f64, {1, -1}));
  check(filled(f64, 40, largest), of(f64, {1, 1}));  // out of range inside, largest at the ends
  check(filled(f32, 40, std::numeric_limits<float>::max()), of(f32, {0.25, 0.5, 0.25}));
}

TEST_P(OutOfRange, DenormalProductsThatSumToSomething) {
  const auto y = check(filled(f64, 64, 0x1p-540), filled(f64, 64, 0x1p-540));
  if (method() == "direct" && !y.empty()) {
    EXPECT_EQ(y[63].real(), 0x1p-1074);
  }
  check(filled(f64, 1024, 0x1p-540), filled(f64, 1024, 0x1p-540));
  check(filled(f32, 64, 0x1p-77), filled(f32, 64, 0x1p-77));
  check(filled(f32, 500, 0x1p-78), filled(f32, 300, 0x1.8p-76));
}

// The middle axis is cut into tiles, and one of three lengths in a row ends in a partial one. Only
// its last rows hold samples whose products are denormal, in one plane of a kernel of two: the
// direct sum finds them only if it looks at the rows that a partial tile holds.
TEST_P(OutOfRange, DenormalProductsInAPartialTile) {
  for (const std::int64_t plane : {0, 1})
    for (const std::int64_t middle : {67, 68, 69}) {
      SCOPED_TRACE(std::to_string(plane) + " of two planes, " + std::to_string(middle) + " rows");
      Buffer x(f64, {2, middle, 300}), h(f64, {2, 8, 8});
      reference::for_each_index(x.shape(), [&](const Dims& i) {
        x.set(i, i[0] == plane && i[1] >= middle - 8 ? 0x1p-540 : 0.0);
      });
      reference::for_each_index(h.shape(), [&](const Dims& i) { h.set(i, 0x1p-538); });
      Problem p = problem_of(x, h, method());
      p.extent = Extent::valid;
      const Outcome o = run(p, x, h);
      ASSERT_EQ(o.status, Status::ok) << o.message;
      expect_right(p, x, h, o, 200);
      if (method() != "direct") continue;
      for (std::int64_t c = 0; c < o.y.shape()[2]; ++c)
        ASSERT_EQ(o.y.at(Dims{0, middle - 8, c}).real(), 64 * 0x1p-1070 * 0x1p-8) << c;
    }
}

TEST_P(OutOfRange, DenormalInputs) {
  check(filled(f32, 64, 0x1p-149), filled(f32, 8, 1));
  check(filled(f32, 64, 0x1p-149), filled(f32, 8, 0x1p100));
  check(filled(f64, 64, 0x1p-1074), filled(f64, 8, 0x1p1000));
  check(filled(f64, 64, 0x1.8p-1070), of(f64, {1, 0.5, 0.25}));
}

TEST_P(OutOfRange, HugeAndTinySamplesInOneSignal) {
  Random random = random_for(current_test(), 0);
  Buffer x(f64, {600}), h(f64, {20});
  for (std::int64_t i = 0; i < 600; ++i) x.set(i, (i < 300 ? 1e300 : 1e-300) * random.symmetric());
  for (std::int64_t i = 0; i < 20; ++i) h.set(i, random.symmetric());
  check(x, h);
}

TEST_P(OutOfRange, AnyExponents) {
  for (int i = 0; i < cases(200, 10000); ++i) {
    SCOPED_TRACE(describe_case(i));
    Random random = random_for(current_test(), i);
    const ElementType type = random.of({f32, f64, c64, c128});
    const int most = type == f32 || type == c64 ? 126 : 1020;
    const int middle_x = static_cast<int>(random.whole(-most, most));
    const int middle_h = static_cast<int>(random.whole(-most, most));
    const int spread = random.of({0, 4, 40, most});
    const auto fill = [&](Buffer& b, int middle) {
      const auto value = [&] {
        const auto e =
            std::clamp<std::int64_t>(middle + random.whole(-spread, spread), -most, most);
        return std::ldexp(random.symmetric(), static_cast<int>(e));
      };
      for (std::int64_t j = 0; j < b.shape()[0]; ++j)
        b.set(j, {value(), is_complex(type) ? value() : 0.0});
    };
    Buffer x(type, {random.size(60)}), h(type, {random.size(20)});
    fill(x, middle_x);
    fill(h, middle_h);
    Problem p = problem_of(x, h);
    p.boundary = static_cast<Boundary>(random.whole(0, 5));
    p.extent = random.of({Extent::full, Extent::same});
    check(x, h, p);
    if (HasFailure()) return;
  }
}

// 2 x[edge] is out of range; 2 x[edge] - x[mirrored] is not.
TEST_P(OutOfRange, OddReflectionOutOfRangeOnTheWay) {
  const Buffer x = of(f64, {1.5e308, 1.4e308, 1.6e308, 1.5e308}), h = of(f64, {0.25, 0.5, 0.25});
  Problem p = problem_of(x, h);
  p.boundary = Boundary::odd;
  p.extent = Extent::same;
  check(x, h, p);
}

FALTUNG_FOR_EVERY_METHOD_AND_AUTO(OutOfRange);

}  // namespace
}  // namespace faltung
