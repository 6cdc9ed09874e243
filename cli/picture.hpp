// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "pixels.hpp"

namespace faltung::cli {

/// What is to be known of a picture before its samples.
struct PictureInfo {
  std::int64_t height = 0, width = 0;
  PixelKind kind;
  io::Format format = io::Format::png;  ///< of a result that goes to standard output
};

/// A picture without its samples: what a kernel has to fit.
std::unique_ptr<Data> describe_picture(const Request& request, const PictureInfo& info,
                                       io::Format output);

/// Refuses options that have no meaning for pictures. Returns the output's format.
io::Format check_picture_request(const Request& request, io::Format input);

/// Completes what is told of an encoded picture: losses, and what would avoid them.
void describe_clamped(const Pixels& pixels, const PixelKind& kind, Stored& stored);

}  // namespace faltung::cli
