// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <charconv>
#include <limits>
#include <optional>
#include <random>
#include <system_error>

#include "io/failure.hpp"

namespace faltung::io {
namespace {

namespace fs = std::filesystem;

constexpr int kMaxLinks = 40;       // as Linux follows
constexpr int kMaxNameTries = 100;  // a random name of 64 bits is free on the first
constexpr std::size_t kPipeBlockBytes = 1 << 16;
constexpr std::size_t kMaxCallBytes = 1 << 30;  // Linux moves at most 2 GiB a call

struct FormatName {
  const char* suffix;
  const char* name;
  Format format;
};
constexpr FormatName kFormats[] = {{".wav", "WAV", Format::wav},    {".flac", "FLAC", Format::flac},
                                   {".png", "PNG", Format::png},    {".jpg", "JPEG", Format::jpeg},
                                   {".jpeg", "JPEG", Format::jpeg}, {".npy", "NPY", Format::npy},
                                   {".csv", "CSV", Format::csv}};

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return number_; }
  /// Closes; some file systems report only here that the disk is full.
  int close() { return ::close(std::exchange(number_, -1)); }

 private:
  int number_;
};

std::string described(int error) { return std::generic_category().message(error); }

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
  const std::string where = path.string(), folder = folder_of(path).string();
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
    case EFBIG:
      return fail(Trouble::io_error, where, "cannot be written: it would be larger than allowed");
    default: return fail(Trouble::io_error, where, "cannot be written: " + described(error));
  }
}

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

Result<void> write_directly(const fs::path& path, int number, std::span<const std::byte> bytes) {
  Descriptor descriptor(number);
  if (descriptor.get() < 0) return cannot_write(path, errno);
  if (const int error = write_all(descriptor.get(), bytes)) return cannot_write(path, error);
  if (descriptor.close() != 0 && errno != EINTR) return cannot_write(path, errno);
  return {};
}

/// A file that is unlinked unless it was renamed to its place.
class Temporary {
 public:
  Temporary() = default;
  ~Temporary() {
    if (!path_.empty()) ::unlink(path_.c_str());
  }
  Temporary(const Temporary&) = delete;
  Temporary& operator=(const Temporary&) = delete;

  /// A descriptor, or -1 with errno.
  int create(const fs::path& folder, mode_t mode) {
    std::random_device random;
    for (int i = 0; i < kMaxNameTries; ++i) {
      const std::uint64_t bits = std::uint64_t{random()} << 32 | random();
      char digits[17] = "";
      *std::to_chars(digits, digits + 16, bits, 16).ptr = '\0';
      fs::path path = folder / (std::string(".faltung-") + digits + ".tmp");
      const int number = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
      if (number >= 0) path_ = std::move(path);
      if (number >= 0 || errno != EEXIST) return number;
    }
    return -1;
  }
  /// Zero, or the error.
  int rename_to(const fs::path& path) {
    if (::rename(path_.c_str(), path.c_str()) != 0) return errno;
    path_.clear();
    return 0;
  }

 private:
  fs::path path_;
};

/// The new name is safe on the disk only once its folder is. The file itself is whole already, so
/// that a file system which cannot do this is no failure.
void sync_folder(const fs::path& folder) {
  const Descriptor descriptor(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (descriptor.get() >= 0) ::fsync(descriptor.get());
}

/// `old` is the status of the file that is replaced, or null. Zero, or the error.
int replace(const fs::path& path, const struct stat* old, std::span<const std::byte> bytes) {
  if (old && ::faccessat(AT_FDCWD, path.c_str(), W_OK, AT_EACCESS) != 0) return errno;
  Temporary temporary;
  Descriptor descriptor(temporary.create(folder_of(path), old ? 0600 : 0666));
  if (descriptor.get() < 0) return errno;
  if (old) {
    // The owner first, since a change of owner takes bits of the mode away; only root may do it.
    [[maybe_unused]] const int owned = ::fchown(descriptor.get(), old->st_uid, old->st_gid);
    if (::fchmod(descriptor.get(), old->st_mode & 0777) != 0) return errno;
  }
  if (const int error = write_all(descriptor.get(), bytes)) return error;
  if (::fsync(descriptor.get()) != 0) return errno;
  if (descriptor.close() != 0) return errno;
  if (const int error = temporary.rename_to(path)) return error;
  sync_folder(folder_of(path));
  return 0;
}

Result<std::vector<std::byte>> read_open(int descriptor, const struct stat& status,
                                         const std::string& where, std::int64_t limit_bytes) {
  const auto too_long = [&] {
    return bad_data(
        where, "is longer than the " + std::to_string(limit_bytes) + " bytes that are allowed");
  };
  const bool regular = S_ISREG(status.st_mode);
  if (regular && status.st_size > limit_bytes) return too_long();
  std::vector<std::byte> bytes;
  // One byte more than the length shows the end without a second growth. A file in /proc has
  // length 0 and content all the same, so the length is a guess only.
  std::size_t want = regular ? static_cast<std::size_t>(status.st_size) + 1 : kPipeBlockBytes;
  for (std::size_t have = 0;;) {
    if (bytes.size() < want) bytes.resize(want);
    const std::size_t room = std::min(bytes.size() - have, kMaxCallBytes);
    const ssize_t n = ::read(descriptor, bytes.data() + have, room);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return cannot_read(where, errno);
    have += static_cast<std::size_t>(n);
    if (static_cast<std::uint64_t>(have) > static_cast<std::uint64_t>(limit_bytes))
      return too_long();
    if (n == 0) {
      bytes.resize(have);
      return bytes;
    }
    if (have == bytes.size()) want = std::max(2 * have, kPipeBlockBytes);
  }
}

}  // namespace

const char* name(Format format) noexcept {
  for (const FormatName& known : kFormats)
    if (known.format == format) return known.name;
  return "an unknown format";
}

Result<Format> format_of(const fs::path& path) {
  std::string suffix = path.extension().string();
  for (char& c : suffix) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  for (const FormatName& known : kFormats)
    if (suffix == known.suffix) return known.format;
  return fail(Trouble::unavailable, path.string(),
              (suffix.empty() ? "has no suffix" : "has the unknown suffix '" + suffix + "'") +
                  std::string("; .wav, .flac, .png, .jpg, .jpeg, .npy and .csv are allowed"));
}

Result<std::vector<std::byte>> read_file(const fs::path& path, std::int64_t limit_bytes) {
  const std::string where = path.string();
  if (where.empty()) return fail(Trouble::no_input, "''", "a file name is needed");
  return within_memory(where, [&]() -> Result<std::vector<std::byte>> {
    const Descriptor descriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    struct stat status{};
    if (descriptor.get() < 0 || ::fstat(descriptor.get(), &status) != 0)
      return cannot_read(where, errno);
    if (S_ISDIR(status.st_mode)) return cannot_read(where, EISDIR);
    return read_open(descriptor.get(), status, where, limit_bytes);
  });
}

Result<void> write_file(const fs::path& path, std::span<const std::byte> bytes) {
  if (path.empty()) return fail(Trouble::cannot_create, "''", "a file name is needed");
  if (const std::optional<int> number = own_descriptor(path))
    return write_directly(path, ::fcntl(*number, F_DUPFD_CLOEXEC, 0), bytes);
  struct stat status{};
  const bool exists = ::stat(path.c_str(), &status) == 0;
  if (!exists && errno != ENOENT) return cannot_write(path, errno);
  if (exists && S_ISDIR(status.st_mode)) return cannot_write(path, EISDIR);
  if (exists && !S_ISREG(status.st_mode))
    return write_directly(path, ::open(path.c_str(), O_WRONLY | O_CLOEXEC), bytes);
  fs::path target = path;
  if (const int error = follow_links(target)) return cannot_write(path, error);
  if (!target.has_filename()) return cannot_write(target, EISDIR);  // "name/"
  if (const int error = replace(target, exists ? &status : nullptr, bytes))
    return cannot_write(target, error);
  return {};
}

}  // namespace faltung::io
