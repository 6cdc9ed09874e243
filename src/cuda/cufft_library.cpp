// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// cuFFT, loaded at run time: one program runs on machines with and without it.
#include "cuda/cufft_library.hpp"

#include <algorithm>

#if defined(__linux__)
#include <dlfcn.h>
#endif

namespace faltung::cuda {
namespace {

tl::unexpected<Failure> refuse(std::string message) {
  return tl::unexpected(Failure{Status::unsupported, std::move(message)});
}

/// Of CUDA 13, 12 and 11.
constexpr const char* kLibraries[] = {"libcufft.so.12", "libcufft.so.11", "libcufft.so.10"};

}  // namespace

#if defined(__linux__)

Result<Cufft> Cufft::load(std::span<const char* const> names) {
  void* library = nullptr;
  // One that somebody else has loaded is best: it is sure to go with the process' driver.
  for (const int only_loaded : {RTLD_NOLOAD, 0})
    for (const char* name : names)
      if (library == nullptr) library = dlopen(name, RTLD_NOW | RTLD_LOCAL | only_loaded);
  if (library == nullptr) {
    std::string all;
    for (const char* name : names)
      all += (all.empty() ? "" : name == names.back() ? " nor " : ", ") + std::string(name);
    return refuse("cuFFT is not on this machine: neither " + all + " is found");
  }
  Cufft cufft;
#define FALTUNG_LOAD(member, function, arguments)                               \
  cufft.member = reinterpret_cast<int(*) arguments>(dlsym(library, #function)); \
  if (cufft.member == nullptr)                                                  \
    return refuse("cuFFT lacks " #function "; it is older than version 10");
  FALTUNG_CUFFT_FUNCTIONS(FALTUNG_LOAD)
#undef FALTUNG_LOAD
  return cufft;
}

#else

Result<Cufft> Cufft::load(std::span<const char* const> /*names*/) {
  return refuse("this system has no cuFFT to load");
}

#endif

const Result<Cufft>& Cufft::of_system() {
  static const Result<Cufft> cufft = load(kLibraries);
  return cufft;
}

std::string Cufft::version_text() const {
  int number = 0;
  if (version(&number) != 0) return "of unknown version";
  return std::to_string(number / 1000) + "." + std::to_string(number % 1000 / 100) + "." +
         std::to_string(number % 100);
}

CufftPlan::~CufftPlan() {
  for (const int handle : {there_, back_})
    if (handle != kNone) cufft_.destroy(handle);
}

int CufftPlan::make_handle(int& handle, bool forward, std::size_t& work_bytes) {
  int made = kNone;
  if (const int result = cufft_.create(&made); result != 0) return result;
  handle = made;
  if (const int result = cufft_.allocates(handle, 0); result != 0) return result;
  long long lengths[TransformShape::kMostAxes], reals[TransformShape::kMostAxes],
      complexes[TransformShape::kMostAxes];
  for (int i = 0; i < shape_.axes; ++i)
    lengths[i] = reals[i] = complexes[i] = shape_.length[static_cast<std::size_t>(i)];
  complexes[shape_.axes - 1] = shape_.row_points();
  if (!shape_.complex) reals[shape_.axes - 1] = 2 * shape_.row_points();
  const long long points = shape_.points(), numbers = shape_.complex ? points : 2 * points;
  const int type = shape_.complex  ? shape_.single ? kComplexF32 : kComplexF64
                   : forward       ? shape_.single ? kRealToComplexF32 : kRealToComplexF64
                   : shape_.single ? kComplexToRealF32
                                   : kComplexToRealF64;
  return forward ? cufft_.make(handle, shape_.axes, lengths, reals, 1, numbers, complexes, 1,
                               points, type, shape_.arrays, &work_bytes)
                 : cufft_.make(handle, shape_.axes, lengths, complexes, 1, points, reals, 1,
                               numbers, type, shape_.arrays, &work_bytes);
}

int CufftPlan::make(const TransformShape& shape) {
  shape_ = shape;
  std::size_t there = 0, back = 0;
  if (const int result = make_handle(there_, true, there); result != 0) return result;
  if (!shape.complex)
    if (const int result = make_handle(back_, false, back); result != 0) return result;
  work_bytes_ = static_cast<std::int64_t>(std::max(there, back));
  return 0;
}

int CufftPlan::execute(bool forward, void* arrays) const noexcept {
  if (shape_.complex) {
    const int direction = forward ? kCufftForward : kCufftBack;
    return shape_.single ? cufft_.complex_f32(there_, arrays, arrays, direction)
                         : cufft_.complex_f64(there_, arrays, arrays, direction);
  }
  if (forward)
    return shape_.single ? cufft_.forward_f32(there_, arrays, arrays)
                         : cufft_.forward_f64(there_, arrays, arrays);
  return shape_.single ? cufft_.back_f32(back_, arrays, arrays)
                       : cufft_.back_f64(back_, arrays, arrays);
}

int CufftPlan::run(bool forward, void* arrays, void* work, void* stream) const noexcept {
  const int handle = forward || shape_.complex ? there_ : back_;
  const std::lock_guard lock(launching_);
  if (const int result = cufft_.set_stream(handle, stream); result != 0) return result;
  if (const int result = cufft_.set_work(handle, work); result != 0) return result;
  return execute(forward, arrays);
}

}  // namespace faltung::cuda
