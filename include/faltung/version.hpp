// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

/// The one place of the version; CMake reads it here.
#define FALTUNG_VERSION "0.1.0"
