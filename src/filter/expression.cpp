// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// The text form of the algebra of filters, by recursive descent:
//
//   sum      = product { ("+" | "-") product }
//   product  = signed { ("*" | "/") signed }
//   signed   = [ "+" | "-" ] signed | operand
//   operand  = number | "[" rows "]" | "(" sum ")" | name { ":" number }
//            | "flip" "(" sum ")" | "shift" "(" sum { "," integer } ")"
//
// A value is a number or a filter; numbers scale filters and nothing else.
#include <charconv>
#include <cmath>
#include <optional>

#include "filter/algebra.hpp"

namespace faltung {
namespace {

constexpr std::size_t kLongestText = 4096;
constexpr int kDeepest = 64;

struct Value {
  std::optional<Filter> filter;
  long double number = 0;  ///< where it is no filter
};

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

class Parser {
 public:
  Parser(std::string_view text, int rank, double dt) : text_(text), rank_(rank), dt_(dt) {}

  Result<Filter> parse() {
    auto value = read_sum();
    if (!value) return tl::unexpected(value.error());
    peek();
    if (at_ != text_.size())
      return refuse("'" + std::string(1, text_[at_]) + "' is not expected here");
    at_ = 0;
    if (!value->filter) return refuse("a number is no kernel; [" + std::string(text_) + "] is");
    return std::move(*value->filter);
  }

 private:
  tl::unexpected<Failure> refuse(std::string message,
                                 Status status = Status::invalid_argument) const {
    return tl::unexpected(Failure{
        status, "column " + std::to_string(at_ + 1) + " of the kernel: " + std::move(message)});
  }
  tl::unexpected<Failure> pass_on(const Failure& failure) const {
    return refuse(failure.message, failure.status);
  }

  /// The next character that is no blank; 0 at the end.
  char peek() {
    while (at_ < text_.size() && is_blank(text_[at_])) ++at_;
    return at_ < text_.size() ? text_[at_] : '\0';
  }
  bool take(char c) {
    if (peek() != c) return false;
    ++at_;
    return true;
  }
  Result<void> need(char c, const char* after) {
    if (take(c)) return {};
    return refuse(std::string("'") + c + "' is missing " + after);
  }

  Result<Value> read_sum() {
    auto left = read_product();
    while (left && (peek() == '+' || peek() == '-')) {
      const std::size_t where = at_;
      const bool minus = text_[at_++] == '-';
      auto right = read_product();
      if (!right) return right;
      if (minus) right = negated(*right);
      if (!right) return right;
      left = add(*left, *right, where);
    }
    return left;
  }

  Result<Value> read_product() {
    auto left = read_signed();
    while (left && (peek() == '*' || peek() == '/')) {
      const std::size_t where = at_;
      const bool divide = text_[at_++] == '/';
      auto right = read_signed();
      if (!right) return right;
      const std::size_t end = std::exchange(at_, where);
      if (divide && right->filter) return refuse("only a number can divide");
      if (divide && right->number == 0) return refuse("nothing can be divided by 0");
      if (divide) right->number = 1 / right->number;
      left = multiply(*left, *right);
      if (left) at_ = end;
    }
    return left;
  }

  Result<Value> read_signed() {
    if (depth_ >= kDeepest) return refuse("more than 64 brackets or signs inside each other");
    ++depth_;
    auto value = [&]() -> Result<Value> {
      if (take('+')) return read_signed();
      if (!take('-')) return read_operand();
      auto operand = read_signed();
      return operand ? negated(*operand) : operand;
    }();
    --depth_;
    return value;
  }

  Result<Value> read_operand() {
    const char c = peek();
    if (c == '\0') return refuse("a kernel or a number is missing at the end");
    if (take('(')) {
      auto inner = read_sum();
      if (!inner) return inner;
      if (auto closed = need(')', "here"); !closed) return tl::unexpected(closed.error());
      return inner;
    }
    if (c == '[') return read_matrix();
    if (is_digit(c) || c == '.') return read_number();
    if (is_letter(c)) return read_name();
    return refuse("'" + std::string(1, c) +
                  "' is not expected here; a kernel, a number, [ or ( is");
  }

  Result<Value> read_number() {
    double number = 0;
    const char* begin = text_.data() + at_;
    const auto [end, error] = std::from_chars(begin, text_.data() + text_.size(), number);
    if (error != std::errc() || !std::isfinite(number)) return refuse("this is no number in range");
    at_ += static_cast<std::size_t>(end - begin);
    if (at_ < text_.size() && (is_letter(text_[at_]) || text_[at_] == '.'))
      return refuse("this is no number");
    return Value{{}, number};
  }

  Result<Value> read_matrix() {
    const std::size_t close = text_.find(']', at_);
    if (close == std::string_view::npos) return refuse("']' is missing after this '['");
    auto filter = parse_matrix(text_.substr(at_ + 1, close - at_ - 1));
    if (!filter) return pass_on(filter.error());
    if (filter->shape.rank() > rank_)
      return refuse("several rows are for pictures, not for one-dimensional data");
    Dims laid(rank_ - filter->shape.rank(), 1);
    for (const std::int64_t extent : filter->shape) laid.push_back(extent);
    filter->shape = laid;
    filter->name = std::string(text_.substr(at_, close - at_ + 1));
    at_ = close + 1;
    return Value{std::move(*filter), 0};
  }

  /// The longest name of the list that the text goes on with, else all letters and hyphens.
  std::string_view next_name() const {
    const std::string_view rest = text_.substr(at_);
    std::string_view found;
    for (const FilterInfo& info : filter_list()) {
      const std::string_view name = info.name();
      const bool ends = rest.size() <= name.size() || !is_letter(rest[name.size()]);
      if (rest.starts_with(name) && ends && name.size() > found.size()) found = name;
    }
    if (!found.empty()) return found;
    std::size_t length = 0;
    while (length < rest.size() &&
           (is_letter(rest[length]) || is_digit(rest[length]) ||
            (rest[length] == '-' && length + 1 < rest.size() && is_letter(rest[length + 1]))))
      ++length;
    return rest.substr(0, length);
  }

  Result<Value> read_name() {
    const std::string_view name = next_name();
    const std::size_t from = at_;
    if (name == "flip" || name == "shift") {
      at_ += name.size();
      return name == "flip" ? read_flip() : read_shift(from);
    }
    std::size_t end = from + name.size();
    if (end < text_.size() && text_[end] == ':') end = argument_end(end + 1);
    auto filter = parse_filter(text_.substr(from, end - from), rank_, dt_);
    if (!filter) return pass_on(filter.error());
    at_ = end;
    return Value{std::move(*filter), 0};
  }

  /// Behind the numbers that begin at `from`, and behind what clings to them and is none.
  std::size_t argument_end(std::size_t from) const {
    double ignored = 0;
    const char* begin = text_.data();
    std::size_t end = static_cast<std::size_t>(
        std::from_chars(begin + from, begin + text_.size(), ignored).ptr - begin);
    while (end < text_.size() &&
           (is_letter(text_[end]) || is_digit(text_[end]) || text_[end] == '.'))
      ++end;
    return end < text_.size() && text_[end] == ':' ? argument_end(end + 1) : end;
  }

  Result<Filter> read_argument(const char* function) {
    if (auto open = need('(', "after the name"); !open) return tl::unexpected(open.error());
    const std::size_t from = at_;
    auto value = read_sum();
    if (!value) return tl::unexpected(value.error());
    at_ = value->filter ? at_ : from;
    if (!value->filter) return refuse(std::string(function) + " takes a kernel, not a number");
    return std::move(*value->filter);
  }

  Result<Value> read_flip() {
    const auto filter = read_argument("flip");
    if (!filter) return tl::unexpected(filter.error());
    if (auto closed = need(')', "after flip(..."); !closed) return tl::unexpected(closed.error());
    return value_of(flipped(*filter));
  }

  Result<Value> read_shift(std::size_t from) {
    const auto filter = read_argument("shift");
    if (!filter) return tl::unexpected(filter.error());
    Dims by;
    while (take(',')) {
      const char sign = peek();
      if (sign == '+') ++at_;
      std::int64_t samples = 0;
      const char* begin = text_.data() + at_;
      const auto [end, error] = std::from_chars(begin, text_.data() + text_.size(), samples);
      if (error != std::errc()) return refuse("a shift is a whole number of samples");
      if (by.rank() == rank_) break;
      by.push_back(samples);
      at_ += static_cast<std::size_t>(end - begin);
    }
    if (by.rank() != rank_) {
      at_ = from;
      return refuse(rank_ == 1   ? "shift takes a kernel and one number: shift(exp:12, 3)"
                    : rank_ == 2 ? "shift takes a kernel and two numbers, down and to the right: "
                                   "shift(box:3, 0, 2)"
                                 : "shift takes a kernel and a number for each axis");
    }
    if (auto closed = need(')', "after shift(..."); !closed) return tl::unexpected(closed.error());
    return value_of(shifted(*filter, by));
  }

  Result<Value> value_of(Result<Filter> filter) const {
    if (!filter) return pass_on(filter.error());
    return Value{std::move(*filter), 0};
  }
  Result<Value> negated(const Value& v) const {
    return v.filter ? value_of(scaled(*v.filter, -1)) : Value{{}, -v.number};
  }
  Result<Value> multiply(const Value& a, const Value& b) const {
    if (a.filter && b.filter) return value_of(product(*a.filter, *b.filter));
    if (a.filter) return value_of(scaled(*a.filter, b.number));
    if (b.filter) return value_of(scaled(*b.filter, a.number));
    return Value{{}, a.number * b.number};
  }
  Result<Value> add(const Value& a, const Value& b, std::size_t where) {
    const std::size_t end = std::exchange(at_, where);
    if (a.filter.has_value() != b.filter.has_value())
      return refuse(
          "a number and a kernel cannot be added; [1] is the kernel that changes nothing");
    auto both = a.filter ? value_of(sum(*a.filter, *b.filter)) : Value{{}, a.number + b.number};
    if (both) at_ = end;
    return both;
  }

  std::string_view text_;
  int rank_;
  double dt_;
  std::size_t at_ = 0;
  int depth_ = 0;
};

}  // namespace

Result<Filter> parse_filter_expression(std::string_view text, int rank, double dt) {
  if (text.size() > kLongestText)
    return tl::unexpected(
        Failure{Status::invalid_argument, "the kernel's text has more than 4096 characters"});
  if (rank < 1 || rank > kMaxRank)
    return tl::unexpected(Failure{Status::invalid_argument, "kernels have 1 to 16 axes"});
  return Parser(text, rank, dt).parse();
}

}  // namespace faltung
