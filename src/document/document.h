/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Document: facts of one source host, its offer or not, and any number of
 * systems; facts ⇄ XML ⇄ blob.  The XML carries facts, not conclusions, so that
 * a newer checker judges an older blob with all it knows.
 */
#pragma once

#include "derive/derive.h"

/* One domain of a document. */
typedef struct {
    char *folder; /* "domains/KEY" */
    char *name, *uuid;
    VmcEnabledState enabled_state;
    /* Derived when first asked for: a blob that is only passed on needs none. */
    const VmcFacts *facts; /* the document's */
    const VmcHost *host;   /* the document's */
    GMutex lock;           /* of what follows */
    VmcRequirement *off, *saved, *live;
} VmcSystem;

struct _VmcDocument {
    VmcFacts *facts;
    VmcHost host;
    char *generator;    /* version of vmcompat that made it, or NULL */
    VmcOffer *offer;    /* NULL: none */
    GPtrArray *systems; /* VmcSystem *, in the order of their names */
};

/* Takes @facts.  Derives everything; the facts say (host/host.tsv, offer=yes)
 * whether they are to be taken as an offer. */
VmcDocument *vmc_document_new(VmcFacts *facts, GError **error);

/* The same without a look at the definitions, for facts fresh from libvirt;
 * what is wrong with them is told when they are judged. */
VmcDocument *vmc_document_new_unchecked(VmcFacts *facts, GError **error);

/* The requirement for a state; NULL with @error set where it can't be derived,
 * NULL without for VMC_STATE_NONE or where no definition is known.  It lives as
 * long as the document.  Threads may call it at once. */
const VmcRequirement *vmc_system_requirement(const VmcSystem *system,
                                             VmcState state,
                                             GError **error);

/* document-xml.c: facts ⇄ XML, by one table.  Same facts, same bytes.
 * "passwd" attributes and the like are dropped on the way (no secrets). */
char *vmc_document_to_xml(const VmcDocument *document);
VmcFacts *vmc_facts_from_xml(GBytes *bytes, char **ret_generator, GError **error);

/* blob.c: the envelope (design.md section 6). */
GBytes *vmc_blob_wrap(const char *payload, size_t length, GError **error);
GBytes *vmc_blob_unwrap(GBytes *blob, GError **error);                  /* the payload */
GBytes *vmc_blob_unwrap_small(GBytes *blob, guint max, GError **error); /* of at most @max bytes */
gboolean vmc_blob_has_magic(GBytes *bytes);
char *vmc_blob_armor(GBytes *blob);
GBytes *vmc_blob_dearmor(const char *text, size_t length, GError **error);

/* Facts of a document about one of its systems alone, the host's as its source's;
 * and those of the host as an offer alone. */
VmcFacts *vmc_document_system_facts(const VmcFacts *facts, const VmcSystem *system);
VmcFacts *vmc_document_offer_facts(const VmcFacts *facts);

/* Frees what is inside; the memory itself belongs to g_atomic_rc_box. */
void vmc_document_clear(VmcDocument *document);

/* Sets or clears "offer" in host/host.tsv. */
void vmc_document_set_offer(VmcFacts *facts, gboolean offer);
