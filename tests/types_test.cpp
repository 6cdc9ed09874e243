// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "faltung/types.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <set>

namespace faltung {
namespace {

using enum ElementType;

TEST(ElementTypes, NamesComeBack) {
  std::set<std::string> seen;
  for (ElementType t : kElementTypes) {
    EXPECT_TRUE(seen.insert(name(t)).second) << name(t);
    const auto back = parse_element_type(name(t));
    ASSERT_TRUE(back);
    EXPECT_EQ(*back, t);
  }
  EXPECT_EQ(seen.size(), 13u);
}

TEST(ElementTypes, UnknownNamesAreRefusedWithTheNearest) {
  for (const char* text : {"", "f", "f24", "float32", "F32", "f32 ", "c65", "u24"}) {
    const auto type = parse_element_type(text);
    ASSERT_FALSE(type) << text;
    EXPECT_EQ(type.error().status, Status::unknown_name);
    EXPECT_FALSE(type.error().message.empty());
  }
  EXPECT_NE(parse_element_type("f23").error().message.find("f"), std::string::npos);
}

TEST(ElementTypes, SizesAndKinds) {
  EXPECT_EQ(size_bytes(f32), 4);
  EXPECT_EQ(size_bytes(c64), 8);
  EXPECT_EQ(size_bytes(c128), 16);
  EXPECT_EQ(size_bytes(u8), 1);
  EXPECT_EQ(size_bytes(i64), 8);
  EXPECT_EQ(size_bytes(f16), 2);
  for (ElementType t : kElementTypes) {
    EXPECT_EQ(is_complex(t), t == c64 || t == c128) << name(t);
    EXPECT_EQ(is_integer(t), t >= u8 && t <= i64) << name(t);
  }
  EXPECT_EQ(element_type_of<const std::complex<float>>(), c64);
  EXPECT_EQ(element_type_of<long long>(), i64);
  EXPECT_EQ(element_type_of<unsigned char>(), u8);
}

// numpy.promote_types, where that is a type of ours; two integers stay integers.
TEST(ElementTypes, Promotion) {
  const struct {
    ElementType a, b, both;
  } table[] = {
      {f32, f32, f32}, {f32, f64, f64}, {f32, c64, c64},  {f64, c64, c128}, {c64, c128, c128},
      {u8, f32, f32},  {i16, f32, f32}, {u16, f32, f32},  {i32, f32, f64},  {u32, f32, f64},
      {i64, f32, f64}, {u64, f64, f64}, {i32, c64, c128}, {i16, c64, c64},  {u8, u8, u8},
      {u8, i8, i16},   {u8, i16, i16},  {u16, i8, i32},   {u16, i16, i32},  {u32, i8, i64},
      {u32, i32, i64}, {u32, i64, i64}, {u64, i64, i64},  {u64, u8, u64},   {i8, i64, i64},
      {f16, f16, f16}, {f16, f32, f32}, {f16, f64, f64},  {f16, c64, c64},  {f16, c128, c128},
      {u8, f16, f16},  {i8, f16, f16},  {u16, f16, f32},  {i16, f16, f32},  {u32, f16, f64},
      {i32, f16, f64}, {u64, f16, f64}, {i64, f16, f64}};
  for (const auto& row : table) {
    EXPECT_EQ(promote(row.a, row.b), row.both) << name(row.a) << " " << name(row.b);
    EXPECT_EQ(promote(row.b, row.a), row.both) << name(row.b) << " " << name(row.a);
  }
  for (ElementType t : kElementTypes) EXPECT_EQ(promote(t, t), t);
}

TEST(DimsTest, HoldsUpToSixteenAxesAndTwoMore) {
  Dims dims;
  for (int i = 0; i < 18; ++i) dims.push_back(i);
  EXPECT_EQ(dims.rank(), 18);
  EXPECT_EQ(dims.back(), 17);
  EXPECT_THROW(dims.push_back(1), std::length_error);
  EXPECT_EQ(to_string(Dims{3, -4}), "[3,-4]");
  EXPECT_EQ(to_string(Dims{}), "[]");
  EXPECT_TRUE((Dims{1, 2}) == (Dims{1, 2}));
  EXPECT_FALSE((Dims{1, 2}) == (Dims{1, 2, 1}));
}

TEST(Shapes, StridesAndCounts) {
  EXPECT_EQ(dense_strides({2, 3, 4}), (Dims{12, 4, 1}));
  EXPECT_EQ(element_count({2, 3, 4}), 24);
  EXPECT_EQ(element_count({2, 0, 4}), 0);
  EXPECT_EQ(element_count({}), 1);
  const std::int64_t big = std::int64_t{1} << 32;
  EXPECT_EQ(element_count({big, big / 2}), -1);
  EXPECT_EQ(element_count({big, big / 4}), std::int64_t{1} << 62);
  EXPECT_EQ(element_count({std::numeric_limits<std::int64_t>::max(), 2}), -1);
  EXPECT_EQ(element_count({big, big, 0}), 0);
}

TEST(Statuses, EveryOneHasAPhrase) {
  std::set<std::string> seen;
  for (int s = 0; s <= static_cast<int>(Status::device_failed); ++s)
    EXPECT_TRUE(seen.insert(describe(static_cast<Status>(s))).second);
  EXPECT_NE(describe(static_cast<Status>(999)), nullptr);
}

TEST(Errors, ValueOrThrow) {
  EXPECT_EQ(value_or_throw(Result<int>(3)), 3);
  try {
    value_or_throw(Result<int>(tl::unexpected(Failure{Status::aliasing, "the sentence"})));
    FAIL();
  } catch (const Error& e) {
    EXPECT_EQ(e.status(), Status::aliasing);
    EXPECT_STREQ(e.what(), "the sentence");
  }
}

}  // namespace
}  // namespace faltung
