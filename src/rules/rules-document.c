/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Rules about the documents themselves.  The engine has no clock and never
 * runs them (no states): vmc_rules_check_age() does.
 */
#include "rules/engine.h"

static char *
age_text(gint64 seconds)
{
    return g_strdup_printf("%" G_GINT64_FORMAT, seconds);
}

static void
check_age(VmcFindings *findings, gint64 time, gint64 now, guint64 max_age, const char *what)
{
    g_autofree char *limit = g_strdup_printf("%" G_GUINT64_FORMAT, max_age);
    g_autofree char *age = NULL;

    if (time <= 0) {
        vmc_fail(findings, "", limit, NULL,
                 _("the %1$s does not tell when it was made, and %2$s seconds are allowed"), what,
                 limit);
        return;
    }
    if (time >= now || (guint64)(now - time) <= max_age)
        return;
    age = age_text(now - time);
    vmc_fail(findings, "", limit, age, _("the %1$s is %2$s seconds old, %3$s are allowed"), what,
             age, limit);
}

void
vmc_rules_check_age(GPtrArray *list,
                    gint64 info_time,
                    gint64 offer_time,
                    gint64 now,
                    guint64 max_age,
                    GHashTable *ignore)
{
    VmcFindings findings = { .list = list, .ignore = ignore };

    if (max_age == 0)
        return;
    findings.rule = vmc_rules_find("blob-stale");
    check_age(&findings, info_time, now, max_age, _("blob"));
    findings.rule = vmc_rules_find("offer-stale");
    check_age(&findings, offer_time, now, max_age, _("offer"));
}

const VmcRule vmc_rules_document[] = {
    {
        .id = "blob-stale",
        .severity = VMC_SEVERITY_UNKNOWN,
        .only_unknown = TRUE,
        .summary = N_("the blob is not older than allowed"),
        .cause = N_("A blob tells how a guest was when it was made. The caller allowed a certain "
                    "age (--max-age), and this one is older: the guest may have changed since."),
        .remedy = N_("Make the blob anew on the source (vmcompat get), or allow a greater age."),
    },
    {
        .id = "offer-stale",
        .severity = VMC_SEVERITY_UNKNOWN,
        .only_unknown = TRUE,
        .summary = N_("the offer is not older than allowed"),
        .cause = N_("An offer tells what a host had when it was made. The caller allowed a certain "
                    "age (--max-age), and this one is older: the host may have changed since."),
        .remedy =
            N_("Make the offer anew on the destination (vmcompat offer), or check against the "
               "host itself (-c URI)."),
    },
    { 0 },
};
