/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The answers of many destinations, for people and for programs.
 */
#include "model/error.h"
#include "report/gate.h"
#include "report/report-internal.h"

static void
add_systems(GString *out, const VmcReport *report, unsigned int flags)
{
    for (size_t i = 0; i < report->systems->len; i++) {
        const VmcSystemReport *system = report->systems->pdata[i];

        /* Of a single one, the destination's line has said it all. */
        if (report->systems->len > 1) {
            g_string_append_printf(out, " %s: ", system->name);
            vmc_add_verdict(out, system->verdict, flags);
            g_string_append_c(out, '\n');
        }
        vmc_add_findings(out, system, flags);
    }
}

static void
add_answer(GString *out, const VmcGateAnswer *answer, unsigned int flags)
{
    g_string_append_printf(out, "%s: ", answer->uri);
    if (!answer->report) {
        g_string_append_printf(out, "%s\n", _("no verdict"));
        g_string_append_printf(out, "  %-12s%s [%d]\n", "error", answer->error->message,
                               (int)answer->value);
        return;
    }
    vmc_add_verdict(out, vmc_report_verdict(answer->report), flags);
    g_string_append_c(out, '\n');
    add_systems(out, answer->report, flags);
}

char *
vmc_gate_to_plain(const VmcGate *gate, unsigned int flags)
{
    g_autoptr(GString) out = g_string_new(NULL);

    for (size_t i = 0; i < gate->answers->len; i++)
        add_answer(out, gate->answers->pdata[i], flags);
    return g_string_free(g_steal_pointer(&out), FALSE);
}

static void
add_answer_members(JsonBuilder *builder, const VmcGateAnswer *answer)
{
    json_builder_begin_object(builder);
    vmc_json_string(builder, "uri", answer->uri);
    if (answer->report) {
        vmc_report_json_members(builder, answer->report);
    } else {
        vmc_json_int(builder, "returnValue", answer->value);
        vmc_json_string(builder, "error", answer->error->message);
    }
    json_builder_end_object(builder);
}

static const char *
verdict_name(const VmcGate *gate)
{
    switch (vmc_gate_exit_status(gate)) {
    case 0:
        return vmc_verdict_name(VMC_VERDICT_COMPATIBLE);
    case 2:
        return vmc_verdict_name(VMC_VERDICT_INCOMPATIBLE);
    case 3:
        return vmc_verdict_name(VMC_VERDICT_UNDECIDED);
    default:
        return NULL;
    }
}

char *
vmc_gate_to_json(const VmcGate *gate)
{
    g_autoptr(JsonBuilder) builder = json_builder_new();
    const char *verdict = verdict_name(gate);

    json_builder_begin_object(builder);
    vmc_json_int(builder, "format", 1);
    vmc_json_int(builder, "returnValue", vmc_gate_return_value(gate));
    if (verdict)
        vmc_json_string(builder, "verdict", verdict);
    json_builder_set_member_name(builder, "destinations");
    json_builder_begin_array(builder);
    for (size_t i = 0; i < gate->answers->len; i++)
        add_answer_members(builder, gate->answers->pdata[i]);
    json_builder_end_array(builder);
    return vmc_json_finish(builder);
}
