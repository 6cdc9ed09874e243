// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tiffio.h>

#include <memory>
#include <optional>

#include "io/failure.hpp"

namespace faltung::io {

/// Where libtiff reads from or writes to: a file, or memory. Its messages end up here, too.
struct TiffPlace {
  int descriptor = -1;              ///< of a regular file; else memory
  std::span<const std::byte> read;  ///< memory that is read
  std::vector<std::byte> written;   ///< memory that is written
  std::uint64_t at = 0, size = 0;
  bool writes = false;
  int error = 0;  ///< errno of the first write that failed
  std::string message;

  /// What libtiff complained of, as the end of a sentence.
  std::string complaint() const { return message.empty() ? "" : ": " + message; }
};

struct TiffClose {
  void operator()(TIFF* tiff) const { TIFFClose(tiff); }
};
using TiffHandle = std::unique_ptr<TIFF, TiffClose>;

/// Null where libtiff does not open it; the place outlives the handle.
TiffHandle open_tiff(TiffPlace& place, const char* mode);

}  // namespace faltung::io
