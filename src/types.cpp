// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "faltung/types.hpp"

#include <algorithm>

#include "support/checked.hpp"
#include "support/nearest.hpp"

namespace faltung {
namespace {

struct TypeFacts {
  const char* name;
  std::int64_t bytes;
  bool complex;
  bool integer;
  bool is_signed;
};

constexpr TypeFacts kFacts[] = {
    {"f32", 4, false, false, true},  {"f64", 8, false, false, true}, {"c64", 8, true, false, true},
    {"c128", 16, true, false, true}, {"u8", 1, false, true, false},  {"i8", 1, false, true, true},
    {"u16", 2, false, true, false},  {"i16", 2, false, true, true},  {"u32", 4, false, true, false},
    {"i32", 4, false, true, true},   {"u64", 8, false, true, false}, {"i64", 8, false, true, true},
    {"f16", 2, false, false, true}};

const TypeFacts& facts(ElementType type) noexcept { return kFacts[static_cast<int>(type)]; }

ElementType integer_of(std::int64_t bytes, bool is_signed) noexcept {
  for (ElementType t : kElementTypes)
    if (facts(t).integer && facts(t).bytes == bytes && facts(t).is_signed == is_signed) return t;
  return ElementType::i64;
}

ElementType promote_integers(ElementType a, ElementType b) noexcept {
  const TypeFacts &fa = facts(a), &fb = facts(b);
  if (fa.is_signed == fb.is_signed) return fa.bytes >= fb.bytes ? a : b;
  const TypeFacts& with_sign = fa.is_signed ? fa : fb;
  const TypeFacts& without = fa.is_signed ? fb : fa;
  if (with_sign.bytes > without.bytes) return fa.is_signed ? a : b;
  return integer_of(std::min<std::int64_t>(2 * without.bytes, 8), true);
}

/// Whether a type needs double precision to hold its values beside floats (NumPy's rule).
bool needs_double(const TypeFacts& f) noexcept {
  if (f.integer) return f.bytes >= 4;
  return f.bytes == (f.complex ? 16 : 8);
}

/// Whether half precision holds its values (NumPy's rule).
bool fits_half(const TypeFacts& f) noexcept { return !f.complex && f.bytes <= (f.integer ? 1 : 2); }

}  // namespace

const char* describe(Status status) noexcept {
  switch (status) {
    case Status::ok: return "ok";
    case Status::invalid_argument: return "an argument is out of its range or contradicts another";
    case Status::empty_input: return "the input has no samples";
    case Status::empty_kernel: return "the kernel has no samples";
    case Status::no_output: return "the extent asks for no samples";
    case Status::shape_mismatch: return "a shape does not fit";
    case Status::type_mismatch: return "an element type does not fit";
    case Status::size_overflow: return "a size does not fit 64 bits";
    case Status::integer_overflow:
      return "the exact result cannot be proved to fit its integer type";
    case Status::unsupported: return "the named method cannot do this problem";
    case Status::unknown_name: return "an unknown name";
    case Status::kernel_mismatch: return "the kernel was prepared by another plan";
    case Status::workspace_too_small: return "the workspace was made for another plan";
    case Status::aliasing: return "the output overlaps the input or itself";
    case Status::out_of_memory: return "out of memory";
    case Status::device_failed: return "the GPU or its driver failed";
  }
  return "an unknown status";
}

const char* name(ElementType type) noexcept { return facts(type).name; }
std::int64_t size_bytes(ElementType type) noexcept { return facts(type).bytes; }
bool is_complex(ElementType type) noexcept { return facts(type).complex; }
bool is_integer(ElementType type) noexcept { return facts(type).integer; }

Result<ElementType> parse_element_type(std::string_view text) {
  for (ElementType t : kElementTypes)
    if (text == name(t)) return t;
  std::vector<std::string> names;
  for (ElementType t : kElementTypes) names.emplace_back(name(t));
  return tl::unexpected(support::unknown("element type", text, names));
}

ElementType promote(ElementType a, ElementType b) noexcept {
  const TypeFacts &fa = facts(a), &fb = facts(b);
  if (fa.integer && fb.integer) return promote_integers(a, b);
  const bool complex = fa.complex || fb.complex;
  if (needs_double(fa) || needs_double(fb)) return complex ? ElementType::c128 : ElementType::f64;
  if (fits_half(fa) && fits_half(fb)) return ElementType::f16;
  return complex ? ElementType::c64 : ElementType::f32;
}

std::string to_string(const Dims& dims) {
  std::string text = "[";
  for (int i = 0; i < dims.rank(); ++i) {
    if (i) text += ',';
    text += std::to_string(dims[i]);
  }
  return text + "]";
}

Dims dense_strides(const Dims& shape) noexcept {
  Dims strides(shape.rank(), 1);
  for (int i = shape.rank() - 2; i >= 0; --i) {
    const checked::Int next = checked::Int(strides[i + 1]) * shape[i + 1];
    strides[i] = next.ok() ? next.value() : 0;  // such a shape is refused before it is used
  }
  return strides;
}

std::int64_t element_count(const Dims& shape) noexcept {
  checked::Int count = 1;
  for (std::int64_t extent : shape) {
    if (extent == 0) return 0;
    count = count * extent;
  }
  return count.ok() && count.value() >= 0 ? count.value() : -1;
}

}  // namespace faltung
