// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <string>

#include "data.hpp"

/// Between a picture's samples and what is convolved, pixel by pixel:
///
///   file   R G B A          u8, u16, f32 or f64
///   x      aR aG aB A       colours made linear where asked for, times a = A / opaque
///   y      the convolution of all four
///   file   R G B A          colours divided by y's own a, encoded, made unsigned, rounded, clamped
///
/// So a transparent pixel's colour counts for nothing. Where the taps sum to 0 (edges) y's A says
/// nothing: the result is opaque, and has the differences of aR aG aB. Correlation measures
/// likeness: of colours as they are stored, without A.
namespace faltung::cli {

/// What a picture's samples are.
struct PixelKind {
  ElementType type = ElementType::u8;
  std::int64_t channels = 1;
  io::Alpha alpha = io::Alpha::none;
};

/// Of samples that did not fit the file's type.
struct Clamped {
  std::int64_t low = 0, high = 0, not_a_number = 0;
  std::int64_t all() const { return low + high + not_a_number; }
};

class Pixels {
 public:
  /// Stop(kUsage) where the request asks for what these samples, or that format, do not have.
  Pixels(const Request& request, const PixelKind& file, io::Format output);

  /// The samples that are convolved.
  ElementType x_type() const;
  std::int64_t x_channels() const { return drops_alpha_ ? file_.channels - 1 : file_.channels; }
  /// x are the file's own samples, without a change.
  bool plain() const { return !uses_alpha() && !drops_alpha_ && !linear_; }
  /// Whether one kernel for each channel has a meaning.
  bool uses_alpha() const { return file_.alpha != io::Alpha::none && !drops_alpha_; }
  void decode(const std::byte* from, std::int64_t pixels, std::byte* to) const;

  /// What the file of the result holds; `y_type` is what the convolution gives.
  PixelKind stored(ElementType y_type) const;
  /// Whether sums with these taps may be rounded to the file's integers at once: nothing is done to
  /// them afterwards, and none leaves the range of the samples, so that none is clamped.
  bool rounds_at_once(const AnyArray& taps) const;
  /// Dense outputs of x_channels() into the file's samples; counts what is clamped.
  void encode(const ConstView& y, const AnyArray& taps, std::byte* to);
  const Clamped& clamped() const { return clamped_; }
  /// What to do about it.
  std::string advice() const;

 private:
  double full() const;
  template <class T>
  void undo(std::vector<T>& pixel, double taps_sum) const;
  template <class T, class S>
  void put(T value, S& to);
  template <class T, class S>
  void encode_as(const T* y, std::int64_t pixels, double taps_sum, S* to);
  template <class T>
  T made_unsigned(T value) const;

  PixelKind file_;
  io::Format output_;
  Signed signed_;
  bool linear_, drops_alpha_;
  std::vector<float> to_linear_;  ///< of every integer sample
  Clamped clamped_;
  double taps_sum_ = 1;  ///< of what was encoded last
};

}  // namespace faltung::cli
