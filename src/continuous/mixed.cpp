// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "continuous/mixed.hpp"

namespace faltung::continuous {

Result<Function> convolve_smooth(const Function& f, const Function& g) {
  const Function& open = f.is_closed() ? g : f;
  return tl::unexpected(Failure{Status::unsupported, open.smooth_parts()[0].shape->text() +
                                                         " is outside the closed class, in which "
                                                         "functions are convolved"});
}

}  // namespace faltung::continuous
