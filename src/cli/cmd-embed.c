/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * vmcompat embed: the blob that travels in a domain's metadata.
 */
#include "cli/cli.h"

#include <stdio.h>

static gboolean
check_usage(const CliOptions *options, GError **error)
{
    gboolean named = options->args && options->args[0];

    if (named + options->all + options->watch != 1) {
        g_set_error_literal(error, VMC_ERROR, VMC_ERROR_INVALID_ARGUMENT,
                            _("exactly one of DOMAIN, --all and --watch is needed"));
        return FALSE;
    }
    if (options->watch && options->remove) {
        g_set_error_literal(error, VMC_ERROR, VMC_ERROR_INVALID_ARGUMENT,
                            _("--watch embeds; --remove goes with DOMAIN or --all"));
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

    if (!talk->options->watch)
        cli_progress(0, 0, NULL);
    if (why_not) {
        talk->n_failed++;
        g_printerr(_("vmcompat: skipped %1$s: %2$s\n"), domain, why_not->message);
    } else if (!talk->options->quiet) {
        printf(talk->options->remove ? _("%s: removed\n") : _("%s: embedded\n"), domain);
        fflush(stdout);
    }
}

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
    if (!vmc_embed(conn, options->all ? NULL : options->args[0],
                   options->remove ? VMC_EMBED_REMOVE : 0, tell, &talk, error))
        return -1;
    return talk.n_failed > 0 ? EXIT_NO_VERDICT : 0;
}
