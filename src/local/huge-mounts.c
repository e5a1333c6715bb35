/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Mounts of hugetlbfs: no call of libvirt's tells of them, and without one of
 * the guest's page size libvirt refuses it.
 */
#include "local/local.h"

#include <mntent.h>
#include <stdio.h>
#include <string.h>

/* "pagesize=2M" → KiB; 0 where it does not say. */
static guint64
page_size(const struct mntent *mount)
{
    static const struct {
        char unit;
        guint64 kib;
    } units[] = { { 'K', 1 }, { 'M', 1024 }, { 'G', 1024 * 1024 } };
    const char *option = hasmntopt(mount, "pagesize");
    const char *value = option ? strchr(option, '=') : NULL;
    char *end = NULL;
    guint64 number = value ? g_ascii_strtoull(value + 1, &end, 10) : 0;

    for (size_t i = 0; end && i < G_N_ELEMENTS(units); i++) {
        if (g_ascii_toupper(*end) == units[i].unit)
            return number * units[i].kib;
    }
    return number / 1024;
}

static void
add_mount(VmcFacts *facts, const struct mntent *mount)
{
    g_autofree char *size = NULL;

    if (!g_str_equal(mount->mnt_type, "hugetlbfs"))
        return;
    size = g_strdup_printf("%" G_GUINT64_FORMAT, page_size(mount));
    VMC_ADD_ROW(facts, "host/hugetlbfs.tsv", size, mount->mnt_dir);
}

void
vmc_local_huge_mounts(VmcFacts *facts)
{
    struct mntent mount;
    char buffer[4096];
    FILE *mounts = setmntent("/proc/self/mounts", "re");

    if (!mounts)
        return;
    vmc_facts_add_row(facts, "host/hugetlbfs.tsv", 0, NULL);
    while (getmntent_r(mounts, &mount, buffer, sizeof(buffer)))
        add_mount(facts, &mount);
    endmntent(mounts);
}
