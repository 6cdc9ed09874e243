// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "cuda/device.hpp"

namespace faltung {

struct DeviceArray::Impl {
  const cuda::Device* device = nullptr;
  cuda::Memory memory;
};

Result<DeviceArray> DeviceArray::try_make(std::string_view device, std::int64_t bytes) {
  const auto found = cuda::find_device(device);
  if (!found) return tl::unexpected(found.error());
  if (bytes < 1)
    return tl::unexpected(Failure{Status::invalid_argument,
                                  "an array of a device has at least one "
                                  "byte, not " +
                                      std::to_string(bytes)});
  auto memory = cuda::Memory::try_make(**found, bytes);
  if (!memory) return tl::unexpected(memory.error());
  DeviceArray made;
  made.impl_ = std::make_shared<const Impl>(Impl{*found, std::move(*memory)});
  return made;
}

void* DeviceArray::data() const noexcept { return impl_ ? impl_->memory.at() : nullptr; }

std::int64_t DeviceArray::bytes() const noexcept { return impl_ ? impl_->memory.bytes() : 0; }

Status DeviceArray::upload(const void* from, std::int64_t bytes) const noexcept {
  if (from == nullptr || bytes < 0 || bytes > this->bytes()) return Status::invalid_argument;
  if (bytes == 0) return Status::ok;
  const Status s = impl_->device->upload(impl_->memory.at(), from, bytes, nullptr);
  return s == Status::ok ? impl_->device->synchronize(nullptr) : s;
}

Status DeviceArray::download(void* to, std::int64_t bytes) const noexcept {
  if (to == nullptr || bytes < 0 || bytes > this->bytes()) return Status::invalid_argument;
  if (bytes == 0) return Status::ok;
  const Status s = impl_->device->download(to, impl_->memory.at(), bytes, nullptr);
  return s == Status::ok ? impl_->device->synchronize(nullptr) : s;
}

}  // namespace faltung
