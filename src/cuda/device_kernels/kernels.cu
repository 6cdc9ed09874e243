// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// All device kernels, for the CUDA compiler: one image for every kind of GPU.
#include "box.hpp"
#include "direct.hpp"
#include "direct_tile.hpp"
#include "passes.hpp"
#include "repair.hpp"
#include "separable.hpp"
