// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace CLI {
class App;
}

/// What is made from the definition of the command line, so that it never says anything else.
namespace faltung::cli {

/// The manual page, section 1, in roff.
std::string man_page(const CLI::App& program);
/// Completion of commands, options, their values and files, for bash.
std::string bash_completion(const CLI::App& program);
/// The named kernels and their taps as a table in Markdown, for docs/conventions.md.
std::string kernel_table();

}  // namespace faltung::cli
