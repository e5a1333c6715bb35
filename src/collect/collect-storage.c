/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Pools, volumes, and files: those of this machine, or else what pools know.
 */
#include "collect/collect-internal.h"

#include <string.h>

#define MAX_VOLUMES 5000 /* of one offer */

/* ---- pools ------------------------------------------------------------------------ */

static char *
volumes_table(const char *pool)
{
    g_autofree char *key = vmc_facts_key(pool);

    return g_strdup_printf("host/volumes/%s.tsv", key);
}

/* A pool's row.  *@ret_type: NULL if it vanished meanwhile. */
static gboolean
add_pool(VmcAsk *ask, virStoragePoolPtr pool, int *ret_active, char **ret_type, GError **error)
{
    g_autofree char *xml = virStoragePoolGetXMLDesc(pool, 0);
    g_autoptr(xmlDoc) document = xml ? vmc_xml_parse(xml, -1, VMC_MAX_XML, "pool", NULL) : NULL;
    const xmlNode *root = xmlDocGetRootElement(document);
    g_autofree char *type = vmc_xml_attr(root, "type");
    g_autofree char *target = vmc_xml_text(vmc_xml_path(root, "target/path"));
    g_autofree char *origin = vmc_derive_pool_origin(root);

    if (!xml)
        return vmc_virt_absent(ask->conn, error);
    *ret_active = virStoragePoolIsActive(pool);
    VMC_ADD_ROW(ask->facts, "host/pools.tsv", virStoragePoolGetName(pool),
                *ret_active < 0 ? "" : vmc_yes_no(*ret_active), type, target, origin);
    *ret_type = g_steal_pointer(&type);
    return TRUE;
}

/* ---- volumes ---------------------------------------------------------------------- */

/* In pools of files the key is the path, which saves a call for each. */
static gboolean
key_is_path(const char *type)
{
    static const char *const types[] = { "dir", "fs", "netfs", NULL };

    return type && g_strv_contains(types, type);
}

static void
add_volume(VmcAsk *ask, const char *table, virStorageVolPtr volume, const char *type)
{
    g_autofree char *path =
        key_is_path(type) ? g_strdup(virStorageVolGetKey(volume)) : virStorageVolGetPath(volume);
    g_autofree char *seen = g_strconcat(table, "/", virStorageVolGetName(volume), NULL);

    if (path && vmc_ask_first(ask, "volumes", seen))
        VMC_ADD_ROW(ask->facts, table, virStorageVolGetName(volume), path);
}

static gboolean
list_volumes(VmcAsk *ask, virStoragePoolPtr pool, const char *type, int *room, GError **error)
{
    g_auto(VmcVirList) list = VMC_VIR_LIST(virStorageVolFree);
    g_autofree char *table = volumes_table(virStoragePoolGetName(pool));

    list.n = virStoragePoolListAllVolumes(pool, (virStorageVolPtr **)(void *)&list.items, 0);
    if (list.n < 0)
        return vmc_virt_refused(ask->conn, ask->facts, VMC_PART_POOLS, error);
    if (list.n > *room) {
        vmc_collect_unprobed(ask->facts, VMC_PART_POOLS, N_("too many volumes to be listed"));
        return TRUE;
    }
    *room -= list.n;
    vmc_facts_add_row(ask->facts, table, 0, NULL);
    for (int i = 0; i < list.n; i++)
        add_volume(ask, table, list.items[i], type);
    return TRUE;
}

static gboolean
list_pools(VmcAsk *ask, GError **error)
{
    g_auto(VmcVirList) list = VMC_VIR_LIST(virStoragePoolFree);
    int room = MAX_VOLUMES;

    list.n = virConnectListAllStoragePools(ask->conn, (virStoragePoolPtr **)(void *)&list.items, 0);
    if (list.n < 0)
        return vmc_virt_refused(ask->conn, ask->facts, VMC_PART_POOLS, error);
    vmc_facts_add_row(ask->facts, "host/pools.tsv", 0, NULL);
    for (int i = 0; i < list.n; i++) {
        g_autofree char *type = NULL;
        int active = 0;

        if (!add_pool(ask, list.items[i], &active, &type, error))
            return FALSE;
        if (active > 0 && !list_volumes(ask, list.items[i], type, &room, error))
            return FALSE;
    }
    return TRUE;
}

/* ---- what guests name ----------------------------------------------------------------- */

/* A pool a guest names, or that its files lie in; takes @found. */
static gboolean
note_pool(VmcAsk *ask, virStoragePoolPtr found, int missing, GError **error)
{
    VMC_AUTO_VIR(virStoragePool) pool = found;
    g_autofree char *table = NULL;
    g_autofree char *type = NULL;
    int active = 0;

    if (!pool && virGetLastErrorCode() != missing)
        return vmc_virt_refused(ask->conn, ask->facts, VMC_PART_POOLS, error);
    vmc_facts_add_row(ask->facts, "host/pools.tsv", 0, NULL);
    if (!pool)
        return vmc_virt_absent(ask->conn, error);
    if (!vmc_ask_first(ask, "pools", virStoragePoolGetName(pool)))
        return TRUE;
    if (!add_pool(ask, pool, &active, &type, error))
        return FALSE;
    table = volumes_table(virStoragePoolGetName(pool));
    if (active > 0)
        vmc_facts_add_row(ask->facts, table, 0, NULL);
    return TRUE;
}

static gboolean
look_up_pool(VmcAsk *ask, const VmcNeed *need, GError **error)
{
    if (!vmc_ask_first(ask, "wanted-pool", need->name))
        return TRUE;
    return note_pool(ask, virStoragePoolLookupByName(ask->conn, need->name),
                     VIR_ERR_NO_STORAGE_POOL, error);
}

static gboolean
look_up_volume(VmcAsk *ask, const VmcNeed *need, GError **error)
{
    VMC_AUTO_VIR(virStoragePool) pool = NULL;
    VMC_AUTO_VIR(virStorageVol) volume = NULL;
    const VmcNeed of_pool = { .name = need->detail };
    g_autofree char *table = volumes_table(need->detail);

    if (!look_up_pool(ask, &of_pool, error))
        return FALSE;
    /* no such pool, or not active: nothing to look into */
    if (!vmc_facts_has(ask->facts, table))
        return TRUE;
    pool = virStoragePoolLookupByName(ask->conn, need->detail);
    volume = pool ? virStorageVolLookupByName(pool, need->name) : NULL;
    if (!volume)
        return vmc_virt_absent(ask->conn, error);
    add_volume(ask, table, volume, NULL);
    return TRUE;
}

/* A file that can't be looked at: does a pool know it? */
static gboolean
look_up_path(VmcAsk *ask, const VmcNeed *need, GError **error)
{
    VMC_AUTO_VIR(virStorageVol) volume = NULL;
    VMC_AUTO_VIR(virStoragePool) pool = NULL;
    g_autofree char *folder = g_path_get_dirname(need->name);
    g_autofree char *table = NULL;

    if (need->name[0] != '/' || !vmc_ask_first(ask, "wanted-path", need->name))
        return TRUE;
    if (vmc_ask_first(ask, "wanted-target", folder) &&
        !note_pool(ask, virStoragePoolLookupByTargetPath(ask->conn, folder),
                   VIR_ERR_NO_STORAGE_POOL, error))
        return FALSE;
    volume = virStorageVolLookupByPath(ask->conn, need->name);
    pool = volume ? virStoragePoolLookupByVolume(volume) : NULL;
    if (!pool)
        return vmc_virt_absent(ask->conn, error);
    table = volumes_table(virStoragePoolGetName(pool));
    add_volume(ask, table, volume, NULL);
    virStoragePoolRef(pool); /* note_pool takes one */
    return note_pool(ask, pool, VIR_ERR_NO_STORAGE_POOL, error);
}

gboolean
vmc_ask_pools(VmcAsk *ask, GError **error)
{
    if (ask->complete)
        return list_pools(ask, error);
    return vmc_ask_needs(ask, VMC_NEED_POOL, look_up_pool, error) &&
           vmc_ask_needs(ask, VMC_NEED_VOLUME, look_up_volume, error) &&
           (ask->local || vmc_ask_needs(ask, VMC_NEED_FILE, look_up_path, error));
}

/* ---- files -------------------------------------------------------------------------------- */

static void
add_file(VmcAsk *ask, const char *path)
{
    VmcFileUser user = vmc_file_user(ask->host);

    if (path && path[0] == '/' && vmc_ask_first(ask, "files", path))
        vmc_local_file_as(ask->facts, "host/files.tsv", path, &user);
}

static gboolean
ask_file(VmcAsk *ask, const VmcNeed *need, GError **error G_GNUC_UNUSED)
{
    g_autofree char *folder = g_path_get_dirname(need->name);

    add_file(ask, need->name);
    if (need->flags & (VMC_FILE_PARENT | VMC_FILE_CREATED))
        add_file(ask, folder);
    return TRUE;
}

/* The firmware images that domain capabilities offer. */
static void
add_firmware(VmcAsk *ask, const char *name)
{
    g_autoptr(xmlDoc) document =
        vmc_xml_parse(vmc_facts_get(ask->facts, name), -1, VMC_MAX_XML, "domcapabilities", NULL);
    const xmlNode *loader = vmc_xml_path(xmlDocGetRootElement(document), "os/loader");

    for (const xmlNode *value = vmc_xml_child(loader, "value"); value;
         value = vmc_xml_next(value, "value")) {
        g_autofree char *path = vmc_xml_text(value);

        add_file(ask, path);
    }
}

gboolean
vmc_ask_files(VmcAsk *ask, GError **error)
{
    g_auto(GStrv) names = NULL;

    if (!ask->local)
        return TRUE;
    vmc_facts_add_row(ask->facts, "host/files.tsv", 0, NULL);
    if (!vmc_ask_needs(ask, VMC_NEED_FILE, ask_file, error))
        return FALSE;
    names = ask->complete ? vmc_facts_list(ask->facts, "host/domcapabilities/") : NULL;
    for (char **name = names; name && *name; name++)
        add_firmware(ask, *name);
    return TRUE;
}
