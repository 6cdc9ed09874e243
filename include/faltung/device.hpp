// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "faltung/plan.hpp"

namespace faltung {

/// A GPU that problems can be computed on (`device=cuda:0` in a problem's text).
struct DeviceInfo {
  std::string name;   ///< "cuda:0"
  std::string model;  ///< as its maker calls it
  std::int64_t memory_bytes = 0;
  int multiprocessors = 0;
  int capability_major = 0, capability_minor = 0;  ///< compute capability
  std::int64_t shared_bytes = 0;                   ///< the most that a block can share
  double clock_hz = 0;
  double memory_bytes_per_second = 0;  ///< of its own memory, by clock and width
  /// float32 multiply-adds a second of all cores, and how many times fewer of float64.
  double multiply_adds_per_second = 0;
  double double_slowdown = 2;
};

/// The GPUs that there are, in the driver's order; loads the driver when first asked.
FALTUNG_API std::vector<DeviceInfo> devices();
/// Why there are none, as a sentence; empty where there are some.
FALTUNG_API std::string why_no_device();

/// A stream of a device, whose work is done in order, and beside that of other streams: it waits
/// for none of them, the default one neither.
///
/// Fails    try_make: unknown_name, unsupported (no GPU), device_failed. synchronize:
/// device_failed. Threads  const; lives until what was put into it is done.
class FALTUNG_API DeviceStream {
 public:
  DeviceStream() = default;
  static Result<DeviceStream> try_make(std::string_view device);
  explicit DeviceStream(std::string_view device) : DeviceStream(value_or_throw(try_make(device))) {}
  /// A CUstream, which is a cudaStream_t, for Plan::enqueue and for other libraries.
  void* native() const noexcept;
  /// Waits until all that was put into it is done.
  Status synchronize() const noexcept;

  struct Impl;

 private:
  std::shared_ptr<const Impl> impl_;
};

/// Memory of a device: made once, given to any number of calls.
///
/// Fails    try_make: unknown_name, unsupported (no GPU), out_of_memory. Copies: invalid_argument
///          (more than bytes(), no host memory), device_failed.
/// Threads  const.
class FALTUNG_API DeviceArray {
 public:
  DeviceArray() = default;
  static Result<DeviceArray> try_make(std::string_view device, std::int64_t bytes);
  DeviceArray(std::string_view device, std::int64_t bytes)
      : DeviceArray(value_or_throw(try_make(device, bytes))) {}
  void* data() const noexcept;
  std::int64_t bytes() const noexcept;
  /// Copies up to bytes() to or from the beginning of the array in the order of a stream (null: the
  /// default one), and waits until that is done.
  Status upload(const void* from, std::int64_t bytes, void* stream = nullptr) const noexcept;
  Status download(void* to, std::int64_t bytes, void* stream = nullptr) const noexcept;
  /// The same without waiting. Memory of the host that is not page-locked
  /// is copied before the call returns.
  Status enqueue_upload(const void* from, std::int64_t bytes, void* stream) const noexcept;
  Status enqueue_download(void* to, std::int64_t bytes, void* stream) const noexcept;

  struct Impl;

 private:
  std::shared_ptr<const Impl> impl_;
};

}  // namespace faltung
