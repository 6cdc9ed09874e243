// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// Formulas of t, by recursive descent:
//
//   comparison = sum { ("<" | "<=" | ">" | ">=") sum }          in piecewise alone
//   sum        = product { ("+" | "-") product }
//   product    = signed { ("*" | "/") signed }
//   signed     = [ "+" | "-" ] signed | power
//   power      = operand [ "^" signed ]
//   operand    = number | "t" | "pi" | "e" | "(" sum ")" | name "(" comparison { "," comparison }
//   ")"
#include <algorithm>

#include "continuous/formula_tree.hpp"
#include "support/nearest.hpp"

namespace faltung::continuous {
namespace {

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// The bytes of the character there: one, or a sequence of UTF-8 as far as it is one.
std::string_view character_at(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const std::size_t size = byte(at) >= 0xF0 ? 4 : byte(at) >= 0xE0 ? 3 : byte(at) >= 0xC2 ? 2 : 1;
  if (at + size > text.size()) return text.substr(at, 1);
  for (std::size_t i = 1; i < size; ++i)
    if ((byte(at + i) & 0xC0U) != 0x80U) return text.substr(at, 1);
  return text.substr(at, size);
}

/// As a terminal can show it: what is no character becomes a question mark.
std::string shown_text(std::string_view character) {
  const auto first = static_cast<unsigned char>(character[0]);
  const bool plain = first >= ' ' && first < 127;
  const bool wide = character.size() > 1 && first < 0xF5;
  return plain || wide ? std::string(character) : std::string("?");
}

/// 10^exponent within a few units of 113 bits; exact to 10^48.
Wide power_of_ten(int exponent) {
  Wide result = 1, base = 10;
  for (auto n = static_cast<unsigned>(std::abs(exponent)); n != 0; n >>= 1, base *= base)
    if (n & 1U) result *= base;
  return result;
}

class Parser {
 public:
  explicit Parser(std::string_view text) { tree_.text = std::string(text); }

  Result<Tree> parse() {
    if (at_end()) return refuse("the formula is empty; exp(-t)*u(t) is one");
    auto root = read_sum();
    if (!root) return tl::unexpected(root.error());
    if (!at_end()) return refuse_next();
    tree_.root = *root;
    return std::move(tree_);
  }

 private:
  using Place = Result<std::size_t>;

  tl::unexpected<Failure> refuse(const std::string& sentence,
                                 Status status = Status::invalid_argument) const {
    return refuse_at(tree_.text, at_, sentence, status);
  }

  tl::unexpected<Failure> refuse_next() const {
    const char c = tree_.text[at_];
    if (c == '<' || c == '>')
      return refuse("a comparison stands in piecewise(...) alone; box(x) and u(x) cut functions");
    if (c == '=') return refuse("'=' is not expected here; a formula is what stands right of it");
    if (is_letter(c) || is_digit(c) || c == '(')
      return refuse("an operator is missing here: + - * / or ^; 2*t is written with *");
    return refuse_character("+ - * / ^ or the end is");
  }

  /// What is typed in papers has another name here.
  tl::unexpected<Failure> refuse_character(const std::string& expected) const {
    static constexpr const char* kNames[][2] = {
        {"\u03c0", "pi"}, {"\u00b7", "*"},  {"\u00d7", "*"},     {"\u2212", "-"},   {"\u2013", "-"},
        {"\u00b2", "^2"}, {"\u00b3", "^3"}, {"\u03b4", "delta"}, {"\u221a", "sqrt"}};
    const std::string shown = shown_text(character_at(tree_.text, at_));
    for (const auto& [character, name] : kNames)
      if (shown == character) return refuse("'" + shown + "' is written " + name);
    return refuse("'" + shown + "' is not expected here; " + expected);
  }

  bool at_end() {
    const auto& text = tree_.text;
    while (at_ < text.size() &&
           (text[at_] == ' ' || text[at_] == '\t' || text[at_] == '\n' || text[at_] == '\r'))
      ++at_;
    return at_ == text.size();
  }
  char peek() { return at_end() ? '\0' : tree_.text[at_]; }
  bool take(char c) {
    if (peek() != c || c == '\0') return false;
    ++at_;
    return true;
  }

  Place add(Node node) {
    if (tree_.nodes.size() >= kMostNodes)
      return refuse("the formula has more than 20000 parts", Status::size_overflow);
    // 1 > t holds its operands the other way round: the first one need not be the leftmost.
    node.first = tree_.nodes.size();
    node.begin = node.column;
    for (const std::size_t of : node.of) {
      node.first = std::min(node.first, tree_.nodes[of].first);
      node.begin = std::min(node.begin, tree_.nodes[of].begin);
    }
    node.end = at_;
    tree_.nodes.push_back(std::move(node));
    return tree_.nodes.size() - 1;
  }
  Place add_two(Word word, std::size_t column, std::size_t a, std::size_t b,
                bool inclusive = false) {
    return add({.word = word, .column = column, .of = {a, b}, .inclusive = inclusive});
  }

  /// Operators of one rank, from left to right.
  template <class Read>
  Place read_chain(char first, Word first_word, char second, Word second_word, const Read& read) {
    Place left = read();
    while (left && (peek() == first || peek() == second)) {
      const std::size_t column = at_;
      const Word word = tree_.text[at_++] == first ? first_word : second_word;
      Place right = read();
      if (!right) return right;
      left = add_two(word, column, *left, *right);
    }
    return left;
  }
  Place read_sum() {
    return read_chain('+', Word::plus, '-', Word::minus, [this] { return read_product(); });
  }
  Place read_product() {
    return read_chain('*', Word::times, '/', Word::over, [this] { return read_signed(); });
  }

  Place read_signed() {
    if (depth_ >= kDeepestFormula)
      return refuse("more than 64 brackets, signs or powers inside each other",
                    Status::size_overflow);
    ++depth_;
    Place value = [&]() -> Place {
      const std::size_t column = (peek(), at_);
      if (take('+')) return read_signed();
      if (!take('-')) return read_power();
      Place of = read_signed();
      return of ? add({.word = Word::negate, .column = column, .of = {*of}}) : of;
    }();
    --depth_;
    return value;
  }

  Place read_power() {
    Place base = read_operand();
    if (!base || peek() != '^') return base;
    const std::size_t column = at_++;
    Place exponent = read_signed();
    return exponent ? add_two(Word::power, column, *base, *exponent) : exponent;
  }

  Place read_operand() {
    const char c = peek();
    if (c == '\0') return refuse("a number, t or a function is missing at the end");
    const std::size_t bracket = at_;
    if (take('(')) {
      Place inner = read_sum();
      if (!inner) return inner;
      if (peek() == '\0') return refuse("')' is missing at the end");
      if (peek() == ',') return refuse("',' separates arguments of a function; this is a bracket");
      if (!take(')')) return refuse_next();
      tree_.nodes[*inner].begin = bracket;
      tree_.nodes[*inner].end = at_;
      return inner;
    }
    if (is_digit(c) || c == '.') return read_number();
    if (is_letter(c)) return read_name();
    return refuse_character("a number, t, a function or ( is");
  }

  Place read_number() {
    const auto& text = tree_.text;
    const std::size_t column = at_;
    Wide digits = 0;
    int exponent = 0, count = 0;
    bool any = false, point = false;
    for (; at_ < text.size() && (is_digit(text[at_]) || (text[at_] == '.' && !point)); ++at_) {
      if (text[at_] == '.') {
        point = true;
        continue;
      }
      any = true;
      if (count < 38) {  // digits beyond are below the last bit
        digits = digits * 10 + Wide(text[at_] - '0');
        if (digits != 0) ++count;
        exponent -= point ? 1 : 0;
      } else {
        exponent += point ? 0 : 1;
      }
    }
    if (!any) return refuse("this is no number");
    if (const int power = read_exponent(); power != 0) exponent += power;
    const bool ends = at_ == text.size() || (!is_letter(text[at_]) && text[at_] != '.');
    if (!ends && text[at_] == '.') return refuse("this is no number: a second point");
    if (!ends) return refuse("an operator is missing here; 2*t is written with *");
    const Wide value = digits == 0    ? Wide(0)
                       : exponent < 0 ? digits / power_of_ten(exponent)
                                      : digits * power_of_ten(exponent);
    at_ = std::exchange(end_, at_);
    const bool fits = digits == 0 || (value >= Wide(2.3e-308) && value <= Wide(1.7e308));
    at_ = fits ? end_ : column;
    if (!fits) return refuse("this number is not between 2.3e-308 and 1.7e308");
    return add({.word = Word::number, .column = column, .number = value});
  }

  int read_exponent() {
    const auto& text = tree_.text;
    if (at_ >= text.size() || (text[at_] != 'e' && text[at_] != 'E')) return 0;
    std::size_t at = at_ + 1;
    const bool negative = at < text.size() && text[at] == '-';
    if (at < text.size() && (text[at] == '-' || text[at] == '+')) ++at;
    if (at >= text.size() || !is_digit(text[at])) return 0;  // then it is the number e
    int exponent = 0;
    for (; at < text.size() && is_digit(text[at]); ++at)
      exponent = std::min(exponent * 10 + (text[at] - '0'), 4000);
    at_ = at;
    return negative ? -exponent : exponent;
  }

  Place read_name() {
    const auto& text = tree_.text;
    const std::size_t column = at_;
    std::size_t end = at_;
    while (end < text.size() && (is_letter(text[end]) || is_digit(text[end]))) ++end;
    const std::string name = text.substr(column, end - column);
    if (name == "t") return at_ = end, add({.word = Word::time, .column = column});
    if (name == "pi")
      return at_ = end, add({.word = Word::number, .column = column, .number = wide_pi()});
    if (name == "e")
      return at_ = end, add({.word = Word::number, .column = column, .number = wide_e()});
    for (const FormulaWord& word : formula_words())
      if (name == word.name) return at_ = end, read_arguments(word, column);
    std::vector<std::string> names = {"t", "pi", "e"};
    for (const FormulaWord& word : formula_words()) names.emplace_back(word.name);
    return refuse(support::unknown("name", name, names).message, Status::unknown_name);
  }

  Place read_arguments(const FormulaWord& word, std::size_t column) {
    const std::string usage = std::string(" ") + word.form;
    if (!take('(')) return refuse("'(' is missing after " + std::string(word.name) + ":" + usage);
    Node node{.word = word.word, .column = column};
    do {
      Place of = read_comparison(word.word == Word::piecewise);
      if (!of) return of;
      node.of.push_back(*of);
      if (node.of.size() > static_cast<std::size_t>(word.most))
        return refuse(std::string(word.name) + " takes fewer arguments:" + usage);
    } while (take(','));
    if (peek() == '\0') return refuse("')' is missing at the end");
    if (!take(')')) return refuse_next();
    const std::size_t end = std::exchange(at_, column);
    if (node.of.size() < static_cast<std::size_t>(word.least))
      return refuse(std::string(word.name) + " takes more arguments:" + usage);
    at_ = end;
    if (node.word == Word::piecewise)
      if (auto done = check_conditions(node); !done) return tl::unexpected(done.error());
    return add(std::move(node));
  }

  Result<void> check_conditions(const Node& node) const {
    for (std::size_t i = 0; i < node.of.size(); ++i) {
      const Node& of = tree_.nodes[node.of[i]];
      const bool is = of.word == Word::less || of.word == Word::both;
      const bool needed = i % 2 == 0 && i + 1 < node.of.size();
      if (is != needed)
        return refuse_at(tree_.text, of.column,
                         needed ? "a condition is needed here, such as t < 1 or 0 <= t < 1"
                                : "a condition is followed by what holds then");
    }
    return {};
  }

  Place read_comparison(bool allowed) {
    Place left = read_sum();
    if (!left || !allowed || (peek() != '<' && peek() != '>')) return left;
    Place all = tl::unexpected(Failure{});
    while (peek() == '<' || peek() == '>') {
      const std::size_t column = at_;
      const bool less = tree_.text[at_++] == '<';
      const bool inclusive = take('=');
      Place right = read_sum();
      if (!right) return right;
      Place one =
          add_two(Word::less, column, less ? *left : *right, less ? *right : *left, inclusive);
      if (!one) return one;
      all = all ? add_two(Word::both, column, *all, *one) : one;
      left = right;
    }
    return all;
  }

  Tree tree_;
  std::size_t at_ = 0, end_ = 0;
  int depth_ = 0;
};

}  // namespace

tl::unexpected<Failure> refuse_at(const std::string& formula, std::size_t column,
                                  const std::string& sentence, Status status) {
  // What is seen of the formula: 72 characters about the column.
  constexpr std::size_t kSeen = 72, kBefore = 40, kNear = 50;
  std::vector<std::string> characters;
  std::size_t place = 0;  // of the column, in characters
  for (std::size_t at = 0; at < formula.size();) {
    const std::string_view one = character_at(formula, at);
    if (at < column) ++place;
    characters.push_back(shown_text(one));
    at += one.size();
  }
  place += column > formula.size() ? column - formula.size() : 0;
  const std::size_t from = place > kNear ? place - kBefore : 0;
  std::string shown;
  for (std::size_t i = from; i < characters.size() && i < from + kSeen; ++i) shown += characters[i];
  return tl::unexpected(Failure{status, "column " + std::to_string(place + 1) +
                                            " of the formula: " + sentence + "\n  " + shown +
                                            "\n  " + std::string(place - from, ' ') + "^"});
}

Result<Tree> parse_formula(std::string_view text) {
  if (text.size() > kLongestFormula)
    return tl::unexpected(
        Failure{Status::size_overflow, "the formula has more than 65536 characters"});
  return Parser(text).parse();
}

}  // namespace faltung::continuous
