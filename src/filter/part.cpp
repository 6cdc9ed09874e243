// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "filter/part.hpp"

#include <cmath>
#include <limits>
#include <optional>

namespace faltung {

struct FilterPart::Node {
  std::optional<Kind> kind;              ///< none: the filter as it stands
  std::shared_ptr<const Filter> filter;  ///< where kind is none
  std::vector<FilterPart> operands;      ///< one, or two of a product or sum
  long double factor = 1;                ///< of scale
  Dims by;                               ///< of shift
  TapBox box;
  std::shared_ptr<const Taps> taps;  ///< once they were looked at
  long double most_sum = -1;         ///< sum |tap| is no larger; negative: not known yet

  bool joins() const { return kind == Kind::product || kind == Kind::sum; }
  Result<Taps> compute() const;
};

Result<Taps> FilterPart::Node::compute() const {
  std::vector<const Taps*> of;
  for (const FilterPart& operand : operands) {
    const auto found = operand.taps();
    if (!found) return tl::unexpected(found.error());
    of.push_back(*found);
  }
  switch (*kind) {
    case Kind::product: return multiply(*of[0], *of[1]);
    case Kind::sum: return add(*of[0], *of[1]);
    case Kind::scale: return scale(*of[0], factor);
    case Kind::shift: return shift(*of[0], by);
    case Kind::flip: return flip(*of[0]);
  }
  return {};
}

FilterPart::FilterPart(const std::shared_ptr<const Filter>& filter)
    : FilterPart(is_composed(*filter) ? composed(filter->expression) : plain(filter)) {}

FilterPart FilterPart::composed(const std::shared_ptr<const Filter::Expression>& e) {
  // Operands with an expression are still what it says: composing saw to that.
  const auto operand = [&](const Filter& f) {
    return f.expression ? composed(f.expression) : plain({e, &f});
  };
  auto node = std::make_shared<Node>(
      Node{e->kind, {}, {operand(e->a)}, e->factor, e->by, e->taps.box, {e, &e->taps}});
  if (node->joins()) node->operands.push_back(operand(e->b));
  return FilterPart(std::move(node));
}

FilterPart FilterPart::plain(std::shared_ptr<const Filter> filter) {
  TapBox box{filter->shape, {}};
  for (int i = 0; i < box.shape.rank(); ++i) box.origin.push_back(filter->origin_at(i));
  return FilterPart(std::make_shared<Node>(Node{{}, std::move(filter), {}, 1, {}, box, {}}));
}

const TapBox& FilterPart::box() const { return node_->box; }

Result<const Taps*> FilterPart::taps() const {
  Node& node = *node_;
  if (!node.taps && !node.kind) {
    const std::vector<double>& values = node.filter->values;
    node.taps = std::make_shared<const Taps>(Taps{node.box, {values.begin(), values.end()}, 0});
  }
  if (!node.taps) {
    auto computed = node.compute();
    if (!computed) return tl::unexpected(computed.error());
    for (const long double v : computed->values)
      if (!std::isfinite(static_cast<double>(v)))
        return tl::unexpected(
            Failure{Status::invalid_argument, "a part of the kernel leaves the range of float64"});
    node.taps = std::make_shared<const Taps>(std::move(*computed));
  }
  return node.taps.get();
}

/// |a * b|_1 <= |a|_1 |b|_1, and so on.
long double FilterPart::most_sum() const {
  Node& node = *node_;
  if (node.most_sum >= 0) return node.most_sum;
  if (!node.joins()) {
    node.most_sum = 0;
    const auto known = taps();
    if (!known) return node.most_sum = std::numeric_limits<long double>::infinity();
    for (const long double v : (*known)->values) node.most_sum += std::abs(v);
    return node.most_sum;
  }
  const long double a = node.operands[0].most_sum(), b = node.operands[1].most_sum();
  return node.most_sum = node.kind == Kind::product ? a * b : a + b;
}

bool FilterPart::in_range() const {
  constexpr long double kFarInside = 0x1p1000L;
  return node_->taps || most_sum() <= kFarInside || taps().has_value();
}

std::int64_t FilterPart::rank_bound(const std::function<std::int64_t(const FilterPart&)>& rank,
                                    std::int64_t most) const {
  if (!node_->kind) return rank(*this);
  const std::int64_t a = node_->operands[0].rank_bound(rank, most);
  if (!node_->joins()) return a;
  const std::int64_t b = node_->operands[1].rank_bound(rank, most);
  const std::int64_t both = node_->kind == Kind::product ? a * b : a + b;
  return a == 0 || b == 0 || both > most ? 0 : both;
}

FilterPart product(const FilterPart& a, const FilterPart& b) {
  using Node = FilterPart::Node;
  return FilterPart(std::make_shared<Node>(
      Node{FilterPart::Kind::product, {}, {a, b}, 1, {}, product_box(a.box(), b.box()), {}}));
}

FilterPart sum(const FilterPart& a, const FilterPart& b) {
  using Node = FilterPart::Node;
  return FilterPart(std::make_shared<Node>(
      Node{FilterPart::Kind::sum, {}, {a, b}, 1, {}, union_box(a.box(), b.box()), {}}));
}

FilterPart flipped(const FilterPart& a) {
  return a.changed({FilterPart::Kind::flip, {}, {}, 1, {}, {}, {}});
}

/// What a scale, shift or flip does to its operand, done to this part.
FilterPart FilterPart::changed(const Node& change) const {
  auto node =
      std::make_shared<Node>(Node{change.kind, {}, {*this}, change.factor, change.by, box(), {}});
  if (change.kind == Kind::shift) node->box = shifted_box(box(), change.by);
  if (change.kind == Kind::flip) node->box = flipped_box(box());
  return FilterPart(std::move(node));
}

/// Operands of nested products, or sums. A scale or shift of a product is that of one factor; all
/// else is done to each.
std::vector<FilterPart> FilterPart::operands(Kind kind) const {
  const Node& node = *node_;
  if (!node.kind || (node.joins() && node.kind != kind)) return {*this};
  std::vector<FilterPart> all = node.operands[0].operands(kind);
  if (node.joins()) {
    for (FilterPart& more : node.operands[1].operands(kind)) all.push_back(std::move(more));
    return all;
  }
  if (all.size() == 1) return {*this};
  const bool first_only = kind == Kind::product && node.kind != Kind::flip;
  for (FilterPart& operand : all) {
    operand = operand.changed(node);
    if (first_only) break;
  }
  return all;
}

std::vector<FilterPart> factors_of(const FilterPart& a) {
  return a.operands(FilterPart::Kind::product);
}
std::vector<FilterPart> terms_of(const FilterPart& a) { return a.operands(FilterPart::Kind::sum); }

}  // namespace faltung
