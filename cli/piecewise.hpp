// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "data.hpp"
#include "io/output_file.hpp"

/// Files that are convolved piece by piece along their first axis, in memory that does not grow
/// with their length:
///
///   read -> [rows, ...] -> Stream -> [outputs, ...] -> write -> the file's place
namespace faltung::cli {

/// What goes to the writer.
struct Target {
  const Problem& problem;
  const AnyArray& taps;
  ElementType type;                  ///< of the outputs
  Dims shape;                        ///< of one output along the first axis
  std::optional<std::int64_t> rows;  ///< how many outputs come, where that is known
};

/// One kind of such a file, for one run. Every function may throw Stop.
class Piecewise {
 public:
  virtual ~Piecewise() = default;
  /// What the kernel meets, of so many rows; without samples.
  virtual std::unique_ptr<Data> describe(std::int64_t rows) const = 0;
  /// The input's extent along the first axis; none of a pipe.
  virtual std::optional<std::int64_t> rows() const = 0;
  /// Reads up to `rows` rows as describe() says they are; fewer at the end only.
  virtual std::int64_t read(std::byte* to, std::int64_t rows) = 0;
  /// The type of the outputs, once it is planned.
  virtual void plan(ElementType) {}
  /// How the output is stored, known before it is.
  virtual std::string encoding() const = 0;
  virtual void open(io::OutputFile& file, const Target& target) = 0;
  /// Called beside read(), from another thread.
  virtual void write(const View& outputs) = 0;
  /// Completes the file and what is told of it; shape and samples are filled in already.
  virtual void finish(Stored& stored) = 0;
  /// The bytes of --plot, which sound alone has in pieces, once all is written.
  virtual std::vector<std::byte> plot(const Outcome&) { return {}; }
  /// Whether files of this kind that are small are convolved as a whole: pieces give the same bits.
  virtual bool as_whole() const { return false; }
  /// Whether all of it fits into memory, where it is run if the plan of the whole has no stream.
  virtual bool fits_whole() const { return false; }
  /// The most rows that are worth reading at a time.
  virtual std::int64_t most_rows() const { return INT64_MAX; }
  /// Bytes that reader and writer hold at most beside pieces of so many rows and outputs.
  virtual std::int64_t held_bytes(std::int64_t rows, std::int64_t outputs) const = 0;
};

/// The input as one that is run so, where it can be and is better run so than as a whole: pipes,
/// files that are long, a limit of memory, and problems that have a stream. Null elsewhere, and
/// nothing was taken from the input then.
std::unique_ptr<Piecewise> sound_pieces(const Request& request, Input& input);
std::unique_ptr<Piecewise> picture_pieces(const Request& request, Input& input);
std::unique_ptr<Piecewise> array_pieces(const Request& request, Input& input);
std::unique_ptr<Piecewise> table_pieces(const Request& request, Input& input);

/// What needs all samples at once has no pieces.
bool has_pieces(const Request& request);

/// Runs a request so; false where it is to be run as a whole.
bool run_piecewise(const Request& request, Input& input);

}  // namespace faltung::cli
