/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Where a guest's files lie on this machine: its disks, the images behind them,
 * and the volumes it names.
 */
#include "collect/collect-guest.h"

typedef struct {
    VmcGuestAsk *ask;
    const char *files, *backing, *volumes; /* facts */
} Storage;

static void
add_file(VmcFacts *facts, const char *table, const char *path)
{
    if (path && *path == '/' && !vmc_facts_has_row(facts, table, path))
        vmc_local_file(facts, table, path);
}

/* ---- volumes ------------------------------------------------------------------------ */

static gboolean
has_volume(const Storage *storage, const char *pool, const char *volume)
{
    g_autoptr(GPtrArray) rows = vmc_facts_rows(storage->ask->facts, storage->volumes, 2);

    for (size_t i = 0; rows && i < rows->len; i++) {
        char **row = rows->pdata[i];

        if (g_str_equal(row[0], pool) && g_str_equal(row[1], volume))
            return TRUE;
    }
    return FALSE;
}

/* Of a pool that is gone meanwhile, or not to be told, nothing. */
static char *
origin_of(virStoragePoolPtr pool)
{
    g_autofree char *xml = virStoragePoolGetXMLDesc(pool, 0);
    g_autoptr(xmlDoc) doc = xml ? vmc_xml_parse(xml, -1, VMC_MAX_XML, "pool", NULL) : NULL;

    return vmc_derive_pool_origin(xmlDocGetRootElement(doc));
}

static gboolean
look_up_volume(const Storage *storage,
               const char *pool_name,
               const char *volume_name,
               char **ret_path,
               char **ret_origin,
               GError **error)
{
    virConnectPtr conn = storage->ask->conn;
    VMC_AUTO_VIR(virStoragePool) pool = virStoragePoolLookupByName(conn, pool_name);
    VMC_AUTO_VIR(virStorageVol) volume = pool ? virStorageVolLookupByName(pool, volume_name) : NULL;

    *ret_path = volume ? virStorageVolGetPath(volume) : NULL;
    *ret_origin = *ret_path ? origin_of(pool) : NULL;
    return *ret_path || vmc_virt_absent(conn, error);
}

static gboolean
add_volume(const Storage *storage, const xmlNode *disk, GError **error)
{
    g_autofree char *pool = vmc_xml_attr(vmc_xml_child(disk, "source"), "pool");
    g_autofree char *volume = vmc_xml_attr(vmc_xml_child(disk, "source"), "volume");
    g_autofree char *path = NULL, *origin = NULL;
    gboolean local = storage->ask->local;

    if (!pool || !volume || has_volume(storage, pool, volume))
        return TRUE;
    if (!look_up_volume(storage, pool, volume, &path, &origin, error))
        return FALSE;
    if (!path)
        return TRUE;
    VMC_ADD_ROW(storage->ask->facts, storage->volumes, pool, volume, path,
                local ? vmc_file_shared(path) : "unknown", origin);
    if (local && vmc_local_may_have_chain(disk))
        vmc_local_chain(storage->ask->facts, storage->backing, path);
    return TRUE;
}

/* ---- all ----------------------------------------------------------------------------- */

static void
add_disk_files(const Storage *storage, const xmlNode *disk)
{
    static const char *const attributes[] = { "file", "dev", "dir" };
    const xmlNode *source = vmc_xml_child(disk, "source");

    for (size_t i = 0; i < G_N_ELEMENTS(attributes); i++) {
        g_autofree char *path = vmc_xml_attr(source, attributes[i]);

        add_file(storage->ask->facts, storage->files, path);
        if (path && vmc_local_may_have_chain(disk))
            vmc_local_chain(storage->ask->facts, storage->backing, path);
    }
}

static gboolean
add_disks(const Storage *storage, const xmlNode *devices, GError **error)
{
    for (const xmlNode *disk = vmc_xml_child(devices, "disk"); disk;
         disk = vmc_xml_next(disk, "disk")) {
        if (storage->ask->local)
            add_disk_files(storage, disk);
        if (!add_volume(storage, disk, error))
            return FALSE;
    }
    return TRUE;
}

static void
add_firmware(const Storage *storage, const xmlNode *domain)
{
    static const char *const texts[] = { "os/nvram", "os/loader" };

    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_autofree char *path = vmc_xml_text(vmc_xml_path(domain, texts[i]));

        add_file(storage->ask->facts, storage->files, path);
    }
}

gboolean
vmc_guest_storage(VmcGuestAsk *ask, const char *folder, const xmlNode *domain, GError **error)
{
    g_autofree char *files = g_strconcat(folder, "/files.tsv", NULL);
    g_autofree char *backing = g_strconcat(folder, "/backing.tsv", NULL);
    g_autofree char *volumes = g_strconcat(folder, "/volumes.tsv", NULL);
    const Storage storage = { ask, files, backing, volumes };

    if (ask->local) {
        vmc_facts_add_row(ask->facts, files, 0, NULL);
        add_firmware(&storage, domain);
    }
    return add_disks(&storage, vmc_xml_child(domain, "devices"), error);
}
