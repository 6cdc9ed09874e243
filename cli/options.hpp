// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "continuous_command.hpp"
#include "faltung/problem.hpp"
#include "faltung/signal.hpp"
#include "io/sound_stream.hpp"
#include "kernels_command.hpp"
#include "plan_command.hpp"

namespace faltung::cli {

enum class KernelScale { none, sum, area };
/// How a picture holds results below 0: not; with 0 in the middle; by magnitude; as they are.
enum class Signed { clip, offset, absolute, real };

/// What one command line asks for, read but not yet met with the files.
struct Request {
  Operation operation = Operation::convolve;
  std::string command;  ///< where it is not the operation's name
  std::string input;
  std::string kernel;                      ///< KERNEL or TEMPLATE: a path or a name
  std::optional<std::string> kernel_text;  ///< --kernel: numbers or a composed filter
  std::string output;
  std::optional<io::RawSound> raw;   ///< --raw: what INPUT's samples are
  std::optional<io::Format> format;  ///< --format: of the output

  std::optional<Extent> extent;
  Ranges window;
  Ranges lags;
  std::optional<Boundary> boundary;
  std::optional<double> cval;
  Dims origin;
  Dims stride;
  Dims dilation;
  Dims axes;

  KernelScale kernel_scale = KernelScale::none;
  double gain = 1.0;
  bool gain_given = false;
  std::string gain_text;
  std::optional<double> wet, dry;     ///< --wet, --dry: factors of x * h and of x
  std::optional<double> output_gain;  ///< --output-gain: a factor
  std::optional<double> output_peak;  ///< --output-gain peak: where the largest sample comes to
  bool resample = false;              ///< the kernel, to the input's sample rate

  std::string method = "auto";
  Accuracy accuracy = Accuracy::norm;
  double tolerance = 0;
  std::int64_t max_memory = 0;  ///< bytes of everything that is held at once; 0: any number
  std::string device = "cpu";   ///< or auto, or a GPU
  bool reproducible = false;
  int threads = 1;

  std::optional<std::string> encoding;  ///< --bits: how a sound is stored
  std::optional<Policy> policy;
  std::optional<Nan> nan;
  std::string mask;  ///< a file: 0 where a sample is missing
  std::optional<ElementType> result;
  bool linear_light = false;
  Signed signed_results = Signed::clip;
  std::vector<std::string> columns;
  std::optional<std::string> kernel_column;
  std::optional<double> dt;
  std::string dt_unit;  ///< "h": of dt, and of the times in a formula
  bool regrid = false;  ///< series to even steps of dt
  std::optional<Interpolation> interpolation;
  std::optional<Beyond> before;
  std::optional<double> held;  ///< --before hold:VALUE
  std::string unit;            ///< of the values of a series
  std::string plot;

  bool report_error = false;
  bool explain = false;
  bool json = false;
  bool quiet = false;
  bool dry_run = false;  ///< say what would be done
  bool verbose = false;

  /// What samples that are missing do: nothing is omitted unless asked for, and by a mask it is.
  Nan missing() const { return nan.value_or(mask.empty() ? Nan::propagate : Nan::omit); }
  /// For messages: "-" is standard input, or output.
  std::string input_name() const { return input == "-" ? "standard input" : input; }
  std::string output_name() const {
    return output == "-" ? "standard output" : output.empty() ? plot : output;
  }
};

struct DeconvolveRequest;
struct GradientRequest;

/// What is to be done; nothing when --help or --version was asked for and printed.
using Command = std::variant<std::monostate, Request, PlanRequest, InfoRequest, KernelsRequest,
                             ContinuousRequest, std::shared_ptr<const DeconvolveRequest>,
                             std::shared_ptr<const GradientRequest>>;

/// Reads the command line. Throws Stop(kUsage).
Command read_command_line(int argc, char** argv);

}  // namespace faltung::cli
