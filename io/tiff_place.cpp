// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "io/tiff_place.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstring>

#include "io/descriptor.hpp"

namespace faltung::io {
namespace {

/// Of one allocation of libtiff's own, such as the list of strips.
constexpr tmsize_t kMostBytes = tmsize_t{2} << 30;

TiffPlace& place_of(thandle_t user) { return *static_cast<TiffPlace*>(user); }

tmsize_t read_file(const TiffPlace& place, std::byte* to, std::size_t count) {
  std::size_t done = 0;
  while (done < count) {
    const ssize_t n = ::pread(place.descriptor, to + done, std::min(count - done, kMaxCallBytes),
                              static_cast<off_t>(place.at + done));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    done += static_cast<std::size_t>(n);
  }
  return static_cast<tmsize_t>(done);
}

tmsize_t read_bytes(thandle_t user, void* to, tmsize_t count) {
  TiffPlace& place = place_of(user);
  if (count <= 0) return 0;
  tmsize_t done = 0;
  if (place.descriptor >= 0) {
    done = read_file(place, static_cast<std::byte*>(to), static_cast<std::size_t>(count));
  } else {
    const std::span<const std::byte> all =
        place.writes ? std::span<const std::byte>(place.written) : place.read;
    if (place.at < all.size()) {
      const auto n =
          std::min<std::uint64_t>(static_cast<std::uint64_t>(count), all.size() - place.at);
      std::memcpy(to, all.data() + place.at, n);
      done = static_cast<tmsize_t>(n);
    }
  }
  place.at += static_cast<std::uint64_t>(done);
  return done;
}

tmsize_t write_file(TiffPlace& place, const std::byte* from, std::size_t count) {
  std::size_t done = 0;
  while (done < count) {
    const ssize_t n = ::pwrite(place.descriptor, from + done, std::min(count - done, kMaxCallBytes),
                               static_cast<off_t>(place.at + done));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) {
      place.error = errno;
      break;
    }
    done += static_cast<std::size_t>(n);
  }
  return static_cast<tmsize_t>(done);
}

tmsize_t write_memory(TiffPlace& place, const std::byte* from, std::size_t count) {
  try {
    if (place.at + count > place.written.size()) place.written.resize(place.at + count);
  } catch (const std::exception&) {  // must not pass through C
    place.error = ENOMEM;
    return 0;
  }
  std::memcpy(place.written.data() + place.at, from, count);
  return static_cast<tmsize_t>(count);
}

tmsize_t write_bytes(thandle_t user, void* from, tmsize_t count) {
  TiffPlace& place = place_of(user);
  if (!place.writes || place.error != 0 || count <= 0) return 0;
  const auto* bytes = static_cast<const std::byte*>(from);
  const auto n = static_cast<std::size_t>(count);
  const tmsize_t done =
      place.descriptor >= 0 ? write_file(place, bytes, n) : write_memory(place, bytes, n);
  place.at += static_cast<std::uint64_t>(done);
  place.size = std::max(place.size, place.at);
  return done;
}

toff_t seek(thandle_t user, toff_t offset, int whence) {
  TiffPlace& place = place_of(user);
  const std::uint64_t base = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? place.at : place.size;
  return place.at = base + offset;
}

toff_t size_of(thandle_t user) { return place_of(user).size; }
int close(thandle_t) { return 0; }
int map(thandle_t, void**, toff_t*) { return 0; }
void unmap(thandle_t, void*, toff_t) {}

/// The first complaint is the cause; what follows is its consequence.
int on_error(TIFF*, void* user, const char*, const char* format, std::va_list arguments) {
  auto& place = *static_cast<TiffPlace*>(user);
  if (!place.message.empty()) return 1;
  char text[200];
  std::vsnprintf(text, sizeof text, format, arguments);
  place.message = text;
  while (!place.message.empty() && place.message.back() == '.') place.message.pop_back();
  return 1;
}
int on_warning(TIFF*, void*, const char*, const char*, std::va_list) { return 1; }

}  // namespace

TiffHandle open_tiff(TiffPlace& place, const char* mode) {
  TIFFOpenOptions* options = TIFFOpenOptionsAlloc();
  if (options == nullptr) return nullptr;
  TIFFOpenOptionsSetMaxSingleMemAlloc(options, kMostBytes);
  TIFFOpenOptionsSetErrorHandlerExtR(options, on_error, &place);
  TIFFOpenOptionsSetWarningHandlerExtR(options, on_warning, &place);
  TiffHandle tiff(TIFFClientOpenExt("tiff", mode, &place, read_bytes, write_bytes, seek, close,
                                    size_of, map, unmap, options));
  TIFFOpenOptionsFree(options);
  return tiff;
}

}  // namespace faltung::io
