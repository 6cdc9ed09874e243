// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <memory>
#include <string_view>

#include "cuda/device_kernels/pass_arguments.hpp"
#include "faltung/device.hpp"

namespace faltung::cuda {

/// A place in device memory.
using Address = void*;
/// A CUstream, or cudaStream_t; null is the device's default stream, which only users name.
using Stream = void*;

/// Every device kernel of the list.
enum class DeviceKernel : std::int8_t {
#define FALTUNG_DEVICE_KERNEL(name, Arguments) name,
#include "cuda/device_kernels/kernels.def"
#undef FALTUNG_DEVICE_KERNEL
};
inline constexpr const char* kDeviceKernelNames[] = {
#define FALTUNG_DEVICE_KERNEL(name, Arguments) #name,
#include "cuda/device_kernels/kernels.def"
#undef FALTUNG_DEVICE_KERNEL
};

/// What a kernel is launched on; blocks are numbered along one dimension.
struct Grid {
  std::int64_t blocks = 1;
  int threads = 1;
  int shared_bytes = 0;
};

/// What a device's own library transforms: arrays of up to three axes, one behind the other. A real
/// array lies where its spectrum will: each row of n numbers has room for n / 2 + 1 complex ones.
struct TransformShape {
  static constexpr int kMostAxes = 3;
  bool single = false, complex = false;
  int axes = 1;
  std::array<std::int64_t, kMostAxes> length = {1, 1, 1};
  std::int64_t arrays = 1;

  std::int64_t row_points() const {
    const std::int64_t n = length[static_cast<std::size_t>(axes - 1)];
    return complex ? n : n / 2 + 1;
  }
  /// Complex numbers of one array.
  std::int64_t points() const {
    std::int64_t all = row_points();
    for (int i = 0; i + 1 < axes; ++i) all *= length[static_cast<std::size_t>(i)];
    return all;
  }
};

/// Fourier transforms of one shape in place, by a library: forward with exp(-2 pi i j k / n), back
/// with the conjugates, both without a factor.
///
/// Threads  const, and safe from any number of them; arrays and work areas are the caller's.
class Transform {
 public:
  virtual ~Transform() = default;
  virtual std::int64_t work_bytes() const noexcept = 0;
  virtual Status forward(Address arrays, Address work, Stream stream) const noexcept = 0;
  virtual Status back(Address arrays, Address work, Stream stream) const noexcept = 0;
};

/// A device that can be computed on: a GPU through its driver, or the emulated one of the tests.
/// Copies and launches are asynchronous on a stream; statuses are ok or device_failed.
///
/// Threads  const, and safe from any number of them.
class Device {
 public:
  virtual ~Device() = default;
  virtual const DeviceInfo& info() const noexcept = 0;
  /// Takes what computing needs, once; find_device() has done so. A failure stays one.
  virtual Result<void> open() const { return {}; }
  /// A stream that waits for no other one; null where there is none.
  virtual Stream make_stream() const noexcept = 0;
  virtual void free_stream(Stream stream) const noexcept = 0;
  /// The device's own, of copies that are waited for: tables, kernels.
  virtual Stream copies() const noexcept = 0;
  /// Whether device kernels can read and write there.
  virtual bool reaches(const void* at) const noexcept = 0;
  /// Bytes at a multiple of 256; null where there is no memory.
  virtual Address allocate(std::int64_t bytes) const noexcept = 0;
  virtual void free(Address at) const noexcept = 0;
  virtual Status upload(Address to, const void* from, std::int64_t bytes,
                        Stream stream) const noexcept = 0;
  virtual Status download(void* to, Address from, std::int64_t bytes,
                          Stream stream) const noexcept = 0;
  /// `arguments` is the struct that kernels.def names.
  virtual Status launch(DeviceKernel kernel, const Grid& grid, const void* arguments,
                        Stream stream) const noexcept = 0;
  virtual Status synchronize(Stream stream) const noexcept = 0;
  /// Whether there is a library for transforms, which is then loaded; where not, why.
  virtual Result<void> has_transforms() const = 0;
  /// Takes memory of the device for tables. Fails as has_transforms(), and with device_failed.
  virtual Result<std::unique_ptr<const Transform>> make_transform(
      const TransformShape& shape) const = 0;
};

/// "cuda:0" and so on, opened once and kept; where it is not to be had, why.
Result<const Device*> find_device(std::string_view name);
/// All that there are, which find_device() opens, and why there is none.
struct Devices {
  std::vector<std::unique_ptr<const Device>> list;
  std::string none;  ///< a sentence
};
const Devices& all_devices();

/// The GPUs of the machine by their driver. That of libcuda.so.1, which is loaded when asked for.
Devices driver_devices();
/// One that runs device kernels on the processor; none in builds without it.
Devices emulated_devices();

/// The device kernels as an image for the driver, and the version of the CUDA toolkit that made it,
/// "13.0"; both are empty in builds without one.
struct KernelImage {
  std::string_view bytes, toolkit;
};
KernelImage kernel_image() noexcept;

/// Copies, and waits until it is done.
Status upload_now(const Device& device, Address to, const void* from, std::int64_t bytes) noexcept;

/// A stream, given back at the end.
class OwnStream {
 public:
  OwnStream() = default;
  /// Fails with device_failed.
  static Result<OwnStream> try_make(const Device& device);
  ~OwnStream() {
    if (stream_ != nullptr) device_->free_stream(stream_);
  }
  OwnStream(OwnStream&& other) noexcept { *this = std::move(other); }
  OwnStream& operator=(OwnStream&& other) noexcept {
    std::swap(device_, other.device_);
    std::swap(stream_, other.stream_);
    return *this;
  }
  Stream get() const noexcept { return stream_; }

 private:
  const Device* device_ = nullptr;
  Stream stream_ = nullptr;
};

/// Bytes of device memory, given back at the end.
class Memory {
 public:
  Memory() = default;
  /// Fails with out_of_memory.
  static Result<Memory> try_make(const Device& device, std::int64_t bytes);
  ~Memory() { release(); }
  Memory(Memory&& other) noexcept { *this = std::move(other); }
  Memory& operator=(Memory&& other) noexcept {
    std::swap(device_, other.device_);
    std::swap(at_, other.at_);
    std::swap(bytes_, other.bytes_);
    return *this;
  }
  Address at() const noexcept { return at_; }
  const Device* device() const noexcept { return device_; }
  std::int64_t bytes() const noexcept { return bytes_; }

 private:
  void release() noexcept {
    if (at_ != nullptr) device_->free(at_);
  }
  const Device* device_ = nullptr;
  Address at_ = nullptr;
  std::int64_t bytes_ = 0;
};

}  // namespace faltung::cuda
