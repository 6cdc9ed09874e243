// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "microkernels/line_sums.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <numeric>

#include "microkernels/targets.hpp"
#include "microkernels/weighted_sum.hpp"
#include "support/aligned_vector.hpp"
#include "support/random.hpp"

namespace faltung {
namespace {

using namespace test_support;

template <class T>
bool same_bits(T a, T b) {
  using U = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;
  return std::bit_cast<U>(a) == std::bit_cast<U>(b);
}

/// Taps and samples, drawn at random.
template <class T>
struct Draw {
  Draw(Random& random, std::int64_t samples)
      : symmetry(static_cast<Symmetry>(random.whole(0, 2))),
        h(static_cast<std::size_t>(random.whole(1, 60))),
        x(static_cast<std::size_t>(samples)) {
    for (T& v : h) v = static_cast<T>(random.symmetric());
    if (symmetry != Symmetry::none)
      for (std::size_t k = 0; k < h.size() / 2; ++k)
        h[h.size() - 1 - k] = symmetry == Symmetry::even ? h[k] : -h[k];
    for (T& v : x) v = static_cast<T>(random.symmetric());
  }
  std::int64_t taps() const { return static_cast<std::int64_t>(h.size()); }
  /// The chain of one output whose oldest sample is x[at]; pairs are added first.
  T expected(std::int64_t target, std::int64_t at, std::int64_t step,
             const std::vector<std::int64_t>& order = {}) const {
    const auto sample = [&](std::int64_t k) { return x[static_cast<std::size_t>(at + k * step)]; };
    const bool folds = symmetry != Symmetry::none;
    const std::int64_t count = folds ? (taps() + 1) / 2 : taps();
    std::vector<T> terms, y(1 + kRowSlack);
    for (std::int64_t k = 0; k < count; ++k) {
      const T newer = sample(taps() - 1 - k), older = sample(k);
      terms.push_back(!folds || 2 * k + 1 == taps() ? newer
                      : symmetry == Symmetry::even  ? newer + older
                                                    : newer - older);
    }
    std::vector<std::int64_t> offsets(terms.size());
    std::iota(offsets.begin(), offsets.end(), 0);
    terms.resize(terms.size() + kRowSlack);
    std::vector<T> factors(h.begin(), h.begin() + count);
    for (std::size_t i = 0; i < order.size(); ++i) {
      offsets[i] = order[i];
      factors[i] = h[static_cast<std::size_t>(order[i])];
    }
    weighted_sum<T>(target).real(y.data(), terms.data(), 1, offsets.data(), factors.data(), count,
                                 false);
    return y[0];
  }
  /// The order in which rows are summed as they lie: samples a vector apart one after the other,
  /// each vector of samples beside its mirror image.
  std::vector<std::int64_t> order_along(std::int64_t lanes) const {
    std::vector<std::int64_t> order;
    const auto add = [&](std::int64_t oldest) {
      const std::int64_t newest = taps() - 1 - oldest;
      const std::int64_t k = symmetry == Symmetry::none ? newest : std::min(oldest, newest);
      if (std::find(order.begin(), order.end(), k) == order.end()) order.push_back(k);
    };
    const std::int64_t s = (taps() - 1) % lanes;
    for (std::int64_t r = 0; r < lanes; ++r) {
      const std::int64_t mirrored = r <= s ? s - r : lanes + s - r;
      if (symmetry != Symmetry::none && mirrored < r) continue;
      for (std::int64_t i = r; i < taps(); i += lanes) add(i);
    }
    return order;
  }
  Symmetry symmetry;
  std::vector<T> h, x;
};

template <class T>
void check_down(std::int64_t target, Random& random) {
  const LineSums<T>& loops = line_sums<T>(target);
  const std::int64_t n = loops.lanes + random.whole(0, 4 * loops.lanes), rows = random.whole(1, 19);
  const std::int64_t pitch = random.whole(0, 1) == 1 ? n + random.whole(0, 5) : (n / 16 + 1) * 16;
  const std::int64_t begin = random.whole(0, 15);
  const Draw<T> d(random, begin + (rows + 60) * pitch);
  std::vector<T> y(static_cast<std::size_t>(rows * (n + 1)), T(3));
  const Soon soon{reinterpret_cast<const std::byte*>(d.x.data()), 8, 1};
  loops.down({y.data(), n + 1, rows, n}, d.x.data() + begin, pitch,
             {d.h.data(), d.taps(), 1, d.symmetry}, random.whole(0, 1) == 1 ? soon : Soon{});
  for (std::int64_t j = 0; j < rows; ++j) {
    for (std::int64_t i = 0; i < n; ++i)
      ASSERT_TRUE(same_bits(y[static_cast<std::size_t>(j * (n + 1) + i)],
                            d.expected(target, begin + j * pitch + i, pitch)))
          << d.taps() << " taps, row " << j << " of " << rows << ", " << i << " of " << n;
    ASSERT_EQ(y[static_cast<std::size_t>(j * (n + 1) + n)], T(3)) << "written behind a row";
  }
}

template <class T>
void check_across(std::int64_t target, Random& random) {
  const LineSums<T>& loops = line_sums<T>(target);
  const std::int64_t lanes = loops.lanes, rows = random.whole(1, lanes);
  const std::int64_t n = lanes + random.whole(0, 5 * lanes), pitch = n + 200 + random.whole(0, 5);
  Draw<T> d(random, lanes * pitch);
  const std::int64_t dilation = random.whole(1, 3);
  support::AlignedVector<T> scratch(static_cast<std::size_t>(pitch * lanes));
  for (const bool accumulate : {false, true}) {
    std::vector<T> y(static_cast<std::size_t>(rows * (n + 1)), T(3));
    EXPECT_FALSE(loops.across({y.data(), n + 1, rows, n, accumulate, T(0)}, d.x.data(), pitch,
                              {d.h.data(), d.taps(), dilation, d.symmetry}, scratch.data()));
    for (std::int64_t j = 0; j < rows; ++j) {
      for (std::int64_t i = 0; i < n; ++i) {
        const T sum = d.expected(target, j * pitch + i, dilation);
        ASSERT_TRUE(
            same_bits(y[static_cast<std::size_t>(j * (n + 1) + i)], accumulate ? T(3) + sum : sum))
            << d.taps() << " taps, row " << j << ", " << i << " of " << n;
      }
      ASSERT_EQ(y[static_cast<std::size_t>(j * (n + 1) + n)], T(3)) << "written behind a row";
    }
  }
}

template <class T>
void check_along(std::int64_t target, Random& random) {
  const LineSums<T>& loops = line_sums<T>(target);
  if (loops.along == nullptr) {
    EXPECT_EQ(loops.most_along, 0);
    return;
  }
  const std::int64_t lanes = loops.lanes, rows = random.whole(1, 3), begin = random.whole(0, 15);
  const std::int64_t n = lanes + random.whole(0, 20 * lanes);
  Draw<T> d(random, 1);
  if (d.taps() > loops.most_along) return;
  const std::int64_t pitch = n + d.taps() - 1 + random.whole(0, 5);
  // Just what the taps meet, so that the sanitizer sees what is read beyond.
  d.x.resize(static_cast<std::size_t>(begin + (rows - 1) * pitch + n + d.taps() - 1));
  for (T& v : d.x) v = static_cast<T>(random.symmetric());
  std::vector<T> y(static_cast<std::size_t>(rows * (n + 1)), T(3));
  const Soon soon{reinterpret_cast<const std::byte*>(d.x.data()), 8, 4};
  loops.along({y.data(), n + 1, rows, n}, d.x.data() + begin, pitch,
              {d.h.data(), d.taps(), 1, d.symmetry}, random.whole(0, 1) == 1 ? soon : Soon{});
  const std::vector<std::int64_t> order = d.order_along(lanes);
  for (std::int64_t j = 0; j < rows; ++j) {
    for (std::int64_t i = 0; i < n; ++i)
      ASSERT_TRUE(same_bits(y[static_cast<std::size_t>(j * (n + 1) + i)],
                            d.expected(target, begin + j * pitch + i, 1, order)))
          << d.taps() << " taps, row " << j << ", " << i << " of " << n;
    ASSERT_EQ(y[static_cast<std::size_t>(j * (n + 1) + n)], T(3)) << "written behind a row";
  }
}

/// The bits of `down`, past the caches or not, and what is worth a look.
template <class T>
void check_finish_down(std::int64_t target, Random& random) {
  const LineSums<T>& loops = line_sums<T>(target);
  const std::int64_t lanes = loops.lanes, rows = random.whole(1, 19);
  const std::int64_t n = random.whole(1, 4) * lanes, pitch = n + random.whole(0, 2) * lanes;
  const Draw<T> d(random, (rows + 60) * pitch);
  const LineTaps<T> taps{d.h.data(), d.taps(), 1, d.symmetry};
  support::AlignedVector<T> y(static_cast<std::size_t>(rows * pitch)), z(y.size()),
      x(d.x.size() + 1);
  // Aligned or not.
  T* const from = x.data() + random.whole(0, 1);
  std::copy(d.x.begin(), d.x.end(), from);
  OutputRows<T> out{y.data(), pitch, rows, n};
  loops.down(out, from, pitch, taps, Soon{});
  out.y = z.data();
  out.passes_cache = random.whole(0, 1) == 1;
  EXPECT_FALSE(loops.finish_down(out, from, pitch, taps));
  for (std::size_t i = 0; i < y.size(); ++i) ASSERT_TRUE(same_bits(y[i], z[i])) << i;
  out.tiny = T(1e6);
  EXPECT_TRUE(loops.finish_down(out, from, pitch, taps));
  out.tiny = 0;
  from[d.taps() / 2 * pitch + n / 2] = std::numeric_limits<T>::infinity();
  EXPECT_TRUE(loops.finish_down(out, from, pitch, taps));
}

TEST(LineSums, AreTheChainsOfTheirTapsToTheBit) {
  Random random(seed());
  for (const std::int64_t target : supported_target_bits())
    for (int i = 0; i < 80; ++i) {
      check_down<float>(target, random);
      check_down<double>(target, random);
      check_across<float>(target, random);
      check_across<double>(target, random);
      check_along<float>(target, random);
      check_along<double>(target, random);
      check_finish_down<float>(target, random);
      check_finish_down<double>(target, random);
    }
}

template <class T>
void check_watch(std::int64_t target) {
  const LineSums<T>& loops = line_sums<T>(target);
  const std::int64_t n = 3 * loops.lanes + 1;
  const T one = 1;
  std::vector<T> x(static_cast<std::size_t>(loops.lanes * n), T(1)), y(x.size());
  support::AlignedVector<T> scratch(static_cast<std::size_t>(n * loops.lanes));
  const auto doubtful = [&] {
    return loops.across({y.data(), n, loops.lanes, n, false, T(0.5)}, x.data(), n, {&one, 1},
                        scratch.data());
  };
  EXPECT_FALSE(doubtful());
  for (const T v : {std::numeric_limits<T>::infinity(), -std::numeric_limits<T>::infinity(),
                    std::numeric_limits<T>::quiet_NaN(), T(0), T(-0.25)})
    for (std::size_t i = 0; i < x.size(); i += 7) {
      x[i] = v;
      EXPECT_TRUE(doubtful()) << v << " at " << i;
      x[i] = T(-0.5);
    }
}

TEST(LineSums, TellWhatIsWorthALook) {
  for (const std::int64_t target : supported_target_bits()) {
    check_watch<float>(target);
    check_watch<double>(target);
  }
}

}  // namespace
}  // namespace faltung
