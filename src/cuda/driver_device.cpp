// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// A GPU through its driver, in the primary context, which it shares with the CUDA runtime: arrays
// and streams of the runtime, and of what is built on it, can be given to plans as they are.
#include <array>
#include <limits>
#include <mutex>
#include <optional>

#include "cuda/cufft_library.hpp"
#include "cuda/device.hpp"
#include "cuda/driver.hpp"

namespace faltung::cuda {
namespace {

/// float32 cores of a multiprocessor, by compute capability (CUDA C++ Programming Guide, arithmetic
/// instructions), and how many times fewer float64 multiply-adds it does.
struct Cores {
  int single = 128;
  double double_slowdown = 64;
};
Cores cores_of(int major, int minor) {
  if (major == 8 && minor == 0) return {64, 2};
  if (major == 9 || major == 10) return {128, 2};
  return {};
}

class DriverDevice final : public Device {
 public:
  /// Described, not opened yet: a context takes memory of the GPU, and time.
  DriverDevice(const Driver& driver, int ordinal) : driver_(driver) { describe(ordinal); }

  const DeviceInfo& info() const noexcept override { return info_; }
  Result<void> open() const override {
    const std::lock_guard lock(opening_);
    if (!opened_) opened_ = try_open();
    return *opened_;
  }
  Stream make_stream() const noexcept override {
    Stream stream = nullptr;
    const int result = in_context([&] { return driver_.make_stream(&stream, kNonBlocking); });
    return result == 0 ? stream : nullptr;
  }
  void free_stream(Stream stream) const noexcept override {
    in_context([&] { return driver_.free_stream(stream); });
  }
  Stream copies() const noexcept override { return copies_; }
  bool reaches(const void* at) const noexcept override {
    constexpr unsigned kDeviceMemory = 2;
    unsigned type = 0;
    int owner = device_;
    const int result = in_context([&] {
      const int known = driver_.pointer(&type, kPointerMemoryType, at);
      if (known != 0 || type != kDeviceMemory) return known;
      return driver_.pointer(&owner, kPointerDevice, at);
    });
    return result == 0 ? owner == device_ : any_memory_;
  }
  Address allocate(std::int64_t bytes) const noexcept override {
    Address at = nullptr;
    const int result =
        in_context([&] { return driver_.allocate(&at, static_cast<std::size_t>(bytes)); });
    return result == 0 ? at : nullptr;
  }
  void free(Address at) const noexcept override {
    in_context([&] { return driver_.free(at); });
  }
  Status upload(Address to, const void* from, std::int64_t bytes,
                Stream stream) const noexcept override {
    return status_of(in_context(
        [&] { return driver_.upload(to, from, static_cast<std::size_t>(bytes), stream); }));
  }
  Status download(void* to, Address from, std::int64_t bytes,
                  Stream stream) const noexcept override {
    return status_of(in_context(
        [&] { return driver_.download(to, from, static_cast<std::size_t>(bytes), stream); }));
  }
  Status launch(DeviceKernel kernel, const Grid& grid, const void* arguments,
                Stream stream) const noexcept override {
    void* parameters[] = {const_cast<void*>(arguments)};
    return status_of(in_context([&] {
      return driver_.launch(functions_[static_cast<std::size_t>(kernel)],
                            static_cast<unsigned>(grid.blocks), 1, 1,
                            static_cast<unsigned>(grid.threads), 1, 1,
                            static_cast<unsigned>(grid.shared_bytes), stream, parameters, nullptr);
    }));
  }
  Status synchronize(Stream stream) const noexcept override {
    return status_of(in_context([&] { return driver_.synchronize(stream); }));
  }
  Result<void> has_transforms() const override {
    const std::lock_guard lock(opening_);
    if (!transforms_) transforms_ = try_transforms();
    return *transforms_;
  }
  Result<std::unique_ptr<const Transform>> make_transform(
      const TransformShape& shape) const override;

 private:
  class CufftTransform;

  /// Makes calls in the device's context; the caller's own comes back. Where the context is not to
  /// be had, as in a forked process, nothing is called.
  template <class F>
  int in_context(F&& calls) const noexcept {
    if (const int result = driver_.push_context(context_); result != 0) return result;
    const int result = calls();
    void* own = nullptr;
    driver_.pop_context(&own);
    return result;
  }

  static Status status_of(int result) noexcept {
    return result == 0 ? Status::ok : Status::device_failed;
  }
  void describe(int ordinal);
  Result<void> try_open() const;
  int load_kernels() const;
  Result<void> try_transforms() const;

  const Driver driver_;
  int device_ = 0;
  bool any_memory_ = false;  ///< of the process is read by device kernels
  DeviceInfo info_;
  // What open() takes, and keeps for the process.
  mutable std::mutex opening_;
  mutable std::optional<Result<void>> opened_, transforms_;
  mutable void* context_ = nullptr;  ///< the primary one
  mutable Stream copies_ = nullptr;
  mutable std::array<void*, std::size(kDeviceKernelNames)> functions_ = {};
};

void DriverDevice::describe(int ordinal) {
  info_.name = "cuda:" + std::to_string(ordinal);
  driver_.device(&device_, ordinal);
  const auto attribute = [&](DriverAttribute which) {
    int value = 0;
    driver_.attribute(&value, which, device_);
    return value;
  };
  char model[256] = "";
  driver_.device_name(model, sizeof model, device_);
  std::size_t bytes = 0;
  driver_.device_memory(&bytes, device_);
  info_.model = model;
  info_.memory_bytes = static_cast<std::int64_t>(bytes);
  info_.multiprocessors = attribute(kMultiprocessors);
  info_.capability_major = attribute(kCapabilityMajor);
  info_.capability_minor = attribute(kCapabilityMinor);
  info_.shared_bytes = attribute(kSharedBytesOptIn);
  any_memory_ = attribute(kPageableMemory) != 0;
  info_.clock_hz = 1e3 * attribute(kClockKilohertz);
  // Both edges of the clock carry data.
  info_.memory_bytes_per_second =
      2 * 1e3 * attribute(kMemoryClockKilohertz) * attribute(kMemoryBusBits) / 8;
  // Some virtual GPUs do not tell their clocks; costs need some.
  constexpr double kSomeClock = 1e9, kSomeBandwidth = 2e11;
  if (info_.clock_hz <= 0) info_.clock_hz = kSomeClock;
  if (info_.memory_bytes_per_second <= 0) info_.memory_bytes_per_second = kSomeBandwidth;
  const Cores cores = cores_of(info_.capability_major, info_.capability_minor);
  info_.multiply_adds_per_second = info_.clock_hz * info_.multiprocessors * cores.single;
  info_.double_slowdown = cores.double_slowdown;
}

int DriverDevice::load_kernels() const {
  void* module = nullptr;
  int done = driver_.load_module(&module, kernel_image().bytes.data());
  for (std::size_t i = 0; done == 0 && i < functions_.size(); ++i)
    done = driver_.function(&functions_[i], module, kDeviceKernelNames[i]);
  for (std::size_t i = 0; done == 0 && i < functions_.size(); ++i)
    done = driver_.function_attribute(functions_[i], kFunctionSharedBytes,
                                      static_cast<int>(info_.shared_bytes));
  if (done == 0) done = driver_.make_stream(&copies_, kNonBlocking);
  return done;
}

Result<void> DriverDevice::try_open() const {
  const auto refuse = [&](const std::string& what, int result) {
    return tl::unexpected(Failure{Status::unsupported, info_.name + " (" + info_.model + ") " +
                                                           what + ": " + driver_.text_of(result)});
  };
  if (const int result = driver_.retain_context(&context_, device_); result != 0)
    return refuse("cannot be opened", result);
  const int result = in_context([&] { return load_kernels(); });
  if (result == 0) return {};
  driver_.release_context(device_);
  int version = 0;
  driver_.version(&version);
  return refuse("does not take the device kernels, made by CUDA " +
                    std::string(kernel_image().toolkit) + "; the driver is one of CUDA " +
                    std::to_string(version / 1000) + "." + std::to_string(version % 1000 / 10),
                result);
}

/// cuFFT in the device's context, which its runtime shares.
class DriverDevice::CufftTransform final : public Transform {
 public:
  CufftTransform(const DriverDevice& device, const Cufft& cufft)
      : device_(device), plan_(std::make_unique<CufftPlan>(cufft)) {}
  CufftTransform(const CufftTransform&) = delete;
  CufftTransform& operator=(const CufftTransform&) = delete;
  ~CufftTransform() override {
    device_.in_context([&] {
      plan_.reset();
      return 0;
    });
  }
  /// A cufftResult, or a CUresult.
  int make(const TransformShape& shape) {
    return device_.in_context([&] { return plan_->make(shape); });
  }
  std::int64_t work_bytes() const noexcept override { return plan_->work_bytes(); }
  Status forward(Address arrays, Address work, Stream stream) const noexcept override {
    return status_of(device_.in_context([&] { return plan_->run(true, arrays, work, stream); }));
  }
  Status back(Address arrays, Address work, Stream stream) const noexcept override {
    return status_of(device_.in_context([&] { return plan_->run(false, arrays, work, stream); }));
  }

 private:
  const DriverDevice& device_;
  std::unique_ptr<CufftPlan> plan_;
};

Result<std::unique_ptr<const Transform>> DriverDevice::make_transform(
    const TransformShape& shape) const {
  const Result<Cufft>& cufft = Cufft::of_system();
  if (!cufft) return tl::unexpected(cufft.error());
  auto transform = std::make_unique<CufftTransform>(*this, *cufft);
  if (const int result = transform->make(shape); result != 0)
    return tl::unexpected(
        Failure{Status::device_failed, "cuFFT " + cufft->version_text() + " makes no plan on " +
                                           info_.name + ": its error " + std::to_string(result)});
  return transform;
}

/// A small plan is made: a library may be too new for the driver, or too old for the GPU.
Result<void> DriverDevice::try_transforms() const {
  TransformShape shape;
  shape.single = shape.complex = true;
  constexpr std::int64_t kSome = 16;
  shape.length[0] = kSome;
  auto made = make_transform(shape);
  if (made) return {};
  return tl::unexpected(Failure{Status::unsupported, made.error().message});
}

}  // namespace

Devices driver_devices() {
  Devices devices;
  if (kernel_image().bytes.empty()) {
    devices.none = "this build has no device kernels; it was configured without a CUDA toolkit";
    return devices;
  }
  const auto driver = Driver::load();
  if (!driver) {
    devices.none = driver.error().message;
    return devices;
  }
  int count = 0;
  const int result = driver->device_count(&count);
  if (result != 0) devices.none = "CUDA's driver counts no devices: " + driver->text_of(result);
  else if (count == 0) devices.none = "CUDA's driver finds no device";
  for (int ordinal = 0; ordinal < count; ++ordinal)
    devices.list.push_back(std::make_unique<const DriverDevice>(*driver, ordinal));
  return devices;
}

}  // namespace faltung::cuda
