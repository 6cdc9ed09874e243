// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// Interleaved channels are computed as one row, planes one by one: the bits are the same.
#include <gtest/gtest.h>

#include <cstring>

#include "faltung/faltung.hpp"
#include "support/random.hpp"

namespace faltung {
namespace {

using namespace test_support;

/// Pictures [rows, columns, channels], as they lie interleaved or plane by plane.
struct Picture {
  Picture(ElementType type, const Dims& shape, bool planes) : type(type), shape(shape) {
    strides = planes ? Dims{shape[1], 1, shape[0] * shape[1]} : dense_strides(shape);
    bytes.resize(static_cast<std::size_t>(shape[0] * shape[1] * shape[2] * size_bytes(type)));
  }
  std::byte* at(std::int64_t i, std::int64_t j, std::int64_t c) {
    return bytes.data() + (i * strides[0] + j * strides[1] + c * strides[2]) * size_bytes(type);
  }
  View view() { return {bytes.data(), type, shape, strides}; }
  ElementType type;
  Dims shape, strides;
  std::vector<std::byte> bytes;
};

template <class F>
void for_each_sample(const Dims& shape, F&& f) {
  for (std::int64_t i = 0; i < shape[0]; ++i)
    for (std::int64_t j = 0; j < shape[1]; ++j)
      for (std::int64_t c = 0; c < shape[2]; ++c) f(i, j, c);
}

void put(Random& random, ElementType type, std::byte* to) {
  const auto value = static_cast<float>(random.symmetric());
  const auto byte = static_cast<std::uint8_t>(random.whole(0, 255));
  if (type == ElementType::f32) std::memcpy(to, &value, sizeof value);
  else std::memcpy(to, &byte, sizeof byte);
}

/// A product of whole numbers, symmetric in one case of three, and up to the sign in another.
void fill_product(Random& random, ElementType type, std::int64_t taps, std::vector<std::byte>& h) {
  std::vector<std::int64_t> factor(static_cast<std::size_t>(taps));
  const std::int64_t most = type == ElementType::f32 ? 99 : 2;
  for (std::int64_t& f : factor) f = random.whole(1, most) * (random.once_in(2) ? -1 : 1);
  if (const std::int64_t sign = random.whole(-1, 1); sign != 0)
    for (std::size_t k = 0; k < factor.size() / 2; ++k)
      factor[factor.size() - 1 - k] = sign * factor[k];
  for (std::int64_t i = 0; i < taps * taps; ++i) {
    const std::int64_t v =
        factor[static_cast<std::size_t>(i / taps)] * factor[static_cast<std::size_t>(i % taps)];
    const auto value = static_cast<float>(v);
    if (type == ElementType::f32) std::memcpy(h.data() + 4 * i, &value, sizeof value);
    else h[static_cast<std::size_t>(i)] = static_cast<std::byte>(v);
  }
}

void check(Random& random, const std::string& types, const std::string& tail) {
  const std::int64_t rows = random.whole(3, 40), columns = random.whole(3, 90),
                     channels = random.whole(2, 5), taps = random.whole(2, 40);
  const std::string shape = "[" + std::to_string(rows) + "," + std::to_string(columns) + "," +
                            std::to_string(channels) + "]";
  const std::string square = "[" + std::to_string(taps) + "," + std::to_string(taps) + ",1]";
  const Problem problem =
      Problem::parse("convolve " + types + " " + shape + " * " + square + " same axes=0,1" + tail);
  SCOPED_TRACE(problem.to_string());
  const Plan plan = Planner().plan(problem);
  std::vector<std::byte> h(static_cast<std::size_t>(taps * taps * size_bytes(problem.h_type)));
  if (problem.kernel_rank == 1) fill_product(random, problem.h_type, taps, h);
  else
    for (std::size_t k = 0; k < h.size(); k += static_cast<std::size_t>(size_bytes(problem.h_type)))
      if (problem.h_type == ElementType::f32) put(random, problem.h_type, h.data() + k);
      else h[k] = static_cast<std::byte>(random.whole(-2, 2));
  const Kernel kernel = plan.prepare({h.data(), problem.h_type, problem.h_shape});
  Workspace workspace(plan, 2);
  Picture x(problem.x_type, problem.x_shape, false), planes(problem.x_type, problem.x_shape, true);
  for_each_sample(problem.x_shape, [&](auto i, auto j, auto c) {
    put(random, problem.x_type, x.at(i, j, c));
    std::memcpy(planes.at(i, j, c), x.at(i, j, c), static_cast<std::size_t>(size_bytes(x.type)));
  });
  const ElementType result = problem.result_type();
  Picture y(result, problem.x_shape, false), apart(result, problem.x_shape, true);
  ASSERT_EQ(plan.execute(x.view(), kernel, y.view(), workspace), Status::ok);
  ASSERT_EQ(plan.execute(planes.view(), kernel, apart.view(), workspace), Status::ok);
  for_each_sample(problem.x_shape, [&](auto i, auto j, auto c) {
    ASSERT_EQ(
        std::memcmp(y.at(i, j, c), apart.at(i, j, c), static_cast<std::size_t>(size_bytes(result))),
        0)
        << i << ", " << j << ", channel " << c;
  });
  // No stream goes round, and only what is known as a whole leaves out taps that meet no sample.
  if (problem.boundary == Boundary::wrap) return;
  if (problem.boundary == Boundary::constant && taps > std::min(rows, columns)) return;
  const Plan row_by_row = Planner().plan(Problem::parse(problem.to_string() + " stream"));
  Workspace room(row_by_row, 2);
  Picture streamed(result, problem.x_shape, false);
  ASSERT_EQ(
      row_by_row.execute(x.view(), row_by_row.prepare({h.data(), problem.h_type, problem.h_shape}),
                         streamed.view(), room),
      Status::ok);
  ASSERT_EQ(streamed.bytes, y.bytes);
}

TEST(Channels, InRowsAreThoseOfPlanesAndOfStreamsToTheBit) {
  Random random(seed());
  for (const char* boundary : {"constant", "edge", "symmetric", "mirror", "wrap", "odd"})
    for (int i = 0; i < 12; ++i) {
      const std::string at = std::string(" boundary=") + boundary;
      for (const char* method : {" method=direct", " method=separable rank=1"}) {
        check(random, "f32", at + method);
        check(random, "u8*f32", at + method);
        check(random, "u8*i8", at + method + " policy=saturate");
        check(random, "u8*i8->i16", at + method + " policy=wrap");
      }
    }
}

}  // namespace
}  // namespace faltung
