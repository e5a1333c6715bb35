/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The blob in a domain's metadata.
 */
#include "document/embedded-blob.h"
#include "derive/embedded.h"
#include "document/xml-write.h"

#include <string.h>

#ifndef PACKAGE_VERSION
# define PACKAGE_VERSION "0.1.0"
#endif

GBytes *
vmc_embedded_blob_of(const xmlNode *domain, GError **error)
{
    const xmlNode *node = vmc_embedded_node(domain);
    g_autofree char *armor = node ? vmc_xml_text(node) : NULL;

    if (!node)
        return NULL;
    return vmc_blob_dearmor(armor ? armor : "", armor ? strlen(armor) : 0, error);
}

GBytes *
vmc_embedded_blob(const char *domain_xml, GError **error)
{
    g_autoptr(xmlDoc) doc = NULL;

    if (!strstr(domain_xml, VMC_EMBEDDED_URI))
        return NULL;
    doc = vmc_xml_parse(domain_xml, -1, VMC_MAX_XML, _("the domain's definition"), error);
    return doc ? vmc_embedded_blob_of(xmlDocGetRootElement(doc), error) : NULL;
}

static void
add_attribute(GString *out, const char *name, const char *value)
{
    if (value && *value)
        vmc_xml_add_attr(out, name, value);
}

char *
vmc_embedded_element(const VmcDocument *document, const char *digest, const char *armor)
{
    const VmcHost *host = &document->host;
    GString *out = g_string_new("<blob");

    vmc_xml_add_attr(out, "version", PACKAGE_VERSION);
    vmc_xml_add_attr_uint(out, "time", (guint64)host->time);
    vmc_xml_add_attr(out, "digest", digest);
    add_attribute(out, "host", host->uuid);
    add_attribute(out, "hostname", host->hostname);
    vmc_xml_add_attr_uint(out, "libvirtVersion", host->libvirt_version);
    vmc_xml_add_attr_uint(out, "hypervisorVersion", host->hypervisor_version);
    add_attribute(out, "microcode", host->cpu_microcode);
    g_string_append(out, ">\n");
    vmc_xml_add_text(out, armor);
    g_string_append(out, "</blob>\n");
    return g_string_free(out, FALSE);
}

/* What is known of a run, beside the live definition. */
static const char *const of_a_run[] = { "live.xml", "blockjobs.tsv", NULL };

static void
copy_domain_table(const VmcFacts *facts, const char *name, VmcFacts *to)
{
    static const struct {
        const char *key, *when_off;
    } changed[] = {
        { "state", "5" }, /* VIR_DOMAIN_SHUTOFF, libvirt's ABI */
        { "reason", "0" },
        { "job", "none" },
    };
    g_autoptr(GPtrArray) rows = vmc_facts_rows(facts, name, 2);

    for (guint i = 0; rows && i < rows->len; i++) {
        char **row = rows->pdata[i];
        const char *value = row[1];

        for (size_t j = 0; j < G_N_ELEMENTS(changed); j++)
            value = g_str_equal(row[0], changed[j].key) ? changed[j].when_off : value;
        vmc_facts_add_row(to, name, 2, (const char *[]){ row[0], value });
    }
}

VmcFacts *
vmc_embedded_facts_when_off(const VmcDocument *document)
{
    const VmcSystem *system = document->systems->pdata[0];
    g_autofree char *inactive = g_strconcat(system->folder, "/inactive.xml", NULL);
    g_auto(GStrv) names = vmc_facts_list(document->facts, "");
    g_autoptr(VmcFacts) off = vmc_facts_new();

    if (!vmc_facts_has(document->facts, inactive))
        return NULL;
    for (char **name = names; *name; name++) {
        g_autofree char *base = g_path_get_basename(*name);

        if (g_str_has_prefix(*name, "domains/") && g_strv_contains(of_a_run, base))
            continue;
        if (g_str_has_prefix(*name, "domains/") && g_str_equal(base, "domain.tsv"))
            copy_domain_table(document->facts, *name, off);
        else
            vmc_facts_set(off, *name, vmc_facts_get(document->facts, *name));
    }
    return g_steal_pointer(&off);
}
