// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// cuFFT as it is loaded and called, by a library of the tests (driver/fake_cufft.cpp).
#include "cuda/cufft_library.hpp"

#include <dlfcn.h>
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <complex>
#include <cstdlib>
#include <thread>
#include <vector>

namespace faltung::cuda {
namespace {

Result<Cufft> load(std::vector<const char*> names) { return Cufft::load(names); }

const Cufft& fake() {
  static const Result<Cufft> loaded = load({FALTUNG_FAKE_CUFFT});
  EXPECT_TRUE(loaded) << loaded.error().message;
  return *loaded;
}

int plans_there() {
  void* const library = dlopen(FALTUNG_FAKE_CUFFT, RTLD_NOW | RTLD_LOCAL);
  return reinterpret_cast<int (*)()>(dlsym(library, "fake_cufft_plans"))();
}

/// A function of the library that fails, while this lives.
class Fails {
 public:
  explicit Fails(const char* function) { setenv("FAKE_CUFFT_FAILS", function, 1); }
  ~Fails() { unsetenv("FAKE_CUFFT_FAILS"); }
  Fails(const Fails&) = delete;
  Fails& operator=(const Fails&) = delete;
};

TransformShape shape_of(bool single, bool complex, std::vector<std::int64_t> lengths,
                        std::int64_t arrays) {
  TransformShape shape;
  shape.single = single;
  shape.complex = complex;
  shape.axes = static_cast<int>(lengths.size());
  for (std::size_t i = 0; i < lengths.size(); ++i) shape.length[i] = lengths[i];
  shape.arrays = arrays;
  return shape;
}

TEST(CufftLibrary, IsTheFirstThatIsThere) {
  const auto found = load({"libno-such-cufft.so.1", FALTUNG_FAKE_CUFFT});
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_EQ(found->version_text(), "12.1.3");
}

TEST(CufftLibrary, IsRefusedWhereThereIsNone) {
  const auto none = load({"libno-such-cufft.so.2", "libno-such-cufft.so.1"});
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().status, Status::unsupported);
  EXPECT_EQ(none.error().message,
            "cuFFT is not on this machine: neither libno-such-cufft.so.2 nor libno-such-cufft.so.1 "
            "is found");
  const auto other = load({"libc.so.6"});
  ASSERT_FALSE(other);
  EXPECT_NE(other.error().message.find("lacks cufftCreate"), std::string::npos)
      << other.error().message;
}

/// Forward, where the first number of each spectrum is the sum, and back, which is n times what was
/// there.
template <class T>
void check_transform(const TransformShape& shape) {
  CufftPlan plan(fake());
  ASSERT_EQ(plan.make(shape), 0);
  const std::int64_t row = shape.length[static_cast<std::size_t>(shape.axes - 1)];
  const std::int64_t room = shape.row_points() * (shape.complex ? 1 : 2);
  const std::int64_t parts = shape.complex ? 2 : 1, rows = shape.points() / shape.row_points();
  std::vector<T> array(static_cast<std::size_t>(2 * shape.points() * shape.arrays));
  std::vector<std::byte> work(static_cast<std::size_t>(plan.work_bytes()));
  const auto number = [&](std::int64_t r, std::int64_t j, std::int64_t part) -> T& {
    return array[static_cast<std::size_t>((r * room + j) * parts + part)];
  };
  const auto value = [](std::int64_t r, std::int64_t j, std::int64_t part) {
    return static_cast<T>((7 * r + 3 * j + part) % 11);
  };
  std::vector<double> sums(static_cast<std::size_t>(shape.arrays));
  for (std::int64_t r = 0; r < rows * shape.arrays; ++r)
    for (std::int64_t j = 0; j < row; ++j)
      for (std::int64_t p = 0; p < parts; ++p) {
        number(r, j, p) = value(r, j, p);
        if (p == 0) sums[static_cast<std::size_t>(r / rows)] += value(r, j, p);
      }
  int stream = 0;
  ASSERT_EQ(plan.run(true, array.data(), work.data(), &stream), 0);
  for (std::int64_t i = 0; i < shape.arrays; ++i)
    EXPECT_NEAR(array[static_cast<std::size_t>(2 * shape.points() * i)],
                sums[static_cast<std::size_t>(i)], 1e-3);
  ASSERT_EQ(plan.run(false, array.data(), work.data(), &stream), 0);
  double n = static_cast<double>(row * rows);
  for (std::int64_t r = 0; r < rows * shape.arrays; ++r)
    for (std::int64_t j = 0; j < row; ++j)
      for (std::int64_t p = 0; p < parts; ++p)
        ASSERT_NEAR(number(r, j, p), n * value(r, j, p), 1e-5 * n * 11) << r << " " << j;
}

TEST(CufftPlan, TransformsThereAndBack) {
  for (const bool complex : {false, true})
    for (const std::vector<std::int64_t>& lengths :
         {std::vector<std::int64_t>{60}, {6, 10}, {5, 1, 14}, {8, 9, 2}})
      for (const std::int64_t arrays : {1, 3}) {
        check_transform<float>(shape_of(true, complex, lengths, arrays));
        check_transform<double>(shape_of(false, complex, lengths, arrays));
      }
  EXPECT_EQ(plans_there(), 0);
}

TEST(CufftPlan, GivesBackWhatItHasWhereTheLibraryFails) {
  for (const char* function : {"cufftCreate", "cufftMakePlanMany64"}) {
    const Fails fails(function);
    CufftPlan plan(fake());
    EXPECT_NE(plan.make(shape_of(true, false, {60}, 2)), 0);
  }
  EXPECT_EQ(plans_there(), 0);
  CufftPlan plan(fake());
  ASSERT_EQ(plan.make(shape_of(true, true, {4}, 1)), 0);
  std::array<std::complex<float>, 4> array = {};
  std::vector<std::byte> work(static_cast<std::size_t>(plan.work_bytes()));
  const Fails fails("cufftExec");
  EXPECT_NE(plan.run(true, array.data(), work.data(), nullptr), 0);
}

// The library of the tests takes a stream and a work area for one transform: a thread that came
// between them would take another's.
TEST(CufftPlan, IsUsedByManyThreadsAtOnce) {
  CufftPlan plan(fake());
  constexpr int kThreads = 4, kTimes = 300;
  ASSERT_EQ(plan.make(shape_of(true, true, {30}, 1)), 0);
  std::array<int, kThreads> failed = {};
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t)
    threads.emplace_back([&, t] {
      std::vector<std::complex<float>> array(30);
      std::vector<std::byte> work(static_cast<std::size_t>(plan.work_bytes()));
      for (int i = 0; i < kTimes; ++i)
        if (plan.run(i % 2 == 0, array.data(), work.data(), &array) != 0)
          ++failed[static_cast<std::size_t>(t)];
    });
  for (std::thread& t : threads) t.join();
  EXPECT_EQ(failed, (std::array<int, kThreads>{}));
}

}  // namespace
}  // namespace faltung::cuda
