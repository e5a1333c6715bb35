/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The engine: which rules run for a requirement, on which needs, and what is
 * said where the offer lacks what a rule reads.
 */
#include "rules/engine.h"

#include "derive/derive.h"

/* Words for a part that was not probed, and what would settle it. */
typedef struct {
    const char *reason, *settle;
} PartText;

static const PartText part_texts[VMC_PART_LAST];
#define N_GROUPS 21
static const VmcRule *const groups[N_GROUPS];

static size_t
count_rules(void)
{
    size_t n = 0;

    for (size_t i = 0; i < N_GROUPS; i++) {
        for (const VmcRule *rule = groups[i]; rule->id; rule++)
            n++;
    }
    return n;
}

static const VmcRule **
list_rules(void)
{
    const VmcRule **all = g_new0(const VmcRule *, count_rules() + 1);
    size_t n = 0;

    for (size_t i = 0; i < N_GROUPS; i++) {
        for (const VmcRule *rule = groups[i]; rule->id; rule++)
            all[n++] = rule;
    }
    return all;
}

const VmcRule *const *
vmc_rules_all(void)
{
    static const VmcRule **all; /* made once, never changed: groups' sizes are known at run time */

    if (g_once_init_enter(&all))
        g_once_init_leave(&all, list_rules());
    return all;
}

const VmcRule *
vmc_rules_find(const char *id)
{
    for (const VmcRule *const *rule = vmc_rules_all(); *rule; rule++) {
        if (g_strcmp0((*rule)->id, id) == 0)
            return *rule;
    }
    return NULL;
}

static void
add_flags(GPtrArray *flags, const char *list)
{
    g_auto(GStrv) names = g_strsplit(list, ",", -1);

    for (char **name = names; *name; name++) {
        if (!g_ptr_array_find_with_equal_func(flags, *name, g_str_equal, NULL))
            g_ptr_array_add(flags, g_strdup(*name));
    }
}

static char **
list_flags(void)
{
    GPtrArray *flags = g_ptr_array_new();

    for (const VmcRule *const *rule = vmc_rules_all(); *rule; rule++) {
        if ((*rule)->assume)
            add_flags(flags, (*rule)->assume);
    }
    g_ptr_array_add(flags, NULL);
    return (char **)g_ptr_array_free(flags, FALSE);
}

const char *const *
vmc_assume_flags(void)
{
    static char **flags; /* made once, never changed */

    if (g_once_init_enter(&flags))
        g_once_init_leave(&flags, list_flags());
    return (const char *const *)flags;
}

/* Whether the offer has what the rule reads. */
static gboolean
is_probed(const VmcRule *rule, const VmcOffer *offer, const VmcFindings *findings)
{
    if (rule->part == VMC_PART_NONE)
        return TRUE;
    if (!offer->probed[rule->part])
        return FALSE;
    if (rule->part == VMC_PART_DOMCAPS)
        return findings->domcaps != NULL;
    if (rule->part == VMC_PART_CPU)
        return findings->domcaps && findings->domcaps->visible;
    return TRUE;
}

/* Where machine, architecture, virtualization type or emulator are refused, the
 * domain capabilities for them can't exist, and where it is not known whether they
 * are there, nobody can have asked for them: what they would say is moot, and saying
 * so for each device would bury the reason. */
static gboolean
is_moot(const VmcRule *rule, const VmcFindings *findings)
{
    if (rule->part != VMC_PART_DOMCAPS && rule->part != VMC_PART_CPU)
        return FALSE;
    if (findings->domcaps)
        return FALSE;
    for (size_t i = 0; i < findings->list->len; i++) {
        const VmcFinding *finding = findings->list->pdata[i];
        gboolean of_machine = FALSE;

        for (const VmcRule *row = vmc_rules_machine; row->id; row++)
            of_machine |= row == finding->rule;
        if (of_machine && finding->severity >= VMC_SEVERITY_UNKNOWN && !finding->waived)
            return TRUE;
    }
    return FALSE;
}

static char *
why_not_probed(const VmcRule *rule, const VmcOffer *offer)
{
    const char *reason = _(part_texts[rule->part].reason);
    const char *why = offer->why[rule->part];

    return why ? g_strdup_printf("%s (%s)", reason, why) : g_strdup(reason);
}

static void
say_not_probed(const VmcOffer *offer, const VmcNeed *need, VmcFindings *findings)
{
    const VmcRule *rule = findings->rule;
    const char *settle = _(part_texts[rule->part].settle);
    g_autofree char *why = why_not_probed(rule, offer);
    g_autofree char *number = NULL;

    if (!need) {
        vmc_cannot_know(findings, rule->subject, NULL, settle, _("can't tell whether %1$s: %2$s"),
                        _(rule->summary), why);
        return;
    }
    number = g_strdup_printf("%" G_GUINT64_FORMAT, need->value);
    vmc_cannot_know(findings, need->subject, *need->name ? need->name : number, settle,
                    _("'%1$s': can't tell whether %2$s: %3$s"), *need->name ? need->name : number,
                    _(rule->summary), why);
}

/* A row's own message: "%1$s" is what is replaced, nothing else is a format. */
static char *
fill_message(const VmcRule *rule, const VmcNeed *need)
{
    g_autoptr(GString) message = g_string_new(_(rule->message));

    g_string_replace(message, "%2$s", need->name, 0);
    g_string_replace(message, "%1$s", *need->detail ? need->detail : need->name, 0);
    g_string_replace(message, "%%", "%", 0);
    return g_string_free(g_steal_pointer(&message), FALSE);
}

static void
run_once(const VmcRequirement *req,
         const VmcOffer *offer,
         const VmcNeed *need,
         VmcFindings *findings)
{
    const VmcRule *rule = findings->rule;
    g_autofree char *message = NULL;

    findings->need = need;
    if (!is_probed(rule, offer, findings)) {
        if (rule->severity > VMC_SEVERITY_WARNING && !is_moot(rule, findings))
            say_not_probed(offer, need, findings);
        return;
    }
    if (rule->check) {
        rule->check(req, offer, need, findings);
        return;
    }
    message = fill_message(rule, need);
    vmc_fail(findings, need->subject, *need->detail ? need->detail : need->name, NULL, "%s",
             message);
}

/* The engine asks this for every row and need, and mostly the first character
 * decides: a call of strcmp() or strlen() would be most of the work. */
static gboolean
begins_with(const char *text, const char *prefix)
{
    while (*prefix && *text == *prefix) {
        text++;
        prefix++;
    }
    return !*prefix;
}

static gboolean
need_fits(const VmcRule *rule, const VmcNeed *need)
{
    if (!rule->name)
        return TRUE;
    if (rule->kind == VMC_NEED_TRAIT)
        return *need->name == *rule->name && g_str_equal(need->name, rule->name);
    return begins_with(need->detail, rule->name);
}

static void
run_rule(const VmcRequirement *req, const VmcOffer *offer, VmcFindings *findings)
{
    const VmcRule *rule = findings->rule;
    const GPtrArray *needs = NULL;

    if (!(rule->states & req->state) || (rule->applies && !rule->applies(req)))
        return;
    if (rule->kind == VMC_NEED_NONE) {
        run_once(req, offer, NULL, findings);
        return;
    }
    needs = req->needs[rule->kind];
    for (size_t i = 0; i < needs->len; i++) {
        const VmcNeed *need = needs->pdata[i];

        if (need_fits(rule, need))
            run_once(req, offer, need, findings);
    }
}

GPtrArray *
vmc_rules_run(const VmcRequirement *req,
              const VmcOffer *offer,
              GHashTable *assume,
              GHashTable *ignore)
{
    VmcFindings findings = {
        .list = g_ptr_array_new_with_free_func((GDestroyNotify)vmc_finding_free),
        .domcaps = vmc_derive_domcaps_for(offer, req, NULL),
        .guest = req->name,
        .destination = offer->host.hostname,
        .assume = assume,
        .ignore = ignore,
    };
    gboolean judged = vmc_rules_can_judge(req);

    for (const VmcRule *const *rule = vmc_rules_all(); *rule; rule++) {
        findings.rule = *rule;
        if (judged || findings.rule->any_hypervisor)
            run_rule(req, offer, &findings);
    }
    vmc_rules_sort(findings.list);
    return findings.list;
}

/* In the order in which libvirt would come to it; what compares with the findings
 * of all others stands behind them. */
static const VmcRule *const groups[N_GROUPS] = {
    vmc_rules_hypervisor, vmc_rules_identity,  vmc_rules_versions, vmc_rules_machine,
    vmc_rules_security,   vmc_rules_device,    vmc_rules_storage,  vmc_rules_network,
    vmc_rules_interface,  vmc_rules_cpu_model, vmc_rules_cpu,      vmc_rules_cpu_numbers,
    vmc_rules_firmware,   vmc_rules_memory,    vmc_rules_claims,   vmc_rules_guest,
    vmc_rules_host,       vmc_rules_saved,     vmc_rules_site,     vmc_rules_libvirt,
    vmc_rules_document,
};

#define ASK_AGAIN \
 N_("Check over a read-write connection to the destination (vmcompat check -c URI), or make its " \
    "offer anew (vmcompat offer, on the destination).")
#define ASK_THERE N_("Run the check on the destination itself (vmcompat check).")
#define ASK_CAPABILITIES \
 N_("Check over a read-write connection to the destination (vmcompat check -c URI): libvirt tells " \
    "domain capabilities to no other.")

static const PartText part_texts[VMC_PART_LAST] = {
    [VMC_PART_HOST] = { N_("the destination's identity and versions were not probed"), ASK_AGAIN },
    [VMC_PART_CAPABILITIES] = { N_("the destination's capabilities were not probed"), ASK_AGAIN },
    [VMC_PART_DOMCAPS] = { N_("no domain capabilities of the destination fit the guest's emulator, "
                              "architecture, machine and virtualization type"),
                           ASK_CAPABILITIES },
    [VMC_PART_CPU] = { N_("what CPU the destination's hypervisor can give was not probed"),
                       ASK_CAPABILITIES },
    [VMC_PART_CPU_NAMES] = { N_("which CPU names the destination's libvirt knows was not probed"),
                             N_("Check over a connection to the destination: a saved offer holds "
                                "only the names that were asked for.") },
    [VMC_PART_NETWORKS] = { N_("the destination's networks were not probed"), ASK_AGAIN },
    [VMC_PART_INTERFACES] = { N_("the destination's network devices were not probed"), ASK_AGAIN },
    [VMC_PART_POOLS] = { N_("the destination's storage pools were not probed"), ASK_AGAIN },
    [VMC_PART_SECRETS] = { N_("the destination's secrets were not probed"), ASK_AGAIN },
    [VMC_PART_NWFILTERS] = { N_("the destination's network filters were not probed"), ASK_AGAIN },
    [VMC_PART_NODEDEVS] = { N_("the destination's node devices were not probed"), ASK_AGAIN },
    [VMC_PART_DOMAINS] = { N_("the destination's domains were not probed"), ASK_AGAIN },
    [VMC_PART_MEMORY] = { N_("the destination's free memory was not probed"), ASK_AGAIN },
    [VMC_PART_PAGES] = { N_("the destination's free pages were not probed"), ASK_AGAIN },
    [VMC_PART_CPUMAP] = { N_("the destination's online CPUs were not probed"), ASK_AGAIN },
    [VMC_PART_ADDRESSES] = { N_("the destination's addresses were not probed"), ASK_THERE },
};
