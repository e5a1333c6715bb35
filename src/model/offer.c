/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What a host has: making, freeing, looking up.
 */
#include "model/offer.h"

static const char *const part_names[] = {
    [VMC_PART_NONE] = "none",
    [VMC_PART_HOST] = "host",
    [VMC_PART_CAPABILITIES] = "capabilities",
    [VMC_PART_DOMCAPS] = "domcapabilities",
    [VMC_PART_CPU] = "cpu",
    [VMC_PART_CPU_NAMES] = "cpu-names",
    [VMC_PART_NETWORKS] = "networks",
    [VMC_PART_INTERFACES] = "interfaces",
    [VMC_PART_POOLS] = "pools",
    [VMC_PART_SECRETS] = "secrets",
    [VMC_PART_NWFILTERS] = "nwfilters",
    [VMC_PART_NODEDEVS] = "nodedevs",
    [VMC_PART_DOMAINS] = "domains",
    [VMC_PART_MEMORY] = "memory",
    [VMC_PART_PAGES] = "pages",
    [VMC_PART_CPUMAP] = "cpumap",
    [VMC_PART_ADDRESSES] = "addresses",
};
G_STATIC_ASSERT(G_N_ELEMENTS(part_names) == VMC_PART_LAST);

const char *
vmc_part_name(VmcPart part)
{
    return part < VMC_PART_LAST ? part_names[part] : NULL;
}

VmcPart
vmc_part_from_name(const char *name)
{
    for (VmcPart part = VMC_PART_HOST; part < VMC_PART_LAST; part++) {
        if (g_str_equal(part_names[part], name))
            return part;
    }
    return VMC_PART_NONE;
}

GHashTable *
vmc_set_new(void)
{
    return g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
}

static int
compare_strings(const void *a, const void *b)
{
    return g_strcmp0(*(const char *const *)a, *(const char *const *)b);
}

char **
vmc_set_sorted(GHashTable *set)
{
    unsigned int length = 0;
    char **names = (char **)g_hash_table_get_keys_as_array(set, &length);

    qsort(names, length, sizeof(*names), compare_strings);
    return names;
}

char *
vmc_set_join(GHashTable *set)
{
    g_autofree char **names = vmc_set_sorted(set);

    return g_strjoinv(", ", names);
}

static GHashTable *
table_new(GDestroyNotify free_value)
{
    return g_hash_table_new_full(g_str_hash, g_str_equal, g_free, free_value);
}

VmcMachine *
vmc_machine_new(const char *name, const char *canonical)
{
    VmcMachine *machine = g_new0(VmcMachine, 1);

    machine->name = g_strdup(name);
    machine->canonical = g_strdup(canonical ? canonical : name);
    return machine;
}

void
vmc_machine_free(VmcMachine *machine)
{
    if (!machine)
        return;
    g_free(machine->name);
    g_free(machine->canonical);
    g_free(machine);
}

VmcGuest *
vmc_guest_new(void)
{
    VmcGuest *guest = g_new0(VmcGuest, 1);

    guest->machines = table_new((GDestroyNotify)vmc_machine_free);
    guest->virt_types = vmc_set_new();
    guest->emulators = vmc_set_new();
    return guest;
}

void
vmc_guest_free(VmcGuest *guest)
{
    if (!guest)
        return;
    g_free(guest->os_type);
    g_free(guest->arch);
    g_free(guest->emulator);
    g_hash_table_unref(guest->machines);
    g_hash_table_unref(guest->virt_types);
    g_hash_table_unref(guest->emulators);
    g_free(guest);
}

VmcDomcaps *
vmc_domcaps_new(void)
{
    VmcDomcaps *domcaps = g_new0(VmcDomcaps, 1);

    domcaps->supported = table_new(NULL);
    domcaps->enums = table_new((GDestroyNotify)g_hash_table_unref);
    domcaps->cpu_models = table_new((GDestroyNotify)vmc_cpu_model_free);
    return domcaps;
}

void
vmc_domcaps_free(VmcDomcaps *domcaps)
{
    if (!domcaps)
        return;
    g_free(domcaps->emulator);
    g_free(domcaps->virt_type);
    g_free(domcaps->machine);
    g_free(domcaps->arch);
    g_free(domcaps->fact);
    g_free(domcaps->damage);
    g_free(domcaps->host_model);
    g_free(domcaps->host_vendor);
    g_hash_table_unref(domcaps->supported);
    g_hash_table_unref(domcaps->enums);
    g_hash_table_unref(domcaps->cpu_models);
    g_clear_pointer(&domcaps->visible, g_hash_table_unref);
    g_clear_pointer(&domcaps->named, g_hash_table_unref);
    g_free(domcaps);
}

VmcCpuModel *
vmc_cpu_model_new(const char *name)
{
    VmcCpuModel *model = g_new0(VmcCpuModel, 1);

    model->name = g_strdup(name);
    return model;
}

void
vmc_cpu_model_free(VmcCpuModel *model)
{
    if (!model)
        return;
    g_free(model->name);
    g_strfreev(model->blockers);
    g_free(model);
}

VmcNetwork *
vmc_network_new(const char *name)
{
    VmcNetwork *network = g_new0(VmcNetwork, 1);

    network->name = g_strdup(name);
    network->portgroups = vmc_set_new();
    return network;
}

void
vmc_network_free(VmcNetwork *network)
{
    if (!network)
        return;
    g_free(network->name);
    g_free(network->bridge);
    g_free(network->forward);
    g_free(network->virtualport);
    g_hash_table_unref(network->portgroups);
    g_free(network);
}

VmcPool *
vmc_pool_new(const char *name)
{
    VmcPool *pool = g_new0(VmcPool, 1);

    pool->name = g_strdup(name);
    return pool;
}

void
vmc_pool_free(VmcPool *pool)
{
    if (!pool)
        return;
    g_free(pool->name);
    g_free(pool->type);
    g_free(pool->target);
    g_free(pool->origin);
    g_clear_pointer(&pool->volumes, g_hash_table_unref);
    g_free(pool);
}

VmcDomainEntry *
vmc_domain_entry_new(const char *name, const char *uuid)
{
    VmcDomainEntry *entry = g_new0(VmcDomainEntry, 1);

    entry->name = g_strdup(name);
    entry->uuid = g_strdup(uuid);
    return entry;
}

void
vmc_domain_entry_free(VmcDomainEntry *entry)
{
    if (!entry)
        return;
    g_free(entry->name);
    g_free(entry->uuid);
    g_free(entry);
}

VmcFile *
vmc_file_new(const char *path, const char *kind)
{
    VmcFile *file = g_new0(VmcFile, 1);

    file->path = g_strdup(path);
    file->kind = g_strdup(kind);
    return file;
}

void
vmc_file_free(VmcFile *file)
{
    if (!file)
        return;
    g_free(file->path);
    g_free(file->kind);
    g_free(file);
}

VmcDryRun *
vmc_dry_run_new(const char *definition, VmcState state, VmcDryRunAnswer answer)
{
    VmcDryRun *dry_run = g_new0(VmcDryRun, 1);

    dry_run->definition = g_strdup(definition);
    dry_run->state = state;
    dry_run->answer = answer;
    return dry_run;
}

void
vmc_dry_run_free(VmcDryRun *dry_run)
{
    if (!dry_run)
        return;
    g_free(dry_run->definition);
    g_free(dry_run->text);
    g_free(dry_run);
}

VmcClaim *
vmc_claim_new(const char *domain, const char *uuid)
{
    VmcClaim *claim = g_new0(VmcClaim, 1);

    claim->domain = g_strdup(domain);
    claim->uuid = g_strdup(uuid);
    return claim;
}

void
vmc_claim_free(VmcClaim *claim)
{
    if (!claim)
        return;
    g_free(claim->domain);
    g_free(claim->uuid);
    g_free(claim);
}

VmcOffer *
vmc_offer_new(void)
{
    VmcOffer *offer = g_new0(VmcOffer, 1);

    offer->guests = g_ptr_array_new_with_free_func((GDestroyNotify)vmc_guest_free);
    offer->secmodels = vmc_set_new();
    offer->page_sizes = g_array_new(FALSE, TRUE, sizeof(guint64));
    offer->cells = g_ptr_array_new_with_free_func(g_free);
    offer->domcaps = g_ptr_array_new_with_free_func((GDestroyNotify)vmc_domcaps_free);
    offer->cpu_models = vmc_set_new();
    offer->cpu_archs = vmc_set_new();
    offer->cpu_features = table_new(NULL);
    offer->networks = table_new((GDestroyNotify)vmc_network_free);
    offer->interfaces = table_new(g_free);
    offer->pools = table_new((GDestroyNotify)vmc_pool_free);
    offer->volume_paths = table_new(NULL);
    offer->secrets = vmc_set_new();
    offer->nwfilters = vmc_set_new();
    offer->nodedevs = table_new(g_free);
    offer->domains = g_ptr_array_new_with_free_func((GDestroyNotify)vmc_domain_entry_free);
    offer->pages = g_array_new(FALSE, TRUE, sizeof(VmcPages));
    offer->files = table_new((GDestroyNotify)vmc_file_free);
    offer->addresses = vmc_set_new();
    offer->claims = table_new((GDestroyNotify)g_ptr_array_unref);
    offer->secrets_without_value = vmc_set_new();
    offer->dry_runs = g_ptr_array_new_with_free_func((GDestroyNotify)vmc_dry_run_free);
    offer->devices = table_new(NULL);
    offer->settings = table_new(g_free);
    offer->cache_controls = vmc_set_new();
    return offer;
}

static void
free_tables(VmcOffer *offer)
{
    GHashTable *tables[] = {
        offer->secmodels,      offer->cpu_models,
        offer->cpu_archs,      offer->cpu_features,
        offer->networks,       offer->interfaces,
        offer->volume_paths,   offer->pools,
        offer->secrets,        offer->nwfilters,
        offer->nodedevs,       offer->files,
        offer->addresses,      offer->secrets_without_value,
        offer->claims,         offer->settings,
        offer->cache_controls, offer->devices,
    };

    for (size_t i = 0; i < G_N_ELEMENTS(tables); i++)
        g_hash_table_unref(tables[i]);
}

void
vmc_offer_free(VmcOffer *offer)
{
    if (!offer)
        return;
    vmc_host_clear(&offer->host);
    g_free(offer->type);
    for (size_t i = 0; i < VMC_PART_LAST; i++)
        g_free(offer->why[i]);
    g_ptr_array_unref(offer->guests);
    g_ptr_array_unref(offer->cells);
    g_ptr_array_unref(offer->domcaps);
    g_ptr_array_unref(offer->domains);
    g_ptr_array_unref(offer->dry_runs);
    g_array_unref(offer->page_sizes);
    g_array_unref(offer->pages);
    g_free(offer->cpumap);
    g_clear_pointer(&offer->huge_mounts, g_array_unref);
    g_clear_pointer(&offer->physical, g_hash_table_unref);
    free_tables(offer);
    g_free(offer);
}

const VmcGuest *
vmc_offer_guest(const VmcOffer *offer, const char *arch, const char *os_type)
{
    for (size_t i = 0; i < offer->guests->len; i++) {
        const VmcGuest *guest = offer->guests->pdata[i];

        if (g_strcmp0(guest->arch, arch) == 0 && g_strcmp0(guest->os_type, os_type) == 0)
            return guest;
    }
    return NULL;
}

static const VmcMachine *
find_machine(const VmcOffer *offer, const char *arch, const char *name)
{
    for (size_t i = 0; name && i < offer->guests->len; i++) {
        const VmcGuest *guest = offer->guests->pdata[i];
        const VmcMachine *machine = NULL;

        if (g_strcmp0(guest->arch, arch) == 0)
            machine = g_hash_table_lookup(guest->machines, name);
        if (machine)
            return machine;
    }
    return NULL;
}

const char *
vmc_offer_machine_canonical(const VmcOffer *offer, const char *arch, const char *machine)
{
    const VmcMachine *found = find_machine(offer, arch, machine);

    return found ? found->canonical : machine;
}

/* "pc-q35-7.2" and "pc-q35-rhel9" are of one family, "pc-i440fx-7.2" is not. */
static size_t
family_length(const char *canonical)
{
    const char *dash = strrchr(canonical, '-');

    return dash ? (size_t)(dash - canonical) : strlen(canonical);
}

static gboolean
same_family(const VmcOffer *offer, const char *arch, const char *a, const char *b)
{
    const char *x = vmc_offer_machine_canonical(offer, arch, a);
    const char *y = vmc_offer_machine_canonical(offer, arch, b);
    size_t length = family_length(x);

    return length == family_length(y) && strncmp(x, y, length) == 0;
}

/* 0: does not fit; 1: the family does; 2: the machine does. */
static int
fit_of(const VmcOffer *offer, const VmcDomcaps *domcaps, const VmcRequirement *requirement)
{
    const char *arch = requirement->arch;
    const char *wanted = vmc_offer_machine_canonical(offer, arch, requirement->machine);

    if (g_strcmp0(domcaps->arch, arch) != 0 ||
        g_strcmp0(domcaps->virt_type, requirement->virt_type) != 0)
        return 0;
    if (requirement->emulator && domcaps->emulator &&
        !g_str_equal(domcaps->emulator, requirement->emulator))
        return 0;
    if (!requirement->machine || !domcaps->machine)
        return 1;
    if (g_strcmp0(vmc_offer_machine_canonical(offer, arch, domcaps->machine), wanted) == 0)
        return 2;
    return same_family(offer, arch, domcaps->machine, requirement->machine) ? 1 : 0;
}

const char *
vmc_offer_conf(const VmcOffer *offer, const char *key)
{
    const char *value = g_hash_table_lookup(offer->settings, key);

    if (!g_hash_table_contains(offer->settings, "qemu.conf"))
        return NULL;
    return value ? value : "";
}

const VmcDomcaps *
vmc_offer_domcaps(const VmcOffer *offer, const VmcRequirement *requirement)
{
    const VmcDomcaps *best = NULL;
    int best_fit = 0;

    for (size_t i = 0; i < offer->domcaps->len && best_fit < 2; i++) {
        int fit = fit_of(offer, offer->domcaps->pdata[i], requirement);

        if (fit > best_fit) {
            best = offer->domcaps->pdata[i];
            best_fit = fit;
        }
    }
    return best;
}

const VmcDomainEntry *
vmc_offer_domain_by_name(const VmcOffer *offer, const char *name)
{
    for (size_t i = 0; i < offer->domains->len; i++) {
        const VmcDomainEntry *entry = offer->domains->pdata[i];

        if (g_strcmp0(entry->name, name) == 0)
            return entry;
    }
    return NULL;
}

const VmcDomainEntry *
vmc_offer_domain_by_uuid(const VmcOffer *offer, const char *uuid)
{
    for (size_t i = 0; uuid && i < offer->domains->len; i++) {
        const VmcDomainEntry *entry = offer->domains->pdata[i];

        if (entry->uuid && g_ascii_strcasecmp(entry->uuid, uuid) == 0)
            return entry;
    }
    return NULL;
}

char *
vmc_definition_digest(const char *xml)
{
    return g_compute_checksum_for_string(G_CHECKSUM_SHA256, xml, -1);
}

const VmcDryRun *
vmc_offer_dry_run(const VmcOffer *offer, const VmcRequirement *req)
{
    const char *xml = NULL;
    g_autofree char *digest = NULL;

    if (offer->dry_runs->len == 0 || !req->facts)
        return NULL;
    xml = vmc_facts_get(req->facts, req->definition);
    digest = xml ? vmc_definition_digest(xml) : g_strdup("");
    for (size_t i = 0; i < offer->dry_runs->len; i++) {
        const VmcDryRun *one = offer->dry_runs->pdata[i];

        if (one->state == req->state && (!*one->definition || g_str_equal(one->definition, digest)))
            return one;
    }
    return NULL;
}

/* A guest that names no emulator runs in the one that domain capabilities are of. */
VmcTristate
vmc_offer_device(const VmcOffer *offer, const VmcRequirement *req, const char *device)
{
    const VmcDomcaps *domcaps = vmc_offer_domcaps(offer, req);
    const char *usual = domcaps ? domcaps->emulator : NULL;
    const char *emulator = req->emulator ? req->emulator : usual;
    g_autofree char *key = NULL;

    if (!emulator || !req->virt_type || !req->arch)
        return VMC_UNKNOWN;
    key = g_strjoin("\t", emulator, req->virt_type, req->arch, device, NULL);
    return (VmcTristate)GPOINTER_TO_INT(g_hash_table_lookup(offer->devices, key));
}

void
vmc_offer_add_claim(VmcOffer *offer, const char *kind, const char *name, VmcClaim *claim)
{
    g_autofree char *key = g_strconcat(kind, "/", name, NULL);
    GPtrArray *all = g_hash_table_lookup(offer->claims, key);

    if (!all) {
        all = g_ptr_array_new_with_free_func((GDestroyNotify)vmc_claim_free);
        g_hash_table_insert(offer->claims, g_steal_pointer(&key), all);
    }
    g_ptr_array_add(all, claim);
}

const VmcClaim *
vmc_offer_claim(const VmcOffer *offer,
                const VmcRequirement *req,
                const char *kind,
                const char *name,
                gboolean shared)
{
    g_autofree char *key = g_strconcat(kind, "/", name, NULL);
    const GPtrArray *all = g_hash_table_lookup(offer->claims, key);

    for (size_t i = 0; all && i < all->len; i++) {
        const VmcClaim *claim = all->pdata[i];

        if (!(shared && claim->shared == VMC_YES) && g_strcmp0(claim->uuid, req->uuid) != 0)
            return claim;
    }
    return NULL;
}
