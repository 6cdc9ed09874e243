// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// A convolution of rows as a caller of somebody's transforms writes it:
//
//   circular   x -> spectrum -> times that of h -> y
//   padded     x | zeros -> spectrum -> times that of h -> y, which has room for the whole block
//
// The zeros stay where they are from one call to the next. Threads have a share of the rows each.
#pragma once

#include <algorithm>
#include <complex>
#include <thread>

#include "contest.hpp"
#include "product.hpp"
#include "support/aligned_vector.hpp"

namespace faltung::bench {

/// The least number above or at n without prime factors above 7.
std::int64_t smooth(std::int64_t n);

/// work(t) on so many threads at once; the calling one is one of them.
template <class F>
void on_threads(int threads, F&& work) {
  std::vector<std::jthread> others;
  for (int t = 1; t < threads; ++t) others.emplace_back(work, t);
  work(0);
}

/// Rows of a problem with one convolved axis, the last, and one kernel.
struct RowShape {
  bool wrap;                      ///< x goes round, else it is zero outside
  std::int64_t rows = 1;          ///< signals that meet the kernel
  std::int64_t n, taps, outputs;  ///< of one
  std::int64_t block;             ///< points of a transform

  explicit RowShape(const Case& work)
      : wrap(work.problem.boundary == Boundary::wrap),
        n(work.x.shape.back()),
        taps(work.h.shape.back()),
        outputs(work.output_shape().back()),
        block(wrap ? n : smooth(n + taps - 1)) {
    for (int i = 0; i + 1 < work.x.shape.rank(); ++i) rows *= work.x.shape[i];
    const bool whole = wrap ? outputs == n : outputs == n + taps - 1;
    if (element_count(work.h.shape) != taps || !whole ||
        (!work.correlates() && work.first_output(0) != 0))
      throw Error({Status::unsupported, "peers convolve rows, full or one period, by one kernel"});
  }
  /// y with room for a whole block behind a row.
  Buffer result(const Case& work) const {
    Buffer y(work.problem.result_type(), work.output_shape());
    y.bytes.resize(y.bytes.size() +
                   static_cast<std::size_t>((block - outputs) * size_bytes(y.type)));
    return y;
  }
};

/// Transforms of class Pair: forward(T* real, complex* spectrum), which keeps `real`, and
/// backward(complex*, T*), without scaling, on any threads.
template <class T, class Pair>
class RowPeer final : public Contestant {
 public:
  RowPeer(const Case& work, const RowShape& shape, std::unique_ptr<Pair> pair)
      : work_(work), shape_(shape), pair_(std::move(pair)) {
    const auto block = static_cast<std::size_t>(shape.block);
    threads_ = static_cast<int>(std::min<std::int64_t>(work.threads, shape.rows));
    for (int t = 0; t < threads_; ++t) {
      padded_.emplace_back(block, T(0));
      spectrum_.emplace_back(block / 2 + 1);
    }
    kernel_.resize(block / 2 + 1);
    support::AlignedVector<T> taps(block);
    const T* h = work.h.as<T>();
    for (std::int64_t i = 0; i < shape.taps; ++i)
      taps[static_cast<std::size_t>(i)] =
          h[work.correlates() ? shape.taps - 1 - i : i] / static_cast<T>(shape.block);
    pair_->forward(taps.data(), kernel_.data());
    y = shape.result(work);
  }

  void run() override {
    on_threads(threads_, [this](int t) {
      const std::int64_t last = shape_.rows * (t + 1) / threads_;
      for (std::int64_t row = shape_.rows * t / threads_; row < last; ++row)
        one(row, static_cast<std::size_t>(t));
    });
  }

 private:
  void one(std::int64_t row, std::size_t t) {
    const T* x = work_.x.as<T>() + row * shape_.n;
    T* const to = y.as<T>() + row * shape_.outputs;
    T* from = const_cast<T*>(x);
    std::complex<T>* const spectrum = spectrum_[t].data();
    if (!shape_.wrap) std::copy_n(x, shape_.n, from = padded_[t].data());
    pair_->forward(from, spectrum);
    multiply(reinterpret_cast<T*>(spectrum), reinterpret_cast<const T*>(kernel_.data()),
             shape_.block / 2 + 1);
    if (shape_.wrap || shape_.rows == 1) return pair_->backward(spectrum, to);
    // The block's surplus would fall on the next row, which may be another thread's.
    pair_->backward(spectrum, padded_[t].data());
    std::copy_n(padded_[t].data(), shape_.outputs, to);
    std::fill(padded_[t].begin() + shape_.n, padded_[t].end(), T(0));
  }

  const Case& work_;
  RowShape shape_;
  int threads_ = 1;
  std::unique_ptr<Pair> pair_;
  std::vector<support::AlignedVector<T>> padded_;
  std::vector<support::AlignedVector<std::complex<T>>> spectrum_;
  support::AlignedVector<std::complex<T>> kernel_;
};

}  // namespace faltung::bench
