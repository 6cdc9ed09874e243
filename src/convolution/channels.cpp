// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "convolution/channels.hpp"

namespace faltung {
namespace {

/// As many channels of pixels there may be; more make rows of their own.
constexpr std::int64_t kMostChannels = 8;

bool has_channels(const Geometry& g) {
  if (g.batch.empty() || g.complex() || g.x_components || g.h_components || g.stream) return false;
  const Axis &channels = g.batch.back(), &last = g.spatial.back();
  // A reflection about the outermost sample is one about a sample of the same channel.
  return channels.index == last.index + 1 && channels.taps == 1 && channels.n > 1 &&
         channels.n <= kMostChannels && last.step == 1 && g.boundary != Boundary::odd;
}

}  // namespace

Geometry with_channels_in_rows(const Geometry& geometry) {
  Geometry g = geometry;
  if (!has_channels(g)) return g;
  g.channels = g.batch.back().n;
  g.batch.pop_back();
  Axis& a = g.spatial.back();
  a.n *= g.channels;
  a.dilation *= g.channels;
  a.span = (a.taps - 1) * a.dilation + 1;
  a.first *= g.channels;
  a.count *= g.channels;
  return g;
}

bool channels_lie_in_rows(const Geometry& geometry, const Strides& strides) {
  return strides.spatial.back() == geometry.batch.back().n * strides.batch.back();
}

Strides with_channels_in_rows(const Geometry& geometry, const Strides& strides) {
  if (!has_channels(geometry)) return strides;
  Strides merged;
  for (int i = 0; i + 1 < strides.batch.rank(); ++i) merged.batch.push_back(strides.batch[i]);
  merged.spatial = strides.spatial;
  merged.spatial[strides.spatial.rank() - 1] = strides.batch.back();
  return merged;
}

}  // namespace faltung
