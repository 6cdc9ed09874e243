// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// From the words of a Problem to numbers for each axis, refusing what has no meaning.
#include <algorithm>
#include <cmath>
#include <limits>

#include "convolution/geometry.hpp"
#include "microkernels/window_sums.hpp"
#include "support/checked.hpp"

namespace faltung {
namespace {

using checked::Int;

tl::unexpected<Failure> refuse(Status status, std::string message) {
  return tl::unexpected(Failure{status, std::move(message)});
}

std::string at(int i) { return " of axis " + std::to_string(i); }

/// Extents grow, bytes are counted from them: half the range leaves room for every sum.
constexpr std::int64_t kLargest = std::numeric_limits<std::int64_t>::max() / 4;

Result<void> check_shape(const Dims& shape, const char* what, Status empty, ElementType type) {
  if (shape.empty())
    return refuse(empty, std::string(what) + " has no axes; a problem needs at least one");
  for (int i = 0; i < shape.rank(); ++i) {
    if (shape[i] == 0)
      return refuse(empty, std::string(what) + " " + to_string(shape) + " has no samples");
    if (shape[i] < 0)
      return refuse(Status::invalid_argument, std::string(what) + " " + to_string(shape) +
                                                  " has a negative extent; extents are at least 1");
  }
  const std::int64_t count = element_count(shape);
  if (count < 0 || count > kLargest / size_bytes(type))
    return refuse(Status::size_overflow,
                  std::string(what) + " " + to_string(shape) + " has more than 2^61 bytes");
  return {};
}

/// The aligned axes to convolve, in the user's order.
Result<std::vector<int>> convolved_axes(const Problem& p, int rank) {
  std::vector<int> axes;
  if (p.axes.empty()) {
    for (int i = 0; i < rank; ++i) axes.push_back(i);
    return axes;
  }
  for (std::int64_t a : p.axes) {
    const std::int64_t i = a < 0 ? a + rank : a;
    if (i < 0 || i >= rank)
      return refuse(Status::invalid_argument, "axis " + std::to_string(a) +
                                                  " does not exist; with " + std::to_string(rank) +
                                                  " axes, -" + std::to_string(rank) + " to " +
                                                  std::to_string(rank - 1) + " are allowed");
    if (std::find(axes.begin(), axes.end(), static_cast<int>(i)) != axes.end())
      return refuse(Status::invalid_argument, "axis " + std::to_string(a) + " is named twice");
    axes.push_back(static_cast<int>(i));
  }
  return axes;
}

Result<void> check_list(int size, std::size_t axes, bool repeats, const char* what) {
  if (size == 0 || size == static_cast<int>(axes) || (size == 1 && repeats)) return {};
  return refuse(Status::invalid_argument,
                std::string(what) + " has " + std::to_string(size) + " values for " +
                    std::to_string(axes) +
                    (axes == 1 ? " convolved axis; give " : " convolved axes; give ") +
                    (repeats ? "one, or one for each axis" : "one for each axis"));
}

std::int64_t pick(const Dims& list, int i, std::int64_t otherwise) {
  return list.empty() ? otherwise : list[list.rank() == 1 ? 0 : i];
}

Result<void> check_lists(const Problem& p, std::size_t axes) {
  for (auto [size, repeats, what] :
       {std::tuple{p.stride.rank(), true, "stride"},
        std::tuple{p.dilation.rank(), true, "dilation"}, std::tuple{p.block.rank(), true, "block"},
        std::tuple{p.origin.rank(), false, "origin"}, std::tuple{p.window.size(), false, "window"},
        std::tuple{p.lags.size(), false, "lags"}})
    if (auto ok = check_list(size, axes, repeats, what); !ok) return ok;
  for (auto [list, what] : {std::pair{&p.stride, "stride"}, std::pair{&p.dilation, "dilation"},
                            std::pair{&p.block, "block"}})
    for (std::int64_t v : *list)
      if (v < 1 || v > kLargest)
        return refuse(Status::invalid_argument, std::string(what) + " " + std::to_string(v) +
                                                    " is out of range; 1 to 2^61 are allowed");
  return {};
}

Result<void> check_contradictions(const Problem& p) {
  if (!p.window.empty() && !p.lags.empty())
    return refuse(Status::invalid_argument, "window and lags contradict each other; give one");
  if (!p.lags.empty() && p.operation != Operation::correlate)
    return refuse(Status::invalid_argument,
                  "lags belong to correlation; a convolution takes window=first:stop");
  const bool ranged = !p.window.empty() || !p.lags.empty();
  if (ranged && p.extent != Extent::full)
    return refuse(Status::invalid_argument, std::string("extent '") + name(p.extent) + "' and " +
                                                (p.lags.empty() ? "window" : "lags") +
                                                " contradict each other; give one");
  if (!p.origin.empty() && (p.extent != Extent::same || ranged))
    return refuse(Status::invalid_argument,
                  "origin moves the extent 'same' and has no meaning with another one");
  if (p.cval != 0.0 && p.boundary != Boundary::constant)
    return refuse(Status::invalid_argument,
                  std::string("cval is the value of the boundary 'constant', not of '") +
                      name(p.boundary) + "'");
  if (p.reuse < 1) return refuse(Status::invalid_argument, "reuse is at least 1");
  if (p.kernel_rank < 0 || p.kernel_rank > 65536)
    return refuse(Status::invalid_argument, "rank is 1 to 65536, or 0 where it is not known, not " +
                                                std::to_string(p.kernel_rank));
  if (p.kernel_cosines < 0 || p.kernel_cosines > kMostCosines)
    return refuse(Status::invalid_argument, "cosines is 1 to " + std::to_string(kMostCosines) +
                                                ", or 0 where it is not known, not " +
                                                std::to_string(p.kernel_cosines));
  if (!(p.tolerance >= 0) || !std::isfinite(p.tolerance))
    return refuse(Status::invalid_argument,
                  "tolerance is a number above 0, or 0 for what the method's own bound says");
  if (p.max_memory < 0)
    return refuse(Status::invalid_argument, "max_memory is a number of bytes, or 0 for any");
  return {};
}

/// What needs the end of the input has no streams.
Result<void> check_stream(const Problem& p) {
  if (!p.stream) return {};
  if (p.boundary == Boundary::wrap)
    return refuse(Status::invalid_argument,
                  "the boundary 'wrap' needs the end of the input first, which a stream does not "
                  "know; constant, edge, symmetric, mirror and odd are allowed");
  if (p.nan != Nan::propagate)
    return refuse(Status::invalid_argument,
                  std::string("nan=") + name(p.nan) +
                      " needs all samples at once, which a stream does not have; nan=propagate is "
                      "allowed");
  if (!p.window.empty() || !p.lags.empty())
    return refuse(Status::invalid_argument,
                  "a stream gives every output: an extent is allowed, a window or lags are not");
  return {};
}

/// Reals as integers: each is rounded, and may lie beyond the ends of the type.
Result<void> check_rounding(const Problem& p, ElementType natural, ElementType y) {
  const std::string from = std::string(" of ") + name(p.x_type) + " with " + name(p.h_type);
  if (is_complex(natural) || p.cval.imag() != 0)
    return refuse(Status::type_mismatch, std::string("the result type ") + name(y) +
                                             " cannot hold the complex result" + from);
  if (p.policy != Policy::saturate)
    return refuse(Status::type_mismatch,
                  std::string("the result type ") + name(y) + " rounds the result" + from +
                      ", and what lies beyond its ends has to be clamped: ask for "
                      "policy=saturate, or for the result type " +
                      name(natural));
  if (p.nan != Nan::propagate)
    return refuse(Status::type_mismatch, std::string("nan=") + name(p.nan) +
                                             " gives floating point results; ask for the result "
                                             "type " +
                                             name(natural));
  return {};
}

/// The type rules: what y may be, and what cval may be.
Result<void> check_types(const Problem& p) {
  const ElementType natural = promote(p.x_type, p.h_type);
  const ElementType y = p.result_type();
  if (is_integer(natural) && is_integer(y)) {
    const double c = p.cval.real();
    if (p.cval.imag() != 0 || c != std::nearbyint(c) || std::abs(c) > 9007199254740992.0)
      return refuse(Status::type_mismatch,
                    "cval of an integer problem is a whole number of at most 2^53; for another "
                    "one ask for the result type f64");
    return {};
  }
  if (is_integer(y)) {
    if (auto ok = check_rounding(p, natural, y); !ok) return ok;
  } else if (p.policy != Policy::exact) {
    return refuse(Status::type_mismatch, std::string("the policy '") + name(p.policy) +
                                             "' is for integers; these operands give " + name(y));
  }
  const bool needs_complex = is_complex(natural) || p.cval.imag() != 0;
  if (!is_integer(y) && (promote(y, natural) != y || (needs_complex && !is_complex(y))))
    return refuse(Status::type_mismatch, std::string("the result type ") + name(y) +
                                             " is narrower than " + name(natural) +
                                             ", which the operands give");
  const ElementType type = is_integer(y) ? natural : y;
  const bool single = is_single(type);
  for (double c : {p.cval.real(), p.cval.imag()})
    if (single && std::isfinite(c) && std::abs(c) > std::numeric_limits<float>::max())
      return refuse(Status::invalid_argument,
                    "cval is beyond the range of f32; ask for the result type f64");
  return {};
}

/// first, count of the outputs before striding.
Result<void> place_outputs(const Problem& p, int i, Axis& axis) {
  Int first = 0, count = 0;
  const Int full = Int(axis.n) + axis.span - 1;
  if (!p.lags.empty() || !p.window.empty()) {
    const Range r = p.lags.empty() ? p.window[i] : p.lags[i];
    if (p.lags.empty() ? r.last <= r.first : r.last < r.first)
      return refuse(Status::no_output, (p.lags.empty() ? "window " : "lags ") +
                                           std::to_string(r.first) + ":" + std::to_string(r.last) +
                                           " holds no outputs");
    first = p.lags.empty() ? Int(r.first) : Int(r.first) + axis.span - 1;
    count = Int(r.last) - r.first + (p.lags.empty() ? 0 : 1);
  } else if (p.extent == Extent::full) {
    count = full;
  } else if (p.extent == Extent::causal) {
    count = axis.n;
  } else if (p.extent == Extent::same) {
    first = p.origin.empty() ? (axis.span - 1) / 2 : p.origin[i];
    if (first.value() < 0 || first.value() >= axis.span)
      return refuse(Status::invalid_argument, "origin " + std::to_string(first.value()) +
                                                  at(axis.index) + " is outside the kernel; 0 to " +
                                                  std::to_string(axis.span - 1) + " are allowed");
    count = axis.n;
  } else {
    if (axis.span > axis.n)
      return refuse(Status::no_output, "valid has no outputs where the kernel spans " +
                                           std::to_string(axis.span) +
                                           " samples and the input has " + std::to_string(axis.n) +
                                           "; swap them, or use full, same or causal");
    first = axis.span - 1;
    count = axis.n - axis.span + 1;
  }
  const Int end = first + count + axis.span + axis.step;
  if (!full.ok() || !end.ok() || !count.ok() || end.value() > kLargest ||
      first.value() < -kLargest || count.value() > kLargest)
    return refuse(Status::size_overflow, "the outputs" + at(axis.index) + " do not fit 64 bits");
  axis.first = first.value();
  axis.count = checked::ceil_div(count.value(), axis.step);
  return {};
}

Result<Axis> broadcast(Axis axis) {
  if (axis.n != axis.taps && axis.n != 1 && axis.taps != 1)
    return refuse(Status::shape_mismatch,
                  "extents " + std::to_string(axis.n) + " and " + std::to_string(axis.taps) +
                      at(axis.index) + " do not broadcast; they must be equal, or one of them 1");
  axis.count = std::max(axis.n, axis.taps);
  return axis;
}

Result<Axis> convolve_axis(const Problem& p, int i, Axis axis) {
  axis.convolved = true;
  axis.order = i;
  axis.dilation = pick(p.dilation, i, 1);
  axis.step = pick(p.stride, i, 1);
  const Int span = Int(axis.taps - 1) * axis.dilation + 1;
  if (!span.ok() || span.value() > kLargest)
    return refuse(Status::size_overflow,
                  "the dilated kernel" + at(axis.index) + " does not fit 64 bits");
  axis.span = span.value();
  if (auto ok = place_outputs(p, i, axis); !ok) return tl::unexpected(ok.error());
  return axis;
}

}  // namespace

Result<Resolved> resolve(const Problem& p) {
  if (auto ok = check_shape(p.x_shape, "the input", Status::empty_input, p.x_type); !ok)
    return tl::unexpected(ok.error());
  if (auto ok = check_shape(p.h_shape, "the kernel", Status::empty_kernel, p.h_type); !ok)
    return tl::unexpected(ok.error());
  const int rank = std::max(p.x_shape.rank(), p.h_shape.rank());
  if (rank > kMaxRank)
    return refuse(Status::invalid_argument, "more than " + std::to_string(kMaxRank) + " axes");
  const auto axes = convolved_axes(p, rank);
  if (!axes) return tl::unexpected(axes.error());
  for (auto check :
       {check_contradictions(p), check_lists(p, axes->size()), check_types(p), check_stream(p)})
    if (!check) return tl::unexpected(check.error());

  Resolved resolved;
  resolved.convolved = *axes;
  Int elements = size_bytes(p.result_type());
  for (int a = 0; a < rank; ++a) {
    Axis axis;
    axis.index = a;
    const int xi = a - (rank - p.x_shape.rank()), hi = a - (rank - p.h_shape.rank());
    axis.n = xi < 0 ? 1 : p.x_shape[xi];
    axis.taps = hi < 0 ? 1 : p.h_shape[hi];
    const auto found = std::find(axes->begin(), axes->end(), a);
    const auto made = found == axes->end()
                          ? broadcast(axis)
                          : convolve_axis(p, static_cast<int>(found - axes->begin()), axis);
    if (!made) return tl::unexpected(made.error());
    resolved.axes.push_back(*made);
    resolved.y_shape.push_back(made->count);
    elements = elements * made->count;
  }
  if (!elements.ok() || elements.value() > kLargest)
    return refuse(Status::size_overflow,
                  "the output " + to_string(resolved.y_shape) + " has more than 2^61 bytes");
  return resolved;
}

}  // namespace faltung
