// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <new>
#include <stdexcept>
#include <string>
#include <utility>

#include "io/io.hpp"

namespace faltung::io {

/// "where: sentence", as the error of any Result.
inline tl::unexpected<Failure> fail(Trouble trouble, const std::string& where,
                                    const std::string& sentence) {
  return tl::unexpected(Failure{trouble, where + ": " + sentence});
}
inline tl::unexpected<Failure> bad_data(const std::string& where, const std::string& sentence) {
  return fail(Trouble::data, where, sentence);
}

/// Runs a reader; a lack of memory, which a large honest file may meet, becomes a message.
template <class Reader>
auto within_memory(const std::string& where, Reader&& reader) -> decltype(reader()) {
  constexpr const char* kSentence = "needs more memory than there is";
  try {
    return std::forward<Reader>(reader)();
  } catch (const std::bad_alloc&) {
    return fail(Trouble::unavailable, where, kSentence);
  } catch (const std::length_error&) {  // a vector longer than any vector
    return fail(Trouble::unavailable, where, kSentence);
  }
}

}  // namespace faltung::io
