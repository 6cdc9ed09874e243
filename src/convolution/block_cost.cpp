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

/// Caches of a common core: what fits moves at the cost of that level.
constexpr double kNearBytes = 48 * 1024, kSecondBytes = 1 << 20, kThirdBytes = 16 << 20;

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
         static_cast<double>(row_pitch(numbers, lanes_of(g, n), block.rank() == 1)) /
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

/// Points that a pass moves through the level of the memory that holds `bytes`.
void add_sweep(double bytes, double points, Work& work) {
  if (bytes <= kNearBytes) return;
  work[bytes <= kSecondBytes  ? Primitive::sweep_l2
       : bytes <= kThirdBytes ? Primitive::sweep_l3
                              : Primitive::sweep_memory] += points;
}

/// How many blocks are transformed, and how many times all rows of one: those without samples, or
/// outputs, are left out.
struct Transforms {
  double blocks, rows;
};
double count_rows(const Geometry& g, const Dims& block, double forward, double inverse,
                  double kernels) {
  for (int i = 0; i + 1 < block.rank(); ++i) {
    const Axis& a = g.spatial[static_cast<std::size_t>(i)];
    const BlockAxis axis = block_axis(g, i, block[i]);
    const auto share = [&](std::int64_t rows) {
      return std::min(1.0, static_cast<double>(rows) / static_cast<double>(block[i]));
    };
    forward *= share(axis.samples);
    inverse *= share(std::min(a.count, axis.outputs));
    kernels *= share(a.taps);
  }
  return forward + inverse + kernels;
}

/// Steps of transforms of all axes, forward or back, over blocks of this size. A row is taken apart
/// node by node, so that a pass moves no more than its node; columns go strip by strip.
void add_transforms(const Geometry& g, const Dims& block, const Transforms& times, Work& work) {
  const int last = block.rank() - 1;
  const double element = g.single() ? 8 : 16;
  // Butterflies are counted as if vectors had the 64 bytes of the shipped table's machine.
  const double narrower =
      64.0 / static_cast<double>(lanes_of(g, block[last]) * (g.single() ? 4 : 8));
  // From the third axis on, the padding of rows is transformed, too.
  const double stored =
      (last > 1 ? stored_samples(g, block) : points(block)) / (g.complex() ? 1 : 2);
  for (int i = 0; i <= last; ++i) {
    const std::int64_t length = i == last && !g.complex() ? block[i] / 2 : block[i];
    const double moved =
        i == last ? times.rows * points(block) / (g.complex() ? 1 : 2) : times.blocks * stored;
    double node = static_cast<double>(length) * element;
    for (const int radix : radices_of(length)) {
      work[radix % 2 == 1 ? Primitive::odd_butterfly
           : i == last    ? Primitive::butterfly
                          : Primitive::column_butterfly] += moved * (radix == 4 ? 2 : 1) * narrower;
      if (i == last) add_sweep(node, moved, work);
      node /= radix;
    }
    if (i < last) add_sweep(stored * element, moved, work);
  }
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
  const Transforms transforms = {times * (loads + tiles + prepare),
                                 times * count_rows(g, block, loads, tiles, prepare)};
  e.work[Primitive::block_row] =
      count_rows(g, block, loads, tiles, 0) / 2 * samples / static_cast<double>(block.back());
  e.work[Primitive::block_sample] = (loads + tiles) / 2 * samples * parts * (checks ? 3 : 1);
  e.work[Primitive::prepare_point] = prepare * complex_points;
  add_transforms(g, block, transforms, e.work);
  add_common_work(problem, g, loads * samples, e.work);
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
