// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "input.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "elements.hpp"
#include "exit.hpp"
#include "files.hpp"
#include "io/tiff.hpp"
#include "values.hpp"

namespace faltung::cli {
namespace {

bool begins(std::span<const std::byte> bytes, std::string_view text) {
  return bytes.size() >= text.size() && std::memcmp(bytes.data(), text.data(), text.size()) == 0;
}

// What comes in through a pipe has no suffix.
io::Format format_by_content(std::span<const std::byte> bytes) {
  using io::Format;
  if (begins(bytes, "RIFF") || begins(bytes, "RIFX") || begins(bytes, "RF64") ||
      begins(bytes, "BW64"))
    return Format::wav;
  if (begins(bytes, "fLaC")) return Format::flac;
  if (begins(bytes, "\x93NUMPY")) return Format::npy;
  if (begins(bytes, "\x89PNG")) return Format::png;
  if (begins(bytes, "\xff\xd8\xff")) return Format::jpeg;
  if (io::is_tiff(bytes)) return Format::tiff;
  if (bytes.empty()) throw Stop(kData, "standard input is empty");
  if (std::find(bytes.begin(), bytes.end(), std::byte{0}) == bytes.end()) return Format::csv;
  throw Stop(kData,
             "standard input is none of WAV, FLAC, PNG, JPEG, TIFF, NPY and CSV; samples without a "
             "header need --raw RATE:CHANNELS:ENCODING");
}

// By the suffix; of an output, which --format may name instead.
io::Format format_of_name(const std::string& path, bool output) {
  const io::Result<io::Format> format = io::format_of(path);
  if (format) return *format;
  const std::string suffix = std::filesystem::path(path).extension().string();
  std::string sentence = format.error().message;
  if (!suffix.empty()) sentence += suggestion(suffix, io::suffixes());
  if (output) sentence += "; --format names the format of an output of any name";
  throw Stop(kUsage, sentence);
}

}  // namespace

std::vector<std::byte> Input::read_all() { return take(source.read_all()); }

Input open_input(const Request& request) {
  constexpr std::size_t kFirstBytes = 512;
  if (request.input == "-") {
    Input input{take(io::ByteSource::open("-")), io::Format::raw};
    if (!request.raw) input.format = format_by_content(take(input.source.peek(kFirstBytes)));
    return input;
  }
  check_source(request.input);
  io::Format format = io::Format::raw;
  if (!request.raw) format = format_of_name(request.input, false);
  if (format == io::Format::raw && !request.raw)
    throw Stop(kUsage, fmt::format("{} holds samples without a header; say what they are by --raw "
                                   "RATE:CHANNELS:ENCODING, such as 48000:2:pcm16",
                                   request.input));
  return {take(io::ByteSource::open(request.input)), format};
}

io::Format output_format(const Request& request, io::Format usual) {
  if (request.format) return *request.format;
  if (request.output == "-" || request.output.empty()) return usual;
  return format_of_name(request.output, true);
}

}  // namespace faltung::cli
