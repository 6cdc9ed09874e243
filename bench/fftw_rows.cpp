// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// FFTW row by row. The right-angle convolution weighs the packed row, so that a cyclic transform of
// half the points gives the product modulo X^N + 1:
//
//   z[j] = (x[j] + i x[j + N/2]) w^j,  w = e(1 / 2N),  then F, times H, F^-1, times conj(w^j)
//
// Source: Nussbaumer, Fast Fourier transform and convolution algorithms, 1982; Crandall and Fagin,
// Discrete weighted transforms and large-integer arithmetic, Math. Comp. 62, 1994.
#include <cmath>
#include <numbers>

#include "fftw_contestant.hpp"

namespace faltung::bench {
namespace {

template <class T>
class ComplexPair {
 public:
  using F = FftwTypes<T>;
  using Complex = std::complex<T>;
  ComplexPair(std::int64_t points, unsigned flags, Complex* from, Complex* to) {
    F::kThreads(1);
    const int n = static_cast<int>(points);
    forward_ = timed_plan([&] {
      return F::kComplex(n, fftw(from), fftw(to), FFTW_FORWARD, flags | FFTW_DESTROY_INPUT);
    });
    backward_ = timed_plan([&] {
      return F::kComplex(n, fftw(to), fftw(from), FFTW_BACKWARD, flags | FFTW_DESTROY_INPUT);
    });
  }
  ComplexPair(const ComplexPair&) = delete;
  ComplexPair& operator=(const ComplexPair&) = delete;
  ~ComplexPair() {
    F::kDestroy(forward_);
    F::kDestroy(backward_);
  }
  void forward(Complex* from, Complex* to) const { F::kRunComplex(forward_, fftw(from), fftw(to)); }
  void backward(Complex* to, Complex* from) const {
    F::kRunComplex(backward_, fftw(to), fftw(from));
  }

 private:
  static typename F::Complex* fftw(Complex* z) { return reinterpret_cast<typename F::Complex*>(z); }
  typename F::Plan forward_, backward_;
};

/// Of a padded row; what wraps around changes its sign and falls on nothing.
template <class T>
class RightAngle final : public Contestant {
 public:
  using Complex = std::complex<T>;
  RightAngle(const Case& work, const RowShape& shape, unsigned flags, bool in_place)
      : work_(work),
        shape_(shape),
        points_(shape.block / 2),
        weights_(fftw_array<Complex>(points_)),
        kernel_(fftw_array<Complex>(points_)),
        z_(fftw_array<Complex>(points_)),
        apart_(in_place ? nullptr : fftw_array<Complex>(points_)),
        to_(in_place ? z_.get() : apart_.get()),
        pair_(points_, flags, z_.get(), to_) {
    for (std::int64_t j = 0; j < points_; ++j) {
      const long double angle = std::numbers::pi_v<long double> * static_cast<long double>(j) /
                                static_cast<long double>(shape.block);
      weights_[static_cast<std::size_t>(j)] = {static_cast<T>(std::cos(angle)),
                                               static_cast<T>(std::sin(angle))};
    }
    load(work.h.as<T>(), shape.taps);
    pair_.forward(z_.get(), to_);
    for (std::int64_t j = 0; j < points_; ++j)
      kernel_[static_cast<std::size_t>(j)] =
          to_[static_cast<std::size_t>(j)] / static_cast<T>(points_);
    y = shape.result(work);
    version = std::string(FftwTypes<T>::version()) + (in_place ? " in place" : " out of place");
  }

  void run() override {
    load(work_.x.as<T>(), shape_.n);
    pair_.forward(z_.get(), to_);
    multiply(reinterpret_cast<T*>(to_), reinterpret_cast<const T*>(kernel_.get()), points_);
    pair_.backward(to_, z_.get());
    unpack(reinterpret_cast<const T*>(z_.get()), reinterpret_cast<const T*>(weights_.get()),
           points_, y.as<T>());
  }

 private:
  /// `count` samples, zeros behind them, packed and weighed.
  void load(const T* x, std::int64_t count) {
    const T* w = reinterpret_cast<const T*>(weights_.get());
    T* z = reinterpret_cast<T*>(z_.get());
    const std::int64_t low = std::min(count, points_), high = count - low;
    pack(x, x + points_, w, high, z);
    pack(x + high, nullptr, w + 2 * high, low - high, z + 2 * high);
    std::fill(z + 2 * low, z + 2 * points_, T(0));
  }

  const Case& work_;
  RowShape shape_;
  std::int64_t points_;
  FftwArray<Complex> weights_, kernel_, z_, apart_;
  Complex* to_;
  ComplexPair<T> pair_;
};

/// A row with itself: one transform there, one back.
template <class T>
class Squared final : public Contestant {
 public:
  Squared(const Case& work, const RowShape& shape, unsigned flags)
      : work_(work),
        shape_(shape),
        real_(fftw_array<T>(shape.block)),
        spectrum_(fftw_array<std::complex<T>>(shape.block / 2 + 1)),
        pair_({static_cast<int>(shape.block)}, flags, 1, real_.get(), spectrum_.get()) {
    y = shape.result(work);
    version = FftwTypes<T>::version();
  }
  void run() override {
    const T* x = work_.x.as<T>();
    const T factor = T(1) / std::sqrt(static_cast<T>(shape_.block));
    for (std::int64_t i = 0; i < shape_.n; ++i) real_[static_cast<std::size_t>(i)] = x[i] * factor;
    std::fill(real_.get() + shape_.n, real_.get() + shape_.block, T(0));
    pair_.forward(real_.get(), spectrum_.get());
    square(reinterpret_cast<T*>(spectrum_.get()), shape_.block / 2 + 1);
    pair_.backward(spectrum_.get(), real_.get());
    // Lags below 0 are at the end.
    std::copy_n(real_.get() + shape_.block - shape_.n + 1, shape_.n - 1, y.as<T>());
    std::copy_n(real_.get(), shape_.n, y.as<T>() + shape_.n - 1);
  }

 private:
  const Case& work_;
  RowShape shape_;
  FftwArray<T> real_;
  FftwArray<std::complex<T>> spectrum_;
  FftwPair<T> pair_;
};

/// The least of some times.
double least_seconds(Contestant& side) {
  double least = HUGE_VAL;
  for (int i = 0; i < 9; ++i) {
    const auto start = std::chrono::steady_clock::now();
    side.run();
    const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
    least = std::min(least, taken.count());
  }
  return least;
}

}  // namespace

template <class T>
std::unique_ptr<Contestant> make_fftw_rows(const Case& work, unsigned flags,
                                           const std::string& name) {
  const RowShape shape(work);
  if (name == "fftw-c2c-right-angle") {
    if (shape.wrap || shape.rows != 1 || work.correlates())
      throw Error({Status::unsupported, "the right-angle convolution is of one padded row"});
    auto inside = std::make_unique<RightAngle<T>>(work, shape, flags, true);
    auto apart = std::make_unique<RightAngle<T>>(work, shape, flags, false);
    return least_seconds(*inside) < least_seconds(*apart) ? std::move(inside) : std::move(apart);
  }
  if (work.correlates()) return std::make_unique<Squared<T>>(work, shape, flags);
  const auto real = fftw_array<T>(shape.block);
  const auto spectrum = fftw_array<std::complex<T>>(shape.block / 2 + 1);
  auto pair = std::make_unique<FftwPair<T>>(std::vector<int>{static_cast<int>(shape.block)}, flags,
                                            1, real.get(), spectrum.get());
  auto made = std::make_unique<RowPeer<T, FftwPair<T>>>(work, shape, std::move(pair));
  made->version = FftwTypes<T>::version();
  return made;
}
template std::unique_ptr<Contestant> make_fftw_rows<float>(const Case&, unsigned,
                                                           const std::string&);
template std::unique_ptr<Contestant> make_fftw_rows<double>(const Case&, unsigned,
                                                            const std::string&);

}  // namespace faltung::bench
