// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "elements.hpp"
#include "exit.hpp"
#include "io/npy_stream.hpp"
#include "piecewise.hpp"
#include "plot_array.hpp"

/// NPY arrays: any rank and element type, any axes, the engine's own rules of types.
namespace faltung::cli {
namespace {

class ArrayData : public Data {
 public:
  ArrayData(const Request& request, io::MappedArray array)
      : path_(request.input_name()),
        axes_(request.axes),
        dt_(request.dt.value_or(1.0)),
        halves_(request.result == ElementType::f16),
        array_(std::move(array)) {}

  const char* kind() const override { return "array"; }
  ConstView samples() const override { return array_.view; }
  Dims axes() const override { return axes_; }
  Extent usual_extent() const override { return Extent::full; }
  double dt() const override { return dt_; }
  int filter_rank() const override {
    return axes_.empty() ? array_.view.shape.rank() : axes_.rank();
  }
  Dims lay(const KernelSource& kernel) const override;
  ElementType tap_type(const KernelSource& kernel, bool touched) const override;
  io::Format usual_format() const override { return io::Format::npy; }
  Stored store(const Outcome& outcome, io::Format) const override {
    return store_array(outcome.y, false);
  }
  std::vector<std::byte> plot(const Outcome& outcome) const override {
    return plot_array(*this, outcome);
  }

 private:
  std::string path_;
  Dims axes_;
  double dt_;
  bool halves_;  ///< results of f16 are asked for
  io::MappedArray array_;
};

Dims ArrayData::lay(const KernelSource& kernel) const {
  using Kind = KernelSource::Kind;
  if (kernel.kind == Kind::sound || kernel.kind == Kind::picture || kernel.kind == Kind::table)
    refuse_kernel(kernel, "array", "NPY, numbers, or a name");
  Dims shape = kernel.taps.shape;
  const int rank = array_.view.shape.rank();
  // A row of numbers comes as a matrix of one row.
  if (kernel.kind == Kind::numbers && shape.rank() == 2 && shape[0] == 1 &&
      (rank == 1 || axes_.rank() == 1))
    shape = {shape[1]};
  if (shape.rank() >= rank) return shape;
  if (shape.rank() != axes_.rank()) {
    // As NumPy does: ones in front.
    Dims padded(rank - shape.rank(), 1);
    for (const std::int64_t n : shape) padded.push_back(n);
    return padded;
  }
  // As many axes as --axes names: they lie along those, in their order.
  Dims laid(rank, 1);
  std::int64_t before = -1;
  for (int i = 0; i < axes_.rank(); ++i) {
    const std::int64_t axis = axes_[i] < 0 ? axes_[i] + rank : axes_[i];
    if (axis < 0 || axis >= rank)
      throw Stop(kUsage,
                 fmt::format("--axes {} is out of range for {} of {} axes; allowed are 0 to "
                             "{}, or -{} to -1",
                             axes_[i], path_, rank, rank - 1, rank));
    if (axis <= before)
      throw Stop(kUsage,
                 fmt::format("--axes {} are not in rising order, which a kernel of fewer axes "
                             "than {} needs",
                             to_string(axes_), path_));
    before = axis;
    laid[static_cast<int>(axis)] = shape[i];
  }
  return laid;
}

ElementType ArrayData::tap_type(const KernelSource& kernel, bool touched) const {
  const ElementType x = this->x().type, h = kernel.taps.type;
  const bool typed =
      kernel.kind == KernelSource::Kind::name || kernel.kind == KernelSource::Kind::numbers;
  if (!typed && !touched) return h;
  if (typed && !touched && !halves_ && is_integer(x) && all_whole(kernel.taps))
    return narrowest_integer(kernel.taps);
  if (typed && halves_ && promote(x, ElementType::f16) == ElementType::f16) return ElementType::f16;
  if (typed) return real_companion(x);
  // A scaled kernel is no longer whole; its precision stays that of its file, but for halves, which
  // would be rounded anew: those only where their results are asked for.
  if (h == ElementType::f16 && !halves_) return ElementType::f32;
  return is_integer(h) ? real_companion(promote(x, h)) : h;
}

void check_axes(const Dims& axes, int rank) {
  for (int i = 0; i < axes.rank(); ++i)
    for (int j = 0; j < i; ++j)
      if ((axes[i] - axes[j]) == 0 || axes[i] - axes[j] == rank || axes[j] - axes[i] == rank)
        throw Stop(kUsage, fmt::format("--axes {}: axis {} is named twice",
                                       fmt::join(axes.begin(), axes.end(), ","), axes[i]));
}

void check_options(const Request& request) {
  check_output_format(request, "NPY", {io::Format::npy});
  check_picture_options(request, "array");
  refuse_sound_options(request, "array");
  if (request.encoding) refuse_option("--bits", "array", "use --result");
  if (!request.columns.empty()) refuse_option("--column", "array", "CSV series have it");
}

/// An array whose first axis is convolved, rows of which are read and written.
class ArrayPieces final : public Piecewise {
 public:
  /// `samples` is where they begin in the file.
  ArrayPieces(const Request& request, io::MappedArray array, int descriptor, std::int64_t samples)
      : request_(request), array_(std::move(array)), descriptor_(descriptor), at_(samples) {}

  std::unique_ptr<Data> describe(std::int64_t rows) const override {
    io::MappedArray all = array_;
    all.view.shape[0] = rows;
    return std::make_unique<ArrayData>(request_, std::move(all));
  }
  std::optional<std::int64_t> rows() const override { return array_.view.shape[0]; }
  bool as_whole() const override { return true; }
  std::int64_t read(std::byte* to, std::int64_t rows) override {
    const Dims& shape = array_.view.shape;
    const std::int64_t got = std::min(rows, shape[0] - row_);
    const std::int64_t bytes =
        got * (element_count(shape) / shape[0]) * size_bytes(array_.view.type);
    take(io::read_at(descriptor_, at_, {to, static_cast<std::size_t>(bytes)},
                     request_.input_name()));
    row_ += got;
    at_ += bytes;
    return got;
  }
  std::string encoding() const override { return name(type_); }
  void plan(ElementType type) override { type_ = type; }
  void open(io::OutputFile& file, const Target& target) override {
    Dims shape = target.shape;
    shape[0] = target.rows.value_or(1);
    writer_ = take(io::NpyWriter::open(file, target.type, shape));
  }
  void write(const View& outputs) override {
    nonfinite_ += nonfinite_count(outputs);
    take(writer_->write(
        {static_cast<const std::byte*>(outputs.data),
         static_cast<std::size_t>(element_count(outputs.shape) * size_bytes(outputs.type))}));
  }
  void finish(Stored& stored) override { stored.nonfinite = nonfinite_; }
  std::int64_t held_bytes(std::int64_t, std::int64_t) const override { return 0; }
  bool fits_whole() const override {
    return request_.max_memory == 0 &&
           bytes_of(array_.view.type, array_.view.shape) <= memory_available() / 4;
  }

 private:
  const Request& request_;
  io::MappedArray array_;
  int descriptor_;
  std::int64_t at_, row_ = 0, nonfinite_ = 0;
  ElementType type_ = ElementType::f32;
  std::optional<io::NpyWriter> writer_;
};

/// An array of fewer bytes is convolved as a whole.
constexpr std::int64_t kSmallBytes = std::int64_t{8} << 20;

/// Whether pieces along the first axis are those of a stream.
bool begins_convolved(const Dims& axes, int rank) {
  const auto is_first = [&](std::int64_t axis) { return axis == 0 || axis == -rank; };
  return axes.empty() || std::any_of(axes.begin(), axes.end(), is_first);
}

}  // namespace

std::unique_ptr<Piecewise> array_pieces(const Request& request, Input& input) {
  const auto file = input.format == io::Format::npy ? input.source.whole_file() : std::nullopt;
  if (!file) return nullptr;
  check_options(request);
  const auto size = static_cast<std::int64_t>(*input.source.size());
  // Small ones fit as a whole, whatever comes beside them: of bytes, doubles that are stored.
  // Larger ones are on the disk sooner when they are written while others are computed.
  if (size <= (request.max_memory != 0 ? request.max_memory / 32 : kSmallBytes)) return nullptr;
  io::MappedArray array = take(io::map_npy(input.source));
  const Dims& shape = array.view.shape;
  if (!array.mapped || shape.empty() || !(array.view.strides == dense_strides(shape)) ||
      !begins_convolved(request.axes, shape.rank()))
    return nullptr;
  check_axes(request.axes, shape.rank());
  const std::int64_t bytes = element_count(shape) * size_bytes(array.view.type);
  return std::make_unique<ArrayPieces>(request, std::move(array), *file, size - bytes);
}

std::unique_ptr<Data> load_array(const Request& request, Input& input) {
  check_options(request);
  io::MappedArray array = take(io::map_npy(input.source));
  const Dims& shape = array.view.shape;
  if (shape.empty())
    throw Stop(kData, fmt::format("{} is a single number without axes, where at least one axis is "
                                  "needed",
                                  request.input_name()));
  if (element_count(shape) == 0)
    throw Stop(kData, fmt::format("{} of shape {} has no samples, where at least one is needed",
                                  request.input_name(), to_string(shape)));
  check_axes(request.axes, shape.rank());
  if (!request.plot.empty()) check_drawable(request.input_name(), shape);
  return std::make_unique<ArrayData>(request, std::move(array));
}

}  // namespace faltung::cli
