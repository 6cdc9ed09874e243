// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "support/run.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <iomanip>
#include <limits>

namespace faltung::test_support {

using reference::Cell;
using reference::Quad;
using reference::Reference;
using reference::WideInteger;

Problem problem_of(const Buffer& x, const Buffer& h, const std::string& method) {
  Problem p;
  p.x_type = x.type();
  p.h_type = h.type();
  p.x_shape = x.shape();
  p.h_shape = h.shape();
  p.method = method;
  return p;
}

Outcome run(const Problem& problem, const ConstView& x, const ConstView& h,
            const RunOptions& options) {
  Outcome outcome;
  const auto refused = [&](const Failure& failure) {
    outcome.status = failure.status;
    outcome.message = failure.message;
    EXPECT_NE(failure.status, Status::ok) << failure.message;
    EXPECT_FALSE(failure.message.empty()) << "a refusal without a sentence";
  };
  const auto plan = Planner().try_plan(problem);
  if (!plan) {
    refused(plan.error());
    return outcome;
  }
  outcome.algorithm = plan->algorithm();
  EXPECT_EQ(plan->output_type(), problem.result_type());
  EXPECT_FALSE(plan->explain().empty());
  if (problem.method != "auto") {
    EXPECT_EQ(outcome.algorithm, problem.method);
  }
  const auto kernel = plan->try_prepare(h);
  if (!kernel) {
    refused(kernel.error());
    return outcome;
  }
  outcome.planned = true;
  Workspace workspace(*plan, options.threads);
  outcome.y = Buffer(plan->output_type(), plan->output_shape(), options.y_layout, options.random);
  outcome.y.fill_pattern();
  outcome.status = plan->execute(x, *kernel, outcome.y.writable(), workspace);
  if (outcome.status != Status::ok) {
    EXPECT_TRUE(outcome.y.untouched())
        << "refused with " << describe(outcome.status) << ", but y was written";
  }
  EXPECT_TRUE(outcome.y.gaps_intact()) << "bytes between the samples of y were written";
  if (options.bound && outcome.status == Status::ok) outcome.bound = plan->error_bound(x, *kernel);
  return outcome;
}

Tolerance tolerance_of(ElementType result) {
  if (result == ElementType::f16) return {0x1p-24, 0x1p-24, 65504, 0x1p-11};
  if (result == ElementType::f32 || result == ElementType::c64)
    return {0x1p-24, std::numeric_limits<float>::denorm_min(), std::numeric_limits<float>::max(),
            0};
  return {0x1p-53, std::numeric_limits<double>::denorm_min(), std::numeric_limits<double>::max(),
          0};
}

Int128 by_policy(const WideInteger& sum, ElementType type, Policy policy) {
  const Int128 low = lowest(type), high = highest(type);
  if (policy == Policy::wrap) {
    const Int128 range = high - low + 1;
    const Int128 raw = static_cast<Int128>(sum.limb(0)) & (range - 1);
    return raw > high ? raw - range : raw;
  }
  if (sum < WideInteger(low)) return low;
  if (WideInteger(high) < sum) return high;
  return static_cast<Int128>((static_cast<reference::UInt128>(sum.limb(1)) << 64) | sum.limb(0));
}

namespace {

std::string show(Int128 v) { return WideInteger(v).text(); }

/// One component of one output.
struct Component {
  Quad exact, sum_abs;
  double got;
};

class Judge {
 public:
  Judge(const Problem& p, const Outcome& o)
      : problem_(p),
        outcome_(o),
        rounds_(is_integer(p.result_type())),
        limits_(tolerance_of(rounds_ ? promote(p.x_type, p.h_type) : p.result_type())) {}

  bool right(const Dims& index, const Cell& cell) {
    Quad squares = 0;
    if (!(rounds_ ? rounded(index, cell, squares) : components(index, cell, squares))) return false;
    const Quad error = reference::square_root(squares);
    if (error > largest_) largest_ = error;
    l2_ += squares;
    ++count_;
    if (!(error <= Quad(outcome_.bound.maximum) + Quad(limits_.smallest))) {
      ADD_FAILURE() << outcome_.algorithm << " " << to_string(index) << ": error "
                    << static_cast<double>(error) << " exceeds Plan::error_bound's maximum "
                    << outcome_.bound.maximum << "; exact " << static_cast<double>(cell.re) << ","
                    << static_cast<double>(cell.im) << "\n"
                    << problem_.to_string();
      return false;
    }
    return true;
  }

  Judged finish() const {
    const Quad l2 = reference::square_root(l2_);
    const Quad floor = Quad(limits_.smallest) * reference::square_root(Quad(count_));
    EXPECT_TRUE(l2 <= Quad(outcome_.bound.l2) + floor)
        << "L2 error " << static_cast<double>(l2) << " exceeds the bound " << outcome_.bound.l2
        << "\n"
        << problem_.to_string();
    return {static_cast<double>(largest_), static_cast<double>(l2)};
  }

 private:
  Quad direct_tolerance(const Cell& cell, Quad sum_abs) const {
    const bool products_of_complex = is_complex(problem_.x_type) && is_complex(problem_.h_type);
    double roundings = static_cast<double>(cell.terms) * (products_of_complex ? 2 : 1) + 4;
    if (problem_.boundary == Boundary::odd)
      roundings += 4 * std::max(problem_.x_shape.rank(), problem_.h_shape.rank());
    return Quad(roundings) * Quad(limits_.unit_roundoff) * sum_abs;
  }

  /// Of a sum, before it is rounded to an integer where it is; halves are rounded when stored.
  Quad tolerance_for(const Cell& cell, Quad sum_abs, Quad size) const {
    if (outcome_.algorithm != "direct" && outcome_.algorithm != "cuda_direct")
      return Quad(outcome_.bound.maximum) - Quad(rounds_ ? 0.5 : 0) + Quad(limits_.smallest) / 2;
    const Quad sum = direct_tolerance(cell, sum_abs);
    return sum + Quad(limits_.stored) * (size + sum) + Quad(limits_.smallest) / 2;
  }

  bool components(const Dims& index, const Cell& cell, Quad& squares) {
    const std::complex<double> got = outcome_.y.at(index);
    return component(index, cell, {cell.re, cell.sum_abs_re, got.real()}, squares) &&
           (!is_complex(problem_.result_type()) ||
            component(index, cell, {cell.im, cell.sum_abs_im, got.imag()}, squares));
  }

  /// An integer: the exact sum clamped, off by half and what the sum itself may be off by; NaN is
  /// 0.
  bool rounded(const Dims& index, const Cell& cell, Quad& squares) {
    const ElementType type = problem_.result_type();
    const Quad low = static_cast<Quad>(lowest(type)), high = static_cast<Quad>(highest(type));
    const Quad within = cell.re < low ? low : cell.re > high ? high : cell.re;
    const Quad exact = reference::is_nan(cell.re) ? Quad(0) : within;
    const Quad got = static_cast<Quad>(outcome_.y.whole_at(index)), error = got - exact;
    const Quad half = reference::is_finite(cell.re) ? Quad(0.5) : Quad(0);
    const Quad sum =
        reference::is_finite(cell.re) ? tolerance_for(cell, cell.sum_abs_re, 0) : Quad(0);
    squares += error * error;
    if (reference::magnitude(error) <= half + sum) return true;
    ADD_FAILURE() << outcome_.algorithm << " " << to_string(index) << std::setprecision(17)
                  << ": got " << static_cast<double>(got) << ", exact "
                  << static_cast<double>(cell.re) << " within " << static_cast<double>(sum) << "\n"
                  << problem_.to_string();
    return false;
  }

  bool component(const Dims& index, const Cell& cell, const Component& c, Quad& squares) {
    const auto wrong = [&](const std::string& why) {
      ADD_FAILURE() << outcome_.algorithm << " " << to_string(index) << std::setprecision(17)
                    << ": got " << c.got << ", exact " << static_cast<double>(c.exact) << "; "
                    << why << "\n"
                    << problem_.to_string();
      return false;
    };
    if (reference::is_nan(c.exact))
      return std::isnan(c.got) ? true : wrong("the direct sum is NaN");
    if (reference::is_infinite(c.exact))
      return Quad(c.got) == c.exact ? true : wrong("the direct sum is infinite");
    const Quad size = reference::magnitude(c.exact);
    const Quad tolerance = tolerance_for(cell, c.sum_abs, size);
    if (!std::isfinite(c.got)) {
      const bool may_be_out_of_range = size + tolerance > Quad(limits_.largest);
      return may_be_out_of_range && !std::isnan(c.got) && (c.got > 0) == (c.exact > 0)
                 ? true
                 : wrong("the exact result is finite and in range");
    }
    if (size > Quad(limits_.largest) * (1 + Quad(limits_.unit_roundoff)) + tolerance)
      return wrong("the exact result is out of range");
    const Quad error = Quad(c.got) - c.exact;
    squares += error * error;
    if (reference::magnitude(error) <= tolerance) return true;
    char text[96];
    std::snprintf(text, sizeof text, "error %.3g of tolerance %.3g",
                  static_cast<double>(reference::magnitude(error)), static_cast<double>(tolerance));
    return wrong(text);
  }

  const Problem& problem_;
  const Outcome& outcome_;
  const bool rounds_;
  Tolerance limits_;
  Quad largest_ = 0, l2_ = 0;
  std::int64_t count_ = 0;
};

bool right_whole(const Problem& p, const Outcome& o, const Dims& index, const Cell& cell) {
  const Int128 expected = by_policy(cell.integer, p.result_type(), p.policy);
  const Int128 got = o.y.whole_at(index);
  if (p.policy == Policy::exact && !(WideInteger(expected) == cell.integer)) {
    ADD_FAILURE() << o.algorithm << " " << to_string(index) << ": the exact sum "
                  << cell.integer.text() << " does not fit, yet execute said ok\n"
                  << p.to_string();
    return false;
  }
  if (got == expected) return true;
  ADD_FAILURE() << o.algorithm << " " << to_string(index) << ": got " << show(got) << ", expected "
                << show(expected) << " (exact sum " << cell.integer.text() << ")\n"
                << p.to_string();
  return false;
}

}  // namespace

Judged expect_right(const Problem& p, const ConstView& x, const ConstView& h, const Outcome& o,
                    std::int64_t samples) {
  if (o.status != Status::ok) {
    ADD_FAILURE() << "refused: " << describe(o.status) << ": " << o.message << "\n"
                  << p.to_string();
    return {};
  }
  const Reference reference(p, x, h);
  EXPECT_EQ(o.y.shape(), reference.shape()) << p.to_string();
  if (!(o.y.shape() == reference.shape())) return {};
  const std::int64_t count = element_count(o.y.shape());
  const std::int64_t checked = samples > 0 ? std::min(samples, count) : count;
  Judge judge(p, o);
  for (std::int64_t i = 0; i < checked; ++i) {
    const std::int64_t flat =
        checked == count || checked == 1
            ? i
            : static_cast<std::int64_t>(static_cast<Int128>(i) * (count - 1) / (checked - 1));
    const Dims index = unravel(flat, o.y.shape());
    const Cell cell = reference.at(index);
    if (reference.integer() ? !right_whole(p, o, index, cell) : !judge.right(index, cell))
      return {};
  }
  return reference.integer() ? Judged{} : judge.finish();
}

}  // namespace faltung::test_support
