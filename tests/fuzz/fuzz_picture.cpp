// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include <cstdlib>

#include "io/io.hpp"

// Any bytes end in a picture or a message, and a picture survives being written and read: as PNG
// where that holds it, else as TIFF.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace faltung;
  const auto picture = io::parse_picture(std::as_bytes(std::span(data, size)), "fuzz");
  if (!picture) return picture.error().message.empty() ? (std::abort(), 0) : 0;
  if (picture->samples.bytes.size() > std::size_t{1} << 16) return 0;  // compressing takes time
  auto written = io::encode_picture(*picture, io::Format::png);
  if (!written) written = io::encode_picture(*picture, io::Format::tiff);
  if (!written) std::abort();
  const auto again = io::parse_picture(*written, "fuzz");
  if (!again || again->samples.bytes != picture->samples.bytes || again->alpha != picture->alpha)
    std::abort();
  return 0;
}
