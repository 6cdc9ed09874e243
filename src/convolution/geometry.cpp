// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "convolution/geometry.hpp"

#include <algorithm>

#include "support/checked.hpp"

namespace faltung {
namespace {

Compute compute_of(ElementType natural, ElementType y, bool complex) {
  if (is_integer(natural) && is_integer(y)) return Compute::integer;
  const ElementType type = is_integer(y) ? natural : y;
  const bool single = is_single(type);
  if (complex) return single ? Compute::c64 : Compute::c128;
  return single ? Compute::f32 : Compute::f64;
}

/// A convolved axis that only copies (one tap, every sample once) is a batch axis.
bool only_copies(const Axis& a) {
  return a.convolved && a.taps == 1 && a.first == 0 && a.count == a.n && a.step == 1;
}

std::int64_t product(const std::vector<Axis>& axes, std::int64_t Axis::* member) {
  std::int64_t p = 1;
  for (const Axis& a : axes) p *= a.*member;
  return p;
}

/// Where nothing lies outside, taps that meet no sample of x for any output are absent: tap k of
/// output o reads first + o step - k dilation. What a problem costs, and how large its blocks are,
/// then depends on its samples and outputs, however wide the kernel is spread. One tap is left
/// where none meets any.
void leave_out_absent_taps(Axis& a, bool reversed) {
  const std::int64_t h_extent = a.taps;
  const std::int64_t beyond = a.first - (a.n - 1);
  const std::int64_t first =
      beyond <= 0 ? 0 : std::min(a.taps - 1, checked::ceil_div(beyond, a.dilation));
  const std::int64_t last =
      a.reads_last() < 0 ? 0 : std::min(a.taps - 1, a.reads_last() / a.dilation);
  a.taps = std::max<std::int64_t>(1, last - first + 1);
  a.span = (a.taps - 1) * a.dilation + 1;
  a.first -= first * a.dilation;
  a.skipped = reversed ? h_extent - first - a.taps : first;
}

/// Convolved axes inside, at least one of them; all others are batch axes.
void place_axes(const std::vector<Axis>& axes, Geometry& g) {
  const Axis* last_convolved = nullptr;
  for (const Axis& a : axes) {
    if (a.convolved) last_convolved = &a;
    if (a.convolved && (g.stream || !only_copies(a))) g.spatial.push_back(a);
  }
  for (const Axis& a : axes) {
    if (a.convolved && (g.stream || !only_copies(a))) continue;
    if (g.spatial.empty() && &a == last_convolved) continue;
    g.batch.push_back(a);
  }
  if (g.spatial.empty()) g.spatial.push_back(*last_convolved);
}

}  // namespace

std::int64_t Geometry::batches() const { return product(batch, &Axis::count); }
std::int64_t Geometry::kernels() const { return product(batch, &Axis::taps); }
std::int64_t Geometry::bank() const {
  std::int64_t members = 1;
  for (const Axis& a : batch)
    if (a.n == 1) members *= a.count;
  return members;
}
std::int64_t Geometry::taps() const { return product(spatial, &Axis::taps); }
std::int64_t Geometry::outputs() const { return product(spatial, &Axis::count); }

Result<Geometry> lower(const Problem& p) {
  auto resolved = resolve(p);
  if (!resolved) return tl::unexpected(resolved.error());
  Geometry g;
  g.x_type = p.x_type;
  g.h_type = p.h_type;
  g.y_type = p.result_type();
  g.policy = p.policy;
  g.boundary = p.boundary;
  g.reversed = p.operation == Operation::correlate;
  g.stream = p.stream;

  const bool xc = is_complex(p.x_type), hc = is_complex(p.h_type);
  // A complex cval beside a real x makes x complex: nothing is left to split from a complex h.
  g.h_components = hc && !xc && p.cval.imag() == 0;
  g.x_components = !hc && is_complex(g.y_type);
  const bool split = g.h_components || g.x_components;
  g.compute = compute_of(promote(p.x_type, p.h_type), g.y_type, is_complex(g.y_type) && !split);

  // cval is a sample: it has the precision of the arithmetic, everywhere.
  g.cval = g.single() ? std::complex<double>(std::complex<float>(p.cval)) : p.cval;
  g.absent_outside = p.boundary == Boundary::constant && g.cval == 0.0;

  place_axes(resolved->axes, g);
  if (g.absent_outside && !g.stream)
    for (Axis& a : g.spatial) leave_out_absent_taps(a, g.reversed);
  if (split) {
    Axis components;
    components.index = kComponentAxis;
    components.n = g.x_components ? 2 : 1;
    components.taps = g.h_components ? 2 : 1;
    components.count = 2;
    g.batch.push_back(components);
  }
  return g;
}

Strides strides_for(const Geometry& g, const Dims& strides, const Dims& shape, bool components) {
  int rank = 0;
  for (const auto* axes : {&g.batch, &g.spatial})
    for (const Axis& a : *axes) rank += a.index != kComponentAxis;
  const auto stride_of = [&](const Axis& a) -> std::int64_t {
    if (a.index == kComponentAxis) return components ? 1 : 0;
    const int i = a.index - (rank - shape.rank());
    if (i < 0 || shape[i] == 1) return 0;
    return strides[i] * (components ? 2 : 1);
  };
  Strides result;
  for (const Axis& a : g.batch) result.batch.push_back(stride_of(a));
  for (const Axis& a : g.spatial) result.spatial.push_back(stride_of(a));
  return result;
}

ConstView read_box(const Geometry& g, const ConstView& x) noexcept {
  int rank = 0;
  for (const auto* axes : {&g.batch, &g.spatial})
    for (const Axis& a : *axes) rank += a.index != kComponentAxis;
  ConstView box = x;
  std::int64_t offset = 0;
  for (const Axis& a : g.spatial) {
    const int i = a.index - (rank - x.shape.rank());
    if (i < 0 ||
        (g.boundary != Boundary::constant && (a.reads_first() < 0 || a.reads_last() >= a.n)))
      continue;
    const std::int64_t first = std::clamp<std::int64_t>(a.reads_first(), 0, a.n - 1);
    const std::int64_t last = std::clamp<std::int64_t>(a.reads_last(), first, a.n - 1);
    offset += first * x.strides[i];
    box.shape[i] = last - first + 1;
  }
  box.data = static_cast<const std::byte*>(x.data) + offset * size_bytes(x.type);
  return box;
}

BatchOffsets batch_offsets(const Geometry& g, const Strides& x, const Strides& h, const Strides& y,
                           std::int64_t batch) {
  BatchOffsets offsets;
  std::int64_t kernel_stride = 1;
  for (int i = static_cast<int>(g.batch.size()) - 1; i >= 0; --i) {
    const Axis& a = g.batch[static_cast<std::size_t>(i)];
    const std::int64_t at = batch % a.count;
    batch /= a.count;
    offsets.x += at * x.batch[i];
    offsets.h += at * h.batch[i];
    offsets.y += at * y.batch[i];
    if (a.taps > 1) offsets.kernel += at * kernel_stride;
    kernel_stride *= a.taps;
    if (a.index == kComponentAxis && g.x_components) offsets.component = static_cast<int>(at);
  }
  return offsets;
}

std::int64_t batch_of(const Geometry& g, std::int64_t input, std::int64_t member) noexcept {
  std::int64_t batch = 0, stride = 1;
  for (int i = static_cast<int>(g.batch.size()) - 1; i >= 0; --i) {
    const Axis& a = g.batch[static_cast<std::size_t>(i)];
    std::int64_t& rest = a.n == 1 ? member : input;
    batch += rest % a.count * stride;
    rest /= a.count;
    stride *= a.count;
  }
  return batch;
}

}  // namespace faltung
