/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Disks: sources, backing chains, formats, secrets.
 */
#include "derive/derive-internal.h"

#define MAX_CHAIN 200 /* libvirt's own bound */

static const struct {
    const char *type, *path;
    unsigned int flags;
} sources[] = {
    { "file", "source/@file", 0 },
    { "block", "source/@dev", VMC_FILE_BLOCK },
    { "dir", "source/@dir", VMC_FILE_DIRECTORY },
    { "vhostuser", "source/@path", VMC_FILE_SOCKET },
    { "vhostvdpa", "source/@dev", 0 },
};

/* Formats that QEMU can't hand over while it runs. */
static const char *const fixed_formats[] = {
    "qcow", "vdi", "vmdk", "parallels", "vhdx", "vpc", NULL,
};

static char *
source_path(const xmlNode *node, unsigned int *ret_flags)
{
    g_autofree char *type = vmc_xml_attr(node, "type");

    for (size_t i = 0; i < G_N_ELEMENTS(sources); i++) {
        if (g_str_equal(type ? type : "file", sources[i].type)) {
            *ret_flags |= sources[i].flags;
            return vmc_xml_value(node, sources[i].path);
        }
    }
    return NULL;
}

static const char *
use_of(const xmlNode *disk)
{
    if (vmc_xml_holds(disk, "@type=vhostuser"))
        return "vhost-socket";
    if (vmc_xml_holds(disk, "@type=vhostvdpa"))
        return "vdpa-device";
    if (vmc_xml_holds(disk, "@device=cdrom"))
        return "cdrom";
    return vmc_xml_holds(disk, "@device=floppy") ? "floppy" : "disk";
}

/* Only media of removable drives are dropped where they are missing; "requisite"
 * ones when the guest arrives, not when it starts. */
static gboolean
is_droppable(const VmcReading *reading, const xmlNode *disk)
{
    if (!vmc_xml_holds(disk, "@device=cdrom|floppy"))
        return FALSE;
    if (vmc_xml_holds(disk, "source/@startupPolicy=optional"))
        return TRUE;
    return reading->req->state != VMC_STATE_OFF &&
           vmc_xml_holds(disk, "source/@startupPolicy=requisite");
}

static unsigned int
flags_of(const VmcReading *reading, const xmlNode *disk)
{
    unsigned int flags = 0;

    if (vmc_xml_holds(disk, "@device=cdrom") || vmc_xml_holds(disk, "readonly"))
        flags |= VMC_FILE_READONLY;
    if (vmc_xml_holds(disk, "shareable"))
        flags |= VMC_FILE_SHAREABLE;
    if (is_droppable(reading, disk))
        flags |= VMC_FILE_OPTIONAL;
    return flags;
}

static void
add_trait(VmcReading *reading, const xmlNode *node, const char *trait, const char *detail)
{
    g_autofree char *subject = vmc_reading_subject(reading, node);

    vmc_requirement_add(reading->req, VMC_NEED_TRAIT, subject, trait, detail);
}

static void
read_format(VmcReading *reading, const xmlNode *disk, char *format)
{
    g_autofree char *owned = format;

    if (owned && g_strv_contains(fixed_formats, owned))
        add_trait(reading, disk, "disk-format", owned);
}

/* An image the guest writes to: who else sees it decides. */
static void
read_writable(VmcReading *reading, const xmlNode *disk, const char *path, unsigned int flags)
{
    g_autofree char *cache = vmc_xml_value(disk, "driver/@cache");

    if (!path || (flags & VMC_FILE_READONLY) || !vmc_xml_holds(disk, "@type=file|block"))
        return;
    add_trait(reading, disk, "disk-writable-local", path);
    if (!(flags & VMC_FILE_SHAREABLE) && !vmc_xml_holds(disk, "driver/@cache=none|directsync"))
        add_trait(reading, disk, "disk-unsafe-cache", cache ? cache : "default");
}

static void
read_chain(VmcReading *reading, const xmlNode *disk)
{
    const xmlNode *image = vmc_xml_child(disk, "backingStore");

    for (size_t i = 0; image && i < MAX_CHAIN; i++) {
        unsigned int flags = VMC_FILE_READONLY;
        g_autofree char *path = source_path(image, &flags);

        vmc_reading_add_file(reading, image, path, "backing", flags);
        read_format(reading, disk, vmc_xml_value(image, "format/@type"));
        image = vmc_xml_child(image, "backingStore");
    }
}

/* What the images themselves say, where the definition says nothing: libvirt
 * looks there, too, before the guest starts. */
static void
read_headers(VmcReading *reading, const xmlNode *disk, const char *path)
{
    g_autofree char *fact = g_strconcat(reading->folder, "/backing.tsv", NULL);
    g_autofree char *image = g_strdup(path);
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

    if (!image || !vmc_xml_holds(disk, "driver/@type=qcow2 !backingStore"))
        return;
    while (g_hash_table_size(seen) < MAX_CHAIN && g_hash_table_add(seen, g_strdup(image))) {
        g_autofree char *backing = vmc_facts_value(reading->facts, fact, image);

        if (!backing || !*backing)
            return;
        vmc_reading_add_file(reading, disk, backing, "backing", VMC_FILE_READONLY);
        g_free(image);
        image = g_steal_pointer(&backing);
    }
}

/* A row of volumes.tsv, or NULL; of *@ret_rows. */
static char **
find_volume(const VmcReading *reading, const VmcNeed *volume, GPtrArray **ret_rows)
{
    g_autofree char *fact = g_strconcat(reading->folder, "/volumes.tsv", NULL);
    GPtrArray *rows = vmc_facts_rows(reading->facts, fact, 5);

    *ret_rows = rows;
    for (size_t i = 0; rows && i < rows->len; i++) {
        char **row = rows->pdata[i];

        if (g_str_equal(row[0], volume->detail) && g_str_equal(row[1], volume->name))
            return row;
    }
    return NULL;
}

static void
read_volume(VmcReading *reading, const xmlNode *disk)
{
    g_autofree char *pool = vmc_xml_value(disk, "source/@pool");
    g_autofree char *volume = vmc_xml_value(disk, "source/@volume");
    g_autofree char *subject = vmc_reading_subject(reading, disk);
    g_autoptr(GPtrArray) rows = NULL;
    VmcNeed *need = NULL;
    char **row = NULL;

    if (!pool || !volume)
        return;
    need = vmc_requirement_add(reading->req, VMC_NEED_VOLUME, subject, volume, pool);
    need->flags = flags_of(reading, disk);
    row = find_volume(reading, need, &rows);
    if (!row)
        return;
    need->shared = vmc_tristate_from_text(row[3]);
    need->origin = *row[4] ? g_strdup(row[4]) : NULL;
    read_headers(reading, disk, row[2]);
}

static void
read_reservations(VmcReading *reading, const xmlNode *disk)
{
    g_autofree char *path = vmc_xml_value(disk, "source/reservations/source/@path");

    if (vmc_xml_holds(disk, "source/reservations/@managed=no"))
        vmc_reading_add_file(reading, disk, path, "pr-socket", VMC_FILE_SOCKET);
}

static void
read_nvme(VmcReading *reading, const xmlNode *disk)
{
    g_autofree char *name = vmc_derive_pci_name(vmc_xml_path(disk, "source/address"));
    g_autofree char *subject = vmc_reading_subject(reading, disk);

    if (name)
        vmc_requirement_add(reading->req, VMC_NEED_NODEDEV, subject, name, "pci");
}

static void
read_disk(VmcReading *reading, const xmlNode *disk)
{
    unsigned int flags = flags_of(reading, disk);
    g_autofree char *path = source_path(disk, &flags);

    vmc_reading_add_file(reading, disk, path, use_of(disk), flags);
    read_writable(reading, disk, path, flags);
    read_format(reading, disk, vmc_xml_value(disk, "driver/@type"));
    read_chain(reading, disk);
    read_headers(reading, disk, path);
    vmc_reading_add_secrets(reading, disk);
    read_reservations(reading, disk);
    if (vmc_xml_holds(disk, "@type=volume"))
        read_volume(reading, disk);
    if (vmc_xml_holds(disk, "@type=nvme"))
        read_nvme(reading, disk);
}

void
vmc_reading_disks(VmcReading *reading)
{
    vmc_reading_foreach(reading, reading->domain, "devices/disk", read_disk);
}
