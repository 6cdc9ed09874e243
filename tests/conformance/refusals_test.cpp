// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// What each algorithm refuses and why, and what execute refuses before it writes.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <sstream>

#include "support/methods.hpp"
#include "support/problems.hpp"
#include "support/run.hpp"

namespace faltung {
namespace {

using namespace test_support;
using enum ElementType;

// --- what the algorithms of the list refuse -----------------------------------------------------

/// A problem and, for each algorithm, a word of its reason; empty where it can do it.
struct Golden {
  const char* problem;
  const char* separable;
  const char* recursive;
  const char* fft_single;
  const char* overlap_save;
};

// THE GOLDEN LIST. An algorithm that learns something new, or loses something, changes it here.
constexpr Golden kGolden[] = {
    {"convolve f32 [1000] * [100] full", "two axes", "cosines=", "", ""},
    {"convolve f64 [1000] * [100] valid boundary=odd", "two axes", "cosines=", "", ""},
    {"correlate c64 [30,40] * [3,4] same boundary=wrap cval=0", "complex", "complex", "", ""},
    {"convolve f32*c128 [1000] * [100] causal stride=3 dilation=5", "two axes", "cosines=", "", ""},
    {"convolve f32 [5,6,7,8] * [2,2,2,2] same", "rank", "cosines=", "", ""},
    {"convolve f32 [1] * [1] full", "two axes", "cosines=", "", ""},
    {"convolve u8*i8 [1000] * [100] full policy=saturate", "two axes", "cosines=", "", ""},
    {"convolve i16 [1000] * [100] full", "two axes", "cosines=", "", ""},
    // A rounding error below 1/2 is not proved.
    {"convolve i32 [1000] * [100] full", "two axes", "cosines=", "1/2", "1/2"},
    {"convolve i64 [1000] * [100] full", "two axes", "cosines=", "1/2", "1/2"},
    {"convolve u64 [1000] * [100] full policy=wrap", "two axes", "cosines=", "1/2", "1/2"},
    {"convolve i64 [1000] * [100] full policy=saturate", "two axes", "cosines=", "1/2", "1/2"},
    // Blocks: fft_single has one for everything.
    {"convolve f32 [1000] * [100] full block=512", "two axes", "cosines=", "block", ""},
    {"convolve f32 [1000] * [100] full block=64", "two axes", "cosines=", "block", "does not hold"},
    // No memory holds one block for everything.
    {"convolve f32 [1000000000000] * [100] full", "two axes", "cosines=", "block", ""},
    {"convolve f32 [1000000,1000000] * [3,3] same", "rank", "cosines=", "block", ""},
    // separable: what its rank allows.
    {"convolve f32 [99,99] * [5,5] same rank=1", "", "cosines=", "", ""},
    {"convolve f32 [99,99] * [5,5] same rank=3 boundary=odd stride=2", "", "cosines=", "", ""},
    {"convolve f32 [9,99,99] * [3,5,5] same rank=2 dilation=3", "", "cosines=", "", ""},
    {"convolve f32 [99,99,3] * [5,5,1] same rank=1 accuracy=componentwise", "",
     "cosines=", "directly", "directly"},
    {"convolve f32 [99,99] * [5,5] same rank=2 accuracy=componentwise", "componentwise",
     "cosines=", "directly", "directly"},
    {"convolve f64 [9999] * [500] same accuracy=componentwise tolerance=1e-9", "two axes",
     "cosines=", "", ""},
    {"convolve c64 [9999] * [500] same accuracy=componentwise tolerance=1e-3", "two axes",
     "complex", "complex", "complex"},
    {"convolve f32*c64 [99,99] * [5,5] same rank=1", "", "cosines=", "", ""},
    {"convolve c64 [99,99] * [5,5] same rank=1", "complex", "complex", "", ""},
    {"convolve u8*i8 [99,99] * [5,5] same rank=1", "", "cosines=", "", ""},
    {"convolve u8*i8 [99,99] * [5,5] same rank=2", "rank 1", "cosines=", "", ""},
    {"convolve f32 [99,99] * [1,5] same rank=1", "two axes", "cosines=", "", ""},
    {"convolve f32 [9,9] * [4000000,3] rank=1 window=0:2,0:2 boundary=edge", "2^20 taps",
     "cosines=", "", ""},
    // A stream's tiles are not those of the direct method, which has 192 bits.
    {"convolve i32 [99,99] * [5,5] same rank=1 cosines=1 policy=saturate stream", "192 bits",
     "192 bits", "stream", "1/2"},
    // recursive: boxes and cosines, every output, no holes.
    {"convolve f32 [1000] * [100] full cosines=1", "two axes", "", "", ""},
    {"convolve f32 [99,99] * [5,5] same cosines=1 boundary=odd", "rank", "", "", ""},
    {"convolve u8*i8 [99,99] * [5,5] same cosines=1 accuracy=componentwise", "rank", "", "", ""},
    {"convolve f32 [1000] * [100] full cosines=1 stride=2", "two axes", "stride", "", ""},
    {"convolve f32 [1000] * [100] full cosines=1 dilation=2", "two axes", "holes", "", ""},
    {"convolve f32 [1000] * [100] full cosines=5 tolerance=0.1", "two axes", "", "", ""},
    {"convolve f32 [1000] * [100] full cosines=5 accuracy=componentwise tolerance=0.1", "two axes",
     "componentwise", "", ""},
    {"convolve i16 [1000] * [100] full cosines=2", "two axes", "boxes", "", ""},
    {"convolve f32 [9] * [4000000] cosines=1 window=0:2 boundary=edge", "two axes", "2^20 taps", "",
     ""},
    {"convolve f32 [9] * [100000] cosines=3 window=0:2 boundary=edge tolerance=0.1", "two axes",
     "2^16 taps", "", ""},
    {"convolve f32 [9,9] * [10000,10000] cosines=1 window=0:2,0:2 boundary=edge", "rank", "2^26",
     "", ""},
};

std::string reason_of(const std::vector<Candidate>& candidates, const std::string& name) {
  for (const Candidate& c : candidates)
    if (c.name == name) {
      EXPECT_FALSE(!c.supported && c.reason.empty()) << name << " refuses without a reason";
      return c.supported ? "" : c.reason;
    }
  ADD_FAILURE() << name << " is not in the list";
  return "";
}

TEST(Refusals, TheGoldenList) {
  EXPECT_EQ(algorithm_names(),
            (std::vector<std::string>{"direct", "separable", "recursive", "fft_single",
                                      "overlap_save", "cuda_direct", "cuda_separable",
                                      "cuda_fft_single", "cuda_overlap_save", "cuda_cufft"}))
      << "a new algorithm needs a column in the golden list";
  for (const Golden& golden : kGolden) {
    SCOPED_TRACE(golden.problem);
    const Problem p = Problem::parse(golden.problem);
    const auto candidates = Planner().candidates(p);
    ASSERT_TRUE(candidates) << candidates.error().message;
    EXPECT_EQ(reason_of(*candidates, "direct"), "");
    EXPECT_EQ(reason_of(*candidates, "cuda_direct"), "the problem asks for device=cpu");
    for (const auto& [name, expected] :
         {std::pair{"separable", golden.separable}, std::pair{"recursive", golden.recursive},
          std::pair{"fft_single", golden.fft_single},
          std::pair{"overlap_save", golden.overlap_save}}) {
      const std::string reason = reason_of(*candidates, name);
      if (!*expected) {
        EXPECT_EQ(reason, "") << name;
      } else {
        EXPECT_NE(reason, "") << name << " took it";
        EXPECT_NE(reason.find(expected), std::string::npos) << name << ": " << reason;
      }
    }
  }
}

TEST(Refusals, AForcedMethodThatCannotSaysWhy) {
  for (const Golden& golden : kGolden)
    for (const auto& [name, expected] :
         {std::pair{"separable", golden.separable}, std::pair{"recursive", golden.recursive},
          std::pair{"fft_single", golden.fft_single},
          std::pair{"overlap_save", golden.overlap_save}}) {
      if (!*expected) continue;
      Problem p = Problem::parse(golden.problem);
      p.method = name;
      const auto candidates = Planner().candidates(p);
      ASSERT_TRUE(candidates);
      if (reason_of(*candidates, name).empty())
        continue;  // TheGoldenList fails, this would plan it
      const auto plan = Planner().try_plan(p);
      ASSERT_FALSE(plan) << p.to_string();
      EXPECT_EQ(plan.error().status, Status::unsupported);
      EXPECT_NE(plan.error().message.find(name), std::string::npos) << plan.error().message;
      EXPECT_NE(plan.error().message.find(expected), std::string::npos) << plan.error().message;
    }
}

TEST(Refusals, DirectSupportsEveryProblem) {
  std::vector<Types> types = mixed_types();
  for (const auto& more :
       {real_types(), complex_types(), widening_types(), integer_types(Policy::exact),
        integer_types(Policy::saturate), integer_types(Policy::wrap)})
    types.insert(types.end(), more.begin(), more.end());
  const Family family = {.types = types,
                         .max_rank = 6,
                         .batch = true,
                         .boundaries = true,
                         .ranges = true,
                         .strides = true,
                         .dilation = true,
                         .origins = true};
  for (int i = 0; i < cases(2000, 100000); ++i) {
    Random random = random_for(current_test(), i);
    Problem p = random_problem(family, random);
    p.method = "direct";
    const auto plan = Planner().try_plan(p);
    ASSERT_TRUE(plan) << plan.error().message << "\n" << p.to_string();
    EXPECT_EQ(plan->algorithm(), "direct");
  }
}

TEST(Refusals, AnUnknownMethodNamesTheNearest) {
  Problem p = Problem::parse("convolve f32 [10] * [3] full method=overlap_safe");
  const auto plan = Planner().try_plan(p);
  ASSERT_FALSE(plan);
  EXPECT_EQ(plan.error().status, Status::unknown_name);
  EXPECT_NE(plan.error().message.find("overlap_save"), std::string::npos) << plan.error().message;
}

TEST(Targets, EveryCompiledOneHasItsRunOfTheTests) {
  std::vector<std::string> tested;
  std::stringstream list(FALTUNG_TEST_TARGETS);
  for (std::string name; list >> name;) tested.push_back(name);
  for (const std::string& name : compiled_targets())
    EXPECT_NE(std::find(tested.begin(), tested.end(), name), tested.end())
        << name << " is compiled but missing in tests/CMakeLists.txt";
  EXPECT_FALSE(supported_targets().empty());
  const auto compiled = compiled_targets();
  EXPECT_NE(std::find(compiled.begin(), compiled.end(), "scalar"), compiled.end());
  for (const std::string& name : supported_targets())
    EXPECT_NE(std::find(compiled.begin(), compiled.end(), name), compiled.end()) << name;
}

TEST(Targets, TheForcedOneIsTheOneInUse) {
  const char* forced = std::getenv("FALTUNG_FORCE_TARGET");
  if (!forced || !*forced) GTEST_SKIP() << "no target is forced";
  ASSERT_TRUE(active_target());
  EXPECT_EQ(*active_target(), forced);
}

// --- what execute refuses ------------------------------------------------------------------------

class ExecuteRefuses : public EveryMethod {
 protected:
  struct Ready {
    Plan plan;
    Kernel kernel;
    Workspace workspace;
    Buffer x, h, y;
  };
  Ready ready(const char* text) const {
    Problem p = Problem::parse(text);
    p.method = method();
    Random random(1);
    Buffer x(p.x_type, p.x_shape), h(p.h_type, p.h_shape);
    x.fill(random, Values::whole);
    h.fill(random, Values::whole);
    Plan plan = Planner().plan(p);
    Kernel kernel = plan.prepare(h.view());
    Workspace workspace(plan);
    Buffer y(plan.output_type(), plan.output_shape());
    y.fill_pattern();
    return {plan, kernel, std::move(workspace), std::move(x), std::move(h), std::move(y)};
  }
  static void expect_refused(Ready& r, const ConstView& x, const View& y, Status expected) {
    EXPECT_EQ(r.plan.execute(x, r.kernel, y, r.workspace), expected) << describe(expected);
    EXPECT_TRUE(r.y.untouched()) << "refused, but y was written";
  }
};

TEST_P(ExecuteRefuses, AnotherShapeOfX) {
  Ready r = ready("convolve f32 [6,20] * [3,4] full");
  for (const Dims& shape : {Dims{6, 19}, Dims{20, 6}, Dims{120}, Dims{6, 20, 2}, Dims{2, 6, 20}}) {
    const Buffer x(f32, shape);
    expect_refused(r, x.view(), r.y.writable(), Status::shape_mismatch);
  }
  ConstView lame = r.x.view();
  lame.strides = {1};  // a rank that is not the shape's
  expect_refused(r, lame, r.y.writable(), Status::shape_mismatch);
}

TEST_P(ExecuteRefuses, AnotherShapeOfY) {
  Ready r = ready("convolve f32 [6,20] * [3,4] full");
  for (const Dims& shape : {Dims{8, 22}, Dims{8, 24}, Dims{184}, Dims{6, 20}}) {
    View y = r.y.writable();
    y.shape = shape;
    y.strides = dense_strides(shape);
    expect_refused(r, r.x.view(), y, Status::shape_mismatch);
  }
}

TEST_P(ExecuteRefuses, AnotherType) {
  Ready r = ready("convolve f32 [100] * [9] full");
  for (ElementType type : {f64, c64, i32, u8}) {
    const Buffer x(type, {100});
    expect_refused(r, x.view(), r.y.writable(), Status::type_mismatch);
    View y = r.y.writable();
    y.type = type;
    expect_refused(r, r.x.view(), y, Status::type_mismatch);
  }
}

TEST_P(ExecuteRefuses, NullPointers) {
  Ready r = ready("convolve f32 [100] * [9] full");
  ConstView x = r.x.view();
  x.data = nullptr;
  expect_refused(r, x, r.y.writable(), Status::invalid_argument);
  View y = r.y.writable();
  y.data = nullptr;
  expect_refused(r, r.x.view(), y, Status::invalid_argument);
}

TEST_P(ExecuteRefuses, AForeignKernel) {
  Ready r = ready("convolve f32 [100] * [9] full"), other = ready("convolve f32 [100] * [9] full");
  r.kernel = other.kernel;  // of an equal plan, yet another one
  expect_refused(r, r.x.view(), r.y.writable(), Status::kernel_mismatch);
  r.kernel = Kernel();
  expect_refused(r, r.x.view(), r.y.writable(), Status::kernel_mismatch);
}

TEST_P(ExecuteRefuses, AWorkspaceOfASmallerPlan) {
  Ready r = ready("convolve f32 [200,5000] * [20,300] full boundary=mirror");
  Ready small = ready("convolve f32 [2] * [2] full");
  if (small.workspace.bytes() >= r.workspace.bytes()) GTEST_SKIP() << "both need the same";
  r.workspace = std::move(small.workspace);
  expect_refused(r, r.x.view(), r.y.writable(), Status::workspace_too_small);
}

TEST_P(ExecuteRefuses, InPlaceAndOverlap) {
  Ready r = ready("convolve f32 [100] * [9] same");
  std::vector<float> samples(400, 1.0f);
  const std::vector<float> before = samples;
  const auto x_at = [&](std::int64_t i) { return ConstView(samples.data() + i, f32, Dims{100}); };
  const auto y_at = [&](std::int64_t i) { return View(samples.data() + i, f32, Dims{100}); };
  for (std::int64_t i : {0, 1, 50, 99}) {
    expect_refused(r, x_at(0), y_at(i), Status::aliasing);
    expect_refused(r, x_at(i), y_at(0), Status::aliasing);
  }
  EXPECT_EQ(samples, before);
  // Backwards: x reaches down from its pointer.
  expect_refused(r, ConstView(samples.data() + 150, f32, Dims{100}, Dims{-1}), y_at(100),
                 Status::aliasing);
  EXPECT_EQ(samples, before);
  EXPECT_EQ(r.plan.execute(x_at(0), r.kernel, y_at(100), r.workspace), Status::ok);  // next to it
  EXPECT_NE(samples, before);
}

// x and y interleaved: right, or refused.
TEST_P(ExecuteRefuses, OrComputesInterleavedSamples) {
  Ready r = ready("convolve f32 [100] * [9] same");
  std::vector<float> samples(200);
  for (std::size_t i = 0; i < 200; ++i) samples[i] = static_cast<float>(i % 7);
  const std::vector<float> before = samples;
  const ConstView x(samples.data(), f32, Dims{100}, Dims{2});
  const View y(samples.data() + 1, f32, Dims{100}, Dims{2});
  const Status status = r.plan.execute(x, r.kernel, y, r.workspace);
  if (status == Status::ok) {
    for (std::size_t i = 0; i < 200; i += 2) EXPECT_EQ(samples[i], before[i]);
  } else {
    EXPECT_EQ(status, Status::aliasing);
    EXPECT_EQ(samples, before);
  }
}

TEST_P(ExecuteRefuses, AnOutputThatOverlapsItself) {
  Ready r = ready("convolve f32 [10,10] * [3,3] same");
  for (const Dims& strides :
       {Dims{0, 1}, Dims{10, 0}, Dims{9, 1}, Dims{1, 1}, Dims{-9, 1}, Dims{1, 5}, Dims{3, 2}}) {
    std::vector<float> samples(1000, 5.0f);
    const View y(samples.data() + 300, f32, Dims{10, 10}, strides);
    expect_refused(r, r.x.view(), y, Status::aliasing);
    EXPECT_EQ(samples, std::vector<float>(1000, 5.0f)) << to_string(strides);
  }
}

TEST_P(ExecuteRefuses, ThenStillComputes) {
  Ready r = ready("convolve f32 [100] * [9] full");
  const Buffer wrong(f32, {99});
  expect_refused(r, wrong.view(), r.y.writable(), Status::shape_mismatch);
  EXPECT_EQ(r.plan.execute(r.x.view(), r.kernel, r.y.writable(), r.workspace), Status::ok);
}

TEST_P(ExecuteRefuses, PrepareTakesOnlyThePlannedKernel) {
  const Ready r = ready("convolve f32 [100] * [9] full");
  const auto status = [&](const ConstView& h) {
    const auto kernel = r.plan.try_prepare(h);
    EXPECT_TRUE(kernel || !kernel.error().message.empty());
    return kernel ? Status::ok : kernel.error().status;
  };
  EXPECT_EQ(status(Buffer(f32, {8}).view()), Status::shape_mismatch);
  EXPECT_EQ(status(Buffer(f32, {9, 9}).view()), Status::shape_mismatch);
  EXPECT_EQ(status(Buffer(f64, {9}).view()), Status::type_mismatch);
  EXPECT_EQ(status(ConstView(nullptr, f32, Dims{9})), Status::invalid_argument);
  EXPECT_EQ(status(r.h.view()), Status::ok);
}

FALTUNG_FOR_EVERY_METHOD(ExecuteRefuses);

}  // namespace
}  // namespace faltung
