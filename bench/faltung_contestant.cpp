// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "contest.hpp"
#include "microkernels/targets.hpp"
#include "transform/row_transform.hpp"

namespace faltung::bench {
namespace {

class Ours final : public Contestant {
 public:
  Ours(const Case& work, int threads)
      : work_(work),
        plan_(Planner().plan(work.problem, work.h.view())),
        kernel_(plan_.prepare(work.h.view())),
        workspace_(plan_, threads) {
    y = Buffer(plan_.output_type(), plan_.output_shape());
    version = FALTUNG_VERSION;
    method = plan_.algorithm();
  }
  void run() override {
    const Status status = plan_.execute(work_.x.view(), kernel_, y.view(), workspace_);
    if (status != Status::ok) throw Error(plan_.failure(status));
  }

 private:
  const Case& work_;
  Plan plan_;
  Kernel kernel_;
  Workspace workspace_;
};

/// The kernel is made anew each time; `and_execute`: and met by x.
class Preparing final : public Contestant {
 public:
  Preparing(const Case& work, bool and_execute)
      : work_(work),
        execute_(and_execute),
        plan_(Planner().plan(work.problem, work.h.view())),
        workspace_(plan_, work.threads) {
    if (and_execute) y = Buffer(plan_.output_type(), plan_.output_shape());
    version = FALTUNG_VERSION;
    method = plan_.algorithm();
  }
  void run() override {
    const Kernel kernel = plan_.prepare(work_.h.view());
    if (!execute_) return;
    const Status status = plan_.execute(work_.x.view(), kernel, y.view(), workspace_);
    if (status != Status::ok) throw Error(plan_.failure(status));
  }

 private:
  const Case& work_;
  bool execute_;
  Plan plan_;
  Workspace workspace_;
};

/// Has its work with it.
class Other final : public Contestant {
 public:
  Other(const std::string& problem, int threads)
      : work_(make_case(problem, threads, 0, "dense")), ours_(work_, threads) {
    version = FALTUNG_VERSION;
  }
  void run() override { ours_.run(); }

 private:
  Case work_;
  Ours ours_;
};

/// A row of the whole block of fft_single, to its spectrum.
template <class T>
class Forward final : public Contestant {
 public:
  explicit Forward(const Case& work) {
    const std::int64_t target = value_or_throw(active_target_bit());
    const bool wrap = work.problem.boundary == Boundary::wrap;
    const Ring ring = wrap ? Ring::circular : Ring::negacyclic;
    const std::int64_t outputs = work.output_shape().back();
    const std::int64_t length =
        wrap ? outputs : RowTransform<T>::next(ring, outputs, target, false);
    row_ = std::make_unique<RowTransform<T>>(
        value_or_throw(RowTransform<T>::make(ring, length, target)));
    samples_.resize(static_cast<std::size_t>(length));
    const std::int64_t taps = work.h.shape.back();
    std::copy_n(work.h.as<T>(), taps, samples_.data());
    upper_zero_ = taps <= length / 2;
    lines_.resize(static_cast<std::size_t>(RowTransform<T>::numbers_of(ring, length, target)));
    room_.resize(static_cast<std::size_t>(RowTransform<T>::room_of(ring, length, target)));
    version = FALTUNG_VERSION;
  }
  void run() override { row_->forward(samples_.data(), upper_zero_, lines_.data(), room_.data()); }

 private:
  std::unique_ptr<RowTransform<T>> row_;
  support::AlignedVector<T> samples_, lines_, room_;
  bool upper_zero_ = false;
};

}  // namespace

std::unique_ptr<Contestant> make_faltung(const Case& work) {
  return std::make_unique<Ours>(work, work.threads);
}

std::unique_ptr<Contestant> make_preparing(const Case& work, bool and_execute) {
  return std::make_unique<Preparing>(work, and_execute);
}

std::unique_ptr<Contestant> make_other(const std::string& problem, int threads) {
  return std::make_unique<Other>(problem, threads);
}

std::unique_ptr<Contestant> make_own(const Case& work, const std::string& name) {
  if (name == "one-thread") return std::make_unique<Ours>(work, 1);
  if (work.x.type == ElementType::f32) return std::make_unique<Forward<float>>(work);
  return std::make_unique<Forward<double>>(work);
}

}  // namespace faltung::bench
