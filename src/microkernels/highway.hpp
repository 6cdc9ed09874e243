// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// Included before any header of Highway: the instruction sets that are compiled, all of them
// reachable at run time so that each can be forced and tested. Those left out (SSSE3, AVX3_DL, SVE)
// would make the build longer and no loop of ours faster.
// FALTUNG_BASELINE_ALONE is for builds that test one alone, which all their code may use.
#define HWY_COMPILE_ALL_ATTAINABLE
#ifdef FALTUNG_BASELINE_ALONE
#define HWY_DISABLED_TARGETS (HWY_AVX3 | HWY_AVX3_DL)
#else
#define HWY_DISABLED_TARGETS (HWY_SSSE3 | HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128)
#endif

#include "hwy/detect_targets.h"

// A family of microkernels is one file: foreach_target.h compiles it once for each target into a
// namespace of its own, where it ends with a constant table of functions. After HWY_ONCE,
//
//   switch (target) { FALTUNG_TARGET_CASES(kTable) }
//
// returns the table of a target (a bit of HWY_TARGETS); the baseline serves as default.
#if HWY_TARGETS & HWY_AVX3
#define FALTUNG_CASE_AVX3(table) \
  case HWY_AVX3: return N_AVX3::table;
#else
#define FALTUNG_CASE_AVX3(table)
#endif
#if HWY_TARGETS & HWY_AVX2
#define FALTUNG_CASE_AVX2(table) \
  case HWY_AVX2: return N_AVX2::table;
#else
#define FALTUNG_CASE_AVX2(table)
#endif
#if HWY_TARGETS & HWY_SSE4
#define FALTUNG_CASE_SSE4(table) \
  case HWY_SSE4: return N_SSE4::table;
#else
#define FALTUNG_CASE_SSE4(table)
#endif
#if HWY_TARGETS & HWY_NEON
#define FALTUNG_CASE_NEON(table) \
  case HWY_NEON: return N_NEON::table;
#else
#define FALTUNG_CASE_NEON(table)
#endif
#if HWY_TARGETS & HWY_WASM
#define FALTUNG_CASE_WASM(table) \
  case HWY_WASM: return N_WASM::table;
#else
#define FALTUNG_CASE_WASM(table)
#endif
#if HWY_TARGETS & HWY_EMU128
#define FALTUNG_CASE_SCALAR(table) \
  case HWY_EMU128: return N_EMU128::table;
#elif HWY_TARGETS & HWY_SCALAR
#define FALTUNG_CASE_SCALAR(table) \
  case HWY_SCALAR: return N_SCALAR::table;
#else
#define FALTUNG_CASE_SCALAR(table)
#endif
#define FALTUNG_TARGET_CASES(table) \
  FALTUNG_CASE_AVX3(table)          \
  FALTUNG_CASE_AVX2(table)          \
  FALTUNG_CASE_SSE4(table)          \
  FALTUNG_CASE_NEON(table)          \
  FALTUNG_CASE_WASM(table)          \
  FALTUNG_CASE_SCALAR(table) default : return FALTUNG_BASELINE_NAMESPACE::table;
#if HWY_STATIC_TARGET == HWY_EMU128
#define FALTUNG_BASELINE_NAMESPACE N_EMU128
#elif HWY_STATIC_TARGET == HWY_SCALAR
#define FALTUNG_BASELINE_NAMESPACE N_SCALAR
#elif HWY_STATIC_TARGET == HWY_SSE4
#define FALTUNG_BASELINE_NAMESPACE N_SSE4
#elif HWY_STATIC_TARGET == HWY_AVX2
#define FALTUNG_BASELINE_NAMESPACE N_AVX2
#elif HWY_STATIC_TARGET == HWY_AVX3
#define FALTUNG_BASELINE_NAMESPACE N_AVX3
#elif HWY_STATIC_TARGET == HWY_NEON
#define FALTUNG_BASELINE_NAMESPACE N_NEON
#elif HWY_STATIC_TARGET == HWY_WASM
#define FALTUNG_BASELINE_NAMESPACE N_WASM
#endif
