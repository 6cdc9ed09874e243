// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "data.hpp"
#include "elements.hpp"
#include "exit.hpp"

/// Pictures: [height, width, channels] of u8 or u16, convolved over rows and columns.
///
///   file  R G B A | R G B A | ...
///   x     R G B   | R G B   | ...   a view that steps over A
///   y     float32, rounded and clamped into the file's own type
///   A     not filtered: what stands at the kernel's centre is moved along
namespace faltung::cli {
namespace {

constexpr const char* kAllowed =
    "grey pictures or ones with the same colours, NPY of shape [height, width] or [height, width, "
    "channels], numbers, or a name";

class PictureData : public Data {
 public:
  PictureData(const Request& request, io::Picture picture)
      : path_(request.input_name()), picture_(std::move(picture)) {}

  const char* kind() const override { return "picture"; }
  ConstView x() const override {
    const ConstView all = picture_.samples.view();
    return {all.data, all.type, {all.shape[0], all.shape[1], colours()}, all.strides};
  }
  Dims shape() const override { return picture_.samples.shape; }
  Dims axes() const override { return {0, 1}; }
  Extent usual_extent() const override { return Extent::same; }
  Boundary usual_boundary() const override { return Boundary::mirror; }
  double dt() const override { return 0; }
  int filter_rank() const override { return 2; }
  ElementType tap_type(const KernelSource&, bool) const override { return ElementType::f32; }
  Dims lay(const KernelSource& kernel) const override;
  io::Format usual_format() const override { return io::Format::png; }
  Stored store(const Outcome& outcome, io::Format format) const override;

 private:
  std::int64_t channels() const { return picture_.samples.shape[2]; }
  bool has_alpha() const { return channels() % 2 == 0; }
  std::int64_t colours() const { return channels() - (has_alpha() ? 1 : 0); }
  AnyArray moved_alpha(const Outcome& outcome) const;
  AnyArray with_alpha(const Outcome& outcome) const;

  std::string path_;
  io::Picture picture_;
};

Dims PictureData::lay(const KernelSource& kernel) const {
  using Kind = KernelSource::Kind;
  const Dims& shape = kernel.taps.shape;
  const bool other_kind = kernel.kind == Kind::sound || kernel.kind == Kind::table;
  if (other_kind || is_complex(kernel.taps.type)) refuse_kernel(kernel, "picture", kAllowed);
  if (shape.rank() == 1) return {1, shape[0], 1};
  if (shape.rank() == 2) return {shape[0], shape[1], 1};
  if (shape.rank() != 3 || (shape[2] != 1 && shape[2] != colours()))
    throw Stop(kData, fmt::format("{} of shape {} does not fit {}, which has {} colour channel{}; "
                                  "allowed are {}",
                                  kernel.label, to_string(shape), path_, colours(),
                                  colours() == 1 ? "" : "s", kAllowed));
  return shape;
}

// Convolution with a unit impulse at the kernel's centre, which is a window on the channel itself.
AnyArray PictureData::moved_alpha(const Outcome& outcome) const {
  Problem problem = outcome.problem;
  problem.stride = {};
  const Dims shape = take(problem.output_shape());
  Ranges window;
  for (int i = 0; i < 2; ++i) {
    const bool named = problem.extent == Extent::same && problem.window.empty() &&
                       problem.lags.empty() && !problem.origin.empty();
    const std::int64_t centre = named ? problem.origin[i] : (kernel_span(problem, i) - 1) / 2;
    const std::int64_t first = first_index(problem, i) - centre;
    window.push_back({first, first + shape[i]});
  }
  const ConstView all = picture_.samples.view();
  const auto* last = static_cast<const std::byte*>(all.data) + colours() * size_bytes(all.type);
  Options options;
  options.window = window;
  options.boundary = problem.boundary;
  options.stride = outcome.problem.stride;
  options.policy = Policy::saturate;
  const AnyArray one = cast(AnyArray{ElementType::u8, {1, 1}, {std::byte{1}}}, all.type, "1");
  return take(try_run(
      Operation::convolve,
      ConstView(last, all.type, {all.shape[0], all.shape[1]}, {all.strides[0], all.strides[1]}),
      one.view(), options));
}

AnyArray PictureData::with_alpha(const Outcome& outcome) const {
  const AnyArray alpha = moved_alpha(outcome);
  const std::span<const float> y = outcome.y.samples<float>();
  const auto n = static_cast<std::size_t>(colours());
  AnyArray all = make_array(ElementType::f32, {outcome.y.shape[0], outcome.y.shape[1], channels()});
  const std::span<float> to = writable<float>(all);
  with_type(alpha.type, [&]<class T>(T*) {
    if constexpr (std::is_integral_v<T>) {
      const std::span<const T> a = alpha.samples<T>();
      for (std::size_t pixel = 0; pixel < a.size(); ++pixel) {
        std::copy_n(&y[pixel * n], n, &to[pixel * (n + 1)]);
        to[pixel * (n + 1) + n] = static_cast<float>(a[pixel]);
      }
    }
  });
  return all;
}

struct Clamped {
  std::int64_t low = 0, high = 0, not_a_number = 0;
};

template <class T>
Clamped round_into(std::span<const float> from, std::span<T> to) {
  constexpr float kTop = static_cast<float>(std::numeric_limits<T>::max());
  Clamped count;
  for (std::size_t i = 0; i < from.size(); ++i) {
    const float v = std::nearbyint(from[i]);
    count.low += v < 0 ? 1 : 0;
    count.high += v > kTop ? 1 : 0;
    count.not_a_number += v != v ? 1 : 0;
    // The order of the comparisons makes NaN zero.
    const float clamped = v > 0 ? (v < kTop ? v : kTop) : 0;
    to[i] = static_cast<T>(clamped);
  }
  return count;
}

std::string advice(const Clamped& count) {
  if (count.low >= count.high)
    return "values below 0 are lost in a picture: write .npy to keep them";
  return "use --kernel-scale sum or a smaller --gain, or write .npy to keep the values";
}

Stored PictureData::store(const Outcome& outcome, io::Format format) const {
  const AnyArray joined = has_alpha() ? with_alpha(outcome) : AnyArray{};
  const AnyArray& y = has_alpha() ? joined : outcome.y;
  if (format == io::Format::npy) return store_array(y, true);
  io::Picture picture{make_array(picture_.samples.type, y.shape)};
  const std::span<const float> from = y.samples<float>();
  const bool bytes = picture.samples.type == ElementType::u8;
  const Clamped count = bytes ? round_into(from, writable<std::uint8_t>(picture.samples))
                              : round_into(from, writable<std::uint16_t>(picture.samples));
  Stored stored;
  stored.bytes = take(io::encode_picture(picture, format));
  stored.shape = y.shape;
  stored.encoding = name(picture.samples.type);
  stored.samples = element_count(y.shape);
  stored.clipped = count.low + count.high + count.not_a_number;
  if (stored.clipped > 0)
    stored.hints.push_back(
        fmt::format("{} were clipped, {} below 0 and {} above {}{}; {}", clipped_share(stored),
                    count.low, count.high, bytes ? 255 : 65535,
                    count.not_a_number > 0 ? fmt::format(", {} not a number", count.not_a_number)
                                           : std::string(),
                    advice(count)));
  return stored;
}

}  // namespace

std::unique_ptr<Data> load_picture(const Request& request, Input& input) {
  using io::Format;
  const Format format =
      check_output_format(request, "picture", {Format::png, Format::jpeg, Format::npy});
  if (!request.axes.empty()) refuse_option("--axes", "picture", "its axes are rows and columns");
  if (request.dt) refuse_option("--dt", "picture", "CSV series and NPY arrays have it");
  if (request.policy) refuse_option("--policy", "picture", "it is rounded and clamped");
  if (request.result) refuse_option("--result", "picture", "it keeps its 8 or 16 bits");
  refuse_sound_options(request, "picture");
  if (request.encoding) refuse_option("--bits", "picture", "it keeps its 8 or 16 bits");
  if (!request.columns.empty()) refuse_option("--column", "picture", "CSV series have it");
  if (!request.plot.empty()) refuse_option("--plot", "picture", "CSV series have it");
  io::Picture picture = take(io::parse_picture(input.read_all(), input.source.where()));
  const Dims& shape = picture.samples.shape;
  if (element_count(shape) == 0)
    throw Stop(kData,
               fmt::format("{} has no pixels, where at least one is needed", request.input_name()));
  if (format == Format::jpeg && (shape[2] % 2 == 0 || picture.samples.type != ElementType::u8))
    throw Stop(kUsage, fmt::format("JPEG holds neither 16 bits nor transparency, which {} has; "
                                   "write .png",
                                   request.input_name()));
  return std::make_unique<PictureData>(request, std::move(picture));
}

}  // namespace faltung::cli
