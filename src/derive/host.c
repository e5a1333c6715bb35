/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The host that facts are from.
 */
#include "derive/derive-internal.h"

#define HOST_TSV "host/host.tsv"
#define SETTINGS "host/settings.tsv"

unsigned int
vmc_derive_uint(const xmlNode *node, const char *name)
{
    guint64 value = 0;

    vmc_xml_attr_uint(node, name, &value);
    return (unsigned int)MIN(value, G_MAXUINT);
}

static char *
text_of(const VmcFacts *facts, const char *key)
{
    g_autofree char *text = vmc_facts_value(facts, HOST_TSV, key);

    return text && *text ? g_steal_pointer(&text) : NULL;
}

static char *
signature_of(const xmlNode *cpu)
{
    g_autofree char *family = vmc_xml_value(cpu, "signature/@family");
    g_autofree char *model = vmc_xml_value(cpu, "signature/@model");
    g_autofree char *stepping = vmc_xml_value(cpu, "signature/@stepping");

    return family && model && stepping
               ? g_strdup_printf("family %s, model %s, stepping %s", family, model, stepping)
               : NULL;
}

static void
read_cpu(const xmlNode *cpu, VmcHost *host)
{
    guint64 physbits = 0;

    vmc_xml_attr_uint(vmc_xml_child(cpu, "maxphysaddr"), "bits", &physbits);
    host->cpu_physbits = (unsigned int)MIN(physbits, G_MAXUINT);
    host->cpu_vendor = vmc_xml_value(cpu, "vendor");
    host->cpu_model = vmc_xml_value(cpu, "model");
    host->cpu_microcode = vmc_xml_value(cpu, "microcode/@version");
    host->cpu_signature = signature_of(cpu);
    for (const xmlNode *counter = vmc_xml_child(cpu, "counter"); counter;
         counter = vmc_xml_next(counter, "counter")) {
        if (vmc_xml_attr_is(counter, "name", "tsc"))
            vmc_xml_attr_uint(counter, "frequency", &host->tsc_frequency);
    }
}

/* The smallest size that CPU and kernel have. */
static guint64
page_kib(const xmlNode *cpu)
{
    guint64 smallest = 0, size = 0;

    for (const xmlNode *pages = vmc_xml_child(cpu, "pages"); pages;
         pages = vmc_xml_next(pages, "pages")) {
        if (vmc_xml_attr_is(pages, "unit", "KiB") && vmc_xml_attr_uint(pages, "size", &size) &&
            (smallest == 0 || size < smallest))
            smallest = size;
    }
    return smallest;
}

static void
read_settings(const VmcFacts *facts, VmcHost *host)
{
    g_autofree char *read = vmc_facts_value(facts, SETTINGS, "qemu.conf");
    g_autofree char *tls = NULL;

    if (!read)
        return;
    tls = vmc_facts_value(facts, SETTINGS, "migrate_tls_force");
    host->tls_only = g_strcmp0(tls, "1") == 0 ? VMC_YES : VMC_NO;
    host->lock_manager = vmc_facts_value(facts, SETTINGS, "lock_manager");
    if (!host->lock_manager)
        host->lock_manager = g_strdup("");
}

void
vmc_derive_host_of(const VmcFacts *facts, const xmlNode *capabilities, VmcHost *host)
{
    *host = (VmcHost){ 0 };
    host->uri = text_of(facts, "uri");
    host->type = text_of(facts, "type");
    host->kernel = text_of(facts, "kernel");
    host->hostname = text_of(facts, "hostname");
    host->libvirt_version = vmc_facts_number(facts, HOST_TSV, "libvirtVersion");
    host->hypervisor_version = vmc_facts_number(facts, HOST_TSV, "hypervisorVersion");
    host->time = (gint64)vmc_facts_number(facts, HOST_TSV, "time");
    read_settings(facts, host);
    if (!capabilities)
        return;
    host->uuid = vmc_xml_value(capabilities, "host/uuid");
    read_cpu(vmc_xml_path(capabilities, "host/cpu"), host);
    host->page_kib = page_kib(vmc_xml_path(capabilities, "host/cpu"));
}

gboolean
vmc_derive_host(const VmcFacts *facts, VmcHost *host, GError **error)
{
    const xmlNode *root = vmc_derive_fact(facts, VMC_FACT_CAPABILITIES, "capabilities", error);

    *host = (VmcHost){ 0 };
    if (!root && vmc_facts_has(facts, VMC_FACT_CAPABILITIES))
        return FALSE;
    vmc_derive_host_of(facts, root, host);
    return TRUE;
}
