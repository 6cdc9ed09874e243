// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "io/sound_memory.hpp"

#include <algorithm>
#include <cstring>
#include <exception>
#include <limits>

namespace faltung::io {
namespace {

// Called from C: they let nothing pass.

sf_count_t length_of(void* user) { return static_cast<MemoryFile*>(user)->size(); }
sf_count_t tell(void* user) { return static_cast<MemoryFile*>(user)->at; }

sf_count_t seek(sf_count_t offset, int whence, void* user) {
  auto* file = static_cast<MemoryFile*>(user);
  const sf_count_t base = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? file->at : file->size();
  if (offset > std::numeric_limits<sf_count_t>::max() - base || base + offset < 0) return -1;
  return file->at = base + offset;
}

sf_count_t read_bytes(void* to, sf_count_t count, void* user) {
  auto* file = static_cast<MemoryFile*>(user);
  const sf_count_t left = std::max<sf_count_t>(file->size() - file->at, 0);
  const auto wanted = static_cast<std::size_t>(std::clamp<sf_count_t>(count, 0, left));
  for (std::size_t done = 0; done < wanted;) {
    const auto at = static_cast<std::size_t>(file->at);
    const bool in_head = at < file->head.size();
    const std::span<const std::byte> part =
        in_head ? file->head.subspan(at) : file->source.subspan(at - file->head.size());
    const std::size_t n = std::min(part.size(), wanted - done);
    std::memcpy(static_cast<std::byte*>(to) + done, part.data(), n);
    done += n;
    file->at += static_cast<sf_count_t>(n);
  }
  return static_cast<sf_count_t>(wanted);
}

sf_count_t write_bytes(const void* from, sf_count_t count, void* user) {
  auto* file = static_cast<MemoryFile*>(user);
  if (count <= 0) return 0;
  const auto end = static_cast<std::size_t>(file->at + count);
  try {
    if (end > file->target->size()) file->target->resize(end);
  } catch (const std::exception&) {
    file->out_of_memory = true;
    return 0;
  }
  std::memcpy(file->target->data() + file->at, from, static_cast<std::size_t>(count));
  file->at += count;
  return count;
}

}  // namespace

SoundHandle open_memory(MemoryFile& memory, int mode, SF_INFO& info) {
  SF_VIRTUAL_IO callbacks{length_of, seek, read_bytes, write_bytes, tell};
  return SoundHandle(sf_open_virtual(&callbacks, mode, &info, &memory));
}

}  // namespace faltung::io
