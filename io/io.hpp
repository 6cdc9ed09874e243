// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "faltung/convolve.hpp"

/// Readers and writers of files. Headers are never believed: a declared size larger than the file
/// is refused before anything is allocated. Nothing here prints. Readers go by the content, not by
/// the suffix; the parse functions read memory and name it `where` in their messages. Readers
/// report a lack of memory as Trouble::unavailable; encoders let std::bad_alloc pass.
/// Every function may be called from any thread.
namespace faltung::io {

/// What kind of trouble, as the exit codes of sysexits.h tell it.
enum class Trouble {
  data,           ///< EX_DATAERR 65: the file's content is not what it says
  no_input,       ///< EX_NOINPUT 66: no such file, or it cannot be read
  cannot_create,  ///< EX_CANTCREAT 73: the output cannot be made
  io_error,       ///< EX_IOERR 74: reading or writing broke off
  unavailable,    ///< EX_UNAVAILABLE 69: a program, a format or memory that is lacking
};

struct Failure {
  Trouble trouble = Trouble::data;
  std::string message;  ///< a sentence: which file, what was wrong, what is allowed
};

template <class T>
using Result = tl::expected<T, Failure>;

enum class Format { wav, flac, raw, png, jpeg, tiff, npy, csv };
const char* name(Format format) noexcept;
/// By suffix (.wav .flac .raw .pcm .png .jpg .jpeg .tif .tiff .npy .csv, any case); raw is sound
/// without a header.
Result<Format> format_of(const std::filesystem::path& path);
/// Those suffixes.
std::vector<std::string> suffixes();

/// What a sound file says besides its samples.
struct SoundTags {
  /// A text of LIST INFO, as it lies there: INAM (title), IART, IPRD (album), ICRD (date), ...
  struct Text {
    std::string id, text;
  };
  /// A chunk of a WAV as it lies there: bext, cue, smpl, LIST (of labels).
  struct Chunk {
    std::string id;
    std::vector<std::byte> body;
  };
  std::vector<Text> texts;
  std::vector<Chunk> chunks;
};

/// Samples as they will be convolved: [frames, channels], f32 (f64 where the file holds doubles
/// or 32-bit integers), full scale 1: an integer of b bits is value / 2^(b-1), exactly.
struct Sound {
  AnyArray samples;
  double sample_rate_hz = 0;
  /// How samples are stored: "pcm8", "pcm16", "pcm24", "pcm32", "float32", "float64". Files in
  /// mu-law, A-law, ADPCM or GSM read as "pcm16", the closest of these.
  std::string encoding = "float32";
  SoundTags tags = {};  ///< to be written; read_tags reads them
};
/// WAV (RIFF, RIFX, RF64, BW64, extensible) and FLAC. A data chunk longer than the file is refused,
/// but for the lengths 0xFFFFFFFF and 0x7FFFF000 that programs write into a pipe: they mean up to
/// the end of the file. Tags are left to read_tags (io/sound_tags.hpp). FLAC that expands more than
/// 4096-fold beyond the first 256 MiB is refused.
Result<Sound> read_sound(const std::filesystem::path& path);
Result<Sound> parse_sound(std::span<const std::byte> bytes, const std::string& where);
/// Encodes into memory; WAV or FLAC by `format`. Integer encodings round to nearest (ties to even)
/// and clamp; `clipped` (if not null) receives how many samples were clamped, NaN (stored as 0)
/// included. FLAC takes pcm8, pcm16, pcm24, and of the tags the texts it has names for. The same
/// samples give the same bytes on every run.
Result<std::vector<std::byte>> encode_sound(const Sound& sound, Format format,
                                            std::int64_t* clipped);

/// What a picture's last channel is: a colour; how opaque the pixel is; or that, with the colours
/// multiplied by it already.
enum class Alpha : std::int8_t { none, straight, premultiplied };

/// [height, width, channels]: grey or RGB, with or without alpha; TIFF also has other numbers of
/// channels. u8 or u16; of TIFF also f32 and f64.
struct Picture {
  AnyArray samples;
  Alpha alpha = Alpha::none;
};
/// PNG: palettes and 1, 2 and 4 bits become 8 bits, transparency becomes alpha, 16 bits stay.
/// JPEG: grey or RGB; CMYK is refused. TIFF: tiff.hpp has more. Pixels are as stored: an
/// orientation in EXIF, gamma and colour profiles are not applied. A size that the file's bytes
/// cannot hold is refused.
Result<Picture> read_picture(const std::filesystem::path& path);
Result<Picture> parse_picture(std::span<const std::byte> bytes, const std::string& where);
/// PNG keeps 8 or 16 bits and straight alpha; JPEG takes 8 bits without alpha (quality 95, full
/// chroma); TIFF takes all that a Picture is.
Result<std::vector<std::byte>> encode_picture(const Picture& picture, Format format);

/// NPY versions 1 to 3, C or Fortran order, little or big endian; the result is dense C order, of
/// 1 to 16 axes, none of them empty. The file ends where the array does.
Result<AnyArray> read_npy(const std::filesystem::path& path);
Result<AnyArray> parse_npy(std::span<const std::byte> bytes, const std::string& where);
std::vector<std::byte> encode_npy(const ConstView& array);

/// A table with a header. A column is numeric when every one of its cells is a finite or
/// non-finite number (nan, inf, -inf are numbers); others keep their text, such as dates. Names of
/// columns are without blanks around them.
struct Table {
  struct Column {
    std::string name;
    bool numeric = false;
    std::vector<double> values;     ///< numeric columns
    std::vector<std::string> text;  ///< the cells as written, for every column that was read
    std::string reason;             ///< why a column is not numeric: its first cell that is none
    bool mixed = false;             ///< not numeric, though some of its cells are numbers
  };
  std::vector<Column> columns;
  std::size_t rows() const {
    if (columns.empty()) return 0;
    const Column& first = columns.front();
    return first.numeric ? first.values.size() : first.text.size();
  }
};
/// RFC 4180 in UTF-8: commas, double quotes, LF or CRLF, blank lines at the end only. At least one
/// row after the header. Numbers have a decimal point in every locale.
Result<Table> read_csv(const std::filesystem::path& path);
Result<Table> parse_csv(std::string_view text, const std::string& where);
/// Numeric columns write `values`, in the shortest form that reads back to the same double; others
/// write `text`, quoted by RFC 4180 where needed. Lines end in LF. All columns have rows() cells.
std::vector<std::byte> encode_csv(const Table& table);

/// The whole file, or why not. Refuses folders, and files above `limit_bytes`. Reads pipes too.
Result<std::vector<std::byte>> read_file(const std::filesystem::path& path,
                                         std::int64_t limit_bytes = std::int64_t{1} << 40);
/// Writes whole or not at all: a temporary file in the same folder, fsync, rename, fsync of the
/// folder. On failure the old file is as it was and nothing is left behind. The new file has the
/// old one's mode (and owner, where that is allowed). A symbolic link stays and its target is
/// replaced; a name with other hard links is parted from them. What is no regular file (/dev/null,
/// /dev/stdout, a pipe) is written to directly; a pipe without a reader raises SIGPIPE, which a
/// program that may be given one ignores.
Result<void> write_file(const std::filesystem::path& path, std::span<const std::byte> bytes);

}  // namespace faltung::io
