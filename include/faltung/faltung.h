/* SPDX-FileCopyrightText: 2026 The Faltung authors
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef FALTUNG_FALTUNG_H
#define FALTUNG_FALTUNG_H

#include <stdint.h>

#if defined(__GNUC__)
#define FALTUNG_C_API __attribute__((visibility("default")))
#else
#define FALTUNG_C_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* The C interface: problem text -> plan -> kernel -> execute. Every function that can fail returns
 * a faltung_status and, where `error` is not NULL, fills in a sentence. Handles are destroyed by
 * their own function, which takes NULL too. Plans and kernels are immutable: any number of threads
 * may use them at once; a workspace serves one call at a time. */

typedef int32_t faltung_status; /* 0 is ok; the values are those of faltung::Status */
enum {
  FALTUNG_OK = 0,
  FALTUNG_INVALID_ARGUMENT = 1,
  FALTUNG_EMPTY_INPUT = 2,
  FALTUNG_EMPTY_KERNEL = 3,
  FALTUNG_NO_OUTPUT = 4,
  FALTUNG_SHAPE_MISMATCH = 5,
  FALTUNG_TYPE_MISMATCH = 6,
  FALTUNG_SIZE_OVERFLOW = 7,
  FALTUNG_INTEGER_OVERFLOW = 8,
  FALTUNG_UNSUPPORTED = 9,
  FALTUNG_UNKNOWN_NAME = 10,
  FALTUNG_KERNEL_MISMATCH = 11,
  FALTUNG_WORKSPACE_TOO_SMALL = 12,
  FALTUNG_ALIASING = 13,
  FALTUNG_OUT_OF_MEMORY = 14,
  FALTUNG_DEVICE_FAILED = 15
};

typedef int32_t faltung_type;
enum {
  FALTUNG_F32 = 0,
  FALTUNG_F64 = 1,
  FALTUNG_C64 = 2,
  FALTUNG_C128 = 3,
  FALTUNG_U8 = 4,
  FALTUNG_I8 = 5,
  FALTUNG_U16 = 6,
  FALTUNG_I16 = 7,
  FALTUNG_U32 = 8,
  FALTUNG_I32 = 9,
  FALTUNG_U64 = 10,
  FALTUNG_I64 = 11,
  FALTUNG_F16 = 12 /* IEEE 754 binary16; computed with in float32 */
};

enum { FALTUNG_MAX_RANK = 16 };

/* What a call reports where it is given one: FALTUNG_OK and an empty message where it succeeded. */
typedef struct faltung_error {
  faltung_status status;
  char message[500]; /* NUL-terminated UTF-8; cut where it is longer */
} faltung_error;

/* Samples: strides count elements, and may be negative or zero; NULL strides mean dense, row by
 * row. */
typedef struct faltung_const_view {
  const void* data;
  faltung_type type;
  int32_t rank;
  const int64_t* shape;
  const int64_t* strides;
} faltung_const_view;

typedef struct faltung_view {
  void* data;
  faltung_type type;
  int32_t rank;
  const int64_t* shape;
  const int64_t* strides;
} faltung_view;

typedef struct faltung_plan faltung_plan;
typedef struct faltung_kernel faltung_kernel;
typedef struct faltung_workspace faltung_workspace;
typedef struct faltung_stream faltung_stream;

/* "0.1.0" */
FALTUNG_C_API const char* faltung_version(void);
/* A status as a phrase; never NULL. */
FALTUNG_C_API const char* faltung_describe(faltung_status status);

/* Plans a problem given by its text form, such as "convolve f32 [1048576] * [4097] full". */
FALTUNG_C_API faltung_status faltung_plan_create(const char* problem, faltung_plan** plan,
                                                 faltung_error* error);
FALTUNG_C_API void faltung_plan_destroy(faltung_plan* plan);
/* The problem's text, the chosen algorithm, and the plan with its rivals: valid while the plan is.
 */
FALTUNG_C_API const char* faltung_plan_problem(const faltung_plan* plan);
FALTUNG_C_API const char* faltung_plan_algorithm(const faltung_plan* plan);
FALTUNG_C_API const char* faltung_plan_explain(const faltung_plan* plan);
/* Writes the output's shape (at most FALTUNG_MAX_RANK extents) and returns its rank. */
FALTUNG_C_API int32_t faltung_plan_output_shape(const faltung_plan* plan, int64_t* shape);
FALTUNG_C_API faltung_type faltung_plan_output_type(const faltung_plan* plan);
FALTUNG_C_API int64_t faltung_plan_workspace_bytes(const faltung_plan* plan, int32_t threads);
/* The index of lag zero along the i-th convolved axis of the output. */
FALTUNG_C_API faltung_status faltung_plan_zero_lag_index(const faltung_plan* plan, int32_t axis,
                                                         int64_t* index, faltung_error* error);

FALTUNG_C_API faltung_status faltung_kernel_prepare(const faltung_plan* plan,
                                                    const faltung_const_view* h,
                                                    faltung_kernel** kernel, faltung_error* error);
FALTUNG_C_API void faltung_kernel_destroy(faltung_kernel* kernel);

FALTUNG_C_API faltung_status faltung_workspace_create(const faltung_plan* plan, int32_t threads,
                                                      faltung_workspace** workspace,
                                                      faltung_error* error);
FALTUNG_C_API void faltung_workspace_destroy(faltung_workspace* workspace);

/* y = x with kernel. Allocates nothing (the message of `error` aside); on failure y is as it was.
 */
FALTUNG_C_API faltung_status faltung_execute(const faltung_plan* plan, const faltung_const_view* x,
                                             const faltung_kernel* kernel, const faltung_view* y,
                                             faltung_workspace* workspace, faltung_error* error);

/* Bounds of the rounding error of faltung_execute on this data: of every output, and of the
 * Euclidean norm of them all. Either pointer may be NULL. */
FALTUNG_C_API faltung_status faltung_error_bound(const faltung_plan* plan,
                                                 const faltung_const_view* x,
                                                 const faltung_kernel* kernel, double* maximum,
                                                 double* l2, faltung_error* error);

/* A convolution of a signal whose end is not known. x's extent along the first convolved axis
 * is not looked at, and is any number in faltung_stream_push: a picture is a stream of rows.
 * Outputs come in whole blocks; all of them together are, bit for bit and for any pieces, what a
 * plan for all samples at once gives. */
FALTUNG_C_API faltung_status faltung_stream_create(const char* problem, const faltung_const_view* h,
                                                   int32_t threads, faltung_stream** stream,
                                                   faltung_error* error);
FALTUNG_C_API void faltung_stream_destroy(faltung_stream* stream);
/* How many outputs a push of so many samples gives, and how many the end gives. */
FALTUNG_C_API int64_t faltung_stream_outputs_of_push(const faltung_stream* stream, int64_t samples);
FALTUNG_C_API int64_t faltung_stream_outputs_of_flush(const faltung_stream* stream);
/* Writes the shape of so many outputs (at most FALTUNG_MAX_RANK extents) and returns its rank. */
FALTUNG_C_API int32_t faltung_stream_output_shape(const faltung_stream* stream, int64_t outputs,
                                                  int64_t* shape);
/* Takes the samples x and writes outputs_of_push of them to y, which may be NULL where that is 0.
 * Allocates nothing (the message of `error` aside). On any failure but FALTUNG_INTEGER_OVERFLOW,
 * which ends the stream, stream and y are as they were. */
FALTUNG_C_API faltung_status faltung_stream_push(faltung_stream* stream,
                                                 const faltung_const_view* x, const faltung_view* y,
                                                 faltung_error* error);
/* The end: writes outputs_of_flush. The stream takes samples again after a reset. */
FALTUNG_C_API faltung_status faltung_stream_flush(faltung_stream* stream, const faltung_view* y,
                                                  faltung_error* error);
FALTUNG_C_API void faltung_stream_reset(faltung_stream* stream);

#ifdef __cplusplus
}
#endif

#endif /* FALTUNG_FALTUNG_H */
