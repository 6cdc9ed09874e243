// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// execute() of arrays of the host: copies to a device and back, in parts that take turns. Memory
// that is not page-locked is copied before an upload returns, while the other part is computed.
#include <algorithm>
#include <cstring>

#include "convolution/extended_input.hpp"
#include "cuda/device_recipe.hpp"

namespace faltung::cuda {
namespace {

/// A piece of a view that is not dense passes through as many bytes of the host.
constexpr std::int64_t kStagingBytes = 1 << 20;

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

std::int64_t DeviceRecipe::staging_bytes(const ArrayBytes& bytes) noexcept {
  constexpr std::int64_t kLine = 64;
  const std::int64_t most = std::min(kStagingBytes, std::max(bytes.x, bytes.y));
  return (most + kLine - 1) / kLine * kLine;
}

std::string DeviceRecipe::where() const {
  const std::string cut = parts_.count() == 1
                              ? ""
                              : "; arrays of the host in " + std::to_string(parts_.count()) +
                                    " parts of " + std::to_string(parts_.outputs) +
                                    " outputs along axis " + std::to_string(parts_.y_dim);
  return " on " + device_.info().name + " (" + device_.info().model + ")" + cut + "\n";
}

const DeviceRecipe& DeviceRecipe::of_part(std::int64_t part) const noexcept {
  if (full_ == nullptr) return *this;
  return last_ != nullptr && part == parts_.count() - 1 ? *last_ : *full_;
}

std::int64_t DeviceRecipe::part_work_bytes() const noexcept {
  return std::max(of_part(0).device_work_bytes(), of_part(parts_.count() - 1).device_work_bytes());
}

Result<void> DeviceRecipe::cut(const Problem& problem, const Multiples& multiples) {
  const HostParts parts = host_parts(problem, g, device_.info(), multiples);
  if (parts.count() == 1) return {};
  const auto make = [&](std::int64_t outputs) {
    return make_part(problem, part_geometry(g, parts, outputs));
  };
  auto full = make(parts.outputs);
  if (!full) return tl::unexpected(full.error());
  if (const std::int64_t rest = parts.outputs_of(parts.count() - 1); rest != parts.outputs) {
    auto last = make(rest);
    if (!last) return tl::unexpected(last.error());
    last_ = std::move(*last);
  }
  full_ = std::move(*full);
  parts_ = parts;
  return {};
}

Result<std::shared_ptr<const Workspace::DeviceRoom>> DeviceRecipe::device_room() const {
  auto room = std::make_shared<Workspace::DeviceRoom>();
  for (std::int64_t i = 0; i < std::min<std::int64_t>(2, parts_.count()); ++i) {
    Side& side = room->sides.emplace_back();
    const std::pair<Memory*, std::int64_t> parts[] = {
        {&side.x, parts_.x_bytes}, {&side.y, parts_.y_bytes}, {&side.work, part_work_bytes()}};
    for (const auto& [memory, bytes] : parts) {
      auto made = Memory::try_make(device_, std::max<std::int64_t>(1, bytes));
      if (!made) return tl::unexpected(made.error());
      *memory = std::move(*made);
    }
    auto stream = OwnStream::try_make(device_);
    if (!stream) return tl::unexpected(stream.error());
    side.stream = std::move(*stream);
  }
  return room;
}

bool DeviceRecipe::fits(const Workspace::DeviceRoom& room) const noexcept {
  if (static_cast<std::int64_t>(room.sides.size()) < std::min<std::int64_t>(2, parts_.count()))
    return false;
  return std::all_of(room.sides.begin(), room.sides.end(), [&](const Side& side) {
    const std::pair<const Memory*, std::int64_t> parts[] = {
        {&side.x, parts_.x_bytes}, {&side.y, parts_.y_bytes}, {&side.work, part_work_bytes()}};
    return std::all_of(std::begin(parts), std::end(parts), [&](const auto& part) {
      return part.first->device() == &device_ && part.first->bytes() >= part.second;
    });
  });
}

/// The samples of a part, its results, and how far into x's axis its samples begin.
struct DeviceRecipe::Part {
  ConstView x;
  View y;
  std::int64_t first_sample = 0;
};

DeviceRecipe::Part DeviceRecipe::part_of(const Execution& run, std::int64_t part) const noexcept {
  Part p = {*run.x_view, *run.y_view, 0};
  if (full_ == nullptr) return p;
  const PartRange range = x_range(g, parts_, part);
  p.first_sample = range.begin;
  p.x.data = static_cast<const std::byte*>(p.x.data) +
             range.begin * p.x.strides[parts_.x_dim] * size_bytes(p.x.type);
  p.x.shape[parts_.x_dim] = range.end - range.begin;
  p.y.data = static_cast<std::byte*>(p.y.data) +
             part * parts_.outputs * p.y.strides[parts_.y_dim] * size_bytes(p.y.type);
  p.y.shape[parts_.y_dim] = parts_.outputs_of(part);
  return p;
}

/// Copies a part's samples and launches what computes it.
Status DeviceRecipe::begin(const Execution& run, const Kernel::Prepared& kernel, std::int64_t part,
                           const Side& side) const noexcept {
  const DeviceRecipe& recipe = of_part(part);
  const Part p = part_of(run, part);
  if (const Status s = upload(p.x, side, run.workspace->data()); s != Status::ok) return s;
  const bool components = g.x_components || g.h_components;
  Execution there = run;
  const Dims x_strides = dense_strides(p.x.shape);
  there.x_strides = strides_for(recipe.g, x_strides, p.x.shape, g.x_pairs_split());
  there.y_strides = strides_for(recipe.g, dense_strides(p.y.shape), p.y.shape, components);
  there.x = side.x.at();
  there.y = side.y.at();
  if (full_ != nullptr) {
    there.read = p.x;
    if (parts_.spatial) {
      // Positions count from the beginning of all samples.
      const std::int64_t stride = p.x.shape[parts_.x_dim] == 1 ? 0 : x_strides[parts_.x_dim];
      there.x =
          static_cast<const std::byte*>(there.x) - p.first_sample * stride * size_bytes(p.x.type);
      there.part_axis = parts_.axis;
      there.part_first = part * parts_.outputs;
    }
  }
  return recipe.compute(there, kernel, true, side.work.at(), side.stream.get());
}

Status DeviceRecipe::execute(const Execution& run, const Kernel::Prepared& kernel) const noexcept {
  const Workspace::DeviceRoom& room = *run.workspace->device_room();
  if (!fits(room)) return Status::workspace_too_small;
  const std::int64_t count = parts_.count();
  // Before any part is written.
  Status s = count == 1 ? Status::ok : refusal(run, kernel);
  const auto side_of = [&](std::int64_t part) -> const Side& {
    return room.sides[static_cast<std::size_t>(part % 2)];
  };
  for (std::int64_t part = 0; part <= count && s == Status::ok; ++part) {
    if (part < count) s = begin(run, kernel, part, side_of(part));
    if (part > 0 && s == Status::ok)
      s = download(part_of(run, part - 1).y, side_of(part - 1), run.workspace->data());
  }
  // Nothing may still be reading x when the caller goes on, whatever went wrong.
  for (const Side& side : room.sides) {
    const Status waited = device_.synchronize(side.stream.get());
    if (s == Status::ok) s = waited;
  }
  return s;
}

Status DeviceRecipe::upload(const ConstView& x, const Side& side,
                            std::byte* staging) const noexcept {
  const std::int64_t size = size_bytes(x.type);
  if (is_dense(x))
    return device_.upload(side.x.at(), x.data, element_count(x.shape) * size, side.stream.get());
  return in_pieces(x.shape, size, scratch_bytes(),
                   [&](std::int64_t first, std::int64_t count, std::int64_t at) {
                     gather(x, first, count, staging);
                     const Status s = device_.upload(static_cast<std::byte*>(side.x.at()) + at,
                                                     staging, count * size, side.stream.get());
                     const Status waited = device_.synchronize(side.stream.get());
                     return s == Status::ok ? waited : s;
                   });
}

Status DeviceRecipe::download(const View& y, const Side& side, std::byte* staging) const noexcept {
  const std::int64_t size = size_bytes(y.type);
  const auto fetch = [&](void* to, std::int64_t at, std::int64_t bytes) {
    const Status s =
        device_.download(to, static_cast<std::byte*>(side.y.at()) + at, bytes, side.stream.get());
    const Status waited = device_.synchronize(side.stream.get());
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
