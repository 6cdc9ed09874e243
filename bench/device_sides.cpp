// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "device_work.hpp"

namespace faltung::bench {
namespace {

/// What takes more operations is not run: it would keep a GPU for seconds, again and again.
constexpr double kMostFlop = 1e12;

Plan plan_on_device(const DeviceWork& work) {
  Plan plan = Planner().plan(work.problem);
  std::string others;
  double flop = 0;
  for (const Candidate& c : plan.candidates()) {
    if (c.chosen) flop = c.flop;
    if (c.on_device && !c.supported) others += "; " + c.name + ": " + c.reason;
  }
  if (flop <= kMostFlop) return plan;
  throw Error({Status::unsupported, plan.algorithm() + " would take " +
                                        std::to_string(static_cast<std::int64_t>(flop * 1e-12)) +
                                        " Tflop" + others});
}

class Ours final : public DeviceSide {
 public:
  Ours(const DeviceWork& work, Gpu& gpu)
      : plan_(plan_on_device(work)),
        kernel_(plan_.prepare(work.sample.h.view())),
        scratch_("cuda:0", std::max<std::int64_t>(1, plan_.device_work_bytes())) {
    for (int i = 0; i < work.sets; ++i) {
      x_.emplace_back("cuda:0", work.x_bytes);
      y_.emplace_back("cuda:0", work.y_bytes);
      fill(gpu, x_.back(), work.sample.x.bytes.data(),
           static_cast<std::int64_t>(work.sample.x.bytes.size()));
    }
    name = "faltung";
    version = FALTUNG_VERSION;
    method = plan_.algorithm();
  }
  void run(int set) override {
    const auto s = static_cast<std::size_t>(set);
    const Problem& p = plan_.problem();
    const Status status = plan_.enqueue({x_[s].data(), p.x_type, p.x_shape}, kernel_,
                                        {y_[s].data(), plan_.output_type(), plan_.output_shape()},
                                        scratch_.data(), nullptr);
    if (status != Status::ok) throw Error(plan_.failure(status));
  }
  const std::byte* output(std::int64_t batch,
                          const std::vector<std::int64_t>& place) const override {
    const Dims shape = plan_.output_shape();
    std::int64_t flat = batch;
    for (std::size_t i = 0; i < place.size(); ++i)
      flat = flat * shape[shape.rank() - static_cast<int>(place.size() - i)] + place[i];
    return static_cast<const std::byte*>(y_[0].data()) + flat * size_bytes(plan_.output_type());
  }

 private:
  Plan plan_;
  Kernel kernel_;
  DeviceArray scratch_;
  std::vector<DeviceArray> x_, y_;
};

class Copy final : public DeviceSide {
 public:
  Copy(const DeviceWork& work, Gpu& gpu) : gpu_(gpu), bytes_((work.x_bytes + work.y_bytes) / 2) {
    for (int i = 0; i < work.sets; ++i) {
      from_.emplace_back("cuda:0", bytes_);
      fill(gpu, from_.back(), work.sample.x.bytes.data(),
           static_cast<std::int64_t>(work.sample.x.bytes.size()));
      to_.emplace_back("cuda:0", bytes_);
    }
    name = "copy";
  }
  void run(int set) override {
    const auto s = static_cast<std::size_t>(set);
    gpu_.copy(to_[s].data(), from_[s].data(), bytes_);
  }
  const std::byte* output(std::int64_t, const std::vector<std::int64_t>&) const override {
    return nullptr;
  }

 private:
  Gpu& gpu_;
  std::int64_t bytes_;
  std::vector<DeviceArray> from_, to_;
};

}  // namespace

std::unique_ptr<DeviceSide> make_ours_on_device(const DeviceWork& work, Gpu& gpu) {
  return std::make_unique<Ours>(work, gpu);
}

std::unique_ptr<DeviceSide> make_device_copy(const DeviceWork& work, Gpu& gpu) {
  return std::make_unique<Copy>(work, gpu);
}

}  // namespace faltung::bench
