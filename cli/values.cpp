// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "values.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cmath>
#include <numeric>
#include <thread>

#include "exit.hpp"

namespace faltung::cli {
namespace {

std::string_view trim(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

// from_chars takes no plus sign, which people write in front of decibels and lags.
template <class T>
bool scan(std::string_view text, T& value) {
  text = trim(text);
  if (text.size() > 1 && text[0] == '+' && text[1] != '-') text.remove_prefix(1);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size();
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (std::size_t begin = 0;;) {
    const std::size_t end = text.find(separator, begin);
    parts.push_back(text.substr(begin, end - begin));
    if (end == std::string_view::npos) return parts;
    begin = end + 1;
  }
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

// Insertions, deletions, substitutions, and letters that changed places.
std::size_t edits(std::string_view a, std::string_view b) {
  std::vector<std::vector<std::size_t>> d(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i)
    for (std::size_t j = 0; j <= b.size(); ++j) {
      if (i == 0 || j == 0) {
        d[i][j] = i + j;
        continue;
      }
      const std::size_t replaced = d[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      d[i][j] = std::min({d[i - 1][j] + 1, d[i][j - 1] + 1, replaced});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        d[i][j] = std::min(d[i][j], d[i - 2][j - 2] + 1);
    }
  return d[a.size()][b.size()];
}

}  // namespace

double read_number(std::string_view option, std::string_view text) {
  double value = 0;
  if (!scan(text, value) || !std::isfinite(value))
    throw Stop(kUsage, fmt::format("{} takes a finite number, not '{}'", option, text));
  return value;
}

std::int64_t read_integer(std::string_view option, std::string_view text) {
  std::int64_t value = 0;
  if (!scan(text, value))
    throw Stop(kUsage, fmt::format("{} takes whole numbers of 64 bits, not '{}'", option, text));
  return value;
}

Dims read_integers(std::string_view option, std::string_view text) {
  Dims values;
  for (const std::string_view part : split(text, ',')) {
    if (values.rank() == kMaxRank)
      throw Stop(kUsage, fmt::format("{} takes at most {} values", option, kMaxRank));
    values.push_back(read_integer(option, part));
  }
  return values;
}

Ranges read_ranges(std::string_view option, std::string_view text) {
  const std::vector<std::string_view> parts = split(text, ',');
  if (parts.size() > static_cast<std::size_t>(kMaxRank))
    throw Stop(kUsage, fmt::format("{} takes at most {} ranges", option, kMaxRank));
  Ranges ranges;
  for (const std::string_view part : parts) {
    const std::vector<std::string_view> ends = split(part, ':');
    if (ends.size() != 2)
      throw Stop(kUsage, fmt::format("{} takes two whole numbers with a colon between them, such "
                                     "as -100:100, or one such pair for each axis with commas; "
                                     "not '{}'",
                                     option, text));
    ranges.push_back({read_integer(option, ends[0]), read_integer(option, ends[1])});
  }
  return ranges;
}

double read_gain(std::string_view option, std::string_view text) {
  std::string_view digits = trim(text);
  const bool decibels = lower(digits).ends_with("db");
  if (decibels) digits = trim(digits.substr(0, digits.size() - 2));
  double value = 0;
  const bool number = scan(digits, value) && std::isfinite(value);
  if (number && decibels) value = std::pow(10.0, value / 20.0);
  if (!number || !std::isfinite(value))
    throw Stop(kUsage, fmt::format("{} takes a factor such as 0.5 or decibels such as -6dB, "
                                   "not '{}'",
                                   option, text));
  return value;
}

OutputGain read_output_gain(std::string_view text) {
  constexpr const char* kAllowed =
      "allowed are peak, peak:-1dB (the largest sample comes to that level, full scale at most), "
      "and a gain such as -6dB or 0.5";
  const std::string word = lower(trim(text));
  if (word == "peak") return {true, 1};
  const bool of_peak = word.starts_with("peak:");
  const std::string level = of_peak ? word.substr(5) : word;
  double factor = 0;
  try {
    factor = read_gain("--output-gain", level);
  } catch (const Stop&) {
    throw Stop(kUsage, fmt::format("--output-gain '{}' is none{}; {}", text,
                                   suggestion(level, {"peak"}), kAllowed));
  }
  if (of_peak && !(factor > 0 && factor <= 1))
    throw Stop(kUsage, fmt::format("--output-gain '{}' is no level of a peak; {}", text, kAllowed));
  return {of_peak, factor};
}

std::string read_encoding(std::string_view option, std::string_view text) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 9> kNames = {
      {{"8", "pcm8"},
       {"16", "pcm16"},
       {"24", "pcm24"},
       {"pcm8", "pcm8"},
       {"pcm16", "pcm16"},
       {"pcm24", "pcm24"},
       {"pcm32", "pcm32"},
       {"float32", "float32"},
       {"float64", "float64"}}};
  const std::string word = lower(trim(text));
  for (const auto& [name, encoding] : kNames)
    if (word == name) return std::string(encoding);
  if (word == "32" || word == "64")
    throw Stop(kUsage, fmt::format("{} {} could mean integers or floating point; name one of "
                                   "pcm32, float32, float64",
                                   option, word));
  std::vector<std::string> names;
  for (const auto& [name, encoding] : kNames) names.emplace_back(name);
  throw Stop(kUsage, fmt::format("{} '{}' is not an encoding{}; allowed are pcm8, pcm16, pcm24, "
                                 "pcm32 (8, 16, 24 for short), float32, float64",
                                 option, text, suggestion(word, names)));
}

io::RawSound read_raw(const std::string& text) {
  const std::size_t first = text.find(':');
  const std::size_t second = first == text.npos ? first : text.find(':', first + 1);
  if (second == text.npos)
    throw Stop(kUsage, fmt::format("--raw '{}' is not of the form RATE:CHANNELS:ENCODING, such as "
                                   "48000:2:pcm16",
                                   text));
  const std::int64_t rate = read_integer("--raw", text.substr(0, first));
  const std::int64_t channels = read_integer("--raw", text.substr(first + 1, second - first - 1));
  if (rate < 1 || rate > 2147483647)
    throw Stop(kUsage, fmt::format("--raw {}: the rate is 1 to 2147483647 Hz", text));
  if (channels < 1 || channels > 1024)
    throw Stop(kUsage, fmt::format("--raw {}: there are 1 to 1024 channels", text));
  return {static_cast<double>(rate), channels, read_encoding("--raw", text.substr(second + 1))};
}

io::Format read_format(const std::string& text) {
  const std::vector<std::string> names = {"wav",  "flac", "raw", "png",
                                          "jpeg", "tiff", "npy", "csv"};
  const std::string word = lower(trim(text));
  if (std::find(names.begin(), names.end(), word) != names.end())
    return *io::format_of("x." + word);
  throw Stop(kUsage, fmt::format("--format '{}' is not a format{}; allowed are {}", text,
                                 suggestion(word, names), fmt::join(names, ", ")));
}

int read_threads(const std::optional<std::string>& word) {
  constexpr std::int64_t kMostThreads = 1024;
  if (!word)
    return static_cast<int>(
        std::clamp<std::int64_t>(std::thread::hardware_concurrency(), 1, kMostThreads));
  const std::int64_t n = read_integer("--threads", *word);
  if (n < 1 || n > kMostThreads)
    throw Stop(kUsage,
               fmt::format("--threads {} is out of range; allowed are 1 to {}", n, kMostThreads));
  return static_cast<int>(n);
}

namespace {

constexpr std::pair<const char*, double> kTimeUnits[] = {
    {"ms", 1e-3}, {"s", 1}, {"min", 60}, {"h", 3600}, {"d", 86400}};

}  // namespace

double seconds_of(std::string_view unit) {
  for (const auto& [name, seconds] : kTimeUnits)
    if (unit == name) return seconds;
  return 0;
}

Duration read_dt(const std::string& word) {
  std::string_view number = trim(word);
  std::size_t letters = number.size();
  while (letters > 0 && std::isalpha(static_cast<unsigned char>(number[letters - 1]))) --letters;
  const std::string unit(number.substr(letters));
  number = trim(number.substr(0, letters));
  double dt = 0;
  const bool known = unit.empty() || seconds_of(unit) > 0;
  if (!known || !scan(number, dt) || !std::isfinite(dt)) {
    std::vector<std::string> names;
    for (const auto& [name, seconds] : kTimeUnits) names.emplace_back(name);
    throw Stop(kUsage,
               fmt::format("--dt '{}' is no step of time{}; it is a number, with a unit if "
                           "you like: 0.5, 1h, 30min; units are {}",
                           word, known ? "" : suggestion(unit, names), fmt::join(names, ", ")));
  }
  if (!(dt > 0))
    throw Stop(kUsage, fmt::format("--dt {} is no step of time; it must be above 0", word));
  return {dt, unit};
}

BeforeValue read_before(const std::string& text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string::npos || text.substr(0, colon) != "hold")
    return {take(parse_beyond(text)), {}};
  return {Beyond::hold, read_number("--before hold", text.substr(colon + 1))};
}

double read_tolerance(const std::string& word) {
  const double tolerance = read_number("--tolerance", word);
  if (!(tolerance > 0))
    throw Stop(kUsage,
               fmt::format("--tolerance {} is no error to allow; it must be above 0", word));
  return tolerance;
}

std::int64_t read_bytes(std::string_view option, const std::string& word) {
  const Result<std::int64_t> bytes = parse_bytes(word);
  if (!bytes) throw Stop(kUsage, fmt::format("{}: {}", option, bytes.error().message));
  if (*bytes == 0)
    throw Stop(kUsage, fmt::format("{} {} leaves no memory at all; without the option there is no "
                                   "limit",
                                   option, word));
  return *bytes;
}

std::optional<std::string> nearest_name(std::string_view word,
                                        const std::vector<std::string>& names) {
  const std::string wanted = lower(word.substr(0, 64));
  std::optional<std::string> best;
  std::size_t best_distance = wanted.size() / 3 + 1;
  for (const std::string& name : names) {
    // The beginning of a name is short for it.
    const bool begins = wanted.size() > 2 && lower(name).starts_with(wanted);
    const std::size_t d = begins ? 0 : edits(wanted, lower(name));
    if (d > best_distance || (best && d == best_distance)) continue;
    best = name;
    best_distance = d;
  }
  return best;
}

std::string suggestion(std::string_view word, const std::vector<std::string>& names) {
  const std::optional<std::string> name = nearest_name(word, names);
  return name ? fmt::format(" (did you mean {}?)", *name) : std::string();
}

std::string one_line(std::string text) {
  for (char& c : text)
    if (static_cast<unsigned char>(c) < ' ' || c == 127) c = '?';
  return text;
}

std::string shell_word(const std::string& word) {
  constexpr const char* kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./,:+-@%=";
  std::string safe = word.starts_with('-') ? "./" + word : word;
  if (!safe.empty() && safe.find_first_not_of(kPlain) == std::string::npos) return safe;
  std::string quoted = "'";
  for (const char c : safe) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

}  // namespace faltung::cli
