// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "faltung/convolve.hpp"
#include "faltung/plan.hpp"
#include "input.hpp"
#include "io/io.hpp"
#include "options.hpp"
#include "plot.hpp"

/// What differs between kinds of data: how they are read, what is usual for them, and how a
/// result becomes a file again. One source file for each kind.
namespace faltung::cli {

/// The second operand as it was read, before it is laid along the input's axes.
struct KernelSource {
  enum class Kind { name, numbers, sound, picture, table, array };
  Kind kind = Kind::name;
  std::string label;  ///< "room.wav", "gaussian:2.5": for messages and the summary
  AnyArray taps;
  double sample_rate_hz = 0;  ///< sound only
  /// Of a name or an expression of names, or of a formula: its taps are `taps`.
  std::optional<Filter> filter = {};
  bool formula = false;                 ///< its taps are integrals already
  std::vector<std::string> notes = {};  ///< what became of it, as sentences for people
};

/// A continuous response, for the plot; what else it needs to know.
struct ResponseShape {
  ContinuousCurve curve;
  bool unit_area = false;
};

/// What was computed.
struct Outcome {
  const Request& request;
  const Problem& problem;
  const KernelSource& kernel;
  const AnyArray& taps;  ///< as they were used: laid along the axes, scaled, in their type
  AnyArray y;
  const ResponseShape* response = nullptr;  ///< where the kernel is none of samples
  bool deconvolved = false;                 ///< y is x, and the input was x * h
};

/// A result as a file.
struct Stored {
  std::vector<std::byte> bytes;
  Dims shape;
  std::string encoding;                   ///< "float32", "u8", ...: how samples are written
  std::int64_t clipped = 0;               ///< samples that were clamped
  std::int64_t nonfinite = 0;             ///< results that are NaN or infinite
  std::int64_t samples = 0;               ///< of how many
  std::vector<std::string> hints;         ///< sentences for people
  std::vector<std::string> details = {};  ///< sentences for those who want to know more (-v)
};

inline std::int64_t bytes_of(ElementType type, const Dims& shape) {
  return element_count(shape) * size_bytes(type);
}

class Data {
 public:
  virtual ~Data() = default;
  /// "sound", "picture", "array" or "series".
  virtual const char* kind() const = 0;
  /// The samples as they were read; they live as long as this.
  virtual ConstView samples() const = 0;
  /// Those that the kernel meets: with NaN where a mask says that they are missing.
  ConstView x() const { return masked_ ? masked_->view() : samples(); }
  void mask(AnyArray masked) { masked_.emplace(std::move(masked)); }
  bool is_masked() const { return masked_.has_value(); }
  /// The file's own shape, for people.
  virtual Dims shape() const { return x().shape; }
  virtual Dims axes() const = 0;
  virtual Extent usual_extent() const = 0;
  virtual Boundary usual_boundary() const { return Boundary::constant; }
  /// The step of time; 0 where there is none.
  virtual double dt() const = 0;
  virtual double sample_rate_hz() const { return 0; }
  /// 1 or 2: which named kernels suit.
  virtual int filter_rank() const = 0;
  /// The shape in which the taps meet x, of x's rank; the order of the taps stays.
  /// Stop(kData) that says what is allowed.
  virtual Dims lay(const KernelSource& kernel) const = 0;
  /// The type in which the taps meet x; `touched` when they were scaled.
  virtual ElementType tap_type(const KernelSource& kernel, bool touched) const = 0;
  /// The shape of a result as it is stored, of one as it is computed.
  virtual Dims stored_shape(const Dims& computed) const { return computed; }
  /// What is done to a result besides, with sentences for people; the bound stays true.
  virtual std::vector<std::string> finish(const Request&, AnyArray&,
                                          std::optional<ErrorBound>&) const {
    return {};
  }
  /// Bytes held at most beside plan and kernel: the samples, and a result of that type and shape
  /// as it is computed and as it is stored.
  virtual std::int64_t held_bytes(const Request&, ElementType type, const Dims& shape) const {
    return bytes_of(x().type, x().shape) + 2 * bytes_of(type, shape);
  }
  /// Bytes for each sample of input and result that --plot takes besides.
  virtual std::int64_t drawn_bytes() const { return 32; }
  /// Where its own times are not even steps of dt: how, and what would do.
  virtual std::string times_at_odds(const Request&) const { return {}; }
  /// The integers of the result's file, where the sums may be rounded to them at once.
  virtual std::optional<ElementType> rounded_type(const Request&, const AnyArray& /*taps*/) const {
    return std::nullopt;
  }
  virtual io::Format usual_format() const = 0;
  virtual Stored store(const Outcome& outcome, io::Format format) const = 0;
  /// The plot as bytes of an SVG or PNG.
  virtual std::vector<std::byte> plot(const Outcome& outcome) const = 0;

 private:
  std::optional<const AnyArray> masked_;
};

/// Reads the input and refuses options that have no meaning for its kind.
std::unique_ptr<Data> load_data(const Request& request, Input& input);
std::unique_ptr<Data> load_sound(const Request& request, Input& input);
std::unique_ptr<Data> load_picture(const Request& request, Input& input);
std::unique_ptr<Data> load_array(const Request& request, Input& input);
std::unique_ptr<Data> load_table(const Request& request, Input& input);

/// The table that a CSV holds. Stop where it is none.
io::Table read_table(Input& input);

/// Refuses what only pictures have.
void check_picture_options(const Request& request, const char* kind);

/// Stop(kUsage) that names the option given, the kind that has no use for it, and which has.
[[noreturn]] void refuse_option(const char* option, const char* kind, const char* instead);
/// Refuses the options that are for sound alone.
void refuse_sound_options(const Request& request, const char* kind);
/// The output's format; the first one of `allowed` for standard output. Stop(kUsage) unless it is
/// one of them.
io::Format check_output_format(const Request& request, const char* kind,
                               std::initializer_list<io::Format> allowed);

/// The kernel's extent along the i-th convolved axis, with dilation.
std::int64_t kernel_span(const Problem& problem, int i);
/// Where output 0 lies along the i-th convolved axis: as an index of the full result.
std::int64_t first_index(const Problem& problem, int i);
/// The same as a time (convolution) or a lag (correlation): 0 is that of x[0], or lag 0.
std::int64_t first_time(const Problem& problem, int i);
std::int64_t stride_of(const Problem& problem, int i);

/// A file's name without its folders, the name of a filter, or the numbers given.
std::string kernel_name(const Outcome& outcome);

/// The number of taps where they lie along one axis at most (a row, a column), else nothing.
std::optional<std::int64_t> row_length(const Dims& shape);
/// Stop(kData): this kernel is no kernel for that kind of input; `allowed` says what is.
[[noreturn]] void refuse_kernel(const KernelSource& kernel, const char* kind, const char* allowed);

/// A column that holds time rather than data: "t", "time" or "index", in any case.
bool is_clock(std::string name);

/// A result as an NPY file, without the last axis where that has one sample only.
Stored store_array(const AnyArray& y, bool drop_last_axis);
/// "3 of 1000 samples (0.3 %)".
std::string clipped_share(const Stored& stored);

}  // namespace faltung::cli
