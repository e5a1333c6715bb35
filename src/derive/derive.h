/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Facts → requirement, facts → offer.  Pure: no I/O, no clock, no locale.
 */
#pragma once

#include "model/facts.h"
#include "model/offer.h"

/* The host that the facts are from; what is not in them stays unknown. */
gboolean vmc_derive_host(const VmcFacts *facts, VmcHost *host, GError **error);

/* Fails only on a fact that can't be understood (XML damaged); what is absent
 * is not probed. */
VmcOffer *vmc_derive_offer(const VmcFacts *facts, GError **error);

/* @folder: "domains/KEY".  @as: which state's needs.  LIVE reads live.xml, else
 * inactive.xml; SAVED saved.xml, else as LIVE; OFF inactive.xml, else live.xml.
 * cpu.visible comes from the facts' expansions (host/cpu-expansions), for
 * host-passthrough and maximum from the facts' domain capabilities. */
VmcRequirement *vmc_derive_requirement(
    const VmcFacts *facts, const char *folder, VmcState as, const VmcHost *source, GError **error);

/* The EnabledState of the domain in @folder ("domains/KEY"). */
VmcEnabledState vmc_derive_enabled_state(const VmcFacts *facts, const char *folder);

/* Names of the CPU models whose expansion the facts need and lack: guests' and
 * host-models'.  Sorted.  g_strfreev() */
char **vmc_derive_models_wanted(const VmcFacts *facts);

/* "0-3,^2,8" → set of guint; FALSE if it is no cpuset. */
gboolean vmc_cpuset_parse(const char *text, GHashTable **ret_set);
