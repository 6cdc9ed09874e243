// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "continuous/wide.hpp"
#include "faltung/continuous.hpp"

namespace faltung::continuous {

inline constexpr std::size_t kLongestFormula = 65536;
inline constexpr std::size_t kMostNodes = 20000;
inline constexpr int kDeepestFormula = 64;

/// What a place of a formula's tree is. Names of functions are those of the language.
enum class Word {
  number,
  time,
  negate,
  plus,
  minus,
  times,
  over,
  power,
  less,
  both,
  // corners: between their zeros they are one of their arguments, 0 or 1
  u,
  box,
  tri,
  ramp,
  sign,
  abs,
  max,
  min,
  piecewise,
  // closed where the argument is a + b t
  exp,
  sin,
  cos,
  sinh,
  cosh,
  expdiff,
  oscdiff,
  // smooth
  tan,
  tanh,
  sqrt,
  log,
  erf,
  atan,
  sinc,
  gauss,
  // densities
  normal,
  uniform,
  expdist,
  erlang,
  laplace,
  discrete,
  die,
  dice,
  // impulses, and what is done with whole functions
  delta,
  conv,
  corr,
  shift,
  stretch,
  flip,
  diff,
  integral,
  restrict,
  periodic,
};

struct FormulaWord {
  Word word;
  const char* name;
  const char* form;
  const char* meaning;
  int least, most;  ///< arguments
};
/// All functions, in the order of the help.
std::span<const FormulaWord> formula_words() noexcept;

/// What lies below a node is in the places first..itself of the tree, arguments before the node, so
/// that trees are walked by loops however long their sums are.
struct Node {
  Word word = Word::number;
  std::size_t column = 0;            ///< where it is pointed at, from 0
  std::vector<std::size_t> of = {};  ///< arguments
  Wide number = 0;
  bool inclusive = false;                         ///< less: <=
  std::size_t first = 0, begin = 0, end = 0;      ///< below it; of the text
  std::shared_ptr<const Function> function = {};  ///< what conv, shift, ... make
};

struct Tree {
  std::string text;
  std::vector<Node> nodes = {};
  std::size_t root = 0;

  std::string text_of(std::size_t node) const {
    const std::string all = text.substr(nodes[node].begin, nodes[node].end - nodes[node].begin);
    return all.substr(0, all.find_last_not_of(" \t\r\n") + 1);
  }
};

/// Errors: invalid_argument, unknown_name, with the column and the line under which a caret points.
Result<Tree> parse_formula(std::string_view text);
/// A refusal that points at a column of the formula.
tl::unexpected<Failure> refuse_at(const std::string& formula, std::size_t column,
                                  const std::string& sentence,
                                  Status status = Status::invalid_argument);

/// The value at t in doubles, impulses left out. 0 times anything is 0.
double value_of(const Tree& tree, std::size_t node, double t);
/// The same of the smooth piece that `decided_at` belongs to: beside a corner rounding may put t on
/// the other side of it.
double value_of(const Tree& tree, std::size_t node, double t, double decided_at);

/// Zeros of what is a t + b below the node, at most 16: there formulas are steep if they are.
std::vector<double> landmarks_of(const Tree& tree, std::size_t node);

/// The function that a tree says. Errors: as parse_formula.
Result<Function> build(Tree tree);

}  // namespace faltung::continuous
