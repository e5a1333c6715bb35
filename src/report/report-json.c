/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A report for programs.  Stable: append members, never rename or reorder.
 */
#include "document/xml-write.h"
#include "report/report-internal.h"

void
vmc_json_string(JsonBuilder *builder, const char *name, const char *value)
{
    g_autofree char *clean = vmc_xml_clean(value);

    json_builder_set_member_name(builder, name);
    json_builder_add_string_value(builder, clean);
}

void
vmc_json_int(JsonBuilder *builder, const char *name, gint64 value)
{
    json_builder_set_member_name(builder, name);
    json_builder_add_int_value(builder, value);
}

void
vmc_json_bool(JsonBuilder *builder, const char *name, gboolean value)
{
    json_builder_set_member_name(builder, name);
    json_builder_add_boolean_value(builder, value);
}

void
vmc_json_tristate(JsonBuilder *builder, const char *name, VmcTristate value)
{
    json_builder_set_member_name(builder, name);
    if (value == VMC_UNKNOWN)
        json_builder_add_null_value(builder);
    else
        json_builder_add_boolean_value(builder, value == VMC_YES);
}

char *
vmc_json_finish(JsonBuilder *builder)
{
    g_autoptr(JsonNode) root = NULL;
    g_autofree char *text = NULL;

    json_builder_end_object(builder);
    root = json_builder_get_root(builder);
    text = json_to_string(root, TRUE);
    return g_strconcat(text, "\n", NULL);
}

void
vmc_json_host(JsonBuilder *builder, const VmcHost *host)
{
    vmc_json_string(builder, "uri", host->uri);
    vmc_json_string(builder, "uuid", host->uuid);
    vmc_json_string(builder, "hostname", host->hostname);
    vmc_json_int(builder, "libvirtVersion", (gint64)host->libvirt_version);
    vmc_json_int(builder, "hypervisorVersion", (gint64)host->hypervisor_version);
}

static void
add_destination(JsonBuilder *builder, const VmcHost *host)
{
    json_builder_set_member_name(builder, "destination");
    json_builder_begin_object(builder);
    vmc_json_host(builder, host);
    json_builder_end_object(builder);
}

static void
add_finding(JsonBuilder *builder, const VmcFinding *finding)
{
    json_builder_begin_object(builder);
    vmc_json_string(builder, "rule", finding->rule->id);
    vmc_json_string(builder, "severity", vmc_severity_name(finding->severity));
    vmc_json_bool(builder, "waived", finding->waived);
    vmc_json_string(builder, "subject", finding->subject);
    vmc_json_string(builder, "needed", finding->needed);
    vmc_json_string(builder, "found", finding->found);
    vmc_json_string(builder, "message", finding->message);
    vmc_json_string(builder, "remedy", finding->remedy);
    if (finding->severity_was)
        vmc_json_string(builder, "severityWas", vmc_severity_name(finding->severity_was));
    json_builder_end_object(builder);
}

static void
add_system(JsonBuilder *builder, const VmcSystemReport *system)
{
    json_builder_begin_object(builder);
    vmc_json_string(builder, "name", system->name);
    vmc_json_string(builder, "uuid", system->uuid);
    vmc_json_int(builder, "enabledState", system->enabled_state);
    vmc_json_string(builder, "judgedAs", vmc_state_name(system->judged_as));
    vmc_json_string(builder, "verdict", vmc_verdict_name(system->verdict));
    if (system->judged_as == VMC_STATE_LIVE || system->judged_as == VMC_STATE_SAVED)
        vmc_json_tristate(builder, "compatibleWhenOff", system->compatible_when_off);
    json_builder_set_member_name(builder, "findings");
    json_builder_begin_array(builder);
    for (size_t i = 0; i < system->findings->len; i++)
        add_finding(builder, system->findings->pdata[i]);
    json_builder_end_array(builder);
    json_builder_end_object(builder);
}

void
vmc_report_json_members(JsonBuilder *builder, const VmcReport *report)
{
    vmc_json_int(builder, "returnValue", vmc_report_return_value(report));
    vmc_json_string(builder, "verdict", vmc_verdict_name(vmc_report_verdict(report)));
    add_destination(builder, &report->destination);
    json_builder_set_member_name(builder, "systems");
    json_builder_begin_array(builder);
    for (size_t i = 0; i < report->systems->len; i++)
        add_system(builder, report->systems->pdata[i]);
    json_builder_end_array(builder);
}

char *
vmc_report_to_json(const VmcReport *report)
{
    g_autoptr(JsonBuilder) builder = json_builder_new();

    json_builder_begin_object(builder);
    vmc_json_int(builder, "format", 1);
    vmc_report_json_members(builder, report);
    return vmc_json_finish(builder);
}
