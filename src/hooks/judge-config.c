/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Group [hook] of vmcompat.conf.
 */
#include "hooks/hook.h"
#include "hooks/judge.h"
#include "model/age.h"
#include "site/site.h"

#include <string.h>

#define GROUP "hook"

typedef gboolean ReadFunc(HookConfig *config, const char *key, const char *value, GError **error);

typedef struct {
    const char *key;
    ReadFunc *read;
} Key;

static const Key keys[];

static gboolean
set_error(const char *key, const char *value, const char *known, GError **error)
{
    g_set_error(error, VMC_ERROR, VMC_ERROR_INVALID_ARGUMENT,
                _("[hook] %1$s takes %2$s, not '%3$s'"), key, known, value);
    return FALSE;
}

/* ---- values ------------------------------------------------------------------------ */

static gboolean
read_policy(HookConfig *config, const char *key, const char *value, GError **error)
{
    static const char *const names[] = {
        [HOOK_MODE_ENFORCE] = "enforce",
        [HOOK_MODE_WARN] = "warn",
        [HOOK_MODE_OFF] = "off",
    };

    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        if (g_str_equal(names[i], value)) {
            config->mode = (HookMode)i;
            return TRUE;
        }
    }
    return set_error(key, value, "enforce, warn, off", error);
}

static gboolean
read_refuse(const char *key, const char *value, gboolean *ret_refuse, GError **error)
{
    if (!g_str_equal(value, "refuse") && !g_str_equal(value, "pass"))
        return set_error(key, value, "pass, refuse", error);
    *ret_refuse = g_str_equal(value, "refuse");
    return TRUE;
}

static gboolean
read_missing(HookConfig *config, const char *key, const char *value, GError **error)
{
    return read_refuse(key, value, &config->refuse_missing, error);
}

static gboolean
read_undecided(HookConfig *config, const char *key, const char *value, GError **error)
{
    return read_refuse(key, value, &config->refuse_undecided, error);
}

static gboolean
read_offer(HookConfig *config, const char *key, const char *value, GError **error)
{
    if (*value != '/')
        return set_error(key, value, _("an absolute path"), error);
    g_free(config->offer);
    config->offer = g_strdup(value);
    return TRUE;
}

/* Of the offers of others and of guests vmcompat-guard alone knows. */
static gboolean
check_folder(HookConfig *config G_GNUC_UNUSED, const char *key, const char *value, GError **error)
{
    return *value == '/' || set_error(key, value, _("an absolute path"), error);
}

static gboolean
check_uri(HookConfig *config G_GNUC_UNUSED, const char *key, const char *value, GError **error)
{
    return *value == '\0' || strstr(value, "HOST") ||
           set_error(key, value, _("a URI with HOST in the place of the name"), error);
}

static gboolean
read_seconds(const char *key, const char *value, guint64 *ret_seconds, GError **error)
{
    return g_ascii_string_to_unsigned(value, 10, 1, HOOK_MAX_TIMEOUT, ret_seconds, NULL) ||
           set_error(key, value, _("seconds, 1 to 60"), error);
}

/* hook.c reads these two by itself, for it decides when we can't. */
static gboolean
read_timeout(HookConfig *config, const char *key, const char *value, GError **error)
{
    return read_seconds(key, value, &config->timeout, error);
}

static gboolean
check_failed(HookConfig *config G_GNUC_UNUSED, const char *key, const char *value, GError **error)
{
    gboolean refuse = FALSE;

    return read_refuse(key, value, &refuse, error);
}

/* 0: any */
static gboolean
read_max_age(HookConfig *config, const char *key, const char *value, GError **error)
{
    return vmc_age_from_text(value, &config->max_offer_age) ||
           set_error(key, value, _("an age (90, 15m, 12h, 2d; 0: any)"), error);
}

static char **
split_list(const char *value)
{
    g_autofree char *text = g_strdelimit(g_strdup(value), " ;", ',');

    return g_strsplit(text, ",", -1);
}

static gboolean
read_site_timeout(HookConfig *config, const char *key, const char *value, GError **error)
{
    return read_seconds(key, value, &config->site_timeout, error);
}

/* As in [site-rules], but that there is no folder from which to go on. */
static gboolean
read_site_rules(HookConfig *config, const char *key, const char *value, GError **error)
{
    g_auto(GStrv) folders = g_strsplit(value, ";", -1);

    for (char **folder = folders; *folder; folder++) {
        if (!*g_strstrip(*folder))
            continue;
        if (**folder != '/')
            return set_error(key, *folder, _("absolute paths"), error);
        g_ptr_array_add(config->site_rules, g_strdup(*folder));
    }
    return TRUE;
}

static gboolean
read_operations(HookConfig *config, const char *key, const char *value, GError **error)
{
    g_auto(GStrv) names = split_list(value);

    config->migrate = config->restore = FALSE;
    for (char **name = names; *name; name++) {
        if (**name && !g_str_equal(*name, "migrate") && !g_str_equal(*name, "restore"))
            return set_error(key, *name, "migrate, restore", error);
        config->migrate |= g_str_equal(*name, "migrate");
        config->restore |= g_str_equal(*name, "restore");
    }
    return TRUE;
}

static gboolean
read_ignore(HookConfig *config, const char *key G_GNUC_UNUSED, const char *value, GError **error)
{
    g_auto(GStrv) names = split_list(value);

    for (char **name = names; *name; name++) {
        if (**name && !vmc_rules_find(*name) && !vmc_site_is_rule_id(*name)) {
            g_set_error(error, VMC_ERROR, VMC_ERROR_INVALID_ARGUMENT,
                        _("[hook] ignore: no rule is named '%s' (vmcompat rules lists them)"),
                        *name);
            return FALSE;
        }
        if (**name)
            g_hash_table_add(config->ignore, g_strdup(*name));
    }
    return TRUE;
}

static void
assume_all(GHashTable *assume)
{
    for (const char *const *flag = vmc_assume_flags(); *flag; flag++)
        g_hash_table_add(assume, g_strdup(*flag));
}

static gboolean
read_assume(HookConfig *config, const char *key, const char *value, GError **error)
{
    g_auto(GStrv) names = split_list(value);

    g_hash_table_remove_all(config->assume);
    for (char **name = names; *name; name++) {
        if (g_str_equal(*name, "all"))
            assume_all(config->assume);
        else if (g_strv_contains(vmc_assume_flags(), *name))
            g_hash_table_add(config->assume, g_strdup(*name));
        else if (**name && !g_str_equal(*name, "none"))
            return set_error(key, *name, _("all, none, or flags that check --assume knows"), error);
    }
    return TRUE;
}

/* ---- the file ------------------------------------------------------------------------ */

static void
set_defaults(HookConfig *config)
{
    *config = (HookConfig){
        .offer = g_strdup(VMC_STATE_DIR "/offer.vmc"),
        .max_offer_age = 7 * 86400,
        .migrate = TRUE,
        .restore = TRUE,
        .assume = vmc_set_new(),
        .ignore = vmc_set_new(),
        .timeout = HOOK_DEFAULT_TIMEOUT,
        .site_rules = g_ptr_array_new_with_free_func(g_free),
        .site_timeout = 1,
    };
    /* The source has asked for what a flag would lift before we are asked, and
     * no hook is told the flags. */
    assume_all(config->assume);
}

void
hook_config_clear(HookConfig *config)
{
    g_clear_pointer(&config->offer, g_free);
    g_clear_pointer(&config->assume, g_hash_table_unref);
    g_clear_pointer(&config->ignore, g_hash_table_unref);
    g_clear_pointer(&config->site_rules, g_ptr_array_unref);
}

static gboolean
read_key(HookConfig *config, GKeyFile *file, const char *name, GError **error)
{
    g_autofree char *value = g_key_file_get_string(file, GROUP, name, error);

    if (!value)
        return FALSE;
    for (const Key *key = keys; key->key; key++) {
        if (g_str_equal(key->key, name))
            return key->read(config, name, g_strstrip(value), error);
    }
    g_set_error(error, VMC_ERROR, VMC_ERROR_INVALID_ARGUMENT, _("[hook] has no key '%s'"), name);
    return FALSE;
}

gboolean
hook_config_load(HookConfig *config, const char *file, GError **error)
{
    g_autoptr(GKeyFile) keyfile = g_key_file_new();
    g_autoptr(GError) why = NULL;
    g_auto(GStrv) names = NULL;
    gboolean ok = TRUE;

    set_defaults(config);
    if (!g_key_file_load_from_file(keyfile, file, G_KEY_FILE_NONE, &why)) {
        ok = g_error_matches(why, G_FILE_ERROR, G_FILE_ERROR_NOENT);
        if (!ok)
            g_propagate_error(error, g_steal_pointer(&why));
        return ok;
    }
    names = g_key_file_get_keys(keyfile, GROUP, NULL, NULL);
    for (char **name = names; name && *name; name++) {
        /* The first that is wrong is told; the others count all the same. */
        if (!read_key(config, keyfile, *name, ok ? error : NULL))
            ok = FALSE;
    }
    return ok;
}

static const Key keys[] = {
    { "policy", read_policy },
    { "operations", read_operations },
    { "ignore", read_ignore },
    { "assume", read_assume },
    { "offer", read_offer },
    { "max-offer-age", read_max_age },
    { "when-offer-missing", read_missing },
    { "when-undecided", read_undecided },
    { "when-failed", check_failed },
    { "timeout", read_timeout },
    { "offers", check_folder },
    { "guests", check_folder },
    { "peer-uri", check_uri },
    { "site-rules", read_site_rules },
    { "site-rules-timeout", read_site_timeout },
    { NULL, NULL },
};
