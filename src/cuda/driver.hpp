// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include "faltung/types.hpp"

namespace faltung::cuda {

/// The functions of CUDA's driver that are used, by the names and types of its manual (CUDA Driver
/// API, versions of 11 and later): X(member, function, arguments). All return a CUresult, 0 for
/// success; handles and device
/// addresses, which are 64-bit numbers there, are pointers here.
#define FALTUNG_DRIVER_FUNCTIONS(X)                                                                \
  X(init, cuInit, (unsigned flags))                                                                \
  X(version, cuDriverGetVersion, (int* version))                                                   \
  X(device_count, cuDeviceGetCount, (int* count))                                                  \
  X(device, cuDeviceGet, (int* device, int ordinal))                                               \
  X(device_name, cuDeviceGetName, (char* name, int length, int device))                            \
  X(device_memory, cuDeviceTotalMem_v2, (std::size_t* bytes, int device))                          \
  X(attribute, cuDeviceGetAttribute, (int* value, int attribute, int device))                      \
  X(retain_context, cuDevicePrimaryCtxRetain, (void** context, int device))                        \
  X(release_context, cuDevicePrimaryCtxRelease_v2, (int device))                                   \
  X(push_context, cuCtxPushCurrent_v2, (void* context))                                            \
  X(pop_context, cuCtxPopCurrent_v2, (void** context))                                             \
  X(allocate, cuMemAlloc_v2, (void** address, std::size_t bytes))                                  \
  X(free, cuMemFree_v2, (void* address))                                                           \
  X(upload, cuMemcpyHtoDAsync_v2, (void* to, const void* from, std::size_t bytes, void* stream))   \
  X(download, cuMemcpyDtoHAsync_v2, (void* to, const void* from, std::size_t bytes, void* stream)) \
  X(pointer, cuPointerGetAttribute, (void* value, int attribute, const void* at))                  \
  X(make_stream, cuStreamCreate, (void** stream, unsigned flags))                                  \
  X(free_stream, cuStreamDestroy_v2, (void* stream))                                               \
  X(synchronize, cuStreamSynchronize, (void* stream))                                              \
  X(load_module, cuModuleLoadData, (void** module, const void* image))                             \
  X(function, cuModuleGetFunction, (void** function, void* module, const char* name))              \
  X(function_attribute, cuFuncSetAttribute, (void* function, int attribute, int value))            \
  X(launch, cuLaunchKernel,                                                                        \
    (void* function, unsigned blocks_x, unsigned blocks_y, unsigned blocks_z, unsigned threads_x,  \
     unsigned threads_y, unsigned threads_z, unsigned shared_bytes, void* stream,                  \
     void** parameters, void** extra))                                                             \
  X(error_text, cuGetErrorString, (int result, const char** text))

/// Attributes of devices, pointers and functions, and flags of streams, by their numbers in the
/// manual.
enum DriverAttribute : int {
  kClockKilohertz = 13,
  kMultiprocessors = 16,
  kMemoryClockKilohertz = 36,
  kMemoryBusBits = 37,
  kCapabilityMajor = 75,
  kCapabilityMinor = 76,
  kPageableMemory = 88,  ///< device kernels read any memory of the process
  kSharedBytesOptIn = 97,
  kPointerMemoryType = 2,    ///< of a pointer: an unsigned; fails where the driver does not know it
  kPointerDevice = 9,        ///< an int, the ordinal
  kFunctionSharedBytes = 8,  ///< of a function: the most dynamic shared memory
};
inline constexpr unsigned kNonBlocking = 1;  ///< a stream that the default one does not wait for

struct Driver {
#define FALTUNG_MEMBER(member, function, arguments) int(*member) arguments = nullptr;
  FALTUNG_DRIVER_FUNCTIONS(FALTUNG_MEMBER)
#undef FALTUNG_MEMBER

  /// Loads libcuda.so.1 and starts it; where that cannot be, a sentence says why.
  static Result<Driver> load();
  std::string text_of(int result) const;
};

}  // namespace faltung::cuda
