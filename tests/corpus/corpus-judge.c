/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Guests of the corpus against the hosts of the corpus: what must hold for any
 * guest and any host, whatever the verdict.
 */
#include "collect/collect.h"
#include "corpus.h"

#include "derive/derive-internal.h"
#include "report/report.h"

#include <string.h>
#include <time.h>

static const VmcState states[] = { VMC_STATE_OFF, VMC_STATE_SAVED, VMC_STATE_LIVE };

typedef struct {
    const CorpusFile *file;
    FILE *verdicts;
    gboolean ok;
} Judging;

static double
cpu_ms(void)
{
    struct timespec now = { 0 };

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

/* ---- hosts ---------------------------------------------------------------------- */

VmcFacts *
corpus_expansions(const GPtrArray *files)
{
    VmcFacts *facts = vmc_facts_new();

    for (size_t i = 0; i < files->len; i++) {
        const CorpusFile *file = files->pdata[i];
        g_autofree char *name = NULL;

        if (!file->sound || (file->kind != CORPUS_DOMAIN && file->kind != CORPUS_DOMCAPS))
            continue;
        name = g_strdup_printf(file->kind == CORPUS_DOMAIN ? "domains/%zu/live.xml"
                                                           : "host/domcapabilities/%zu.xml",
                               i);
        vmc_facts_set(facts, name, file->texts->pdata[0]);
    }
    vmc_collect_missing_expansions(facts);
    return facts;
}

static void
copy_expansions(VmcFacts *to, const VmcFacts *from)
{
    g_auto(GStrv) names = vmc_facts_list(from, "host/cpu-expansions/");

    for (char **name = names; *name; name++)
        vmc_facts_set(to, *name, vmc_facts_get(from, *name));
}

/* libvirt's tests have domain capabilities without the capabilities that such a
 * host has, too; these say no more than they do. */
static char *
capabilities_for(const VmcDomcaps *domcaps)
{
    return g_strdup_printf("<capabilities><host/><guest><os_type>hvm</os_type>"
                           "<arch name='%s'><emulator>%s</emulator>"
                           "<machine maxCpus='%u'>%s</machine><domain type='%s'/></arch>"
                           "</guest></capabilities>",
                           domcaps->arch ? domcaps->arch : "", domcaps->emulator,
                           domcaps->max_vcpus, domcaps->machine ? domcaps->machine : "",
                           domcaps->virt_type);
}

static VmcOffer *
offer_of_domcaps(VmcFacts *facts, const char *text)
{
    g_autoptr(VmcOffer) alone = NULL;
    g_autofree char *capabilities = NULL;

    vmc_facts_set(facts, "host/domcapabilities/some.xml", text);
    alone = vmc_derive_offer(facts, NULL);
    if (!alone || alone->domcaps->len == 0 ||
        !vmc_domcaps_read(alone->domcaps->pdata[0], facts, NULL))
        return NULL;
    capabilities = capabilities_for(alone->domcaps->pdata[0]);
    vmc_facts_set(facts, "host/capabilities.xml", capabilities);
    return vmc_derive_offer(facts, NULL);
}

void
corpus_offer_free(void *opaque)
{
    CorpusOffer *offer = opaque;

    g_free(offer->label);
    vmc_offer_free(offer->offer);
    vmc_facts_free(offer->facts);
    g_free(offer);
}

CorpusOffer *
corpus_offer(const CorpusFile *file, const VmcFacts *expansions)
{
    g_autoptr(VmcFacts) facts = vmc_facts_new();
    const char *text = file->texts->pdata[0];
    CorpusOffer *result = NULL;
    VmcOffer *offer = NULL;

    copy_expansions(facts, expansions);
    if (file->kind == CORPUS_DOMCAPS) {
        offer = offer_of_domcaps(facts, text);
    } else if (file->kind == CORPUS_CAPABILITIES) {
        vmc_facts_set(facts, "host/capabilities.xml", text);
        offer = vmc_derive_offer(facts, NULL);
    }
    if (!offer)
        return NULL;
    result = g_new0(CorpusOffer, 1);
    result->label = g_path_get_basename(file->file);
    result->offer = offer;
    result->facts = g_steal_pointer(&facts);
    return result;
}

/* ---- what must hold ---------------------------------------------------------------- */

static void
complain(Judging *judging, const CorpusOffer *host, const char *what)
{
    judging->ok = FALSE;
    corpus_complain(judging->file->file, "on %s: %s", host->label, what);
}

static gboolean
has_arch(const VmcOffer *offer, const char *arch)
{
    for (size_t i = 0; i < offer->guests->len; i++) {
        const VmcGuest *guest = offer->guests->pdata[i];

        if (g_strcmp0(guest->arch, arch) == 0)
            return TRUE;
    }
    return FALSE;
}

static gboolean
is_qemus(const VmcRequirement *req)
{
    return g_strcmp0(req->virt_type, "kvm") == 0 || g_strcmp0(req->virt_type, "qemu") == 0;
}

static void
check_verdict(Judging *judging,
              const VmcRequirement *req,
              const CorpusOffer *host,
              VmcVerdict verdict)
{
    if (verdict != VMC_VERDICT_COMPATIBLE)
        return;
    if (!is_qemus(req))
        complain(judging, host, "a guest of another hypervisor is compatible");
    if (req->arch && !has_arch(host->offer, req->arch))
        complain(judging, host, "a guest of another architecture is compatible");
}

static void
check_finding(Judging *judging, const CorpusOffer *host, const VmcFinding *finding)
{
    if (!*finding->message || !g_utf8_validate(finding->message, -1, NULL) ||
        strstr(finding->message, "(null)") || strstr(finding->message, "%1$s"))
        complain(judging, host, finding->message);
    if (finding->severity >= VMC_SEVERITY_UNKNOWN && !*finding->remedy)
        complain(judging, host, finding->rule->id);
}

/* ---- judging ---------------------------------------------------------------------------- */

static void
print_verdict(const Judging *judging,
              const VmcRequirement *req,
              const CorpusOffer *host,
              const GPtrArray *findings)
{
    if (!judging->verdicts)
        return;
    fprintf(judging->verdicts, "%s\t%s\t%s\t%s\t", judging->file->file, vmc_state_name(req->state),
            host->label, vmc_verdict_name(vmc_rules_verdict(findings)));
    for (size_t i = 0; i < findings->len; i++) {
        const VmcFinding *finding = findings->pdata[i];

        fprintf(judging->verdicts, "%s%s:%s:%s:%s", i ? ";" : "", finding->rule->id,
                vmc_severity_name(finding->severity), finding->subject, finding->needed);
    }
    fputc('\n', judging->verdicts);
}

static void
print_report(Judging *judging, const CorpusOffer *host, const GPtrArray *findings)
{
    VmcReport *report = vmc_report_new(&host->offer->host);
    VmcSystemReport *system = vmc_system_report_new("guest", NULL);
    g_autofree char *plain = NULL;
    g_autofree char *json = NULL;

    for (size_t i = 0; i < findings->len; i++) {
        VmcFinding *copy = g_memdup2(findings->pdata[i], sizeof(VmcFinding));

        copy->subject = g_strdup(copy->subject);
        copy->needed = g_strdup(copy->needed);
        copy->found = g_strdup(copy->found);
        copy->message = g_strdup(copy->message);
        copy->remedy = g_strdup(copy->remedy);
        g_ptr_array_add(system->findings, copy);
    }
    system->verdict = vmc_rules_verdict(findings);
    g_ptr_array_add(report->systems, system);
    plain = vmc_report_to_plain(report, 0);
    json = vmc_report_to_json(report);
    if (!plain || !*plain || !json || !g_utf8_validate(json, -1, NULL))
        complain(judging, host, "the report can't be printed");
    g_atomic_rc_box_release_full(report, (GDestroyNotify)vmc_report_clear);
}

static void
judge(Judging *judging, const VmcRequirement *req, const CorpusOffer *host, gboolean print)
{
    double start = cpu_ms();
    g_autoptr(GPtrArray) findings = vmc_rules_run(req, host->offer, NULL, NULL);

    if (print)
        print_report(judging, host, findings);
    if (cpu_ms() - start > corpus_limit)
        complain(judging, host, "judging takes too long");
    check_verdict(judging, req, host, vmc_rules_verdict(findings));
    for (size_t i = 0; i < findings->len; i++)
        check_finding(judging, host, findings->pdata[i]);
    print_verdict(judging, req, host, findings);
}

static void
replace(char **text, const char *other)
{
    g_free(*text);
    *text = g_strdup(other);
}

/* As if the guest had been made for this host's QEMU: what else is there to say? */
static void
move_in(VmcRequirement *req, const VmcDomcaps *domcaps)
{
    GPtrArray *files = req->needs[VMC_NEED_FILE];

    replace(&req->emulator, domcaps->emulator);
    replace(&req->machine, domcaps->machine);
    for (size_t i = 0; i < files->len; i++) {
        VmcNeed *need = files->pdata[i];

        if (g_str_equal(need->detail, "emulator"))
            replace(&need->name, domcaps->emulator);
    }
}

/* "pc-i440fx-7.2" and "pc" are of one kind, "pc-q35-7.2" and "q35" of another. */
static const char *
machine_kind(const char *machine)
{
    static const char *const kinds[] = { "q35", "pc", "virt", "pseries", "s390-ccw" };

    for (size_t i = 0; machine && i < G_N_ELEMENTS(kinds); i++) {
        if (strstr(machine, kinds[i]))
            return kinds[i];
    }
    return machine ? machine : "";
}

static gboolean
could_live_there(const VmcRequirement *req, const CorpusOffer *host)
{
    const VmcDomcaps *domcaps = host->offer->domcaps->len ? host->offer->domcaps->pdata[0] : NULL;

    return domcaps && g_strcmp0(domcaps->arch, req->arch) == 0 &&
           g_strcmp0(domcaps->virt_type, req->virt_type) == 0 &&
           g_str_equal(machine_kind(domcaps->machine), machine_kind(req->machine));
}

static void
judge_everywhere(Judging *judging, VmcRequirement *req, const GPtrArray *offers)
{
    for (size_t i = 0; i < offers->len; i++)
        judge(judging, req, offers->pdata[i], i == 0);
    for (size_t i = 0; i < offers->len; i++) {
        const CorpusOffer *host = offers->pdata[i];

        if (!could_live_there(req, host))
            continue;
        move_in(req, host->offer->domcaps->pdata[0]);
        judge(judging, req, host, TRUE);
    }
}

gboolean
corpus_judge_file(const CorpusFile *file,
                  const GPtrArray *offers,
                  const VmcFacts *expansions,
                  FILE *verdicts)
{
    Judging judging = { .file = file, .verdicts = verdicts, .ok = TRUE };
    g_autoptr(VmcFacts) facts = vmc_facts_new();

    copy_expansions(facts, expansions);
    vmc_facts_set(facts, "domains/guest/live.xml", file->texts->pdata[0]);
    for (size_t i = 0; i < G_N_ELEMENTS(states); i++) {
        g_autoptr(VmcRequirement) req =
            vmc_derive_requirement(facts, "domains/guest", states[i], NULL, NULL);

        if (req)
            judge_everywhere(&judging, req, offers);
    }
    return judging.ok;
}
