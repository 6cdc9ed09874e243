// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "elements.hpp"
#include "exit.hpp"
#include "io/sound_stream.hpp"
#include "piecewise.hpp"
#include "sound.hpp"

namespace faltung::cli {
namespace {

/// Sound of fewer bytes is read as a whole, and the planner sees all of it.
constexpr std::uint64_t kSmallBytes = std::uint64_t{8} << 20;

class SoundPieces final : public Piecewise {
 public:
  SoundPieces(const Request& request, io::SoundReader reader, io::Format format)
      : request_(request), reader_(std::move(reader)), format_(format) {}

  std::unique_ptr<Data> describe(std::int64_t frames) const override {
    return describe_sound(request_,
                          {reader_.sample_rate_hz(), frames, reader_.channels(), reader_.type()});
  }
  std::optional<std::int64_t> rows() const override { return reader_.frames(); }
  std::int64_t read(std::byte* to, std::int64_t frames) override {
    return take(reader_.read(to, frames));
  }
  std::string encoding() const override { return sound_encoding(request_, format_); }
  void open(io::OutputFile& file, const Target& target) override {
    io::SoundWriter::Layout layout;
    layout.format = format_;
    layout.encoding = encoding();
    layout.sample_rate_hz = sound_rate_hz(target.problem, reader_.sample_rate_hz(), format_);
    layout.channels = target.shape[1];
    layout.frames = target.rows;
    writer_ = take(io::SoundWriter::open(file, layout));
  }
  void write(const View& outputs) override {
    loud_.add(outputs);
    take(writer_->write(outputs));
  }
  void finish(Stored& stored) override {
    take(writer_->finish());
    stored.clipped = writer_->clipped();
    stored.nonfinite = loud_.nonfinite();
    describe_losses(loud_, request_, stored);
  }

 private:
  const Request& request_;
  io::SoundReader reader_;
  io::Format format_;
  std::optional<io::SoundWriter> writer_;
  Loudness loud_;
};

bool is_sound(io::Format format) {
  return format == io::Format::wav || format == io::Format::flac || format == io::Format::raw;
}

}  // namespace

std::unique_ptr<Piecewise> sound_pieces(const Request& request, Input& input) {
  if (!is_sound(input.format)) return nullptr;
  const io::Format format = check_sound_options(request);
  if (!is_sound(format)) return nullptr;
  const bool pipes = !input.source.size() || request.output == "-";
  if (!pipes && *input.source.size() < kSmallBytes) return nullptr;
  auto reader = io::SoundReader::open(input.source, request.raw);
  if (!reader && reader.error().trouble == io::Trouble::unavailable) return nullptr;
  return std::make_unique<SoundPieces>(request, take(std::move(reader)), format);
}

}  // namespace faltung::cli
