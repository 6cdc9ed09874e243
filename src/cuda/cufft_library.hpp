// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <mutex>
#include <span>
#include <string>

#include "cuda/device.hpp"

namespace faltung::cuda {

/// The functions of cuFFT that are used, by the names and types of its manual (cuFFT API Reference,
/// versions 10 to 12): X(member, function, arguments). All return a cufftResult, 0 for success; a
/// cufftHandle is an int.
#define FALTUNG_CUFFT_FUNCTIONS(X)                                                             \
  X(create, cufftCreate, (int* plan))                                                          \
  X(destroy, cufftDestroy, (int plan))                                                         \
  X(allocates, cufftSetAutoAllocation, (int plan, int itself))                                 \
  X(make, cufftMakePlanMany64,                                                                 \
    (int plan, int axes, long long* lengths, long long* from_shape, long long from_stride,     \
     long long from_distance, long long* to_shape, long long to_stride, long long to_distance, \
     int type, long long arrays, std::size_t* work_bytes))                                     \
  X(set_work, cufftSetWorkArea, (int plan, void* work))                                        \
  X(set_stream, cufftSetStream, (int plan, void* stream))                                      \
  X(complex_f32, cufftExecC2C, (int plan, void* from, void* to, int direction))                \
  X(complex_f64, cufftExecZ2Z, (int plan, void* from, void* to, int direction))                \
  X(forward_f32, cufftExecR2C, (int plan, void* from, void* to))                               \
  X(forward_f64, cufftExecD2Z, (int plan, void* from, void* to))                               \
  X(back_f32, cufftExecC2R, (int plan, void* from, void* to))                                  \
  X(back_f64, cufftExecZ2D, (int plan, void* from, void* to))                                  \
  X(version, cufftGetVersion, (int* version))

/// A cufftType, and directions of complex transforms, by their numbers in the manual.
enum CufftType : int {
  kComplexF32 = 0x29,
  kRealToComplexF32 = 0x2a,
  kComplexToRealF32 = 0x2c,
  kComplexF64 = 0x69,
  kRealToComplexF64 = 0x6a,
  kComplexToRealF64 = 0x6c,
};
inline constexpr int kCufftForward = -1, kCufftBack = 1;

/// cuFFT, which is not there when Faltung is built.
struct Cufft {
#define FALTUNG_MEMBER(member, function, arguments) int(*member) arguments = nullptr;
  FALTUNG_CUFFT_FUNCTIONS(FALTUNG_MEMBER)
#undef FALTUNG_MEMBER

  /// The first of these libraries that the process has, else that the system finds; where none is
  /// whole, a sentence says why.
  static Result<Cufft> load(std::span<const char* const> names);
  /// That of CUDA 13, 12 or 11, loaded at the first call and kept.
  static const Result<Cufft>& of_system();
  /// "12.0.1"
  std::string version_text() const;
};

/// Transforms of a shape by cuFFT, in the current context. Its handles carry a stream and a work
/// area as their state, so those who call at the same time take turns for as long as launching
/// takes.
class CufftPlan {
 public:
  explicit CufftPlan(const Cufft& cufft) : cufft_(cufft) {}
  CufftPlan(const CufftPlan&) = delete;
  CufftPlan& operator=(const CufftPlan&) = delete;
  /// In the current context, as all others.
  ~CufftPlan();
  /// Once; a cufftResult.
  int make(const TransformShape& shape);

  std::int64_t work_bytes() const noexcept { return work_bytes_; }
  /// A cufftResult; nothing is allocated, and nothing waits for the device.
  int run(bool forward, void* arrays, void* work, void* stream) const noexcept;

 private:
  static constexpr int kNone = -1;
  int make_handle(int& handle, bool forward, std::size_t& work_bytes);
  int execute(bool forward, void* arrays) const noexcept;

  const Cufft& cufft_;
  TransformShape shape_;
  int there_ = kNone, back_ = kNone;  ///< of complex arrays one handle does both
  std::int64_t work_bytes_ = 0;
  mutable std::mutex launching_;
};

}  // namespace faltung::cuda
