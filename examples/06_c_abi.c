/* SPDX-FileCopyrightText: 2026 The Faltung authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * The C interface: problem text -> plan -> kernel -> execute. */
#include <faltung/faltung.h>
#include <stdio.h>
#include <string.h>

int main(void) {
  faltung_error error;
  faltung_plan* plan = NULL;
  faltung_kernel* kernel = NULL;
  faltung_workspace* workspace = NULL;
  int failed = 1;

  if (faltung_plan_create("convolve f64 [5] * [3] same boundary=edge", &plan, &error)) goto end;
  printf("%s", faltung_plan_explain(plan));

  const double h[3] = {0.25, 0.5, 0.25};
  const int64_t h_shape[1] = {3}, x_shape[1] = {5};
  const faltung_const_view h_view = {h, FALTUNG_F64, 1, h_shape, NULL};
  if (faltung_kernel_prepare(plan, &h_view, &kernel, &error)) goto end;
  if (faltung_workspace_create(plan, 1, &workspace, &error)) goto end;

  const double x[5] = {0, 0, 4, 0, 8};
  double y[5];
  const faltung_const_view x_view = {x, FALTUNG_F64, 1, x_shape, NULL};
  const faltung_view y_view = {y, FALTUNG_F64, 1, x_shape, NULL};
  if (faltung_execute(plan, &x_view, kernel, &y_view, workspace, &error)) goto end;
  printf("y = %g %g %g %g %g\n", y[0], y[1], y[2], y[3], y[4]);
  failed = y[0] != 0 || y[1] != 1 || y[2] != 2 || y[3] != 3 || y[4] != 6;

  /* A refusal is a status and a sentence. */
  faltung_plan* none = NULL;
  if (faltung_plan_create("convolve f64 [5] * [3] boundary=reflect", &none, &error) !=
      FALTUNG_UNKNOWN_NAME)
    failed = 1;
  printf("refused: %s\n", error.message);
  error.message[0] = 0;

end:
  if (failed) fprintf(stderr, "failed: %s\n", error.message);
  faltung_workspace_destroy(workspace);
  faltung_kernel_destroy(kernel);
  faltung_plan_destroy(plan);
  return failed;
}
