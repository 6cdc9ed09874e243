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

Status DeviceArray::enqueue_upload(const void* from, std::int64_t bytes,
                                   void* stream) const noexcept {
  if (from == nullptr || bytes < 0 || bytes > this->bytes()) return Status::invalid_argument;
  return bytes == 0 ? Status::ok : impl_->device->upload(data(), from, bytes, stream);
}

Status DeviceArray::enqueue_download(void* to, std::int64_t bytes, void* stream) const noexcept {
  if (to == nullptr || bytes < 0 || bytes > this->bytes()) return Status::invalid_argument;
  return bytes == 0 ? Status::ok : impl_->device->download(to, data(), bytes, stream);
}

Status DeviceArray::upload(const void* from, std::int64_t bytes, void* stream) const noexcept {
  const Status s = enqueue_upload(from, bytes, stream);
  return s == Status::ok && impl_ ? impl_->device->synchronize(stream) : s;
}

Status DeviceArray::download(void* to, std::int64_t bytes, void* stream) const noexcept {
  const Status s = enqueue_download(to, bytes, stream);
  return s == Status::ok && impl_ ? impl_->device->synchronize(stream) : s;
}

struct DeviceStream::Impl {
  const cuda::Device* device = nullptr;
  cuda::OwnStream stream;
};

Result<DeviceStream> DeviceStream::try_make(std::string_view device) {
  const auto found = cuda::find_device(device);
  if (!found) return tl::unexpected(found.error());
  auto stream = cuda::OwnStream::try_make(**found);
  if (!stream) return tl::unexpected(stream.error());
  DeviceStream made;
  made.impl_ = std::make_shared<const Impl>(Impl{*found, std::move(*stream)});
  return made;
}

void* DeviceStream::native() const noexcept { return impl_ ? impl_->stream.get() : nullptr; }

Status DeviceStream::synchronize() const noexcept {
  return impl_ ? impl_->device->synchronize(impl_->stream.get()) : Status::invalid_argument;
}

}  // namespace faltung
