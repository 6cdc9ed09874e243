// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "exit.hpp"
#include "plot.hpp"

extern "C" char** environ;

namespace faltung::cli {
namespace {

class Pipe {
 public:
  Pipe() {
    if (::pipe2(ends_.data(), O_CLOEXEC) != 0)
      throw Stop(kIoError, fmt::format("cannot make a pipe to gnuplot: {}", std::strerror(errno)));
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  ~Pipe() {
    close_read();
    close_write();
  }
  int read_end() const { return ends_[0]; }
  int write_end() const { return ends_[1]; }
  void close_read() { close(ends_[0]); }
  void close_write() { close(ends_[1]); }

 private:
  static void close(int& end) {
    if (end >= 0) ::close(end);
    end = -1;
  }
  std::array<int, 2> ends_{-1, -1};
};

[[noreturn]] void refuse_without(int error) {
  throw Stop(kUnavailable,
             fmt::format("--plot needs gnuplot, which cannot be started ({}); on Debian "
                         "it is the package gnuplot-nox",
                         std::strerror(error)));
}

pid_t spawn(const Pipe& in, const Pipe& out, const Pipe& err) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, in.read_end(), STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, out.write_end(), STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, err.write_end(), STDERR_FILENO);
  // -d: the user's own start-up files would change the picture.
  std::array<char, 8> program{"gnuplot"};
  std::array<char, 3> plain{"-d"};
  std::array<char, 2> script{"-"};
  std::array<char*, 4> arguments{program.data(), plain.data(), script.data(), nullptr};
  pid_t child = 0;
  const int error =
      ::posix_spawnp(&child, program.data(), &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (error == 0) return child;
  refuse_without(error);
}

// Script in, picture and complaints out, all at once: either side may fill its pipe first.
void exchange(Pipe& in, const std::string& script, Pipe& out, std::vector<std::byte>& picture,
              Pipe& err, std::string& complaint) {
  std::size_t sent = 0;
  std::array<char, 65536> buffer;
  bool out_open = true, err_open = true;
  ::fcntl(in.write_end(), F_SETFL, O_NONBLOCK);
  while (out_open || err_open) {
    std::array<pollfd, 3> waits{{{out_open ? out.read_end() : -1, POLLIN, 0},
                                 {err_open ? err.read_end() : -1, POLLIN, 0},
                                 {in.write_end(), POLLOUT, 0}}};
    if (::poll(waits.data(), waits.size(), -1) < 0 && errno != EINTR)
      throw Stop(kIoError, fmt::format("waiting for gnuplot: {}", std::strerror(errno)));
    if (waits[2].revents != 0) {
      const ssize_t n = ::write(in.write_end(), script.data() + sent, script.size() - sent);
      if (n > 0) sent += static_cast<std::size_t>(n);
      const bool broken = n < 0 && errno != EAGAIN && errno != EINTR;
      if (broken || sent == script.size()) in.close_write();
    }
    const auto drain = [&](const pollfd& wait, bool& open, auto&& append) {
      if (wait.revents == 0) return;
      const ssize_t n = ::read(wait.fd, buffer.data(), buffer.size());
      if (n > 0) append(static_cast<std::size_t>(n));
      else if (n == 0 || errno != EINTR) open = false;
    };
    drain(waits[0], out_open, [&](std::size_t n) {
      const auto* bytes = reinterpret_cast<const std::byte*>(buffer.data());
      picture.insert(picture.end(), bytes, bytes + n);
    });
    drain(waits[1], err_open, [&](std::size_t n) { complaint.append(buffer.data(), n); });
  }
}

std::string last_line(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
  const std::size_t begin = text.rfind('\n');
  return begin == std::string::npos ? text : text.substr(begin + 1);
}

// As execvp looks for it.
bool is_on_path(const std::string& program) {
  const char* set = std::getenv("PATH");
  const std::string path = set != nullptr ? set : "/bin:/usr/bin";
  for (std::size_t begin = 0; begin <= path.size();) {
    const std::size_t end = std::min(path.find(':', begin), path.size());
    std::string candidate = end == begin ? "." : path.substr(begin, end - begin);
    candidate.append("/").append(program);
    if (::access(candidate.c_str(), X_OK) == 0) return true;
    begin = end + 1;
  }
  return false;
}

}  // namespace

void need_gnuplot() {
  if (!is_on_path("gnuplot")) refuse_without(ENOENT);
}

std::vector<std::byte> run_gnuplot(const std::string& script) {
  Pipe in, out, err;
  const pid_t child = spawn(in, out, err);
  in.close_read();
  out.close_write();
  err.close_write();
  std::vector<std::byte> picture;
  std::string complaint;
  exchange(in, script, out, picture, err, complaint);
  int state = 0;
  while (::waitpid(child, &state, 0) < 0 && errno == EINTR) {
  }
  if (!WIFEXITED(state) || WEXITSTATUS(state) != 0 || picture.empty())
    throw Stop(kUnavailable,
               fmt::format("gnuplot could not draw the plot: {}",
                           complaint.empty() ? "it wrote nothing" : last_line(complaint)));
  return picture;
}

}  // namespace faltung::cli
