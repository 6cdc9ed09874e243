// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>

#include "faltung/faltung.hpp"

namespace faltung::bench {

/// What a bench does on the GPU that the library calls cuda:0 besides asking the library: copies
/// there, the product of spectra that peers need, and time by the GPU's own events. Everything is
/// in the order of the default stream. The emulated device of the tests does it on the host, by the
/// host's clock.
///
/// Fails  open and everything else throw Error.
class Gpu {
 public:
  virtual ~Gpu() = default;
  static std::unique_ptr<Gpu> open();
  const DeviceInfo& info() const { return info_; }
  bool emulated() const { return info_.model == "emulated"; }
  std::int64_t cache_bytes() const { return cache_bytes_; }
  int driver_version() const { return driver_version_; }

  /// From the device to the device; `read` to the host, and waits.
  virtual void copy(void* to, const void* from, std::int64_t bytes) = 0;
  virtual void read(void* to, const void* from, std::int64_t bytes) = 0;
  /// What passes on the device between before and after the calls that `enqueue` makes.
  virtual double seconds(const std::function<void()>& enqueue) = 0;
  /// `rows` rows of so many complex points times h, in float64 or float32.
  virtual void multiply(void* rows_of_points, const void* h, std::int64_t points, std::int64_t rows,
                        bool wide) = 0;

 protected:
  DeviceInfo info_;
  std::int64_t cache_bytes_ = 0;
  int driver_version_ = 0;
};

}  // namespace faltung::bench
