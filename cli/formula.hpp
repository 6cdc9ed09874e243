// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "faltung/continuous.hpp"
#include "options.hpp"

/// A formula as KERNEL: "exp(-t/12)*u(t)".
namespace faltung::cli {

/// Whether a word that is no file is a formula: it names t, which no other kernel does, and has
/// neither a colon nor square brackets, which named kernels and filters of them have.
bool is_formula(const std::string& word);

/// The formula of a request, where its kernel is one. A file of that name comes first.
std::optional<std::string> formula_of(const Request& request);

/// What it says. Stop(kUsage or kData): a sentence with the column, the formula and a caret below.
continuous::Function read_formula(const std::string& text);

/// Stop(kUsage) for a word that looks like a formula without a t.
void refuse_formula_without_t(const std::string& word);

}  // namespace faltung::cli
