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

    if (!g_strv_contains(vmc_assume_flags(), flag)) {
        g_autofree char *known = g_strjoinv(", ", (char **)vmc_assume_flags());

        g_set_error(error, VMC_ERROR, VMC_ERROR_INVALID_ARGUMENT,
                    _("no rule depends on a flag '%1$s' (known: %2$s)"), flag, known);
        return FALSE;
    }
    g_hash_table_add(options->assume, g_strdup(flag));
    return TRUE;
}

gboolean
vmc_check_options_add_ignore(VmcCheckOptions *options, const char *rule, GError **error)
{
    g_return_val_if_fail(options != NULL && rule != NULL, FALSE);

    if (!vmc_rules_find(rule)) {
        g_set_error(error, VMC_ERROR, VMC_ERROR_INVALID_ARGUMENT,
                    _("no rule is named '%s' (vmcompat rules lists them)"), rule);
        return FALSE;
    }
    g_hash_table_add(options->ignore, g_strdup(rule));
    return TRUE;
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
