// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "io/npy_header.hpp"

#include <bit>
#include <cstring>

#include "io/failure.hpp"

// The format: numpy/lib/format.py of NumPy, which describes versions 1.0, 2.0 and 3.0.
//
//   \x93NUMPY | major | minor | header length, 2 bytes (4 from version 2) | header | samples
//   header: {'descr': '<f8', 'fortran_order': False, 'shape': (3, 4), } and blanks, '\n'
namespace faltung::io {
namespace {

using Bytes = std::span<const std::byte>;

constexpr unsigned char kMagic[6] = {0x93, 'N', 'U', 'M', 'P', 'Y'};
constexpr std::size_t kMaxHeaderBytes = 1 << 16;  // honest headers have about a hundred
constexpr std::size_t kAlignment = 64;            // of the samples within the file
constexpr const char* kAllowed =
    "float16, float32, float64, complex64, complex128 and integers of 8 to 64 bits are allowed";

struct Header {
  std::string descr;
  bool fortran_order = false;
  Dims shape;
};

/// Reads the one Python dict that a header is, strictly: three keys in any order, each once.
class HeaderParser {
 public:
  explicit HeaderParser(std::string_view text) : text_(text) {}

  /// Empty on success, else what is wrong.
  std::string parse(Header& header) {
    bool have_descr = false, have_order = false, have_shape = false;
    if (!take('{')) return "it does not begin with '{'";
    while (!take('}')) {
      std::string key;
      if (!take_string(key) || !take(':')) return "a key is missing";
      bool& have = key == "descr" ? have_descr : key == "shape" ? have_shape : have_order;
      if (key != "descr" && key != "shape" && key != "fortran_order")
        return "only the keys descr, fortran_order and shape are allowed";
      if (have) return "the key " + key + " comes twice";
      have = true;
      std::string why = key == "descr"   ? take_descr(header.descr)
                        : key == "shape" ? take_shape(header.shape)
                                         : take_bool(header.fortran_order);
      if (!why.empty()) return why;
      if (take(',')) continue;
      if (!take('}')) return "a comma or '}' is missing";
      break;
    }
    skip_blanks();
    if (at_ != text_.size()) return "something follows '}'";
    if (!have_descr || !have_order || !have_shape)
      return "descr, fortran_order and shape are needed";
    return {};
  }

 private:
  void skip_blanks() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\n'))
      ++at_;
  }
  bool take(char c) {
    skip_blanks();
    if (at_ == text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  bool take_word(std::string_view word) {
    skip_blanks();
    if (text_.substr(at_, word.size()) != word) return false;
    at_ += word.size();
    return true;
  }
  bool take_string(std::string& value) {
    skip_blanks();
    if (at_ == text_.size() || (text_[at_] != '\'' && text_[at_] != '"')) return false;
    const std::size_t end = text_.find(text_[at_], at_ + 1);
    if (end == std::string_view::npos) return false;
    value = text_.substr(at_ + 1, end - at_ - 1);
    at_ = end + 1;
    return value.find('\\') == std::string::npos;
  }
  std::string take_descr(std::string& descr) {
    if (take('[')) return std::string("its samples are structured records; ") + kAllowed;
    if (!take_string(descr)) return "descr is no string";
    return {};
  }
  std::string take_bool(bool& value) {
    value = take_word("True");
    return value || take_word("False") ? "" : "fortran_order is neither True nor False";
  }
  std::string take_shape(Dims& shape) {
    if (!take('(')) return "shape is no tuple";
    for (bool comma = false; !take(')');) {
      std::int64_t extent = 0;
      if (shape.rank() > 0 && !comma) return "shape lacks a comma";
      if (std::string why = take_extent(extent); !why.empty()) return why;
      if (shape.rank() == kMaxRank)
        return "it has more than " + std::to_string(kMaxRank) + " axes, the most that are allowed";
      shape.push_back(extent);
      comma = take(',');
      if (!comma && shape.rank() == 1) return "shape is no tuple";  // (3) is a number
    }
    return {};
  }
  std::string take_extent(std::int64_t& extent) {
    skip_blanks();
    if (at_ < text_.size() && text_[at_] == '-') return "shape has a negative extent";
    const std::size_t begin = at_;
    for (; at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9'; ++at_)
      if (__builtin_mul_overflow(extent, std::int64_t{10}, &extent) ||
          __builtin_add_overflow(extent, std::int64_t{text_[at_] - '0'}, &extent))
        return "shape has an extent that does not fit 63 bits";
    if (at_ == begin) return "shape has something that is no whole number";
    if (at_ < text_.size() && text_[at_] == 'L') ++at_;  // a long integer of Python 2
    return {};
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

struct Descr {
  const char* code;
  ElementType type;
};
constexpr Descr kDescrs[] = {
    {"f2", ElementType::f16}, {"f4", ElementType::f32},   {"f8", ElementType::f64},
    {"c8", ElementType::c64}, {"c16", ElementType::c128}, {"u1", ElementType::u8},
    {"i1", ElementType::i8},  {"u2", ElementType::u16},   {"i2", ElementType::i16},
    {"u4", ElementType::u32}, {"i4", ElementType::i32},   {"u8", ElementType::u64},
    {"i8", ElementType::i64}};

/// What a type that is not read is called; `code` has no byte order.
std::string refused_name(std::string_view code) {
  if (code == "b1") return "bool";
  if (code == "f16" || code == "f12" || code == "c32" || code == "c24") return "long double";
  switch (code.empty() ? '?' : code[0]) {
    case 'O': return "Python objects";
    case 'S':
    case 'a':
    case 'U': return "text";
    case 'V': return "raw records";
    case 'M':
    case 'm': return "dates or time spans";
    default: return {};
  }
}

std::string printable(std::string_view text) {
  std::string out(text.substr(0, 32));
  for (char& c : out)
    if (c < ' ' || c > '~') c = '?';
  return out;
}

/// The type and whether its bytes must be swapped; or what is wrong.
std::string parse_descr(std::string_view descr, ElementType& type, bool& swap) {
  const char order = descr.empty() ? '?' : descr[0];
  const std::string_view code = descr.substr(std::min<std::size_t>(1, descr.size()));
  const bool native_big = std::endian::native == std::endian::big;
  swap = (order == '>' && !native_big) || (order == '<' && native_big);
  if (const std::string name = refused_name(code); !name.empty())
    return "its samples are " + name + " (" + printable(descr) + "); " + kAllowed;
  for (const Descr& known : kDescrs)
    if (code == known.code) {
      type = known.type;
      const bool ordered = order == '<' || order == '>' || order == '=';
      if (ordered || (order == '|' && size_bytes(type) == 1)) return {};
    }
  return "its samples are of the unknown type '" + printable(descr) + "'; " + kAllowed;
}

Dims fortran_strides(const Dims& shape) {
  Dims strides(shape.rank(), 1);
  for (int i = 1; i < shape.rank(); ++i) strides[i] = strides[i - 1] * shape[i - 1];
  return strides;
}

/// Splits the file into header text and samples.
Result<std::string_view> header_text(Bytes bytes, const std::string& where, Bytes& samples) {
  constexpr std::size_t kFixed = sizeof kMagic + 2;
  if (bytes.empty()) return bad_data(where, "the file is empty; an NPY array is needed");
  const std::size_t compared = std::min(bytes.size(), sizeof kMagic);
  if (std::memcmp(bytes.data(), kMagic, compared) != 0) {
    const bool zip = bytes.size() >= 2 && std::memcmp(bytes.data(), "PK", 2) == 0;
    return bad_data(where, zip ? "is an NPZ archive; save the one array as NPY" : "is no NPY file");
  }
  if (bytes.size() < kFixed) return bad_data(where, "is truncated: its NPY header is incomplete");
  const auto major = std::to_integer<int>(bytes[6]), minor = std::to_integer<int>(bytes[7]);
  if (major < 1 || major > 3 || minor != 0)
    return bad_data(where, "is NPY version " + std::to_string(major) + "." + std::to_string(minor) +
                               "; 1.0, 2.0 and 3.0 are read");
  const std::size_t width = major == 1 ? 2 : 4;
  if (bytes.size() < kFixed + width)
    return bad_data(where, "is truncated: its NPY header is incomplete");
  std::size_t length = 0;
  for (std::size_t i = width; i-- > 0;)
    length = length << 8 | std::to_integer<std::size_t>(bytes[kFixed + i]);
  const Bytes rest = bytes.subspan(kFixed + width);
  if (length > rest.size())
    return bad_data(where, "is truncated: it declares a header of " + std::to_string(length) +
                               " bytes, but " + std::to_string(rest.size()) + " are there");
  if (length > kMaxHeaderBytes)
    return bad_data(where, "declares a header of " + std::to_string(length) + " bytes; at most " +
                               std::to_string(kMaxHeaderBytes) + " are allowed");
  samples = rest.subspan(length);
  return std::string_view(reinterpret_cast<const char*>(rest.data()), length);
}

/// Compares the declared shape with the bytes that are there, before anything is allocated.
Result<void> check_size(const Dims& shape, std::int64_t unit, std::size_t present,
                        const std::string& where) {
  const std::string text = to_string(shape);
  if (shape.empty())
    return bad_data(where, "holds a single number without axes; 1 to 16 axes are allowed");
  for (std::int64_t extent : shape)
    if (extent == 0)
      return bad_data(where, "holds no samples: its shape is " + text +
                                 "; each axis needs one sample at least");
  const std::int64_t count = element_count(shape);
  std::int64_t needed = 0;
  if (count < 0 || __builtin_mul_overflow(count, unit, &needed))
    return bad_data(where,
                    "declares the shape " + text + ", whose size in bytes does not fit 63 bits");
  if (static_cast<std::uint64_t>(needed) == present) return {};
  return bad_data(where,
                  (static_cast<std::uint64_t>(needed) > present ? "is truncated: its shape "
                                                                : "is too long: its shape ") +
                      text + " takes " + std::to_string(needed) + " bytes, but " +
                      std::to_string(present) + " are there");
}

std::string dict_of(ElementType type, const Dims& extents) {
  std::string shape = "(";
  for (std::int64_t extent : extents) shape += std::to_string(extent) + ", ";
  if (extents.rank() > 0) shape.pop_back();  // the blank
  if (extents.rank() > 1) shape.pop_back();  // the comma
  std::string descr;
  for (const Descr& known : kDescrs)
    if (known.type == type) descr = known.code;
  const char order = size_bytes(type) == 1                        ? '|'
                     : std::endian::native == std::endian::little ? '<'
                                                                  : '>';
  return "{'descr': '" + (order + descr) + "', 'fortran_order': False, 'shape': " + shape + "), }";
}

}  // namespace

Result<NpyContents> npy_contents(Bytes bytes, const std::string& where) {
  NpyContents c;
  const Result<std::string_view> text = header_text(bytes, where, c.samples);
  if (!text) return tl::unexpected(text.error());
  Header header;
  if (const std::string why = HeaderParser(*text).parse(header); !why.empty())
    return bad_data(where, "its NPY header is refused: " + why);
  if (const std::string why = parse_descr(header.descr, c.type, c.swap); !why.empty())
    return bad_data(where, why);
  if (auto checked = check_size(header.shape, size_bytes(c.type), c.samples.size(), where);
      !checked)
    return tl::unexpected(checked.error());
  c.shape = header.shape;
  c.strides = header.fortran_order ? fortran_strides(c.shape) : dense_strides(c.shape);
  return c;
}

std::vector<std::byte> npy_header(ElementType type, const Dims& shape, std::size_t least_bytes) {
  constexpr std::size_t kFixed = sizeof kMagic + 4;
  std::string text = dict_of(type, shape);
  if (kFixed + text.size() + 1 < least_bytes)
    text.append(least_bytes - kFixed - text.size() - 1, ' ');
  text.append((2 * kAlignment - 1 - (kFixed + text.size()) % kAlignment) % kAlignment, ' ');
  text += '\n';
  std::vector<std::byte> header(kFixed + text.size());
  std::memcpy(header.data(), kMagic, sizeof kMagic);
  header[6] = std::byte{1};
  header[8] = static_cast<std::byte>(text.size() & 0xff);
  header[9] = static_cast<std::byte>(text.size() >> 8);
  std::memcpy(header.data() + kFixed, text.data(), text.size());
  return header;
}

}  // namespace faltung::io
