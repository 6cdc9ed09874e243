// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "convolution/block_recipe.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "convolution/block_componentwise.hpp"
#include "convolution/block_convolution.hpp"
#include "convolution/error_bound.hpp"
#include "convolution/integer_range.hpp"
#include "support/checked.hpp"
#include "support/parallel.hpp"
#include "transform/lengths.hpp"

namespace faltung {
namespace {

template <class T>
struct BlockKernel final : Kernel::Prepared {
  std::vector<Spectrum<T>> spectra;
  std::vector<Spectrum<T>> magnitudes;             ///< of |h|, where the accuracy is componentwise
  std::vector<KernelTaps<std::int64_t>> integers;  ///< for the proof of policy exact
  std::unique_ptr<const Recipe> direct;            ///< set where a tap is not finite
  std::shared_ptr<Kernel::Prepared> direct_kernel;

  std::int64_t bytes() const noexcept override {
    std::int64_t total = direct_kernel ? direct_kernel->bytes() : 0;
    for (const auto* list : {&spectra, &magnitudes})
      for (const auto& s : *list)
        total += static_cast<std::int64_t>((s.lines.size() + s.taps.re.size() + s.taps.im.size()) *
                                           sizeof(T));
    return total;
  }
};

/// Kernels that share one transform of the samples: their list is on the stack.
constexpr std::int64_t kMostMembers = 256;

template <class T>
class BlockRecipe final : public Recipe {
 public:
  BlockRecipe(const Problem& problem, const Geometry& geometry, const Dims& block,
              const char* title, std::int64_t target)
      : problem_(problem),
        g_(geometry),
        block_(block),
        title_(title),
        target_(target),
        shares_(shares_forward_transforms(problem, geometry)) {}

  Result<void> make() {
    auto convolution = BlockConvolution<T>::make(g_, block_, shares_, target_);
    if (!convolution) return tl::unexpected(convolution.error());
    convolution_ = std::make_unique<const BlockConvolution<T>>(std::move(*convolution));
    tiles_ = 1;
    for (int i = 0; i < block_.rank(); ++i) tiles_ *= convolution_->axis(i).tiles;
    std::int64_t blocks = convolution_->scratch_bytes();
    if (const double tolerance = componentwise_tolerance(problem_, g_); tolerance != 0) {
      check_.emplace(g_, *convolution_, block_coefficient(g_, block_), tolerance);
      blocks += check_->scratch_bytes();
    }
    scratch_ = std::max(blocks, direct_scratch_bytes(g_));
    return {};
  }

  std::string tree() const override;
  std::int64_t scratch_bytes() const noexcept override { return scratch_; }
  std::int64_t tile_outputs() const noexcept override { return convolution_->axis(0).outputs; }
  std::int64_t tasks() const noexcept override { return tiles_ * g_.batches(); }
  bool shares_tasks(int threads) const noexcept override { return shared_by(threads, tasks()); }
  std::int64_t shared_bytes(int threads) const noexcept override {
    return scratch_ + threads * convolution_->member_bytes();
  }
  std::int64_t table_bytes() const noexcept override { return convolution_->bytes(); }
  std::int64_t kernel_bytes() const noexcept override {
    return checked::at_most(checked::Int(convolution_->spectrum_bytes()) * g_.kernels() *
                            (check_ ? 2 : 1));
  }
  Result<std::shared_ptr<Kernel::Prepared>> prepare(const ConstView& h) const override;
  Status execute(const Execution& run, const Kernel::Prepared& kernel) const noexcept override;
  bool execute_dense(const void* x, const Kernel::Prepared& prepared, void* y,
                     const Workspace& workspace) const noexcept override {
    const auto& kernel = static_cast<const BlockKernel<T>&>(prepared);
    if (kernel.direct || !takes_dense(workspace.threads())) return false;
    return convolution_->compute_plain(static_cast<const T*>(x), kernel.spectra.front(),
                                       static_cast<T*>(y), workspace.data());
  }
  ErrorBound error_bound(const ConstView& x, const Kernel::Prepared& kernel) const override;

 private:
  /// One row that one thread computes: execute_dense() tries it, and execute() need not again.
  bool takes_dense(int threads) const {
    return !check_ && g_.batches() == 1 && (threads == 1 || tiles_ == 1);
  }
  /// Whether blocks of execute() may go straight from x to y.
  bool runs_plain(const Execution& run) const {
    return convolution_->has_plain_blocks() && !check_ && !takes_dense(run.workspace->threads()) &&
           run.x_strides.spatial[0] == 1 && run.y_strides.spatial[0] == 1;
  }
  std::int64_t inputs() const { return g_.batches() / g_.bank(); }
  std::int64_t y_bytes() const { return size_bytes(real_part_of(g_.y_type)); }
  /// Kernels of the bank that one task computes: one where they share nothing, else as many as
  /// leave every thread a task.
  std::int64_t members_of_a_task(int threads, std::int64_t tiles) const {
    if (!shares_) return 1;
    const std::int64_t parts = std::min(g_.bank(), checked::ceil_div(threads, tiles * inputs()));
    return std::min<std::int64_t>(kMostMembers, checked::ceil_div(g_.bank(), parts));
  }
  /// Threads of a team that a workspace has room for.
  int members_for(const Workspace& workspace) const {
    const std::int64_t each = convolution_->member_bytes(), room = workspace.bytes() - scratch_;
    return each == 0
               ? workspace.threads()
               : static_cast<int>(std::clamp<std::int64_t>(room / each, 1, workspace.threads()));
  }
  /// Whether a team takes one block after the other: of fewer than there are threads, and of a few
  /// with several axes that would leave an eighth of the threads' time unused. Where there are
  /// enough, threads in different sweeps of blocks of their own share the memory better.
  bool shared_by(int threads, std::int64_t tasks) const {
    if (threads == 1 || shares_ || check_ || !BlockConvolution<T>::feeds_a_team(block_))
      return false;
    if (threads > tasks) return true;
    const std::int64_t slots = checked::ceil_div(tasks, threads) * threads;
    return block_.rank() > 1 && 8 * (slots - tasks) > slots;
  }
  template <class Body>
  void run_tasks(const Execution& run, std::int64_t tasks, support::Team& team,
                 const Body& body) const;
  void box(std::int64_t tile, std::int64_t* from, std::int64_t* to) const;
  /// Whether results are stored past the caches: dense rows of more than those keep. Long rows of
  /// one axis were no faster for that at once; leaves_results() has them stored later.
  bool passes_cache(const Strides& y) const {
    return g_.spatial.size() > 1 && g_.y_type == kElement<T> && stride_in_y(g_, y.spatial) == 1 &&
           g_.outputs() * g_.batches() * static_cast<std::int64_t>(sizeof(T)) >= kPassesCache;
  }

  /// Whether results of a block are copied to a long row of y while the thread's next is
  /// transformed. Those of a stream are read next by who pushes.
  bool leaves_results(const Strides& y) const {
    return !problem_.stream && convolution_->may_leave_results() && !shares_ && !check_ &&
           g_.y_type == kElement<T> && stride_in_y(g_, y.spatial) == 1 &&
           g_.spatial.back().count * static_cast<std::int64_t>(sizeof(T)) >= kPassesCache;
  }

  Problem problem_;
  Geometry g_;
  Dims block_;
  const char* title_;
  std::int64_t target_;
  bool shares_;
  std::unique_ptr<const BlockConvolution<T>> convolution_;
  std::optional<const ComponentwiseCheck<T>> check_;
  std::int64_t tiles_ = 1;
  std::int64_t scratch_ = 0;
};

template <class T>
void BlockRecipe<T>::box(std::int64_t tile, std::int64_t* from, std::int64_t* to) const {
  for (int i = block_.rank() - 1; i >= 0; --i) {
    const BlockAxis& axis = convolution_->axis(i);
    from[i] = tile % axis.tiles * axis.outputs;
    to[i] = std::min(g_.spatial[static_cast<std::size_t>(i)].count, from[i] + axis.outputs);
    tile /= axis.tiles;
  }
}

template <class T>
std::string BlockRecipe<T>::tree() const {
  const std::int64_t blocks = tiles_ * g_.batches(), bank = g_.bank();
  std::string text =
      std::string(title_) + ": " + std::to_string(blocks) + (blocks == 1 ? " block" : " blocks");
  if (check_) text += ", outputs checked against those of |x| and |h|";
  text += "\n";
  if (shares_)
    text += "  convolution theorem: one forward transform of x for a bank of " +
            std::to_string(bank) + " kernels, " + std::to_string(bank + 1) +
            " transforms in place of " + std::to_string(2 * bank) + "\n";
  return text + convolution_->tree("  ");
}

/// A kernel with a non-finite tap has no spectrum: the direct method serves it.
template <class T>
Result<std::shared_ptr<Kernel::Prepared>> BlockRecipe<T>::prepare(const ConstView& h) const {
  auto kernel = std::make_shared<BlockKernel<T>>();
  if (g_.compute == Compute::integer) kernel->integers = read_kernels<std::int64_t>(g_, h);
  std::vector<KernelTaps<T>> taps = read_kernels<T>(g_, h, check_ ? Norms::now : Norms::later);
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
    if (check_) kernel->magnitudes.push_back(check_->magnitudes_of(s.taps));
  }
  return kernel;
}

/// Tasks by threads of their own, or one after the other by a `team`, which is set. The workspace
/// is for all of the plan's tasks, of which these may be some.
template <class T>
template <class Body>
void BlockRecipe<T>::run_tasks(const Execution& run, std::int64_t tasks, support::Team& team,
                               const Body& body) const {
  Workspace& workspace = *run.workspace;
  const int threads = workspace.threads(), together = members_for(workspace);
  if (!shares_tasks(threads) && !(shared_by(threads, tasks) && together == threads))
    return support::parallel(workspace, scratch_, tasks, body);
  support::Team::run(workspace.executor(), together, [&](const support::Team& all) {
    team = all;
    body(workspace.data(),
         [task = std::int64_t{0}, tasks]() mutable { return task < tasks ? task++ : -1; });
  });
}

template <class T>
Status BlockRecipe<T>::execute(const Execution& run,
                               const Kernel::Prepared& prepared) const noexcept {
  const auto& kernel = static_cast<const BlockKernel<T>&>(prepared);
  if (kernel.direct) return kernel.direct->execute(run, *kernel.direct_kernel);
  Accumulator accumulator = real_accumulator(g_);
  if (g_.compute == Compute::integer) {
    accumulator = accumulator_for(g_, run.read, kernel.integers);
    if (accumulator == Accumulator::refused) return Status::integer_overflow;
  }
  const bool passes = passes_cache(run.y_strides);
  const StoreRow<T> store =
      passes ? sample_loops<T>(target_).store_past
             : fastest_store_row_to<T>(real_part_of(g_.y_type), accumulator, target_);
  const CopyRow<T> read = vector_copy_row_from<T>(g_.x_type, target_);
  const std::int64_t outer = convolution_->axis(0).tiles, inner = tiles_ / outer;
  const std::int64_t first_tile = run.first_tile * inner, tiles = run.tiles_of(outer) * inner;
  const std::int64_t members = members_of_a_task(run.workspace->threads(), tiles);
  const std::int64_t parts = checked::ceil_div(g_.bank(), members);
  const std::int64_t tasks = tiles * inputs() * parts;
  support::Team team;
  const bool plain = runs_plain(run), leaves = leaves_results(run.y_strides);
  const auto body = [&](std::byte* scratch, auto next) noexcept {
    Errand<T> unstored;
    for (std::int64_t task = next(); task >= 0; task = next()) {
      const std::int64_t tile = first_tile + task / parts % tiles, input = task / parts / tiles;
      const std::int64_t first = task % parts * members;
      const std::int64_t count = std::min(members, g_.bank() - first);
      BankMember<T> bank[kMostMembers];  // not set where there is no member
      BatchOffsets at;
      for (std::int64_t m = 0; m < count; ++m) {
        at = run.offsets(g_, batch_of(g_, input, first + m));
        bank[m] = {&kernel.spectra[static_cast<std::size_t>(at.kernel)], at.y};
      }
      if (plain &&
          convolution_->compute_plain(tile, static_cast<const T*>(run.x) + at.x, *bank[0].kernel,
                                      static_cast<T*>(run.y) + at.y, scratch))
        continue;
      ExtendedInput<T> x(g_, run.x, run.x_strides, at);
      if (read != nullptr) x.read_by(read);
      const ExtendedInput<long double> x_exact(g_, run.x, run.x_strides, at);
      const Output<T> y{run.y, at.y, run.y_strides.spatial, store, y_bytes(), passes};
      std::int64_t from[kMaxRank], to[kMaxRank];
      box(tile, from, to);
      if (shares_) {
        convolution_->compute_bank(x, x_exact, {bank, static_cast<std::size_t>(count)}, from, to, y,
                                   scratch);
        continue;
      }
      convolution_->compute(x, x_exact, *bank[0].kernel, from, to, y, scratch,
                            run.workspace->threads(), team,
                            leaves && team.is_alone() ? &unstored : nullptr);
      if (check_)
        check_->repair(x, x_exact, *bank[0].kernel,
                       kernel.magnitudes[static_cast<std::size_t>(at.kernel)], from, to, y,
                       scratch);
    }
    convolution_->store(&unstored);
    if (passes || leaves) flush_stores();
  };
  run_tasks(run, tasks, team, body);
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
  bound.coefficient = block_coefficient(g_, block_);
  // max |H|, |h|_1 and |h|_2 over all spectra: looked for here, where alone they are asked.
  long double largest_gain = 0, norm1 = 0, norm2 = 0;
  for (const Spectrum<T>& s : kernel.spectra) {
    largest_gain = std::max(largest_gain, convolution_->largest_gain(s));
    const KernelFacts norms = with_norms(s.taps);
    norm1 = std::max(norm1, norms.sum_abs);
    norm2 = std::max(norm2, norms.norm2);
  }
  const L2Error l2 = convolution_l2_error(forward_coefficient(g_, block_));
  const Strides strides = strides_for(g_, x.strides, x.shape, g_.x_pairs_split());
  const Strides still = strides_for(g_, Dims(1, 0), Dims(1, 1), false);
  support::AlignedVector<std::byte> scratch(static_cast<std::size_t>(scratch_));
  long double largest = 0, squares = 0;
  for (std::int64_t task = 0; task < tiles_ * inputs(); ++task) {
    std::int64_t from[kMaxRank], to[kMaxRank];
    box(task % tiles_, from, to);
    const BatchOffsets at =
        batch_offsets(g_, strides, still, still, batch_of(g_, task / tiles_, 0));
    const ExtendedInput<T> input(g_, x.data, strides, at);
    const BlockNorms norms = convolution_->measure(input, from, to, scratch.data());
    largest = std::max(largest, norms.norm2);
    const long double e = (l2.of_gain + 2 * input_roundings(g_)) * norms.norm2 * largest_gain +
                          l2.of_kernel * std::min(norms.norm2 * norm1, norms.largest_gain * norm2);
    squares += e * e * static_cast<long double>(g_.bank());
  }
  const long double smallest = sizeof(T) == 4 ? std::numeric_limits<float>::denorm_min()
                                              : std::numeric_limits<double>::denorm_min();
  // A complex output split into components is off by both of them.
  const long double u = (g_.x_components || g_.h_components ? std::sqrt(2.0L) : 1.0L) *
                        static_cast<long double>(bound.unit_roundoff);
  const long double outputs = static_cast<long double>(g_.outputs()) * g_.batches();
  long double maximum = bound.coefficient * u * largest * norm2 + smallest;
  if (const double tolerance = componentwise_tolerance(problem_, g_); tolerance != 0)
    maximum = std::min(maximum, tolerance * input_norms(g_, x).largest * norm1 + smallest);
  set_bound(bound, maximum,
            std::min(u * std::sqrt(squares) + std::sqrt(outputs) * smallest,
                     std::sqrt(outputs) * maximum));
  add_storing(bound, g_, largest * norm2, std::sqrt(outputs) * largest * norm2);
  return bound;
}

template <class T>
Result<std::unique_ptr<const Recipe>> make_recipe(const Problem& problem, const Geometry& g,
                                                  const Dims& block, const char* title,
                                                  std::int64_t target) {
  auto recipe = std::make_unique<BlockRecipe<T>>(problem, g, block, title, target);
  if (auto made = recipe->make(); !made) return tl::unexpected(made.error());
  return recipe;
}

}  // namespace

Result<std::unique_ptr<const Recipe>> make_block_recipe(const Problem& problem, const Geometry& g,
                                                        const Dims& block, const char* title,
                                                        std::int64_t target) {
  return g.single() ? make_recipe<float>(problem, g, block, title, target)
                    : make_recipe<double>(problem, g, block, title, target);
}

}  // namespace faltung
