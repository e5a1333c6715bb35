/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What the files of vmcompat-judge share.
 */
#pragma once

#include "derive/xml.h"
#include "model/facts.h"
#include "rules/rules.h"

/* judge-config.c: group [hook] of the configuration file */
typedef enum {
    HOOK_MODE_ENFORCE,
    HOOK_MODE_WARN,
    HOOK_MODE_OFF,
} HookMode;

typedef struct {
    HookMode mode;
    char *offer;           /* path */
    guint64 max_offer_age; /* seconds, 0: any */
    gboolean refuse_missing, refuse_undecided;
    gboolean migrate, restore;   /* which operations are judged */
    GHashTable *assume, *ignore; /* sets */
    guint64 timeout;             /* seconds for all that the judge does */
    GPtrArray *site_rules;       /* char *: folders of programs to ask; usually none */
    guint64 site_timeout;        /* seconds for each of them */
} HookConfig;

/* A file that is not there leaves the defaults.  FALSE: what could be understood
 * is in @config all the same. */
gboolean hook_config_load(HookConfig *config, const char *file, GError **error);
void hook_config_clear(HookConfig *config);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(HookConfig, hook_config_clear)

/* judge-blob.c: the blob in the guest's metadata */
typedef struct {
    gboolean has_cpu; /* it told the CPU that the running guest sees */
    char *why_not;    /* translated: why it is of no use; NULL: it is */
    VmcHost host;     /* where it was made, as far as that explains the guest's CPU */
} HookBlob;

/* Into what holds nothing.  @guest: <domain>.  What is of use for judging it is set in
 * @to, the CPU as @cpu_fact. */
void hook_blob_read(HookBlob *blob, const xmlNode *guest, const char *cpu_fact, VmcFacts *to);

/* judge-site.c: asks the site's rules, if any, and adds what they say to @findings.
 * @since: when the judge's time began (monotonic). */
gboolean hook_site_ask(const HookConfig *config,
                       gint64 since,
                       const VmcFacts *guest,
                       const VmcFacts *host,
                       const VmcRequirement *requirement,
                       GPtrArray *findings,
                       GError **error);

/* judge-offer.c: the saved offer. */
VmcFacts *hook_offer_load(const char *file, GError **error);

/* Why the offer no longer tells about this host as it is; NULL: it does.  g_free() */
char *hook_offer_stale(const VmcFacts *facts, const char *emulator, guint64 max_age);

/* Replaces what changes by the hour with what this machine says now. */
void hook_offer_refresh(VmcFacts *facts, const VmcRequirement *requirement);
