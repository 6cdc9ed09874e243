// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// The functions of cuFFT that bench/ calls, by FFTW, for the emulated device: so that what is laid
// out for cuFFT is checked where there is no GPU.
#include <fftw3.h>

#include <cstdint>
#include <map>
#include <vector>

namespace {

/// What a cuFFT plan is made from.
struct Made {
  std::vector<int> points, from, to;
  int from_distance, to_distance, batch;
};

std::map<int, Made>& plans() {
  static std::map<int, Made> all;
  return all;
}

// FFTW's functions for many transforms have cuFFT's arguments, with arrays and a direction.
#define FALTUNG_MANY(made) static_cast<int>(made.points.size()), made.points.data(), made.batch
template <class Plan>
int run(Plan plan, void (*execute)(Plan), void (*destroy)(Plan)) {
  if (plan == nullptr) return 1;
  execute(plan);
  destroy(plan);
  return 0;
}

}  // namespace

extern "C" {

int cufftPlanMany(int* plan, int rank, int* n, int* from, int from_stride, int from_distance,
                  int* to, int to_stride, int to_distance, int, int batch) {
  if (from_stride != 1 || to_stride != 1) return 1;
  *plan = static_cast<int>(plans().size());
  plans()[*plan] = {{n, n + rank}, {from, from + rank}, {to, to + rank},
                    from_distance, to_distance,         batch};
  return 0;
}
int cufftDestroy(int) { return 0; }
int cufftGetVersion(int* version) {
  *version = 0;
  return 0;
}
int cufftExecC2C(int plan, fftwf_complex* x, fftwf_complex* y, int direction) {
  Made& m = plans().at(plan);
  return run(fftwf_plan_many_dft(FALTUNG_MANY(m), x, m.from.data(), 1, m.from_distance, y,
                                 m.to.data(), 1, m.to_distance, direction, FFTW_ESTIMATE),
             fftwf_execute, fftwf_destroy_plan);
}
int cufftExecZ2Z(int plan, fftw_complex* x, fftw_complex* y, int direction) {
  Made& m = plans().at(plan);
  return run(fftw_plan_many_dft(FALTUNG_MANY(m), x, m.from.data(), 1, m.from_distance, y,
                                m.to.data(), 1, m.to_distance, direction, FFTW_ESTIMATE),
             fftw_execute, fftw_destroy_plan);
}
int cufftExecR2C(int plan, float* x, fftwf_complex* y) {
  Made& m = plans().at(plan);
  return run(fftwf_plan_many_dft_r2c(FALTUNG_MANY(m), x, m.from.data(), 1, m.from_distance, y,
                                     m.to.data(), 1, m.to_distance, FFTW_ESTIMATE),
             fftwf_execute, fftwf_destroy_plan);
}
int cufftExecD2Z(int plan, double* x, fftw_complex* y) {
  Made& m = plans().at(plan);
  return run(fftw_plan_many_dft_r2c(FALTUNG_MANY(m), x, m.from.data(), 1, m.from_distance, y,
                                    m.to.data(), 1, m.to_distance, FFTW_ESTIMATE),
             fftw_execute, fftw_destroy_plan);
}
int cufftExecC2R(int plan, fftwf_complex* x, float* y) {
  Made& m = plans().at(plan);
  return run(fftwf_plan_many_dft_c2r(FALTUNG_MANY(m), x, m.from.data(), 1, m.from_distance, y,
                                     m.to.data(), 1, m.to_distance, FFTW_ESTIMATE),
             fftwf_execute, fftwf_destroy_plan);
}
int cufftExecZ2D(int plan, fftw_complex* x, double* y) {
  Made& m = plans().at(plan);
  return run(fftw_plan_many_dft_c2r(FALTUNG_MANY(m), x, m.from.data(), 1, m.from_distance, y,
                                    m.to.data(), 1, m.to_distance, FFTW_ESTIMATE),
             fftw_execute, fftw_destroy_plan);
}
}
