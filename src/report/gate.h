/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What many destinations answered, best first.
 */
#pragma once

#include "report/report.h"

typedef struct {
    char *uri;
    size_t index;      /* as given */
    VmcReport *report; /* NULL: no verdict, and why: */
    GError *error;
    VmcReturnValue value; /* of report or error */
} VmcGateAnswer;

struct _VmcGate {
    GPtrArray *answers; /* VmcGateAnswer * */
};

VmcGate *vmc_gate_new(void);

/* Takes @report or @error, the other is NULL; @value as in VmcGateAnswer. */
void vmc_gate_add(
    VmcGate *gate, const char *uri, VmcReport *report, GError *error, VmcReturnValue value);

/* To be called once, when all answers are there. */
void vmc_gate_sort(VmcGate *gate);

char *vmc_gate_to_plain(const VmcGate *gate, unsigned int flags);
char *vmc_gate_to_json(const VmcGate *gate);

/* Frees what is inside; the memory itself belongs to g_atomic_rc_box. */
void vmc_gate_clear(VmcGate *gate);
