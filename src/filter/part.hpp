// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

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
  /// The same for copies, and no other part's while there are any.
  const void* identity() const { return node_.get(); }

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
