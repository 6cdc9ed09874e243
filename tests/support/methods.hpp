// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include "faltung/device.hpp"
#include "faltung/plan.hpp"

namespace faltung::test_support {

/// A test that runs once for each method; GetParam() is the name to force.
class EveryMethod : public ::testing::TestWithParam<std::string> {
 protected:
  std::string method() const { return GetParam(); }
};

/// The same, and once with the planner's own choice.
class EveryMethodAndAuto : public EveryMethod {};

/// Whether a method computes on a GPU.
inline bool is_of_device(const std::string& method) { return method.starts_with("cuda_"); }

/// Whether a method takes kernels of a known rank over several axes, and those that there are.
inline bool is_separable(const std::string& method) {
  return method == "separable" || method == "cuda_separable";
}
inline std::vector<std::string> separable_methods() {
  std::vector<std::string> names = {"separable"};
  if (!devices().empty()) names.emplace_back("cuda_separable");
  return names;
}

/// The methods that take any kernel. `separable` takes those of a known rank over several axes,
/// `recursive` products of boxes and cosines, those of a GPU where there is one: conformance, the
/// laws and contract/separable_test.cpp and recursive_test.cpp make them.
inline std::vector<std::string> methods_for_any_kernel() {
  std::vector<std::string> names = algorithm_names();
  std::erase_if(names, is_separable);
  std::erase(names, "recursive");
  if (devices().empty()) std::erase_if(names, is_of_device);
  // Not every GPU's machine has the library.
  const std::string by_library = "cuda_cufft";
  if (!Planner().try_plan(Problem::parse("convolve f32 [9] * [2] full method=" + by_library)))
    std::erase(names, by_library);
  return names;
}

inline std::vector<std::string> methods_and_auto() {
  std::vector<std::string> names = methods_for_any_kernel();
  names.emplace_back("auto");
  return names;
}

inline std::string method_name(const ::testing::TestParamInfo<std::string>& info) {
  return info.param;
}

#define FALTUNG_FOR_EVERY_METHOD(suite)                                                            \
  INSTANTIATE_TEST_SUITE_P(Methods, suite,                                                         \
                           ::testing::ValuesIn(::faltung::test_support::methods_for_any_kernel()), \
                           ::faltung::test_support::method_name)
#define FALTUNG_FOR_EVERY_METHOD_AND_AUTO(suite)                                             \
  INSTANTIATE_TEST_SUITE_P(Methods, suite,                                                   \
                           ::testing::ValuesIn(::faltung::test_support::methods_and_auto()), \
                           ::faltung::test_support::method_name)

}  // namespace faltung::test_support
