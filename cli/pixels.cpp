// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "pixels.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "elements.hpp"
#include "exit.hpp"

namespace faltung::cli {
namespace {

bool is_real(ElementType type) { return type == ElementType::f32 || type == ElementType::f64; }

/// IEC 61966-2-1 (sRGB), of 0 to 1.
double linear_of(double v) { return v <= 0.04045 ? v / 12.92 : std::pow((v + 0.055) / 1.055, 2.4); }
double encoded_of(double v) {
  return v <= 0.0031308 ? v * 12.92 : 1.055 * std::pow(v, 1 / 2.4) - 0.055;
}

/// The sum of all taps, 0 where it is nothing beside their magnitudes.
double sum_of(const AnyArray& taps) {
  constexpr double kNothing = 1e-6;
  double sum = 0, magnitudes = 0;
  with_type(taps.type, [&]<class T>(T*) {
    if constexpr (std::is_arithmetic_v<T>)
      for (const T v : taps.samples<T>()) {
        sum += static_cast<double>(v);
        magnitudes += std::abs(static_cast<double>(v));
      }
  });
  return std::abs(sum) <= kNothing * magnitudes ? 0 : sum;
}

void check(const Request& request, const PixelKind& file, io::Format output) {
  const bool real = is_real(file.type), floats = output == io::Format::npy;
  const bool picture_only = output == io::Format::png || output == io::Format::jpeg;
  if (real && picture_only)
    throw Stop(kUsage, fmt::format("{} has floating point samples, which {} does not hold; write "
                                   ".tif or .npy",
                                   request.input_name(), io::name(output)));
  if (real && request.linear_light)
    throw Stop(kUsage, fmt::format("--linear-light: the floating point samples of {} are taken as "
                                   "linear already; it is for 8 and 16 bits",
                                   request.input_name()));
  if (request.signed_results == Signed::real && picture_only)
    throw Stop(kUsage, fmt::format("--signed float: {} holds no floating point samples; write .tif "
                                   "or .npy",
                                   io::name(output)));
  if (request.signed_results == Signed::offset && (real || floats))
    throw Stop(kUsage,
               "--signed offset moves 0 to the middle of 8 or 16 bits; floating point "
               "results keep their signs");
  if (file.alpha != io::Alpha::none && request.cval.value_or(0) != 0)
    throw Stop(kUsage, fmt::format("--cval: beyond the ends of {}, which has transparency, all is "
                                   "transparent; 0 alone is allowed",
                                   request.input_name()));
}

}  // namespace

Pixels::Pixels(const Request& request, const PixelKind& file, io::Format output)
    : file_(file),
      output_(output),
      signed_(request.signed_results),
      linear_(request.linear_light),
      drops_alpha_(file.alpha != io::Alpha::none && request.operation == Operation::correlate) {
  check(request, file, output);
  if (!linear_) return;
  for (double v = 0; v <= full(); ++v)
    to_linear_.push_back(static_cast<float>(full() * linear_of(v / full())));
}

/// The sample that stands for opaque, and for white.
double Pixels::full() const {
  return file_.type == ElementType::u8 ? 255 : file_.type == ElementType::u16 ? 65535 : 1;
}

ElementType Pixels::x_type() const {
  if (file_.type == ElementType::f64) return ElementType::f64;
  return plain() ? file_.type : ElementType::f32;
}

void Pixels::decode(const std::byte* from, std::int64_t pixels, std::byte* to) const {
  const auto n = static_cast<std::size_t>(file_.channels),
             kept = static_cast<std::size_t>(x_channels());
  const std::size_t colours = file_.alpha == io::Alpha::none ? n : n - 1;
  const bool multiplied = file_.alpha == io::Alpha::premultiplied;
  with_type(file_.type, [&]<class S>(S*) {
    using T = std::conditional_t<std::is_same_v<S, double>, double, float>;
    if constexpr (std::is_arithmetic_v<S>) {
      const S* s = reinterpret_cast<const S*>(from);
      T* t = reinterpret_cast<T*>(to);
      for (std::int64_t p = 0; p < pixels; ++p, s += n, t += kept) {
        const double a = uses_alpha() ? static_cast<double>(s[n - 1]) / full() : 1;
        for (std::size_t c = 0; c < colours; ++c) {
          auto v = static_cast<double>(s[c]);
          if (linear_ && multiplied) v = a > 0 ? std::min(v / a, full()) : 0;
          if (linear_) v = static_cast<double>(to_linear_[static_cast<std::size_t>(v)]);
          t[c] = static_cast<T>(linear_ || !multiplied ? v * a : v);
        }
        if (uses_alpha()) t[n - 1] = static_cast<T>(s[n - 1]);
      }
    }
  });
}

PixelKind Pixels::stored(ElementType y_type) const {
  PixelKind kind = file_;
  kind.channels = x_channels();
  if (drops_alpha_) kind.alpha = io::Alpha::none;
  const bool floats = output_ == io::Format::npy || signed_ == Signed::real || is_real(file_.type);
  if (floats) kind.type = y_type;
  return kind;
}

bool Pixels::rounds_at_once(const AnyArray& taps) const {
  constexpr double kSlack =
      0.25;  // of a sample; float sums of taps that add up to 1 are off by less
  if (!plain() || is_real(file_.type) || output_ == io::Format::npy || signed_ != Signed::clip)
    return false;
  std::vector<double> sums(static_cast<std::size_t>(taps.shape.back()));
  bool positive = true;
  with_type(taps.type, [&]<class T>(T*) {
    if constexpr (std::is_arithmetic_v<T>) {
      std::size_t i = 0;
      for (const T v : taps.samples<T>()) {
        positive &= v >= 0;
        sums[i++ % sums.size()] += static_cast<double>(v);
      }
    }
  });
  return positive && *std::max_element(sums.begin(), sums.end()) * full() <= full() + kSlack;
}

/// From x's colours back to the file's: of one pixel.
template <class T>
void Pixels::undo(std::vector<T>& pixel, double taps_sum) const {
  const bool alpha = uses_alpha(),
             linear = linear_ && output_ != io::Format::npy && signed_ != Signed::real;
  const std::size_t colours = pixel.size() - (alpha ? 1 : 0);
  double a = 1;
  if (alpha && taps_sum != 0)
    a = std::clamp(static_cast<double>(pixel.back()) / taps_sum / full(), 0.0, 1.0);
  if (alpha) pixel.back() = static_cast<T>(a * full());
  const bool multiplied = file_.alpha == io::Alpha::premultiplied;
  for (std::size_t c = 0; c < colours; ++c) {
    double v = static_cast<double>(pixel[c]);
    if (alpha && (linear || !multiplied)) v = a > 0 ? v / a : 0;
    if (linear) v = std::copysign(full() * encoded_of(std::abs(v) / full()), v);
    if (linear && alpha && multiplied) v *= a;
    pixel[c] = static_cast<T>(v);
  }
}

template <class T>
T Pixels::made_unsigned(T value) const {
  if (signed_ == Signed::absolute) return std::abs(value);
  return signed_ == Signed::offset ? value + static_cast<T>((full() + 1) / 2) : value;
}

/// Rounds and clamps; floating point samples stay as they are.
template <class T, class S>
void Pixels::put(T v, S& to) {
  if constexpr (std::is_floating_point_v<S>) {
    to = static_cast<S>(v);
  } else {
    constexpr T kTop = static_cast<T>(std::numeric_limits<S>::max());
    const T whole = std::nearbyint(v);
    clamped_.low += whole < 0 ? 1 : 0;
    clamped_.high += whole > kTop ? 1 : 0;
    clamped_.not_a_number += std::isnan(whole) ? 1 : 0;
    // The order of the comparisons makes NaN zero.
    to = static_cast<S>(whole > 0 ? (whole < kTop ? whole : kTop) : 0);
  }
}

template <class T, class S>
void Pixels::encode_as(const T* y, std::int64_t pixels, double taps_sum, S* to) {
  const std::int64_t n = x_channels();
  if (!linear_ && !uses_alpha()) {
    for (std::int64_t i = 0; i < pixels * n; ++i) put(made_unsigned(y[i]), to[i]);
    return;
  }
  std::vector<T> pixel;
  const std::int64_t colours = n - (uses_alpha() ? 1 : 0);
  for (std::int64_t p = 0; p < pixels; ++p, y += n, to += n) {
    pixel.assign(y, y + n);
    undo(pixel, taps_sum);
    for (std::int64_t c = 0; c < colours; ++c)
      put(made_unsigned(pixel[static_cast<std::size_t>(c)]), to[c]);
    if (colours < n) put(pixel.back(), to[colours]);
  }
}

void Pixels::encode(const ConstView& y, const AnyArray& taps, std::byte* to) {
  taps_sum_ = sum_of(taps);
  const double sum = uses_alpha() ? taps_sum_ : 1;
  const std::int64_t pixels = element_count(y.shape) / x_channels();
  if (is_integer(y.type)) {
    std::memcpy(to, y.data, static_cast<std::size_t>(bytes_of(y.type, y.shape)));
    return;
  }
  with_type(y.type, [&]<class T>(T*) {
    if constexpr (std::is_floating_point_v<T>)
      with_type(stored(y.type).type, [&]<class S>(S*) {
        if constexpr (std::is_arithmetic_v<S>)
          encode_as(static_cast<const T*>(y.data), pixels, sum, reinterpret_cast<S*>(to));
      });
  });
}

std::string Pixels::advice() const {
  if (clamped_.low == 0 && clamped_.high == 0)
    return "what is not a number is 0 there; --signed float (.tif) and .npy keep it";
  if (signed_ == Signed::clip && clamped_.low >= clamped_.high)
    return "values below 0 are lost in a picture: keep them by --signed offset, absolute or float "
           "(.tif), or write .npy";
  // A kernel of sum 1 keeps flat parts as bright as they were; one of sum 0 has nothing to divide.
  return fmt::format("use {}a smaller --gain, or write .npy to keep the values",
                     std::abs(taps_sum_) > 1 ? "--kernel-scale sum or " : "");
}

}  // namespace faltung::cli
