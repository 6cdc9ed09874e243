// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// Impulses in formulas, and what they are when multiplied by functions:
//
//   f(t) delta^(n)(t - a) = sum over j of (-1)^j C(n, j) f^(j)(a) delta^(n-j)(t - a)
#include <algorithm>
#include <cmath>

#include "continuous/formula_local.hpp"

namespace faltung::continuous {
namespace {

using Impulses = std::vector<WideImpulse>;

class Evaluation {
 public:
  Evaluation(const Tree& tree, Work& work) : tree_(tree), work_(work) {}

  Result<Impulses> at(std::size_t root) {
    first_ = tree_.nodes[root].first;
    found_.resize(root - first_ + 1);
    for (std::size_t i = first_; i <= root; ++i) {
      auto impulses = compute(i);
      if (!impulses) return impulses;
      if (impulses->size() > kMostPieces)
        return refuse(tree_.nodes[i], "more than 16384 impulses", Status::size_overflow);
      found_[i - first_] = std::move(*impulses);
    }
    return std::move(found_.back());
  }

 private:
  const Impulses& of(std::size_t node) const { return found_[node - first_]; }
  tl::unexpected<Failure> refuse(const Node& node, const std::string& sentence,
                                 Status status = Status::invalid_argument) const {
    return refuse_at(tree_.text, node.column, sentence, status);
  }

  Result<Impulses> compute(std::size_t i) {
    const Node& node = tree_.nodes[i];
    if (node.function) return node.function->impl().closed.impulses;
    switch (node.word) {
      case Word::delta: return delta(node);
      case Word::discrete: return discrete(node);
      case Word::die:
      case Word::dice: return dice(node);
      case Word::times: return times(node);
      case Word::over: return over(node);
      case Word::negate: return scaled(of(node.of[0]), -1);
      case Word::plus:
      case Word::minus: {
        Impulses all = of(node.of[0]);
        const Impulses more = scaled(of(node.of[1]), node.word == Word::minus ? -1 : 1);
        all.insert(all.end(), more.begin(), more.end());
        return all;
      }
      default: break;
    }
    for (const std::size_t argument : node.of)
      if (!of(argument).empty())
        return refuse(node,
                      "an impulse has no place in this; it can be added, scaled and "
                      "multiplied by a function");
    return Impulses{};
  }

  static Impulses scaled(Impulses impulses, Wide factor) {
    for (WideImpulse& d : impulses) d.weight *= factor;
    return impulses;
  }

  /// Of delta(a t + b - x): at (x - b) / a with weight 1 / |a|.
  Result<Affine> place(const Node& node) {
    auto x = affine_of(tree_, node.of[0], work_);
    if (!x) return tl::unexpected(x.error());
    if (!*x || (*x)->slope == 0)
      return refuse(tree_.nodes[node.of[0]], "an impulse's argument is a*t + b with a not 0");
    return **x;
  }
  Result<int> whole(std::size_t argument, int least, int most) {
    auto n = number_of(tree_, argument, work_);
    if (!n) return tl::unexpected(n.error());
    if (!(*n >= Wide(least) && *n <= Wide(most)) || *n != Wide(std::floor(narrow(*n))))
      return refuse(tree_.nodes[argument], "this must be a whole number from " +
                                               std::to_string(least) + " to " +
                                               std::to_string(most));
    return static_cast<int>(narrow(*n));
  }

  Result<Impulses> delta(const Node& node) {
    auto x = place(node);
    if (!x) return tl::unexpected(x.error());
    Result<int> order = node.of.size() > 1 ? whole(node.of[1], 0, kMostOrder) : Result<int>(0);
    if (!order) return tl::unexpected(order.error());
    Wide weight = 1 / wide_abs(x->slope);
    for (int i = 0; i < *order; ++i) weight = weight / x->slope;
    return Impulses{{-x->offset / x->slope, *order, weight}};
  }

  Result<Impulses> discrete(const Node& node) {
    auto x = place(node);
    if (!x) return tl::unexpected(x.error());
    if (node.of.size() % 2 == 0)
      return refuse(node, "discrete takes x and pairs of a value and its probability");
    Impulses all;
    for (std::size_t i = 1; i < node.of.size(); i += 2) {
      auto value = number_of(tree_, node.of[i], work_),
           weight = number_of(tree_, node.of[i + 1], work_);
      if (!value || !weight) return tl::unexpected(value ? weight.error() : value.error());
      all.push_back({(*value - x->offset) / x->slope, 0, *weight / wide_abs(x->slope)});
    }
    return all;
  }

  /// Counts of throws are whole numbers, added up in 113 bits.
  Result<Impulses> dice(const Node& node) {
    auto x = place(node);
    if (!x) return tl::unexpected(x.error());
    const bool several = node.word == Word::dice;
    Result<int> count = several ? whole(node.of[1], 1, 1000) : Result<int>(1);
    auto sides = whole(node.of.back(), 1, 4000);
    if (!count || !sides) return tl::unexpected(count ? sides.error() : count.error());
    if (*count * *sides > 4000)
      return refuse(node, "n times sides is at most 4000", Status::size_overflow);
    std::vector<Wide> chance(1, 1);
    for (int n = 0; n < *count; ++n) {
      std::vector<Wide> next(chance.size() + static_cast<std::size_t>(*sides) - 1);
      // Added up anew each time: a running sum would leave the small chances at the ends to
      // rounding.
      for (std::size_t i = 0; i < chance.size(); ++i)
        for (std::size_t side = 0; side < static_cast<std::size_t>(*sides); ++side)
          next[i + side] += chance[i] / Wide(*sides);
      chance = std::move(next);
    }
    Impulses all;
    for (std::size_t i = 0; i < chance.size(); ++i)
      all.push_back({(Wide(*count) + Wide(static_cast<double>(i)) - x->offset) / x->slope, 0,
                     chance[i] / wide_abs(x->slope)});
    return all;
  }

  Result<Impulses> over(const Node& node) {
    const Impulses& top = of(node.of[0]);
    if (!of(node.of[1]).empty()) return refuse(node, "nothing can be divided by an impulse");
    if (top.empty()) return Impulses{};
    auto divisor = number_of(tree_, node.of[1], work_);
    if (!divisor) return tl::unexpected(divisor.error());
    if (*divisor == 0) return refuse(node, "this divides by 0");
    return scaled(top, 1 / *divisor);
  }

  Result<Impulses> times(const Node& node) {
    Impulses all;
    const Impulses &a = of(node.of[0]), &b = of(node.of[1]);
    for (const WideImpulse& p : a)
      for (const WideImpulse& q : b)
        if (p.at == q.at)
          return refuse(node, "two impulses at one place have no product; conv(f, g) convolves");
    for (const auto& [impulses, other] : {std::pair{&a, node.of[1]}, std::pair{&b, node.of[0]}})
      for (const WideImpulse& d : *impulses) {
        auto slopes = derivatives(node, other, d.at, d.order);
        if (!slopes) return tl::unexpected(slopes.error());
        Wide binomial = 1;
        for (int j = 0; j <= d.order; ++j) {
          const Wide factor = (*slopes)[static_cast<std::size_t>(j)] * binomial;
          if (factor != 0)
            all.push_back({d.at, d.order - j, j % 2 == 0 ? d.weight * factor : -d.weight * factor});
          binomial = binomial * Wide(d.order - j) / Wide(j + 1);
        }
      }
    return all;
  }

  /// f(a), f'(a), ..., of a function that has no corner there.
  Result<std::vector<Wide>> derivatives(const Node& product, std::size_t node, Wide at, int order) {
    auto corners = corners_of(tree_, node, {}, work_);
    if (!corners) return tl::unexpected(corners.error());
    const Wide near = 64 * kWideEpsilon * wide_abs(at);
    const auto above = std::upper_bound(corners->begin(), corners->end(), at + near);
    const Wide next = above == corners->end() ? kWideInfinity : *above;
    const bool on_corner = above != corners->begin() && at - *(above - 1) <= near;
    auto right = slopes(product, node, {at, next, at, 1}, order);
    if (!right || !on_corner) return right;
    const Wide last = above - 1 == corners->begin() ? -kWideInfinity : *(above - 2);
    auto left = slopes(product, node, {last, at, at, -1}, order);
    if (!left) return left;
    for (std::size_t j = 0; j < right->size(); ++j) {
      const Wide a = (*left)[j] * (j % 2 == 0 ? 1 : -1), b = (*right)[j];
      if (wide_abs(a - b) > Wide(1e-25) * (wide_abs(a) + wide_abs(b)))
        return refuse(product, "an impulse meets a jump here; their product has no meaning");
    }
    return right;
  }

  Result<std::vector<Wide>> slopes(const Node& product, std::size_t node, const Interval& place,
                                   int order) {
    auto local = local_of(tree_, node, place, work_);
    if (!local) return tl::unexpected(local.error());
    std::vector<Wide> result;
    if (!*local && order == 0)
      return std::vector<Wide>{Wide(value_of(tree_, node, narrow(place.origin)))};
    if (!*local)
      return refuse(product,
                    "the derivative of an impulse is multiplied by a function outside the "
                    "closed class here");
    WideTerms terms = (*local)->terms();
    for (int j = 0; j <= order; ++j) {
      result.push_back(value_of(terms, 0));
      terms = derivative_of(terms);
    }
    return result;
  }

  const Tree& tree_;
  Work& work_;
  std::size_t first_ = 0;
  std::vector<Impulses> found_;
};

}  // namespace

bool has_impulses(const Tree& tree, std::size_t node) {
  for (std::size_t i = tree.nodes[node].first; i <= node; ++i) {
    const Word word = tree.nodes[i].word;
    if (word == Word::delta || word == Word::discrete || word == Word::die || word == Word::dice ||
        (tree.nodes[i].function && !tree.nodes[i].function->impl().closed.impulses.empty()))
      return true;
  }
  return false;
}

Result<std::vector<WideImpulse>> impulses_of(const Tree& tree, std::size_t node, Work& work) {
  if (!has_impulses(tree, node)) return Impulses{};
  return Evaluation(tree, work).at(node);
}

}  // namespace faltung::continuous
