// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "allocation.hpp"
#include "io/io.hpp"

/// Ways to damage a file, and what a reader owes for it: a value or a message, and no allocation
/// that the file's own bytes do not account for.
namespace faltung::test {

using ByteVector = std::vector<std::byte>;

// Above what a reader of a file of a few hundred bytes ever needs: the widest is libsndfile's
// block of 2^16 samples with growth; the slack that formats grant to small files is 256 MiB.
inline constexpr std::size_t kMaxAllocationBytes = std::size_t{4} << 20;

inline ByteVector bytes_of(std::string_view text) {
  const auto* begin = reinterpret_cast<const std::byte*>(text.data());
  return {begin, begin + text.size()};
}
inline ByteVector bytes_of(std::initializer_list<int> values) {
  ByteVector bytes;
  for (int value : values) bytes.push_back(static_cast<std::byte>(value));
  return bytes;
}
inline void append(ByteVector& bytes, std::string_view text) {
  for (char c : text) bytes.push_back(static_cast<std::byte>(c));
}
inline void append_number(ByteVector& bytes, std::uint64_t value, int count, bool big = false) {
  for (int i = 0; i < count; ++i)
    bytes.push_back(static_cast<std::byte>(value >> 8 * (big ? count - 1 - i : i)));
}
inline void put_number(ByteVector& bytes, std::size_t at, std::uint64_t value, int count,
                       bool big = false) {
  ByteVector field;
  append_number(field, value, count, big);
  std::copy(field.begin(), field.end(), bytes.begin() + static_cast<std::ptrdiff_t>(at));
}

template <class T>
AnyArray array_of(const Dims& shape, const std::vector<T>& samples) {
  const auto* begin = reinterpret_cast<const std::byte*>(samples.data());
  return {element_type_of<T>(), shape, {begin, begin + samples.size() * sizeof(T)}};
}

template <class T>
std::vector<T> samples_of(const AnyArray& array) {
  const auto samples = array.samples<T>();
  return {samples.begin(), samples.end()};
}

/// The message of a refusal; the value is then no success.
template <class T>
std::string message_of(const io::Result<T>& result) {
  return result ? "(no failure)" : result.error().message;
}

inline bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

#define EXPECT_REFUSED(result, part)                                                    \
  do {                                                                                  \
    const auto& refused_ = (result);                                                    \
    EXPECT_FALSE(refused_.has_value());                                                 \
    EXPECT_TRUE(::faltung::test::contains(::faltung::test::message_of(refused_), part)) \
        << ::faltung::test::message_of(refused_);                                       \
  } while (0)

/// Reads, and holds the reader to a small allocation and to a message where it refuses.
template <class Parse>
auto read_damaged(const ByteVector& bytes, Parse&& parse, const std::string& what) {
  take_largest_allocation();
  // A copy of just that size, so that a read beyond the end is seen by the address sanitizer.
  const ByteVector exact(bytes.begin(), bytes.end());
  auto result = parse(std::span<const std::byte>(exact));
  const std::size_t largest = take_largest_allocation();
  EXPECT_LE(largest, kMaxAllocationBytes) << what;
  if (!result) {
    EXPECT_FALSE(result.error().message.empty()) << what;
  }
  return result;
}

/// Every proper prefix ends in a message, but for those from `whole` bytes on.
template <class Parse>
void expect_prefixes_refused(const ByteVector& bytes, Parse&& parse, std::size_t whole) {
  for (std::size_t n = 0; n < whole; ++n) {
    const ByteVector prefix(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(n));
    const std::string what = "the first " + std::to_string(n) + " bytes";
    EXPECT_FALSE(read_damaged(prefix, parse, what).has_value()) << what;
  }
}

/// Every flip of one bit in the first `count` bytes ends in a value or a message. Returns how many
/// were refused.
template <class Parse>
int flip_bits(const ByteVector& bytes, Parse&& parse, std::size_t count) {
  int refused = 0;
  for (std::size_t at = 0; at < std::min(count, bytes.size()); ++at)
    for (int bit = 0; bit < 8; ++bit) {
      ByteVector flipped = bytes;
      flipped[at] ^= static_cast<std::byte>(1 << bit);
      const std::string what = "bit " + std::to_string(bit) + " of byte " + std::to_string(at);
      if (!read_damaged(flipped, parse, what)) ++refused;
    }
  return refused;
}

}  // namespace faltung::test
