/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Programs and libraries beside QEMU that guests need: which virtiofsd libvirt
 * would start, and how old the TPM's library is.  No call of libvirt's tells.
 */
#include "local/local.h"

#include <glob.h>
#include <string.h>

#define TABLE "host/settings.tsv"
#define MAX_DESCRIPTION (64 * 1024)

/* ---- virtiofsd ----------------------------------------------------------------- */

/* Where libvirt looks for programs that speak vhost-user, as QEMU's
 * docs/interop/vhost-user.json says; a file hides the one of its name behind it. */
static const char *const folders[] = { "/etc/qemu/vhost-user", "/usr/share/qemu/vhost-user" };

static void
add_names(const char *folder, GHashTable *paths)
{
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    const char *name = NULL;

    while (dir && (name = g_dir_read_name(dir))) {
        if (*name != '.' && g_str_has_suffix(name, ".json") && !g_hash_table_contains(paths, name))
            g_hash_table_insert(paths, g_strdup(name), g_build_filename(folder, name, NULL));
    }
}

/* "key": "value" of a description, or NULL. */
static char *
value_of(const char *text, const char *key)
{
    g_autofree char *pattern = g_strdup_printf("\"%s\"\\s*:\\s*\"([^\"\\\\]*)\"", key);
    g_autoptr(GRegex) regex = g_regex_new(pattern, 0, 0, NULL);
    g_autoptr(GMatchInfo) match = NULL;

    return g_regex_match(regex, text, 0, &match) ? g_match_info_fetch(match, 1) : NULL;
}

/* The program of a description of shared folders ("fs"), or NULL. */
static char *
filesystem_program(const char *path)
{
    g_autofree char *text = NULL;
    g_autofree char *type = NULL;
    gsize length = 0;

    if (!g_file_get_contents(path, &text, &length, NULL) || length > MAX_DESCRIPTION ||
        !g_utf8_validate(text, (gssize)length, NULL))
        return NULL;
    type = value_of(text, "type");
    return g_strcmp0(type, "fs") == 0 ? value_of(text, "binary") : NULL;
}

static char *
first_program(GHashTable *paths)
{
    g_autoptr(GList) names =
        g_list_sort(g_hash_table_get_keys(paths), (GCompareFunc)(void (*)(void))strcmp);

    for (const GList *name = names; name; name = name->next) {
        char *program = filesystem_program(g_hash_table_lookup(paths, name->data));

        if (program)
            return program;
    }
    return NULL;
}

static void
find_virtiofsd(VmcFacts *facts)
{
    g_autoptr(GHashTable) paths = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    g_autofree char *program = NULL;

    for (size_t i = 0; i < G_N_ELEMENTS(folders); i++)
        add_names(folders[i], paths);
    program = first_program(paths);
    if (program && !g_file_test(program, G_FILE_TEST_IS_EXECUTABLE))
        g_clear_pointer(&program, g_free);
    VMC_ADD_ROW(facts, TABLE, "virtiofsd", program ? program : "missing");
}

/* ---- libtpms --------------------------------------------------------------------- */

#define LIBTPMS "libtpms.so."

static const char *const libraries[] = {
    "/usr/lib/*-linux-gnu*/libtpms.so.0",
    "/usr/lib64/libtpms.so.0",
    "/usr/lib/libtpms.so.0",
};

/* The file's name has the version; links that differ tell nothing for sure. */
static void
find_libtpms(VmcFacts *facts)
{
    g_autofree char *version = NULL;
    gboolean differ = FALSE;
    glob_t found = { 0 };

    for (size_t i = 0; i < G_N_ELEMENTS(libraries); i++)
        glob(libraries[i], i > 0 ? GLOB_APPEND : 0, NULL, &found);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        g_autofree char *target = g_file_read_link(found.gl_pathv[i], NULL);
        const char *behind = target ? strstr(target, LIBTPMS) : NULL;

        differ |= !behind || (version && !g_str_equal(behind + strlen(LIBTPMS), version));
        if (behind && !version)
            version = g_strdup(behind + strlen(LIBTPMS));
    }
    if (version && !differ)
        VMC_ADD_ROW(facts, TABLE, "libtpms", version);
    globfree(&found);
}

void
vmc_local_programs(VmcFacts *facts)
{
    find_virtiofsd(facts);
    find_libtpms(facts);
}
