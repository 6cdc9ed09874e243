// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// Sound that never ends: a stream takes samples as they come and gives outputs in whole blocks.
// Together they are, bit for bit, what one plan for everything gives.
#include <cmath>
#include <faltung/faltung.hpp>

#include "check.hpp"

namespace fl = faltung;

int main() {
  std::vector<float> response(4800), sound(100000);
  for (std::size_t k = 0; k < response.size(); ++k)
    response[k] = std::exp(-static_cast<float>(k) / 800) * std::cos(0.3F * static_cast<float>(k));
  for (std::size_t n = 0; n < sound.size(); ++n) sound[n] = std::sin(0.02F * static_cast<float>(n));

  // How long the input is does not matter: 1 stands for any number of samples.
  const fl::Problem problem = fl::Problem::parse("convolve f32 [1] * [4800] full");
  fl::Stream stream(problem, std::span<const float>(response));
  std::cout << "outputs come " << stream.block_outputs() << " at a time\n";

  std::vector<float> wet;
  const auto make_room = [&](std::int64_t outputs) {
    wet.resize(wet.size() + static_cast<std::size_t>(outputs));
    return fl::View(wet.data() + wet.size() - outputs, fl::ElementType::f32, fl::Dims{outputs});
  };
  for (std::size_t at = 0; at < sound.size();) {
    const std::size_t count = std::min<std::size_t>(sound.size() - at, 1 + at % 5000);
    const std::span<const float> piece(sound.data() + at, count);
    const fl::View y = make_room(stream.outputs_of_push(static_cast<std::int64_t>(count)));
    check(stream.push(piece, y) == fl::Status::ok);
    at += count;
  }
  check(stream.flush(make_room(stream.outputs_of_flush())) == fl::Status::ok);
  check(wet.size() == 104799);

  const fl::Plan plan = fl::value_or_throw(stream.try_plan(100000));
  std::vector<float> at_once(104799);
  fl::Workspace workspace(plan);
  check(plan.execute(sound, plan.prepare(response), at_once, workspace) == fl::Status::ok);
  check(wet == at_once);
  return 0;
}
