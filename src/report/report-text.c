/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A report for people.
 */
#include "model/error.h"
#include "report/report-internal.h"

#include <string.h>

#define LABEL_COLUMNS 12 /* of a severity */
#define COLOR_OFF "\033[0m"

typedef struct {
    int value;
    const char *color;
} Color;

static const Color *severity_colors(void);
static const Color *verdict_colors(void);

/* Values that are not in the table are blockers. */
static const char *
color_of(const Color *table, int value, unsigned int flags)
{
    if (!(flags & VMC_REPORT_COLOR))
        return "";
    while (table->value != 0 && table->value != value)
        table++;
    return table->color;
}

static void
add_colored(GString *out, const char *color, const char *text)
{
    g_string_append_printf(out, "%s%s%s", color, text, *color ? COLOR_OFF : "");
}

static const char *
verdict_words(VmcVerdict verdict)
{
    switch (verdict) {
    case VMC_VERDICT_COMPATIBLE:
        return _("compatible");
    case VMC_VERDICT_UNDECIDED:
        return _("undecided");
    case VMC_VERDICT_INCOMPATIBLE:
        break;
    }
    return _("not compatible");
}

void
vmc_add_wrapped(GString *out, const char *text, unsigned int indent)
{
    g_auto(GStrv) words = g_strsplit_set(text, " \n", -1);
    size_t column = VMC_TEXT_COLUMNS;

    for (char **word = words; *word; word++) {
        size_t width = (size_t)g_utf8_strlen(*word, -1);

        if (width == 0)
            continue;
        if (column + 1 + width > VMC_TEXT_COLUMNS) {
            g_string_append(out, out->len > 0 ? "\n" : "");
            g_string_append_printf(out, "%*s%s", (int)indent, "", *word);
            column = indent + width;
            continue;
        }
        g_string_append_printf(out, " %s", *word);
        column += 1 + width;
    }
}

static void
add_label(GString *out, const VmcFinding *finding, unsigned int flags)
{
    const char *name = vmc_severity_name(finding->severity);
    const char *color = color_of(severity_colors(), (int)finding->severity, flags);
    int padding = LABEL_COLUMNS - (int)strlen(name);

    g_string_append(out, "  ");
    add_colored(out, finding->waived ? "" : color, name);
    g_string_append_printf(out, "%*s", MAX(padding, 1), "");
}

static void
add_policy(GString *out, const VmcFinding *finding)
{
    if (finding->severity_was) {
        g_string_append_c(out, ' ');
        g_string_append_printf(out, _("(by policy; else '%s')"),
                               vmc_severity_name(finding->severity_was));
    }
    if (finding->waived)
        g_string_append_printf(out, " (%s)", _("waived"));
}

/* One cure for several findings in a row is told once, after the last. */
static gboolean
is_told_later(const VmcFinding *finding, const VmcFinding *next)
{
    return next && next->rule == finding->rule && !next->waived &&
           g_str_equal(next->remedy, finding->remedy);
}

static void
add_finding(GString *out, const VmcFinding *finding, const VmcFinding *next, unsigned int flags)
{
    add_label(out, finding, flags);
    if (*finding->subject)
        g_string_append_printf(out, "%s: ", finding->subject);
    g_string_append_printf(out, "%s [%s]", finding->message, finding->rule->id);
    add_policy(out, finding);
    if (!finding->waived && *finding->remedy && !is_told_later(finding, next))
        vmc_add_wrapped(out, finding->remedy, 2 + LABEL_COLUMNS);
    g_string_append_c(out, '\n');
}

/* What policy made a note of is never hidden. */
static gboolean
is_shown(const VmcFinding *finding, unsigned int flags)
{
    return finding->severity != VMC_SEVERITY_NOTE || finding->severity_was ||
           (flags & VMC_REPORT_VERBOSE);
}

void
vmc_add_verdict(GString *out, VmcVerdict verdict, unsigned int flags)
{
    add_colored(out, color_of(verdict_colors(), (int)verdict, flags), verdict_words(verdict));
}

void
vmc_add_findings(GString *out, const VmcSystemReport *system, unsigned int flags)
{
    for (size_t i = 0; i < system->findings->len; i++) {
        const VmcFinding *finding = system->findings->pdata[i];
        const VmcFinding *next =
            i + 1 < system->findings->len ? system->findings->pdata[i + 1] : NULL;

        if (is_shown(finding, flags))
            add_finding(out, finding, next, flags);
    }
    if (system->verdict != VMC_VERDICT_COMPATIBLE && system->compatible_when_off == VMC_YES)
        g_string_append_printf(out, "  %s\n", _("would be compatible when shut off"));
}

static void
add_system(GString *out, const VmcSystemReport *system, unsigned int flags)
{
    g_string_append_printf(out, "%s: ", system->name);
    vmc_add_verdict(out, system->verdict, flags);
    g_string_append_c(out, '\n');
    vmc_add_findings(out, system, flags);
}

/* "not compatible: 2 (vm1, vm7)" */
static void
add_count(GString *out, const VmcReport *report, VmcVerdict verdict, unsigned int flags)
{
    g_autoptr(GString) names = g_string_new(NULL);
    unsigned int n = 0;

    for (size_t i = 0; i < report->systems->len; i++) {
        const VmcSystemReport *system = report->systems->pdata[i];

        if (system->verdict != verdict)
            continue;
        g_string_append_printf(names, "%s%s", n++ ? ", " : "", system->name);
    }
    if (n == 0)
        return;
    g_string_append(out, out->len > 0 && out->str[out->len - 1] != '\n' ? "; " : "");
    vmc_add_verdict(out, verdict, flags);
    g_string_append_printf(out, ": %u", n);
    if (verdict != VMC_VERDICT_COMPATIBLE)
        g_string_append_printf(out, " (%s)", names->str);
}

/* One line that a drain or an upgrade goes by. */
static void
add_totals(GString *out, const VmcReport *report, unsigned int flags)
{
    static const VmcVerdict order[] = {
        VMC_VERDICT_INCOMPATIBLE,
        VMC_VERDICT_UNDECIDED,
        VMC_VERDICT_COMPATIBLE,
    };

    if (report->systems->len < 2)
        return;
    for (size_t i = 0; i < G_N_ELEMENTS(order); i++)
        add_count(out, report, order[i], flags);
    g_string_append_c(out, '\n');
}

char *
vmc_report_to_plain(const VmcReport *report, unsigned int flags)
{
    g_autoptr(GString) out = g_string_new(NULL);

    for (size_t i = 0; i < report->systems->len; i++)
        add_system(out, report->systems->pdata[i], flags);
    add_totals(out, report, flags);
    return g_string_free(g_steal_pointer(&out), FALSE);
}

static const Color SEVERITY_COLORS[] = {
    { VMC_SEVERITY_NOTE, "\033[36m" },
    { VMC_SEVERITY_WARNING, "\033[33m" },
    { VMC_SEVERITY_UNKNOWN, "\033[35m" },
    { 0, "\033[31m" },
};

static const Color VERDICT_COLORS[] = {
    { VMC_VERDICT_UNDECIDED, "\033[1;35m" },
    { VMC_VERDICT_INCOMPATIBLE, "\033[1;31m" },
    { 0, "\033[1;32m" },
};

static const Color *
severity_colors(void)
{
    return SEVERITY_COLORS;
}

static const Color *
verdict_colors(void)
{
    return VERDICT_COLORS;
}
