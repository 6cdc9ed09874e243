// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dlfcn.h>

#include <string>

#include "faltung/types.hpp"

namespace faltung::bench {

/// A shared library that is there only on some machines. It stays loaded: peers leave threads
/// behind.
class DynamicLibrary {
 public:
  /// False where there is none of that name.
  bool open(const std::string& path) {
    handle_ = path.empty() ? nullptr : dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    return handle_ != nullptr;
  }
  /// Throws Error where the library has no such function.
  template <class F>
  void find(const std::string& name, F*& function) const {
    function = reinterpret_cast<F*>(dlsym(handle_, name.c_str()));
    if (function == nullptr) throw Error({Status::unsupported, "the library has no " + name});
  }

 private:
  void* handle_ = nullptr;
};

}  // namespace faltung::bench
