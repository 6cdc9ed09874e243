// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include <bit>
#include <cmath>
#include <complex>
#include <limits>

#include "damage.hpp"

namespace faltung::test {
namespace {

const auto parse = [](std::span<const std::byte> bytes) { return io::parse_npy(bytes, "a.npy"); };

/// A file of version 1.0 (or as told) with this header text, padded as NumPy does.
ByteVector npy(const std::string& header, const ByteVector& samples, int major = 1) {
  ByteVector bytes = bytes_of({0x93, 'N', 'U', 'M', 'P', 'Y', major, 0});
  const int width = major == 1 ? 2 : 4;
  std::string padded = header;
  while ((bytes.size() + static_cast<std::size_t>(width) + padded.size() + 1) % 64) padded += ' ';
  padded += '\n';
  append_number(bytes, padded.size(), width);
  append(bytes, padded);
  bytes.insert(bytes.end(), samples.begin(), samples.end());
  return bytes;
}
ByteVector npy_of(const std::string& descr, const std::string& shape, const ByteVector& samples) {
  return npy("{'descr': " + descr + ", 'fortran_order': False, 'shape': " + shape + ", }", samples);
}
ByteVector encoded(const AnyArray& array) { return io::encode_npy(array.view()); }
std::string refusal(const ByteVector& bytes) { return message_of(parse(bytes)); }

template <class T>
void expect_round_trip(const std::vector<T>& samples) {
  const AnyArray array = array_of<T>({static_cast<std::int64_t>(samples.size()) / 2, 2}, samples);
  const auto read = parse(encoded(array));
  ASSERT_TRUE(read.has_value()) << message_of(read);
  EXPECT_EQ(read->type, array.type);
  EXPECT_EQ(read->shape, array.shape);
  EXPECT_EQ(read->bytes, array.bytes);
}

template <class T>
void expect_integer_round_trip() {
  using Limits = std::numeric_limits<T>;
  expect_round_trip<T>({Limits::min(), Limits::max(), T{1}, T{2}, T{3}, T{0}});
}

TEST(Npy, KeepsEveryTypeBitForBit) {
  const float inf = std::numeric_limits<float>::infinity();
  expect_round_trip<float>({1.5f, -0.0f, inf, std::nanf("1"), 1e-45f, 3.4e38f});
  expect_round_trip<double>({1.5, -0.0, -inf, std::nan("7"), 5e-324, 1.7e308});
  expect_round_trip<std::complex<float>>({{1, 2}, {3, 4}, {-inf, 5}, {-0.0f, 6}});
  expect_round_trip<std::complex<double>>({{1, 2}, {3, 4}, {inf, 5}, {-0.0, 6}});
  expect_integer_round_trip<std::uint8_t>();
  expect_integer_round_trip<std::int8_t>();
  expect_integer_round_trip<std::uint16_t>();
  expect_integer_round_trip<std::int16_t>();
  expect_integer_round_trip<std::uint32_t>();
  expect_integer_round_trip<std::int32_t>();
  expect_integer_round_trip<std::uint64_t>();
  expect_integer_round_trip<std::int64_t>();
}

TEST(Npy, WritesWhatNumPyWrites) {
  // numpy.save of numpy.array([[1, 2]], dtype='<i2'), byte for byte.
  const ByteVector expected = npy_of("'<i2'", "(1, 2)", bytes_of({1, 0, 2, 0}));
  EXPECT_EQ(encoded(array_of<std::int16_t>({1, 2}, {1, 2})), expected);
  const ByteVector row = npy_of("'|u1'", "(3,)", bytes_of({1, 2, 3}));
  EXPECT_EQ(encoded(array_of<std::uint8_t>({3}, {1, 2, 3})), row);
}

TEST(Npy, WritesAnyStrides) {
  const std::vector<float> samples = {0, 1, 2, 3, 4, 5};
  const ConstView reversed_columns(samples.data() + 2, ElementType::f32, {3, 2}, {-1, 3});
  const auto read = parse(io::encode_npy(reversed_columns));
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(samples_of<float>(*read), (std::vector<float>{2, 5, 1, 4, 0, 3}));
  const ConstView repeated(samples.data() + 4, ElementType::f32, {3}, {0});
  EXPECT_EQ(samples_of<float>(*parse(io::encode_npy(repeated))), (std::vector<float>{4, 4, 4}));
}

TEST(Npy, ReadsFortranOrder) {
  const ByteVector bytes = npy("{'descr': '|u1', 'fortran_order': True, 'shape': (2, 3, 2), }",
                               bytes_of({0, 6, 2, 8, 4, 10, 1, 7, 3, 9, 5, 11}));
  const auto read = parse(bytes);
  ASSERT_TRUE(read.has_value()) << message_of(read);
  EXPECT_EQ(samples_of<std::uint8_t>(*read),
            (std::vector<std::uint8_t>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}));
}

TEST(Npy, ReadsBothByteOrders) {
  EXPECT_EQ(samples_of<std::int16_t>(*parse(npy_of("'>i2'", "(2,)", bytes_of({1, 2, 255, 254})))),
            (std::vector<std::int16_t>{0x102, -2}));
  EXPECT_EQ(samples_of<std::int16_t>(*parse(npy_of("'<i2'", "(2,)", bytes_of({2, 1, 254, 255})))),
            (std::vector<std::int16_t>{0x102, -2}));
  // Each part of a complex number is swapped by itself: 1 + 2i.
  const ByteVector big = npy_of("'>c8'", "(1,)", bytes_of({0x3f, 0x80, 0, 0, 0x40, 0, 0, 0}));
  EXPECT_EQ(samples_of<std::complex<float>>(*parse(big))[0], std::complex<float>(1, 2));
}

TEST(Npy, ReadsAndWritesHalves) {
  const std::vector<Half> halves = {Half(1), Half(-65504), Half::from_bits(1), Half(HUGE_VAL)};
  const ConstView view{std::span(halves)};
  const ByteVector bytes = io::encode_npy(view);
  const std::string header(reinterpret_cast<const char*>(bytes.data()), 128);
  EXPECT_TRUE(contains(header, "'descr': '<f2'")) << header;
  const auto read = parse(bytes);
  ASSERT_TRUE(read.has_value()) << message_of(read);
  EXPECT_EQ(read->type, ElementType::f16);
  for (std::size_t i = 0; i < halves.size(); ++i)
    EXPECT_EQ(samples_of<Half>(*read)[i].bits, halves[i].bits) << i;
  const auto big = parse(npy_of("'>f2'", "(2,)", bytes_of({0x3e, 0x00, 0xc0, 0x00})));
  ASSERT_TRUE(big.has_value()) << message_of(big);
  EXPECT_EQ(samples_of<Half>(*big)[0], 1.5F);
  EXPECT_EQ(samples_of<Half>(*big)[1], -2.0F);
}

TEST(Npy, ReadsEveryVersionAndSpelling) {
  const ByteVector one = bytes_of({7});
  for (int major = 1; major <= 3; ++major)
    EXPECT_TRUE(parse(npy("{'descr': '|u1', 'fortran_order': False, 'shape': (1,)}", one, major)));
  EXPECT_TRUE(parse(npy("{\"shape\":(1 ,),\"fortran_order\":True ,\"descr\":\"|u1\",}", one)));
  EXPECT_TRUE(parse(npy("{'descr': '|u1', 'fortran_order': False, 'shape': (1L,), }", one)));
  EXPECT_TRUE(parse(npy_of("'<u1'", "(1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1)", one)));
}

TEST(Npy, RefusesTypesByName) {
  const ByteVector none;
  EXPECT_TRUE(contains(refusal(npy_of("'|O'", "(1,)", none)), "Python objects"));
  EXPECT_TRUE(contains(refusal(npy_of("'<f16'", "(1,)", none)), "long double"));
  EXPECT_TRUE(contains(refusal(npy_of("'<c32'", "(1,)", none)), "long double"));
  EXPECT_TRUE(contains(refusal(npy_of("'|b1'", "(1,)", none)), "bool"));
  EXPECT_TRUE(contains(refusal(npy_of("'<U5'", "(1,)", none)), "text"));
  EXPECT_TRUE(contains(refusal(npy_of("'|S5'", "(1,)", none)), "text"));
  EXPECT_TRUE(contains(refusal(npy_of("'|V8'", "(1,)", none)), "raw records"));
  EXPECT_TRUE(contains(refusal(npy_of("'<M8[ns]'", "(1,)", none)), "dates"));
  EXPECT_TRUE(
      contains(refusal(npy_of("[('a', '<f4'), ('b', '<i2')]", "(1,)", none)), "structured"));
  EXPECT_TRUE(contains(refusal(npy_of("'<q9'", "(1,)", none)), "unknown type '<q9'"));
  EXPECT_TRUE(contains(refusal(npy_of("''", "(1,)", none)), "unknown type"));
  EXPECT_TRUE(contains(refusal(npy_of("'|f4'", "(1,)", bytes_of({0, 0, 0, 0}))), "unknown type"));
  for (const char* descr : {"'|O'", "'<f16'", "'<q9'", "[('a', '<f4')]"})
    EXPECT_TRUE(contains(refusal(npy_of(descr, "(1,)", none)), "float64"))
        << "says what is allowed";
}

TEST(Npy, RefusesShapesThatTheFileDoesNotHold) {
  const ByteVector four = bytes_of({1, 2, 3, 4});
  EXPECT_TRUE(contains(refusal(npy_of("'|u1'", "(5,)", four)), "takes 5 bytes, but 4 are there"));
  EXPECT_TRUE(contains(refusal(npy_of("'|u1'", "(3,)", four)), "too long"));
  EXPECT_TRUE(contains(refusal(npy_of("'|u1'", "()", four)), "without axes"));
  EXPECT_TRUE(contains(refusal(npy_of("'|u1'", "(0,)", {})), "holds no samples"));
  EXPECT_TRUE(contains(refusal(npy_of("'|u1'", "(0,)", {})), "needs one sample at least"));
  EXPECT_TRUE(contains(refusal(npy_of("'|u1'", "(2, 0, 9223372036854775807)", {})), "no samples"));
  EXPECT_TRUE(contains(refusal(npy_of("'|u1'", "(-1,)", four)), "negative"));
  EXPECT_TRUE(contains(refusal(npy_of("'|u1'", "(9223372036854775808,)", four)), "63 bits"));
  EXPECT_TRUE(contains(refusal(npy_of("'|u1'", "(4294967296, 4294967296)", four)), "63 bits"));
  EXPECT_TRUE(contains(refusal(npy_of("'<f8'", "(2305843009213693952,)", four)), "63 bits"));
  EXPECT_TRUE(contains(refusal(npy_of("'<f8'", "(1152921504606846975,)", four)), "truncated"));
  EXPECT_TRUE(contains(refusal(npy_of("'|u1'", "(1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,4)", four)),
                       "more than 16 axes"));
}

TEST(Npy, RefusesHeadersThatAreNoSuchDict) {
  const ByteVector one = bytes_of({1});
  for (const char* header :
       {"", "{", "{}", "()", "{'descr': '|u1', 'shape': (1,)}",
        "{'descr': '|u1', 'fortran_order': False, 'shape': (1,)} x",
        "{'descr': '|u1', 'descr': '|u1', 'fortran_order': False, 'shape': (1,)}",
        "{'descr': '|u1', 'fortran_order': False, 'shape': (1,), 'more': 1}",
        "{'descr': '|u1', 'fortran_order': 0, 'shape': (1,)}",
        "{'descr': '|u1', 'fortran_order': False, 'shape': (1)}",
        "{'descr': '|u1', 'fortran_order': False, 'shape': [1]}",
        "{'descr': '|u1', 'fortran_order': False, 'shape': (1,,)}",
        "{'descr': '|u1', 'fortran_order': False, 'shape': (,)}",
        "{'descr': '|u1', 'fortran_order': False, 'shape': (1.0,)}",
        "{'descr': '|u1', 'fortran_order': False, 'shape': (1 1)}",
        "{'descr': '|u1', 'fortran_order': False 'shape': (1,)}",
        "{'descr': '|u1, 'fortran_order': False, 'shape': (1,)}",
        "{'descr': '\\x7cu1', 'fortran_order': False, 'shape': (1,)}",
        "{'descr': None, 'fortran_order': False, 'shape': (1,)}"})
    EXPECT_TRUE(contains(refusal(npy(header, one)), "header is refused")) << header;
}

TEST(Npy, RefusesOtherFiles) {
  EXPECT_TRUE(contains(refusal({}), "empty"));
  EXPECT_TRUE(contains(refusal(bytes_of("PK\x03\x04 and more")), "NPZ"));
  EXPECT_TRUE(contains(refusal(bytes_of("hello, I am text")), "no NPY file"));
  ByteVector version = npy_of("'|u1'", "(1,)", bytes_of({1}));
  version[6] = std::byte{4};
  EXPECT_TRUE(contains(refusal(version), "version 4.0"));
  ByteVector lying =
      npy("{'descr': '|u1', 'fortran_order': False, 'shape': (1,)}", bytes_of({1}), 2);
  put_number(lying, 8, 1000, 4);
  EXPECT_TRUE(contains(refusal(lying), "truncated: it declares a header of 1000 bytes"));
  put_number(lying, 8, 0xffffffff, 4);
  EXPECT_TRUE(contains(refusal(lying), "it declares a header of 4294967295 bytes"));
}

TEST(Npy, SurvivesEveryPrefixAndFlip) {
  const ByteVector bytes = encoded(array_of<double>({2, 3}, {1, 2, 3, 4, 5, 6}));
  expect_prefixes_refused(bytes, parse, bytes.size());
  EXPECT_GT(flip_bits(bytes, parse, 128), 300);
}

}  // namespace
}  // namespace faltung::test
