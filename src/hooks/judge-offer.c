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

/* What an offer holds of others is most of it, and to parse that would be most of
 * our time: other architectures and machines, devices and volumes that come and go,
 * hundreds of names that this guest does not know.  It is cut out of the text.  An
 * element that is not as we write it stays. */
typedef struct {
    const xmlNode *guest;
    const char *xml;          /* its text */
    GPtrArray *marks, *archs; /* of domain capabilities; of a <guest> in capabilities */
    GHashTable *models;       /* CPU models whose expansion says what the host has */
} Wanted;

typedef gboolean WantedFunc(const Wanted *wanted, const char *text, size_t length);

static void
find_marks(Wanted *wanted)
{
    static const char *const families[] = { "-q35-", "-i440fx-" };
    const xmlNode *type = vmc_xml_path(wanted->guest, "os/type");
    g_autofree char *virt = vmc_xml_attr(wanted->guest, "type");
    g_autofree char *arch = vmc_xml_attr(type, "arch");
    g_autofree char *machine = vmc_xml_attr(type, "machine");

    if (virt)
        g_ptr_array_add(wanted->marks, g_strdup_printf("<domain>%s</domain>", virt));
    if (arch) {
        g_ptr_array_add(wanted->marks, g_strdup_printf("<arch>%s</arch>", arch));
        g_ptr_array_add(wanted->archs, g_strdup_printf("<arch name=\"%s\"", arch));
    }
    for (size_t i = 0; machine && i < G_N_ELEMENTS(families); i++) {
        if (strstr(machine, families[i]))
            g_ptr_array_add(wanted->marks, g_strdup(families[i]));
    }
}

/* The text of the first <model> at or behind @text. */
static void
add_model(Wanted *wanted, const char *text)
{
    const char *start = text ? strstr(text, "<model") : NULL;
    const char *open = start ? strchr(start, '>') : NULL;

    if (open)
        g_hash_table_add(wanted->models, g_strndup(open + 1, strcspn(open + 1, "<")));
}

static void
find_models(Wanted *wanted, const char *text)
{
    static const char host_model[] = "<mode name=\"host-model\"";

    add_model(wanted, strstr(text, "<cpu>")); /* the physical one */
    for (text = strstr(text, host_model); text; text = strstr(text + 1, host_model))
        add_model(wanted, text);
}

static gboolean
has_all(const char *text, size_t length, const GPtrArray *marks)
{
    for (size_t i = 0; i < marks->len; i++) {
        if (!g_strstr_len(text, (gssize)length, marks->pdata[i]))
            return FALSE;
    }
    return TRUE;
}

static gboolean
wants_domcaps(const Wanted *wanted, const char *text, size_t length)
{
    return has_all(text, length, wanted->marks);
}

static gboolean
wants_guest(const Wanted *wanted, const char *text, size_t length)
{
    return has_all(text, length, wanted->archs);
}

/* "<cpuName known='yes' name='avx2' …/>" */
static gboolean
wants_name(const Wanted *wanted, const char *text, size_t length)
{
    const char *name = g_strstr_len(text, (gssize)length, " name='");
    const char *end = name ? strchr(name + strlen(" name='"), '\'') : NULL;
    g_autofree char *quoted =
        end ? g_strndup(name + strlen(" name="), (gsize)(end - name) - 5) : NULL;

    return !quoted || strstr(wanted->xml, quoted);
}

/* "<cpuExpansion model='Westmere'>" */
static gboolean
wants_expansion(const Wanted *wanted, const char *text, size_t length)
{
    const char *name = g_strstr_len(text, (gssize)length, " model='");
    const char *start = name ? name + strlen(" model='") : NULL;
    g_autofree char *model = start ? g_strndup(start, strcspn(start, "'")) : NULL;
    g_autofree char *named = model ? g_strdup_printf(">%s</model>", model) : NULL;

    return !model || g_hash_table_contains(wanted->models, model) || strstr(wanted->xml, named);
}

/* Devices, volumes: hook_offer_refresh() would drop them. */
static gboolean
wants_none(const Wanted *wanted G_GNUC_UNUSED,
           const char *text G_GNUC_UNUSED,
           size_t length G_GNUC_UNUSED)
{
    return FALSE;
}

static const struct {
    const char *open, *close;
    WantedFunc *wants;
} parts[] = {
    { "<domainCapabilities>", "</domainCapabilities>", wants_domcaps },
    { "<guest>", "</guest>", wants_guest },
    { "<cpuName ", "/>", wants_name },
    { "<cpuExpansion ", "</cpuExpansion>", wants_expansion },
    { "<device ", "/>", wants_none },
    { "<volume ", "/>", wants_none },
};

/* The length of the part that starts at @text and is not wanted; 0: none does. */
static size_t
unwanted(const Wanted *wanted, const char *text)
{
    for (size_t i = 0; i < G_N_ELEMENTS(parts); i++) {
        const char *end =
            g_str_has_prefix(text, parts[i].open) ? strstr(text, parts[i].close) : NULL;
        size_t length = end ? (size_t)(end - text) + strlen(parts[i].close) : 0;

        if (end)
            return parts[i].wants(wanted, text, length) ? 0 : length;
    }
    return 0;
}

static char *
cut_out(const Wanted *wanted, const char *text, size_t length)
{
    g_autoptr(GString) kept = g_string_sized_new(length);

    for (const char *next = strchr(text, '<'); next; next = strchr(text, '<')) {
        size_t skipped = unwanted(wanted, next);

        g_string_append_len(kept, text, (gssize)(next - text) + (skipped ? 0 : 1));
        text = next + (skipped ? skipped : 1);
    }
    g_string_append(kept, text);
    return g_string_free(g_steal_pointer(&kept), FALSE);
}

static char *
cut_for(const xmlNode *guest, const char *xml, const char *text, size_t length)
{
    Wanted wanted = {
        .guest = guest,
        .xml = xml,
        .marks = g_ptr_array_new_with_free_func(g_free),
        .archs = g_ptr_array_new_with_free_func(g_free),
        .models = vmc_set_new(),
    };
    char *kept = NULL;

    find_marks(&wanted);
    find_models(&wanted, text);
    kept = cut_out(&wanted, text, length);
    g_ptr_array_unref(wanted.marks);
    g_ptr_array_unref(wanted.archs);
    g_hash_table_unref(wanted.models);
    return kept;
}

VmcFacts *
hook_offer_load(const char *file, const xmlNode *guest, const char *xml, GError **error)
{
    g_autofree char *text = NULL;
    g_autofree char *kept = NULL;
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
    kept = cut_for(guest, xml, text, length);
    facts = vmc_facts_from_xml(kept, strlen(kept), NULL, error);
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
    { "host/pools.tsv", LIBVIRT_ETC "/storage", LIBVIRT_RUN "/storage", 4, VMC_NEED_POOL },
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
