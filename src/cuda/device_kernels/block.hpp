// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// Blocks of one axis through the convolution theorem, each in one go: read, transformed,
// multiplied, transformed back and written by one block of threads, so that samples and results
// meet the GPU's memory once.
//
//   x~ [ span - 1 | outputs ] -> look over, scale -> Residues -> times spectrum -> back -> y
//
// Real samples: z[j] = x~[j] + i x~[j + M] modulo X^M - i, which is the product of 2M real numbers
// modulo X^2M + 1; complex ones: modulo X^M - 1. What wraps around falls on the first span - 1.
//
// The contract: samples that are not finite are left out, and outputs that could meet one, or
// nothing but zeros, look their samples over once more; infinities are summed directly. Blocks
// whose largest magnitude is far from 1 are scaled by a power of two.
#pragma once

#include "direct.hpp"
#include "residues.hpp"

namespace faltung::cuda {

/// As exponent_to_divide() on the processor.
template <class T>
inline constexpr int kSafeExponent = sizeof(T) == 4 ? 30 : 300;

/// Where a block lies, and the kernel that it meets.
template <class T>
struct BlockPlace {
  Samples<T> x;
  std::int64_t lo;       ///< position of the block's first sample
  std::int64_t stored;   ///< samples that are read
  std::int64_t outputs;  ///< its own
  std::int64_t first;    ///< output of the batch
  std::int64_t y;        ///< offset of the batch
  std::int64_t kernel;
  std::int64_t batch;

  FALTUNG_DEVICE BlockPlace(const BlockArguments& a, std::int64_t item) : x{a.layout} {
    batch = item / a.blocks;
    const std::int64_t tile = item % a.blocks;
    // The batch of an output, without its place.
    const Output<T> at(a.layout, 1, batch * a.layout.outputs);
    x.offset = at.x.offset;
    x.component = at.x.component;
    y = at.y;
    kernel = at.kernel;
    const SpatialAxis& axis = a.layout.spatial[0];
    first = tile * a.block_outputs;
    outputs = axis.count - first < a.block_outputs ? axis.count - first : a.block_outputs;
    lo = axis.first + first * axis.step - (a.span - 1);
    stored = (outputs - 1) * axis.step + a.span;
  }
};

template <class T>
FALTUNG_DEVICE int exponent_of(T v) {
  int e;
  fraction_of(static_cast<double>(v), &e);
  return e - 1;  // ilogb
}

/// Any sample of a block, by all that a boundary and a type can mean.
template <class T>
FALTUNG_DEVICE_CALL T sample_of(const Samples<T>& x, std::int64_t position, int part) {
  return x.at(&position, part);
}

/// The type that T's samples are stored in.
template <class T>
inline constexpr Real kRealOf = sizeof(T) == 4 ? Real::f32 : Real::f64;

/// Reads a block's samples into the points of a thread and tells the row what they are.
template <class T, int A>
FALTUNG_DEVICE void load_block(const BlockPlace<T>& place, const Residues<T, A>& row, bool real,
                               Point<T>* z, BlockFacts* facts) {
  constexpr int kPoints = 1 << A;
  const Layout& g = place.x.g;
  const SpatialAxis& axis = g.spatial[0];
  // Samples that lie as they are wanted, a pair of them for each complex one.
  const bool plain = g.x_type == kRealOf<T> && g.component_axis < 0 && g.x_pairs != real;
  const T* const in_place = static_cast<const T*>(g.x) + place.x.offset;
  const auto sample = [&](std::int64_t j, int part) {
    if (j >= place.stored) return T(0);
    const std::int64_t position = place.lo + j;
    if (plain && position >= 0 && position < axis.n)
      return in_place[position * axis.x_stride + part];
    return sample_of(place.x, position, part);
  };
  FALTUNG_UNROLL
  for (int i = 0; i < kHeld; ++i) {
    const int j = row.first_index(i);
    z[i].re = sample(j, 0);
    z[i].im = real ? sample(j + kPoints, 0) : sample(j, 1);
  }
  T largest = 0;
  int flags = 0, zeros = 0;
  const auto look = [&](T& v) {
    if (!is_finite(static_cast<double>(v))) {
      flags |= kNotFinite;
      v = 0;
    }
    if (v == 0) ++zeros;
    if (v < 0) flags |= kNegative;
    const T size = v < 0 ? -v : v;
    largest = largest < size ? size : largest;
  };
  FALTUNG_UNROLL
  for (int i = 0; i < kHeld; ++i) {
    look(z[i].re);
    look(z[i].im);
  }
  if (largest != 0) shared_max(&facts->exponent, exponent_of(largest) + kBias);
  if (flags != 0) shared_or(&facts->flags, flags);
  if (zeros != 0) shared_add(&facts->zeros, zeros);
  barrier();
}

/// A result where not a float or double of T's size is wanted.
FALTUNG_DEVICE_CALL void store_converted(const Layout& g, std::int64_t i, double v) {
  store_result(g, i, v);
}

/// One output once more, where samples are not finite or may all be zeros, or results may be out of
/// range (`surely`): writes what it is by its definition, where that says so.
template <class T, bool kComplex>
FALTUNG_DEVICE_CALL void look_again(const BlockArguments& a, const BlockPlace<T>& place,
                                    std::int64_t out, bool surely) {
  const Output<T> output(a.layout, a.kernel_taps, place.batch * a.layout.outputs + out);
  const Taps<T> h(a.taps, output.kernel);
  bool finite = true, product = false;
  output.for_each_term([&](std::int64_t t, const std::int64_t* position) {
    for (int part = 0; part < (kComplex ? 2 : 1); ++part) {
      const T v = output.x.at(position, part);
      finite = finite && is_finite(static_cast<double>(v));
      product = product || (v != 0 && (h.re[t] != 0 || (kComplex && h.im[t] != 0)));
    }
  });
  if (finite && product && !surely) return;
  T result[2] = {0, 0};
  if (!finite || surely) sum_again<T, kComplex>(output, h, result);
  store_result(a.layout, output.y, static_cast<double>(result[0]));
  if (kComplex) store_result(a.layout, output.y + 1, static_cast<double>(result[1]));
}

template <class T>
FALTUNG_DEVICE T times_power(T v, int exponent) {
  return static_cast<T>(scaled(static_cast<double>(v), exponent));
}

/// Where the results of a block go, and what the contract makes of them.
template <class T, bool kReal>
struct BlockResults {
  const BlockArguments& a;
  const BlockPlace<T>& place;
  int exponent;         ///< results were divided by this power of two
  bool nonnegative;     ///< none is below 0
  bool zero;            ///< all are 0
  bool beyond = false;  ///< whether one left the range of T, if only by a rounding

  FALTUNG_DEVICE void store(std::int64_t to, T v) {
    if (zero || (nonnegative && v < 0)) v = 0;
    if (exponent != 0) v = times_power(v, exponent);
    beyond = beyond || !is_finite(static_cast<double>(v));
    if (a.layout.y_type == kRealOf<T>) static_cast<T*>(a.layout.y)[to] = v;
    else store_converted(a.layout, to, static_cast<double>(v));
  }

  /// The block's j-th number, where that is an output.
  FALTUNG_DEVICE void finish(std::int64_t j, T re, T im) {
    const SpatialAxis& axis = a.layout.spatial[0];
    std::int64_t out = j - (a.span - 1);
    if (axis.step != 1) {
      if (out < 0 || out % axis.step != 0) return;
      out /= axis.step;
    }
    if (out < 0 || out >= place.outputs) return;
    const std::int64_t to = place.y + (place.first + out) * axis.y_stride;
    store(to, re);
    if (!kReal) store(to + 1, im);
  }
};

/// Times the spectrum, of which a row's threads have their i-th leaves side by side.
template <class T, int A>
FALTUNG_DEVICE void multiply(Point<T>* z, const Point<T>* spectrum, int lane) {
  FALTUNG_UNROLL
  for (int i = 0; i < kHeld; ++i) {
    const Point<T> h = spectrum[i * Residues<T, A>::kLanes + lane], x = z[i];
    z[i] = {fused(h.re, x.re, -(h.im * x.im)), fused(h.re, x.im, h.im * x.re)};
  }
}

template <class T, int A, bool kReal>
FALTUNG_DEVICE void convolve_blocks(const BlockArguments& a) {
  using Row = Residues<T, A>;
  constexpr int kPoints = 1 << A, kRows = rows_of(A), kPitch = padded(kPoints);
  // Rows of facts, then rows of points: real parts, imaginary parts.
  const int mine = thread() / Row::kLanes;
  BlockFacts* const facts = shared<BlockFacts>() + mine;
  T* const points = reinterpret_cast<T*>(shared<BlockFacts>() + kRows) + 2 * kPitch * mine;
  const Row row = {points, points + kPitch, thread() % Row::kLanes,
                   static_cast<const Point<T>*>(a.units)};
  const std::int64_t all = a.blocks * a.layout.batches, item = block() * kRows + mine;
  // Threads without a block of their own go along, for the barriers.
  BlockPlace<T> place(a, item < all ? item : all - 1);
  if (item >= all) place.outputs = place.stored = 0;
  if (row.lane == 0) *facts = {0, 0, 0, 0};
  barrier();

  Point<T> z[kHeld];
  load_block(place, row, kReal, z, facts);
  const TapFacts& taps = a.facts[place.kernel];
  const int flags = facts->flags;
  int exponent = facts->exponent == 0 ? 0 : facts->exponent - kBias;
  if (exponent >= -kSafeExponent<T> && exponent <= kSafeExponent<T>) exponent = 0;
  FALTUNG_UNROLL
  for (int i = 0; i < kHeld && exponent != 0; ++i)
    z[i] = {times_power(z[i].re, -exponent), times_power(z[i].im, -exponent)};

  row.forward(z);
  multiply<T, A>(z, static_cast<const Point<T>*>(a.spectra) + place.kernel * kPoints, row.lane);
  row.inverse(z);

  BlockResults<T, kReal> results = {a, place, exponent + taps.exponent,
                                    kReal && flags == 0 && taps.nonnegative, facts->exponent == 0};
  FALTUNG_UNROLL
  for (int i = 0; i < kHeld; ++i) {
    const int j = row.first_index(i);
    results.finish(j, z[i].re, z[i].im);
    if (kReal) results.finish(j + kPoints, z[i].im, T(0));
  }
  if (results.beyond) shared_or(&facts->flags, kBeyond);
  barrier();
  // Fewer zeros than there are taps cannot meet them all.
  if ((facts->flags & (kNotFinite | kBeyond)) == 0 && facts->zeros < taps.nonzeros) return;
  for (std::int64_t out = row.lane; out < place.outputs; out += Row::kLanes)
    look_again<T, !kReal>(a, place, place.first + out, (facts->flags & kBeyond) != 0);
}

#define FALTUNG_BLOCK_KERNEL(name, T, A, real)                       \
  FALTUNG_DEFINE_KERNEL(name##_##A, BlockArguments, threads_of(A)) { \
    convolve_blocks<T, A, real>(a);                                  \
  }
#define FALTUNG_BLOCK_KERNELS(A)                   \
  FALTUNG_BLOCK_KERNEL(block_f32, float, A, true)  \
  FALTUNG_BLOCK_KERNEL(block_f64, double, A, true) \
  FALTUNG_BLOCK_KERNEL(block_c64, float, A, false) \
  FALTUNG_BLOCK_KERNEL(block_c128, double, A, false)
FALTUNG_BLOCK_KERNELS(6)
FALTUNG_BLOCK_KERNELS(7)
FALTUNG_BLOCK_KERNELS(8)
FALTUNG_BLOCK_KERNELS(9)
FALTUNG_BLOCK_KERNELS(10)
FALTUNG_BLOCK_KERNELS(11)
FALTUNG_BLOCK_KERNELS(12)
FALTUNG_BLOCK_KERNELS(13)
#undef FALTUNG_BLOCK_KERNELS
#undef FALTUNG_BLOCK_KERNEL

}  // namespace faltung::cuda
