// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "convolution/block_axis.hpp"

#include <gtest/gtest.h>

namespace faltung {
namespace {

using Kind = BlockAxis::Kind;

Geometry geometry_of(const char* text) { return value_or_throw(lower(Problem::parse(text))); }

void expect_axis(const BlockAxis& axis, Kind kind, std::int64_t outputs, std::int64_t samples,
                 std::int64_t tiles) {
  EXPECT_EQ(axis.kind, kind);
  EXPECT_EQ(axis.outputs, outputs);
  EXPECT_EQ(axis.samples, samples);
  EXPECT_EQ(axis.tiles, tiles);
}

/// n + k - 1 are enough for all outputs; less overlaps.
TEST(BlockAxes, ZerosOutsideArePadded) {
  const Geometry g = geometry_of("convolve f32 [3000] * [1097] full");
  EXPECT_EQ(whole_length(g, 0), 4096);
  expect_axis(block_axis(g, 0, 4096), Kind::padded, 4096, 3000, 1);
  expect_axis(block_axis(g, 0, 3840), Kind::overlap, 2744, 3840, 2);
}

/// What wraps around may fall before the first output: same needs half of the kernel less.
TEST(BlockAxes, ResultsWrapBeforeTheFirstOutput) {
  const Geometry g = geometry_of("convolve f32 [3584] * [1025] same");
  EXPECT_EQ(whole_length(g, 0), 4096);
  EXPECT_EQ(block_axis(g, 0, 4096).kind, Kind::padded);
}

TEST(BlockAxes, OnePeriodOfAnInputThatGoesRound) {
  for (const char* text : {"convolve f64 [1024] * [1024] same boundary=wrap",
                           "convolve c64 [1024] * [9] same boundary=wrap"}) {
    const Geometry g = geometry_of(text);
    EXPECT_EQ(whole_length(g, 0), 1024);
    expect_axis(block_axis(g, 0, 1024), Kind::circular, 1024, 1024, 1);
  }
  const Geometry rows = geometry_of("convolve f32 [24,1024] * [5,7] same boundary=wrap");
  expect_axis(block_axis(rows, 0, 24), Kind::circular, 24, 24, 1);
  EXPECT_EQ(row_ring(rows, 1024), Ring::pointwise);
}

TEST(BlockAxes, OtherwiseTheyOverlap) {
  for (const char* text : {"convolve f64 [1000] * [100] same boundary=wrap",   // no such transform
                           "convolve f64 [1024] * [1025] same boundary=wrap",  // wraps twice
                           "convolve f64 [1024] * [100] same boundary=mirror",
                           "convolve f64 [1024] * [100] full cval=1"}) {
    SCOPED_TRACE(text);
    const Geometry g = geometry_of(text);
    EXPECT_EQ(block_axis(g, 0, whole_length(g, 0)).kind, Kind::overlap);
    EXPECT_EQ(block_axis(g, 0, whole_length(g, 0)).tiles, 1);
  }
}

}  // namespace
}  // namespace faltung
