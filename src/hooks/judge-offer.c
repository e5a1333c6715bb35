/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The saved offer of this host, made by "vmcompat offer" some time ago.  What it
 * says of versions, machines and CPUs holds until software or kernel change; what
 * changes by the hour is asked of the machine again; and what only libvirt knows
 * is left out where libvirt's files show that it may have changed: a guess about
 * the past refuses nobody.
 */
#include "hooks/judge.h"
#include "local/local.h"

#include "derive/derive.h"
#include "document/document.h"

#include <string.h>
#include <sys/stat.h>
#include <time.h>

#define HOST_TABLE "host/host.tsv"
#define CAPABILITIES "host/capabilities.xml"
#define LIBVIRT_ETC "/etc/libvirt"
#define LIBVIRT_RUN "/run/libvirt"
#define MAX_COLUMNS 7 /* of the tables below */

/* ---- reading ------------------------------------------------------------------------- */

VmcFacts *
hook_offer_load(const char *file, GError **error)
{
    char *text = NULL;
    g_autoptr(GBytes) bytes = NULL;
    g_autoptr(VmcFacts) facts = NULL;
    struct stat info;
    size_t length = 0;

    if (stat(file, &info) == 0 && info.st_size > VMC_MAX_DOCUMENT) {
        g_set_error(error, VMC_ERROR, VMC_ERROR_TOO_LARGE, _("'%s' is too large for an offer"),
                    file);
        return NULL;
    }
    if (!g_file_get_contents(file, &text, &length, error))
        return NULL;
    bytes = g_bytes_new_take(text, length);
    facts = vmc_facts_from_xml(bytes, NULL, error);
    if (!facts)
        g_prefix_error(error, "%s: ", file);
    else if (!vmc_facts_has(facts, CAPABILITIES)) {
        g_set_error(error, VMC_ERROR, VMC_ERROR_BAD_DATA,
                    _("'%s' holds no capabilities of this host"), file);
        return NULL;
    }
    return g_steal_pointer(&facts);
}

/* ---- is it still true? ---------------------------------------------------------------- */

static gint64
offer_time(const VmcFacts *facts)
{
    g_autofree char *text = vmc_facts_value(facts, HOST_TABLE, "time");

    return text ? g_ascii_strtoll(text, NULL, 10) : 0;
}

/* Content, owner, or place: what an update changes, too. */
static gboolean
changed_since(const char *path, gint64 when)
{
    struct stat info;

    return stat(path, &info) == 0 && info.st_ctim.tv_sec >= when;
}

static gint64
boot_time(void)
{
    struct timespec up;

    return clock_gettime(CLOCK_BOOTTIME, &up) == 0 ? (gint64)time(NULL) - up.tv_sec : 0;
}

char *
hook_offer_stale(const VmcFacts *facts, const char *emulator, guint64 max_age)
{
    const char *const programs[] = { "/usr/sbin/libvirtd", "/usr/sbin/virtqemud", emulator };
    gint64 made = offer_time(facts), now = (gint64)time(NULL);

    if (made == 0)
        return g_strdup(_("the offer does not say when it was made"));
    /* a clock that was set back */
    if (made > now + 60)
        return g_strdup(_("the offer is from the future"));
    if (max_age > 0 && (guint64)MAX(now - made, 0) > max_age)
        return g_strdup_printf(_("the offer is %" G_GINT64_FORMAT " hours old (max-offer-age)"),
                               (now - made) / 3600);
    if (made < boot_time())
        return g_strdup(_("this host was booted after the offer was made"));
    for (size_t i = 0; i < G_N_ELEMENTS(programs); i++) {
        if (programs[i] && changed_since(programs[i], made))
            return g_strdup_printf(_("'%s' was changed after the offer was made"), programs[i]);
    }
    return NULL;
}

/* ---- what changes by the hour ------------------------------------------------------------ */

static void
remove_all(VmcFacts *facts, const char *prefix)
{
    g_auto(GStrv) names = vmc_facts_list(facts, prefix);

    for (char **name = names; *name; name++)
        vmc_facts_remove(facts, *name);
}

typedef struct {
    const char *prefix;     /* facts */
    const char *folders[2]; /* where libvirt keeps what they are made of; none: not to be
                               had without libvirt */
} Volatile;

/* libvirt writes each of its files anew and moves it into place, so that a
 * folder's time tells of changes inside; one that is not there tells nothing. */
static const Volatile volatiles[] = {
    { "host/nwfilters.tsv", { LIBVIRT_ETC "/nwfilter", LIBVIRT_ETC "/nwfilter" } },
    { "host/secrets.tsv", { LIBVIRT_ETC "/secrets", LIBVIRT_ETC "/secrets" } },
    { "host/nodedevs.tsv", { NULL, NULL } },
    { "host/domains.tsv", { NULL, NULL } },
};

static gboolean
unchanged_since(const char *folder, gint64 when)
{
    struct stat info;

    return folder && stat(folder, &info) == 0 && info.st_mtim.tv_sec < when;
}

static void
drop_doubtful(VmcFacts *facts)
{
    gint64 made = offer_time(facts);

    for (size_t i = 0; i < G_N_ELEMENTS(volatiles); i++) {
        const Volatile *part = &volatiles[i];

        if (!unchanged_since(part->folders[0], made) || !unchanged_since(part->folders[1], made))
            remove_all(facts, part->prefix);
    }
}

/* Networks and pools are started and stopped all the time.  Each has a file where
 * it is defined, and another where it is active. */
typedef struct {
    const char *table; /* name, active, … */
    const char *defined, *active;
    size_t n_columns;
    VmcNeedKind kind;
} Object;

static const Object objects[] = {
    { "host/networks.tsv", LIBVIRT_ETC "/qemu/networks", LIBVIRT_RUN "/network", 7,
      VMC_NEED_NETWORK },
    { "host/pools.tsv", LIBVIRT_ETC "/storage", LIBVIRT_RUN "/storage", 5, VMC_NEED_POOL },
};

static gboolean
has_file(const char *folder, const char *name)
{
    g_autofree char *file = g_strdup_printf("%s/%s.xml", folder, name);

    return strchr(name, '/') || g_file_test(file, G_FILE_TEST_EXISTS);
}

/* @row: as it was in the offer, or the name alone.  What else it says holds as long
 * as no definition was changed. */
static void
look_at_object(VmcFacts *facts, const Object *object, char **row)
{
    const char *columns[MAX_COLUMNS] = { row[0] };
    gboolean active = has_file(object->active, row[0]);
    gboolean same = unchanged_since(object->defined, offer_time(facts));

    if (!active && !has_file(object->defined, row[0]))
        return;
    columns[1] = vmc_yes_no(active);
    for (size_t i = 2; row[1] && same && i < object->n_columns; i++)
        columns[i] = row[i];
    vmc_facts_add_row(facts, object->table, object->n_columns, columns);
}

static void
refresh_objects(VmcFacts *facts, const Object *object, const VmcRequirement *requirement)
{
    g_autoptr(GPtrArray) rows = vmc_facts_rows(facts, object->table, object->n_columns);
    const GPtrArray *needs = requirement->needs[object->kind];
    g_autoptr(GHashTable) known = g_hash_table_new(g_str_hash, g_str_equal);

    vmc_facts_remove(facts, object->table);
    if (!rows || !g_file_test(object->defined, G_FILE_TEST_IS_DIR) ||
        !g_file_test(object->active, G_FILE_TEST_IS_DIR))
        return;
    vmc_facts_add_row(facts, object->table, 0, NULL);
    for (size_t i = 0; i < rows->len; i++) {
        char **row = rows->pdata[i];

        g_hash_table_add(known, row[0]);
        look_at_object(facts, object, row);
    }
    for (size_t i = 0; i < needs->len; i++) {
        const VmcNeed *need = needs->pdata[i];

        if (g_hash_table_add(known, need->name))
            look_at_object(facts, object, (char *[]){ need->name, NULL });
    }
}

/* A volume comes and goes without libvirt; of pools that are folders, files tell. */
static void
look_at_volume(VmcFacts *facts, const VmcNeed *need, char **pool)
{
    g_autofree char *key = vmc_facts_key(pool[0]);
    g_autofree char *table = g_strdup_printf("host/volumes/%s.tsv", key);
    g_autofree char *path = g_build_filename(pool[3], need->name, NULL);

    vmc_facts_add_row(facts, table, 0, NULL);
    if (g_file_test(path, G_FILE_TEST_EXISTS))
        VMC_ADD_ROW(facts, table, need->name, path);
}

static void
refresh_volumes(VmcFacts *facts, const VmcRequirement *requirement)
{
    static const char *const types[] = { "dir", "fs", "netfs", NULL };
    g_autoptr(GPtrArray) pools = vmc_facts_rows(facts, "host/pools.tsv", 4);
    const GPtrArray *needs = requirement->needs[VMC_NEED_VOLUME];

    remove_all(facts, "host/volumes/");
    for (size_t i = 0; pools && i < needs->len * pools->len; i++) {
        const VmcNeed *need = needs->pdata[i / pools->len];
        char **pool = pools->pdata[i % pools->len];

        if (g_str_equal(need->detail, pool[0]) && g_strv_contains(types, pool[2]) &&
            *pool[3] == '/')
            look_at_volume(facts, need, pool);
    }
}

/* A table of keys, without some of them. */
static void
drop_keys(VmcFacts *facts, const char *table, const char *const *keys)
{
    g_autoptr(GPtrArray) rows = vmc_facts_rows(facts, table, 2);

    vmc_facts_set(facts, table, "");
    for (size_t i = 0; rows && i < rows->len; i++) {
        char **row = rows->pdata[i];

        if (!g_strv_contains(keys, row[0]))
            VMC_ADD_ROW(facts, table, row[0], row[1]);
    }
}

void
hook_offer_refresh(VmcFacts *facts, const VmcRequirement *requirement)
{
    static const char *const keys[] = { "freeMemory", NULL };
    static const char *const tables[] = {
        "host/interfaces.tsv", "host/addresses.tsv", "host/hugetlbfs.tsv", "host/files.tsv",
        "host/cpumap.txt",     "host/pages.tsv",     "host/cells.tsv",
    };
    const VmcFileUser user = vmc_file_user(vmc_facts_parsed(facts, CAPABILITIES));

    drop_doubtful(facts);
    for (size_t i = 0; i < G_N_ELEMENTS(objects); i++)
        refresh_objects(facts, &objects[i], requirement);
    for (size_t i = 0; i < G_N_ELEMENTS(tables); i++)
        vmc_facts_remove(facts, tables[i]);
    drop_keys(facts, HOST_TABLE, keys);
    vmc_local_interfaces(facts);
    vmc_local_addresses(facts);
    vmc_local_huge_mounts(facts);
    vmc_local_capacity(facts);
    vmc_local_files(facts, requirement, &user);
    refresh_volumes(facts, requirement);
}
