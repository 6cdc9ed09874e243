// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
//   y(t) = integral of f(s) g(t - s) ds from max(lower f, t - upper g) to min(upper f, t - lower g)
//
// taken at each t by Kronrod's rules between the places of f and those of g seen from t; what goes
// on to infinity is folded onto 0 .. 1.
#include "continuous/overlap.hpp"

#include <algorithm>
#include <cmath>
#include <functional>

#include "continuous/exp_poly.hpp"
#include "continuous/kronrod.hpp"
#include "continuous/operations.hpp"
#include "continuous/separation.hpp"

namespace faltung::continuous {
namespace {

constexpr int kMostHalvings = 60;
constexpr std::size_t kMostValues = 40000;
constexpr double kValueCost = 2000;  ///< of an integral, in values of its operands
constexpr double kAccuracy = 2e-16, kWrong = 1e-12;
constexpr int kFirstOctave = -4, kTailOctave = 24, kLastOctave = 44;

tl::unexpected<Failure> refuse(Status status, std::string sentence) {
  return tl::unexpected(Failure{status, std::move(sentence)});
}

/// One of the two functions.
struct Operand {
  std::function<double(double)> value;
  double lower, upper;
  double origin, unit;  ///< where it is at home, and how wide it is about there
  std::vector<double> breaks;
  std::vector<double> places;
  double cost = 1;
  bool rings = false;  ///< oscillates on and on
  std::string text;
};

Operand operand(const SmoothPart& part) {
  const double lower = part.lower(), upper = part.upper();
  Operand made{[part](double t) { return part.value(t); },
               lower,
               upper,
               std::clamp(part.shift, lower, upper),
               std::abs(part.stretch),
               part.breakpoints(),
               graded_places(part),
               part.shape->cost(),
               false,
               to_string(function_of({}, {part}))};
  return made;
}

/// In doubles where partial fractions lose nothing by it.
std::function<double(double)> values_of(const WidePiece& piece) {
  const double origin = narrow(piece.origin);
  const int direction = piece.direction;
  if (digits_lost(piece.terms, piece.upper - piece.lower) < 1)
    return [quick = QuickPoly(exp_poly_of(piece.terms)), origin, direction](double t) {
      return quick(direction * (t - origin));
    };
  return [piece](double t) {
    return narrow(value_of(piece.terms, Wide(piece.direction) * (Wide(t) - piece.origin)));
  };
}

Operand operand(const WidePiece& piece) {
  const double lower = narrow(piece.lower), upper = narrow(piece.upper);
  const int side = std::isfinite(lower) ? 1 : -1;
  Operand made{values_of(piece), lower, upper, side > 0 ? lower : upper, 1, {}, {}, 1, false, ""};
  made.text = to_string(function_of({{piece}, {}}));
  for (const double end : {lower, upper})
    if (std::isfinite(end)) made.breaks.push_back(end);
  made.places = made.breaks;
  double fastest = 0;
  for (const WideTerm& term : piece.terms)
    for (const Complex& z : term.rates) {
      const double decay = narrow(wide_abs(z.re)), turn = narrow(wide_abs(z.im));
      made.rings |= !(z.re < 0) == (side > 0) && turn > 0 && !(std::isfinite(lower + upper));
      fastest = std::max({fastest, decay, turn});
      if (decay > 0)
        for (const double times : {0.125, 1.0, 8.0, 40.0})
          made.places.push_back(made.origin + side * times / decay);
    }
  if (fastest > 0) made.unit = 1 / fastest;
  return made;
}

/// f * g as a shape.
class Overlap final : public Smooth {
 public:
  Overlap(Operand f, Operand g) : f_(std::move(f)), g_(std::move(g)) {}

  double value(double t) const override {
    bool complete = true;
    return integrate(t, complete);
  }
  double lower() const override { return f_.lower + g_.lower; }
  double upper() const override { return f_.upper + g_.upper; }
  std::vector<double> breakpoints() const override {
    std::vector<double> places;
    for (const double a : f_.breaks)
      for (const double b : g_.breaks)
        if (a + b > lower() && a + b < upper()) places.push_back(a + b);
    std::sort(places.begin(), places.end());
    places.erase(std::unique(places.begin(), places.end()), places.end());
    return places;
  }
  double error_estimate() const override { return error_; }
  double cost() const override { return kValueCost * f_.cost * g_.cost; }
  std::string text() const override { return "conv(" + f_.text + ", " + g_.text + ")"; }

  double integrate(double t, bool& complete) const {
    const double low = std::max(f_.lower, t - g_.upper), high = std::min(f_.upper, t - g_.lower);
    if (!(low < high)) return 0;
    const std::vector<Seen> places = places_between(low, high, t);
    Kronrod rules(kMostHalvings, kMostValues);
    double scale = 0, sum = 0;
    each(places, low, high, t, [&](const auto& value, double from, double to) {
      scale += Kronrod::size(value, from, to);
    });
    each(places, low, high, t, [&](const auto& value, double from, double to) {
      sum += rules.integral(value, from, to, kAccuracy * scale);
    });
    complete = rules.unresolved() <= kWrong * scale;
    return sum;
  }

  /// Looks at some values; whether they can be had, and how large they are.
  Result<void> try_out() {
    const double home = f_.origin + g_.origin, unit = std::max(f_.unit, g_.unit);
    double largest = 0;
    for (const double step : {0.0, 1.0, -1.0, 30.0, -30.0, 1000.0, -1000.0}) {
      const double t = home + step * unit;
      if (t < lower() || t > upper()) continue;
      bool complete = true;
      const double y = integrate(t, complete);
      if (!std::isfinite(y) && std::abs(step) > 1) continue;  // too large for doubles there
      if (!std::isfinite(y) || !complete)
        return refuse(Status::unsupported,
                      f_.text + " and " + g_.text +
                          " grow or oscillate too much for an integral at each t; restrict one of "
                          "them");
      largest = std::max(largest, std::abs(y));
    }
    error_ = 2e-14 * largest;
    return {};
  }

 private:
  /// A place seen from both: s of f is r = t - s of g.
  struct Seen {
    double s, r;
  };

  double product(double s, double r) const {
    const double a = f_.value(s);
    const double b = a == 0 ? 0 : g_.value(r);
    return b == 0 ? 0 : a * b;  // 0 also beside what is infinite
  }

  std::vector<Seen> places_between(double low, double high, double t) const {
    std::vector<Seen> places;
    for (const double s : f_.places)
      if (s >= low && s <= high) places.push_back({s, t - s});
    for (const double r : g_.places)
      if (t - r >= low && t - r <= high) places.push_back({t - r, r});
    if (places.empty()) places.push_back({0, t});
    for (const double s : {low, high})
      if (std::isfinite(s)) places.push_back({s, t - s});
    const auto order = [](const Seen& a, const Seen& b) {
      return a.s != b.s ? a.s < b.s : a.r > b.r;
    };
    std::sort(places.begin(), places.end(), order);
    return places;
  }

  /// Calls use(value, from, to) for every interval, folded where it has no end. The variable is
  /// that of the function which is nearer to 0, since its places are the finer ones.
  template <class Use>
  void each(const std::vector<Seen>& places, double low, double high, double t,
            const Use& use) const {
    for (std::size_t i = 0; i + 1 < places.size(); ++i) {
      const Seen &a = places[i], &b = places[i + 1];
      const bool of_f =
          std::max(std::abs(a.s), std::abs(b.s)) <= std::max(std::abs(a.r), std::abs(b.r));
      if (of_f && a.s < b.s) use([&](double s) { return product(s, t - s); }, a.s, b.s);
      if (!of_f && b.r < a.r) use([&](double r) { return product(t - r, r); }, b.r, a.r);
    }
    const double length = std::max(f_.unit, g_.unit);
    for (const int side : {-1, 1}) {
      if (std::isfinite(side < 0 ? low : high)) continue;
      const Seen from = side < 0 ? places.front() : places.back();
      // s = from + length (1/v^4 - 1): what falls like t^-p becomes v^(4p - 5).
      const auto folded = [&](double v) {
        const double root = v * v, way = side * length * (1 / (root * root) - 1);
        const double y = product(from.s + way, from.r - way);
        return y == 0 ? 0 : 4 * length * y / (root * root * v);
      };
      use(folded, 0.0, 1.0);
    }
  }

  Operand f_, g_;
  double error_ = 0;
};

/// Whether f(s) g(t - s) has an integral towards s = side * infinity: octave by octave it must
/// become less, or be nothing at last.
bool has_tail(const Operand& f, const Operand& g, int side) {
  const double t = f.origin + g.origin, unit = std::max(f.unit, g.unit);
  constexpr int kPoints = 8;
  double most = 0, first = 0, last = 0;
  for (int octave = kFirstOctave; octave <= kLastOctave; ++octave) {
    double here = 0;
    for (int i = 0; i < kPoints; ++i) {
      const double distance = unit * std::ldexp(1 + (i + 0.37) / kPoints, octave);
      const double s = f.origin + side * distance, a = f.value(s), b = g.value(t - s);
      const double size = a == 0 || b == 0 ? 0 : std::abs(a * b) * distance;
      if (!std::isfinite(size)) return false;
      here = std::max(here, size);
    }
    most = std::max(most, here);
    if (octave == kTailOctave) first = here;
    last = here;
  }
  // 0.8 an octave is a fall like t^-1.3: slower ones take too many halvings.
  return last <= 1e-17 * most || last <= first * std::pow(0.8, kLastOctave - kTailOctave);
}

Result<Function> overlap(const Operand& f, const Operand& g) {
  if (f.cost * g.cost > 1)
    return refuse(Status::unsupported,
                  (f.cost > 1 ? f.text : g.text) +
                      " is an integral at each t already, and falls too slowly to become a series; "
                      "restrict it");
  for (const int side : {-1, 1}) {
    const bool endless = side < 0 ? std::isinf(f.lower) && std::isinf(g.upper)
                                  : std::isinf(f.upper) && std::isinf(g.lower);
    if (!endless) continue;
    if (!has_tail(f, g, side) || f.rings || g.rings)
      return refuse(Status::invalid_argument,
                    "the integral diverges, or converges too slowly: " + f.text + " and " + g.text +
                        " go on for ever in opposite directions, and their product falls too "
                        "slowly there; restrict one of them");
  }
  auto shape = std::make_shared<Overlap>(f, g);
  if (auto tried = shape->try_out(); !tried) return tl::unexpected(tried.error());
  return function_of({}, {SmoothPart{std::move(shape)}});
}

}  // namespace

bool falls_slowly(const SmoothPart& part) {
  for (const int side : {-1, 1}) {
    if (std::isfinite(side < 0 ? part.lower() : part.upper())) continue;
    const double from = std::clamp(part.shift, part.lower(), part.upper());
    const auto at = [&](double distance) {
      return std::abs(part.value(from + side * std::abs(part.stretch) * distance));
    };
    // Of a power of t, eight times as far leaves some digits less; of e^-t nearly nothing.
    constexpr double kNear = 1e9, kFar = 8e9, kFewDigits = 1e-12;
    const double near = at(kNear), far = at(kFar);
    if (!std::isfinite(near + far) || (near > 0 && far > kFewDigits * near)) return true;
  }
  return false;
}

std::vector<double> graded_places(const SmoothPart& part) {
  const double lower = part.lower(), upper = part.upper();
  std::vector<double> centres = part.landmarks(), places = part.breakpoints();
  centres.push_back(std::clamp(part.shift, lower, upper));
  for (const double end : {lower, upper})
    if (std::isfinite(end)) places.push_back(end);
  for (const double t : centres) {
    places.push_back(t);
    for (const int power : {-6, -5, -4, -3, -2, -1, 0, 1, 2})
      for (const int side : {-1, 1})
        places.push_back(t + side * std::abs(part.stretch) * std::ldexp(1.0, 4 * power));
  }
  std::erase_if(places, [&](double t) { return !(t >= lower && t <= upper); });
  std::sort(places.begin(), places.end());
  places.erase(std::unique(places.begin(), places.end()), places.end());
  return places;
}

Result<Function> overlap(const SmoothPart& part, const WidePiece& piece) {
  return overlap(operand(part), operand(piece));
}
Result<Function> overlap(const SmoothPart& part, const SmoothPart& other) {
  return overlap(operand(part), operand(other));
}

}  // namespace faltung::continuous
