/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What the files of derive/ share with each other and with nobody else.
 */
#pragma once

#include "derive/derive.h"
#include "derive/xml.h"

/* xml-lookup.c: a very small path language, for the tables.
 *
 * A path is child names and at most one attribute at the end: "source/@dev",
 * "@type", "backend/device/@path".  Without an attribute it is the element's
 * text; "." is the text of the node itself. */

/* NULL: no such element or attribute.  g_free() */
char *vmc_xml_value(const xmlNode *node, const char *path);

/* @when: terms separated by spaces, all of which must hold; NULL: holds.
 *   path        is there         !path        is not there
 *   path=a|b    is one of these  path!=a|b    is none of these, or not there */
gboolean vmc_xml_holds(const xmlNode *node, const char *when);

/* Parses a fact; @error names it.  NULL without @error: the fact is absent. */
xmlDoc *vmc_derive_parse_fact(const VmcFacts *facts, const char *name, GError **error);

/* The document's root if it is called @name; else @error. */
xmlNode *
vmc_derive_root(const xmlDoc *doc, const char *name, const char *fact, GError **error);

/* expansion.c: the features of a CPU model as a new set; NULL: not at hand, or
 * damaged (then @error). */
GHashTable *vmc_derive_expansion(const VmcFacts *facts, const char *model, GError **error);
char *vmc_derive_expansion_name(const char *model);

/* Adds or takes away one <feature policy='…' name='…'>. */
void vmc_derive_apply_policy(GHashTable *features, const char *policy, const char *name);

/* offer-*.c, each filling in its part. */
gboolean vmc_offer_read_capabilities(VmcOffer *offer, const VmcFacts *facts, GError **error);
gboolean vmc_offer_read_domcaps(VmcOffer *offer, const VmcFacts *facts, GError **error);
void vmc_offer_read_tables(VmcOffer *offer, const VmcFacts *facts);

/* One domain capabilities document, with what it can show a guest. */
VmcDomcaps *vmc_derive_domcaps(const VmcFacts *facts, const char *fact, GError **error);

/* requirement-*.c */
typedef struct {
    VmcRequirement *req;
    const VmcFacts *facts;
    const char *folder;
    const xmlNode *domain;
    /* <devices> of the definition that the user wrote, where the judged one is
     * live and it is at hand; NULL otherwise */
    const xmlNode *written;
    GHashTable *shared; /* path → VmcTristate, as seen on the source; NULL: not told */
} VmcReading;

/* One row of a table: for each element @element (below <devices>, or a path
 * below <domain>) for which @when holds, a need is made. */
typedef struct {
    const char *element;
    const char *when;
    VmcNeedKind kind;
    const char *name;   /* path to the name, or "=text" */
    const char *detail; /* likewise; NULL: none */
    const char *absent; /* the name where the path leads nowhere; NULL: no need */
    unsigned int flags;
    VmcState only; /* 0: any */
} VmcNeedRow;

void vmc_reading_apply(VmcReading *reading,
                       const xmlNode *node,
                       const char *element,
                       const VmcNeedRow *rows,
                       size_t n);

/* The row's work for every element on a path ("features/hyperv/ *"). */
void vmc_reading_apply_paths(VmcReading *reading, const VmcNeedRow *rows, size_t n);

/* XPath below <domain> of a device, or of any element.  g_free() */
char *vmc_reading_subject(const VmcReading *reading, const xmlNode *node);

/* A FILE need, unless libvirt makes the path up itself; @path NULL: none.
 * Relative and empty paths are none. */
VmcNeed *vmc_reading_add_file(VmcReading *reading,
                              const xmlNode *node,
                              const char *path,
                              const char *use,
                              unsigned int flags);

gboolean vmc_reading_cpu(VmcReading *reading, GError **error); /* requirement-cpu.c */
void vmc_reading_devices(VmcReading *reading);  /* requirement-devices.c: choices, by table */
void vmc_reading_traits(VmcReading *reading);   /* requirement-traits.c */
void vmc_reading_files(VmcReading *reading);    /* requirement-files.c: by table */
void vmc_reading_disks(VmcReading *reading);    /* requirement-disks.c */
void vmc_reading_hostdevs(VmcReading *reading); /* requirement-hostdevs.c */
void vmc_reading_chardevs(VmcReading *reading); /* requirement-chardevs.c */
void vmc_reading_networks(VmcReading *reading); /* requirement-networks.c */
void vmc_reading_tuning(VmcReading *reading);   /* requirement-tuning.c */
