// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// IPP's FIR filter, of which PyPI has the shared libraries. It filters n samples after the taps - 1
// before them, so that threads take a part each:
//
//   x   [   part 0   |   part 1   | zeros ]        part 1 begins with the end of part 0
//   y   [   part 0   |   part 1   | tail  ]
//
// The names are those of its documentation (developer reference, signal processing, FIR filters),
// since its headers need not be there.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <thread>

#include "contest.hpp"
#include "dynamic_library.hpp"

namespace faltung::bench {
namespace {

enum : int { kDirect = 1, kFft = 2 };

template <class T>
struct Fir {
  int (*size)(int taps, int type, int* spec_bytes, int* buffer_bytes) = nullptr;
  int (*init)(const T* taps, int count, int algorithm, void* spec) = nullptr;
  int (*run)(const T* x, T* y, int count, void* spec, const T* before, T* after,
             unsigned char* buffer) = nullptr;
  static constexpr int kType = sizeof(T) == 4 ? 13 : 19;  // ipp32f, ipp64f

  void find(const DynamicLibrary& library) {
    const std::string suffix = sizeof(T) == 4 ? "_32f" : "_64f";
    library.find("ippsFIRSRGetSize", size);
    library.find("ippsFIRSRInit" + suffix, init);
    library.find("ippsFIRSR" + suffix, run);
  }
};

struct Version {  // as ippsGetLibVersion has it
  int major, minor, major_build, build;
  char target[4];
  const char *name, *version, *date;
};

struct Ipp {
  DynamicLibrary library;
  Fir<float> f32;
  Fir<double> f64;
  const Version* (*version)() = nullptr;
  bool open(const std::string& path) {
    // It asks for these by name, which lie beside it and not where names are looked for.
    const std::size_t at = path.rfind("libipps");
    for (const char* beside : {"libippcore", "libippvm"})
      if (at != std::string::npos)
        DynamicLibrary().open(path.substr(0, at) + beside + path.substr(at + 7));
    if (!library.open(path)) return false;
    f32.find(library);
    f64.find(library);
    library.find("ippsGetLibVersion", version);
    return true;
  }
};

template <class T>
class IppFir final : public Contestant {
 public:
  IppFir(const Case& work, const Fir<T>& fir, int algorithm)
      : work_(work), fir_(fir), taps_(static_cast<int>(work.h.shape.back())) {
    int spec = 0, buffer = 0;
    check(fir.size(taps_, Fir<T>::kType, &spec, &buffer));
    for (int t = 0; t < work.threads; ++t) {
      specs_.emplace_back(static_cast<std::size_t>(spec));
      buffers_.emplace_back(static_cast<std::size_t>(buffer));
      check(fir.init(work.h.as<T>(), taps_, algorithm, specs_.back().data()));
    }
    zeros_.assign(static_cast<std::size_t>(taps_), T(0));
    y = Buffer(work.problem.result_type(), work.output_shape());
    method = algorithm == kDirect ? "direct" : "FFT";
  }
  void run() override {
    std::vector<std::jthread> others;
    for (int t = 1; t < work_.threads; ++t) others.emplace_back([this, t] { part(t); });
    part(0);
  }

 private:
  static void check(int status) {
    if (status != 0)
      throw Error({Status::unsupported, "IPP's FIR filter says " + std::to_string(status)});
  }
  void part(int t) {
    const auto u = static_cast<std::size_t>(t);
    const std::int64_t n = work_.x.shape.back();
    const std::int64_t from = n * t / work_.threads, to = n * (t + 1) / work_.threads;
    const T* x = work_.x.as<T>();
    const auto filter = [&](const T* samples, std::int64_t at, std::int64_t count,
                            const T* before) {
      fir_.run(samples, y.as<T>() + at, static_cast<int>(count), specs_[u].data(), before, nullptr,
               buffers_[u].data());
    };
    filter(x + from, from, to - from, from == 0 ? zeros_.data() : x + from - (taps_ - 1));
    if (to == n) filter(zeros_.data(), n, taps_ - 1, x + n - (taps_ - 1));
  }

  const Case& work_;
  const Fir<T>& fir_;
  int taps_;
  std::vector<support::AlignedVector<unsigned char>> specs_, buffers_;
  support::AlignedVector<T> zeros_;
};

double least_seconds(Contestant& side) {
  double least = HUGE_VAL;
  for (int i = 0; i < 5; ++i) {
    const auto start = std::chrono::steady_clock::now();
    side.run();
    const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
    least = std::min(least, taken.count());
  }
  return least;
}

/// By the direct sum or by transforms, whichever is faster.
template <class T>
std::unique_ptr<Contestant> make(const Case& work, const Fir<T>& fir, const std::string& version) {
  auto direct = std::make_unique<IppFir<T>>(work, fir, kDirect);
  auto transforms = std::make_unique<IppFir<T>>(work, fir, kFft);
  auto made = least_seconds(*direct) < least_seconds(*transforms) ? std::move(direct)
                                                                  : std::move(transforms);
  made->version = version + " " + made->method;
  return made;
}

}  // namespace

std::unique_ptr<Contestant> make_ipp(const Case& work, const std::string& library) {
  static Ipp ipp;
  static const bool found = ipp.open(library);
  if (!found) return nullptr;
  if (work.x.shape.rank() != 1 || work.problem.extent != Extent::full ||
      work.problem.boundary != Boundary::constant || work.correlates())
    throw Error({Status::unsupported, "IPP filters one signal, extent full"});
  const std::string version = ipp.version()->version;
  const std::string number = version.substr(0, version.find(' '));
  if (work.x.type == ElementType::f32) return make<float>(work, ipp.f32, number);
  if (work.x.type == ElementType::f64) return make<double>(work, ipp.f64, number);
  throw Error({Status::type_mismatch, "IPP is run on float32 and float64"});
}

}  // namespace faltung::bench
