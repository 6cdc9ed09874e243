// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "faltung/problem.hpp"
#include "faltung/signal.hpp"
#include "io/sound_stream.hpp"

/// The values of options, read from text. All throw Stop(kUsage) with the option's name.
namespace faltung::cli {

/// A finite number, the whole text.
double read_number(std::string_view option, std::string_view text);
std::int64_t read_integer(std::string_view option, std::string_view text);
/// "3" or "3,4".
Dims read_integers(std::string_view option, std::string_view text);
/// "0:100" or "0:100,-5:5".
Ranges read_ranges(std::string_view option, std::string_view text);
/// "0.5", "-6dB", "+3 dB": a factor.
double read_gain(std::string_view option, std::string_view text);
/// "peak", "peak:-1dB", "-6dB", "0.5": a factor, or where the largest sample comes to.
struct OutputGain {
  bool of_peak = false;
  double factor = 1;
};
OutputGain read_output_gain(std::string_view text);
/// "16", "pcm16", "float32", ...: the name of a sound's encoding.
std::string read_encoding(std::string_view option, std::string_view text);

/// "48000:2:pcm16".
io::RawSound read_raw(const std::string& text);
/// "wav", "npy", ...: the name of a file format.
io::Format read_format(const std::string& text);

/// "500M": a number of bytes above 0.
std::int64_t read_bytes(std::string_view option, const std::string& text);
/// 1 to 1024; all of the machine's where nothing is given.
int read_threads(const std::optional<std::string>& text);
/// A step of time, above 0, with its unit where it has one: "0.5", "1h", "30 min".
struct Duration {
  double value = 1;
  std::string unit;  ///< "ms", "s", "min", "h", "d", or nothing
};
Duration read_dt(const std::string& text);
/// Of a unit of time; 0 for any other word.
double seconds_of(std::string_view unit);
/// "hold", "hold:20", "zero", "periodic".
struct BeforeValue {
  Beyond beyond = Beyond::hold;
  std::optional<double> held;
};
BeforeValue read_before(const std::string& text);
/// An error to allow, above 0.
double read_tolerance(const std::string& text);

/// The name nearest to `word`, where one is near enough to be meant.
std::optional<std::string> nearest_name(std::string_view word,
                                        const std::vector<std::string>& names);
/// " (did you mean NAME?)", or nothing.
std::string suggestion(std::string_view word, const std::vector<std::string>& names);

/// Text as one line: line breaks and other control characters become '?'.
std::string one_line(std::string text);

/// A word as a shell reads it back: quoted where it needs to be.
std::string shell_word(const std::string& word);

}  // namespace faltung::cli
