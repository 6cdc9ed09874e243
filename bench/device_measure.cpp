// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// One case on a GPU. bench/run starts it:
//
//   bench_device --facts
//   bench_device --problem TEXT --peers A,B [--cufft LIBRARY] [--share FOLDER]
//                [--threads N --wisdom FOLDER]
//
// Peers are copy and cufft, by the GPU's events on arrays that are there; and, from arrays of the
// host to arrays of the host by its clock, transfers (ours), cpu (ours, on so many threads) and
// fftw-*. As bench_measure: the first line describes the sides, `refused` says why there are none;
// then for each line that is read all run once, ours on the device first and last, and a list of
// seconds is printed.
#include <algorithm>
#include <chrono>
#include <fstream>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

#include "device_work.hpp"
#include "dynamic_library.hpp"

namespace {

using namespace faltung;
using namespace faltung::bench;
using nlohmann::json;
using Clock = std::chrono::steady_clock;
using Arguments = std::map<std::string, std::string>;

/// What one timing takes at the least, and warming up.
constexpr double kTimingSeconds = 2e-3, kWarmSeconds = 0.05;

/// On the device, or of the host.
struct Side {
  std::unique_ptr<DeviceSide> device;
  std::unique_ptr<Contestant> host;
  int runs = 1, set = 0;
  json about;

  double seconds(Gpu& gpu, int sets) {
    if (device)
      return gpu.seconds([&] {
        for (int i = 0; i < runs; ++i, set = (set + 1) % sets) device->run(set);
      }) / runs;
    const Clock::time_point start = Clock::now();
    for (int i = 0; i < runs; ++i) host->run();
    return std::chrono::duration<double>(Clock::now() - start).count() / runs;
  }
  void warm_up(Gpu& gpu, int sets) {
    double once = seconds(gpu, sets);
    const int most = gpu.emulated() ? 1 : 1000;
    for (double spent = once; spent < kWarmSeconds && !gpu.emulated(); spent += once)
      once = seconds(gpu, sets);
    runs = static_cast<int>(
        std::clamp(kTimingSeconds / std::max(once, 1e-7), 1.0, static_cast<double>(most)));
  }
};

/// Works of the host's sides, which they look at as long as they are.
struct HostWorks {
  Case transfers, cpu;
};

std::unique_ptr<Contestant> make_host(const std::string& name, const HostWorks& works,
                                      const Arguments& options) {
  if (name == "transfers") return make_faltung(works.transfers);
  if (name == "cpu") return make_faltung(works.cpu);
  return make_fftw(works.cpu, name, {options.at("wisdom")});
}

std::unique_ptr<DeviceSide> make_device(const std::string& name, const DeviceWork& work, Gpu& gpu,
                                        const Arguments& options) {
  if (name == "faltung") return make_ours_on_device(work, gpu);
  if (name == "copy") return make_device_copy(work, gpu);
  const auto library = options.find("cufft");
  return make_cufft(work, gpu, library == options.end() ? "" : library->second);
}

bool is_on_device(const std::string& name) {
  return name == "faltung" || name == "copy" || name == "cufft";
}

/// Sets a side up, runs it for the first time and looks at what came out; neither where it is not
/// there.
Side make_side(const std::string& name, const DeviceWork& work, const HostWorks& works, Gpu& gpu,
               const SampledOutputs& outputs, const Arguments& options) {
  Side side;
  side.about = {{"name", name}, {"error", nullptr}, {"version", ""}, {"method", ""}};
  const auto tell = [&](const auto& made) {
    if (!made->name.empty()) side.about["name"] = made->name;
    side.about["version"] = made->version;
    side.about["method"] = made->method;
  };
  if (is_on_device(name)) {
    side.device = make_device(name, work, gpu, options);
    if (!side.device) return side;
    tell(side.device);
    if (name != "copy") {
      side.device->run(0);
      side.about["error"] = std::min(l2_error(*side.device, work, outputs, gpu), 1e300);
    }
  } else {
    side.host = make_host(name, works, options);
    if (!side.host) return side;
    tell(side.host);
    if (name == "cpu" || name == "transfers") side.about["name"] = name;
  }
  side.warm_up(gpu, work.sets);
  return side;
}

void share(const Buffer& buffer, const std::string& path) {
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(buffer.bytes.data()),
             static_cast<std::streamsize>(buffer.bytes.size()));
}

/// The peers' sides behind ours, and what the first line says; a peer that cannot is no reason for
/// the others not to run.
std::vector<Side> make_sides(const DeviceWork& work, const HostWorks& works, Gpu& gpu,
                             const Arguments& options, json& first_line) {
  const SampledOutputs outputs = sample_outputs(work);
  std::vector<Side> sides;
  json missing = json::array(), about = json::array(), values = json::array();
  json failed = json::object();
  std::istringstream names("faltung," + options.at("peers"));
  for (std::string name; std::getline(names, name, ',');) try {
      if (name.empty()) continue;
      Side side = make_side(name, work, works, gpu, outputs, options);
      if (!side.device && !side.host) missing.push_back(name);
      else about.push_back(side.about), sides.push_back(std::move(side));
    } catch (const Error& error) {
      // A GPU that failed once in a process does nothing more there.
      if (name == "faltung" || error.status() == Status::device_failed) throw;
      failed[name] = error.what();
    }
  for (const std::complex<long double>& v : outputs.value)
    values.push_back(static_cast<double>(v.real()));
  first_line = {{"sides", about},    {"missing", missing},      {"index", outputs.index},
                {"value", values},   {"x_bytes", work.x_bytes}, {"y_bytes", work.y_bytes},
                {"sets", work.sets}, {"failed", failed}};
  return sides;
}

int contest(const Arguments& options) {
  // Our own method by cuFFT takes the library that the process has.
  if (options.count("cufft")) DynamicLibrary().open(options.at("cufft"));
  const std::unique_ptr<Gpu> gpu = Gpu::open();
  const std::string& peers = options.at("peers");
  const bool host = peers.find("transfers") != std::string::npos;
  const int threads = options.count("threads") ? std::stoi(options.at("threads")) : 1;
  std::unique_ptr<DeviceWork> work;
  HostWorks works;
  std::vector<Side> sides;
  json first_line;
  try {
    work = std::make_unique<DeviceWork>(options.at("problem"), threads, host, *gpu);
    if (host) {
      works.cpu = works.transfers = work->sample;
      works.cpu.problem.device = "cpu";
      works.transfers.problem.device = "cuda:0";
    }
    sides = make_sides(*work, works, *gpu, options, first_line);
  } catch (const Error& error) {
    if (error.status() == Status::device_failed) throw;
    std::cout << json{{"refused", error.what()}} << std::endl;
    return 0;
  }
  if (options.count("share")) {
    share(work->sample.x, options.at("share") + "/x");
    share(work->sample.h, options.at("share") + "/h");
  }
  std::cout << first_line << std::endl;
  for (std::string line; std::getline(std::cin, line);) {
    json seconds = json::array();
    for (Side& side : sides) seconds.push_back(side.seconds(*gpu, work->sets));
    seconds.push_back(sides.front().seconds(*gpu, work->sets));
    std::cout << seconds << std::endl;
  }
  return 0;
}

int facts() {
  const std::unique_ptr<Gpu> gpu = Gpu::open();
  const DeviceInfo& info = gpu->info();
  std::cout << json{{"model", info.model},
                    {"emulated", gpu->emulated()},
                    {"memory_bytes", info.memory_bytes},
                    {"multiprocessors", info.multiprocessors},
                    {"capability", std::to_string(info.capability_major) + "." +
                                       std::to_string(info.capability_minor)},
                    {"memory_bytes_per_second", info.memory_bytes_per_second},
                    {"cache_bytes", gpu->cache_bytes()},
                    {"driver", gpu->driver_version()}}
            << std::endl;
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    if (argc == 2 && std::string(argv[1]) == "--facts") return facts();
    Arguments options;
    for (int i = 1; i + 1 < argc; i += 2) options[std::string(argv[i]).substr(2)] = argv[i + 1];
    return contest(options);
  } catch (const std::exception& error) {
    std::cerr << "bench_device: " << error.what() << "\n";
    return 1;
  }
}
