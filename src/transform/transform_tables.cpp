// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// How a transform is made: its passes, and the twiddles of their nodes.
#include <algorithm>

#include "transform/transform.hpp"
#include "transform/unit_circle.hpp"

namespace faltung {
namespace {

/// Angles a of nodes as exact fractions numerator / denominator of the circle.
struct Nodes {
  std::vector<std::int64_t> numerators;
  std::int64_t denominator;
};

/// Children of radix r: (a + j) / r.
Nodes split(const Nodes& nodes, int radix) {
  Nodes children{{}, nodes.denominator * radix};
  children.numerators.reserve(nodes.numerators.size() * static_cast<std::size_t>(radix));
  for (std::int64_t a : nodes.numerators)
    for (int j = 0; j < radix; ++j) children.numerators.push_back(a + j * nodes.denominator);
  return children;
}

/// Whether the levels end in units, and radices of the passes before them.
struct Split {
  bool units;
  std::vector<int> radices;
};
template <class T>
Split split_of(std::int64_t length, Along along, std::int64_t target, bool narrow, int first) {
  const bool units = along == Along::rows && !narrow && faltung::units<T>(target).count > 0;
  return {units, radices_of(units ? length / row_quantum<T>(target) : length,
                            butterflies<T>(target, narrow).eights, first)};
}

/// Blocks of `group` lanes transposed across each `radix` of the four lines.
std::vector<std::int64_t> transposed(const std::vector<std::int64_t>& from, UnitStage stage,
                                     std::int64_t lanes) {
  std::vector<std::int64_t> to(from.size());
  const std::int64_t r = stage.radix, g = stage.group;
  for (std::int64_t line = 0; line < kUnitLines; ++line)
    for (std::int64_t lane = 0; lane < lanes; ++lane) {
      const std::int64_t block = lane / g % r, q = line % r;
      to[static_cast<std::size_t>((line - q + block) * lanes + lane + (q - block) * g)] =
          from[static_cast<std::size_t>(line * lanes + lane)];
    }
  return to;
}

}  // namespace

template <class T>
std::int64_t Transform<T>::bytes_of(std::int64_t length, Along along, std::int64_t target,
                                    bool narrow, int first_radix) {
  const Split split = split_of<T>(length, along, target, narrow, first_radix);
  const std::int64_t count = split.units ? length / row_quantum<T>(target) : 0;
  std::int64_t numbers = count * (kUnitPassTwiddles + units<T>(target).twiddles);
  std::int64_t nodes = 1;
  for (const int r : split.radices) {
    numbers += nodes * 2 * (r - 1);
    nodes *= r;
  }
  return numbers * static_cast<std::int64_t>(sizeof(T));
}

template <class T>
Result<Transform<T>> Transform<T>::make(std::int64_t length, Root root, Along along,
                                        std::int64_t target, bool narrow, int first_radix) {
  const std::int64_t quantum = along == Along::rows && !narrow ? row_quantum<T>(target) : 1;
  if (!is_transform_length(length) || length % quantum != 0)
    return tl::unexpected(Failure{
        Status::unsupported,
        "no transform of " + std::to_string(length) +
            " points; lengths are {1, 3, 5, 9, 15} times a power of 2" +
            (quantum > 1 ? ", and multiples of " + std::to_string(quantum) + " along rows" : "")});
  Transform t;
  t.length_ = length;
  t.loops_ = &butterflies<T>(target, narrow);
  t.units_ = &units<T>(target);
  const Split split = split_of<T>(length, along, target, narrow, first_radix);
  t.unit_count_ = split.units ? length / quantum : 0;
  t.build(root, split.radices);
  t.set_bytes_of_row(t.bytes() + 2 * length * static_cast<std::int64_t>(sizeof(T)));
  return t;
}

/// Passes and their twiddles.
template <class T>
void Transform<T>::build(Root root, const std::vector<int>& radices) {
  Nodes nodes{{root == Root::quarter ? 1 : 0}, 4};
  std::int64_t node_length = length_;
  const auto add_pass = [&](int r) {
    const UnitCircle<T> unit(nodes.denominator * r);
    std::size_t at = twiddles_.size();
    twiddles_.resize(at + nodes.numerators.size() * static_cast<std::size_t>(2 * (r - 1)));
    for (std::int64_t a : nodes.numerators)
      for (int s = 1; s < r; ++s, at += 2) unit(s * a, twiddles_[at], twiddles_[at + 1]);
    nodes = split(nodes, r);
    node_length /= r;
  };
  for (int r : radices) {
    Pass pass{
        r, length_ / node_length, node_length, static_cast<std::int64_t>(twiddles_.size()), {}};
    pass.row = shape_of(pass, 1, {});
    passes_.push_back(pass);
    add_pass(r);
  }
  first_radix_ = radices.empty() ? 1 : radices[0];
  first_lines_ = length_ / first_radix_ / loops_->lanes;
  if (unit_count_ == 0) return;
  unit_twiddles_ = static_cast<std::int64_t>(twiddles_.size());
  add_pass(kUnitLines);
  add_stages(nodes.numerators, nodes.denominator);
  is_short_ = stays_in_cache(1, {});
}

/// Follows the lanes of each unit through the stages to learn which node each belongs to.
template <class T>
void Transform<T>::add_stages(const std::vector<std::int64_t>& numerators,
                              std::int64_t denominator) {
  const std::int64_t lanes = loops_->lanes;
  const std::int64_t last = denominator * lanes;
  const UnitCircle<T> unit(last);
  stages_.resize(static_cast<std::size_t>(unit_count_ * units_->twiddles));
  T* to = stages_.data();
  for (std::int64_t u = 0; u < unit_count_; ++u) {
    std::vector<std::int64_t> angles;  // numerators, line by line, lane by lane
    for (std::int64_t line = 0; line < kUnitLines; ++line)
      angles.insert(angles.end(), static_cast<std::size_t>(lanes),
                    numerators[static_cast<std::size_t>(u * kUnitLines + line)]);
    std::int64_t d = denominator;  // angles are over d
    for (int stage = 0; stage < units_->count; ++stage) {
      const int radix = units_->stages[stage].radix;
      angles = transposed(angles, units_->stages[stage], lanes);
      for (std::int64_t group = 0; group < kUnitLines; group += radix)
        for (int s = 1; s < radix; ++s, to += 2 * lanes)
          for (std::int64_t lane = 0; lane < lanes; ++lane)
            unit(s * angles[static_cast<std::size_t>(group * lanes + lane)] * (last / d / radix),
                 to[lane], to[lanes + lane]);
      for (std::int64_t line = 0; line < kUnitLines; ++line)
        for (std::int64_t lane = 0; lane < lanes; ++lane)
          angles[static_cast<std::size_t>(line * lanes + lane)] += line % radix * d;
      d *= radix;
    }
  }
}

template <class T>
std::int64_t Transform<T>::bytes() const noexcept {
  return static_cast<std::int64_t>((twiddles_.size() + stages_.size()) * sizeof(T));
}

#define FALTUNG_INSTANTIATE(T)                                                                    \
  template std::int64_t Transform<T>::bytes_of(std::int64_t, Along, std::int64_t, bool, int);     \
  template Result<Transform<T>> Transform<T>::make(std::int64_t, Root, Along, std::int64_t, bool, \
                                                   int);                                          \
  template std::int64_t Transform<T>::bytes() const noexcept;
FALTUNG_INSTANTIATE(float)
FALTUNG_INSTANTIATE(double)
#undef FALTUNG_INSTANTIATE

}  // namespace faltung
