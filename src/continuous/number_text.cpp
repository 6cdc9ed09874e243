// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "continuous/number_text.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

namespace faltung::continuous {
namespace {

struct Fraction {
  double top, bottom;
};

/// The first convergent of x's continued fraction that is x to 30 digits.
std::optional<Fraction> fraction_of(Wide x, double most) {
  Wide rest = x;
  double p = 1, q = 0, p_before = 0, q_before = 1;
  for (int i = 0; i < 24; ++i) {
    const double whole = std::floor(narrow(rest));
    if (!(std::abs(whole) < 1e15)) return std::nullopt;
    const double p_next = whole * p + p_before, q_next = whole * q + q_before;
    if (std::abs(p_next) > 1e15 || q_next > most) return std::nullopt;
    p_before = p;
    q_before = q;
    p = p_next;
    q = q_next;
    if (wide_abs(x - Wide(p) / Wide(q)) <= Wide(1e-30) * wide_abs(x)) return Fraction{p, q};
    rest = 1 / (rest - Wide(whole));
  }
  return std::nullopt;
}

std::string shortest(double x) {
  char buffer[40];
  const auto [end, error] = std::to_chars(buffer, buffer + sizeof buffer, x);
  return error == std::errc() ? std::string(buffer, end) : std::string("0");
}

/// More digits than a double has: d.ddd...e+n.
std::string long_digits(Wide x, int digits) {
  std::string text = x < 0 ? "-" : "";
  x = wide_abs(x);
  int exponent = 0;
  while (x >= 10) {
    x /= 10;
    ++exponent;
  }
  while (x < 1) {
    x *= 10;
    --exponent;
  }
  for (int i = 0; i < digits; ++i) {
    const int digit = std::clamp(static_cast<int>(narrow(x)), 0, 9);
    text += static_cast<char>('0' + digit);
    if (i == 0) text += '.';
    x = (x - Wide(digit)) * 10;
  }
  return exponent == 0 ? text : text + "e" + std::to_string(exponent);
}

/// Powers of ten as LaTeX writes them.
std::string in_notation(std::string text, Notation notation) {
  const std::size_t e = text.find('e');
  if (notation == Notation::text || e == std::string::npos) return text;
  std::string exponent = text.substr(e + 1);
  if (exponent[0] == '+') exponent.erase(0, 1);
  return text.substr(0, e) + " \\cdot 10^{" + std::to_string(std::stoi(exponent)) + "}";
}

std::string ratio(const std::string& top, double bottom, Notation notation) {
  if (bottom == 1) return top;
  if (notation == Notation::text) return top + "/" + shortest(bottom);
  const bool minus = top[0] == '-';
  return std::string(minus ? "-" : "") + "\\frac{" + top.substr(minus ? 1 : 0) + "}{" +
         shortest(bottom) + "}";
}

std::optional<std::string> of_pi(Wide x, Notation notation) {
  const auto parts = fraction_of(x / wide_pi(), 360);
  if (!parts || std::abs(parts->top) > 1e6) return std::nullopt;
  const std::string pi = notation == Notation::text ? "pi" : "\\pi";
  const std::string times = notation == Notation::text ? "*" : " ";
  const std::string top = parts->top == 1    ? pi
                          : parts->top == -1 ? "-" + pi
                                             : shortest(parts->top) + times + pi;
  return ratio(top, parts->bottom, notation);
}

std::string product_sign(Notation notation) { return notation == Notation::text ? "*" : " \\, "; }

}  // namespace

std::string number_text(Wide x, Notation notation, int digits) {
  if (x == 0) return "0";
  if (!is_finite(x)) return x > 0 ? "inf" : "-inf";
  // Beyond the doubles, but not beyond what weights are kept in.
  if (!std::isfinite(narrow(x)) || narrow(x) == 0) return in_notation(long_digits(x, 17), notation);
  const std::string plain = shortest(narrow(x));
  const auto parts = fraction_of(x, 100000);
  if (parts && plain.size() <= 7) return in_notation(plain, notation);  // 0.125 rather than 1/8
  if (parts) return ratio(shortest(parts->top), parts->bottom, notation);
  if (const auto text = of_pi(x, notation)) return *text;
  return in_notation(digits > 17 ? long_digits(x, digits) : plain, notation);
}

std::string factor_text(Wide x, Notation notation, int digits) {
  const std::string text = number_text(x, notation, digits);
  if (text == "1") return "";  // or 1 but for rounding
  if (text == "-1") return "-";
  return text + product_sign(notation);
}

std::string scaled_text(Wide rate, const std::string& s, Notation notation, int digits) {
  std::string times = factor_text(rate, notation, digits) + s;
  const Wide time = 1 / wide_abs(rate);
  const std::string by = number_text(time, notation, digits);
  if (!fraction_of(time, 1) && by.size() > 7) return times;
  const std::string divided =
      (rate < 0 ? "-" : "") +
      (notation == Notation::text ? s + "/" + by : "\\frac{" + s + "}{" + by + "}");
  return rate == 1 || rate == -1 || by.find('/') != std::string::npos ||
                 (divided.size() >= times.size() && notation == Notation::text) ||
                 by.find("frac") != std::string::npos || wide_abs(rate) > 1
             ? times
             : divided;
}

}  // namespace faltung::continuous
