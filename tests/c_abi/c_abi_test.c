/* SPDX-FileCopyrightText: 2026 The Faltung authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * The whole C interface from plain C: results by hand, every refusal with its status and sentence,
 * and an output that a refused call leaves as it was. */
#include <ctype.h>
#include <float.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "faltung/faltung.h"

static int failures = 0;
static int checks = 0;

#define CHECK(condition)                                                      \
  do {                                                                        \
    ++checks;                                                                 \
    if (!(condition)) {                                                       \
      fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition); \
      ++failures;                                                             \
    }                                                                         \
  } while (0)

/* A sentence of a faltung_error: printable, with words, NUL-terminated, no blank at its ends. */
static int is_sentence(const char* text) {
  const size_t n = strlen(text);
  size_t i, words = 1;
  if (n < 8 || n >= sizeof((faltung_error*)0)->message || isspace((unsigned char)text[0]) ||
      isspace((unsigned char)text[n - 1]))
    return 0;
  for (i = 0; i < n; ++i) {
    if (iscntrl((unsigned char)text[i])) return 0;
    words += text[i] == ' ';
  }
  return words >= 2;
}

static void forget(faltung_error* error) { memset(error, 0x5A, sizeof *error); }

/* The call is given &error, which the function around it declares. */
#define REFUSES(call, expected)                                                                 \
  do {                                                                                          \
    faltung_status got;                                                                         \
    forget(&error);                                                                             \
    got = (call);                                                                               \
    ++checks;                                                                                   \
    if (got != (expected) || error.status != (expected) || !is_sentence(error.message)) {       \
      fprintf(stderr, "%s:%d: %s gave %d (%s), not %d; message '%.200s'\n", __FILE__, __LINE__, \
              #call, (int)got, faltung_describe(got), (int)(expected),                          \
              error.status == got ? error.message : "none");                                    \
      ++failures;                                                                               \
    }                                                                                           \
  } while (0)

/* ---------------------------------------------------------------------------- a whole call */

typedef struct chain {
  faltung_plan* plan;
  faltung_kernel* kernel;
  faltung_workspace* workspace;
} chain;

static faltung_const_view in(const void* data, faltung_type type, int32_t rank,
                             const int64_t* shape, const int64_t* strides) {
  faltung_const_view view;
  view.data = data;
  view.type = type;
  view.rank = rank;
  view.shape = shape;
  view.strides = strides;
  return view;
}

static faltung_view out(void* data, faltung_type type, int32_t rank, const int64_t* shape,
                        const int64_t* strides) {
  faltung_view view;
  view.data = data;
  view.type = type;
  view.rank = rank;
  view.shape = shape;
  view.strides = strides;
  return view;
}

/* Plan, kernel and workspace of one problem; ends the program where they cannot be made. */
static chain make(const char* problem, faltung_const_view h, int32_t threads) {
  chain c = {NULL, NULL, NULL};
  faltung_error error;
  forget(&error);
  if (faltung_plan_create(problem, &c.plan, &error) != FALTUNG_OK ||
      faltung_kernel_prepare(c.plan, &h, &c.kernel, &error) != FALTUNG_OK ||
      faltung_workspace_create(c.plan, threads, &c.workspace, &error) != FALTUNG_OK) {
    fprintf(stderr, "%s: %s\n", problem, error.message);
    exit(1);
  }
  if (error.status != FALTUNG_OK || error.message[0] != '\0') {
    fprintf(stderr, "a call that succeeded left its error as it was\n");
    ++failures;
  }
  return c;
}

static void drop(chain* c) {
  faltung_workspace_destroy(c->workspace);
  faltung_kernel_destroy(c->kernel);
  faltung_plan_destroy(c->plan);
}

static faltung_status run(const chain* c, faltung_const_view x, faltung_view y,
                          faltung_error* error) {
  return faltung_execute(c->plan, &x, c->kernel, &y, c->workspace, error);
}

/* ------------------------------------------------------------------------------- results */

/* The text of a problem says what missing samples do. */
static void missing_samples(void) {
  const double not_a_number = strtod("nan", NULL);
  const double x[5] = {3, 3, not_a_number, 9, 9}, h[3] = {1, 1, 1}, right[5] = {6, 9, 18, 27, 18};
  double y[5] = {0, 0, 0, 0, 0};
  const int64_t five = 5, three = 3;
  faltung_error error;
  int i;
  chain c = make("convolve f64 [5] * [3] same nan=omit", in(h, FALTUNG_F64, 1, &three, NULL), 1);
  CHECK(run(&c, in(x, FALTUNG_F64, 1, &five, NULL), out(y, FALTUNG_F64, 1, &five, NULL), &error) ==
        FALTUNG_OK);
  for (i = 0; i < 5; ++i) CHECK(y[i] == right[i]);
  drop(&c);
}

static void version_and_words(void) {
  faltung_status s;
  int dots = 0;
  const char* v = faltung_version();
  for (; *v != '\0'; ++v) dots += *v == '.';
  CHECK(dots == 2);
  for (s = -3; s < 20; ++s) CHECK(faltung_describe(s) != NULL && faltung_describe(s)[0] != '\0');
  CHECK(strcmp(faltung_describe(FALTUNG_OK), "ok") == 0);
  CHECK(strcmp(faltung_describe(FALTUNG_ALIASING), faltung_describe(FALTUNG_OK)) != 0);
}

static void destroying_null(void) {
  faltung_plan_destroy(NULL);
  faltung_kernel_destroy(NULL);
  faltung_workspace_destroy(NULL);
}

static void plan_words(void) {
  faltung_plan* plan = NULL;
  int64_t shape[FALTUNG_MAX_RANK], index = -99;
  faltung_error error;
  const char* text = "correlate c64 [3,40,50] * [5,7] same boundary=mirror axes=-2,-1";
  CHECK(faltung_plan_create(text, &plan, NULL) == FALTUNG_OK);
  CHECK(strcmp(faltung_plan_problem(plan), text) == 0);
  CHECK(strlen(faltung_plan_algorithm(plan)) > 0);
  CHECK(strstr(faltung_plan_explain(plan), faltung_plan_algorithm(plan)) != NULL);
  CHECK(strstr(faltung_plan_explain(plan), "chosen") != NULL);
  CHECK(faltung_plan_output_shape(plan, shape) == 3);
  CHECK(shape[0] == 3 && shape[1] == 40 && shape[2] == 50);
  CHECK(faltung_plan_output_type(plan) == FALTUNG_C64);
  CHECK(faltung_plan_workspace_bytes(plan, 1) >= 0);
  CHECK(faltung_plan_workspace_bytes(plan, 3) == 3 * faltung_plan_workspace_bytes(plan, 1));
  /* Lag zero of a correlation of `same` extent: (K-1) - (K-1)/2. */
  CHECK(faltung_plan_zero_lag_index(plan, 0, &index, NULL) == FALTUNG_OK && index == 2);
  CHECK(faltung_plan_zero_lag_index(plan, 1, &index, NULL) == FALTUNG_OK && index == 3);
  index = -99;
  REFUSES(faltung_plan_zero_lag_index(plan, 2, &index, &error), FALTUNG_INVALID_ARGUMENT);
  REFUSES(faltung_plan_zero_lag_index(plan, -1, &index, &error), FALTUNG_INVALID_ARGUMENT);
  REFUSES(faltung_plan_zero_lag_index(NULL, 0, &index, &error), FALTUNG_INVALID_ARGUMENT);
  REFUSES(faltung_plan_zero_lag_index(plan, 0, NULL, &error), FALTUNG_INVALID_ARGUMENT);
  CHECK(index == -99);
  faltung_plan_destroy(plan);
}

static void zero_lag_that_a_stride_steps_over(void) {
  faltung_plan* plan = NULL;
  faltung_error error;
  int64_t index = -99;
  CHECK(faltung_plan_create("correlate f32 [20] * [4] full stride=2", &plan, NULL) == FALTUNG_OK);
  REFUSES(faltung_plan_zero_lag_index(plan, 0, &index, &error), FALTUNG_NO_OUTPUT);
  CHECK(index == -99);
  faltung_plan_destroy(plan);
}

static void full_of_f32(const char* method) {
  static const float x[] = {1, 2, 3, 4}, h[] = {1, -1, 2};
  static const float expected[] = {1, 1, 3, 5, 2, 8};
  static const int64_t nx = 4, nh = 3, ny = 6;
  char problem[80];
  float y[6] = {0};
  double maximum = -1, l2 = -1;
  const faltung_const_view xv = in(x, FALTUNG_F32, 1, &nx, NULL);
  chain c;
  int i;
  snprintf(problem, sizeof problem, "convolve f32 [4] * [3] full method=%s", method);
  c = make(problem, in(h, FALTUNG_F32, 1, &nh, NULL), 1);
  CHECK(strcmp(faltung_plan_algorithm(c.plan), method) == 0);
  CHECK(run(&c, xv, out(y, FALTUNG_F32, 1, &ny, NULL), NULL) == FALTUNG_OK);
  CHECK(faltung_error_bound(c.plan, &xv, c.kernel, &maximum, &l2, NULL) == FALTUNG_OK);
  CHECK(maximum > 0 && maximum < 1e-4 && l2 >= maximum * 0.999 && l2 <= 3 * maximum);
  for (i = 0; i < 6; ++i) CHECK(fabs((double)y[i] - (double)expected[i]) <= maximum);
  CHECK(faltung_error_bound(c.plan, &xv, c.kernel, NULL, NULL, NULL) == FALTUNG_OK);
  drop(&c);
}

/* An error that a call before it filled is empty again. */
#define CLEARS(call)                                               \
  do {                                                             \
    forget(&error);                                                \
    CHECK((call) == FALTUNG_OK);                                   \
    CHECK(error.status == FALTUNG_OK && error.message[0] == '\0'); \
  } while (0)

static void success_clears_the_error(void) {
  static const float x[] = {1, 2, 3, 4}, h[] = {1, -1, 2};
  static const int64_t nx = 4, nh = 3, ny = 6;
  const faltung_const_view xv = in(x, FALTUNG_F32, 1, &nx, NULL);
  const faltung_const_view hv = in(h, FALTUNG_F32, 1, &nh, NULL);
  float y[6] = {0};
  const faltung_view yv = out(y, FALTUNG_F32, 1, &ny, NULL);
  double maximum = -1;
  int64_t index = -1;
  faltung_error error;
  chain c = {NULL, NULL, NULL};
  CLEARS(faltung_plan_create("convolve f32 [4] * [3] full", &c.plan, &error));
  CLEARS(faltung_plan_zero_lag_index(c.plan, 0, &index, &error));
  CLEARS(faltung_kernel_prepare(c.plan, &hv, &c.kernel, &error));
  CLEARS(faltung_workspace_create(c.plan, 1, &c.workspace, &error));
  CLEARS(faltung_execute(c.plan, &xv, c.kernel, &yv, c.workspace, &error));
  CLEARS(faltung_error_bound(c.plan, &xv, c.kernel, &maximum, NULL, &error));
  drop(&c);
}

static void correlation_of_c128(void) {
  /* r[l] = sum_n conj(h[n]) x[n+l]; h = {i, 1}: lags -1, 0, 1. */
  static const double x[] = {1, 2, 3, -1}, h[] = {0, 1, 1, 0};
  static const double expected[] = {1, 2, 2 + 3, -1 - 1, -1, -3};
  static const int64_t n = 2, ny = 3;
  double y[6];
  int i;
  chain c =
      make("correlate c128 [2] * [2] lags=-1:1 method=direct", in(h, FALTUNG_C128, 1, &n, NULL), 1);
  CHECK(run(&c, in(x, FALTUNG_C128, 1, &n, NULL), out(y, FALTUNG_C128, 1, &ny, NULL), NULL) ==
        FALTUNG_OK);
  for (i = 0; i < 6; ++i) CHECK(y[i] == expected[i]);
  drop(&c);
}

static void integers_by_policy(void) {
  static const uint8_t x[] = {200, 100, 0}, h[] = {1, 1};
  static const int64_t nx = 3, nh = 2, ny = 4;
  static const uint8_t saturated[] = {200, 255, 100, 0}, wrapped[] = {200, 44, 100, 0};
  static const int64_t exact[] = {200, 300, 100, 0};
  const faltung_const_view xv = in(x, FALTUNG_U8, 1, &nx, NULL),
                           hv = in(h, FALTUNG_U8, 1, &nh, NULL);
  uint8_t y8[4];
  int64_t y64[4];
  double maximum = -1;
  chain c = make("convolve u8 [3] * [2] full policy=saturate", hv, 1);
  CHECK(faltung_plan_output_type(c.plan) == FALTUNG_U8);
  CHECK(run(&c, xv, out(y8, FALTUNG_U8, 1, &ny, NULL), NULL) == FALTUNG_OK);
  CHECK(memcmp(y8, saturated, sizeof y8) == 0);
  CHECK(faltung_error_bound(c.plan, &xv, c.kernel, &maximum, NULL, NULL) == FALTUNG_OK &&
        maximum == 0);
  drop(&c);
  c = make("convolve u8 [3] * [2] full policy=wrap", hv, 1);
  CHECK(run(&c, xv, out(y8, FALTUNG_U8, 1, &ny, NULL), NULL) == FALTUNG_OK);
  CHECK(memcmp(y8, wrapped, sizeof y8) == 0);
  drop(&c);
  c = make("convolve u8 [3] * [2] full", hv, 1);
  CHECK(faltung_plan_output_type(c.plan) == FALTUNG_I64);
  CHECK(run(&c, xv, out(y64, FALTUNG_I64, 1, &ny, NULL), NULL) == FALTUNG_OK);
  CHECK(memcmp(y64, exact, sizeof y64) == 0);
  drop(&c);
}

/* x backwards, h standing still, y every second element of a larger array. */
static void any_strides(void) {
  static const double x[] = {4, 3, 2, 1}, h[] = {0.5};
  static const int64_t nx = 4, nh = 2, ny = 5, back = -1, still = 0, second = 2;
  static const double expected[] = {0.5, 1.5, 2.5, 3.5, 2};
  double y[10];
  int i;
  chain c = make("convolve f64 [4] * [2] full", in(h, FALTUNG_F64, 1, &nh, &still), 1);
  for (i = 0; i < 10; ++i) y[i] = -7;
  CHECK(run(&c, in(x + 3, FALTUNG_F64, 1, &nx, &back), out(y, FALTUNG_F64, 1, &ny, &second),
            NULL) == FALTUNG_OK);
  for (i = 0; i < 5; ++i) CHECK(y[2 * i] == expected[i] && y[2 * i + 1] == -7);
  /* The same into an output that runs backwards. */
  {
    static const int64_t minus_second = -2;
    CHECK(run(&c, in(x + 3, FALTUNG_F64, 1, &nx, &back),
              out(y + 8, FALTUNG_F64, 1, &ny, &minus_second), NULL) == FALTUNG_OK);
    for (i = 0; i < 5; ++i) CHECK(y[8 - 2 * i] == expected[i]);
  }
  drop(&c);
}

static void transposed_picture(void) {
  static const float x[] = {1, 4, 2, 5, 3, 6}; /* [2,3] stored column by column */
  static const float h[] = {1, 1};
  static const int64_t xs[] = {2, 3}, hs[] = {1, 2}, ys[] = {2, 2}, columns[] = {1, 2};
  static const float expected[] = {3, 5, 9, 11};
  float y[4];
  chain c =
      make("convolve f32 [2,3] * [1,2] valid method=direct", in(h, FALTUNG_F32, 2, hs, NULL), 1);
  CHECK(run(&c, in(x, FALTUNG_F32, 2, xs, columns), out(y, FALTUNG_F32, 2, ys, NULL), NULL) ==
        FALTUNG_OK);
  CHECK(memcmp(y, expected, sizeof y) == 0);
  drop(&c);
}

static void sixteen_axes(void) {
  int64_t shape[FALTUNG_MAX_RANK], y_shape[FALTUNG_MAX_RANK];
  float x[4] = {1, 2, 3, 4}, h = 3, y[4] = {0};
  int i;
  chain c;
  for (i = 0; i < FALTUNG_MAX_RANK; ++i) shape[i] = 1;
  c = make(
      "convolve f32 [1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,4] * [1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1] full",
      in(&h, FALTUNG_F32, FALTUNG_MAX_RANK, shape, NULL), 1);
  shape[15] = 4;
  CHECK(faltung_plan_output_shape(c.plan, y_shape) == FALTUNG_MAX_RANK && y_shape[15] == 4);
  CHECK(run(&c, in(x, FALTUNG_F32, FALTUNG_MAX_RANK, shape, NULL),
            out(y, FALTUNG_F32, FALTUNG_MAX_RANK, y_shape, NULL), NULL) == FALTUNG_OK);
  for (i = 0; i < 4; ++i) CHECK(y[i] == 3 * x[i]);
  drop(&c);
}

/* ------------------------------------------------------------------------------- refusals */

static void bad_problem_texts(void) {
  static const struct {
    const char* text;
    faltung_status status;
  } bad[] = {
      {"", FALTUNG_UNKNOWN_NAME},
      {"convolv f32 [4] * [3] full", FALTUNG_UNKNOWN_NAME},
      {"convolve f33 [4] * [3] full", FALTUNG_UNKNOWN_NAME},
      {"convolve f32 [4 * [3] full", FALTUNG_INVALID_ARGUMENT},
      {"convolve f32 [] * [3] full", FALTUNG_INVALID_ARGUMENT},
      {"convolve f32 [0] * [3] full", FALTUNG_EMPTY_INPUT},
      {"convolve f32 [3] * [0] full", FALTUNG_EMPTY_KERNEL},
      {"convolve f32 [-3] * [3] full", FALTUNG_INVALID_ARGUMENT},
      {"convolve f32 [3] * [4] valid", FALTUNG_NO_OUTPUT},
      {"convolve f32 [99999999999999999999] * [4] full", FALTUNG_SIZE_OVERFLOW},
      {"convolve f32 [9223372036854775807] * [4] full", FALTUNG_SIZE_OVERFLOW},
      {"convolve f32 [4] * [3] full boundary=reflect", FALTUNG_UNKNOWN_NAME},
      {"convolve f32 [4] * [3] full method=magic", FALTUNG_UNKNOWN_NAME},
      {"convolve f32 [4] * [3] full method=fft_single block=8", FALTUNG_UNSUPPORTED},
      {"convolve f32 [4] * [3] full stride=0", FALTUNG_INVALID_ARGUMENT},
      {"convolve f32 [4,2] * [3,3] full axes=0", FALTUNG_SHAPE_MISMATCH},
      {"convolve f32->i16 [4] * [3] full", FALTUNG_TYPE_MISMATCH},
      {"convolve f32 [4] * [3] lags=0:3", FALTUNG_INVALID_ARGUMENT},
      {"convolve f32 [1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1] * [1] full", FALTUNG_INVALID_ARGUMENT}};
  size_t i;
  for (i = 0; i < sizeof bad / sizeof *bad; ++i) {
    faltung_plan* plan = NULL;
    faltung_error error;
    faltung_status status;
    forget(&error);
    status = faltung_plan_create(bad[i].text, &plan, &error);
    if (status != bad[i].status) fprintf(stderr, "'%s' gave %d\n", bad[i].text, (int)status);
    CHECK(status == bad[i].status && error.status == status && plan == NULL);
    CHECK(is_sentence(error.message));
    CHECK(faltung_plan_create(bad[i].text, &plan, NULL) == bad[i].status && plan == NULL);
  }
}

/* A message longer than its place is cut, and ends. */
static void long_messages_are_cut(void) {
  faltung_plan* plan = NULL;
  faltung_error error;
  char text[4000];
  memset(text, 'x', sizeof text);
  text[sizeof text - 1] = '\0';
  forget(&error);
  CHECK(faltung_plan_create(text, &plan, &error) == FALTUNG_UNKNOWN_NAME && plan == NULL);
  CHECK(memchr(error.message, '\0', sizeof error.message) != NULL);
  memcpy(text, "convolve f32 [4] * [3] full method=", 35);
  forget(&error);
  CHECK(faltung_plan_create(text, &plan, &error) == FALTUNG_UNKNOWN_NAME && plan == NULL);
  CHECK(memchr(error.message, '\0', sizeof error.message) != NULL);
}

typedef struct fixture {
  chain c;
  double x[4], h[2], y[5], before[5];
  int64_t nx, nh, ny;
  faltung_const_view xv, hv;
  faltung_view yv;
} fixture;

static void set_up(fixture* f) {
  int i;
  f->nx = 4;
  f->nh = 2;
  f->ny = 5;
  for (i = 0; i < 4; ++i) f->x[i] = i;
  f->h[0] = f->h[1] = 1;
  for (i = 0; i < 5; ++i) f->y[i] = f->before[i] = 77 + i;
  f->xv = in(f->x, FALTUNG_F64, 1, &f->nx, NULL);
  f->hv = in(f->h, FALTUNG_F64, 1, &f->nh, NULL);
  f->yv = out(f->y, FALTUNG_F64, 1, &f->ny, NULL);
  f->c = make("convolve f64 [4] * [2] full", f->hv, 1);
}

static void null_arguments(void) {
  fixture f;
  faltung_error error;
  faltung_plan* plan = NULL;
  faltung_kernel* kernel = NULL;
  faltung_workspace* workspace = NULL;
  set_up(&f);
  REFUSES(faltung_plan_create(NULL, &plan, &error), FALTUNG_INVALID_ARGUMENT);
  REFUSES(faltung_plan_create("convolve f32 [4] * [3] full", NULL, &error),
          FALTUNG_INVALID_ARGUMENT);
  REFUSES(faltung_kernel_prepare(NULL, &f.hv, &kernel, &error), FALTUNG_INVALID_ARGUMENT);
  REFUSES(faltung_kernel_prepare(f.c.plan, NULL, &kernel, &error), FALTUNG_INVALID_ARGUMENT);
  REFUSES(faltung_kernel_prepare(f.c.plan, &f.hv, NULL, &error), FALTUNG_INVALID_ARGUMENT);
  REFUSES(faltung_workspace_create(NULL, 1, &workspace, &error), FALTUNG_INVALID_ARGUMENT);
  REFUSES(faltung_workspace_create(f.c.plan, 1, NULL, &error), FALTUNG_INVALID_ARGUMENT);
  REFUSES(faltung_execute(NULL, &f.xv, f.c.kernel, &f.yv, f.c.workspace, &error),
          FALTUNG_INVALID_ARGUMENT);
  REFUSES(faltung_execute(f.c.plan, NULL, f.c.kernel, &f.yv, f.c.workspace, &error),
          FALTUNG_INVALID_ARGUMENT);
  REFUSES(faltung_execute(f.c.plan, &f.xv, NULL, &f.yv, f.c.workspace, &error),
          FALTUNG_INVALID_ARGUMENT);
  REFUSES(faltung_execute(f.c.plan, &f.xv, f.c.kernel, NULL, f.c.workspace, &error),
          FALTUNG_INVALID_ARGUMENT);
  REFUSES(faltung_execute(f.c.plan, &f.xv, f.c.kernel, &f.yv, NULL, &error),
          FALTUNG_INVALID_ARGUMENT);
  REFUSES(faltung_error_bound(NULL, &f.xv, f.c.kernel, NULL, NULL, &error),
          FALTUNG_INVALID_ARGUMENT);
  REFUSES(faltung_error_bound(f.c.plan, NULL, f.c.kernel, NULL, NULL, &error),
          FALTUNG_INVALID_ARGUMENT);
  REFUSES(faltung_error_bound(f.c.plan, &f.xv, NULL, NULL, NULL, &error), FALTUNG_INVALID_ARGUMENT);
  /* `error` may be NULL everywhere. */
  CHECK(faltung_plan_create(NULL, NULL, NULL) == FALTUNG_INVALID_ARGUMENT);
  CHECK(faltung_kernel_prepare(NULL, NULL, NULL, NULL) == FALTUNG_INVALID_ARGUMENT);
  CHECK(faltung_workspace_create(NULL, 1, NULL, NULL) == FALTUNG_INVALID_ARGUMENT);
  CHECK(faltung_execute(NULL, NULL, NULL, NULL, NULL, NULL) == FALTUNG_INVALID_ARGUMENT);
  CHECK(faltung_error_bound(NULL, NULL, NULL, NULL, NULL, NULL) == FALTUNG_INVALID_ARGUMENT);
  CHECK(plan == NULL && kernel == NULL && workspace == NULL);
  CHECK(memcmp(f.y, f.before, sizeof f.y) == 0);
  drop(&f.c);
}

static void views_without_data(void) {
  fixture f;
  faltung_error error;
  faltung_kernel* kernel = NULL;
  set_up(&f);
  f.hv.data = NULL;
  REFUSES(faltung_kernel_prepare(f.c.plan, &f.hv, &kernel, &error), FALTUNG_INVALID_ARGUMENT);
  f.yv.data = NULL;
  REFUSES(run(&f.c, f.xv, f.yv, &error), FALTUNG_INVALID_ARGUMENT);
  f.yv.data = f.y;
  f.xv.data = NULL;
  REFUSES(run(&f.c, f.xv, f.yv, &error), FALTUNG_INVALID_ARGUMENT);
  REFUSES(faltung_error_bound(f.c.plan, &f.xv, f.c.kernel, NULL, NULL, &error),
          FALTUNG_INVALID_ARGUMENT);
  CHECK(kernel == NULL && memcmp(f.y, f.before, sizeof f.y) == 0);
  drop(&f.c);
}

static void bad_view(fixture* f, const faltung_const_view* bad, faltung_status status) {
  faltung_error error;
  faltung_kernel* kernel = NULL;
  faltung_view y = out(f->y, bad->type, bad->rank, bad->shape, bad->strides);
  faltung_const_view x = *bad;
  x.data = f->x;
  REFUSES(faltung_kernel_prepare(f->c.plan, &x, &kernel, &error), status);
  REFUSES(run(&f->c, x, f->yv, &error), status);
  REFUSES(run(&f->c, f->xv, y, &error), status);
  REFUSES(faltung_error_bound(f->c.plan, &x, f->c.kernel, NULL, NULL, &error), status);
  CHECK(kernel == NULL && memcmp(f->y, f->before, sizeof f->y) == 0);
}

static void bad_views(void) {
  static const int64_t ones[17] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
  static const int64_t three = 3, none = 0, minus = -4, two_axes[] = {2, 2};
  static const int64_t giant[] = {INT64_MAX, INT64_MAX, INT64_MAX};
  fixture f;
  faltung_const_view v;
  set_up(&f);
  v = in(NULL, FALTUNG_F64, 0, ones, NULL);
  bad_view(&f, &v, FALTUNG_INVALID_ARGUMENT);
  v.rank = -1;
  bad_view(&f, &v, FALTUNG_INVALID_ARGUMENT);
  v.rank = 17;
  bad_view(&f, &v, FALTUNG_INVALID_ARGUMENT);
  v.rank = INT32_MAX;
  bad_view(&f, &v, FALTUNG_INVALID_ARGUMENT);
  v.rank = INT32_MIN;
  bad_view(&f, &v, FALTUNG_INVALID_ARGUMENT);
  v = in(NULL, FALTUNG_F64, 1, NULL, NULL);
  bad_view(&f, &v, FALTUNG_INVALID_ARGUMENT);
  v = in(NULL, 13, 1, &f.nx, NULL);
  bad_view(&f, &v, FALTUNG_INVALID_ARGUMENT);
  v.type = -1;
  bad_view(&f, &v, FALTUNG_INVALID_ARGUMENT);
  v.type = 256; /* would be f32 in 8 bits */
  bad_view(&f, &v, FALTUNG_INVALID_ARGUMENT);
  v = in(NULL, FALTUNG_F64, 1, &three, NULL);
  bad_view(&f, &v, FALTUNG_SHAPE_MISMATCH);
  v.shape = &none;
  bad_view(&f, &v, FALTUNG_SHAPE_MISMATCH);
  v.shape = &minus;
  bad_view(&f, &v, FALTUNG_SHAPE_MISMATCH);
  v = in(NULL, FALTUNG_F64, 2, two_axes, NULL);
  bad_view(&f, &v, FALTUNG_SHAPE_MISMATCH);
  v = in(NULL, FALTUNG_F64, 3, giant, NULL);
  bad_view(&f, &v, FALTUNG_SHAPE_MISMATCH);
  {
    faltung_error error;
    faltung_kernel* kernel = NULL;
    faltung_const_view x = f.xv, h = f.hv;
    faltung_view y = f.yv;
    x.type = h.type = y.type = FALTUNG_F32;
    REFUSES(faltung_kernel_prepare(f.c.plan, &h, &kernel, &error), FALTUNG_TYPE_MISMATCH);
    REFUSES(run(&f.c, x, f.yv, &error), FALTUNG_TYPE_MISMATCH);
    REFUSES(run(&f.c, f.xv, y, &error), FALTUNG_TYPE_MISMATCH);
    CHECK(kernel == NULL && memcmp(f.y, f.before, sizeof f.y) == 0);
  }
  drop(&f.c);
}

/* Leading axes of extent 1 may be added: that is no mismatch. */
static void added_axes(void) {
  fixture f;
  const int64_t xs[] = {1, 1, 4}, ys[] = {1, 5};
  set_up(&f);
  CHECK(run(&f.c, in(f.x, FALTUNG_F64, 3, xs, NULL), out(f.y, FALTUNG_F64, 2, ys, NULL), NULL) ==
        FALTUNG_OK);
  CHECK(f.y[0] == 0 && f.y[4] == 3);
  drop(&f.c);
}

/* Strides whose reach does not fit 64 bits. */
static void strides_out_of_range(void) {
  static const int64_t far_ahead[] = {INT64_MAX, INT64_MAX / 2, INT64_MAX / 8,
                                      INT64_MIN, INT64_MIN / 2, INT64_MIN / 8};
  size_t i;
  fixture f;
  set_up(&f);
  for (i = 0; i < sizeof far_ahead / sizeof *far_ahead; ++i) {
    faltung_error error;
    faltung_const_view x = f.xv;
    faltung_view y = f.yv;
    x.strides = y.strides = &far_ahead[i];
    REFUSES(run(&f.c, x, f.yv, &error), FALTUNG_SIZE_OVERFLOW);
    REFUSES(run(&f.c, f.xv, y, &error), FALTUNG_SIZE_OVERFLOW);
  }
  CHECK(memcmp(f.y, f.before, sizeof f.y) == 0);
  drop(&f.c);
}

static void foreign_kernels_and_workspaces(void) {
  fixture f, g;
  faltung_error error;
  chain large;
  static const int64_t nx = 4000, nh = 400, ny = 4399;
  double* x = calloc(4000, sizeof *x);
  double* y = calloc(4399, sizeof *y);
  double* h = calloc(400, sizeof *h);
  set_up(&f);
  set_up(&g); /* the same problem, yet another plan */
  REFUSES(faltung_execute(f.c.plan, &f.xv, g.c.kernel, &f.yv, f.c.workspace, &error),
          FALTUNG_KERNEL_MISMATCH);
  REFUSES(faltung_error_bound(f.c.plan, &f.xv, g.c.kernel, NULL, NULL, &error),
          FALTUNG_KERNEL_MISMATCH);
  CHECK(memcmp(f.y, f.before, sizeof f.y) == 0);
  large = make("convolve f64 [4000] * [400] full method=fft_single",
               in(h, FALTUNG_F64, 1, &nh, NULL), 1);
  {
    const faltung_const_view xv = in(x, FALTUNG_F64, 1, &nx, NULL);
    const faltung_view yv = out(y, FALTUNG_F64, 1, &ny, NULL);
    y[17] = 3;
    REFUSES(faltung_execute(large.plan, &xv, large.kernel, &yv, f.c.workspace, &error),
            FALTUNG_WORKSPACE_TOO_SMALL);
    CHECK(y[17] == 3);
  }
  drop(&large);
  drop(&f.c);
  drop(&g.c);
  free(x);
  free(y);
  free(h);
}

static void threads_out_of_range(void) {
  fixture f;
  faltung_error error;
  faltung_workspace* workspace = NULL;
  set_up(&f);
  REFUSES(faltung_workspace_create(f.c.plan, 0, &workspace, &error), FALTUNG_INVALID_ARGUMENT);
  REFUSES(faltung_workspace_create(f.c.plan, -1, &workspace, &error), FALTUNG_INVALID_ARGUMENT);
  REFUSES(faltung_workspace_create(f.c.plan, INT32_MAX, &workspace, &error),
          FALTUNG_INVALID_ARGUMENT);
  CHECK(workspace == NULL);
  drop(&f.c);
}

static void overlapping_outputs(void) {
  fixture f;
  faltung_error error;
  double both[9];
  const int64_t still = 0;
  int i;
  set_up(&f);
  for (i = 0; i < 9; ++i) both[i] = i;
  /* y begins at x's last sample; one element on, they are apart. */
  REFUSES(run(&f.c, in(both, FALTUNG_F64, 1, &f.nx, NULL),
              out(both + 3, FALTUNG_F64, 1, &f.ny, NULL), &error),
          FALTUNG_ALIASING);
  REFUSES(run(&f.c, in(both + 4, FALTUNG_F64, 1, &f.nx, NULL),
              out(both, FALTUNG_F64, 1, &f.ny, NULL), &error),
          FALTUNG_ALIASING);
  REFUSES(run(&f.c, f.xv, out(f.y, FALTUNG_F64, 1, &f.ny, &still), &error), FALTUNG_ALIASING);
  for (i = 0; i < 9; ++i) CHECK(both[i] == i);
  CHECK(memcmp(f.y, f.before, sizeof f.y) == 0);
  CHECK(run(&f.c, in(both, FALTUNG_F64, 1, &f.nx, NULL), out(both + 4, FALTUNG_F64, 1, &f.ny, NULL),
            NULL) == FALTUNG_OK);
  drop(&f.c);
}

static void integer_overflow_leaves_y(void) {
  static const int64_t nx = 3, nh = 2, ny = 4;
  int64_t x[] = {INT64_MAX, 1, 1}, y[] = {5, 6, 7, 8};
  const int64_t h[] = {1, 2}, before[] = {5, 6, 7, 8};
  faltung_error error;
  const faltung_const_view xv = in(x, FALTUNG_I64, 1, &nx, NULL);
  const faltung_view yv = out(y, FALTUNG_I64, 1, &ny, NULL);
  chain c = make("convolve i64 [3] * [2] full", in(h, FALTUNG_I64, 1, &nh, NULL), 2);
  REFUSES(run(&c, xv, yv, &error), FALTUNG_INTEGER_OVERFLOW);
  CHECK(memcmp(y, before, sizeof y) == 0);
  x[0] = 1; /* the proof looks at the data: the same plan takes these */
  CHECK(run(&c, xv, yv, NULL) == FALTUNG_OK);
  CHECK(y[0] == 1 && y[1] == 3 && y[2] == 3 && y[3] == 2);
  drop(&c);
}

/* -------------------------------------------------------------------------------- threads */

typedef struct job {
  const faltung_plan* plan;
  const faltung_kernel* kernel;
  const float* x;
  float y[2099];
  int wrong;
} job;

static void* work(void* argument) {
  static const int64_t nx = 2000, ny = 2099;
  job* j = argument;
  faltung_workspace* workspace = NULL;
  const faltung_const_view x = in(j->x, FALTUNG_F32, 1, &nx, NULL);
  const faltung_view y = out(j->y, FALTUNG_F32, 1, &ny, NULL);
  int round;
  j->wrong = faltung_workspace_create(j->plan, 1, &workspace, NULL) != FALTUNG_OK;
  for (round = 0; round < 20 && !j->wrong; ++round)
    j->wrong = faltung_execute(j->plan, &x, j->kernel, &y, workspace, NULL) != FALTUNG_OK;
  faltung_workspace_destroy(workspace);
  return NULL;
}

static void two_threads_one_plan(const char* method) {
  static float x[2000], h[100];
  static job jobs[2], alone;
  static const int64_t nh = 100;
  char problem[80];
  pthread_t threads[2];
  chain c;
  int i;
  for (i = 0; i < 2000; ++i) x[i] = (float)(i * 37 % 101) / 101;
  for (i = 0; i < 100; ++i) h[i] = (float)(i * 13 % 31 - 15);
  snprintf(problem, sizeof problem, "convolve f32 [2000] * [100] full method=%s", method);
  c = make(problem, in(h, FALTUNG_F32, 1, &nh, NULL), 1);
  alone.plan = jobs[0].plan = jobs[1].plan = c.plan;
  alone.kernel = jobs[0].kernel = jobs[1].kernel = c.kernel;
  alone.x = jobs[0].x = jobs[1].x = x;
  for (i = 0; i < 2; ++i) CHECK(pthread_create(&threads[i], NULL, work, &jobs[i]) == 0);
  for (i = 0; i < 2; ++i) CHECK(pthread_join(threads[i], NULL) == 0);
  work(&alone);
  for (i = 0; i < 2; ++i) CHECK(!jobs[i].wrong && memcmp(jobs[i].y, alone.y, sizeof alone.y) == 0);
  drop(&c);
}

/* Pieces give the bits of the whole; the rest comes at the end. */
static void streams(void) {
  static float x[6000], y[6010], whole[6010];
  static const float h[3] = {1, -2, 0.5F};
  const int64_t nh = 3;
  const faltung_const_view h_view = in(h, FALTUNG_F32, 1, &nh, NULL);
  faltung_stream* stream = NULL;
  faltung_error error;
  int64_t shape[FALTUNG_MAX_RANK], given = 0, at = 0;
  int i, round;
  for (i = 0; i < 6000; ++i) x[i] = (float)(i * 37 % 101) / 101;
  for (i = 0; i < 6002; ++i)
    whole[i] = (i < 6000 ? x[i] : 0) - 2 * (i >= 1 && i < 6001 ? x[i - 1] : 0) +
               0.5F * (i >= 2 ? x[i - 2] : 0);
  CHECK(faltung_stream_create("convolve f32 [1] * [3] full", &h_view, 1, &stream, &error) ==
        FALTUNG_OK);
  for (round = 0; round < 2; ++round) {
    for (given = at = 0; at < 6000; at += 1500) {
      const int64_t n = 1500, out = faltung_stream_outputs_of_push(stream, n);
      const faltung_const_view piece = in(x + at, FALTUNG_F32, 1, &n, NULL);
      const faltung_view to = {y + given, FALTUNG_F32, 1, &out, NULL};
      CHECK(faltung_stream_push(stream, &piece, out > 0 ? &to : NULL, &error) == FALTUNG_OK);
      given += out;
    }
    {
      const int64_t out = faltung_stream_outputs_of_flush(stream);
      const faltung_view to = {y + given, FALTUNG_F32, 1, &out, NULL};
      CHECK(faltung_stream_output_shape(stream, out, shape) == 1 && shape[0] == out);
      CHECK(faltung_stream_flush(stream, &to, &error) == FALTUNG_OK && error.status == FALTUNG_OK);
      CHECK(given + out == 6002);
    }
    for (i = 0; i < 6002; ++i) CHECK(y[i] - whole[i] < 1e-6F && whole[i] - y[i] < 1e-6F);
    CHECK(faltung_stream_flush(stream, NULL, &error) == FALTUNG_INVALID_ARGUMENT);
    CHECK(strstr(error.message, "reset") != NULL);
    faltung_stream_reset(stream);
  }
  faltung_stream_destroy(stream);
  faltung_stream_destroy(NULL);
  CHECK(faltung_stream_create("convolve f32 [1] * [3] full boundary=wrap", &h_view, 1, &stream,
                              &error) == FALTUNG_INVALID_ARGUMENT);
  CHECK(strstr(error.message, "wrap") != NULL);
  CHECK(faltung_stream_create(NULL, &h_view, 1, &stream, NULL) == FALTUNG_INVALID_ARGUMENT);
  CHECK(faltung_stream_push(NULL, &h_view, NULL, &error) == FALTUNG_INVALID_ARGUMENT);
  CHECK(faltung_stream_flush(NULL, NULL, &error) == FALTUNG_INVALID_ARGUMENT);
}

/* The order of destruction is free: a kernel outlives its plan. */
static void kernels_outlive_plans(void) {
  fixture f;
  set_up(&f);
  faltung_plan_destroy(f.c.plan);
  f.c.plan = NULL;
  drop(&f.c);
}

int main(void) {
  version_and_words();
  missing_samples();
  destroying_null();
  plan_words();
  zero_lag_that_a_stride_steps_over();
  full_of_f32("direct");
  full_of_f32("fft_single");
  full_of_f32("overlap_save");
  success_clears_the_error();
  correlation_of_c128();
  integers_by_policy();
  any_strides();
  transposed_picture();
  sixteen_axes();
  bad_problem_texts();
  long_messages_are_cut();
  null_arguments();
  views_without_data();
  bad_views();
  added_axes();
  strides_out_of_range();
  foreign_kernels_and_workspaces();
  threads_out_of_range();
  overlapping_outputs();
  integer_overflow_leaves_y();
  two_threads_one_plan("direct");
  two_threads_one_plan("fft_single");
  two_threads_one_plan("overlap_save");
  kernels_outlive_plans();
  streams();
  printf("c_abi_test: %d checks, %d failures\n", checks, failures);
  return failures == 0 ? 0 : 1;
}
