// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#if FALTUNG_BENCH_FFTW
#include <fstream>

#include "fftw_contestant.hpp"

namespace faltung::bench {

ThreeAxes::ThreeAxes(const Case& work) : rank(work.x.shape.rank()) {
  const Dims shape = work.output_shape();
  wrap = work.problem.boundary == Boundary::wrap;
  if (!wrap && work.problem.boundary != Boundary::constant)
    throw Error({Status::unsupported, "FFTW is run with zeros outside, or going round"});
  for (int i = 0; i < 3; ++i) {
    const int axis = i - (3 - rank);
    n[i] = axis < 0 ? 1 : work.x.shape[axis];
    k[i] = axis < 0 ? 1 : work.h.shape[axis];
    out[i] = axis < 0 ? 1 : shape[axis];
    first[i] = axis < 0 ? 0 : work.first_output(axis);
  }
}

template <class T>
FftwArray<std::complex<T>> spectrum_of(const Case& work, const FftwPair<T>& pair,
                                       const std::int64_t (&block)[3]) {
  const ThreeAxes axes(work);
  const std::int64_t reals = block[0] * block[1] * block[2];
  const FftwArray<T> taps = fftw_array<T>(reals);
  std::fill_n(taps.get(), reals, T(0));
  const T* h = work.h.as<T>();
  for (std::int64_t i = 0; i < axes.k[0]; ++i)
    for (std::int64_t j = 0; j < axes.k[1]; ++j)
      for (std::int64_t l = 0; l < axes.k[2]; ++l)
        taps[static_cast<std::size_t>((i * block[1] + j) * block[2] + l)] =
            *h++ / static_cast<T>(reals);
  auto spectrum = fftw_array<std::complex<T>>(block[0] * block[1] * (block[2] / 2 + 1));
  pair.forward(taps.get(), spectrum.get());
  return spectrum;
}
template FftwArray<std::complex<float>> spectrum_of(const Case&, const FftwPair<float>&,
                                                    const std::int64_t (&)[3]);
template FftwArray<std::complex<double>> spectrum_of(const Case&, const FftwPair<double>&,
                                                     const std::int64_t (&)[3]);

namespace {

/// PATIENT may take a minute for a plan; FFTW then comes back with what MEASURE finds.
constexpr double kPlanningSeconds = 60;

/// From how many points on PATIENT did not end in time, by type and peer, in a file beside the
/// wisdom: longer ones are not tried.
class Impatience {
 public:
  Impatience(const std::string& folder, std::string kind)
      : file_(folder + "/impatient"), kind_(std::move(kind)) {}
  bool knows(std::int64_t points) const {
    std::string kind;
    std::int64_t from = 0;
    for (std::ifstream in(file_); in >> kind >> from;)
      if (kind == kind_ && points >= from) return true;
    return false;
  }
  void learn(std::int64_t points) const {
    std::ofstream(file_, std::ios::app) << kind_ << " " << points << "\n";
  }

 private:
  std::string file_, kind_;
};

template <class T>
std::unique_ptr<Contestant> make_planned(const Case& work, const std::string& name,
                                         const Wisdom& wisdom, unsigned flags) {
  if (name == "fftw-overlap-save") return make_fftw_tiles<T>(work, flags, wisdom);
  if (name == "fftw-measure") return make_fftw_whole<T>(work, flags);
  return make_fftw_rows<T>(work, flags, name);
}

template <class T>
std::unique_ptr<Contestant> make(const Case& work, const std::string& name, const Wisdom& wisdom) {
  using F = FftwTypes<T>;
  static const int ready = F::kInitThreads();
  if (ready == 0) throw Error({Status::out_of_memory, "FFTW has no threads"});
  const std::string file = wisdom.folder + "/" + F::kSuffix;
  F::kImport(file.c_str());
  F::kLimit(kPlanningSeconds);
  const Impatience impatience(wisdom.folder, std::string(F::kSuffix) + "-" + name);
  const std::int64_t points = element_count(work.x.shape);
  const bool impatient = impatience.knows(points);
  slowest_planning_seconds = 0;
  auto made = make_planned<T>(work, name, wisdom,
                              name == "fftw-measure" || impatient ? FFTW_MEASURE : FFTW_PATIENT);
  const bool late = slowest_planning_seconds > kPlanningSeconds && name != "fftw-measure";
  if (late) impatience.learn(points);
  if (impatient || late) made->name = name == "fftw-patient" ? "fftw-measure" : name + " (measure)";
  F::kExport(file.c_str());
  // "fftw-3.3.10-sse2-avx" is 3.3.10 built for SSE2 and AVX.
  made->version.erase(0, made->version.find('-') + 1);
  return made;
}

}  // namespace

std::unique_ptr<Contestant> make_fftw(const Case& work, const std::string& name,
                                      const Wisdom& wisdom) {
  if (work.x.type == ElementType::f32) return make<float>(work, name, wisdom);
  if (work.x.type == ElementType::f64) return make<double>(work, name, wisdom);
  throw Error({Status::type_mismatch, "FFTW takes float32 and float64"});
}

}  // namespace faltung::bench
#else
#include "contest.hpp"

namespace faltung::bench {
std::unique_ptr<Contestant> make_fftw(const Case&, const std::string&, const Wisdom&) {
  return nullptr;
}
}  // namespace faltung::bench
#endif
