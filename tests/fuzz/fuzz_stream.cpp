// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// The first bytes are a problem, the others what is done to its stream: pushes of some samples,
// ends and resets in any order. At each end, the outputs are those of one plan.
#include <cmath>
#include <cstdlib>
#include <cstring>

#include "faltung/stream.hpp"

namespace {

using namespace faltung;

void require(bool condition) {
  if (!condition) std::abort();
}

/// The bytes of the input one after the other; zeros beyond.
class Bytes {
 public:
  Bytes(const std::uint8_t* data, std::size_t size) : at_(data), left_(size) {}
  bool empty() const { return left_ == 0; }
  std::int64_t next() {
    if (left_ == 0) return 0;
    --left_;
    return *at_++;
  }

 private:
  const std::uint8_t* at_;
  std::size_t left_;
};

Problem read_problem(Bytes& bytes) {
  Problem p;
  const std::int64_t kinds = bytes.next();
  p.x_type = p.h_type = kinds & 1 ? ElementType::f32 : ElementType::f64;
  p.operation = kinds & 2 ? Operation::convolve : Operation::correlate;
  p.extent = static_cast<Extent>(kinds >> 2 & 3);
  p.boundary = static_cast<Boundary>((kinds >> 4) % 6);
  p.method = bytes.next() & 1 ? "direct" : "overlap_save";
  p.h_shape = {1 + bytes.next()};
  p.dilation = {1 + bytes.next() % 3};
  p.stride = {1 + bytes.next() % 4};
  const std::int64_t span = (p.h_shape[0] - 1) * p.dilation[0] + 1;
  if (p.method == "overlap_save") p.block = {span + bytes.next()};
  p.x_shape = {1};
  return p;
}

double sample(std::int64_t i) {
  if (i % 97 == 96) return std::nan("");
  return i % 61 < 40 ? std::sin(static_cast<double>(i * i)) : 0;
}

std::vector<std::byte> as_type(const std::vector<double>& values, ElementType type) {
  std::vector<std::byte> bytes(values.size() * static_cast<std::size_t>(size_bytes(type)));
  for (std::size_t i = 0; i < values.size(); ++i)
    if (type == ElementType::f64) {
      std::memcpy(bytes.data() + 8 * i, &values[i], 8);
    } else {
      const auto v = static_cast<float>(values[i]);
      std::memcpy(bytes.data() + 4 * i, &v, 4);
    }
  return bytes;
}

void compare(const Stream& stream, const Problem& p, const ConstView& h,
             const std::vector<double>& x, const std::vector<std::byte>& outputs) {
  const auto plan = stream.try_plan(static_cast<std::int64_t>(x.size()));
  if (!plan) {
    require(plan.error().status == Status::no_output || x.empty());
    require(outputs.empty());
    return;
  }
  const std::vector<std::byte> all = as_type(x, p.x_type);
  AnyArray y{plan->output_type(), plan->output_shape(), {}};
  y.bytes.resize(static_cast<std::size_t>(element_count(y.shape) * size_bytes(y.type)));
  Workspace workspace(*plan);
  require(plan->execute(ConstView(all.data(), p.x_type, Dims{static_cast<std::int64_t>(x.size())}),
                        plan->prepare(h), y.view(), workspace) == Status::ok);
  require(outputs == y.bytes);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Bytes bytes(data, size);
  const Problem p = read_problem(bytes);
  std::vector<double> taps;
  for (std::int64_t k = 0; k < p.h_shape[0]; ++k) taps.push_back(std::cos(static_cast<double>(k)));
  const std::vector<std::byte> h = as_type(taps, p.h_type);
  const ConstView h_view(h.data(), p.h_type, p.h_shape);
  auto stream = Stream::try_make(p, h_view);
  if (!stream) {
    require(!stream.error().message.empty());
    return 0;
  }
  std::vector<double> x;
  std::vector<std::byte> y;
  bool ended = false;
  const auto take = [&](Result<AnyArray> part) {
    require(part.has_value() == !ended);
    if (part) y.insert(y.end(), part->bytes.begin(), part->bytes.end());
  };
  for (int step = 0; !bytes.empty() && step < 24 && x.size() < 12000; ++step) {
    const std::int64_t what = bytes.next();
    if (what == 0) {
      take(stream->try_flush());
      if (!ended) compare(*stream, p, h_view, x, y);
      ended = true;
    } else if (what == 1) {
      stream->reset();
      x.clear();
      y.clear();
      ended = false;
    } else {
      const std::int64_t count = (what - 2) * (what & 1 ? 1 : 16);
      std::vector<double> piece;
      for (std::int64_t i = 0; i < count; ++i)
        piece.push_back(sample(static_cast<std::int64_t>(x.size()) + i));
      const std::vector<std::byte> samples = as_type(piece, p.x_type);
      const ConstView view(samples.empty() ? h.data() : samples.data(), p.x_type, Dims{count});
      take(stream->try_push(view));
      if (!ended) x.insert(x.end(), piece.begin(), piece.end());
    }
    require(stream->pushed() == static_cast<std::int64_t>(x.size()));
  }
  return 0;
}
