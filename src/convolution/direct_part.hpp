// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "convolution/direct_rows.hpp"

namespace faltung {

template <class T>
struct DirectRows<T>::Part {
  const ExtendedInput<T>& x;
  const BatchOffsets& at;
  const KernelTaps<T>& kernel;
  DirectTile<T> tile;
  const T* place = nullptr;  ///< the oldest sample of the first output
  Dims strides = {};         ///< samples from one output to the next, along each axis but the last
  RowTaps<T> taps = {};
};

}  // namespace faltung
