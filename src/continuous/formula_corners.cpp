// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// Where a formula has corners: zeros of the arguments of u, box, max, ... Arguments come before
// their functions in the tree, so that an argument's own corners are known when its zeros are
// sought between them.
#include <algorithm>
#include <cmath>
#include <functional>

#include "continuous/formula_local.hpp"

namespace faltung::continuous {
namespace {

constexpr int kSamples = 2048;  ///< between two corners, of what is no straight line or parabola

/// Zeros of left - right - level.
struct Kink {
  std::size_t left;
  std::optional<std::size_t> right = {};
  double level = 0;
};

std::vector<Kink> kinks_of(const Node& node) {
  switch (node.word) {
    case Word::u:
    case Word::ramp:
    case Word::sign:
    case Word::abs:
    case Word::expdist:
    case Word::erlang: return {{node.of[0]}};
    case Word::box: return {{node.of[0], {}, -0.5}, {node.of[0], {}, 0.5}};
    case Word::tri: return {{node.of[0], {}, -1}, {node.of[0], {}, 0}, {node.of[0], {}, 1}};
    case Word::uniform: return {{node.of[0], node.of[1]}, {node.of[0], node.of[2]}};
    case Word::laplace:
    case Word::less: return {{node.of[0], node.of[1]}};
    case Word::max:
    case Word::min: break;
    default: return {};
  }
  std::vector<Kink> kinks;
  for (std::size_t i = 0; i < node.of.size(); ++i)
    for (std::size_t j = 0; j < i; ++j) kinks.push_back({node.of[i], node.of[j]});
  return kinks;
}

/// A function of s, in doubles and, where it is of the closed class, in 113 bits.
struct Curve {
  std::function<double(double)> quick;
  std::function<Wide(Wide)> exact;

  Curve turned(int direction) const {
    Curve result{[f = quick, direction](double s) { return f(s * direction); }, {}};
    if (exact) result.exact = [f = exact, direction](Wide s) { return f(s * direction); };
    return result;
  }
};

class Search {
 public:
  Search(const Tree& tree, const Window& window, Work& work)
      : tree_(tree), window_(window), work_(work) {}

  Result<std::vector<Wide>> all(std::size_t root) {
    for (std::size_t i = tree_.nodes[root].first; i <= root; ++i) {
      const Node& node = tree_.nodes[i];
      if (node.function)
        for (const double t : node.function->breakpoints()) found_.emplace_back(t);
      if (node.function)
        for (const WidePiece& piece : node.function->impl().closed.pieces) {
          found_.push_back(piece.lower);
          found_.push_back(piece.upper);
        }
      keep_inside();
      for (const Kink& kink : kinks_of(node))
        if (auto done = add_zeros(node, kink); !done) return tl::unexpected(done.error());
      if (found_.size() > kMostPieces)
        return refuse_at(tree_.text, node.column, "this has more than 16384 corners",
                         Status::size_overflow);
    }
    return found_;
  }

 private:
  void keep_inside() {
    std::sort(found_.begin(), found_.end());
    found_.erase(std::unique(found_.begin(), found_.end()), found_.end());
    std::erase_if(found_, [&](Wide t) { return !(window_.lower < t && t < window_.upper); });
  }

  std::vector<Interval> intervals() const {
    std::vector<Wide> ends = found_;
    ends.insert(ends.begin(), window_.lower);
    ends.push_back(window_.upper);
    std::vector<Interval> result;
    for (std::size_t i = 0; i + 1 < ends.size(); ++i)
      result.push_back(Interval::between(ends[i], ends[i + 1]));
    return result;
  }

  Result<void> add_zeros(const Node& node, const Kink& kink) {
    std::vector<Wide> zeros;
    for (const Interval& place : intervals()) {
      auto left = local_of(tree_, kink.left, place, work_);
      if (!left) return tl::unexpected(left.error());
      Result<MaybeLocal> right = MaybeLocal(Local{constant(Complex(Wide(kink.level))), {}});
      if (kink.right) right = local_of(tree_, *kink.right, place, work_);
      if (!right) return tl::unexpected(right.error());
      if (auto done = zeros_between(node, kink, *left, *right, place, zeros); !done) return done;
    }
    found_.insert(found_.end(), zeros.begin(), zeros.end());
    keep_inside();
    return {};
  }

  Result<void> zeros_between(const Node& node, const Kink& kink, const MaybeLocal& left,
                             const MaybeLocal& right, const Interval& place,
                             std::vector<Wide>& zeros) {
    const auto a = left ? poly_of(*left) : std::nullopt, b = right ? poly_of(*right) : std::nullopt;
    if (!a || !b) {
      const auto quick = [&](double s) {
        const double t = narrow(place.origin) + place.direction * s;
        return value_of(tree_, kink.left, t) -
               (kink.right ? value_of(tree_, *kink.right, t) : kink.level);
      };
      return sampled(node, place, zeros, {quick, {}});
    }
    const ExpPoly difference = sum(*a, scaled(*b, Complex(Wide(-1))));
    if (difference.empty() || constant_of(difference)) return {};
    const bool polynomial = difference.size() == 1 && difference[0].rate == Complex();
    if (polynomial && difference[0].powers.size() <= 3) {
      add_roots(difference[0].powers, place, zeros);
      return {};
    }
    const bool endless = !is_finite(place.upper - place.lower) &&
                         std::any_of(difference.begin(), difference.end(),
                                     [](const ExpPart& part) { return part.rate.im != 0; });
    if (endless)
      return refuse_at(tree_.text, node.column,
                       "this may have corners without end; multiply by box(t/T) to cut it off");
    const QuickPoly quick(difference);
    return sampled(
        node, place, zeros,
        {[&](double s) { return quick(s); }, [&](Wide s) { return value_of(difference, s).re; }});
  }

  static void add_roots(const std::vector<Complex>& c, const Interval& place,
                        std::vector<Wide>& zeros) {
    const auto add = [&](Wide s) { zeros.push_back(place.origin + place.direction * s); };
    if (c.size() == 2) return add(-c[0].re / c[1].re);
    const Wide half = -c[1].re / 2, square = half * half - c[0].re * c[2].re;
    if (!(square > 0)) return;
    // The root that does not cancel; the other by the product of both.
    const Wide large = half < 0 ? half - wide_sqrt(square) : half + wide_sqrt(square);
    add(large / c[2].re);
    add(large == 0 ? Wide(0) : c[0].re / large);
  }

  /// Where samples in doubles change their sign, halved, then by secants in 113 bits. An infinite
  /// end is met by s = x / (1 - x).
  Result<void> sampled(const Node& node, const Interval& place, std::vector<Wide>& zeros,
                       const Curve& curve) {
    if (!is_finite(place.lower) && !is_finite(place.upper)) {
      for (const Interval& half :
           {Interval::between(-kWideInfinity, 0), Interval::between(0, kWideInfinity)})
        if (auto done = sampled(node, half, zeros, curve.turned(half.direction)); !done)
          return done;
      return {};
    }
    if (!work_.spend(kSamples * 16))
      return refuse_at(tree_.text, node.column, "the formula is too much work",
                       Status::size_overflow);
    const double length = narrow(place.upper - place.lower);
    const bool finite = std::isfinite(length);
    double before = 0, before_value = curve.quick(0);
    for (int i = 1; i < kSamples + (finite ? 1 : 0); ++i) {
      const double x = static_cast<double>(i) / kSamples, s = finite ? length * x : x / (1 - x);
      const double now = curve.quick(s);
      if ((before_value < 0) != (now < 0)) {
        const Wide t = place.origin + place.direction * zero_of(curve, before, s, before_value < 0);
        // A corner at 0 is found within rounding of the places about it.
        zeros.push_back(wide_abs(t) < Wide(1e-28 * (s - before)) ? Wide(0) : t);
      }
      before = s;
      before_value = now;
    }
    return {};
  }

  static Wide zero_of(const Curve& curve, double low, double high, bool negative) {
    for (int i = 0; i < 64; ++i) {
      const double middle = low + (high - low) / 2;
      ((curve.quick(middle) < 0) == negative ? low : high) = middle;
    }
    if (!curve.exact) return Wide(high);
    const Wide near = high, step = Wide(1e-9) * (wide_abs(near) + 1);
    Wide a = near - step, b = near, at_a = curve.exact(a), at_b = curve.exact(b);
    for (int i = 0; i < 4 && at_a != at_b; ++i) {
      const Wide next = b - at_b * (b - a) / (at_b - at_a);
      if (wide_abs(next - near) > step) return near;
      a = b;
      at_a = at_b;
      b = next;
      at_b = curve.exact(b);
    }
    return b;
  }

  const Tree& tree_;
  const Window& window_;
  Work& work_;
  std::vector<Wide> found_;
};

Window both_of(const Window& a, const Window& b) {
  return {std::max(a.lower, b.lower), std::min(a.upper, b.upper)};
}
Window either_of(const Window& a, const Window& b) {
  if (!(a.lower < a.upper)) return b;
  if (!(b.lower < b.upper)) return a;
  return {std::min(a.lower, b.lower), std::max(a.upper, b.upper)};
}

/// Where `lower` <= a t + b <= `upper`.
Window where(const std::optional<Affine>& x, Wide lower, Wide upper) {
  if (!x || x->slope == 0) return {};
  const Wide from = (lower - x->offset) / x->slope, to = (upper - x->offset) / x->slope;
  return from < to ? Window{from, to} : Window{to, from};
}

class Windows {
 public:
  Windows(const Tree& tree, Work& work) : tree_(tree), work_(work) {}

  Result<Window> at(std::size_t root) {
    first_ = tree_.nodes[root].first;
    windows_.resize(root - first_ + 1);
    for (std::size_t i = first_; i <= root; ++i) {
      auto window = compute(tree_.nodes[i]);
      if (!window) return window;
      windows_[i - first_] = *window;
    }
    return windows_.back();
  }

 private:
  const Window& argument(const Node& node, std::size_t i) const {
    return windows_[node.of[i] - first_];
  }

  Result<Window> compute(const Node& node) {
    if (node.function) return Window{Wide(node.function->lower()), Wide(node.function->upper())};
    switch (node.word) {
      case Word::number: return node.number == 0 ? Window{0, 0} : Window{};
      case Word::times: return both_of(argument(node, 0), argument(node, 1));
      case Word::negate:
      case Word::over:
      case Word::abs:
      case Word::sin:
      case Word::tan:
      case Word::sinh:
      case Word::tanh:
      case Word::atan:
      case Word::sqrt:
      case Word::erf: return argument(node, 0);
      case Word::plus:
      case Word::minus:
      case Word::max:
      case Word::min: break;
      default: return of_argument(node);
    }
    Window all = argument(node, 0);
    for (std::size_t i = 1; i < node.of.size(); ++i) all = either_of(all, argument(node, i));
    return all;
  }

  /// Functions that are 0 left or right of places of their argument.
  Result<Window> of_argument(const Node& node) {
    const Word word = node.word;
    const bool half =
        word == Word::u || word == Word::ramp || word == Word::expdist || word == Word::erlang;
    if (!half && word != Word::box && word != Word::tri && word != Word::uniform) return Window{};
    auto x = affine_of(tree_, node.of[0], work_);
    if (!x) return tl::unexpected(x.error());
    if (half) return where(*x, 0, kWideInfinity);
    if (word == Word::box) return where(*x, Wide(-0.5), Wide(0.5));
    if (word == Word::tri) return where(*x, -1, 1);
    auto a = number_of(tree_, node.of[1], work_), b = number_of(tree_, node.of[2], work_);
    if (!a || !b) return tl::unexpected(a ? b.error() : a.error());
    if (!(*a < *b)) return refuse_at(tree_.text, node.column, "uniform(x, a, b) needs a < b");
    return where(*x, *a, *b);
  }

  const Tree& tree_;
  Work& work_;
  std::size_t first_ = 0;
  std::vector<Window> windows_;
};

bool is_plain(Word word) { return word <= Word::over && word != Word::power; }

}  // namespace

bool depends_on_time(const Tree& tree, std::size_t node) {
  for (std::size_t i = tree.nodes[node].first; i <= node; ++i)
    if (tree.nodes[i].word == Word::time || tree.nodes[i].function) return true;
  return false;
}

Result<std::optional<Affine>> affine_of(const Tree& tree, std::size_t node, Work& work) {
  // A formula of + - * / alone has no corners, so one place stands for all.
  for (std::size_t i = tree.nodes[node].first; i <= node; ++i)
    if (tree.nodes[i].function || (!is_plain(tree.nodes[i].word) && depends_on_time(tree, i)))
      return std::optional<Affine>();
  auto local = local_of(tree, node, {-kWideInfinity, kWideInfinity, 0, 1}, work);
  if (!local) return tl::unexpected(local.error());
  if (!*local) return std::optional<Affine>();
  const ExpPoly& f = (*local)->poly;
  if (f.empty()) return std::optional(Affine{0, 0});
  if (f.size() > 1 || !(f[0].rate == Complex()) || f[0].powers.size() > 2)
    return std::optional<Affine>();
  return std::optional(
      Affine{f[0].powers.size() > 1 ? f[0].powers[1].re : Wide(0), f[0].powers[0].re});
}

Result<Wide> number_of(const Tree& tree, std::size_t node, Work& work) {
  const auto refused = [&] {
    return refuse_at(tree.text, tree.nodes[node].column, "this must be a number");
  };
  if (depends_on_time(tree, node)) return refused();
  auto local = local_of(tree, node, {-kWideInfinity, kWideInfinity, 0, 1}, work);
  if (!local) return tl::unexpected(local.error());
  const auto c = *local ? constant_of(**local) : std::nullopt;
  if (!c || !is_finite(c->re)) return refused();
  return c->re;
}

Result<Window> window_of(const Tree& tree, std::size_t node, Work& work) {
  return Windows(tree, work).at(node);
}

Result<std::vector<Wide>> corners_of(const Tree& tree, std::size_t node, const Window& window,
                                     Work& work) {
  return Search(tree, window, work).all(node);
}

}  // namespace faltung::continuous
