// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// From a problem with samples that are missing to those without (missing.hpp). Each has its outputs
// as a window. Under the boundary odd a sample beyond the ends is made of several, and missing
// where one of them is, so x~ is laid out first:
//
//   x       [ n ]            x~   [ low | n | high ]     window of x~ = window + low
#include <algorithm>
#include <cmath>
#include <complex>
#include <cstring>

#include "convolution/extended_input.hpp"
#include "planner/missing.hpp"

namespace faltung {
namespace {

tl::unexpected<Failure> refuse(Status status, std::string message) {
  return tl::unexpected(Failure{status, std::move(message)});
}

/// Where a missing sample has the kernel about it.
std::int64_t middle_of(const Problem& p, const Axis& a) {
  if (p.extent == Extent::causal && p.window.empty() && p.lags.empty()) return 0;
  if (!p.origin.empty()) return p.origin[a.order];
  return (a.span - 1) / 2;
}

/// The axes as they are, or one output a sample of x.
std::vector<Axis> output_axes(const Problem& p, const Resolved& resolved) {
  std::vector<Axis> axes = resolved.axes;
  if (p.nan != Nan::interpolate) return axes;
  for (Axis& a : axes) {
    if (!a.convolved) continue;
    a.first = middle_of(p, a);
    a.count = a.n;
    a.step = 1;
  }
  return axes;
}

Ranges windows_of(const std::vector<Axis>& axes, const std::vector<int>& convolved,
                  const Dims& low) {
  Ranges windows;
  for (const int i : convolved) {
    const Axis& a = axes[static_cast<std::size_t>(i)];
    const std::int64_t first = a.first + low[i];
    windows.push_back({first, first + (a.count - 1) * a.step + 1});
  }
  return windows;
}

/// What is read beyond the ends under the boundary odd, for each axis.
void extend(const Problem& p, const Resolved& resolved, const std::vector<Axis>& axes,
            MissingProblems& made, Dims& low) {
  Dims shape;
  Ranges all;
  for (const Axis& a : axes) {
    const std::int64_t before = a.convolved ? std::max<std::int64_t>(0, -a.reads_first()) : 0,
                       after =
                           a.convolved ? std::max<std::int64_t>(0, a.reads_last() - (a.n - 1)) : 0;
    low[a.index] = before;
    shape.push_back(before + a.n + after);
  }
  Problem& e = made.extension = Problem{};
  e.x_type = p.x_type;
  e.h_type = computed_as(real_part_of(p.x_type));
  e.x_shape = p.x_shape;
  e.h_shape = Dims(shape.rank(), 1);
  e.boundary = Boundary::odd;
  e.axes = p.axes;
  e.reproducible = p.reproducible;
  for (const int i : resolved.convolved) e.window.push_back({-low[i], shape[i] - low[i]});
  made.extended = true;
  made.shape = shape;
  made.samples = computed_as(p.x_type);
}

ElementType complex_of(ElementType real) {
  return real == ElementType::f32 ? ElementType::c64 : ElementType::c128;
}

/// A problem on bytes of 0 and 1: how much of the kernel meets ones.
Problem of_ones(Problem base, ElementType taps, ElementType result, bool ones_outside) {
  base.x_type = ElementType::u8;
  base.h_type = taps;
  base.y_type = is_complex(taps) ? complex_of(result) : result;
  base.cval = base.boundary == Boundary::constant && ones_outside ? 1.0 : 0.0;
  return base;
}

bool has_nan(std::complex<double> v) { return std::isnan(v.real()) || std::isnan(v.imag()); }

template <class T, class R>
void take_from(const ConstView& h, R* to, Magnitudes& found) {
  std::int64_t at = 0;
  Dims index(h.shape.rank(), 0);
  const std::int64_t count = element_count(h.shape);
  for (; at < count; ++at) {
    std::int64_t offset = 0;
    for (int i = 0; i < h.shape.rank(); ++i) offset += index[i] * h.strides[i];
    T value;
    std::memcpy(
        &value,
        static_cast<const std::byte*>(h.data) + offset * static_cast<std::int64_t>(sizeof(T)),
        sizeof(T));
    if constexpr (std::is_arithmetic_v<T> || std::is_same_v<T, Half>) {
      to[at] = static_cast<R>(std::abs(static_cast<R>(value)));
      found.nonnegative = found.nonnegative && !(value < 0);
    } else {
      to[at] = static_cast<R>(std::abs(value));
      found.nonnegative = false;
    }
    found.finite = found.finite && std::isfinite(to[at]);
    for (int i = h.shape.rank() - 1; i >= 0 && ++index[i] == h.shape[i]; --i) index[i] = 0;
  }
}

template <class R>
void take_magnitudes(const ConstView& h, R* to, Magnitudes& found) {
  switch (h.type) {
    case ElementType::f32: return take_from<float>(h, to, found);
    case ElementType::f64: return take_from<double>(h, to, found);
    case ElementType::c64: return take_from<std::complex<float>>(h, to, found);
    case ElementType::c128: return take_from<std::complex<double>>(h, to, found);
    case ElementType::u8: return take_from<std::uint8_t>(h, to, found);
    case ElementType::i8: return take_from<std::int8_t>(h, to, found);
    case ElementType::u16: return take_from<std::uint16_t>(h, to, found);
    case ElementType::i16: return take_from<std::int16_t>(h, to, found);
    case ElementType::u32: return take_from<std::uint32_t>(h, to, found);
    case ElementType::i32: return take_from<std::int32_t>(h, to, found);
    case ElementType::u64: return take_from<std::uint64_t>(h, to, found);
    case ElementType::i64: return take_from<std::int64_t>(h, to, found);
    case ElementType::f16: return take_from<Half>(h, to, found);
  }
}

}  // namespace

bool treats_missing(const Problem& p) {
  if (p.nan == Nan::propagate || is_integer(p.result_type())) return false;
  return !is_integer(p.x_type) || (p.boundary == Boundary::constant && has_nan(p.cval));
}

Result<MissingProblems> missing_problems(const Problem& p) {
  const auto resolved = resolve(p);
  if (!resolved) return tl::unexpected(resolved.error());
  MissingProblems made;
  made.outside_missing = p.boundary == Boundary::constant && has_nan(p.cval);
  if (p.nan == Nan::interpolate && made.outside_missing)
    return refuse(Status::invalid_argument,
                  "nan=interpolate replaces samples, and with cval=nan there are none beyond the "
                  "ends; nan=omit leaves those out");
  if (p.nan == Nan::interpolate && p.cval.imag() != 0 && !is_complex(p.x_type))
    return refuse(Status::unsupported,
                  "nan=interpolate replaces samples of a real input, and means of them and a "
                  "complex cval are none; a real cval is allowed, or nan=omit");
  for (const Axis& a : resolved->axes)
    if (p.nan == Nan::interpolate && !a.convolved && a.count != a.n)
      return refuse(Status::unsupported,
                    "nan=interpolate replaces samples by means weighted by the kernel, and several "
                    "kernels meet the same ones here; nan=omit is allowed, or one after the other");
  const std::vector<Axis> axes = output_axes(p, *resolved);
  Dims low(static_cast<int>(axes.size()), 0);
  made.samples = p.x_type;
  made.shape = p.x_shape;
  if (p.boundary == Boundary::odd) extend(p, *resolved, axes, made, low);

  made.plain = p;
  made.plain.nan = Nan::propagate;
  const ElementType result = computed_as(p.result_type());
  made.complex_taps = is_complex(p.h_type);
  made.magnitude = promote(real_part_of(p.h_type), ElementType::f32);
  Problem base = made.plain;
  base.extent = Extent::full;
  base.lags = {};
  base.origin = {};
  base.window = windows_of(axes, resolved->convolved, low);
  if (p.nan == Nan::interpolate) base.stride = {};
  base.max_memory = 0;
  base.x_shape = made.shape;
  base.x_type = made.samples;
  if (made.extended) base.boundary = Boundary::constant;
  if (made.outside_missing) base.cval = 0.0;

  made.a = base;
  made.a.y_type = made.result = result;
  made.b = made.a;
  made.b.h_type = made.magnitude;
  // Means of samples alone, where those are to be replaced.
  if (p.nan == Nan::interpolate) {
    made.result = promote(made.samples, made.magnitude);
    made.b.y_type = made.result;
    made.b.cval = base.cval;
  }
  const ElementType real = real_part_of(made.result);
  made.v = of_ones(base, made.magnitude, real, !made.outside_missing);
  made.m = of_ones(base, p.h_type, real, made.outside_missing);
  if (made.extended) made.v.cval = 0.0;
  return made;
}

/// 1 for the axes of h that are convolved, else 0.
Dims convolved_axes_of(const Problem& problem, const ConstView& h) {
  const auto resolved = resolve(problem);
  const int rank = static_cast<int>(resolved->axes.size());
  Dims over;
  for (int i = rank - h.shape.rank(); i < rank; ++i)
    over.push_back(i >= 0 && resolved->axes[static_cast<std::size_t>(i)].convolved ? 1 : 0);
  return over;
}

Magnitudes magnitudes_of(const ConstView& h, ElementType type, const Dims& sums_over) {
  Magnitudes found;
  found.taps.type = type;
  found.taps.shape = h.shape;
  const std::int64_t count = element_count(h.shape);
  found.taps.bytes.resize(static_cast<std::size_t>(count * size_bytes(type)));
  // The kernel that each tap is of: its place along the axes that are not convolved.
  std::vector<std::size_t> kernel(static_cast<std::size_t>(count));
  for (std::int64_t i = 0; i < count; ++i) {
    std::int64_t rest = i, step = 1;
    for (int a = h.shape.rank() - 1; a >= 0; --a) {
      if (sums_over[a] == 0) {
        kernel[static_cast<std::size_t>(i)] += static_cast<std::size_t>(rest % h.shape[a] * step);
        step *= h.shape[a];
      }
      rest /= h.shape[a];
    }
  }
  const auto look_at = [&]<class R>(R* taps) {
    take_magnitudes(h, taps, found);
    std::vector<double> sums(kernel.size());
    for (std::size_t i = 0; i < kernel.size(); ++i) sums[kernel[i]] += static_cast<double>(taps[i]);
    for (std::size_t i = 0; i < kernel.size(); ++i) {
      if (sums[kernel[i]] == 0) taps[i] = 1;
      if (taps[i] > 0 && (found.least == 0 || taps[i] < found.least)) found.least = taps[i];
    }
    found.largest_sum = *std::max_element(sums.begin(), sums.end());
  };
  if (type == ElementType::f32) look_at(reinterpret_cast<float*>(found.taps.bytes.data()));
  else look_at(reinterpret_cast<double*>(found.taps.bytes.data()));
  return found;
}

}  // namespace faltung
