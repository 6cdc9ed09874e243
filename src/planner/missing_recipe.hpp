// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// A recipe of plans: x is parted into samples and what is missing, these are convolved one after
// the other on the same scratch, and the sums are put together.
//
//   workspace   [ scratch of the plans | x~ | samples | there | gone | A | B | V | M ]
#pragma once

#include <algorithm>
#include <array>

#include "planner/missing.hpp"
#include "planner/missing_loops.hpp"
#include "support/parallel.hpp"

namespace faltung {

/// Plans or kernels of the problems of MissingProblems.
template <class T>
struct Each {
  std::optional<T> plain, a, b, v, m, extension;
};

struct MissingKernel final : Kernel::Prepared {
  Each<Kernel> of;
  bool nonnegative = false;
  double largest_sum = 0, least = 0;  ///< of |h|: a kernel's sum, the smallest tap that is not 0
  std::int64_t bytes() const noexcept override {
    std::int64_t sum = 0;
    for (const auto* k : {&of.plain, &of.a, &of.b, &of.v, &of.m, &of.extension})
      if (*k) sum += (*k)->bytes();
    return sum;
  }
};

/// Where an execution keeps its arrays.
struct Arrays {
  std::byte *extended = nullptr, *samples = nullptr;
  std::uint8_t *there = nullptr, *gone = nullptr;
  std::byte *a = nullptr, *b = nullptr, *v = nullptr, *m = nullptr;
};

class MissingRecipe final : public Recipe {
 public:
  MissingRecipe(Problem problem, MissingProblems problems, Each<Plan> plans)
      : problem_(std::move(problem)), p_(std::move(problems)), plans_(std::move(plans)) {
    support::Carver carver(nullptr);
    lay(carver);
    array_bytes_ = carver.used();
  }

  std::string tree() const override;
  std::int64_t scratch_bytes() const noexcept override { return workspace_bytes(1); }
  std::int64_t workspace_bytes(int threads) const noexcept override {
    return scratch_of(threads) + array_bytes_;
  }
  std::int64_t tasks() const noexcept override { return 4096; }
  std::int64_t table_bytes() const noexcept override {
    return sum_of(
        [](const Plan& plan) { return static_cast<double>(plan.impl().recipe->table_bytes()); });
  }
  std::int64_t kernel_bytes() const noexcept override {
    return sum_of(
        [](const Plan& plan) { return static_cast<double>(plan.impl().recipe->kernel_bytes()); });
  }
  double predicted_seconds() const override {
    double seconds = 0;
    for (const auto* plan : all())
      if (*plan) seconds += (*plan)->predicted_seconds();
    return seconds;
  }
  Result<std::shared_ptr<Kernel::Prepared>> prepare(const ConstView& h) const override;
  Status execute(const Execution& run, const Kernel::Prepared& kernel) const noexcept override;
  ErrorBound error_bound(const ConstView& x, const Kernel::Prepared& kernel) const override;

 private:
  std::array<const std::optional<Plan>*, 6> all() const {
    return {&plans_.plain, &plans_.a, &plans_.b, &plans_.v, &plans_.m, &plans_.extension};
  }
  template <class F>
  std::int64_t sum_of(F&& f) const noexcept {
    double sum = 0;
    for (const auto* plan : all())
      if (*plan) sum += f(**plan);
    return static_cast<std::int64_t>(std::min(sum, 0x1p62));
  }
  /// What the plans take, one after the other.
  std::int64_t scratch_of(int threads) const noexcept {
    std::int64_t most = 0;
    for (const auto* plan : all())
      if (*plan) most = std::max(most, (*plan)->workspace_bytes(threads));
    return (most + 63) / 64 * 64;
  }
  bool fills() const { return problem_.nan == Nan::interpolate; }
  Dims sums_shape() const { return plans_.v->output_shape(); }
  Arrays lay(support::Carver& carver) const;
  ConstView samples(const Arrays& at) const { return {at.samples, p_.samples, p_.shape}; }
  MissingSums sums(const Arrays& at, const MissingKernel& kernel) const;
  Status convolve(const ConstView& x, const MissingKernel& kernel, const Arrays& at,
                  Workspace& workspace) const noexcept;
  Status part(const ConstView& x, const MissingKernel& kernel, const Arrays& at,
              Workspace& workspace) const noexcept;
  View filled(const ConstView& x, const Arrays& at) const;
  SumErrors errors(const ConstView& x, const MissingKernel& kernel, const Arrays& at) const;

  Problem problem_;
  MissingProblems p_;
  Each<Plan> plans_;
  std::int64_t array_bytes_ = 0;
};

}  // namespace faltung
