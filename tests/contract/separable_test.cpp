// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// The contract for `separable` and `cuda_separable`, on kernels that are what they take: sums of
// few products over two axes and more. expect_right compares NaN and infinities output by output,
// and every finite output with Plan::error_bound.
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

/// h[i, j] = sum_r f(r, 0, i) f(r, 1, j).
template <class F>
Buffer products(ElementType type, const Dims& shape, int rank, F&& f) {
  Buffer h(type, shape);
  reference::for_each_index(shape, [&](const Dims& k) {
    double sum = 0;
    for (int r = 0; r < rank; ++r) {
      double p = 1;
      for (int i = 0; i < shape.rank(); ++i) p *= f(r, i, k[i]);
      sum += p;
    }
    h.set(k, sum);
  });
  return h;
}

Buffer gaussian(ElementType type, std::int64_t taps, double sigma, int axes = 2) {
  return products(type, Dims(axes, taps), 1, [&](int, int, std::int64_t k) {
    const std::int64_t middle = taps / 2;
    const double t = static_cast<double>(k - middle) / sigma;
    return std::exp(-t * t / 2);
  });
}

Buffer filled(ElementType type, const Dims& shape, double value) {
  return products(type, shape, 1, [&](int, int axis, std::int64_t) { return axis ? 1 : value; });
}

/// What random problems may be: tiles of a device have neither strides nor holes.
Family family_of(const std::string& method) {
  return {.types = {{f32, f32}, {f64, f64}, {c64, f32}, {f64, c128}, {f16, f16}},
          .min_rank = 2,
          .max_rank = 3,
          .largest_input = 14,
          .largest_kernel = 6,
          .boundaries = true,
          .strides = !is_of_device(method),
          .dilation = !is_of_device(method)};
}

class SeparableContract : public EveryMethod {
 protected:
  Problem separable(const Buffer& x, const Buffer& h, std::int64_t rank) const {
    Problem p = problem_of(x, h, method());
    p.kernel_rank = rank;
    return p;
  }
  bool on_device() const { return is_of_device(method()); }

  /// Random problems of two or three axes with kernels of low rank; `check` spoils them.
  template <class F>
  int for_each_problem(int quick, F&& check) const {
    int computed = 0;
    for (int i = 0; i < cases(quick, 20 * quick); ++i) {
      SCOPED_TRACE(describe_case(i));
      Random random = random_for(current_test(), i);
      Problem p = random_problem(family_of(method()), random);
      p.method = method();
      Buffer x(p.x_type, p.x_shape), h(p.h_type, p.h_shape);
      x.fill(random, Values::whole);
      p.kernel_rank = make_low_rank(h, p, random);
      if (!Planner().try_plan(p)) continue;  // an axis of one tap, say
      ++computed;
      check(p, x, h, random);
      if (HasFailure()) break;
    }
    return computed;
  }

  void expect_in_range(const Buffer& x, const Buffer& h, std::int64_t rank = 1) const {
    for (Boundary boundary : {Boundary::constant, Boundary::odd}) {
      Problem p = separable(x, h, rank);
      p.boundary = boundary;
      expect_right(p, x, h, run(p, x, h));
    }
  }
};

void spoil(Buffer& b, Random& random) {
  Dims index;
  for (int i = 0; i < b.shape().rank(); ++i) index.push_back(random.whole(0, b.shape()[i] - 1));
  b.set(index, random.of({kNan, kInf, -kInf}));
}

TEST_P(SeparableContract, NonFiniteSamplesStayWhereTheyAre) {
  EXPECT_GT(for_each_problem(400,
                             [](const Problem& p, Buffer& x, Buffer& h, Random& random) {
                               if (p.boundary == Boundary::odd) return;
                               for (std::int64_t n = random.whole(1, 3); n > 0; --n)
                                 spoil(x, random);
                               expect_right(p, x, h, run(p, x, h));
                             }),
            150);
}

TEST_P(SeparableContract, NonFiniteTapsAreTheDirectMethods) {
  EXPECT_GT(for_each_problem(200,
                             [](const Problem& p, Buffer& x, Buffer& h, Random& random) {
                               if (p.boundary == Boundary::odd) return;
                               spoil(h, random);
                               if (random.once_in(2)) spoil(x, random);
                               expect_right(p, x, h, run(p, x, h));
                             }),
            70);
}

TEST_P(SeparableContract, NonFiniteCvalAndReflections) {
  for (double special : {kNan, kInf, -kInf}) {
    Random random = random_for(current_test(), 0);
    Buffer x(f64, {7, 8});
    x.fill(random, Values::whole);
    const Buffer h = gaussian(f64, 5, 1.0);
    Problem p = separable(x, h, 1);
    p.cval = special;
    expect_right(p, x, h, run(p, x, h));
    p.cval = 0;
    p.boundary = Boundary::odd;
    x.set({0, 3}, special);
    x.set({4, 7}, special);
    expect_right(p, x, h, run(p, x, h));
  }
}

TEST_P(SeparableContract, AZeroTapIsATermAndAHoleIsNot) {
  Buffer x = filled(f32, {12, 13}, 1);
  x.set({5, 6}, kInf);
  const Buffer h =
      products(f32, {4, 5}, 1, [](int, int, std::int64_t k) { return k == 2 ? 0.0 : 1.0; });
  Problem p = separable(x, h, 1);
  for (std::int64_t dilation : {1, 3}) {
    if (dilation > 1 && on_device()) continue;
    p.dilation = {dilation};
    expect_right(p, x, h, run(p, x, h));
  }
}

/// Counts the exact zeros that are due; every one must be there.
int expect_zeros(const Problem& p, const Buffer& x, const Buffer& h) {
  const Outcome o = run(p, x, h);
  EXPECT_EQ(o.status, Status::ok) << o.message;
  if (o.status != Status::ok) return 0;
  const reference::Reference reference(p, x.view(), h.view());
  int due = 0, wrong = 0;
  reference::for_each_index(reference.shape(), [&](const Dims& index) {
    if (!reference.vanishes(index)) return;
    ++due;
    if (o.y.at(index) != 0.0 && wrong++ == 0)
      ADD_FAILURE() << to_string(index) << ": " << o.y.at(index) << " where a zero is due\n"
                    << p.to_string();
  });
  expect_right(p, x, h, o);
  return due;
}

/// Sums of two products, zero where a random cross or the border is; the rest is not exact.
Buffer gappy(ElementType type, const Dims& shape, Random& random) {
  std::vector<double> numbers;
  for (int i = 0; i < 100; ++i) numbers.push_back(random.once_in(3) ? 0.0 : random.symmetric());
  return products(type, shape, 2, [&](int r, int axis, std::int64_t k) {
    return numbers[static_cast<std::size_t>(50 * r + 25 * axis + k)];
  });
}

TEST_P(SeparableContract, ExactZeros) {
  int due = 0;
  for (int i = 0; i < cases(300, 5000); ++i) {
    SCOPED_TRACE(describe_case(i));
    Random random = random_for(current_test(), i);
    const ElementType type = random.of({f32, f64});
    Buffer x(type, {random.whole(3, 20), random.whole(3, 20)});
    x.fill(random, Values::uniform);
    bool silent = false;
    reference::for_each_index(x.shape(), [&](const Dims& at) {
      if (random.once_in(12)) silent = !silent;
      if (silent || (i % 3 == 0 && at[0] % 9 > 1)) x.set(at, random.once_in(2) ? 0.0 : -0.0);
    });
    const Buffer h = gappy(type, {random.whole(2, 9), random.whole(2, 9)}, random);
    Problem p = separable(x, h, 2);
    p.boundary = random.of({Boundary::constant, Boundary::constant, Boundary::mirror});
    if (random.once_in(3) && !on_device()) p.dilation = {2};
    due += expect_zeros(p, x, h);
    if (HasFailure()) return;
  }
  EXPECT_GT(due, 1000) << "the test has lost its cases";
}

// Two impulses that no single product makes: every output between them is an exact zero.
TEST_P(SeparableContract, ExactZerosBetweenTapsThatTermsOnlyMakeSmall) {
  Random random = random_for(current_test(), 0);
  Buffer x(f64, {1, 2}), h(f64, {9, 9});
  x.fill(random, Values::uniform);
  const double numbers[] = {0.3, 0.7, -0.2, 0.9, 0.55, -0.6, 0.1, 0.8, 0.45};
  for (std::int64_t i = 0; i < 9; ++i)
    for (std::int64_t j = 0; j < 9; ++j) {
      const double u = numbers[i], v = numbers[(i * j + j) % 9];
      h.set({i, j}, (i + j) % 5 < 3 ? 0.0 : u * v + (i > j ? 0.1 : 0));
    }
  EXPECT_GT(expect_zeros(separable(x, h, 9), x, h), 10);
}

TEST_P(SeparableContract, NothingNegativeFromNothingNegative) {
  for (int i = 0; i < cases(60, 2000); ++i) {
    SCOPED_TRACE(describe_case(i));
    Random random = random_for(current_test(), i);
    Buffer x(f32, {30, 40}), h(f32, {15, 15});
    reference::for_each_index(x.shape(), [&](const Dims& at) {
      x.set(at, random.once_in(20) ? 1e4 * random.unit() : 1e-6 * random.unit());
    });
    // A disc in a few terms has negative lobes.
    reference::for_each_index(h.shape(), [&](const Dims& k) {
      const std::int64_t a = k[0] - 7, b = k[1] - 7;
      h.set(k, a * a + b * b <= 49 ? random.unit() * (i % 2) + 1 : 0.0);
    });
    Problem p = separable(x, h, i % 2 ? 15 : 5);
    p.tolerance = i % 2 ? 0 : 0.1;
    const Outcome o = run(p, x, h);
    expect_right(p, x, h, o);
    for (float v : dense<float>(o.y)) ASSERT_GE(v, 0);
  }
}

// --- range ------------------------------------------------------------------------------------

TEST_P(SeparableContract, NoSpuriousOverflowOrUnderflow) {
  expect_in_range(filled(f64, {20, 20}, 1e307), filled(f64, {9, 9}, 1e-307));
  expect_in_range(filled(f64, {20, 20}, 1e-307), filled(f64, {9, 9}, 1e307));
  expect_in_range(filled(f32, {20, 20}, 1e38), filled(f32, {9, 9}, 1e-37));
  expect_in_range(filled(f32, {20, 20}, 1e-37), filled(f32, {9, 9}, 1e37));
  expect_in_range(filled(f32, {20, 20}, 0x1p-77), filled(f32, {9, 9}, 0x1p-70));
  expect_in_range(filled(f64, {20, 20}, 0x1p-540), filled(f64, {9, 9}, 0x1p-536));
  expect_in_range(filled(f32, {20, 20}, 0x1p-149), filled(f32, {9, 9}, 1));
  expect_in_range(filled(f32, {20, 20}, 0x1p-149), filled(f32, {9, 9}, 0x1p100));
  expect_in_range(filled(f32, {20, 20}, 0x1p-140), gaussian(f32, 25, 2.0));
}

TEST_P(SeparableContract, SumsOutOfRangeOnTheWay) {
  const Buffer h = products(f32, {3, 4}, 1, [](int, int axis, std::int64_t k) {
    return axis == 0 ? (k == 1 ? -2.0 : 1.0) : 1.0;  // rows cancel, each alone overflows
  });
  expect_in_range(filled(f32, {9, 9}, 3e38), h);
  expect_in_range(filled(f32, {9, 9}, std::numeric_limits<float>::max()),
                  filled(f32, {2, 2}, 0.25));
  const Buffer far = products(f64, {5, 5}, 2, [](int r, int, std::int64_t k) {
    return (r == 0 ? 1e150 : 1.0) * static_cast<double>(k + r);
  });
  expect_in_range(filled(f64, {9, 9}, 1e10), far, 2);
}

TEST_P(SeparableContract, AnyExponents) {
  for (int i = 0; i < cases(200, 5000); ++i) {
    SCOPED_TRACE(describe_case(i));
    Random random = random_for(current_test(), i);
    const ElementType type = random.of({f32, f64});
    const int most = type == f32 ? 60 : 500;  // products of two factors stay in range
    const int middle = static_cast<int>(random.whole(-2 * most, 2 * most));
    const int spread = random.of({0, 4, 40});
    const auto number = [&](int about) {
      return std::ldexp(random.symmetric(),
                        about + static_cast<int>(random.whole(-spread, spread)) / 2);
    };
    Buffer x(type, {random.size(20), random.size(20)});
    reference::for_each_index(x.shape(), [&](const Dims& at) { x.set(at, number(middle)); });
    const int about = static_cast<int>(random.whole(-most / 2, most / 2));
    std::vector<double> f;
    for (int k = 0; k < 20; ++k) f.push_back(number(about));
    const Buffer h = products(
        type, {random.whole(2, 10), random.whole(2, 10)}, 1,
        [&](int, int axis, std::int64_t k) { return f[static_cast<std::size_t>(10 * axis + k)]; });
    Problem p = separable(x, h, 1);
    p.boundary = static_cast<Boundary>(random.whole(0, 5));
    expect_right(p, x, h, run(p, x, h));
    if (HasFailure()) return;
  }
}

// --- bound ------------------------------------------------------------------------------------

/// Data on which rounding errors line up, meet in one output or drown it.
double adversary(int kind, std::int64_t i, Random& random, double u) {
  switch (kind) {
    case 0: return 1.0 / 3;
    case 1: return (i % 2 ? -1 : 1) * (1 - 3 * u);
    case 2: return i == 7 ? 1 / u : random.symmetric();
    case 3: return (i % 2 ? -1 : 1) * (1 + 0x1p-10 * random.unit());
    case 4: return std::ldexp(1 + 2 * u, static_cast<int>(i % 5));
    case 5: return std::ldexp(random.symmetric(), static_cast<int>(random.whole(-30, 30)));
    default: return i == 5 ? 1.0 : 0.0;
  }
}
constexpr int kAdversaries = 7;

TEST_P(SeparableContract, TheBoundHoldsOnAdversarialData) {
  for (ElementType type : {f32, f64})
    for (int a = 0; a < kAdversaries; ++a)
      for (int b = 0; b < kAdversaries; ++b)
        for (int rank : {1, 3}) {
          Random random = random_for(current_test(), 100 * a + 10 * b + rank);
          const double u = tolerance_of(type).unit_roundoff;
          Buffer x(type, {random.whole(20, 60), random.whole(20, 60)});
          std::int64_t n = 0;
          reference::for_each_index(
              x.shape(), [&](const Dims& at) { x.set(at, adversary(a, n++, random, u)); });
          std::vector<double> f;
          for (int i = 0; i < 120 * rank; ++i) f.push_back(adversary(b, i % 60, random, u));
          const Buffer h = products(type, {random.whole(8, 40), random.whole(8, 40)}, rank,
                                    [&](int r, int axis, std::int64_t k) {
                                      return f[static_cast<std::size_t>(120 * r + 60 * axis + k)];
                                    });
          const Problem p = separable(x, h, rank);
          const Outcome o = run(p, x, h);
          if (rank > 1 && o.status == Status::kernel_mismatch) continue;  // terms that cancel
          expect_right(p, x, h, o, 300);
          EXPECT_EQ(o.bound.unit_roundoff, u);
          if (HasFailure()) {
            ADD_FAILURE() << "adversaries " << a << " and " << b << ", rank " << rank;
            return;
          }
        }
}

/// |e| <= C u (|x~| * |h|), output by output.
TEST_P(SeparableContract, OneProductKeepsTheComponentwiseBound) {
  for (ElementType type : {f32, f64})
    for (int a = 0; a < kAdversaries; ++a) {
      Random random = random_for(current_test(), a);
      Buffer x(type, {40, 50});
      std::int64_t n = 0;
      reference::for_each_index(x.shape(), [&](const Dims& at) {
        const double v = adversary(a, n++, random, 0x1p-20);
        // Far below what the other half rounds to; times a tap, below the normal numbers.
        x.set(at, at[0] < 20 ? v : v * (type == f32 ? 1e-35 : 1e-305));
      });
      const Buffer h = gaussian(type, 21, 2.5);
      Problem p = separable(x, h, 1);
      p.accuracy = Accuracy::componentwise;
      const Outcome o = run(p, x, h);
      ASSERT_EQ(o.status, Status::ok) << o.message;
      const reference::Reference reference(p, x.view(), h.view());
      reference::for_each_index(o.y.shape(), [&](const Dims& at) {
        const reference::Cell cell = reference.at(at);
        const reference::Quad e = reference::Quad(o.y.at(at).real()) - cell.re;
        const double c = o.bound.coefficient * o.bound.unit_roundoff;
        EXPECT_LE(static_cast<double>(reference::magnitude(e)),
                  c * static_cast<double>(cell.sum_abs_re) + tolerance_of(type).smallest)
            << to_string(at) << " adversary " << a;
      });
      if (HasFailure()) return;
    }
}

TEST_P(SeparableContract, ATruncatedKernelKeepsWithinTheTolerance) {
  Buffer h(f32, {31, 31});
  reference::for_each_index(h.shape(), [&](const Dims& k) {
    const std::int64_t a = k[0] - 15, b = k[1] - 15;
    h.set(k, a * a + b * b <= 225 ? 1.0 : 0.0);
  });
  double sum = 0;
  for (float v : dense<float>(h)) sum += v;
  Random random = random_for(current_test(), 0);
  Buffer x(f32, {50, 60});
  x.fill(random, Values::uniform);
  for (double tolerance : {0.15, 0.05, 0.03}) {
    Problem p = separable(x, h, 16);
    p.tolerance = tolerance;
    const Outcome o = run(p, x, h);
    ASSERT_EQ(o.status, Status::ok) << o.message;
    expect_right(p, x, h, o, 300);
    EXPECT_LE(o.bound.maximum, tolerance * sum * 1.0000001);
    EXPECT_GT(o.bound.maximum, tolerance * sum / 100);
  }
  Problem p = separable(x, h, 2);
  EXPECT_EQ(run(p, x, h).status, Status::kernel_mismatch);
}

// --- the rest ---------------------------------------------------------------------------------

TEST_P(SeparableContract, IntegersAreExactOrRefused) {
  for (Policy policy : {Policy::exact, Policy::saturate, Policy::wrap}) {
    Random random = random_for(current_test(), static_cast<int>(policy));
    for (ElementType type : {i8, i32, i64, u64}) {
      if (size_bytes(type) > 2 && on_device()) continue;
      Buffer x(type, {20, 30});
      x.fill(random, Values::uniform);
      Buffer h(type, {4, 5});
      reference::for_each_index(
          h.shape(), [&](const Dims& k) { h.set_whole(k, Int128{k[0] + 1} * (7 - k[1])); });
      Problem p = separable(x, h, 1);
      p.policy = policy;
      const Outcome o = run(p, x, h);
      if (policy == Policy::exact && (type == i64 || type == u64))
        EXPECT_EQ(o.status, Status::integer_overflow);
      else expect_right(p, x, h, o);
    }
  }
}

TEST_P(SeparableContract, BitsDependOnNeitherThreadsNorPlaces) {
  for (const char* text : {"convolve f32 [300,700] * [21,21] same rank=1",
                           "correlate f64 [90,80,3] * [9,7,1] full axes=0,1 boundary=wrap rank=1",
                           "convolve f32 [40,50,60] * [5,6,7] same boundary=mirror stride=2,1,3 "
                           "rank=1",
                           "convolve u8*f32->u8 [90,1300] * [15,13] same boundary=mirror "
                           "policy=saturate rank=1",
                           "convolve u8*f32->u8 [70,700] * [21,20] full cval=0.5 policy=saturate "
                           "rank=1",
                           "convolve u8*f32 [70,700] * [11,24] valid rank=1"}) {
    Problem p = Problem::parse(text);
    p.method = method();
    if (on_device() && !p.stride.empty()) continue;
    Random random = random_for(current_test(), 0);
    Buffer x(p.x_type, p.x_shape);
    x.fill(random, Values::uniform);
    const Buffer h = products(p.h_type, p.h_shape, 1, [](int, int axis, std::int64_t k) {
      return 1 / (1.5 + static_cast<double>(axis * k + k * k));
    });
    const Outcome one = run(p, x, h);
    expect_right(p, x, h, one, 300);
    for (int threads : {2, 3, 8}) {
      RunOptions options;
      options.threads = threads;
      options.random = &random;
      options.y_layout = random_layout(random, false);
      EXPECT_TRUE(run(p, x, h, options).y.dense_bytes() == one.y.dense_bytes()) << threads;
    }
  }
}

TEST_P(SeparableContract, APowerOfTwoScalesEveryBit) {
  for (int rank : {1, 2})
    for (const auto& [kx, kh] : {std::pair{3, 0}, {0, 5}, {-17, 30}, {11, -40}}) {
      Random random = random_for(current_test(), rank);
      Buffer x(f32, {30, 40});
      x.fill(random, Values::uniform);
      std::vector<double> f;
      for (int i = 0; i < 80; ++i) f.push_back(random.symmetric());
      const auto factor = [&](int r, int axis, std::int64_t k) {
        return f[static_cast<std::size_t>(40 * r + 20 * axis + k)];
      };
      const Buffer h = products(f32, {13, 11}, rank, factor);
      Buffer sx(f32, x.shape()), sh(f32, h.shape());
      reference::for_each_index(x.shape(),
                                [&](const Dims& i) { sx.set(i, x.at(i) * std::ldexp(1.0, kx)); });
      reference::for_each_index(h.shape(),
                                [&](const Dims& i) { sh.set(i, h.at(i) * std::ldexp(1.0, kh)); });
      const Outcome a = run(separable(x, h, rank), x, h), b = run(separable(x, h, rank), sx, sh);
      ASSERT_EQ(a.status, Status::ok) << a.message;
      reference::for_each_index(a.y.shape(), [&](const Dims& i) {
        EXPECT_EQ(b.y.at(i), a.y.at(i) * std::ldexp(1.0, kx + kh)) << to_string(i);
      });
    }
}

TEST_P(SeparableContract, AKernelThatIsNotOfItsRankIsRefused) {
  Random random = random_for(current_test(), 0);
  Buffer h(f64, {9, 9});
  h.fill(random, Values::uniform);
  for (const char* text :
       {"convolve f64 [50,50] * [9,9] same rank=1", "convolve f64 [50,50] * [9,9] same rank=3",
        "convolve f64 [50,50] * [9,9] same rank=1 accuracy=componentwise"}) {
    const auto kernel =
        Planner().plan(Problem::parse(text + (" method=" + method()))).try_prepare(h.view());
    ASSERT_FALSE(kernel);
    EXPECT_EQ(kernel.error().status, Status::kernel_mismatch);
    EXPECT_NE(kernel.error().message.find("rank="), std::string::npos) << kernel.error().message;
  }
}

INSTANTIATE_TEST_SUITE_P(Methods, SeparableContract, ::testing::ValuesIn(separable_methods()),
                         method_name);

TEST(SeparableChoice, ThePlannerTakesItWhereTheKernelSaysSo) {
  const Problem p = Problem::parse("convolve f32 [1000,1000] * [11,11] same");
  const Buffer h = gaussian(f32, 11, 2.0);
  EXPECT_NE(Planner().plan(p).algorithm(), "separable");
  const Plan plan = Planner().plan(p, h.view());
  EXPECT_EQ(plan.algorithm(), "separable");
  EXPECT_EQ(plan.problem().kernel_rank, 1);
  const Kernel kernel = plan.prepare(h.view());
  for (const Candidate& c : plan.candidates()) {
    if (c.name == "separable") {
      EXPECT_EQ(c.memory_bytes, plan.memory_bytes());
    }
  }
  EXPECT_LT(kernel.bytes(), plan.memory_bytes() - plan.workspace_bytes());
}

}  // namespace
}  // namespace faltung
