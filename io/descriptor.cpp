// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "io/descriptor.hpp"

#include <algorithm>
#include <cerrno>
#include <system_error>

namespace faltung::io {
namespace {

namespace fs = std::filesystem;

std::string described(int error) { return std::generic_category().message(error); }

}  // namespace

fs::path folder_of(const fs::path& path) {
  return path.has_parent_path() ? path.parent_path() : fs::path(".");
}

tl::unexpected<Failure> cannot_read(const std::string& where, int error) {
  switch (error) {
    case ENOENT: return fail(Trouble::no_input, where, "no such file");
    case ENOTDIR:
      return fail(Trouble::no_input, where, "no such file: a part of its path is no folder");
    case EISDIR: return fail(Trouble::no_input, where, "is a folder; a file is needed");
    case EACCES:
    case EPERM: return fail(Trouble::no_input, where, "there is no permission to read it");
    case EIO: return fail(Trouble::io_error, where, "reading broke off: " + described(error));
    default: return fail(Trouble::no_input, where, "cannot be read: " + described(error));
  }
}

tl::unexpected<Failure> cannot_write(const fs::path& path, int error) {
  const std::string where = path == "/dev/stdout" ? "standard output" : path.string(),
                    folder = folder_of(path).string();
  const auto refused = [&](const std::string& why) {
    return fail(Trouble::cannot_create, where, "cannot be written: " + why);
  };
  switch (error) {
    case ENOENT:  // also of a folder that is there, but not for files, such as /proc
      if (std::error_code none; fs::is_directory(folder, none))
        return refused("the folder '" + folder + "' takes no new files");
      return refused("there is no folder '" + folder + "'");
    case ENOTDIR: return refused("'" + folder + "' is no folder");
    case EISDIR: return refused("it is a folder; a file is needed");
    case EACCES:
    case EPERM: return refused("there is no permission to write it or into '" + folder + "'");
    case EROFS: return refused("its file system is read-only");
    case ELOOP: return refused("it is a loop of symbolic links");
    case ENAMETOOLONG: return refused("its name is too long");
    case ENOSPC: return fail(Trouble::io_error, where, "cannot be written: the disk is full");
    case EDQUOT:
      return fail(Trouble::io_error, where, "cannot be written: the disk quota is used up");
    case EPIPE: return fail(Trouble::io_error, where, "cannot be written: what reads it has ended");
    case EFBIG:
      return fail(Trouble::io_error, where, "cannot be written: it would be larger than allowed");
    default: return fail(Trouble::io_error, where, "cannot be written: " + described(error));
  }
}

Result<void> read_at(int descriptor, std::int64_t at, std::span<std::byte> to,
                     const std::string& where) {
  while (!to.empty()) {
    const ssize_t n = ::pread(descriptor, to.data(), std::min(to.size(), kMaxCallBytes), at);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return cannot_read(where, errno);
    if (n == 0) return fail(Trouble::io_error, where, "became shorter while it was read");
    to = to.subspan(static_cast<std::size_t>(n));
    at += n;
  }
  return {};
}

}  // namespace faltung::io
