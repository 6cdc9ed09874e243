// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "fftw_contestant.hpp"

namespace faltung::bench {
namespace {

template <class T>
class Whole final : public Contestant {
 public:
  Whole(const Case& work, unsigned flags) : work_(work), axes_(work) {
    std::int64_t reals = 1;
    for (int i = 0; i < 3; ++i) {
      // What wraps around may fall where no output is read.
      const std::int64_t last = axes_.first[i] + axes_.out[i];
      block_[i] = axes_.wrap ? axes_.n[i]
                             : smooth(std::max(last, axes_.n[i] + axes_.k[i] - 1 - axes_.first[i]));
      reals *= block_[i];
    }
    in_place_ = axes_.wrap && axes_.first[0] + axes_.first[1] + axes_.first[2] == 0;
    complexes_ = reals / block_[2] * (block_[2] / 2 + 1);
    real_ = fftw_array<T>(reals);
    spectrum_ = fftw_array<std::complex<T>>(complexes_);
    pair_ = std::make_unique<FftwPair<T>>(axes_.sizes(block_), flags, work.threads, real_.get(),
                                          spectrum_.get());
    std::fill_n(real_.get(), reals, T(0));
    kernel_ = spectrum_of<T>(work, *pair_, block_);
    y = Buffer(work.problem.result_type(), work.output_shape());
    version = FftwTypes<T>::version();
  }

  void run() override {
    if (in_place_) {  // circular: neither copied in nor out
      pair_->forward(const_cast<T*>(work_.x.as<T>()), spectrum_.get());
      multiply_spectra();
      return pair_->backward(spectrum_.get(), y.as<T>());
    }
    on_threads(work_.threads, [this](int t) { load(t); });
    pair_->forward(real_.get(), spectrum_.get());
    multiply_spectra();
    pair_->backward(spectrum_.get(), real_.get());
    on_threads(work_.threads, [this](int t) { store(t); });
  }

 private:
  void multiply_spectra() {
    on_threads(work_.threads, [this](int t) {
      const std::int64_t from = complexes_ * t / work_.threads;
      const std::int64_t to = complexes_ * (t + 1) / work_.threads;
      multiply(reinterpret_cast<T*>(spectrum_.get() + from),
               reinterpret_cast<const T*>(kernel_.get() + from), to - from);
    });
  }
  /// x into the box, and zeros where the last results were.
  void load(int t) {
    const std::int64_t rows = block_[0] * block_[1];
    for (std::int64_t r = rows * t / work_.threads; r < rows * (t + 1) / work_.threads; ++r) {
      T* to = real_.get() + r * block_[2];
      const std::int64_t i = r / block_[1], j = r % block_[1];
      const std::int64_t count = i < axes_.n[0] && j < axes_.n[1] ? axes_.n[2] : 0;
      std::copy_n(work_.x.as<T>() + (i * axes_.n[1] + j) * axes_.n[2], count, to);
      std::fill_n(to + count, block_[2] - count, T(0));
    }
  }
  void store(int t) {
    const std::int64_t rows = axes_.out[0] * axes_.out[1];
    for (std::int64_t r = rows * t / work_.threads; r < rows * (t + 1) / work_.threads; ++r) {
      const std::int64_t i = r / axes_.out[1] + axes_.first[0];
      const std::int64_t j = r % axes_.out[1] + axes_.first[1];
      std::copy_n(real_.get() + (i * block_[1] + j) * block_[2] + axes_.first[2], axes_.out[2],
                  y.as<T>() + r * axes_.out[2]);
    }
  }

  const Case& work_;
  ThreeAxes axes_;
  std::int64_t block_[3] = {}, complexes_ = 0;
  bool in_place_ = false;
  FftwArray<T> real_;
  FftwArray<std::complex<T>> spectrum_, kernel_;
  std::unique_ptr<FftwPair<T>> pair_;
};

}  // namespace

template <class T>
std::unique_ptr<Contestant> make_fftw_whole(const Case& work, unsigned flags) {
  return std::make_unique<Whole<T>>(work, flags);
}
template std::unique_ptr<Contestant> make_fftw_whole<float>(const Case&, unsigned);
template std::unique_ptr<Contestant> make_fftw_whole<double>(const Case&, unsigned);

}  // namespace faltung::bench
