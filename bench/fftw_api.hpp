// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// FFTW under one name for both precisions.
#pragma once

#include <fftw3.h>

#include <algorithm>
#include <chrono>
#include <complex>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

namespace faltung::bench {

template <class T>
struct FftwTypes;
template <>
struct FftwTypes<float> {
  using Plan = fftwf_plan;
  using Complex = fftwf_complex;
  static constexpr const char* kSuffix = "f32";
  static constexpr auto& kForward = fftwf_plan_dft_r2c;
  static constexpr auto& kBackward = fftwf_plan_dft_c2r;
  static constexpr auto& kRunForward = fftwf_execute_dft_r2c;
  static constexpr auto& kComplex = fftwf_plan_dft_1d;
  static constexpr auto& kRunComplex = fftwf_execute_dft;
  static constexpr auto& kRunBackward = fftwf_execute_dft_c2r;
  static constexpr auto& kDestroy = fftwf_destroy_plan;
  static constexpr auto& kThreads = fftwf_plan_with_nthreads;
  static constexpr auto& kInitThreads = fftwf_init_threads;
  static constexpr auto& kImport = fftwf_import_wisdom_from_filename;
  static constexpr auto& kExport = fftwf_export_wisdom_to_filename;
  static constexpr auto& kLimit = fftwf_set_timelimit;
  static const char* version() { return fftwf_version; }
};
template <>
struct FftwTypes<double> {
  using Plan = fftw_plan;
  using Complex = fftw_complex;
  static constexpr const char* kSuffix = "f64";
  static constexpr auto& kForward = fftw_plan_dft_r2c;
  static constexpr auto& kBackward = fftw_plan_dft_c2r;
  static constexpr auto& kRunForward = fftw_execute_dft_r2c;
  static constexpr auto& kComplex = fftw_plan_dft_1d;
  static constexpr auto& kRunComplex = fftw_execute_dft;
  static constexpr auto& kRunBackward = fftw_execute_dft_c2r;
  static constexpr auto& kDestroy = fftw_destroy_plan;
  static constexpr auto& kThreads = fftw_plan_with_nthreads;
  static constexpr auto& kInitThreads = fftw_init_threads;
  static constexpr auto& kImport = fftw_import_wisdom_from_filename;
  static constexpr auto& kExport = fftw_export_wisdom_to_filename;
  static constexpr auto& kLimit = fftw_set_timelimit;
  static const char* version() { return fftw_version; }
};

/// The longest that one plan took since this was set to 0.
inline double slowest_planning_seconds = 0;

/// make(), on that clock.
template <class F>
auto timed_plan(F&& make) {
  const auto start = std::chrono::steady_clock::now();
  const auto plan = make();
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
  slowest_planning_seconds = std::max(slowest_planning_seconds, taken.count());
  return plan;
}

struct FftwFree {
  void operator()(void* p) const { fftw_free(p); }
};
template <class T>
using FftwArray = std::unique_ptr<T[], FftwFree>;
template <class T>
FftwArray<T> fftw_array(std::int64_t count) {
  return FftwArray<T>(static_cast<T*>(fftw_malloc(static_cast<std::size_t>(count) * sizeof(T))));
}

/// A real transform of `size` points along each axis, and back without scaling. Thread-safe to run.
template <class T>
class FftwPair {
 public:
  using F = FftwTypes<T>;
  /// `flags` is FFTW_MEASURE or FFTW_PATIENT. The arrays are overwritten, and are what `forward`
  /// and `backward` will be called with, or aligned like them.
  FftwPair(const std::vector<int>& size, unsigned flags, int threads, T* real,
           std::complex<T>* spectrum) {
    F::kThreads(threads);
    const int rank = static_cast<int>(size.size());
    auto* to = reinterpret_cast<typename F::Complex*>(spectrum);
    forward_ = timed_plan(
        [&] { return F::kForward(rank, size.data(), real, to, flags | FFTW_PRESERVE_INPUT); });
    backward_ = timed_plan(
        [&] { return F::kBackward(rank, size.data(), to, real, flags | FFTW_DESTROY_INPUT); });
  }
  FftwPair(FftwPair&& other) noexcept
      : forward_(std::exchange(other.forward_, nullptr)),
        backward_(std::exchange(other.backward_, nullptr)) {}
  FftwPair& operator=(FftwPair&& other) noexcept {
    std::swap(forward_, other.forward_);
    std::swap(backward_, other.backward_);
    return *this;
  }
  ~FftwPair() {
    if (forward_) F::kDestroy(forward_);
    if (backward_) F::kDestroy(backward_);
  }
  void forward(T* real, std::complex<T>* spectrum) const {
    F::kRunForward(forward_, real, reinterpret_cast<typename F::Complex*>(spectrum));
  }
  void backward(std::complex<T>* spectrum, T* real) const {
    F::kRunBackward(backward_, reinterpret_cast<typename F::Complex*>(spectrum), real);
  }

 private:
  typename F::Plan forward_ = nullptr, backward_ = nullptr;
};
}  // namespace faltung::bench
