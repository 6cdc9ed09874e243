// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// From a formula's tree to a function. Sums and scalars are taken apart first; each summand is
// looked at between its corners, and is a piece of the closed class there or a smooth one.
#include <algorithm>
#include <cmath>

#include "continuous/bell.hpp"
#include "continuous/formula_local.hpp"
#include "continuous/operations.hpp"

namespace faltung::continuous {
namespace {

/// A part of a formula on an interval, evaluated as it is written.
class FormulaPart final : public Smooth {
 public:
  FormulaPart(std::shared_ptr<const Tree> tree, std::size_t node, double lower, double upper)
      : tree_(std::move(tree)), node_(node), lower_(lower), upper_(upper) {}
  double value(double t) const override {
    // At its ends the part is what it is inside of them.
    const double inside = std::clamp(t, lower_, std::nextafter(upper_, lower_));
    constexpr double kBeside = 1e-9;
    const double width = upper_ - lower_;
    for (const auto& [end, side] : {std::pair{lower_, 1}, std::pair{upper_, -1}}) {
      if (!std::isfinite(end)) continue;
      const double away = kBeside * (std::isfinite(width) ? width : std::max(1.0, std::abs(end)));
      if (std::abs(inside - end) < away) return value_of(*tree_, node_, inside, end + side * away);
    }
    return value_of(*tree_, node_, inside);
  }
  double lower() const override { return lower_; }
  double upper() const override { return upper_; }
  double cost() const override {
    double cost = 1;
    for (std::size_t i = tree_->nodes[node_].first; i <= node_; ++i)
      if (const auto& function = tree_->nodes[i].function)
        for (const SmoothPart& part : function->smooth_parts())
          cost = std::max(cost, part.shape->cost());
    return cost;
  }
  std::vector<double> landmarks() const override { return landmarks_of(*tree_, node_); }
  std::string text() const override { return tree_->text_of(node_); }

 private:
  std::shared_ptr<const Tree> tree_;
  std::size_t node_;
  double lower_, upper_;
};

bool makes_functions(Word word) { return word >= Word::conv; }

class Builder {
 public:
  explicit Builder(Tree& tree) : tree_(tree) {}

  /// The functions that conv, shift, ... make, inner ones first.
  Result<void> make_functions() {
    for (std::size_t i = 0; i < tree_.nodes.size(); ++i) {
      if (!makes_functions(tree_.nodes[i].word)) continue;
      auto made = apply(i);
      if (!made) return point_at(i, made.error());
      Node& node = tree_.nodes[i];
      for (std::size_t k = node.first; k < i; ++k)  // what is below is done with
        tree_.nodes[k] = {.word = Word::number, .column = tree_.nodes[k].column, .first = k};
      node.function = std::make_shared<const Function>(std::move(*made));
      node.of.clear();
    }
    return {};
  }

  Result<Function> function_of(std::size_t root) {
    struct Summand {
      std::size_t node;
      Wide factor;
    };
    std::vector<Summand> open = {{root, 1}};
    FunctionImpl all;
    while (!open.empty()) {
      const auto [at, factor] = open.back();
      open.pop_back();
      const Node& node = tree_.nodes[at];
      if (node.word == Word::plus || node.word == Word::minus) {
        open.push_back({node.of[1], node.word == Word::minus ? -factor : factor});
        open.push_back({node.of[0], factor});
        continue;
      }
      if (node.word == Word::negate) {
        open.push_back({node.of[0], -factor});
        continue;
      }
      if (auto scale = scale_of(node); !scale) return tl::unexpected(scale.error());
      else if (scale->first != at) {
        open.push_back({scale->first, factor * scale->second});
        continue;
      }
      if (auto done = add_summand(at, factor, all); !done) return tl::unexpected(done.error());
    }
    auto closed = assemble(std::move(all.closed.pieces), std::move(all.closed.impulses));
    if (!closed) return point_at(root, closed.error());
    return continuous::function_of(std::move(*closed), std::move(all.smooth));
  }

 private:
  tl::unexpected<Failure> point_at(std::size_t node, const Failure& failure) const {
    if (failure.message.find("of the formula: ") != std::string::npos)
      return tl::unexpected(failure);  // it points already
    return refuse_at(tree_.text, tree_.nodes[node].column, failure.message, failure.status);
  }

  /// What is scaled by a number, and the number; the node itself where nothing is.
  Result<std::pair<std::size_t, Wide>> scale_of(const Node& node) {
    const auto itself = static_cast<std::size_t>(&node - tree_.nodes.data());
    if (node.word != Word::times && node.word != Word::over) return std::pair{itself, Wide(1)};
    for (const std::size_t i : {1U, 0U}) {
      if (i == 0 && node.word == Word::over) break;
      if (depends_on_time(tree_, node.of[i]) || has_impulses(tree_, node.of[i]) ||
          !depends_on_time(tree_, node.of[1 - i]))
        continue;
      auto number = number_of(tree_, node.of[i], work_);
      if (!number) return tl::unexpected(number.error());
      if (node.word == Word::over && *number == 0)
        return refuse_at(tree_.text, node.column, "this divides by 0");
      return std::pair{node.of[1 - i], node.word == Word::over ? 1 / *number : *number};
    }
    return std::pair{itself, Wide(1)};
  }

  Result<void> add_summand(std::size_t node, Wide factor, FunctionImpl& all) {
    auto impulses = impulses_of(tree_, node, work_);
    if (!impulses) return tl::unexpected(impulses.error());
    for (WideImpulse d : *impulses) {
      d.weight *= factor;
      all.closed.impulses.push_back(d);
    }
    if (const auto& function = tree_.nodes[node].function) {
      const Function part = scaled(*function, factor);
      const auto& pieces = part.impl().closed.pieces;
      all.closed.pieces.insert(all.closed.pieces.end(), pieces.begin(), pieces.end());
      all.smooth.insert(all.smooth.end(), part.smooth_parts().begin(), part.smooth_parts().end());
      return {};
    }
    if (auto done = add_bell(node, factor, all); !done || *done)
      return done ? Result<void>() : tl::unexpected(done.error());
    return add_intervals(node, factor, all);
  }

  Result<bool> add_bell(std::size_t at, Wide factor, FunctionImpl& all) {
    const Node& node = tree_.nodes[at];
    if (node.word != Word::gauss && node.word != Word::normal) return false;
    auto x = affine_of(tree_, node.of[0], work_);
    if (!x) return tl::unexpected(x.error());
    if (!*x || (*x)->slope == 0) return false;
    Wide mean = 0, deviation = 1;
    if (node.word == Word::normal) {
      auto m = number_of(tree_, node.of[1], work_);
      if (!m) return tl::unexpected(m.error());
      mean = *m;
    }
    if (node.of.size() > 1) {
      auto s = number_of(tree_, node.of.back(), work_);
      if (!s) return tl::unexpected(s.error());
      deviation = *s;
    }
    if (!(deviation > 0))
      return refuse_at(tree_.text, tree_.nodes[node.of.back()].column, "this must be above 0");
    const Wide slope = wide_abs((*x)->slope);
    all.smooth.push_back(bell(narrow(factor / slope), narrow((mean - (*x)->offset) / (*x)->slope),
                              narrow(deviation / slope)));
    return true;
  }

  Result<void> add_intervals(std::size_t node, Wide factor, FunctionImpl& all) {
    auto window = window_of(tree_, node, work_);
    if (!window) return tl::unexpected(window.error());
    if (!(window->lower < window->upper)) return {};
    auto corners = corners_of(tree_, node, *window, work_);
    if (!corners) return tl::unexpected(corners.error());
    std::vector<Wide> ends = {window->lower};
    ends.insert(ends.end(), corners->begin(), corners->end());
    ends.push_back(window->upper);
    if (ends.size() == 2 && !is_finite(ends[0]) && !is_finite(ends[1])) {
      auto whole = local_of(tree_, node, Interval::between(ends[0], ends[1]), work_);
      if (!whole) return tl::unexpected(whole.error());
      if (*whole) ends.insert(ends.begin() + 1, Wide(0));  // a piece has an end to count from
    }
    for (std::size_t i = 0; i + 1 < ends.size(); ++i) {
      const Interval place = Interval::between(ends[i], ends[i + 1]);
      auto local = local_of(tree_, node, place, work_);
      if (!local) return tl::unexpected(local.error());
      if (*local) {
        WideTerms terms = (*local)->terms();
        for (WideTerm& term : terms) term.weight *= Complex(factor);
        all.closed.pieces.push_back(
            {place.lower, place.upper, place.origin, place.direction, terms});
        continue;
      }
      all.smooth.push_back({std::make_shared<const FormulaPart>(shared(), node, narrow(place.lower),
                                                                narrow(place.upper)),
                            narrow(factor)});
    }
    return {};
  }

  /// The tree as it is now, for parts that outlive the builder.
  std::shared_ptr<const Tree> shared() {
    if (!shared_) shared_ = std::make_shared<const Tree>(tree_);
    return shared_;
  }

  Result<Function> apply(std::size_t at) {
    const Node& node = tree_.nodes[at];
    auto f = function_of(node.of[0]);
    if (!f) return f;
    switch (node.word) {
      case Word::conv:
      case Word::corr: return apply_to_functions(node, std::move(*f));
      case Word::flip: return stretched(*f, Wide(-1));
      case Word::diff: return derivative(*f);
      case Word::integral: return antiderivative(*f);
      default: break;
    }
    std::vector<Wide> numbers;
    for (std::size_t i = 1; i < node.of.size(); ++i) {
      auto number = number_of(tree_, node.of[i], work_);
      if (!number) return tl::unexpected(number.error());
      numbers.push_back(*number);
    }
    switch (node.word) {
      case Word::shift: return shifted(*f, numbers[0]);
      case Word::stretch: return stretched(*f, numbers[0]);
      case Word::restrict: return restricted(*f, numbers[0], numbers[1]);
      default: return periodic(*f, numbers[0], numbers[1], numbers[2]);
    }
  }

  Result<Function> apply_to_functions(const Node& node, Function f) {
    for (std::size_t i = 1; i < node.of.size(); ++i) {
      auto g = function_of(node.of[i]);
      if (!g) return g;
      // A pair of terms meets about as many steps as their rates together, squared.
      if (!work_.spend(static_cast<std::size_t>(std::min(cost_of(f, *g), 1e12))))
        return refuse_at(tree_.text, node.column, "the formula is too much work",
                         Status::size_overflow);
      auto both = node.word == Word::conv ? convolve(f, *g) : correlate(f, *g);
      if (!both) return both;
      f = std::move(*both);
    }
    return f;
  }

  static double cost_of(const Function& f, const Function& g) {
    const auto measure = [](const Function& of) {
      double terms = 0, rates = 1;
      for (const WidePiece& piece : of.impl().closed.pieces) {
        terms += static_cast<double>(piece.terms.size());
        for (const WideTerm& term : piece.terms)
          rates = std::max(rates, static_cast<double>(term.rates.size()));
      }
      return std::pair{terms, rates};
    };
    const auto [terms_f, rates_f] = measure(f);
    const auto [terms_g, rates_g] = measure(g);
    return terms_f * terms_g * (rates_f + rates_g) * (rates_f + rates_g);
  }

  Tree& tree_;
  Work work_;
  std::shared_ptr<const Tree> shared_;
};

}  // namespace

Result<Function> build(Tree tree) {
  Builder builder(tree);
  if (auto made = builder.make_functions(); !made) return tl::unexpected(made.error());
  return builder.function_of(tree.root);
}

Result<Function> parse_function(std::string_view text) {
  auto tree = parse_formula(text);
  if (!tree) return tl::unexpected(tree.error());
  return build(std::move(*tree));
}

std::vector<FormulaFunction> formula_functions() {
  std::vector<FormulaFunction> all;
  for (const FormulaWord& word : formula_words()) all.push_back({word.form, word.meaning});
  return all;
}

}  // namespace faltung::continuous
