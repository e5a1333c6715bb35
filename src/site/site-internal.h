/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What the files of site/ share.
 */
#pragma once

#include "rules/engine.h"
#include "site/site.h"

/* What a program may print, on each of its two outputs. */
#define VMC_SITE_MAX_OUTPUT (64u * 1024)

/* ---- run.c: one program, bounded ------------------------------------------- */

typedef enum {
    VMC_RUN_EXITED = 0,
    VMC_RUN_SIGNALED,
    VMC_RUN_LATE,        /* killed: it did not end in time */
    VMC_RUN_TALKATIVE,   /* killed: it printed too much */
    VMC_RUN_NOT_STARTED, /* failure says why */
} VmcRunEnd;

typedef struct {
    VmcRunEnd end;
    int status;   /* exit status, or signal */
    GString *out; /* standard output and error: as printed, up to the cap */
    GString *err;
    char *failure; /* NOT_STARTED: why */
} VmcRun;

/* Runs @argv in a session of its own, with nothing on its standard input.  When
 * this returns, it and what it started in its group are gone. */
void vmc_run_program(
    const char *const *argv, unsigned int seconds, VmcTickFunc tick, void *opaque, VmcRun *run);
void vmc_run_clear(VmcRun *run);

/* ---- programs.c: which programs there are ------------------------------------ */

typedef enum {
    VMC_PROGRAM_RULE,     /* a site rule */
    VMC_PROGRAM_EXTCHECK, /* called as libvirt-cim does */
} VmcProgramKind;

typedef struct {
    VmcProgramKind kind;
    char *name, *path;
    VmcRule *rule;     /* site/NAME; a reference */
    char *distrusted;  /* translated: why it is not run, or NULL */
    gboolean misnamed; /* would be run under another name */
    gboolean was_late;
    unsigned int seconds; /* that it was given */
} VmcProgram;

/* Appends the programs of @folder, in the order of their names in the C locale. */
void vmc_programs_list(GPtrArray *programs, VmcProgramKind kind, const char *folder);
GPtrArray *vmc_programs_new(void);

/* ---- answer.c: what a program said ------------------------------------------- */

/* Adds the findings of a site rule's run to @findings; where it gave no answer,
 * "site-rule-failed" alone. */
void vmc_site_answer(const VmcProgram *program,
                     const VmcRun *run,
                     unsigned int seconds,
                     VmcFindings *findings);

/* The same for a check of libvirt-cim: its exit status is all it says. */
void vmc_extcheck_answer(const VmcProgram *program,
                         const VmcRun *run,
                         unsigned int seconds,
                         VmcFindings *findings);

/* That @program was not asked, or gave no answer; @settle: what can be done, NULL
 * the rule's own remedy. */
void vmc_site_failed(const VmcProgram *program,
                     VmcFindings *findings,
                     const char *settle,
                     const char *format,
                     ...) G_GNUC_PRINTF(4, 5);
