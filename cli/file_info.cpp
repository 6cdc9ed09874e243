// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "file_info.hpp"

#include <fmt/format.h>

#include <cmath>

#include <nlohmann/json.hpp>

#include "data.hpp"
#include "exit.hpp"
#include "io/npy_stream.hpp"
#include "io/sound_tags.hpp"
#include "io/tiff.hpp"
#include "print.hpp"
#include "values.hpp"

namespace faltung::cli {
namespace {

using Json = nlohmann::ordered_json;

std::vector<std::int64_t> listed(const Dims& dims) { return {dims.begin(), dims.end()}; }

Json describe_sound(std::optional<std::int64_t> frames, std::int64_t channels, double rate,
                    const std::string& encoding) {
  Json json{{"kind", "sound"},
            {"channels", channels},
            {"sample_rate_hz", std::llround(rate)},
            {"encoding", encoding},
            {"frames", nullptr}};
  if (frames) {
    json["frames"] = *frames;
    json["seconds"] = static_cast<double>(*frames) / rate;
  }
  return json;
}

/// Texts by their names, and which chunks there are besides.
void add_tags(Json& json, const io::SoundTags& tags) {
  Json texts = Json::object();
  for (const io::SoundTags::Text& text : tags.texts) {
    const std::string name = io::tag_name(text.id), value = one_line(io::as_utf8(text.text));
    texts[name] = texts.contains(name) ? texts[name].get<std::string>() + "; " + value : value;
  }
  Json chunks = Json::array();
  for (const io::SoundTags::Chunk& chunk : tags.chunks)
    chunks.push_back(chunk.id == "LIST" ? "adtl" : chunk.id.substr(0, chunk.id.find(' ')));
  if (!texts.empty()) json["tags"] = texts;
  if (!chunks.empty()) json["chunks"] = chunks;
}

// The header says it; compressed sound is read as a whole.
Json describe_samples(Input& input, const std::optional<io::RawSound>& raw) {
  const auto reader = io::SoundReader::open(input.source, raw);
  if (reader)
    return describe_sound(reader->frames(), reader->channels(), reader->sample_rate_hz(),
                          reader->encoding());
  if (reader.error().trouble != io::Trouble::unavailable)
    throw Stop(exit_code(reader.error().trouble), reader.error().message);
  const io::Sound sound = take(io::parse_sound(input.read_all(), input.source.where()));
  return describe_sound(sound.samples.shape[0], sound.samples.shape[1], sound.sample_rate_hz,
                        sound.encoding);
}

Json describe_sound(Input& input, const std::optional<io::RawSound>& raw) {
  io::SoundTags tags;
  if (!raw) tags = io::read_tags(input.source);
  Json json = describe_samples(input, raw);
  add_tags(json, tags);
  return json;
}

Json describe_picture(const Dims& shape, ElementType type, io::Alpha alpha) {
  const std::int64_t colours = shape[2] - (alpha == io::Alpha::none ? 0 : 1);
  std::string text = colours == 1   ? "grey"
                     : colours == 3 ? "RGB"
                                    : fmt::format("{} channels", colours);
  if (alpha == io::Alpha::straight) text += " and alpha";
  if (alpha == io::Alpha::premultiplied) text += " and alpha, multiplied with the colours";
  return {{"kind", "picture"},    {"height", shape[0]}, {"width", shape[1]},
          {"channels", shape[2]}, {"colours", text},    {"type", name(type)}};
}

Json describe_picture(Input& input) {
  const io::Picture picture = take(io::parse_picture(input.read_all(), input.source.where()));
  return describe_picture(picture.samples.shape, picture.samples.type, picture.alpha);
}

// The header says it.
Json describe_tiff(Input& input) {
  const io::TiffReader reader = take(io::TiffReader::open(input.source));
  Json json = describe_picture(reader.layout().shape, reader.layout().type, reader.layout().alpha);
  json["pictures"] = reader.pages();
  return json;
}

Json describe_table(Input& input) {
  const io::Table table = read_table(input);
  Json columns = Json::array();
  for (const io::Table::Column& column : table.columns)
    columns.push_back({{"name", column.name},
                       {"numeric", column.numeric},
                       {"filtered", column.numeric && !is_clock(column.name)}});
  return {{"kind", "series"}, {"rows", table.rows()}, {"columns", columns}};
}

Json describe(Input& input, const std::optional<io::RawSound>& raw) {
  switch (input.format) {
    case io::Format::wav:
    case io::Format::flac:
    case io::Format::raw: return describe_sound(input, raw);
    case io::Format::png:
    case io::Format::jpeg: return describe_picture(input);
    case io::Format::tiff: return describe_tiff(input);
    case io::Format::npy: {
      const io::MappedArray array = take(io::map_npy(input.source));
      return {
          {"kind", "array"}, {"shape", listed(array.view.shape)}, {"type", name(array.view.type)}};
    }
    case io::Format::csv: break;
  }
  return describe_table(input);
}

std::string text_of(const Json& value) {
  return value.is_string() ? value.get<std::string>()
         : value.is_null() ? "not known"
         : value.is_array() && !value.empty() && value[0].is_string()
             ? fmt::format("{}", fmt::join(value.get<std::vector<std::string>>(), ", "))
             : value.dump();
}

std::string as_text(const Json& json) {
  std::string text;
  for (const auto& [key, value] : json.items()) {
    if (key == "tags") {
      for (const auto& [name, said] : value.items())
        text += fmt::format("{:<15} {}\n", name, text_of(said));
      continue;
    }
    if (key != "columns") {
      text += fmt::format("{:<15} {}\n", key, text_of(value));
      continue;
    }
    for (const Json& column : value)
      text += fmt::format("{:<15} {}{}\n", "column", column["name"].get<std::string>(),
                          column["filtered"].get<bool>()  ? ""
                          : column["numeric"].get<bool>() ? " (time, not filtered)"
                                                          : " (text, not filtered)");
  }
  return text;
}

}  // namespace

void run_file_info(const std::string& file, const std::optional<io::RawSound>& raw, bool json) {
  Request request;
  request.input = file;
  request.raw = raw;
  Input input = open_input(request);
  Json said{{"path", file}, {"format", io::name(input.format)}};
  said.update(describe(input, raw));
  print(json ? said.dump(2, ' ', false, Json::error_handler_t::replace) + "\n" : as_text(said));
}

}  // namespace faltung::cli
