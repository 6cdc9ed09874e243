// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "elements.hpp"
#include "exit.hpp"
#include "picture.hpp"
#include "plot_picture.hpp"

/// Pictures: [height, width, channels], convolved over rows and columns (pixels.hpp).
namespace faltung::cli {
namespace {

constexpr const char* kAllowed =
    "grey pictures or ones with the same colours, NPY of shape [height, width] or [height, width, "
    "channels], numbers, or a name";

class PictureData : public Data {
 public:
  PictureData(const Request& request, const PictureInfo& info, Pixels pixels, AnyArray x)
      : path_(request.input_name()),
        info_(info),
        pixels_(std::move(pixels)),
        x_(std::move(x)),
        view_(x_.bytes.data(), pixels_.x_type(), {info.height, info.width, pixels_.x_channels()}) {}

  const char* kind() const override { return "picture"; }
  ConstView samples() const override { return view_; }
  Dims shape() const override { return {info_.height, info_.width, info_.kind.channels}; }
  Dims axes() const override { return {0, 1}; }
  Extent usual_extent() const override { return Extent::same; }
  Boundary usual_boundary() const override { return Boundary::mirror; }
  double dt() const override { return 0; }
  int filter_rank() const override { return 2; }
  ElementType tap_type(const KernelSource&, bool) const override {
    return pixels_.x_type() == ElementType::f64 ? ElementType::f64 : ElementType::f32;
  }
  Dims lay(const KernelSource& kernel) const override;
  std::int64_t held_bytes(const Request& request, ElementType type,
                          const Dims& shape) const override;
  std::int64_t drawn_bytes() const override { return 4; }
  std::optional<ElementType> rounded_type(const Request& request,
                                          const AnyArray& taps) const override;
  io::Format usual_format() const override { return info_.format; }
  Stored store(const Outcome& outcome, io::Format format) const override;
  std::vector<std::byte> plot(const Outcome& outcome) const override {
    return plot_picture(*this, outcome);
  }

 private:
  std::string path_;
  PictureInfo info_;
  Pixels pixels_;
  AnyArray x_;
  ConstView view_;
};

Dims PictureData::lay(const KernelSource& kernel) const {
  using Kind = KernelSource::Kind;
  const Dims& shape = kernel.taps.shape;
  const bool other_kind = kernel.kind == Kind::sound || kernel.kind == Kind::table;
  if (other_kind || is_complex(kernel.taps.type)) refuse_kernel(kernel, "picture", kAllowed);
  if (shape.rank() == 1) return {1, shape[0], 1};
  if (shape.rank() == 2) return {shape[0], shape[1], 1};
  const bool alpha = pixels_.uses_alpha();
  const std::int64_t colours = pixels_.x_channels() - (alpha ? 1 : 0);
  if (shape.rank() != 3 || (shape[2] != 1 && shape[2] != colours))
    throw Stop(kData, fmt::format("{} of shape {} does not fit {}, which has {} colour channel{}; "
                                  "allowed are {}",
                                  kernel.label, to_string(shape), path_, colours,
                                  colours == 1 ? "" : "s", kAllowed));
  if (shape[2] != 1 && alpha)
    throw Stop(kData, fmt::format("{} has a kernel for each colour, but none for the transparency "
                                  "of {}; allowed is one for all channels",
                                  kernel.label, path_));
  return shape;
}

/// Neither a plot nor an error bound, which are of the sums themselves, is asked for, and all that
/// the taps meet is within the range of the samples.
std::optional<ElementType> PictureData::rounded_type(const Request& request,
                                                     const AnyArray& taps) const {
  const double outside = request.cval.value_or(0);
  const ElementType type = pixels_.x_type();
  const bool within = request.boundary != Boundary::odd && outside >= 0 &&
                      outside <= (type == ElementType::u8 ? 255 : 65535);
  if (!within || is_masked() || request.missing() != Nan::propagate || request.report_error ||
      !request.plot.empty() || !pixels_.rounds_at_once(taps))
    return std::nullopt;
  return type;
}

/// The samples as a file has them, and that file, whose bytes are twice there as they grow. An NPY
/// is made at once.
std::int64_t PictureData::held_bytes(const Request& request, ElementType type,
                                     const Dims& shape) const {
  const std::int64_t stored = bytes_of(pixels_.stored(type).type, shape);
  const bool grows = output_format(request, usual_format()) != io::Format::npy;
  return bytes_of(x().type, x().shape) + bytes_of(type, shape) + (grows ? 4 : 2) * stored;
}

Stored PictureData::store(const Outcome& outcome, io::Format format) const {
  Pixels pixels = pixels_;
  const PixelKind kind = pixels.stored(outcome.y.type);
  io::Picture picture{make_array(kind.type, outcome.y.shape), kind.alpha};
  pixels.encode(outcome.y.view(), outcome.taps, picture.samples.bytes.data());
  Stored stored;
  if (format == io::Format::npy) {
    stored = store_array(picture.samples, true);
  } else {
    stored.bytes = take(io::encode_picture(picture, format));
    stored.shape = outcome.y.shape;
    stored.samples = element_count(outcome.y.shape);
    stored.encoding = name(kind.type);
  }
  describe_clamped(pixels, kind, stored);
  return stored;
}

Pixels pixels_of(const Request& request, const PixelKind& kind, io::Format output) {
  const bool deep = kind.type != ElementType::u8 || kind.alpha != io::Alpha::none;
  if (output == io::Format::jpeg && deep)
    throw Stop(kUsage, fmt::format("JPEG holds neither 16 bits nor transparency, which {} has; "
                                   "write .png",
                                   request.input_name()));
  return {request, kind, output};
}

}  // namespace

void describe_clamped(const Pixels& pixels, const PixelKind& kind, Stored& stored) {
  const Clamped& count = pixels.clamped();
  stored.clipped = count.all();
  if (stored.clipped == 0) return;
  stored.hints.push_back(fmt::format(
      "{} were clipped, {} below 0 and {} above {}{}; {}", clipped_share(stored), count.low,
      count.high, kind.type == ElementType::u8 ? 255 : 65535,
      count.not_a_number > 0 ? fmt::format(", {} not a number", count.not_a_number) : std::string(),
      pixels.advice()));
}

io::Format check_picture_request(const Request& request, io::Format input) {
  using io::Format;
  const Format output =
      input == Format::tiff
          ? check_output_format(request, "picture",
                                {Format::tiff, Format::png, Format::jpeg, Format::npy})
          : check_output_format(request, "picture",
                                {Format::png, Format::jpeg, Format::tiff, Format::npy});
  if (!request.axes.empty()) refuse_option("--axes", "picture", "its axes are rows and columns");
  if (request.dt) refuse_option("--dt", "picture", "CSV series and NPY arrays have it");
  if (request.policy) refuse_option("--policy", "picture", "it is rounded and clamped");
  if (request.result) refuse_option("--result", "picture", "it keeps its type; see --signed");
  refuse_sound_options(request, "picture");
  if (request.encoding) refuse_option("--bits", "picture", "it keeps its type; see --signed");
  if (!request.columns.empty()) refuse_option("--column", "picture", "CSV series have it");
  return output;
}

std::unique_ptr<Data> describe_picture(const Request& request, const PictureInfo& info,
                                       io::Format output) {
  return std::make_unique<PictureData>(request, info, pixels_of(request, info.kind, output),
                                       AnyArray{});
}

std::unique_ptr<Data> load_picture(const Request& request, Input& input) {
  const io::Format output = check_picture_request(request, input.format);
  io::Picture picture = take(io::parse_picture(input.read_all(), input.source.where()));
  const Dims& shape = picture.samples.shape;
  if (element_count(shape) == 0)
    throw Stop(kData,
               fmt::format("{} has no pixels, where at least one is needed", request.input_name()));
  const PictureInfo info{shape[0],
                         shape[1],
                         {picture.samples.type, shape[2], picture.alpha},
                         input.format == io::Format::tiff ? io::Format::tiff : io::Format::png};
  Pixels pixels = pixels_of(request, info.kind, output);
  if (pixels.plain())
    return std::make_unique<PictureData>(request, info, std::move(pixels),
                                         std::move(picture.samples));
  AnyArray x = make_array(pixels.x_type(), {shape[0], shape[1], pixels.x_channels()});
  pixels.decode(picture.samples.bytes.data(), shape[0] * shape[1], x.bytes.data());
  return std::make_unique<PictureData>(request, info, std::move(pixels), std::move(x));
}

}  // namespace faltung::cli
