// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// Named kernels that are made of others, and oriented ones.
#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

#include "filter/algebra.hpp"
#include "filter/named_kernels.hpp"

namespace faltung {
namespace {

/// The kernel that changes nothing, times a factor.
Filter identity(int rank, double factor) { return {Dims(rank, 1), {factor}, "[1]"}; }

}  // namespace

Result<Filter> make_dog(const KernelArguments& a) {
  constexpr const char* kForm = "dog:SIGMA[:WIDER]";
  const double sigma = a.numbers[0], wider = a.number(1, 1.6 * sigma);
  for (const double s : {sigma, wider})
    if (auto ok = check_sigma(kForm, s, 0, a.rank); !ok) return tl::unexpected(ok.error());
  if (!(wider > sigma))
    return refuse_number(kForm, "a WIDER above SIGMA (1.6 times it unless given)", wider);
  Result<Filter> less = scaled(of_row(gaussian_row(wider), a.rank), -1);
  if (!less) return less;
  return sum(of_row(gaussian_row(sigma), a.rank), *less);
}

Result<Filter> make_unsharp(const KernelArguments& a) {
  constexpr const char* kForm = "unsharp:SIGMA[:AMOUNT]";
  const double sigma = a.numbers[0], amount = a.number(1, 1);
  if (auto ok = check_sigma(kForm, sigma, 0, a.rank); !ok) return tl::unexpected(ok.error());
  if (!(amount >= 0))
    return refuse_number(kForm, "an AMOUNT of at least 0 (1 unless given)", amount);
  Result<Filter> taken = scaled(of_row(gaussian_row(sigma), a.rank), -amount);
  if (!taken) return taken;
  return sum(identity(a.rank, 1 + amount), *taken);
}

Result<Filter> make_sharpen(const KernelArguments& a) {
  const double amount = a.numbers[0];
  if (!(amount >= 0) || !std::isfinite(amount))
    return refuse_number("sharpen:AMOUNT", "an AMOUNT of at least 0", amount);
  Result<Filter> f = make_laplacian({{}, a.rank, a.dt});
  if (!f) return f;
  for (double& v : f->values)
    if (v != 0) v *= -amount;
  f->values[f->values.size() / 2] += 1;
  return f;
}

Result<Filter> make_emboss(const KernelArguments& a) {
  const double d = a.number(0, 1);
  return Filter{Dims{3, 3}, {2 * d, d, 0, d, 1, -d, 0, -d, -2 * d}, {}};
}

/// g(x', y') cos(2 pi x' / wavelength + phase), x' = x cos a + y sin a, y' = y cos a - x sin a, and
/// g = exp(-(x'^2 + aspect^2 y'^2) / (2 sigma^2)) of sum 1: J. G. Daugman, J. Opt. Soc. Am. A 2,
/// 1985. A bandwidth of one octave is sigma = 0.56 wavelengths.
Result<Filter> make_gabor(const KernelArguments& a) {
  constexpr const char* kForm = "gabor:WAVELENGTH:ANGLE[:SIGMA[:PHASE[:ASPECT]]]";
  const double wavelength = a.numbers[0], sigma = a.number(2, 0.56 * wavelength),
               aspect = a.number(4, 1);
  if (!(wavelength >= 2))
    return refuse_number(kForm, "a WAVELENGTH of at least 2 (in pixels)", wavelength);
  if (!(sigma > 0))
    return refuse_number(kForm, "a SIGMA above 0 (0.56 wavelengths unless given)", sigma);
  if (!(aspect > 0)) return refuse_number(kForm, "an ASPECT above 0 (1 unless given)", aspect);
  const double degree = std::numbers::pi / 180, angle = a.numbers[1] * degree,
               phase = a.number(3, 0) * degree;
  const double c = std::cos(angle), s = std::sin(angle), long_sigma = sigma / aspect;
  const double rows = std::ceil(4 * std::hypot(sigma * s, long_sigma * c)),
               columns = std::ceil(4 * std::hypot(sigma * c, long_sigma * s));
  if (auto ok = check_size(kForm, (2 * rows + 1) * (2 * columns + 1), 1); !ok)
    return tl::unexpected(ok.error());
  Filter f{
      Dims{2 * static_cast<std::int64_t>(rows) + 1, 2 * static_cast<std::int64_t>(columns) + 1},
      {},
      {}};
  double envelope = 0;
  for (double y = -rows; y <= rows; ++y)
    for (double x = -columns; x <= columns; ++x) {
      const double along = x * c + y * s, across = y * c - x * s;
      const double u = along / sigma, v = across / long_sigma, g = std::exp(-0.5 * (u * u + v * v));
      envelope += g;
      f.values.push_back(g * std::cos(2 * std::numbers::pi * along / wavelength + phase));
    }
  for (double& v : f.values) v /= envelope;
  return f;
}

}  // namespace faltung
