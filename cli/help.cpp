// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "help.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <sstream>

#include "faltung/filter.hpp"

namespace faltung::cli {
namespace {

constexpr const char* kDefaults = R"(
Defaults by kind of data:
  kind                     extent  boundary  over           step of time
  sound: WAV, FLAC, raw    full    constant  time           1 / sample rate, in seconds
  picture: PNG, JPEG, TIFF same    mirror    rows, columns  none
  series: CSV              causal  edge      rows           --dt, 1 unless given
  array: NPY               full    constant  all axes       --dt, 1 unless given
An output of another kind: .npy takes the result of everything, unrounded; sound goes to .wav,
.flac or .raw, a picture to .png, .jpg or .tif, a series to .csv.
)";

constexpr const char* kKernels = R"(
KERNEL and TEMPLATE are files where a file of that name exists:
  for sound    WAV, FLAC at the same rate or with --resample; NPY [K] or [K, channels]
  for pictures PNG, JPEG, TIFF; NPY [height, width] or [height, width, channels]
  for series   CSV with one numeric column besides t, time and index; NPY [K]
  for arrays   NPY
or else one of these names:
)";

constexpr const char* kAlgebra = R"help(
or a filter composed of them: a * b (one after the other), a + b, a - b, -a, 2 * a, a / 2, (a),
flip(a), shift(a, 3) for series and sound, shift(a, DOWN, RIGHT) for pictures; [1 2; 3 4] are taps
and [1] changes nothing: "gaussian:3 - gaussian:1", "sobel-x * gaussian:1", "[1] - shift([1], 9)"
)help";

constexpr const char* kFormula = R"help(
or, for convolve, a formula of the time t in the unit of --dt: a continuous response h(t), such as
"exp(-t/12)*u(t)", "box(t/24)", "0.3*delta(t) + 0.7*exp(-t/5)/5*u(t)". A word is one where it names
t. y(t) = integral of x(s) h(t - s) ds, with h integrated exactly over each step and x between its
samples by --interpolation; nothing is multiplied by dt besides. --kernel-scale area divides h by
its integral. Decays without end cost no more than short ones.
)help";

constexpr const char* kKinds = R"(
Sound      A mono kernel meets each channel; a kernel with as many channels as the input meets
           them one to one; a mono input gives one output channel for each kernel channel.
           True stereo: 4 kernel channels, left to left, left to right, right to left and right to
           right, meet a stereo input, and the output is stereo.
           --output-gain peak keeps the output of long files and pipes in a temporary file without
           a name, beside it, until its peak is known.
           Full scale is 1. Integers are rounded to nearest and clamped, which is reported.
           Long files, and pipes (-), run piece by piece in memory that does not grow with them,
           but for what needs all samples at once: --report-error, the boundary wrap, ranges with
           other boundaries than zeros, --method fft_single and an .npy into a pipe. What comes in
           through a pipe is known by its first bytes; --raw 48000:2:pcm16 says what has no header.
           Tags go along: texts (title, artist, ...) between WAV and FLAC, bext, cues and loops from
           WAV to WAV where the output's frames are those of the input. WAV beyond 4 GiB is RF64.
Pictures   Values are those of the file (0 to 255 or 65535). Grey kernels meet each colour channel.
           Colours are filtered as they are seen: multiplied by their opacity, which is filtered,
           too; where the taps sum to 0 the result is opaque. Values are rounded to nearest and
           clamped, never wrapped: the negative half of sobel-x or laplacian needs --signed or an
           .npy output. TIFF keeps floating point, and runs row by row in little memory.
Series     Columns that are not filtered are copied where rows keep their place (same, causal).
           Where they do not, the first column of the output is the time: the input's own column
           t, time or index, continued, where that is evenly spaced, else `t` from 0 in units of dt
           (`lag` for correlate).
Arrays     NumPy broadcasting; a kernel with as many axes as --axes names lies along those.
           Whole-number kernels keep integer arrays integer, in int64 unless --result is given.
Plots      --plot draws sound as waveforms, the decay of a long response in dB and spectrograms;
           pictures and arrays of two axes side by side; series and arrays of one axis over time.
           Of a correlation the largest value is marked with its lag.
Memory     --report-error, the boundary wrap and, of all but sound, --plot, --window and --lags
           hold all samples at once; --max-memory refuses them where there is no room for that.
exp:tau    tau is in units of the step of time above: seconds for sound. Its area is 1 already,
           so --kernel-scale area is for files and --kernel.
)";

constexpr const char* kCorrelation =
    "correlate  Plain correlation: no mean is removed and nothing is normalised. Index m of the "
    "full\n"
    "           result is lag m - (K-1); --json gives the index of lag zero.\n";

constexpr const char* kConvolveExamples = R"help(
Examples:
  faltung convolve speech.wav room.wav -o out.wav --plot out.png
  sox speech.wav -t wav - | faltung convolve - room.wav -o - | play -t wav -
  faltung convolve photo.png gaussian:2.5 -o soft.png
  faltung convolve outdoor.csv exp:12 -o indoor.csv --plot story.svg
  faltung convolve outdoor.csv "exp(-t/12)*u(t)" --dt 1h --kernel-scale area --plot story.svg
  faltung convolve photo.png --kernel "1 2 1; 2 4 2; 1 2 1" --kernel-scale sum -o soft.png
)help";

constexpr const char* kCorrelateExamples = R"(
Examples:
  faltung correlate recording.wav call.wav -o score.npy --lags -4800:4800
  faltung correlate photo.png patch.png -o score.npy --plot where.svg
)";

constexpr const char* kUndoing = R"help(
x is the minimum of |y - x * h|^2 + weight |Lx|^2, with L the values or the steps of x: what h and
the noise have taken from y nothing brings back, and the penalty fills it in. How much that is, is
told: what is left of y, how many numbers of x the data determine, and what the noise alone makes
of x. A warning that begins with 'hopeless' says that the answer is the penalty's, not the data's.

Examples:
  faltung deconvolve indoor.csv "exp(-t/12)*u(t)" --dt 1h --kernel-scale area --noise 0.05 -o outdoor.csv
  faltung deconvolve in-room.wav room.wav --noise 1e-4 -o dry.wav
  faltung deconvolve blurred.npy gaussian:3 --extent same --weight 1e-3 -o sharp.npy --residual left.npy
)help";

constexpr const char* kGradients = R"help(
Derivatives are scaled so that a ramp that rises by 1 a sample gives 1, by every operator: multiply
by 8 for the unscaled Sobel operator, by 32 for Scharr and by 6 for Prewitt (pictures; volumes 32,
512 and 18). Each channel of a picture has its own gradient. Nothing is negative, so that PNG holds
it; --signed-float keeps fractions in a .tif, and an .npy always does.

Examples:
  faltung gradient photo.png -o edges.png --gain 2
  faltung gradient photo.png gaussian:2 -o edges.npy --orientation angles.npy
  faltung gradient volume.npy scharr -o steep.npy --explain
)help";

constexpr const char* kProblems = R"(
PROBLEM is what a Problem prints:
  OPERATION TYPE[*TYPE][->TYPE] [SHAPE] * [SHAPE] EXTENT KEY=VALUE...
  operation  convolve, correlate
  type       f32, f64, f16, c64, c128, u8, i8, u16, i16, u32, i32, u64, i64
  extent     full, same, valid, causal; or window=FIRST:STOP, lags=FIRST:LAST
  keys       boundary cval axes stride dilation origin policy method device block reuse rank
             cosines accuracy tolerance max_memory nan; the words reproducible and stream

Examples:
  faltung plan "convolve f32 [1048576] * [4097] full"
  faltung plan "convolve f32 [2160,3840] * [31,31] same boundary=mirror rank=1"
  faltung plan "correlate f64 [1000000] * [1000] lags=-100:100 tolerance=1e-12" --json
)";

constexpr const char* kExitCodes = R"(
Exit codes: 0 done, 64 wrong use, 65 data that does not fit, 66 no such input, 69 gnuplot or memory
missing, 70 a fault of the program, 73 the output cannot be made, 74 reading or writing broke off.
On any failure the old output stays as it was; only where standard output alone does not take the
report (74), the new output is already there, whole.)";

class HelpFormat : public CLI::Formatter {
 public:
  std::string make_usage(const CLI::App* app, std::string name) const override {
    if (!app->get_subcommands([](const CLI::App*) { return true; }).empty())
      return "Usage: faltung COMMAND INPUT KERNEL -o OUTPUT [OPTIONS]\n";
    if (app->get_name() == "deconvolve")
      return "Usage: faltung deconvolve INPUT KERNEL --noise NUMBER -o OUTPUT [OPTIONS]\n";
    if (app->get_name() == "gradient")
      return "Usage: faltung gradient INPUT [OPERATOR] -o OUTPUT [OPTIONS]\n";
    if (app->get_name() == "plan") return "Usage: faltung plan PROBLEM [--json]\n";
    if (app->get_name() == "kernels") return "Usage: faltung kernels [KERNEL] [OPTIONS]\n";
    if (app->get_name() == "continuous") return "Usage: faltung continuous F [H] [OPTIONS]\n";
    if (app->get_name() == "info") return "Usage: faltung info [FILE] [OPTIONS]\n";
    const bool correlate = app->get_name() == "correlate";
    const char* operand = correlate ? "TEMPLATE" : "KERNEL";
    return fmt::format(
        "Usage: {0} INPUT {1} -o OUTPUT [OPTIONS]\n"
        "       {0} INPUT --kernel \"1 2 1; 2 4 2; 1 2 1\" -o OUTPUT [OPTIONS]\n",
        name, operand);
  }
  std::string make_option(const CLI::Option* option, bool is_positional) const override {
    constexpr std::size_t kLineWidth = 98;
    const std::string names =
        "  " + make_option_name(option, is_positional) + make_option_opts(option);
    const std::string indent(get_column_width(), ' ');
    std::string text = names;
    if (names.size() + 1 > indent.size()) text += "\n" + indent;
    else text.resize(indent.size(), ' ');
    std::istringstream words(make_option_desc(option));
    std::size_t column = indent.size();
    for (std::string word; words >> word; column += word.size() + 1) {
      const bool wrap = column + word.size() > kLineWidth;
      if (wrap) text += "\n" + indent;
      else if (column > indent.size()) text += ' ';
      if (wrap) column = indent.size();
      text += word;
    }
    return text + "\n";
  }
  std::string make_help(const CLI::App* app, std::string name,
                        CLI::AppFormatMode mode) const override {
    std::string text = CLI::Formatter::make_help(app, std::move(name), mode);
    // One blank line at a time; CLI11 ends each group with one and begins the next with another.
    for (std::size_t at; (at = text.find("\n\n\n")) != std::string::npos;) text.erase(at, 1);
    return text;
  }
  std::string make_option_opts(const CLI::Option* option) const override {
    const std::string type = option->get_type_name();
    return type.empty() || option->get_positional() ? std::string() : " " + type;
  }
};

}  // namespace

std::string list_of_kernels() {
  constexpr std::size_t kWidth = 25, kLineWidth = 98;
  std::string text;
  for (const FilterInfo& info : filter_list()) {
    text += fmt::format("  {:<{}}", info.form, kWidth);
    std::size_t column = 2 + std::max(kWidth, std::string_view(info.form).size());
    std::istringstream words(info.meaning);
    for (std::string word; words >> word; column += word.size() + 1) {
      if (column + word.size() > kLineWidth) text += fmt::format("\n{:<{}}", "", kWidth + 2);
      if (column + word.size() > kLineWidth) column = kWidth + 2;
      text += " " + word;
    }
    text += "\n";
  }
  return text;
}

std::string help_of_deconvolve() { return std::string(kUndoing) + kExitCodes; }

std::string help_of_gradient() { return std::string(kGradients) + kExitCodes; }

std::string help_of_exit_codes() { return kExitCodes; }

std::string help_of_plan() { return std::string(kProblems) + kExitCodes; }

std::string help_of_program() {
  return std::string("See faltung COMMAND --help for the options of a command.\n") + kDefaults +
         kConvolveExamples + kExitCodes;
}

std::string help_of_command(Operation operation) {
  const bool correlate = operation == Operation::correlate;
  return std::string(kDefaults) + kKernels + list_of_kernels() + kAlgebra +
         (correlate ? "" : kFormula) + kKinds + (correlate ? kCorrelation : "") +
         (correlate ? kCorrelateExamples : kConvolveExamples) + kExitCodes;
}

std::shared_ptr<CLI::FormatterBase> help_format() {
  auto format = std::make_shared<HelpFormat>();
  format->label("Positionals", "Operands");
  format->column_width(30);
  return format;
}

}  // namespace faltung::cli
