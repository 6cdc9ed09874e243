// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "kernel.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <filesystem>
#include <numeric>

#include "elements.hpp"
#include "exit.hpp"
#include "files.hpp"
#include "resample.hpp"
#include "sampled.hpp"
#include "table_kernel.hpp"
#include "values.hpp"

namespace faltung::cli {
namespace {

using Kind = KernelSource::Kind;
using Complex = std::complex<double>;

AnyArray to_array(const Filter& filter) {
  AnyArray taps = make_array(ElementType::f64, filter.shape);
  std::copy(filter.values.begin(), filter.values.end(), writable<double>(taps).begin());
  return taps;
}

AnyArray to_array(const std::vector<double>& values) {
  AnyArray taps = make_array(ElementType::f64, {static_cast<std::int64_t>(values.size())});
  std::copy(values.begin(), values.end(), writable<double>(taps).begin());
  return taps;
}

// Colour alone: transparency of a template would be a mask, which plain sums do not know.
AnyArray read_picture_kernel(const Request& request) {
  io::Picture picture = take(io::read_picture(request.kernel));
  AnyArray& samples = picture.samples;
  const std::int64_t channels = samples.shape.back();
  if (picture.alpha == io::Alpha::none) return samples;
  AnyArray colour = make_array(samples.type, {samples.shape[0], samples.shape[1], channels - 1});
  with_type(samples.type, [&]<class T>(T*) {
    const std::span<const T> from = samples.samples<T>();
    const std::span<T> to = writable<T>(colour);
    const auto n = static_cast<std::size_t>(channels);
    const double opaque = samples.type == ElementType::u8    ? 255
                          : samples.type == ElementType::u16 ? 65535
                                                             : 1;
    for (std::size_t pixel = 0; pixel * n < from.size(); ++pixel) {
      std::copy_n(&from[pixel * n], n - 1, &to[pixel * (n - 1)]);
      if constexpr (std::is_arithmetic_v<T>)
        if (static_cast<double>(from[pixel * n + n - 1]) != opaque)
          throw Stop(kData, fmt::format("{} has transparent pixels, which a kernel cannot have; "
                                        "flatten it onto a background first",
                                        request.kernel));
    }
  });
  return colour;
}

KernelSource read_kernel_file(const Request& request) {
  check_source(request.kernel);
  const io::Result<io::Format> format = io::format_of(request.kernel);
  if (!format) throw Stop(kUsage, format.error().message);
  KernelSource source;
  source.label = request.kernel;
  switch (*format) {
    case io::Format::raw:
      throw Stop(kUsage, fmt::format("{} holds samples without a header, and a kernel needs one; "
                                     "convert it to .wav or .npy",
                                     request.kernel));
    case io::Format::wav:
    case io::Format::flac: {
      io::Sound sound = take(io::read_sound(request.kernel));
      source.kind = Kind::sound;
      source.sample_rate_hz = sound.sample_rate_hz;
      source.taps = std::move(sound.samples);
      break;
    }
    case io::Format::png:
    case io::Format::jpeg:
    case io::Format::tiff:
      source.kind = Kind::picture;
      source.taps = read_picture_kernel(request);
      break;
    case io::Format::npy:
      source.kind = Kind::array;
      source.taps = take(io::read_npy(request.kernel));
      break;
    case io::Format::csv:
      source.kind = Kind::table;
      source.taps = to_array(read_table_kernel(request, source.notes));
      break;
  }
  if (element_count(source.taps.shape) == 0)
    throw Stop(kData,
               fmt::format("{} has no samples, where a kernel needs one at least", request.kernel));
  return source;
}

// A word that looks like a path is a missing file, not a wrong name: one with a folder, or with a
// suffix, which is no number.
bool looks_like_path(const std::string& word) {
  const std::string suffix = std::filesystem::path(word).extension().string();
  const bool letters =
      std::ranges::any_of(suffix, [](unsigned char c) { return std::isalpha(c) != 0; });
  return word.find('/') != std::string::npos || letters;
}

Result<Filter> read_filter(const std::string& text, const Data& data) {
  const double dt = data.dt() > 0 ? data.dt() : 1.0;
  Result<Filter> filter = parse_filter(text, data.filter_rank(), dt);
  if (filter || text.find_first_of("*/()[]+- ") == std::string::npos) return filter;
  return parse_filter_expression(text, data.filter_rank(), dt);
}

KernelSource of_filter(std::string label, Filter filter) {
  AnyArray taps = to_array(filter);
  return {Kind::name, std::move(label), std::move(taps), 0, std::move(filter)};
}

KernelSource named_kernel(const Request& request, const Data& data) {
  Result<Filter> filter = read_filter(request.kernel, data);
  if (!filter) {
    refuse_formula_without_t(request.kernel);
    const bool algebra = request.kernel.find_first_of("*()[]:") != std::string::npos;
    if (!algebra && looks_like_path(request.kernel)) check_source(request.kernel);
    const bool unknown = filter.error().status == Status::unknown_name;
    throw Stop(exit_code(filter.error().status),
               (unknown ? fmt::format("no file '{}'; ", request.kernel) : std::string()) +
                   filter.error().message);
  }
  return of_filter(request.kernel, std::move(*filter));
}

// Numbers alone are a matrix, as "1 -1" is; whatever names a kernel or groups is the algebra.
bool is_algebra(const std::string& text) {
  if (text.find_first_of("*/()[]:") != std::string::npos) return true;
  return std::ranges::any_of(filter_list(), [&](const FilterInfo& info) {
    return text.find(info.name()) != std::string::npos;
  });
}

// "1+2i", "2j": a digit or a point, then i or j at the end of a word.
bool is_complex_text(const std::string& text) {
  for (std::size_t i = 1; i < text.size(); ++i) {
    const bool unit = text[i] == 'i' || text[i] == 'j' || text[i] == 'I' || text[i] == 'J';
    const bool number = (text[i - 1] >= '0' && text[i - 1] <= '9') || text[i - 1] == '.';
    const bool ends =
        i + 1 == text.size() || std::string(" ,;]").find(text[i + 1]) != std::string::npos;
    if (unit && number && ends) return true;
  }
  return false;
}

KernelSource typed_kernel(const std::string& text, const Data& data) {
  if (is_complex_text(text))
    throw Stop(kUsage, fmt::format("--kernel '{}': complex taps need an NPY file; taps typed here "
                                   "are real",
                                   text));
  if (is_algebra(text)) return of_filter(text, take(read_filter(text, data)));
  return {Kind::numbers, "--kernel", to_array(take(parse_matrix(text))), 0};
}

struct Slices {
  std::int64_t count = 1;            // slices of taps that are scaled together
  std::vector<std::int64_t> of_tap;  // the slice of each tap
  int spread_axes = 0;               // convolved axes along which there is more than one tap
};

Slices slices_of(const Dims& shape, const Dims& axes) {
  std::vector<bool> convolved(static_cast<std::size_t>(shape.rank()), axes.empty());
  for (const std::int64_t a : axes) {
    const std::int64_t axis = a < 0 ? a + shape.rank() : a;
    // An axis out of range is refused by the problem's own check.
    if (axis >= 0 && axis < shape.rank()) convolved[static_cast<std::size_t>(axis)] = true;
  }
  Slices slices;
  Dims steps(shape.rank(), 0);
  for (int i = shape.rank() - 1; i >= 0; --i) {
    if (convolved[static_cast<std::size_t>(i)]) {
      slices.spread_axes += shape[i] > 1 ? 1 : 0;
    } else {
      steps[i] = slices.count;
      slices.count *= shape[i];
    }
  }
  slices.of_tap.resize(static_cast<std::size_t>(element_count(shape)));
  for (std::size_t tap = 0; tap < slices.of_tap.size(); ++tap) {
    auto rest = static_cast<std::int64_t>(tap);
    for (int i = shape.rank() - 1; i >= 0; --i) {
      slices.of_tap[tap] += (rest % shape[i]) * steps[i];
      rest /= shape[i];
    }
  }
  return slices;
}

void scale_to_sum(std::span<Complex> taps, const Slices& slices, const std::string& label) {
  std::vector<Complex> sum(static_cast<std::size_t>(slices.count));
  std::vector<double> size(sum.size());
  for (std::size_t i = 0; i < taps.size(); ++i) {
    sum[static_cast<std::size_t>(slices.of_tap[i])] += taps[i];
    size[static_cast<std::size_t>(slices.of_tap[i])] += std::abs(taps[i]);
  }
  for (std::size_t s = 0; s < sum.size(); ++s) {
    // Below n u sum|h| the sum may be nothing but the rounding of the additions themselves.
    const double noise = static_cast<double>(taps.size()) * 0x1p-53 * size[s];
    if (!(std::abs(sum[s]) > noise) || !std::isfinite(std::abs(sum[s])))
      throw Stop(kData,
                 fmt::format("the taps of {} sum to {}, so --kernel-scale sum cannot make "
                             "that 1; use none",
                             label, std::isfinite(std::abs(sum[s])) ? "0" : "no finite number"));
  }
  for (std::size_t i = 0; i < taps.size(); ++i) {
    const Complex total = sum[static_cast<std::size_t>(slices.of_tap[i])];
    // Complex division rounds more than once; real taps deserve the one rounding of a real one.
    if (total.imag() == 0) taps[i] /= total.real();
    else taps[i] /= total;
  }
}

/// What the taps of a result are multiplied by, and how much of x itself comes besides: adding
/// so much to the tap at time zero makes it part of the kernel, so that any extent, boundary and
/// method does the same to both.
struct Levels {
  double wet, dry;
  bool given;
};

Levels levels_of(const Request& r) {
  const double all = r.output_gain.value_or(1.0);
  return {r.gain * r.wet.value_or(1.0) * all, r.dry.value_or(0.0) * all,
          r.gain_given || r.wet || r.dry || r.output_gain};
}

void add_dry(std::span<Complex> taps, const Dims& shape, double dry) {
  const auto row = static_cast<std::int64_t>(taps.size()) / shape[0];
  // Of true stereo, [K, from, to], x itself goes from each channel to the same one.
  const std::int64_t step = shape.rank() == 3 ? shape[2] + 1 : 1;
  for (std::int64_t i = 0; i < row; i += step) taps[static_cast<std::size_t>(i)] += dry;
}

double area_factor(const Data& data, const KernelSource& kernel, const Slices& slices) {
  if (kernel.kind == Kind::name)
    throw Stop(kUsage,
               fmt::format("--kernel-scale area is for taps that sample h(t), from a file or "
                           "--kernel; {} has its own scale, use none",
                           kernel.label));
  if (!(data.dt() > 0))
    throw Stop(kUsage, fmt::format("--kernel-scale area needs a step of time, which a {} does not "
                                   "have; use sum or none",
                                   data.kind()));
  if (slices.spread_axes > 1)
    throw Stop(kUsage,
               "--kernel-scale area is an integral over one axis; this kernel has more, "
               "use --axes or none");
  return data.dt();
}

[[noreturn]] void refuse_resampling(const std::string& kernel) {
  throw Stop(kUsage, fmt::format("--resample goes with a kernel from a WAV or FLAC file; {} has no "
                                 "sample rate",
                                 kernel));
}

}  // namespace

KernelSource load_kernel(const Request& request, const Data& data) {
  std::error_code ignored;
  const bool file = !request.kernel_text && std::filesystem::exists(request.kernel, ignored);
  if (request.kernel_column && !(file && request.kernel.ends_with(".csv")))
    refuse_option("--kernel-column", data.kind(), "it is for a kernel from a .csv file");
  if (file) {
    check_no_formula(request);
    KernelSource kernel = read_kernel_file(request);
    const double rate = data.sample_rate_hz();
    if (request.resample && kernel.kind != Kind::sound) refuse_resampling(request.kernel);
    if (request.resample && rate > 0 && kernel.sample_rate_hz != rate)
      resample(kernel, rate, request.kernel_scale != KernelScale::area);
    return kernel;
  }
  if (request.resample) refuse_resampling(request.kernel_text ? "--kernel" : request.kernel);
  if (const std::optional<std::string> formula = formula_of(request))
    return formula_kernel(request, data, *formula);
  check_no_formula(request);
  if (request.kernel_text) return typed_kernel(*request.kernel_text, data);
  return named_kernel(request, data);
}

Filter fit_filter(const Request& request, const Data& data, const KernelSource& kernel) {
  Filter filter = *kernel.filter;
  if (request.kernel_scale == KernelScale::area && !kernel.formula)
    area_factor(data, kernel, slices_of(filter.shape, {}));
  if (request.kernel_scale == KernelScale::sum) {
    std::vector<Complex> taps(filter.values.begin(), filter.values.end());
    scale_to_sum(taps, slices_of(filter.shape, {}), kernel.label);
    filter = filter / std::accumulate(filter.values.begin(), filter.values.end(), 0.0);
  }
  const Levels levels = levels_of(request);
  if (levels.wet != 1) filter = filter * levels.wet;
  if (levels.dry != 0) filter = filter + Filter{Dims(filter.shape.rank(), 1), {levels.dry}, "dry"};
  return filter;
}

AnyArray fit_kernel(const Request& request, const Data& data, const KernelSource& kernel) {
  AnyArray taps = kernel.taps;
  taps.shape = data.lay(kernel);
  const Levels levels = levels_of(request);
  const bool touched = request.kernel_scale != KernelScale::none || levels.given;
  const ElementType type = data.tap_type(kernel, touched);
  if (kernel.filter) {
    const Dims shape = taps.shape;
    taps = to_array(fit_filter(request, data, kernel));
    taps.shape = shape;
  }
  if (kernel.filter || !touched) return cast(taps, type, kernel.label);
  AnyArray wide = cast(taps, ElementType::c128, kernel.label);
  const std::span<Complex> values = writable<Complex>(wide);
  const Slices slices = slices_of(taps.shape, data.axes());
  if (request.kernel_scale == KernelScale::sum) scale_to_sum(values, slices, kernel.label);
  double factor = levels.wet;
  if (request.kernel_scale == KernelScale::area) factor *= area_factor(data, kernel, slices);
  for (Complex& v : values) v *= factor;
  if (levels.dry != 0) add_dry(values, taps.shape, levels.dry);
  return cast(wide, type, kernel.label);
}

}  // namespace faltung::cli
