/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What a guest's definition makes one ask further: block jobs and its CPU.
 */
#include "collect/collect-guest.h"

#include <string.h>


static const char *block_job_name(int type);

static xmlDoc *
parse_domain(const char *xml)
{
    return vmc_xml_parse(xml, -1, VMC_MAX_XML, "domain", NULL);
}

/* ---- block jobs -------------------------------------------------------------- */

static gboolean
add_block_job(VmcGuestAsk *ask,
              virDomainPtr domain,
              const char *table,
              const char *target,
              gboolean *ret_told,
              GError **error)
{
    virDomainBlockJobInfo info = { 0 };
    int found = -1;

    if (!ask->no_block_jobs)
        found = virDomainGetBlockJobInfo(domain, target, &info, 0);
    if (found > 0)
        VMC_ADD_ROW(ask->facts, table, target, block_job_name(info.type));
    *ret_told = *ret_told && found >= 0;
    if (found >= 0 || ask->no_block_jobs)
        return TRUE;
    ask->no_block_jobs = virGetLastErrorCode() == VIR_ERR_NO_SUPPORT;
    return vmc_virt_absent(ask->conn, error);
}

/* Nothing copies an empty drive or a medium. */
static gboolean
may_have_job(const xmlNode *disk)
{
    return vmc_xml_child(disk, "source") && !vmc_xml_attr_is(disk, "device", "cdrom") &&
           !vmc_xml_attr_is(disk, "device", "floppy");
}

/* A guest without a disk to copy has no job, whatever the driver can tell. */
gboolean
vmc_guest_block_jobs(
    VmcGuestAsk *ask, virDomainPtr domain, const char *folder, const xmlNode *live, GError **error)
{
    g_autofree char *table = g_strconcat(folder, "/blockjobs.tsv", NULL);
    const xmlNode *devices = vmc_xml_child(live, "devices");
    gboolean told = TRUE;

    for (const xmlNode *disk = vmc_xml_child(devices, "disk"); disk;
         disk = vmc_xml_next(disk, "disk")) {
        g_autofree char *target = vmc_xml_attr(vmc_xml_child(disk, "target"), "dev");

        if (!target || !may_have_job(disk))
            continue;
        if (!add_block_job(ask, domain, table, target, &told, error))
            return FALSE;
    }
    if (told)
        vmc_facts_add_row(ask->facts, table, 0, NULL);
    return TRUE;
}

/* ---- CPU ------------------------------------------------------------------------ */

static gboolean
add_passthrough(VmcGuestAsk *ask, const char *xml, GError **error)
{
    g_autoptr(xmlDoc) document = parse_domain(xml);
    const xmlNode *domain = xmlDocGetRootElement(document);
    const xmlNode *type = vmc_xml_path(domain, "os/type");
    g_autofree char *emulator = vmc_xml_text(vmc_xml_path(domain, "devices/emulator"));
    g_autofree char *arch = vmc_xml_attr(type, "arch");
    g_autofree char *machine = vmc_xml_attr(type, "machine");
    g_autofree char *virt_type = vmc_xml_attr(domain, "type");
    const VmcMachineTuple tuple = { emulator, arch, machine, virt_type };
    gboolean ok = FALSE;

    return !document || vmc_collect_domcaps(ask->conn, ask->facts, &tuple, &ok, error);
}

/* The first arch='…' is <type>'s; libvirt writes it always. */
static char *
find_arch(const char *xml)
{
    const char *start = strstr(xml, " arch='");
    const char *end = start ? strchr(start + 7, '\'') : NULL;

    return end ? g_strndup(start + 7, (size_t)(end - start - 7)) : g_strdup("x86_64");
}

static gboolean
add_expansion(VmcGuestAsk *ask, const char *xml, const xmlNode *cpu, GError **error)
{
    g_autofree char *model = vmc_xml_text(vmc_xml_child(cpu, "model"));
    g_autofree char *arch = NULL;

    if (!model || !*model || !g_hash_table_add(ask->models, g_strdup(model)))
        return TRUE;
    arch = find_arch(xml);
    return vmc_collect_expansion(ask->conn, ask->facts, arch, model, error);
}

/* The text of the first <cpu …>…</cpu> at or after @xml.  By text, because a
 * whole definition takes longer to parse than libvirt to send, and the worst
 * of a wrong find (in metadata, say) is a question in vain. */
static char *
next_cpu(const char **xml)
{
    const char *start = strstr(*xml, "<cpu ");
    const char *close = start ? strchr(start, '>') : NULL;
    const char *end = NULL;

    if (!close)
        return NULL;
    if (close[-1] != '/')
        end = strstr(close, "</cpu>");
    end = end ? end + strlen("</cpu>") : close + 1;
    *xml = end;
    return g_strndup(start, (size_t)(end - start));
}

gboolean
vmc_guest_cpu(VmcGuestAsk *ask, const char *xml, gboolean started, GError **error)
{
    const char *rest = xml;

    for (;;) {
        g_autofree char *text = next_cpu(&rest);
        g_autoptr(xmlDoc) document =
            text ? vmc_xml_parse(text, -1, VMC_MAX_XML, "cpu", NULL) : NULL;
        const xmlNode *cpu = xmlDocGetRootElement(document);
        gboolean passes = vmc_xml_attr_is(cpu, "mode", "host-passthrough") ||
                          vmc_xml_attr_is(cpu, "mode", "maximum");

        if (!text)
            return TRUE;
        if (!document)
            continue;
        if (passes && started && !add_passthrough(ask, xml, error))
            return FALSE;
        if (!passes && !add_expansion(ask, xml, cpu, error))
            return FALSE;
    }
}

static const char *const block_jobs[] = {
    [VIR_DOMAIN_BLOCK_JOB_TYPE_UNKNOWN] = "unknown",
    [VIR_DOMAIN_BLOCK_JOB_TYPE_PULL] = "pull",
    [VIR_DOMAIN_BLOCK_JOB_TYPE_COPY] = "copy",
    [VIR_DOMAIN_BLOCK_JOB_TYPE_COMMIT] = "commit",
    [VIR_DOMAIN_BLOCK_JOB_TYPE_ACTIVE_COMMIT] = "active-commit",
    [VIR_DOMAIN_BLOCK_JOB_TYPE_BACKUP] = "backup",
};

static const char *
block_job_name(int type)
{
    return type > 0 && type < (int)G_N_ELEMENTS(block_jobs) ? block_jobs[type] : "unknown";
}
