// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// A device that is none: its kernels are compiled for the processor, its memory is the host's.
//
//   block 0:  thread 0 ---- barrier | thread 1 ---- barrier | ... | thread 0 ---- end | ...
//
// Each thread of a block is a context with a stack of its own, which runs up to its next barrier;
// then the next one runs. After each barrier the order is turned round, so that a kernel that
// forgets a barrier gives wrong results here, too.
#include "cuda/device.hpp"

#if FALTUNG_EMULATED_DEVICE

#include <ucontext.h>

#include <cstdlib>
#include <cstring>
#include <map>
#include <memory>
#include <mutex>
#include <new>

#include "cuda/device_kernels/box.hpp"
#include "cuda/device_kernels/direct.hpp"
#include "cuda/device_kernels/direct_tile.hpp"
#include "cuda/device_kernels/passes.hpp"
#include "cuda/device_kernels/repair.hpp"
#include "cuda/device_kernels/separable.hpp"
#include "cuda/emulated_transform.hpp"

namespace faltung::cuda {
namespace {

constexpr std::size_t kStackBytes = 128 << 10;
constexpr int kMostThreads = 1024;
constexpr std::int64_t kSharedBytes = 227 << 10;
constexpr std::int64_t kMemoryBytes = std::int64_t{1} << 30;

using Body = void (*)(const void* arguments);

constexpr Body kBodies[] = {
#define FALTUNG_DEVICE_KERNEL(name, Arguments) \
  [](const void* arguments) { name(*static_cast<const Arguments*>(arguments)); },
#include "cuda/device_kernels/kernels.def"
#undef FALTUNG_DEVICE_KERNEL
};

/// The threads of one block.
class Block {
 public:
  Block()
      : stacks_(new std::byte[kStackBytes * kMostThreads]), shared_(new std::byte[kSharedBytes]) {}

  void run(Body body, const void* arguments, const Grid& grid, std::int64_t index) {
    body_ = body;
    arguments_ = arguments;
    place_ = {0, grid.threads, index, grid.blocks, shared_.get()};
    // What nobody wrote is no number.
    std::memset(shared_.get(), 0xff, static_cast<std::size_t>(grid.shared_bytes));
    int waiting = grid.threads;
    for (int t = 0; t < grid.threads; ++t) begin(t);
    for (bool forwards = true; waiting > 0; forwards = !forwards)
      for (int i = 0; i < grid.threads; ++i) {
        const int t = forwards ? i : grid.threads - 1 - i;
        if (ended_[t]) continue;
        place_.thread = t;
        swapcontext(&scheduler_, &contexts_[t]);
        if (ended_[t]) --waiting;
      }
  }

  Place& place() { return place_; }
  void wait() { swapcontext(&contexts_[place_.thread], &scheduler_); }

 private:
  void begin(int t) {
    ended_[t] = false;
    getcontext(&contexts_[t]);
    contexts_[t].uc_stack.ss_sp = stacks_.get() + kStackBytes * static_cast<std::size_t>(t);
    contexts_[t].uc_stack.ss_size = kStackBytes;
    contexts_[t].uc_link = &scheduler_;
    makecontext(&contexts_[t], &Block::enter, 0);
  }
  static void enter();

  std::unique_ptr<std::byte[]> stacks_;
  std::unique_ptr<std::byte[]> shared_;
  ucontext_t scheduler_;
  ucontext_t contexts_[kMostThreads];
  bool ended_[kMostThreads];
  Body body_ = nullptr;
  const void* arguments_ = nullptr;
  Place place_;
};

/// Blocks run one after the other, whoever launches them.
struct Emulator {
  std::mutex mutex;
  Block block;
};
Emulator& emulator() {
  static Emulator e;
  return e;
}

void Block::enter() {
  Block& block = emulator().block;
  block.body_(block.arguments_);
  block.ended_[block.place_.thread] = true;
}

class EmulatedDevice final : public Device {
 public:
  explicit EmulatedDevice(DeviceInfo info) : info_(std::move(info)) {}
  const DeviceInfo& info() const noexcept override { return info_; }
  Stream make_stream() const noexcept override { return new (std::nothrow) char; }
  void free_stream(Stream stream) const noexcept override { delete static_cast<char*>(stream); }
  Stream copies() const noexcept override { return nullptr; }
  bool reaches(const void* at) const noexcept override {
    const std::lock_guard lock(arrays_mutex_);
    const auto behind = arrays_.upper_bound(static_cast<const std::byte*>(at));
    return behind != arrays_.begin() && at < std::prev(behind)->second;
  }
  Address allocate(std::int64_t bytes) const noexcept override {
    if (bytes > kMemoryBytes) return nullptr;
    constexpr std::size_t kAlign = 256;
    const std::size_t whole = (static_cast<std::size_t>(bytes) + kAlign - 1) / kAlign * kAlign;
    void* const p = std::aligned_alloc(kAlign, std::max(whole, kAlign));
    if (p == nullptr) return p;
    std::memset(p, 0xff, whole);
    const std::lock_guard lock(arrays_mutex_);
    arrays_[static_cast<std::byte*>(p)] = static_cast<std::byte*>(p) + std::max(whole, kAlign);
    return p;
  }
  void free(Address at) const noexcept override {
    const std::lock_guard lock(arrays_mutex_);
    arrays_.erase(static_cast<std::byte*>(at));
    std::free(at);
  }
  Status upload(Address to, const void* from, std::int64_t bytes, Stream) const noexcept override {
    std::memcpy(to, from, static_cast<std::size_t>(bytes));
    return Status::ok;
  }
  Status download(void* to, Address from, std::int64_t bytes, Stream) const noexcept override {
    std::memcpy(to, from, static_cast<std::size_t>(bytes));
    return Status::ok;
  }
  Status launch(DeviceKernel kernel, const Grid& grid, const void* arguments,
                Stream) const noexcept override {
    if (grid.threads < 1 || grid.threads > kMostThreads || grid.blocks < 1 ||
        grid.blocks > 0x7fffffff || grid.shared_bytes > kSharedBytes)
      return Status::device_failed;
    Emulator& e = emulator();
    const std::lock_guard lock(e.mutex);
    for (std::int64_t b = 0; b < grid.blocks; ++b)
      e.block.run(kBodies[static_cast<std::size_t>(kernel)], arguments, grid, b);
    return Status::ok;
  }
  Status synchronize(Stream) const noexcept override { return Status::ok; }
  Result<void> has_transforms() const override { return {}; }
  Result<std::unique_ptr<const Transform>> make_transform(
      const TransformShape& shape) const override {
    return make_emulated_transform(shape);
  }

 private:
  const DeviceInfo info_;
  mutable std::mutex arrays_mutex_;
  mutable std::map<const std::byte*, const std::byte*> arrays_;  ///< begins and ends
};

}  // namespace

Place& emulated_place() noexcept { return emulator().block.place(); }
void emulated_barrier() noexcept { emulator().block.wait(); }

Devices emulated_devices() {
  DeviceInfo info;
  info.name = "cuda:0";
  info.model = "emulated";
  info.memory_bytes = kMemoryBytes;
  info.multiprocessors = 4;
  info.capability_major = 9;
  info.shared_bytes = kSharedBytes;
  info.clock_hz = 1e6;
  info.memory_bytes_per_second = 1e9;
  info.multiply_adds_per_second = 1e8;
  Devices devices;
  devices.list.push_back(std::make_unique<const EmulatedDevice>(info));
  // Another one, for which other tiles are best.
  info.name = "cuda:1";
  info.model = "emulated with little shared memory";
  info.multiprocessors = 16;
  info.shared_bytes = 100 << 10;
  info.memory_bytes_per_second = 1e7;
  devices.list.push_back(std::make_unique<const EmulatedDevice>(std::move(info)));
  return devices;
}

}  // namespace faltung::cuda

#else

namespace faltung::cuda {

Devices emulated_devices() {
  Devices devices;
  devices.none = "this build has no emulated device; builds with tests have one";
  return devices;
}

}  // namespace faltung::cuda

#endif
