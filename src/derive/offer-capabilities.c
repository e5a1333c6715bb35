/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What virsh capabilities tells of a host.
 */
#include "derive/derive-internal.h"

static void
add_to_set(GHashTable *set, char *value)
{
    if (value && *value)
        g_hash_table_add(set, value);
    else
        g_free(value);
}

/* The same machine is listed for the arch and for each of its virt types; a
 * later mention adds to an earlier one. */
static void
read_machine(VmcGuest *guest, const xmlNode *node)
{
    g_autofree char *name = vmc_xml_text(node);
    g_autofree char *canonical = vmc_xml_attr(node, "canonical");
    VmcMachine *machine = NULL;
    guint64 max = 0;

    if (!name || !*name)
        return;
    machine = g_hash_table_lookup(guest->machines, name);
    if (!machine) {
        machine = vmc_machine_new(name, canonical);
        g_hash_table_insert(guest->machines, g_strdup(name), machine);
    }
    if (vmc_xml_attr_uint(node, "maxCpus", &max))
        machine->max_vcpus = MAX(machine->max_vcpus, (unsigned int)MIN(max, G_MAXUINT));
    if (vmc_xml_attr_is(node, "deprecated", "yes"))
        machine->deprecated = TRUE;
}

/* <arch> and the <domain>s in it have the same content. */
static void
read_machines(VmcGuest *guest, const xmlNode *node)
{
    for (const xmlNode *machine = vmc_xml_child(node, "machine"); machine;
         machine = vmc_xml_next(machine, "machine"))
        read_machine(guest, machine);
    for (const xmlNode *emulator = vmc_xml_child(node, "emulator"); emulator;
         emulator = vmc_xml_next(emulator, "emulator"))
        add_to_set(guest->emulators, vmc_xml_text(emulator));
}

static void
read_guest(VmcOffer *offer, const xmlNode *node)
{
    const xmlNode *arch = vmc_xml_child(node, "arch");
    VmcGuest *guest = vmc_guest_new();

    g_ptr_array_add(offer->guests, guest);
    guest->os_type = vmc_xml_value(node, "os_type");
    guest->arch = vmc_xml_value(arch, "@name");
    guest->emulator = vmc_xml_value(arch, "emulator");
    read_machines(guest, arch);
    for (const xmlNode *domain = vmc_xml_child(arch, "domain"); domain;
         domain = vmc_xml_next(domain, "domain")) {
        add_to_set(guest->virt_types, vmc_xml_attr(domain, "type"));
        read_machines(guest, domain);
    }
}

static void
read_cell(VmcOffer *offer, const xmlNode *node)
{
    VmcCell *cell = NULL;
    guint64 id = 0;

    if (!vmc_xml_attr_uint(node, "id", &id) || id > G_MAXUINT)
        return;
    cell = g_new0(VmcCell, 1);
    cell->id = (unsigned int)id;
    vmc_xml_scaled_kib(vmc_xml_child(node, "memory"), &cell->memory_kib);
    g_ptr_array_add(offer->cells, cell);
}

static void
read_page_size(VmcOffer *offer, const xmlNode *node)
{
    g_autofree char *unit = vmc_xml_attr(node, "unit");
    guint64 size = 0;

    if (vmc_xml_attr_uint(node, "size", &size) && (!unit || g_str_equal(unit, "KiB")))
        g_array_append_val(offer->page_sizes, size);
}

static void
read_counter(VmcOffer *offer, const xmlNode *node)
{
    g_autofree char *scaling = vmc_xml_attr(node, "scaling");

    if (!vmc_xml_attr_is(node, "name", "tsc"))
        return;
    vmc_xml_attr_uint(node, "frequency", &offer->tsc_frequency);
    offer->tsc_scaling = scaling ? vmc_tristate_from_text(scaling) : VMC_UNKNOWN;
}

static void
add_control(VmcOffer *offer, char *key)
{
    g_hash_table_add(offer->cache_controls, key);
}

static void
read_cache_bank(VmcOffer *offer, const xmlNode *bank)
{
    g_autofree char *level = vmc_xml_attr(bank, "level");
    g_autofree char *id = vmc_xml_attr(bank, "id");

    for (const xmlNode *control = vmc_xml_child(bank, "control"); level && id && control;
         control = vmc_xml_next(control, "control")) {
        g_autofree char *type = vmc_xml_attr(control, "type");

        if (type)
            add_control(offer, g_strdup_printf("%s/%s/%s", level, type, id));
    }
}

/* What parts of caches and of memory's bandwidth can be set apart for a guest. */
static void
read_controls(VmcOffer *offer, const xmlNode *host)
{
    const xmlNode *cache = vmc_xml_child(host, "cache");
    const xmlNode *memory = vmc_xml_child(host, "memory_bandwidth");

    for (const xmlNode *bank = vmc_xml_child(cache, "bank"); bank;
         bank = vmc_xml_next(bank, "bank"))
        read_cache_bank(offer, bank);
    for (const xmlNode *node = vmc_xml_child(memory, "node"); node;
         node = vmc_xml_next(node, "node")) {
        g_autofree char *id = vmc_xml_attr(node, "id");

        if (id && vmc_xml_child(node, "control"))
            add_control(offer, g_strconcat("memory/", id, NULL));
    }
}

static void
read_host(VmcOffer *offer, const xmlNode *host)
{
    const xmlNode *cpu = vmc_xml_child(host, "cpu");
    const xmlNode *cells = host ? vmc_xml_path(host, "topology/cells") : NULL;

    for (const xmlNode *node = vmc_xml_child(cpu, "pages"); node;
         node = vmc_xml_next(node, "pages"))
        read_page_size(offer, node);
    for (const xmlNode *node = vmc_xml_child(cpu, "counter"); node;
         node = vmc_xml_next(node, "counter"))
        read_counter(offer, node);
    for (const xmlNode *node = vmc_xml_child(cells, "cell"); node;
         node = vmc_xml_next(node, "cell"))
        read_cell(offer, node);
    read_controls(offer, host);
    for (const xmlNode *node = vmc_xml_child(host, "secmodel"); node;
         node = vmc_xml_next(node, "secmodel"))
        add_to_set(offer->secmodels, vmc_xml_value(node, "model"));
}

gboolean
vmc_offer_read_capabilities(VmcOffer *offer, const VmcFacts *facts, GError **error)
{
    const xmlNode *root = vmc_derive_fact(facts, VMC_FACT_CAPABILITIES, "capabilities", error);

    if (!root && vmc_facts_has(facts, VMC_FACT_CAPABILITIES))
        return FALSE;
    vmc_derive_host_of(facts, root, &offer->host);
    if (!root)
        return TRUE;
    read_host(offer, vmc_xml_child(root, "host"));
    for (const xmlNode *guest = vmc_xml_child(root, "guest"); guest;
         guest = vmc_xml_next(guest, "guest"))
        read_guest(offer, guest);
    offer->probed[VMC_PART_CAPABILITIES] = TRUE;
    return TRUE;
}
