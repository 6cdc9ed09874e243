// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// One case, all sides that are C or C++ in one process. bench/run starts it:
//
//   bench_measure --limits THREADS SECONDS
//   bench_measure --problem TEXT --threads N --peers A,B [--data dense|nan|half|self] [--sigma S]
//                 [--operation execute|prepare|both] --wisdom FOLDER [--share FOLDER]
//                 [--mkl LIBRARY] [--ipp LIBRARY] [--other PROBLEM]
//
// The first line that it prints describes the sides; then, for each line that it reads, it runs all
// of them once, ours twice, and prints a list of seconds. Each is a JSON value. `share` is where
// the samples go for those who are not C.
#include <chrono>
#include <cmath>
#include <fstream>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

#include "contest.hpp"
#include "limits.hpp"

namespace {

using namespace faltung;
using namespace faltung::bench;
using nlohmann::json;
using Clock = std::chrono::steady_clock;

struct Side {
  std::string name;
  std::unique_ptr<Contestant> contestant;
  int runs = 1;  ///< of one timing: as many as a millisecond holds
  json about;

  double seconds() const {
    const Clock::time_point start = Clock::now();
    for (int i = 0; i < runs; ++i) contestant->run();
    return std::chrono::duration<double>(Clock::now() - start).count() / runs;
  }
};

json error_or_null(double error) { return error < 0 ? json() : json(std::min(error, 1e300)); }

using Arguments = std::map<std::string, std::string>;

std::unique_ptr<Contestant> make_contestant(const std::string& name, const Case& work,
                                            Arguments& options) {
  const std::string& operation = options["operation"];
  if (name == "faltung" && !operation.empty() && operation != "execute")
    return make_preparing(work, operation == "both");
  if (name == "faltung") return make_faltung(work);
  if (name == "power-of-two") return make_other(options["other"], work.threads);
  if (name == "one-thread" || name == "forward") return make_own(work, name);
  if (name == "opencv") return make_opencv(work);
  if (name == "mkl") return make_mkl(work, options["mkl"]);
  if (name == "ipp") return make_ipp(work, options["ipp"]);
  if (name.starts_with("fftw")) return make_fftw(work, name, {options["wisdom"]});
  return nullptr;
}

/// Sets a side up, runs it for the first time and looks at what came out.
Side make_side(const std::string& name, const Case& work, Arguments& options,
               const Reference& reference) {
  Side side{name, make_contestant(name, work, options), 1, {{"name", name}}};
  if (!side.contestant) return side;
  if (!side.contestant->name.empty()) side.about["name"] = side.contestant->name;
  side.contestant->run();
  side.runs = static_cast<int>(std::max(1.0, 1e-3 / std::max(side.seconds(), 1e-8)));
  side.about["version"] = side.contestant->version;
  side.about["method"] = side.contestant->method;
  const Buffer& y = side.contestant->y;
  side.about["error"] = y.bytes.empty() ? json() : error_or_null(error_of(y, reference));
  return side;
}

void share(const Buffer& buffer, const std::string& path) {
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(buffer.bytes.data()),
             static_cast<std::streamsize>(buffer.bytes.size()));
}

int contest(Arguments& options) {
  const Case work = make_case(options["problem"], std::stoi(options["threads"]),
                              options.count("sigma") ? std::stod(options["sigma"]) : 0,
                              options.count("data") ? options["data"] : "dense");
  const Reference reference = make_reference(work);
  std::vector<Side> sides;
  json missing = json::array(), about = json::array();
  std::istringstream names("faltung," + options["peers"]);
  for (std::string name; std::getline(names, name, ',');) {
    if (name.empty()) continue;
    Side side = make_side(name, work, options, reference);
    if (!side.contestant) missing.push_back(name);
    else about.push_back(side.about), sides.push_back(std::move(side));
  }
  if (options.count("share")) {
    share(work.x, options["share"] + "/x");
    share(work.h, options["share"] + "/h");
  }
  json values = json::array();
  for (const long double v : reference.value)
    values.push_back(std::isfinite(v) ? json(static_cast<double>(v)) : json());
  std::cout << json{{"sides", about},
                    {"missing", missing},
                    {"index", reference.index},
                    {"value", values},
                    {"outputs", element_count(work.output_shape())}}
            << std::endl;
  for (std::string line; std::getline(std::cin, line);) {
    json seconds = json::array();
    for (const Side& side : sides) seconds.push_back(side.seconds());
    seconds.push_back(sides.front().seconds());
    std::cout << seconds << std::endl;
  }
  return 0;
}

int limits(int threads, double seconds) {
  const Limits l = measure_limits(threads, seconds);
  std::cout << json{{"p_f32", l.p_f32},
                    {"p_f64", l.p_f64},
                    {"q_f32", l.q_f32},
                    {"q_f64", l.q_f64},
                    {"copy", l.copy},
                    {"threads", threads},
                    {"target", value_or_throw(active_target())}}
            << std::endl;
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    if (argc == 4 && std::string(argv[1]) == "--limits")
      return limits(std::stoi(argv[2]), std::stod(argv[3]));
    Arguments options;
    for (int i = 1; i + 1 < argc; i += 2) options[std::string(argv[i]).substr(2)] = argv[i + 1];
    return contest(options);
  } catch (const std::exception& error) {
    std::cerr << "bench_measure: " << error.what() << "\n";
    return 1;
  }
}
