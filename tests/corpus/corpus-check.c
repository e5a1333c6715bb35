/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What has to hold for every text of the corpus: a requirement or an offer comes
 * of it, or an error that says why; soon; and a blob carries it unchanged.
 */
#include "corpus.h"
#include "report/report.h"

#include <string.h>
#include <time.h>

#define DEFINITION "domains/guest/"
#define CAPABILITIES "host/capabilities.xml"
#define DOMCAPS "host/domcapabilities/some.xml"

static const VmcState states[] = { VMC_STATE_OFF, VMC_STATE_SAVED, VMC_STATE_LIVE };

double corpus_limit = 100;

/* ---- time --------------------------------------------------------------------- */

/* Of this thread only: others on the machine are no matter. */
static double
cpu_ms(void)
{
    struct timespec now = { 0 };

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static gboolean
in_time(const char *file, const char *step, double since)
{
    double took = cpu_ms() - since;

    if (took <= corpus_limit)
        return TRUE;
    corpus_complain(file, "%s takes %.0f ms", step, took);
    return FALSE;
}

/* ---- documents ----------------------------------------------------------------- */

static void
document_unref(void *document)
{
    if (document)
        g_atomic_rc_box_release_full(document, (GDestroyNotify)vmc_document_clear);
}

/* One of our own, that says something, and says it in UTF-8. */
static gboolean
is_clear(const char *file, const GError *error)
{
    if (error && error->domain == VMC_ERROR && strlen(error->message) > 10 &&
        g_utf8_validate(error->message, -1, NULL) && !strstr(error->message, "(null)"))
        return TRUE;
    corpus_complain(file, "no clear error: '%s'", error ? error->message : "none at all");
    return FALSE;
}

static VmcFacts *
facts_of(CorpusKind kind, const char *text)
{
    VmcFacts *facts = vmc_facts_new();

    if (kind == CORPUS_CAPABILITIES)
        vmc_facts_set(facts, CAPABILITIES, text);
    if (kind == CORPUS_DOMCAPS)
        vmc_facts_set(facts, DOMCAPS, text);
    if (kind == CORPUS_DOMAIN) {
        vmc_facts_set(facts, DEFINITION "inactive.xml", text);
        vmc_facts_set(facts, DEFINITION "live.xml", text);
        vmc_facts_set(facts, DEFINITION "saved.xml", text);
    } else {
        vmc_document_set_offer(facts, TRUE);
    }
    return facts;
}

static VmcDocument *
document_in_time(const char *file, CorpusKind kind, const char *text, gboolean *ok, GError **error)
{
    double start = cpu_ms();
    VmcDocument *document = vmc_document_new(facts_of(kind, text), error);

    *ok &= in_time(file, "reading", start);
    return document;
}

/* ---- through a blob --------------------------------------------------------------- */

static VmcDocument *
through_blob(const char *xml, GError **error)
{
    g_autoptr(GBytes) blob = vmc_blob_wrap(xml, strlen(xml), error);
    g_autoptr(GBytes) payload = blob ? vmc_blob_unwrap(blob, error) : NULL;
    VmcFacts *facts = NULL;

    facts = payload ? vmc_facts_from_xml(payload, NULL, error) : NULL;
    return facts ? vmc_document_new(facts, error) : NULL;
}

static void
print_need(GString *text, const VmcNeed *need)
{
    g_string_append_printf(text, "%d %s|%s|%s|%" G_GUINT64_FORMAT "|%u|%d\n", (int)need->kind,
                           need->subject, need->name, need->detail, need->value, need->flags,
                           (int)need->shared);
}

static char *
print_requirement(const VmcRequirement *req)
{
    GString *text = g_string_new(NULL);
    const char *fields[] = {
        req->name,      req->uuid,      req->title,      req->virt_type,    req->os_type,
        req->arch,      req->machine,   req->emulator,   req->cpu.mode,     req->cpu.match,
        req->cpu.check, req->cpu.model, req->cpu.vendor, req->cpu.fallback, req->cpu.physbits_mode,
    };

    for (size_t i = 0; i < G_N_ELEMENTS(fields); i++)
        g_string_append_printf(text, "%s\n", fields[i] ? fields[i] : "-");
    g_string_append_printf(text, "%u %" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT "\n", req->vcpus,
                           req->memory_kib, req->tsc_frequency);
    for (size_t i = 0; i < req->cpu.features->len; i++) {
        const VmcCpuFeature *feature = req->cpu.features->pdata[i];

        g_string_append_printf(text, "%s %s\n", feature->policy, feature->name);
    }
    for (int kind = VMC_NEED_NONE; kind < VMC_NEED_LAST; kind++) {
        for (size_t i = 0; i < req->needs[kind]->len; i++)
            print_need(text, req->needs[kind]->pdata[i]);
    }
    return g_string_free(text, FALSE);
}

static gboolean
same_requirements(const char *file, const VmcDocument *a, const VmcDocument *b)
{
    if (a->systems->len != b->systems->len) {
        corpus_complain(file, "a blob changes how many systems there are");
        return FALSE;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(states) && a->systems->len > 0; i++) {
        const VmcRequirement *x = vmc_system_requirement(a->systems->pdata[0], states[i], NULL);
        const VmcRequirement *y = vmc_system_requirement(b->systems->pdata[0], states[i], NULL);
        g_autofree char *before = x ? print_requirement(x) : g_strdup("");
        g_autofree char *after = y ? print_requirement(y) : g_strdup("");

        if (!x || !g_str_equal(before, after)) {
            corpus_complain(file, "a blob changes what is required when %s",
                            vmc_state_name(states[i]));
            return FALSE;
        }
    }
    return TRUE;
}

static gboolean
survives_blob(const char *file, const VmcDocument *document)
{
    double start = cpu_ms();
    g_autofree char *xml = vmc_document_to_xml(document);
    g_autoptr(GError) error = NULL;
    VmcDocument *copy = through_blob(xml, &error);
    g_autofree char *again = copy ? vmc_document_to_xml(copy) : NULL;
    gboolean ok = in_time(file, "a blob", start);

    if (!copy) {
        corpus_complain(file, "its blob can't be read: %s", error->message);
        return FALSE;
    }
    if (!g_str_equal(xml, again)) {
        corpus_complain(file, "its blob gives another document");
        ok = FALSE;
    }
    ok &= same_requirements(file, document, copy);
    document_unref(copy);
    return ok;
}

static gboolean
can_be_shown(const char *file, const VmcDocument *document)
{
    double start = cpu_ms();
    g_autofree char *plain = vmc_document_to_plain(document);
    g_autofree char *json = vmc_document_to_json(document);

    if (plain && *plain && json && *json && g_utf8_validate(json, -1, NULL) &&
        !strstr(plain, "(null)"))
        return in_time(file, "showing", start);
    corpus_complain(file, "can't be shown");
    return FALSE;
}

/* ---- one file ----------------------------------------------------------------------- */

/* What libxml2 takes and has the right root has to become something. */
static gboolean
check_known(const CorpusFile *file, const char *text)
{
    g_autoptr(GError) error = NULL;
    gboolean ok = TRUE;
    VmcDocument *document = document_in_time(file->file, file->kind, text, &ok, &error);

    if (!document) {
        corpus_complain(file->file, "refused: %s", error ? error->message : "without a word");
        return FALSE;
    }
    ok &= survives_blob(file->file, document);
    ok &= can_be_shown(file->file, document);
    document_unref(document);
    return ok;
}

/* Something else, taken for each of the kinds: an error, and a clear one. */
static gboolean
check_refused(const CorpusFile *file, const char *text)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GBytes) bytes = g_bytes_new(text, strlen(text));
    g_autoptr(VmcFacts) facts = NULL;
    gboolean ok = TRUE;
    double start = 0;

    for (CorpusKind kind = CORPUS_DOMAIN; kind < CORPUS_OTHER; kind++) {
        g_autoptr(GError) why = NULL;
        VmcDocument *document = document_in_time(file->file, kind, text, &ok, &why);

        if (document)
            corpus_complain(file->file, "is taken for something that it is not");
        ok &= !document && is_clear(file->file, why);
        document_unref(document);
    }
    start = cpu_ms();
    facts = vmc_facts_from_xml(bytes, NULL, &error);
    ok &= in_time(file->file, "reading it as a document", start);
    return ok && (facts || is_clear(file->file, error));
}

gboolean
corpus_check_file(const CorpusFile *file)
{
    gboolean ok = TRUE;

    for (size_t i = 0; i < file->texts->len; i++)
        ok &= file->kind == CORPUS_OTHER ? check_refused(file, file->texts->pdata[i])
                                         : check_known(file, file->texts->pdata[i]);
    return ok;
}
