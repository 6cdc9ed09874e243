// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sndfile.h>

#include <memory>
#include <span>
#include <vector>

/// Sound files in memory, as libsndfile's callbacks see them: what reading and writing share.
namespace faltung::io {

struct MemoryFile {
  std::span<const std::byte> head, source;   ///< when reading: the one, then the other
  std::vector<std::byte>* target = nullptr;  ///< when writing
  sf_count_t at = 0;
  bool out_of_memory = false;

  sf_count_t size() const {
    return static_cast<sf_count_t>(target ? target->size() : head.size() + source.size());
  }
};

struct CloseSound {
  void operator()(SNDFILE* file) const { sf_close(file); }
};
using SoundHandle = std::unique_ptr<SNDFILE, CloseSound>;

/// `memory` outlives the handle. Null where libsndfile refuses.
SoundHandle open_memory(MemoryFile& memory, int mode, SF_INFO& info);

/// Samples that libsndfile moves at once.
inline constexpr sf_count_t kSoundBlockSamples = 1 << 16;

}  // namespace faltung::io
