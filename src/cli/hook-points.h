/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Where orchestrators look for programs of others.
 */
#pragma once

#include "cli/cli.h"

typedef struct {
    const char *target;    /* "vdsm": what "vmcompat hook install" is told */
    const char *folder;    /* the orchestrator's own, --folder replaces it */
    const char *subfolder; /* made if it is not there; NULL: none */
    const char *name;      /* of the link that we make there */
    const char *program;   /* what it leads to, below pkglibexecdir */
    const char *rivals;    /* endings of names of which the orchestrator runs one alone, or NULL */
} CliHookPoint;

typedef enum {
    CLI_HOOK_ABSENT,
    CLI_HOOK_OURS,
    CLI_HOOK_FOREIGN,
} CliHookState;

const CliHookPoint *cli_hook_point_at(size_t index); /* NULL: no more */
const char *cli_hook_advice(const char *target);     /* translated; NULL: none */
char *cli_hook_targets(void);                        /* "libvirt, vdsm, …"; g_free() */

char *cli_hook_program(const CliHookPoint *point);                         /* g_free() */
char *cli_hook_link(const CliHookPoint *point, const CliOptions *options); /* g_free() */
CliHookState cli_hook_state(const CliHookPoint *point, const char *link);
/* Somebody else's file that ours would displace; g_free(), NULL: none */
char *cli_hook_rival(const CliHookPoint *point, const char *link);
gboolean cli_hook_is_program(const char *path);
/* Of libvirt's folder. */
gboolean cli_hook_has_others(const char *link);
