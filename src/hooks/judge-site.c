/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Rules of the site, asked about a guest that arrives.  libvirt waits for us, so that
 * all of them together have what is left of the judge's time, less what it takes to
 * tell the outcome.
 */
#include "hooks/judge.h"
#include "site/site.h"

#define TO_CONCLUDE (G_TIME_SPAN_SECOND / 2)

/* The guest's facts as a document of their own: programs are given nothing else. */
static VmcDocument *
document_of(const VmcFacts *guest, GError **error)
{
    VmcFacts *facts = vmc_facts_new();

    vmc_facts_copy(guest, "", facts);
    return vmc_document_new_unchecked(facts, error);
}

static gboolean
ask(VmcSiteCheck *check,
    const HookConfig *config,
    const VmcFacts *guest,
    const VmcRequirement *requirement,
    GPtrArray *findings,
    GError **error)
{
    VmcDocument *document = document_of(guest, error);
    gboolean asked = FALSE;

    if (!document)
        return FALSE;
    asked = vmc_site_check_system(check, document, document->systems->pdata[0], requirement,
                                  config->ignore, findings, error);
    g_atomic_rc_box_release_full(document, (GDestroyNotify)vmc_document_clear);
    return asked;
}

gboolean
hook_site_ask(const HookConfig *config,
              gint64 since,
              const VmcFacts *guest,
              const VmcFacts *host,
              const VmcRequirement *requirement,
              GPtrArray *findings,
              GError **error)
{
    const VmcSitePrograms programs = {
        .folders = config->site_rules,
        .timeout = (unsigned int)config->site_timeout, /* read_seconds() has bounds */
        .deadline = since + config->timeout * G_TIME_SPAN_SECOND - TO_CONCLUDE,
    };
    g_autoptr(VmcSiteCheck) check = NULL;
    g_autoptr(GError) why = NULL;

    if (config->site_rules->len == 0)
        return TRUE;
    check = vmc_site_check_new(&programs, host, NULL, NULL, &why);
    if (why) {
        g_propagate_error(error, g_steal_pointer(&why));
        return FALSE;
    }
    if (!check)
        return TRUE;
    if (!ask(check, config, guest, requirement, findings, error))
        return FALSE;
    vmc_rules_sort(findings);
    return TRUE;
}
