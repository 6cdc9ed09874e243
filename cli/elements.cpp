// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "elements.hpp"

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <limits>
#include <sstream>

#include "exit.hpp"

namespace faltung::cli {
namespace {

template <class T>
inline constexpr bool kIsComplex = false;
template <class T>
inline constexpr bool kIsComplex<std::complex<T>> = true;

template <class T>
std::complex<double> widen(T value) {
  if constexpr (kIsComplex<T>)
    return {static_cast<double>(value.real()), static_cast<double>(value.imag())};
  else return static_cast<double>(value);
}

// False where the value cannot be said in To.
template <class To, class From>
bool convert(From from, To& to) {
  if constexpr (kIsComplex<To>) {
    const std::complex<double> wide = widen(from);
    using Part = typename To::value_type;
    to = {static_cast<Part>(wide.real()), static_cast<Part>(wide.imag())};
    return std::isfinite(to.real()) == std::isfinite(wide.real()) &&
           std::isfinite(to.imag()) == std::isfinite(wide.imag());
  } else if constexpr (kIsComplex<From>) {
    return from.imag() == 0 && convert(from.real(), to);
  } else if constexpr (std::is_integral_v<To> && std::is_integral_v<From>) {
    to = static_cast<To>(from);
    return std::in_range<To>(from);
  } else if constexpr (std::is_integral_v<To>) {
    // 2^digits is exact in any floating type; the top of the range itself may not be.
    const double top = std::ldexp(1.0, std::numeric_limits<To>::digits);
    const double bottom = std::is_signed_v<To> ? -top : 0.0;
    const double value = static_cast<double>(from);
    if (!(value >= bottom && value < top) || value != std::trunc(value)) return false;
    to = static_cast<To>(value);
    return true;
  } else {
    to = static_cast<To>(from);
    if constexpr (std::is_integral_v<From>) return true;
    else return std::isfinite(static_cast<double>(to)) == std::isfinite(static_cast<double>(from));
  }
}

std::int64_t first_number(const char* path, const std::string& key) {
  std::ifstream file(path);
  std::string line;
  while (std::getline(file, line)) {
    if (!line.starts_with(key)) continue;
    std::istringstream words(line.substr(key.size()));
    std::int64_t value = 0;
    if (words >> value) return value;
  }
  return -1;
}

// What a group of processes may still take. What it uses to keep files at hand is given up when it
// is needed.
std::int64_t room_of_group(const char* most_path, const char* used_path, const char* stat_path,
                           const char* files_key) {
  const std::int64_t most = first_number(most_path, ""), used = first_number(used_path, "");
  if (most < 0 || used < 0) return std::numeric_limits<std::int64_t>::max();
  const std::int64_t files = std::max<std::int64_t>(0, first_number(stat_path, files_key));
  return most - std::max<std::int64_t>(0, used - files);
}

}  // namespace

AnyArray make_array(ElementType type, const Dims& shape) {
  const std::int64_t count = element_count(shape);
  const std::int64_t most = std::numeric_limits<std::int64_t>::max() / size_bytes(type);
  if (count < 0 || count > most)
    throw Stop(kData, fmt::format("a result of shape {} has more bytes than 64 bits can count",
                                  to_string(shape)));
  need_memory(count * size_bytes(type), "a result of shape " + to_string(shape));
  AnyArray array;
  array.type = type;
  array.shape = shape;
  array.bytes.resize(static_cast<std::size_t>(count * size_bytes(type)));
  return array;
}

AnyArray cast(const AnyArray& array, ElementType type, const std::string& label) {
  if (array.type == type) return array;
  AnyArray out = make_array(type, array.shape);
  with_type(type, [&]<class To>(To*) {
    with_type(array.type, [&]<class From>(From*) {
      const std::span<const From> from = array.samples<From>();
      const std::span<To> to = writable<To>(out);
      for (std::size_t i = 0; i < from.size(); ++i)
        if (!convert(from[i], to[i]))
          throw Stop(kData,
                     fmt::format("{}: value number {} does not fit {}", label, i + 1, name(type)));
    });
  });
  return out;
}

bool all_whole(const AnyArray& array) {
  return with_type(array.type, [&]<class T>(T*) {
    if constexpr (kIsComplex<T>) return false;
    else if constexpr (std::is_integral_v<T>) return true;
    else {
      const std::span<const T> samples = array.samples<T>();
      return std::all_of(samples.begin(), samples.end(), [](T sample) {
        const auto v = static_cast<double>(sample);
        return std::isfinite(v) && v == std::trunc(v) && std::abs(v) <= 0x1p53;
      });
    }
  });
}

ElementType narrowest_integer(const AnyArray& whole) {
  const double largest = peak(whole);
  if (largest <= 127) return ElementType::i8;
  if (largest <= 32767) return ElementType::i16;
  if (largest <= 2147483647.0) return ElementType::i32;
  return ElementType::i64;
}

double peak(const AnyArray& array) {
  return with_type(array.type, [&]<class T>(T*) {
    double largest = 0;
    for (const T v : array.samples<T>()) {
      const double size = std::abs(widen(v));
      if (std::isfinite(size) && size > largest) largest = size;
    }
    return largest;
  });
}

std::int64_t nonfinite_count(const ConstView& dense) {
  const auto samples = static_cast<std::size_t>(element_count(dense.shape));
  return with_type(dense.type, [&]<class T>(T*) {
    std::int64_t count = 0;
    if constexpr (!std::is_integral_v<T>)
      for (const T v : std::span<const T>(static_cast<const T*>(dense.data), samples)) {
        const std::complex<double> wide = widen(v);
        count += !std::isfinite(wide.real()) || !std::isfinite(wide.imag());
      }
    return count;
  });
}

ElementType real_companion(ElementType type) {
  switch (type) {
    case ElementType::f32:
    case ElementType::c64:
    case ElementType::f16:
    case ElementType::u8:
    case ElementType::i8:
    case ElementType::u16:
    case ElementType::i16: return ElementType::f32;
    default: return ElementType::f64;
  }
}

std::int64_t memory_available() {
  std::int64_t bytes = std::numeric_limits<std::int64_t>::max();
  const auto limit = [&bytes](std::int64_t most) {
    bytes = std::min(bytes, std::max<std::int64_t>(0, most));
  };
  if (const std::int64_t kib = first_number("/proc/meminfo", "MemAvailable:"); kib >= 0)
    limit(kib * 1024);
  // Where a container has less than the machine, its group says so: version 2, version 1.
  limit(room_of_group("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory.current",
                      "/sys/fs/cgroup/memory.stat", "file "));
  limit(room_of_group("/sys/fs/cgroup/memory/memory.limit_in_bytes",
                      "/sys/fs/cgroup/memory/memory.usage_in_bytes",
                      "/sys/fs/cgroup/memory/memory.stat", "cache "));
  rlimit space{};
  if (getrlimit(RLIMIT_AS, &space) == 0 && space.rlim_cur != RLIM_INFINITY)
    limit(static_cast<std::int64_t>(space.rlim_cur));
  return bytes;
}

void need_memory(std::int64_t bytes, const std::string& what) {
  const std::int64_t available = memory_available();
  if (bytes <= available) return;
  throw Stop(kUnavailable,
             fmt::format("{} needs {:.1f} GiB of memory, but {:.1f} GiB are available", what,
                         std::ldexp(static_cast<double>(bytes), -30),
                         std::ldexp(static_cast<double>(available), -30)));
}

}  // namespace faltung::cli
