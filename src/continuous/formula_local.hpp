// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "continuous/exp_poly.hpp"
#include "continuous/formula_tree.hpp"

namespace faltung::continuous {

/// An interval between two corners, with s = direction * (t - origin) as in a piece.
struct Interval {
  Wide lower, upper, origin;
  int direction = 1;

  static Interval between(Wide lower, Wide upper);
  /// A point inside, in s.
  Wide middle() const;
  double middle_time() const { return narrow(origin + direction * middle()); }
};

/// A function on an interval: the sum of the two. `rest` can be added and scaled; it becomes an
/// ExpPoly where it must be multiplied.
struct Local {
  ExpPoly poly = {};
  WideTerms rest = {};

  WideTerms terms() const;
};
/// Nothing: not of the closed class.
using MaybeLocal = std::optional<Local>;

std::optional<Complex> constant_of(const Local& f);
Wide value_of(const Local& f, Wide s);
/// All of it as ExpPoly; nothing where rates are so near that partial fractions would cancel more
/// than 15 digits.
std::optional<ExpPoly> poly_of(const Local& f);

/// What hostile formulas may cost: evaluations of nodes.
struct Work {
  std::size_t left = 8'000'000;
  bool spend(std::size_t steps) {
    return left >= steps ? (left -= steps, true) : (left = 0, false);
  }
};

/// The node on the interval, which has no corners of it inside. Impulses are left out.
/// Errors: invalid_argument (division by 0, an argument that must be a number, ...),
/// size_overflow where the work is used up.
Result<MaybeLocal> local_of(const Tree& tree, std::size_t node, const Interval& place, Work& work);

/// a t + b where the node is that.
struct Affine {
  Wide slope, offset;
};
Result<std::optional<Affine>> affine_of(const Tree& tree, std::size_t node, Work& work);
/// The number that a node is. Errors: invalid_argument where it is none.
Result<Wide> number_of(const Tree& tree, std::size_t node, Work& work);
/// Whether t or a function of it is below the node.
bool depends_on_time(const Tree& tree, std::size_t node);

/// Where [lower, upper] leaves out nothing but zeros.
struct Window {
  Wide lower = -kWideInfinity, upper = kWideInfinity;
};
Result<Window> window_of(const Tree& tree, std::size_t node, Work& work);
/// The corners of the node inside the window, in order.
Result<std::vector<Wide>> corners_of(const Tree& tree, std::size_t node, const Window& window,
                                     Work& work);
/// The impulses of a node. Errors: invalid_argument where they meet a jump or each other.
Result<std::vector<WideImpulse>> impulses_of(const Tree& tree, std::size_t node, Work& work);
bool has_impulses(const Tree& tree, std::size_t node);

}  // namespace faltung::continuous
