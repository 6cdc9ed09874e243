// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "contest.hpp"
#include "fftw_api.hpp"
#include "product.hpp"
#include "row_peers.hpp"

namespace faltung::bench {

/// A problem as three axes, those in front of one sample.
struct ThreeAxes {
  std::int64_t n[3], k[3], out[3], first[3];
  bool wrap;  ///< x goes round, else it is zero outside

  explicit ThreeAxes(const Case& work);
  int rank = 0;  ///< how many of them are real
  /// The sizes of a transform, without the axes in front.
  std::vector<int> sizes(const std::int64_t (&block)[3]) const {
    return {block + (3 - rank), block + 3};
  }
};

/// The spectrum of h in a box of `block` samples, divided by their number.
template <class T>
FftwArray<std::complex<T>> spectrum_of(const Case& work, const FftwPair<T>& pair,
                                       const std::int64_t (&block)[3]);

/// Rows, one after the other: `fftw-patient` by r2c and c2r, on data `self` with one spectrum that
/// is squared; `fftw-c2c-right-angle` by complex transforms of half the points, in place or out of
/// place, whichever is faster.
template <class T>
std::unique_ptr<Contestant> make_fftw_rows(const Case& work, unsigned flags,
                                           const std::string& name);
/// FFTW with its own threads on one box that holds everything.
template <class T>
std::unique_ptr<Contestant> make_fftw_whole(const Case& work, unsigned flags);
/// Overlap-save by hand: boxes spread over threads, FFTW on one thread for each. The size of the
/// boxes is measured, and kept in the wisdom's folder.
template <class T>
std::unique_ptr<Contestant> make_fftw_tiles(const Case& work, unsigned flags, const Wisdom& wisdom);

}  // namespace faltung::bench
