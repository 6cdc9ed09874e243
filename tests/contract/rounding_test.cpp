// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// Real sums as integers: whatever the method, the bits are those of its floating point result,
// rounded to nearest even and then clamped.
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

Int128 rounded(double v, ElementType type) {
  if (std::isnan(v)) return 0;
  const double whole = std::nearbyint(v);
  if (whole <= static_cast<double>(lowest(type))) return lowest(type);
  if (whole >= static_cast<double>(highest(type))) return highest(type);
  return static_cast<Int128>(whole);
}

std::vector<std::string> every_method() {
  std::vector<std::string> names = methods_for_any_kernel();
  for (const std::string& name : separable_methods()) names.push_back(name);
  names.emplace_back("recursive");
  return names;
}

class Rounding : public EveryMethod {
 protected:
  /// The same problem with and without an integer result.
  void check(Problem p, const Buffer& x, const Buffer& h, const RunOptions& options) {
    const Outcome whole = run(p, x, h, options);
    p.y_type.reset();
    if (promote(p.x_type, p.h_type) == f16) p.y_type = f32;  // what halves are computed in
    p.policy = Policy::exact;
    const Outcome real = run(p, x, h, {.threads = options.threads});
    ASSERT_EQ(whole.status, real.status) << p.to_string();
    if (real.status == Status::unsupported) return;
    // Halves of a bell may lie farther from cosines than it was asked.
    if (real.status == Status::kernel_mismatch && p.kernel_cosines > 1) return;
    ASSERT_EQ(real.status, Status::ok) << p.to_string();
    ++computed_;
    const ElementType type = whole.y.type();
    reference::for_each_index(real.y.shape(), [&](const Dims& index) {
      const double v = real.y.at(index).real();
      ASSERT_EQ(whole.y.whole_at(index), rounded(v, type))
          << to_string(index) << ": " << v << " as " << name(type) << "\n"
          << p.to_string();
    });
  }
  int computed_ = 0;
};

TEST_P(Rounding, IsThatOfTheFloatingPointResult) {
  for (int i = 0; i < cases(300, 3000); ++i) {
    SCOPED_TRACE(describe_case(i));
    Random random = random_for(current_test(), i);
    Problem p = random_problem({.types = rounded_types(),
                                .min_rank = 2,
                                .max_rank = 3,
                                .largest_input = 40,
                                .largest_kernel = 12,
                                .batch = true,
                                .boundaries = true,
                                .strides = true,
                                .dilation = true},
                               random);
    p.method = method();
    if (method() == "overlap_save") p.block = {64};  // else the cost of the store may choose
    Buffer x(p.x_type, p.x_shape), h(p.h_type, p.h_shape);
    x.fill(random, random.of({Values::uniform, Values::wide, Values::whole}));
    h.fill(random, random.of({Values::uniform, Values::wide, Values::whole}));
    if (is_separable(method())) p.kernel_rank = make_low_rank(h, p, random);
    if (method() == "recursive") make_windows(h, p, random);
    check(p, x, h, {.threads = 2, .y_layout = random_layout(random, false), .random = &random});
    if (HasFailure()) return;
  }
  EXPECT_GT(computed_, 20);
}

// A kernel of one tap is exact by every method, so that ties are ties.
TEST_P(Rounding, TiesGoToEvenAndWhatIsBeyondTheEndsIsClamped) {
  if (is_separable(method()) || method() == "recursive")
    GTEST_SKIP() << "takes no kernel of one tap";
  for (const ElementType real : {f32, f64})
    for (const ElementType type : {u8, i8, u16, i16, u32, i32, u64, i64}) {
      const auto low = static_cast<double>(lowest(type)), high = static_cast<double>(highest(type));
      std::vector<double> values = {-0.5, 0.5,   1.5,  2.5,   -1.5, -2.5,  0.49, -0.0, 3.7,
                                    -3.7, 1e-30, 1e30, -1e30, kInf, -kInf, kNan, low,  high};
      for (const double end : {low, high})
        for (const double d : {-1.5, -1.0, -0.5, 0.5, 1.0, 1.5}) values.push_back(end + d);
      const auto n = static_cast<std::int64_t>(values.size());
      Buffer x(real, {n}), h(real, {1});
      for (std::int64_t i = 0; i < n; ++i) x.set({i}, values[static_cast<std::size_t>(i)]);
      h.set({0}, 1);
      Problem p = problem_of(x, h, method());
      p.y_type = type;
      p.policy = Policy::saturate;
      if (method() == "overlap_save") p.block = {16};
      const Outcome o = run(p, x, h);
      ASSERT_EQ(o.status, Status::ok) << o.message;
      for (std::int64_t i = 0; i < n; ++i)
        EXPECT_EQ(o.y.whole_at({i}), rounded(x.at(i).real(), type)) << x.at(i).real();
    }
}

INSTANTIATE_TEST_SUITE_P(Methods, Rounding, ::testing::ValuesIn(every_method()), method_name);

}  // namespace
}  // namespace faltung
