// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "convolution/block_recipe.hpp"

#include <algorithm>
#include <cmath>

#include "convolution/block_convolution.hpp"
#include "convolution/error_bound.hpp"
#include "convolution/integer_range.hpp"
#include "support/checked.hpp"
#include "support/parallel.hpp"

namespace faltung {
namespace {

using checked::ceil_div;

/// Blocks above this many samples are refused: 2^32 real samples are 16 to 32 GiB of work.
constexpr double kLargestBlock = 4294967296.0;

/// Caches of a common core: what fits moves at the cost of that level.
constexpr double kNearBytes = 32 * 1024, kSecondBytes = 512 * 1024, kThirdBytes = 8 << 20;

double points(const Dims& block) {
  double n = 1;
  for (std::int64_t b : block) n *= static_cast<double>(b);
  return n;
}

std::int64_t tiles_along(const Axis& axis, std::int64_t block) {
  return ceil_div(axis.count, BlockConvolution<double>::outputs_of(axis, block));
}

/// The error coefficients of one transform over all axes, from the lengths alone.
double forward_coefficient(const Geometry& g, const Dims& block) {
  double forward = 0;
  for (int i = 0; i < block.rank(); ++i)
    forward += transform_error_coefficient(is_packed(g, i) ? block[i] / 2 : block[i]);
  return forward;
}

/// C of |e|_inf <= C u |x|_2 |h|_2.
double coefficient(const Geometry& g, const Dims& block) {
  return convolution_error_coefficient(forward_coefficient(g, block)) + 2 * input_roundings(g);
}

template <class T>
struct BlockKernel final : Kernel::Prepared {
  std::vector<Spectrum<T>> spectra;
  std::vector<KernelTaps<std::int64_t>> integers;  ///< for the proof of policy exact
  std::unique_ptr<const Recipe> direct;            ///< set where a tap is not finite
  std::shared_ptr<Kernel::Prepared> direct_kernel;
  double largest_gain = 0;      ///< max |H| over all spectra
  double norm1 = 0, norm2 = 0;  ///< max |h|_1 and max |h|_2

  std::int64_t bytes() const noexcept override {
    std::int64_t total = direct_kernel ? direct_kernel->bytes() : 0;
    for (const auto& s : spectra)
      total += static_cast<std::int64_t>(
          (s.re.size() + s.im.size() + s.taps.re.size() + s.taps.im.size()) * sizeof(T));
    return total;
  }
};

template <class T>
class BlockRecipe final : public Recipe {
 public:
  BlockRecipe(const Problem& problem, const Geometry& geometry, const Dims& block,
              const char* title, std::int64_t target)
      : problem_(problem), g_(geometry), block_(block), title_(title), target_(target) {}

  Result<void> make() {
    auto convolution = BlockConvolution<T>::make(g_, block_, target_);
    if (!convolution) return tl::unexpected(convolution.error());
    convolution_ = std::make_unique<const BlockConvolution<T>>(std::move(*convolution));
    tiles_ = 1;
    for (int i = 0; i < block_.rank(); ++i) tiles_ *= tiles_along(axis(i), block_[i]);
    scratch_ = std::max(convolution_->scratch_bytes(), direct_scratch_bytes(g_));
    return {};
  }

  std::string tree() const override {
    return std::string(title_) + ": " + std::to_string(tiles_ * g_.batches()) +
           (tiles_ * g_.batches() == 1 ? " block\n" : " blocks\n") + convolution_->tree("  ");
  }
  std::int64_t scratch_bytes() const noexcept override { return scratch_; }
  std::int64_t table_bytes() const noexcept override { return convolution_->bytes(); }
  std::int64_t kernel_bytes() const noexcept override {
    return checked::at_most(checked::Int(convolution_->spectrum_bytes()) * g_.kernels());
  }
  Result<std::shared_ptr<Kernel::Prepared>> prepare(const ConstView& h) const override;
  Status execute(const Execution& run, const Kernel::Prepared& kernel) const noexcept override;
  ErrorBound error_bound(const ConstView& x, const Kernel::Prepared& kernel) const override;

 private:
  const Axis& axis(int i) const { return g_.spatial[static_cast<std::size_t>(i)]; }
  void box(std::int64_t tile, std::int64_t* from, std::int64_t* to) const;

  Problem problem_;
  Geometry g_;
  Dims block_;
  const char* title_;
  std::int64_t target_;
  std::unique_ptr<const BlockConvolution<T>> convolution_;
  std::int64_t tiles_ = 1;
  std::int64_t scratch_ = 0;
};

template <class T>
void BlockRecipe<T>::box(std::int64_t tile, std::int64_t* from, std::int64_t* to) const {
  for (int i = block_.rank() - 1; i >= 0; --i) {
    const std::int64_t step = BlockConvolution<T>::outputs_of(axis(i), block_[i]);
    const std::int64_t tiles = tiles_along(axis(i), block_[i]);
    from[i] = tile % tiles * step;
    to[i] = std::min(axis(i).count, from[i] + step);
    tile /= tiles;
  }
}

/// A kernel with a non-finite tap has no spectrum: the direct method serves it.
template <class T>
Result<std::shared_ptr<Kernel::Prepared>> BlockRecipe<T>::prepare(const ConstView& h) const {
  auto kernel = std::make_shared<BlockKernel<T>>();
  if (g_.compute == Compute::integer) kernel->integers = read_kernels<std::int64_t>(g_, h);
  std::vector<KernelTaps<T>> taps = read_kernels<T>(g_, h);
  for (const KernelTaps<T>& k : taps)
    if (!k.facts.finite) {
      auto direct = algorithms().front()->plan(problem_, g_, MachineProfile::shipped(), target_);
      kernel->direct = std::move(*direct);  // the direct method refuses nothing
      kernel->direct_kernel = *kernel->direct->prepare(h);
      return kernel;
    }
  for (KernelTaps<T>& k : taps) {
    kernel->spectra.push_back(convolution_->transform_kernel(std::move(k)));
    const Spectrum<T>& s = kernel->spectra.back();
    kernel->largest_gain = std::max(kernel->largest_gain, convolution_->largest_gain(s));
    kernel->norm1 = std::max(kernel->norm1, s.taps.facts.sum_abs);
    kernel->norm2 = std::max(kernel->norm2, s.taps.facts.norm2);
  }
  return kernel;
}

template <class T>
Status BlockRecipe<T>::execute(const Execution& run,
                               const Kernel::Prepared& prepared) const noexcept {
  const auto& kernel = static_cast<const BlockKernel<T>&>(prepared);
  if (kernel.direct) return kernel.direct->execute(run, *kernel.direct_kernel);
  Accumulator accumulator = Accumulator::modular;
  if (g_.compute == Compute::integer) {
    accumulator = accumulator_for(g_, *run.x_view, kernel.integers);
    if (accumulator == Accumulator::refused) return Status::integer_overflow;
  }
  const StoreRow<T> store = store_row_to<T>(real_part_of(g_.y_type), accumulator);
  const std::int64_t y_bytes = size_bytes(real_part_of(g_.y_type)) * (g_.complex() ? 2 : 1);
  const auto body = [&](std::byte* scratch, auto next) noexcept {
    for (std::int64_t task = next(); task >= 0; task = next()) {
      const BatchOffsets at =
          batch_offsets(g_, run.x_strides, run.h_strides, run.y_strides, task / tiles_);
      const ExtendedInput<T> x(g_, run.x, run.x_strides, at);
      const ExtendedInput<long double> x_exact(g_, run.x, run.x_strides, at);
      const Output<T> y{static_cast<std::byte*>(run.y) + at.y * y_bytes, run.y_strides.spatial,
                        store};
      std::int64_t from[kMaxRank], to[kMaxRank];
      box(task % tiles_, from, to);
      convolution_->compute(x, x_exact, kernel.spectra[static_cast<std::size_t>(at.kernel)], from,
                            to, y, scratch);
    }
  };
  support::parallel(*run.workspace, scratch_, tiles_ * g_.batches(), body);
  return Status::ok;
}

/// Block by block, as docs/transform_error.md derives it: the maximum from |x|_2 |h|_2, the square
/// of the Euclidean norm from |x|_2 max|H| and the rounding of the kernel's own spectrum. Takes the
/// time of the forward transforms.
template <class T>
ErrorBound BlockRecipe<T>::error_bound(const ConstView& x, const Kernel::Prepared& prepared) const {
  const auto& kernel = static_cast<const BlockKernel<T>&>(prepared);
  if (kernel.direct) return kernel.direct->error_bound(x, *kernel.direct_kernel);
  if (g_.compute == Compute::integer) return {};
  ErrorBound bound;
  bound.unit_roundoff = unit_roundoff(g_);
  bound.coefficient = coefficient(g_, block_);
  const L2Error l2 = convolution_l2_error(forward_coefficient(g_, block_));
  const Strides strides = strides_for(g_, x.strides, x.shape, g_.x_pairs_split());
  const Strides still = strides_for(g_, Dims(1, 0), Dims(1, 1), false);
  support::AlignedVector<std::byte> scratch(static_cast<std::size_t>(scratch_));
  long double largest = 0, squares = 0;
  for (std::int64_t task = 0; task < tiles_ * g_.batches(); ++task) {
    std::int64_t from[kMaxRank], to[kMaxRank];
    box(task % tiles_, from, to);
    const BatchOffsets at = batch_offsets(g_, strides, still, still, task / tiles_);
    const ExtendedInput<T> input(g_, x.data, strides, at);
    const BlockNorms norms = convolution_->measure(input, from, to, scratch.data());
    const long double norm2 = norms.norm2;
    largest = std::max(largest, norm2);
    const long double e =
        (l2.of_gain + 2 * input_roundings(g_)) * norm2 * kernel.largest_gain +
        l2.of_kernel * std::min(norm2 * kernel.norm1,
                                norms.largest_gain * static_cast<long double>(kernel.norm2));
    squares += e * e;
  }
  const double smallest = sizeof(T) == 4 ? std::numeric_limits<float>::denorm_min()
                                         : std::numeric_limits<double>::denorm_min();
  // In a wider type: the product of the norms may be normal where a factor times u is not. A
  // complex output split into components is off by both of them.
  const long double u = (g_.x_components || g_.h_components ? std::sqrt(2.0L) : 1.0L) *
                        static_cast<long double>(bound.unit_roundoff);
  const double outputs = static_cast<double>(g_.outputs()) * static_cast<double>(g_.batches());
  bound.maximum = static_cast<double>(bound.coefficient * u * largest * kernel.norm2) + smallest;
  bound.l2 = std::min(static_cast<double>(u * std::sqrt(squares)) + std::sqrt(outputs) * smallest,
                      std::sqrt(outputs) * bound.maximum);
  return known(bound);
}

template <class T>
Result<std::unique_ptr<const Recipe>> make_recipe(const Problem& problem, const Geometry& g,
                                                  const Dims& block, const char* title,
                                                  std::int64_t target) {
  auto recipe = std::make_unique<BlockRecipe<T>>(problem, g, block, title, target);
  if (auto made = recipe->make(); !made) return tl::unexpected(made.error());
  return recipe;
}

/// Largest magnitude that an extended sample can have, by its type.
double largest_by_type(const Geometry& g) {
  const IntegerRange r = extended_range(g, range_of(g.x_type));
  if (r.unbounded) return HUGE_VAL;
  return std::max(-static_cast<double>(r.low), static_cast<double>(r.high));
}

}  // namespace

Result<std::unique_ptr<const Recipe>> make_block_recipe(const Problem& problem, const Geometry& g,
                                                        const Dims& block, const char* title,
                                                        std::int64_t target) {
  return g.single() ? make_recipe<float>(problem, g, block, title, target)
                    : make_recipe<double>(problem, g, block, title, target);
}

Result<void> check_block(const Geometry& g, const Dims& block) {
  const bool too_long = std::find(block.begin(), block.end(), 0) != block.end();
  if (too_long || points(block) > kLargestBlock)
    return tl::unexpected(
        Failure{Status::unsupported, "a block would have more than 2^32 samples"});
  if (g.compute != Compute::integer) return {};
  // |e| <= C u |x|_2 |h|_2 with every sample and tap as large as its type allows.
  const double h = std::max(-static_cast<double>(range_of(g.h_type).low),
                            static_cast<double>(range_of(g.h_type).high));
  const double error = coefficient(g, block) * 0x1p-53 * largest_by_type(g) *
                       std::sqrt(points(block)) * h * std::sqrt(static_cast<double>(g.taps()));
  if (error < 0.5) return {};
  return tl::unexpected(
      Failure{Status::unsupported,
              std::string("the rounding error of a transform is not proved below 1/2 for ") +
                  name(g.x_type) + " with " + name(g.h_type) + " at this size"});
}

std::int64_t block_length(std::int64_t at_least, bool packed) noexcept {
  if (at_least > (std::int64_t{1} << 40)) return 0;
  return packed ? 2 * next_length((at_least + 1) / 2) : next_length(at_least);
}

namespace {

/// Steps of one transform of all axes, forward or back, over blocks of this size.
void add_transform(const Geometry& g, const Dims& block, double times, Work& work) {
  const double samples = points(block), complex_points = samples / (g.complex() ? 1 : 2);
  const double element = g.single() ? 8 : 16, bytes = complex_points * element;
  double sweeps = 0;
  for (int i = 0; i < block.rank(); ++i) {
    const bool row = i == block.rank() - 1;
    const double length = static_cast<double>(block[i]) * (row ? complex_points / samples : 1);
    work[row ? Primitive::butterfly : Primitive::column_butterfly] +=
        times * complex_points * std::log2(std::max(2.0, length));
    // Long rows are taken apart in the outer cache first, then part by part in the inner one.
    sweeps += row && length * element > kNearBytes ? 2 : 1;
  }
  if (bytes <= kNearBytes) return;
  const Primitive sweep = bytes <= kSecondBytes  ? Primitive::sweep_l2
                          : bytes <= kThirdBytes ? Primitive::sweep_l3
                                                 : Primitive::sweep_memory;
  work[sweep] += times * sweeps * complex_points;
}

}  // namespace

std::int64_t block_memory_bytes(const Geometry& g, const Dims& block) {
  const double samples = points(block), element = (g.single() ? 4 : 8) * (g.complex() ? 2 : 1);
  const double work = samples * (element + 1),
               spectra = samples * element * static_cast<double>(g.kernels());
  const double total = work + spectra + static_cast<double>(direct_scratch_bytes(g));
  return total < 9e18 ? static_cast<std::int64_t>(total) : std::numeric_limits<std::int64_t>::max();
}

Estimate estimate_blocks(const Problem& problem, const Geometry& g, const Dims& block) {
  const double samples = points(block), complex_points = samples / (g.complex() ? 1 : 2);
  double tiles = static_cast<double>(g.batches());
  for (int i = 0; i < block.rank(); ++i)
    tiles *= static_cast<double>(tiles_along(g.spatial[static_cast<std::size_t>(i)], block[i]));
  const double prepare = static_cast<double>(g.kernels()) / static_cast<double>(problem.reuse);
  const double parts = g.complex() ? 2 : 1;
  Estimate e;
  e.work[Primitive::block_call] = 1;
  e.work[Primitive::block] = tiles;
  e.work[Primitive::block_row] = tiles * samples / static_cast<double>(block[block.rank() - 1]);
  e.work[Primitive::block_sample] = tiles * samples * parts;
  e.work[Primitive::prepare_point] = prepare * complex_points;
  add_transform(g, block, 2 * tiles + prepare, e.work);
  const double element = g.single() ? 4 : 8;
  const double transform_flop = 5 * complex_points * std::log2(std::max(2.0, complex_points));
  e.flop = tiles * (2 * transform_flop + 8 * complex_points) + prepare * transform_flop;
  e.bytes = element * parts * (2 * tiles + prepare) * samples;
  e.memory_bytes = block_memory_bytes(g, block);
  if (g.compute != Compute::integer)
    e.error = coefficient(g, block) * unit_roundoff(g) * std::sqrt(samples);
  return e;
}

}  // namespace faltung
