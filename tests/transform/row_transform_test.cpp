// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "transform/row_transform.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <thread>

#include "transform/polynomials.hpp"

namespace faltung {
namespace {

using namespace test_support;  // NOLINT(google-build-using-namespace)

constexpr Ring kRings[] = {Ring::negacyclic, Ring::circular, Ring::pointwise, Ring::complex};

template <class Body>
void for_every_kind(Body body) {
  for (std::int64_t target : supported_target_bits())
    for (Ring ring : kRings) {
      SCOPED_TRACE("target bit " + std::to_string(target) + " ring " +
                   std::to_string(static_cast<int>(ring)));
      body(float(), ring, target);
      body(double(), ring, target);
    }
}

/// A row with room for its transform.
template <class T>
struct Row {
  Row(Ring ring_, std::int64_t n_, std::int64_t target)
      : ring(ring_),
        n(n_),
        transform(value_or_throw(RowTransform<T>::make(ring, n, target))),
        lines(static_cast<std::size_t>(RowTransform<T>::numbers_of(ring, n, target))),
        room(static_cast<std::size_t>(RowTransform<T>::room_of(ring, n, target))) {}

  std::vector<T> samples(Random& random) const {
    std::vector<T> x(static_cast<std::size_t>(RowTransform<T>::samples_of(ring, n)));
    for (T& v : x) v = static_cast<T>(random.symmetric());
    return x;
  }
  std::vector<T> kernel(const std::vector<T>& taps) {
    std::vector<T> h(lines.size());
    transform.forward_kernel(taps.data(), false, 1, h.data(), room.data());
    return h;
  }
  /// Number `at` of the ring's product, by its definition: n + k is the imaginary part of place k.
  long double exact(const std::vector<T>& x, const std::vector<T>& h, std::int64_t at) const {
    const std::int64_t k = at % n;
    long double y = 0;
    const auto add = [&](std::int64_t part, std::int64_t tap_part, int sign) {
      for (std::int64_t i = 0; i < n; ++i) {
        const std::int64_t j = i <= k ? k - i : k - i + n;
        const int turn = ring == Ring::negacyclic && i > k ? -sign : sign;
        y += turn * static_cast<long double>(x[static_cast<std::size_t>(part * n + i)]) *
             h[static_cast<std::size_t>(tap_part * n + j)];
      }
    };
    if (at < n) add(0, 0, 1);
    if (ring == Ring::complex && at < n) add(1, 1, -1);
    if (at >= n) add(0, 1, 1), add(1, 0, 1);
    return y;
  }

  Ring ring;
  std::int64_t n;
  RowTransform<T> transform;
  std::vector<T> lines, room;
};

template <class V>
long double norm_of(const V& v) {
  long double sum = 0;
  for (const auto x : v) sum += static_cast<long double>(x) * static_cast<long double>(x);
  return std::sqrt(sum);
}

/// A new thread for every piece of a step.
class Threads final : public Executor {
 public:
  void run(int count, Task task, void* state) noexcept override {
    std::vector<std::jthread> threads;
    for (int i = 0; i < count; ++i) threads.emplace_back([=] { task(state, i); });
  }
};

/// The definition within the bound, whether at once or in steps, which give the same bits.
TEST(RowTransform, ProductIsThatOfTheRing) {
  for_every_kind([]<class T>(T, Ring ring, std::int64_t target) {
    Random random(seed());
    for (std::int64_t n : {256, 512, 768, 1024, 1280, 2048, 2304, 4096}) {
      ASSERT_TRUE(RowTransform<T>::takes(ring, n, target)) << n;
      Row<T> row(ring, n, target);
      const std::vector<T> x = row.samples(random), taps = row.samples(random);
      const std::vector<T> h = row.kernel(taps);
      std::vector<T> y(x.size()), steps(x.size()), lines = row.lines;
      row.transform.convolve(x.data(), false, h.data(), lines.data(), y.data(), row.room.data());
      const long double bound = convolution_error_coefficient(row_error_coefficient(ring, n)) *
                                kUnit<T> * norm_of(x) * norm_of(taps);
      // All of a short row, some of a long one: what is wrong there is so in many places.
      const auto count = static_cast<std::int64_t>(y.size());
      for (std::int64_t i = 0; i < count; i += n <= 512 ? 1 : random.whole(1, count / 50))
        EXPECT_LE(std::abs(y[static_cast<std::size_t>(i)] - row.exact(x, taps, i)), bound) << n;
      row.transform.forward(x.data(), false, lines.data(), row.room.data());
      row.transform.multiply(lines.data(), h.data(), lines.data());
      row.transform.inverse(lines.data(), steps.data(), row.room.data());
      EXPECT_EQ(steps, y) << n;
      std::vector<T> in_place = x;
      row.transform.convolve(in_place.data(), false, h.data(), lines.data(), in_place.data(),
                             row.room.data());
      EXPECT_EQ(in_place, y) << n;
    }
  });
}

/// Long periods, whose folds are made tile by tile: twice their length wraps around by itself.
TEST(RowTransform, LongPeriods) {
  for_every_kind([]<class T>(T, Ring ring, std::int64_t target) {
    if (ring != Ring::circular && ring != Ring::pointwise) return;
    Random random(seed());
    for (std::int64_t n : {1 << 16, 3 << 15, 5 << 14, 1 << 17}) {
      Row<T> row(ring, n, target), padded(Ring::negacyclic, 2 * n, target);
      const std::vector<T> x = row.samples(random), taps = row.samples(random);
      std::vector<T> y(x.size()), twice = x, more = taps;
      twice.resize(2 * x.size());
      more.resize(2 * x.size());
      const std::vector<T> h = row.kernel(taps), padded_h = padded.kernel(more);
      row.transform.convolve(x.data(), false, h.data(), row.lines.data(), y.data(),
                             row.room.data());
      padded.transform.convolve(twice.data(), true, padded_h.data(), padded.lines.data(),
                                twice.data(), padded.room.data());
      const auto coefficient = [](Ring of, std::int64_t length) {
        return convolution_error_coefficient(row_error_coefficient(of, length));
      };
      const long double bound =
          (coefficient(ring, n) + 2 * coefficient(Ring::negacyclic, 2 * n) + 1) * kUnit<T> *
          norm_of(x) * norm_of(taps);
      long double difference = 0;
      for (std::size_t i = 0; i < y.size(); ++i)
        difference = std::max(
            difference, std::abs(static_cast<long double>(y[i]) - twice[i] - twice[i + x.size()]));
      EXPECT_LE(difference, bound) << n;
    }
  });
}

/// Results that are stored past the caches, where y lies at whole vectors, are the same bits.
TEST(RowTransform, ResultsPastTheCaches) {
  Threads executor;
  for_every_kind([&]<class T>(T, Ring ring, std::int64_t target) {
    if (ring != Ring::circular) return;
    Random random(seed());
    const std::int64_t n = 1 << 20;
    Row<T> row(ring, n, target);
    std::vector<T> x = row.samples(random);
    const std::vector<T> h = row.kernel(row.samples(random));
    support::AlignedVector<T> y(x.size() + 1), kept(x.size());
    const auto convolve = [&](T* to, T* aside, const support::Team& team) {
      row.transform.convolve(x.data(), false, h.data(), row.lines.data(), to, row.room.data(), team,
                             {}, 0, aside);
    };
    convolve(kept.data(), kept.data(), {});
    for (const int offset : {0, 1})
      for (const int threads : {1, 2}) {
        support::Team::run(executor, threads, [&](const support::Team& team) {
          convolve(y.data() + offset, nullptr, team);
        });
        EXPECT_TRUE(std::equal(kept.begin(), kept.end(), y.begin() + offset));
      }
    convolve(x.data(), nullptr, {});
    EXPECT_TRUE(std::equal(kept.begin(), kept.end(), x.begin()));
  });
}

/// A half that is known to be zero is not read.
TEST(RowTransform, UpperHalfZero) {
  for_every_kind([]<class T>(T, Ring ring, std::int64_t target) {
    if (ring == Ring::complex) return;
    Random random(seed());
    for (std::int64_t n : {256, 1280, 4096, 1 << 15}) {
      Row<T> row(ring, n, target);
      std::vector<T> x = row.samples(random);
      const std::vector<T> taps = row.samples(random), h = row.kernel(taps);
      std::fill(x.begin() + n / 2, x.end(), T(0));
      // Either is within its bound of the exact product.
      const long double bound = 2 * convolution_error_coefficient(row_error_coefficient(ring, n)) *
                                kUnit<T> * norm_of(x) * norm_of(taps);
      std::vector<T> y(x.size()), half(x.size());
      row.transform.convolve(x.data(), false, h.data(), row.lines.data(), y.data(),
                             row.room.data());
      std::fill(x.begin() + n / 2, x.end(), std::numeric_limits<T>::quiet_NaN());
      row.transform.convolve(x.data(), true, h.data(), row.lines.data(), half.data(),
                             row.room.data());
      long double difference = 0;
      for (std::size_t i = 0; i < y.size(); ++i)
        difference = std::max(difference, std::abs(static_cast<long double>(y[i]) - half[i]));
      EXPECT_LE(difference, bound) << n;
    }
  });
}

/// However many threads share a row, whether its first passes have nodes for each of them or not.
TEST(RowTransform, ATeamGivesTheSameBits) {
  Threads executor;
  for_every_kind([&]<class T>(T, Ring ring, std::int64_t target) {
    Random random(seed());
    for (std::int64_t n : {1 << 10, 1 << 16, 3 << 15, 9 << 14, 1 << 17}) {
      Row<T> row(ring, n, target);
      const std::vector<T> x = row.samples(random), h = row.kernel(row.samples(random));
      std::vector<T> alone(x.size()), together(x.size());
      row.transform.convolve(x.data(), false, h.data(), row.lines.data(), alone.data(),
                             row.room.data());
      for (int threads : {2, 3, 5}) {
        support::Team::run(executor, threads, [&](const support::Team& team) {
          row.transform.convolve(x.data(), false, h.data(), row.lines.data(), together.data(),
                                 row.room.data(), team);
        });
        EXPECT_EQ(together, alone) << n << " on " << threads;
      }
    }
  });
}

/// Results whose last ones have no place: the others are the same bits, and nothing behind them is
/// written.
TEST(RowTransform, ShortResults) {
  Threads executor;
  for_every_kind([&]<class T>(T, Ring ring, std::int64_t target) {
    if (ring != Ring::negacyclic) return;
    Random random(seed());
    for (std::int64_t n : {256, 640, 768, 4096, 1 << 16}) {
      Row<T> row(ring, n, target);
      const std::int64_t most = row.transform.may_miss() - 1;
      const std::vector<T> x = row.samples(random), h = row.kernel(row.samples(random));
      std::vector<T> whole(x.size()), aside(x.size());
      row.transform.convolve(x.data(), false, h.data(), row.lines.data(), whole.data(),
                             row.room.data());
      for (const std::int64_t missing : {std::int64_t{1}, std::int64_t{2}, most / 2, most})
        for (const int threads : {1, 3}) {
          std::vector<T> y(x.size(), T(77));
          support::Team::run(executor, threads, [&](const support::Team& team) {
            row.transform.convolve(x.data(), false, h.data(), row.lines.data(), y.data(),
                                   row.room.data(), team, {}, missing, aside.data());
          });
          const auto there = whole.begin() + (n - missing);
          EXPECT_TRUE(std::equal(whole.begin(), there, y.begin())) << n << " without " << missing;
          EXPECT_EQ(std::count(y.begin() + (n - missing), y.end(), T(77)), missing) << n;
        }
    }
  });
}

TEST(RowTransform, Lengths) {
  for_every_kind([]<class T>(T, Ring ring, std::int64_t target) {
    const std::int64_t quantum = row_quantum<T>(target);
    EXPECT_FALSE(RowTransform<T>::takes(ring, 7 * 1024, target));
    EXPECT_FALSE(RowTransform<T>::make(ring, 7 * 1024, target));
    if (ring == Ring::circular || ring == Ring::pointwise) {
      EXPECT_FALSE(RowTransform<T>::takes(ring, 2 * quantum, target) && quantum > 1);
      return;
    }
    const std::int64_t smallest = ring == Ring::complex ? quantum : 2 * quantum;
    EXPECT_EQ(RowTransform<T>::next(ring, 1, target, false), smallest);
    std::int64_t before = 0;
    for (std::int64_t n = 1; n < 5000; n = RowTransform<T>::next(ring, n, target, false) + 1) {
      const std::int64_t next = RowTransform<T>::next(ring, n, target, false);
      EXPECT_TRUE(RowTransform<T>::takes(ring, next, target)) << next;
      for (std::int64_t between = std::max(before + 1, n); between < next; ++between)
        EXPECT_TRUE(!RowTransform<T>::takes(ring, between, target) ||
                    RowTransform<T>::is_narrow(ring, between, target))
            << between;
      before = next;
    }
  });
}

TEST(RowTransform, BytesAreThoseOfItsTables) {
  for_every_kind([]<class T>(T, Ring ring, std::int64_t target) {
    for (std::int64_t n : {256, 1280, 8192, 16384})
      EXPECT_EQ(value_or_throw(RowTransform<T>::make(ring, n, target)).bytes(),
                RowTransform<T>::bytes_of(ring, n, target));
  });
}

}  // namespace
}  // namespace faltung
