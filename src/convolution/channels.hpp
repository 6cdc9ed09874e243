// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "convolution/geometry.hpp"

namespace faltung {

/// The geometry with interleaved channels as one row: where the last axis in memory only
/// broadcasts, is short and follows the last convolved one, both become one axis, whose taps lie as
/// many samples further apart. Every sample is then read, and every result written, beside its
/// neighbours:
///
///   r g b r g b r g b r g b      taps of r, g and b alike:  x . . x . . x
///
/// Other geometries stay as they are: `channels` says which.
Geometry with_channels_in_rows(const Geometry& geometry);

/// Whether strides over the axes of a geometry are those of such rows.
bool channels_lie_in_rows(const Geometry& geometry, const Strides& strides);

/// Such strides, made those over with_channels_in_rows(geometry).
Strides with_channels_in_rows(const Geometry& geometry, const Strides& strides);

}  // namespace faltung
