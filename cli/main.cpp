// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <exception>
#include <new>
#include <string>

#include "deconvolve.hpp"
#include "exit.hpp"
#include "file_info.hpp"
#include "gradient.hpp"
#include "io/output_file.hpp"
#include "options.hpp"
#include "progress.hpp"
#include "run.hpp"
#include "values.hpp"

namespace {

int refuse(faltung::cli::Exit code, const char* sentence) {
  std::fputs("faltung: ", stderr);
  std::fputs(faltung::cli::one_line(sentence).c_str(), stderr);
  std::fputc('\n', stderr);
  return code;
}

struct Runner {
  void operator()(std::monostate) const {}
  void operator()(const faltung::cli::Request& request) const { faltung::cli::run(request); }
  void operator()(const faltung::cli::PlanRequest& request) const {
    faltung::cli::run_plan(request);
  }
  void operator()(const faltung::cli::InfoRequest& request) const {
    using namespace faltung::cli;
    if (request.file.empty()) return run_info(request);
    std::optional<faltung::io::RawSound> raw;
    if (!request.raw.empty()) raw = read_raw(request.raw);
    run_file_info(request.file, raw, request.json);
  }
  void operator()(const std::shared_ptr<const faltung::cli::DeconvolveRequest>& request) const {
    faltung::cli::run_deconvolve(*request);
  }
  void operator()(const std::shared_ptr<const faltung::cli::GradientRequest>& request) const {
    faltung::cli::run_gradient(*request);
  }
  void operator()(const faltung::cli::ContinuousRequest& request) const {
    faltung::cli::run_continuous(request);
  }
  void operator()(const faltung::cli::KernelsRequest& request) const {
    faltung::cli::run_kernels(request);
  }
};

// A file opened while one of these is closed would take its number, and get our messages.
void hold_standard_streams() {
  for (int stream = 0; stream <= 2; ++stream)
    if (::fcntl(stream, F_GETFD) < 0) ::open("/dev/null", stream == 0 ? O_RDONLY : O_WRONLY);
}

// Only what may be called in a signal handler: no partial file stays, and the signal ends us.
void end_by(int signal) {
  faltung::io::remove_temporaries();
  faltung::cli::leave_progress();
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

// A file that is looked at where it lies became shorter.
void lost_file(int) {
  constexpr char kSentence[] = "faltung: a file became shorter while it was read\n";
  faltung::io::remove_temporaries();
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, kSentence, sizeof kSentence - 1);
  ::_exit(faltung::cli::kIoError);
}

void set_signals() {
  // A reader that went away, or a file larger than allowed, is an error of a write: a message and
  // an exit code, never a signal.
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
  std::signal(SIGBUS, lost_file);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGXCPU})
    if (std::signal(signal, end_by) == SIG_IGN) std::signal(signal, SIG_IGN);  // as under nohup
}

}  // namespace

int main(int argc, char** argv) {
  using namespace faltung::cli;
  hold_standard_streams();
  set_signals();
  try {
    std::visit(Runner(), read_command_line(argc, argv));
    return std::fflush(stdout) == 0 ? kDone : refuse(kIoError, "standard output was not taken");
  } catch (const Stop& stop) {
    refuse(stop.code(), stop.what());
    if (!stop.below().empty()) std::fprintf(stderr, "%s\n", stop.below().c_str());
    return stop.code();
  } catch (const faltung::Error& error) {
    return refuse(exit_code(error.status()), error.what());
  } catch (const std::bad_alloc&) {
    return refuse(kUnavailable, "there is not enough memory for this");
  } catch (const std::length_error&) {
    return refuse(kUnavailable, "there is not enough memory for this");
  } catch (const std::exception& fault) {
    return refuse(kInternal, (std::string("a fault of the program: ") + fault.what()).c_str());
  } catch (...) {
    return refuse(kInternal, "a fault of the program");
  }
}
