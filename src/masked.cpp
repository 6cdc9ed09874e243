// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <limits>
#include <new>

#include "convolution/extended_input.hpp"
#include "faltung/convolve.hpp"

namespace faltung {
namespace {

tl::unexpected<Failure> refuse(Status status, std::string message) {
  return tl::unexpected(Failure{status, std::move(message)});
}

/// Strides of the mask along the axes of x: 0 where it is repeated.
Result<Dims> repeated(const ConstView& x, const ConstView& mask) {
  const int missing = x.shape.rank() - mask.shape.rank();
  Dims strides(x.shape.rank(), 0);
  bool fits = missing >= 0 && mask.shape.rank() == mask.strides.rank();
  for (int i = 0; fits && i < mask.shape.rank(); ++i) {
    fits = mask.shape[i] == 1 || mask.shape[i] == x.shape[i + missing];
    strides[i + missing] = mask.shape[i] == 1 ? 0 : mask.strides[i];
  }
  if (fits) return strides;
  return refuse(Status::shape_mismatch, "a mask of shape " + to_string(mask.shape) +
                                            " does not fit samples of shape " + to_string(x.shape) +
                                            "; each extent is that of the samples or 1");
}

/// Calls f(offset in elements of each view, dense index) for every sample.
template <class F>
void for_each(const Dims& shape, const Dims& a, const Dims& b, F&& f) {
  Dims index(shape.rank(), 0);
  const std::int64_t count = element_count(shape);
  std::int64_t from = 0, mark = 0;
  for (std::int64_t at = 0; at < count; ++at) {
    f(from, mark, at);
    for (int i = shape.rank() - 1; i >= 0; --i) {
      from += a[i];
      mark += b[i];
      if (++index[i] < shape[i]) break;
      from -= shape[i] * a[i];
      mark -= shape[i] * b[i];
      index[i] = 0;
    }
  }
}

/// `real`: the type that the samples are copied from. Halves are copied by their bits.
template <class R>
void copy_masked(const ConstView& x, ElementType real, const ConstView& mask, const Dims& marks,
                 R missing, R* to) {
  const CopyRow<R> copy = copy_row_from<R>(real);
  const CopyRow<double> copy_mark = copy_row_from<double>(mask.type);
  const std::int64_t parts = is_complex(x.type) ? 2 : 1;
  for_each(x.shape, x.strides, marks, [&](std::int64_t from, std::int64_t mark, std::int64_t at) {
    double there = 0;
    copy_mark(static_cast<const std::byte*>(mask.data) + mark * size_bytes(mask.type), 1, 1,
              &there);
    R* sample = to + at * parts;
    copy(static_cast<const std::byte*>(x.data) + from * size_bytes(x.type), 1, parts, sample);
    if (there == 0 || std::isnan(there)) sample[0] = missing;
  });
}

}  // namespace

Result<AnyArray> masked(const ConstView& x, const ConstView& mask) {
  if (x.data == nullptr || mask.data == nullptr)
    return refuse(Status::invalid_argument, "the pointer of the samples or of the mask is null");
  if (is_complex(mask.type))
    return refuse(Status::type_mismatch, "a mask has real or whole numbers, 0 for what is missing");
  if (x.shape.rank() == 0 || x.shape.rank() != x.strides.rank() || element_count(x.shape) < 0)
    return refuse(Status::shape_mismatch,
                  "samples of shape " + to_string(x.shape) + " have no such strides");
  const auto marks = repeated(x, mask);
  if (!marks) return tl::unexpected(marks.error());
  AnyArray made;
  made.type = is_integer(x.type) ? promote(x.type, ElementType::f32) : x.type;
  made.shape = x.shape;
  try {
    made.bytes.resize(static_cast<std::size_t>(element_count(x.shape) * size_bytes(made.type)));
  } catch (const std::exception&) {
    return refuse(Status::out_of_memory,
                  "not enough memory for masked samples of shape " + to_string(x.shape));
  }
  const ElementType real = real_part_of(x.type);
  const auto copy = [&]<class R>(ElementType from, R missing) {
    copy_masked(x, from, mask, *marks, missing, reinterpret_cast<R*>(made.bytes.data()));
  };
  if (made.type == ElementType::f16)
    copy(ElementType::i16,
         static_cast<std::int16_t>(Half(std::numeric_limits<float>::quiet_NaN()).bits));
  else if (real_part_of(made.type) == ElementType::f32)
    copy(real, std::numeric_limits<float>::quiet_NaN());
  else copy(real, std::numeric_limits<double>::quiet_NaN());
  return made;
}

}  // namespace faltung
