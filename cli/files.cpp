// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "files.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>

#include "elements.hpp"
#include "exit.hpp"
#include "values.hpp"

namespace fs = std::filesystem;

namespace faltung::cli {
namespace {

fs::path folder_of(const fs::path& path) {
  const fs::path folder = path.parent_path();
  return folder.empty() ? fs::path(".") : folder;
}

// " (did you mean room.wav?)", of the files in that folder.
std::string file_beside(const fs::path& path) {
  constexpr std::size_t kMostFiles = 1000;
  std::vector<std::string> names;
  std::size_t seen = 0;
  std::error_code error;
  for (fs::directory_iterator file(folder_of(path), error), end; !error && file != end;
       file.increment(error)) {
    if (seen++ == kMostFiles) return {};
    const fs::path name = file->path().filename();
    // A common suffix alone makes no two names alike.
    const bool like = nearest_name(path.stem().string(), {name.stem().string()}).has_value();
    if (like && file->is_regular_file(error)) names.push_back(name.string());
  }
  const auto name = nearest_name(path.filename().string(), names);
  return name ? fmt::format(" (did you mean {}?)", (path.parent_path() / *name).string()) : "";
}

// What a rename has to replace so that a link stays a link.
fs::path behind_links(fs::path path) {
  constexpr int kMostLinks = 40;  // as the system itself follows
  for (int i = 0; i < kMostLinks && fs::is_symlink(path); ++i) {
    const fs::path target = fs::read_symlink(path);
    path = target.is_absolute() ? target : folder_of(path) / target;
  }
  return path;
}

// The writer knows the name of a temporary file where another one is meant.
void write_file(const fs::path& path, const std::vector<std::byte>& bytes, const fs::path& meant) {
  const io::Result<void> written = io::write_file(path, bytes);
  if (written) return;
  std::string sentence = written.error().message;
  if (const std::size_t at = sentence.find(path.string()); path != meant && at != sentence.npos)
    sentence.replace(at, path.string().size(), meant.string());
  throw Stop(exit_code(written.error().trouble), sentence);
}

// One of several outputs on its way: written beside its place, then renamed into it. Until
// `keep` is called the destructor puts everything back.
//
//   stage    .name.faltung-PID-new   <- bytes
//   commit   .name.faltung-PID-old   <- hard link to the old file
//            name                    <- rename of the new one
class Staged {
 public:
  explicit Staged(const Output& output)
      : place_(behind_links(output.path)), fresh_(beside("new")), old_(beside("old")) {
    write_file(fresh_, output.bytes, output.path);
  }
  Staged(const Staged&) = delete;
  Staged& operator=(const Staged&) = delete;
  ~Staged() {
    std::error_code ignored;
    if (committed_ && !kept_) {
      if (linked_) fs::rename(old_, place_, ignored);
      else if (!existed_) fs::remove(place_, ignored);
    }
    fs::remove(fresh_, ignored);
    if (linked_) fs::remove(old_, ignored);
  }
  void commit() {
    struct stat info{};
    existed_ = ::stat(place_.c_str(), &info) == 0;
    if (existed_ && !S_ISREG(info.st_mode))
      throw Stop(kCannotCreate, fmt::format("cannot write {} together with another file: it is no "
                                            "regular file",
                                            place_.string()));
    if (existed_) {
      // The new file is the old one's place taken: its owner, where root may say so, and mode.
      [[maybe_unused]] const int owned = ::chown(fresh_.c_str(), info.st_uid, info.st_gid);
      [[maybe_unused]] const int mode = ::chmod(fresh_.c_str(), info.st_mode & 0777);
    }
    linked_ = existed_ && ::link(place_.c_str(), old_.c_str()) == 0;
    std::error_code error;
    fs::rename(fresh_, place_, error);
    if (error)
      throw Stop(kCannotCreate,
                 fmt::format("cannot write {}: {}", place_.string(), error.message()));
    committed_ = true;
  }
  void keep() { kept_ = true; }

 private:
  fs::path beside(const char* what) const {
    return folder_of(place_) /
           fmt::format(".{}.faltung-{}-{}", place_.filename().string(), ::getpid(), what);
  }
  fs::path place_, fresh_, old_;
  bool existed_ = false, linked_ = false, committed_ = false, kept_ = false;
};

}  // namespace

fs::path place_of(const std::string& output) {
  return output == "-" ? fs::path("/dev/stdout") : fs::path(output);
}

bool same_file(const fs::path& a, const fs::path& b) {
  struct stat first{}, second{};
  if (::stat(a.c_str(), &first) != 0 || ::stat(b.c_str(), &second) != 0) {
    // Neither has to exist yet for two outputs to be the same one.
    std::error_code error;
    const fs::path one = fs::weakly_canonical(fs::absolute(a), error);
    const fs::path two = fs::weakly_canonical(fs::absolute(b), error);
    return !error && one == two;
  }
  return first.st_dev == second.st_dev && first.st_ino == second.st_ino;
}

void check_destination(const fs::path& path) {
  struct stat info{};
  const fs::path folder = folder_of(path);
  if (::stat(folder.c_str(), &info) != 0)
    throw Stop(kCannotCreate, fmt::format("cannot write {}: the folder {}: {}", path.string(),
                                          folder.string(), std::strerror(errno)));
  if (!S_ISDIR(info.st_mode))
    throw Stop(kCannotCreate,
               fmt::format("cannot write {}: {} is not a folder", path.string(), folder.string()));
  if (::access(folder.c_str(), W_OK | X_OK) != 0)
    throw Stop(kCannotCreate, fmt::format("cannot write {}: the folder {}: {}", path.string(),
                                          folder.string(), std::strerror(errno)));
  if (::stat(path.c_str(), &info) != 0) {
    if (errno == ENOENT) return;
    throw Stop(kCannotCreate,
               fmt::format("cannot write {}: {}", path.string(), std::strerror(errno)));
  }
  if (S_ISDIR(info.st_mode))
    throw Stop(kCannotCreate, fmt::format("cannot write {}: it is a folder", path.string()));
  // A pipe would be waited for, and neither is written whole or not at all.
  if (!S_ISREG(info.st_mode))
    throw Stop(
        kCannotCreate,
        fmt::format("cannot write {}: it is a pipe or a device, no regular file", path.string()));
  if (::access(path.c_str(), W_OK) != 0)
    throw Stop(kCannotCreate,
               fmt::format("cannot write {}: {}", path.string(), std::strerror(errno)));
}

void check_source(const fs::path& path) {
  struct stat info{};
  if (::stat(path.c_str(), &info) != 0) {
    const int error = errno;
    throw Stop(kNoInput, fmt::format("cannot read {}: {}{}", path.string(), std::strerror(error),
                                     error == ENOENT ? file_beside(path) : ""));
  }
  if (S_ISDIR(info.st_mode))
    throw Stop(kNoInput, fmt::format("cannot read {}: it is a folder", path.string()));
  if (!S_ISREG(info.st_mode))
    throw Stop(kNoInput, fmt::format("cannot read {}: it is a pipe or a device, no regular file",
                                     path.string()));
  need_memory(info.st_size, "reading " + path.string());
}

void write_outputs(const std::vector<Output>& outputs) {
  if (outputs.size() == 1) {
    take(io::write_file(outputs.front().path, outputs.front().bytes));
    return;
  }
  std::vector<std::unique_ptr<Staged>> staged;
  for (const Output& output : outputs)
    if (output.path != place_of("-")) staged.push_back(std::make_unique<Staged>(output));
  // What went into a pipe cannot be taken back: before the others get their places.
  for (const Output& output : outputs)
    if (output.path == place_of("-")) take(io::write_file(output.path, output.bytes));
  for (const auto& s : staged) s->commit();
  for (const auto& s : staged) s->keep();
}

}  // namespace faltung::cli
