// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <limits>
#include <memory>

#include "faltung/types.hpp"

/// Functions of a real variable t, and their convolution (f * h)(t) = integral of f(s) h(t-s) ds.
namespace faltung::continuous {

/// A term of the closed class: the real part of weight * exp[rates](s), where exp[z0, ..., zm](s)
/// is the divided difference of z -> exp(z s) at the rates, in 1/second if t is in seconds:
///   exp[z](s) = e^(z s),  exp[z, z](s) = s e^(z s),  exp[z, z, z](s) = s^2/2 e^(z s),
///   exp[z, w](s) = (e^(z s) - e^(w s)) / (z - w).
/// Polynomial times exponential times (co)sine is a sum of such terms, and where rates nearly meet
/// nothing cancels. The Laplace transform of exp[z0, ..., zm] is 1 / ((p - z0) ... (p - zm)).
struct Term {
  std::complex<double> weight;
  std::vector<std::complex<double>> rates;  ///< at least one
};

/// The sum of the terms on lower <= t < upper. s = t - lower; where lower is -infinity (and upper
/// finite) s = upper - t. At least one end is finite.
struct Piece {
  double lower = 0;
  double upper = std::numeric_limits<double>::infinity();
  std::vector<Term> terms;
};

/// weight times the order-th derivative of delta(t - at); order 0 is the impulse itself.
struct Impulse {
  double at = 0;
  int order = 0;
  double weight = 1;
};

/// A function outside the closed class, smooth between its breakpoints: a formula, a series.
/// Immutable, and safe to use from several threads.
class FALTUNG_API Smooth {
 public:
  Smooth() = default;
  Smooth(const Smooth&) = delete;
  Smooth& operator=(const Smooth&) = delete;
  virtual ~Smooth();
  /// For lower() <= t <= upper().
  virtual double value(double t) const = 0;
  /// The same for many places at once, which series are much faster at. Spans are of one length.
  virtual void values(std::span<const double> t, std::span<double> y) const;
  /// The function is 0 outside; the ends may be infinite.
  virtual double lower() const = 0;
  virtual double upper() const = 0;
  /// Where the function or a derivative jumps, between its ends, in order.
  virtual std::vector<double> breakpoints() const { return {}; }
  /// Places about which the function may be steep without a jump, as 3 of exp(-1e6*(t-3)^2):
  /// narrow features are looked for there.
  virtual std::vector<double> landmarks() const { return {}; }
  /// A bound or an estimate of |value - what is meant|, 0 where only rounding is between them.
  virtual double error_estimate() const { return 0; }
  /// What a value costs, in values of a formula: some thousands where each is an integral.
  virtual double cost() const { return 1; }
  /// A formula of t where there is one that can be parsed, else a name of what it is.
  virtual std::string text() const = 0;
};

/// weight * shape((t - shift) / stretch), stretch not 0.
struct FALTUNG_API SmoothPart {
  std::shared_ptr<const Smooth> shape;
  double weight = 1;
  double shift = 0;
  double stretch = 1;

  double lower() const;
  double upper() const;
  /// 0 outside the part's ends, which belong to it.
  double value(double t) const;
  std::vector<double> breakpoints() const;
  std::vector<double> landmarks() const;
};

struct FunctionImpl;

/// A function of t: pieces of the closed class that do not overlap, impulses, and smooth parts
/// that are added to them. A value; copies share what they hold.
///
/// Numbers are kept to 113 bits inside; the structures above show them rounded.
/// Fails    what is not finite, more than 2^14 pieces or 64 rates in a term are refused.
/// Threads  immutable: share it.
class FALTUNG_API Function {
 public:
  /// 0 everywhere.
  Function();
  explicit Function(std::shared_ptr<const FunctionImpl> impl) : impl_(std::move(impl)) {}
  explicit Function(SmoothPart part);
  /// The sum of the pieces, which may overlap, and of the impulses. Errors: invalid_argument.
  static Result<Function> make(const std::vector<Piece>& pieces,
                               const std::vector<Impulse>& impulses = {});

  /// The value at t, and from the right where it jumps; impulses have none and are left out.
  double operator()(double t) const;
  /// The same for many places. Spans are of one length.
  void evaluate(std::span<const double> t, std::span<double> y) const;

  std::vector<Piece> pieces() const;
  std::vector<Impulse> impulses() const;
  const std::vector<SmoothPart>& smooth_parts() const;
  /// No smooth parts: everything about it is exact but for rounding.
  bool is_closed() const { return smooth_parts().empty(); }
  /// Ends of pieces and parts, their breakpoints, and impulses, in order.
  std::vector<double> breakpoints() const;
  /// Where it is not 0: the smallest interval; {0, 0} for the zero function.
  double lower() const;
  double upper() const;

  const FunctionImpl& impl() const { return *impl_; }

 private:
  std::shared_ptr<const FunctionImpl> impl_;
};

/// f + g. Errors: size_overflow.
FALTUNG_API Result<Function> add(const Function& f, const Function& g);
FALTUNG_API Function scaled(const Function& f, double factor);
/// f(t - by): what happens `by` later.
FALTUNG_API Function shifted(const Function& f, double by);
/// f(t / factor), factor not 0: as long, `factor` times; mirrored where it is negative.
FALTUNG_API Result<Function> stretched(const Function& f, double factor);
/// f from lower to upper (an end may be infinite), 0 outside; impulses at the ends stay.
FALTUNG_API Result<Function> restricted(const Function& f, double lower, double upper);
/// The sum of f(t - k period) over all whole k, for lower <= t < upper; f ends on both sides.
/// Errors: invalid_argument; size_overflow beyond 4096 periods.
FALTUNG_API Result<Function> periodic(const Function& f, double period, double lower, double upper);
/// With an impulse where f jumps; of smooth parts by their series. Errors: as as_series.
FALTUNG_API Result<Function> derivative(const Function& f);
/// The integral of f from -infinity to t. Errors: as convolve.
FALTUNG_API Result<Function> antiderivative(const Function& f);

/// (f * g)(t) = integral of f(s) g(t - s) ds, impulses included; of the closed class where both
/// are. Errors: invalid_argument where the integral diverges, with the reason; size_overflow.
FALTUNG_API Result<Function> convolve(const Function& f, const Function& g);
/// The integral of f(s) g(s + t) ds. Errors: as convolve.
FALTUNG_API Result<Function> correlate(const Function& f, const Function& g);

/// How a function outside the closed class is resolved.
struct SeriesOptions {
  double tolerance = 0x1p-52;         ///< relative to the largest value
  std::vector<double> breakpoints;    ///< where it is known not to be smooth; others are looked for
  std::int64_t max_degree = 1 << 16;  ///< of a piece
  std::int64_t max_pieces = 1 << 10;
};
/// Any function of t from lower to upper, 0 outside, as Chebyshev series between breakpoints. `f`
/// is called for some hundred values of t, within the ends, more where it resists; it may throw.
/// Pays      where a function is evaluated or convolved more than once, or has no formula.
/// Errors    invalid_argument where a value is not finite or the function grows without bound;
///           unsupported where more pieces would be needed; both with the place.
FALTUNG_API Result<Function> series_function(const std::function<double(double)>& f, double lower,
                                             double upper, const SeriesOptions& options = {});
/// f with its smooth parts as one series each; the closed class stays. Errors: as series_function.
FALTUNG_API Result<Function> as_series(const Function& f, const SeriesOptions& options = {});
/// An estimate of the largest |value - what is meant| of the smooth parts.
FALTUNG_API double error_estimate(const Function& f);

/// The integral of f over all t, impulses included. Errors: invalid_argument where it diverges.
FALTUNG_API Result<double> area(const Function& f);
/// Of a density, or of an impulse response: its mean is a delay. Means and variances of convolved
/// functions add up, areas multiply.
struct Moments {
  double area, mean, variance;
};
/// Errors: invalid_argument where an integral diverges or the area is 0.
FALTUNG_API Result<Moments> moments(const Function& f);

/// A function by its formula: "exp(-t/3)*u(t)", "box(t)", "delta(t-1)", "max(t,0)*box(t/4)"; the
/// language is in docs/continuous.md. Numbers are read to 113 bits. What is not polynomial times
/// exponential times (co)sine between its corners becomes a smooth part.
/// Errors: invalid_argument, unknown_name, size_overflow (65536 characters, 20000 parts, 64
/// brackets inside each other, or too much work); the message has the column, and under it two
/// more lines, the formula and a caret.
FALTUNG_API Result<Function> parse_function(std::string_view text);
/// The function as a formula that parse_function reads back, to about 1e-15 of its largest value;
/// smooth parts by their texts, which are formulas where they came from formulas.
FALTUNG_API std::string to_string(const Function& f);
/// The same in LaTeX.
FALTUNG_API std::string to_latex(const Function& f);

/// A function of the language.
struct FormulaFunction {
  const char* form;
  const char* meaning;
};
FALTUNG_API std::vector<FormulaFunction> formula_functions();

}  // namespace faltung::continuous
