// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// Short dense rows take a short cut: with the bits, and the contract, of those with gaps, which do
// not take it.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "support/run.hpp"

namespace faltung {
namespace {

using namespace test_support;
using enum ElementType;

enum class Data { plain, non_negative, some_zeros, silence_at_the_ends, tiny, huge, not_finite };
constexpr Data kData[] = {
    Data::plain, Data::non_negative, Data::some_zeros, Data::silence_at_the_ends,
    Data::tiny,  Data::huge,         Data::not_finite};

double sample(Data data, std::int64_t i, std::int64_t n, Random& random) {
  double v = random.symmetric();
  if (v == 0) v = 0.5;
  switch (data) {
    case Data::plain: return v;
    case Data::non_negative: return std::abs(v);
    case Data::some_zeros: return i % 7 == 3 ? 0 : v;
    case Data::silence_at_the_ends: return i < n / 3 || i > n - n / 3 ? 0 : v;
    case Data::tiny: return i < n / 2 ? v : v * 0x1p-100;
    case Data::huge: return i < n / 2 ? v : v * 0x1p100;
    default: return i == n / 2 ? std::numeric_limits<double>::quiet_NaN() : v;
  }
}

/// The samples, `apart` from each other in memory.
Buffer filled(ElementType type, const Dims& shape, Data data, std::int64_t apart, Random random) {
  Buffer buffer(type, {shape[0] * apart});
  for (std::int64_t i = 0; i < shape[0]; ++i)
    buffer.set(i * apart, sample(data, i, shape[0], random));
  return buffer;
}

void compare(const Problem& p, Data of_x, Data of_h, Random& random) {
  const Random samples(random.bits()), taps(random.bits());
  const Buffer x = filled(p.x_type, p.x_shape, of_x, 1, samples);
  const Buffer h = filled(p.h_type, p.h_shape, of_h, 1, taps);
  const Buffer sparse = filled(p.x_type, p.x_shape, of_x, 2, samples);
  ConstView every_second = sparse.view();
  every_second.shape = p.x_shape;
  every_second.strides = {2};
  for (const int threads : {1, 2}) {
    const Outcome dense = run(p, x, h, {.threads = threads});
    const Outcome apart = run(p, every_second, h.view(), {.threads = threads});
    ASSERT_EQ(dense.status, Status::ok) << p.to_string() << ": " << dense.message;
    ASSERT_EQ(apart.status, Status::ok) << p.to_string() << ": " << apart.message;
    ASSERT_EQ(dense.y.dense_bytes(), apart.y.dense_bytes()) << p.to_string();
  }
  expect_right(p, x, h, run(p, x, h), 24);
}

struct Case {
  std::int64_t n, taps;
  Extent extent;
  const char* method;
  std::int64_t block;
};
const Case kCases[] = {
    {128, 129, Extent::full, "fft_single", 0},     {300, 40, Extent::full, "fft_single", 0},
    {300, 40, Extent::same, "fft_single", 0},      {300, 40, Extent::valid, "fft_single", 0},
    {40, 300, Extent::full, "fft_single", 0},      {1000, 65, Extent::full, "overlap_save", 256},
    {1000, 65, Extent::same, "overlap_save", 384}, {700, 70, Extent::valid, "overlap_save", 256},
    {50, 200, Extent::full, "overlap_save", 256},
};

TEST(BlockPlain, GivesTheBitsOfWhatIsNot) {
  Random random(seed());
  for (const ElementType type : {f32, f64})
    for (const Operation operation : {Operation::convolve, Operation::correlate})
      for (const Case& c : kCases)
        for (const Data of_x : kData) {
          Problem p;
          p.operation = operation;
          p.x_type = p.h_type = type;
          p.x_shape = {c.n};
          p.h_shape = {c.taps};
          p.extent = c.extent;
          p.method = c.method;
          if (c.block != 0) p.block = {c.block};
          compare(p, of_x, of_x == Data::non_negative ? of_x : Data::plain, random);
          if (of_x != Data::plain) compare(p, Data::plain, of_x, random);
        }
}

TEST(BlockPlain, GoesRound) {
  Random random(seed());
  for (const ElementType type : {f32, f64})
    for (const std::int64_t origin : {0, 5, 100})
      for (const Data of_x : kData) {
        Problem p;
        p.x_type = p.h_type = type;
        p.x_shape = {512};
        p.h_shape = {200};
        p.extent = Extent::same;
        p.boundary = Boundary::wrap;
        p.origin = {origin};
        p.method = "fft_single";
        compare(p, of_x, Data::plain, random);
      }
}

// A long period is looked at on its way into the transform, by a thread alone.
TEST(BlockPlain, LongPeriods) {
  Random random(seed());
  for (const ElementType type : {f32, f64})
    for (const Data of_x : kData) {
      Problem p;
      p.x_type = p.h_type = type;
      p.x_shape = {65536};
      p.h_shape = {20};
      p.extent = Extent::same;
      p.boundary = Boundary::wrap;
      p.method = "fft_single";
      compare(p, of_x, of_x == Data::non_negative ? of_x : Data::plain, random);
    }
}

// Windows that begin and end beyond the full result, and within it.
TEST(BlockPlain, Windows) {
  Random random(seed());
  for (const Range window : {Range{-20, 500}, Range{-20, 30}, Range{100, 200}, Range{320, 700}})
    for (const char* method : {"fft_single", "overlap_save"}) {
      Problem p;
      p.x_type = p.h_type = f32;
      p.x_shape = {300};
      p.h_shape = {60};
      p.window = {window};
      p.method = method;
      compare(p, Data::plain, Data::plain, random);
    }
}

// Rows of a batch, each with data of its own kind, under one kernel and under one for each.
TEST(BlockPlain, Batches) {
  Random random(seed());
  constexpr std::int64_t kRows = 7, kSamples = 300;
  for (const ElementType type : {f32, f64})
    for (const std::int64_t kernels : {std::int64_t{1}, kRows})
      for (const char* method : {"fft_single", "overlap_save"}) {
        Buffer x(type, {kRows, kSamples}), sparse(type, {kRows, kSamples, 2}),
            h(type, {kernels, 40});
        h.fill(random, Values::uniform);
        for (std::int64_t r = 0; r < kRows; ++r)
          for (std::int64_t i = 0; i < kSamples; ++i) {
            const double v = sample(kData[r], i, kSamples, random);
            x.set({r, i}, v);
            sparse.set({r, i, 0}, v);
          }
        ConstView every_second = sparse.view();
        every_second.shape = x.shape();
        every_second.strides = {2 * kSamples, 2};
        Problem p = problem_of(x, h, method);
        p.axes = {-1};
        if (p.method == "overlap_save") p.block = {256};
        for (const int threads : {1, 3}) {
          const Outcome dense = run(p, x, h, {.threads = threads});
          const Outcome apart = run(p, every_second, h.view(), {.threads = threads});
          ASSERT_EQ(dense.status, Status::ok) << dense.message;
          EXPECT_EQ(dense.y.dense_bytes(), apart.y.dense_bytes()) << p.to_string();
        }
        expect_right(p, x, h, run(p, x, h), 200);
      }
}

}  // namespace
}  // namespace faltung
