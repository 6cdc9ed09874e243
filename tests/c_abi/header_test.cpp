// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// The C header in a C++ program, first and beside the C++ interface: both name the same numbers.
#include "faltung/faltung.h"

#include <cstdio>
#include <cstring>
#include <type_traits>

#include "faltung/faltung.hpp"

static_assert(std::is_standard_layout_v<faltung_error> && std::is_trivial_v<faltung_error>);
static_assert(std::is_standard_layout_v<faltung_view> && std::is_trivial_v<faltung_view>);
static_assert(std::is_same_v<decltype(&faltung_version), const char* (*)()>);

namespace {

using faltung::ElementType;
using faltung::Status;

constexpr std::pair<int, Status> kStatuses[] = {
    {FALTUNG_OK, Status::ok},
    {FALTUNG_INVALID_ARGUMENT, Status::invalid_argument},
    {FALTUNG_EMPTY_INPUT, Status::empty_input},
    {FALTUNG_EMPTY_KERNEL, Status::empty_kernel},
    {FALTUNG_NO_OUTPUT, Status::no_output},
    {FALTUNG_SHAPE_MISMATCH, Status::shape_mismatch},
    {FALTUNG_TYPE_MISMATCH, Status::type_mismatch},
    {FALTUNG_SIZE_OVERFLOW, Status::size_overflow},
    {FALTUNG_INTEGER_OVERFLOW, Status::integer_overflow},
    {FALTUNG_UNSUPPORTED, Status::unsupported},
    {FALTUNG_UNKNOWN_NAME, Status::unknown_name},
    {FALTUNG_KERNEL_MISMATCH, Status::kernel_mismatch},
    {FALTUNG_WORKSPACE_TOO_SMALL, Status::workspace_too_small},
    {FALTUNG_ALIASING, Status::aliasing},
    {FALTUNG_OUT_OF_MEMORY, Status::out_of_memory},
    {FALTUNG_DEVICE_FAILED, Status::device_failed}};

constexpr std::pair<int, ElementType> kTypes[] = {
    {FALTUNG_F32, ElementType::f32}, {FALTUNG_F64, ElementType::f64},
    {FALTUNG_C64, ElementType::c64}, {FALTUNG_C128, ElementType::c128},
    {FALTUNG_U8, ElementType::u8},   {FALTUNG_I8, ElementType::i8},
    {FALTUNG_U16, ElementType::u16}, {FALTUNG_I16, ElementType::i16},
    {FALTUNG_U32, ElementType::u32}, {FALTUNG_I32, ElementType::i32},
    {FALTUNG_U64, ElementType::u64}, {FALTUNG_I64, ElementType::i64},
    {FALTUNG_F16, ElementType::f16}};

}  // namespace

int main() {
  int failures = 0;
  const auto expect = [&failures](bool condition, const char* what, int value) {
    if (condition) return;
    std::fprintf(stderr, "header_test: %s %d differs\n", what, value);
    ++failures;
  };
  for (const auto& [c, cpp] : kStatuses) {
    expect(c == static_cast<int>(cpp), "status", c);
    expect(std::strcmp(faltung_describe(c), faltung::describe(cpp)) == 0, "description of", c);
  }
  for (const auto& [c, cpp] : kTypes) expect(c == static_cast<int>(cpp), "type", c);
  expect(std::size(kTypes) == faltung::kElementTypes.size(), "number of types", 13);
  expect(FALTUNG_MAX_RANK == faltung::kMaxRank, "rank", FALTUNG_MAX_RANK);
  return failures == 0 ? 0 : 1;
}
