// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// CUDA's driver, loaded at run time: one program runs on machines with and without it.
#include "cuda/driver.hpp"

#if defined(__linux__)
#include <dlfcn.h>
#endif

namespace faltung::cuda {
namespace {

tl::unexpected<Failure> refuse(std::string message) {
  return tl::unexpected(Failure{Status::unsupported, std::move(message)});
}

}  // namespace

#if defined(__linux__)

Result<Driver> Driver::load() {
  void* const library = dlopen("libcuda.so.1", RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr)
    return refuse("CUDA's driver, libcuda.so.1, is not installed on this machine");
  Driver driver;
#define FALTUNG_LOAD(member, function, arguments)                                \
  driver.member = reinterpret_cast<int(*) arguments>(dlsym(library, #function)); \
  if (driver.member == nullptr)                                                  \
    return refuse("CUDA's driver lacks " #function "; it is older than version 11");
  FALTUNG_DRIVER_FUNCTIONS(FALTUNG_LOAD)
#undef FALTUNG_LOAD
  if (const int result = driver.init(0); result != 0)
    return refuse("CUDA's driver does not start: " + driver.text_of(result));
  return driver;
}

#else

Result<Driver> Driver::load() { return refuse("this system has no libcuda.so.1 to load"); }

#endif

std::string Driver::text_of(int result) const {
  const char* text = nullptr;
  if (error_text(result, &text) == 0 && text != nullptr) return text;
  return "error " + std::to_string(result);
}

}  // namespace faltung::cuda
