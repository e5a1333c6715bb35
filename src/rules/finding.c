/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Findings: how rules say what they found.
 */
#include "rules/engine.h"

void
vmc_rule_clear(void *opaque)
{
    VmcRule *rule = opaque;

    g_free((char *)rule->id);
    g_free((char *)rule->summary);
}

void
vmc_finding_free(VmcFinding *finding)
{
    if (!finding)
        return;
    g_free(finding->subject);
    g_free(finding->needed);
    g_free(finding->found);
    g_free(finding->message);
    g_free(finding->remedy);
    if (finding->own_rule)
        g_atomic_rc_box_release_full(finding->own_rule, vmc_rule_clear);
    g_free(finding);
}

gboolean
vmc_rule_is_assumed(const VmcRule *rule, GHashTable *assume)
{
    g_auto(GStrv) names = NULL;

    if (!rule->assume || !assume)
        return FALSE;
    names = g_strsplit(rule->assume, ",", -1);
    for (char **name = names; *name; name++) {
        if (g_hash_table_contains(assume, *name))
            return TRUE;
    }
    return FALSE;
}

static gboolean
is_waived(const VmcFindings *findings, VmcSeverity severity)
{
    const VmcRule *rule = findings->rule;

    if (findings->ignore && g_hash_table_contains(findings->ignore, rule->id))
        return TRUE;
    if (severity != VMC_SEVERITY_CONDITIONAL && severity != VMC_SEVERITY_UNKNOWN)
        return FALSE;
    return vmc_rule_is_assumed(rule, findings->assume);
}

static char *
copy(const char *text)
{
    return g_strdup(text ? text : "");
}

/* The rule's own, with the guest's name for the word that stands for it: what is to be
 * typed can be copied. */
static char *
own_remedy(const VmcFindings *findings)
{
    const char *remedy = findings->rule->remedy;
    g_autoptr(GString) text = remedy ? g_string_new(_(remedy)) : NULL;
    g_autofree char *name = findings->guest ? g_shell_quote(findings->guest) : NULL;

    if (!text)
        return copy(NULL);
    if (name)
        g_string_replace(text, "GUEST", name, 0);
    return g_string_free(g_steal_pointer(&text), FALSE);
}

/* @remedy: NULL: the rule's own. */
static void G_GNUC_PRINTF(7, 0) add(VmcFindings *findings,
                                    VmcSeverity severity,
                                    const char *subject,
                                    const char *needed,
                                    const char *found,
                                    const char *remedy,
                                    const char *format,
                                    va_list args)
{
    VmcFinding *finding = g_new0(VmcFinding, 1);

    finding->rule = findings->rule;
    finding->severity = severity;
    finding->waived = is_waived(findings, severity);
    finding->subject = copy(subject);
    finding->needed = copy(needed);
    finding->found = copy(found);
    finding->message = g_strdup_vprintf(format, args);
    finding->remedy = remedy ? g_strdup(remedy) : own_remedy(findings);
    g_ptr_array_add(findings->list, finding);
}

void
vmc_fail(VmcFindings *findings,
         const char *subject,
         const char *needed,
         const char *found,
         const char *format,
         ...)
{
    va_list args;

    va_start(args, format);
    add(findings, findings->rule->severity, subject, needed, found, NULL, format, args);
    va_end(args);
}

void
vmc_say(VmcFindings *findings,
        VmcSeverity severity,
        const char *subject,
        const char *needed,
        const char *found,
        const char *format,
        ...)
{
    va_list args;

    va_start(args, format);
    add(findings, severity, subject, needed, found, NULL, format, args);
    va_end(args);
}

void
vmc_cannot_know(VmcFindings *findings,
                const char *subject,
                const char *needed,
                const char *settle,
                const char *format,
                ...)
{
    va_list args;

    va_start(args, format);
    add(findings, VMC_SEVERITY_UNKNOWN, subject, needed, NULL, settle, format, args);
    va_end(args);
}

void
vmc_remedy(VmcFindings *findings, const char *format, ...)
{
    VmcFinding *last = NULL;
    va_list args;

    g_assert(findings->list->len > 0);
    last = findings->list->pdata[findings->list->len - 1];
    g_free(last->remedy);
    va_start(args, format);
    last->remedy = g_strdup_vprintf(format, args);
    va_end(args);
}

void
vmc_remedy_prepend(VmcFindings *findings, const char *sentences)
{
    VmcFinding *last = NULL;
    char *remedy = NULL;

    g_assert(findings->list->len > 0);
    last = findings->list->pdata[findings->list->len - 1];
    if (!sentences)
        return;
    remedy = g_strdup_printf("%s %s", sentences, last->remedy);
    g_free(last->remedy);
    last->remedy = remedy;
}

const VmcDomcaps *
vmc_findings_domcaps(const VmcFindings *findings)
{
    return findings->domcaps;
}
