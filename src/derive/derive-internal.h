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

/* @unit: libvirt's, NULL for KiB; rounds up. */
gboolean vmc_xml_scale_kib(const char *text, const char *unit, guint64 *ret_kib);

/* expansion.c: the features of a CPU model as a new set; NULL: not at hand, or
 * damaged (then @error). */
GHashTable *vmc_derive_expansion(const VmcFacts *facts, const char *model, GError **error);
char *vmc_derive_expansion_name(const char *model);

/* Adds or takes away one <feature policy='…' name='…'>. */
void vmc_derive_apply_policy(GHashTable *features, const char *policy, const char *name);

#define VMC_FACT_CAPABILITIES "host/capabilities.xml"

/* host.c: of capabilities that are parsed already; @capabilities may be NULL. */
void vmc_derive_host_of(const VmcFacts *facts, const xmlNode *capabilities, VmcHost *host);

/* offer-*.c, each filling in its part. */
gboolean vmc_offer_read_capabilities(VmcOffer *offer, const VmcFacts *facts, GError **error);
gboolean vmc_offer_read_domcaps(VmcOffer *offer, const VmcFacts *facts, GError **error);
void vmc_offer_read_tables(VmcOffer *offer, const VmcFacts *facts);

/* An attribute that is a number, at most G_MAXUINT; 0: there is none. */
unsigned int vmc_derive_uint(const xmlNode *node, const char *name);

/* One domain capabilities document: what it is of, and, for a second call, the rest,
 * with what it can show a guest. */
VmcDomcaps *vmc_derive_domcaps(const VmcFacts *facts, const char *fact, GError **error);
gboolean vmc_domcaps_read(VmcDomcaps *domcaps, const VmcFacts *facts, GError **error);

/* requirement-*.c */
typedef struct {
    VmcRequirement *req;
    const VmcFacts *facts;
    const char *folder;
    const xmlNode *domain;
    /* <devices> of the definition that the user wrote, where the judged one is
     * live and it is at hand; NULL otherwise */
    const xmlNode *written;
    gboolean live;      /* @domain is of a running guest */
    GHashTable *shared; /* path → VmcTristate, as seen on the source; NULL: not told */
    GHashTable *sizes;  /* path → guint64 *, bytes, as seen there; NULL with @shared */
} VmcReading;

/* One row of a table: for each element on the path @element (below <domain>; a
 * "*" is any child) for which @when holds, a need is made.  @name and @detail
 * are paths, "=text" for a text, or "name()" for the element's own name. */
typedef struct {
    const char *element;
    const char *when;
    VmcNeedKind kind;
    const char *name;   /* leads nowhere, or to nothing: no need */
    const char *detail; /* NULL, or leads nowhere: "" */
    unsigned int flags;
    VmcState only; /* states, as bits; 0: any */
    guint64 value;
} VmcNeedRow;

void vmc_reading_apply(VmcReading *reading, const VmcNeedRow *rows, size_t n);

/* Calls @func for every element on @path below @node. */
typedef void (*VmcNodeFunc)(VmcReading *reading, const xmlNode *node);
void vmc_reading_foreach(VmcReading *reading,
                         const xmlNode *node,
                         const char *path,
                         VmcNodeFunc func);

/* XPath below <domain> of a device, or of any element.  g_free() */
char *vmc_reading_subject(const VmcReading *reading, const xmlNode *node);

/* A FILE need, unless libvirt makes the path up itself; @path NULL: none.
 * Relative and empty paths are none. */
VmcNeed *vmc_reading_add_file(VmcReading *reading,
                              const xmlNode *node,
                              const char *path,
                              const char *use,
                              unsigned int flags);

/* An ADDRESS need, unless every host has it ("0.0.0.0", "127.0.0.1" …). */
void vmc_reading_add_address(VmcReading *reading,
                             const xmlNode *node,
                             const char *address,
                             const char *who);

/* SECRET needs of all <secret>s in <auth> and <encryption> below @node. */
void vmc_reading_add_secrets(VmcReading *reading, const xmlNode *node);

/* "pci_0000_00_1f_2" of an <address>; NULL if it is none. */
char *vmc_derive_pci_name(const xmlNode *address);

gboolean vmc_reading_cpu(VmcReading *reading, GError **error); /* requirement-cpu.c */
void vmc_reading_choices(VmcReading *reading);                 /* requirement-choices.c: table */
void vmc_reading_versions(VmcReading *reading);                /* requirement-versions.c: table */
void vmc_reading_traits(VmcReading *reading);                  /* requirement-traits.c: table */
void vmc_reading_files(VmcReading *reading);                   /* requirement-files.c: table */
void vmc_reading_resources(VmcReading *reading);               /* requirement-resources.c: table */
void vmc_reading_disks(VmcReading *reading);                   /* requirement-disks.c */
void vmc_reading_hostdevs(VmcReading *reading);                /* requirement-hostdevs.c */
void vmc_reading_claims(VmcReading *reading);                  /* claims.c: table */
void vmc_reading_chardevs(VmcReading *reading);                /* requirement-chardevs.c */
void vmc_reading_memory(VmcReading *reading);                  /* requirement-memory.c */
void vmc_reading_invalid(VmcReading *reading);                 /* requirement-invalid.c: table */
void vmc_reading_tuning(VmcReading *reading);                  /* requirement-tuning.c: table */
