/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What the files of the public API share.
 */
#pragma once

#include "report/report.h"
#include "site/site.h"

struct _VmcCheckOptions {
    VmcState as;
    GHashTable *assume;     /* set of flags */
    GHashTable *ignore;     /* set of rule ids */
    GHashTable *severities; /* rule id → VmcSeverity */
    VmcSitePrograms site;
    VmcProgressFunc progress;
    void *opaque; /* of progress */
    guint64 max_age;
    int local_files;
    gboolean dry_run;
};

/* Another reference; vmc_check_options_free() drops one. */
VmcCheckOptions *vmc_check_options_ref(VmcCheckOptions *options);

/* TRUE with @error set if @flags has bits beside @known. */
gboolean vmc_refuse_flags(unsigned int flags, unsigned int known, GError **error);

/* Hands @why on to @error and gives its return value. */
VmcReturnValue vmc_return_error(GError **error, GError *why);

/* Judges all systems of @infos; @facts are those that @offer was derived from. */
VmcReport *vmc_judge(VmcDocument *const *infos,
                     size_t n_infos,
                     const VmcOffer *offer,
                     const VmcFacts *facts,
                     const VmcCheckOptions *options,
                     GError **error);

/* The requirements that judging @infos will look at: the state each is judged
 * as, and off.  Borrowed from the documents. */
GPtrArray *vmc_judged_requirements(VmcDocument *const *infos,
                                   size_t n_infos,
                                   const VmcCheckOptions *options);
