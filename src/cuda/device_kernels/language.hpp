// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// What device kernels are written in: the same source is compiled for a GPU, and for the processor
// of this machine, where emulated_device.cpp runs a grid of it thread by thread, each thread up to
// its next barrier. So every line of a device kernel is tested where there is no GPU.
//
//   FALTUNG_DEVICE                  a function that device kernels call
//   FALTUNG_DEVICE_CALL             one that is called, where a copy in every place were too much
//   FALTUNG_UNROLL, _ROLLED         before a loop that has to be unrolled, or must not be
//   FALTUNG_DEFINE_KERNEL(name, A, n)           the head of a device kernel of at most n threads a
//                                   block, with arguments `const A& a`
//   FALTUNG_DEFINE_KERNEL_BESIDE(name, A, n, b) the same, b blocks of which have registers at once
//   thread(), threads(), block(), blocks()      places in a grid of one dimension
//   barrier()                       waits for all threads of the block
//   shared<T>()                     the block's shared memory
//   shared_max(), _or(), _add()     on a number there, by any thread at any time between barriers
//   forget(number)                  what depends on it is computed anew rather than kept
//   float_of_half(bits), half_of(v)   binary16 as a float, and the nearest of a float, ties to even
#pragma once

#include <cstdint>

#if defined(__CUDACC__)

#define FALTUNG_DEVICE __device__ inline
#define FALTUNG_DEVICE_CALL __device__ __noinline__
#define FALTUNG_UNROLL _Pragma("unroll")
#define FALTUNG_ROLLED _Pragma("unroll 1")
#define FALTUNG_DEFINE_KERNEL(name, Arguments, threads) \
  extern "C" __global__ void __launch_bounds__(threads) name(const __grid_constant__ Arguments a)
#define FALTUNG_DEFINE_KERNEL_BESIDE(name, Arguments, threads, blocks) \
  extern "C" __global__ void __launch_bounds__(threads, blocks)        \
      name(const __grid_constant__ Arguments a)

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

FALTUNG_DEVICE void forget(int& number) { asm volatile("" : "+r"(number)); }
FALTUNG_DEVICE void forget(std::int64_t& number) { asm volatile("" : "+l"(number)); }
FALTUNG_DEVICE void shared_max(int* at, int v) { atomicMax_block(at, v); }
FALTUNG_DEVICE void shared_or(int* at, int v) { atomicOr_block(at, v); }
FALTUNG_DEVICE void shared_add(int* at, int v) { atomicAdd_block(at, v); }

FALTUNG_DEVICE float fused(float a, float b, float c) { return __fmaf_rn(a, b, c); }
FALTUNG_DEVICE double fused(double a, double b, double c) { return __fma_rn(a, b, c); }
FALTUNG_DEVICE bool is_nan(double v) { return isnan(v); }
FALTUNG_DEVICE bool is_finite(double v) { return isfinite(v); }
FALTUNG_DEVICE double nearest_even(double v) { return rint(v); }
FALTUNG_DEVICE double fraction_of(double v, int* exponent) { return frexp(v, exponent); }
FALTUNG_DEVICE double scaled(double v, int exponent) { return ldexp(v, exponent); }
FALTUNG_DEVICE float float_of_half(std::uint16_t bits) {
  float v;
  asm("cvt.f32.f16 %0, %1;" : "=f"(v) : "h"(bits));
  return v;
}
FALTUNG_DEVICE std::uint16_t half_of(float v) {
  std::uint16_t bits;
  asm("cvt.rn.f16.f32 %0, %1;" : "=h"(bits) : "f"(v));
  return bits;
}

}  // namespace faltung::cuda

#else

#include <cmath>

#include "faltung/half.hpp"

#define FALTUNG_DEVICE inline
#define FALTUNG_DEVICE_CALL inline
#define FALTUNG_UNROLL
#define FALTUNG_ROLLED
#define FALTUNG_DEFINE_KERNEL(name, Arguments, threads) inline void name(const Arguments& a)
#define FALTUNG_DEFINE_KERNEL_BESIDE(name, Arguments, threads, blocks) \
  inline void name(const Arguments& a)

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

template <class T>
FALTUNG_DEVICE void forget(T&) {}
FALTUNG_DEVICE void shared_max(int* at, int v) { *at = *at < v ? v : *at; }
FALTUNG_DEVICE void shared_or(int* at, int v) { *at |= v; }
FALTUNG_DEVICE void shared_add(int* at, int v) { *at += v; }

FALTUNG_DEVICE float fused(float a, float b, float c) { return std::fma(a, b, c); }
FALTUNG_DEVICE double fused(double a, double b, double c) { return std::fma(a, b, c); }
FALTUNG_DEVICE bool is_nan(double v) { return std::isnan(v); }
FALTUNG_DEVICE bool is_finite(double v) { return std::isfinite(v); }
FALTUNG_DEVICE double nearest_even(double v) { return std::nearbyint(v); }
FALTUNG_DEVICE double fraction_of(double v, int* exponent) { return std::frexp(v, exponent); }
FALTUNG_DEVICE double scaled(double v, int exponent) { return std::ldexp(v, exponent); }
FALTUNG_DEVICE float float_of_half(std::uint16_t bits) { return Half::from_bits(bits); }
FALTUNG_DEVICE std::uint16_t half_of(float v) { return Half(v).bits; }

}  // namespace faltung::cuda

#endif
