// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// The sum as it stands, y[n] = sum_k h[k] x~[n - k], for any problem: a thread an output, taps in
// their order, boundaries as they are met.
//
// Sums run in chunks of kChunk taps whose totals are added up, as those of the processor do, so the
// same bound holds (docs/accuracy.md). A result out of range, or so small that products may have
// underflowed, is summed again where exponents do not matter.
#pragma once

#include "samples.hpp"

namespace faltung::cuda {

inline constexpr std::int64_t kChunk = 128;

/// One output: its samples, its kernel, and where its result goes.
template <class T>
struct Output {
  Samples<T> x;
  std::int64_t kernel = 0;        ///< index of its first tap
  std::int64_t y = 0;             ///< in reals, from Layout::y
  std::int64_t newest[kMaxAxes];  ///< the position that tap 0 meets

  FALTUNG_DEVICE Output(const Layout& g, std::int64_t taps, std::int64_t index) : x{g} {
    std::int64_t batch = index / g.outputs, out = index % g.outputs;
    for (int i = g.batch_axes - 1; i >= 0; --i) {
      const BatchAxis& a = g.batch[i];
      const std::int64_t at = batch % a.count;
      batch /= a.count;
      x.offset += at * a.x_stride;
      y += at * a.y_stride;
      kernel += at * a.kernel_stride * taps;
      if (i == g.component_axis) x.component = static_cast<int>(at);
    }
    for (int i = g.spatial_axes - 1; i >= 0; --i) {
      const SpatialAxis& a = g.spatial[i];
      const std::int64_t at = out % a.count;
      out /= a.count;
      newest[i] = a.first + at * a.step;
      y += at * a.y_stride;
    }
  }

  /// Calls f(tap, position) for every tap whose sample is there, in the order of the taps.
  template <class F>
  FALTUNG_DEVICE void for_each_term(F&& f) const {
    for_terms_while([&](std::int64_t t, const std::int64_t* position) {
      f(t, position);
      return true;
    });
  }
  /// The same until f returns false.
  template <class F>
  FALTUNG_DEVICE void for_terms_while(F&& f) const {
    const Layout& g = x.g;
    std::int64_t tap[kMaxAxes], position[kMaxAxes];
    for (int i = 0; i < g.spatial_axes; ++i) {
      tap[i] = 0;
      position[i] = newest[i];
    }
    for (std::int64_t t = 0;; ++t) {
      if (!(g.absent_outside && x.is_outside(position)) &&
          !f(t, static_cast<const std::int64_t*>(position)))
        return;
      int i = g.spatial_axes - 1;
      for (; i >= 0; --i) {
        position[i] -= g.spatial[i].dilation;
        if (++tap[i] < g.spatial[i].taps) break;
        tap[i] = 0;
        position[i] = newest[i];
      }
      if (i < 0) return;
    }
  }
};

/// A sum of products whose partial sums never leave the range: exponents are taken off, by the
/// largest of a product. Terms that are not finite make the sum themselves. Products and sums keep
/// what they round off (Dekker, Knuth), since of huge terms that cancel it may be all that is left.
template <class T>
struct WideRange {
  double nonfinite = 0;
  bool any_nonfinite = false;
  int top = -4096;  ///< found in a first pass
  double sum = 0, rest = 0;

  FALTUNG_DEVICE void look(double h, double x) {
    if (!is_finite(h) || !is_finite(x)) {
      nonfinite += h * x;
      any_nonfinite = true;
    } else if (h != 0 && x != 0) {
      int eh, ex;
      fraction_of(h, &eh);
      fraction_of(x, &ex);
      if (eh + ex > top) top = eh + ex;
    }
  }
  FALTUNG_DEVICE void add(double h, double x) {
    if (!is_finite(h) || !is_finite(x) || h == 0 || x == 0) return;
    int eh, ex;
    const double mh = fraction_of(h, &eh), mx = fraction_of(x, &ex);
    // What this loses lies 2^-1000 below the largest product.
    const double factor = scaled(mx, eh + ex - top), product = mh * factor;
    const double next = sum + product, added = next - sum;
    rest += (sum - (next - added)) + (product - added);
    rest += fused(mh, factor, -product);
    sum = next;
  }
  /// Of samples that were made 2^shift times smaller.
  FALTUNG_DEVICE T value(int shift) const {
    return static_cast<T>(any_nonfinite ? nonfinite : scaled(sum + rest, top + shift));
  }
};

/// The taps of a kernel, real and imaginary.
template <class T>
struct Taps {
  const T* re;
  const T* im;
  FALTUNG_DEVICE Taps(const void* const* parts, std::int64_t first)
      : re(static_cast<const T*>(parts[0]) + first),
        im(parts[1] == nullptr ? nullptr : static_cast<const T*>(parts[1]) + first) {}
};

/// A reflection of the odd boundary makes samples up to 2^64 times larger; so much smaller, they
/// stay within the range of doubles.
inline constexpr int kReflected = 128;

/// One output again, without regard to the range of T. Samples are doubles here, so that what
/// reflections make of floats stays within their range; doubles that leave it are made smaller.
template <class T, bool kComplex>
FALTUNG_DEVICE_CALL void sum_again(const Output<T>& out, const Taps<T>& h, T* result) {
  Samples<double> x = {out.x.g, out.x.offset, out.x.component};
  for (const bool smaller : {false, true}) {
    WideRange<T> part[2];
    for (int pass = 0; pass < 2; ++pass)
      out.for_each_term([&](std::int64_t t, const std::int64_t* position) {
        const auto meet = [&](int to, T tap, double sample) {
          if (pass == 0) part[to].look(tap, sample);
          else part[to].add(tap, sample);
        };
        const double xr = x.at(position, 0);
        meet(0, h.re[t], xr);
        if (!kComplex) return;
        const double xi = x.at(position, 1);
        meet(0, -h.im[t], xi);
        meet(1, h.re[t], xi);
        meet(1, h.im[t], xr);
      });
    const int shift = smaller ? kReflected : 0;
    result[0] = part[0].value(shift);
    if (kComplex) result[1] = part[1].value(shift);
    const bool reflected = x.g.outside == Outside::odd &&
                           (part[0].any_nonfinite || (kComplex && part[1].any_nonfinite));
    if (smaller || !reflected) return;
    x.scale = scaled(1, -kReflected);
  }
}

/// Whether a tap that is not 0 meets a sample that is not.
template <class T, bool kComplex>
FALTUNG_DEVICE bool has_product(const Output<T>& output, const Taps<T>& h) {
  bool product = false;
  output.for_terms_while([&](std::int64_t t, const std::int64_t* position) {
    for (int part = 0; part < (kComplex ? 2 : 1) && !product; ++part)
      product = (h.re[t] != 0 || (kComplex && h.im[t] != 0)) && output.x.at(position, part) != 0;
    return !product;
  });
  return product;
}

/// Where the outputs of a tile are.
struct TilePlace {
  std::int64_t batch, outer;  ///< of the batches, and of the outputs along the axes before
  std::int64_t row, column;   ///< its first output along the two

  FALTUNG_DEVICE TilePlace(const TileGrid& grid, std::int64_t tile) {
    column = tile % grid.column_tiles * grid.tile_columns;
    tile /= grid.column_tiles;
    row = tile % grid.row_tiles * grid.tile_rows;
    tile /= grid.row_tiles;
    outer = tile % grid.outer_outputs;
    batch = tile / grid.outer_outputs;
  }
};

/// Whether a sum may have left the range of T on its way, or lost products below it.
template <class T>
FALTUNG_DEVICE bool is_doubtful(T sum, double tiny) {
  const double size = sum < 0 ? -static_cast<double>(sum) : static_cast<double>(sum);
  return !is_finite(sum) || size < tiny;
}

/// Calls f(index) for the outputs of tiles whose flag is not 0, a block for a tile.
template <class F>
FALTUNG_DEVICE void for_each_flagged(const DirectArguments& a, F&& f) {
  const Layout& g = a.layout;
  const TileGrid& grid = a.grid;
  const bool plane = g.spatial_axes > 1;
  const std::int64_t columns = plane ? g.spatial[g.spatial_axes - 1].count : 1;
  const std::int64_t rows = g.outputs / grid.outer_outputs / columns;
  const std::int64_t tiles = grid.tiles(g.batches);
  for (std::int64_t tile = block(); tile < tiles; tile += blocks()) {
    if (a.flags[tile] == 0) continue;
    const TilePlace place(grid, tile);
    const std::int64_t first = (place.batch * grid.outer_outputs + place.outer) * rows * columns;
    for (int i = thread(); i < grid.tile_rows * grid.tile_columns; i += threads()) {
      const std::int64_t row = place.row + i / grid.tile_columns;
      const std::int64_t column = place.column + i % grid.tile_columns;
      if (row < rows && column < columns) f(first + row * columns + column);
    }
  }
}

/// Calls f(index) for all outputs, a thread for each.
template <class F>
FALTUNG_DEVICE void for_each_output(const DirectArguments& a, F&& f) {
  const std::int64_t all = a.layout.outputs * a.layout.batches, step = blocks() * threads();
  for (std::int64_t o = block() * threads() + thread(); o < all; o += step) f(o);
}

template <class T, bool kComplex>
FALTUNG_DEVICE void sum_real(const DirectArguments& a) {
  const auto sum = [&](std::int64_t o) {
    const Output<T> out(a.layout, a.kernel_taps, o);
    const Taps<T> h(a.taps, out.kernel);
    T total[2] = {0, 0}, chunk[2] = {0, 0};
    bool product = false;  // whether any is not 0: only then can one have underflowed
    std::int64_t next = kChunk;
    out.for_each_term([&](std::int64_t t, const std::int64_t* position) {
      if (t >= next) {
        for (int part = 0; part < 2; ++part) {
          total[part] += chunk[part];
          chunk[part] = 0;
        }
        next = (t / kChunk + 1) * kChunk;
      }
      const T xr = out.x.at(position, 0);
      chunk[0] = fused(h.re[t], xr, chunk[0]);
      product = product || (xr != 0 && h.re[t] != 0);
      if (!kComplex) return;
      const T xi = out.x.at(position, 1);
      product = product || xr != 0 || xi != 0;
      chunk[0] = fused(-h.im[t], xi, chunk[0]);
      chunk[1] = fused(h.re[t], xi, chunk[1]);
      chunk[1] = fused(h.im[t], xr, chunk[1]);
    });
    for (int part = 0; part < 2; ++part) total[part] += chunk[part];
    const double tiny = product ? a.tiny : 0;
    if (is_doubtful(total[0], tiny) || (kComplex && is_doubtful(total[1], tiny)))
      sum_again<T, kComplex>(out, h, total);
    store_result(a.layout, out.y, static_cast<double>(total[0]));
    if (kComplex) store_result(a.layout, out.y + 1, static_cast<double>(total[1]));
  };
  if (a.flags != nullptr) for_each_flagged(a, sum);
  else for_each_output(a, sum);
}

FALTUNG_DEFINE_KERNEL(direct_f32, DirectArguments, kDirectThreads) { sum_real<float, false>(a); }
FALTUNG_DEFINE_KERNEL(direct_f64, DirectArguments, kDirectThreads) { sum_real<double, false>(a); }
FALTUNG_DEFINE_KERNEL(direct_c64, DirectArguments, kDirectThreads) { sum_real<float, true>(a); }
FALTUNG_DEFINE_KERNEL(direct_c128, DirectArguments, kDirectThreads) { sum_real<double, true>(a); }

/// Integers modulo 2^64: the host knows that the result's type tells the sum from them.
FALTUNG_DEFINE_KERNEL(direct_integer, DirectArguments, kDirectThreads) {
  for_each_output(a, [&](std::int64_t o) {
    const Output<std::int64_t> out(a.layout, a.kernel_taps, o);
    const Taps<std::int64_t> h(a.taps, out.kernel);
    std::int64_t sum = 0;
    out.for_each_term([&](std::int64_t t, const std::int64_t* position) {
      sum = plus_product(sum, h.re[t], out.x.at(position, 0));
    });
    store_result(a.layout, out.y, sum);
  });
}

/// A sum of magnitudes of 192 bits.
struct Magnitude {
  unsigned __int128 low = 0;
  std::uint64_t high = 0;
  FALTUNG_DEVICE void add(unsigned __int128 value) {
    low += value;
    if (low < value) ++high;
  }
};

/// A 64-bit number by its size; `minus` is turned over where it is negative.
FALTUNG_DEVICE std::uint64_t size_of(std::int64_t v, bool is_unsigned, bool& minus) {
  if (is_unsigned || v >= 0) return static_cast<std::uint64_t>(v);
  minus = !minus;
  return ~static_cast<std::uint64_t>(v) + 1;
}

/// A sum of any size, clamped into the result's type.
FALTUNG_DEVICE std::uint64_t clamped_bits(const Magnitude& positive, const Magnitude& negative,
                                          Real type) {
  const bool less =
      positive.high != negative.high ? positive.high < negative.high : positive.low < negative.low;
  const Magnitude& big = less ? negative : positive;
  const Magnitude& small = less ? positive : negative;
  const unsigned __int128 low = big.low - small.low;
  const std::uint64_t high = big.high - small.high - (big.low < small.low ? 1 : 0);
  const std::uint64_t largest =
      less ? ~static_cast<std::uint64_t>(lowest_of(type)) + 1 : highest_of(type);
  const bool fits = high == 0 && low <= largest;
  const std::uint64_t size = fits ? static_cast<std::uint64_t>(low) : largest;
  return less ? ~size + 1 : size;
}

/// Sums beyond 64 bits, exact: positive and negative terms apart, compared at the end.
FALTUNG_DEFINE_KERNEL(direct_wide, DirectArguments, kDirectThreads) {
  for_each_output(a, [&](std::int64_t o) {
    const Output<std::int64_t> out(a.layout, a.kernel_taps, o);
    const Taps<std::int64_t> h(a.taps, out.kernel);
    Magnitude positive, negative;
    out.for_each_term([&](std::int64_t t, const std::int64_t* position) {
      // cval is signed, whatever x is.
      const bool is_cval = a.layout.outside == Outside::constant && out.x.is_outside(position);
      bool minus = false;
      const std::uint64_t x = size_of(out.x.at(position, 0), a.x_unsigned && !is_cval, minus);
      const std::uint64_t tap = size_of(h.re[t], a.h_unsigned, minus);
      (minus ? negative : positive).add(static_cast<unsigned __int128>(x) * tap);
    });
    store_bits(a.layout.y, a.layout.y_type, out.y,
               clamped_bits(positive, negative, a.layout.y_type));
  });
}

}  // namespace faltung::cuda
