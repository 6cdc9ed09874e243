// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// Functions as formulas: partial fractions, about 0 or about the end of a piece, whichever is
// shorter; divided differences stay where rates nearly meet.
#include <algorithm>
#include <cmath>
#include <optional>

#include "continuous/bell.hpp"
#include "continuous/exp_poly.hpp"
#include "continuous/number_text.hpp"
#include "continuous/print_sum.hpp"
#include "continuous/separation.hpp"

namespace faltung::continuous {
namespace {

constexpr double kMostLost = 2;  ///< digits that numbers of 17 digits may lose

class Printer {
 public:
  explicit Printer(Notation notation) : notation_(notation) {}

  std::string function(const Function& f) {
    Sum sum;
    const std::vector<WidePiece> pieces = merged(f.impl().closed.pieces);
    if (!pieces.empty()) add_pieces(pieces, sum);
    for (const WideImpulse& d : f.impl().closed.impulses) sum.add(impulse(d));
    for (const SmoothPart& part : f.smooth_parts()) sum.add(smooth(part));
    return sum.text();
  }

 private:
  bool latex() const { return notation_ == Notation::latex; }
  std::string number(Wide x) const { return number_text(x, notation_, digits_); }
  std::string factor(Wide x) const { return factor_text(x, notation_, digits_); }
  std::string times() const { return latex() ? " \\, " : "*"; }
  std::string call(const char* name, const std::string& argument) const {
    return latex() ? std::string("\\") + name + "\\left(" + argument + "\\right)"
                   : std::string(name) + "(" + argument + ")";
  }
  std::string bracketed(const std::string& text) const {
    return latex() ? "\\left(" + text + "\\right)" : "(" + text + ")";
  }

  /// t - a, without brackets.
  std::string since(Wide a) const {
    if (a == 0) return "t";
    const std::string distance = number(wide_abs(a));
    return (a < 0 ? (latex() ? "t + " : "t+") : (latex() ? "t - " : "t-")) + distance;
  }
  std::string since_in_brackets(Wide a) const { return a == 0 ? "t" : bracketed(since(a)); }
  /// a - t.
  std::string until(Wide a) const { return a == 0 ? "-t" : number(a) + (latex() ? " - t" : "-t"); }

  std::string power(const std::string& s, std::size_t k) const {
    if (k == 1) return s;
    return s + "^" + (latex() ? "{" + std::to_string(k) + "}" : std::to_string(k));
  }
  std::string exponential(Wide rate, const std::string& s) const {
    const std::string x = scaled_text(rate, s, notation_, digits_);
    return latex() ? "e^{" + x + "}" : "exp(" + x + ")";
  }

  /// Coefficients of s^k, all times `tail`.
  void add_polynomial(const std::vector<Wide>& c, const std::string& s, const std::string& tail,
                      Sum& sum) const {
    Sum inner;
    Wide only = 0;
    std::size_t only_power = 0;
    for (std::size_t k = 0; k < c.size(); ++k) {
      if (c[k] == 0) continue;
      only = c[k];
      only_power = k;
      inner.add(k == 0 ? number(c[k]) : factor(c[k]) + power(s, k));
    }
    if (inner.terms() == 0) return;
    if (tail.empty() && inner.terms() == 1) return sum.add(inner.text());
    if (tail.empty()) {
      for (std::size_t k = 0; k < c.size(); ++k)
        if (c[k] != 0) sum.add(k == 0 ? number(c[k]) : factor(c[k]) + power(s, k));
      return;
    }
    if (inner.terms() > 1) return sum.add(bracketed(inner.text()) + times() + tail);
    sum.add(factor(only) + (only_power == 0 ? "" : power(s, only_power) + times()) + tail);
  }

  void add_part(const ExpPart& part, const std::string& s, Sum& sum) const {
    std::vector<Wide> cosine, sine;
    Wide size = 0;
    for (const Complex& c : part.powers) size = std::max(size, magnitude_sum(c));
    const Wide twice = part.rate.is_real() ? 1 : 2;
    for (const Complex& c : part.powers) {
      const auto clean = [&](Wide x) { return wide_abs(x) < Wide(1e-28) * size ? Wide(0) : x; };
      cosine.push_back(twice * clean(c.re));
      sine.push_back(-twice * clean(c.im));
    }
    std::string decay = part.rate.re == 0 ? "" : exponential(part.rate.re, s);
    if (part.rate.is_real()) return add_polynomial(cosine, s, decay, sum);
    if (!decay.empty()) decay += times();
    const std::string angle = scaled_text(part.rate.im, s, notation_, digits_);
    add_polynomial(cosine, s, decay + call("cos", angle), sum);
    add_polynomial(sine, s, decay + call("sin", angle), sum);
  }

  std::string about(const ExpPoly& f, Wide origin) const {
    const bool line = f.size() == 1 && f[0].rate == Complex() && f[0].powers.size() == 2 &&
                      f[0].powers[0] == Complex() && f[0].powers[1] == Complex(1);
    if (line) return since(origin);
    Sum sum;  // what decays most slowly comes first
    for (auto part = f.rbegin(); part != f.rend(); ++part)
      if (part->rate.im >= 0) add_part(*part, since_in_brackets(origin), sum);
    return sum.text();
  }

  /// Terms with rates that nearly meet, as they are.
  void add_differences(const WideTerms& terms, Wide origin, Sum& sum) const {
    for (const WideTerm& term : terms) {
      const bool real = std::all_of(term.rates.begin(), term.rates.end(),
                                    [](const Complex& z) { return z.is_real(); });
      std::string rates;
      for (const Complex& z : term.rates) rates += comma() + (real ? number(z.re) : pair(z));
      const std::string weight = real ? factor(term.weight.re) : "";
      if (latex()) {
        sum.add((real ? weight : "\\mathrm{Re}\\, " + bracketed(pair(term.weight)) + " \\, ") +
                "\\exp\\left[" + rates.substr(2) + "\\right]\\left(" + since(origin) + "\\right)");
        continue;
      }
      std::string text = weight + (real ? "expdiff(" : "oscdiff(") + since(origin);
      if (!real) text.append(comma()).append(pair(term.weight));
      sum.add(text.append(rates).append(")"));
    }
  }
  std::string comma() const { return latex() ? ", " : ","; }
  /// A complex number: two arguments, or a + b i.
  std::string pair(const Complex& z) const {
    if (!latex()) return number(z.re) + "," + number(z.im);
    Sum sum;
    if (z.re != 0) sum.add(number(z.re));
    if (z.im != 0 || z.re == 0) sum.add(number(z.im) + " i");
    return sum.text();
  }

  /// The terms in t - origin, of a piece counted from its lower or its upper end.
  static WideTerms onward(const WidePiece& piece, Wide origin) {
    return moved(piece.terms, (origin - piece.origin) * piece.direction, piece.direction < 0);
  }

  struct Expression {
    std::string text;
    bool is_sum;
  };

  Expression piece(const WidePiece& piece) {
    const WideTerms terms = onward(piece, piece.origin);
    WideTerms apart, close;
    for (const WideTerm& term : terms)
      (digits_lost({term}, piece.upper - piece.lower) > kMostLost ? close : apart).push_back(term);
    Sum sum;
    const ExpPoly here = exp_poly_of(apart);
    std::string text = about(here, piece.origin);
    if (piece.origin != 0 && !apart.empty()) {
      const ExpPoly at_zero = exp_poly_of(moved(apart, -piece.origin, false));
      const std::string other = about(at_zero, 0);
      if (other.size() < text.size() && is_sound(at_zero, here, piece)) text = other;
    }
    if (!apart.empty()) sum.add(text);
    add_differences(close, piece.origin, sum);
    return {sum.text(), has_signs(sum.text())};
  }

  /// Whether powers of t about 0 do not cancel: their magnitudes, added up, over the largest value.
  static bool is_sound(const ExpPoly& at_zero, const ExpPoly& here, const WidePiece& piece) {
    Wide most = 0, sum = 0;
    const Wide length = is_finite(piece.upper - piece.lower) ? piece.upper - piece.lower : Wide(1);
    for (int i = 0; i <= 8; ++i) {
      const Wide s = length * piece.direction * i / 8, t = piece.origin + s;
      most = std::max(most, magnitude_sum(value_of(here, s)));
      Wide magnitudes = 0;
      for (const ExpPart& part : at_zero) {
        Wide power = wide_exp(part.rate.re * t);
        for (const Complex& c : part.powers) {
          magnitudes += magnitude_sum(c) * wide_abs(power);
          power *= t;
        }
      }
      if (!is_finite(magnitudes)) return false;  // not a number either, which max() would pass over
      sum = std::max(sum, magnitudes);
    }
    return sum <= 100 * most;
  }

  /// Neighbours that are one formula become one piece; one of all t counts from 0.
  static std::vector<WidePiece> merged(std::vector<WidePiece> pieces) {
    std::vector<WidePiece> kept;
    for (WidePiece& piece : pieces) {
      if (!kept.empty() && kept.back().upper == piece.lower) {
        WidePiece& last = kept.back();
        WideTerms difference = onward(last, piece.lower);
        Wide size = 0;
        for (const WideTerm& term : difference) size = std::max(size, magnitude_sum(term.weight));
        for (WideTerm term : piece.terms) {
          size = std::max(size, magnitude_sum(term.weight));
          term.weight = -term.weight;
          difference.push_back(std::move(term));
        }
        tidy(difference);
        if (std::all_of(difference.begin(), difference.end(), [&](const WideTerm& term) {
              return magnitude_sum(term.weight) <= Wide(1e-27) * size;
            })) {
          if (!is_finite(last.lower)) {
            last.terms = is_finite(piece.upper)
                             ? moved(last.terms, last.origin - piece.upper, false)
                             : onward(last, 0);
            last.origin = is_finite(piece.upper) ? piece.upper : Wide(0);
            last.direction = is_finite(piece.upper) ? -1 : 1;
          }
          last.upper = piece.upper;
          continue;
        }
      }
      kept.push_back(std::move(piece));
    }
    return kept;
  }

  void add_pieces(const std::vector<WidePiece>& pieces, Sum& sum) {
    const WidePiece& first = pieces[0];
    const bool from = is_finite(first.lower), to = is_finite(first.upper);
    if (pieces.size() > 1 || (from && to)) return sum.add(cases(pieces));
    const Expression body = piece(first);
    if (!from && !to) return sum.add(body.text);
    const std::string step =
        latex() ? "u\\left(" + (from ? since(first.lower) : until(first.upper)) + "\\right)"
                : "u(" + (from ? since(first.lower) : until(first.upper)) + ")";
    if (body.text == "1") return sum.add(step);
    sum.add((body.is_sum ? bracketed(body.text) : body.text) + times() + step);
  }

  std::string below(Wide t) const { return "t < " + number(t); }
  std::string between(Wide a, Wide b) const {
    return number(a) + (latex() ? " \\le t < " : " <= t < ") + number(b);
  }

  /// piecewise(t < a, x, t < b, y, ..., z).
  std::string cases(const std::vector<WidePiece>& pieces) {
    std::vector<std::pair<std::string, std::string>> rows;
    std::string rest = "0";
    if (pieces.size() == 1) {
      rows.emplace_back(between(pieces[0].lower, pieces[0].upper), piece(pieces[0]).text);
      return in_rows(rows, rest);
    }
    Wide reached = -kWideInfinity;
    for (const WidePiece& p : pieces) {
      if (p.lower > reached) rows.emplace_back(below(p.lower), "0");
      const std::string text = piece(p).text;
      if (is_finite(p.upper)) rows.emplace_back(below(p.upper), text);
      else rest = text;
      reached = p.upper;
    }
    return in_rows(rows, rest);
  }
  std::string in_rows(std::vector<std::pair<std::string, std::string>> rows,
                      const std::string& rest) const {
    // Neighbours that differ by rounding alone, and read the same, are one.
    while (!rows.empty() && rows.back().second == rest) rows.pop_back();
    for (std::size_t i = rows.size(); i-- > 1;)
      if (rows[i].second == rows[i - 1].second) rows.erase(rows.begin() + std::ptrdiff_t(i - 1));
    if (rows.empty()) return rest;
    std::string text = latex() ? "\\begin{cases} " : "piecewise(";
    for (const auto& [condition, value] : rows) {
      if (latex()) text.append(value).append(" & ").append(condition).append(" \\\\ ");
      else text.append(condition).append(", ").append(value).append(", ");
    }
    return text + rest + (latex() ? " & \\text{otherwise} \\end{cases}" : ")");
  }

  std::string impulse(const WideImpulse& d) const {
    if (!latex())
      return factor(d.weight) + "delta(" + since(d.at) +
             (d.order == 0 ? ")" : "," + std::to_string(d.order) + ")");
    const std::string order = d.order == 0 ? "" : "^{(" + std::to_string(d.order) + ")}";
    return factor(d.weight) + "\\delta" + order + "\\left(" + since(d.at) + "\\right)";
  }

  std::string smooth(const SmoothPart& part) const {
    const double spread = std::abs(part.stretch);
    if (is_bell(part)) {
      const std::string arguments = "t, " + number(part.shift) + ", " + number(spread);
      const Wide area = Wide(part.weight) * Wide(spread);
      // The area is known to a rounding of doubles: what is 1 to that is 1.
      const Wide said = wide_abs(area - 1) < Wide(4e-16) ? Wide(1) : area;
      return factor(said) + (latex() ? "\\mathrm{normal}\\left(" + arguments + "\\right)"
                                     : "normal(" + arguments + ")");
    }
    const std::string name = part.shape->text();
    if (latex()) return factor(part.weight) + "\\text{" + name + "}";
    std::string text = name;
    const double low = part.shape->lower(), high = part.shape->upper();
    const bool whole = has_signs(text) || text.starts_with('-');
    const std::string alone = whole ? "(" + text + ")" : text;
    // A step that the text ends with already is not said twice.
    const auto with_step = [&](const std::string& step) {
      return !whole && text.ends_with("*" + step) ? text : alone + "*" + step;
    };
    if (std::isfinite(low) && std::isfinite(high))
      text = "restrict(" + text + ", " + number(low) + ", " + number(high) + ")";
    else if (std::isfinite(low)) text = with_step("u(" + since(low) + ")");
    else if (std::isfinite(high)) text = with_step("u(" + until(high) + ")");
    else text = alone;
    if (part.stretch != 1) text = "stretch(" + text + ", " + number(part.stretch) + ")";
    if (part.shift != 0) text = "shift(" + text + ", " + number(part.shift) + ")";
    return factor(part.weight) + text;
  }

  Notation notation_;
  int digits_ = 17;
};

}  // namespace

std::string to_string(const Function& f) { return Printer(Notation::text).function(f); }
std::string to_latex(const Function& f) { return Printer(Notation::latex).function(f); }

}  // namespace faltung::continuous
