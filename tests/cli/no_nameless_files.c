/* SPDX-FileCopyrightText: 2026 The Faltung authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * Preloaded: a file system that has no files without a name. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>

static int pass_on(const char* function, const char* path, int flags, mode_t mode) {
  if ((flags & O_TMPFILE) == O_TMPFILE) {
    errno = EOPNOTSUPP;
    return -1;
  }
  int (*real)(const char*, int, ...) = (int (*)(const char*, int, ...))dlsym(RTLD_NEXT, function);
  return real(path, flags, mode);
}

#define OPEN(name)                             \
  int name(const char* path, int flags, ...) { \
    va_list list;                              \
    va_start(list, flags);                     \
    mode_t mode = va_arg(list, mode_t);        \
    va_end(list);                              \
    return pass_on(#name, path, flags, mode);  \
  }
OPEN(open)
OPEN(open64)
