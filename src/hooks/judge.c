/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * vmcompat-judge: would the guest whose definition is on standard input run on
 * this host?  Asks the saved offer and this machine, and never libvirt, which may
 * be waiting for us.
 *
 * Reasons go to standard error.  Exit status: hook.h.
 */
#include "hooks/judge.h"
#include "hooks/hook.h"
#include "local/local.h"
#include "rules/rules-internal.h"

#include "derive/derive.h"

#include <errno.h>
#include <malloc.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define GUEST "domains/incoming"
#define MAX_REUSED (1 << 20) /* bytes */

typedef struct {
    HookConfig config;
    char *operation, *config_file, *offer_file, *as, *xml_file; /* options */
    VmcState state;
    char *xml; /* the guest's definition */
    VmcFacts *guest, *host;
    HookBlob blob;
    gint64 since;         /* when it began */
    gboolean check_offer; /* and nothing else */
} Judge;

/* ---- what is judged -------------------------------------------------------------------- */

/* No more than libvirt itself takes; a definition that does not end is cut off. */
static char *
read_definition(int fd, GError **error)
{
    g_autoptr(GString) text = g_string_new(NULL);
    char buffer[16384];
    ssize_t got = 0;

    while ((got = TEMP_FAILURE_RETRY(read(fd, buffer, sizeof(buffer)))) > 0) {
        if (text->len + (size_t)got > VMC_MAX_XML) {
            g_set_error(error, VMC_ERROR, VMC_ERROR_TOO_LARGE,
                        _("the guest's definition is larger than %u MiB"), VMC_MAX_XML >> 20);
            return NULL;
        }
        g_string_append_len(text, buffer, got);
    }
    if (got < 0) {
        g_set_error(error, VMC_ERROR, VMC_ERROR_FAILED, _("can't read the guest's definition: %s"),
                    g_strerror(errno));
        return NULL;
    }
    return g_string_free(g_steal_pointer(&text), FALSE);
}

/* Images behind images, as libvirt itself is about to look for them. */
static void
follow_chains(VmcFacts *facts, const xmlNode *guest)
{
    const xmlNode *devices = vmc_xml_child(guest, "devices");

    for (const xmlNode *disk = vmc_xml_child(devices, "disk"); disk;
         disk = vmc_xml_next(disk, "disk")) {
        g_autofree char *file = vmc_xml_attr(vmc_xml_child(disk, "source"), "file");

        if (file && vmc_local_may_have_chain(disk))
            vmc_local_chain(facts, GUEST "/backing.tsv", file);
    }
}

static VmcRequirement *
requirement_as(const Judge *judge, VmcState state, GError **error)
{
    static const VmcHost unknown; /* what starts anew has no source */
    const VmcHost *source = state == VMC_STATE_OFF ? &unknown : &judge->blob.host;

    return vmc_derive_requirement(judge->guest, GUEST, state, source, error);
}

/* What travels is the definition before QEMU had its say: a feature that the
 * source's hypervisor lacks stands there all the same, unless the CPU was checked
 * in full.  The CPU that the guest sees travels beside it, and libvirt compares it
 * when it starts QEMU; only the blob can tell us. */
static gboolean
is_cpu_hidden(const Judge *judge, const VmcRequirement *guest)
{
    return guest->cpu.mode && guest->state != VMC_STATE_OFF && !judge->blob.has_cpu &&
           g_strcmp0(guest->cpu.check, "full") != 0;
}

static void
forget_hidden_cpu(Judge *judge, VmcRequirement *guest)
{
    if (!is_cpu_hidden(judge, guest))
        return;
    g_clear_pointer(&guest->cpu.visible, g_hash_table_unref);
    g_hash_table_add(judge->config.ignore, g_strdup("cpu-model-unusable"));
}

/* ---- judging ------------------------------------------------------------------------------ */

/* What libvirt on the source or here has settled by the time we are asked, or
 * settles at once, from what no hook can know; and what depends on the versions of
 * the host that sends the guest, for the blob may be of one before that. */
static gboolean
is_settled_elsewhere(const VmcRule *rule)
{
    static const char *const ids[] = {
        "same-host",
        "host-uuid-duplicate",
        "snapshot-present",
        "checkpoint-lost",
        "job-conflict",
        "version-quarrel",
        "cpu-vmx-subfeatures",
        "host-device-passthrough",
        "vdagent",
        NULL,
    };

    return rule->part == VMC_PART_DOMAINS || g_strv_contains(ids, rule->id);
}

static void
ignore_settled(GHashTable *ignore)
{
    for (const VmcRule *const *rule = vmc_rules_all(); *rule; rule++) {
        if (is_settled_elsewhere(*rule))
            g_hash_table_add(ignore, g_strdup((*rule)->id));
    }
}

static GPtrArray *
run_rules(const Judge *judge, const VmcRequirement *requirement, const VmcOffer *offer)
{
    return vmc_rules_run(requirement, offer, judge->config.assume, judge->config.ignore);
}

static gboolean
refuses(const Judge *judge, VmcVerdict verdict)
{
    switch (verdict) {
    case VMC_VERDICT_COMPATIBLE:
        return FALSE;
    case VMC_VERDICT_UNDECIDED:
        return judge->config.refuse_undecided;
    case VMC_VERDICT_INCOMPATIBLE:
        break;
    }
    return TRUE;
}

/* Would the bare definition be welcome?  Then it may be all that comes. */
static gboolean
ask_site(const Judge *judge, const VmcRequirement *guest, GPtrArray *findings, GError **error)
{
    return hook_site_ask(&judge->config, judge->since, judge->guest, judge->host, guest, findings,
                         error);
}

/* The site's rules may go by the state, too; they are not asked in vain. */
static gboolean
fits_when_off(const Judge *judge, const VmcOffer *offer)
{
    g_autoptr(VmcRequirement) off = requirement_as(judge, VMC_STATE_OFF, NULL);
    g_autoptr(GPtrArray) findings = off ? run_rules(judge, off, offer) : NULL;

    return findings && !refuses(judge, vmc_rules_verdict(findings)) &&
           ask_site(judge, off, findings, NULL) && !refuses(judge, vmc_rules_verdict(findings));
}

static gboolean
counts(const VmcFinding *finding, VmcVerdict verdict)
{
    VmcSeverity least =
        verdict == VMC_VERDICT_INCOMPATIBLE ? VMC_SEVERITY_CONDITIONAL : VMC_SEVERITY_UNKNOWN;

    return !finding->waived && finding->severity >= least;
}

/* Where the missing parts of the guest's CPU are from, or why they were not looked for. */
static void
tell_blob(const Judge *judge, const VmcRequirement *guest, const VmcOffer *offer, gboolean cpu_told)
{
    const HookBlob *blob = &judge->blob;
    g_autofree char *why = cpu_told && blob->host.hostname ? vmc_cpu_cause(guest, offer) : NULL;

    if (why)
        fprintf(stderr, _("(the guest has its CPU from host '%1$s': %2$s)\n"), blob->host.hostname,
                why);
    if (is_cpu_hidden(judge, guest))
        fprintf(stderr,
                _("(the CPU that the guest sees was not judged: %1$s; \"vmcompat embed %2$s\" on "
                  "the source, or vmcompat-embed.service there, puts it in)\n"),
                blob->why_not ? blob->why_not : _("the blob in its metadata does not tell it"),
                guest->name ? guest->name : "");
}

static void
tell(const Judge *judge,
     const VmcRequirement *guest,
     const VmcOffer *offer,
     const GPtrArray *findings,
     VmcVerdict verdict)
{
    static const char *const of_cpu[] = { "cpu-feature-missing", "host-passthrough", "cpu-maximum",
                                          NULL };
    gboolean cpu_told = FALSE;

    fprintf(stderr,
            verdict == VMC_VERDICT_INCOMPATIBLE
                ? _("vmcompat: guest '%s' does not fit this host:\n")
                : _("vmcompat: whether guest '%s' fits this host is not known:\n"),
            guest->name ? guest->name : "");
    for (size_t i = 0; i < findings->len; i++) {
        const VmcFinding *finding = findings->pdata[i];

        if (!counts(finding, verdict))
            continue;
        fprintf(stderr, "- %s [%s]\n", finding->message, finding->rule->id);
        cpu_told |= g_strv_contains(of_cpu, finding->rule->id);
    }
    tell_blob(judge, guest, offer, cpu_told);
    fprintf(stderr, _("(\"vmcompat rules NAME\" explains the name in brackets, and the cure)\n"));
}

/* What our own rules refuse is refused, even if the site's can't be asked. */
static int
conclude(const Judge *judge, const VmcRequirement *guest, const VmcOffer *offer, GError **error)
{
    g_autoptr(GPtrArray) findings = run_rules(judge, guest, offer);
    g_autoptr(GError) why = NULL;
    gboolean asked = ask_site(judge, guest, findings, &why);
    VmcVerdict verdict = vmc_rules_verdict(findings);

    if (!refuses(judge, verdict)) {
        if (!asked)
            g_propagate_error(error, g_steal_pointer(&why));
        return asked ? HOOK_PASS : HOOK_FAILED;
    }
    tell(judge, guest, offer, findings, verdict);
    if (judge->config.mode == HOOK_MODE_WARN)
        return HOOK_WARN;
    if (g_strcmp0(judge->operation, "migrate") == 0 && fits_when_off(judge, offer))
        return HOOK_DEFER;
    return HOOK_REFUSE;
}

static int
missing_offer(const Judge *judge, const char *why)
{
    gboolean refused = judge->config.refuse_missing && judge->config.mode == HOOK_MODE_ENFORCE;

    fprintf(stderr, _("vmcompat: no guest can be judged: %s\n"), why);
    fprintf(stderr, _("Run \"systemctl start vmcompat-offer\", or \"vmcompat offer -o %s\".\n"),
            judge->config.offer);
    return refused ? HOOK_REFUSE : HOOK_WARN;
}

/* Takes the definition apart; its facts own what is parsed. */
static const xmlNode *
read_guest(Judge *judge, GError **error)
{
    const char *name = judge->state == VMC_STATE_SAVED ? GUEST "/saved.xml" : GUEST "/live.xml";
    xmlDoc *doc = vmc_xml_parse(judge->xml, -1, VMC_MAX_XML, _("the guest's definition"), error);

    if (!doc)
        return NULL;
    judge->guest = vmc_facts_new();
    vmc_facts_set_parsed(judge->guest, name, doc, &vmc_xml_form);
    return xmlDocGetRootElement(doc);
}

static void
read_blob(Judge *judge, const xmlNode *definition)
{
    static const char *const facts[] = {
        [VMC_STATE_LIVE] = GUEST "/live-cpu.xml",
        [VMC_STATE_SAVED] = GUEST "/saved-cpu.xml",
    };

    if (judge->state != VMC_STATE_OFF)
        hook_blob_read(&judge->blob, definition, facts[judge->state], judge->guest);
}

static int
judge_guest(Judge *judge, GError **error)
{
    const xmlNode *definition = read_guest(judge, error);
    g_autoptr(VmcRequirement) guest = NULL;
    g_autoptr(VmcOffer) offer = NULL;
    g_autoptr(GError) why = NULL;
    g_autofree char *stale = NULL;

    if (!definition)
        return HOOK_FAILED;
    read_blob(judge, definition);
    judge->host = hook_offer_load(judge->config.offer, &why);
    if (!judge->host)
        return missing_offer(judge, why->message);
    follow_chains(judge->guest, definition);
    /* CPU models mean here what this host's libvirt takes them for. */
    vmc_facts_copy(judge->host, "host/cpu-expansions/", judge->guest);
    guest = requirement_as(judge, judge->state, error);
    if (!guest)
        return HOOK_FAILED;
    forget_hidden_cpu(judge, guest);
    stale = hook_offer_stale(judge->host, guest->emulator, judge->config.max_offer_age);
    if (stale)
        return missing_offer(judge, stale);
    hook_offer_refresh(judge->host, guest);
    offer = vmc_derive_offer(judge->host, &why);
    if (offer)
        vmc_derive_domcaps_for(offer, guest, &why); /* those of this guest are damaged? */
    return why ? missing_offer(judge, why->message) : conclude(judge, guest, offer, error);
}

/* ---- the program ---------------------------------------------------------------------------- */

static gboolean
read_options(Judge *judge, int argc, char **argv, GError **error)
{
    const GOptionEntry entries[] = {
        { "operation", 0, 0, G_OPTION_ARG_STRING, &judge->operation,
          N_("what libvirt is about to do: migrate, restore"), N_("NAME") },
        { "as", 0, 0, G_OPTION_ARG_STRING, &judge->as, N_("judge as live, saved or off"),
          N_("STATE") },
        { "xml", 0, 0, G_OPTION_ARG_FILENAME, &judge->xml_file,
          N_("the definition in a file instead of standard input"), N_("FILE") },
        { "config", 0, 0, G_OPTION_ARG_FILENAME, &judge->config_file,
          N_("another configuration file"), N_("FILE") },
        { "offer", 0, 0, G_OPTION_ARG_FILENAME, &judge->offer_file, N_("another saved offer"),
          N_("FILE") },
        { "check-offer", 0, 0, G_OPTION_ARG_NONE, &judge->check_offer,
          N_("only say why guests are not judged by the offer, if they are not"), NULL },
        { NULL },
    };
    g_autoptr(GOptionContext) context = g_option_context_new(NULL);

    g_option_context_add_main_entries(context, entries, GETTEXT_PACKAGE);
    if (!g_option_context_parse(context, &argc, &argv, error))
        return FALSE;
    judge->state = judge->as ? vmc_state_from_name(judge->as) : VMC_STATE_LIVE;
    if (g_strcmp0(judge->operation, "restore") == 0)
        judge->state = VMC_STATE_SAVED;
    if (judge->state != VMC_STATE_NONE)
        return TRUE;
    g_set_error(error, VMC_ERROR, VMC_ERROR_INVALID_ARGUMENT,
                _("--as takes live, saved or off, not '%s'"), judge->as);
    return FALSE;
}

static void
load_config(Judge *judge)
{
    const char *named = g_getenv(HOOK_ENV_CONFIG);
    g_autoptr(GError) error = NULL;

    if (judge->config_file)
        named = judge->config_file;
    if (!hook_config_load(&judge->config, named ? named : VMC_CONFIG_FILE, &error))
        fprintf(stderr, _("vmcompat: %1$s: %2$s\n"), named ? named : VMC_CONFIG_FILE,
                error->message);
    if (judge->offer_file) {
        g_free(judge->config.offer);
        judge->config.offer = g_strdup(judge->offer_file);
    }
    ignore_settled(judge->config.ignore);
}

static gboolean
is_wanted(const Judge *judge)
{
    if (judge->config.mode == HOOK_MODE_OFF)
        return FALSE;
    if (g_strcmp0(judge->operation, "migrate") == 0)
        return judge->config.migrate;
    return g_strcmp0(judge->operation, "restore") != 0 || judge->config.restore;
}

/* For "vmcompat status". */
static int
check_offer(const Judge *judge, GError **error)
{
    g_autoptr(VmcFacts) host = hook_offer_load(judge->config.offer, error);
    g_autofree char *stale = NULL;

    if (!host)
        return HOOK_FAILED;
    stale = hook_offer_stale(host, NULL, judge->config.max_offer_age);
    if (stale)
        fprintf(stderr, "%s\n", stale);
    return stale ? HOOK_WARN : HOOK_PASS;
}

static int
run(Judge *judge, int argc, char **argv, GError **error)
{
    if (!read_options(judge, argc, argv, error))
        return HOOK_FAILED;
    load_config(judge);
    if (judge->check_offer)
        return check_offer(judge, error);
    if (!is_wanted(judge))
        return HOOK_PASS;
    /* First of all: nobody is kept waiting in the middle of writing it. */
    if (!judge->xml_file)
        judge->xml = read_definition(STDIN_FILENO, error);
    else
        g_file_get_contents(judge->xml_file, &judge->xml, NULL, error);
    return judge->xml ? judge_guest(judge, error) : HOOK_FAILED;
}

int
main(int argc, char **argv)
{
    Judge judge = { .state = VMC_STATE_LIVE, .since = g_get_monotonic_time() };
    g_autoptr(GError) error = NULL;
    int status = HOOK_FAILED;

    /* The offer's text is freed early, and its memory used again: fresh memory takes time. */
    mallopt(M_MMAP_THRESHOLD, MAX_REUSED);
    status = run(&judge, argc, argv, &error);

    if (error)
        fprintf(stderr, "vmcompat: %s\n", error->message);
    fflush(stderr);
    /* All the rest goes with the process: time is counted. */
    _exit(status);
}
