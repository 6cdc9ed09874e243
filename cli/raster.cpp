// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "raster.hpp"

#include <algorithm>
#include <cmath>

#include "samples.hpp"

namespace faltung::cli {
namespace {

// How `from` places become `to` by area: place i gives shares of its value to first[i], first[i]+1.
struct Shares {
  std::vector<std::int64_t> first;
  std::vector<double> to_first, to_next;
};

Shares shares(std::int64_t from, std::int64_t to) {
  Shares out;
  const double ratio = static_cast<double>(to) / static_cast<double>(from);
  for (std::int64_t i = 0; i < from; ++i) {
    const double begin = static_cast<double>(i) * ratio, end = static_cast<double>(i + 1) * ratio;
    const auto first = std::min(static_cast<std::int64_t>(begin + 1e-9), to - 1);
    const double next = std::max(0.0, end - static_cast<double>(first + 1));
    out.first.push_back(first);
    out.to_next.push_back(first + 1 < to && next > 1e-9 ? next : 0);
    out.to_first.push_back(ratio - out.to_next.back());
  }
  return out;
}

}  // namespace

ConstView as_planes(const ConstView& view) {
  if (view.shape.rank() == 3) {
    ConstView colours = view;  // beside alpha, which they are multiplied by: as seen on black
    if (view.shape[2] == 2 || view.shape[2] == 4) --colours.shape[2];
    return colours;
  }
  return {view.data,
          view.type,
          {view.shape[0], view.shape[1], 1},
          {view.strides[0], view.strides[1], 0}};
}

Raster reduced(const ConstView& planes, std::int64_t most, bool mean) {
  const std::int64_t rows = planes.shape[0], columns = planes.shape[1], all = planes.shape[2];
  Raster out{std::min(rows, most), std::min(columns, most), mean ? 1 : all, {}};
  out.values.resize(static_cast<std::size_t>(out.rows * out.columns * out.channels));
  const Shares down = shares(rows, out.rows), across = shares(columns, out.columns);
  const Samples at(planes);
  const double part = mean ? 1.0 / static_cast<double>(all) : 1.0;
  for (std::int64_t r = 0; r < rows; ++r)
    for (std::int64_t c = 0; c < columns; ++c)
      for (std::int64_t k = 0; k < all; ++k) {
        const double v =
            part * at(r * planes.strides[0] + c * planes.strides[1] + k * planes.strides[2]);
        const auto row = static_cast<std::size_t>(r), column = static_cast<std::size_t>(c);
        const auto add = [&](std::int64_t to_row, std::int64_t to_column, double share) {
          if (share == 0) return;  // NaN too stays where it is
          const std::int64_t pixel = to_row * out.columns + to_column;
          out.values[static_cast<std::size_t>(pixel * out.channels + (mean ? 0 : k))] += share * v;
        };
        add(down.first[row], across.first[column], down.to_first[row] * across.to_first[column]);
        add(down.first[row], across.first[column] + 1, down.to_first[row] * across.to_next[column]);
        add(down.first[row] + 1, across.first[column], down.to_next[row] * across.to_first[column]);
        add(down.first[row] + 1, across.first[column] + 1,
            down.to_next[row] * across.to_next[column]);
      }
  return out;
}

Raster enlarged(const Raster& raster) {
  constexpr std::int64_t kEnough = 300;
  const std::int64_t down = std::max<std::int64_t>(1, kEnough / raster.rows),
                     across = std::max<std::int64_t>(1, kEnough / raster.columns);
  Raster out{raster.rows * down, raster.columns * across, raster.channels, {}};
  out.values.reserve(static_cast<std::size_t>(out.rows * out.columns * out.channels));
  for (std::int64_t r = 0; r < out.rows; ++r)
    for (std::int64_t c = 0; c < out.columns; ++c) {
      const std::int64_t from = (r / down) * raster.columns + c / across;
      for (std::int64_t k = 0; k < raster.channels; ++k)
        out.values.push_back(raster.values[static_cast<std::size_t>(from * raster.channels + k)]);
    }
  return out;
}

Facts look_at(const ConstView& planes, double top) {
  Facts facts;
  const Samples at(planes);
  for (std::int64_t r = 0; r < planes.shape[0]; ++r)
    for (std::int64_t c = 0; c < planes.shape[1]; ++c) {
      double v = 0;
      for (std::int64_t k = 0; k < planes.shape[2]; ++k)
        v += at(r * planes.strides[0] + c * planes.strides[1] + k * planes.strides[2]);
      v /= static_cast<double>(planes.shape[2]);
      if (!std::isfinite(v)) continue;
      if (facts.range.empty() || v > facts.range.high) {
        facts.best_row = r;
        facts.best_column = c;
      }
      facts.range.add(v);
      facts.all += std::abs(v);
      facts.negative += std::max(0.0, -v);
      facts.above += std::max(0.0, v - top);
    }
  return facts;
}

}  // namespace faltung::cli
