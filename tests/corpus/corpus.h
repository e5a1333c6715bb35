/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What the files of corpus-run share: one text, and what is to hold for it.
 */
#pragma once

#include "document/document.h"

#include <stdio.h>

typedef enum {
    CORPUS_DOMAIN,
    CORPUS_CAPABILITIES,
    CORPUS_DOMCAPS,
    CORPUS_OTHER,
    CORPUS_N_KINDS,
} CorpusKind;

typedef struct {
    char *file;
    CorpusKind kind;
    GPtrArray *texts; /* char *: the file itself, or the definitions in it */
    gboolean sound;   /* checked, and nothing was found */
} CorpusFile;

void corpus_file_free(void *opaque);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CorpusFile, corpus_file_free)

/* corpus-text.c: what a file is; NULL if it can't be read. */
CorpusFile *corpus_file_read(const char *file);

/* corpus-check.c: says what is wrong on standard output, by file; FALSE if anything is. */
extern double corpus_limit; /* milliseconds of CPU that one step may take */
gboolean corpus_check_file(const CorpusFile *file);

typedef struct {
    char *label;
    VmcFacts *facts; /* the offer reads more of them when a guest asks */
    VmcOffer *offer;
} CorpusOffer;

void corpus_offer_free(void *opaque);

/* Definitions' and host models' CPUs, expanded by this machine's libvirt. */
VmcFacts *corpus_expansions(const GPtrArray *files);

/* The host that a file of (domain) capabilities tells of; NULL: it tells of none. */
CorpusOffer *corpus_offer(const CorpusFile *file, const VmcFacts *expansions);

/* Judges the file's guests in all states; as they are, and as if each offer's emulator and
 * machine were theirs.  @verdicts: a line for each, or NULL. */
gboolean corpus_judge_file(const CorpusFile *file,
                           const GPtrArray *offers,
                           const VmcFacts *expansions,
                           FILE *verdicts);

/* What is wrong, one line; counts. */
void corpus_complain(const char *file, const char *format, ...) G_GNUC_PRINTF(2, 3);
