// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// Runs the worked examples of the documentation: every block fenced as ```faltung in the Markdown
// files named on the command line, by the method that the planner chooses and by every other that
// takes the problem.
//
//   convolve f64 [4] * [3]      the problem's text
//   x 1 2 3 4                   samples, rows may be ended by semicolons; 1+2i is complex
//   h 1 1 1                     taps, or the name of a kernel
//   y 1 3 6 9 7 4               every output, exactly; y~ to half a unit of its last digit
//
// and, each where it matters: `type i64`, `shape 2 3`, `zero_lag 2` (zero_lag_index of each
// convolved axis), `zeros exact` (not only within the error bound of a transform), `refused WORDS`
// instead of y (words of the message).
#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iostream>
#include <map>
#include <sstream>
#include <stdexcept>

#include "faltung/faltung.hpp"

namespace fl = faltung;

namespace {

struct Example {
  std::string file;
  int line = 0;
  std::string problem;
  std::map<std::string, std::string> fields;
};

struct Mismatch : std::runtime_error {
  using std::runtime_error::runtime_error;
};

std::vector<std::string> words_of(const std::string& text) {
  std::string plain = text;
  for (char& c : plain)
    if (c == ';' || c == ',') c = ' ';
  std::istringstream in(plain);
  std::vector<std::string> words;
  for (std::string word; in >> word;) words.push_back(word);
  return words;
}

std::vector<Example> examples_in(const std::string& path) {
  std::ifstream in(path);
  if (!in) throw Mismatch("cannot read " + path);
  std::vector<Example> found;
  bool inside = false;
  int number = 0;
  for (std::string line; std::getline(in, line);) {
    ++number;
    if (!inside && line == "```faltung") {
      inside = true;
      found.push_back({path, number, {}, {}});
    } else if (inside && line == "```") {
      inside = false;
    } else if (inside) {
      Example& e = found.back();
      const std::size_t blank = line.find(' ');
      if (e.problem.empty()) e.problem = line;
      else if (blank == std::string::npos ||
               !e.fields.emplace(line.substr(0, blank), line.substr(blank + 1)).second)
        throw Mismatch(path + ":" + std::to_string(number) + ": cannot read '" + line + "'");
    }
  }
  return found;
}

double real_of(const std::string& word) {
  char* end = nullptr;
  const double value = std::strtod(word.c_str(), &end);
  if (end == word.c_str() || *end != 0) throw Mismatch("'" + word + "' is not a number");
  return value;
}

/// 2, -1.5, inf, 3i or 1-2i.
std::complex<double> number_of(const std::string& word) {
  if (word.back() != 'i') return real_of(word);
  const std::string body = word.substr(0, word.size() - 1);
  for (std::size_t i = body.size() - 1; i > 0; --i)
    if ((body[i] == '+' || body[i] == '-') && body[i - 1] != 'e')
      return {real_of(body.substr(0, i)), real_of(body.substr(i))};
  return {0, real_of(body)};
}

template <class T>
void append(std::vector<std::byte>& bytes, T value) {
  const auto* p = reinterpret_cast<const std::byte*>(&value);
  bytes.insert(bytes.end(), p, p + sizeof(T));
}

template <class T>
void append_integer(std::vector<std::byte>& bytes, const std::string& word) {
  T value{};
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (error != std::errc() || end != word.data() + word.size())
    throw Mismatch("'" + word + "' does not fit the type");
  append(bytes, value);
}

void append_word(std::vector<std::byte>& bytes, fl::ElementType type, const std::string& word) {
  using enum fl::ElementType;
  switch (type) {
    case f32: return append(bytes, static_cast<float>(real_of(word)));
    case f64: return append(bytes, real_of(word));
    case c64: return append(bytes, std::complex<float>(number_of(word)));
    case c128: return append(bytes, number_of(word));
    case u8: return append_integer<std::uint8_t>(bytes, word);
    case i8: return append_integer<std::int8_t>(bytes, word);
    case u16: return append_integer<std::uint16_t>(bytes, word);
    case i16: return append_integer<std::int16_t>(bytes, word);
    case u32: return append_integer<std::uint32_t>(bytes, word);
    case i32: return append_integer<std::int32_t>(bytes, word);
    case u64: return append_integer<std::uint64_t>(bytes, word);
    case i64: return append_integer<std::int64_t>(bytes, word);
    case f16: return append(bytes, fl::Half(real_of(word)));
  }
}

fl::AnyArray array_of(fl::ElementType type, const fl::Dims& shape,
                      const std::vector<std::string>& words, const char* what) {
  fl::AnyArray array{type, shape, {}};
  for (const std::string& word : words) append_word(array.bytes, type, word);
  if (static_cast<std::int64_t>(words.size()) != fl::element_count(shape))
    throw Mismatch(std::string(what) + " has " + std::to_string(words.size()) +
                   " numbers for the shape " + fl::to_string(shape));
  return array;
}

fl::AnyArray kernel_of(const fl::Problem& p, const std::string& text) {
  std::vector<std::string> words = words_of(text);
  if (words.size() == 1 && std::isalpha(static_cast<unsigned char>(words[0][0])) &&
      words[0] != "nan" && words[0] != "inf") {
    const fl::Filter f = fl::value_or_throw(fl::parse_filter(words[0], p.h_shape.rank()));
    if (f.shape != p.h_shape) throw Mismatch(words[0] + " has the shape " + fl::to_string(f.shape));
    words.clear();
    for (double v : f.values) {
      char text_of_value[40];
      std::snprintf(text_of_value, sizeof text_of_value, "%.17g", v);
      words.emplace_back(text_of_value);
    }
  }
  return array_of(p.h_type, p.h_shape, words, "h");
}

/// Component i of the samples (complex ones have two each), as a double; integers beyond 2^53 are
/// compared as bytes instead.
double component(const fl::AnyArray& a, std::size_t i) {
  using enum fl::ElementType;
  const auto as = [&]<class T>(T) {
    T value;
    std::memcpy(&value, a.bytes.data() + i * sizeof(T), sizeof(T));
    return static_cast<double>(value);
  };
  if (a.type == f16) return as(fl::Half{});
  return a.type == f32 || a.type == c64 ? as(float{}) : as(double{});
}

/// Half a unit of the last digit of a printed number.
double half_digit(const std::string& word) {
  const std::size_t point = word.find('.');
  return point == std::string::npos
             ? 0.5
             : 0.5 * std::pow(10.0, -static_cast<double>(word.size() - point - 1));
}

void compare(const fl::AnyArray& y, const std::vector<std::string>& words, double allowed,
             bool printed, bool exact_zeros) {
  const fl::AnyArray expected = array_of(y.type, y.shape, words, "y");
  if (fl::is_integer(y.type)) {
    if (y.bytes != expected.bytes) throw Mismatch("other integers came out");
    return;
  }
  const std::size_t parts = fl::is_complex(y.type) ? 2 : 1;
  for (std::size_t i = 0; i < words.size() * parts; ++i) {
    const double a = component(y, i), b = component(expected, i);
    if ((std::isnan(a) && std::isnan(b)) || a == b) continue;
    if (exact_zeros && b == 0)
      throw Mismatch("output " + std::to_string(i / parts) + " is no exact zero");
    const double most = allowed + (printed ? half_digit(words[i / parts]) : 0);
    if (!(std::abs(a - b) <= most)) {
      char text[120];
      std::snprintf(text, sizeof text, "output %zu is %.17g, the text says %s", i / parts, a,
                    words[i / parts].c_str());
      throw Mismatch(text);
    }
  }
}

void check_facts(const Example& e, const fl::Problem& p, const fl::Plan& plan) {
  for (const auto& [key, value] : e.fields) {
    if (key == "type" && value != fl::name(plan.output_type()))
      throw Mismatch(std::string("the type is ") + fl::name(plan.output_type()));
    if (key == "shape") {
      fl::Dims shape;
      for (const std::string& word : words_of(value)) shape.push_back(std::stoll(word));
      if (shape != plan.output_shape())
        throw Mismatch("the shape is " + fl::to_string(plan.output_shape()));
    }
    if (key == "zero_lag") {
      int axis = 0;
      for (const std::string& word : words_of(value))
        if (fl::value_or_throw(p.zero_lag_index(axis++)) != std::stoll(word))
          throw Mismatch("zero_lag_index is another");
    }
    const bool known = key == "x" || key == "h" || key == "y" || key == "y~" || key == "type" ||
                       key == "shape" || key == "zero_lag" || key == "zeros" || key == "refused";
    if (!known) throw Mismatch("unknown line '" + key + "'");
  }
}

void run(const Example& e, const fl::Problem& p) {
  const fl::Plan plan = fl::Planner{}.plan(p);
  check_facts(e, p, plan);
  if (!e.fields.contains("x")) return;
  const fl::AnyArray x = array_of(p.x_type, p.x_shape, words_of(e.fields.at("x")), "x");
  const fl::AnyArray h = kernel_of(p, e.fields.at("h"));
  const fl::Kernel kernel = plan.prepare(h.view());
  fl::AnyArray y{plan.output_type(), plan.output_shape(), {}};
  y.bytes.resize(static_cast<std::size_t>(fl::element_count(y.shape) * fl::size_bytes(y.type)));
  fl::Workspace workspace(plan);
  const fl::Status status = plan.execute(x.view(), kernel, y.view(), workspace);
  if (status != fl::Status::ok) throw fl::Error(plan.failure(status));
  if (e.fields.contains("refused")) return;
  const bool printed = e.fields.contains("y~");
  if (!printed && !e.fields.contains("y")) throw Mismatch("x and h are given, but no y");
  const bool exact = plan.algorithm() == "direct";
  const double allowed = exact ? 0 : plan.error_bound(x.view(), kernel).maximum;
  compare(y, words_of(e.fields.at(printed ? "y~" : "y")), allowed, printed,
          e.fields.contains("zeros"));
}

/// How often the example ran; throws what was wrong.
int run_by_every_method(const Example& e) {
  const auto refused = e.fields.find("refused");
  int runs = 0;
  try {
    fl::Problem p = fl::Problem::parse(e.problem);
    run(e, p);
    ++runs;
    if (refused == e.fields.end() && p.method == "auto")
      for (const fl::Candidate& c : fl::value_or_throw(fl::Planner{}.candidates(p))) {
        if (!c.supported) continue;
        p.method = c.name;
        try {
          run(e, p);
        } catch (const std::exception& error) {
          throw Mismatch(std::string(error.what()) + " (method " + c.name + ")");
        }
        ++runs;
      }
  } catch (const fl::Error& error) {
    if (refused == e.fields.end()) throw;
    if (std::string(error.what()).find(refused->second) == std::string::npos)
      throw Mismatch(std::string("refused with other words: ") + error.what());
    return 1;
  }
  if (refused != e.fields.end()) throw Mismatch("this was not refused");
  return runs;
}

}  // namespace

int main(int argc, char** argv) {
  int examples = 0, runs = 0, failures = 0;
  for (int i = 1; i < argc; ++i) {
    try {
      for (const Example& e : examples_in(argv[i])) {
        ++examples;
        try {
          runs += run_by_every_method(e);
        } catch (const std::exception& error) {
          std::cout << e.file << ":" << e.line << ": " << e.problem << ": " << error.what() << "\n";
          ++failures;
        }
      }
    } catch (const std::exception& error) {
      std::cout << error.what() << "\n";
      ++failures;
    }
  }
  std::cout << examples << " worked examples, " << runs << " runs, " << failures << " failed\n";
  return failures == 0 && examples > 0 ? 0 : 1;
}
