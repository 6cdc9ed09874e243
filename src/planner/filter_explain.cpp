// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// What a filter's plan says of itself: the laws it used, and what they save.
#include <cstdio>

#include "planner/choice.hpp"
#include "planner/filter_plan_impl.hpp"

namespace faltung {
namespace {

std::string number(const char* format, double value) {
  char text[48];
  std::snprintf(text, sizeof text, format, value);
  return text;
}

std::string taps_text(std::span<const std::int64_t> counts) {
  std::string text;
  for (const std::int64_t n : counts) text += (text.empty() ? "" : " + ") + std::to_string(n);
  return text;
}

/// The taps of each stage, the first kernels first.
std::vector<std::int64_t> counts_of(const Chain& chain) {
  std::vector<std::int64_t> counts;
  for (const Stage& s : chain) counts.push_back(s.kernel.count());
  return counts;
}

void name_laws_apart(const std::string& taps, Evaluation& e) {
  const std::string instead = " taps instead of one kernel of " + taps + ": " +
                              number("%.2f of the time", e.seconds / e.merged_seconds);
  std::vector<std::int64_t> all;
  for (const Chain& chain : e.terms)
    for (const std::int64_t n : counts_of(chain)) all.push_back(n);
  if (e.terms.size() > 1)
    e.laws.push_back("distributivity: " + std::to_string(e.terms.size()) +
                     " terms beside each other, " + taps_text(all) + instead);
  if (all.size() == 1)
    e.laws.push_back("shift: without the zeros that reach to time zero, " + taps_text(all) +
                     instead);
  for (const Chain& chain : e.terms) {
    if (chain.size() < 2) continue;
    const auto counts = counts_of(chain);
    e.laws.push_back("associativity: a chain of " + std::to_string(counts.size()) + " kernels, " +
                     taps_text(counts) + (e.terms.size() > 1 ? " taps" : instead));
    e.laws.push_back("commutativity: the kernel " + to_string(chain[0].kernel.shape()) +
                     " first, over a window widened by the others");
  }
}

void name_laws_merged(const FilterPart& filter, const std::string& taps, Evaluation& e) {
  const auto factors = factors_of(filter), terms = terms_of(filter);
  const std::vector<FilterPart>& parts = terms.size() > 1 ? terms : factors;
  if (parts.size() < 2) return;
  std::vector<std::int64_t> counts;
  for (const FilterPart& part : parts) counts.push_back(part.count());
  std::string law = terms.size() > 1 ? "distributivity: " : "associativity: ";
  law += std::to_string(parts.size()) + " kernels of " + taps_text(counts) +
         " taps merged into one of " + taps;
  if (e.merged_seconds > 0 && e.apart_seconds > 0)
    law += number(": %.2f of the time of all kept apart", e.merged_seconds / e.apart_seconds);
  e.laws.push_back(std::move(law));
}

}  // namespace

void name_laws(const FilterPart& filter, Evaluation& e) {
  const std::string taps = std::to_string(element_count(box_with_zero(filter.box()).shape));
  if (e.merged) name_laws_merged(filter, taps, e);
  else name_laws_apart(taps, e);
}

void name_shared(const FilterPart& filter, const Plan& plan, Evaluation& e) {
  const std::size_t terms = terms_of(filter).size();
  if (!e.merged || terms < 2) return;
  const std::string method = plan.algorithm(), all = std::to_string(terms) + " terms";
  if (method == "separable")
    e.laws.push_back("shared: each tile of x is read once for the " +
                     std::to_string(plan.problem().kernel_rank) + " products of rows that the " +
                     all + " come to");
  else if (method == "fft_single" || method == "overlap_save")
    e.laws.push_back("shared: each block of x is transformed once for all " + all +
                     ", and back once");
  else e.laws.push_back("shared: x is read once for all " + all);
}

std::string FilterPlan::algorithm() const {
  std::string text;
  for (const std::vector<ReadyStage>& chain : impl_->terms) {
    std::string one;
    for (const ReadyStage& stage : chain) one += (one.empty() ? "" : ", ") + stage.plan.algorithm();
    if (!text.empty()) text += " + ";
    text += chain.size() > 1 ? "(" + one + ")" : one;
  }
  return text;
}

double FilterPlan::predicted_seconds() const {
  double seconds = 0;
  for (const std::vector<ReadyStage>& chain : impl_->terms)
    for (const ReadyStage& stage : chain) seconds += stage.plan.predicted_seconds();
  return seconds;
}

std::string FilterPlan::explain() const {
  std::string laws;
  for (const std::string& law : impl_->evaluation.laws) laws += law + "\n";
  if (merged()) {
    std::string text = impl_->terms[0][0].plan.explain();
    return text.insert(text.find('\n') + 1, laws);
  }
  std::string text = problem().to_string() + "\n" + laws;
  for (std::size_t t = 0; t < impl_->terms.size(); ++t)
    for (std::size_t k = 0; k < impl_->terms[t].size(); ++k)
      text += "term " + std::to_string(t + 1) + ", stage " + std::to_string(k + 1) + ": " +
              impl_->terms[t][k].plan.explain();
  return text;
}

std::string FilterPlan::explain_json() const {
  const Evaluation& e = impl_->evaluation;
  std::string text = "{\"problem\": " + json_string(problem().to_string()) +
                     ", \"algorithm\": " + json_string(algorithm()) +
                     ", \"filter\": " + json_string(impl_->whole.filter->name) + ", \"laws\": [";
  const char* separator = "";
  for (const std::string& law : e.laws) {
    text += separator + json_string(law);
    separator = ", ";
  }
  text += "], \"seconds\": " + json_number(e.seconds) +
          ", \"merged_seconds\": " + json_number(e.merged_seconds) + ", \"plans\": [";
  for (std::size_t t = 0; t < impl_->terms.size(); ++t) {
    text += t == 0 ? "[" : ", [";
    for (std::size_t k = 0; k < impl_->terms[t].size(); ++k)
      text += (k == 0 ? "" : ", ") + impl_->terms[t][k].plan.explain_json();
    text += "]";
  }
  return text + "]}";
}

}  // namespace faltung
