/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The manual's page of rules, made from the rows.
 */
#include "report/report.h"

/* "<" and ">" would start and end POD's own codes. */
static void
append_pod(GString *pod, const char *text)
{
    for (; *text; text++) {
        if (*text == '<')
            g_string_append(pod, "E<lt>");
        else if (*text == '>')
            g_string_append(pod, "E<gt>");
        else
            g_string_append_c(pod, *text);
    }
}

static void
append_paragraph(GString *pod, const char *label, const char *text)
{
    if (!text || !*text)
        return;
    g_string_append_printf(pod, "%s", label);
    append_pod(pod, text);
    g_string_append(pod, "\n\n");
}

static void
append_states(GString *pod, const VmcRule *rule)
{
    static const VmcState states[] = { VMC_STATE_LIVE, VMC_STATE_SAVED, VMC_STATE_OFF };
    const char *comma = "";

    g_string_append_printf(pod, "Severity: %s. States: ", vmc_severity_name(rule->severity));
    for (size_t i = 0; i < G_N_ELEMENTS(states); i++) {
        if (rule->states & states[i]) {
            g_string_append_printf(pod, "%s%s", comma, vmc_state_name(states[i]));
            comma = ", ";
        }
    }
    g_string_append_printf(pod, "%s.\n\n", *comma ? "" : "any");
}

static void
append_rule(GString *pod, const VmcRule *rule)
{
    g_string_append_printf(pod, "=head2 %s\n\n", rule->id);
    append_paragraph(pod, "", rule->summary);
    append_states(pod, rule);
    append_paragraph(pod, "Why: ", rule->cause);
    append_paragraph(pod, "Cure: ", rule->remedy);
    append_paragraph(pod, "Lifted by: --assume ", rule->assume);
    append_paragraph(pod, "Spares you: ", rule->spares);
}

char *
vmc_rules_to_pod(void)
{
    g_autoptr(GString) pod = g_string_new("=encoding utf8\n\n=head1 NAME\n\n"
                                          "vmcompat-rules - the rules by which vmcompat judges\n\n"
                                          "=head1 DESCRIPTION\n\n");

    g_string_append(pod, "Each rule compares one thing that a guest demands with what a host has. "
                         "Ids are stable: scripts may filter on them, and C<vmcompat check "
                         "--ignore ID> waives one. C<vmcompat rules ID> prints the same "
                         "text. Rules of the site itself (L<vmcompat.conf(5)>) have ids like "
                         "C<site/NAME>.\n\n=head1 RULES\n\n");
    for (const VmcRule *const *rule = vmc_rules_all(); *rule; rule++)
        append_rule(pod, *rule);
    g_string_append(pod, "=head1 SEE ALSO\n\nL<vmcompat(1)>, L<vmcompat.conf(5)>, L<vmcompat-document(5)>\n\n=cut\n");
    return g_strdup(pod->str);
}
