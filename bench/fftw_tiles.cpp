// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
//   x     ....|<- span - 1 ->|<- step ->|....        a box of `block` samples along each axis
//   y                        |<- step ->|            what wrapping around does not reach
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <fstream>

#include "fftw_contestant.hpp"

namespace faltung::bench {
namespace {

using Block = std::int64_t[3];

template <class T>
class Tiles final : public Contestant {
 public:
  Tiles(const Case& work, unsigned flags, const Block& block) : work_(work), axes_(work) {
    std::int64_t reals = 1;
    for (int i = 0; i < 3; ++i) {
      block_[i] = block[i];
      step_[i] = block[i] - axes_.k[i] + 1;
      count_[i] = (axes_.out[i] + step_[i] - 1) / step_[i];
      reals *= block[i];
    }
    complexes_ = reals / block[2] * (block[2] / 2 + 1);
    for (int t = 0; t < work.threads; ++t) {
      real_.push_back(fftw_array<T>(reals));
      spectrum_.push_back(fftw_array<std::complex<T>>(complexes_));
    }
    pair_ = std::make_unique<FftwPair<T>>(axes_.sizes(block_), flags, 1, real_[0].get(),
                                          spectrum_[0].get());
    kernel_ = spectrum_of<T>(work, *pair_, block_);
    y = Buffer(work.problem.result_type(), work.output_shape());
    version = FftwTypes<T>::version();
    for (int i = 3 - axes_.rank; i < 3; ++i)
      version += (i == 3 - axes_.rank ? " blocks of " : "x") + std::to_string(block[i]);
  }

  void run() override {
    std::atomic<std::int64_t> next = 0;
    const std::int64_t all = count_[0] * count_[1] * count_[2];
    const int threads = static_cast<int>(std::min<std::int64_t>(all, work_.threads));
    on_threads(threads, [&](int t) {
      for (std::int64_t i = next++; i < all; i = next++) one(t, i);
    });
  }

 private:
  void one(int t, std::int64_t index) {
    T* real = real_[static_cast<std::size_t>(t)].get();
    std::complex<T>* spectrum = spectrum_[static_cast<std::size_t>(t)].get();
    const std::int64_t place[3] = {index / (count_[1] * count_[2]) * step_[0],
                                   index / count_[2] % count_[1] * step_[1],
                                   index % count_[2] * step_[2]};
    load(place, real);
    pair_->forward(real, spectrum);
    multiply(reinterpret_cast<T*>(spectrum), reinterpret_cast<const T*>(kernel_.get()), complexes_);
    pair_->backward(spectrum, real);
    store(place, real);
  }

  void load(const Block& place, T* real) const {
    std::int64_t at[3];
    for (int i = 0; i < 3; ++i) at[i] = place[i] + axes_.first[i] - axes_.k[i] + 1;
    const std::int64_t from = std::clamp<std::int64_t>(-at[2], 0, block_[2]);
    const std::int64_t to = std::clamp<std::int64_t>(axes_.n[2] - at[2], from, block_[2]);
    for (std::int64_t i = 0; i < block_[0]; ++i)
      for (std::int64_t j = 0; j < block_[1]; ++j, real += block_[2]) {
        const std::int64_t a = at[0] + i, b = at[1] + j;
        if (a < 0 || a >= axes_.n[0] || b < 0 || b >= axes_.n[1]) {
          std::fill_n(real, block_[2], T(0));
          continue;
        }
        const T* x = work_.x.as<T>() + (a * axes_.n[1] + b) * axes_.n[2] + at[2];
        std::fill(real, real + from, T(0));
        std::copy(x + from, x + to, real + from);
        std::fill(real + to, real + block_[2], T(0));
      }
  }

  void store(const Block& place, const T* real) {
    std::int64_t count[3];
    for (int i = 0; i < 3; ++i) count[i] = std::min(step_[i], axes_.out[i] - place[i]);
    for (std::int64_t i = 0; i < count[0]; ++i)
      for (std::int64_t j = 0; j < count[1]; ++j)
        std::copy_n(
            real + ((i + axes_.k[0] - 1) * block_[1] + j + axes_.k[1] - 1) * block_[2] +
                axes_.k[2] - 1,
            count[2],
            y.as<T>() + ((place[0] + i) * axes_.out[1] + place[1] + j) * axes_.out[2] + place[2]);
  }

  const Case& work_;
  ThreeAxes axes_;
  Block block_ = {}, step_ = {}, count_ = {};
  std::int64_t complexes_ = 0;
  std::vector<FftwArray<T>> real_;
  std::vector<FftwArray<std::complex<T>>> spectrum_;
  FftwArray<std::complex<T>> kernel_;
  std::unique_ptr<FftwPair<T>> pair_;
};

/// Sizes worth trying: powers of two, and three quarters of them in two and three dimensions.
std::vector<std::int64_t> sizes_to_try(const ThreeAxes& axes) {
  const std::int64_t largest = axes.rank == 1 ? 1 << 18 : axes.rank == 2 ? 1024 : 160;
  std::vector<std::int64_t> found;
  for (std::int64_t size = 16; size <= largest; size *= 2)
    for (const std::int64_t s : {size, size + size / 2})
      if (s >= axes.k[2] + axes.k[2] / 4 && s <= largest && s <= 64 * axes.k[2] &&
          s < 2 * (axes.out[2] + axes.k[2]))
        found.push_back(s);
  if (axes.rank == 1 && axes.out[2] < largest) found.push_back(smooth(axes.out[2] + axes.k[2] - 1));
  return found;
}

/// The least of three times.
double least_time(Contestant& c) {
  double least = HUGE_VAL;
  for (int i = 0; i < 3; ++i) {
    const auto start = std::chrono::steady_clock::now();
    c.run();
    least = std::min(
        least, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  }
  return least;
}

template <class T>
std::int64_t best_size(const Case& work, const Wisdom& wisdom) {
  const ThreeAxes axes(work);
  const std::string file = wisdom.folder + "/blocks";
  const std::string key = work.problem.to_string() + " threads=" + std::to_string(work.threads);
  std::int64_t best = 0, size = 0;
  std::string line;
  for (std::ifstream in(file); in >> size && std::getline(in, line);)
    if (line == " " + key) best = size;
  if (best > 0) return best;
  double least = HUGE_VAL;
  for (const std::int64_t s : sizes_to_try(axes)) {
    const Block block = {axes.rank > 2 ? s : 1, axes.rank > 1 ? s : 1, s};
    Tiles<T> tiles(work, FFTW_MEASURE, block);
    if (const double seconds = least_time(tiles); seconds < least) {
      least = seconds;
      best = s;
    }
  }
  if (best == 0) throw Error({Status::unsupported, "no block size fits " + key});
  std::ofstream(file, std::ios::app) << best << " " << key << "\n";
  return best;
}

}  // namespace

template <class T>
std::unique_ptr<Contestant> make_fftw_tiles(const Case& work, unsigned flags,
                                            const Wisdom& wisdom) {
  const ThreeAxes axes(work);
  if (axes.wrap) throw Error({Status::unsupported, "boxes here have zeros outside"});
  const std::int64_t s = best_size<T>(work, wisdom);
  const Block block = {axes.rank > 2 ? s : 1, axes.rank > 1 ? s : 1, s};
  return std::make_unique<Tiles<T>>(work, flags, block);
}
template std::unique_ptr<Contestant> make_fftw_tiles<float>(const Case&, unsigned, const Wisdom&);
template std::unique_ptr<Contestant> make_fftw_tiles<double>(const Case&, unsigned, const Wisdom&);

}  // namespace faltung::bench
