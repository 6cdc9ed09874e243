// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <iterator>
#include <system_error>

#include "io/descriptor.hpp"

namespace faltung::io {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kPipeBlockBytes = 1 << 16;

struct FormatName {
  const char* suffix;
  const char* name;
  Format format;
};
constexpr FormatName kFormats[] = {
    {".wav", "WAV", Format::wav},         {".flac", "FLAC", Format::flac},
    {".raw", "raw samples", Format::raw}, {".pcm", "raw samples", Format::raw},
    {".png", "PNG", Format::png},         {".jpg", "JPEG", Format::jpeg},
    {".jpeg", "JPEG", Format::jpeg},      {".tif", "TIFF", Format::tiff},
    {".tiff", "TIFF", Format::tiff},      {".npy", "NPY", Format::npy},
    {".csv", "CSV", Format::csv}};

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
  std::string allowed;
  for (const FormatName& known : kFormats) {
    const bool last = &known == std::end(kFormats) - 1;
    allowed += std::string(allowed.empty() ? "" : last ? " and " : ", ") + known.suffix;
  }
  return fail(Trouble::unavailable, path.string(),
              (suffix.empty() ? "has no suffix; " : "has the unknown suffix '" + suffix + "'; ") +
                  allowed + " are allowed");
}

std::vector<std::string> suffixes() {
  std::vector<std::string> all;
  for (const FormatName& known : kFormats) all.emplace_back(known.suffix);
  return all;
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

}  // namespace faltung::io
