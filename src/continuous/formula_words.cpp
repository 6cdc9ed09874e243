// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "continuous/formula_tree.hpp"

namespace faltung::continuous {
namespace {

constexpr int kMany = 1000;

constexpr FormulaWord kWords[] = {
    {Word::u, "u", "u(x)", "step: 0 for x < 0, 1 from 0 on", 1, 1},
    {Word::box, "box", "box(x)", "1 for -1/2 <= x < 1/2", 1, 1},
    {Word::tri, "tri", "tri(x)", "1 - |x| for |x| < 1", 1, 1},
    {Word::ramp, "ramp", "ramp(x)", "x for x > 0", 1, 1},
    {Word::delta, "delta", "delta(a*t + b, n)", "impulse, or its n-th derivative", 1, 2},
    {Word::exp, "exp", "exp(x)", "e^x", 1, 1},
    {Word::sin, "sin", "sin(x)", "of radians", 1, 1},
    {Word::cos, "cos", "cos(x)", "of radians", 1, 1},
    {Word::sinh, "sinh", "sinh(x)", "(e^x - e^-x) / 2", 1, 1},
    {Word::cosh, "cosh", "cosh(x)", "(e^x + e^-x) / 2", 1, 1},
    {Word::gauss, "gauss", "gauss(x, s)", "bell of area 1 in x, s its standard deviation", 1, 2},
    {Word::abs, "abs", "abs(x)", "|x|", 1, 1},
    {Word::sign, "sign", "sign(x)", "-1 or 1", 1, 1},
    {Word::max, "max", "max(x, y, ...)", "the largest of up to 16", 2, 16},
    {Word::min, "min", "min(x, y, ...)", "the smallest of up to 16", 2, 16},
    {Word::piecewise, "piecewise", "piecewise(t < 1, x, 1 <= t < 2, y, z)",
     "what follows the first condition that holds, else the last", 2, kMany},
    {Word::tan, "tan", "tan(x)", "of radians", 1, 1},
    {Word::tanh, "tanh", "tanh(x)", "hyperbolic tangent", 1, 1},
    {Word::atan, "atan", "atan(x)", "in radians", 1, 1},
    {Word::sqrt, "sqrt", "sqrt(x)", "square root", 1, 1},
    {Word::log, "log", "log(x)", "natural logarithm", 1, 1},
    {Word::erf, "erf", "erf(x)", "error function", 1, 1},
    {Word::sinc, "sinc", "sinc(x)", "sin(pi x) / (pi x)", 1, 1},
    {Word::normal, "normal", "normal(x, mean, sd)", "density of a normal variable", 3, 3},
    {Word::uniform, "uniform", "uniform(x, a, b)", "density 1/(b-a) from a to b", 3, 3},
    {Word::expdist, "expdist", "expdist(x, mean)", "density of an exponential variable", 2, 2},
    {Word::erlang, "erlang", "erlang(x, k, mean)",
     "of a sum of k exponential ones, each of that mean", 3, 3},
    {Word::laplace, "laplace", "laplace(x, mean, scale)", "e^(-|x - mean|/scale) / (2 scale)", 3,
     3},
    {Word::discrete, "discrete", "discrete(x, x1, p1, ...)", "impulses of weight p at the values x",
     3, kMany},
    {Word::die, "die", "die(x, sides)", "one die: impulses at 1, 2, ..., sides", 2, 2},
    {Word::dice, "dice", "dice(x, n, sides)", "the sum of n dice", 3, 3},
    {Word::conv, "conv", "conv(f, g, ...)", "convolution", 2, kMany},
    {Word::corr, "corr", "corr(f, g)", "correlation: integral of f(s) g(s + t) ds", 2, 2},
    {Word::shift, "shift", "shift(f, a)", "f(t - a)", 2, 2},
    {Word::stretch, "stretch", "stretch(f, a)", "f(t / a)", 2, 2},
    {Word::flip, "flip", "flip(f)", "f(-t)", 1, 1},
    {Word::diff, "diff", "diff(f)", "derivative, with impulses where f jumps", 1, 1},
    {Word::integral, "integral", "integral(f)", "integral of f from -infinity to t", 1, 1},
    {Word::restrict, "restrict", "restrict(f, a, b)", "f for a <= t < b", 3, 3},
    {Word::periodic, "periodic", "periodic(f, T, a, b)", "sum of f(t - k T) over k, for a <= t < b",
     4, 4},
    {Word::expdiff, "expdiff", "expdiff(x, z0, z1, ...)",
     "divided difference of z -> e^(z x): (e^(z0 x) - e^(z1 x)) / (z0 - z1)", 2, 65},
    {Word::oscdiff, "oscdiff", "oscdiff(x, c, d, a0, w0, ...)",
     "real part of (c + i d) times that of the rates a0 + i w0, ...", 5, 131},
};

}  // namespace

std::span<const FormulaWord> formula_words() noexcept { return kWords; }

}  // namespace faltung::continuous
