// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// Which devices there are, and device memory that belongs to somebody.
#include <algorithm>
#include <cstdlib>

#include "cuda/device.hpp"
#include "support/nearest.hpp"

namespace faltung {
namespace cuda {
namespace {

/// FALTUNG_FORCE_DEVICE=emulated puts the emulated device in the place of GPUs; none, no device.
Devices open_devices() {
  const char* variable = std::getenv("FALTUNG_FORCE_DEVICE");
  const std::string_view forced = variable == nullptr ? "" : variable;
  if (forced.empty()) return driver_devices();
  if (forced == "emulated") return emulated_devices();
  Devices devices;
  devices.none =
      forced == "none"
          ? "FALTUNG_FORCE_DEVICE=none hides them"
          : support::unknown("word in FALTUNG_FORCE_DEVICE", forced, {"emulated", "none"}).message;
  return devices;
}

}  // namespace

const Devices& all_devices() {
  // Never destroyed: arrays and plans that belong to somebody's statics still need their device.
  static const Devices& devices = *new const Devices(open_devices());
  return devices;
}

Result<const Device*> find_device(std::string_view name) {
  const Devices& all = all_devices();
  if (all.list.empty())
    return tl::unexpected(Failure{Status::unsupported, "there is no GPU to use: " + all.none});
  std::vector<std::string> names;
  for (const auto& device : all.list) {
    if (device->info().name == name) {
      if (const auto opened = device->open(); !opened) return tl::unexpected(opened.error());
      return device.get();
    }
    names.push_back(device->info().name);
  }
  return tl::unexpected(support::unknown("device", name, names));
}

Status upload_now(const Device& device, Address to, const void* from, std::int64_t bytes) noexcept {
  const Status s = device.upload(to, from, bytes, device.copies());
  return s == Status::ok ? device.synchronize(device.copies()) : s;
}

Result<OwnStream> OwnStream::try_make(const Device& device) {
  OwnStream stream;
  stream.device_ = &device;
  stream.stream_ = device.make_stream();
  if (stream.stream_ != nullptr) return stream;
  return tl::unexpected(
      Failure{Status::device_failed, device.info().name + " gives no stream to compute on"});
}

Result<Memory> Memory::try_make(const Device& device, std::int64_t bytes) {
  Memory memory;
  memory.device_ = &device;
  memory.at_ = device.allocate(bytes);
  memory.bytes_ = bytes;
  if (memory.at_ != nullptr) return memory;
  return tl::unexpected(Failure{
      Status::out_of_memory,
      "not enough memory on " + device.info().name + " for " + std::to_string(bytes) + " bytes"});
}

}  // namespace cuda

std::vector<DeviceInfo> devices() {
  std::vector<DeviceInfo> found;
  for (const auto& device : cuda::all_devices().list) found.push_back(device->info());
  return found;
}

std::string why_no_device() {
  return cuda::all_devices().list.empty() ? cuda::all_devices().none : "";
}

}  // namespace faltung
