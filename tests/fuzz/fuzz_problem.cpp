// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// Any bytes are a problem's text: read or refused with a sentence; what is read survives being
// written and read again; what has a meaning is planned in memory that follows the kernel and the
// blocks, never the input or the output; what is small is executed.
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <random>

#include "faltung/faltung.hpp"

namespace {

using namespace faltung;

void require(bool condition) {
  if (!condition) std::abort();
}

bool same_number(double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); }

/// Equality for which a NaN is itself.
bool same(Problem a, Problem b) {
  if (!same_number(a.cval.real(), b.cval.real()) || !same_number(a.cval.imag(), b.cval.imag()))
    return false;
  if (!same_number(a.tolerance, b.tolerance)) return false;
  a.cval = b.cval = 0;
  a.tolerance = b.tolerance = 0;
  return a == b;
}

/// Products of extents as doubles: they are only compared with limits.
double product(const Dims& dims) {
  double p = 1;
  for (std::int64_t d : dims) p *= static_cast<double>(d);
  return p;
}

double largest(const Dims& dims) {
  double m = 1;
  for (std::int64_t d : dims) m = std::max(m, static_cast<double>(d));
  return m;
}

/// Samples of one block of a forced transform, from above.
double block_samples(const Problem& p, const Dims& y) {
  const int rank = y.rank();
  const double stride = largest(p.stride), dilation = largest(p.dilation);
  double samples = 1;
  for (int i = 1; i <= rank; ++i) {
    const double taps =
        i <= p.h_shape.rank() ? static_cast<double>(p.h_shape[p.h_shape.rank() - i]) : 1;
    double reads = static_cast<double>(y[rank - i]) * stride + taps * dilation;
    if (p.method == "overlap_save" && !p.block.empty())
      reads = std::min(reads, std::max(largest(p.block), taps * dilation));
    samples *= reads;
  }
  return samples;
}

/// Plans whose tables are as large as what was asked for.
bool small_plan(const Problem& p, const Dims& y) {
  if (product(p.h_shape) > 65536) return false;
  if (p.method == "direct") return true;
  if (p.method != "auto") return block_samples(p, y) < 1 << 20;
  double spans = 1;
  for (std::int64_t taps : p.h_shape) spans *= static_cast<double>(taps) * largest(p.dilation);
  return spans < 65536 || block_samples(p, y) < 1 << 20;
}

/// x stands still along every axis: as many samples as it likes, in the memory of one.
void execute(const Problem& p, const Plan& plan, const Dims& y_shape) {
  const Dims x_still(p.x_shape.rank(), 0), h_still(p.h_shape.rank(), 0);
  constexpr std::byte kPattern{0x3B};
  const std::vector<std::byte> x(static_cast<std::size_t>(size_bytes(p.x_type)), kPattern);
  const std::vector<std::byte> h(static_cast<std::size_t>(size_bytes(p.h_type)), kPattern);
  AnyArray y{plan.output_type(), y_shape, {}};
  y.bytes.assign(static_cast<std::size_t>(element_count(y_shape) * size_bytes(y.type)), kPattern);
  const std::vector<std::byte> before = y.bytes;
  const auto kernel = plan.try_prepare({h.data(), p.h_type, p.h_shape, h_still});
  require(kernel.has_value());
  require(plan.workspace_bytes(2) >= 0 && plan.workspace_bytes(2) < 256 << 20);
  auto workspace = Workspace::try_make(plan, 2);
  require(workspace.has_value());
  const ConstView view{x.data(), p.x_type, p.x_shape, x_still};
  const Status status = plan.execute(view, *kernel, y.view(), *workspace);
  require(status == Status::ok || status == Status::integer_overflow);
  require(!plan.failure(status).message.empty());
  if (status != Status::ok) require(y.bytes == before);
  const bool short_x = product(p.x_shape) < 1 << 20;
  if (short_x) require(plan.error_bound(view, *kernel).maximum >= 0);
}

void plan_and_execute(const Problem& p, const Dims& y) {
  if (!small_plan(p, y)) return;
  const auto plan = Planner{}.try_plan(p);
  if (!plan) {
    require(plan.error().status == Status::unsupported ||
            plan.error().status == Status::unknown_name);
    return require(!plan.error().message.empty());
  }
  require(plan->output_shape() == y && plan->output_type() == p.result_type());
  require(plan->explain().find(plan->algorithm()) != std::string::npos);
  const double work = product(y) * product(p.h_shape);
  // The proof of `exact` reads every sample of x.
  const bool scans = is_integer(p.result_type()) && product(p.x_shape) > 1 << 20;
  if (work < 1 << 20 && !scans && block_samples(p, y) < 1 << 20) execute(p, *plan, y);
}

}  // namespace

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t max_size);

namespace {

constexpr const char* kWords[] = {"full",
                                  "same",
                                  "valid",
                                  "causal",
                                  "axes=0",
                                  "axes=-1,0",
                                  "window=-9:9",
                                  "window=0:1,3:5",
                                  "lags=-2:2",
                                  "boundary=edge",
                                  "boundary=symmetric",
                                  "boundary=mirror",
                                  "boundary=wrap",
                                  "boundary=odd",
                                  "cval=nan",
                                  "cval=-inf,1e-300",
                                  "cval=0.1",
                                  "stride=2",
                                  "dilation=3",
                                  "origin=0",
                                  "policy=saturate",
                                  "policy=wrap",
                                  "method=direct",
                                  "method=fft_single",
                                  "method=overlap_save",
                                  "method=separable",
                                  "method=recursive",
                                  "cosines=1",
                                  "rank=1",
                                  "rank=3",
                                  "tolerance=1e-3",
                                  "tolerance=nan",
                                  "accuracy=componentwise",
                                  "max_memory=1M",
                                  "max_memory=300000",
                                  "reproducible",
                                  "block=8",
                                  "block=16,4",
                                  "reuse=9",
                                  "convolve",
                                  "correlate",
                                  "f32",
                                  "f64->c128",
                                  "c64*f32",
                                  "u8*i8->i16",
                                  "i64",
                                  "f16",
                                  "f16*u8->f32",
                                  "u64*i16",
                                  "[7]",
                                  "[3,4]",
                                  "*",
                                  "[1,5,1]"};
constexpr const char* kNumbers[] = {"0",
                                    "1",
                                    "2",
                                    "3",
                                    "-1",
                                    "15",
                                    "16",
                                    "17",
                                    "255",
                                    "-256",
                                    "4096",
                                    "1048577",
                                    "1000000000",
                                    "2147483648",
                                    "-4294967296",
                                    "1099511627776",
                                    "1152921504606846976",
                                    "2305843009213693951",
                                    "4611686018427387904",
                                    "9223372036854775807",
                                    "-9223372036854775808",
                                    "18446744073709551616"};

template <std::size_t N>
std::string_view any_of(const char* const (&words)[N], std::minstd_rand& random) {
  return words[random() % N];
}

}  // namespace

/// Half of the changes keep the grammar: a number for a number, a word more or less.
extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t max_size, unsigned seed) {
  std::minstd_rand random(seed);
  if (random() % 2 == 0) return LLVMFuzzerMutate(data, size, max_size);
  std::string text(reinterpret_cast<const char*>(data), size);
  constexpr std::string_view kDigits = "-0123456789";
  const std::size_t from = size == 0 ? 0 : random() % size;
  const std::size_t number = text.find_first_of(kDigits, from), blank = text.find(' ', from);
  switch (random() % 4) {
    case 0:
    case 1:
      if (number == std::string::npos) break;
      text.replace(number, std::min(text.find_first_not_of(kDigits, number), text.size()) - number,
                   any_of(kNumbers, random));
      break;
    case 2: text.append(" ").append(any_of(kWords, random)); break;
    default:
      if (blank == std::string::npos) break;
      text.replace(blank + 1, text.find(' ', blank + 1) - blank - 1,
                   random() % 2 != 0 ? any_of(kWords, random) : std::string_view());
  }
  size = std::min(text.size(), max_size);
  std::copy_n(text.begin(), size, data);
  return size;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto problem = Problem::try_parse(text);
  if (!problem) {
    require(problem.error().status != Status::ok && !problem.error().message.empty());
    return 0;
  }
  const auto again = Problem::try_parse(problem->to_string());
  require(again.has_value() && same(*problem, *again));
  require(again->to_string() == problem->to_string());

  const auto meaning = problem->check();
  const auto shape = problem->output_shape();
  require(meaning.has_value() == shape.has_value());
  for (int i : {-1, 0, 1, 15, 16}) {
    const auto lag = problem->zero_lag_index(i);
    require(lag.has_value() || !lag.error().message.empty());
  }
  if (!meaning) {
    require(meaning.error().status != Status::ok && !meaning.error().message.empty());
    require(!Planner{}.try_plan(*problem).has_value());
    return 0;
  }
  require(element_count(*shape) > 0);
  const auto candidates = Planner{}.candidates(*problem);
  require(candidates.has_value() && candidates->size() == algorithm_names().size());
  for (const Candidate& c : *candidates) require(!c.reason.empty() && !(c.seconds < 0));
  plan_and_execute(*problem, *shape);
  return 0;
}
