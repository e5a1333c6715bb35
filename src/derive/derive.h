/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Facts → requirement, facts → offer.  Pure: no I/O, no clock, no locale.
 */
#pragma once

#include "derive/xml.h"
#include "model/facts.h"
#include "model/offer.h"

/* The first element of an XML fact, which the facts own.  NULL without @error: the
 * fact is absent; with: it is damaged, or its first element is not called @name
 * (NULL: any). */
const xmlNode *vmc_derive_fact(const VmcFacts *facts,
                               const char *fact,
                               const char *name,
                               GError **error);

/* The host that the facts are from; what is not in them stays unknown. */
gboolean vmc_derive_host(const VmcFacts *facts, VmcHost *host, GError **error);

/* Fails only on a fact that can't be understood (XML damaged); what is absent
 * is not probed.  The offer refers to @facts. */
VmcOffer *vmc_derive_offer(const VmcFacts *facts, GError **error);

/* The domain capabilities that fit best (vmc_offer_domcaps()), all of them read.
 * NULL without @error: none fits; with: they are damaged.  Threads may call it at
 * once. */
const VmcDomcaps *vmc_derive_domcaps_for(const VmcOffer *offer,
                                         const VmcRequirement *requirement,
                                         GError **error);

/* Before cpu_models, cpu_archs or cpu_features are looked at: reads them the first
 * time.  Threads may call it at once. */
void vmc_derive_cpu_names(const VmcOffer *offer);

/* @folder: "domains/KEY".  @as: which state's needs.  LIVE reads live.xml, else
 * inactive.xml; SAVED saved.xml, else as LIVE; OFF inactive.xml, else live.xml.
 * cpu.visible comes from the facts' expansions (host/cpu-expansions), for
 * host-passthrough and maximum from the facts' domain capabilities. */
VmcRequirement *vmc_derive_requirement(
    const VmcFacts *facts, const char *folder, VmcState as, const VmcHost *source, GError **error);

/* The EnabledState of the domain in @folder ("domains/KEY"). */
VmcEnabledState vmc_derive_enabled_state(const VmcFacts *facts, const char *folder);

/* The definition of a requirement, made ready to be judged by a libvirt without
 * harm (dry-run.c says how).  g_auto(VmcDryRunTexts) */
typedef struct {
    char *rest;     /* without what would touch the host */
    char *whole;    /* with it, and a sentinel that stops libvirt before it does;
                       NULL: there is nothing of that kind */
    char *control;  /* the sentinel without what @whole is about; NULL with @whole */
    char *sentinel; /* name of the pool that libvirt must stop at */
} VmcDryRunTexts;

void vmc_dry_run_texts_clear(VmcDryRunTexts *texts);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(VmcDryRunTexts, vmc_dry_run_texts_clear)
gboolean vmc_derive_dry_run(const VmcRequirement *requirement,
                            VmcDryRunTexts *ret_texts,
                            GError **error);

/* Names of the CPU models whose expansion the facts need and lack: guests' and
 * host-models'.  Sorted.  g_strfreev() */
char **vmc_derive_models_wanted(const VmcFacts *facts);

/* Where the data of a <pool> is: "nfs.example:/vms", "vg0"; hosts that name it alike see the
 * same.  NULL: nothing in it tells.  g_free() */
char *vmc_derive_pool_origin(const xmlNode *pool);

/* What a guest that runs has for itself → rows of host/claims.tsv. */
void vmc_derive_claims(const xmlNode *domain, VmcFacts *facts);

/* "0-3,^2,8" → set of guint; FALSE if it is no cpuset. */
gboolean vmc_cpuset_parse(const char *text, GHashTable **ret_set);
