// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "continuous/divided_exp.hpp"
#include "faltung/continuous.hpp"

/// The closed class inside: what include/faltung/continuous.hpp shows, in 113 bits.
namespace faltung::continuous {

inline constexpr std::size_t kMostPieces = std::size_t{1} << 14;
inline constexpr std::size_t kMostTerms = std::size_t{1} << 18;  ///< of all pieces together
inline constexpr std::size_t kMostRates = 64;
inline constexpr int kMostOrder = 32;

/// The real part of weight * exp[rates](s).
struct WideTerm {
  Complex weight;
  Rates rates;
};
using WideTerms = std::vector<WideTerm>;

/// The sum of terms on lower <= t < upper, in s = direction * (t - origin).
struct WidePiece {
  Wide lower = 0, upper = 0;
  Wide origin = 0;
  int direction = 1;
  WideTerms terms;
};

struct WideImpulse {
  Wide at = 0;
  int order = 0;
  Wide weight = 0;
};

/// Pieces in order that do not overlap: s counts from the lower end, or back from the upper one
/// where the lower is -infinity. Impulses in order, one of each order at a place.
struct Closed {
  std::vector<WidePiece> pieces;
  std::vector<WideImpulse> impulses;
};

struct FunctionImpl {
  Closed closed;
  std::vector<SmoothPart> smooth;
};

/// Pieces that overlap and count s from anywhere, put into the order of Closed and added up.
/// Errors: size_overflow, invalid_argument where a number is not finite.
Result<Closed> assemble(std::vector<WidePiece> pieces, std::vector<WideImpulse> impulses);

/// The terms in s where they were in offset + s or, with `turned`, in offset - s.
WideTerms moved(const WideTerms& terms, Wide offset, bool turned);
/// Rates sorted, equal ones added up, zeros left out; of conjugates, one.
void tidy(WideTerms& terms);
/// Whether the term without its real part is real.
bool is_real(const WideTerm& term);

Wide value_of(const WideTerms& terms, Wide s);
/// From the right where `t` is the end of a piece.
Wide value_at(const Closed& f, Wide t);

WideTerms derivative_of(const WideTerms& terms, int direction = 1);

Closed shifted(Closed f, Wide by);
Closed scaled(Closed f, Wide factor);
/// f(-t).
Result<Closed> mirrored(const Closed& f);
/// f(t / factor), factor not 0.
Result<Closed> stretched(const Closed& f, Wide factor);
/// f from lower to upper, impulses at both included.
Result<Closed> restricted(const Closed& f, Wide lower, Wide upper);
/// With an impulse where it jumps.
Result<Closed> derivative(const Closed& f);
Result<Closed> convolve(const Closed& f, const Closed& g);
/// The integral of (t - centre)^power f from lower to upper, power at most 32. Impulses at the
/// ends count. Errors: invalid_argument where it diverges.
Result<Wide> moment(const Closed& f, int power, Wide centre);

}  // namespace faltung::continuous
