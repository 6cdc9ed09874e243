// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "continuous/panel_convolution.hpp"

#include <algorithm>
#include <bit>
#include <cstdint>

#include "continuous/chebyshev.hpp"
#include "continuous/fourier.hpp"
#include "continuous/half_convolution.hpp"

namespace faltung::continuous {
namespace {

using Coefficients = std::vector<std::vector<double>>;  // of each panel
using Rows = support::AlignedVector<double>;
constexpr auto kLanes = static_cast<std::size_t>(kSeriesLanes);
constexpr std::size_t kFewPanels = 8;  ///< up to here pairs one by one take no longer

std::size_t widest(const Coefficients& panels) {
  std::size_t most = 1;
  for (const auto& c : panels) most = std::max(most, c.size());
  return most;
}

void add(const std::vector<double>& from, std::vector<double>& to) {
  if (to.size() < from.size()) to.resize(from.size(), 0.0);
  for (std::size_t k = 0; k < from.size(); ++k) to[k] += from[k];
}

Coefficients pair_by_pair(const Coefficients& f, const Coefficients& h, double length) {
  Coefficients y(f.size() + h.size());
  for (std::size_t i = 0; i < f.size(); ++i) {
    std::vector<HalfPair> pairs;
    std::vector<std::size_t> target;
    for (std::size_t j = 0; j < h.size(); ++j) {
      if (f[i].empty() || h[j].empty()) continue;
      for (const bool second : {false, true}) {
        pairs.push_back({f[i], h[j], second, length});
        target.push_back(i + j + (second ? 1 : 0));
      }
    }
    const Coefficients halves = convolve_halves(pairs);
    for (std::size_t p = 0; p < halves.size(); ++p) add(halves[p], y[target[p]]);
  }
  return y;
}

/// Spectra over the panels' numbers: row `frequency`, column k for the coefficient k.
struct Spectra {
  Spectra(const Coefficients& panels, const Fourier& fourier, std::size_t columns)
      : width(columns) {
    re.resize(fourier.length() * width);
    im.resize(fourier.length() * width);
    for (std::size_t i = 0; i < panels.size(); ++i)
      std::copy(panels[i].begin(), panels[i].end(),
                re.begin() + static_cast<std::ptrdiff_t>(i * width));
    fourier.forward(re, im, width);
  }
  std::size_t width;
  std::vector<double> re, im;
};

/// Frequencies first .. first + kLanes, as far as there are any, side by side; signs turned for the
/// second half.
Rows lanes_of(const std::vector<double>& part, std::size_t width, std::size_t first,
              std::size_t count, bool second) {
  Rows rows(width * kLanes, 0.0);
  for (std::size_t lane = 0; lane < std::min(kLanes, count - first); ++lane)
    for (std::size_t k = 0; k < width; ++k) {
      const double v = part[(first + lane) * width + k];
      rows[k * kLanes + lane] = second && k % 2 == 1 ? -v : v;
    }
  return rows;
}

/// The result's spectra, first halves + i second halves, whose transforms back are real.
class Results {
 public:
  Results(std::size_t length, std::size_t width)
      : length_(length), width_(width), re(length * width), im(length * width) {}
  /// Adds factor times a block of frequencies of the half convolution's real or imaginary part.
  void add(const Rows& rows, std::size_t first, bool imaginary, bool second, double factor) {
    for (std::size_t lane = 0; lane < kLanes && first + lane <= length_ / 2; ++lane) {
      const std::size_t at = first + lane, mirror = (length_ - at) % length_;
      for (std::size_t k = 0; k < width_; ++k) {
        const double sign = second && k % 2 == 1 ? -factor : factor;
        const double v = sign * rows[k * kLanes + lane];
        put(at, k, v, imaginary, second);
        if (mirror != at) put(mirror, k, imaginary ? -v : v, imaginary, second);
      }
    }
  }

 private:
  /// Part of A + i B, A the spectrum of the first halves and B that of the second.
  void put(std::size_t row, std::size_t k, double v, bool imaginary, bool second) {
    const std::size_t at = row * width_ + k;
    if (!second) (imaginary ? im : re)[at] += v;
    else if (imaginary) re[at] -= v;
    else im[at] += v;
  }
  std::size_t length_, width_;

 public:
  std::vector<double> re, im;
};

void multiply(const Spectra& f, const Spectra& h, std::size_t count, Results& y) {
  const Spectra& longer = f.width >= h.width ? f : h;
  const Spectra& shorter = f.width >= h.width ? h : f;
  HalfConvolution half(longer.width - 1, shorter.width - 1);
  Rows product((longer.width + shorter.width) * kLanes);
  for (std::size_t first = 0; first < count; first += kLanes)
    for (const bool second : {false, true}) {
      const Rows a_re = lanes_of(longer.re, longer.width, first, count, second);
      const Rows a_im = lanes_of(longer.im, longer.width, first, count, second);
      const Rows b_re = lanes_of(shorter.re, shorter.width, first, count, second);
      const Rows b_im = lanes_of(shorter.im, shorter.width, first, count, second);
      const auto run = [&](const Rows& a, const Rows& b, bool imaginary, double factor) {
        half.run(a.data(), b.data(), product.data());
        y.add(product, first, imaginary, second, factor);
      };
      run(a_re, b_re, false, 1);
      run(a_im, b_im, false, -1);
      run(a_re, b_im, true, 1);
      run(a_im, b_re, true, 1);
    }
}

Coefficients by_frequency(const Coefficients& f, const Coefficients& h, double length) {
  const std::size_t panels = f.size() + h.size(), width = widest(f) + widest(h);
  const Fourier fourier(std::bit_ceil(panels - 1));
  const Spectra of_f(f, fourier, widest(f)), of_h(h, fourier, widest(h));
  Results results(fourier.length(), width);
  multiply(of_f, of_h, fourier.length() / 2 + 1, results);
  fourier.backward(results.re, results.im, width);
  Coefficients y(panels, std::vector<double>(width, 0.0));
  const double scale = length / 2 / static_cast<double>(fourier.length());
  for (std::size_t s = 0; s + 1 < panels; ++s)
    for (std::size_t k = 0; k < width; ++k) {
      y[s][k] += scale * results.re[s * width + k];
      y[s + 1][k] += scale * results.im[s * width + k];
    }
  return y;
}

}  // namespace

Panels convolve_panels(const Panels& f, const Panels& h) {
  Panels y{f.lower + h.lower, f.length, {}};
  y.l = std::min(f.l.size(), h.l.size()) <= kFewPanels ? pair_by_pair(f.l, h.l, f.length)
                                                       : by_frequency(f.l, h.l, f.length);
  return y;
}

}  // namespace faltung::continuous
