// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// A libcufft.so.12 of the tests, by the emulated device's transforms. It is as strict as it can be:
// handles have to be made before they are used, own no work area of their own, and be given one and
// a stream before each transform, which is in place. FAKE_CUFFT_FAILS names a function that fails.
#include <cstdlib>
#include <cstring>
#include <map>
#include <memory>
#include <mutex>

#include "cuda/cufft_library.hpp"
#include "cuda/emulated_transform.hpp"

#define FAKE extern "C" __attribute__((visibility("default"))) int

namespace {

using namespace faltung::cuda;

enum Result : int { kSuccess, kInvalidPlan, kInvalidValue = 4, kInternalError, kExecFailed };

struct Handle {
  bool allocates = true;
  int type = 0;
  std::shared_ptr<const Transform> transform;
  void* work = nullptr;
  void* stream = nullptr;
  bool has_stream = false;
};
struct State {
  std::mutex mutex;
  std::map<int, Handle> handles;
  int last = 0;
};
State& state() {
  static State& s = *new State;
  return s;
}

bool fails(const char* function) {
  const char* which = std::getenv("FAKE_CUFFT_FAILS");
  return which != nullptr && std::strcmp(which, function) == 0;
}

/// f(handle) where there is one.
template <class F>
int with(int plan, F&& f) {
  const std::lock_guard lock(state().mutex);
  const auto found = state().handles.find(plan);
  return found == state().handles.end() ? static_cast<int>(kInvalidPlan) : f(found->second);
}

int execute(int plan, int type, void* from, void* to, bool forward) {
  Handle h;
  const int known = with(plan, [&](Handle& handle) {
    // The next transform needs a stream and a work area of its own.
    h = handle;
    handle.has_stream = false;
    handle.work = nullptr;
    return kSuccess;
  });
  if (known != kSuccess) return known;
  if (h.transform == nullptr || h.type != type || from != to || h.work == nullptr || !h.has_stream)
    return kInvalidValue;
  if (fails("cufftExec")) return kExecFailed;
  const auto done = forward ? h.transform->forward(from, h.work, h.stream)
                            : h.transform->back(from, h.work, h.stream);
  return done == faltung::Status::ok ? kSuccess : kExecFailed;
}

}  // namespace

FAKE cufftCreate(int* plan) {
  if (fails("cufftCreate")) return kInternalError;
  const std::lock_guard lock(state().mutex);
  *plan = ++state().last;
  state().handles[*plan];
  return kSuccess;
}
FAKE cufftDestroy(int plan) {
  const std::lock_guard lock(state().mutex);
  return state().handles.erase(plan) == 1 ? kSuccess : kInvalidPlan;
}
FAKE cufftSetAutoAllocation(int plan, int itself) {
  return with(plan, [&](Handle& h) { return h.allocates = itself != 0, kSuccess; });
}
FAKE cufftMakePlanMany64(int plan, int axes, long long* lengths, long long* from_shape,
                         long long from_stride, long long from_distance, long long* to_shape,
                         long long to_stride, long long to_distance, int type, long long arrays,
                         std::size_t* work_bytes) {
  if (fails("cufftMakePlanMany64")) return kInternalError;
  TransformShape shape;
  if (axes < 1 || axes > TransformShape::kMostAxes || from_stride != 1 || to_stride != 1)
    return kInvalidValue;
  shape.single = type < kComplexF64;
  shape.complex = type == kComplexF32 || type == kComplexF64;
  shape.axes = axes;
  shape.arrays = arrays;
  for (int i = 0; i < axes; ++i) shape.length[static_cast<std::size_t>(i)] = lengths[i];
  const bool real_first = type == kRealToComplexF32 || type == kRealToComplexF64;
  const bool real_last = type == kComplexToRealF32 || type == kComplexToRealF64;
  for (int i = 0; i < axes; ++i) {
    const bool last = i + 1 == axes;
    const long long row = shape.row_points(), n = last ? row : lengths[i];
    if (from_shape[i] != n * (last && real_first ? 2 : 1) ||
        to_shape[i] != n * (last && real_last ? 2 : 1))
      return kInvalidValue;
  }
  if (from_distance != shape.points() * (real_first ? 2 : 1) ||
      to_distance != shape.points() * (real_last ? 2 : 1))
    return kInvalidValue;
  return with(plan, [&](Handle& h) {
    if (h.allocates) return kInvalidValue;
    h.transform = make_emulated_transform(shape);
    h.type = type;
    *work_bytes = static_cast<std::size_t>(h.transform->work_bytes());
    return kSuccess;
  });
}
FAKE cufftSetWorkArea(int plan, void* work) {
  return with(plan, [&](Handle& h) { return h.work = work, kSuccess; });
}
FAKE cufftSetStream(int plan, void* stream) {
  return with(plan, [&](Handle& h) { return h.stream = stream, h.has_stream = true, kSuccess; });
}
FAKE cufftExecC2C(int plan, void* from, void* to, int direction) {
  return execute(plan, kComplexF32, from, to, direction == kCufftForward);
}
FAKE cufftExecZ2Z(int plan, void* from, void* to, int direction) {
  return execute(plan, kComplexF64, from, to, direction == kCufftForward);
}
FAKE cufftExecR2C(int plan, void* from, void* to) {
  return execute(plan, kRealToComplexF32, from, to, true);
}
FAKE cufftExecD2Z(int plan, void* from, void* to) {
  return execute(plan, kRealToComplexF64, from, to, true);
}
FAKE cufftExecC2R(int plan, void* from, void* to) {
  return execute(plan, kComplexToRealF32, from, to, false);
}
FAKE cufftExecZ2D(int plan, void* from, void* to) {
  return execute(plan, kComplexToRealF64, from, to, false);
}
FAKE cufftGetVersion(int* version) {
  constexpr int kVersion = 12103;
  return *version = kVersion, kSuccess;
}
/// For the tests: plans that are not destroyed yet.
FAKE fake_cufft_plans() {
  const std::lock_guard lock(state().mutex);
  return static_cast<int>(state().handles.size());
}
