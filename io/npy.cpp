// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include <sys/mman.h>

#include <algorithm>
#include <cstring>
#include <limits>

#include "io/failure.hpp"
#include "io/npy_header.hpp"
#include "io/npy_stream.hpp"

namespace faltung::io {
namespace {

using Bytes = std::span<const std::byte>;

void swap_bytes(std::vector<std::byte>& bytes, std::size_t unit) {
  if (unit < 2) return;
  for (std::size_t at = 0; at < bytes.size(); at += unit)
    std::reverse(bytes.begin() + static_cast<std::ptrdiff_t>(at),
                 bytes.begin() + static_cast<std::ptrdiff_t>(at + unit));
}

/// Copies elements of `Size` bytes from any strides into row-major order.
template <std::size_t Size>
void gather(const std::byte* from, const Dims& shape, const Dims& strides, std::byte* to) {
  const int last = shape.rank() - 1;
  const std::int64_t row = last < 0 ? 1 : shape[last];
  const std::int64_t step = last < 0 ? 0 : strides[last];
  Dims index(shape.rank(), 0);
  for (std::int64_t offset = 0;;) {
    const std::byte* at = from + offset * std::int64_t{Size};
    for (std::int64_t i = 0; i < row; ++i, to += Size)
      std::memcpy(to, at + i * step * std::int64_t{Size}, Size);
    int axis = last - 1;
    for (; axis >= 0; --axis) {  // as an odometer
      offset += strides[axis];
      if (++index[axis] < shape[axis]) break;
      offset -= strides[axis] * shape[axis];
      index[axis] = 0;
    }
    if (axis < 0) return;
  }
}

void gather(const std::byte* from, std::int64_t size, const Dims& shape, const Dims& strides,
            std::byte* to) {
  switch (size) {
    case 1: return gather<1>(from, shape, strides, to);
    case 2: return gather<2>(from, shape, strides, to);
    case 4: return gather<4>(from, shape, strides, to);
    case 8: return gather<8>(from, shape, strides, to);
    default: return gather<16>(from, shape, strides, to);
  }
}

Result<AnyArray> decode(Bytes bytes, const std::string& where) {
  const Result<NpyContents> c = npy_contents(bytes, where);
  if (!c) return tl::unexpected(c.error());
  AnyArray array{c->type, c->shape, {}};
  const std::int64_t unit = size_bytes(array.type);
  array.bytes.resize(c->samples.size());
  if (c->strides == dense_strides(c->shape))
    std::memcpy(array.bytes.data(), c->samples.data(), c->samples.size());
  else gather(c->samples.data(), unit, array.shape, c->strides, array.bytes.data());
  if (c->swap)
    swap_bytes(array.bytes, static_cast<std::size_t>(is_complex(array.type) ? unit / 2 : unit));
  return array;
}

/// A file's bytes in the address space, as long as this lives.
class Mapping {
 public:
  Mapping(int descriptor, std::size_t size)
      : data_(::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, descriptor, 0)), size_(size) {}
  ~Mapping() {
    if (data_ != MAP_FAILED) ::munmap(data_, size_);
  }
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;
  bool ok() const { return data_ != MAP_FAILED; }
  Bytes bytes() const { return {static_cast<const std::byte*>(data_), size_}; }

 private:
  void* data_;
  std::size_t size_;
};

}  // namespace

Result<AnyArray> parse_npy(std::span<const std::byte> bytes, const std::string& where) {
  return within_memory(where, [&] { return decode(bytes, where); });
}

Result<AnyArray> read_npy(const std::filesystem::path& path) {
  Result<std::vector<std::byte>> bytes = read_file(path);
  if (!bytes) return tl::unexpected(bytes.error());
  return parse_npy(*bytes, path.string());
}

Result<MappedArray> map_npy(ByteSource& source) {
  return within_memory(source.where(), [&]() -> Result<MappedArray> {
    if (const auto file = source.whole_file()) {
      const auto mapping = std::make_shared<const Mapping>(*file, std::size_t{*source.size()});
      if (mapping->ok()) {
        const auto c = npy_contents(mapping->bytes(), source.where());
        if (!c) return tl::unexpected(c.error());
        if (!c->swap)
          return MappedArray{ConstView(c->samples.data(), c->type, c->shape, c->strides), mapping,
                             true};
      }
    }
    auto bytes = source.read_all();
    if (!bytes) return tl::unexpected(bytes.error());
    auto array = decode(*bytes, source.where());
    if (!array) return tl::unexpected(array.error());
    const auto held = std::make_shared<const AnyArray>(std::move(*array));
    return MappedArray{held->view(), held, false};
  });
}

Result<NpyWriter> NpyWriter::open(OutputFile& file, ElementType type, const Dims& shape) {
  if (auto written = file.write(npy_header(type, shape)); !written)
    return tl::unexpected(written.error());
  return NpyWriter(file, type, shape);
}

// Headers are padded: that of the longest array leaves room for any other's.
Result<NpyWriter> NpyWriter::open_growing(OutputFile& file, ElementType type, const Dims& shape) {
  NpyWriter writer(file, type, shape);
  writer.shape_[0] = std::numeric_limits<std::int64_t>::max();
  const std::vector<std::byte> header = npy_header(type, writer.shape_);
  writer.header_bytes_ = header.size();
  if (auto written = file.write(header); !written) return tl::unexpected(written.error());
  return writer;
}

Result<void> NpyWriter::finish(std::int64_t extent) {
  if (header_bytes_ == 0) return {};
  shape_[0] = extent;
  return file_->write_at(0, npy_header(type_, shape_, header_bytes_));
}

std::vector<std::byte> encode_npy(const ConstView& array) {
  std::vector<std::byte> bytes = npy_header(array.type, array.shape);
  const std::size_t header = bytes.size();
  const std::int64_t unit = size_bytes(array.type);
  const auto samples_bytes = static_cast<std::size_t>(element_count(array.shape) * unit);
  bytes.resize(header + samples_bytes);
  if (samples_bytes > 0)
    gather(static_cast<const std::byte*>(array.data), unit, array.shape, array.strides,
           bytes.data() + header);
  return bytes;
}

}  // namespace faltung::io
