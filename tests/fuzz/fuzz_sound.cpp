// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include <cstdlib>

#include "io/io.hpp"

// Any bytes end in a sound or a message, and a sound in float64 survives being written and read.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace faltung;
  auto sound = io::parse_sound(std::as_bytes(std::span(data, size)), "fuzz");
  if (!sound) return sound.error().message.empty() ? (std::abort(), 0) : 0;
  if (sound->samples.shape[0] < 1 || sound->samples.shape[1] < 1) std::abort();
  if (sound->samples.type != ElementType::f64) return 0;
  sound->encoding = "float64";
  const auto written = io::encode_sound(*sound, io::Format::wav, nullptr);
  if (!written) std::abort();
  const auto again = io::parse_sound(*written, "fuzz");
  if (!again || again->samples.bytes != sound->samples.bytes) std::abort();
  return 0;
}
