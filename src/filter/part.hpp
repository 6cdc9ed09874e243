// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

#include "filter/algebra.hpp"

namespace faltung {

/// A kernel that a filter is made of, or that several are merged into. Where it lies is known at
/// once; its taps are computed when they are looked at, and kept. A value: copies share them. For
/// one thread at a time.
class FilterPart {
 public:
  /// With the expression that the filter was composed by.
  explicit FilterPart(const std::shared_ptr<const Filter>& filter);
  /// The taps as they are given, whatever they were composed of.
  static FilterPart plain(std::shared_ptr<const Filter> filter);

  const TapBox& box() const;
  const Dims& shape() const { return box().shape; }
  std::int64_t count() const { return element_count(shape()); }
  /// Errors: those of composing filters. Valid as long as the part or a copy is.
  Result<const Taps*> taps() const;
  /// Whether taps() gives them; without computing them where those of its operands tell.
  bool in_range() const;
  /// The same for copies, and no other part's while there are any.
  const void* identity() const { return node_.get(); }
  /// Of so many products of one-dimensional kernels at most the part is the sum, where `rank` says
  /// that of the kernels it was composed of: rank(a + b) <= rank a + rank b, rank(a * b) <= rank a
  /// rank b. 0 where that of one is 0, which stands for unknown, or the bound is above `most`.
  std::int64_t rank_bound(const std::function<std::int64_t(const FilterPart&)>& rank,
                          std::int64_t most) const;

  friend FilterPart product(const FilterPart& a, const FilterPart& b);
  friend FilterPart sum(const FilterPart& a, const FilterPart& b);
  friend FilterPart flipped(const FilterPart& a);
  friend std::vector<FilterPart> factors_of(const FilterPart& a);
  friend std::vector<FilterPart> terms_of(const FilterPart& a);

 private:
  using Kind = Filter::Expression::Kind;
  struct Node;
  explicit FilterPart(std::shared_ptr<Node> node) : node_(std::move(node)) {}
  static FilterPart composed(const std::shared_ptr<const Filter::Expression>& expression);
  long double most_sum() const;
  FilterPart changed(const Node& change) const;
  std::vector<FilterPart> operands(Kind kind) const;

  std::shared_ptr<Node> node_;
};

FilterPart product(const FilterPart& a, const FilterPart& b);
FilterPart sum(const FilterPart& a, const FilterPart& b);
FilterPart flipped(const FilterPart& a);
/// Parts whose product, or sum, `a` is: at least itself. Scales, shifts and flips are carried to
/// the factors and terms.
std::vector<FilterPart> factors_of(const FilterPart& a);
std::vector<FilterPart> terms_of(const FilterPart& a);

}  // namespace faltung
