// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// A libcuda.so.1 of the tests: two GPUs, which are emulated devices. It is as strict as the driver:
// calls need a context, pointers and streams have to be known. What happened is appended to the
// file that FAKE_CUDA_LOG names; FAKE_CUDA_FAILS names a function that fails.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "cuda/device.hpp"
#include "cuda/driver.hpp"

#define FAKE extern "C" __attribute__((visibility("default"))) int

namespace {

using namespace faltung::cuda;

enum Result : int { kSuccess, kInvalidValue, kOutOfMemory, kNoBinary = 209, kInvalidContext = 201 };
constexpr int kDevices = 2;

const Device& emulated() {
  static const Devices& devices = *new const Devices(emulated_devices());
  return *devices.list.front();
}

struct State {
  std::mutex mutex;
  std::set<void*> streams;
  int contexts[kDevices] = {};  ///< their addresses are the handles
};
State& state() {
  static State& s = *new State;
  return s;
}
thread_local std::vector<void*> stack;

void log(const std::string& line) {
  const char* name = std::getenv("FAKE_CUDA_LOG");
  std::FILE* file = name == nullptr ? nullptr : std::fopen(name, "a");
  if (file == nullptr) return;
  std::fprintf(file, "%s\n", line.c_str());
  std::fclose(file);
}

bool fails(const char* function) {
  const char* which = std::getenv("FAKE_CUDA_FAILS");
  return which != nullptr && std::strcmp(which, function) == 0;
}

bool in_context() { return !stack.empty(); }
bool knows(void* stream) {
  const std::lock_guard lock(state().mutex);
  return stream == nullptr || state().streams.count(stream) == 1;
}
int status_of(faltung::Status s) { return s == faltung::Status::ok ? kSuccess : kInvalidValue; }

}  // namespace

FAKE cuInit(unsigned) { return fails("cuInit") ? 100 : kSuccess; }
FAKE cuDriverGetVersion(int* version) { return *version = 12040, kSuccess; }
FAKE cuDeviceGetCount(int* count) { return *count = kDevices, kSuccess; }
FAKE cuDeviceGet(int* device, int ordinal) { return *device = ordinal, kSuccess; }
FAKE cuDeviceGetName(char* name, int length, int device) {
  std::snprintf(name, static_cast<std::size_t>(length), "Fake %d", device);
  return kSuccess;
}
FAKE cuDeviceTotalMem_v2(std::size_t* bytes, int) {
  return *bytes = std::size_t{1} << 31, kSuccess;
}
FAKE cuDeviceGetAttribute(int* value, int attribute, int) {
  switch (attribute) {
    case kClockKilohertz: *value = 1980000; break;
    case kMultiprocessors: *value = 132; break;
    case kMemoryClockKilohertz: *value = 2619000; break;
    case kMemoryBusBits: *value = 5120; break;
    case kCapabilityMajor: *value = 9; break;
    case kSharedBytesOptIn: *value = 227 << 10; break;
    default: *value = 0;
  }
  return kSuccess;
}
FAKE cuDevicePrimaryCtxRetain(void** context, int device) {
  log("retain " + std::to_string(device));
  *context = &state().contexts[device];
  return fails("cuDevicePrimaryCtxRetain") ? kOutOfMemory : kSuccess;
}
FAKE cuDevicePrimaryCtxRelease_v2(int device) {
  return log("release " + std::to_string(device)), kSuccess;
}
FAKE cuCtxPushCurrent_v2(void* context) { return stack.push_back(context), kSuccess; }
FAKE cuCtxPopCurrent_v2(void** context) {
  if (!in_context()) return kInvalidContext;
  *context = stack.back();
  stack.pop_back();
  return kSuccess;
}
FAKE cuMemAlloc_v2(void** address, std::size_t bytes) {
  if (!in_context()) return kInvalidContext;
  *address =
      fails("cuMemAlloc_v2") ? nullptr : emulated().allocate(static_cast<std::int64_t>(bytes));
  return *address == nullptr ? kOutOfMemory : kSuccess;
}
FAKE cuMemFree_v2(void* address) {
  if (!in_context()) return kInvalidContext;
  if (!emulated().reaches(address)) return kInvalidValue;
  return emulated().free(address), kSuccess;
}
FAKE cuMemcpyHtoDAsync_v2(void* to, const void* from, std::size_t bytes, void* stream) {
  if (!in_context()) return kInvalidContext;
  if (!emulated().reaches(to) || !knows(stream)) return kInvalidValue;
  return status_of(emulated().upload(to, from, static_cast<std::int64_t>(bytes), stream));
}
FAKE cuMemcpyDtoHAsync_v2(void* to, const void* from, std::size_t bytes, void* stream) {
  if (!in_context()) return kInvalidContext;
  if (!emulated().reaches(from) || !knows(stream)) return kInvalidValue;
  return status_of(
      emulated().download(to, const_cast<void*>(from), static_cast<std::int64_t>(bytes), stream));
}
FAKE cuPointerGetAttribute(void* value, int attribute, const void* at) {
  if (!in_context()) return kInvalidContext;
  if (!emulated().reaches(at)) return kInvalidValue;
  if (attribute == kPointerDevice) {
    const auto* const context = static_cast<const int*>(stack.back());
    return *static_cast<int*>(value) = static_cast<int>(context - state().contexts), kSuccess;
  }
  if (attribute != kPointerMemoryType) return kInvalidValue;
  constexpr unsigned kDeviceMemory = 2;
  return *static_cast<unsigned*>(value) = kDeviceMemory, kSuccess;
}
FAKE cuStreamCreate(void** stream, unsigned flags) {
  if (!in_context() || flags != kNonBlocking) return kInvalidContext;
  *stream = emulated().make_stream();
  const std::lock_guard lock(state().mutex);
  return state().streams.insert(*stream), kSuccess;
}
FAKE cuStreamDestroy_v2(void* stream) {
  if (!in_context() || stream == nullptr || !knows(stream)) return kInvalidContext;
  const std::lock_guard lock(state().mutex);
  state().streams.erase(stream);
  return emulated().free_stream(stream), kSuccess;
}
FAKE cuStreamSynchronize(void* stream) {
  if (!in_context()) return kInvalidContext;
  return knows(stream) ? kSuccess : kInvalidValue;
}
FAKE cuModuleLoadData(void** module, const void* image) {
  if (!in_context()) return kInvalidContext;
  // What nvcc's -fatbin begins with.
  constexpr unsigned kFatbin = 0xba55ed50;
  unsigned first = 0;
  std::memcpy(&first, image, sizeof first);
  return *module = &state(), first != kFatbin || fails("cuModuleLoadData") ? kNoBinary : kSuccess;
}
FAKE cuModuleGetFunction(void** function, void*, const char* name) {
  const auto* const found =
      std::find_if(std::begin(kDeviceKernelNames), std::end(kDeviceKernelNames),
                   [&](const char* n) { return std::strcmp(n, name) == 0; });
  // The place of the kernel's name is its handle.
  *function = static_cast<void*>(const_cast<const char**>(found));
  return found == std::end(kDeviceKernelNames) ? kInvalidValue : kSuccess;
}
FAKE cuFuncSetAttribute(void* function, int attribute, int value) {
  return function == nullptr || attribute != kFunctionSharedBytes || value != 227 << 10
             ? kInvalidValue
             : kSuccess;
}
FAKE cuLaunchKernel(void* function, unsigned blocks_x, unsigned blocks_y, unsigned blocks_z,
                    unsigned threads_x, unsigned threads_y, unsigned threads_z,
                    unsigned shared_bytes, void* stream, void** parameters, void** extra) {
  if (!in_context()) return kInvalidContext;
  if (!knows(stream) || blocks_y != 1 || blocks_z != 1 || threads_y != 1 || threads_z != 1 ||
      extra != nullptr)
    return kInvalidValue;
  const auto kernel = static_cast<DeviceKernel>(static_cast<const char* const*>(function) -
                                                std::begin(kDeviceKernelNames));
  log(std::string("launch ") + kDeviceKernelNames[static_cast<std::size_t>(kernel)] +
      (stream == nullptr ? " on the default stream" : ""));
  return status_of(emulated().launch(
      kernel, {blocks_x, static_cast<int>(threads_x), static_cast<int>(shared_bytes)},
      parameters[0], stream));
}
FAKE cuGetErrorString(int result, const char** text) {
  *text = result == kNoBinary ? "no kernel image is available" : "a fake error";
  return kSuccess;
}
