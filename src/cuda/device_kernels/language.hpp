// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// What device kernels are written in: the same source is compiled for a GPU, and for the processor
// of this machine, where emulated_device.cpp runs a grid of it thread by thread, each thread up to
// its next barrier. So every line of a device kernel is tested where there is no GPU.
//
//   FALTUNG_DEVICE                    a function that device kernels call
//   FALTUNG_DEFINE_KERNEL(name, A)    the head of a device kernel with arguments `const A& a`
//   thread(), threads(), block(), blocks()   places in a grid of one dimension
//   barrier()                         waits for all threads of the block
//   shared<T>()                       the block's shared memory
#pragma once

#include <cstdint>

#if defined(__CUDACC__)

#define FALTUNG_DEVICE __device__ inline
#define FALTUNG_DEFINE_KERNEL(name, Arguments) \
  extern "C" __global__ void name(const __grid_constant__ Arguments a)

namespace faltung::cuda {

FALTUNG_DEVICE int thread() { return static_cast<int>(threadIdx.x); }
FALTUNG_DEVICE int threads() { return static_cast<int>(blockDim.x); }
FALTUNG_DEVICE std::int64_t block() { return blockIdx.x; }
FALTUNG_DEVICE std::int64_t blocks() { return gridDim.x; }
FALTUNG_DEVICE void barrier() { __syncthreads(); }
template <class T>
FALTUNG_DEVICE T* shared() {
  extern __shared__ double2 shared_memory[];
  return reinterpret_cast<T*>(shared_memory);
}

FALTUNG_DEVICE float fused(float a, float b, float c) { return __fmaf_rn(a, b, c); }
FALTUNG_DEVICE double fused(double a, double b, double c) { return __fma_rn(a, b, c); }
FALTUNG_DEVICE bool is_nan(double v) { return isnan(v); }
FALTUNG_DEVICE bool is_finite(double v) { return isfinite(v); }
FALTUNG_DEVICE double nearest_even(double v) { return rint(v); }
FALTUNG_DEVICE double fraction_of(double v, int* exponent) { return frexp(v, exponent); }
FALTUNG_DEVICE double scaled(double v, int exponent) { return ldexp(v, exponent); }

}  // namespace faltung::cuda

#else

#include <cmath>

#define FALTUNG_DEVICE inline
#define FALTUNG_DEFINE_KERNEL(name, Arguments) inline void name(const Arguments& a)

namespace faltung::cuda {

/// The thread that runs.
struct Place {
  int thread = 0, threads = 1;
  std::int64_t block = 0, blocks = 1;
  void* shared = nullptr;
};
Place& emulated_place() noexcept;
void emulated_barrier() noexcept;

FALTUNG_DEVICE int thread() { return emulated_place().thread; }
FALTUNG_DEVICE int threads() { return emulated_place().threads; }
FALTUNG_DEVICE std::int64_t block() { return emulated_place().block; }
FALTUNG_DEVICE std::int64_t blocks() { return emulated_place().blocks; }
FALTUNG_DEVICE void barrier() { emulated_barrier(); }
template <class T>
FALTUNG_DEVICE T* shared() {
  return static_cast<T*>(emulated_place().shared);
}

FALTUNG_DEVICE float fused(float a, float b, float c) { return std::fma(a, b, c); }
FALTUNG_DEVICE double fused(double a, double b, double c) { return std::fma(a, b, c); }
FALTUNG_DEVICE bool is_nan(double v) { return std::isnan(v); }
FALTUNG_DEVICE bool is_finite(double v) { return std::isfinite(v); }
FALTUNG_DEVICE double nearest_even(double v) { return std::nearbyint(v); }
FALTUNG_DEVICE double fraction_of(double v, int* exponent) { return std::frexp(v, exponent); }
FALTUNG_DEVICE double scaled(double v, int exponent) { return std::ldexp(v, exponent); }

}  // namespace faltung::cuda

#endif
