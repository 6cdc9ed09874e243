// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "faltung/machine_profile.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>

#include "faltung/plan.hpp"
#include "planner/work.hpp"

namespace faltung {
namespace {

/// A cache directory of its own, for as long as the test runs.
class Profiles : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ =
        std::filesystem::temp_directory_path() / ("faltung-profile-" + std::to_string(::getpid()));
    std::filesystem::create_directories(folder_);
    if (const char* old = std::getenv("XDG_CACHE_HOME")) old_ = old;
    ::setenv("XDG_CACHE_HOME", folder_.c_str(), 1);
  }
  void TearDown() override {
    if (old_.empty()) ::unsetenv("XDG_CACHE_HOME");
    else ::setenv("XDG_CACHE_HOME", old_.c_str(), 1);
    std::filesystem::remove_all(folder_);
  }
  static std::string read(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  static void write(const std::string& path, const std::string& text) {
    std::filesystem::create_directories(std::filesystem::path(path).parent_path());
    std::ofstream(path, std::ios::binary) << text;
  }

  std::filesystem::path folder_;
  std::string old_;
};

TEST_F(Profiles, TheShippedTableIsWholeAndPositive) {
  const MachineProfile& shipped = MachineProfile::shipped();
  EXPECT_TRUE(shipped.is_shipped());
  ASSERT_EQ(shipped.seconds().size(), kPrimitives * kArithmetics);
  double largest = 0;
  for (const double s : shipped.seconds()) {
    EXPECT_GE(s, 0);
    EXPECT_LT(s, 1e-4);
    largest = std::max(largest, s);
  }
  EXPECT_GT(largest, 0);
}

TEST_F(Profiles, ACalibrationTakesItsTimeAndComesBack) {
  const auto start = std::chrono::steady_clock::now();
  const auto measured = MachineProfile::calibrate(0.05);
  ASSERT_TRUE(measured) << measured.error().message;
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(20));
  EXPECT_FALSE(measured->is_shipped());
  EXPECT_GT(measured->peaks().f32_flop_per_second, 0);
  EXPECT_GT(measured->peaks().copy_bytes_per_second, 0);
  EXPECT_FALSE(MachineProfile::cached());
  ASSERT_TRUE(measured->save());
  const auto again = MachineProfile::cached();
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(again->to_string(), measured->to_string());
  EXPECT_TRUE(MachineProfile::clear().value());
  EXPECT_FALSE(MachineProfile::clear().value());
  EXPECT_FALSE(MachineProfile::cached());
  EXPECT_FALSE(MachineProfile::calibrate(0));
  EXPECT_FALSE(MachineProfile::calibrate(-1));
}

TEST_F(Profiles, DamagedOnesAreIgnored) {
  const auto measured = MachineProfile::calibrate(0.01);
  ASSERT_TRUE(measured);
  const std::string text = measured->to_string(), path = MachineProfile::cache_path();
  write(path, text);
  EXPECT_TRUE(MachineProfile::cached());
  for (std::size_t i = 0; i < text.size(); ++i) {
    std::string damaged = text;
    damaged[i] = static_cast<char>(damaged[i] ^ 1);
    EXPECT_FALSE(MachineProfile::parse(damaged)) << i;
    EXPECT_FALSE(MachineProfile::parse(text.substr(0, i))) << i;
  }
  for (const std::string& other :
       {std::string(), std::string("\0\xff", 2), text + text, std::string(1000000, 'x')}) {
    write(path, other);
    const auto cached = MachineProfile::cached();
    EXPECT_FALSE(cached);
    EXPECT_EQ(cached.error().status, Status::no_output);
  }
}

TEST_F(Profiles, WritersAtTheSameTimeLeaveAWholeOne) {
  const auto measured = MachineProfile::calibrate(0.01);
  ASSERT_TRUE(measured);
  std::vector<std::thread> writers;
  for (int i = 0; i < 4; ++i)
    writers.emplace_back([&] {
      for (int round = 0; round < 25; ++round) {
        EXPECT_TRUE(measured->save());
        EXPECT_TRUE(MachineProfile::cached());
      }
    });
  for (std::thread& writer : writers) writer.join();
  const auto folder = std::filesystem::path(MachineProfile::cache_path()).parent_path();
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder), {}), 1);
}

TEST_F(Profiles, APlaceThatCannotBeWrittenIsSaid) {
  write((folder_ / "faltung").string(), "a file, no folder");
  const auto saved = MachineProfile::shipped().save();
  ASSERT_FALSE(saved);
  EXPECT_NE(saved.error().message.find(MachineProfile::cache_path()), std::string::npos);
}

TEST_F(Profiles, SteerTheChoiceUnlessPlansAreToBeReproducible) {
  // A machine whose transforms cost nothing but whose sums are slow.
  const auto made = [&] {
    std::string lines = "faltung profile 1\nmachine test\npeaks 1 1 1\n";
    for (std::size_t p = 0; p < kPrimitives; ++p)
      lines += std::string(kPrimitiveNames[p]) +
               (std::string(kPrimitiveNames[p]).starts_with("direct") ? " 1 1 1\n" : " 0 0 0\n");
    std::uint32_t a = 1, b = 0;
    for (const char c : lines) {
      a = (a + static_cast<unsigned char>(c)) % 65521;
      b = (b + a) % 65521;
    }
    char sum[32];
    std::snprintf(sum, sizeof sum, "checksum %08x\n", b << 16 | a);
    return MachineProfile::parse(lines + sum);
  }();
  ASSERT_TRUE(made) << made.error().message;
  Problem p = Problem::parse("convolve f32 [100000] * [3] full");
  EXPECT_EQ(Planner().plan(p).algorithm(), "direct");
  EXPECT_NE(Planner(*made).plan(p).algorithm(), "direct");
  p.reproducible = true;
  EXPECT_EQ(Planner(*made).plan(p).explain(), Planner().plan(p).explain());
}

}  // namespace
}  // namespace faltung
