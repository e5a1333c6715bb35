/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * NUMA nodes and huge pages that a guest is bound to.
 */
#include "derive/derive-internal.h"

/* More than any guest has cells and memory devices; bounds hostile work. */
#define MAX_NODESETS 1024

typedef struct {
    VmcReading *reading;
    GHashTable *seen; /* nodes: one need each, of the first that asks */
    size_t n_nodesets;
} Nodes;

static int
compare_uints(const void *a, const void *b)
{
    guint x = GPOINTER_TO_UINT(*(void *const *)a), y = GPOINTER_TO_UINT(*(void *const *)b);

    return (x > y) - (x < y);
}

static void
add_node(Nodes *nodes, const char *subject, guint id)
{
    g_autofree char *name = g_strdup_printf("%u", id);

    if (g_hash_table_add(nodes->seen, GUINT_TO_POINTER(id)))
        vmc_requirement_add(nodes->reading->req, VMC_NEED_NUMA_NODE, subject, name, NULL)->value =
            id;
}

static void
add_nodeset(Nodes *nodes, const xmlNode *node, const char *text)
{
    g_autoptr(GHashTable) set = NULL;
    g_autofree char *subject = NULL;
    g_autofree void **ids = NULL;
    guint n = 0;

    if (!text || nodes->n_nodesets++ >= MAX_NODESETS || !vmc_cpuset_parse(text, &set))
        return;
    subject = vmc_reading_subject(nodes->reading, node);
    ids = g_hash_table_get_keys_as_array(set, &n);
    qsort(ids, n, sizeof(*ids), compare_uints);
    for (guint i = 0; i < n; i++)
        add_node(nodes, subject, GPOINTER_TO_UINT(ids[i]));
}

/* With placement='auto' the destination asks numad anew. */
static void
read_nodes(VmcReading *reading)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(NULL, NULL);
    Nodes nodes = { .reading = reading, .seen = seen };
    const xmlNode *tune = vmc_xml_child(reading->domain, "numatune");
    const xmlNode *devices = vmc_xml_child(reading->domain, "devices");

    for (const xmlNode *node = vmc_xml_child(tune, NULL); node; node = vmc_xml_next(node, NULL)) {
        g_autofree char *nodeset = vmc_xml_attr(node, "nodeset");

        if (!vmc_xml_attr_is(node, "placement", "auto"))
            add_nodeset(&nodes, node, nodeset);
    }
    for (const xmlNode *node = vmc_xml_child(devices, "memory"); node;
         node = vmc_xml_next(node, "memory")) {
        g_autofree char *nodemask = vmc_xml_value(node, "source/nodemask");

        add_nodeset(&nodes, node, nodemask);
    }
}

static void
add_page(VmcReading *reading, const xmlNode *node, guint64 size_kib, guint64 on_them)
{
    g_autofree char *subject = vmc_reading_subject(reading, node);
    g_autofree char *amount = on_them > 0 ? g_strdup_printf("%" G_GUINT64_FORMAT, on_them) : NULL;

    VmcNeed *need = vmc_requirement_add(reading->req, VMC_NEED_PAGE, subject, amount, NULL);

    need->value = size_kib;
    if (vmc_xml_attr_is(vmc_xml_path(reading->domain, "memoryBacking/source"), "type", "memfd"))
        need->flags = VMC_PAGE_MEMFD;
}

/* Memory of the guest's cells in @nodeset; 0: can't be told. */
static guint64
memory_of_cells(const VmcReading *reading, const char *nodeset)
{
    const xmlNode *numa = vmc_xml_path(reading->domain, "cpu/numa");
    g_autoptr(GHashTable) set = NULL;
    guint64 sum = 0;

    if (!vmc_cpuset_parse(nodeset, &set))
        return 0;
    for (const xmlNode *cell = vmc_xml_child(numa, "cell"); cell;
         cell = vmc_xml_next(cell, "cell")) {
        g_autofree char *memory = vmc_xml_attr(cell, "memory");
        g_autofree char *unit = vmc_xml_attr(cell, "unit");
        guint64 id = 0, kib = 0;

        if (!memory || (unit && !g_str_equal(unit, "KiB")) || !vmc_xml_attr_uint(cell, "id", &id) ||
            !vmc_xml_attr_uint(cell, "memory", &kib) || id > G_MAXUINT)
            return 0;
        if (g_hash_table_contains(set, GUINT_TO_POINTER((guint)id)))
            sum += kib;
    }
    return sum;
}

static gboolean
page_size(const xmlNode *page, guint64 *ret_kib)
{
    g_autofree char *size = vmc_xml_attr(page, "size");
    g_autofree char *unit = vmc_xml_attr(page, "unit");

    return size && vmc_xml_scale_kib(size, unit, ret_kib);
}

static void
read_page(VmcReading *reading, const xmlNode *page, gboolean alone)
{
    g_autofree char *nodeset = vmc_xml_attr(page, "nodeset");
    guint64 size = 0, on_them = 0;

    if (!page_size(page, &size))
        return;
    if (nodeset)
        on_them = memory_of_cells(reading, nodeset);
    else if (alone)
        on_them = reading->req->memory_kib;
    add_page(reading, page, size, on_them);
}

static void
read_pages(VmcReading *reading)
{
    const xmlNode *huge = vmc_xml_path(reading->domain, "memoryBacking/hugepages");
    const xmlNode *page = vmc_xml_child(huge, "page");
    gboolean alone = page && !vmc_xml_next(page, "page");

    if (huge && !page)
        add_page(reading, huge, 0, reading->req->memory_kib);
    for (; page; page = vmc_xml_next(page, "page"))
        read_page(reading, page, alone);
}

/* A memory device may name a page size of its own. */
static void
read_device_pages(VmcReading *reading)
{
    const xmlNode *devices = vmc_xml_child(reading->domain, "devices");

    for (const xmlNode *node = vmc_xml_child(devices, "memory"); node;
         node = vmc_xml_next(node, "memory")) {
        guint64 size = 0, on_them = 0;

        if (!vmc_xml_scaled_kib(vmc_xml_path(node, "source/pagesize"), &size))
            continue;
        vmc_xml_scaled_kib(vmc_xml_path(node, "target/size"), &on_them);
        add_page(reading, node, size, on_them);
    }
}

void
vmc_reading_memory(VmcReading *reading)
{
    read_nodes(reading);
    read_pages(reading);
    read_device_pages(reading);
}
