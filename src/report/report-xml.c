/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A report as XML (xml/report.rng); the members are those of the JSON form.
 */
#include "document/xml-write.h"
#include "report/report-internal.h"

static void
add_element(GString *out, const char *name, const char *text)
{
    g_string_append_printf(out, "   <%s>", name);
    vmc_xml_add_text(out, text);
    g_string_append_printf(out, "</%s>\n", name);
}

static void
add_finding(GString *out, const VmcFinding *finding)
{
    g_string_append(out, "  <finding");
    vmc_xml_add_attr(out, "rule", finding->rule->id);
    vmc_xml_add_attr(out, "severity", vmc_severity_name(finding->severity));
    vmc_xml_add_attr(out, "waived", finding->waived ? "yes" : "no");
    vmc_xml_add_attr(out, "subject", finding->subject);
    vmc_xml_add_attr(out, "needed", finding->needed);
    vmc_xml_add_attr(out, "found", finding->found);
    if (finding->severity_was)
        vmc_xml_add_attr(out, "severityWas", vmc_severity_name(finding->severity_was));
    g_string_append(out, ">\n");
    add_element(out, "message", finding->message);
    add_element(out, "remedy", finding->remedy);
    g_string_append(out, "  </finding>\n");
}

static void
add_system(GString *out, const VmcSystemReport *system)
{
    g_string_append(out, " <system");
    vmc_xml_add_attr(out, "name", system->name);
    vmc_xml_add_attr(out, "uuid", system->uuid);
    vmc_xml_add_attr_uint(out, "enabledState", system->enabled_state);
    vmc_xml_add_attr(out, "judgedAs", vmc_state_name(system->judged_as));
    vmc_xml_add_attr(out, "verdict", vmc_verdict_name(system->verdict));
    if (system->judged_as == VMC_STATE_LIVE || system->judged_as == VMC_STATE_SAVED)
        vmc_xml_add_attr(out, "compatibleWhenOff",
                         vmc_tristate_to_text(system->compatible_when_off));
    g_string_append(out, ">\n");
    for (size_t i = 0; i < system->findings->len; i++)
        add_finding(out, system->findings->pdata[i]);
    g_string_append(out, " </system>\n");
}

static void
add_destination(GString *out, const VmcHost *host)
{
    g_string_append(out, " <destination");
    vmc_xml_add_attr(out, "uri", host->uri);
    vmc_xml_add_attr(out, "uuid", host->uuid);
    vmc_xml_add_attr(out, "hostname", host->hostname);
    vmc_xml_add_attr_uint(out, "libvirtVersion", host->libvirt_version);
    vmc_xml_add_attr_uint(out, "hypervisorVersion", host->hypervisor_version);
    g_string_append(out, "/>\n");
}

char *
vmc_report_to_xml(const VmcReport *report)
{
    g_autoptr(GString) out = g_string_new("<?xml version='1.0' encoding='UTF-8'?>\n");

    g_string_append(out, "<vmcompat-report format='1'");
    vmc_xml_add_attr_uint(out, "returnValue", vmc_report_return_value(report));
    vmc_xml_add_attr(out, "verdict", vmc_verdict_name(vmc_report_verdict(report)));
    g_string_append(out, ">\n");
    add_destination(out, &report->destination);
    for (size_t i = 0; i < report->systems->len; i++)
        add_system(out, report->systems->pdata[i]);
    g_string_append(out, "</vmcompat-report>\n");
    return g_string_free(g_steal_pointer(&out), FALSE);
}
