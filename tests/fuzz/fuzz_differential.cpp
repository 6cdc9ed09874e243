// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// Bytes -> a small problem with its data, done by every method: the same status, NaN and
// infinities at the same places and of the same kind, exact zeros where the contract wants them,
// no negative output of non-negative data, equal integers, and floats within the sum of both
// plans' own error bounds.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <span>

#include "faltung/faltung.hpp"

namespace {

using namespace faltung;

/// The bytes of the input in order; after the last one, pseudo-random ones that they determine.
class Bytes {
 public:
  Bytes(const std::uint8_t* data, std::size_t size) : data_(data), size_(size) {
    for (std::size_t i = 0; i < size; ++i) state_ = (state_ ^ data[i]) * 0x100000001b3u;
  }
  std::uint8_t next() {
    if (at_ < size_) return data_[at_++];
    return static_cast<std::uint8_t>(random() >> 32);
  }
  std::int64_t whole(std::int64_t low, std::int64_t high) {
    return low + next() % (high - low + 1);
  }
  bool once_in(int n) { return next() % n == 0; }
  template <class T, std::size_t N>
  T of(const T (&values)[N]) {
    return values[next() % N];
  }
  std::uint64_t bits() {
    std::uint64_t b = 0;
    for (int i = 0; i < 8; ++i) b = b << 8 | next();
    return b;
  }

 private:
  std::uint64_t random() {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
  }
  const std::uint8_t* data_;
  std::size_t size_, at_ = 0;
  std::uint64_t state_ = 0xcbf29ce484222325u;
};

// ----------------------------------------------------------------------------------- samples

/// Samples in memory: dense, or with gaps, backwards, or standing still.
struct Samples {
  ElementType type = ElementType::f32;
  Dims shape, strides;
  std::vector<std::byte> bytes;
  std::int64_t origin = 0;

  Samples() = default;
  Samples(ElementType t, const Dims& s, Bytes* in, bool may_stand_still) : type(t), shape(s) {
    std::int64_t stride = 1, low = 0, high = 0;
    strides = Dims(shape.rank(), 1);
    for (int i = shape.rank() - 1; i >= 0; --i) {
      const int how = in == nullptr ? 0 : in->next() % 16;
      if (how == 1) ++stride;  // a gap
      strides[i] = how == 2 ? -stride : stride;
      if (how == 3 && may_stand_still) strides[i] = 0;
      (strides[i] < 0 ? low : high) += strides[i] * (shape[i] - 1);
      stride *= shape[i];
    }
    bytes.assign(static_cast<std::size_t>((high - low + 1) * size_bytes(type)), std::byte{0xA5});
    origin = -low * size_bytes(type);
  }
  std::byte* at(const Dims& index) {
    std::int64_t offset = 0;
    for (int i = 0; i < shape.rank(); ++i) offset += index[i] * strides[i];
    return bytes.data() + origin + offset * size_bytes(type);
  }
  const std::byte* at(const Dims& index) const { return const_cast<Samples*>(this)->at(index); }
  ConstView view() const { return {bytes.data() + origin, type, shape, strides}; }
  View view() { return {bytes.data() + origin, type, shape, strides}; }
};

/// Calls f(index) for every index of a shape.
template <class F>
void for_each(const Dims& shape, F&& f) {
  Dims index(shape.rank(), 0);
  for (;;) {
    f(static_cast<const Dims&>(index));
    int i = shape.rank() - 1;
    for (; i >= 0 && ++index[i] == shape[i]; --i) index[i] = 0;
    if (i < 0) return;
  }
}

ElementType real_part(ElementType type) {
  if (type == ElementType::c64) return ElementType::f32;
  return type == ElementType::c128 ? ElementType::f64 : type;
}

double whole_at(ElementType type, const std::byte* from) {
  std::uint64_t bits = 0;
  std::memcpy(&bits, from, static_cast<std::size_t>(size_bytes(type)));
  const bool is_unsigned = type == ElementType::u8 || type == ElementType::u16 ||
                           type == ElementType::u32 || type == ElementType::u64;
  if (is_unsigned) return static_cast<double>(bits);
  const std::int64_t unused = 64 - 8 * size_bytes(type);
  return static_cast<double>(static_cast<std::int64_t>(bits << unused) >> unused);
}

double real_at(ElementType real, const std::byte* from) {
  if (is_integer(real)) return whole_at(real, from);
  if (real == ElementType::f32) {
    float v;
    std::memcpy(&v, from, sizeof v);
    return static_cast<double>(v);
  }
  if (real == ElementType::f16) {
    Half v;
    std::memcpy(&v, from, sizeof v);
    return static_cast<double>(v);
  }
  double v;
  std::memcpy(&v, from, sizeof v);
  return v;
}

double largest_of(ElementType real) {
  if (real == ElementType::f16) return 65504;
  return real == ElementType::f32 ? static_cast<double>(std::numeric_limits<float>::max())
                                  : std::numeric_limits<double>::max();
}

double part_of(const Samples& s, const Dims& index, int part) {
  const ElementType real = real_part(s.type);
  return real_at(real, s.at(index) + part * size_bytes(real));
}

// --------------------------------------------------------------------------------- the data

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// One real number in a style: 0 whole, 1 special ones among small, 2 sparse, 3 any bits, 4 huge,
/// 5 tiny, 6 not negative, 7 fractions.
double number(Bytes& in, int style, ElementType real) {
  static const double kSpecial[] = {kNaN, kInfinity, -kInfinity, 0.0, -0.0, 1.0, -1.0, 0.5};
  const double tiny = real == ElementType::f16   ? 0x1p-24
                      : real == ElementType::f32 ? 0x1p-149
                                                 : std::numeric_limits<double>::denorm_min();
  switch (style) {
    case 0: return static_cast<double>(in.whole(0, 18) - 9);
    case 1: return in.once_in(4) ? in.of(kSpecial) : static_cast<double>(in.whole(0, 6) - 3);
    case 2: return in.once_in(6) ? static_cast<double>(in.next()) / 16 - 8 : 0;
    case 3: {
      const std::uint64_t bits = in.bits();
      double v;
      std::memcpy(&v, &bits, sizeof v);
      return v;
    }
    case 4: return largest_of(real) * (static_cast<double>(in.next()) / 127.5 - 1);
    case 5: return tiny * static_cast<double>(in.whole(0, 200) - 100);
    case 6: return in.once_in(3) ? 0 : static_cast<double>(in.next()) / 255;
    default: return static_cast<double>(static_cast<std::int64_t>(in.bits())) * 0x1p-63;
  }
}

void fill(Samples& s, Bytes& in) {
  const int style = in.next() % 8;
  for_each(s.shape, [&](const Dims& index) {
    std::byte* to = s.at(index);
    if (is_integer(s.type)) {
      const std::uint64_t bits =
          style < 4 ? static_cast<std::uint64_t>(in.whole(0, 12) - 6) : in.bits();
      std::memcpy(to, &bits, static_cast<std::size_t>(size_bytes(s.type)));
      return;
    }
    const ElementType real = real_part(s.type);
    for (int part = 0; part < (is_complex(s.type) ? 2 : 1); ++part) {
      const double v = number(in, style, real);
      if (real == ElementType::f16) {
        const Half half(v);
        std::memcpy(to + part * 2, &half, 2);
      } else if (real == ElementType::f32) {
        // Rounded, not converted: a double may lie beyond every float.
        const float f = std::isfinite(v) ? static_cast<float>(std::clamp(v, -3.4e38, 3.4e38))
                                         : static_cast<float>(v);
        std::memcpy(to + part * 4, &f, 4);
      } else {
        std::memcpy(to + part * 8, &v, 8);
      }
    }
  });
}

// ------------------------------------------------------------------------------ the problem

void draw_outputs(Bytes& in, Problem& p, int convolved) {
  static const Extent kExtents[] = {Extent::full, Extent::same, Extent::valid, Extent::causal};
  const int how = in.next() % 6;
  if (how < 4) {
    p.extent = kExtents[how];
    if (p.extent == Extent::same && in.once_in(3))
      for (int i = 0; i < convolved; ++i) p.origin.push_back(in.whole(0, 3));
    return;
  }
  for (int i = 0; i < convolved; ++i) {
    const std::int64_t first = in.once_in(8) ? in.whole(0, 255) * 7 - 900 : in.whole(0, 60) - 30;
    const Range range = {first, first + in.whole(1, convolved > 1 ? 8 : 60)};
    if (how == 5 && p.operation == Operation::correlate) p.lags.push_back(range);
    else p.window.push_back(range);
  }
}

void draw_boundary(Bytes& in, Problem& p) {
  static const double kValues[] = {1, -2, 0.5, kNaN, kInfinity, -kInfinity, 1e30, 1e-30, 255};
  p.boundary = static_cast<Boundary>(in.next() % 6);
  if (p.boundary != Boundary::constant || !in.once_in(2)) return;
  p.cval = in.of(kValues);
  if (in.once_in(4)) p.cval = {p.cval.real(), in.of(kValues)};
}

/// Any type; what a byte below 240 stands for was so before there were halves.
ElementType draw_type(Bytes& in) {
  const unsigned byte = in.next();
  return kElementTypes[byte < 240 ? byte % 12 : 12];
}

Problem draw_problem(Bytes& in) {
  Problem p;
  p.operation = in.once_in(2) ? Operation::correlate : Operation::convolve;
  p.x_type = draw_type(in);
  p.h_type = in.once_in(2) ? p.x_type : draw_type(in);
  if (in.once_in(4)) p.y_type = draw_type(in);
  const int rank = in.once_in(2) ? 1 : static_cast<int>(in.whole(1, 3));
  const std::int64_t x_limit = rank == 1 ? 90 : rank == 2 ? 12 : 6;
  const std::int64_t h_limit = rank == 1 ? 40 : rank == 2 ? 8 : 4;
  Dims axes;
  for (int i = 0; i < rank; ++i) {
    const bool batch = rank > 1 && in.once_in(4);
    std::int64_t n = in.whole(1, x_limit), taps = in.whole(1, h_limit);
    if (batch && axes.rank() + (rank - 1 - i) > 0) {
      n = in.whole(1, 3);
      taps = in.once_in(2) ? 1 : n;
      if (in.once_in(4)) n = 1;
    } else {
      axes.push_back(in.once_in(2) ? i : i - rank);
    }
    p.x_shape.push_back(n);
    p.h_shape.push_back(taps);
  }
  if (axes.rank() < rank || in.once_in(4)) p.axes = axes;
  draw_outputs(in, p, axes.rank());
  draw_boundary(in, p);
  if (in.once_in(4))
    for (int i = 0; i < axes.rank(); ++i) p.stride.push_back(in.whole(1, 5));
  if (in.once_in(4))
    for (int i = 0; i < axes.rank(); ++i) p.dilation.push_back(in.whole(1, 5));
  if (rank == 1 && in.once_in(16)) p.dilation = {in.whole(1, 200)};
  p.policy = static_cast<Policy>(in.next() % 3);
  if (!is_integer(p.result_type())) p.policy = Policy::exact;
  return p;
}

// --------------------------------------------------------------------------------- the runs

/// Three threads' work on one, the last part first.
class Backwards final : public Executor {
 public:
  void run(int count, Task task, void* state) noexcept override {
    while (count-- > 0) task(state, count);
  }
};

struct Outcome {
  bool planned = false;
  Status status = Status::ok;
  Samples y;
  ErrorBound bound;
};

[[noreturn]] void fail(const Problem& p, const char* method, const Dims* index, double expected,
                       double got, const char* what) {
  std::fprintf(stderr, "%s: %s\n  %s\n", method, what, p.to_string().c_str());
  if (index != nullptr)
    std::fprintf(stderr, "  at %s: direct %.17g, got %.17g\n", to_string(*index).c_str(), expected,
                 got);
  std::abort();
}

Outcome run(Problem p, const char* method, const Dims& block, const Samples& x, const Samples& h,
            const Samples& y, int threads) {
  p.method = method;
  p.block = block;
  Outcome o;
  const auto plan = Planner{}.try_plan(p);
  if (!plan) {
    if (plan.error().status != Status::unsupported || p.method == "direct" || p.method == "auto")
      fail(p, method, nullptr, 0, 0, plan.error().message.c_str());
    return o;
  }
  o.planned = true;
  const auto kernel = plan->try_prepare(h.view());
  if (!kernel) fail(p, method, nullptr, 0, 0, kernel.error().message.c_str());
  Backwards executor;
  auto workspace = Workspace::try_make(*plan, threads, &executor);
  if (!workspace) fail(p, method, nullptr, 0, 0, workspace.error().message.c_str());
  o.y = y;
  o.status = plan->execute(x.view(), *kernel, o.y.view(), *workspace);
  if (o.status != Status::ok && o.y.bytes != y.bytes)
    fail(p, method, nullptr, 0, 0, "refused, and yet y was written");
  o.bound = plan->error_bound(x.view(), *kernel);
  if (!(o.bound.maximum >= 0 && o.bound.l2 >= 0))
    fail(p, method, nullptr, o.bound.maximum, o.bound.l2, "a bound that is none");
  return o;
}

/// Both within their bounds of the exact value. Only one that is out of range may become infinite,
/// whatever the bound; one that direct rounds to infinity may be finite within the other's bound.
bool close(double a, double b, const Outcome& d, const Outcome& o, double largest) {
  if (std::isnan(a) || std::isnan(b)) return std::isnan(a) && std::isnan(b);
  if (a == b) return true;
  const auto bound = static_cast<long double>(d.bound.maximum);
  const long double both = bound + static_cast<long double>(o.bound.maximum);
  const auto exact = static_cast<long double>(a), got = static_cast<long double>(b);
  if (std::isinf(b))
    return std::isfinite(a) && (a > 0) == (b > 0) && std::abs(exact) + bound >= largest;
  return std::abs((std::isinf(a) ? std::copysign(largest, a) : exact) - got) <= both;
}

void compare(const Problem& p, const char* method, const Outcome& d, const Outcome& o) {
  if (d.status != o.status)
    fail(p, method, nullptr, static_cast<double>(d.status), static_cast<double>(o.status),
         "another status than direct");
  if (d.status != Status::ok) return;
  if (is_integer(d.y.type) && is_integer(promote(p.x_type, p.h_type))) {
    if (d.y.bytes != o.y.bytes) fail(p, method, nullptr, 0, 0, "other integers than direct");
    return;
  }
  const double largest = largest_of(real_part(d.y.type));
  for_each(d.y.shape, [&](const Dims& index) {
    for (int part = 0; part < (is_complex(d.y.type) ? 2 : 1); ++part) {
      const double a = part_of(d.y, index, part), b = part_of(o.y, index, part);
      if (!close(a, b, d, o, largest)) fail(p, method, &index, a, b, "farther than the bounds");
    }
  });
}

// ------------------------------------------------------------------- exact zeros and signs

bool nonzero(const Samples& s, const Dims& index) {
  if (is_integer(s.type)) {
    std::uint64_t bits = 0;
    std::memcpy(&bits, s.at(index), static_cast<std::size_t>(size_bytes(s.type)));
    return bits != 0;
  }
  return part_of(s, index, 0) != 0 || (is_complex(s.type) && part_of(s, index, 1) != 0);
}

/// 1 where a sample is not zero; with `hull`, over the whole box of such samples.
Samples indicator(const Samples& s, bool hull, const Dims& spread) {
  Dims shape = s.shape, low = s.shape, high(s.shape.rank(), -1);
  for (int i = 0; i < shape.rank(); ++i) shape[i] = (shape[i] - 1) * spread[i] + 1;
  Samples ones(ElementType::f64, shape, nullptr, false);
  std::fill(ones.bytes.begin(), ones.bytes.end(), std::byte{0});
  const double one = 1;
  for_each(s.shape, [&](const Dims& index) {
    if (!nonzero(s, index)) return;
    Dims place = index;
    for (int i = 0; i < shape.rank(); ++i) {
      place[i] = index[i] * spread[i];
      low[i] = std::min(low[i], index[i]);
      high[i] = std::max(high[i], index[i]);
    }
    std::memcpy(ones.at(place), &one, sizeof one);
  });
  if (!hull || high[0] < 0) return ones;
  for_each(shape, [&](const Dims& index) {
    for (int i = 0; i < shape.rank(); ++i)
      if (index[i] < low[i] * spread[i] || index[i] > high[i] * spread[i]) return;
    std::memcpy(ones.at(index), &one, sizeof one);
  });
  return ones;
}

/// Where no sample meets a tap, as the contract counts them, y is zero: `hull_of_x` counts every
/// sample in the box of x's non-zero ones (zero boundary only), else every place in the kernel's.
void check_zeros(Problem p, const Samples& x, const Samples& h, bool hull_of_x, const Outcome& o,
                 const char* method) {
  const Dims plain(x.shape.rank(), 1);
  Dims spread = plain;
  for (int i = 0; i < spread.rank() && !p.dilation.empty(); ++i)
    spread[i] = p.dilation[p.dilation.rank() == 1 ? 0 : i];
  const Samples xs = indicator(x, hull_of_x, plain);
  const Samples hs = indicator(h, !hull_of_x, hull_of_x ? plain : spread);
  const Problem asked = p;
  p.x_type = p.h_type = ElementType::f64;
  p.y_type.reset();
  p.policy = Policy::exact;
  if (p.cval != 0.0) p.cval = 1;
  p.h_shape = hs.shape;
  if (!hull_of_x) p.dilation = {};
  const Outcome met =
      run(p, "direct", {}, xs, hs, Samples(ElementType::f64, o.y.shape, nullptr, false), 1);
  for_each(o.y.shape, [&](const Dims& index) {
    if (part_of(met.y, index, 0) != 0) return;
    for (int part = 0; part < (is_complex(o.y.type) ? 2 : 1); ++part)
      if (const double v = part_of(o.y, index, part); v != 0 && std::isfinite(v))  // 0 Inf is NaN
        fail(asked, method, &index, 0, v, "not the exact zero of the contract");
  });
}

bool all_nonnegative(const Samples& s) {
  if (is_integer(s.type) || is_complex(s.type)) return false;
  bool all = true;
  for_each(s.shape, [&](const Dims& index) { all &= part_of(s, index, 0) >= 0; });
  return all;
}

void check_contract(const Problem& p, const Samples& x, const Samples& h, const Outcome& o,
                    const char* method) {
  if (o.status != Status::ok || is_integer(o.y.type)) return;
  const bool all_axes = p.axes.empty();
  if (all_axes && p.boundary != Boundary::odd) check_zeros(p, x, h, false, o, method);
  if (all_axes && p.boundary == Boundary::constant && p.cval == 0.0)
    check_zeros(p, x, h, true, o, method);
  if (p.boundary == Boundary::odd || is_complex(o.y.type) || !(p.cval.real() >= 0) ||
      !all_nonnegative(x) || !all_nonnegative(h))
    return;
  for_each(o.y.shape, [&](const Dims& index) {
    const double v = part_of(o.y, index, 0);
    if (v < 0) fail(p, method, &index, 0, v, "negative from data that are not");
  });
}

/// Each method against the direct sum, and with three threads.
void compare_methods(const Problem& p, std::span<const std::pair<const char*, Dims>> methods,
                     const Samples& x, const Samples& h, const Samples& y) {
  const Outcome direct = run(p, "direct", {}, x, h, y, 1);
  check_contract(p, x, h, direct, "direct");
  for (const auto& [method, blocks] : methods) {
    const Outcome one = run(p, method, blocks, x, h, y, 1);
    if (!one.planned) continue;
    compare(p, method, direct, one);
    check_contract(p, x, h, one, method);
    const Outcome three = run(p, method, blocks, x, h, y, 3);
    if (three.y.bytes != one.y.bytes)
      fail(p, method, nullptr, 0, 0, "other bits with three threads than with one");
  }
}

/// Every tap becomes the first one; false where that is 0.
bool make_box(Samples& h) {
  const Dims first(h.shape.rank(), 0);
  for_each(h.shape, [&](const Dims& index) {
    std::memmove(h.at(index), h.at(first), static_cast<std::size_t>(size_bytes(h.type)));
  });
  return nonzero(h, first) && !is_complex(h.type);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Bytes in(data, size);
  Problem p = draw_problem(in);
  const auto y_shape = p.output_shape();
  if (!y_shape) return 0;
  Dims block;
  static const std::int64_t kLongestBlock[] = {128, 24, 10};
  if (in.once_in(2)) block.push_back(in.whole(1, kLongestBlock[p.x_shape.rank() - 1]));
  Samples x(p.x_type, p.x_shape, &in, true), h(p.h_type, p.h_shape, &in, true);
  const Samples y(p.result_type(), *y_shape, &in, false);
  fill(x, in);
  fill(h, in);

  const std::pair<const char*, Dims> any_kernel[] = {
      {"fft_single", {}}, {"overlap_save", block}, {"auto", {}}};
  compare_methods(p, any_kernel, x, h, y);
  if (!make_box(h)) return 0;
  p.kernel_cosines = 1;
  const std::pair<const char*, Dims> of_boxes[] = {{"recursive", {}}};
  compare_methods(p, of_boxes, x, h, y);
  return 0;
}
