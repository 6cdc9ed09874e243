// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "report.hpp"

#include <fmt/format.h>

#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "exit.hpp"
#include "values.hpp"

namespace faltung::cli {
namespace {

using Json = nlohmann::ordered_json;

std::string shape_text(const Dims& shape) {
  return fmt::format("[{}]", fmt::join(shape.begin(), shape.end(), " x "));
}

// The taps without the axes that only broadcast.
std::string taps_text(const Dims& shape) {
  Dims tight = shape;
  while (tight.rank() > 1 && tight.back() == 1) {
    Dims shorter;
    for (int i = 0; i + 1 < tight.rank(); ++i) shorter.push_back(tight[i]);
    tight = shorter;
  }
  return shape_text(tight);
}

std::vector<std::int64_t> listed(const Dims& dims) { return {dims.begin(), dims.end()}; }

Json describe_input(const Report& r) {
  Json json{{"path", r.request.input},
            {"kind", r.data.kind()},
            {"shape", listed(r.data.shape())},
            {"type", name(r.data.x().type)}};
  if (r.data.sample_rate_hz() > 0) json["sample_rate_hz"] = std::llround(r.data.sample_rate_hz());
  if (r.data.dt() > 0) json["dt"] = r.data.dt();
  return json;
}

Json describe_kernel(const Report& r) {
  const bool named = r.kernel.kind == KernelSource::Kind::name;
  const bool typed = r.kernel.kind == KernelSource::Kind::numbers;
  return {{named   ? "name"
           : typed ? "numbers"
                   : "path",
           typed ? *r.request.kernel_text : r.kernel.label},
          {"shape", listed(r.taps.shape)},
          {"type", name(r.taps.type)}};
}

Json describe_output(const Report& r) {
  Json json{{"path", r.request.output}, {"shape", listed(r.stored.shape)}};
  // A dry run of a file that is read as a whole does not come so far.
  if (!r.stored.encoding.empty()) json["encoding"] = r.stored.encoding;
  const Problem& problem = r.method.problem;
  const int axes = problem.axes.empty() ? r.method.output_shape.rank() : problem.axes.rank();
  Json zero = Json::array();
  for (int i = 0; i < axes; ++i) {
    const Result<std::int64_t> index = problem.zero_lag_index(i);
    zero.push_back(index ? Json(*index) : Json());
  }
  json[problem.operation == Operation::correlate ? "zero_lag_index" : "zero_time_index"] = zero;
  if (!r.request.plot.empty()) json["plot"] = r.request.plot;
  return json;
}

/// What became of the kernel, then what became of the output.
std::vector<std::string> hints_of(const Report& r) {
  std::vector<std::string> hints = r.kernel.notes;
  hints.insert(hints.end(), r.stored.hints.begin(), r.stored.hints.end());
  return hints;
}

Json describe_run(const Report& r) {
  Json json{{"faltung", FALTUNG_VERSION},
            {"command", r.request.command.empty() ? name(r.request.operation) : r.request.command},
            {"input", describe_input(r)},
            {"kernel", describe_kernel(r)},
            {"problem", r.method.problem.to_string()},
            {"method", r.method.algorithm},
            {"threads", r.request.threads},
            {"output", describe_output(r)},
            {"seconds", r.seconds.total()},
            {"seconds_plan", r.seconds.plan},
            {"seconds_prepare", r.seconds.prepare},
            {"seconds_execute", r.seconds.execute},
            {"clipped", {{"count", r.stored.clipped}, {"samples", r.stored.samples}}},
            {"not_finite", r.stored.nonfinite},
            {"hints", hints_of(r)}};
  if (const Result<std::string> target = active_target()) json["target"] = *target;
  // JSON has no infinity: null, which "unbounded" explains.
  if (r.bound)
    json["error_bound"] = {{"maximum", r.bound->maximum},
                           {"l2", r.bound->l2},
                           {"unbounded", !std::isfinite(r.bound->maximum)},
                           {"coefficient", r.bound->coefficient},
                           {"unit_roundoff", r.bound->unit_roundoff}};
  json["memory_bytes"] = r.method.memory_bytes;
  if (r.request.dry_run) {
    for (const char* measured :
         {"seconds", "seconds_plan", "seconds_prepare", "seconds_execute", "clipped", "not_finite"})
      json.erase(measured);
    json["dry_run"] = true;
    json["predicted_seconds"] = r.method.predicted_seconds;
  }
  if (r.request.explain || r.request.dry_run) json["explain"] = r.method.explanation;
  return json;
}

std::string error_text(const Report& r) {
  if (!std::isfinite(r.bound->maximum))
    return fmt::format("error bound: there is none, since the numbers may leave the range of {}\n",
                       name(r.method.output_type));
  return fmt::format(
      "error bound: no value is off by more than {:.3g}, and all together (Euclidean norm) by no "
      "more than {:.3g}\n             ({} in {}: C = {:.3g}, u = {:.3g}; before any rounding to "
      "the "
      "file's format)\n",
      r.bound->maximum, r.bound->l2, r.method.algorithm, name(r.method.output_type),
      r.bound->coefficient, r.bound->unit_roundoff);
}

/// In the largest unit of which there is one at least: "8.5 µs", "73.4 kB".
template <std::size_t N>
std::string in_unit(double value, const std::pair<double, const char*> (&units)[N]) {
  constexpr double kRoundsUp = 0.9995;  // of three digits
  const auto* unit = units;
  while (unit + 1 != units + N && value < kRoundsUp * unit->first) ++unit;
  return fmt::format("{:.3g} {}", value / unit->first, unit->second);
}

std::string time_of(double seconds) {
  static constexpr std::pair<double, const char*> kUnits[] = {
      {3600, "h"}, {60, "min"}, {1, "s"}, {1e-3, "ms"}, {1e-6, "µs"}};
  return in_unit(seconds, kUnits);
}

std::string memory_of(const Report& r) {
  static constexpr std::pair<double, const char*> kUnits[] = {
      {1e9, "GB"}, {1e6, "MB"}, {1e3, "kB"}, {1, "B"}};
  return in_unit(static_cast<double>(r.method.memory_bytes), kUnits);
}

std::string effort(const Report& r) {
  if (!r.request.dry_run) return time_of(r.seconds.total());
  return fmt::format("about {} on one thread, {}; nothing was written",
                     time_of(r.method.predicted_seconds), memory_of(r));
}

std::string summary(const Report& r) {
  const bool correlate = r.request.operation == Operation::correlate;
  return fmt::format("{} {} {} {} {} -> {} {}: {}, {}", r.request.input_name(),
                     shape_text(r.data.shape()), correlate ? "correlated with" : "*",
                     r.kernel.label, taps_text(r.taps.shape), r.request.output_name(),
                     shape_text(r.stored.shape), r.method.algorithm, effort(r));
}

}  // namespace

void tell(const Report& r) {
  if (r.request.verbose)
    fmt::print(stderr, "{}plan {}, kernel {}, run {}; {}\n", r.method.explanation,
               time_of(r.seconds.plan), time_of(r.seconds.prepare), time_of(r.seconds.execute),
               memory_of(r));
  if (r.request.verbose)
    for (const std::string& detail : r.stored.details)
      fmt::print(stderr, "{}\n", one_line(r.request.output_name() + ": " + detail));
  if (!r.request.quiet) {
    fmt::print(stderr, "{}\n", one_line(summary(r)));
    for (const std::string& hint : hints_of(r))
      fmt::print(stderr, "{}\n", one_line(r.request.output_name() + ": " + hint));
  }
  std::string text;
  if (r.request.json) {
    // Names of files may be any bytes; JSON is UTF-8.
    text = describe_run(r).dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
  } else {
    const bool asked = r.request.dry_run && !r.request.quiet && !r.request.verbose;
    if (r.request.explain || asked) text += r.method.explanation;
    if (!text.empty() && text.back() != '\n') text += '\n';
    if (r.bound) text += error_text(r);
  }
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size() || std::fflush(stdout) != 0)
    throw Stop(kIoError, "the output was written, but standard output did not take the report");
}

}  // namespace faltung::cli
