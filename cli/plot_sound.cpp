// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "plot_sound.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "elements.hpp"
#include "plot.hpp"
#include "plot_script.hpp"
#include "spectrogram.hpp"

/// Sound, from top to bottom; input and output share their axis where both are times.
///
///   input      ~~~~~~~~          the lowest and the highest sample of each column of the picture
///   response   \______           its decay in dB where it is long, else its taps
///   output     ~~~~~~~~~~        a correlation is drawn over lag, with the largest value marked
///   input      ########   [dB]   spectrograms, one scale for both
///   output     ##########
namespace faltung::cli {
namespace {

constexpr double kLeft = 0.085 * 1100, kBoxWidth = 976, kBar = 81, kStrip = 130, kImage = 170;
constexpr double kAbove = 40, kBelow = 62;  // for a heading, for an axis and its label
constexpr std::int64_t kMostStems = 60, kLongResponse = 2000;
constexpr double kDepth_db = 80;

// What is drawn of a signal, over time.
struct Signal {
  SoundSketch& sketch;
  double first_s, step_s;
  const char* unit;  // " (FS)": 1 is full scale; what taps and correlations count has no name

  std::int64_t frames() const { return sketch.frames(); }
  std::int64_t channels() const { return sketch.channels(); }
  int strips() const { return sketch.strips(); }
  double time_s(std::int64_t frame) const { return first_s + step_s * static_cast<double>(frame); }
  double end_s() const { return time_s(frames()); }
  std::string text() const {
    return fmt::format("{}, {}", number_of(channels(), "channel"), time_text(end_s() - first_s)) +
           (channels() > 2 ? ", drawn as their mean" : "");
  }
};

// The taps of true stereo are [K, from, to]: dense, so that their channels lie side by side.
ConstView every_channel(const ConstView& taps) {
  if (taps.shape.rank() < 3) return taps;
  return {taps.data, taps.type, {taps.shape[0], taps.shape[1] * taps.shape[2]}};
}

class Drawing {
 public:
  Drawing(const SoundPlot& plot, bool svg);
  std::vector<std::byte> draw();

 private:
  Box next(double height);
  void time_axis(const Span& seconds, const char* what);
  void waves(const Signal& signal, int strips, const char* what, const std::string& detail,
             const char* colour, const Span& seconds, const char* axis);
  void strip(const Signal& signal, int i, double per_second, const Span& values,
             const char* colour);
  void mark_largest(const Signal& signal, int strip);
  void response();
  void decay(const std::string& detail);
  void image(const Signal& signal, const char* what, const std::string& file,
             const Spectrogram& levels, double top_db);
  void spectrograms();

  const SoundPlot& plot_;
  const Problem& problem_;
  bool correlate_;
  double rate_hz_;
  SoundSketch taps_;
  Signal input_, kernel_, output_;
  Span times_;
  std::string input_name_, output_name_;
  Page page_;
  double top_ = 0;
  std::string script_;
};

double dilation_of(const Problem& problem) {
  return problem.dilation.empty() ? 1 : static_cast<double>(problem.dilation[0]);
}

Drawing::Drawing(const SoundPlot& plot, bool svg)
    : plot_(plot),
      problem_(plot.problem),
      correlate_(problem_.operation == Operation::correlate),
      rate_hz_(plot.sample_rate_hz),
      taps_(sketch_of(every_channel(plot.taps.view()), 0)),
      input_{plot.input, 0, 1 / rate_hz_, " (FS)"},
      kernel_{taps_, 0, dilation_of(problem_) / rate_hz_, ""},
      output_{plot.output, static_cast<double>(first_time(problem_, 0)) / rate_hz_,
              static_cast<double>(stride_of(problem_, 0)) / rate_hz_, correlate_ ? "" : " (FS)"},
      input_name_(shortened(base_name(plot.request.input_name()), 50)),
      output_name_(shortened(base_name(plot.request.output_name()), 50)),
      page_{1100, 0, svg} {
  for (const double s : {input_.first_s, input_.end_s()}) times_.add(s);
  if (!correlate_)
    for (const double s : {output_.first_s, output_.end_s()}) times_.add(s);
  const auto height = [](const Signal& s) { return s.strips() * kStrip + kAbove + kBelow; };
  const double response = kStrip + kAbove + kBelow;
  page_.height = static_cast<int>(height(input_) + response + height(output_) +
                                  (correlate_ ? 0 : 2 * (kImage + kAbove + kBelow)) + 8);
}

// The place of the next panel.
Box Drawing::next(double height) {
  const Box box{kLeft, top_ + kAbove, kBoxWidth - (correlate_ ? 0 : kBar), height};
  top_ += kAbove + height + kBelow;
  return box;
}

void Drawing::time_axis(const Span& seconds, const char* what) {
  const TimeUnit unit = time_unit(seconds.high - seconds.low);
  const Span shown{seconds.low * unit.per_second, seconds.high * unit.per_second};
  script_ += fmt::format("set format x '%g'\nset xtics {}\nset xrange {}\nset xlabel '{} ({})'\n",
                         shown.tic(10), shown.padded(0), what, unit.name);
}

// Draws a strip for each channel, the first one at the top.
void Drawing::waves(const Signal& signal, int strips, const char* what, const std::string& detail,
                    const char* colour, const Span& seconds, const char* axis) {
  const Box box = next(kStrip * strips);
  Span values;
  for (int i = 0; i < strips; ++i) {
    values.add(signal.sketch.envelope(i).low);
    values.add(signal.sketch.envelope(i).high);
  }
  script_ += heading(page_, what, detail);
  for (int i = 0; i < strips; ++i) {
    const bool last = i + 1 == strips;
    script_ += place(page_, {box.left, box.top + i * kStrip, box.width, kStrip - (last ? 0 : 12)});
    time_axis(seconds, axis);
    if (!last) script_ += "set format x ''\nset xlabel ''\n";
    if (i > 0) script_ += "unset label 1\nunset label 2\n";
    script_ += value_axis(strips > 1 ? fmt::format("channel {}{}", i + 1, signal.unit)
                                     : std::string("amplitude") + signal.unit);
    if (axis == std::string("lag")) mark_largest(signal, i);
    strip(signal, i, time_unit(seconds.high - seconds.low).per_second, values, colour);
    script_ += kUnmark;
  }
}

void Drawing::strip(const Signal& signal, int i, double per_second, const Span& values,
                    const char* colour) {
  const SoundSketch::Envelope& curve = signal.sketch.envelope(i);
  Span range = values;
  range.add(0.0);
  const std::string name = fmt::format("wave{}", i);
  script_ += fmt::format("set yrange {}\nset ytics {}\n", range.padded(0.08), range.tic(5));
  script_ += fmt::format("${} << END\n", name);
  for (std::size_t c = 0; c < curve.frame.size(); ++c)
    script_ += fmt::format("{} {:.7g} {:.7g}\n", per_second * signal.time_s(curve.frame[c]),
                           curve.low[c], curve.high[c]);
  script_ += curve.frame.empty() ? "NaN NaN NaN\nEND\n" : "END\n";
  script_ += kPlot;
  if (signal.frames() <= kMostStems)
    script_ += fmt::format(
        "${0} using 1:2 with impulses lw 2 lc rgb '{1}' notitle, ${0} using 1:2 with points pt 7 "
        "ps 0.7 lc rgb '{1}' notitle\n",
        name, colour);
  else if (signal.sketch.every_frame())
    script_ += fmt::format("${} using 1:2 with lines lw 1.5 lc rgb '{}' notitle\n", name, colour);
  else  // its outline too: a column of one value has no area
    script_ += fmt::format(
        "${0} using 1:2:3 with filledcurves fs solid 1 noborder lc rgb '{1}' notitle, ${0} using "
        "1:2 with lines lw 1 lc rgb '{1}' notitle, ${0} using 1:3 with lines lw 1 lc rgb '{1}' "
        "notitle\n",
        name, colour);
}

// In the strip that it is in.
void Drawing::mark_largest(const Signal& signal, int strip) {
  const SoundSketch::Largest& largest = signal.sketch.largest();
  if (largest.frame < 0 || largest.strip != strip) return;
  const Span seconds{signal.first_s, signal.end_s()};
  const TimeUnit unit = time_unit(seconds.high - seconds.low);
  const double lag_s = signal.time_s(largest.frame);
  script_ += mark(lag_s * unit.per_second, largest.value,
                  {seconds.low * unit.per_second, seconds.high * unit.per_second},
                  fmt::format("largest {} at lag {} {} ({})", short_number(largest.value),
                              short_number(lag_s * unit.per_second), unit.name,
                              number_of(std::llround(lag_s * rate_hz_), "sample")));
}

void Drawing::response() {
  const std::string detail = fmt::format("{}, {}, {}", shortened(plot_.kernel_name, 50),
                                         number_of(kernel_.frames(), "tap"), kernel_.text());
  if (!correlate_ && kernel_.frames() > kLongResponse) return decay(detail);
  // One strip: what several channels have in common is enough here.
  const bool stems = kernel_.frames() <= kMostStems;  // clear of the axis
  const double air_s = stems ? 0.6 * kernel_.step_s : 0;
  const Span delays{-air_s, kernel_.end_s() - air_s / 1.5};
  waves(kernel_, 1, correlate_ ? "Template" : "Impulse response",
        detail + (kernel_.channels() == 2 ? ", channel 1 drawn" : ""), kKernelColour, delays,
        correlate_ ? "position" : "delay");
}

// The magnitude in dB below its peak, the largest of all channels.
void Drawing::decay(const std::string& detail) {
  const Box box = next(kStrip);
  const Span delays{0, kernel_.end_s()};
  const double per_second = time_unit(delays.high).per_second, peak_value = peak(plot_.taps);
  script_ +=
      heading(page_, "Impulse response", detail) + place(page_, box) + value_axis("level (dB)");
  time_axis(delays, "delay");
  script_ += fmt::format(
      "set yrange [{}:5]\nset ytics 20\nset key at graph 0.99,0.97 right top\n$decay << END\n",
      -kDepth_db);
  for (int strip = 0; strip < kernel_.strips(); ++strip) {
    const SoundSketch::Envelope& curve = taps_.envelope(strip);
    for (std::size_t c = 0; c < curve.frame.size(); ++c) {
      const double most = std::max(std::abs(curve.low[c]), std::abs(curve.high[c]));
      const double db =
          most > 0 && peak_value > 0 ? 20 * std::log10(most / peak_value) : -kDepth_db;
      script_ += fmt::format("{} {:.2f}\n", kernel_.time_s(curve.frame[c]) * per_second,
                             std::max(db, -kDepth_db));
    }
    script_ += "\n\n";
  }
  script_ += fmt::format("END\n{}", kPlot);
  for (int strip = 0; strip < kernel_.strips(); ++strip)
    script_ += fmt::format(
        "{0}$decay index {1} using 1:2 with filledcurves y1={2} fs transparent solid 0.3 lc rgb "
        "'{3}' notitle, $decay index {1} using 1:2 with lines lw 1.2 lc rgb '{3}' {4}",
        strip ? ", " : "", strip, -kDepth_db, strip ? kOutputColour : kKernelColour,
        kernel_.strips() > 1 ? fmt::format("title 'channel {}'", strip + 1) : "notitle");
  script_ += "\n";
}

void Drawing::image(const Signal& signal, const char* what, const std::string& file,
                    const Spectrogram& levels, double top_db) {
  const Box box = next(kImage);
  const TimeUnit unit = time_unit(times_.high - times_.low);
  const double top_hz = 0.5 / signal.step_s, per_hz = top_hz >= 2000 ? 1e-3 : 1;
  const double dx = (signal.end_s() - signal.first_s) * unit.per_second / levels.columns,
               dy = top_hz * per_hz / levels.rows;
  script_ += heading(page_, what, file) + place(page_, box) +
             value_axis(top_hz >= 2000 ? "frequency (kHz)" : "frequency (Hz)");
  time_axis(times_, "time");
  script_ += fmt::format(
      "set yrange [0:{}]\nset ytics {}\nset cbrange [{}:{}]\nset cbtics 20\n"
      "set cblabel 'level (dBFS)' offset 0.5,0 tc rgb '{}'\n"
      "set colorbox user origin {},{} size {},{}\n",
      top_hz * per_hz, Span{0, top_hz * per_hz}.tic(5), top_db - kDepth_db, top_db, kInk,
      (box.left + box.width + 14) / page_.width, 1 - (box.top + box.height) / page_.height,
      16.0 / page_.width, box.height / page_.height);
  script_ += fmt::format(
      "plot '-' binary array=({},{}) origin=({},{}) dx={} dy={} format='%float32' using 1 with "
      "image notitle\n",
      levels.columns, levels.rows, signal.first_s * unit.per_second + dx / 2, dy / 2, dx, dy);
  script_.append(reinterpret_cast<const char*>(levels.level_db.data()),
                 levels.level_db.size() * sizeof(float));
}

// Of the mean of all channels.
void Drawing::spectrograms() {
  const Spectrogram before = plot_.input.spectrogram(), after = plot_.output.spectrogram();
  float top = -1e4F;
  for (const Spectrogram* s : {&before, &after})
    top = std::max(top, *std::max_element(s->level_db.begin(), s->level_db.end()));
  const double top_db = std::isfinite(top) && top > -1e3F ? std::ceil(top / 5) * 5 : 0;
  script_ +=
      "set palette defined (0 '#000004', 1 '#1b0c41', 2 '#4a0c6b', 3 '#781c6d', 4 '#a52c60', "
      "5 '#cf4446', 6 '#ed6925', 7 '#fb9b06', 8 '#f7d13d', 9 '#fcffa4')\nunset grid\n";
  image(input_, "Input spectrogram", input_name_, before, top_db);
  image(output_, "Output spectrogram", output_name_, after, top_db);
}

std::vector<std::byte> Drawing::draw() {
  script_ = page_.head() + fmt::format("set multiplot\n");
  const std::string rate = short_number(rate_hz_ / 1000) + " kHz";
  waves(input_, input_.strips(), "Input",
        fmt::format("{}, {}, {}", input_name_, rate, input_.text()), kInputColour, times_, "time");
  response();
  const Span lags{output_.first_s, output_.end_s()};
  waves(output_, output_.strips(), correlate_ ? "Correlation" : "Output",
        fmt::format("{}, {}", output_name_, output_.text()), kOutputColour,
        correlate_ ? lags : times_, correlate_ ? "lag" : "time");
  if (!correlate_) spectrograms();
  script_ += "unset multiplot\n";
  return run_gnuplot(script_);
}

}  // namespace

double drawn_rate_hz(const Problem& problem, double rate_hz) {
  return problem.operation == Operation::convolve ? rate_hz : 0;
}

std::vector<std::byte> plot_sound(const SoundPlot& plot) {
  return Drawing(plot, plot.request.plot.ends_with(".svg")).draw();
}

}  // namespace faltung::cli
