// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "convolution/block_cost.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "convolution/block_componentwise.hpp"
#include "convolution/block_convolution.hpp"
#include "convolution/error_bound.hpp"
#include "convolution/integer_range.hpp"
#include "microkernels/targets.hpp"
#include "support/checked.hpp"
#include "transform/lengths.hpp"

namespace faltung {
namespace {

/// Blocks above this many samples are refused: 2^32 real samples are 16 to 32 GiB of work.
constexpr double kLargestBlock = 4294967296.0;
/// So are blocks that are large (2^24 samples: some 100 MiB) and nearly empty: so many times the
/// samples of x, h and y. Kernels as large as x make a block of 5 times that in three dimensions.
constexpr double kLargeBlock = 16777216.0;
constexpr double kEmptyBlock = 32;
/// One thread computes a block of several axes that is too small for a team. Choosing does not know
/// of threads, and so prefers several blocks to one unless that is faster by so much.
constexpr double kOnlyBlock = 1.15;

/// Caches of a common core: what fits moves at the cost of that level.
constexpr double kNearBytes = 48 * 1024, kSecondBytes = 512 * 1024, kThirdBytes = 16 << 20;

double points(const Dims& block) {
  double n = 1;
  for (std::int64_t b : block) n *= static_cast<double>(b);
  return n;
}

/// Largest magnitude that an extended sample can have, by its type.
double largest_by_type(const Geometry& g) {
  const IntegerRange r = extended_range(g, range_of(g.x_type));
  if (r.unbounded) return HUGE_VAL;
  return std::max(-static_cast<double>(r.low), static_cast<double>(r.high));
}

/// Samples of x, h and y of one batch.
double samples(const Geometry& g) {
  double n = 1;
  for (const Axis& a : g.spatial) n *= static_cast<double>(a.n);
  return n + static_cast<double>(g.outputs()) + static_cast<double>(g.taps());
}

}  // namespace

namespace {

/// Data without structure gives b_k near taps mean|x| mean|h|, E near C u sqrt(points taps) of the
/// same: the tolerance has to lie well above their ratio.
Result<void> check_componentwise(const Problem& problem, const Geometry& g, const Dims& block) {
  const double tolerance = componentwise_tolerance(problem, g);
  if (tolerance == 0) return {};
  if (g.complex())
    return tl::unexpected(Failure{Status::unsupported,
                                  "accuracy=componentwise of complex arithmetic is the direct "
                                  "method's"});
  const double expected = block_coefficient(g, block) * unit_roundoff(g) *
                          std::sqrt(points(block) / static_cast<double>(g.taps()));
  if (4 * expected < tolerance) return {};
  return tl::unexpected(Failure{
      Status::unsupported,
      "accuracy=componentwise at this tolerance would have nearly every output summed directly"});
}

}  // namespace

double forward_coefficient(const Geometry& g, const Dims& block) {
  const int last = block.rank() - 1;
  double forward = row_error_coefficient(row_ring(g, block[last]), block[last]);
  for (int i = 0; i < last; ++i) forward += transform_error_coefficient(block[i]);
  return forward;
}

double block_coefficient(const Geometry& g, const Dims& block) {
  return convolution_error_coefficient(forward_coefficient(g, block)) + 2 * input_roundings(g);
}

namespace {

template <class T>
std::int64_t lanes_of(const Geometry& g, std::int64_t row) {
  const auto target = active_target_bit().value_or(0);
  return butterflies<T>(target, RowTransform<T>::is_narrow(row_ring(g, row), row, target)).lanes;
}
/// Points of a line of a block's rows.
std::int64_t lanes_of(const Geometry& g, std::int64_t row) {
  return g.single() ? lanes_of<float>(g, row) : lanes_of<double>(g, row);
}

}  // namespace

/// The padding of rows included.
double stored_samples(const Geometry& g, const Dims& block) noexcept {
  const auto target = active_target_bit().value_or(0);
  const std::int64_t n = block.back();
  const Ring ring = row_ring(g, n);
  const std::int64_t numbers = g.single() ? RowTransform<float>::numbers_of(ring, n, target)
                                          : RowTransform<double>::numbers_of(ring, n, target);
  return points(block) / static_cast<double>(n) *
         static_cast<double>(block.rank() == 1 ? numbers : odd_lines(numbers, lanes_of(g, n))) /
         (g.complex() ? 2 : 1);
}

Result<void> check_block(const Problem& problem, const Geometry& g, const Dims& block) {
  const bool too_long = std::find(block.begin(), block.end(), 0) != block.end();
  if (too_long || stored_samples(g, block) > kLargestBlock)
    return tl::unexpected(
        Failure{Status::unsupported, "a block would have more than 2^32 samples"});
  const double stored = stored_samples(g, block);
  if (stored > kLargeBlock && stored > kEmptyBlock * samples(g))
    return tl::unexpected(
        Failure{Status::unsupported, "a block would have " + to_string(block) +
                                         " samples, many times those of x, h and y together"});
  if (g.compute != Compute::integer) return check_componentwise(problem, g, block);
  // |e| <= C u |x|_2 |h|_2 with every sample and tap as large as its type allows.
  const double h = std::max(-static_cast<double>(range_of(g.h_type).low),
                            static_cast<double>(range_of(g.h_type).high));
  const double error = block_coefficient(g, block) * 0x1p-53 * largest_by_type(g) *
                       std::sqrt(points(block)) * h * std::sqrt(static_cast<double>(g.taps()));
  if (error < 0.5) return {};
  return tl::unexpected(
      Failure{Status::unsupported,
              std::string("the rounding error of a transform is not proved below 1/2 for ") +
                  name(g.x_type) + " with " + name(g.h_type) + " at this size"});
}

namespace {

/// The steps of moving a point through the second cache, the third one, and memory; and how many
/// times the last counts at most.
struct Levels {
  Primitive second, third, memory;
  double most;
};
constexpr Levels kSweeps = {Primitive::sweep_l2, Primitive::sweep_l3, Primitive::sweep_memory, 1};
/// Columns jump from page to page: the farther apart these are, the longer it takes.
constexpr Levels kParts = {Primitive::part_l2, Primitive::part_l3, Primitive::part_memory, 4};

/// Points that are moved through the level of the memory that holds `bytes`. What a cache does not
/// hold it holds a part of: of four times its size nothing.
void add_moves(double bytes, double points, const Levels& levels, Work& work) {
  if (bytes <= kNearBytes) return;
  const auto beyond = [&](double cache, double most) {
    return std::clamp(std::log2(bytes / cache) / 2, 0.0, most);
  };
  const double second = beyond(kSecondBytes, 1), third = beyond(kThirdBytes, levels.most);
  work[levels.second] += (1 - second) * points;
  work[levels.third] += (second - std::min(third, 1.0)) * points;
  work[levels.memory] += third * points;
}

/// How often blocks are transformed: forward, back, and those of kernels.
struct Transforms {
  double forward, inverse, kernels;
};

/// How many times all parts of a block behind its first `axes` axes are transformed, there and
/// back: those without samples, or outputs, are left out.
double count_parts(const Geometry& g, const Dims& block, Transforms times, int axes) {
  for (int i = 0; i < axes; ++i) {
    const Axis& a = g.spatial[static_cast<std::size_t>(i)];
    const BlockAxis axis = block_axis(g, i, block[i]);
    const auto share = [&](std::int64_t rows) {
      return std::min(1.0, static_cast<double>(rows) / static_cast<double>(block[i]));
    };
    times.forward *= share(axis.samples);
    times.inverse *= share(std::min(a.count, axis.outputs));
    times.kernels *= share(a.taps);
  }
  return times.forward + times.inverse + times.kernels;
}

/// Bytes of a row of a strip of columns (transform.cpp).
constexpr double kStripBytes = 512;

/// Steps of transforms of all axes, forward or back, over blocks of this size. A row is taken apart
/// node by node, so that a pass moves no more than its node; columns go strip by strip.
void add_transforms(const Geometry& g, const Dims& block, const Transforms& times, Work& work) {
  const int last = block.rank() - 1;
  const double element = g.single() ? 8 : 16,
               complex_points = points(block) / (g.complex() ? 1 : 2);
  // Butterflies are counted as if vectors had the 64 bytes of the shipped table's machine.
  const double narrower =
      64.0 / static_cast<double>(lanes_of(g, block[last]) * (g.single() ? 4 : 8));
  double part = stored_samples(g, block) / (g.complex() ? 1 : 2) * element;  // bytes
  for (int i = 0; i <= last; ++i) {
    const std::int64_t length = i == last && !g.complex() ? block[i] / 2 : block[i];
    const double moved = count_parts(g, block, times, i) * complex_points;
    double node = static_cast<double>(length) * (i == last ? element : kStripBytes);
    for (const int radix : radices_of(length)) {
      work[radix % 2 == 1 ? Primitive::odd_butterfly
           : i == last    ? Primitive::butterfly
                          : Primitive::column_butterfly] += moved * (radix == 4 ? 2 : 1) * narrower;
      add_moves(node, moved, kSweeps, work);
      node /= radix;
    }
    // Rows write a part, columns move it, rows read it. The columns of all of it, there and back at
    // once, meet the kernel's spectrum.
    if (i < last) add_moves(i == 0 ? 2 * part : part, moved, kParts, work);
    part /= static_cast<double>(block[i]);
  }
}

/// Whether rows of blocks are parts of short rows of arrays in memory: what the processor fetches
/// ahead of one is the next block's.
bool meets_parts_of_rows(const Geometry& g, const Dims& block) {
  constexpr double kPage = 4096;
  const int last = block.rank() - 1;
  const double sample = (g.single() ? 4 : 8) * (g.complex() ? 2 : 1);
  return last > 0 && block_axis(g, last, block[last]).tiles > 1 &&
         sample * static_cast<double>(g.spatial.back().n) < kPage &&
         sample * samples(g) > kThirdBytes;
}

}  // namespace

bool shares_forward_transforms(const Problem& problem, const Geometry& g) noexcept {
  return g.bank() > 1 && componentwise_tolerance(problem, g) == 0;
}

namespace {

template <class T>
std::int64_t memory_bytes(const Problem& problem, const Geometry& g, const Dims& block) {
  const auto target = active_target_bit();
  if (!target || points(block) > 0x1p40) return std::numeric_limits<std::int64_t>::max();
  const bool checks = componentwise_tolerance(problem, g) != 0;
  const BlockBytes bytes =
      BlockConvolution<T>::bytes_of(g, block, shares_forward_transforms(problem, g), *target);
  const std::int64_t blocks =
      bytes.scratch + (checks ? ComponentwiseCheck<T>::scratch_bytes_of(g, block) : 0);
  return checked::at_most(checked::Int(bytes.spectrum) * g.kernels() * (checks ? 2 : 1) +
                          bytes.tables + std::max(blocks, direct_scratch_estimate(g)));
}

}  // namespace

std::int64_t block_memory_bytes(const Problem& problem, const Geometry& g, const Dims& block) {
  return g.single() ? memory_bytes<float>(problem, g, block)
                    : memory_bytes<double>(problem, g, block);
}

Estimate estimate_blocks(const Problem& problem, const Geometry& g, const Dims& block) {
  const double samples = points(block), complex_points = samples / (g.complex() ? 1 : 2);
  double tiles = static_cast<double>(g.batches());
  for (int i = 0; i < block.rank(); ++i)
    tiles *= static_cast<double>(block_axis(g, i, block[i]).tiles);
  // Blocks that are loaded, looked over and transformed; every one of `tiles` is transformed back.
  const double loads =
      shares_forward_transforms(problem, g) ? tiles / static_cast<double>(g.bank()) : tiles;
  const double prepare = static_cast<double>(g.kernels()) / static_cast<double>(problem.reuse);
  const double parts = g.complex() ? 2 : 1;
  const bool checks = componentwise_tolerance(problem, g) != 0;
  Estimate e;
  e.work[Primitive::block_call] = 1;
  e.work[Primitive::block] = tiles;
  const double times = checks ? 2 : 1;
  e.work[Primitive::block_row] = count_parts(g, block, {loads, tiles, 0}, block.rank() - 1) / 2 *
                                 samples / static_cast<double>(block.back());
  if (meets_parts_of_rows(g, block)) e.work[Primitive::part_of_row] = e.work[Primitive::block_row];
  e.work[Primitive::block_sample] = (loads + tiles) / 2 * samples * parts * (checks ? 3 : 1);
  e.work[Primitive::prepare_point] = prepare * complex_points;
  add_transforms(g, block, {times * loads, times * tiles, times * prepare}, e.work);
  add_common_work(problem, g, loads * samples, e.work);
  const bool shared = BlockConvolution<float>::feeds_a_team(block) && !checks &&
                      !shares_forward_transforms(problem, g);
  if (tiles == 1 && block.rank() > 1 && !shared)
    for (double& count : e.work.count) count *= kOnlyBlock;
  const double element = g.single() ? 4 : 8;
  const double transform_flop = 5 * complex_points * std::log2(std::max(2.0, complex_points));
  e.flop = (loads + tiles) * transform_flop + 8 * tiles * complex_points + prepare * transform_flop;
  e.bytes = element * parts * (loads + tiles + prepare) * samples;
  e.memory_bytes = block_memory_bytes(problem, g, block);
  if (checks) e.error = componentwise_tolerance(problem, g);
  else if (g.compute != Compute::integer)
    e.error = block_coefficient(g, block) * unit_roundoff(g) * std::sqrt(samples);
  return e;
}

}  // namespace faltung
