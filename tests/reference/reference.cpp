// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "reference/reference.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <stdexcept>

#include "support/half.hpp"

namespace faltung::reference {
namespace {

template <class T>
T fetch(const void* data, std::int64_t offset) {
  T value;
  std::memcpy(&value,
              static_cast<const std::byte*>(data) + offset * static_cast<std::int64_t>(sizeof(T)),
              sizeof(T));
  return value;
}

bool complex_type(ElementType t) { return t == ElementType::c64 || t == ElementType::c128; }
bool float_type(ElementType t) {
  return t == ElementType::f16 || t == ElementType::f32 || t == ElementType::f64 || complex_type(t);
}

std::int64_t listed(const Dims& list, int i, std::int64_t otherwise) {
  if (list.empty()) return otherwise;
  return list.rank() == 1 ? list[0] : list[i];
}

}  // namespace

Reference::Reference(const Problem& problem, const ConstView& x, const ConstView& h)
    : problem_(problem), x_(x), h_(h) {
  const Problem& p = problem_;
  integer_ = !float_type(p.x_type) && !float_type(p.h_type) && !float_type(p.result_type());
  x_complex_ = complex_type(p.x_type) || p.cval.imag() != 0;
  h_complex_ = complex_type(p.h_type);

  const int rank = std::max(x.shape.rank(), h.shape.rank());
  std::vector<int> order;  // the convolved axes in the user's order
  if (p.axes.empty())
    for (int a = 0; a < rank; ++a) order.push_back(a);
  for (std::int64_t a : p.axes) order.push_back(static_cast<int>(a < 0 ? a + rank : a));

  for (int a = 0; a < rank; ++a) {
    Axis axis;
    const int xa = a - (rank - x.shape.rank()), ha = a - (rank - h.shape.rank());
    if (xa >= 0) axis.n = x.shape[xa], axis.x_stride = x.strides[xa];
    if (ha >= 0) axis.taps = h.shape[ha], axis.h_stride = h.strides[ha];
    const auto found = std::find(order.begin(), order.end(), a);
    axis.convolved = found != order.end();
    if (!axis.convolved) {
      axis.count = std::max(axis.n, axis.taps);
      if (axis.n == 1) axis.x_stride = 0;
      if (axis.taps == 1) axis.h_stride = 0;
    } else {
      const int i = static_cast<int>(found - order.begin());
      axis.dilation = listed(p.dilation, i, 1);
      axis.step = listed(p.stride, i, 1);
      axis.span = (axis.taps - 1) * axis.dilation + 1;
      std::int64_t end;  // outputs [first, end) of the full result
      if (!p.lags.empty()) {
        axis.first = p.lags[i].first + axis.span - 1;
        end = p.lags[i].last + axis.span - 1 + 1;
      } else if (!p.window.empty()) {
        axis.first = p.window[i].first;
        end = p.window[i].last;
      } else if (p.extent == Extent::full) {
        end = axis.n + axis.span - 1;
      } else if (p.extent == Extent::same) {
        axis.first = p.origin.empty() ? (axis.span - 1) / 2 : p.origin[i];
        end = axis.first + axis.n;
      } else if (p.extent == Extent::valid) {
        axis.first = axis.span - 1;
        end = axis.n;
      } else {
        end = axis.n;
      }
      axis.count = 0;
      if (end > axis.first) axis.count = (end - axis.first - 1) / axis.step + 1;
    }
    axes_.push_back(axis);
    shape_.push_back(axis.count);
  }
  if (p.nan == Nan::interpolate && !integer_) fill_missing();
}

namespace {
/// |a + ib|, to all digits that doubles have and more: one Newton step from the double.
Quad modulus(Quad a, Quad b) {
  if (b == 0) return magnitude(a);
  if (a == 0) return magnitude(b);
  const Quad square = a * a + b * b;
  const Quad root = std::hypot(static_cast<double>(a), static_cast<double>(b));
  return (root + square / root) / 2;
}
}  // namespace

/// The fill of every missing sample: the output of `same` about it, by means alone.
void Reference::fill_missing() {
  Reference means = *this;
  means.problem_.nan = Nan::omit;
  for (std::size_t a = 0; a < axes_.size(); ++a) {
    Axis& axis = means.axes_[a];
    if (!axis.convolved) continue;
    const bool causal =
        problem_.extent == Extent::causal && problem_.window.empty() && problem_.lags.empty();
    int order = 0;  // its place in the lists over convolved axes
    if (problem_.axes.empty()) order = static_cast<int>(a);
    for (int i = 0; i < problem_.axes.rank(); ++i) {
      const std::int64_t named = problem_.axes[i];
      if ((named < 0 ? named + static_cast<std::int64_t>(axes_.size()) : named) ==
          static_cast<std::int64_t>(a))
        order = i;
    }
    axis.first = causal                    ? 0
                 : problem_.origin.empty() ? (axis.span - 1) / 2
                                           : problem_.origin[order];
    axis.step = 1;
    axis.count = axis.n;
  }
  Dims samples;
  for (const Axis& axis : axes_) samples.push_back(axis.convolved ? axis.n : axis.count);
  for_each_index(samples, [&](const Dims& index) {
    std::int64_t offset = 0;
    for (int i = 0; i < index.rank(); ++i)
      offset += index[i] * axes_[static_cast<std::size_t>(i)].x_stride;
    const Sample here = load(x_, offset);
    if (!is_nan(here.re) && !is_nan(here.im)) return;
    Quad re = 0, im = 0, weight = 0, all = 0;
    means.for_each_tap(index, [&](const Dims& k, const Dims&) {
      const Sample h = tap(k, index);
      all += modulus(h.re, h.im);
    });
    means.for_each_tap(index, [&](const Dims& k, const Dims& position) {
      const Sample x = means.extended(position, index).value_or(Sample{});
      if (is_nan(x.re) || is_nan(x.im)) return;
      const Sample h = tap(k, index);
      const Quad w = all == 0 ? Quad(1) : modulus(h.re, h.im);
      re += w * x.re;
      im += w * x.im;
      weight += w;
    });
    fills_[offset] = {re / weight, im / weight};
  });
}

/// A + M B / V by its definition.
Cell Reference::without_missing(const Dims& index) const {
  Quad a_re = 0, a_im = 0, b_re = 0, b_im = 0, v = 0, m_re = 0, m_im = 0, all = 0;
  Cell cell;
  for_each_tap(index, [&](const Dims& k, const Dims&) {
    const Sample h = tap(k, index);
    all += modulus(h.re, h.im);
  });
  for_each_tap(index, [&](const Dims& k, const Dims& position) {
    const Sample x = extended(position, index).value_or(Sample{}), h = tap(k, index);
    // A kernel of zeros weighs all alike.
    const Quad weight = all == 0 ? Quad(1) : modulus(h.re, h.im);
    if (is_nan(x.re) || is_nan(x.im)) {
      m_re += h.re;
      m_im += h.im;
      if (weight > 0) ++cell.terms;
      return;
    }
    v += weight;
    b_re += weight * x.re;
    b_im += weight * x.im;
    a_re += x.re * h.re - x.im * h.im;
    a_im += x.im * h.re + x.re * h.im;
  });
  cell.re = a_re;
  cell.im = a_im;
  if (cell.terms == 0) return cell;
  const Quad t_re = b_re / v, t_im = b_im / v;
  cell.re += m_re * t_re - m_im * t_im;
  cell.im += m_re * t_im + m_im * t_re;
  return cell;
}

Reference::Sample Reference::load(const ConstView& view, std::int64_t offset) const {
  Sample s;
  const auto whole = [&s](auto value) {
    s.whole = static_cast<Int128>(value);
    s.re = static_cast<Quad>(value);
  };
  switch (view.type) {
    case ElementType::f32: s.re = fetch<float>(view.data, offset); break;
    case ElementType::f64: s.re = fetch<double>(view.data, offset); break;
    case ElementType::c64:
      s.re = fetch<float>(view.data, 2 * offset);
      s.im = fetch<float>(view.data, 2 * offset + 1);
      break;
    case ElementType::c128:
      s.re = fetch<double>(view.data, 2 * offset);
      s.im = fetch<double>(view.data, 2 * offset + 1);
      break;
    case ElementType::u8: whole(fetch<std::uint8_t>(view.data, offset)); break;
    case ElementType::i8: whole(fetch<std::int8_t>(view.data, offset)); break;
    case ElementType::u16: whole(fetch<std::uint16_t>(view.data, offset)); break;
    case ElementType::i16: whole(fetch<std::int16_t>(view.data, offset)); break;
    case ElementType::u32: whole(fetch<std::uint32_t>(view.data, offset)); break;
    case ElementType::i32: whole(fetch<std::int32_t>(view.data, offset)); break;
    case ElementType::u64: whole(fetch<std::uint64_t>(view.data, offset)); break;
    case ElementType::i64: whole(fetch<std::int64_t>(view.data, offset)); break;
    case ElementType::f16:
      s.re = test_support::value_of_half(fetch<std::uint16_t>(view.data, offset));
      break;
  }
  s.abs_re = magnitude(s.re);
  s.abs_im = magnitude(s.im);
  return s;
}

bool Reference::outside(const Dims& position) const {
  for (std::size_t a = 0; a < axes_.size(); ++a) {
    const std::int64_t p = position[static_cast<int>(a)];
    if (axes_[a].convolved && (p < 0 || p >= axes_[a].n)) return true;
  }
  return false;
}

/// x~ at a position; nothing where no sample is.
std::optional<Reference::Sample> Reference::extended(const Dims& position,
                                                     const Dims& index) const {
  if (problem_.boundary == Boundary::constant && outside(position)) {
    if (problem_.cval == std::complex<double>(0.0)) return std::nullopt;
    Sample s;
    s.re = problem_.cval.real();
    s.im = problem_.cval.imag();
    s.abs_re = magnitude(s.re);
    s.abs_im = magnitude(s.im);
    if (integer_) s.whole = static_cast<Int128>(problem_.cval.real());
    return s;
  }
  Dims inside = position;
  return continued(0, inside, index, 0);
}

/// Brings the axes inside one after the other, one reflection at a time.
Reference::Sample Reference::continued(std::size_t a, Dims& position, const Dims& index,
                                       std::int64_t offset) const {
  if (a == axes_.size()) {
    Sample s = load(x_, offset);
    if (const auto fill = fills_.find(offset); fill != fills_.end()) {
      s.re = fill->second.first;
      s.im = fill->second.second;
      s.abs_re = magnitude(s.re);
      s.abs_im = magnitude(s.im);
    }
    return s;
  }
  const Axis& axis = axes_[a];
  const int i = static_cast<int>(a);
  if (!axis.convolved) return continued(a + 1, position, index, offset + index[i] * axis.x_stride);

  const std::int64_t n = axis.n;
  std::int64_t p = position[i];
  if (problem_.boundary == Boundary::odd && n > 1 && (p < 0 || p >= n)) {
    const std::int64_t edge = p < 0 ? 0 : n - 1;
    Dims at_edge = position, mirrored = position;
    at_edge[i] = edge;
    mirrored[i] = p < 0 ? -p : 2 * (n - 1) - p;
    const Sample e = continued(a, at_edge, index, offset);
    const Sample m = continued(a, mirrored, index, offset);
    Sample s;
    s.re = 2 * e.re - m.re;
    s.im = 2 * e.im - m.im;
    s.abs_re = 2 * e.abs_re + m.abs_re;
    s.abs_im = 2 * e.abs_im + m.abs_im;
    s.whole = 2 * e.whole - m.whole;
    return s;
  }
  while (p < 0 || p >= n) {
    switch (problem_.boundary) {
      case Boundary::constant: throw std::logic_error("reference: outside a constant boundary");
      case Boundary::edge: p = p < 0 ? 0 : n - 1; break;
      case Boundary::symmetric: p = p < 0 ? -1 - p : 2 * n - 1 - p; break;
      case Boundary::mirror: p = n == 1 ? 0 : p < 0 ? -p : 2 * (n - 1) - p; break;
      case Boundary::wrap: p = p < 0 ? p + n : p - n; break;
      case Boundary::odd: p = 0; break;  // one sample: a constant
    }
  }
  return continued(a + 1, position, index, offset + p * axis.x_stride);
}

template <class F>
void Reference::for_each_tap(const Dims& index, F&& f) const {
  Dims taps, position(static_cast<int>(axes_.size()), 0);
  for (const Axis& axis : axes_) taps.push_back(axis.convolved ? axis.taps : 1);
  for_each_index(taps, [&](const Dims& k) {
    for (int i = 0; i < taps.rank(); ++i) {
      const Axis& axis = axes_[static_cast<std::size_t>(i)];
      if (!axis.convolved) continue;
      const std::int64_t m = axis.first + index[i] * axis.step;
      if (problem_.operation == Operation::convolve) position[i] = m - k[i] * axis.dilation;
      else position[i] = (m - (axis.span - 1)) + k[i] * axis.dilation;  // lag + k d
    }
    f(k, static_cast<const Dims&>(position));
  });
}

Reference::Sample Reference::tap(const Dims& k, const Dims& index) const {
  std::int64_t offset = 0;
  for (int i = 0; i < k.rank(); ++i) {
    const Axis& axis = axes_[static_cast<std::size_t>(i)];
    offset += (axis.convolved ? k[i] : index[i]) * axis.h_stride;
  }
  Sample s = load(h_, offset);
  if (problem_.operation == Operation::correlate) s.im = -s.im;
  return s;
}

bool Reference::is_zero(const Sample& s) { return s.re == 0 && s.im == 0 && s.whole == 0; }

Cell Reference::at(const Dims& index) const {
  if (problem_.nan == Nan::omit && !integer_) return without_missing(index);
  Cell cell;
  for_each_tap(index, [&](const Dims& k, const Dims& position) {
    const std::optional<Sample> sample = extended(position, index);
    if (!sample) return;
    const Sample x = *sample, h = tap(k, index);
    ++cell.terms;
    if (integer_) {
      cell.integer = cell.integer + WideInteger(x.whole) * WideInteger(h.whole);
      return;
    }
    cell.re += x.re * h.re;
    cell.sum_abs_re += x.abs_re * h.abs_re;
    if (x_complex_ && h_complex_) {
      cell.re -= x.im * h.im;
      cell.sum_abs_re += x.abs_im * h.abs_im;
    }
    if (x_complex_) {
      cell.im += x.im * h.re;
      cell.sum_abs_im += x.abs_im * h.abs_re;
    }
    if (h_complex_) {
      cell.im += x.re * h.im;
      cell.sum_abs_im += x.abs_re * h.abs_im;
    }
  });
  return cell;
}

std::vector<Cell> Reference::all() const {
  std::vector<Cell> cells;
  for_each_index(shape_, [&](const Dims& index) { cells.push_back(at(index)); });
  return cells;
}

WideInteger Reference::integer_bound() const {
  WideInteger max_x = magnitude(WideInteger(static_cast<Int128>(problem_.cval.real())));
  for_each_index(x_.shape, [&](const Dims& at) {
    std::int64_t offset = 0;
    for (int i = 0; i < at.rank(); ++i) offset += at[i] * x_.strides[i];
    const WideInteger v = magnitude(WideInteger(load(x_, offset).whole));
    if (max_x < v) max_x = v;
  });
  WideInteger largest = 0;
  Dims kernels;
  for (const Axis& axis : axes_) kernels.push_back(axis.convolved ? 1 : axis.count);
  for_each_index(kernels, [&](const Dims& index) {
    WideInteger sum_h = 0;
    for_each_tap(index, [&](const Dims& k, const Dims&) {
      sum_h = sum_h + magnitude(WideInteger(tap(k, index).whole));
    });
    if (largest < max_x * sum_h) largest = max_x * sum_h;
  });
  return largest;
}

void Reference::Hull::extend(const Dims& at) {
  if (!any) low = high = at;
  for (int i = 0; i < at.rank(); ++i) {
    low[i] = std::min(low[i], at[i]);
    high[i] = std::max(high[i], at[i]);
  }
  any = true;
}

bool Reference::Hull::holds(const Dims& at) const {
  for (int i = 0; i < at.rank() && any; ++i)
    if (at[i] < low[i] || at[i] > high[i]) return false;
  return any;
}

const Reference::Hulls& Reference::hulls(const Dims& index) const {
  Hulls h;
  h.batch = index;
  Dims extents;
  for (std::size_t a = 0; a < axes_.size(); ++a) {
    if (axes_[a].convolved) h.batch[static_cast<int>(a)] = 0;
    extents.push_back(axes_[a].convolved ? axes_[a].n : 1);
  }
  if (hulls_ && hulls_->batch == h.batch) return *hulls_;
  for_each_tap(index, [&](const Dims& k, const Dims&) {
    if (!is_zero(tap(k, index))) h.taps.extend(k);
  });
  for_each_index(extents, [&](const Dims& at) {
    if (!is_zero(*extended(at, index))) h.samples.extend(at);
  });
  hulls_ = h;
  return *hulls_;
}

bool Reference::vanishes(const Dims& index) const {
  const int rank = static_cast<int>(axes_.size());
  const Hulls& hull = hulls(index);
  if (!hull.taps.any) return true;

  // The hull reaches over the holes of a dilated kernel: every sample from the first tap to the
  // last.
  bool input_vanishes = true;
  Dims box, position(rank, 0);
  for (int i = 0; i < rank; ++i)
    box.push_back(
        (hull.taps.high[i] - hull.taps.low[i]) * axes_[static_cast<std::size_t>(i)].dilation + 1);
  for_each_index(box, [&](const Dims& at) {
    if (!input_vanishes) return;
    for (int i = 0; i < rank; ++i) {
      const Axis& axis = axes_[static_cast<std::size_t>(i)];
      if (!axis.convolved) continue;
      const std::int64_t distance = hull.taps.low[i] * axis.dilation + at[i];
      const std::int64_t m = axis.first + index[i] * axis.step;
      position[i] =
          problem_.operation == Operation::convolve ? m - distance : m - (axis.span - 1) + distance;
    }
    const auto s = extended(position, index);
    if (s && !is_zero(*s)) input_vanishes = false;
  });
  if (input_vanishes) return true;
  if (problem_.boundary != Boundary::constant || problem_.cval != std::complex<double>(0.0))
    return false;

  bool kernel_vanishes = true;
  for_each_tap(index, [&](const Dims& k, const Dims& at) {
    if (kernel_vanishes && hull.samples.holds(at) && !is_zero(tap(k, index)))
      kernel_vanishes = false;
  });
  return kernel_vanishes;
}

}  // namespace faltung::reference
