// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

#include "contest.hpp"

namespace faltung::bench {
namespace {

/// Of a complex number both parts.
template <class T>
void fill(Buffer& buffer, double low, double high, std::uint64_t seed) {
  std::mt19937_64 generator(seed);
  // A multiplication a sample: distributions of the standard library take seconds for 2^27 samples.
  const double step = (high - low) * 0x1p-64;
  T* to = buffer.as<T>();
  const std::size_t count = buffer.bytes.size() / sizeof(T);
  for (std::size_t i = 0; i < count; ++i)
    to[i] = static_cast<T>(low + step * static_cast<double>(generator()));
}

void fill(Buffer& buffer, std::uint64_t seed) {
  switch (buffer.type) {
    case ElementType::f32:
    case ElementType::c64: return fill<float>(buffer, -1, 1, seed);
    case ElementType::f64:
    case ElementType::c128: return fill<double>(buffer, -1, 1, seed);
    case ElementType::u8: return fill<std::uint8_t>(buffer, 0, 256, seed);
    case ElementType::i8: return fill<std::int8_t>(buffer, -2.99, 2.99, seed);  // -2 .. 2
    default:
      throw Error({Status::type_mismatch, std::string("no data of type ") + name(buffer.type)});
  }
}

template <class T>
void add_nan(Buffer& x) {
  std::mt19937_64 generator(3);
  const std::int64_t count = element_count(x.shape);
  for (std::int64_t i = 0; i < count / 100; ++i)
    x.as<T>()[generator() % static_cast<std::uint64_t>(count)] =
        std::numeric_limits<T>::quiet_NaN();
}

void clear_half(Buffer& x) {
  const std::size_t size = static_cast<std::size_t>(size_bytes(x.type));
  const std::size_t count = x.bytes.size() / size, part = (count + 63) / 64;
  for (std::size_t first = part; first < count; first += 2 * part)
    std::fill_n(x.bytes.begin() + static_cast<std::ptrdiff_t>(first * size),
                std::min(part, count - first) * size, std::byte{0});
}

/// The outer product of `row` with itself, along as many axes as the kernel has.
template <class T>
void fill_product(Buffer& h, const std::vector<double>& row) {
  const std::int64_t count = element_count(h.shape);
  for (std::int64_t t = 0; t < count; ++t) {
    double value = 1;
    for (std::int64_t rest = t, i = 0; i < h.shape.rank(); ++i) {
      value *= row[static_cast<std::size_t>(rest) % row.size()];
      rest /= static_cast<std::int64_t>(row.size());
    }
    h.as<T>()[t] = static_cast<T>(value);
  }
}

std::vector<double> gaussian_row(std::int64_t taps, double sigma) {
  std::vector<double> row;
  double sum = 0;
  for (std::int64_t k = 0; k < taps; ++k) {
    const double r = static_cast<double>(k) - static_cast<double>(taps - 1) / 2;
    row.push_back(std::exp(-r * r / (2 * sigma * sigma)));
    sum += row.back();
  }
  for (double& tap : row) tap /= sum;
  return row;
}

}  // namespace

Buffer::Buffer(ElementType type_, const Dims& shape_) : type(type_), shape(shape_) {
  bytes.resize(static_cast<std::size_t>(element_count(shape) * size_bytes(type)));
}

Case make_case(const std::string& problem, int threads, double sigma, const std::string& data) {
  Case made{Problem::parse(problem), threads, sigma, {}, {}, {}};
  const Problem& p = made.problem;
  made.x = Buffer(p.x_type, p.x_shape);
  made.h = Buffer(p.h_type, p.h_shape);
  fill(made.x, 1);
  fill(made.h, 2);
  if (sigma > 0) {
    made.row = gaussian_row(p.h_shape[0], sigma);
    if (p.h_type == ElementType::f32) fill_product<float>(made.h, made.row);
    else fill_product<double>(made.h, made.row);
  }
  if (data == "self") made.h.bytes = made.x.bytes;
  if (data == "half") clear_half(made.x);
  if (data == "nan" && p.x_type == ElementType::f32) add_nan<float>(made.x);
  if (data == "nan" && p.x_type == ElementType::f64) add_nan<double>(made.x);
  return made;
}

}  // namespace faltung::bench
