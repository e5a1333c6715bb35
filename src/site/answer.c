/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What a program of the site said → findings.
 */
#include "document/xml-write.h"
#include "site/site-internal.h"

#include <string.h>

#define MAX_QUOTE 120 /* characters of a program's own words in a message of ours */
#define MIN_FIELDS 5
#define MAX_FIELDS 6

/* As vmcompat's own exit statuses. */
enum {
    STATUS_FINE = 0,
    STATUS_BLOCKED = 2,
    STATUS_UNKNOWN = 3,
    STATUS_SHELL = 126, /* from here: a shell's, for what can't be run, or was killed */
};

typedef enum {
    FIELD_SEVERITY = 0,
    FIELD_SUBJECT,
    FIELD_NEEDED,
    FIELD_FOUND,
    FIELD_MESSAGE,
    FIELD_REMEDY,
} Field;

/* What a terminal would obey is not passed on. */
static char *
clean(const char *text)
{
    g_autofree char *valid = vmc_xml_clean(text);
    g_autoptr(GString) out = g_string_new(NULL);

    for (const char *p = valid; *p; p = g_utf8_next_char(p)) {
        gunichar c = g_utf8_get_char(p);
        g_string_append_unichar(out, g_unichar_iscntrl(c) ? 0xFFFD : c);
    }
    return g_string_free(g_steal_pointer(&out), FALSE);
}

/* For a message: clean, and not longer than a line. */
static char *
quote(const char *text)
{
    g_autofree char *valid = clean(text);

    if (g_utf8_strlen(valid, -1) > MAX_QUOTE) {
        g_autofree char *start = g_utf8_substring(valid, 0, MAX_QUOTE);
        return g_strconcat(start, "…", NULL);
    }
    return g_steal_pointer(&valid);
}

/* The first line that says something; "" if none does. */
static char *
first_line(const GString *text)
{
    g_auto(GStrv) lines = g_strsplit(text->str, "\n", -1);

    for (char **line = lines; *line; line++) {
        if (*g_strstrip(*line))
            return quote(*line);
    }
    return g_strdup("");
}

static void
mark_waived(const VmcProgram *program, VmcFindings *findings)
{
    VmcFinding *last = findings->list->pdata[findings->list->len - 1];

    if (findings->ignore && g_hash_table_contains(findings->ignore, program->rule->id))
        last->waived = TRUE;
}

void
vmc_site_failed(
    const VmcProgram *program, VmcFindings *findings, const char *settle, const char *format, ...)
{
    g_autofree char *message = NULL;
    va_list args;

    va_start(args, format);
    message = g_strdup_vprintf(format, args);
    va_end(args);
    findings->rule = vmc_rules_find("site-rule-failed");
    vmc_cannot_know(findings, "", program->rule->id, settle, "%s", message);
    if (!settle)
        vmc_remedy(findings,
                   _("Run '%1$s' by hand and mend it, or waive it (vmcompat check --ignore %2$s)."),
                   program->path, program->rule->id);
    mark_waived(program, findings);
}

/* ---- how it ended -------------------------------------------------------------- */

static void
say_signal(const VmcProgram *program, const VmcRun *run, VmcFindings *findings)
{
    vmc_site_failed(program, findings, NULL, _("'%1$s' crashed (signal %2$d, %3$s)"), program->path,
                    run->status, strsignal(run->status));
}

/* TRUE: it gave no answer, and that was said. */
static gboolean
has_failed(const VmcProgram *program,
           const VmcRun *run,
           unsigned int seconds,
           VmcFindings *findings)
{
    switch (run->end) {
    case VMC_RUN_EXITED:
        return FALSE;
    case VMC_RUN_SIGNALED:
        say_signal(program, run, findings);
        break;
    case VMC_RUN_LATE:
        vmc_site_failed(program, findings, NULL, _("'%1$s' did not end within %2$u seconds"),
                        program->path, seconds);
        break;
    case VMC_RUN_TALKATIVE:
        vmc_site_failed(program, findings, NULL, _("'%1$s' printed more than %2$u bytes"),
                        program->path, VMC_SITE_MAX_OUTPUT);
        break;
    case VMC_RUN_NOT_STARTED:
        vmc_site_failed(program, findings, NULL, _("'%1$s' could not be run: %2$s"), program->path,
                        run->failure);
        break;
    }
    return TRUE;
}

static void
say_status(const VmcProgram *program, const VmcRun *run, VmcFindings *findings)
{
    g_autofree char *words = first_line(run->err);

    if (*words)
        vmc_site_failed(program, findings, NULL, _("'%1$s' failed with status %2$d: %3$s"),
                        program->path, run->status, words);
    else
        vmc_site_failed(program, findings, NULL, _("'%1$s' failed with status %2$d"), program->path,
                        run->status);
}

/* ---- what it said ---------------------------------------------------------------- */

/* Site rules know no flags of a migration, so nothing of theirs is conditional. */
static VmcSeverity
severity_of(const char *name)
{
    VmcSeverity severity = vmc_severity_from_name(name);

    return severity == VMC_SEVERITY_CONDITIONAL ? (VmcSeverity)0 : severity;
}

static gboolean
is_answer(char **fields)
{
    guint n = g_strv_length(fields);

    return n >= MIN_FIELDS && n <= MAX_FIELDS && severity_of(fields[FIELD_SEVERITY]) &&
           *fields[FIELD_MESSAGE];
}

/* char ** of each line; NULL and *ret_bad where a line is none of ours. */
static GPtrArray *
split_answer(const GString *out, char **ret_bad)
{
    g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func((GDestroyNotify)g_strfreev);
    g_auto(GStrv) lines = NULL;

    if (!g_utf8_validate_len(out->str, out->len, NULL)) {
        *ret_bad = g_strdup(_("bytes that are no UTF-8"));
        return NULL;
    }
    lines = g_strsplit(out->str, "\n", -1);
    for (char **line = lines; *line; line++) {
        g_auto(GStrv) fields = g_strsplit(*line, "\t", -1);

        if (!**line)
            continue;
        if (!is_answer(fields)) {
            *ret_bad = quote(*line);
            return NULL;
        }
        g_ptr_array_add(rows, g_steal_pointer(&fields));
    }
    return g_steal_pointer(&rows);
}

static void
add_finding(const VmcProgram *program,
            VmcFindings *findings,
            VmcSeverity severity,
            char *const *fields)
{
    g_autofree char *subject = clean(fields[FIELD_SUBJECT]);
    g_autofree char *needed = clean(fields[FIELD_NEEDED]);
    g_autofree char *found = clean(fields[FIELD_FOUND]);
    g_autofree char *message = clean(fields[FIELD_MESSAGE]);
    g_autofree char *remedy = clean(fields[FIELD_REMEDY]);
    VmcFinding *last = NULL;

    findings->rule = program->rule;
    vmc_say(findings, severity, subject, needed, found, "%s", message);
    vmc_remedy(findings, "%s", remedy);
    last = findings->list->pdata[findings->list->len - 1];
    last->own_rule = g_atomic_rc_box_acquire(program->rule);
}

static VmcSeverity
add_rows(const VmcProgram *program, const GPtrArray *rows, VmcFindings *findings)
{
    VmcSeverity worst = (VmcSeverity)0;

    for (size_t i = 0; i < rows->len; i++) {
        char **fields = rows->pdata[i];
        VmcSeverity severity = severity_of(fields[FIELD_SEVERITY]);

        add_finding(program, findings, severity, fields);
        worst = MAX(worst, severity);
    }
    return worst;
}

/* A status without a line that says the same: what it printed on standard error
 * tells why. */
static void
add_for_status(const VmcProgram *program,
               const VmcRun *run,
               VmcSeverity severity,
               VmcFindings *findings)
{
    g_autofree char *words = first_line(run->err);
    g_autofree char *message = NULL;
    char *fields[MAX_FIELDS + 1] = { NULL };

    if (*words)
        message = g_strdup(words);
    else if (severity == VMC_SEVERITY_UNKNOWN)
        message = g_strdup_printf(_("'%s' can't tell, and does not say why"), program->path);
    else
        message = g_strdup_printf(_("'%s' refuses, and does not say why"), program->path);
    fields[FIELD_MESSAGE] = message;
    add_finding(program, findings, severity, fields);
}

void
vmc_site_answer(const VmcProgram *program,
                const VmcRun *run,
                unsigned int seconds,
                VmcFindings *findings)
{
    g_autoptr(GPtrArray) rows = NULL;
    g_autofree char *bad = NULL;
    VmcSeverity worst;

    if (has_failed(program, run, seconds, findings))
        return;
    if (run->status != STATUS_FINE && run->status != STATUS_BLOCKED &&
        run->status != STATUS_UNKNOWN) {
        say_status(program, run, findings);
        return;
    }
    rows = split_answer(run->out, &bad);
    if (!rows) {
        vmc_site_failed(program, findings, NULL, _("'%1$s' printed what is no answer: %2$s"),
                        program->path, bad);
        return;
    }
    worst = add_rows(program, rows, findings);
    if (run->status == STATUS_BLOCKED && worst < VMC_SEVERITY_BLOCKER)
        add_for_status(program, run, VMC_SEVERITY_BLOCKER, findings);
    else if (run->status == STATUS_UNKNOWN && worst < VMC_SEVERITY_UNKNOWN)
        add_for_status(program, run, VMC_SEVERITY_UNKNOWN, findings);
}

void
vmc_extcheck_answer(const VmcProgram *program,
                    const VmcRun *run,
                    unsigned int seconds,
                    VmcFindings *findings)
{
    g_autofree char *words = NULL;
    g_autofree char *message = NULL;
    char *fields[MAX_FIELDS + 1] = { NULL };

    if (has_failed(program, run, seconds, findings) || run->status == STATUS_FINE)
        return;
    if (run->status >= STATUS_SHELL) {
        say_status(program, run, findings);
        return;
    }
    words = first_line(run->err->len ? run->err : run->out);
    if (*words)
        message = g_strdup_printf(_("migration check '%1$s' failed with status %2$d: %3$s"),
                                  program->name, run->status, words);
    else
        message = g_strdup_printf(_("migration check '%1$s' failed with status %2$d"),
                                  program->name, run->status);
    fields[FIELD_MESSAGE] = message;
    fields[FIELD_REMEDY] =
        (char *)_("Run it by hand with the same arguments (a domain and a URI).");
    add_finding(program, findings, VMC_SEVERITY_BLOCKER, fields);
}
