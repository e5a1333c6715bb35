/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What collect-domain.c (one) and collect-domains.c (all) share.
 */
#pragma once

#include "collect/collect-internal.h"

/* What was learnt about all domains in one call; keys are UUIDs as text.
 * NULL: not known, so each domain is asked. */
typedef struct {
    GHashTable *states;                                        /* → VmcGuestState */
    GHashTable *managed, *transient, *snapshots, *checkpoints; /* sets */
} VmcGuestTables;

typedef struct {
    int state, reason; /* libvirt's numbers */
} VmcGuestState;

/* collect-states.c.  FALSE: the connection is gone.  The sets alone, or states, too. */
gboolean vmc_guest_sets_fill(virConnectPtr conn, VmcGuestTables *tables, GError **error);
gboolean vmc_guest_tables_fill(virConnectPtr conn, VmcGuestTables *tables, GError **error);
void vmc_guest_tables_clear(VmcGuestTables *tables);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(VmcGuestTables, vmc_guest_tables_clear)

/* All domains of the host are written to host/domains.tsv. */
void vmc_guest_list(VmcFacts *facts, const VmcGuestTables *tables, virDomainPtr *domains, size_t n);

/* fetch-ahead.c */
typedef enum {
    VMC_DEFINITION_LIVE,
    VMC_DEFINITION_INACTIVE,
} VmcDefinition;

typedef struct _VmcFetchAhead VmcFetchAhead;
VmcFetchAhead *vmc_fetch_ahead_start(virDomainPtr *domains, size_t n);
void vmc_fetch_ahead_free(VmcFetchAhead *ahead);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VmcFetchAhead, vmc_fetch_ahead_free)

/* A definition of domain number @index, once; NULL: not to be had (the domain is
 * not running, or gone).  @index never becomes less.  free() */
char *vmc_fetch_ahead_take(VmcFetchAhead *ahead, size_t index, VmcDefinition which);

typedef struct {
    virConnectPtr conn;
    VmcFacts *facts;
    const VmcGuestTables *tables; /* NULL: one domain only */
    VmcFetchAhead *ahead;         /* NULL: none */
    size_t index;                 /* of the domain in @ahead */
    gboolean local;
    gboolean claims; /* what they have for themselves is asked, too */
    /* Set once the driver has said that it can't. */
    gboolean no_jobs, no_block_jobs;
    GHashTable *models; /* set: expansions that were asked for */
} VmcGuestAsk;

void vmc_guest_ask_init(VmcGuestAsk *ask, virConnectPtr conn, VmcFacts *facts);
void vmc_guest_ask_clear(VmcGuestAsk *ask);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(VmcGuestAsk, vmc_guest_ask_clear)

gboolean vmc_guest_collect(VmcGuestAsk *ask, virDomainPtr domain, GError **error);

/* guest-parts.c: what follows from a guest's definition.  @folder: its facts'. */
gboolean vmc_guest_block_jobs(
    VmcGuestAsk *ask, virDomainPtr domain, const char *folder, const xmlNode *live, GError **error);
gboolean vmc_guest_cpu(VmcGuestAsk *ask, const char *xml, gboolean started, GError **error);
/* saved-image.c: domains/KEY/saved-cpu.xml and domain.tsv's imageFormat, where
 * the image can be read here. */
gboolean vmc_guest_saved_cpu(
    VmcGuestAsk *ask, const char *domain, const char *folder, const char *arch, GError **error);

/* domains/KEY/saved-cpu.xml of a cookie's text (NULL: none).  Without a connection
 * its model is not expanded. */
gboolean vmc_guest_cookie_cpu(
    VmcGuestAsk *ask, const char *cookie, const char *folder, const char *arch, GError **error);

typedef struct {
    char *xml;         /* the definition */
    char *cookie;      /* NULL: none */
    gboolean was_read; /* the file was: @format is what it says */
    guint32 format;
} VmcSavedImage;

/* domains/KEY/domain.tsv's imageFormat. */
void vmc_guest_image_format(VmcFacts *facts, const char *folder, guint32 format);

void vmc_saved_image_clear(VmcSavedImage *image);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(VmcSavedImage, vmc_saved_image_clear)

/* Damage, and what is no image, is told by @error; nothing is allocated by what
 * the file says of its size before that was looked at. */
gboolean vmc_saved_image_read(const char *path, VmcSavedImage *ret_image, GError **error);

/* guest-storage.c: volumes.tsv; and files.tsv and backing.tsv, where files are ours.
 * FALSE: the connection is gone. */
gboolean vmc_guest_storage(VmcGuestAsk *ask,
                           const char *folder,
                           const xmlNode *domain,
                           GError **error);
