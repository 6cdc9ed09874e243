// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "io/output_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <charconv>
#include <optional>
#include <random>
#include <system_error>

namespace faltung::io {
namespace {

namespace fs = std::filesystem;

constexpr int kMaxLinks = 40;  // as Linux follows
constexpr std::size_t kSyncBytes = std::size_t{32} << 20;
constexpr int kMaxNameTries = 100;  // a random name of 64 bits is free on the first

/// Zero, or the error.
int write_all(int descriptor, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(descriptor, bytes.data(), std::min(bytes.size(), kMaxCallBytes));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return errno;
    bytes = bytes.subspan(static_cast<std::size_t>(n));
  }
  return 0;
}

/// Follows the symbolic links at a path's end, dangling ones too. Error ELOOP after too many.
int follow_links(fs::path& path) {
  for (int i = 0; i < kMaxLinks; ++i) {
    std::error_code error;
    const fs::path target = fs::read_symlink(path, error);
    if (error) return 0;  // no link, or nothing there: what follows finds out
    path = target.is_absolute() ? target : folder_of(path) / target;
  }
  return ELOOP;
}

/// The number N of /dev/stdout, /dev/fd/N and their like: a descriptor that is open already, whose
/// file must not be replaced beneath it.
std::optional<int> own_descriptor(fs::path path) {
  for (int i = 0; i < kMaxLinks; ++i) {
    std::error_code error;
    const fs::path folder = fs::canonical(folder_of(path), error);
    if (!error && folder == "/proc/" + std::to_string(::getpid()) + "/fd") {
      const std::string text = path.filename().string();
      int number = -1;
      const auto [end, bad] = std::from_chars(text.data(), text.data() + text.size(), number);
      if (bad == std::errc{} && end == text.data() + text.size() && number >= 0) return number;
      return {};
    }
    const fs::path target = fs::read_symlink(path, error);
    if (error) return {};
    path = target.is_absolute() ? target : folder_of(path) / target;
  }
  return {};
}

/// A name that nothing has yet, most likely.
fs::path random_name(const fs::path& folder) {
  std::random_device random;
  const std::uint64_t bits = std::uint64_t{random()} << 32 | random();
  char digits[17] = "";
  *std::to_chars(digits, digits + 16, bits, 16).ptr = '\0';
  return folder / (std::string(".faltung-") + digits + ".tmp");
}

/// The new name is safe on the disk only once its folder is. The file itself is whole already, so
/// that a file system which cannot do this is no failure.
void sync_folder(const fs::path& folder) {
  const Descriptor descriptor(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (descriptor.get() >= 0) ::fsync(descriptor.get());
}

/// Names of temporary files, where a signal handler finds them. What has no place here stays behind
/// when a signal ends the program; an output takes one for a short time, or none.
struct Place {
  std::atomic<bool> used = false;
  char name[4096];
};
Place temporaries[16];

void remember(const fs::path& name) {
  const std::string text = name.string();
  for (Place& place : temporaries) {
    if (text.size() >= sizeof place.name || place.name[0] != 0) continue;
    std::copy_n(text.c_str(), text.size() + 1, place.name);
    place.used = true;
    return;
  }
}

void forget(const fs::path& name) {
  for (Place& place : temporaries)
    if (place.used && name == place.name) {
      place.used = false;
      place.name[0] = 0;
    }
}

/// A descriptor's name for linkat.
std::string name_of(int descriptor) { return "/proc/self/fd/" + std::to_string(descriptor); }

}  // namespace

void remove_temporaries() noexcept {
  for (const Place& place : temporaries)
    if (place.used) ::unlink(place.name);
}

Result<OutputFile> OutputFile::create(const fs::path& path) {
  if (path.empty()) return fail(Trouble::cannot_create, "''", "a file name is needed");
  OutputFile file;
  file.path_ = path;
  const auto directly = [&](int number) -> Result<OutputFile> {
    file.direct_ = true;
    file.descriptor_ = Descriptor(number);
    if (number < 0) return cannot_write(path, errno);
    return std::move(file);
  };
  if (const std::optional<int> number = own_descriptor(path))
    return directly(::fcntl(*number, F_DUPFD_CLOEXEC, 0));
  struct stat old{};
  file.replaces_ = ::stat(path.c_str(), &old) == 0;
  if (!file.replaces_ && errno != ENOENT) return cannot_write(path, errno);
  if (file.replaces_ && S_ISDIR(old.st_mode)) return cannot_write(path, EISDIR);
  if (file.replaces_ && !S_ISREG(old.st_mode))
    return directly(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
  if (const int error = follow_links(file.path_)) return cannot_write(path, error);
  if (!file.path_.has_filename()) return cannot_write(file.path_, EISDIR);  // "name/"
  if (file.replaces_ && ::faccessat(AT_FDCWD, file.path_.c_str(), W_OK, AT_EACCESS) != 0)
    return cannot_write(file.path_, errno);
  const mode_t mode = file.replaces_ ? 0600 : 0666;
  int error = file.open_nameless(mode);
  if (error != 0) error = file.open_named(mode);
  if (error == 0 && file.replaces_) {
    // The owner first, since a change of owner takes bits of the mode away; only root may do it.
    [[maybe_unused]] const int owned = ::fchown(file.descriptor(), old.st_uid, old.st_gid);
    if (::fchmod(file.descriptor(), old.st_mode & 0777) != 0) error = errno;
  }
  if (error != 0) return cannot_write(file.path_, error);
  return file;
}

OutputFile::OutputFile(OutputFile&& other) noexcept
    : path_(std::move(other.path_)),
      temporary_(std::exchange(other.temporary_, {})),
      descriptor_(std::move(other.descriptor_)),
      direct_(other.direct_),
      replaces_(other.replaces_) {}

OutputFile::~OutputFile() {
  if (temporary_.empty()) return;
  ::unlink(temporary_.c_str());
  forget(temporary_);
}

/// Zero, or the error: of file systems that have no such files, or where /proc, by which they get
/// their names, is missing.
int OutputFile::open_nameless(mode_t mode) {
  const int number = ::open(folder_of(path_).c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, mode);
  if (number < 0) return errno;
  descriptor_ = Descriptor(number);
  return ::access(name_of(number).c_str(), F_OK) == 0 ? 0 : errno;
}

int OutputFile::open_named(mode_t mode) {
  for (int i = 0; i < kMaxNameTries; ++i) {
    const fs::path name = random_name(folder_of(path_));
    const int number = ::open(name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    if (number < 0 && errno == EEXIST) continue;
    if (number < 0) return errno;
    descriptor_ = Descriptor(number);
    temporary_ = name;
    remember(name);
    return 0;
  }
  return EEXIST;
}

Result<void> OutputFile::write(std::span<const std::byte> bytes) {
  if (const int error = write_all(descriptor_.get(), bytes)) return cannot_write(path_, error);
  // The disk begins at once, not when commit() waits for it.
  unsynced_ += bytes.size();
  if (!direct_ && unsynced_ >= kSyncBytes) {
    ::sync_file_range(descriptor_.get(), 0, 0, SYNC_FILE_RANGE_WRITE);
    unsynced_ = 0;
  }
  return {};
}

Result<void> OutputFile::write_at(std::int64_t at, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::pwrite(descriptor_.get(), bytes.data(), bytes.size(), at);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return cannot_write(path_, errno);
    bytes = bytes.subspan(static_cast<std::size_t>(n));
    at += n;
  }
  return {};
}

/// Zero, or the error.
int OutputFile::give_name(const fs::path& name) const {
  const int done = ::linkat(AT_FDCWD, name_of(descriptor_.get()).c_str(), AT_FDCWD, name.c_str(),
                            AT_SYMLINK_FOLLOW);
  return done == 0 ? 0 : errno;
}

/// A link cannot replace a file, a rename can.
int OutputFile::put_in_place() {
  if (temporary_.empty()) {
    int error = replaces_ ? EEXIST : give_name(path_);
    if (error != EEXIST) return error;
    for (int i = 0; i < kMaxNameTries && error == EEXIST; ++i) {
      const fs::path name = random_name(folder_of(path_));
      error = give_name(name);
      if (error == 0) remember(temporary_ = name);
    }
    if (error != 0) return error;
  }
  if (::rename(temporary_.c_str(), path_.c_str()) != 0) return errno;
  forget(temporary_);
  temporary_.clear();
  return 0;
}

Result<void> OutputFile::commit() {
  if (direct_) {
    if (descriptor_.close() != 0 && errno != EINTR) return cannot_write(path_, errno);
    return {};
  }
  if (::fsync(descriptor_.get()) != 0) return cannot_write(path_, errno);
  if (const int error = put_in_place()) return cannot_write(path_, error);
  // Some file systems report only here that the disk is full.
  if (descriptor_.close() != 0) return cannot_write(path_, errno);
  sync_folder(folder_of(path_));
  return {};
}

Result<void> write_file(const fs::path& path, std::span<const std::byte> bytes) {
  auto file = OutputFile::create(path);
  if (!file) return tl::unexpected(file.error());
  if (auto written = file->write(bytes); !written) return written;
  return file->commit();
}

}  // namespace faltung::io
