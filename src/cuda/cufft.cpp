// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// The convolution theorem by the device's own library, as everyone does it: what other methods of a
// GPU are measured against, and where they end.
//
//   x --pad--> array --cuFFT--> spectrum --times that of h--> --cuFFT back--> array --finish--> y
//
// One box of samples and zeros for each batch, circular in lengths that are products of 2, 3, 5 and
// 7; what wraps around falls before the first output (fft_single.cpp of convolution/). Between the
// launches boxes lie in the GPU's memory, 64 MiB of them at a time or one. What goes beside cuFFT
// is device_kernels/box.hpp.
#include "cuda/cufft_box.hpp"

#include <algorithm>
#include <cmath>

#include "convolution/direct_cost.hpp"
#include "convolution/error_bound.hpp"
#include "support/checked.hpp"

namespace faltung {
namespace cuda {
namespace {

tl::unexpected<Failure> refuse(const char* why) {
  return tl::unexpected(Failure{Status::unsupported, why});
}

std::int64_t spectrum_bytes(const Geometry& g, const PaddedBox& box) {
  return box.shape.points() * 2 * (g.single() ? 4 : 8);
}
std::int64_t spectra_bytes(const Geometry& g, const PaddedBox& box) {
  return checked::at_most(checked::Int(spectrum_bytes(g, box)) * g.kernels() +
                          direct_kernel_bytes(g));
}
/// Parts of arrays of the host have all outputs along each axis, but batches may be apart.
Multiples multiples_of(const Geometry& g) {
  Multiples multiples;
  for (const Axis& a : g.spatial) multiples.push_back(a.count);
  return multiples;
}
std::int64_t boxes_of(const Geometry& g, const PaddedBox& box) {
  return checked::at_most(checked::Int(box.count(g)) * g.batches());
}

/// Boxes at once are the same for all parts of an array: cuFFT may round otherwise for another
/// number of them.
std::int64_t at_once_of(const Problem& problem, const Geometry& g, const DeviceInfo& device,
                        const PaddedBox& box) {
  const HostParts parts = host_parts(problem, g, device, multiples_of(g));
  const Geometry part = parts.count() == 1 ? g : part_geometry(g, parts, parts.outputs);
  return boxes_at_once(g, box, boxes_of(part, box));
}

/// Transforms of a plan, of many boxes and of one kernel.
struct Transforms {
  std::shared_ptr<const Transform> boxes, kernel;
  std::int64_t at_once = 1;
};

class CufftRecipe final : public DeviceRecipe {
 public:
  CufftRecipe(const Device& device, const Problem& problem, const Geometry& geometry,
              const PaddedBox& box, Transforms transforms)
      : DeviceRecipe(device, problem, geometry),
        box_(box),
        transforms_(std::move(transforms)),
        passes_(passes_of(source_of(geometry, box), box)),
        parts_(work_parts(passes_, transforms_.at_once, transforms_.boxes->work_bytes())),
        direct_(make_direct_recipe(device, problem, geometry)) {}

  std::string tree() const override {
    const std::int64_t all = boxes_of(g, box_);
    std::string lengths;
    for (int i = 0; i < box_.shape.axes; ++i)
      lengths +=
          (i == 0 ? "" : " x ") + std::to_string(box_.shape.length[static_cast<std::size_t>(i)]);
    return "cuda_cufft: " + std::to_string(all) + (all == 1 ? " box of " : " boxes of ") + lengths +
           " samples," + where() + "  padded, cuFFT, multiplied, cuFFT back, written, " +
           std::to_string(transforms_.at_once) + " at a time in " +
           std::to_string(parts_.bytes >> 10) + " KiB of the device\n";
  }
  std::int64_t kernel_bytes() const noexcept override { return spectra_bytes(g, box_); }
  std::int64_t device_work_bytes() const noexcept override {
    return std::max(parts_.bytes, direct_->device_work_bytes());
  }
  Result<std::shared_ptr<Kernel::Prepared>> prepare(const ConstView& h) const override {
    auto kernel = std::make_shared<TileKernel>();
    bool goes_direct = false;
    auto made = g.single() ? prepare_as<float>(h, *kernel, goes_direct)
                           : prepare_as<double>(h, *kernel, goes_direct);
    if (!made) return tl::unexpected(made.error());
    if (goes_direct) {
      auto direct = direct_->prepare(h);
      if (!direct) return direct;
      kernel->direct = std::move(*direct);
    }
    return kernel;
  }
  ErrorBound error_bound(const ConstView& x, const Kernel::Prepared& kernel) const override {
    const auto& prepared = static_cast<const TileKernel&>(kernel);
    if (prepared.direct) return direct_->error_bound(x, *prepared.direct);
    return transform_bound(g, facts_of(g, box_), x, prepared);
  }

 private:
  template <class T>
  Result<void> prepare_as(const ConstView& h, TileKernel& kernel, bool& goes_direct) const;
  template <class T>
  Result<void> transform_taps(const std::vector<T>& taps, void* to) const;
  Status compute(const Execution& run, const Kernel::Prepared& kernel, bool, void* work,
                 void* stream) const noexcept override;
  /// The same boxes, fewer of them.
  Result<std::unique_ptr<const DeviceRecipe>> make_part(const Problem& problem,
                                                        const Geometry& part) const override {
    return std::make_unique<const CufftRecipe>(device(), problem, part, box_, transforms_);
  }

  const PaddedBox box_;
  const Transforms transforms_;
  const BoxPasses passes_;
  const BoxParts parts_;
  const std::unique_ptr<const DeviceRecipe> direct_;
};

// ----------------------------------------------------------------------------------- prepare

template <class T>
Result<void> CufftRecipe::prepare_as(const ConstView& h, TileKernel& kernel,
                                     bool& goes_direct) const {
  const SpectrumMaker<T> make = [&](const KernelTaps<T>& k, int exponent, void* to) {
    kernel.largest_gain = std::max(kernel.largest_gain, 1.01L * k.facts.sum_abs);
    // Transforms there and back multiply by their length.
    const T length = static_cast<T>(box_.samples());
    const auto scale = [&](T tap) { return std::ldexp(tap, -exponent) / length; };
    return transform_taps<T>(spread_taps<T>(g, k, scale), to);
  };
  return prepare_spectra<T>(device(), g, facts_of(g, box_), spectrum_bytes(g, box_), make, h,
                            kernel, goes_direct);
}

/// A kernel is a box of samples, too, whose array is the spectrum's place.
template <class T>
Result<void> CufftRecipe::transform_taps(const std::vector<T>& taps, void* to) const {
  PassSource source = source_of(g, box_);
  for (std::size_t i = 0; i < g.spatial.size(); ++i) {
    source.axes[i] = {1, 1, g.spatial[i].span - 1, g.spatial[i].span};
    source.step[i] = 1;
  }
  const BoxPasses passes = passes_of(source, box_);
  auto there = on_device(device(), taps.data(), static_cast<std::int64_t>(taps.size()));
  if (!there) return tl::unexpected(there.error());
  const BoxParts parts = work_parts(passes, 1, transforms_.kernel->work_bytes());
  auto work = Memory::try_make(device(), parts.bytes - parts.groups);
  if (!work) return tl::unexpected(work.error());
  const auto place = [&](std::int64_t at) {
    return static_cast<std::byte*>(work->at()) + (at - parts.groups);
  };
  PassArguments a = kernel_as_samples<T>(g, there->at());
  a.work = to;
  a.groups = reinterpret_cast<GroupFacts*>(place(parts.groups));
  a.tile_facts = reinterpret_cast<TileFacts*>(place(parts.tile_facts));
  Status s = launch_forward(device(), passes, *transforms_.kernel, a, 1, place(parts.library),
                            device().copies());
  const Status waited = device().synchronize(device().copies());
  if (s == Status::ok) s = waited;
  if (s != Status::ok) return tl::unexpected(Failure{s, describe(s)});
  return {};
}

// ----------------------------------------------------------------------------------- execute

Status CufftRecipe::compute(const Execution& run, const Kernel::Prepared& kernel, bool, void* work,
                            void* stream) const noexcept {
  const auto& prepared = static_cast<const TileKernel&>(kernel);
  if (prepared.direct) return direct_->launch(run, *prepared.direct, work, stream);
  auto* const area = static_cast<std::byte*>(work);
  PassArguments a = {};
  a.layout = layout_of(g, run);
  a.taps[0] = prepared.taps[0].at();
  a.taps[1] = prepared.taps[1].at();
  a.spectra = prepared.spectra.at();
  a.facts = static_cast<const TapFacts*>(prepared.facts.at());
  a.work = area;
  a.groups = reinterpret_cast<GroupFacts*>(area + parts_.groups);
  a.tile_facts = reinterpret_cast<TileFacts*>(area + parts_.tile_facts);
  a.verdicts = reinterpret_cast<int*>(area + parts_.verdicts);
  a.kernel_taps = g.taps();
  a.tiles = box_.count(g);
  void* const library = area + parts_.library;
  const std::int64_t all = boxes_of(g, box_), boxes = transforms_.at_once;
  for (; a.first_item < all; a.first_item += boxes) {
    Status s = launch_forward(device(), passes_, *transforms_.boxes, a, boxes, library, stream);
    if (s == Status::ok)
      s = launch_back(device(), passes_, *transforms_.boxes, a, boxes,
                      std::min(boxes, all - a.first_item), library, stream);
    if (s != Status::ok) return s;
  }
  return Status::ok;
}

// --------------------------------------------------------------------------------- the entry

class CufftMethod final : public Algorithm {
 public:
  const char* name() const noexcept override { return "cuda_cufft"; }
  bool on_device() const noexcept override { return true; }
  Result<void> supports(const Problem& problem, const Geometry& g) const override {
    const auto device = check_tiles(problem, g);
    if (!device) return tl::unexpected(device.error());
    if (!problem.block.empty())
      return refuse("it has one block for everything; 'block' is for overlap_save");
    if (problem.reproducible)
      return refuse("the bits of cuFFT depend on the GPU and on its version");
    const auto box = padded_box(g);
    if (!box) return tl::unexpected(box.error());
    // A library's work area is about as large as what it transforms.
    const std::int64_t at_once = at_once_of(problem, g, (*device)->info(), *box);
    const std::int64_t work = checked::at_most(checked::Int(box_bytes(g, *box)) * 2 * at_once);
    auto room = check_memory(problem, g, **device, spectra_bytes(g, *box), work, multiples_of(g));
    return room ? (*device)->has_transforms() : room;
  }
  Estimate estimate(const Problem& problem, const Geometry& g,
                    const MachineProfile&) const override {
    const PaddedBox box = *padded_box(g);
    const ArrayBytes bytes = array_bytes(problem, g);
    const TileCost cost = cost_of(choosing_info(problem), g, box, boxes_of(g, box));
    Estimate e;
    e.flop = cost.flop;
    e.bytes = cost.bytes;
    set_seconds(e, bytes, cost.seconds);
    e.memory_bytes =
        checked::at_most(checked::Int(DeviceRecipe::staging_bytes(bytes)) + spectra_bytes(g, box));
    e.error = transform_error(g, facts_of(g, box));
    return e;
  }
  Result<std::unique_ptr<const Recipe>> plan(const Problem& problem, const Geometry& g,
                                             const MachineProfile&, std::int64_t) const override {
    const auto device = device_of(problem);
    if (!device) return tl::unexpected(device.error());
    const PaddedBox box = *padded_box(g);
    Transforms transforms;
    transforms.at_once = at_once_of(problem, g, (*device)->info(), box);
    const auto make = [&](std::int64_t arrays,
                          std::shared_ptr<const Transform>& to) -> Result<void> {
      TransformShape shape = box.shape;
      shape.arrays = arrays;
      auto made = (*device)->make_transform(shape);
      if (!made) return tl::unexpected(made.error());
      to = std::move(*made);
      return {};
    };
    if (auto made = make(transforms.at_once, transforms.boxes); !made)
      return tl::unexpected(made.error());
    transforms.kernel = transforms.boxes;
    if (transforms.at_once > 1)
      if (auto made = make(1, transforms.kernel); !made) return tl::unexpected(made.error());
    auto recipe = std::make_unique<CufftRecipe>(**device, problem, g, box, std::move(transforms));
    if (auto cut = recipe->cut(problem, multiples_of(g)); !cut) return tl::unexpected(cut.error());
    return recipe;
  }
};

}  // namespace
}  // namespace cuda

const Algorithm& cuda_cufft_algorithm() noexcept {
  static const cuda::CufftMethod algorithm;
  return algorithm;
}

}  // namespace faltung
