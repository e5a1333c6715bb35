/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Options of a check.
 */
#include "lib/lib.h"

VmcCheckOptions *
vmc_check_options_new(void)
{
    VmcCheckOptions *options = g_atomic_rc_box_new0(VmcCheckOptions);

    options->assume = vmc_set_new();
    options->ignore = vmc_set_new();
    options->severities = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    options->site.folders = g_ptr_array_new_with_free_func(g_free);
    options->local_files = -1;
    return options;
}

VmcCheckOptions *
vmc_check_options_ref(VmcCheckOptions *options)
{
    return g_atomic_rc_box_acquire(options);
}

static void
clear_options(void *opaque)
{
    VmcCheckOptions *options = opaque;

    g_hash_table_unref(options->assume);
    g_hash_table_unref(options->ignore);
    g_hash_table_unref(options->severities);
    vmc_site_programs_clear(&options->site);
}

/* Counted for threads of a gate that may outlive the call. */
void
vmc_check_options_free(VmcCheckOptions *options)
{
    if (options)
        g_atomic_rc_box_release_full(options, clear_options);
}

void
vmc_check_options_set_as(VmcCheckOptions *options, VmcState as)
{
    g_return_if_fail(options != NULL);
    options->as = as;
}

gboolean
vmc_check_options_add_assume(VmcCheckOptions *options, const char *flag, GError **error)
{
    g_return_val_if_fail(options != NULL && flag != NULL, FALSE);

    if (g_str_equal(flag, "all")) {
        for (const char *const *known = vmc_assume_flags(); *known; known++)
            g_hash_table_add(options->assume, g_strdup(*known));
        return TRUE;
    }
    if (!g_strv_contains(vmc_assume_flags(), flag)) {
        g_autofree char *known = g_strjoinv(", ", (char **)vmc_assume_flags());

        g_set_error(error, VMC_ERROR, VMC_ERROR_INVALID_ARGUMENT,
                    _("no rule depends on a flag '%1$s' (known: %2$s)"), flag, known);
        return FALSE;
    }
    g_hash_table_add(options->assume, g_strdup(flag));
    return TRUE;
}

static gboolean
is_rule(const char *id, GError **error)
{
    if (vmc_rules_find(id) || vmc_site_is_rule_id(id))
        return TRUE;
    g_set_error(error, VMC_ERROR, VMC_ERROR_INVALID_ARGUMENT,
                _("no rule is named '%s' (vmcompat rules lists them)"), id);
    return FALSE;
}

gboolean
vmc_check_options_add_ignore(VmcCheckOptions *options, const char *rule, GError **error)
{
    g_return_val_if_fail(options != NULL && rule != NULL, FALSE);

    if (!is_rule(rule, error))
        return FALSE;
    g_hash_table_add(options->ignore, g_strdup(rule));
    return TRUE;
}

/* A conditional that no flag lifts would be a blocker by another name. */
static gboolean
can_weigh(const char *id, VmcSeverity severity, GError **error)
{
    const VmcRule *rule = vmc_rules_find(id);

    if (!vmc_severity_name(severity)) {
        g_set_error(error, VMC_ERROR, VMC_ERROR_INVALID_ARGUMENT, _("there is no severity %d"),
                    (int)severity);
        return FALSE;
    }
    if (severity != VMC_SEVERITY_CONDITIONAL || (rule && rule->assume))
        return TRUE;
    g_set_error(error, VMC_ERROR, VMC_ERROR_INVALID_ARGUMENT,
                _("'%s' can't be conditional: no flag lifts it"), id);
    return FALSE;
}

gboolean
vmc_check_options_set_severity(VmcCheckOptions *options,
                               const char *rule,
                               VmcSeverity severity,
                               GError **error)
{
    g_return_val_if_fail(options != NULL && rule != NULL, FALSE);

    if (!is_rule(rule, error) || !can_weigh(rule, severity, error))
        return FALSE;
    g_hash_table_insert(options->severities, g_strdup(rule), GINT_TO_POINTER(severity));
    return TRUE;
}

/* Absolute, since programs are run in another directory than ours.  NULL: no such
 * folder. */
static char *
folder_path(const char *folder, GError **error)
{
    if (g_file_test(folder, G_FILE_TEST_IS_DIR))
        return g_canonicalize_filename(folder, NULL);
    g_set_error(error, VMC_ERROR, VMC_ERROR_INVALID_ARGUMENT, _("there is no folder '%s'"), folder);
    return NULL;
}

gboolean
vmc_check_options_add_site_rules(VmcCheckOptions *options, const char *folder, GError **error)
{
    char *path = NULL;

    g_return_val_if_fail(options != NULL && folder != NULL, FALSE);
    path = folder_path(folder, error);
    if (!path)
        return FALSE;
    g_ptr_array_add(options->site.folders, path);
    return TRUE;
}

gboolean
vmc_check_options_set_extchecks(VmcCheckOptions *options,
                                const char *folder,
                                const char *const *parameters,
                                GError **error)
{
    char *path = NULL;

    g_return_val_if_fail(options != NULL && folder != NULL, FALSE);
    path = folder_path(folder, error);
    if (!path)
        return FALSE;
    g_free(options->site.extchecks);
    options->site.extchecks = path;
    g_strfreev(options->site.extchecks_params);
    options->site.extchecks_params = g_strdupv((char **)parameters);
    return TRUE;
}

void
vmc_check_options_set_site_timeout(VmcCheckOptions *options, unsigned int seconds)
{
    g_return_if_fail(options != NULL);
    options->site.timeout = seconds;
}

void
vmc_check_options_set_progress(VmcCheckOptions *options, VmcProgressFunc progress, void *opaque)
{
    g_return_if_fail(options != NULL);
    options->progress = progress;
    options->opaque = opaque;
}

void
vmc_check_options_set_max_age(VmcCheckOptions *options, guint64 seconds)
{
    g_return_if_fail(options != NULL);
    options->max_age = seconds;
}

void
vmc_check_options_set_dry_run(VmcCheckOptions *options, gboolean dry_run)
{
    g_return_if_fail(options != NULL);
    options->dry_run = dry_run;
}

void
vmc_check_options_set_local_files(VmcCheckOptions *options, int local_files)
{
    g_return_if_fail(options != NULL);
    options->local_files = local_files;
}
