// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// Where a formula may have features too narrow to be met by chance: at the zeros of its lines.
#include <algorithm>
#include <cmath>
#include <optional>

#include "continuous/formula_tree.hpp"

namespace faltung::continuous {
namespace {

constexpr std::size_t kMostLandmarks = 16;

/// slope t + offset.
struct Line {
  double slope, offset;
};
using MaybeLine = std::optional<Line>;

MaybeLine line_of(const Node& node, const std::vector<MaybeLine>& of) {
  if (node.function) return std::nullopt;
  if (node.word == Word::number) return Line{0, narrow(node.number)};
  if (node.word == Word::time) return Line{1, 0};
  if (node.word < Word::negate || node.word > Word::over) return std::nullopt;
  const MaybeLine &a = of[0], &b = of.back();
  if (!a || !b) return std::nullopt;
  switch (node.word) {
    case Word::negate: return Line{-a->slope, -a->offset};
    case Word::plus: return Line{a->slope + b->slope, a->offset + b->offset};
    case Word::minus: return Line{a->slope - b->slope, a->offset - b->offset};
    case Word::times:
      if (a->slope != 0 && b->slope != 0) return std::nullopt;
      return Line{a->slope * b->offset + b->slope * a->offset, a->offset * b->offset};
    default:
      if (b->slope != 0 || b->offset == 0) return std::nullopt;
      return Line{a->slope / b->offset, a->offset / b->offset};
  }
}

}  // namespace

std::vector<double> landmarks_of(const Tree& tree, std::size_t node) {
  const std::size_t first = tree.nodes[node].first;
  std::vector<MaybeLine> lines(node - first + 1);
  std::vector<double> places;
  std::vector<MaybeLine> of;
  for (std::size_t i = first; i <= node && places.size() < kMostLandmarks; ++i) {
    of.clear();
    for (const std::size_t k : tree.nodes[i].of) of.push_back(lines[k - first]);
    MaybeLine& line = lines[i - first] = line_of(tree.nodes[i], of);
    if (line && i != node) continue;
    if (line) of = {line};  // the formula is a line itself
    for (const MaybeLine& part : of) {
      const double zero = part && part->slope != 0 ? -part->offset / part->slope : NAN;
      if (std::isfinite(zero)) places.push_back(zero);
    }
  }
  std::sort(places.begin(), places.end());
  places.erase(std::unique(places.begin(), places.end()), places.end());
  return places;
}

}  // namespace faltung::continuous
