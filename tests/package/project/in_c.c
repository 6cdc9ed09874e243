/* SPDX-FileCopyrightText: 2026 The Faltung authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <faltung/faltung.h>
#include <string.h>

int main(void) {
  faltung_plan* plan = NULL;
  faltung_error error;
  if (faltung_plan_create("convolve f64 [5] * [3] same", &plan, &error) != FALTUNG_OK) return 1;
  if (strlen(faltung_plan_explain(plan)) == 0) return 2;
  faltung_plan_destroy(plan);
  return faltung_plan_create("convolve", &plan, NULL) == FALTUNG_OK;
}
