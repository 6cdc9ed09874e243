// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "microkernels/butterflies.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>

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

  std::int64_t lanes;

  Case(Random& random, std::int64_t r, std::int64_t rows, std::int64_t count, std::int64_t v)
      : radix(r), lanes(v) {
    shape.nodes = random.whole(1, 3);
    shape.rows = rows;
    shape.count = count;
    shape.row_pitch = 2 * v * (count + random.whole(0, 3));
    shape.part_stride = rows * shape.row_pitch + 2 * v * random.whole(0, 3);
    shape.node_stride = r * shape.part_stride + 2 * v * random.whole(0, 3);
    for (std::int64_t i = 0; i < shape.nodes * (r - 1); ++i) {
      const Exact w = e(random.unit());
      twiddles.push_back(static_cast<T>(w.real()));
      twiddles.push_back(static_cast<T>(w.imag()));
    }
  }
  std::int64_t points() const { return shape.nodes * shape.node_stride / 2; }
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
      for (std::int64_t i = 0; i < p.count * c.lanes; ++i) {
        std::vector<Exact> z, w;
        const std::int64_t at = (node * p.node_stride + row * p.row_pitch) / 2 + i;
        const std::int64_t part = p.part_stride / 2;
        for (std::int64_t s = 0; s < c.radix; ++s) {
          z.push_back(x.at(at + s * part));
          w.push_back(c.twiddle(node, s));
          untouched.set(at + s * part, z.back());
        }
        const std::vector<Exact> exact = butterfly(z, w, inverse);
        for (std::int64_t j = 0; j < c.radix; ++j)
          EXPECT_LE(std::abs(y.at(at + j * part) - exact[static_cast<std::size_t>(j)]),
                    40 * kUnit<T>)
              << "radix " << c.radix << " output " << j;
      }
  EXPECT_EQ(untouched.re, x.re) << "wrote between the parts";
  EXPECT_EQ(untouched.im, x.im);
}

template <class T>
std::vector<std::int64_t> radices(const Butterflies<T>& loops, std::int64_t smallest) {
  std::vector<std::int64_t> radices;
  for (std::int64_t radix = smallest; radix <= 5; ++radix) radices.push_back(radix);
  if (loops.eights) radices.push_back(8);
  return radices;
}

template <class T>
void check_passes(std::int64_t target) {
  Random random(seed());
  const Butterflies<T>& loops = butterflies<T>(target);
  for (std::int64_t radix : radices(loops, 2))
    for (std::int64_t rows : {1, 3})
      for (std::int64_t count : {1, 2, 7}) {
        const Case<T> c(random, radix, rows, count, loops.lanes);
        const Planes<T> x = random_planes<T>(random, c.points());
        for (bool inverse : {false, true}) {
          std::vector<T> y = lines_of(x, loops.lanes);
          (inverse ? loops.inverse : loops.forward)[radix](y.data(), c.shape, c.twiddles.data());
          expect_pass(c, x, planes_of(y, loops.lanes), inverse);
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

/// The same lines as those of a first pass without a look, and what a scan finds but for numbers.
template <class T>
void check_first_and_scan(const Butterflies<T>& loops, int radix, const Planes<T>& x,
                          std::int64_t count, const T* twiddles) {
  const std::int64_t part = count * loops.lanes, n = radix * part;
  std::vector<T> row = x.re;
  row.resize(static_cast<std::size_t>(n));
  row.insert(row.end(), x.im.begin(), x.im.begin() + n);
  for (const bool real : {false, true}) {
    const std::int64_t read = real ? n : 2 * n;
    std::vector<T> plain(static_cast<std::size_t>(2 * n)), lines = plain;
    const auto look = [&](const std::vector<T>& of) {
      Scan<T> scan;
      loops.first_and_scan[radix](of.data(), real ? nullptr : of.data() + n, part, lines.data(),
                                  part, count, twiddles, scan);
      return scan;
    };
    loops.first[radix](row.data(), real ? nullptr : row.data() + n, part, plain.data(), part, count,
                       twiddles);
    const Scan<T> seen = look(row);
    EXPECT_EQ(lines, plain);
    T largest = 0;
    for (std::int64_t i = 0; i < read; ++i)
      largest = std::max(largest, std::abs(row[static_cast<std::size_t>(i)]));
    EXPECT_EQ(seen.largest, largest);
    EXPECT_EQ(seen.zeros, 0);
    EXPECT_EQ(seen.nonfinite, 0);
    for (std::int64_t i = 0; i < read; i += std::max<std::int64_t>(1, read / 7)) {
      const auto at = static_cast<std::size_t>(i);
      std::vector<T> odd = row;
      odd[at] = 0;
      EXPECT_GT(look(odd).zeros, 0) << at;
      odd[at] = std::numeric_limits<T>::quiet_NaN();
      EXPECT_GT(look(odd).nonfinite, 0) << at;
      odd[at] = -std::numeric_limits<T>::infinity();
      EXPECT_GT(look(odd).nonfinite, 0) << at;
      for (T& v : odd) v = 1;
      EXPECT_FALSE(look(odd).negative);
      odd[at] = -1;
      EXPECT_TRUE(look(odd).negative) << at;
    }
  }
}

/// From planes and back: the bits of moving, then the pass; of a real row but for roundings.
template <class T>
void check_ends(std::int64_t target) {
  Random random(seed());
  const Butterflies<T>& loops = butterflies<T>(target);
  for (std::int64_t radix : radices(loops, 1))
    for (std::int64_t count : {1, 2, 7}) {
      Case<T> c(random, radix, 1, count, loops.lanes);
      c.shape = {1, 0, 2 * loops.lanes * count, 1, 0, count};
      Planes<T> x = random_planes<T>(random, radix * count * loops.lanes);
      const auto run = [&](bool inverse, std::vector<T>& z) {
        if (radix > 1)
          (inverse ? loops.inverse : loops.forward)[radix](z.data(), c.shape, c.twiddles.data());
      };
      std::vector<T> z = lines_of(x, loops.lanes), first = z;
      run(false, z);
      // In two ranges, whatever their sizes.
      const std::int64_t cut = random.whole(0, count), part = count * loops.lanes;
      for (const auto& [begin, end] : {std::pair{cut, count}, std::pair{std::int64_t{0}, cut}}) {
        const std::int64_t at = begin * loops.lanes;
        loops.first[radix](x.re.data() + at, x.im.data() + at, part, first.data() + 2 * at, part,
                           end - begin, c.twiddles.data());
      }
      EXPECT_EQ(first, z);
      std::vector<T> back = z;
      run(true, back);
      Planes<T> last = x;
      for (const auto& [begin, end] : {std::pair{cut, count}, std::pair{std::int64_t{0}, cut}}) {
        const std::int64_t at = begin * loops.lanes;
        loops.last[radix](z.data() + 2 * at, part, last.re.data() + at, last.im.data() + at, part,
                          end - begin, c.twiddles.data());
      }
      EXPECT_EQ(last.re, planes_of(back, loops.lanes).re);
      EXPECT_EQ(last.im, planes_of(back, loops.lanes).im);
      check_first_and_scan(loops, radix, x, count, c.twiddles.data());
      std::fill(x.im.begin(), x.im.end(), T(0));
      z = lines_of(x, loops.lanes);
      run(false, z);
      loops.first[radix](x.re.data(), nullptr, part, first.data(), part, count, c.twiddles.data());
      for (std::size_t i = 0; i < z.size(); ++i)
        EXPECT_NEAR(static_cast<double>(z[i]), static_cast<double>(first[i]),
                    static_cast<double>(20 * kUnit<T>));
    }
}

TEST(Butterflies, FirstAndLastPass) {
  for (std::int64_t target : supported_target_bits()) {
    SCOPED_TRACE(target);
    check_ends<float>(target);
    check_ends<double>(target);
  }
}

/// The product of spectra by the definition, in place too, and 0 lines.
template <class T>
void check_multiply(std::int64_t target) {
  Random random(seed());
  const Butterflies<T>& loops = butterflies<T>(target);
  for (std::int64_t lines : {0, 1, 3}) {
    const std::int64_t n = lines * loops.lanes, all = n + loops.lanes;
    const Planes<T> x = random_planes<T>(random, all), h = random_planes<T>(random, all);
    const std::vector<T> lx = lines_of(x, loops.lanes), lh = lines_of(h, loops.lanes);
    std::vector<T> out = lx, in_place = lx;
    loops.multiply(lx.data(), lh.data(), {.count = lines}, out.data());
    loops.multiply(in_place.data(), lh.data(), {.count = lines}, in_place.data());
    EXPECT_EQ(in_place, out);
    const Planes<T> y = planes_of(out, loops.lanes);
    for (std::int64_t i = 0; i < n; ++i)
      EXPECT_LE(std::abs(y.at(i) - x.at(i) * h.at(i)),
                2.25L * kUnit<T> * std::abs(x.at(i)) * std::abs(h.at(i)));
    EXPECT_EQ(y.at(n), x.at(n)) << "one line too many";
    if (lines < 2) continue;
    // The same as rows of one line each, every other one.
    std::vector<T> apart(2 * lx.size());
    const auto size = static_cast<std::ptrdiff_t>(2 * loops.lanes);
    for (std::int64_t i = 0; i < lines; ++i)
      std::copy_n(lx.begin() + i * size, size, apart.begin() + 2 * i * size);
    loops.multiply(apart.data(), lh.data(), {.rows = lines, .row_pitch = 2 * size, .count = 1},
                   apart.data());
    for (std::int64_t i = 0; i < lines; ++i)
      EXPECT_TRUE(std::equal(out.begin() + i * size, out.begin() + (i + 1) * size,
                             apart.begin() + 2 * i * size));
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
