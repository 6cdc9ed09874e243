// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "data.hpp"

namespace faltung::cli {

/// What of the input's tags goes to an output of that format: texts always, positions and the time
/// of day where the output's frames are those of the input. `said` gets what was left out.
io::SoundTags kept_tags(const io::SoundTags& tags, const Request& request, const Problem& problem,
                        io::Format format, std::vector<std::string>& said);

}  // namespace faltung::cli
