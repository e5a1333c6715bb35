/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Findings: how rules say what they found.
 */
#include "rules/engine.h"

#include <string.h>

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

/* What stands for @word in a remedy; g_free(), NULL: nothing, it stays. */
static char *
value_of(const VmcFindings *findings, const char *word)
{
    const VmcNeed *need = findings->need;

    if (g_str_equal(word, "GUEST"))
        return findings->guest ? g_shell_quote(findings->guest) : NULL;
    if (g_str_equal(word, "PATH"))
        return need && need->kind == VMC_NEED_FILE ? g_shell_quote(need->name) : NULL;
    if (g_str_equal(word, "DESTINATION"))
        return g_strdup(findings->destination);
    return NULL;
}

/* With values for the words in capitals, so that what is to be typed can be copied. */
static char *
fill_remedy(const VmcFindings *findings, const char *remedy)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    g_autoptr(GString) text = g_string_new(NULL);

    while (*remedy) {
        size_t length = strspn(remedy, letters);
        g_autofree char *word = g_strndup(remedy, length ? length : strcspn(remedy, letters));
        g_autofree char *value = value_of(findings, word);

        g_string_append(text, value ? value : word);
        remedy += strlen(word);
    }
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
    const char *own = findings->rule->remedy;

    finding->rule = findings->rule;
    finding->severity = severity;
    finding->waived = is_waived(findings, severity);
    finding->subject = copy(subject);
    finding->needed = copy(needed);
    finding->found = copy(found);
    finding->message = g_strdup_vprintf(format, args);
    finding->remedy = remedy ? g_strdup(remedy) : own ? fill_remedy(findings, _(own)) : copy(NULL);
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
