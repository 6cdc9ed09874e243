// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "faltung/filter_plan.hpp"
#include "support/buffer.hpp"
#include "support/random.hpp"

namespace faltung::test_support {

inline std::vector<double> dense_samples(const AnyArray& y) {
  if (y.type == ElementType::f32) return {y.samples<float>().begin(), y.samples<float>().end()};
  return {y.samples<double>().begin(), y.samples<double>().end()};
}

inline ElementType real_part(ElementType type) {
  return type == ElementType::f32 || type == ElementType::c64 ? ElementType::f32 : ElementType::f64;
}

/// A random problem for a filter: all extents, boundaries, strides, dilations and both operations.
inline Problem random_problem_for(ElementType type, int rank, Random& random) {
  Problem p;
  p.x_type = type;
  p.h_type = real_part(type);
  for (int i = 0; i < rank; ++i) p.x_shape.push_back(random.size(rank == 1 ? 40 : 14));
  p.extent = random.of({Extent::full, Extent::same, Extent::valid, Extent::causal});
  p.boundary = static_cast<Boundary>(random.whole(0, 5));
  if (p.boundary == Boundary::constant && random.once_in(2)) p.cval = 1.5;
  if (random.once_in(4)) p.stride = {random.whole(1, 3)};
  if (random.once_in(4)) p.dilation = {random.whole(1, 3)};
  if (random.once_in(4)) p.operation = Operation::correlate;
  if (random.once_in(5)) {
    p.extent = Extent::full;
    for (int i = 0; i < rank; ++i) {
      const std::int64_t from = random.whole(-9, 20);
      p.window.push_back({from, from + random.size(20)});
    }
  }
  return p;
}

inline Problem same_problem(const Buffer& x) {
  Problem p;
  p.x_type = x.type();
  p.h_type = real_part(x.type());
  p.x_shape = x.shape();
  p.extent = Extent::same;
  p.boundary = Boundary::mirror;
  return p;
}

inline FilterPlan apart(const Problem& p, const Filter& filter) {
  return value_or_throw(FilterPlan::try_make(p, filter, {}, FilterEvaluation::apart));
}

inline const Filter& ramp() {
  static const Filter filter{Dims{1, 5}, {1, 2, 3, 4, 5}, "ramp"};
  return filter;
}
inline const Filter& bump() {
  static const Filter filter{Dims{3, 3}, {1, 2, 1, 2, 5, 3, 1, 2, 1}, "bump"};
  return filter;
}

}  // namespace faltung::test_support
