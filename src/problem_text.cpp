// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// The text form of a Problem and the names in it.
//
//   operation xtype[*htype][->ytype] shape * shape [extent] {key=value}
#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

#include "faltung/problem.hpp"
#include "support/nearest.hpp"

namespace faltung {
namespace {

constexpr const char* kOperations[] = {"convolve", "correlate"};
constexpr const char* kExtents[] = {"full", "same", "valid", "causal"};
constexpr const char* kBoundaries[] = {"constant", "edge", "symmetric", "mirror", "wrap", "odd"};
constexpr const char* kPolicies[] = {"exact", "saturate", "wrap"};
constexpr const char* kNans[] = {"propagate", "omit", "interpolate"};
constexpr const char* kAccuracies[] = {"norm", "componentwise"};

tl::unexpected<Failure> refuse(std::string message, Status status = Status::invalid_argument) {
  return tl::unexpected(Failure{status, std::move(message)});
}

template <class E, std::size_t N>
Result<E> parse_name(const char* what, std::string_view text, const char* const (&names)[N]) {
  for (std::size_t i = 0; i < N; ++i)
    if (text == names[i]) return static_cast<E>(i);
  return tl::unexpected(support::unknown(what, text, {names, names + N}));
}

std::string quoted(std::string_view text) {
  return "'" + std::string(text.substr(0, 60)) + (text.size() > 60 ? "...'" : "'");
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (;;) {
    const std::size_t end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

std::string_view trim(std::string_view text) {
  constexpr std::string_view kBlank = " \t\n\r";
  const std::size_t from = text.find_first_not_of(kBlank);
  if (from == std::string_view::npos) return {};
  return text.substr(from, text.find_last_not_of(kBlank) - from + 1);
}

Result<std::int64_t> parse_int(std::string_view text) {
  text = trim(text);
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc::result_out_of_range)
    return refuse(quoted(text) + " does not fit 64 bits", Status::size_overflow);
  if (error != std::errc() || end != text.data() + text.size())
    return refuse(quoted(text) + " is not a whole number");
  return value;
}

Result<Dims> parse_list(std::string_view text, const char* what) {
  Dims dims;
  for (std::string_view part : split(text, ',')) {
    const auto value = parse_int(part);
    if (!value)
      return refuse(std::string(what) + ": " + value.error().message, value.error().status);
    if (dims.rank() == kMaxRank)
      return refuse(std::string(what) + " has more than " + std::to_string(kMaxRank) + " values");
    dims.push_back(*value);
  }
  return dims;
}

Result<Ranges> parse_ranges(std::string_view text, const char* what) {
  Ranges ranges;
  for (std::string_view part : split(text, ',')) {
    const std::size_t colon = part.find(':');
    if (colon == std::string_view::npos)
      return refuse(std::string(what) + " " + quoted(part) + " is not of the form first:last");
    const auto first = parse_int(part.substr(0, colon)), last = parse_int(part.substr(colon + 1));
    if (!first) return tl::unexpected(first.error());
    if (!last) return tl::unexpected(last.error());
    if (ranges.size() == kMaxRank) return refuse(std::string(what) + " has too many ranges");
    ranges.push_back({*first, *last});
  }
  return ranges;
}

/// 1.5, -2, 1e3, or a complex number as real,imaginary.
Result<std::complex<double>> parse_cval(std::string_view text) {
  double parts[2] = {0, 0};
  const auto words = split(text, ',');
  if (words.size() > 2)
    return refuse("cval " + quoted(text) + " is not a number or real,imaginary");
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string_view word = trim(words[i]);
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), parts[i]);
    if (error != std::errc() || end != word.data() + word.size())
      return refuse("cval " + quoted(text) + " is not a number or real,imaginary");
  }
  return std::complex<double>(parts[0], parts[1]);
}

Result<double> parse_number(std::string_view text, const char* what) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || text.empty())
    return refuse(std::string(what) + " " + quoted(text) + " is not a number");
  return value;
}

std::string to_text(double value) {
  char buffer[32];
  const auto result = std::to_chars(buffer, buffer + sizeof buffer, value);
  return {buffer, result.ptr};
}

std::string join(const Dims& dims) {
  const std::string text = to_string(dims);
  return text.substr(1, text.size() - 2);
}

std::string join(const Ranges& ranges) {
  std::string text;
  for (int i = 0; i < ranges.size(); ++i)
    text += (i ? "," : "") + std::to_string(ranges[i].first) + ":" + std::to_string(ranges[i].last);
  return text;
}

/// Reads words off the front of a text.
class Words {
 public:
  explicit Words(std::string_view text) : rest_(trim(text)) {}
  bool done() const { return rest_.empty(); }
  std::string_view next() {
    const std::size_t end = rest_.find_first_of(" \t\n\r");
    const std::string_view word = rest_.substr(0, end);
    rest_ = end == std::string_view::npos ? std::string_view() : trim(rest_.substr(end));
    return word;
  }
  Result<Dims> shape(const char* what) {
    const std::size_t close = rest_.find(']');
    if (rest_.empty() || rest_.front() != '[' || close == std::string_view::npos)
      return refuse(std::string("expected the shape of ") + what + ", such as [480,640], at " +
                    quoted(rest_));
    const std::string_view inside = rest_.substr(1, close - 1);
    rest_ = trim(rest_.substr(close + 1));
    if (trim(inside).empty()) return refuse(std::string("the shape of ") + what + " is empty");
    return parse_list(inside, what);
  }
  bool take(char c) {
    if (rest_.empty() || rest_.front() != c) return false;
    rest_ = trim(rest_.substr(1));
    return true;
  }
  std::string_view rest() const { return rest_; }

 private:
  std::string_view rest_;
};

Result<void> parse_types(std::string_view word, Problem& p) {
  const std::size_t arrow = word.find("->");
  if (arrow != std::string_view::npos) {
    const auto y = parse_element_type(word.substr(arrow + 2));
    if (!y) return tl::unexpected(y.error());
    p.y_type = *y;
    word = word.substr(0, arrow);
  }
  const auto parts = split(word, '*');
  if (parts.size() > 2) return refuse("element types " + quoted(word) + " are at most two");
  const auto x = parse_element_type(parts.front()), h = parse_element_type(parts.back());
  if (!x) return tl::unexpected(x.error());
  if (!h) return tl::unexpected(h.error());
  p.x_type = *x;
  p.h_type = *h;
  return {};
}

template <class T, class U>
Result<void> assign(U& target, Result<T> value) {
  if (!value) return tl::unexpected(value.error());
  target = std::move(*value);
  return {};
}

Result<void> parse_option(std::string_view word, Problem& p) {
  const std::size_t equal = word.find('=');
  if (word == "reproducible") {
    p.reproducible = true;
    return {};
  }
  if (word == "stream") {
    p.stream = true;
    return {};
  }
  if (equal == std::string_view::npos) return assign(p.extent, parse_extent(word));
  const std::string_view key = word.substr(0, equal), value = word.substr(equal + 1);
  if (key == "axes") return assign(p.axes, parse_list(value, "axes"));
  if (key == "window") return assign(p.window, parse_ranges(value, "window"));
  if (key == "lags") return assign(p.lags, parse_ranges(value, "lags"));
  if (key == "boundary") return assign(p.boundary, parse_boundary(value));
  if (key == "cval") return assign(p.cval, parse_cval(value));
  if (key == "stride") return assign(p.stride, parse_list(value, "stride"));
  if (key == "dilation") return assign(p.dilation, parse_list(value, "dilation"));
  if (key == "origin") return assign(p.origin, parse_list(value, "origin"));
  if (key == "policy") return assign(p.policy, parse_policy(value));
  if (key == "nan") return assign(p.nan, parse_nan(value));
  if (key == "block") return assign(p.block, parse_list(value, "block"));
  if (key == "reuse") return assign(p.reuse, parse_int(value));
  if (key == "rank") return assign(p.kernel_rank, parse_int(value));
  if (key == "cosines") return assign(p.kernel_cosines, parse_int(value));
  if (key == "accuracy") return assign(p.accuracy, parse_accuracy(value));
  if (key == "tolerance") return assign(p.tolerance, parse_number(value, "tolerance"));
  if (key == "max_memory") return assign(p.max_memory, parse_bytes(value));
  if (key == "method") {
    if (value.empty()) return refuse("method names nothing; say auto or an algorithm");
    p.method = std::string(value);
    return {};
  }
  if (key == "device") {
    if (value.empty()) return refuse("device names nothing; say cpu, auto or a GPU such as cuda:0");
    p.device = std::string(value);
    return {};
  }
  return tl::unexpected(
      support::unknown("key", key,
                       {"axes", "window", "lags", "boundary", "cval", "stride", "dilation",
                        "origin", "policy", "nan", "method", "device", "block", "reuse", "rank",
                        "cosines", "accuracy", "tolerance", "max_memory"}));
}

/// What a word of the text form is about: its key, or the extent.
std::string_view subject_of(std::string_view word) {
  const std::size_t equal = word.find('=');
  if (equal != std::string_view::npos) return word.substr(0, equal);
  return word == "reproducible" || word == "stream" ? word : "extent";
}

/// An extent, a window and lags each say which outputs there are.
Result<void> check_ranges(const std::vector<std::string_view>& seen) {
  const char* first = nullptr;
  for (const char* what : {"extent", "window", "lags"}) {
    if (std::find(seen.begin(), seen.end(), what) == seen.end()) continue;
    if (first != nullptr)
      return refuse(std::string(first) + " and " + what + " contradict each other; give one");
    first = what;
  }
  return {};
}

}  // namespace

const char* name(Operation value) noexcept { return kOperations[static_cast<int>(value)]; }
const char* name(Extent value) noexcept { return kExtents[static_cast<int>(value)]; }
const char* name(Boundary value) noexcept { return kBoundaries[static_cast<int>(value)]; }
const char* name(Policy value) noexcept { return kPolicies[static_cast<int>(value)]; }
const char* name(Accuracy value) noexcept { return kAccuracies[static_cast<int>(value)]; }
const char* name(Nan value) noexcept { return kNans[static_cast<int>(value)]; }

Result<Operation> parse_operation(std::string_view text) {
  return parse_name<Operation>("operation", text, kOperations);
}
Result<Extent> parse_extent(std::string_view text) {
  return parse_name<Extent>("extent", text, kExtents);
}
Result<Boundary> parse_boundary(std::string_view text) {
  if (text == "reflect")
    return refuse(
        "boundary 'reflect' has two meanings: 'symmetric' repeats the edge sample (dcba|abcd, "
        "reflect of scipy.ndimage and OpenCV), 'mirror' does not (dcb|abcd, reflect of numpy.pad "
        "and torch); name one of them",
        Status::unknown_name);
  return parse_name<Boundary>("boundary", text, kBoundaries);
}
Result<Policy> parse_policy(std::string_view text) {
  return parse_name<Policy>("policy", text, kPolicies);
}

Result<Accuracy> parse_accuracy(std::string_view text) {
  return parse_name<Accuracy>("accuracy", text, kAccuracies);
}

Result<Nan> parse_nan(std::string_view text) { return parse_name<Nan>("nan", text, kNans); }

Result<std::int64_t> parse_bytes(std::string_view text) {
  constexpr std::string_view kSuffixes = "kKmMgGtT";
  const std::string_view all = text;
  const std::size_t suffix = text.empty() ? std::string_view::npos : kSuffixes.find(text.back());
  if (suffix != std::string_view::npos) text.remove_suffix(1);
  const auto value = parse_int(text);
  if (!value || *value < 0)
    return refuse(quoted(all) + " is not a number of bytes, such as 1000000, 512k, 64M or 2G");
  const int shift = suffix == std::string_view::npos ? 0 : 10 * (static_cast<int>(suffix / 2) + 1);
  if (*value > std::numeric_limits<std::int64_t>::max() >> shift)
    return refuse(quoted(all) + " does not fit 64 bits", Status::size_overflow);
  return *value << shift;
}

Result<Problem> Problem::try_parse(std::string_view text) {
  Words words(text);
  Problem p;
  if (auto ok = assign(p.operation, parse_operation(words.next())); !ok)
    return tl::unexpected(ok.error());
  if (auto ok = parse_types(words.next(), p); !ok) return tl::unexpected(ok.error());
  if (auto ok = assign(p.x_shape, words.shape("the input")); !ok) return tl::unexpected(ok.error());
  if (!words.take('*'))
    return refuse("expected '*' between the two shapes, at " + quoted(words.rest()));
  if (auto ok = assign(p.h_shape, words.shape("the kernel")); !ok)
    return tl::unexpected(ok.error());
  std::vector<std::string_view> seen;
  while (!words.done()) {
    const std::string_view word = words.next();
    if (auto ok = parse_option(word, p); !ok) return tl::unexpected(ok.error());
    const std::string_view what = subject_of(word);
    if (std::find(seen.begin(), seen.end(), what) != seen.end())
      return refuse(std::string(what) + " is said twice, the second time by " + quoted(word));
    seen.push_back(what);
  }
  if (auto ok = check_ranges(seen); !ok) return tl::unexpected(ok.error());
  return p;
}

std::string Problem::to_string() const {
  std::string text = name(operation);
  text += std::string(" ") + name(x_type);
  if (h_type != x_type) text += std::string("*") + name(h_type);
  if (y_type) text += std::string("->") + name(*y_type);
  text += " " + faltung::to_string(x_shape) + " * " + faltung::to_string(h_shape);
  if (window.empty() && lags.empty()) text += std::string(" ") + name(extent);
  const auto add = [&text](const char* key, const std::string& value) {
    text += std::string(" ") + key + "=" + value;
  };
  if (!window.empty()) add("window", join(window));
  if (!lags.empty()) add("lags", join(lags));
  if (boundary != Boundary::constant) add("boundary", name(boundary));
  if (cval != 0.0)
    add("cval", to_text(cval.real()) + (cval.imag() == 0 ? "" : "," + to_text(cval.imag())));
  if (!axes.empty()) add("axes", join(axes));
  if (!stride.empty()) add("stride", join(stride));
  if (!dilation.empty()) add("dilation", join(dilation));
  if (!origin.empty()) add("origin", join(origin));
  if (policy != Policy::exact) add("policy", name(policy));
  if (nan != Nan::propagate) add("nan", name(nan));
  if (method != "auto") add("method", method);
  if (device != "cpu") add("device", device);
  if (!block.empty()) add("block", join(block));
  if (reuse != 1) add("reuse", std::to_string(reuse));
  if (kernel_rank != 0) add("rank", std::to_string(kernel_rank));
  if (kernel_cosines != 0) add("cosines", std::to_string(kernel_cosines));
  if (accuracy != Accuracy::norm) add("accuracy", name(accuracy));
  if (tolerance != 0) add("tolerance", to_text(tolerance));
  if (max_memory != 0) add("max_memory", std::to_string(max_memory));
  if (reproducible) text += " reproducible";
  if (stream) text += " stream";
  return text;
}

}  // namespace faltung
