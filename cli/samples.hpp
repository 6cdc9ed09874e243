// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "elements.hpp"

/// Samples of any type, read one by one as real numbers.
namespace faltung::cli {

class Samples {
 public:
  explicit Samples(const ConstView& view);
  /// The sample that lies `offset` samples behind the first; the magnitude of a complex one.
  double operator()(std::int64_t offset) const { return read_(data_ + offset * size_); }

 private:
  const std::byte* data_;
  std::int64_t size_;
  double (*read_)(const std::byte*);
};

inline Samples::Samples(const ConstView& view)
    : data_(static_cast<const std::byte*>(view.data)), size_(size_bytes(view.type)) {
  read_ = with_type(view.type, []<class T>(T*) -> double (*)(const std::byte*) {
    return [](const std::byte* at) {
      const T value = *reinterpret_cast<const T*>(at);
      if constexpr (std::is_arithmetic_v<T>) return static_cast<double>(value);
      else return static_cast<double>(std::abs(value));
    };
  });
}

}  // namespace faltung::cli
