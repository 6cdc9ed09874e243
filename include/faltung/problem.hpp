// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "faltung/types.hpp"

namespace faltung {

/// convolve:  y[n] = sum_k h[k] x[n-k].
/// correlate: r[l] = sum_n conj(h[n]) x[n+l]; output index m of the full result is lag m - (K-1).
enum class Operation : std::int8_t { convolve, correlate };

/// Which outputs. N samples, kernel of K taps that span Kd = (K-1) dilation + 1 samples.
///   full    all N + Kd - 1 outputs that the kernel can reach
///   same    N outputs, from index `origin` of the full result; (Kd-1)/2 unless given
///   valid   the N - Kd + 1 outputs that need nothing beyond the input
///   causal  the first N outputs: output n uses inputs up to n
/// An explicit window or lags (Problem::window, Problem::lags) take the place of an extent.
enum class Extent : std::int8_t { full, same, valid, causal };

/// What the input is beyond its ends (abcd is the input).
///   constant   cval (0 unless given; a zero outside is an absent term: NaN taps do not meet it)
///   edge       aaaa|abcd|dddd
///   symmetric  dcba|abcd|dcba
///   mirror     dcb|abcd|cba
///   wrap       abcd|abcd|abcd
///   odd        2a-d 2a-c 2a-b|abcd|2d-c 2d-b 2d-a
enum class Boundary : std::int8_t { constant, edge, symmetric, mirror, wrap, odd };

/// What integers do.
///   exact     the exact sum (int64 unless another type is asked for), proved to fit or refused
///   saturate  the exact sum, clamped once to the result type (x's type unless given). With a real
///             operand that is not an integer, and an integer result type: the sum in floating
///             point, rounded to the nearest integer (ties to even ones, NaN to 0), then clamped
///   wrap      the sum modulo 2^bits of the result type (x's type unless given)
enum class Policy : std::int8_t { exact, saturate, wrap };

/// What `tolerance` is relative to.
///   norm           every output is off by at most tolerance max|x| sum|h|
///   componentwise  output k is off by at most tolerance (|x| * |h|)_k: small values beside large
///                  ones keep their digits
enum class Accuracy : std::int8_t { norm, componentwise };

/// What samples that are missing (NaN in any component; beyond the ends, where cval is NaN) do.
///   propagate    what they meet becomes NaN, as in the sum
///   omit         each counts as the mean of the samples under the kernel that are there, weighted
///                by |h|: y = sum h x + (sum of h over the missing) (sum |h| x) / (sum |h|), sums
///                over those that are there; NaN where none is. Kernels that are never negative
///                give sum h x scaled to all their taps, and constants stay constant
///   interpolate  each is first replaced by such a mean about it, the kernel lying as `same` and
///                `causal` have it; then the sum. Where that finds none it stays missing
/// Taps have to be finite, unless it is propagate. Source: docs/conventions.md.
enum class Nan : std::int8_t { propagate, omit, interpolate };

FALTUNG_API const char* name(Operation value) noexcept;
FALTUNG_API const char* name(Extent value) noexcept;
FALTUNG_API const char* name(Boundary value) noexcept;
FALTUNG_API const char* name(Policy value) noexcept;
FALTUNG_API const char* name(Accuracy value) noexcept;
FALTUNG_API const char* name(Nan value) noexcept;
FALTUNG_API Result<Operation> parse_operation(std::string_view text);
FALTUNG_API Result<Extent> parse_extent(std::string_view text);
/// Refuses a bare "reflect", naming both of its meanings.
FALTUNG_API Result<Boundary> parse_boundary(std::string_view text);
FALTUNG_API Result<Policy> parse_policy(std::string_view text);
FALTUNG_API Result<Accuracy> parse_accuracy(std::string_view text);
FALTUNG_API Result<Nan> parse_nan(std::string_view text);
/// A number of bytes: "1000000", "512k", "64M", "2G" (powers of 1024).
FALTUNG_API Result<std::int64_t> parse_bytes(std::string_view text);

/// Two ends of a range along one axis.
struct Range {
  std::int64_t first = 0;
  std::int64_t last = 0;
  friend bool operator==(const Range&, const Range&) = default;
};

/// One range for each convolved axis. `{-100, 100}` is one range, `{{0, 9}, {-3, 3}}` are two.
class Ranges {
 public:
  Ranges() = default;
  Ranges(std::int64_t first, std::int64_t last) : ranges_{{first, last}} {}
  Ranges(std::initializer_list<Range> ranges) : ranges_(ranges) {}
  explicit Ranges(std::vector<Range> ranges) : ranges_(std::move(ranges)) {}
  bool empty() const { return ranges_.empty(); }
  int size() const { return static_cast<int>(ranges_.size()); }
  const Range& operator[](int i) const { return ranges_[static_cast<std::size_t>(i)]; }
  void push_back(Range r) { ranges_.push_back(r); }
  friend bool operator==(const Ranges&, const Ranges&) = default;

 private:
  std::vector<Range> ranges_;
};

/// What is to be computed: a plain value with one text form,
///
///   convolve f32 [1048576] * [4097] full
///   correlate u8*i8->i32 [480,640,3] * [5,5,1] same boundary=mirror axes=0,1 policy=saturate
///   convolve u8*f32->u8 [2160,3840] * [15,15] same boundary=mirror policy=saturate
///   correlate f64 [1000000] * [1000] lags=-100:100
///   convolve f32 [4096,4096] * [63,63] same rank=1 tolerance=1e-3 max_memory=64M reproducible
///   convolve f64 [365] * [31] same boundary=symmetric nan=omit
///   convolve f32 [48000,2] * [24000,2] full axes=0 stream
///
/// Shapes are aligned at their last axis and padded with ones in front, as NumPy does. Over
/// `axes` (all of them unless given; negative ones count from the end) the kernel is convolved;
/// the other axes broadcast. Lists over axes (stride, dilation, origin, block, window, lags) are in
/// the order of `axes`, or, where `axes` is empty, one for each aligned axis; a list of one value
/// where there are several axes is refused, except that stride, dilation and block repeat it.
struct FALTUNG_API Problem {
  Operation operation = Operation::convolve;
  ElementType x_type = ElementType::f32;
  ElementType h_type = ElementType::f32;
  std::optional<ElementType> y_type;  ///< unset: result_type() chooses
  Dims x_shape;
  Dims h_shape;
  Dims axes;
  Extent extent = Extent::full;
  Ranges window;  ///< half-open [first, last) in indices of the full result; may lie beyond it
  Ranges lags;    ///< inclusive [first, last], correlation only
  Boundary boundary = Boundary::constant;
  std::complex<double> cval = 0.0;  ///< with Boundary::constant
  Dims stride;                      ///< every stride-th output is kept; >= 1
  Dims dilation;                    ///< taps lie `dilation` samples apart; >= 1
  Dims origin;  ///< with Extent::same: the index of the full result where it starts
  Policy policy = Policy::exact;
  Nan nan = Nan::propagate;
  std::string method = "auto";  ///< or the name of an algorithm
  /// Where it is computed: "cpu", a GPU ("cuda:0", see devices()), or "auto", whichever takes less
  /// time with its copies of x and y there and back. A method of GPUs alone means "auto".
  std::string device = "cpu";
  Dims block;              ///< overlap_save: samples a block along each axis; empty: the planner's
  std::int64_t reuse = 1;  ///< how many inputs one prepared kernel will meet; >= 1
  /// The kernel is the sum of at most this many products of one-dimensional kernels, one along
  /// each convolved axis, found by taking one axis after the other apart (over three and more that
  /// may need more of them than there are); prepare refuses one that is not. 0: not known.
  std::int64_t kernel_rank = 0;
  /// The kernel is one product of one-dimensional kernels, each a sum of at most this many cosines
  /// about its middle, that of frequency 0 among them: 1 is a box. No tap is 0, and along an axis
  /// all have one sign. Exactly, or as far as the tolerance allows; prepare refuses one that is
  /// not. At most 7; 0: not known.
  std::int64_t kernel_cosines = 0;
  Accuracy accuracy = Accuracy::norm;
  /// The largest error allowed, before results are rounded to integers; 0: what the method's own
  /// bound says.
  double tolerance = 0;
  std::int64_t max_memory = 0;  ///< bytes that plan, kernel and workspace may take; 0: any number
  /// The plan depends on this problem alone, not on a calibration of the machine.
  bool reproducible = false;
  /// x is of any length along the first convolved axis: the method and the places of blocks do not
  /// depend on it, so that plans for every length, and a Stream, give the same bits.
  bool stream = false;

  /// Reads the text form. Messages name the word that was wrong and what is allowed.
  static Result<Problem> try_parse(std::string_view text);
  static Problem parse(std::string_view text) { return value_or_throw(try_parse(text)); }
  /// The text form; try_parse(to_string()) gives an equal problem.
  std::string to_string() const;

  /// ok, or why this problem has no meaning (empty, contradictory, too large).
  Result<void> check() const;
  /// The type of y: y_type if set, else integers by policy, else promotion over x, h and cval.
  ElementType result_type() const noexcept;
  /// The shape of y: aligned rank, convolved axes by extent and stride, the others broadcast.
  Result<Dims> output_shape() const;
  /// The index, along the i-th convolved axis of y, of lag zero (correlation) or of the output
  /// whose time is that of x[0] (convolution: index 0 of the full result). Not inside y when it
  /// is negative or past the end; refused where the stride steps over it.
  Result<std::int64_t> zero_lag_index(int i = 0) const;

  friend bool operator==(const Problem&, const Problem&) = default;
};

}  // namespace faltung
