// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "contest.hpp"

namespace faltung::bench {
namespace {

class Ours final : public Contestant {
 public:
  explicit Ours(const Case& work)
      : work_(work),
        plan_(Planner().plan(work.problem, work.h.view())),
        kernel_(plan_.prepare(work.h.view())),
        workspace_(plan_, work.threads) {
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

}  // namespace

std::unique_ptr<Contestant> make_faltung(const Case& work) { return std::make_unique<Ours>(work); }

}  // namespace faltung::bench
