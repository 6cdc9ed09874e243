// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "cuda/emulated_transform.hpp"

#if FALTUNG_EMULATED_DEVICE

#include <cmath>
#include <complex>
#include <cstring>
#include <numbers>
#include <vector>

namespace faltung::cuda {
namespace {

template <class T>
using Complex = std::complex<T>;

/// Not std::complex', which looks for NaN.
template <class T>
Complex<T> times(Complex<T> a, Complex<T> b) {
  return {a.real() * b.real() - a.imag() * b.imag(), a.real() * b.imag() + a.imag() * b.real()};
}

/// Transforms of one length, and one direction.
template <class T>
class Line {
 public:
  Line(std::int64_t length, bool forward) : roots_(static_cast<std::size_t>(length)) {
    for (std::size_t j = 0; j < roots_.size(); ++j) {
      const long double angle = 2 * std::numbers::pi_v<long double> * static_cast<long double>(j) /
                                static_cast<long double>(length) * (forward ? -1 : 1);
      roots_[j] = {static_cast<T>(std::cos(angle)), static_cast<T>(std::sin(angle))};
    }
  }
  std::vector<Complex<T>> of(const std::vector<Complex<T>>& in) const {
    std::vector<Complex<T>> out(in.size());
    transform(in.data(), 1, out.data(), in.size());
    return out;
  }

 private:
  /// out[k] = sum of in[j stride] e(j k / n), of n numbers.
  void transform(const Complex<T>* in, std::size_t stride, Complex<T>* out, std::size_t n) const {
    if (n == 1) {
      *out = *in;
      return;
    }
    std::size_t prime = 2;
    while (n % prime != 0) ++prime;
    const std::size_t rest = n / prime, step = roots_.size() / n;
    for (std::size_t r = 0; r < prime; ++r)
      transform(in + r * stride, stride * prime, out + r * rest, rest);
    std::vector<Complex<T>> part(prime);
    for (std::size_t k = 0; k < rest; ++k) {
      for (std::size_t r = 0; r < prime; ++r)
        part[r] = times(out[r * rest + k], roots_[r * k * step]);
      for (std::size_t q = 0; q < prime; ++q) {
        Complex<T> sum = part[0];
        for (std::size_t r = 1; r < prime; ++r)
          sum += times(part[r], roots_[r * q % prime * (roots_.size() / prime)]);
        out[q * rest + k] = sum;
      }
    }
  }

  std::vector<Complex<T>> roots_;
};

template <class T>
class EmulatedTransform final : public Transform {
 public:
  explicit EmulatedTransform(const TransformShape& shape) : shape_(shape) {}
  std::int64_t work_bytes() const noexcept override { return kWorkBytes; }
  Status forward(Address arrays, Address work, Stream) const noexcept override {
    return run(static_cast<Complex<T>*>(arrays), work, true);
  }
  Status back(Address arrays, Address work, Stream) const noexcept override {
    return run(static_cast<Complex<T>*>(arrays), work, false);
  }

 private:
  static constexpr std::int64_t kWorkBytes = 1000;

  Status run(Complex<T>* array, Address work, bool forward) const noexcept {
    if (work == nullptr) return Status::device_failed;
    std::memset(work, 0xff, kWorkBytes);
    for (std::int64_t i = 0; i < shape_.arrays; ++i, array += shape_.points()) {
      const int last = shape_.axes - 1;
      if (forward) rows(array, true);
      for (int axis = 0; axis < last; ++axis) columns(array, axis, forward);
      if (!forward) rows(array, false);
    }
    return Status::ok;
  }

  void rows(Complex<T>* array, bool forward) const {
    const std::int64_t points = shape_.row_points(), count = shape_.points() / points;
    const std::int64_t n = shape_.length[static_cast<std::size_t>(shape_.axes - 1)];
    const Line<T> line(n, forward);
    std::vector<Complex<T>> z(static_cast<std::size_t>(n));
    for (std::int64_t r = 0; r < count; ++r, array += points) {
      auto* const reals = reinterpret_cast<T*>(array);
      for (std::int64_t j = 0; j < n; ++j) {
        Complex<T>& to = z[static_cast<std::size_t>(j)];
        if (shape_.complex) to = array[j];
        else if (forward) to = reals[j];
        else to = j < points ? array[j] : std::conj(array[n - j]);
      }
      // What a spectrum of reals says beyond them is not looked at.
      if (!shape_.complex && !forward) {
        z[0].imag(0);
        if (n % 2 == 0) z[static_cast<std::size_t>(n / 2)].imag(0);
      }
      const std::vector<Complex<T>> out = line.of(z);
      if (!shape_.complex && !forward)
        for (std::int64_t j = 0; j < n; ++j) reals[j] = out[static_cast<std::size_t>(j)].real();
      else std::copy_n(out.begin(), points, array);
    }
  }

  void columns(Complex<T>* array, int axis, bool forward) const {
    std::int64_t inner = shape_.row_points();
    for (int i = axis + 1; i + 1 < shape_.axes; ++i) inner *= length(i);
    const std::int64_t n = length(axis), outer = shape_.points() / (inner * n);
    const Line<T> line(n, forward);
    std::vector<Complex<T>> z(static_cast<std::size_t>(n));
    for (std::int64_t o = 0; o < outer; ++o)
      for (std::int64_t i = 0; i < inner; ++i) {
        Complex<T>* const first = array + o * n * inner + i;
        for (std::int64_t j = 0; j < n; ++j) z[static_cast<std::size_t>(j)] = first[j * inner];
        const std::vector<Complex<T>> out = line.of(z);
        for (std::int64_t j = 0; j < n; ++j) first[j * inner] = out[static_cast<std::size_t>(j)];
      }
  }

  std::int64_t length(int axis) const { return shape_.length[static_cast<std::size_t>(axis)]; }

  const TransformShape shape_;
};

}  // namespace

std::unique_ptr<const Transform> make_emulated_transform(const TransformShape& shape) {
  if (shape.single) return std::make_unique<const EmulatedTransform<float>>(shape);
  return std::make_unique<const EmulatedTransform<double>>(shape);
}

}  // namespace faltung::cuda

#endif
