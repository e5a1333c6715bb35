/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The machine itself: memory, huge pages, CPUs, addresses; and who lives on it.
 */
#include "collect/collect-guest.h"

#define MAX_CELLS 1024u
#define MAX_PAGE_SIZES 16u

gboolean
vmc_ask_memory(VmcAsk *ask, GError **error)
{
    unsigned long long bytes = virNodeGetFreeMemory(ask->conn);
    g_autofree char *text = g_strdup_printf("%llu", bytes);

    if (bytes == 0)
        return vmc_virt_refused(ask->conn, ask->facts, VMC_PART_MEMORY, error);
    vmc_collect_value(ask->facts, "host/host.tsv", "freeMemory", text);
    return TRUE;
}

/* Highest id of a NUMA cell + 1; 0: capabilities name none. */
static unsigned int
count_cells(const VmcAsk *ask)
{
    const xmlNode *cells = vmc_xml_path(xmlDocGetRootElement(ask->host), "host/topology/cells");
    guint64 n = 0, id = 0;

    for (const xmlNode *cell = vmc_xml_child(cells, "cell"); cell;
         cell = vmc_xml_next(cell, "cell")) {
        if (vmc_xml_attr_uint(cell, "id", &id))
            n = MAX(n, id + 1);
    }
    return (unsigned int)MIN(n, MAX_CELLS);
}

static void
add_numbers(VmcFacts *facts, const char *table, size_t n, const guint64 *numbers)
{
    char texts[3][24];
    const char *columns[3] = { texts[0], texts[1], texts[2] };

    for (size_t i = 0; i < n; i++)
        g_snprintf(texts[i], sizeof(texts[i]), "%" G_GUINT64_FORMAT, numbers[i]);
    vmc_facts_add_row(facts, table, n, columns);
}

gboolean
vmc_ask_cells(VmcAsk *ask, GError **error)
{
    unsigned int n = count_cells(ask);
    g_autofree unsigned long long *bytes = g_new0(unsigned long long, n + 1);
    int found = 0;

    if (n == 0 || !(ask->complete || vmc_ask_has_needs(ask, VMC_NEED_NUMA_NODE)))
        return TRUE;
    found = virNodeGetCellsFreeMemory(ask->conn, bytes, 0, (int)n);
    if (found < 0)
        return vmc_virt_refused(ask->conn, ask->facts, VMC_PART_MEMORY, error);
    vmc_facts_add_row(ask->facts, "host/cells.tsv", 0, NULL);
    for (int i = 0; i < found; i++)
        add_numbers(ask->facts, "host/cells.tsv", 2, (guint64[]){ (guint64)i, bytes[i] });
    return TRUE;
}

static unsigned int
read_page_sizes(const VmcAsk *ask, unsigned int *ret_sizes)
{
    const xmlNode *cpu = vmc_xml_path(xmlDocGetRootElement(ask->host), "host/cpu");
    unsigned int n = 0;
    guint64 size = 0;

    for (const xmlNode *page = vmc_xml_child(cpu, "pages"); page && n < MAX_PAGE_SIZES;
         page = vmc_xml_next(page, "pages")) {
        if (vmc_xml_attr_uint(page, "size", &size) && size <= G_MAXUINT)
            ret_sizes[n++] = (unsigned int)size;
    }
    return n;
}

gboolean
vmc_ask_pages(VmcAsk *ask, GError **error)
{
    unsigned int sizes[MAX_PAGE_SIZES] = { 0 };
    unsigned int n_sizes = read_page_sizes(ask, sizes), n_cells = count_cells(ask);
    g_autofree unsigned long long *counts = g_new0(unsigned long long, n_sizes *n_cells + 1);

    if (n_sizes == 0 || n_cells == 0 || !(ask->complete || vmc_ask_has_needs(ask, VMC_NEED_PAGE)))
        return TRUE;
    if (virNodeGetFreePages(ask->conn, n_sizes, sizes, 0, n_cells, counts, 0) < 0)
        return vmc_virt_refused(ask->conn, ask->facts, VMC_PART_PAGES, error);
    vmc_facts_add_row(ask->facts, "host/pages.tsv", 0, NULL);
    for (unsigned int i = 0; i < n_sizes * n_cells; i++)
        add_numbers(ask->facts, "host/pages.tsv", 3,
                    (guint64[]){ i / n_sizes, sizes[i % n_sizes], counts[i] });
    return TRUE;
}

/* Bits → "0-3,8". */
static char *
format_cpuset(const unsigned char *map, int n)
{
    GString *text = g_string_new(NULL);

    for (int i = 0; i < n; i++) {
        int first = i;

        if (!VIR_CPU_USED(map, i))
            continue;
        while (i + 1 < n && VIR_CPU_USED(map, i + 1))
            i++;
        if (text->len > 0)
            g_string_append_c(text, ',');
        g_string_append_printf(text, "%d", first);
        if (i > first)
            g_string_append_printf(text, "-%d", i);
    }
    return g_string_free(text, FALSE);
}

gboolean
vmc_ask_cpumap(VmcAsk *ask, GError **error)
{
    g_autofree unsigned char *map = NULL;
    g_autofree char *cpuset = NULL;
    g_autofree char *line = NULL;
    unsigned int online = 0;
    int n = 0;

    if (!ask->complete && !vmc_ask_has_needs(ask, VMC_NEED_CPUSET))
        return TRUE;
    n = virNodeGetCPUMap(ask->conn, &map, &online, 0);
    if (n < 0)
        return vmc_virt_refused(ask->conn, ask->facts, VMC_PART_CPUMAP, error);
    cpuset = format_cpuset(map, n);
    line = g_strconcat(cpuset, "\n", NULL);
    vmc_facts_set(ask->facts, "host/cpumap.txt", line);
    return TRUE;
}

/* ---- what only the machine itself tells ------------------------------------------- */

gboolean
vmc_ask_addresses(VmcAsk *ask, GError **error G_GNUC_UNUSED)
{
    if (ask->local && (ask->complete || vmc_ask_has_needs(ask, VMC_NEED_ADDRESS)))
        vmc_local_addresses(ask->facts);
    return TRUE;
}

gboolean
vmc_ask_huge_mounts(VmcAsk *ask, GError **error G_GNUC_UNUSED)
{
    if (ask->local && (ask->complete || vmc_ask_has_needs(ask, VMC_NEED_PAGE)))
        vmc_local_huge_mounts(ask->facts);
    return TRUE;
}

/* ---- domains ------------------------------------------------------------------------ */

static const char *
answer(int value)
{
    return value < 0 ? "" : vmc_yes_no(value);
}

/* Yes and no as above zero and zero; below: the driver can't tell. */
typedef struct {
    int active, persistent, managed_save, snapshots;
} DomainAnswers;

static void
add_domain(VmcAsk *ask, virDomainPtr domain, const DomainAnswers *is)
{
    char uuid[VIR_UUID_STRING_BUFLEN] = "";

    virDomainGetUUIDString(domain, uuid);
    if (vmc_ask_first(ask, "domains", uuid))
        VMC_ADD_ROW(ask->facts, "host/domains.tsv", virDomainGetName(domain), uuid,
                    answer(is->active), answer(is->persistent), answer(is->managed_save),
                    answer(is->snapshots));
}

/* Of a or of b. */
static int
either(int a, int b)
{
    if (a > 0 || b > 0)
        return 1;
    return a < 0 ? a : b;
}

static gboolean
list_domains(VmcAsk *ask, GError **error)
{
    g_auto(VmcVirList) list = VMC_VIR_LIST(virDomainFree);
    g_auto(VmcGuestTables) tables = { 0 };

    list.n = virConnectListAllDomains(ask->conn, (virDomainPtr **)(void *)&list.items, 0);
    if (list.n < 0)
        return vmc_virt_refused(ask->conn, ask->facts, VMC_PART_DOMAINS, error);
    if (!vmc_guest_sets_fill(ask->conn, &tables, error))
        return FALSE;
    vmc_guest_list(ask->facts, &tables, (virDomainPtr *)(void *)list.items, (size_t)list.n);
    return TRUE;
}

/* Takes @domain; NULL: the lookup has failed. */
static gboolean
note_domain(VmcAsk *ask, virDomainPtr found, GError **error)
{
    VMC_AUTO_VIR(virDomain) domain = found;

    if (domain) {
        add_domain(ask, domain,
                   &(DomainAnswers){
                       .active = virDomainIsActive(domain),
                       .persistent = virDomainIsPersistent(domain),
                       .managed_save = virDomainHasManagedSaveImage(domain, 0),
                       .snapshots = either(virDomainSnapshotNum(domain, 0),
                                           virDomainListAllCheckpoints(domain, NULL, 0)),
                   });
        return TRUE;
    }
    if (virGetLastErrorCode() != VIR_ERR_NO_DOMAIN)
        return vmc_virt_refused(ask->conn, ask->facts, VMC_PART_DOMAINS, error);
    return vmc_virt_absent(ask->conn, error);
}

static gboolean
look_up_guest(VmcAsk *ask, const VmcRequirement *guest, GError **error)
{
    if (guest->name && !note_domain(ask, virDomainLookupByName(ask->conn, guest->name), error))
        return FALSE;
    return !guest->uuid ||
           note_domain(ask, virDomainLookupByUUIDString(ask->conn, guest->uuid), error);
}

gboolean
vmc_ask_domains(VmcAsk *ask, GError **error)
{
    g_autofree char *why = NULL;

    if (ask->complete) /* who collects all domains has listed them */
        return vmc_facts_has(ask->facts, "host/domains.tsv") || list_domains(ask, error);
    for (size_t i = 0; i < ask->requirements->len; i++) {
        if (!look_up_guest(ask, ask->requirements->pdata[i], error))
            return FALSE;
    }
    why = vmc_facts_value(ask->facts, "host/unprobed.tsv", vmc_part_name(VMC_PART_DOMAINS));
    if (!why)
        vmc_facts_add_row(ask->facts, "host/domains.tsv", 0, NULL);
    return TRUE;
}
