/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Where the data of a storage pool is, in one line that can be compared.
 */
#include "derive/derive-internal.h"

/* What names the data in a pool of each type, besides hosts.  Left out is what may well
 * differ between hosts that see the same: a volume group's or a multipath's devices. */
typedef struct {
    const char *type;
    const char *paths[3];
} Origin;

static const Origin origins[] = {
    { "dir", { "target/path" } },
    { "fs", { "source/device/@path" } },
    { "netfs", { "source/dir/@path" } },
    { "disk", { "source/device/@path" } },
    { "logical", { "source/name" } },
    { "iscsi", { "source/device/@path" } },
    { "iscsi-direct", { "source/device/@path" } },
    { "rbd", { "source/name" } },
    { "gluster", { "source/name", "source/dir/@path" } },
    { "zfs", { "source/name" } },
    { "vstorage", { "source/name" } },
};

static const Origin *
find_origin(const char *type)
{
    for (size_t i = 0; type && i < G_N_ELEMENTS(origins); i++) {
        if (g_str_equal(origins[i].type, type))
            return &origins[i];
    }
    return NULL;
}

static int
compare_names(const void *a, const void *b)
{
    return g_strcmp0(*(char *const *)a, *(char *const *)b);
}

/* "one,two:", or "" */
static void
add_hosts(GString *text, const xmlNode *source)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *joined = NULL;

    for (const xmlNode *host = vmc_xml_child(source, "host"); host;
         host = vmc_xml_next(host, "host")) {
        char *name = vmc_xml_attr(host, "name");

        if (name)
            g_ptr_array_add(names, name);
    }
    if (names->len == 0)
        return;
    g_ptr_array_sort(names, compare_names);
    g_ptr_array_add(names, NULL);
    joined = g_strjoinv(",", (char **)names->pdata);
    g_string_append_printf(text, "%s:", joined);
}

char *
vmc_derive_pool_origin(const xmlNode *pool)
{
    g_autofree char *type = vmc_xml_attr(pool, "type");
    const Origin *origin = find_origin(type);
    g_autoptr(GString) text = g_string_new(NULL);
    gboolean named = FALSE;

    if (!origin)
        return NULL;
    add_hosts(text, vmc_xml_child(pool, "source"));
    for (size_t i = 0; i < G_N_ELEMENTS(origin->paths) && origin->paths[i]; i++) {
        g_autofree char *part = vmc_xml_value(pool, origin->paths[i]);

        if (!part)
            continue;
        g_string_append_printf(text, "%s%s", named && *part != '/' ? "/" : "", part);
        named = TRUE;
    }
    return named ? g_string_free(g_steal_pointer(&text), FALSE) : NULL;
}
