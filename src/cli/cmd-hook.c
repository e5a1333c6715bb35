/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * vmcompat hook: puts our programs in the way of an orchestrator, and takes them
 * out again.  What others have put there is never touched.
 */
#include "cli/hook-points.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <unistd.h>

static gboolean
set_errno(GError **error, const char *path)
{
    int problem = errno;

    g_set_error(error, VMC_ERROR,
                problem == EACCES || problem == EPERM ? VMC_ERROR_ACCESS_DENIED : VMC_ERROR_FAILED,
                _("can't change '%1$s': %2$s"), path, g_strerror(problem));
    return FALSE;
}

static gboolean
set_foreign(GError **error, const char *link)
{
    g_set_error(error, VMC_ERROR, VMC_ERROR_FAILED, _("'%s' is not vmcompat's, and stays as it is"),
                link);
    return FALSE;
}

/* ---- one file ------------------------------------------------------------------------- */

typedef struct {
    const CliHookPoint *point;
    char *link;
    CliHookState state;
} Place;

/* Before anything is changed: nothing is left half done for a reason that could
 * be seen. */
static gboolean
can_install(const Place *place, GError **error)
{
    g_autofree char *target = cli_hook_program(place->point);
    g_autofree char *rival = cli_hook_rival(place->point, place->link);

    if (place->state == CLI_HOOK_FOREIGN || rival)
        return set_foreign(error, rival ? rival : place->link);
    if (cli_hook_is_program(target))
        return TRUE;
    g_set_error(error, VMC_ERROR, VMC_ERROR_FAILED, _("'%s' is not installed"), target);
    return FALSE;
}

static gboolean
install(const Place *place, GError **error)
{
    g_autofree char *folder = g_path_get_dirname(place->link);
    g_autofree char *target = cli_hook_program(place->point);

    if (place->state == CLI_HOOK_OURS) {
        printf(_("'%s' is there already\n"), place->link);
        return TRUE;
    }
    if (g_mkdir_with_parents(folder, 0755) != 0)
        return set_errno(error, folder);
    if (symlink(target, place->link) != 0)
        return set_errno(error, place->link);
    printf(_("'%s' is installed\n"), place->link);
    return TRUE;
}

static gboolean
can_remove(const Place *place, GError **error)
{
    return place->state != CLI_HOOK_FOREIGN || set_foreign(error, place->link);
}

static gboolean
take_out(const Place *place, GError **error)
{
    if (place->state == CLI_HOOK_ABSENT) {
        printf(_("'%s' is not there\n"), place->link);
        return TRUE;
    }
    if (g_unlink(place->link) != 0)
        return set_errno(error, place->link);
    printf(_("'%s' is removed; nothing needs a reload\n"), place->link);
    return TRUE;
}

/* ---- all of a target -------------------------------------------------------------------- */

typedef struct {
    const char *name;
    gboolean (*can)(const Place *place, GError **error);
    gboolean (*run)(const Place *place, GError **error);
    gboolean advises;
} Action;

static const Action actions[] = {
    { "install", can_install, install, TRUE },
    { "remove", can_remove, take_out, FALSE },
};

static void
clear_place(void *opaque)
{
    Place *place = opaque;

    g_free(place->link);
}

static GArray *
places_of(const char *target, const CliOptions *options)
{
    GArray *places = g_array_new(FALSE, FALSE, sizeof(Place));
    const CliHookPoint *point;

    g_array_set_clear_func(places, clear_place);
    for (size_t i = 0; (point = cli_hook_point_at(i)); i++) {
        Place place = { .point = point };

        if (!g_str_equal(point->target, target))
            continue;
        place.link = cli_hook_link(point, options);
        place.state = cli_hook_state(point, place.link);
        g_array_append_val(places, place);
    }
    return places;
}

static void
advise(const char *target, gboolean has_others)
{
    const char *advice = cli_hook_advice(target);

    if (advice)
        printf("%s", advice);
    else if (!has_others)
        printf(_("It is the first hook for QEMU guests here; libvirt sees it after\n"
                 "  systemctl reload libvirtd    (or virtqemud)\n"));
}

/* libvirt's folder is made where there is none; that of another tells whether the
 * orchestrator is here at all. */
static gboolean
check_folder(const char *target,
             const CliHookPoint *point,
             const CliOptions *options,
             GError **error)
{
    const char *folder = options->folder ? options->folder : point->folder;

    if (g_str_equal(target, "libvirt") || g_file_test(folder, G_FILE_TEST_IS_DIR))
        return TRUE;
    g_set_error(error, VMC_ERROR, VMC_ERROR_FAILED,
                _("there is no folder '%1$s'; where %2$s has its own, --folder names it"), folder,
                target);
    return FALSE;
}

static gboolean
run_action(const Action *action, const char *target, const CliOptions *options, GError **error)
{
    g_autoptr(GArray) places = places_of(target, options);
    const Place *first = (const Place *)(void *)places->data;
    gboolean has_others = FALSE, any_new = FALSE;

    if (places->len == 0) {
        g_autofree char *known = cli_hook_targets();

        g_set_error(error, VMC_ERROR, VMC_ERROR_INVALID_ARGUMENT,
                    _("there is no hook for '%1$s' (%2$s)"), target, known);
        return FALSE;
    }
    if (action->advises && !check_folder(target, first->point, options, error))
        return FALSE;
    for (guint i = 0; i < places->len; i++) {
        if (!action->can(&first[i], error))
            return FALSE;
        any_new |= first[i].state == CLI_HOOK_ABSENT;
    }
    has_others = g_str_equal(target, "libvirt") && cli_hook_has_others(first->link);
    for (guint i = 0; i < places->len; i++) {
        if (!action->run(&first[i], error))
            return FALSE;
    }
    if (action->advises && any_new)
        advise(target, has_others);
    return TRUE;
}

int
cli_hook(CliOptions *options, GError **error)
{
    const char *name = options->args ? options->args[0] : "";
    const char *target = *name ? options->args[1] : NULL;

    if (!cli_no_args(options, 2, error))
        return -1;
    for (size_t i = 0; i < G_N_ELEMENTS(actions); i++) {
        if (g_str_equal(actions[i].name, name))
            return run_action(&actions[i], target ? target : "libvirt", options, error) ? 0 : -1;
    }
    g_set_error(error, VMC_ERROR, VMC_ERROR_INVALID_ARGUMENT,
                _("vmcompat hook takes install or remove, not '%s'"), name);
    return -1;
}
