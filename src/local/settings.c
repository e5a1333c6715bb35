/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * How a host is set up, as far as its files tell: what its qemu.conf says, which
 * cgroup controllers there are, whether virtlogd listens.  No call of libvirt's
 * tells of these.
 */
#include "local/local.h"

#include <mntent.h>
#include <stdio.h>
#include <string.h>

#define TABLE "host/settings.tsv"
#define MAX_CONF (1024 * 1024)
#define VIRTLOGD_SOCKET "/run/libvirt/virtlogd-sock"

/* No others are looked at: some of them are secrets. */
static const char *const conf_keys[] = {
    "cgroup_controllers",        "lock_manager",       "migrate_tls_force", "migration_host",
    "security_require_confined", "shared_filesystems", "spice_tls",         "stdio_handler",
};

static const struct {
    const char *controller;
    const char *in_v2; /* its name there */
} controllers[] = {
    { "blkio", "io" },
    { "cpu", "cpu" },
    { "cpuset", "cpuset" },
    { "memory", "memory" },
};

/* ---- qemu.conf --------------------------------------------------------------- */

static char *
conf_path(gboolean session)
{
    if (session)
        return g_build_filename(g_get_user_config_dir(), "libvirt", "qemu.conf", NULL);
    return g_strdup("/etc/libvirt/qemu.conf");
}

/* [ "cpu", "memory" ] → "cpu,memory"; "x" → x; 1 → 1 */
static char *
plain_value(const char *value)
{
    g_autoptr(GString) plain = g_string_new(NULL);
    g_auto(GStrv) parts = NULL;

    if (!strpbrk(value, "\"'"))
        return *value == '[' ? g_strdup("") : g_strdup(value);
    parts = g_strsplit_set(value, "\"'", -1);
    for (size_t i = 1; parts[i - 1] && parts[i]; i += 2)
        g_string_append_printf(plain, "%s%s", plain->len > 0 ? "," : "", parts[i]);
    return g_string_free(g_steal_pointer(&plain), FALSE);
}

/* The last one counts, as it does for libvirt.  NULL: not set. */
static char *
conf_value(const char *conf, const char *key)
{
    g_autofree char *pattern =
        g_strdup_printf("^[ \\t]*%s[ \\t]*=[ \\t]*(\\[[^]]*\\]|\"[^\"]*\"|'[^']*'|-?[0-9]+)", key);
    g_autoptr(GRegex) regex = g_regex_new(pattern, G_REGEX_MULTILINE, 0, NULL);
    g_autoptr(GMatchInfo) match = NULL;
    g_autofree char *value = NULL;

    for (g_regex_match(regex, conf, 0, &match); g_match_info_matches(match);
         g_match_info_next(match, NULL)) {
        g_free(value);
        value = g_match_info_fetch(match, 1);
    }
    return value ? plain_value(value) : NULL;
}

static void
add_conf(VmcFacts *facts, const char *conf)
{
    for (size_t i = 0; i < G_N_ELEMENTS(conf_keys); i++) {
        g_autofree char *value = conf_value(conf, conf_keys[i]);

        if (value)
            VMC_ADD_ROW(facts, TABLE, conf_keys[i], value);
    }
}

/* A file that is not there sets nothing; one that may not be read tells nothing. */
void
vmc_local_conf(VmcFacts *facts, const char *path)
{
    g_autofree char *conf = NULL;
    g_autoptr(GError) error = NULL;
    gsize length = 0;

    if (!g_file_get_contents(path, &conf, &length, &error) &&
        !g_error_matches(error, G_FILE_ERROR, G_FILE_ERROR_NOENT))
        return;
    if (length > MAX_CONF || (conf && !g_utf8_validate(conf, (gssize)length, NULL)))
        return;
    VMC_ADD_ROW(facts, TABLE, "qemu.conf", "read");
    if (conf)
        add_conf(facts, conf);
}

/* ---- cgroups --------------------------------------------------------------------- */

static void
add_controller(VmcFacts *facts, const char *controller, const char *version)
{
    g_autofree char *key = g_strconcat("cgroup.", controller, NULL);
    g_autofree char *known = vmc_facts_value(facts, TABLE, key);

    if (!known)
        VMC_ADD_ROW(facts, TABLE, key, version);
}

static void
add_v2(VmcFacts *facts, const char *folder)
{
    g_autofree char *path = g_build_filename(folder, "cgroup.controllers", NULL);
    g_autofree char *text = NULL;
    g_auto(GStrv) names = NULL;

    if (!g_file_get_contents(path, &text, NULL, NULL))
        return;
    names = g_strsplit_set(g_strstrip(text), " \n", -1);
    for (size_t i = 0; i < G_N_ELEMENTS(controllers); i++) {
        if (g_strv_contains((const char *const *)names, controllers[i].in_v2))
            add_controller(facts, controllers[i].controller, "2");
    }
}

static void
add_v1(VmcFacts *facts, const struct mntent *mount)
{
    for (size_t i = 0; i < G_N_ELEMENTS(controllers); i++) {
        if (hasmntopt(mount, controllers[i].controller))
            add_controller(facts, controllers[i].controller, "1");
    }
}

static void
read_cgroups(VmcFacts *facts)
{
    struct mntent mount;
    char buffer[4096];
    FILE *mounts = setmntent("/proc/self/mounts", "re");

    if (!mounts)
        return;
    VMC_ADD_ROW(facts, TABLE, "cgroup", "read");
    while (getmntent_r(mounts, &mount, buffer, sizeof(buffer))) {
        if (g_str_equal(mount.mnt_type, "cgroup2"))
            add_v2(facts, mount.mnt_dir);
        else if (g_str_equal(mount.mnt_type, "cgroup"))
            add_v1(facts, &mount);
    }
    endmntent(mounts);
}

/* ---- locked memory ------------------------------------------------------------------ */

#define MAY_RAISE_LIMITS (G_GUINT64_CONSTANT(1) << 24) /* CAP_SYS_RESOURCE */

/* What is behind @key on its line, or NULL. */
static const char *
value_behind(const char *text, const char *key)
{
    const char *line = strstr(text, key);

    return line ? line + strlen(key) : NULL;
}

/* The hard limit, the second of two numbers, in KiB; "any" where there is none. */
static char *
hard_limit(const char *limits)
{
    const char *value = value_behind(limits, "Max locked memory");
    g_auto(GStrv) words = value ? g_strsplit_set(value, " \n", -1) : NULL;
    const char *hard = NULL;
    guint64 bytes = 0;

    for (size_t i = 0, n = 0; words && words[i] && n < 2; i++) {
        if (*words[i] && ++n == 2)
            hard = words[i];
    }
    if (g_strcmp0(hard, "unlimited") == 0)
        return g_strdup("any");
    if (!hard || !g_ascii_string_to_unsigned(hard, 10, 0, G_MAXUINT64, &bytes, NULL))
        return NULL;
    return g_strdup_printf("%" G_GUINT64_FORMAT, bytes / 1024);
}

/* How much the system's daemon may have QEMU lock: all, unless the machine is a
 * container that keeps it from raising limits; what its first process has then
 * is what the daemon has. */
static void
read_memlock(VmcFacts *facts)
{
    g_autofree char *status = NULL;
    g_autofree char *limits = NULL;
    g_autofree char *limit = NULL;
    const char *bounding = NULL;

    if (!g_file_get_contents("/proc/1/status", &status, NULL, NULL) ||
        !g_file_get_contents("/proc/1/limits", &limits, NULL, NULL))
        return;
    bounding = value_behind(status, "CapBnd:\t");
    if (!bounding)
        return;
    if (g_ascii_strtoull(bounding, NULL, 16) & MAY_RAISE_LIMITS)
        limit = g_strdup("any");
    else
        limit = hard_limit(limits);
    if (limit)
        VMC_ADD_ROW(facts, TABLE, "memlock", limit);
}

/* ---- all of it --------------------------------------------------------------------- */

void
vmc_local_settings(VmcFacts *facts, gboolean session)
{
    g_autofree char *path = NULL;

    if (vmc_facts_has(facts, TABLE))
        return;
    path = conf_path(session);
    vmc_facts_add_row(facts, TABLE, 0, NULL);
    vmc_local_conf(facts, path);
    read_cgroups(facts);
    if (!session) {
        read_memlock(facts);
        vmc_local_programs(facts);
    }
    VMC_ADD_ROW(facts, TABLE, "virtlogd",
                vmc_yes_no(g_file_test(VIRTLOGD_SOCKET, G_FILE_TEST_EXISTS)));
}
