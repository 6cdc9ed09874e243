// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// Tiles of direct sums on a device, beside the processor's sums.
#include <gtest/gtest.h>

#include <cmath>

#include "support/buffer.hpp"
#include "support/run.hpp"

namespace faltung {
namespace {

using namespace test_support;

/// Tiles that are whole, cut off at the ends, and walked through; kernels of more than one chunk.
const char* const kTiled[] = {
    "convolve f32 [5000] * [31] full",
    "convolve f32 [700] * [300] same boundary=mirror",
    "convolve f64 [3,900] * [1,20] full axes=1",
    "convolve c128 [600] * [40] same boundary=wrap",
    "convolve f32 [70,150] * [3,3] same boundary=edge",
    "convolve f32 [70,150] * [15,15] full",
    "correlate f64 [40,90] * [5,7] same boundary=odd",
    "convolve c64 [50,70] * [4,5] same boundary=symmetric",
    "convolve f32*c64 [50,70] * [4,5] full",
    "convolve f32 [9,40,66] * [3,3,5] same boundary=constant cval=0.5",
    "convolve f64 [9,40,66] * [2,5,3] valid",
    "convolve f32 [70,150,3] * [5,5,1] same axes=0,1 boundary=edge",
    "convolve u8*f32->u8 [70,150] * [5,5] same boundary=edge policy=saturate",
    "convolve u8*i8->i32 [70,150] * [5,5] same boundary=mirror",
    "correlate i16*i16->i16 [70,150] * [9,3] full policy=saturate",
    "convolve u16*i8->u8 [2000] * [9] same policy=wrap",
    "convolve f16 [5000] * [31] full",
    "convolve f16 [70,150] * [15,15] same boundary=mirror",
    "convolve f16*f32 [70,150] * [3,3] same boundary=edge",
    "convolve f16*c64 [50,70] * [4,5] full",
    "convolve f16->f64 [9,40,66] * [2,5,3] valid",
};

/// y of the processor's direct sum and of the device's, and bounds of both together.
struct Both {
  Both(const std::string& text, const Buffer& x, const Buffer& h)
      : cpu(Planner().plan(Problem::parse(text + " method=direct"))),
        gpu(Planner().plan(Problem::parse(text + " method=cuda_direct"))),
        expected(cpu.output_type(), cpu.output_shape()),
        actual(gpu.output_type(), gpu.output_shape()) {
    const Kernel of_cpu = cpu.prepare(h.view()), of_gpu = gpu.prepare(h.view());
    Workspace cpu_room(cpu), gpu_room(gpu);
    EXPECT_EQ(cpu.execute(x.view(), of_cpu, expected.writable(), cpu_room), Status::ok);
    EXPECT_EQ(gpu.execute(x.view(), of_gpu, actual.writable(), gpu_room), Status::ok);
    bound = cpu.error_bound(x.view(), of_cpu).maximum + gpu.error_bound(x.view(), of_gpu).maximum;
  }
  Plan cpu, gpu;
  Buffer expected, actual;
  long double bound = 0;
};

TEST(DirectTiles, AreUsedAndGiveWhatTheProcessorGives) {
  for (const char* text : kTiled) {
    SCOPED_TRACE(text);
    const Problem p = Problem::parse(text);
    Random random = random_for("AreUsedAndGiveWhatTheProcessorGives", 0);
    Buffer x(p.x_type, p.x_shape), h(p.h_type, p.h_shape);
    x.fill(random, Values::uniform);
    h.fill(random, Values::uniform);
    const Both both(text, x, h);
    EXPECT_NE(both.gpu.explain().find("tiles of"), std::string::npos) << both.gpu.explain();
    if (both.bound == 0) {
      EXPECT_EQ(both.expected.dense_bytes(), both.actual.dense_bytes());
    }
    // A sum next to the middle of two integers may be rounded to either.
    const long double rounding = p.y_type == ElementType::u8 ? 1 : 0;
    for (std::int64_t i = 0; i < both.expected.count(); ++i) {
      const Dims at = unravel(i, both.expected.shape());
      ASSERT_LE(std::abs(both.expected.at(at) - both.actual.at(at)), both.bound + rounding) << i;
    }
  }
}

/// The same number, no number both, or within so much of each other.
bool agree(double u, double v, double within) {
  if (std::isnan(u)) return std::isnan(v);
  return std::isinf(u) ? u == v : std::abs(u - v) <= within;
}

// What is not finite, what leaves the range on the way, and what products lose is found in its tile
// and summed again.
TEST(DirectTiles, SumAgainWhatIsNotFiniteOrLost) {
  for (const char* text :
       {"convolve f32 [100,200] * [3,5] same boundary=edge", "convolve f32 [3000] * [20] full",
        "convolve c64 [80,70] * [3,2] full"}) {
    SCOPED_TRACE(text);
    const Problem p = Problem::parse(text);
    for (const double scale : {1.0, 0x1p-130, 0x1p126}) {
      SCOPED_TRACE(scale);
      Random random = random_for("SumAgainWhatIsNotFiniteOrLost", 0);
      Buffer x(p.x_type, p.x_shape), h(p.h_type, p.h_shape);
      x.fill(random, Values::sparse);
      h.fill(random, Values::uniform);
      for (std::int64_t i = 0; i < x.count(); ++i) {
        const Dims at = unravel(i, x.shape());
        x.set(at, x.at(at) * scale);
      }
      x.set(unravel(x.count() / 3, x.shape()), std::nan(""));
      x.set(unravel(x.count() / 2, x.shape()), HUGE_VAL);
      const Both both(text, x, h);
      EXPECT_NE(both.gpu.explain().find("tiles of"), std::string::npos);
      std::int64_t strange = 0;
      for (std::int64_t i = 0; i < both.expected.count(); ++i) {
        const Dims at = unravel(i, both.expected.shape());
        const auto a = both.expected.at(at), b = both.actual.at(at);
        for (const auto& [u, v] : {std::pair(a.real(), b.real()), std::pair(a.imag(), b.imag())}) {
          strange += std::isfinite(u) ? 0 : 1;
          ASSERT_TRUE(agree(u, v, 1e-5 * scale + 0x1p-149)) << u << ' ' << v << " at " << i;
        }
      }
      EXPECT_GT(strange, 10);
    }
  }
}

// A kernel with a tap that is not finite meets no absent samples.
TEST(DirectTiles, LeaveAbsentSamplesToTheSumAsItStands) {
  Buffer x(ElementType::f32, {40, 80}), h(ElementType::f32, {3, 3});
  Random random = random_for("LeaveAbsentSamplesToTheSumAsItStands", 0);
  x.fill(random, Values::uniform);
  h.fill(random, Values::uniform);
  h.set(Dims{0, 0}, HUGE_VAL);
  const Both both("convolve f32 [40,80] * [3,3] same", x, h);
  for (std::int64_t i = 0; i < both.expected.count(); ++i) {
    const Dims at = unravel(i, both.expected.shape());
    const double u = both.expected.at(at).real(), v = both.actual.at(at).real();
    ASSERT_TRUE(agree(u, v, 1e-5)) << u << ' ' << v << " at " << i;
  }
}

}  // namespace
}  // namespace faltung
