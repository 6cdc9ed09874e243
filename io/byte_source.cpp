// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "io/byte_source.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace faltung::io {

Result<ByteSource> ByteSource::open(const std::string& path) {
  ByteSource source;
  const bool standard_input = path == "-";
  source.where_ = standard_input ? "standard input" : path;
  source.descriptor_ = Descriptor(standard_input ? ::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0)
                                                 : ::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat status{};
  if (source.descriptor_.get() < 0 || ::fstat(source.descriptor_.get(), &status) != 0)
    return cannot_read(source.where_, errno);
  if (S_ISDIR(status.st_mode)) return cannot_read(source.where_, EISDIR);
  const off_t at = S_ISREG(status.st_mode) ? ::lseek(source.descriptor_.get(), 0, SEEK_CUR) : -1;
  // A file in /proc has length 0 and content all the same.
  source.begin_ = std::max<off_t>(0, at);
  if (at >= 0 && status.st_size > 0)
    source.size_ = static_cast<std::uint64_t>(std::max<off_t>(0, status.st_size - at));
  source.begins_file_ = at == 0 && source.size_;
  return source;
}

ByteSource ByteSource::of(std::vector<std::byte> bytes, std::string where, bool known_size) {
  ByteSource source;
  source.where_ = std::move(where);
  if (known_size) source.size_ = bytes.size();
  source.ahead_ = std::move(bytes);
  return source;
}

std::optional<int> ByteSource::whole_file() const {
  return begins_file_ ? std::optional(descriptor_.get()) : std::nullopt;
}

Result<std::size_t> ByteSource::read_directly(std::byte* to, std::size_t count) {
  std::size_t done = 0;
  if (descriptor_.get() < 0) return done;
  while (done < count) {
    const ssize_t n = ::read(descriptor_.get(), to + done, std::min(count - done, kMaxCallBytes));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return cannot_read(where_, errno);
    if (n == 0) break;
    done += static_cast<std::size_t>(n);
  }
  return done;
}

Result<std::span<const std::byte>> ByteSource::peek(std::size_t count) {
  ahead_.erase(ahead_.begin(),
               ahead_.begin() + static_cast<std::ptrdiff_t>(std::exchange(seen_, 0)));
  if (const std::size_t have = ahead_.size(); have < count) {
    ahead_.resize(count);
    const auto more = read_directly(ahead_.data() + have, count - have);
    ahead_.resize(have + (more ? *more : 0));
    if (!more) return tl::unexpected(more.error());
  }
  return std::span<const std::byte>(ahead_).first(std::min(count, ahead_.size()));
}

Result<std::size_t> ByteSource::look_at(std::uint64_t at, std::byte* to, std::size_t count) {
  constexpr std::uint64_t kMostBytes = 4 << 20;
  if (descriptor_.get() < 0 || !size_) {
    if (taken_ > 0 || at > kMostBytes || count > kMostBytes) return std::size_t{0};
    const auto seen = peek(static_cast<std::size_t>(at) + count);
    if (!seen) return tl::unexpected(seen.error());
    const std::size_t from = std::min(static_cast<std::size_t>(at), seen->size());
    std::copy(seen->begin() + static_cast<std::ptrdiff_t>(from), seen->end(), to);
    return seen->size() - from;
  }
  if (at >= *size_) return std::size_t{0};
  for (std::size_t done = 0;;) {
    const ssize_t n = done == count ? 0
                                    : ::pread(descriptor_.get(), to + done, count - done,
                                              begin_ + static_cast<off_t>(at + done));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return cannot_read(where_, errno);
    if (n == 0) return done;
    done += static_cast<std::size_t>(n);
  }
}

Result<std::size_t> ByteSource::read(std::byte* to, std::size_t count) {
  const std::size_t first = std::min(count, ahead_.size() - seen_);
  if (first > 0) std::memcpy(to, ahead_.data() + seen_, first);
  seen_ += first;
  auto more = read_directly(to + first, count - first);
  if (!more) return more;
  taken_ += first + *more;
  return first + *more;
}

Result<std::uint64_t> ByteSource::skip(std::uint64_t count) {
  std::vector<std::byte> nowhere(static_cast<std::size_t>(std::min<std::uint64_t>(count, 1 << 16)));
  std::uint64_t done = 0;
  while (done < count) {
    const auto n =
        read(nowhere.data(),
             static_cast<std::size_t>(std::min<std::uint64_t>(nowhere.size(), count - done)));
    if (!n) return tl::unexpected(n.error());
    if (*n == 0) break;
    done += *n;
  }
  return done;
}

Result<std::vector<std::byte>> ByteSource::read_all() {
  return within_memory(where_, [&]() -> Result<std::vector<std::byte>> {
    constexpr std::size_t kBlock = 1 << 16;
    std::vector<std::byte> all;
    if (size_) all.reserve(static_cast<std::size_t>(*size_ - taken_) + kBlock);
    for (std::size_t got = kBlock; got == kBlock;) {
      const std::size_t have = all.size();
      if (have > most_)
        return fail(Trouble::unavailable, where_,
                    "has more than the " + std::to_string(most_) + " bytes that may be held");
      all.resize(have + kBlock);
      const auto n = read(all.data() + have, kBlock);
      if (!n) return tl::unexpected(n.error());
      got = *n;
      all.resize(have + got);
    }
    return all;
  });
}

}  // namespace faltung::io
