// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "elements.hpp"
#include "exit.hpp"
#include "io/npy_stream.hpp"
#include "io/tiff.hpp"
#include "picture.hpp"
#include "piecewise.hpp"

namespace faltung::cli {
namespace {

/// A TIFF, row after row; the result is another, or an array.
class PicturePieces final : public Piecewise {
 public:
  PicturePieces(const Request& request, io::TiffReader reader, io::Format format)
      : request_(request),
        reader_(std::move(reader)),
        format_(format),
        pixels_(request, info().kind, format) {}

  std::unique_ptr<Data> describe(std::int64_t rows) const override {
    PictureInfo all = info();
    all.height = rows;
    return describe_picture(request_, all, format_);
  }
  std::optional<std::int64_t> rows() const override { return info().height; }
  bool as_whole() const override { return true; }
  std::int64_t read(std::byte* to, std::int64_t rows) override;
  std::string encoding() const override { return name(kind_.type); }
  void open(io::OutputFile& file, const Target& target) override;
  void write(const View& outputs) override;
  void finish(Stored& stored) override;
  std::int64_t held_bytes(std::int64_t rows, std::int64_t outputs) const override;

 private:
  PictureInfo info() const {
    const io::TiffLayout& layout = reader_.layout();
    return {layout.shape[0],
            layout.shape[1],
            {layout.type, layout.shape[2], layout.alpha},
            io::Format::tiff};
  }

  const Request& request_;
  io::TiffReader reader_;
  io::Format format_;
  Pixels pixels_;
  PixelKind kind_ = pixels_.stored(reader_.layout().type == ElementType::f64 ? ElementType::f64
                                                                             : ElementType::f32);
  AnyArray taps_;
  std::optional<io::TiffWriter> tiff_;
  std::optional<io::NpyWriter> npy_;
  std::vector<std::byte> as_stored_, as_encoded_;  ///< rows as the files have them
  std::int64_t nonfinite_ = 0;
};

/// Rows as the files have them; a strip in the reader, and two in the writer, as it is and packed.
/// A TIFF that goes into a pipe is made in memory, which doubles as it grows.
std::int64_t PicturePieces::held_bytes(std::int64_t rows, std::int64_t outputs) const {
  constexpr std::int64_t kStripBytes = 1 << 18;
  const Dims& shape = reader_.layout().shape;
  const std::int64_t row_in = shape[1] * shape[2] * size_bytes(reader_.layout().type),
                     row_out = shape[1] * kind_.channels * size_bytes(kind_.type);
  const auto strip = [&](std::int64_t row) {
    return std::max(row, std::min(kStripBytes, shape[0] * row));
  };
  std::int64_t bytes =
      reader_.held_bytes() + outputs * row_out + strip(row_in) + 2 * strip(row_out);
  if (!pixels_.plain()) bytes += rows * row_in;
  if (request_.output == "-" && format_ == io::Format::tiff) bytes += 2 * shape[0] * row_out;
  return bytes;
}

std::int64_t PicturePieces::read(std::byte* to, std::int64_t rows) {
  if (pixels_.plain()) return take(reader_.read(to, rows));
  const Dims& shape = reader_.layout().shape;
  const std::int64_t row_bytes = shape[1] * shape[2] * size_bytes(reader_.layout().type);
  as_stored_.resize(static_cast<std::size_t>(rows * row_bytes));
  const std::int64_t got = take(reader_.read(as_stored_.data(), rows));
  pixels_.decode(as_stored_.data(), got * shape[1], to);
  return got;
}

void PicturePieces::open(io::OutputFile& file, const Target& target) {
  taps_ = target.taps;
  Dims shape = target.shape;
  shape[0] = target.rows.value_or(1);
  if (format_ == io::Format::npy) {
    if (shape[2] == 1) shape = {shape[0], shape[1]};
    npy_ = take(io::NpyWriter::open(file, target.type, shape));
    return;
  }
  tiff_.emplace(
      take(io::TiffWriter::open(file, {shape, kind_.type, kind_.alpha, reader_.layout().tags})));
}

void PicturePieces::write(const View& outputs) {
  nonfinite_ += nonfinite_count(outputs);
  as_encoded_.resize(
      static_cast<std::size_t>(element_count(outputs.shape) * size_bytes(kind_.type)));
  pixels_.encode(outputs, taps_, as_encoded_.data());
  if (npy_) take(npy_->write(as_encoded_));
  else take(tiff_->write(as_encoded_.data(), outputs.shape[0]));
}

void PicturePieces::finish(Stored& stored) {
  if (tiff_) take(tiff_->finish());
  stored.nonfinite = nonfinite_;
  describe_clamped(pixels_, kind_, stored);
  if (reader_.pages() > 1)
    stored.hints.push_back(fmt::format("{} holds {} pictures; the first was read",
                                       request_.input_name(), reader_.pages()));
}

}  // namespace

std::unique_ptr<Piecewise> picture_pieces(const Request& request, Input& input) {
  if (input.format != io::Format::tiff) return nullptr;
  const io::Format format = check_picture_request(request, input.format);
  if (format != io::Format::tiff && format != io::Format::npy) return nullptr;
  return std::make_unique<PicturePieces>(request, take(io::TiffReader::open(input.source)), format);
}

}  // namespace faltung::cli
