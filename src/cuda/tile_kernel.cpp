// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// A kernel on the device: from its taps to its spectrum. That of one pass is computed here in
// extended precision and rounded once; a larger one by the device's own passes.
#include <algorithm>
#include <cmath>

#include "convolution/error_bound.hpp"
#include "cuda/tile_recipe.hpp"
#include "cuda/unit_tree.hpp"
#include "support/checked.hpp"

namespace faltung::cuda {
namespace {

constexpr long double kUp = 1.01L;

/// The leaves of the taps times 2^-exponent, divided by M, which the way back multiplies by.
template <class T>
std::vector<std::complex<T>> spectrum_of(const Geometry& g, const Tile& tile,
                                         const KernelTaps<T>& taps, int exponent,
                                         TileKernel& kernel) {
  const auto tree = unit_tree(tile.last().log2_points, g.complex() ? 0 : 0.25);
  const std::size_t points = tree.size();
  std::vector<std::complex<long double>> z(points);
  const auto dilation = static_cast<std::size_t>(g.spatial.back().dilation);
  for (std::size_t k = 0; k < taps.re.size(); ++k) {
    const std::size_t at = k * dilation;
    const auto scaled = [&](T tap) { return std::ldexp(static_cast<long double>(tap), -exponent); };
    const long double re = scaled(taps.re[k]), im = g.complex() ? scaled(taps.im[k]) : 0;
    if (g.complex()) z[at] = {re, im};
    else if (at < points) z[at].real(re);
    else z[at - points].imag(re);
  }
  split_into_leaves(z, tree);
  // A thread has the leaves 16 lane .. 16 lane + 15; a row's threads read their i-th ones together.
  std::vector<std::complex<T>> spectrum(points);
  const std::size_t held = kHeld, lanes = points / held;
  long double gain = 0;
  for (std::size_t p = 0; p < points; ++p) {
    gain = std::max(gain, std::hypot(z[p].real(), z[p].imag()));
    const auto leaf = z[p] / static_cast<long double>(points);
    spectrum[p % held * lanes + p / held] = {static_cast<T>(leaf.real()),
                                             static_cast<T>(leaf.imag())};
  }
  kernel.largest_gain = std::max(kernel.largest_gain, std::ldexp(gain * kUp, exponent));
  return spectrum;
}

/// The spectrum of a kernel by the device's passes, where `to` points.
template <class T>
Result<void> transform_taps(const Device& device, const Geometry& g, const Tile& tile,
                            const PassTables& tables, const std::vector<T>& taps, void* to) {
  PassSource source = source_of(g, tile);
  for (int i = 0; i < tile.axes; ++i) {
    const auto at = static_cast<std::size_t>(i);
    source.axes[at] = {1, 1, g.spatial[at].span - 1, g.spatial[at].span};
    source.step[at] = 1;
  }
  const Passes passes = passes_of(source, tile, tables, true);
  auto there = on_device(device, taps.data(), static_cast<std::int64_t>(taps.size()));
  if (!there) return tl::unexpected(there.error());
  const WorkParts parts = work_parts(passes, 1, sizeof(T));
  // All but the array, which is the spectrum's place.
  auto facts = Memory::try_make(device, parts.bytes - parts.groups);
  if (!facts) return tl::unexpected(facts.error());
  PassArguments a = kernel_as_samples<T>(g, there->at());
  a.work = to;
  a.groups = static_cast<GroupFacts*>(facts->at());
  a.tile_facts = reinterpret_cast<TileFacts*>(static_cast<std::byte*>(facts->at()) +
                                              (parts.tile_facts - parts.groups));
  Status s = launch_passes(device, passes, a, 1, device.copies());
  const Status waited = device.synchronize(device.copies());
  if (s == Status::ok) s = waited;
  if (s != Status::ok) return tl::unexpected(Failure{s, describe(s)});
  return {};
}

/// log2 above what an output that is 0 may come out as, of samples below 1.
int small_exponent(const Geometry& g, const TransformFacts& facts, const KernelFacts& kernel,
                   int exponent) {
  const long double norm = std::ldexp(kernel.norm2, -exponent);
  const long double error = 2 * std::sqrt(2.0L) * transform_error(g, facts) * norm;
  return std::ilogb(error) + 1;
}

}  // namespace

template <class T>
std::vector<T> spread_taps(const Geometry& g, const KernelTaps<T>& taps,
                           const std::function<T(T)>& scale) {
  const std::size_t parts = g.complex() ? 2 : 1;
  std::size_t size = parts;
  for (const Axis& a : g.spatial) size *= static_cast<std::size_t>(a.span);
  std::vector<T> spread(size);
  for (std::size_t k = 0; k < taps.re.size(); ++k) {
    std::size_t rest = k, to = 0, stride = parts;
    for (auto a = g.spatial.rbegin(); a != g.spatial.rend(); ++a) {
      to +=
          rest % static_cast<std::size_t>(a->taps) * static_cast<std::size_t>(a->dilation) * stride;
      rest /= static_cast<std::size_t>(a->taps);
      stride *= static_cast<std::size_t>(a->span);
    }
    spread[to] = scale(taps.re[k]);
    if (g.complex()) spread[to + 1] = scale(taps.im[k]);
  }
  return spread;
}

template <class T>
PassArguments kernel_as_samples(const Geometry& g, const void* taps) {
  PassArguments a = {};
  Layout& to = a.layout;
  to.x = taps;
  to.x_type = to.y_type = sizeof(T) == 4 ? Real::f32 : Real::f64;
  to.outside = Outside::constant;
  to.absent_outside = true;
  to.x_pairs = g.complex();
  to.component_axis = -1;
  to.spatial_axes = static_cast<int>(g.spatial.size());
  to.outputs = to.batches = a.tiles = 1;
  std::int64_t stride = g.complex() ? 2 : 1;
  for (int i = to.spatial_axes - 1; i >= 0; --i) {
    const Axis& axis = g.spatial[static_cast<std::size_t>(i)];
    to.spatial[i] = {axis.span, axis.span, 1, axis.span - 1, 1, 1, stride, 0};
    stride *= axis.span;
  }
  return a;
}

template <class T>
Result<void> prepare_spectra(const Device& device, const Geometry& g,
                             const TransformFacts& transform, std::int64_t spectrum_bytes,
                             const SpectrumMaker<T>& make, const ConstView& h, TileKernel& kernel,
                             bool& goes_direct) {
  const std::vector<KernelTaps<T>> kernels = read_kernels<T>(g, h);
  goes_direct = std::any_of(kernels.begin(), kernels.end(), [](const KernelTaps<T>& k) {
    return !k.facts.finite || k.facts.nonzeros < 2;
  });
  if (goes_direct) return {};
  auto spectra =
      Memory::try_make(device, spectrum_bytes * static_cast<std::int64_t>(kernels.size()));
  if (!spectra) return tl::unexpected(spectra.error());
  kernel.spectra = std::move(*spectra);
  auto* to = static_cast<std::byte*>(kernel.spectra.at());
  std::vector<TapFacts> facts;
  std::vector<T> taps[2];
  for (const KernelTaps<T>& k : kernels) {
    const int exponent = std::ilogb(k.facts.max_abs);
    if (auto made = make(k, exponent, to); !made) return made;
    to += spectrum_bytes;
    kernel.largest_norm2 = std::max(kernel.largest_norm2, k.facts.norm2);
    constexpr std::int64_t kMostCounted = 1 << 30;
    facts.push_back({exponent, static_cast<int>(std::min(kMostCounted, k.facts.nonzeros)),
                     k.facts.nonnegative ? 1 : 0, small_exponent(g, transform, k.facts, exponent)});
    taps[0].insert(taps[0].end(), k.re.begin(), k.re.end());
    taps[1].insert(taps[1].end(), k.im.begin(), k.im.end());
  }
  const auto place = [&](Memory& at, const auto& from) -> Result<void> {
    if (from.empty()) return {};
    auto memory = on_device(device, from.data(), static_cast<std::int64_t>(from.size()));
    if (!memory) return tl::unexpected(memory.error());
    at = std::move(*memory);
    return {};
  };
  for (const Result<void>& placed :
       {place(kernel.facts, facts), place(kernel.taps[0], taps[0]), place(kernel.taps[1], taps[1])})
    if (!placed) return tl::unexpected(placed.error());
  return {};
}

template <class T>
Result<void> prepare_kernels(const Device& device, const Geometry& g, const Tile& tile,
                             const PassTables& tables, const ConstView& h, TileKernel& kernel,
                             bool& goes_direct) {
  const std::int64_t bytes = (std::int64_t{2} << tile.log2_volume()) * sizeof(T);
  const SpectrumMaker<T> make = [&](const KernelTaps<T>& k, int exponent, void* to) {
    if (!tile.one_pass()) {
      kernel.largest_gain = std::max(kernel.largest_gain, kUp * k.facts.sum_abs);
      const auto scale = [&](T tap) { return std::ldexp(tap, -exponent); };
      return transform_taps<T>(device, g, tile, tables, spread_taps<T>(g, k, scale), to);
    }
    const auto spectrum = spectrum_of(g, tile, k, exponent, kernel);
    const Status s = upload_now(device, to, spectrum.data(), bytes);
    if (s == Status::ok) return Result<void>();
    return Result<void>(tl::unexpected(Failure{s, describe(s)}));
  };
  return prepare_spectra<T>(device, g, facts_of(g, tile), bytes, make, h, kernel, goes_direct);
}

#define FALTUNG_TILE_KERNELS(T)                                                                  \
  template std::vector<T> spread_taps(const Geometry&, const KernelTaps<T>&,                     \
                                      const std::function<T(T)>&);                               \
  template PassArguments kernel_as_samples<T>(const Geometry&, const void*);                     \
  template Result<void> prepare_spectra(const Device&, const Geometry&, const TransformFacts&,   \
                                        std::int64_t, const SpectrumMaker<T>&, const ConstView&, \
                                        TileKernel&, bool&);                                     \
  template Result<void> prepare_kernels<T>(const Device&, const Geometry&, const Tile&,          \
                                           const PassTables&, const ConstView&, TileKernel&,     \
                                           bool&);
FALTUNG_TILE_KERNELS(float)
FALTUNG_TILE_KERNELS(double)
#undef FALTUNG_TILE_KERNELS

}  // namespace faltung::cuda
