// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// The calibration in the user's cache directory: one small file, replaced by rename, so that a
// reader sees the old one or the new one and writers at the same time do not meet.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "faltung/plan.hpp"
#include "planner/profile_access.hpp"

namespace faltung {
namespace {

/// A profile has about 2 kB; what is larger was not written by save().
constexpr std::size_t kLargestFile = 65536;

tl::unexpected<Failure> refuse(Status status, std::string message) {
  return tl::unexpected(Failure{status, std::move(message)});
}

tl::unexpected<Failure> refuse_errno(const std::string& what) {
  return refuse(Status::invalid_argument, what + ": " + std::strerror(errno));
}

/// Closes a descriptor and removes the file unless it was kept.
struct Temporary {
  std::string path;
  int file = -1;
  bool kept = false;
  ~Temporary() {
    if (file >= 0) ::close(file);
    if (!kept && !path.empty()) ::unlink(path.c_str());
  }
};

bool write_all(int file, std::string_view text) {
  while (!text.empty()) {
    const ssize_t done = ::write(file, text.data(), text.size());
    if (done < 0 && errno == EINTR) continue;
    if (done <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(done));
  }
  return true;
}

}  // namespace

Result<std::string> this_machine() {
  const auto target = active_target();
  if (!target) return tl::unexpected(target.error());
  std::string processor = "unknown processor";
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    const std::size_t colon = line.find(": ");
    if (colon == std::string::npos || !line.starts_with("model name")) continue;
    processor = line.substr(colon + 2);
    break;
  }
  return processor + ", " + *target;
}

std::string MachineProfile::cache_path() {
  // A relative directory there is to be ignored (XDG Base Directory Specification).
  if (const char* cache = std::getenv("XDG_CACHE_HOME"); cache != nullptr && cache[0] == '/')
    return std::string(cache) + "/faltung/profile";
  if (const char* home = std::getenv("HOME"); home != nullptr && home[0] == '/')
    return std::string(home) + "/.cache/faltung/profile";
  return {};
}

Result<MachineProfile> MachineProfile::cached() {
  const std::string path = cache_path();
  std::ifstream file(path, std::ios::binary);
  std::string text(kLargestFile, '\0');
  if (!path.empty() && file) file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (path.empty() || file.gcount() == 0)
    return refuse(Status::no_output, "there is no calibration of this machine");
  text.resize(static_cast<std::size_t>(file.gcount()));
  auto profile = parse(text);
  if (!profile) return refuse(Status::no_output, path + " is ignored: " + profile.error().message);
  const auto here = this_machine();
  if (!here) return tl::unexpected(here.error());
  if (profile->machine() != *here)
    return refuse(Status::no_output, path + " is ignored: it was measured on " +
                                         profile->machine() + ", this is " + *here);
  return profile;
}

Result<void> MachineProfile::save() const {
  const std::string path = cache_path();
  if (path.empty())
    return refuse(Status::invalid_argument,
                  "there is no cache directory: neither XDG_CACHE_HOME nor HOME is set");
  std::error_code error;
  std::filesystem::create_directories(std::filesystem::path(path).parent_path(), error);
  Temporary temporary;
  temporary.path = path + ".XXXXXX";
  temporary.file = ::mkstemp(temporary.path.data());
  if (temporary.file < 0) {
    temporary.path.clear();
    return refuse_errno("cannot write " + path);
  }
  if (!write_all(temporary.file, to_string()) || ::fsync(temporary.file) != 0)
    return refuse_errno("cannot write " + path);
  if (::rename(temporary.path.c_str(), path.c_str()) != 0)
    return refuse_errno("cannot write " + path);
  temporary.kept = true;
  return {};
}

Result<bool> MachineProfile::clear() {
  const std::string path = cache_path();
  if (path.empty() || ::unlink(path.c_str()) == 0) return !path.empty();
  if (errno == ENOENT || errno == ENOTDIR) return false;
  return refuse_errno("cannot remove " + path);
}

}  // namespace faltung
