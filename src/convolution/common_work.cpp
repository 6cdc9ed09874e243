// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "convolution/algorithm.hpp"

namespace faltung {
namespace {

/// Arrays that together are larger pass memory on every execution.
constexpr double kCacheBytes = 16 << 20;
/// Neighbours along the row that lie this many samples apart share no cache line.
constexpr double kFar = 16;

}  // namespace

double row_stride(const Geometry& g) {
  double stride = 1;
  for (const Axis& a : g.batch)
    if (a.index > g.spatial.back().index) stride *= static_cast<double>(a.n);
  return stride;
}

void add_common_work(const Problem& problem, const Geometry& g, double loaded, Work& work) {
  const double kernels = static_cast<double>(g.kernels()), parts = g.complex() ? 2 : 1;
  work[Primitive::prepare_tap] =
      kernels * static_cast<double>(g.taps()) * parts / static_cast<double>(problem.reuse);
  if (row_stride(g) >= kFar) work[Primitive::strided_load] = loaded * parts;
  double samples = 1;
  for (const std::vector<Axis>* axes : {&g.batch, &g.spatial})
    for (const Axis& a : *axes) samples *= static_cast<double>(a.n);
  const double outputs = static_cast<double>(g.outputs()) * static_cast<double>(g.batches());
  if (g.complex()) work[Primitive::pair_sample] = loaded + outputs;
  const double bytes = samples * static_cast<double>(size_bytes(g.x_type)) +
                       outputs * static_cast<double>(size_bytes(g.y_type));
  if (bytes > kCacheBytes) work[Primitive::memory_byte] = bytes;
}

}  // namespace faltung
