// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// Measures every own method on problems drawn log-uniformly, beside what the planner chose and
// predicted. One JSON object a line; bench/run reads them.
//
//   bench_choice --shapes N --seed S [--problem TEXT]... [--budget SECONDS] [--largest SECONDS]
//                [--skip-above RATIO] [--work] [--plain]
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "convolution/extended_input.hpp"
#include "faltung/faltung.hpp"
#include "planner/choice.hpp"
#include "planner/profile_access.hpp"

namespace {

using namespace faltung;
using Clock = std::chrono::steady_clock;

std::mt19937_64 generator;
bool plain = false;  ///< only what SciPy does, too: real floats, nothing beyond the ends

double uniform(double low, double high) {
  return std::uniform_real_distribution<double>(low, high)(generator);
}
std::int64_t log_uniform(double low, double high) {
  return static_cast<std::int64_t>(std::exp2(uniform(std::log2(low), std::log2(high + 1))));
}
template <class T, std::size_t N>
T pick(const T (&values)[N]) {
  return values[std::uniform_int_distribution<std::size_t>(0, N - 1)(generator)];
}

/// 1-D to 2^22 by 2^20, 2-D to 2048^2 by 256^2, 3-D to 128^3 by 31^3; types and boundaries mixed.
Problem draw() {
  Problem p;
  const int rank = pick({1, 1, 2, 3});
  for (int i = 0; i < rank; ++i) {
    const double largest = rank == 1 ? 1 << 22 : rank == 2 ? 2048 : 128;
    const double kernel = rank == 1 ? 1 << 20 : rank == 2 ? 256 : 31;
    p.x_shape.push_back(log_uniform(rank == 1 ? 16 : 4, largest));
    p.h_shape.push_back(std::min(log_uniform(1, kernel), p.x_shape[i]));
  }
  if (plain) {
    p.x_type = p.h_type = pick({ElementType::f32, ElementType::f64});
    p.extent = pick({Extent::full, Extent::same, Extent::valid});
    return p;
  }
  p.x_type = pick({ElementType::f32, ElementType::f32, ElementType::f64, ElementType::c64,
                   ElementType::c128, ElementType::u8, ElementType::i32, ElementType::i64});
  p.h_type = p.x_type == ElementType::u8 ? ElementType::i8 : p.x_type;
  p.extent = pick({Extent::full, Extent::same, Extent::same, Extent::valid});
  p.boundary = p.extent == Extent::valid
                   ? Boundary::constant
                   : pick({Boundary::constant, Boundary::constant, Boundary::edge, Boundary::mirror,
                           Boundary::wrap, Boundary::symmetric});
  // Half of the pictures and volumes meet a kernel that is a product, as blurs are.
  if (rank > 1 && !is_complex(p.x_type) && pick({false, true})) p.kernel_rank = 1;
  // A quarter meets a box, and some a bell within a tolerance.
  if (!is_complex(p.x_type) && pick({false, false, false, true})) {
    p.kernel_rank = rank > 1 ? 1 : 0;
    p.kernel_cosines = 1;
    if (!is_integer(p.x_type) && pick({false, true})) {
      p.kernel_cosines = pick({3, 5, 7});
      p.tolerance = 0.1;
    }
  }
  return p;
}

AnyArray random_array(ElementType type, const Dims& shape) {
  AnyArray array{type, shape, {}};
  const auto reals = static_cast<std::size_t>(element_count(shape)) * (is_complex(type) ? 2 : 1);
  const ElementType real = real_part_of(type);
  const auto size = static_cast<std::size_t>(size_bytes(real));
  array.bytes.resize(reals * size);
  for (std::size_t i = 0; i < reals; ++i) {
    const double value = uniform(-1, 1);
    const float single = static_cast<float>(value);
    const std::int64_t whole = static_cast<std::int64_t>(100 * value);
    const void* from = real == ElementType::f32   ? static_cast<const void*>(&single)
                       : real == ElementType::f64 ? static_cast<const void*>(&value)
                                                  : static_cast<const void*>(&whole);
    std::memcpy(array.bytes.data() + i * size, from, size);
  }
  return array;
}

/// The outer product of random rows where the problem says rank 1; of equal numbers, or of bells as
/// wide as their rows, where it says cosines.
AnyArray random_kernel(const Problem& p) {
  AnyArray h = random_array(p.h_type, p.h_shape);
  if (p.kernel_rank != 1 && p.kernel_cosines == 0) return h;
  const bool whole = is_integer(p.h_type);
  std::vector<std::vector<double>> rows;
  for (std::int64_t extent : p.h_shape) {
    rows.emplace_back();
    for (std::int64_t k = 0; k < extent; ++k) {
      const double t = (static_cast<double>(k) + 0.5) / static_cast<double>(extent) - 0.5;
      if (p.kernel_cosines > 0) rows.back().push_back(p.kernel_cosines > 1 ? std::exp(-t * t) : 1);
      else rows.back().push_back(whole ? std::round(uniform(-2, 2)) : uniform(0.1, 1));
    }
  }
  const std::int64_t count = element_count(p.h_shape);
  for (std::int64_t t = 0; t < count; ++t) {
    double value = 1;
    std::int64_t rest = t;
    for (int i = p.h_shape.rank() - 1; i >= 0; --i) {
      value *= rows[static_cast<std::size_t>(i)][static_cast<std::size_t>(rest % p.h_shape[i])];
      rest /= p.h_shape[i];
    }
    const float single = static_cast<float>(value);
    const auto narrow = static_cast<std::int8_t>(value);
    const auto wide = static_cast<std::int32_t>(value);
    const auto at = static_cast<std::size_t>(t * size_bytes(p.h_type));
    std::byte* to = h.bytes.data() + at;
    if (p.h_type == ElementType::f32) std::memcpy(to, &single, sizeof single);
    if (p.h_type == ElementType::f64) std::memcpy(to, &value, sizeof value);
    if (p.h_type == ElementType::i8) std::memcpy(to, &narrow, sizeof narrow);
    if (p.h_type == ElementType::i32) std::memcpy(to, &wide, sizeof wide);
    const auto whole = static_cast<std::int64_t>(value);
    if (p.h_type == ElementType::i64) std::memcpy(to, &whole, sizeof whole);
  }
  return h;
}

/// One method of one problem, ready to be timed.
struct Runner {
  std::string name;
  double predicted = 0;
  Work work;
  Plan plan;
  Workspace workspace;
  double least = HUGE_VAL;

  /// Preparing the kernel and one execution.
  void run(const AnyArray& x, const AnyArray& h, AnyArray& y) {
    const Clock::time_point start = Clock::now();
    const Kernel kernel = plan.prepare(h.view());
    const Status status = plan.execute(x.view(), kernel, y.view(), workspace);
    least = std::min(least, std::chrono::duration<double>(Clock::now() - start).count());
    if (status != Status::ok) {
      std::fprintf(stderr, "%s: %s\n", plan.problem().to_string().c_str(), describe(status));
      std::exit(1);
    }
  }
};

std::vector<Runner> runners_of(const Problem& problem, const Planner& planner, double skip_above) {
  std::vector<Runner> runners;
  const Geometry geometry = value_or_throw(lower(problem));
  const auto found = consider(problem, geometry, planner.profile());
  double best = HUGE_VAL;
  for (const Consideration& c : found)
    if (c.allowed()) best = std::min(best, c.seconds);
  for (const Consideration& c : found) {
    if (!c.allowed() || c.seconds > skip_above * best) continue;
    Problem forced = problem;
    forced.method = c.algorithm->name();
    const auto plan = planner.try_plan(forced);
    if (!plan) continue;
    runners.push_back({c.algorithm->name(), c.seconds, c.estimate->work, *plan, Workspace(*plan)});
  }
  return runners;
}

/// Blocks that the planner would not choose: a fit that saw only good ones could not tell why.
void add_other_blocks(const Problem& problem, const Planner& planner,
                      std::vector<Runner>& runners) {
  const Geometry geometry = value_or_throw(lower(problem));
  const bool line = geometry.spatial.size() == 1;
  for (int i = 0; i < 2; ++i) {
    Problem forced = problem;
    forced.method = "overlap_save";
    forced.block = Dims(static_cast<int>(geometry.spatial.size()), 1);
    if (problem.output_shape()->rank() != forced.block.rank()) return;  // an axis only copies
    for (const Axis& a : geometry.spatial)
      forced.block[a.order] = a.span * log_uniform(line ? 1.2 : 1.5, line ? 100 : 8);
    const auto plan = planner.try_plan(forced);
    if (!plan) continue;
    for (const Consideration& c : consider(forced, geometry, planner.profile()))
      if (c.allowed() && forced.method == c.algorithm->name() && c.seconds < 0.5)
        runners.push_back({"overlap_save with block " + std::to_string(i), c.seconds,
                           c.estimate->work, *plan, Workspace(*plan)});
  }
}

void print(const Problem& problem, const Planner& planner, const std::vector<Runner>& runners,
           double noise, bool with_work) {
  std::string chosen = planner.plan(problem).algorithm();
  std::printf(
      "{\"problem\": \"%s\", \"arithmetic\": \"%s\", \"chosen\": \"%s\", \"noise\": %.4g, "
      "\"methods\": {",
      problem.to_string().c_str(),
      kArithmeticNames[static_cast<int>(value_or_throw(lower(problem)).arithmetic())],
      chosen.c_str(), noise);
  const char* comma = "";
  for (const Runner& r : runners) {
    std::printf("%s\"%s\": {\"seconds\": %.6g, \"predicted\": %.6g", comma, r.name.c_str(), r.least,
                r.predicted);
    if (with_work) {
      std::printf(", \"work\": [");
      for (std::size_t p = 0; p < kPrimitives; ++p)
        std::printf("%s%.8g", p ? ", " : "", r.work.count[p]);
      std::printf("]");
    }
    std::printf("}");
    comma = ", ";
  }
  std::printf("}}\n");
  std::fflush(stdout);
}

/// Interleaved rounds, minima; the best-predicted one twice a round, which shows the noise.
void measure(const Problem& problem, const Planner& planner, double skip_above, bool with_work,
             double budget) {
  std::vector<Runner> runners = runners_of(problem, planner, skip_above);
  if (runners.empty()) return;
  if (with_work) add_other_blocks(problem, planner, runners);
  const AnyArray x = random_array(problem.x_type, problem.x_shape), h = random_kernel(problem);
  AnyArray y{runners[0].plan.output_type(), runners[0].plan.output_shape(), {}};
  y.bytes.resize(static_cast<std::size_t>(element_count(y.shape) * size_bytes(y.type)));
  const auto best = static_cast<std::size_t>(
      std::min_element(runners.begin(), runners.end(),
                       [](const Runner& a, const Runner& b) { return a.predicted < b.predicted; }) -
      runners.begin());
  double again = HUGE_VAL;
  const Clock::time_point start = Clock::now();
  for (int round = 0; round < 200; ++round) {
    for (Runner& r : runners) r.run(x, h, y);
    const double before = runners[best].least;
    runners[best].least = again;
    runners[best].run(x, h, y);
    again = runners[best].least;
    runners[best].least = before;
    const double spent = std::chrono::duration<double>(Clock::now() - start).count();
    if (round >= 2 && spent > budget) break;
  }
  print(problem, planner, runners, std::abs(again / runners[best].least - 1), with_work);
}

}  // namespace

int main(int argc, char** argv) {
  int shapes = 0;
  double budget = 0.05, skip_above = 10, largest = 0.7;
  bool with_work = false;
  std::vector<std::string> texts;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    const auto next = [&] { return i + 1 < argc ? std::string(argv[++i]) : std::string(); };
    if (word == "--shapes") shapes = std::stoi(next());
    else if (word == "--seed") generator.seed(std::stoull(next()));
    else if (word == "--budget") budget = std::stod(next());
    else if (word == "--largest") largest = std::stod(next());
    else if (word == "--skip-above") skip_above = std::stod(next());
    else if (word == "--work") with_work = true;
    else if (word == "--plain") plain = true;
    else if (word == "--problem") texts.push_back(next());
    else {
      std::fprintf(stderr, "bench_choice: unknown option '%s'\n", argv[i]);
      return 64;
    }
  }
  const Planner planner;
  for (const std::string& text : texts)
    measure(Problem::parse(text), planner, skip_above, with_work, budget);
  for (int drawn = 0; drawn < shapes;) {
    const Problem problem = draw();
    const auto candidates = planner.candidates(problem);
    double best = HUGE_VAL;
    if (candidates)
      for (const Candidate& c : *candidates)
        if (c.supported) best = std::min(best, c.seconds);
    if (best > largest) continue;  // no meaning, or longer than a bench may take
    measure(problem, planner, skip_above, with_work, budget);
    ++drawn;
  }
  return 0;
}
