// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// MKL, of which PyPI has the shared libraries and no Debian package is free: its real transform,
// the product of spectra and the way back, on one thread. The few names are those of its
// documentation (developer reference for C, Fourier transform functions), since its headers need
// not be there.
#include <complex>
#include <cstdlib>

#include "contest.hpp"
#include "dynamic_library.hpp"
#include "product.hpp"
#include "row_peers.hpp"

namespace faltung::bench {
namespace {

enum : int {
  kBackwardScale = 5,
  kConjugateEvenStorage = 10,
  kPlacement = 11,
  kReal = 33,
  kComplexComplex = 39,
  kNotInPlace = 44
};

struct Mkl {
  using Handle = void*;
  DynamicLibrary library;
  long (*create_f32)(Handle*, int domain, ...) = nullptr;
  long (*create_f64)(Handle*, int domain, ...) = nullptr;
  long (*set)(Handle, int parameter, ...) = nullptr;
  long (*commit)(Handle) = nullptr;
  long (*forward)(Handle, void*, ...) = nullptr;
  long (*backward)(Handle, void*, ...) = nullptr;
  long (*release)(Handle*) = nullptr;
  void (*version)(char*, int) = nullptr;

  bool open(const std::string& path) {
    setenv("MKL_THREADING_LAYER", "SEQUENTIAL", 1);
    if (!library.open(path)) return false;
    library.find("DftiCreateDescriptor_s_1d", create_f32);
    library.find("DftiCreateDescriptor_d_1d", create_f64);
    library.find("DftiSetValue", set);
    library.find("DftiCommitDescriptor", commit);
    library.find("DftiComputeForward", forward);
    library.find("DftiComputeBackward", backward);
    library.find("DftiFreeDescriptor", release);
    library.find("MKL_Get_Version_String", version);
    return true;
  }
};

/// Real transforms of one length, out of place.
template <class T>
class MklPair {
 public:
  MklPair(const Mkl& mkl, std::int64_t points) : mkl_(mkl) {
    const long n = static_cast<long>(points);
    const auto create = sizeof(T) == 4 ? mkl.create_f32 : mkl.create_f64;
    if (create(&handle_, kReal, n) != 0 || mkl.set(handle_, kPlacement, kNotInPlace) != 0 ||
        mkl.set(handle_, kConjugateEvenStorage, kComplexComplex) != 0 || mkl.commit(handle_) != 0)
      throw Error({Status::unsupported, "MKL makes no transform of " + std::to_string(points)});
  }
  MklPair(const MklPair&) = delete;
  MklPair& operator=(const MklPair&) = delete;
  ~MklPair() { mkl_.release(&handle_); }
  void forward(T* real, std::complex<T>* spectrum) const { mkl_.forward(handle_, real, spectrum); }
  void backward(std::complex<T>* spectrum, T* real) const {
    mkl_.backward(handle_, spectrum, real);
  }

 private:
  const Mkl& mkl_;
  Mkl::Handle handle_ = nullptr;
};

/// "Intel(R) oneAPI Math Kernel Library Version 2026.2-Product Build ...": the number.
std::string version_of(const Mkl& mkl) {
  char text[256] = {};
  mkl.version(text, sizeof(text) - 1);
  const std::string all = text, word = "Version ";
  const std::size_t at = all.find(word);
  return at == std::string::npos
             ? all
             : all.substr(at + word.size(),
                          all.find_first_of(" -", at + word.size()) - at - word.size());
}

template <class T>
std::unique_ptr<Contestant> make(const Case& work, const Mkl& mkl) {
  const RowShape shape(work);
  auto made = std::make_unique<RowPeer<T, MklPair<T>>>(
      work, shape, std::make_unique<MklPair<T>>(mkl, shape.block));
  made->version = version_of(mkl);
  return made;
}

}  // namespace

std::unique_ptr<Contestant> make_mkl(const Case& work, const std::string& library) {
  static Mkl mkl;
  static const bool found = mkl.open(library);
  if (!found) return nullptr;
  if (work.threads != 1) throw Error({Status::unsupported, "MKL is run on one thread"});
  if (work.x.type == ElementType::f32) return make<float>(work, mkl);
  if (work.x.type == ElementType::f64) return make<double>(work, mkl);
  throw Error({Status::type_mismatch, "MKL takes float32 and float64"});
}

}  // namespace faltung::bench
