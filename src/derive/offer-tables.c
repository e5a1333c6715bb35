/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The parts of an offer that come as tables (facts.h lists them).
 */
#include "derive/derive-internal.h"

#include <string.h>

#define HOST_TSV "host/host.tsv"
#define CPU_MODELS "host/cpu-models/"
#define CPU_NAMES "host/cpu-names.tsv"
#define VOLUMES "host/volumes/"

typedef void (*RowFunc)(VmcOffer *offer, char **row);

static guint64
number(const char *text)
{
    guint64 value = 0;

    g_ascii_string_to_unsigned(text, 10, 0, G_MAXUINT64, &value, NULL);
    return value;
}

static gboolean
is_number(const char *text)
{
    return g_ascii_string_to_unsigned(text, 10, 0, G_MAXUINT64, NULL, NULL);
}

static char *
or_null(const char *text)
{
    return *text ? g_strdup(text) : NULL;
}

static void
read_network(VmcOffer *offer, char **row)
{
    VmcNetwork *network = vmc_network_new(row[0]);
    g_auto(GStrv) portgroups = g_strsplit(row[5], ",", -1);

    network->forward = or_null(row[3]);
    network->virtualport = or_null(row[4]);
    for (char **name = portgroups; *name; name++) {
        if (**name)
            g_hash_table_add(network->portgroups, g_strdup(*name));
    }
    network->has_inbound = vmc_tristate_from_text(row[6]);

    network->active = vmc_tristate_from_text(row[1]);
    network->bridge = or_null(row[2]);
    g_hash_table_insert(offer->networks, g_strdup(row[0]), network);
}

static void
read_interface(VmcOffer *offer, char **row)
{
    g_hash_table_insert(offer->interfaces, g_strdup(row[0]), g_strdup(row[1]));
}

static void
read_pool(VmcOffer *offer, char **row)
{
    VmcPool *pool = vmc_pool_new(row[0]);

    pool->active = vmc_tristate_from_text(row[1]);
    pool->type = or_null(row[2]);
    pool->target = or_null(row[3]);
    pool->origin = or_null(row[4]);
    g_hash_table_insert(offer->pools, g_strdup(row[0]), pool);
}

static void
add_secret(GHashTable *secrets, char **row)
{
    if (*row[0])
        g_hash_table_add(secrets, g_ascii_strdown(row[0], -1));
    if (*row[2])
        g_hash_table_add(secrets, g_strconcat(row[1], "/", row[2], NULL));
}

static void
read_secret(VmcOffer *offer, char **row)
{
    add_secret(offer->secrets, row);
    if (vmc_tristate_from_text(row[3]) == VMC_NO)
        add_secret(offer->secrets_without_value, row);
}

static void
read_nwfilter(VmcOffer *offer, char **row)
{
    g_hash_table_add(offer->nwfilters, g_strdup(row[0]));
}

static void
read_nodedev(VmcOffer *offer, char **row)
{
    g_hash_table_insert(offer->nodedevs, g_strdup(row[0]), g_strdup(row[1]));
    if (*row[2])
        g_hash_table_insert(offer->nodedevs, g_ascii_strdown(row[2], -1), g_strdup(row[1]));
}

static void
read_domain(VmcOffer *offer, char **row)
{
    VmcDomainEntry *entry = vmc_domain_entry_new(row[0], row[1]);

    entry->active = vmc_tristate_from_text(row[2]);
    entry->persistent = vmc_tristate_from_text(row[3]);
    entry->managed_save = vmc_tristate_from_text(row[4]);
    entry->snapshots = vmc_tristate_from_text(row[5]);
    g_ptr_array_add(offer->domains, entry);
}

static void
read_setting(VmcOffer *offer, char **row)
{
    g_hash_table_insert(offer->settings, g_strdup(row[0]), g_strdup(row[1]));
}

static VmcCell *
cell_of(VmcOffer *offer, guint64 id)
{
    VmcCell *cell = NULL;

    for (size_t i = 0; i < offer->cells->len; i++) {
        cell = offer->cells->pdata[i];
        if (cell->id == id)
            return cell;
    }
    cell = g_new0(VmcCell, 1);
    cell->id = (unsigned int)id;
    g_ptr_array_add(offer->cells, cell);
    return cell;
}

static void
read_cell(VmcOffer *offer, char **row)
{
    VmcCell *cell = NULL;

    if (!is_number(row[0]) || !is_number(row[1]) || number(row[0]) > G_MAXUINT)
        return;
    cell = cell_of(offer, number(row[0]));
    cell->free_bytes = number(row[1]);
    cell->free_known = VMC_YES;
}

static void
read_page(VmcOffer *offer, char **row)
{
    VmcPages pages = { .size_kib = number(row[1]), .free = number(row[2]) };

    if (!is_number(row[0]) || !is_number(row[1]) || !is_number(row[2]))
        return;
    pages.cell = (unsigned int)number(row[0]);
    g_array_append_val(offer->pages, pages);
}

static void
read_file(VmcOffer *offer, char **row)
{
    VmcFile *file = vmc_file_new(row[0], row[1]);

    file->shared = vmc_tristate_from_text(row[2]);
    file->size = number(row[3]);
    g_hash_table_insert(offer->files, g_strdup(row[0]), file);
}

static void
read_claim(VmcOffer *offer, char **row)
{
    VmcClaim *claim = vmc_claim_new(row[3], row[4]);

    claim->shared = vmc_tristate_from_text(row[2]);
    vmc_offer_add_claim(offer, row[0], row[1], claim);
}

static void
read_address(VmcOffer *offer, char **row)
{
    g_hash_table_add(offer->addresses, g_strdup(row[0]));
}

/* "feature TAB avx2 TAB yes".  Features go in a table of three answers; of models only
 * the yes counts, and the arch is in the name ("x86_64/EPYC"), where one is given. */
static void
read_cpu_name(VmcOffer *offer, const char *line, const char *end)
{
    const char *name = memchr(line, '\t', (size_t)(end - line));
    const char *known = name ? memchr(name + 1, '\t', (size_t)(end - name - 1)) : NULL;
    g_autofree char *text = known ? g_strndup(known + 1, (size_t)(end - known - 1)) : NULL;
    VmcTristate answer = text ? vmc_tristate_from_text(text) : VMC_UNKNOWN;

    if (!known)
        return;
    if (g_str_has_prefix(line, "feature\t"))
        g_hash_table_insert(offer->cpu_features, g_strndup(name + 1, (size_t)(known - name - 1)),
                            GINT_TO_POINTER(answer));
    else if (g_str_has_prefix(line, "model\t") && answer == VMC_YES)
        g_hash_table_add(offer->cpu_models, g_strndup(name + 1, (size_t)(known - name - 1)));
}

static void
read_models_of_arch(VmcOffer *offer, const char *arch, const char *text)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

    g_hash_table_add(offer->cpu_archs, g_strdup(arch));
    for (char **line = lines; *line; line++) {
        const char *name = g_strstrip(*line);

        if (*name)
            g_hash_table_add(offer->cpu_models, g_strconcat(arch, "/", name, NULL));
    }
}

static void
read_cpu_names(VmcOffer *offer, const VmcFacts *facts)
{
    const char *line = vmc_facts_get(facts, CPU_NAMES);
    g_auto(GStrv) names = vmc_facts_list(facts, CPU_MODELS);

    while (line && *line) {
        const char *end = strchrnul(line, '\n');

        read_cpu_name(offer, line, end);
        line = *end ? end + 1 : end;
    }

    for (char **name = names; *name; name++) {
        const char *file = *name + strlen(CPU_MODELS);
        g_autofree char *arch = NULL;

        if (!g_str_has_suffix(file, ".txt"))
            continue;
        arch = g_strndup(file, strlen(file) - strlen(".txt"));
        read_models_of_arch(offer, arch, vmc_facts_get(facts, *name));
    }
}

/* Hundreds, and most guests ask for none of them. */
void
vmc_derive_cpu_names(const VmcOffer *offer)
{
    VmcOffer *owner = (VmcOffer *)offer;

    if (offer->facts && g_once_init_enter(&owner->cpu_names_read)) {
        read_cpu_names(owner, offer->facts);
        g_once_init_leave(&owner->cpu_names_read, TRUE);
    }
}

static void
note_cpu_names(VmcOffer *offer, const VmcFacts *facts)
{
    g_auto(GStrv) models = vmc_facts_list(facts, CPU_MODELS);

    offer->probed[VMC_PART_CPU_NAMES] = *models || vmc_facts_has(facts, CPU_NAMES);
}

static void
read_volumes(VmcOffer *offer, const VmcFacts *facts, VmcPool *pool)
{
    g_autofree char *key = vmc_facts_key(pool->name);
    g_autofree char *fact = g_strconcat(VOLUMES, key, ".tsv", NULL);
    g_autoptr(GPtrArray) rows = vmc_facts_rows(facts, fact, 2);

    if (!rows)
        return;
    pool->volumes = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    for (size_t i = 0; i < rows->len; i++) {
        char **row = rows->pdata[i];

        g_hash_table_insert(pool->volumes, g_strdup(row[0]), g_strdup(row[1]));
        if (*row[1] && pool->active != VMC_NO)
            g_hash_table_insert(offer->volume_paths, g_strdup(row[1]), pool);
    }
}

static void
read_all_volumes(VmcOffer *offer, const VmcFacts *facts)
{
    GHashTableIter iter;
    void *pool = NULL;

    g_hash_table_iter_init(&iter, offer->pools);
    while (g_hash_table_iter_next(&iter, NULL, &pool))
        read_volumes(offer, facts, pool);
}

static void
read_huge_mounts(VmcOffer *offer, const VmcFacts *facts)
{
    g_autoptr(GPtrArray) rows = vmc_facts_rows(facts, "host/hugetlbfs.tsv", 2);

    if (!rows)
        return;
    offer->huge_mounts = g_array_new(FALSE, FALSE, sizeof(guint64));
    for (size_t i = 0; i < rows->len; i++) {
        char **row = rows->pdata[i];
        guint64 size = is_number(row[0]) ? number(row[0]) : 0;

        g_array_append_val(offer->huge_mounts, size);
    }
}

static void
read_host(VmcOffer *offer, const VmcFacts *facts)
{
    g_autofree char *session = vmc_facts_value(facts, HOST_TSV, "session");
    g_autofree char *sysinfo = vmc_facts_value(facts, HOST_TSV, "sysinfo");
    g_autofree char *free_memory = vmc_facts_value(facts, HOST_TSV, "freeMemory");

    offer->type = vmc_facts_value(facts, HOST_TSV, "type");
    offer->session = session ? vmc_tristate_from_text(session) : VMC_UNKNOWN;
    offer->sysinfo = sysinfo ? vmc_tristate_from_text(sysinfo) : VMC_UNKNOWN;
    offer->probed[VMC_PART_HOST] = offer->host.libvirt_version > 0 || offer->host.uuid;
    if (free_memory && is_number(free_memory)) {
        offer->free_memory = number(free_memory);
        offer->probed[VMC_PART_MEMORY] = TRUE;
    }
}

static void
read_cpumap(VmcOffer *offer, const VmcFacts *facts)
{
    const char *text = vmc_facts_get(facts, "host/cpumap.txt");
    g_autoptr(GHashTable) cpus = NULL;

    if (!text || !vmc_cpuset_parse(text, &cpus))
        return;
    offer->cpumap = g_strstrip(g_strdup(text));
    offer->probed[VMC_PART_CPUMAP] = TRUE;
}

static void
read_dry_run(VmcOffer *offer, char **row)
{
    static const char *const answers[] = {
        [VMC_DRY_RUN_NONE] = "none",
        [VMC_DRY_RUN_ACCEPTED] = "accepted",
        [VMC_DRY_RUN_REFUSED] = "refused",
    };
    VmcDryRunAnswer answer = VMC_DRY_RUN_NONE;
    VmcDryRun *dry_run = NULL;

    for (size_t i = 0; i < G_N_ELEMENTS(answers); i++) {
        if (g_str_equal(answers[i], row[2]))
            answer = (VmcDryRunAnswer)i;
    }
    dry_run = vmc_dry_run_new(row[0], vmc_state_from_name(row[1]), answer);
    dry_run->code = (int)MIN(number(row[3]), G_MAXINT);
    dry_run->text = g_strdup(row[4]);
    g_ptr_array_add(offer->dry_runs, dry_run);
}

static void
read_device(VmcOffer *offer, char **row)
{
    char *key = g_strjoin("\t", row[0], row[1], row[2], row[3], NULL);

    g_hash_table_insert(offer->devices, key, GINT_TO_POINTER(vmc_tristate_from_text(row[4])));
}

static const struct {
    const char *fact;
    size_t n_columns;
    RowFunc read;
    VmcPart part;
} tables[] = {
    { "host/networks.tsv", 7, read_network, VMC_PART_NETWORKS },
    { "host/interfaces.tsv", 2, read_interface, VMC_PART_INTERFACES },
    { "host/pools.tsv", 5, read_pool, VMC_PART_POOLS },
    { "host/secrets.tsv", 4, read_secret, VMC_PART_SECRETS },
    { "host/nwfilters.tsv", 1, read_nwfilter, VMC_PART_NWFILTERS },
    { "host/nodedevs.tsv", 3, read_nodedev, VMC_PART_NODEDEVS },
    { "host/domains.tsv", 6, read_domain, VMC_PART_DOMAINS },
    { "host/cells.tsv", 2, read_cell, VMC_PART_NONE },
    { "host/pages.tsv", 3, read_page, VMC_PART_PAGES },
    { "host/settings.tsv", 2, read_setting, VMC_PART_NONE },
    { "host/files.tsv", 4, read_file, VMC_PART_NONE },
    { "host/claims.tsv", 5, read_claim, VMC_PART_NONE },
    { "host/addresses.tsv", 1, read_address, VMC_PART_ADDRESSES },
    { "host/devices.tsv", 5, read_device, VMC_PART_NONE },
    { "host/dry-runs.tsv", 5, read_dry_run, VMC_PART_NONE },
};

void
vmc_offer_read_tables(VmcOffer *offer, const VmcFacts *facts)
{
    for (size_t i = 0; i < G_N_ELEMENTS(tables); i++) {
        g_autoptr(GPtrArray) rows = vmc_facts_rows(facts, tables[i].fact, tables[i].n_columns);

        for (size_t j = 0; rows && j < rows->len; j++)
            tables[i].read(offer, rows->pdata[j]);
        if (rows)
            offer->probed[tables[i].part] = TRUE;
    }
    offer->probed[VMC_PART_NONE] = FALSE;
    read_all_volumes(offer, facts);
    note_cpu_names(offer, facts);
    read_cpumap(offer, facts);
    read_huge_mounts(offer, facts);
    read_host(offer, facts);
}
