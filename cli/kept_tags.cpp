// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "kept_tags.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "io/sound_tags.hpp"

namespace faltung::cli {
namespace {

/// Frame n of the output is at the time of frame n of the input; for same that of its centre.
bool keeps_frames(const Request& request, const Problem& problem) {
  return problem.operation == Operation::convolve && request.window.empty() &&
         problem.extent != Extent::valid && stride_of(problem, 0) == 1;
}

std::string names_of(const io::SoundTags& tags) {
  std::vector<std::string> names;
  for (const io::SoundTags::Chunk& chunk : tags.chunks)
    names.push_back(chunk.id == "cue "   ? "cues"
                    : chunk.id == "smpl" ? "loops"
                    : chunk.id == "LIST" ? "labels"
                                         : "bext");
  return fmt::format("{}", fmt::join(names, ", "));
}

/// FLAC has a comment for each text but these.
bool has_comment(const std::string& id) { return io::tag_name(id) != id && id != "ISFT"; }

}  // namespace

io::SoundTags kept_tags(const io::SoundTags& tags, const Request& request, const Problem& problem,
                        io::Format format, std::vector<std::string>& said) {
  io::SoundTags kept = tags;
  if (format != io::Format::wav) kept.chunks.clear();
  if (format == io::Format::flac)
    std::erase_if(kept.texts,
                  [](const io::SoundTags::Text& text) { return !has_comment(text.id); });
  if (format != io::Format::wav && format != io::Format::flac) kept.texts.clear();
  if (kept.chunks.size() != tags.chunks.size())
    said.push_back(fmt::format("{} of the input are not kept: {} has no place for them",
                               names_of(tags), io::name(format)));
  if (kept.texts.size() != tags.texts.size())
    said.push_back(fmt::format("{} of {} texts of the input are not kept: {} has no place for them",
                               tags.texts.size() - kept.texts.size(), tags.texts.size(),
                               io::name(format)));
  io::forget_loudness(kept);
  if (kept.chunks.empty() || keeps_frames(request, problem)) return kept;
  said.push_back(
      fmt::format("positions of the input ({}) are not kept, since the output's frames "
                  "are others",
                  names_of(kept)));
  io::forget_positions(kept);
  return kept;
}

}  // namespace faltung::cli
