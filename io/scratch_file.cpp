// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "io/scratch_file.hpp"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace faltung::io {
namespace {

tl::unexpected<Failure> broke_off(const std::filesystem::path& folder, int error) {
  return fail(Trouble::io_error, folder.string(),
              std::string("a temporary file there broke off: ") + std::strerror(error));
}

}  // namespace

Result<ScratchFile> ScratchFile::create(const std::filesystem::path& folder) {
  ScratchFile file;
  file.folder_ = folder;
  file.descriptor_ = Descriptor(::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
  if (file.descriptor_.get() >= 0) return file;
  // File systems without such files: one with a name, which it loses at once.
  std::string name = (folder / ".faltung-XXXXXX").string();
  file.descriptor_ = Descriptor(::mkostemp(name.data(), O_CLOEXEC));
  if (file.descriptor_.get() < 0)
    return fail(Trouble::cannot_create, folder.string(),
                std::string("cannot make a temporary file there: ") + std::strerror(errno));
  ::unlink(name.c_str());
  return file;
}

Result<void> ScratchFile::write(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t n =
        ::write(descriptor_.get(), bytes.data(), std::min(bytes.size(), kMaxCallBytes));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return broke_off(folder_, errno);
    bytes = bytes.subspan(static_cast<std::size_t>(n));
  }
  return {};
}

Result<void> ScratchFile::rewind() {
  if (::lseek(descriptor_.get(), 0, SEEK_SET) != 0) return broke_off(folder_, errno);
  return {};
}

Result<std::size_t> ScratchFile::read(std::byte* to, std::size_t count) {
  std::size_t done = 0;
  while (done < count) {
    const ssize_t n = ::read(descriptor_.get(), to + done, std::min(count - done, kMaxCallBytes));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return broke_off(folder_, errno);
    if (n == 0) break;
    done += static_cast<std::size_t>(n);
  }
  return done;
}

}  // namespace faltung::io
