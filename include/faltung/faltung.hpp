// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "faltung/convolve.hpp"
#include "faltung/deconvolve.hpp"
#include "faltung/device.hpp"
#include "faltung/filter.hpp"
#include "faltung/filter_bank.hpp"
#include "faltung/filter_plan.hpp"
#include "faltung/machine_profile.hpp"
#include "faltung/plan.hpp"
#include "faltung/problem.hpp"
#include "faltung/signal.hpp"
#include "faltung/stream.hpp"
#include "faltung/system.hpp"
#include "faltung/types.hpp"
#include "faltung/version.hpp"
