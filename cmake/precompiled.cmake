# SPDX-FileCopyrightText: 2026 The Faltung authors
# SPDX-License-Identifier: Apache-2.0
#
# Reading the standard library is a third of what compiling most sources takes. The presets of CI's
# further builds read it once a target; the release build does not, so a source that forgets to include
# what it uses fails there.
option(FALTUNG_PRECOMPILED_HEADERS "Precompile the standard library's headers" OFF)

# faltung_precompile(TARGET [HEADER...]): those of the standard library, and these.
function(faltung_precompile target)
  if(FALTUNG_PRECOMPILED_HEADERS)
    target_precompile_headers(${target} PRIVATE
      <algorithm> <array> <atomic> <bit> <charconv> <cmath> <complex> <cstdint> <cstring> <functional>
      <limits> <map> <memory> <mutex> <numbers> <numeric> <optional> <span> <string> <string_view>
      <tuple> <type_traits> <unordered_map> <utility> <variant> <vector> <tl/expected.hpp> ${ARGN})
  endif()
endfunction()
