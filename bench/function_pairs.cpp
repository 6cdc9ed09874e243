// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// bench_functions NAME POINTS ROUNDS: two functions given by formulas, from the formulas to their
// convolution at 10^4 places, beside adaptive quadrature (GSL's QAGP, which is told the
// breakpoints) of the same formulas at POINTS of these places. One thread. Prints one JSON object.
//
//   bench_functions smooth-DEGREE      one piece each, of about that degree
//   bench_functions grid-P-DEGREE      P pieces of one length
//   bench_functions pieces-P-DEGREE    P pieces of different lengths
//   bench_functions splines            the largest error of B-splines by repeated convolution, ulp
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <numeric>
#include <string>
#include <vector>

#include "faltung/continuous.hpp"
#if FALTUNG_BENCH_GSL
#include <gsl/gsl_errno.h>
#include <gsl/gsl_integration.h>
#include <gsl/gsl_version.h>
#endif

namespace {

using faltung::value_or_throw;
using faltung::continuous::Function;

constexpr std::size_t kPlaces = 10000;
constexpr double kTolerance = 1e-13;  // of max|y|, what both sides are asked for

double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

/// cos(rate (t - a)^2 + phase) / (1 + t^2) on each piece [a, b): its degree goes with rate (b -
/// a)^2.
struct Formula {
  std::vector<double> ends, rate, cosine_of_phase, sine_of_phase;

  template <class T>
  T operator()(T t) const {
    std::size_t p = 0;
    if (rate.size() > 1) {
      const auto above = std::upper_bound(ends.begin() + 1, ends.end() - 1, t);
      p = static_cast<std::size_t>(above - ends.begin()) - 1;
    }
    // What rounding leaves of the phase, ulps of thousands of radians, is made good, for both
    // sides.
    const T s = t - ends[p], back = s + ends[p];
    const T low = (t - back) - (ends[p] - (back - s));
    const T square = s * s, angle = rate[p] * square;
    const T rest =
        std::fma(rate[p], square, -angle) + rate[p] * (std::fma(s, s, -square) + 2 * s * low);
    const T cosine = std::cos(angle), sine = std::sin(angle);
    return ((cosine - rest * sine) * cosine_of_phase[p] -
            (sine + rest * cosine) * sine_of_phase[p]) /
           (1 + t * t);
  }
  /// Radians of phase for each unit of t, at most, between two places.
  double steepest(double from, double to) const {
    double most = 0;
    for (std::size_t p = 0; p < rate.size(); ++p)
      if (ends[p] < to && ends[p + 1] > from)
        most = std::max(most, 2 * rate[p] * (std::min(to, ends[p + 1]) - ends[p]));
    return most;
  }
};

Formula make_formula(std::size_t pieces, double degree, bool even, double seed) {
  Formula f;
  f.ends = {-1};
  for (std::size_t p = 0; p < pieces; ++p) {
    const double share =
        even ? 1 : 0.6 + 0.8 * (0.5 + 0.5 * std::sin(seed + 2.7 * static_cast<double>(p)));
    f.ends.push_back(f.ends.back() + share);
  }
  const double scale = 2 / (f.ends.back() - f.ends.front());
  for (double& t : f.ends) t = -1 + (t + 1) * scale;
  f.ends.back() = 1;
  for (std::size_t p = 0; p < pieces; ++p) {
    const double length = f.ends[p + 1] - f.ends[p];
    f.rate.push_back(1.48 * degree / (length * length));  // found by trial for pieces of length 2
    f.cosine_of_phase.push_back(std::cos(seed + static_cast<double>(p)));
    f.sine_of_phase.push_back(std::sin(seed + static_cast<double>(p)));
  }
  return f;
}

Function resolved(const Formula& f) {
  faltung::continuous::SeriesOptions options;
  options.breakpoints = {f.ends.begin() + 1, f.ends.end() - 1};
  return value_or_throw(faltung::continuous::series_function(
      [&](double t) { return f(t); }, f.ends.front(), f.ends.back(), options));
}

std::vector<double> breakpoints(const Formula& f, const Formula& h, double t) {
  const double low = std::max(f.ends.front(), t - h.ends.back());
  const double high = std::min(f.ends.back(), t - h.ends.front());
  std::vector<double> places = {low, high};
  for (const double b : f.ends)
    if (b > low && b < high) places.push_back(b);
  for (const double b : h.ends)
    if (t - b > low && t - b < high) places.push_back(t - b);
  std::sort(places.begin(), places.end());
  // Those of the two that differ by rounding are one: an interval of an ulp ends GSL's search.
  const auto near = [](double a, double b) { return b - a < 1e-14; };
  places.erase(std::unique(places.begin(), places.end(), near), places.end());
  places.back() = high;
  return places;
}

/// Gauss-Legendre of 20 points.
struct Rule {
  Rule() {
    for (int i = 0; i < 20; ++i) {
      long double root = -std::cos(3.14159265358979323846L * (i + 0.75L) / 20.5L), slope = 1;
      for (int step = 0; step < 8; ++step) {
        long double before = 1, value = root;
        for (int k = 1; k < 20; ++k) {
          const long double next = ((2 * k + 1) * root * value - k * before) / (k + 1);
          before = value;
          value = next;
        }
        slope = 20 * (root * value - before) / (root * root - 1);
        root -= value / slope;
      }
      x[i] = root;
      w[i] = 2 / ((1 - root * root) * slope * slope);
    }
  }
  long double x[20], w[20];
};

/// In extended precision, each 8 radians by 20 points.
double reference(const Formula& f, const Formula& h, double t) {
  static const Rule rule;
  const std::vector<double> places = breakpoints(f, h, t);
  long double sum = 0;
  for (std::size_t i = 0; i + 1 < places.size(); ++i) {
    const double from = places[i], to = places[i + 1];
    const double radians = (f.steepest(from, to) + h.steepest(t - to, t - from)) * (to - from);
    const auto parts = static_cast<long long>(radians / 8) + 1;
    const long double half =
        (static_cast<long double>(to) - from) / static_cast<long double>(2 * parts);
    for (long long k = 0; k < parts; ++k) {
      const long double middle = from + static_cast<long double>(2 * k + 1) * half;
      for (int j = 0; j < 20; ++j) {
        const long double s = middle + half * rule.x[j];
        sum += rule.w[j] * half * f(s) * h(t - s);
      }
    }
  }
  return static_cast<double>(sum);
}

struct Product {
  const Formula* f;
  const Formula* h;
  double t;
};

#if FALTUNG_BENCH_GSL
constexpr std::size_t kMostIntervals = 200000;

/// Seconds for each place, and the values.
struct Quadrature {
  std::vector<double> seconds, values;
  int failed = 0;

  void run(const Formula& f, const Formula& h, const std::vector<double>& t, double largest) {
    gsl_set_error_handler_off();
    gsl_integration_workspace* workspace = gsl_integration_workspace_alloc(kMostIntervals);
    for (const double at : t) {
      Product product{&f, &h, at};
      gsl_function function{[](double s, void* p) {
                              const auto* both = static_cast<const Product*>(p);
                              return (*both->f)(s) * (*both->h)(both->t - s);
                            },
                            &product};
      const double start = now();
      std::vector<double> places = breakpoints(f, h, at);
      double value = 0, error = 0;
      if (gsl_integration_qagp(&function, places.data(), places.size(), kTolerance * largest, 0,
                               kMostIntervals, workspace, &value, &error) != GSL_SUCCESS &&
          places.size() > 3) {
        // Its extrapolation has given up, as it does where lengths of intervals alternate, and may
        // be wrong altogether; what its user would do next is to take interval by interval.
        ++failed;
        value = 0;
        for (std::size_t i = 0; i + 1 < places.size(); ++i) {
          double part = 0;
          gsl_integration_qag(&function, places[i], places[i + 1],
                              kTolerance * largest / static_cast<double>(places.size()), 0,
                              kMostIntervals, GSL_INTEG_GAUSS21, workspace, &part, &error);
          value += part;
        }
      }
      seconds.push_back(now() - start);
      values.push_back(value);
    }
    gsl_integration_workspace_free(workspace);
  }
};
constexpr const char* kVersion = "GSL " GSL_VERSION " QAGP";
#else
struct Quadrature {
  std::vector<double> seconds, values;
  int failed = 0;
  void run(const Formula&, const Formula&, const std::vector<double>&, double) {}
};
constexpr const char* kVersion = "";
#endif

int pair(const Formula& f, const Formula& h, std::size_t points, int rounds) {
  std::vector<double> t(kPlaces), y(kPlaces);
  const double low = f.ends.front() + h.ends.front(), high = f.ends.back() + h.ends.back();
  for (std::size_t i = 0; i < kPlaces; ++i)
    t[i] = low + (high - low) * (static_cast<double>(i) + 0.5) / kPlaces;
  std::vector<double> total, convolving, evaluating;
  double estimate = 0;
  std::string text;
  for (int round = 0; round <= rounds; ++round) {
    const double start = now();
    const Function of_f = resolved(f), of_h = resolved(h);
    const double built = now();
    const Function result = value_or_throw(convolve(of_f, of_h));
    const double convolved = now();
    result.evaluate(t, y);
    const double end = now();
    if (round == 0) {
      estimate = error_estimate(result);
      text = of_f.smooth_parts()[0].shape->text();
      continue;
    }
    total.push_back(end - start);
    convolving.push_back(convolved - built);
    evaluating.push_back(end - convolved);
  }
  double largest = 0;
  for (const double v : y) largest = std::max(largest, std::abs(v));
  std::vector<double> some;
  std::vector<std::size_t> index;
  for (std::size_t i = 0; i < points; ++i) {
    index.push_back((2 * i + 1) * kPlaces / (2 * points));
    some.push_back(t[index.back()]);
  }
  Quadrature peer;
  peer.run(f, h, some, largest);
  double error = 0, error_peer = 0;
  for (std::size_t i = 0; i < points; ++i) {
    const double exact = reference(f, h, some[i]);
    error = std::max(error, std::abs(y[index[i]] - exact) / largest);
    if (!peer.values.empty())
      error_peer = std::max(error_peer, std::abs(peer.values[i] - exact) / largest);
  }
  const double peer_seconds = std::accumulate(peer.seconds.begin(), peer.seconds.end(), 0.0) *
                              kPlaces / static_cast<double>(std::max<std::size_t>(points, 1));
  std::printf(
      "{\"operand\": \"%s\", \"seconds\": %.6g, \"convolve\": %.6g, \"evaluate\": %.6g, "
      "\"error\": %.3g, \"estimate\": %.3g, \"peer\": \"%s\", \"peer_seconds\": %.6g, "
      "\"peer_error\": %.3g, \"peer_failed\": %d}\n",
      text.c_str(), median(total), median(convolving), median(evaluating), error,
      estimate / largest, kVersion, peer_seconds, error_peer, peer.failed);
  return 0;
}

/// B-spline of an order at t: a sum of truncated powers, from the nearer end.
long double spline(int order, long double t) {
  const long double s = std::min(t, order - t);
  long double sum = 0, binomial = 1, factorial = 1;
  for (int k = 0; k < order && s > k; ++k) {
    sum += (k % 2 == 0 ? binomial : -binomial) * std::pow(s - k, order - 1);
    binomial = binomial * (order - k) / (k + 1);
  }
  for (int k = 2; k < order; ++k) factorial *= k;
  return sum / factorial;
}

/// The largest error of orders 2 to 10, in ulp of the largest value.
double spline_error(const Function& box) {
  Function f = box;
  double worst = 0;
  for (int order = 2; order <= 10; ++order) {
    f = value_or_throw(convolve(f, box));
    const double ulp =
        std::ldexp(1.0, std::ilogb(static_cast<double>(spline(order, order / 2.0L))) - 52);
    for (int i = 0; i <= 2000; ++i) {
      const double t = order * (i / 2000.0);
      worst = std::max(worst, std::abs(static_cast<double>(f(t) - spline(order, t))) / ulp);
    }
  }
  return worst;
}

int splines() {
  const auto one = [](double) { return 1.0; };
  const Function series = value_or_throw(faltung::continuous::series_function(one, 0, 1));
  const Function closed = value_or_throw(Function::make({{0, 1, {{1.0, {0.0}}}}}));
  std::printf("{\"series\": %.3g, \"closed\": %.3g}\n", spline_error(series), spline_error(closed));
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string name = argc > 1 ? argv[1] : "";
  const auto points = static_cast<std::size_t>(argc > 2 ? std::atoi(argv[2]) : 20);
  const int rounds = argc > 3 ? std::atoi(argv[3]) : 3;
  int pieces = 0, degree = 0;
  if (name == "splines") return splines();
  if (std::sscanf(name.c_str(), "smooth-%d", &degree) == 1)
    return pair(make_formula(1, degree, true, 1), make_formula(1, degree, true, 0.3), points,
                rounds);
  const bool even = std::sscanf(name.c_str(), "grid-%d-%d", &pieces, &degree) == 2;
  if (even || std::sscanf(name.c_str(), "pieces-%d-%d", &pieces, &degree) == 2) {
    const auto p = static_cast<std::size_t>(pieces);
    return pair(make_formula(p, degree, even, 1), make_formula(p, degree, even, 0.3), points,
                rounds);
  }
  std::fprintf(stderr,
               "bench_functions: smooth-DEGREE, grid-P-DEGREE, pieces-P-DEGREE or splines\n");
  return 2;
}
