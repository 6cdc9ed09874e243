// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "transform/transform.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "transform/polynomials.hpp"

namespace faltung {
namespace {

using namespace test_support;  // NOLINT(google-build-using-namespace)

/// Lengths of rows of a target.
template <class T>
std::vector<std::int64_t> family(std::int64_t largest, std::int64_t target) {
  std::vector<std::int64_t> lengths;
  for (std::int64_t n = 1; n <= largest; n = next_length(n + 1))
    if (n % row_quantum<T>(target) == 0) lengths.push_back(n);
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
Polynomial transformed_product(const Planes<T>& x, const Planes<T>& h, Root root,
                               std::int64_t target) {
  const auto n = static_cast<std::int64_t>(x.re.size());
  const std::int64_t lanes = butterflies<T>(target).lanes;
  const Transform<T> t = make_transform<T>(n, root, Along::rows, target);
  const Planes<T> back =
      row_of(t, product_of(spectrum_of(t, x, lanes), spectrum_of(t, h, lanes), target), lanes);
  Polynomial y = polynomial(back, 0, n);
  for (Exact& v : y) v /= static_cast<long double>(n);
  return y;
}

TEST(Transform, ProductIsThatOfTheRing) {
  for_every_kind([]<class T>(T, Root root, std::int64_t target) {
    Random random(seed());
    for (std::int64_t n : family<T>(640, target)) {
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
    for (std::int64_t n : family<T>(640, target)) {
      const Transform<T> t = make_transform<T>(n, root, Along::rows, target);
      const std::int64_t lanes = butterflies<T>(target).lanes;
      const std::vector<std::int64_t> exponents = leaf_exponents(t, root, lanes);
      EXPECT_EQ(std::set<std::int64_t>(exponents.begin(), exponents.end()).size(),
                exponents.size());
      Planes<T> x = random_planes<T>(random, n);
      const Polynomial exact = polynomial(x, 0, n);
      x = spectrum_of(t, x, lanes);
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
    for (std::int64_t n : family<T>(3000, target)) {
      const Planes<T> x = random_planes<T>(random, n);
      const Transform<T> t = make_transform<T>(n, root, Along::rows, target);
      const std::int64_t lanes = butterflies<T>(target).lanes;
      Polynomial back = polynomial(row_of(t, spectrum_of(t, x, lanes), lanes), 0, n);
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
    for (std::int64_t n : {64, 128, 192, 320, 512, 960, 1920, 4096}) {
      const Transform<T> t = make_transform<T>(n, root, Along::rows, target);
      Planes<T> x = random_planes<T>(random, n), y = random_planes<T>(random, n), sum(n), scaled(n);
      for (std::int64_t i = 0; i < n; ++i) {
        sum.set(i, x.at(i) + 2.0L * y.at(i));
        scaled.set(i, 0.125L * x.at(i));
      }
      for (Planes<T>* p : {&x, &y, &sum, &scaled})
        *p = spectrum_of(t, *p, butterflies<T>(target).lanes);
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

/// The convolution at once gives the bits of the three steps, in place too, with nothing but zeros
/// in the imaginary plane, and wherever the rows lie.
TEST(Transform, ConvolvesAtOnce) {
  for_every_kind([]<class T>(T, Root root, std::int64_t target) {
    Random random(seed());
    const std::int64_t lanes = butterflies<T>(target).lanes;
    for (std::int64_t n : {64, 128, 192, 320, 576, 1024, 3840, 8192, 16384, 40960}) {
      const Transform<T> t = make_transform<T>(n, root, Along::rows, target);
      const Planes<T> h = random_planes<T>(random, n);
      Planes<T> x = random_planes<T>(random, n);
      std::vector<T> spectrum(2 * x.re.size()), room = spectrum, again = spectrum;
      t.forward(h.re.data(), h.im.data(), spectrum.data());
      for (bool real : {false, true}) {
        if (real) std::fill(x.im.begin(), x.im.end(), T(0));
        const Planes<T> y = row_of(
            t, product_of(spectrum_of(t, x, lanes), planes_of(spectrum, lanes), target), lanes);
        std::vector<T> row(2 * x.re.size() + 1);
        std::copy(x.re.begin(), x.re.end(), row.begin() + 1);
        std::copy(x.im.begin(), x.im.end(), row.begin() + 1 + n);
        t.first(row.data() + 1, row.data() + 1 + n, room.data());
        t.convolve_entered(spectrum.data(), room.data(), row.data() + 1, row.data() + 1 + n);
        EXPECT_TRUE(std::equal(y.re.begin(), y.re.end(), row.begin() + 1)) << n;
        EXPECT_TRUE(std::equal(y.im.begin(), y.im.end(), row.begin() + 1 + n)) << n;
      }
      // A null plane stands for zeros: the bits but for those of roundings that are left out.
      t.forward(x.re.data(), nullptr, room.data());
      t.forward(x.re.data(), x.im.data(), again.data());
      const Polynomial short_cut = polynomial(planes_of(room, lanes), 0, n);
      const Polynomial whole = polynomial(planes_of(again, lanes), 0, n);
      EXPECT_LE(norm2(minus(short_cut, whole)),
                2 * transform_error_coefficient(n) * kUnit<T> * norm2(whole))
          << n;
    }
  });
}

/// A line of columns gives the same bits alone and among others, at any place in any strip, and
/// each column is the product that the definition gives.
TEST(Transform, Columns) {
  for_every_kind([]<class T>(T, Root root, std::int64_t target) {
    Random random(seed());
    const std::int64_t lanes = butterflies<T>(target).lanes;
    for (std::int64_t n : {1, 2, 3, 5, 9, 15, 16, 24, 40, 64, 144, 240, 1024})
      for (std::int64_t count : {1, 5, 33}) {
        const std::int64_t gap = random.whole(0, 2), pitch = 2 * lanes * (count + gap);
        const Transform<T> t = make_transform<T>(n, root, Along::columns, target);
        const Planes<T> x = random_planes<T>(random, n * pitch / 2);
        const Planes<T> h = random_planes<T>(random, n * pitch / 2);
        std::vector<T> fx = lines_of(x, lanes), fh = lines_of(h, lanes);
        t.forward_columns(fx.data(), pitch, count);
        t.forward_columns(fh.data(), pitch, count);
        multiply_spectra(fx.data(), fh.data(), n * pitch / 2, fx.data(), target);
        std::vector<T> y = fx, alone = fx;
        t.inverse_columns(y.data(), pitch, count);
        const std::int64_t c = random.whole(0, count - 1) * 2 * lanes;
        t.inverse_columns(alone.data() + c, pitch, 1);
        for (std::int64_t i = 0; i < n; ++i) {
          const auto at = [&](std::int64_t j) {
            return static_cast<std::ptrdiff_t>(i * pitch + j);
          };
          EXPECT_TRUE(
              std::equal(y.begin() + at(c), y.begin() + at(c + 2 * lanes), alone.begin() + at(c)))
              << n << " x " << count;
          EXPECT_TRUE(std::equal(y.begin() + at(2 * lanes * count), y.begin() + at(pitch),
                                 fx.begin() + at(2 * lanes * count)))
              << "a gap was written";
        }
        const std::int64_t column = c / 2 + random.whole(0, lanes - 1);
        Polynomial got = polynomial(planes_of(y, lanes), column, n, pitch / 2);
        for (Exact& v : got) v /= static_cast<long double>(n);
        const Polynomial px = polynomial(x, column, n, pitch / 2);
        const Polynomial ph = polynomial(h, column, n, pitch / 2);
        expect_close<T>(got, product(px, ph, root), px, ph, n);
      }
  });
}

/// There and back with a kernel's spectrum at once gives the bits of the steps one by one, whatever
/// lies between the columns; rows of the kernel that are not given are zeros.
TEST(Transform, ConvolvesColumns) {
  for_every_kind([]<class T>(T, Root root, std::int64_t target) {
    Random random(seed());
    const std::int64_t line = 2 * butterflies<T>(target).lanes;
    for (std::int64_t n : {1, 2, 5, 24, 40, 144, 240, 512, 1024})
      for (std::int64_t count : {1, 5, 33}) {
        const std::int64_t pitch = line * (count + random.whole(0, 2));
        const std::int64_t given = random.whole(1, n);
        const Transform<T> t = make_transform<T>(n, root, Along::columns, target);
        std::vector<T> x = lines_of(random_planes<T>(random, n * pitch / 2), line / 2);
        std::vector<T> taps = lines_of(random_planes<T>(random, n * pitch / 2), line / 2);
        std::vector<T> h(static_cast<std::size_t>(n * line * count));
        t.kernel_columns(taps.data(), given, pitch, count, h.data());
        std::vector<T> at_once = x, back = x;
        for (std::int64_t strip = 0; strip < t.strips(count); ++strip)
          t.convolve_strip(at_once.data(), h.data(), pitch, count, strip);
        t.forward_columns(back.data(), pitch, count);
        std::vector<T> steps = back;
        t.inverse_columns(back.data(), pitch, count, h.data());
        EXPECT_EQ(at_once, back) << n << " x " << count;
        std::fill(taps.begin() + static_cast<std::ptrdiff_t>(given * pitch), taps.end(), T(0));
        t.forward_columns(taps.data(), pitch, count);
        for (std::int64_t i = 0; i < n; ++i)
          multiply_spectra(steps.data() + i * pitch, taps.data() + i * pitch, line * count / 2,
                           steps.data() + i * pitch, target);
        t.inverse_columns(steps.data(), pitch, count);
        EXPECT_EQ(at_once, steps) << n << " x " << count;
      }
  });
}

TEST(Transform, RefusesOtherLengths) {
  for (std::int64_t n : {-1, 0, 7, 11, 14, 25, 27, 45, 75, 1023, 64 * 7}) {
    const auto t =
        Transform<float>::make(n, Root::cyclic, Along::rows, supported_target_bits().front());
    ASSERT_FALSE(t) << n;
    EXPECT_EQ(t.error().status, Status::unsupported);
    EXPECT_NE(t.error().message.find(std::to_string(n)), std::string::npos);
  }
}

}  // namespace
}  // namespace faltung
