/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Policy in a file: vmcompat.conf(5).  The table at the bottom has every key.
 */
#include "lib/lib.h"

#include <string.h>
#include <sys/stat.h>

#ifndef VMC_CONFDIR
# define VMC_CONFDIR "/etc/vmcompat"
#endif

#define DEFAULT_FILE VMC_CONFDIR "/vmcompat.conf"
#define DEFAULT_RULES VMC_CONFDIR "/checks.d"
#define MAX_SIZE (1024u * 1024)
#define MAX_TIMEOUT 3600u /* seconds */

/* What has been read, and what depends on several keys. */
typedef struct {
    VmcCheckOptions *options;
    GKeyFile *file;
    char *folder; /* of the file: relative paths begin there */
} Config;

typedef struct {
    const char *group;
    const char *key; /* NULL: any */
    gboolean (*set)(const Config *config, const char *key, const char *value, GError **error);
} Key;

static const Key *find_key(const char *group, const char *key);
static gboolean has_group(const char *group);

static gboolean
set_each(const Config *config,
         const char *value,
         gboolean (*set)(VmcCheckOptions *options, const char *item, GError **error),
         GError **error)
{
    g_auto(GStrv) items = g_strsplit_set(value, ",;", -1);

    for (char **item = items; *item; item++) {
        if (*g_strstrip(*item) && !set(config->options, *item, error))
            return FALSE;
    }
    return TRUE;
}

static gboolean
set_ignore(const Config *config, const char *key G_GNUC_UNUSED, const char *value, GError **error)
{
    return set_each(config, value, vmc_check_options_add_ignore, error);
}

static gboolean
set_assume(const Config *config, const char *key G_GNUC_UNUSED, const char *value, GError **error)
{
    return set_each(config, value, vmc_check_options_add_assume, error);
}

static gboolean
set_severity(const Config *config, const char *key, const char *value, GError **error)
{
    VmcSeverity severity = vmc_severity_from_name(value);

    if (severity)
        return vmc_check_options_set_severity(config->options, key, severity, error);
    g_set_error(error, VMC_ERROR, VMC_ERROR_INVALID_ARGUMENT,
                _("no severity is named '%s' (blocker, conditional, unknown, warning, note)"),
                value);
    return FALSE;
}

static gboolean
set_directory(const Config *config,
              const char *key G_GNUC_UNUSED,
              const char *value,
              GError **error)
{
    g_auto(GStrv) items = g_strsplit(value, ";", -1);

    for (char **item = items; *item; item++) {
        g_autofree char *path = g_canonicalize_filename(g_strstrip(*item), config->folder);

        if (**item && !vmc_check_options_add_site_rules(config->options, path, error))
            return FALSE;
    }
    return TRUE;
}

static gboolean
set_extchecks(const Config *config, const char *key, const char *value, GError **error)
{
    g_autofree char *path = g_canonicalize_filename(value, config->folder);
    g_auto(GStrv) parameters =
        g_key_file_get_string_list(config->file, "site-rules", "extchecks-parameters", NULL, NULL);

    for (char **parameter = parameters; parameter && *parameter; parameter++)
        g_strstrip(*parameter);
    if (!*value || g_str_equal(key, "extchecks-parameters"))
        return TRUE; /* taken with the folder that they are for */
    return vmc_check_options_set_extchecks(config->options, path, (const char *const *)parameters,
                                           error);
}

static gboolean
set_timeout(const Config *config, const char *key G_GNUC_UNUSED, const char *value, GError **error)
{
    guint64 seconds = 0;

    if (!g_ascii_string_to_unsigned(value, 10, 1, MAX_TIMEOUT, &seconds, NULL)) {
        g_set_error(error, VMC_ERROR, VMC_ERROR_INVALID_ARGUMENT,
                    _("it takes seconds, 1 to %1$u, not '%2$s'"), MAX_TIMEOUT, value);
        return FALSE;
    }
    vmc_check_options_set_site_timeout(config->options, (unsigned int)seconds);
    return TRUE;
}

/* ---- reading -------------------------------------------------------------------- */

static gboolean
set_key(const Config *config, const char *group, const char *key, GError **error)
{
    const Key *known = find_key(group, key);
    g_autofree char *value = NULL;

    if (!known) {
        g_set_error_literal(error, VMC_ERROR, VMC_ERROR_INVALID_ARGUMENT,
                            _("there is no such key"));
        return FALSE;
    }
    value = g_key_file_get_string(config->file, group, key, error);
    return value && known->set(config, key, g_strstrip(value), error);
}

static gboolean
set_group(const Config *config, const char *group, GError **error)
{
    g_auto(GStrv) keys = g_key_file_get_keys(config->file, group, NULL, NULL);

    if (!has_group(group)) {
        g_set_error(error, VMC_ERROR, VMC_ERROR_INVALID_ARGUMENT, _("[%s]: there is no such group"),
                    group);
        return FALSE;
    }
    for (char **key = keys; key && *key; key++) {
        if (!set_key(config, group, *key, error)) {
            g_prefix_error(error, "[%s] %s: ", group, *key);
            return FALSE;
        }
    }
    return TRUE;
}

static gboolean
set_groups(const Config *config, GError **error)
{
    g_auto(GStrv) groups = g_key_file_get_groups(config->file, NULL);

    for (char **group = groups; *group; group++) {
        if (!set_group(config, *group, error))
            return FALSE;
    }
    return TRUE;
}

/* What GLib says about it, as an error of ours; the caller puts the file's name in
 * front. */
static gboolean
parse(GKeyFile *file, const char *text, size_t length, GError **error)
{
    g_autoptr(GError) why = NULL;

    if (!g_utf8_validate_len(text, length, NULL)) {
        g_set_error_literal(error, VMC_ERROR, VMC_ERROR_INVALID_ARGUMENT, _("it is no UTF-8 text"));
        return FALSE;
    }
    if (length == 0 || g_key_file_load_from_data(file, text, length, G_KEY_FILE_NONE, &why))
        return TRUE;
    g_set_error_literal(error, VMC_ERROR, VMC_ERROR_INVALID_ARGUMENT, why->message);
    return FALSE;
}

/* NULL without @error set: there is none, and none is needed. */
static char *
read_text(const char *path, gboolean may_be_missing, size_t *length, GError **error)
{
    g_autoptr(GError) why = NULL;
    struct stat info;
    char *text = NULL;

    if (stat(path, &info) == 0 && S_ISREG(info.st_mode) && info.st_size > (off_t)MAX_SIZE) {
        g_set_error(error, VMC_ERROR, VMC_ERROR_TOO_LARGE, _("it is larger than %u bytes"),
                    MAX_SIZE);
        return NULL;
    }
    if (g_file_get_contents(path, &text, length, &why))
        return text;
    if (!may_be_missing || !g_error_matches(why, G_FILE_ERROR, G_FILE_ERROR_NOENT))
        g_set_error_literal(error, VMC_ERROR, VMC_ERROR_INVALID_ARGUMENT, why->message);
    return NULL;
}

static gboolean
load(
    VmcCheckOptions *options, GKeyFile *file, const char *path, gboolean is_default, GError **error)
{
    g_autofree char *relative = g_path_get_dirname(path);
    g_autofree char *folder = g_canonicalize_filename(relative, NULL);
    Config config = { .options = options, .file = file, .folder = folder };
    g_autofree char *text = NULL;
    GError *why = NULL;
    size_t length = 0;

    text = read_text(path, is_default, &length, &why);
    if (text && parse(file, text, length, &why))
        set_groups(&config, &why);
    if (!why)
        return TRUE;
    g_propagate_prefixed_error(error, why, "%s: ", path);
    return FALSE;
}

gboolean
vmc_check_options_load_config(VmcCheckOptions *options,
                              const char *path,
                              unsigned int flags,
                              GError **error)
{
    g_autoptr(GKeyFile) file = g_key_file_new();

    g_return_val_if_fail(options != NULL, FALSE);
    if (vmc_refuse_flags(flags, 0, error) ||
        !load(options, file, path ? path : DEFAULT_FILE, path == NULL, error))
        return FALSE;
    if (path || g_key_file_has_key(file, "site-rules", "directory", NULL) ||
        !g_file_test(DEFAULT_RULES, G_FILE_TEST_IS_DIR))
        return TRUE;
    return vmc_check_options_add_site_rules(options, DEFAULT_RULES, error);
}

/* The hook reads its own group, without us: src/hooks/judge-config.c. */
static gboolean
leave_to_hook(const Config *config G_GNUC_UNUSED,
              const char *key G_GNUC_UNUSED,
              const char *value G_GNUC_UNUSED,
              GError **error G_GNUC_UNUSED)
{
    return TRUE;
}

static const Key keys[] = {
    { "check", "assume", set_assume },
    { "check", "ignore", set_ignore },
    { "severity", NULL, set_severity },
    { "site-rules", "directory", set_directory },
    { "site-rules", "extchecks", set_extchecks },
    { "site-rules", "extchecks-parameters", set_extchecks },
    { "site-rules", "timeout", set_timeout },
    { "hook", NULL, leave_to_hook },
};

static const Key *
find_key(const char *group, const char *key)
{
    for (size_t i = 0; i < G_N_ELEMENTS(keys); i++) {
        if (g_str_equal(keys[i].group, group) && (!keys[i].key || g_str_equal(keys[i].key, key)))
            return &keys[i];
    }
    return NULL;
}

static gboolean
has_group(const char *group)
{
    for (size_t i = 0; i < G_N_ELEMENTS(keys); i++) {
        if (g_str_equal(keys[i].group, group))
            return TRUE;
    }
    return FALSE;
}
