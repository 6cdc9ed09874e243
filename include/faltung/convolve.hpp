// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "faltung/filter.hpp"
#include "faltung/plan.hpp"

namespace faltung {

/// The fields of Problem that a one-line call may set; see there for what each means.
struct Options {
  Extent extent = Extent::full;
  Ranges window = {};
  Ranges lags = {};
  Boundary boundary = Boundary::constant;
  std::complex<double> cval = 0.0;
  Dims axes = {};
  Dims stride = {};
  Dims dilation = {};
  Dims origin = {};
  std::optional<ElementType> result = {};
  Policy policy = Policy::exact;
  Nan nan = Nan::propagate;
  std::string method = "auto";
  int threads = 1;
};

/// A dense row-major array that owns its samples.
struct FALTUNG_API AnyArray {
  ElementType type = ElementType::f32;
  Dims shape;
  std::vector<std::byte> bytes;

  ConstView view() const { return {bytes.data(), type, shape}; }
  View view() { return {bytes.data(), type, shape}; }
  /// The samples as T; throws Error(type_mismatch) when that is not their type.
  template <class T>
  std::span<const T> samples() const {
    if (element_type_of<T>() != type)
      throw Error({Status::type_mismatch, std::string("these samples are ") + name(type) +
                                              ", not " + name(element_type_of<T>())});
    return {reinterpret_cast<const T*>(bytes.data()), bytes.size() / sizeof(T)};
  }
};

/// x where `mask` is not 0, NaN where it is 0 (or NaN), for Problem::nan: in x's type, integers in
/// f32 (of 8 and 16 bits) or f64. The mask is of real or integer samples; its shape broadcasts to
/// that of x. Errors: shape_mismatch, type_mismatch, out_of_memory.
FALTUNG_API Result<AnyArray> masked(const ConstView& x, const ConstView& mask);

/// The problem that a one-line call solves.
FALTUNG_API Problem make_problem(Operation operation, const ConstView& x, const ConstView& h,
                                 const Options& options);
/// Plans, prepares and executes once.
FALTUNG_API Result<AnyArray> try_run(Operation operation, const ConstView& x, const ConstView& h,
                                     const Options& options = {});

/// Convolution of any views, in one line. Throws Error.
inline AnyArray convolve(const ConstView& x, const ConstView& h, const Options& options = {}) {
  return value_or_throw(try_run(Operation::convolve, x, h, options));
}
/// Correlation r[l] = sum_n conj(h[n]) x[n+l] of any views. Throws Error.
inline AnyArray correlate(const ConstView& x, const ConstView& h, const Options& options = {}) {
  return value_or_throw(try_run(Operation::correlate, x, h, options));
}
/// Convolution with a filter (its taps in x's precision), over the last axes of x or of
/// options.axes, by a FilterPlan; `same` starts at the filter's origin. Throws Error.
FALTUNG_API AnyArray convolve(const ConstView& x, const Filter& filter,
                              const Options& options = {});
FALTUNG_API AnyArray correlate(const ConstView& x, const Filter& filter,
                               const Options& options = {});

namespace detail {
template <class T>
using integer_result = std::conditional_t<std::is_integral_v<T>, std::int64_t, T>;
template <class T>
std::vector<T> take(const AnyArray& array) {
  const std::span<const T> samples = array.samples<T>();
  return {samples.begin(), samples.end()};
}
/// The vector's element type is the result's; refused before anything is computed.
template <class R>
Options with_result(Options options) {
  constexpr ElementType type = element_type_of<R>();
  if (options.result && *options.result != type)
    throw Error(
        {Status::type_mismatch, std::string("sequences of this type give ") + name(type) +
                                    ", not " + name(*options.result) +
                                    "; call convolve_as, correlate_as, or convolve with views"});
  if (std::is_integral_v<R>) options.result = type;
  return options;
}
}  // namespace detail

/// Convolution of two sequences with results of type R: what options.result would name, in a
/// vector. convolve_as<int>(x, h, {.policy = Policy::saturate}) clamps to the range of int.
template <class R, class T>
std::vector<R> convolve_as(const std::vector<T>& x, const std::vector<T>& h, Options options = {}) {
  options.result = element_type_of<R>();
  return detail::take<R>(convolve(ConstView(x), ConstView(h), options));
}
template <class R, class T>
std::vector<R> correlate_as(const std::vector<T>& x, const std::vector<T>& h,
                            Options options = {}) {
  options.result = element_type_of<R>();
  return detail::take<R>(correlate(ConstView(x), ConstView(h), options));
}

/// Convolution of two sequences of one type; integers give int64, whatever the policy: it is int64
/// that saturate clamps to and wrap wraps in. convolve_as names another type.
/// Shape    x [N], h [K], result by options.extent: N + K - 1 for full.
/// Errors   throws Error: empty input, integer overflow, options that contradict.
template <class T>
std::vector<detail::integer_result<T>> convolve(const std::vector<T>& x, const std::vector<T>& h,
                                                const Options& options = {}) {
  using R = detail::integer_result<T>;
  return detail::take<R>(convolve(ConstView(x), ConstView(h), detail::with_result<R>(options)));
}
/// Correlation of two sequences of one type; see `Operation::correlate` for the order of lags.
template <class T>
std::vector<detail::integer_result<T>> correlate(const std::vector<T>& x, const std::vector<T>& h,
                                                 const Options& options = {}) {
  using R = detail::integer_result<T>;
  return detail::take<R>(correlate(ConstView(x), ConstView(h), detail::with_result<R>(options)));
}

}  // namespace faltung
