// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "transform/transform.hpp"

#include <gtest/gtest.h>

#include <set>

#include "transform/polynomials.hpp"

namespace faltung {
namespace {

using namespace test_support;  // NOLINT(google-build-using-namespace)

std::vector<std::int64_t> family(std::int64_t largest) {
  std::vector<std::int64_t> lengths;
  for (std::int64_t n = 1; n <= largest; n = next_length(n + 1)) lengths.push_back(n);
  return lengths;
}

/// Calls body for both element types, both rings and every instruction set of this processor.
template <class Body>
void for_every_kind(Body body) {
  for (std::int64_t target : supported_target_bits())
    for (Root root : {Root::cyclic, Root::quarter}) {
      SCOPED_TRACE("target bit " + std::to_string(target) +
                   (root == Root::quarter ? " quarter" : " cyclic"));
      body(float(), root, target);
      body(double(), root, target);
    }
}

/// Measured against C of docs/transform_error.md, in both norms.
template <class T>
void expect_close(const Polynomial& y, const Polynomial& exact, const Polynomial& x,
                  const Polynomial& h, std::int64_t length) {
  const double c = convolution_error_coefficient(transform_error_coefficient(length));
  const long double bound = c * kUnit<T> * norm2(x) * norm2(h);
  EXPECT_LE(largest(minus(y, exact)), bound) << length << " points";
}

/// x h through two transforms along a row, the product of spectra, and the way back.
template <class T>
Polynomial transformed_product(Planes<T> x, Planes<T> h, Root root, std::int64_t target) {
  const auto n = static_cast<std::int64_t>(x.re.size());
  const Transform<T> t = make_transform<T>(n, root, Along::rows, target);
  t.forward_rows(x.re.data(), x.im.data(), 1, n);
  t.forward_rows(h.re.data(), h.im.data(), 1, n);
  multiply_spectra(x.re.data(), x.im.data(), h.re.data(), h.im.data(), n, target);
  t.inverse_rows(x.re.data(), x.im.data(), 1, n);
  Polynomial y = polynomial(x, 0, n);
  for (Exact& v : y) v /= static_cast<long double>(n);
  return y;
}

TEST(Transform, ProductIsThatOfTheRing) {
  for_every_kind([]<class T>(T, Root root, std::int64_t target) {
    Random random(seed());
    for (std::int64_t n : family(240)) {
      const Planes<T> x = random_planes<T>(random, n), h = random_planes<T>(random, n);
      const Polynomial px = polynomial(x, 0, n), ph = polynomial(h, 0, n);
      expect_close<T>(transformed_product(x, h, root, target), product(px, ph, root), px, ph, n);
    }
  });
}

/// Long ones by a few taps, whose product by the definition is cheap.
TEST(Transform, LongProducts) {
  for_every_kind([]<class T>(T, Root root, std::int64_t target) {
    Random random(seed());
    std::vector<std::int64_t> lengths = {256, 512, 1024, 1280, 2048, 2304, 3072, 3840, 4096};
    if (kReferenceIsFast || long_tests())
      lengths.insert(lengths.end(), {16384, 20480, 36864, 61440, 65536});
    for (std::int64_t n : lengths) {
      const Planes<T> x = random_planes<T>(random, n);
      Planes<T> h(n);
      for (int tap = 0; tap < 5; ++tap)
        h.set(random.whole(0, n - 1), {random.symmetric(), random.symmetric()});
      const Polynomial px = polynomial(x, 0, n), ph = polynomial(h, 0, n);
      expect_close<T>(transformed_product(x, h, root, target), product(px, ph, root), px, ph, n);
    }
  });
}

/// Every root of X^M - e(a) is evaluated once, and the leaf holds the value there.
TEST(Transform, LeavesAreTheValuesAtTheRoots) {
  for_every_kind([]<class T>(T, Root root, std::int64_t target) {
    Random random(seed());
    for (std::int64_t n : family(480)) {
      const Transform<T> t = make_transform<T>(n, root, Along::rows, target);
      const std::vector<std::int64_t> exponents = leaf_exponents(t, root);
      EXPECT_EQ(std::set<std::int64_t>(exponents.begin(), exponents.end()).size(),
                exponents.size());
      Planes<T> x = random_planes<T>(random, n);
      const Polynomial exact = polynomial(x, 0, n);
      t.forward_rows(x.re.data(), x.im.data(), 1, n);
      for (std::int64_t k = 0; k < n; k += 1 + n / 50)
        EXPECT_LE(std::abs(x.at(k) - value_at(exact, root, exponents[static_cast<std::size_t>(k)])),
                  transform_error_coefficient(n) * kUnit<T> * std::sqrt(n) * norm2(exact) + 1e-30L)
            << n;
    }
  });
}

TEST(Transform, ThereAndBackIsTheLengthTimesTheInput) {
  for_every_kind([]<class T>(T, Root root, std::int64_t target) {
    Random random(seed());
    for (std::int64_t n : family(3000)) {
      const Planes<T> x = random_planes<T>(random, n);
      Planes<T> y = x;
      const Transform<T> t = make_transform<T>(n, root, Along::rows, target);
      t.forward_rows(y.re.data(), y.im.data(), 1, n);
      t.inverse_rows(y.re.data(), y.im.data(), 1, n);
      Polynomial back = polynomial(y, 0, n);
      for (Exact& v : back) v /= static_cast<long double>(n);
      const Polynomial exact = polynomial(x, 0, n);
      EXPECT_LE(norm2(minus(back, exact)),
                2.01L * transform_error_coefficient(n) * kUnit<T> * norm2(exact))
          << n;
    }
  });
}

/// F(x + 2 y) = F x + 2 F y within the bounds; scaling by a power of two commutes bit by bit.
TEST(Transform, IsLinear) {
  for_every_kind([]<class T>(T, Root root, std::int64_t target) {
    Random random(seed());
    for (std::int64_t n : {1, 3, 8, 20, 96, 144, 240, 512, 1920, 4096}) {
      const Transform<T> t = make_transform<T>(n, root, Along::rows, target);
      Planes<T> x = random_planes<T>(random, n), y = random_planes<T>(random, n), sum(n), scaled(n);
      for (std::int64_t i = 0; i < n; ++i) {
        sum.set(i, x.at(i) + 2.0L * y.at(i));
        scaled.set(i, 0.125L * x.at(i));
      }
      for (Planes<T>* p : {&x, &y, &sum, &scaled}) t.forward_rows(p->re.data(), p->im.data(), 1, n);
      Polynomial difference;
      for (std::int64_t i = 0; i < n; ++i) {
        difference.push_back(sum.at(i) - x.at(i) - 2.0L * y.at(i));
        EXPECT_EQ(scaled.at(i), 0.125L * x.at(i)) << n;
      }
      const long double size = norm2(polynomial(x, 0, n)) + 2 * norm2(polynomial(y, 0, n));
      EXPECT_LE(norm2(difference), 2 * (transform_error_coefficient(n) + 2) * kUnit<T> * size) << n;
    }
  });
}

/// Rows give the same bits wherever they lie, and nothing between them is touched.
TEST(Transform, RowsWithPitch) {
  for_every_kind([]<class T>(T, Root root, std::int64_t target) {
    Random random(seed());
    constexpr std::int64_t kRows = 3;
    for (std::int64_t n : {1, 6, 15, 32, 64, 144, 480, 1024})
      for (std::int64_t gap : {0, 1, 7, 16}) {
        const std::int64_t pitch = n + gap;
        const Transform<T> t = make_transform<T>(n, root, Along::rows, target);
        const Planes<T> x = random_planes<T>(random, kRows * pitch + 1);
        Planes<T> y = x;
        t.forward_rows(y.re.data() + 1, y.im.data() + 1, kRows, pitch);
        Planes<T> back = y;
        t.inverse_rows(back.re.data() + 1, back.im.data() + 1, kRows, pitch);
        for (std::int64_t r = 0; r < kRows; ++r) {
          Planes<T> row(n);
          for (std::int64_t i = 0; i < n; ++i) row.set(i, x.at(1 + r * pitch + i));
          t.forward_rows(row.re.data(), row.im.data(), 1, n);
          for (std::int64_t i = 0; i < n; ++i) EXPECT_EQ(y.at(1 + r * pitch + i), row.at(i));
          t.inverse_rows(row.re.data(), row.im.data(), 1, n);
          for (std::int64_t i = 0; i < n; ++i) EXPECT_EQ(back.at(1 + r * pitch + i), row.at(i));
          for (std::int64_t i = n; i < pitch; ++i)
            EXPECT_EQ(back.at(1 + r * pitch + i), x.at(1 + r * pitch + i)) << "a gap was written";
        }
      }
  });
}

/// A column gives the same bits alone and among others, at any place in any strip, and is the
/// product that the definition gives.
TEST(Transform, Columns) {
  for_every_kind([]<class T>(T, Root root, std::int64_t target) {
    Random random(seed());
    for (std::int64_t n : {1, 2, 3, 5, 9, 15, 16, 24, 40, 64, 144, 240, 1024})
      for (std::int64_t count : {1, 5, 33, 67}) {
        const std::int64_t pitch = count + random.whole(0, 9);
        const Transform<T> t = make_transform<T>(n, root, Along::columns, target);
        const Planes<T> x = random_planes<T>(random, n * pitch);
        const Planes<T> h = random_planes<T>(random, n * pitch);
        Planes<T> fx = x, fh = h;
        t.forward_columns(fx.re.data(), fx.im.data(), pitch, count);
        t.forward_columns(fh.re.data(), fh.im.data(), pitch, count);
        multiply_spectra(fx.re.data(), fx.im.data(), fh.re.data(), fh.im.data(), n * pitch, target);
        Planes<T> y = fx;
        t.inverse_columns(y.re.data(), y.im.data(), pitch, count);
        const std::int64_t c = random.whole(0, count - 1);
        Planes<T> alone = fx;
        t.inverse_columns(alone.re.data() + c, alone.im.data() + c, pitch, 1);
        for (std::int64_t i = 0; i < n; ++i)
          EXPECT_EQ(y.at(i * pitch + c), alone.at(i * pitch + c)) << n << " x " << count;
        Polynomial column = polynomial(y, c, n, pitch);
        for (Exact& v : column) v /= static_cast<long double>(n);
        const Polynomial px = polynomial(x, c, n, pitch), ph = polynomial(h, c, n, pitch);
        expect_close<T>(column, product(px, ph, root), px, ph, n);
        for (std::int64_t i = 0; i < n; ++i)
          for (std::int64_t j = count; j < pitch; ++j)
            EXPECT_EQ(y.at(i * pitch + j), fx.at(i * pitch + j)) << "a gap was written";
      }
  });
}

TEST(Transform, RefusesOtherLengths) {
  for (std::int64_t n : {-1, 0, 7, 11, 14, 25, 27, 45, 75, 1023}) {
    const auto t =
        Transform<float>::make(n, Root::cyclic, Along::rows, supported_target_bits().front());
    ASSERT_FALSE(t) << n;
    EXPECT_EQ(t.error().status, Status::unsupported);
    EXPECT_NE(t.error().message.find(std::to_string(n)), std::string::npos);
  }
}

}  // namespace
}  // namespace faltung
