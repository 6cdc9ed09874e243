// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// Convolution by cuFFT as everyone does it, three kernels or more:
//
//   out of place       x -> spectrum -> times that of h -> y
//   back in place      x -> spectrum -> times that of h -> y in its place
//   in place           x -> spectrum in its place -> times that of h -> y in its place
//
// Real rows that are in place have room for two numbers more. Samples lie in blocks already; the
// zeros behind them cost nothing here.
#include <algorithm>
#include <array>
#include <cmath>

#include "device_work.hpp"
#include "dynamic_library.hpp"

namespace faltung::bench {
namespace {

struct Cufft {
  int (*plan)(int* plan, int rank, int* n, int* from_shape, int from_stride, int from_distance,
              int* to_shape, int to_stride, int to_distance, int type, int batch) = nullptr;
  int (*destroy)(int plan) = nullptr;
  int (*version)(int* version) = nullptr;
  /// With a direction, from complex to complex; from real to complex, and back. By precision.
  int (*complex[2])(int plan, void* from, void* to, int direction) = {};
  int (*forward[2])(int plan, void* from, void* to) = {};
  int (*backward[2])(int plan, void* from, void* to) = {};

  bool open(const std::string& path) {
    DynamicLibrary library;
    if (!library.open(path) && !library.open("libcufft.so.12") && !library.open("libcufft.so.11"))
      return false;
    library.find("cufftPlanMany", plan);
    library.find("cufftDestroy", destroy);
    library.find("cufftGetVersion", version);
    library.find("cufftExecC2C", complex[0]);
    library.find("cufftExecZ2Z", complex[1]);
    library.find("cufftExecR2C", forward[0]);
    library.find("cufftExecD2Z", forward[1]);
    library.find("cufftExecC2R", backward[0]);
    library.find("cufftExecZ2D", backward[1]);
    return true;
  }
};

/// Values of cufftType, in the order of Cufft's functions by precision, and directions.
constexpr int kComplex[] = {0x29, 0x69}, kForward[] = {0x2a, 0x6a}, kBackward[] = {0x2c, 0x6c};
constexpr int kThere = -1, kBack = 1;

void check(int result, const char* what) {
  if (result != 0)
    throw Error(
        {Status::unsupported, std::string(what) + ": cuFFT's error " + std::to_string(result)});
}

enum class Places { apart, back_in_place, in_place };
constexpr const char* kPlaces[] = {"out of place", "back in place", "in place"};

/// The last axis as it lies in memory, in numbers of the array's own kind.
struct Rows {
  std::vector<int> points;  ///< along each axis of a transform
  int complexes = 0, from = 0, to = 0;

  Rows(std::vector<int> points_, bool real, Places places) : points(std::move(points_)) {
    const int last = points.back();
    complexes = real ? last / 2 + 1 : last;
    from = real && places == Places::in_place ? 2 * complexes : last;
    to = real && places != Places::apart ? 2 * complexes : last;
  }
  /// Rows of one batch.
  std::int64_t count() const {
    std::int64_t all = 1;
    for (std::size_t i = 0; i + 1 < points.size(); ++i) all *= points[i];
    return all;
  }
  std::int64_t all_points() const { return count() * points.back(); }
};

class CufftSide final : public DeviceSide {
 public:
  CufftSide(const DeviceWork& work, Gpu& gpu, const Cufft& cufft, std::vector<int> points,
            Places places)
      : work_(work),
        gpu_(gpu),
        cufft_(cufft),
        places_(places),
        rows_(std::move(points), !work.complex(), places) {
    const auto batches = static_cast<int>(work.batches());
    there_ = plan(true, rows_.from, batches);
    back_ = plan(false, rows_.to, batches);
    place_kernel();
    const std::int64_t spectrum =
        work.batches() * rows_.count() * rows_.complexes * 2 * real_bytes();
    const std::vector<std::byte> x = in_rows(work.sample.x, work.sample_batches(), rows_.from, 1);
    for (int i = 0; i < work.sets; ++i) {
      const bool in_place = places == Places::in_place;
      x_.emplace_back("cuda:0",
                      in_place ? spectrum : static_cast<std::int64_t>(x.size()) * work.repeats);
      fill(gpu, x_.back(), x.data(), static_cast<std::int64_t>(x.size()));
      spectrum_.push_back(in_place ? x_.back() : DeviceArray("cuda:0", spectrum));
      y_.push_back(
          places == Places::apart
              ? DeviceArray("cuda:0", work.batches() * rows_.all_points() * element_bytes())
              : spectrum_.back());
    }
    int number = 0;
    check(cufft_.version(&number), "cufftGetVersion");
    name = "cufft";
    version = std::to_string(number) + " " + kPlaces[static_cast<int>(places)];
    for (std::size_t i = 0; i < rows_.points.size(); ++i)
      version += (i == 0 ? " " : "x") + std::to_string(rows_.points[i]);
  }
  CufftSide(const CufftSide&) = delete;
  CufftSide& operator=(const CufftSide&) = delete;
  ~CufftSide() override {
    cufft_.destroy(there_);
    cufft_.destroy(back_);
  }

  void run(int set) override {
    const auto s = static_cast<std::size_t>(set);
    forward(there_, x_[s].data(), spectrum_[s].data());
    gpu_.multiply(spectrum_[s].data(), kernel_.data(), rows_.count() * rows_.complexes,
                  work_.batches(), work_.wide());
    const int wide = work_.wide() ? 1 : 0;
    check(work_.complex() ? cufft_.complex[wide](back_, spectrum_[s].data(), y_[s].data(), kBack)
                          : cufft_.backward[wide](back_, spectrum_[s].data(), y_[s].data()),
          "the way back");
  }
  const std::byte* output(std::int64_t batch,
                          const std::vector<std::int64_t>& place) const override {
    std::int64_t row = batch;
    for (std::size_t i = 0; i + 1 < place.size(); ++i) row = row * rows_.points[i] + at(place, i);
    return static_cast<const std::byte*>(y_[0].data()) +
           (row * rows_.to + at(place, place.size() - 1)) * element_bytes();
  }

 private:
  std::int64_t element_bytes() const { return size_bytes(work_.problem.x_type); }
  std::int64_t real_bytes() const { return work_.wide() ? 8 : 4; }
  /// Where an output is along an axis of the block, which goes round.
  std::int64_t at(const std::vector<std::int64_t>& place, std::size_t axis) const {
    return (place[axis] + work_.sample.first_output(static_cast<int>(axis))) % rows_.points[axis];
  }

  int plan(bool there, int row, int batches) const {
    std::vector<int> points = rows_.points, ours = points, spectrum = points;
    ours.back() = row;
    spectrum.back() = rows_.complexes;
    const auto rows = static_cast<int>(rows_.count());
    std::vector<int>&from = there ? ours : spectrum, &to = there ? spectrum : ours;
    const int* types = work_.complex() ? kComplex : there ? kForward : kBackward;
    int made = 0;
    check(cufft_.plan(&made, static_cast<int>(points.size()), points.data(), from.data(), 1,
                      rows * from.back(), to.data(), 1, rows * to.back(),
                      types[work_.wide() ? 1 : 0], batches),
          "cufftPlanMany");
    return made;
  }

  void forward(int plan, void* from, void* to) const {
    const int wide = work_.wide() ? 1 : 0;
    check(work_.complex() ? cufft_.complex[wide](plan, from, to, kThere)
                          : cufft_.forward[wide](plan, from, to),
          "the way there");
  }

  /// The spectrum of h divided by the number of points.
  void place_kernel() {
    const auto points = static_cast<double>(rows_.all_points());
    const std::vector<std::byte> h = in_rows(work_.sample.h, 1, rows_.points.back(), 1 / points);
    const DeviceArray taps("cuda:0", static_cast<std::int64_t>(h.size()));
    kernel_ = DeviceArray("cuda:0", rows_.count() * rows_.complexes * 2 * real_bytes());
    fill(gpu_, taps, h.data(), taps.bytes());
    const int once = plan(true, rows_.points.back(), 1);
    forward(once, taps.data(), kernel_.data());
    std::byte done[1];
    gpu_.read(done, kernel_.data(), 1);
    cufft_.destroy(once);
  }

  /// The samples of `batches` blocks, zeros behind them, times a factor; rows of so many elements.
  std::vector<std::byte> in_rows(const Buffer& from, std::int64_t batches, int row,
                                 double factor) const {
    return work_.wide() ? in_rows_as<double>(from, batches, row, factor)
                        : in_rows_as<float>(from, batches, row, static_cast<float>(factor));
  }
  template <class T>
  std::vector<std::byte> in_rows_as(const Buffer& from, std::int64_t batches, int row,
                                    T factor) const {
    const std::int64_t each = work_.complex() ? 2 : 1, length = from.shape.back() * each;
    const bool plane = rows_.points.size() > 1;
    const std::int64_t lines = plane ? from.shape[from.shape.rank() - 2] : 1;
    std::vector<std::byte> made(static_cast<std::size_t>(batches * rows_.count() * row * each) *
                                sizeof(T));
    auto* const to = reinterpret_cast<T*>(made.data());
    for (std::int64_t line = 0; line < batches * lines; ++line) {
      T* const at = to + (line / lines * rows_.count() + line % lines) * row * each;
      for (std::int64_t i = 0; i < length; ++i) at[i] = from.as<T>()[line * length + i] * factor;
    }
    return made;
  }

  const DeviceWork& work_;
  Gpu& gpu_;
  const Cufft& cufft_;
  const Places places_;
  const Rows rows_;
  int there_ = 0, back_ = 0;
  DeviceArray kernel_;
  std::vector<DeviceArray> x_, spectrum_, y_;
};

/// The least number above or at n whose prime factors are 2, and these.
int round_up(std::int64_t n, std::initializer_list<int> odd) {
  for (;; ++n) {
    std::int64_t rest = n;
    while (rest % 2 == 0) rest /= 2;
    for (const int prime : odd)
      while (rest % prime == 0) rest /= prime;
    if (rest == 1 && n % 2 == 0) return static_cast<int>(n);
  }
}

/// Blocks that hold the problem, of which one is the fastest.
std::vector<std::vector<int>> blocks_of(const DeviceWork& work) {
  const Dims &x = work.problem.x_shape, &h = work.problem.h_shape;
  const bool wrap = work.problem.boundary == Boundary::wrap;
  if (!wrap && work.problem.boundary != Boundary::constant)
    throw Error({Status::unsupported, "cuFFT is run with zeros outside, or going round"});
  const auto with = [&](std::initializer_list<int> primes) {
    std::vector<int> points;
    for (int i = 0; i < h.rank(); ++i) {
      const std::int64_t n = x[x.rank() - h.rank() + i];
      points.push_back(wrap ? static_cast<int>(n) : round_up(n + h[i] - 1, primes));
    }
    return points;
  };
  std::vector<std::vector<int>> found = {with({3, 5, 7}), with({3, 5}), with({3})};
  found.erase(std::unique(found.begin(), found.end()), found.end());
  return found;
}

double seconds_of(DeviceSide& side, Gpu& gpu) {
  constexpr int kTries = 3;
  side.run(0);
  double least = HUGE_VAL;
  for (int i = 0; i < kTries; ++i) least = std::min(least, gpu.seconds([&] { side.run(0); }));
  return least;
}

}  // namespace

std::unique_ptr<DeviceSide> make_cufft(const DeviceWork& work, Gpu& gpu,
                                       const std::string& library) {
  static Cufft cufft;
  static const bool there = cufft.open(library);
  if (!there) return nullptr;
  double least = HUGE_VAL;
  std::vector<int> block;
  Places best = Places::apart;
  for (const std::vector<int>& points : blocks_of(work))
    for (const Places places : {Places::apart, Places::back_in_place, Places::in_place}) {
      CufftSide side(work, gpu, cufft, points, places);
      if (const double seconds = seconds_of(side, gpu); seconds < least) {
        least = seconds;
        block = points;
        best = places;
      }
    }
  // Anew: in place, samples are gone by now.
  return std::make_unique<CufftSide>(work, gpu, cufft, block, best);
}

}  // namespace faltung::bench
