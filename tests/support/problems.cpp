// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "support/problems.hpp"

#include <array>
#include <cmath>
#include <map>
#include <stdexcept>

#include "reference/reference.hpp"

namespace faltung::test_support {

using enum ElementType;

const std::vector<Types>& real_types() {
  static const std::vector<Types> types = {{f32, f32}, {f64, f64}, {f16, f16}};
  return types;
}
const std::vector<Types>& complex_types() {
  static const std::vector<Types> types = {{c64, c64}, {c128, c128}, {c64, c128}, {c128, c64}};
  return types;
}
const std::vector<Types>& mixed_types() {
  static const std::vector<Types> types = {
      {f32, c64}, {c64, f32},  {f64, c128}, {c128, f64}, {f32, f64}, {f64, f32}, {f64, c64},
      {c64, f64}, {f32, c128}, {c128, f32}, {u8, f32},   {f32, i16}, {i32, f32}, {f64, u32},
      {u16, c64}, {c128, i8},  {f16, f32},  {f32, f16},  {u8, f16},  {f16, i8},  {f16, i16},
      {f64, f16}, {f16, c64},  {c128, f16}, {i64, f16}};
  return types;
}
const std::vector<Types>& widening_types() {
  static const std::vector<Types> types = {{f32, f32, f64},  {f32, f32, c64}, {u8, i8, f32},
                                           {i16, u16, f32},  {i32, i32, f64}, {f32, f64, c128},
                                           {c64, f32, c128}, {u8, u8, c64},   {f16, f16, f32},
                                           {f16, f16, f64},  {u8, i8, f16},   {f16, f16, c64}};
  return types;
}

const std::vector<Types>& rounded_types() {
  static const std::vector<Types> types = [] {
    std::vector<Types> made;
    const std::pair<ElementType, ElementType> operands[] = {{u8, f32},  {u16, f32}, {f32, i8},
                                                            {f32, f32}, {i16, f64}, {f64, f64},
                                                            {f16, f16}, {u8, f16}};
    for (const auto& [x, h] : operands)
      for (ElementType y : {u8, i8, u16, i16, i32, u64, i64})
        made.push_back({x, h, y, Policy::saturate});
    return made;
  }();
  return types;
}

std::vector<Types> integer_types(Policy policy) {
  const ElementType whole[] = {u8, i8, u16, i16, u32, i32, u64, i64};
  std::vector<Types> types;
  for (ElementType x : whole)
    for (ElementType h : whole) {
      types.push_back({x, h, {}, policy});
      types.push_back({x, h, i64, policy});
      types.push_back({x, h, h, policy});
    }
  if (policy != Policy::exact) {
    types.push_back({u8, i8, i32, policy});
    types.push_back({i32, i16, u8, policy});
    types.push_back({i64, i64, u64, policy});
    types.push_back({u64, u64, i8, policy});
  } else {
    types.push_back({u8, u8, i32, policy});
    types.push_back({u64, u8, u64, policy});
    types.push_back({i16, i8, i16, policy});
  }
  return types;
}

namespace {

void draw_shapes(const Family& f, Random& random, Problem& p) {
  const int rank = static_cast<int>(random.whole(f.min_rank, f.max_rank));
  Dims axes;
  std::vector<bool> convolved(static_cast<std::size_t>(rank), true);
  if (f.batch && rank > 1) {
    for (int a = 0; a < rank; ++a) convolved[static_cast<std::size_t>(a)] = random.once_in(2);
    convolved[static_cast<std::size_t>(random.whole(0, rank - 1))] = true;
  }
  for (int a = 0; a < rank; ++a) {
    if (convolved[static_cast<std::size_t>(a)]) {
      p.x_shape.push_back(random.once_in(8) ? 1 : random.size(f.largest_input));
      p.h_shape.push_back(random.once_in(8) ? 1 : random.size(f.largest_kernel));
      axes.push_back(random.once_in(2) ? a : a - rank);
    } else {
      const std::int64_t n = random.whole(1, 4);
      p.x_shape.push_back(random.once_in(3) ? 1 : n);
      p.h_shape.push_back(random.once_in(2) ? 1 : n);
    }
  }
  for (int i = axes.rank() - 1; i > 0; --i)  // any order
    std::swap(axes[i], axes[static_cast<int>(random.whole(0, i))]);
  if (axes.rank() < rank || random.once_in(3)) p.axes = axes;
  // Leading axes of extent 1 may be left out of one operand.
  Dims& shape = random.once_in(2) ? p.x_shape : p.h_shape;
  while (shape.rank() > 1 && shape[0] == 1 && random.once_in(2)) {
    Dims rest;
    for (int i = 1; i < shape.rank(); ++i) rest.push_back(shape[i]);
    shape = rest;
  }
}

int convolved_axes(const Problem& p) {
  return p.axes.empty() ? std::max(p.x_shape.rank(), p.h_shape.rank()) : p.axes.rank();
}

/// Extents of x and h along the i-th convolved axis.
std::pair<std::int64_t, std::int64_t> extents(const Problem& p, int i) {
  const int rank = std::max(p.x_shape.rank(), p.h_shape.rank());
  std::int64_t a = p.axes.empty() ? i : p.axes[i];
  if (a < 0) a += rank;
  const auto extent = [&](const Dims& shape) {
    const std::int64_t at = a - (rank - shape.rank());
    return at < 0 ? 1 : shape[static_cast<int>(at)];
  };
  return {extent(p.x_shape), extent(p.h_shape)};
}

std::int64_t dilation_of(const Problem& p, int i) {
  if (p.dilation.empty()) return 1;
  return p.dilation[p.dilation.rank() == 1 ? 0 : i];
}

void draw_outputs(const Family& f, Random& random, Problem& p) {
  const int axes = convolved_axes(p);
  const auto list = [&](std::int64_t largest) {
    if (axes > 1 && random.once_in(3)) return Dims{random.whole(1, largest)};
    Dims values;
    for (int i = 0; i < axes; ++i) values.push_back(random.whole(1, largest));
    return values;
  };
  if (f.strides && random.once_in(2)) p.stride = list(5);
  if (f.dilation && random.once_in(2)) p.dilation = list(4);
  p.extent = random.of({Extent::full, Extent::same, Extent::valid, Extent::causal});
  if (f.ranges && random.once_in(2)) {
    p.extent = Extent::full;
    Ranges ranges;
    const bool lags = p.operation == Operation::correlate && random.once_in(2);
    for (int i = 0; i < axes; ++i) {
      const auto [n, taps] = extents(p, i);
      const std::int64_t span = (taps - 1) * dilation_of(p, i) + 1, full = n + span - 1;
      const std::int64_t first = random.whole(-span - 2, full + 2);
      const std::int64_t length = random.whole(1, 1 + full / (axes + 1));
      if (lags) ranges.push_back({first - (span - 1), first - (span - 1) + length - 1});
      else ranges.push_back({first, first + length});
    }
    (lags ? p.lags : p.window) = ranges;
  } else if (f.origins && p.extent == Extent::same && random.once_in(2)) {
    for (int i = 0; i < axes; ++i)
      p.origin.push_back(random.whole(0, (extents(p, i).second - 1) * dilation_of(p, i)));
  }
}

void draw_boundary(const Family& f, Random& random, Problem& p) {
  if (!f.boundaries) return;
  p.boundary = static_cast<Boundary>(random.whole(0, 5));
  if (p.boundary != Boundary::constant || random.once_in(2)) return;
  const bool whole =
      is_integer(promote(p.x_type, p.h_type)) && (!p.y_type || is_integer(*p.y_type));
  p.cval = static_cast<double>(random.whole(-6, 6)) / (whole ? 1 : 4);
  if (is_complex(p.result_type()) && random.once_in(2)) p.cval.imag(0.75);
}

}  // namespace

Problem random_problem(const Family& family, Random& random) {
  for (int attempt = 0; attempt < 1000; ++attempt) {
    Problem p;
    const Types types = random.of(family.types);
    p.x_type = types.x;
    p.h_type = types.h;
    p.y_type = types.y;
    p.policy = types.policy;
    p.operation = random.once_in(2) ? Operation::convolve : Operation::correlate;
    draw_shapes(family, random, p);
    draw_outputs(family, random, p);
    draw_boundary(family, random, p);
    if (family.blocks && random.once_in(2)) p.block = {random.size(64)};
    if (p.check()) return p;
  }
  throw std::logic_error("problems: this family makes no valid problem");
}

std::int64_t make_low_rank(Buffer& h, const Problem& p, Random& random) {
  const int aligned = std::max(p.x_shape.rank(), h.shape().rank());
  std::vector<int> along;  // h's own axes that are convolved
  for (int i = 0; i < convolved_axes(p); ++i) {
    const int a = static_cast<int>(p.axes.empty() ? i : (p.axes[i] + aligned) % aligned);
    if (a >= aligned - h.shape().rank()) along.push_back(a - (aligned - h.shape().rank()));
  }
  const std::int64_t rank = is_integer(promote(p.x_type, p.h_type)) ? 1 : random.whole(1, 3);
  const bool is_unsigned = is_integer(h.type()) && lowest(h.type()) == 0;
  const std::int64_t most = along.size() > 3 ? 2 : 4;  // 4^3 and 2^5 fit an int8
  // The factors of each batch and component, drawn when they are first met.
  std::map<std::vector<std::int64_t>, std::vector<double>> factors;
  const auto component = [&](const Dims& index, int part) {
    std::vector<std::int64_t> batch(index.begin(), index.end());
    for (int a : along) batch[static_cast<std::size_t>(a)] = part;
    std::vector<double>& f = factors[batch];
    double sum = 0;
    std::size_t from = 0;
    for (std::int64_t r = 0; r < rank; ++r) {
      double product = 1;
      for (int a : along) {
        const auto n = static_cast<std::size_t>(h.shape()[a]);
        while (f.size() < from + n)
          f.push_back(static_cast<double>(random.whole(is_unsigned ? 0 : -most, most)));
        product *= f[from + static_cast<std::size_t>(index[a])];
        from += n;
      }
      sum += product;
    }
    return sum;
  };
  reference::for_each_index(h.shape(), [&](const Dims& index) {
    const double re = component(index, 0);
    h.set(index, {re, is_complex(h.type()) ? component(index, 1) : 0.0});
  });
  std::int64_t terms = rank;
  for (std::size_t i = 2; i < along.size(); ++i) terms *= rank;
  return terms;
}

void make_windows(Buffer& h, Problem& p, Random& random) {
  const bool whole = is_integer(promote(p.x_type, p.h_type));
  const bool is_unsigned = is_integer(h.type()) && lowest(h.type()) == 0;
  const bool bell = !whole && !is_integer(h.type()) && p.accuracy == Accuracy::norm &&
                    p.stride.empty() && random.once_in(2);
  if (bell) p.tolerance = random.of({0.1, 0.02});
  p.kernel_cosines = bell ? 7 : 1;
  const int aligned = std::max(p.x_shape.rank(), h.shape().rank());
  std::vector<bool> along(static_cast<std::size_t>(h.shape().rank()), p.axes.empty());
  for (const std::int64_t axis : p.axes) {
    const std::int64_t a = (axis + aligned) % aligned - (aligned - h.shape().rank());
    if (a >= 0) along[static_cast<std::size_t>(a)] = true;
  }
  std::map<std::vector<std::int64_t>, std::array<double, 2>> heights;  // of each batch
  const double width = 0.25 + random.unit();
  reference::for_each_index(h.shape(), [&](const Dims& index) {
    std::vector<std::int64_t> batch;
    double t = 0;
    for (int i = 0; i < index.rank(); ++i) {
      if (!along[static_cast<std::size_t>(i)]) {
        batch.push_back(index[i]);
      } else {
        const double s = (static_cast<double>(index[i]) + 0.5) / static_cast<double>(h.shape()[i]);
        t += (s - 0.5) * (s - 0.5);
      }
    }
    auto [at, fresh] = heights.try_emplace(batch);
    if (fresh)
      for (double& v : at->second)
        v = static_cast<double>(random.whole(1, 4)) * (!is_unsigned && random.once_in(3) ? -1 : 1);
    const double shape = bell ? std::exp(-t / (2 * width * width)) : 1;
    h.set(index, {shape * at->second[0], is_complex(h.type()) ? shape * at->second[1] : 0.0});
  });
}

Layout random_layout(Random& random, bool zero_strides) {
  Layout layout;
  layout.permuted = random.once_in(2);
  layout.gaps = random.once_in(2);
  layout.negative = random.once_in(2);
  layout.zero = zero_strides && random.once_in(4);
  layout.shift_bytes = random.whole(0, 63);
  return layout;
}

}  // namespace faltung::test_support
