// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "gpu.hpp"

#include <algorithm>
#include <chrono>
#include <complex>
#include <cstring>
#include <fstream>
#include <iterator>

#include "dynamic_library.hpp"

namespace faltung::bench {
namespace {

[[noreturn]] void refuse(const std::string& message) {
  throw Error({Status::unsupported, message});
}

/// Functions of CUDA's driver by the names of its manual; handles and addresses are pointers here.
#define FALTUNG_BENCH_DRIVER(X)                                                                   \
  X(init, cuInit, (unsigned flags))                                                               \
  X(version, cuDriverGetVersion, (int* version))                                                  \
  X(device, cuDeviceGet, (int* device, int ordinal))                                              \
  X(attribute, cuDeviceGetAttribute, (int* value, int attribute, int device))                     \
  X(retain_context, cuDevicePrimaryCtxRetain, (void** context, int device))                       \
  X(set_context, cuCtxSetCurrent, (void* context))                                                \
  X(copy, cuMemcpyDtoDAsync_v2, (void* to, const void* from, std::size_t bytes, void* stream))    \
  X(read, cuMemcpyDtoH_v2, (void* to, const void* from, std::size_t bytes))                       \
  X(event, cuEventCreate, (void** event, unsigned flags))                                         \
  X(record, cuEventRecord, (void* event, void* stream))                                           \
  X(wait, cuEventSynchronize, (void* event))                                                      \
  X(elapsed, cuEventElapsedTime, (float* milliseconds, void* from, void* to))                     \
  X(load_module, cuModuleLoadData, (void** module, const void* image))                            \
  X(function, cuModuleGetFunction, (void** function, void* module, const char* name))             \
  X(launch, cuLaunchKernel,                                                                       \
    (void* function, unsigned blocks_x, unsigned blocks_y, unsigned blocks_z, unsigned threads_x, \
     unsigned threads_y, unsigned threads_z, unsigned shared_bytes, void* stream,                 \
     void** parameters, void** extra))                                                            \
  X(error_text, cuGetErrorString, (int result, const char** text))

struct Driver {
#define FALTUNG_BENCH_MEMBER(member, function, arguments) int(*member) arguments = nullptr;
  FALTUNG_BENCH_DRIVER(FALTUNG_BENCH_MEMBER)
#undef FALTUNG_BENCH_MEMBER

  Driver() {
    DynamicLibrary library;
    if (!library.open("libcuda.so.1")) refuse("CUDA's driver, libcuda.so.1, is not there");
#define FALTUNG_BENCH_LOAD(member, function, arguments) library.find(#function, member);
    FALTUNG_BENCH_DRIVER(FALTUNG_BENCH_LOAD)
#undef FALTUNG_BENCH_LOAD
  }
  void check(int result, const char* what) const {
    if (result == 0) return;
    const char* text = nullptr;
    if (error_text(result, &text) != 0 || text == nullptr) text = "unknown error";
    throw Error({Status::device_failed,
                 std::string(what) + ": " + text + " (" + std::to_string(result) + ")"});
  }
};

class DriverGpu final : public Gpu {
 public:
  explicit DriverGpu(const DeviceInfo& info) {
    constexpr int kCacheBytes = 38;  // CU_DEVICE_ATTRIBUTE_L2_CACHE_SIZE
    info_ = info;
    int device = 0, bytes = 0;
    void* context = nullptr;
    driver_.check(driver_.init(0), "cuInit");
    driver_.check(driver_.version(&driver_version_), "cuDriverGetVersion");
    driver_.check(driver_.device(&device, 0), "cuDeviceGet");
    driver_.check(driver_.attribute(&bytes, kCacheBytes, device), "cuDeviceGetAttribute");
    cache_bytes_ = bytes;
    // The primary one, which the library and the CUDA runtime of peers use; it stays current.
    driver_.check(driver_.retain_context(&context, device), "cuDevicePrimaryCtxRetain");
    driver_.check(driver_.set_context(context), "cuCtxSetCurrent");
    driver_.check(driver_.event(&from_, 0), "cuEventCreate");
    driver_.check(driver_.event(&to_, 0), "cuEventCreate");
  }

  void copy(void* to, const void* from, std::int64_t bytes) override {
    driver_.check(driver_.copy(to, from, static_cast<std::size_t>(bytes), nullptr), "a copy");
  }
  void read(void* to, const void* from, std::int64_t bytes) override {
    driver_.check(driver_.read(to, from, static_cast<std::size_t>(bytes)), "a copy to the host");
  }
  double seconds(const std::function<void()>& enqueue) override {
    driver_.check(driver_.record(from_, nullptr), "cuEventRecord");
    enqueue();
    driver_.check(driver_.record(to_, nullptr), "cuEventRecord");
    driver_.check(driver_.wait(to_), "what was measured");
    float milliseconds = 0;
    driver_.check(driver_.elapsed(&milliseconds, from_, to_), "cuEventElapsedTime");
    return static_cast<double>(milliseconds) * 1e-3;
  }
  void multiply(void* rows_of_points, const void* h, std::int64_t points, std::int64_t rows,
                bool wide) override {
    if (functions_[0] == nullptr) load_product();
    constexpr std::int64_t kEach = 4, kMostThreads = 256, kWarp = 32;
    const std::int64_t quarter = (points + kEach - 1) / kEach;
    const std::int64_t threads = std::min(kMostThreads, (quarter + kWarp - 1) / kWarp * kWarp);
    const std::int64_t parts = (quarter + threads - 1) / threads;
    void* parameters[] = {static_cast<void*>(&rows_of_points), static_cast<void*>(&h), &points};
    driver_.check(driver_.launch(functions_[wide ? 1 : 0], static_cast<unsigned>(rows),
                                 static_cast<unsigned>(parts), 1, static_cast<unsigned>(threads), 1,
                                 1, 0, nullptr, parameters, nullptr),
                  "the product of spectra");
  }

 private:
  void load_product() {
    std::ifstream file(FALTUNG_BENCH_PRODUCT, std::ios::binary);
    const std::string image((std::istreambuf_iterator<char>(file)),
                            std::istreambuf_iterator<char>());
    if (image.empty()) refuse("no product of spectra: this bench was built without nvcc");
    void* module = nullptr;
    driver_.check(driver_.load_module(&module, image.data()), FALTUNG_BENCH_PRODUCT);
    driver_.check(driver_.function(&functions_[1], module, "multiply_c128"), "multiply_c128");
    driver_.check(driver_.function(&functions_[0], module, "multiply_c64"), "multiply_c64");
  }

  const Driver driver_;
  void *from_ = nullptr, *to_ = nullptr;
  void* functions_[2] = {};
};

class EmulatedGpu final : public Gpu {
 public:
  explicit EmulatedGpu(const DeviceInfo& info) { info_ = info; }
  void copy(void* to, const void* from, std::int64_t bytes) override {
    std::memcpy(to, from, static_cast<std::size_t>(bytes));
  }
  void read(void* to, const void* from, std::int64_t bytes) override { copy(to, from, bytes); }
  double seconds(const std::function<void()>& enqueue) override {
    const auto start = std::chrono::steady_clock::now();
    enqueue();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  }
  void multiply(void* rows_of_points, const void* h, std::int64_t points, std::int64_t rows,
                bool wide) override {
    wide ? multiply_as<double>(rows_of_points, h, points, rows)
         : multiply_as<float>(rows_of_points, h, points, rows);
  }

 private:
  template <class T>
  static void multiply_as(void* to, const void* h, std::int64_t points, std::int64_t rows) {
    auto* const z = static_cast<std::complex<T>*>(to);
    const auto* const w = static_cast<const std::complex<T>*>(h);
    for (std::int64_t i = 0; i < points * rows; ++i) z[i] *= w[i % points];
  }
};

}  // namespace

std::unique_ptr<Gpu> Gpu::open() {
  const std::vector<DeviceInfo> all = devices();
  if (all.empty()) refuse("there is no GPU to measure: " + why_no_device());
  if (all.front().model == "emulated") return std::make_unique<EmulatedGpu>(all.front());
  return std::make_unique<DriverGpu>(all.front());
}

}  // namespace faltung::bench
