/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The answers of many destinations: their order, and what they come to.
 */
#include "report/gate.h"

static void
free_answer(void *opaque)
{
    VmcGateAnswer *answer = opaque;

    g_free(answer->uri);
    if (answer->report)
        g_atomic_rc_box_release_full(answer->report, (GDestroyNotify)vmc_report_clear);
    g_clear_error(&answer->error);
    g_free(answer);
}

VmcGate *
vmc_gate_new(void)
{
    VmcGate *gate = g_atomic_rc_box_new0(VmcGate);

    gate->answers = g_ptr_array_new_with_free_func(free_answer);
    return gate;
}

void
vmc_gate_clear(VmcGate *gate)
{
    g_clear_pointer(&gate->answers, g_ptr_array_unref);
}

void
vmc_gate_add(VmcGate *gate, const char *uri, VmcReport *report, GError *error, VmcReturnValue value)
{
    VmcGateAnswer *answer = g_new0(VmcGateAnswer, 1);

    g_assert((report != NULL) != (error != NULL));
    answer->uri = g_strdup(uri ? uri : "");
    answer->index = gate->answers->len;
    answer->report = report;
    answer->error = error;
    answer->value = value;
    g_ptr_array_add(gate->answers, answer);
}

/* No verdict is the last of all. */
static int
rank_of(const VmcGateAnswer *answer)
{
    return answer->report ? (int)vmc_report_verdict(answer->report) : G_MAXINT;
}

/* What a finding has to weigh to count for the order among those of a verdict. */
static VmcSeverity
weight_that_counts(VmcVerdict verdict)
{
    switch (verdict) {
    case VMC_VERDICT_COMPATIBLE:
        return VMC_SEVERITY_WARNING;
    case VMC_VERDICT_UNDECIDED:
        return VMC_SEVERITY_UNKNOWN;
    case VMC_VERDICT_INCOMPATIBLE:
        break;
    }
    return VMC_SEVERITY_CONDITIONAL;
}

static size_t
count_system(const VmcSystemReport *system, VmcSeverity least)
{
    size_t n = 0;

    for (size_t i = 0; i < system->findings->len; i++) {
        const VmcFinding *finding = system->findings->pdata[i];

        if (!finding->waived && finding->severity >= least)
            n++;
    }
    return n;
}

static size_t
count_that_counts(const VmcReport *report)
{
    VmcSeverity least = weight_that_counts(vmc_report_verdict(report));
    size_t n = 0;

    for (size_t i = 0; i < report->systems->len; i++)
        n += count_system(report->systems->pdata[i], least);
    return n;
}

static int
compare_numbers(size_t one, size_t other)
{
    return (one > other) - (one < other);
}

static int
compare(const void *a, const void *b)
{
    const VmcGateAnswer *one = *(VmcGateAnswer *const *)a;
    const VmcGateAnswer *other = *(VmcGateAnswer *const *)b;
    int rank = rank_of(one), other_rank = rank_of(other), order = 0;

    if (rank != other_rank)
        return rank < other_rank ? -1 : 1;
    if (one->report)
        order = compare_numbers(count_that_counts(one->report), count_that_counts(other->report));
    return order ? order : compare_numbers(one->index, other->index);
}

void
vmc_gate_sort(VmcGate *gate)
{
    g_ptr_array_sort(gate->answers, compare);
}

static const VmcGateAnswer *
answer_at(const VmcGate *gate, size_t index)
{
    return gate && index < gate->answers->len ? gate->answers->pdata[index] : NULL;
}

static gboolean
has_open_answer(const VmcGate *gate)
{
    for (size_t i = 0; i < gate->answers->len; i++) {
        const VmcGateAnswer *answer = gate->answers->pdata[i];

        if (!answer->report || answer->value == VMC_RETURN_STATUS_UNKNOWN)
            return TRUE;
    }
    return FALSE;
}

/* The best decides; "none fits" is said only where all have said so. */
VmcReturnValue
vmc_gate_return_value(const VmcGate *gate)
{
    const VmcGateAnswer *best = NULL;

    g_return_val_if_fail(gate != NULL, VMC_RETURN_FAILED);
    best = answer_at(gate, 0);
    if (!best)
        return VMC_RETURN_INVALID_PARAMETER;
    if (best->value == VMC_RETURN_NOT_COMPATIBLE && has_open_answer(gate))
        return VMC_RETURN_STATUS_UNKNOWN;
    return best->value;
}

int
vmc_gate_exit_status(const VmcGate *gate)
{
    const VmcGateAnswer *best = NULL;

    g_return_val_if_fail(gate != NULL, 1);
    best = answer_at(gate, 0);
    if (!best || !best->report)
        return 1;
    if (vmc_gate_return_value(gate) == VMC_RETURN_STATUS_UNKNOWN)
        return 3;
    return vmc_report_exit_status(best->report);
}

size_t
vmc_gate_n_destinations(const VmcGate *gate)
{
    g_return_val_if_fail(gate != NULL, 0);
    return gate->answers->len;
}

const char *
vmc_gate_destination(const VmcGate *gate, size_t destination)
{
    const VmcGateAnswer *answer = answer_at(gate, destination);

    g_return_val_if_fail(answer != NULL, NULL);
    return answer->uri;
}

const VmcReport *
vmc_gate_report(const VmcGate *gate, size_t destination)
{
    const VmcGateAnswer *answer = answer_at(gate, destination);

    g_return_val_if_fail(answer != NULL, NULL);
    return answer->report;
}

const GError *
vmc_gate_error(const VmcGate *gate, size_t destination)
{
    const VmcGateAnswer *answer = answer_at(gate, destination);

    g_return_val_if_fail(answer != NULL, NULL);
    return answer->error;
}

size_t
vmc_gate_index(const VmcGate *gate, size_t destination)
{
    const VmcGateAnswer *answer = answer_at(gate, destination);

    g_return_val_if_fail(answer != NULL, 0);
    return answer->index;
}
