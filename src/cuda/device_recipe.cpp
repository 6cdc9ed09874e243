// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// What all plans on a device have in common: the arrays there, and their copies.
#include "cuda/device_recipe.hpp"

#include <algorithm>
#include <cstring>

#include "convolution/extended_input.hpp"
#include "support/checked.hpp"

namespace faltung::cuda {
namespace {

/// A piece of a view that is not dense passes through as many bytes of the host.
constexpr std::int64_t kStagingBytes = 1 << 20;
/// Of pageable memory, through the driver's own staging, and what a call of its own takes: typical
/// of PCIe 4 and 5; a host's real ones are within a factor of two.
constexpr double kHostBytesPerSecond = 8e9, kCopySeconds = 10e-6;
/// Of a device's memory that plans may take; its driver and context need some.
constexpr double kUsable = 0.9;

bool is_dense(const ConstView& view) noexcept { return view.strides == dense_strides(view.shape); }

/// Calls f(offset in elements, count) for the parts of rows that hold the elements first ..
/// first + count - 1 of a view in dense order.
template <class F>
void for_each_piece(const Dims& shape, const Dims& strides, std::int64_t first, std::int64_t count,
                    F&& f) noexcept {
  const int last = shape.rank() - 1;
  while (count > 0) {
    std::int64_t rest = first / shape[last], offset = first % shape[last] * strides[last];
    const std::int64_t here = std::min(count, shape[last] - first % shape[last]);
    for (int i = last - 1; i >= 0; --i) {
      offset += rest % shape[i] * strides[i];
      rest /= shape[i];
    }
    f(offset, here);
    first += here;
    count -= here;
  }
}

void gather(const ConstView& view, std::int64_t first, std::int64_t count, std::byte* to) noexcept {
  const std::int64_t size = size_bytes(view.type), stride = view.strides.back() * size;
  const auto* from = static_cast<const std::byte*>(view.data);
  for_each_piece(view.shape, view.strides, first, count, [&](std::int64_t at, std::int64_t n) {
    for (std::int64_t i = 0; i < n; ++i, to += size)
      std::memcpy(to, from + at * size + i * stride, static_cast<std::size_t>(size));
  });
}

void scatter(const View& view, std::int64_t first, std::int64_t count,
             const std::byte* from) noexcept {
  const std::int64_t size = size_bytes(view.type), stride = view.strides.back() * size;
  auto* to = static_cast<std::byte*>(view.data);
  for_each_piece(view.shape, view.strides, first, count, [&](std::int64_t at, std::int64_t n) {
    for (std::int64_t i = 0; i < n; ++i, from += size)
      std::memcpy(to + at * size + i * stride, from, static_cast<std::size_t>(size));
  });
}

/// Calls f(first, count, bytes into the dense array) for pieces that the staging holds.
template <class F>
Status in_pieces(const Dims& shape, std::int64_t size, std::int64_t staging, F&& f) noexcept {
  const std::int64_t all = element_count(shape), most = std::max<std::int64_t>(1, staging / size);
  for (std::int64_t first = 0; first < all; first += most)
    if (const Status s = f(first, std::min(most, all - first), first * size); s != Status::ok)
      return s;
  return Status::ok;
}

}  // namespace

Result<const Device*> device_of(const Problem& problem) {
  const bool named = problem.device != "cpu" && problem.device != "auto";
  if (named) return find_device(problem.device);
  const Devices& all = all_devices();
  return find_device(all.list.empty() ? "cuda:0" : all.list.front()->info().name);
}

ArrayBytes array_bytes(const Problem& problem, const Geometry& g) {
  const checked::Int y = checked::Int(g.outputs()) * g.batches() *
                         size_bytes(real_part_of(g.y_type)) * (g.complex() ? 2 : 1);
  return {
      checked::at_most(checked::Int(element_count(problem.x_shape)) * size_bytes(problem.x_type)),
      checked::at_most(y)};
}

Result<const Device*> check_device(const Problem& problem, const Geometry& g, double more) {
  const auto refuse = [](std::string message) {
    return tl::unexpected(Failure{Status::unsupported, std::move(message)});
  };
  auto device = device_of(problem);
  if (!device) return tl::unexpected(device.error());
  if (problem.stream) return refuse("streams run on the CPU");
  const ArrayBytes bytes = array_bytes(problem, g);
  const double needed = static_cast<double>(bytes.x) + static_cast<double>(bytes.y) + more;
  const double there = kUsable * static_cast<double>((*device)->info().memory_bytes);
  if (needed <= there) return device;
  return refuse("it takes " + std::to_string(static_cast<std::int64_t>(needed / 1e6)) +
                " MB of the GPU's memory, which has " +
                std::to_string(static_cast<std::int64_t>(there / 1e6)) + " to give");
}

double seconds_with_copies(const ArrayBytes& bytes, double compute) noexcept {
  return static_cast<double>(bytes.x + bytes.y) / kHostBytesPerSecond + 2 * kCopySeconds + compute;
}

Real real_of(ElementType type) noexcept {
  switch (real_part_of(type)) {
    case ElementType::f32: return Real::f32;
    case ElementType::f64: return Real::f64;
    case ElementType::u8: return Real::u8;
    case ElementType::i8: return Real::i8;
    case ElementType::u16: return Real::u16;
    case ElementType::i16: return Real::i16;
    case ElementType::u32: return Real::u32;
    case ElementType::i32: return Real::i32;
    case ElementType::u64: return Real::u64;
    default: return Real::i64;
  }
}

Layout layout_of(const Geometry& g, const Execution& run) {
  Layout to = {};
  to.x = run.x;
  to.y = run.y;
  to.x_type = real_of(g.x_type);
  to.y_type = real_of(g.y_type);
  to.outside = static_cast<Outside>(g.boundary);
  to.absent_outside = g.absent_outside;
  to.x_pairs = is_complex(g.x_type) && !g.x_components;
  to.component_axis = -1;
  to.component_is_zero = !is_complex(g.x_type);
  to.storing = g.rounds() ? Storing::rounded : Storing::as_it_is;
  to.spatial_axes = static_cast<int>(g.spatial.size());
  to.batch_axes = static_cast<int>(g.batch.size());
  to.cval[0] = g.cval.real();
  to.cval[1] = g.cval.imag();
  to.outputs = g.outputs();
  to.batches = g.batches();
  const std::int64_t x_reals = to.x_pairs ? 2 : 1, y_reals = g.complex() ? 2 : 1;
  for (int i = 0; i < to.spatial_axes; ++i) {
    const Axis& a = g.spatial[static_cast<std::size_t>(i)];
    to.spatial[i] = {a.n,
                     a.taps,
                     a.dilation,
                     a.first,
                     a.count,
                     a.step,
                     run.x_strides.spatial[i] * x_reals,
                     run.y_strides.spatial[i] * y_reals};
  }
  std::int64_t kernels = 1;
  for (int i = to.batch_axes - 1; i >= 0; --i) {
    const Axis& a = g.batch[static_cast<std::size_t>(i)];
    to.batch[i] = {a.count, run.x_strides.batch[i] * x_reals, run.y_strides.batch[i] * y_reals,
                   a.taps > 1 ? kernels : 0};
    kernels *= a.taps;
    // The last batch axis is that of components, where there is one.
    if (i == to.batch_axes - 1 && g.x_components) to.component_axis = static_cast<std::int8_t>(i);
  }
  return to;
}

Grid grid_of(std::int64_t items, int threads) noexcept {
  constexpr std::int64_t kMostBlocks = 1 << 20;
  return {std::clamp<std::int64_t>(checked::ceil_div(items, threads), 1, kMostBlocks), threads, 0};
}

std::int64_t DeviceRecipe::staging_bytes(const ArrayBytes& bytes) noexcept {
  constexpr std::int64_t kLine = 64;
  const std::int64_t most = std::min(kStagingBytes, std::max(bytes.x, bytes.y));
  return (most + kLine - 1) / kLine * kLine;
}

Result<std::shared_ptr<const Workspace::DeviceRoom>> DeviceRecipe::device_room() const {
  auto room = std::make_shared<Workspace::DeviceRoom>();
  const std::pair<Memory*, std::int64_t> parts[] = {
      {&room->x, bytes_.x}, {&room->y, bytes_.y}, {&room->work, device_work_bytes()}};
  for (const auto& [memory, bytes] : parts) {
    auto made = Memory::try_make(device_, std::max<std::int64_t>(1, bytes));
    if (!made) return tl::unexpected(made.error());
    *memory = std::move(*made);
  }
  auto stream = OwnStream::try_make(device_);
  if (!stream) return tl::unexpected(stream.error());
  room->stream = std::move(*stream);
  return room;
}

bool DeviceRecipe::fits(const Workspace::DeviceRoom& room) const noexcept {
  const std::pair<const Memory*, std::int64_t> parts[] = {
      {&room.x, bytes_.x}, {&room.y, bytes_.y}, {&room.work, device_work_bytes()}};
  return std::all_of(std::begin(parts), std::end(parts), [&](const auto& part) {
    return part.first->device() == &device_ && part.first->bytes() >= part.second;
  });
}

Status DeviceRecipe::execute(const Execution& run, const Kernel::Prepared& kernel) const noexcept {
  const Workspace::DeviceRoom& room = *run.workspace->device_room();
  if (!fits(room)) return Status::workspace_too_small;
  Status s = upload(*run.x_view, room, run.workspace->data());
  if (s == Status::ok) {
    const ConstView& x = *run.x_view;
    const View& y = *run.y_view;
    const bool components = g.x_components || g.h_components;
    Execution there = run;
    there.x = room.x.at();
    there.y = room.y.at();
    there.x_strides = strides_for(g, dense_strides(x.shape), x.shape, g.x_pairs_split());
    there.y_strides = strides_for(g, dense_strides(y.shape), y.shape, components);
    s = compute(there, kernel, true, room.work.at(), room.stream.get());
  }
  // Nothing may still be reading x when the caller goes on, whatever went wrong.
  const Status waited = device_.synchronize(room.stream.get());
  if (s == Status::ok) s = waited;
  return s == Status::ok ? download(*run.y_view, room, run.workspace->data()) : s;
}

Status DeviceRecipe::upload(const ConstView& x, const Workspace::DeviceRoom& room,
                            std::byte* staging) const noexcept {
  const std::int64_t size = size_bytes(x.type);
  if (is_dense(x))
    return device_.upload(room.x.at(), x.data, element_count(x.shape) * size, room.stream.get());
  return in_pieces(x.shape, size, scratch_bytes(),
                   [&](std::int64_t first, std::int64_t count, std::int64_t at) {
                     gather(x, first, count, staging);
                     const Status s = device_.upload(static_cast<std::byte*>(room.x.at()) + at,
                                                     staging, count * size, room.stream.get());
                     const Status waited = device_.synchronize(room.stream.get());
                     return s == Status::ok ? waited : s;
                   });
}

Status DeviceRecipe::download(const View& y, const Workspace::DeviceRoom& room,
                              std::byte* staging) const noexcept {
  const std::int64_t size = size_bytes(y.type);
  const auto fetch = [&](void* to, std::int64_t at, std::int64_t bytes) {
    const Status s =
        device_.download(to, static_cast<std::byte*>(room.y.at()) + at, bytes, room.stream.get());
    const Status waited = device_.synchronize(room.stream.get());
    return s == Status::ok ? waited : s;
  };
  if (is_dense(y)) return fetch(y.data, 0, element_count(y.shape) * size);
  return in_pieces(y.shape, size, scratch_bytes(),
                   [&](std::int64_t first, std::int64_t count, std::int64_t at) {
                     const Status s = fetch(staging, at, count * size);
                     if (s == Status::ok) scatter(y, first, count, staging);
                     return s;
                   });
}

}  // namespace faltung::cuda
