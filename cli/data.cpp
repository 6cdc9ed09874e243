// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "data.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "exit.hpp"

namespace faltung::cli {

void check_picture_options(const Request& request, const char* kind) {
  if (request.linear_light) refuse_option("--linear-light", kind, "pictures have it");
  if (request.signed_results != Signed::clip) refuse_option("--signed", kind, "pictures have it");
}

std::unique_ptr<Data> load_data(const Request& request, Input& input) {
  if (request.regrid && input.format != io::Format::csv)
    throw Stop(kUsage, "--regrid is for series, whose rows have times; this input is no CSV");
  switch (input.format) {
    case io::Format::wav:
    case io::Format::flac:
    case io::Format::raw: return load_sound(request, input);
    case io::Format::png:
    case io::Format::jpeg:
    case io::Format::tiff: return load_picture(request, input);
    case io::Format::npy: return load_array(request, input);
    case io::Format::csv: break;
  }
  return load_table(request, input);
}

void refuse_option(const char* option, const char* kind, const char* instead) {
  throw Stop(kUsage, fmt::format("{} has no meaning for this {} input; {}", option, kind, instead));
}

void refuse_sound_options(const Request& request, const char* kind) {
  if (request.wet) refuse_option("--wet", kind, "sound has it; use --gain");
  if (request.dry) refuse_option("--dry", kind, "sound has it; \"[1] + gaussian:3\" adds x itself");
  if (request.output_gain || request.output_peak)
    refuse_option("--output-gain", kind, "sound has it; use --gain");
  if (request.resample) refuse_option("--resample", kind, "sound has a sample rate");
}

io::Format check_output_format(const Request& request, const char* kind,
                               std::initializer_list<io::Format> allowed) {
  const io::Format format = output_format(request, *allowed.begin());
  if (std::find(allowed.begin(), allowed.end(), format) != allowed.end()) return format;
  std::vector<std::string> names;
  for (const io::Format f : allowed) names.emplace_back(io::name(f));
  throw Stop(kUsage, fmt::format("the result of {} input cannot be written to {}{}; allowed are {}",
                                 kind, request.output_name(),
                                 request.format ? fmt::format(" as {}", io::name(format)) : "",
                                 fmt::join(names, ", ")));
}

namespace {

int axis_of(const Problem& problem, int i) {
  if (problem.axes.empty()) return i;
  const int axis = static_cast<int>(problem.axes[i]);
  return axis < 0 ? axis + problem.h_shape.rank() : axis;
}

std::int64_t listed(const Dims& list, int i) {
  if (list.empty()) return 1;
  return list.rank() == 1 ? list[0] : list[i];
}

}  // namespace

std::int64_t stride_of(const Problem& problem, int i) { return listed(problem.stride, i); }

std::int64_t kernel_span(const Problem& problem, int i) {
  return (problem.h_shape[axis_of(problem, i)] - 1) * listed(problem.dilation, i) + 1;
}

std::int64_t first_time(const Problem& problem, int i) {
  Problem every = problem;
  every.stride = {};
  return -take(every.zero_lag_index(i));
}

std::int64_t first_index(const Problem& problem, int i) {
  const std::int64_t zero =
      problem.operation == Operation::correlate ? kernel_span(problem, i) - 1 : 0;
  return zero + first_time(problem, i);
}

std::string kernel_name(const Outcome& outcome) {
  using Kind = KernelSource::Kind;
  if (outcome.request.kernel_text) return *outcome.request.kernel_text;
  const std::string& label = outcome.kernel.label;
  const std::size_t slash = label.rfind('/');  // an expression's may be a division
  const bool file = outcome.kernel.kind != Kind::name && outcome.kernel.kind != Kind::numbers;
  return file && slash != std::string::npos ? label.substr(slash + 1) : label;
}

std::optional<std::int64_t> row_length(const Dims& shape) {
  std::int64_t length = 1;
  for (const std::int64_t n : shape) {
    if (n != 1 && length != 1) return std::nullopt;
    if (n != 1) length = n;
  }
  return length;
}

void refuse_kernel(const KernelSource& kernel, const char* kind, const char* allowed) {
  throw Stop(kData, fmt::format("{} of shape {} cannot meet {} input; allowed are {}", kernel.label,
                                to_string(kernel.taps.shape), kind, allowed));
}

bool is_clock(std::string name) {
  for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return name == "t" || name == "time" || name == "index";
}

Stored store_array(const AnyArray& y, bool drop_last_axis) {
  ConstView view = y.view();
  if (drop_last_axis && view.shape.rank() > 1 && view.shape.back() == 1) {
    Dims shape;
    for (int i = 0; i + 1 < view.shape.rank(); ++i) shape.push_back(view.shape[i]);
    view = ConstView(view.data, view.type, shape);
  }
  Stored stored;
  stored.bytes = io::encode_npy(view);
  stored.shape = view.shape;
  stored.encoding = name(view.type);
  stored.samples = element_count(view.shape);
  return stored;
}

std::string clipped_share(const Stored& stored) {
  const double share = 100.0 * static_cast<double>(stored.clipped) /
                       static_cast<double>(std::max<std::int64_t>(1, stored.samples));
  return fmt::format("{} of {} samples ({:.3g} %)", stored.clipped, stored.samples, share);
}

}  // namespace faltung::cli
