// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace CLI {
class App;
class ParseError;
}  // namespace CLI

namespace faltung::cli {

/// Stops with a sentence for a command line that CLI11 did not take: what was wrong, what is
/// allowed, which name was meant.
[[noreturn]] void refuse_usage(const CLI::App& program, const CLI::ParseError& error);

}  // namespace faltung::cli
