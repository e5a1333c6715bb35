/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The engine behind the tables of needs, and what their code has in common.
 */
#include "derive/derive-internal.h"

#include <string.h>

/* What tells an element from its like; others are counted. */
static const struct {
    const char *element, *key;
} keys[] = {
    { "disk", "target/@dev" }, { "interface", "mac/@address" }, { "filesystem", "target/@dir" },
    { "vcpupin", "@vcpu" },    { "iothreadpin", "@iothread" },  { "memnode", "@cellid" },
    { "feature", "@name" },    { "device", "@alias" },
};

static const char *
key_of(const xmlNode *node)
{
    for (size_t i = 0; i < G_N_ELEMENTS(keys); i++) {
        if (vmc_xml_is(node, keys[i].element))
            return keys[i].key;
    }
    return NULL;
}

/* "disk[target/@dev='vda']"; NULL without a key. */
static char *
keyed_step(const xmlNode *node)
{
    const char *key = key_of(node);
    g_autofree char *value = key ? vmc_xml_value(node, key) : NULL;
    const char *quote = value && strchr(value, '\'') ? "\"" : "'";

    if (!value)
        return NULL;
    return g_strdup_printf("%s[%s=%s%s%s]", node->name, key, quote, value, quote);
}

/* Positions of devices were noted in their nodes when reading began. */
static char *
step_of(const xmlNode *node)
{
    g_autofree char *step = keyed_step(node);

    if (step)
        return g_steal_pointer(&step);
    if (node->_private)
        return g_strdup_printf("%s[%u]", node->name, GPOINTER_TO_UINT(node->_private));
    return g_strdup((const char *)node->name);
}

char *
vmc_reading_subject(const VmcReading *reading, const xmlNode *node)
{
    g_autofree char *path = NULL;
    const xmlNode *root = xmlDocGetRootElement(node->doc);

    for (; node && node != root; node = node->parent) {
        g_autofree char *step = step_of(node);
        g_autofree char *below = g_steal_pointer(&path);

        /* what is in a device is the device's */
        if (node->_private)
            g_clear_pointer(&below, g_free);
        path = below ? g_strconcat(step, "/", below, NULL) : g_strdup(step);
    }
    return path ? g_steal_pointer(&path) : g_strdup("");
}

void
vmc_reading_foreach(VmcReading *reading, const xmlNode *node, const char *path, VmcNodeFunc func)
{
    const char *slash = strchr(path, '/');

    for (const xmlNode *child = vmc_xml_child_step(node, path); child;
         child = vmc_xml_next_step(child, path)) {
        if (slash)
            vmc_reading_foreach(reading, child, slash + 1, func);
        else
            func(reading, child);
    }
}

static char *
evaluate(const xmlNode *node, const char *expression)
{
    if (!expression)
        return NULL;
    if (*expression == '=')
        return g_strdup(expression + 1);
    if (g_str_equal(expression, "name()"))
        return g_strdup((const char *)node->name);
    return vmc_xml_value(node, expression);
}

static void
apply_row(VmcReading *reading, const xmlNode *node, const VmcNeedRow *row)
{
    g_autofree char *name = NULL;
    g_autofree char *detail = NULL;
    g_autofree char *subject = NULL;
    VmcNeed *need = NULL;

    if (!vmc_xml_holds(node, row->when))
        return;
    name = evaluate(node, row->name);
    detail = evaluate(node, row->detail);
    if (!name || !*name)
        return;
    if (row->kind == VMC_NEED_FILE) {
        vmc_reading_add_file(reading, node, name, detail, row->flags);
        return;
    }
    subject = vmc_reading_subject(reading, node);
    need = vmc_requirement_add(reading->req, row->kind, subject, name, detail);
    need->flags = row->flags;
    need->value = row->value;
}

static void
apply_below(VmcReading *reading, const xmlNode *node, const char *path, const VmcNeedRow *row)
{
    const char *slash = strchr(path, '/');

    for (const xmlNode *child = vmc_xml_child_step(node, path); child;
         child = vmc_xml_next_step(child, path)) {
        if (slash)
            apply_below(reading, child, slash + 1, row);
        else
            apply_row(reading, child, row);
    }
}

/* A parser keeps each name once, in a table: most rows are about elements that are nowhere
 * in the definition, and need not be looked for in it. */
static gboolean
may_hold(const VmcReading *reading, const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    xmlDict *names = reading->domain->doc->dict;

    return !names || *name == '*' || xmlDictExists(names, (const xmlChar *)name, -1);
}

void
vmc_reading_apply(VmcReading *reading, const VmcNeedRow *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if ((rows[i].only == 0 || (rows[i].only & reading->req->state)) &&
            may_hold(reading, rows[i].element))
            apply_below(reading, reading->domain, rows[i].element, &rows[i]);
    }
}

/* Sockets and folders that libvirt makes for each run of a guest, and that no
 * other host has or needs. */
static gboolean
is_libvirts_own(const char *path)
{
    static const char *const parts[] = {
        "/libvirt/qemu/channel/",
        "/libvirt/qemu/run/channel/",
        "/libvirt/qemu/domain-",
        "/libvirt/qemu/run/domain-",
    };

    for (size_t i = 0; i < G_N_ELEMENTS(parts); i++) {
        if (strstr(path, parts[i]))
            return TRUE;
    }
    return g_str_has_prefix(path, "/run/libvirt/") || g_str_has_prefix(path, "/var/run/libvirt/");
}

/* What the source saw of the file.  What is in a qcow2 is of another size. */
static void
note_source(const VmcReading *reading, const xmlNode *node, VmcNeed *need)
{
    const guint64 *size = g_hash_table_lookup(reading->sizes, need->name);

    need->shared = GPOINTER_TO_INT(g_hash_table_lookup(reading->shared, need->name));
    if (size && !vmc_xml_attr_is(node, "format", "qcow2"))
        need->size = *size;
}

VmcNeed *
vmc_reading_add_file(
    VmcReading *reading, const xmlNode *node, const char *path, const char *use, unsigned int flags)
{
    g_autofree char *subject = NULL;
    VmcNeed *need = NULL;

    /* QEMU looks for relative ones in folders of its own */
    if (!path || *path != '/' || is_libvirts_own(path))
        return NULL;
    subject = vmc_reading_subject(reading, node);
    need = vmc_requirement_add(reading->req, VMC_NEED_FILE, subject, path, use);
    need->flags = flags;
    if (reading->shared)
        note_source(reading, node, need);
    return need;
}

static gboolean
is_everywhere(const char *address)
{
    return g_str_equal(address, "0.0.0.0") || g_str_equal(address, "::") ||
           g_str_equal(address, "::1") || g_str_has_prefix(address, "127.");
}

void
vmc_reading_add_address(VmcReading *reading,
                        const xmlNode *node,
                        const char *address,
                        const char *who)
{
    g_autofree char *subject = NULL;

    if (!address || !*address || is_everywhere(address) || g_str_equal(address, "localhost"))
        return;
    subject = vmc_reading_subject(reading, node);
    if (g_hostname_is_ip_address(address))
        vmc_requirement_add(reading->req, VMC_NEED_ADDRESS, subject, address, who);
    else
        vmc_requirement_add(reading->req, VMC_NEED_TRAIT, subject, "listen-hostname", address);
}

static void
add_secret(VmcReading *reading, const xmlNode *node)
{
    g_autofree char *subject = vmc_reading_subject(reading, node);
    g_autofree char *uuid = vmc_xml_attr(node, "uuid");
    g_autofree char *usage = vmc_xml_attr(node, "usage");
    g_autofree char *type = vmc_xml_attr(node, "type");
    g_autofree char *lower = uuid ? g_ascii_strdown(uuid, -1) : NULL;

    if (lower)
        vmc_requirement_add(reading->req, VMC_NEED_SECRET, subject, lower, "uuid");
    else if (usage)
        vmc_requirement_add(reading->req, VMC_NEED_SECRET, subject, usage,
                            type && !g_str_equal(type, "passphrase") ? type : "volume");
}

/* Depth is bounded by the scan. */
void
vmc_reading_add_secrets(VmcReading *reading, const xmlNode *node)
{
    for (const xmlNode *child = vmc_xml_child(node, NULL); child;
         child = vmc_xml_next(child, NULL)) {
        if (vmc_xml_is(child, "secret") &&
            (vmc_xml_is(node, "auth") || vmc_xml_is(node, "encryption")))
            add_secret(reading, child);
        else if (!vmc_xml_is(child, "mirror"))
            vmc_reading_add_secrets(reading, child);
    }
}
