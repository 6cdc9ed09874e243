# SPDX-FileCopyrightText: 2026 The Faltung authors
# SPDX-License-Identifier: Apache-2.0
#
# Toolchain: Debian's cross compiler for 64-bit Arm, the libraries that tools/aarch64_sysroot unpacked,
# and qemu-user to run what was built. Used by the preset release-aarch64.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_C_COMPILER aarch64-linux-gnu-gcc)
set(CMAKE_CXX_COMPILER aarch64-linux-gnu-g++)
set(CMAKE_LIBRARY_ARCHITECTURE aarch64-linux-gnu)

get_filename_component(faltung_sysroot "${CMAKE_CURRENT_LIST_DIR}/../build/aarch64-sysroot" ABSOLUTE)
if(NOT EXISTS "${faltung_sysroot}/made-from")
  message(FATAL_ERROR "Run tools/aarch64_sysroot first: ${faltung_sysroot} is not there")
endif()

# No CMAKE_SYSROOT: the compiler keeps its own C library, in /usr/aarch64-linux-gnu.
set(CMAKE_FIND_ROOT_PATH "${faltung_sysroot}" /usr/aarch64-linux-gnu)
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)

# pkg-config looks into the unpacked packages alone, and says their folders even where they end in
# /usr/include, which it would otherwise take for the compiler's own.
set(ENV{PKG_CONFIG_SYSROOT_DIR} "${faltung_sysroot}")
set(ENV{PKG_CONFIG_LIBDIR}
    "${faltung_sysroot}/usr/lib/aarch64-linux-gnu/pkgconfig:${faltung_sysroot}/usr/share/pkgconfig")
set(ENV{PKG_CONFIG_ALLOW_SYSTEM_CFLAGS} 1)
set(ENV{PKG_CONFIG_ALLOW_SYSTEM_LIBS} 1)

# What the libraries of the file formats need in turn, for the linker and then for the loader.
set(faltung_folders
    "${faltung_sysroot}/usr/lib/aarch64-linux-gnu:${faltung_sysroot}/lib/aarch64-linux-gnu")
set(CMAKE_EXE_LINKER_FLAGS_INIT "-Wl,-rpath-link,${faltung_folders}")

# A processor with NEON and nothing beyond, as most have.
set(CMAKE_CROSSCOMPILING_EMULATOR
    "/usr/bin/env;QEMU_LD_PREFIX=/usr/aarch64-linux-gnu;QEMU_CPU=cortex-a72;qemu-aarch64-static;-E;LD_LIBRARY_PATH=${faltung_folders}")
