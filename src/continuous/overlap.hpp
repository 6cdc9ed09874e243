// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "continuous/closed.hpp"

/// Convolutions that are neither of the closed class nor series: where a function goes on for ever
/// and falls too slowly to be cut off, each value is an integral that is taken when it is asked
/// for.
namespace faltung::continuous {

/// Whether the part ends only where its values are nothing, and they came down to that as a power
/// of t: what is cut off is nothing beside a pulse, but counts beside a function without end.
bool falls_slowly(const SmoothPart& part);

/// part * piece, and part * other, by quadrature over the overlap.
///
/// Accuracy  about 1e-14 of the largest value; adaptive between corners, landmarks and the times of
///           the piece's rates.
/// Cost      some thousand values of both for each t.
/// Errors    invalid_argument where the integral diverges or converges too slowly; unsupported
///           where an operand is such an integral itself, or oscillates without end.
Result<Function> overlap(const SmoothPart& part, const WidePiece& piece);
Result<Function> overlap(const SmoothPart& part, const SmoothPart& other);

/// Places at which quadrature of a part is cut: breakpoints, and around its middle and landmarks
/// in steps of powers of 16.
std::vector<double> graded_places(const SmoothPart& part);

}  // namespace faltung::continuous
