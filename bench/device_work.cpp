// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "device_work.hpp"

#include <algorithm>
#include <cmath>

namespace faltung::bench {
namespace {

/// Of x that the host makes; and how many times the cache the sets hold together.
constexpr std::int64_t kSampleBytes = std::int64_t{1} << 26;
constexpr std::int64_t kCaches = 4, kMostSets = 64;

/// The problem with as many rows as make a sample.
std::string sample_of(Problem problem) {
  const Dims &x = problem.x_shape, &h = problem.h_shape;
  if (x.rank() > h.rank()) {
    const std::int64_t row = element_count(x) / x[0] * size_bytes(problem.x_type);
    std::int64_t rows = std::clamp<std::int64_t>(kSampleBytes / row, 1, x[0]);
    while (x[0] % rows != 0) --rows;
    problem.x_shape[0] = rows;
  }
  problem.device = "cpu";
  problem.method = "auto";
  return problem.to_string();
}

ElementType real_type(ElementType type) {
  if (type == ElementType::c64) return ElementType::f32;
  return type == ElementType::c128 ? ElementType::f64 : type;
}

/// Real or imaginary parts of an array.
template <class T>
Buffer part_as(const Buffer& from, int part) {
  Buffer to(real_type(from.type), from.shape);
  for (std::int64_t i = 0; i < element_count(to.shape); ++i)
    to.as<T>()[i] = from.as<T>()[2 * i + part];
  return to;
}
Buffer part_of(const Buffer& from, int part) {
  if (!is_complex(from.type)) return from;
  return from.type == ElementType::c64 ? part_as<float>(from, part) : part_as<double>(from, part);
}

/// The convolution of parts of x and h, at the places that all of these agree on.
Reference reference_of(const Case& work, int x_part, int h_part) {
  Case real = {work.problem, 1, 0, part_of(work.x, x_part), part_of(work.h, h_part), {}};
  real.problem.x_type = real.x.type;
  real.problem.h_type = real.h.type;
  return make_reference(real);
}

std::complex<long double> number_at(const std::byte* at, ElementType type, Gpu& gpu) {
  std::complex<double> wide;
  std::complex<float> narrow;
  if (type == ElementType::f64 || type == ElementType::c128) {
    gpu.read(&wide, at, size_bytes(type));
    return wide;
  }
  gpu.read(&narrow, at, size_bytes(type));
  return narrow;
}

}  // namespace

DeviceWork::DeviceWork(const std::string& text, int threads, bool everything, const Gpu& gpu)
    : problem(Problem::parse(text)) {
  if (problem.x_type != problem.h_type || is_integer(problem.x_type))
    throw Error({Status::unsupported, "reals or complex numbers of one type are measured"});
  const std::string part = everything ? text : sample_of(problem);
  // A kernel of one product is a Gaussian.
  constexpr double kTapsOfSigma = 6;
  const double sigma =
      problem.kernel_rank == 1 ? static_cast<double>(problem.h_shape[0]) / kTapsOfSigma : 0;
  sample = make_case(part, threads, sigma, "dense");
  repeats = element_count(problem.x_shape) / element_count(sample.x.shape);
  const std::int64_t size = size_bytes(problem.x_type);
  x_bytes = size * element_count(problem.x_shape);
  y_bytes = size * element_count(value_or_throw(problem.output_shape()));
  const std::int64_t wanted = kCaches * gpu.cache_bytes() / (x_bytes + y_bytes) + 1;
  sets = static_cast<int>(std::min(wanted, kMostSets));
}

void fill(Gpu& gpu, const DeviceArray& array, const void* from, std::int64_t bytes) {
  bytes = std::min(bytes, array.bytes());
  if (array.upload(from, bytes) != Status::ok)
    throw Error({Status::device_failed, "samples do not get to the device"});
  auto* const at = static_cast<std::byte*>(array.data());
  for (std::int64_t there = bytes; there < array.bytes(); there += bytes)
    gpu.copy(at + there, at, std::min(bytes, array.bytes() - there));
}

SampledOutputs sample_outputs(const DeviceWork& work) {
  SampledOutputs made;
  const Reference rr = reference_of(work.sample, 0, 0);
  made.index = rr.index;
  for (const long double v : rr.value) made.value.emplace_back(v);
  if (!work.complex()) return made;
  const Reference ii = reference_of(work.sample, 1, 1), ri = reference_of(work.sample, 0, 1),
                  ir = reference_of(work.sample, 1, 0);
  for (std::size_t i = 0; i < made.value.size(); ++i)
    made.value[i] = {rr.value[i] - ii.value[i], ri.value[i] + ir.value[i]};
  return made;
}

double l2_error(const DeviceSide& side, const DeviceWork& work, const SampledOutputs& outputs,
                Gpu& gpu) {
  const Dims shape = work.sample.output_shape();
  const int first_axis = shape.rank() - work.sample.h.shape.rank();
  long double off = 0, norm = 0;
  for (std::size_t i = 0; i < outputs.index.size(); ++i) {
    std::int64_t rest = outputs.index[i];
    std::vector<std::int64_t> place(static_cast<std::size_t>(work.sample.h.shape.rank()));
    for (int axis = shape.rank() - 1; axis >= first_axis; --axis) {
      place[static_cast<std::size_t>(axis - first_axis)] = rest % shape[axis];
      rest /= shape[axis];
    }
    // Each time in another one of the repeated samples.
    const std::int64_t repeat = static_cast<std::int64_t>(i) * 7919 % work.repeats;
    const std::byte* at = side.output(rest + repeat * work.sample_batches(), place);
    off += std::norm(number_at(at, work.problem.x_type, gpu) - outputs.value[i]);
    norm += std::norm(outputs.value[i]);
  }
  return static_cast<double>(std::sqrt(off / norm));
}

}  // namespace faltung::bench
