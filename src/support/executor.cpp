// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "faltung/plan.hpp"

#ifdef FALTUNG_EXECUTOR_TBB
#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>
#endif

namespace faltung {
namespace {

#ifdef FALTUNG_EXECUTOR_TBB
class TbbExecutor final : public Executor {
 public:
  void run(int count, Task task, void* state) noexcept override {
    // One task a thread: each takes its share of the work itself, so stealing has nothing to do.
    tbb::parallel_for(
        0, count, [task, state](int i) { task(state, i); }, tbb::simple_partitioner());
  }
};
using DefaultExecutor = TbbExecutor;
#else
class SerialExecutor final : public Executor {
 public:
  void run(int count, Task task, void* state) noexcept override {
    for (int i = 0; i < count; ++i) task(state, i);
  }
};
using DefaultExecutor = SerialExecutor;
#endif

}  // namespace

Executor& default_executor() noexcept {
  static DefaultExecutor executor;
  return executor;
}

}  // namespace faltung
