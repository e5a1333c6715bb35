/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * vmcompat embed: the blob that travels in a domain's metadata.
 */
#include "cli/cli.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <libvirt/virterror.h>
#include <stdio.h>

static gboolean
check_usage(const CliOptions *options, GError **error)
{
    gboolean named = options->args && options->args[0];

    if (named + options->all + options->started + options->watch != 1) {
        g_set_error_literal(error, VMC_ERROR, VMC_ERROR_INVALID_ARGUMENT,
                            _("exactly one of DOMAIN, --all, --started and --watch is needed"));
        return FALSE;
    }
    if ((options->started || options->watch) && options->remove) {
        g_set_error_literal(error, VMC_ERROR, VMC_ERROR_INVALID_ARGUMENT,
                            _("--started and --watch embed; --remove goes with DOMAIN or --all"));
        return FALSE;
    }
    return cli_no_args(options, 1, error);
}

typedef struct {
    const CliOptions *options;
    size_t n_failed;
} Talk;

static void
tell(const char *domain, const GError *why_not, void *opaque)
{
    Talk *talk = opaque;

    if (!talk->options->watch && !talk->options->started)
        cli_progress(0, 0, NULL);
    if (why_not) {
        talk->n_failed++;
        g_printerr(_("vmcompat: skipped %1$s: %2$s\n"), domain, why_not->message);
    } else if (!talk->options->quiet) {
        printf(talk->options->remove ? _("%s: removed\n") : _("%s: embedded\n"), domain);
        fflush(stdout);
    }
}

/* ---- what the hook has noted ---------------------------------------------------------- */

#define NOTES VMC_RUN_DIR "/started" /* HOOK_STARTED in hooks/hook.h */
#define LOOK_AGAIN G_USEC_PER_SEC    /* while a guest is still arriving */
#define PATIENCE 300                 /* seconds: then another is started for what is left */

static char *
notes_folder(void)
{
    const char *run_dir = g_getenv("VMCOMPAT_HOOK_RUN_DIR"); /* as for the hook */

    return run_dir ? g_build_filename(run_dir, "started", NULL) : g_strdup(NOTES);
}

/* A guest that is still on its way here has its note kept; TRUE: it is. */
static gboolean
take_note(virConnectPtr conn, const char *folder, const char *name, Talk *talk)
{
    g_autofree char *note = g_build_filename(folder, name, NULL);
    g_autoptr(GError) why = NULL;

    /* First the note: a start in the meantime makes a new one. */
    if (g_unlink(note) != 0 && errno == ENOENT)
        return FALSE;
    if (vmc_embed(conn, name, VMC_EMBED_CHANGED, tell, talk, &why) ||
        g_error_matches(why, VMC_VIRT_ERROR, VIR_ERR_NO_DOMAIN))
        return FALSE;
    if (g_error_matches(why, VMC_ERROR, VMC_ERROR_INVALID_STATE))
        return g_file_set_contents(note, "", 0, NULL);
    tell(name, why, talk);
    return FALSE;
}

static gboolean
take_notes(virConnectPtr conn, const char *folder, Talk *talk)
{
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    gboolean any_left = FALSE;

    for (const char *name = dir ? g_dir_read_name(dir) : NULL; name; name = g_dir_read_name(dir))
        g_ptr_array_add(names, g_strdup(name));
    for (size_t i = 0; i < names->len; i++)
        any_left |= take_note(conn, folder, names->pdata[i], talk);
    return any_left;
}

static void
embed_started(virConnectPtr conn, Talk *talk)
{
    g_autofree char *folder = notes_folder();
    gint64 end = g_get_monotonic_time() + PATIENCE * G_TIME_SPAN_SECOND;

    cli_unbounded();
    while (take_notes(conn, folder, talk) && g_get_monotonic_time() < end)
        g_usleep(LOOK_AGAIN);
}

/* ---- the command ---------------------------------------------------------------------- */

int
cli_embed(CliOptions *options, GError **error)
{
    Talk talk = { options, 0 };
    CLI_AUTO_CONN conn = NULL;

    if (!check_usage(options, error))
        return -1;
    conn = cli_connect(options, error);
    if (!conn)
        return -1;
    if (options->watch) {
        cli_unbounded();
        vmc_embed_watch(conn, tell, &talk, error);
        return -1; /* it returns when libvirt is gone */
    }
    if (options->started)
        embed_started(conn, &talk);
    else if (!vmc_embed(conn, options->all ? NULL : options->args[0],
                        options->remove ? VMC_EMBED_REMOVE : 0, tell, &talk, error))
        return -1;
    return talk.n_failed > 0 ? EXIT_NO_VERDICT : 0;
}
