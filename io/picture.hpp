// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "io/io.hpp"

/// The two picture formats behind parse_picture and encode_picture, which choose between them and
/// have checked type and shape.
namespace faltung::io {

bool is_png(std::span<const std::byte> bytes) noexcept;
Result<Picture> decode_png(std::span<const std::byte> bytes, const std::string& where);
Result<std::vector<std::byte>> encode_png(const Picture& picture);

bool is_jpeg(std::span<const std::byte> bytes) noexcept;
Result<Picture> decode_jpeg(std::span<const std::byte> bytes, const std::string& where);
Result<std::vector<std::byte>> encode_jpeg(const Picture& picture);

}  // namespace faltung::io
