// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "continuous_command.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <nlohmann/json.hpp>

#include "exit.hpp"
#include "files.hpp"
#include "formula.hpp"
#include "plot_continuous.hpp"
#include "print.hpp"
#include "values.hpp"

namespace faltung::cli {
namespace {

using continuous::Function;
using Json = nlohmann::ordered_json;

struct Answer {
  Function f, h, y;
  bool both = false;
  std::vector<double> t, values;
};

Function combined(const ContinuousRequest& request, const Function& f, const Function& h) {
  auto y = request.correlate ? continuous::correlate(f, h) : continuous::convolve(f, h);
  const auto says = [&](const char* word) {
    return y.error().message.find(word) != std::string::npos;
  };
  if (!y && says("diverges") && !says("restrict"))
    throw Stop(kData, y.error().message +
                          "; a function that begins at 0 is written exp(-t)*u(t), one that ends "
                          "box(t/T)");
  return take(std::move(y));
}

Answer compute(const ContinuousRequest& request) {
  Answer answer;
  answer.f = answer.y = read_formula(request.f);
  answer.both = !request.h.empty();
  if (answer.both) {
    answer.h = read_formula(request.h);
    answer.y = combined(request, answer.f, answer.h);
  }
  if (!request.at.empty()) answer.t = read_places(request.at);
  answer.values.resize(answer.t.size());
  answer.y.evaluate(answer.t, answer.values);
  return answer;
}

Json end_of(double t) { return std::isfinite(t) ? Json(t) : Json(nullptr); }

Json moments_json(const Function& f) {
  const auto m = continuous::moments(f);
  if (!m) return {{"refused", m.error().message}};
  return {{"area", m->area}, {"mean", m->mean}, {"variance", m->variance}};
}

Json as_json(const ContinuousRequest& request, const Answer& answer) {
  Json json{{"operation", !answer.both        ? "function"
                          : request.correlate ? "correlate"
                                              : "convolve"},
            {"f", request.f}};
  if (answer.both) json["h"] = request.h;
  json["formula"] = to_string(answer.y);
  json["latex"] = to_latex(answer.y);
  json["closed"] = answer.y.is_closed();
  json["error_estimate"] = error_estimate(answer.y);
  json["lower"] = end_of(answer.y.lower());
  json["upper"] = end_of(answer.y.upper());
  json["breakpoints"] = answer.y.breakpoints();
  json["impulses"] = Json::array();
  for (const continuous::Impulse& d : answer.y.impulses())
    json["impulses"].push_back({{"at", d.at}, {"order", d.order}, {"weight", d.weight}});
  if (request.moments) {
    json["moments"] = {{"y", moments_json(answer.y)}};
    if (answer.both) {
      json["moments"]["f"] = moments_json(answer.f);
      json["moments"]["h"] = moments_json(answer.h);
    }
  }
  if (!request.at.empty()) {
    json["t"] = answer.t;
    json["y"] = answer.values;
  }
  return json;
}

std::string table(const Answer& answer) {
  std::string text = "t,y\n";
  for (std::size_t i = 0; i < answer.t.size(); ++i)
    fmt::format_to(std::back_inserter(text), "{},{}\n", answer.t[i], answer.values[i]);
  return text;
}

std::string moments_line(const char* name, const Function& f) {
  const auto m = continuous::moments(f);
  if (!m) return fmt::format("{}: {}\n", name, m.error().message);
  return fmt::format("{}: area {:.15g}, mean {:.15g}, variance {:.15g}\n", name, m->area, m->mean,
                     m->variance);
}

void say(const ContinuousRequest& request, const Answer& answer) {
  if (request.json) return print(as_json(request, answer).dump(2) + "\n");
  std::string text;
  const bool nothing_else = !request.latex && !request.moments && request.at.empty() &&
                            request.plot.empty() && request.output.empty();
  if (request.formula || nothing_else) text += fmt::format("y(t) = {}\n", to_string(answer.y));
  if (request.latex) text += fmt::format("y(t) = {}\n", to_latex(answer.y));
  if (request.moments && answer.both)
    text += moments_line("f", answer.f) + moments_line("h", answer.h);
  if (request.moments) text += moments_line("y", answer.y);
  if (!request.at.empty() && (request.output.empty() || request.output == "-"))
    text += table(answer);
  if (!text.empty()) print(text);
}

bool is_integral(const Function& y) {
  return std::ranges::any_of(y.smooth_parts(),
                             [](const auto& part) { return part.shape->cost() > 1; });
}

void hint(const ContinuousRequest& request, const Answer& answer) {
  if (request.json) return;
  const std::size_t impulses = answer.y.impulses().size();
  if (!request.at.empty() && impulses > 0)
    fmt::print(stderr, "the table leaves out {} impulse{} of y; --formula shows {}\n", impulses,
               impulses == 1 ? "" : "s", impulses == 1 ? "it" : "them");
  if (const double error = error_estimate(answer.y); error > 0)
    fmt::print(stderr, "y is {}, within about {:.1e}\n",
               is_integral(answer.y) ? "an integral taken at each t" : "a series", error);
}

void check(const ContinuousRequest& request) {
  if (request.f.empty()) throw Stop(kUsage, "a formula is empty; exp(-t)*u(t) is one");
  if (request.correlate && request.h.empty())
    throw Stop(kUsage, "--correlate needs two formulas, F and H");
  if (!request.output.empty() && request.at.empty())
    throw Stop(kUsage, "-o needs --at, which says at which t: --at 0:48:0.5");
  if (!request.output.empty() && request.output != "-" && !request.output.ends_with(".csv"))
    throw Stop(kUsage, fmt::format("-o {} is not a .csv file", request.output));
  if (request.output == "-" &&
      (request.json || request.formula || request.latex || request.moments))
    throw Stop(kUsage,
               "-o - and --json, --formula, --latex or --moments both write to standard "
               "output; name a file for the table");
  if (request.plot.empty()) return;
  if (!request.plot.ends_with(".svg") && !request.plot.ends_with(".png"))
    throw Stop(kUsage, fmt::format("--plot {} is neither .svg nor .png", request.plot));
}

}  // namespace

std::vector<double> read_places(const std::string& text) {
  constexpr double kMost = 1e7;
  std::vector<double> places;
  std::vector<std::string> words(1);
  const char separator = text.find(':') == std::string::npos ? ',' : ':';
  for (const char c : text) {
    if (c == separator) words.emplace_back();
    else words.back() += c;
  }
  for (const std::string& word : words) places.push_back(read_number("--at", word));
  if (separator == ',') return places;
  if (places.size() != 3)
    throw Stop(kUsage,
               fmt::format("--at '{}' is neither FIRST:LAST:STEP nor a list 0,1,2.5", text));
  const double first = places[0], last = places[1], step = places[2];
  if (!(step > 0) || !(last >= first))
    throw Stop(kUsage, fmt::format("--at '{}' needs a step above 0 and FIRST <= LAST", text));
  const double count = std::floor((last - first) / step + 1e-9);
  if (!(count < kMost)) throw Stop(kUsage, "--at asks for more than 10 million places");
  places.clear();
  for (double i = 0; i <= count; ++i) places.push_back(first + i * step);
  return places;
}

void run_continuous(const ContinuousRequest& request) {
  check(request);
  for (const std::string* file : {&request.output, &request.plot})
    if (!file->empty() && *file != "-") check_destination(*file);
  const Answer answer = compute(request);
  std::vector<Output> outputs;
  if (!request.plot.empty()) {
    ContinuousStory story{{{"f(t)", request.f, answer.f}}, answer.t};
    if (answer.both) {
      story.curves.push_back({"h(t)", request.h, answer.h});
      story.curves.push_back(
          {request.correlate ? "y(t) = integral of f(s) h(s + t) ds" : "y(t) = (f * h)(t)",
           to_string(answer.y), answer.y});
    }
    outputs.push_back({request.plot, plot_continuous(story, request.plot.ends_with(".svg"))});
  }
  if (!request.output.empty() && request.output != "-") {
    const std::string text = table(answer);
    const auto* bytes = reinterpret_cast<const std::byte*>(text.data());
    outputs.push_back({request.output, {bytes, bytes + text.size()}});
  }
  if (!outputs.empty()) write_outputs(outputs);
  say(request, answer);
  hint(request, answer);
}

}  // namespace faltung::cli
