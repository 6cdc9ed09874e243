// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "microkernels/byte_lines.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>

#include "microkernels/targets.hpp"
#include "support/aligned_vector.hpp"
#include "support/random.hpp"

namespace faltung {
namespace {

using namespace test_support;

/// Taps at random, of up to 60 and often few.
struct Taps {
  explicit Taps(Random& random)
      : symmetry(static_cast<Symmetry>(random.whole(0, 2))),
        h(static_cast<std::size_t>(random.whole(1, random.whole(0, 1) == 0 ? 17 : 60))) {
    for (float& v : h) v = static_cast<float>(random.symmetric());
    if (symmetry != Symmetry::none)
      for (std::size_t k = 0; k < h.size() / 2; ++k)
        h[h.size() - 1 - k] = symmetry == Symmetry::even ? h[k] : -h[k];
  }
  std::int64_t count() const { return static_cast<std::int64_t>(h.size()); }
  LineTaps<float> line() const { return {h.data(), count(), 1, symmetry}; }
  Symmetry symmetry;
  std::vector<float> h;
};

/// Where output i lies in a line of phases.
std::size_t place_in_line(const ByteLines& loops, std::int64_t i) {
  const std::int64_t lanes = loops.group / 4, rest = i % loops.group;
  return static_cast<std::size_t>(i - rest + rest % 4 * lanes + rest / 4);
}

/// As many rows of samples of bytes, n outputs each, go apart, are summed and come together: the
/// sums are those of LineSums::down, which has one row for each column of theirs.
void check_along(std::int64_t target, const ByteLines& loops, Random& random) {
  const Taps t(random);
  const std::int64_t n = random.whole(1, 5 * loops.group), samples = n + t.count() - 1;
  std::vector<std::uint8_t> x(static_cast<std::size_t>(samples + loops.group));
  for (std::uint8_t& v : x) v = static_cast<std::uint8_t>(random.whole(0, 255));
  const std::vector<float> values(x.begin(), x.end());
  const std::int64_t pitch = phase_pitch(samples), lanes = line_sums<float>(target).lanes;
  support::AlignedVector<float> phases(static_cast<std::size_t>(4 * pitch)), again(phases.size()),
      line(static_cast<std::size_t>(n + loops.group)), in_order(line.size());
  loops.split(x.data(), samples, phases.data(), pitch);
  loops.split_samples(values.data(), samples, again.data(), pitch);
  for (std::int64_t i = 0; i < samples; ++i) {
    const auto at = static_cast<std::size_t>(i % 4 * pitch + i / 4);
    ASSERT_EQ(phases[at], values[static_cast<std::size_t>(i)]) << i;
    ASSERT_EQ(again[at], phases[at]) << i;
  }
  loops.along(phases.data(), pitch, n, t.line(), line.data());
  loops.along_in_order(phases.data(), pitch, n, t.line(), in_order.data());
  std::vector<float> columns(static_cast<std::size_t>(samples * lanes)),
      sums(static_cast<std::size_t>(n * lanes));
  for (std::size_t i = 0; i < columns.size(); ++i)
    columns[i] = values[i / static_cast<std::size_t>(lanes)];
  line_sums<float>(target).down({sums.data(), lanes, n, lanes}, columns.data(), lanes, t.line(),
                                Soon{});
  for (std::int64_t i = 0; i < n; ++i) {
    const auto expected = std::bit_cast<std::uint32_t>(sums[static_cast<std::size_t>(i * lanes)]);
    for (const float sum : {line[place_in_line(loops, i)], in_order[static_cast<std::size_t>(i)]})
      ASSERT_EQ(std::bit_cast<std::uint32_t>(sum), expected)
          << i << " of " << n << ", " << t.count() << " taps";
  }
}

/// The nearest bytes of what `down` gives, in the order of the outputs, wherever y begins, and
/// nothing beside them.
void check_finish(std::int64_t target, const ByteLines& loops, Random& random) {
  const Taps t(random);
  const std::int64_t rows = random.whole(1, 19), n = random.whole(1, kLongestByteLine);
  constexpr std::int64_t kStep = kByteLinePitch;
  support::AlignedVector<float> x(
      static_cast<std::size_t>((rows + loops.rows + t.count()) * kStep));
  for (float& v : x) v = static_cast<float>(128 + 200 * random.symmetric());
  support::AlignedVector<float> sums(static_cast<std::size_t>(rows * kStep));
  line_sums<float>(target).down({sums.data(), kStep, rows, kStep}, x.data(), kStep, t.line(),
                                Soon{});
  const bool aligned = random.whole(0, 1) == 0;
  const std::int64_t begin = aligned ? 64 : random.whole(0, 63),
                     pitch = aligned ? (n + 64) / 64 * 64 : n + random.whole(1, 70);
  support::AlignedVector<std::uint8_t> y(static_cast<std::size_t>(begin + rows * pitch)),
      scratch(static_cast<std::size_t>((rows + loops.rows) * kStep));
  std::fill(y.begin(), y.end(), std::uint8_t{7});
  OutputRows<std::uint8_t> out{y.data() + begin, pitch, rows, n};
  out.passes_cache = random.whole(0, 1) == 0;
  loops.finish(out, x.data(), t.line(), scratch.data());
  for (std::int64_t j = 0; j < rows; ++j) {
    const float* const expected = sums.data() + j * kStep;
    for (std::int64_t i = 0; i < pitch && j * pitch + i < rows * pitch; ++i) {
      const float whole = i < n ? std::nearbyint(expected[place_in_line(loops, i)]) : 7;
      ASSERT_EQ(out.y[j * pitch + i], std::clamp(whole, 0.0F, 255.0F))
          << "row " << j << ", " << i << " of " << n;
    }
  }
  ASSERT_EQ(std::count(y.begin(), y.begin() + begin, 7), begin);
}

TEST(ByteLines, AreTheChainsOfLineSumsToTheBit) {
  Random random(seed());
  std::int64_t tried = 0;
  for (const std::int64_t target : supported_target_bits()) {
    const ByteLines& loops = byte_lines(target);
    if (loops.group == 0) continue;
    ++tried;
    for (int i = 0; i < 300; ++i) {
      check_along(target, loops, random);
      check_finish(target, loops, random);
    }
  }
#if defined(__x86_64__)
  EXPECT_GT(tried, 0);
#endif
}

}  // namespace
}  // namespace faltung
