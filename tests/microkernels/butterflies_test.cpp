// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "microkernels/butterflies.hpp"

#include <gtest/gtest.h>

#include "transform/polynomials.hpp"

namespace faltung {
namespace {

using namespace test_support;  // NOLINT(google-build-using-namespace)

Exact e(long double turns) {
  const long double angle = 2 * 3.14159265358979323846264338327950288L * turns;
  return {std::cos(angle), std::sin(angle)};
}

/// One butterfly by its definition: twiddles, then the plain DFT; or back, transposed.
std::vector<Exact> butterfly(const std::vector<Exact>& z, const std::vector<Exact>& w,
                             bool inverse) {
  const std::size_t r = z.size();
  std::vector<Exact> y(r);
  for (std::size_t j = 0; j < r; ++j) {
    for (std::size_t s = 0; s < r; ++s) {
      const Exact root = e((inverse ? -1.0L : 1.0L) * static_cast<long double>(s * j) /
                           static_cast<long double>(r));
      y[j] += root * z[s] * (inverse ? Exact(1) : w[s]);
    }
    if (inverse) y[j] *= std::conj(w[j]);
  }
  return y;
}

template <class T>
struct Case {
  std::int64_t radix;
  PassShape shape;
  std::vector<T> twiddles;

  Case(Random& random, std::int64_t r, std::int64_t rows, std::int64_t count) : radix(r) {
    shape.nodes = random.whole(1, 3);
    shape.rows = rows;
    shape.count = count;
    shape.row_pitch = count + random.whole(0, 3);
    shape.part_stride = rows * shape.row_pitch + random.whole(0, 3);
    shape.node_stride = r * shape.part_stride + random.whole(0, 3);
    for (std::int64_t i = 0; i < shape.nodes * (r - 1); ++i) {
      const Exact w = e(random.unit());
      twiddles.push_back(static_cast<T>(w.real()));
      twiddles.push_back(static_cast<T>(w.imag()));
    }
  }
  std::int64_t size() const { return shape.nodes * shape.node_stride; }
  Exact twiddle(std::int64_t node, std::int64_t s) const {
    const auto at = static_cast<std::size_t>(2 * (node * (radix - 1) + s - 1));
    return s == 0 ? Exact(1) : Exact(twiddles[at], twiddles[at + 1]);
  }
};

template <class T>
void expect_pass(const Case<T>& c, const Planes<T>& x, const Planes<T>& y, bool inverse) {
  Planes<T> untouched = y;
  const PassShape& p = c.shape;
  for (std::int64_t node = 0; node < p.nodes; ++node)
    for (std::int64_t row = 0; row < p.rows; ++row)
      for (std::int64_t i = 0; i < p.count; ++i) {
        std::vector<Exact> z, w;
        const std::int64_t at = node * p.node_stride + row * p.row_pitch + i;
        for (std::int64_t s = 0; s < c.radix; ++s) {
          z.push_back(x.at(at + s * p.part_stride));
          w.push_back(c.twiddle(node, s));
          untouched.set(at + s * p.part_stride, z.back());
        }
        const std::vector<Exact> exact = butterfly(z, w, inverse);
        for (std::int64_t j = 0; j < c.radix; ++j)
          EXPECT_LE(std::abs(y.at(at + j * p.part_stride) - exact[static_cast<std::size_t>(j)]),
                    40 * kUnit<T>)
              << "radix " << c.radix << " output " << j;
      }
  EXPECT_EQ(untouched.re, x.re) << "wrote between the parts";
  EXPECT_EQ(untouched.im, x.im);
}

template <class T>
void check_passes(std::int64_t target) {
  Random random(seed());
  const Butterflies<T>& loops = butterflies<T>(target);
  for (std::int64_t radix : {2, 3, 4, 5})
    for (std::int64_t rows : {1, 3})
      for (std::int64_t count : {1, 2, 7, 16, 37}) {
        const Case<T> c(random, radix, rows, count);
        const Planes<T> x = random_planes<T>(random, c.size());
        for (bool inverse : {false, true}) {
          Planes<T> y = x;
          (inverse ? loops.inverse : loops.forward)[radix](y.re.data(), y.im.data(), c.shape,
                                                           c.twiddles.data());
          expect_pass(c, x, y, inverse);
        }
      }
}

TEST(Butterflies, PassesAreTheDefinition) {
  for (std::int64_t target : supported_target_bits()) {
    SCOPED_TRACE(target);
    check_passes<float>(target);
    check_passes<double>(target);
  }
}

/// What a column becomes does not depend on its place among vectors and remainder.
template <class T>
void check_places(std::int64_t target) {
  Random random(seed());
  const Butterflies<T>& loops = butterflies<T>(target);
  for (std::int64_t radix : {2, 3, 4, 5}) {
    const Case<T> c(random, radix, 1, 45);
    const Planes<T> x = random_planes<T>(random, c.size());
    for (auto pass : {loops.forward[radix], loops.inverse[radix]}) {
      Planes<T> y = x;
      pass(y.re.data(), y.im.data(), c.shape, c.twiddles.data());
      for (std::int64_t from : {1, 5, 20, 44}) {
        Planes<T> part = x;
        PassShape shape = c.shape;
        shape.count = c.shape.count - from;
        pass(part.re.data() + from, part.im.data() + from, shape, c.twiddles.data());
        for (std::int64_t s = 0; s < radix; ++s)
          for (std::int64_t i = from; i < c.shape.count; ++i)
            EXPECT_EQ(part.at(s * c.shape.part_stride + i), y.at(s * c.shape.part_stride + i));
      }
    }
  }
}

TEST(Butterflies, BitsDoNotDependOnThePlace) {
  for (std::int64_t target : supported_target_bits()) {
    SCOPED_TRACE(target);
    check_places<float>(target);
    check_places<double>(target);
  }
}

/// The product of spectra by the definition, remainders included, and 0 elements.
template <class T>
void check_multiply(std::int64_t target) {
  Random random(seed());
  for (std::int64_t n : {0, 1, 3, 16, 35}) {
    const Planes<T> x = random_planes<T>(random, n + 1), h = random_planes<T>(random, n + 1);
    Planes<T> y = x, in_place = x;
    const auto multiply = butterflies<T>(target).multiply;
    multiply(x.re.data(), x.im.data(), h.re.data(), h.im.data(), n, y.re.data(), y.im.data());
    multiply(in_place.re.data(), in_place.im.data(), h.re.data(), h.im.data(), n,
             in_place.re.data(), in_place.im.data());
    EXPECT_EQ(in_place.re, y.re);
    EXPECT_EQ(in_place.im, y.im);
    for (std::int64_t i = 0; i < n; ++i)
      EXPECT_LE(std::abs(y.at(i) - x.at(i) * h.at(i)),
                2.25L * kUnit<T> * std::abs(x.at(i)) * std::abs(h.at(i)));
    EXPECT_EQ(y.at(n), x.at(n)) << "one element too many";
  }
}

TEST(Butterflies, Multiply) {
  for (std::int64_t target : supported_target_bits()) {
    SCOPED_TRACE(target);
    check_multiply<float>(target);
    check_multiply<double>(target);
  }
}

}  // namespace
}  // namespace faltung
