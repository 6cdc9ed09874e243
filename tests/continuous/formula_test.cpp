// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <numbers>

#include "faltung/continuous.hpp"

namespace faltung::continuous {
namespace {

Function parsed(const std::string& text) { return value_or_throw(parse_function(text)); }
double step(double t) { return t >= 0 ? 1 : 0; }

struct Row {
  const char* formula;
  std::function<double(double)> value;
  bool closed;
};

TEST(Formula, MeansWhatItSays) {
  using std::numbers::pi;
  const Row rows[] = {
      {"exp(-t/3)*u(t)", [](double t) { return std::exp(-t / 3) * step(t); }, true},
      {"box(t)", [](double t) { return t >= -0.5 && t < 0.5 ? 1.0 : 0.0; }, true},
      {"tri(t/2)", [](double t) { return std::max(1 - std::abs(t / 2), 0.0); }, true},
      {"sin(2*pi*t)*u(t)", [](double t) { return std::sin(2 * pi * t) * step(t); }, true},
      {"gauss(t, 0.5)", [](double t) { return std::exp(-2 * t * t) / (0.5 * std::sqrt(2 * pi)); },
       false},
      {"max(t,0)", [](double t) { return std::max(t, 0.0); }, true},
      {"max(t^2-1, 0, t/2)", [](double t) { return std::max({t * t - 1, 0.0, t / 2}); }, true},
      {"piecewise(t < 0, 0, t < 1, t, 1 <= t < 2, 2 - t)",
       [](double t) { return t < 0   ? 0
                             : t < 1 ? t
                             : t < 2 ? 2 - t
                                     : 0; }, true},
      {"piecewise(t < 0, exp(t), 3)", [](double t) { return t < 0 ? std::exp(t) : 3; }, true},
      {"max(sin(2*pi*t),0)*box(t/2)",
       [](double t) { return std::abs(t) < 1 ? std::max(std::sin(2 * pi * t), 0.0) : 0; }, true},
      {"exp(-abs(t))*cos(3*t)", [](double t) { return std::exp(-std::abs(t)) * std::cos(3 * t); },
       true},
      {"2^-t*u(t)", [](double t) { return std::exp2(-t) * step(t); }, true},
      {"e^(1-t)*u(t)", [](double t) { return std::exp(1 - t) * step(t); }, true},
      {"1/(1+t^2)*box(t/4)", [](double t) { return t >= -2 && t < 2 ? 1 / (1 + t * t) : 0; },
       false},
      {"sqrt(t)*u(t) + t", [](double t) { return (t > 0 ? std::sqrt(t) : 0) + t; }, false},
      {"sinh(t)*box(t) - cosh(t)*box(t)",
       [](double t) { return t >= -0.5 && t < 0.5 ? -std::exp(-t) : 0; }, true},
      {"-t^2*box(t/4)", [](double t) { return t >= -2 && t < 2 ? -t * t : 0; }, true},
      {"(t-1)*(t+1)*box(t/4)/2^3", [](double t) { return t >= -2 && t < 2 ? (t * t - 1) / 8 : 0; },
       true},
      {"max(exp(-t)-0.5,0)*u(t)",
       [](double t) { return std::max(std::exp(-t) - 0.5, 0.0) * step(t); }, true},
      {"sign(t)*ramp(t+1)", [](double t) { return (t < 0 ? -1 : 1) * std::max(t + 1, 0.0); }, true},
      {"uniform(t,1,3) + expdist(t,2) + laplace(t,-1,0.5)",
       [](double t) {
         return (t >= 1 && t < 3 ? 0.5 : 0) + std::exp(-t / 2) / 2 * step(t) +
                std::exp(-2 * std::abs(t + 1));
       },
       true},
      {"erlang(t,3,2)", [](double t) { return t * t * std::exp(-t / 2) / 16 * step(t); }, true},
      {"normal(t,1,2)",
       [](double t) { return std::exp(-(t - 1) * (t - 1) / 8) / (2 * std::sqrt(2 * pi)); }, false},
      {"shift(box(t),1)", [](double t) { return t >= 0.5 && t < 1.5 ? 1.0 : 0.0; }, true},
      {"stretch(exp(-t)*u(t),-2)", [](double t) { return t < 0 ? std::exp(t / 2) : 0; }, true},
      {"restrict(t^2,1,2)", [](double t) { return t >= 1 && t < 2 ? t * t : 0; }, true},
      {"integral(box(t))", [](double t) { return std::clamp(t + 0.5, 0.0, 1.0); }, true},
      {"diff(tri(t))", [](double t) { return t >= -1 && t < 1 ? (t < 0 ? 1.0 : -1.0) : 0.0; },
       true},
      {"periodic(tri(t),2,-6,6)", [](double t) { return 1 - std::abs(t - 2 * std::round(t / 2)); },
       true},
      {"flip(t*u(t))", [](double t) { return t < 0 ? -t : 0; }, true},
      {"conv(u(t),u(t))*u(1-t)", [](double t) { return t >= 0 && t < 1 ? t : 0; }, true},
      {"expdiff(t,-1,-2)*u(t)",
       [](double t) { return (std::exp(-t) - std::exp(-2 * t)) * step(t); }, true},
      {".5e1*t*box(t) + 1e-3 + 2E+1*box(t)",
       [](double t) { return (t >= -0.5 && t < 0.5 ? 5 * t + 20 : 0) + 1e-3; }, true},
  };
  for (const Row& row : rows) {
    const auto f = parse_function(row.formula);
    ASSERT_TRUE(f) << row.formula << ": " << f.error().message;
    EXPECT_EQ(f->is_closed(), row.closed) << row.formula;
    for (double t = -5.3; t < 5.4; t += 0.1)
      EXPECT_NEAR((*f)(t), row.value(t), 4e-15 * (1 + std::abs(row.value(t))))
          << row.formula << " at " << t;
  }
}

TEST(Formula, PrintedSumsAreBracketed) {
  EXPECT_EQ(to_string(parsed("conv(u(t),u(t+1))")), "(t+1)*u(t+1)");
  EXPECT_EQ(to_string(parsed("(1-exp(-t))*u(t)")), "(1 - exp(-t))*u(t)");
  EXPECT_EQ(to_string(parsed("-1e-9*exp(t)*u(-t)")), "-1e-09*exp(t)*u(-t)");
}

TEST(Formula, Impulses) {
  const auto product = parsed("t^2*delta(t-3,1)").impulses();  // 9 delta' - 6 delta
  ASSERT_EQ(product.size(), 2u);
  EXPECT_EQ(product[0].weight, -6);
  EXPECT_EQ(product[1].weight, 9);
  const auto slow = parsed("delta(2*t-4)").impulses();
  ASSERT_EQ(slow.size(), 1u);
  EXPECT_EQ(slow[0].at, 2);
  EXPECT_EQ(slow[0].weight, 0.5);
  const auto edges = parsed("diff(box(t))").impulses();
  ASSERT_EQ(edges.size(), 2u);
  EXPECT_EQ(edges[1].at, 0.5);
  EXPECT_EQ(edges[1].weight, -1);
  const auto throws = parsed("dice(t,3,6)").impulses();
  ASSERT_EQ(throws.size(), 16u);
  EXPECT_DOUBLE_EQ(throws[7].weight, 27.0 / 216);  // 10 or 11
}

TEST(Formula, ComparesBothWays) {
  for (const char* text : {"piecewise(t > 1, 3, 4)", "piecewise(1 < t, 3, 4)",
                           "piecewise(t >= 1, 3, 4)", "piecewise(t + 0 > 3 - 2, 3, 4)"}) {
    const Function f = parsed(text);
    for (const double t : {-1.0, 0.0, 0.99, 1.01, 5.0}) EXPECT_EQ(f(t), t > 1 ? 3 : 4) << text;
  }
  EXPECT_EQ(to_string(parsed("piecewise(3 > t >= 1, 3, 4)")), "piecewise(t < 1, 4, t < 3, 3, 4)");
  EXPECT_EQ(parsed("piecewise(exp(-t^2) > 0.5, 1, 0)*box(t/4)")(0.1), 1);
}

TEST(Formula, LargeAnglesAreReducedExactly) {
  // By mpmath with 80 digits.
  EXPECT_NEAR(parsed("sin(1e17*t)*u(t)")(1), -0.4645301048353727, 1e-16);
  EXPECT_NEAR(parsed("sin(1e18*t)*u(t)")(1), -0.99296932074040508, 2e-16);
  EXPECT_NEAR(parsed("sin(1e25*t)*u(t)")(1), -0.74478984874482981, 2e-16);
  EXPECT_NEAR(parsed("sin(1e33*t)*u(t)")(1), 0.76230239495269792, 2e-16);
  for (const double t : {0.1, 1.0, 1e9}) EXPECT_LE(std::abs(parsed("cos(1e300*t)*u(t)")(t)), 1);
}

TEST(Formula, ValuesWhereSmoothPiecesMeetAreThoseFromTheRight) {
  EXPECT_EQ(parsed("1/(1+t^2)")(0), 1);
  const Function f = parsed("piecewise(t < 1, sqrt(1+t^2), 5 + 1/(1+t^2))*box(t/4)");
  EXPECT_EQ(f(1), 5.5);
  EXPECT_EQ(f(2), 0);
  const double at[] = {1.0, 2.0, -2.0};
  double y[3];
  f.evaluate(at, y);
  EXPECT_EQ(y[0], 5.5);
  EXPECT_EQ(y[1], 0);
  EXPECT_EQ(y[2], std::sqrt(5));
  EXPECT_EQ(parsed("erlang(t^2,1,2)")(0), 0.5);
}

TEST(Formula, RoundingBesideACornerIsOnItsSide) {
  // -1.77 + 0.36 is not the double next to -1.41: the last values of the piece must not be 0.
  const Function f = parsed("log(1+(t+1.77)^2)*uniform(t,-1.77,-1.77+0.36)");
  EXPECT_NEAR(f(std::nextafter(-1.41, -2)), std::log(1 + 0.36 * 0.36) / 0.36, 1e-15);
  const Function y = value_or_throw(convolve(f, parsed("box(t/4)")));
  EXPECT_NEAR(y(-1.6), 0.04161681321079689, 1e-16);  // by mpmath
  EXPECT_LE(error_estimate(y), 1e-15);
  EXPECT_LE(y.breakpoints().size(), 4u);
  const Function g = parsed("sqrt(1.3-t)*(1 - u(t-1.3))*piecewise(t < 0.1*3, 0, 1)*ramp(t*t)");
  EXPECT_NEAR(g(std::nextafter(1.3, 0)), 1.69 * std::sqrt(1.3 - std::nextafter(1.3, 0)), 1e-12);
}

TEST(Formula, PrintsNoMoreThanNeeded) {
  const auto text = [](const char* f, const char* g) {
    return to_string(value_or_throw(convolve(parsed(f), parsed(g))));
  };
  EXPECT_EQ(text("1", "exp(-abs(t))"), "2");
  EXPECT_EQ(text("sin(t)", "exp(-abs(t))"), "sin(t)");
  EXPECT_EQ(to_string(parsed("t^63*u(t)")), "t^63*u(t)");
  EXPECT_EQ(to_string(parsed("1/(1+t^2)")), "1/(1+t^2)");
}

TEST(Formula, PointsAtWhatIsWrong) {
  const struct {
    const char *formula, *column, *says;
  } rows[] = {
      {"bxo(t)", "column 1 ", "did you mean box"},
      {"2t", "column 2 ", "2*t"},
      {"2*u(t) t", "column 8 ", "operator"},
      {"(1+t", "column 5 ", "')' is missing"},
      {"exp(-t)*u(t", "column 12 ", "')' is missing"},
      {"", "column 1 ", "empty"},
      {"1+", "column 3 ", "missing at the end"},
      {"u(t)*delta(t)", "column 5 ", "jump"},
      {"delta(t)*delta(t)", "column 9 ", "conv"},
      {"abs(delta(t))", "column 1 ", "impulse"},
      {"t/0", "column 2 ", "divides by 0"},
      {"t<3", "column 2 ", "piecewise"},
      {"piecewise(t, 1)", "column 11 ", "condition"},
      {"piecewise(t<1, t<2)", "column 17 ", "condition"},
      {"box(t,1)", "column 8 ", "fewer arguments: box(x)"},
      {"normal(t,1)", "column 1 ", "more arguments"},
      {"normal(t,0,-1)", "column 12 ", "above 0"},
      {"uniform(t,t,1)", "column 11 ", "a number"},
      {"uniform(t,1,1)", "column 1 ", "needs a < b"},
      {"shift(u(t),t)", "column 12 ", "a number"},
      {"conv(u(t),u(-t))", "column 1 ", "diverges"},
      {"max(sin(t),0)*u(t)", "column 1 ", "without end"},
      {"u(t) # t", "column 6 ", "'#'"},
      {"1.2.3", "column 4 ", "second point"},
      {"1e999", "column 1 ", "1.7e308"},
      {"sqrt(-1)", "column 1 ", "not defined"},
      {"y = t", "column 1 ", "'y'"},
      {"sin(2\u03c0t)", "column 6 ", "'\u03c0' is written pi\n  sin(2\u03c0t)\n       ^"},
      {"\u03c0\u03c0\u03c0 + # t", "column 1 ", "pi"},
      {"t*\u00e9", "column 3 ", "'\u00e9' is not expected"},
      {"t \xff", "column 3 ", "'?'"},
      {"9^9^9^9*t", "column 4 ", "too large"},
      {"oscdiff(t,1,2,-3,39^999)*u(t)", "column ", "not finite"},
  };
  for (const auto& row : rows) {
    const auto f = parse_function(row.formula);
    ASSERT_FALSE(f) << row.formula;
    EXPECT_NE(f.error().message.find(row.column), std::string::npos)
        << row.formula << ": " << f.error().message;
    EXPECT_NE(f.error().message.find(row.says), std::string::npos)
        << row.formula << ": " << f.error().message;
    EXPECT_NE(f.error().message.find('^'), std::string::npos);
  }
}

TEST(Formula, HostileTextEnds) {
  const auto repeated = [](const std::string& part, int times) {
    std::string all;
    for (int i = 0; i < times; ++i) all += part;
    return all;
  };
  const std::string deep = repeated("(", 30000), signs = repeated("-", 60000) + "t",
                    sum = "t" + repeated("+u(t-1)", 8000), long_text = repeated("t+", 40000) + "t",
                    product = "t" + repeated("*(t+1)", 3000), power = "(t+1)" + repeated("^63", 20),
                    nested = repeated("max(t,", 60) + "0" + repeated(")", 60),
                    many = repeated("max(sin(99*t),cos(97*t),", 15) + "0" + repeated(")", 15) +
                           "*box(t/1000)",
                    convolved = "conv(" + repeated("box(t),", 60) + "box(t))",
                    spread = "conv(" + repeated("box(t)+box(3*t-1)+exp(-t)*u(t),", 12) + "u(t))";
  for (const std::string& text :
       {deep, signs, sum, long_text, product, power, nested, many, convolved, spread,
        std::string("periodic(periodic(box(t),1,-2000,2000),0.001,0,4)"),
        std::string("dice(t,1000,1000)"), std::string("(1+t)^1e9*box(t)"),
        std::string("1e300^1e300*t"), std::string("exp(exp(exp(t)))*u(t)")}) {
    const auto f = parse_function(text);
    if (!f) EXPECT_FALSE(f.error().message.empty());
    else (void)(*f)(0.5);
  }
}

}  // namespace
}  // namespace faltung::continuous
