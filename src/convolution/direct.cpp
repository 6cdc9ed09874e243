// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// The sum as it stands: y[n] = sum_k h[k] x~[n - k], tap by tap, a vector of outputs at a time.
//
//   x~ tile    ====[=================]====
//   taps          k=2  k=1  k=0            each tap is the tile shifted by a constant
//   y row          [ += h[k] tile[. + offset_k] ]
//
// Sums run in chunks of kChunk taps whose totals are added up, so that the rounding error grows
// with kChunk + taps / kChunk, not with taps. docs/accuracy.md derives the bound.
#include <algorithm>
#include <cmath>
#include <limits>

#include "convolution/algorithm.hpp"
#include "convolution/direct_layout.hpp"
#include "convolution/error_bound.hpp"
#include "convolution/integer_range.hpp"
#include "convolution/point.hpp"
#include "convolution/store.hpp"
#include "microkernels/weighted_sum.hpp"
#include "support/checked.hpp"
#include "support/parallel.hpp"

namespace faltung {
namespace {

constexpr std::int64_t kChunk = 128;

// ---------------------------------------------------------------------------------- estimate

/// Everything that one thread needs for tiles of type T.
template <class T>
struct Scratch {
  T* tile[2] = {};
  T* row[2] = {};
  Scratch(support::Carver& carver, const DirectLayout& layout, bool complex) {
    for (int part = 0; part < (complex ? 2 : 1); ++part) {
      tile[part] = carver.take<T>(layout.tile_elements());
      row[part] = carver.take<T>(layout.block().back());
    }
  }
};

std::int64_t scratch_of(const Geometry& g, const DirectLayout& layout) noexcept {
  support::Carver carver(nullptr);
  if (g.single()) Scratch<float>(carver, layout, g.complex());
  else Scratch<std::int64_t>(carver, layout, g.complex());
  return carver.used();
}

std::int64_t table_bytes_of(const Geometry& g) noexcept {
  return checked::at_most(checked::Int(g.taps()) * 8);
}

std::int64_t kernel_bytes_of(const Geometry& g) noexcept {
  return checked::at_most(checked::Int(g.kernels()) * g.taps() * (g.single() ? 4 : 8) *
                          (g.complex() ? 2 : 1));
}

/// c of |e| <= c u (|x~| * |h|): a chunk is a chain of its taps, then the chunks' totals are added.
double coefficient(const Geometry& g) {
  const std::int64_t taps = g.taps();
  const double chain = static_cast<double>(std::min(kChunk, taps)) * (g.complex() ? 2 : 1);
  return chain + static_cast<double>(checked::ceil_div(taps, kChunk)) + 1 + input_roundings(g);
}

/// Bytes of a tile up to which its samples stay in the first-level cache.
constexpr double kNear = 32 * 1024;

Work work_of(const Geometry& g, const DirectLayout& layout) {
  const double lanes = g.single() ? 8 : 4, element = g.single() ? 4 : 8;
  const double parts = g.complex() ? 2 : 1;
  const double tiles = static_cast<double>(layout.tiles()) * static_cast<double>(g.batches());
  const double outputs = static_cast<double>(g.outputs()) * static_cast<double>(g.batches());
  const double length = static_cast<double>(g.spatial.back().count);
  const double row = static_cast<double>(layout.block().back());
  // Eight vectors of outputs share a tap's broadcast; the rest of a row counts as a whole group.
  const double wide = lanes * 8 / parts;
  const double blocks = std::ceil(length / row), last = length - (blocks - 1) * row;
  const double groups =
      outputs / length * ((blocks - 1) * std::ceil(row / wide) + std::ceil(last / wide));
  const double loaded = tiles * static_cast<double>(layout.tile_elements());
  Work work;
  work[Primitive::direct_call] = 1;
  work[Primitive::direct_tile] = tiles;
  work[Primitive::direct_row] = outputs / length * blocks * parts;
  const bool near = static_cast<double>(layout.tile_elements()) * element * parts <= kNear;
  work[near ? Primitive::direct_group : Primitive::direct_group_far] =
      groups * static_cast<double>(g.taps()) * parts * parts;
  work[Primitive::direct_load] = loaded * parts;
  work[Primitive::direct_store] = outputs * parts;
  return work;
}

Estimate estimate_direct(const Geometry& g) {
  const DirectLayout layout(g, g.single() ? 4 : 8);
  const double outputs = static_cast<double>(g.outputs()) * static_cast<double>(g.batches());
  const double parts = g.complex() ? 2 : 1, element = g.single() ? 4 : 8;
  Estimate e;
  e.flop = 2 * parts * parts * outputs * static_cast<double>(g.taps());
  e.work = work_of(g, layout);
  e.bytes = element * (e.work[Primitive::direct_load] + outputs * parts);
  e.memory_bytes = checked::at_most(checked::Int(scratch_of(g, layout)) + table_bytes_of(g) +
                                    kernel_bytes_of(g));
  e.error = g.compute == Compute::integer ? 0 : coefficient(g) * unit_roundoff(g);
  return e;
}

// -------------------------------------------------------------------------------------- plan

template <class T>
struct DirectKernel final : Kernel::Prepared {
  std::vector<KernelTaps<T>> taps;
  std::int64_t bytes() const noexcept override {
    std::int64_t total = 0;
    for (const auto& k : taps)
      total += static_cast<std::int64_t>((k.re.size() + k.im.size()) * sizeof(T));
    return total;
  }
};

/// What a tile of floating samples can do to its outputs beyond rounding.
template <class T>
struct Danger {
  bool known = false;
  bool overflow = false;   ///< partial sums of finite terms may leave the range
  bool underflow = false;  ///< products may fall below the normal numbers
};

template <class T>
class DirectRun;

class DirectRecipe final : public Recipe {
 public:
  DirectRecipe(const Geometry& geometry, std::int64_t target)
      : g(geometry),
        layout(g, g.single() ? 4 : 8),
        offsets(layout.tap_offsets()),
        target_(target) {}

  std::string tree() const override {
    const std::int64_t tiles = layout.tiles() * g.batches();
    return "direct: " + std::to_string(g.taps()) + " taps" + (g.complex() ? ", complex" : "") +
           (g.compute == Compute::integer ? ", integer"
            : g.single()                  ? ", f32"
                                          : ", f64") +
           ", " + std::to_string(tiles) + (tiles == 1 ? " tile of " : " tiles of ") +
           to_string(layout.block()) + " outputs\n";
  }
  std::int64_t scratch_bytes() const noexcept override { return scratch_of(g, layout); }
  std::int64_t table_bytes() const noexcept override { return table_bytes_of(g); }
  std::int64_t kernel_bytes() const noexcept override { return kernel_bytes_of(g); }
  Result<std::shared_ptr<Kernel::Prepared>> prepare(const ConstView& h) const override {
    if (g.compute == Compute::integer) return prepare_as<std::int64_t>(h);
    return g.single() ? prepare_as<float>(h) : prepare_as<double>(h);
  }
  Status execute(const Execution& run, const Kernel::Prepared& kernel) const noexcept override;
  ErrorBound error_bound(const ConstView& x, const Kernel::Prepared& kernel) const override;

  const Geometry g;
  const DirectLayout layout;
  const std::vector<std::int64_t> offsets;

 private:
  template <class T>
  std::shared_ptr<Kernel::Prepared> prepare_as(const ConstView& h) const {
    auto prepared = std::make_shared<DirectKernel<T>>();
    prepared->taps = read_kernels<T>(g, h);
    return prepared;
  }
  Status execute_integers(const Execution& run,
                          const DirectKernel<std::int64_t>& kernel) const noexcept;

  std::int64_t target_;
};

// ----------------------------------------------------------------------------------- execute

/// One execution over samples of type T.
template <class T>
class DirectRun {
 public:
  DirectRun(const DirectRecipe& recipe, const Execution& run, const DirectKernel<T>& kernel,
            const WeightedSum<T>& loops)
      : g_(recipe.g),
        layout_(recipe.layout),
        offsets_(recipe.offsets),
        run_(run),
        kernel_(kernel),
        loops_(loops),
        store_(store_row_to<T>(real_part_of(g_.y_type), Accumulator::modular)) {}

  void set_store(StoreRow<T> store) { store_ = store; }

  void operator()(std::byte* base, auto next) const noexcept {
    support::Carver carver(base);
    Scratch<T> scratch(carver, layout_, g_.complex());
    for (std::int64_t task = next(); task >= 0; task = next()) {
      const std::int64_t batch = task / layout_.tiles();
      const BatchOffsets at =
          batch_offsets(g_, run_.x_strides, run_.h_strides, run_.y_strides, batch);
      compute_tile(at, task % layout_.tiles(), scratch);
    }
  }

 private:
  /// The part of x~ under a tile, wherever it lies.
  struct Tile {
    std::int64_t from[kMaxRank], to[kMaxRank];
    const T* base[2] = {};  ///< place of the tile's first output, tap offsets not yet added
    Danger<T> danger;
  };

  void compute_tile(const BatchOffsets& at, std::int64_t index, Scratch<T>& scratch) const {
    const ExtendedInput<T> x(g_, run_.x, run_.x_strides, at);
    Tile tile;
    layout_.box(index, tile.from, tile.to);
    load(x, tile, scratch);
    std::int64_t out[kMaxRank];
    std::copy_n(tile.from, kMaxRank, out);
    const int last = static_cast<int>(g_.spatial.size()) - 1;
    for (;;) {
      compute_row(at, tile, out, scratch);
      int i = last - 1;
      for (; i >= 0 && ++out[i] == tile.to[i]; --i) out[i] = tile.from[i];
      if (i < 0) return;
    }
  }

  void load(const ExtendedInput<T>& x, Tile& tile, Scratch<T>& scratch) const {
    const int last = static_cast<int>(g_.spatial.size()) - 1;
    std::int64_t rows[kMaxRank], j[kMaxRank] = {}, position[kMaxRank];
    for (int i = 0; i < last; ++i) rows[i] = layout_.axis_rows(i, tile.to[i] - tile.from[i]);
    const Axis& inner = g_.spatial.back();
    const std::int64_t origin = inner.first + tile.from[last] * inner.step;
    const std::int64_t missing = layout_.block()[last] - (tile.to[last] - tile.from[last]);
    for (;;) {
      std::int64_t row = 0;
      for (int i = 0; i < last; ++i) {
        position[i] = layout_.row_position(i, tile.from[i], j[i]);
        row = row * layout_.axis_rows(i, layout_.block()[i]) + j[i];
      }
      for (int part = 0; part < (g_.complex() ? 2 : 1); ++part)
        for (const DirectLayout::Segment& s : layout_.segments())
          x.read_row(position, origin + s.lo, inner.step, s.count - missing, part,
                     scratch.tile[part] + row * layout_.row_length() + s.at);
      int i = last - 1;
      for (; i >= 0 && ++j[i] == rows[i]; --i) j[i] = 0;
      if (i < 0) break;
    }
    tile.base[0] = scratch.tile[0];
    tile.base[1] = scratch.tile[1];
  }

  void compute_row(const BatchOffsets& at, Tile& tile, const std::int64_t* out,
                   Scratch<T>& scratch) const {
    const int last = static_cast<int>(g_.spatial.size()) - 1;
    const std::int64_t n = tile.to[last] - tile.from[last];
    std::int64_t place = 0;
    for (int i = 0; i < last; ++i)
      place = place * layout_.axis_rows(i, layout_.block()[i]) + out[i] - tile.from[i];
    place *= layout_.row_length();
    const KernelTaps<T>& kernel = kernel_.taps[static_cast<std::size_t>(at.kernel)];
    const std::int64_t* offsets = offsets_.data();
    const auto taps = static_cast<std::int64_t>(kernel.re.size());
    for (std::int64_t t = 0; t < taps; t += kChunk) {
      const std::int64_t count = std::min(kChunk, taps - t);
      if constexpr (std::is_floating_point_v<T>)
        if (g_.complex()) {
          loops_.complex(scratch.row[0], scratch.row[1], tile.base[0] + place, tile.base[1] + place,
                         n, offsets + t, kernel.re.data() + t, kernel.im.data() + t, count, t > 0);
          continue;
        }
      loops_.real(scratch.row[0], tile.base[0] + place, n, offsets + t, kernel.re.data() + t, count,
                  t > 0);
    }
    if constexpr (std::is_floating_point_v<T>) repair(at, kernel, tile, out, n, scratch);
    store(at, out, n, scratch);
  }

  void store(const BatchOffsets& at, const std::int64_t* out, std::int64_t n,
             const Scratch<T>& scratch) const {
    const int parts = g_.complex() ? 2 : 1;
    std::int64_t offset = at.y;
    for (int i = 0; i < static_cast<int>(g_.spatial.size()); ++i)
      offset += out[i] * run_.y_strides.spatial[i];
    const std::int64_t bytes = size_bytes(real_part_of(g_.y_type));
    for (int part = 0; part < parts; ++part)
      store_(scratch.row[part], n,
             static_cast<std::byte*>(run_.y) + (offset * parts + part) * bytes,
             run_.y_strides.spatial.back() * parts);
  }

  // What plain sums get wrong is computed again, output by output: sums that left the range on
  // the way, products below the normal numbers, non-finite taps beside absent samples.

  void repair(const BatchOffsets& at, const KernelTaps<T>& kernel, Tile& tile,
              const std::int64_t* out, std::int64_t n, Scratch<T>& scratch) const {
    const T tiny = static_cast<T>(kernel.re.size()) * std::numeric_limits<T>::min();
    const bool edges = !kernel.facts.finite && g_.absent_outside;
    bool suspicious = edges;
    for (int part = 0; part < (g_.complex() ? 2 : 1) && !suspicious; ++part) {
      const Scan<T> scan = loops_.scan(scratch.row[part], n);
      suspicious =
          scan.nonfinite > 0 || scan.zeros > 0 || (scan.smallest != 0 && scan.smallest < tiny);
    }
    if (!suspicious) return;
    if (!tile.danger.known) tile.danger = danger_of(kernel.facts, tile);
    if (!edges && !tile.danger.overflow && !tile.danger.underflow) return;
    const ExtendedInput<long double> x(g_, run_.x, run_.x_strides, at);
    const int last = static_cast<int>(g_.spatial.size()) - 1;
    std::int64_t where[kMaxRank];
    std::copy_n(out, kMaxRank, where);
    for (std::int64_t i = 0; i < n; ++i, ++where[last]) {
      bool wrong = edges && leaves_input(where);
      for (int part = 0; part < (g_.complex() ? 2 : 1); ++part) {
        const T v = scratch.row[part][i];
        wrong |=
            std::isfinite(v) ? tile.danger.underflow && std::abs(v) < tiny : tile.danger.overflow;
      }
      if (!wrong) continue;
      const Point point = evaluate_point(g_, x, kernel, where);
      scratch.row[0][i] = static_cast<T>(point.re);
      if (g_.complex()) scratch.row[1][i] = static_cast<T>(point.im);
    }
  }

  Danger<T> danger_of(const KernelFacts& facts, const Tile& tile) const {
    Scan<T> scan;
    const int last = static_cast<int>(g_.spatial.size()) - 1;
    const std::int64_t missing = layout_.block()[last] - (tile.to[last] - tile.from[last]);
    // Only the axis before the last has blocks of more than one output: the last block along it
    // fills the first `filled` of every `group` rows.
    const std::int64_t group =
        last == 0 ? 1 : layout_.axis_rows(last - 1, layout_.block()[last - 1]);
    const std::int64_t filled =
        last == 0 ? 1 : layout_.axis_rows(last - 1, tile.to[last - 1] - tile.from[last - 1]);
    for (int part = 0; part < (g_.complex() ? 2 : 1); ++part)
      for (std::int64_t r = 0; r < layout_.rows();
           r += r % group == filled - 1 ? group - filled + 1 : 1)
        for (const DirectLayout::Segment& s : layout_.segments())
          scan.merge(
              loops_.scan(tile.base[part] + r * layout_.row_length() + s.at, s.count - missing));
    Danger<T> danger;
    danger.known = true;
    constexpr double kLargest = std::numeric_limits<T>::max();
    // Samples that an odd reflection took out of the range hide how large the others are.
    const bool reflected_out = g_.boundary == Boundary::odd && scan.nonfinite > 0;
    danger.overflow =
        reflected_out || static_cast<double>(scan.largest) * facts.sum_abs >= kLargest / 2;
    danger.underflow = scan.smallest != 0 && facts.min_abs != 0 &&
                       static_cast<double>(scan.smallest) * facts.min_abs <
                           static_cast<double>(std::numeric_limits<T>::min());
    return danger;
  }

  bool leaves_input(const std::int64_t* out) const {
    for (std::size_t i = 0; i < g_.spatial.size(); ++i) {
      const Axis& a = g_.spatial[i];
      if (a.reads_first(out[i]) < 0 || a.reads_last(out[i] + 1) >= a.n) return true;
    }
    return false;
  }

  const Geometry& g_;
  const DirectLayout& layout_;
  const std::vector<std::int64_t>& offsets_;
  const Execution& run_;
  const DirectKernel<T>& kernel_;
  const WeightedSum<T>& loops_;
  StoreRow<T> store_;
};

template <class T>
Status run_direct(const DirectRecipe& recipe, const Execution& run, const DirectKernel<T>& kernel,
                  std::int64_t target) noexcept {
  const DirectRun<T> body(recipe, run, kernel, weighted_sum<T>(target));
  support::parallel(*run.workspace, recipe.scratch_bytes(),
                    recipe.layout.tiles() * recipe.g.batches(), body);
  return Status::ok;
}

/// Sums beyond 64 bits, one by one.
void run_wide(const DirectRecipe& recipe, const Execution& run,
              const DirectKernel<std::int64_t>& kernel) noexcept {
  const Geometry& g = recipe.g;
  const std::int64_t bytes = size_bytes(g.y_type);
  for (std::int64_t batch = 0; batch < g.batches(); ++batch) {
    const BatchOffsets at = batch_offsets(g, run.x_strides, run.h_strides, run.y_strides, batch);
    const ExtendedInput<std::int64_t> x(g, run.x, run.x_strides, at);
    for (std::int64_t o = 0; o < g.outputs(); ++o) {
      std::int64_t out[kMaxRank], rest = o, offset = at.y;
      for (int i = static_cast<int>(g.spatial.size()) - 1; i >= 0; --i) {
        out[i] = rest % g.spatial[static_cast<std::size_t>(i)].count;
        rest /= g.spatial[static_cast<std::size_t>(i)].count;
        offset += out[i] * run.y_strides.spatial[i];
      }
      const WideSum sum =
          evaluate_point_wide(g, x, kernel.taps[static_cast<std::size_t>(at.kernel)], out);
      store_wide(sum.negative, sum.high, sum.low, g.y_type,
                 static_cast<std::byte*>(run.y) + offset * bytes);
    }
  }
}

Status DirectRecipe::execute_integers(const Execution& run,
                                      const DirectKernel<std::int64_t>& kernel) const noexcept {
  const Accumulator accumulator = accumulator_for(g, *run.x_view, kernel.taps);
  if (accumulator == Accumulator::refused) return Status::integer_overflow;
  if (accumulator == Accumulator::wide) {
    run_wide(*this, run, kernel);
    return Status::ok;
  }
  DirectRun<std::int64_t> body(*this, run, kernel, weighted_sum<std::int64_t>(target_));
  body.set_store(store_row_to<std::int64_t>(g.y_type, accumulator));
  support::parallel(*run.workspace, scratch_bytes(), layout.tiles() * g.batches(), body);
  return Status::ok;
}

Status DirectRecipe::execute(const Execution& run, const Kernel::Prepared& kernel) const noexcept {
  if (g.compute == Compute::integer)
    return execute_integers(run, static_cast<const DirectKernel<std::int64_t>&>(kernel));
  if (g.single())
    return run_direct(*this, run, static_cast<const DirectKernel<float>&>(kernel), target_);
  return run_direct(*this, run, static_cast<const DirectKernel<double>&>(kernel), target_);
}

// ------------------------------------------------------------------------------------- bound

template <class T>
ErrorBound bound_of(const Geometry& g, const ConstView& x, const DirectKernel<T>& kernel) {
  const InputNorms norms = input_norms(g, x);
  double sum = 0;
  for (const auto& k : kernel.taps) sum = std::max(sum, k.facts.sum_abs);
  return direct_bound(g, coefficient(g), norms, sum);
}

ErrorBound DirectRecipe::error_bound(const ConstView& x, const Kernel::Prepared& kernel) const {
  if (g.compute == Compute::integer) return {};
  if (g.single()) return bound_of(g, x, static_cast<const DirectKernel<float>&>(kernel));
  return bound_of(g, x, static_cast<const DirectKernel<double>&>(kernel));
}

// --------------------------------------------------------------------------------- the entry

class Direct final : public Algorithm {
 public:
  const char* name() const noexcept override { return "direct"; }
  Result<void> supports(const Problem&, const Geometry&) const override { return {}; }
  Estimate estimate(const Problem&, const Geometry& g, const MachineProfile&) const override {
    return estimate_direct(g);
  }
  Result<std::unique_ptr<const Recipe>> plan(const Problem&, const Geometry& g,
                                             const MachineProfile&,
                                             std::int64_t target) const override {
    return std::make_unique<const DirectRecipe>(g, target);
  }
};

}  // namespace

std::int64_t direct_scratch_bytes(const Geometry& g) {
  return scratch_of(g, DirectLayout(g, g.single() ? 4 : 8));
}

const Algorithm& direct_algorithm() noexcept {
  static const Direct algorithm;
  return algorithm;
}

}  // namespace faltung
