// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "faltung/problem.hpp"

namespace CLI {
class FormatterBase;
}

namespace faltung::cli {

/// The long texts of --help: defaults by kind of data, named kernels, examples, exit codes.
std::string help_of_program();
std::string help_of_exit_codes();
std::string help_of_plan();
/// The named kernels, a line or two each.
std::string list_of_kernels();
std::string help_of_deconvolve();
std::string help_of_gradient();
std::string help_of_command(Operation operation);

/// How options are laid out: two columns, wrapped to the width of a terminal.
std::shared_ptr<CLI::FormatterBase> help_format();

}  // namespace faltung::cli
