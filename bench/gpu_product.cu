// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// The second of the three kernels that a convolution by cuFFT is: rows of points times a spectrum,
// in place. A thread has four points, which it asks for before it needs the first.
namespace {

constexpr int kEach = 4;  // as bench/gpu.cpp has it

template <class Complex>
__device__ void multiply(Complex* __restrict__ rows, const Complex* __restrict__ h,
                         long long points) {
  Complex* const row = rows + static_cast<long long>(blockIdx.x) * points;
  const long long first = static_cast<long long>(blockIdx.y) * blockDim.x * kEach + threadIdx.x;
  Complex z[kEach], w[kEach];
#pragma unroll
  for (int i = 0; i < kEach; ++i)
    if (const long long p = first + static_cast<long long>(i) * blockDim.x; p < points) {
      z[i] = row[p];
      w[i] = h[p];
    }
#pragma unroll
  for (int i = 0; i < kEach; ++i)
    if (const long long p = first + static_cast<long long>(i) * blockDim.x; p < points) {
      Complex product;
      product.x = z[i].x * w[i].x - z[i].y * w[i].y;
      product.y = z[i].x * w[i].y + z[i].y * w[i].x;
      row[p] = product;
    }
}

}  // namespace

extern "C" __global__ void multiply_c64(float2* rows, const float2* h, long long points) {
  multiply(rows, h, points);
}
extern "C" __global__ void multiply_c128(double2* rows, const double2* h, long long points) {
  multiply(rows, h, points);
}
