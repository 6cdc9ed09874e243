// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include <cstdlib>

#include "io/io.hpp"

// Any bytes end in an array or a message, and an array survives being written and read again.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace faltung;
  const auto array = io::parse_npy(std::as_bytes(std::span(data, size)), "fuzz");
  if (!array) return array.error().message.empty() ? (std::abort(), 0) : 0;
  const std::int64_t count = element_count(array->shape);
  if (count < 1 || static_cast<std::size_t>(count * size_bytes(array->type)) != array->bytes.size())
    std::abort();
  const auto again = io::parse_npy(io::encode_npy(array->view()), "fuzz");
  if (!again || again->type != array->type || !(again->shape == array->shape) ||
      again->bytes != array->bytes)
    std::abort();
  return 0;
}
