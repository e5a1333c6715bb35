/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A report as CIM_Error instances in CIM-XML (DSP0201): the Reasons of the
 * specification.  Waived findings are no reasons and are left out.
 */
#include "document/xml-write.h"
#include "report/report-internal.h"

#include <string.h>

/* ErrorSourceFormat "Other": a domain's name is no CIM object path. */
#define SOURCE_FORMAT_OTHER 1
#define CIM_STATUS_FAILED 1

typedef struct {
    const char *prefix; /* of a rule's id */
    unsigned int error_type, probable_cause;
} Classification;

static const Classification *classify(const char *rule);

/* ---- CIM-XML ----------------------------------------------------------------- */

void
vmc_cim_property(GString *out, const char *name, const char *type, const char *value)
{
    g_string_append(out, "<PROPERTY");
    vmc_xml_add_attr(out, "NAME", name);
    vmc_xml_add_attr(out, "TYPE", type);
    g_string_append(out, "><VALUE>");
    vmc_xml_add_text(out, value);
    g_string_append(out, "</VALUE></PROPERTY>\n");
}

void
vmc_cim_uint(GString *out, const char *name, const char *type, guint64 value)
{
    g_autofree char *text = g_strdup_printf("%" G_GUINT64_FORMAT, value);

    vmc_cim_property(out, name, type, text);
}

void
vmc_cim_array(GString *out, const char *name, const char *type, const char *const *values)
{
    g_string_append(out, "<PROPERTY.ARRAY");
    vmc_xml_add_attr(out, "NAME", name);
    vmc_xml_add_attr(out, "TYPE", type);
    g_string_append(out, "><VALUE.ARRAY>");
    for (; *values; values++) {
        g_string_append(out, "<VALUE>");
        vmc_xml_add_text(out, *values);
        g_string_append(out, "</VALUE>");
    }
    g_string_append(out, "</VALUE.ARRAY></PROPERTY.ARRAY>\n");
}

void
vmc_cim_begin(GString *out)
{
    g_string_append(out, "<?xml version='1.0' encoding='UTF-8'?>\n"
                         "<CIM CIMVERSION='2.0' DTDVERSION='2.0'>\n"
                         "<DECLARATION>\n<DECLGROUP>\n");
}

void
vmc_cim_instance(GString *out, const char *instance)
{
    g_string_append_printf(out, "<VALUE.OBJECT>\n%s</VALUE.OBJECT>\n", instance);
}

void
vmc_cim_end(GString *out)
{
    g_string_append(out, "</DECLGROUP>\n</DECLARATION>\n</CIM>\n");
}

/* ---- findings ---------------------------------------------------------------- */

/* Blocking is 4 (High); no finding loses data by itself, so nothing is 5. */
static unsigned int
perceived_severity(VmcSeverity severity)
{
    if (severity <= VMC_SEVERITY_NOTE)
        return 2;
    if (severity <= VMC_SEVERITY_UNKNOWN)
        return 3;
    return 4;
}

char *
vmc_finding_to_cim(const VmcFinding *finding, const char *system)
{
    g_autoptr(GString) out = g_string_new("<INSTANCE CLASSNAME='CIM_Error'>\n");
    const Classification *class = classify(finding->rule->id);
    const char *remedies[] = { *finding->remedy ? finding->remedy : NULL, NULL };
    const char *was = finding->severity_was ? vmc_severity_name(finding->severity_was) : NULL;
    const char *arguments[] = {
        system, finding->subject, finding->needed, finding->found, was, NULL
    };
    const char *cause = finding->rule->cause;

    vmc_cim_uint(out, "ErrorType", "uint16", class->error_type);
    vmc_cim_property(out, "OwningEntity", "string", "vmcompat");
    vmc_cim_property(out, "MessageID", "string", finding->rule->id);
    vmc_cim_property(out, "Message", "string", finding->message);
    vmc_cim_array(out, "MessageArguments", "string", arguments);
    vmc_cim_uint(out, "PerceivedSeverity", "uint16", perceived_severity(finding->severity));
    vmc_cim_uint(out, "ProbableCause", "uint16", class->probable_cause);
    if (cause)
        vmc_cim_property(out, "ProbableCauseDescription", "string", _(cause));
    if (remedies[0])
        vmc_cim_array(out, "RecommendedActions", "string", remedies);
    vmc_cim_property(out, "ErrorSource", "string", system);
    vmc_cim_uint(out, "ErrorSourceFormat", "uint16", SOURCE_FORMAT_OTHER);
    vmc_cim_property(out, "OtherErrorSourceFormat", "string", "name of a libvirt domain");
    vmc_cim_uint(out, "CIMStatusCode", "uint32", CIM_STATUS_FAILED);
    g_string_append(out, "</INSTANCE>\n");
    return g_string_free(g_steal_pointer(&out), FALSE);
}

static void
add_system(GString *out, const VmcSystemReport *system)
{
    for (size_t i = 0; i < system->findings->len; i++) {
        const VmcFinding *finding = system->findings->pdata[i];
        g_autofree char *instance = NULL;

        if (finding->waived)
            continue;
        instance = vmc_finding_to_cim(finding, system->name);
        vmc_cim_instance(out, instance);
    }
}

char *
vmc_report_to_cim(const VmcReport *report)
{
    g_autoptr(GString) out = g_string_new(NULL);

    vmc_cim_begin(out);
    for (size_t i = 0; i < report->systems->len; i++)
        add_system(out, report->systems->pdata[i]);
    vmc_cim_end(out);
    return g_string_free(g_steal_pointer(&out), FALSE);
}

/* ErrorType: 4 software, 5 hardware, 7 security, 8 oversubscription,
 * 9 unavailable resource, 10 unsupported operation.  ProbableCause:
 * 8 configuration, 33 out of memory, 38 processor, 44 resource near capacity,
 * 57 underlying resource unavailable, 58 version mismatch.  The first that fits
 * counts; the last one always does. */
static const Classification CLASSIFICATIONS[] = {
    { "arch-mismatch", 5, 38 },
    { "9p", 10, 8 },
    { "acpi-table", 9, 57 },
    { "already-active", 4, 8 },
    { "backing", 9, 57 },
    { "blob", 4, 58 },
    { "block-job", 10, 8 },
    { "bridge", 9, 57 },
    { "cdrom", 9, 57 },
    { "chardev", 9, 57 },
    { "cpu-feature-unknown", 4, 58 },
    { "cpu-model-unknown", 4, 58 },
    { "cpu-overcommit", 8, 44 },
    { "cpuset", 9, 57 },
    { "cpu", 5, 38 },
    { "dest-driver", 4, 58 },
    { "destination", 4, 8 },
    { "dimm", 9, 57 },
    { "direct-dev", 9, 57 },
    { "disk-format", 10, 8 },
    { "duplicate", 4, 8 },
    { "emulator", 4, 58 },
    { "ethernet", 9, 57 },
    { "filesystem", 9, 57 },
    { "firmware", 9, 57 },
    { "graphics", 9, 57 },
    { "host-device", 9, 57 },
    { "host-model", 5, 38 },
    { "host-passthrough", 5, 38 },
    { "host-phys", 5, 38 },
    { "host-uuid", 4, 8 },
    { "hugepages", 9, 33 },
    { "hyperv", 5, 38 },
    { "invtsc", 5, 38 },
    { "job", 10, 8 },
    { "kernel", 9, 57 },
    { "libvirt", 4, 58 },
    { "machine", 4, 58 },
    { "max-vcpus", 8, 44 },
    { "maxphysaddr", 5, 38 },
    { "memory-insufficient", 9, 33 },
    { "memory", 9, 57 },
    { "network", 9, 57 },
    { "numa", 9, 57 },
    { "nvram", 9, 57 },
    { "nwfilter", 9, 57 },
    { "offer", 4, 58 },
    { "option-rom", 9, 57 },
    { "os-type", 4, 58 },
    { "qemu-downgrade", 4, 58 },
    { "s390-pv", 7, 38 },
    { "same-host", 4, 8 },
    { "seclabel", 7, 8 },
    { "secret", 7, 57 },
    { "session", 7, 8 },
    { "sev", 7, 38 },
    { "slirp", 9, 57 },
    { "passt", 9, 57 },
    { "storage", 9, 57 },
    { "sysinfo", 9, 57 },
    { "tdx", 7, 38 },
    { "tpm", 9, 57 },
    { "tsc", 5, 38 },
    { "unsafe", 9, 57 },
    { "vdpa-device", 9, 57 },
    { "vhost-net", 9, 57 },
    { "virtiofsd", 9, 57 },
    { "virttype", 5, 38 },
    { "", 10, 8 },
};

static const Classification *
classify(const char *rule)
{
    const Classification *class = CLASSIFICATIONS;

    while (!g_str_has_prefix(rule, class->prefix))
        class ++;
    return class;
}
