// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "data.hpp"
#include "elements.hpp"
#include "exit.hpp"

/// NPY arrays: any rank and element type, any axes, the engine's own rules of types.
namespace faltung::cli {
namespace {

class ArrayData : public Data {
 public:
  ArrayData(const Request& request, AnyArray array)
      : path_(request.input_name()),
        axes_(request.axes),
        dt_(request.dt.value_or(1.0)),
        array_(std::move(array)) {}

  const char* kind() const override { return "array"; }
  ConstView x() const override { return array_.view(); }
  Dims axes() const override { return axes_; }
  Extent usual_extent() const override { return Extent::full; }
  double dt() const override { return dt_; }
  int filter_rank() const override { return axes_.empty() ? array_.shape.rank() : axes_.rank(); }
  Dims lay(const KernelSource& kernel) const override;
  ElementType tap_type(const KernelSource& kernel, bool touched) const override;
  io::Format usual_format() const override { return io::Format::npy; }
  Stored store(const Outcome& outcome, io::Format) const override {
    return store_array(outcome.y, false);
  }

 private:
  std::string path_;
  Dims axes_;
  double dt_;
  AnyArray array_;
};

Dims ArrayData::lay(const KernelSource& kernel) const {
  using Kind = KernelSource::Kind;
  if (kernel.kind == Kind::sound || kernel.kind == Kind::picture || kernel.kind == Kind::table)
    refuse_kernel(kernel, "array", "NPY, numbers, or a name");
  Dims shape = kernel.taps.shape;
  const int rank = array_.shape.rank();
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
  const ElementType x = array_.type, h = kernel.taps.type;
  const bool typed =
      kernel.kind == KernelSource::Kind::name || kernel.kind == KernelSource::Kind::numbers;
  if (!typed && !touched) return h;
  if (typed && !touched && is_integer(x) && all_whole(kernel.taps))
    return narrowest_integer(kernel.taps);
  if (typed) return real_companion(x);
  // A scaled kernel is no longer whole; its precision stays that of its file.
  return is_integer(h) ? real_companion(promote(x, h)) : h;
}

void check_axes(const Dims& axes, int rank) {
  for (int i = 0; i < axes.rank(); ++i)
    for (int j = 0; j < i; ++j)
      if ((axes[i] - axes[j]) == 0 || axes[i] - axes[j] == rank || axes[j] - axes[i] == rank)
        throw Stop(kUsage, fmt::format("--axes {}: axis {} is named twice",
                                       fmt::join(axes.begin(), axes.end(), ","), axes[i]));
}

}  // namespace

std::unique_ptr<Data> load_array(const Request& request, Input& input) {
  check_output_format(request, "NPY", {io::Format::npy});
  refuse_sound_options(request, "array");
  if (request.encoding) refuse_option("--bits", "array", "use --result");
  if (!request.columns.empty()) refuse_option("--column", "array", "CSV series have it");
  if (!request.plot.empty()) refuse_option("--plot", "array", "CSV series have it");
  AnyArray array = take(io::parse_npy(input.read_all(), input.source.where()));
  if (array.shape.empty())
    throw Stop(kData, fmt::format("{} is a single number without axes, where at least one axis is "
                                  "needed",
                                  request.input_name()));
  if (element_count(array.shape) == 0)
    throw Stop(kData, fmt::format("{} of shape {} has no samples, where at least one is needed",
                                  request.input_name(), to_string(array.shape)));
  check_axes(request.axes, array.shape.rank());
  return std::make_unique<ArrayData>(request, std::move(array));
}

}  // namespace faltung::cli
