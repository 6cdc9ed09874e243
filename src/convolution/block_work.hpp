// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "convolution/block_convolution.hpp"
#include "support/checked.hpp"
#include "support/parallel.hpp"

namespace faltung {

/// Samples of the hull of a kernel's non-zero taps, the holes of a dilation included.
std::int64_t hull_volume(const Geometry& geometry, const KernelFacts& facts) noexcept;

/// What one thread needs for one block.
template <class T>
struct BlockConvolution<T>::Work {
  Work(support::Carver& carver, const BlockConvolution& b)
      : re(carver.take<T>(b.rows_ * b.pitch_)),
        im(carver.take<T>(b.rows_ * b.pitch_)),
        kept_re(carver.take<T>(b.shares_ ? b.rows_ * b.pitch_ : 0)),
        kept_im(carver.take<T>(b.shares_ ? b.rows_ * b.pitch_ : 0)),
        row{carver.take<T>(row_outputs(b)), carver.take<T>(b.packed() ? 0 : row_outputs(b))},
        marks(carver.take<std::uint8_t>(b.rows_ * b.block_.back())) {}

  static std::int64_t row_outputs(const BlockConvolution& b) {
    return most_outputs_of(b.geometry_->spatial.back(), b.block_.back());
  }

  T* re;
  T* im;
  T* kept_re;  ///< the block that kernels of a bank share
  T* kept_im;
  T* row[2];            ///< one row of outputs
  std::uint8_t* marks;  ///< one for each sample of the block; valid where `marked` says so
  std::int64_t from[kMaxRank], to[kMaxRank];  ///< outputs
  std::int64_t lo[kMaxRank], size[kMaxRank];  ///< the box of x~ that is read
  Scan<T> scan;
  std::uint8_t marked = 0;
  int exponent = 0;       ///< results are 2^exponent of what the inverse transform gives
  bool vanishes = false;  ///< every finite product is zero: no transform was made
  bool one_tap = false;   ///< the kernel is a scaled and shifted impulse: no transform was made
  bool has_hull = false;  ///< hull_first and hull_last are set
  std::int64_t hull_first[kMaxRank],
      hull_last[kMaxRank];  ///< of the non-zero samples, in the block
  bool one_sign = false;    ///< neither the samples nor the taps are ever negative
  T least = 0;              ///< and no result of theirs is below this, but for known zeros
};

}  // namespace faltung
