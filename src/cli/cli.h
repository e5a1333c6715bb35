/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The vmcompat command: a client of <vmcompat/…>, as any other program.
 */
#pragma once

#include <vmcompat/vmcompat-libvirt.h>

#include <glib/gi18n-lib.h>

enum {
    EXIT_NO_VERDICT = 1, /* usage, unreadable blob, no connection */
};

/* Options that commands share; each takes those it understands. */
typedef struct {
    char *connect, *facts, *output, *offer, *xml, *image;
    char *format, *color, *as, *max_age, *local_files, *save;
    char **assume, **ignore, **question_files, **domains, **destinations;
    gboolean all, remove, watch, started;
    gboolean readonly, armor, host, quiet, verbose, dry_run, cpu_models;
    char *config, **severities, **site_rules;
    char *folder;
    int timeout;
    char **args; /* what is left on the command line */
} CliOptions;

typedef struct {
    const char *name;
    const char *args;    /* N_() */
    const char *summary; /* N_() */
    const char *options; /* letters of the options it takes, see main.c's table */
    int (*run)(CliOptions *options, GError **error); /* exit status; -1: *error is set */
} CliCommand;

int cli_get(CliOptions *options, GError **error);
int cli_check(CliOptions *options, GError **error);
int cli_offer(CliOptions *options, GError **error);
int cli_hook(CliOptions *options, GError **error);
int cli_status(CliOptions *options, GError **error);
int cli_show(CliOptions *options, GError **error);
int cli_systems(CliOptions *options, GError **error);
int cli_rules(CliOptions *options, GError **error);
int cli_collect(CliOptions *options, GError **error);
int cli_embed(CliOptions *options, GError **error);
int cli_gate(CliOptions *options, GError **error);

/* The hidden one; no error is ever told. */
int cli_complete(CliOptions *options, GError **error);

/* main.c: the tables; NULL: no such, or no more */
const CliCommand *cli_command_at(size_t index);
const CliCommand *cli_command_named(const char *name);
const GOptionEntry *cli_option_at(const CliCommand *command, size_t index);

/* cmd-check.c: --as, --assume and their like */
VmcCheckOptions *cli_check_options(const CliOptions *options, GError **error);

/* connect.c */
static inline void
cli_close(virConnectPtr *conn)
{
    if (*conn)
        virConnectClose(*conn);
}
#define CLI_AUTO_CONN __attribute__((cleanup(cli_close))) virConnectPtr
gboolean cli_load_libvirt(GError **error); /* and keeps it from printing */
virConnectPtr cli_connect(const CliOptions *options, GError **error);
char **cli_domain_names(const CliOptions *options); /* NULL: not to be had */

/* io.c */
GBytes *cli_read(const char *file, GError **error); /* "-": standard input */
/* NULL or "-": standard output.  A regular file appears whole or not at all. */
gboolean cli_write(const char *file, const char *data, size_t length, GError **error);
gboolean cli_flush(GError **error); /* what was printed */
/* A daemon that goes away is an error and no death. */
void cli_ignore_broken_pipes(void);
VmcDocument *cli_read_document(const char *file, GError **error);
/* --facts; @domain: NULL for the whole host */
VmcDocument *cli_read_facts(const CliOptions *options, const char *domain, GError **error);
gboolean cli_format(const CliOptions *options, VmcFormat *ret_format, GError **error);
gboolean cli_local_files(const CliOptions *options, int *ret_value, GError **error);
gboolean cli_use_color(const CliOptions *options, GError **error, gboolean *ret_color);
gboolean cli_age(const char *text, guint64 *ret_seconds, GError **error);
gboolean cli_no_args(const CliOptions *options, size_t most, GError **error);

/* watchdog.c: a bound on libvirt's silence; each progress starts it anew. */
typedef void CliGiveUp(const GError *why); /* called in another thread; then the process ends */
void cli_bound(int seconds, CliGiveUp *tell);
void cli_watch(void);                 /* before anything that may call libvirt */
void cli_watch_pause(gboolean pause); /* while somebody else is waited for */
void cli_watch_end(void);             /* the command has its result */
/* For what keeps a bound by itself. */
void cli_unbounded(void);
void cli_progress(size_t done, size_t total, void *opaque);
