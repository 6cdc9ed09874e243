// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// Tiles that take several passes: several axes, long ones, many at a time. Lines are kept short by
// FALTUNG_FORCE_LOG2_LINE, so that the emulated device is through in little time.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <limits>

#include "faltung/device.hpp"
#include "support/methods.hpp"
#include "support/problems.hpp"
#include "support/run.hpp"

namespace faltung {
namespace {

using namespace test_support;

/// The longest line of a pass, while this lives.
class LongestLine {
 public:
  explicit LongestLine(int log2_points) {
    setenv("FALTUNG_FORCE_LOG2_LINE", std::to_string(log2_points).c_str(), 1);
  }
  ~LongestLine() { unsetenv("FALTUNG_FORCE_LOG2_LINE"); }
  LongestLine(const LongestLine&) = delete;
  LongestLine& operator=(const LongestLine&) = delete;
};

const char* const kMethods[] = {"cuda_fft_single", "cuda_overlap_save"};

/// What is written over some of the samples.
enum class Blemish : std::uint8_t { none, not_finite, zeros, huge, tiny };
constexpr Blemish kBlemishes[] = {Blemish::none, Blemish::not_finite, Blemish::zeros, Blemish::huge,
                                  Blemish::tiny};

void blemish(Buffer& x, Blemish what, Random& random) {
  const bool single = x.type() == ElementType::f32 || x.type() == ElementType::c64;
  const double nan = std::numeric_limits<double>::quiet_NaN(), inf = HUGE_VAL;
  const bool zeros = what == Blemish::zeros, half = x.type() == ElementType::f16;
  const double huge = half ? 3e4 : single ? 1e30 : 1e200;
  const double tiny = half ? 1e-5 : single ? 1e-36 : 1e-300;
  reference::for_each_index(x.shape(), [&](const Dims& index) {
    if (zeros && index.back() % 100 < 70) x.set(index, 0.0);
    if (what == Blemish::huge && index.back() % 3 == 0) x.set(index, huge);
    if (what == Blemish::tiny) x.set(index, x.at(index) * tiny);
    if (what == Blemish::not_finite && random.once_in(997))
      x.set(index, random.once_in(2) ? nan : inf);
  });
}

class Tiles : public ::testing::Test {
 protected:
  void SetUp() override {
    if (devices().empty()) GTEST_SKIP() << "SKIPPED device: none";
  }

  /// A problem by a method, with samples of each kind; what the plan is, in words.
  std::string check(const std::string& text, const std::string& method) {
    Problem p = Problem::parse(text);
    p.method = method;
    if (method == "cuda_fft_single") p.block = {};
    std::string tree;
    Random random = random_for(text + method, 0);
    for (const Blemish what : kBlemishes) {
      SCOPED_TRACE(static_cast<int>(what));
      Buffer x(p.x_type, p.x_shape), h(p.h_type, p.h_shape);
      x.fill(random, Values::uniform);
      h.fill(random, Values::uniform);
      if (!is_integer(p.x_type)) blemish(x, what, random);
      const Outcome outcome = run(p, x, h);
      EXPECT_EQ(outcome.status, Status::ok) << outcome.message;
      if (outcome.status != Status::ok) return "";
      expect_right(p, x, h, outcome, 1000);
      tree = Planner().plan(p).explain();
      if (::testing::Test::HasFailure()) return tree;
    }
    return tree;
  }
};

TEST_F(Tiles, OfSeveralAxes) {
  for (const char* text :
       {"convolve f32 [60,70] * [9,7] full", "convolve f64 [60,70] * [9,7] same boundary=mirror",
        "convolve c64 [40,50] * [9,12] valid", "convolve c128 [40,50] * [9,12] full boundary=edge",
        "convolve f32 [9,30,40] * [3,5,7] same boundary=odd",
        "convolve f32*c64 [9,30,40] * [3,5,7] full",
        "convolve f64 [6,7,12,13] * [2,3,4,5] full boundary=wrap",
        "correlate f32 [60,70] * [1,9] same cval=2", "correlate f32 [60,70] * [9,1] same",
        "convolve f32 [20,1,50] * [5,1,6] full",
        "correlate f32 [60,70] * [9,7] same stride=3,2 dilation=2,3",
        "correlate u8*f32->f32 [60,70] * [9,7] same boundary=symmetric",
        "convolve f16 [60,70] * [9,7] full", "convolve f16*f32 [60,70] * [9,7] same boundary=edge",
        "convolve f32 [3,50,60] * [2,1,9,7] full axes=-2,-1"}) {
    SCOPED_TRACE(text);
    for (const char* method : kMethods) check(text, method);
  }
}

// Boxes that a library transforms, several launches of them.
TEST_F(Tiles, OfALibrary) {
  const auto found = Planner().try_plan(Problem::parse("convolve f32 [9] * [2] method=cuda_cufft"));
  if (!found) GTEST_SKIP() << found.error().message;
  setenv("FALTUNG_FORCE_BOX_BYTES", "60000", 1);
  for (const char* text :
       {"convolve f32 [60,70] * [9,7] full",
        "convolve f64 [60,70] * [9,7] same boundary=mirror",
        "convolve c64 [40,50] * [9,12] valid",
        "convolve c128 [40,50] * [9,12] full boundary=edge",
        "convolve f32 [9,30,40] * [3,5,7] same boundary=odd",
        "convolve f32*c64 [9,30,40] * [3,5,7] full",
        "correlate c64*f32 [9,30] * [3,5] same cval=3",
        "correlate f32 [60,70] * [1,9] same cval=2",
        "correlate f32 [60,70] * [9,1] same",
        "convolve f32 [20,1,50] * [5,1,6] full",
        "convolve f64 [5,7,6,9] * [2,1,3,4] full",
        "correlate f32 [60,70] * [9,7] same stride=3,2 dilation=2,3",
        "correlate u8*f32->f32 [60,70] * [9,7] same boundary=symmetric",
        "convolve f32*f32->u8 [60,70] * [9,7] same boundary=wrap policy=saturate",
        "convolve f16 [60,70] * [9,7] full",
        "convolve f16*f32 [60,70] * [9,7] same boundary=edge",
        "convolve f32 [7,50,60] * [7,9,7] full axes=-2,-1",
        "convolve c128 [3,11,200] * [3,1,50] same axes=-1",
        "correlate f32 [9000] * [700] same",
        "correlate f64 [9000] * [700] same stride=3 dilation=2 boundary=odd",
        "convolve c64 [2,9000] * [1500] full axes=-1",
        "convolve f32 [20000] * [3] full",
        "correlate f32 [5,11,60] * [3,1,9] same stride=1,3,1 boundary=edge"}) {
    SCOPED_TRACE(text);
    EXPECT_NE(check(text, "cuda_cufft").find("padded, cuFFT"), std::string::npos);
  }
  unsetenv("FALTUNG_FORCE_BOX_BYTES");
}

TEST_F(Tiles, OfOneLongAxis) {
  const LongestLine longest(7);
  for (const char* text :
       {"convolve f32 [3000] * [2000] full", "convolve f64 [3000] * [2000] same boundary=mirror",
        "convolve c64 [3000] * [2000] full", "convolve c128 [3000] * [1500] valid",
        "convolve f32 [2,9000] * [2,1500] full axes=-1", "convolve f16 [3000] * [2000] full",
        "correlate f32 [5000] * [700] same stride=3 dilation=2 boundary=odd"}) {
    SCOPED_TRACE(text);
    for (const char* method : kMethods)
      EXPECT_NE(check(text, method).find("3 passes over"), std::string::npos);
  }
}

TEST_F(Tiles, OfAllLengths) {
  // Columns of 16 points to the longest, 2^13 or 2^12, and rows as long.
  for (int log2_line = 4; log2_line <= 13; ++log2_line)
    for (const char* type : {"f32", "f64", "c64", "c128"}) {
      const bool single = std::string(type) == "f32" || std::string(type) == "c64";
      if (log2_line > (single ? 13 : 12)) continue;
      const std::string n = std::to_string(std::int64_t{1} << log2_line);
      const bool complex = type[0] == 'c';
      Problem p = Problem::parse(
          std::string("convolve ") + type + (complex ? " [12," + n + "]" : " [" + n + ",100]") +
          " * [3,4] same method=cuda_overlap_save block=" + (complex ? "16," + n : n + ",128"));
      SCOPED_TRACE(p.to_string());
      Random random = random_for("OfAllLengths", 0);
      Buffer x(p.x_type, p.x_shape), h(p.h_type, p.h_shape);
      x.fill(random, Values::uniform);
      h.fill(random, Values::uniform);
      expect_right(p, x, h, run(p, x, h), 500);
    }
}

}  // namespace
}  // namespace faltung
