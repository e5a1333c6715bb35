/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What the destination's own libvirt said of the definition (check --dry-run),
 * compared with what the rules before found.  It is asked for the state that is
 * judged, so all states are alike here; where nobody asked, nothing is said.
 */
#include "rules/engine.h"
#include "rules/rules-internal.h"

#include <string.h>

/* libvirt's error numbers that name a cause; they are ABI. */
static const struct {
    int code;
    const char *rules; /* ids that begin so */
} causes[] = {
    { 43, "network-" },        /* VIR_ERR_NO_NETWORK */
    { 49, "storage-pool-" },   /* VIR_ERR_NO_STORAGE_POOL */
    { 50, "storage-volume-" }, /* VIR_ERR_NO_STORAGE_VOL */
    { 66, "secret-" },         /* VIR_ERR_NO_SECRET */
    { 91, "cpu-" },            /* VIR_ERR_CPU_INCOMPATIBLE */
};

static gboolean
has_word(const char *message, const char *word)
{
    g_autofree char *text = g_ascii_strdown(message, -1);
    g_autofree char *wanted = g_ascii_strdown(word, -1);

    return strlen(wanted) > 2 && strstr(text, wanted) != NULL;
}

/* "devices/tpm/model" is about a "tpm", and some have another name in messages. */
static gboolean
names_device(const char *message, const char *subject)
{
    static const struct {
        const char *element, *word;
    } others[] = {
        { "hostdev", "passthrough" },
        { "interface", "network" },
    };
    g_autofree char *name = NULL;
    gboolean found = FALSE;

    if (!g_str_has_prefix(subject, "devices/"))
        return FALSE;
    subject += strlen("devices/");
    name = g_strndup(subject, strcspn(subject, "/["));
    for (size_t i = 0; i < G_N_ELEMENTS(others); i++)
        found |= g_str_equal(others[i].element, name) && has_word(message, others[i].word);
    return found || has_word(message, name);
}

/* libvirt tells no cause but by its words, which may be translated; names, values
 * and numbers are not.  Wrong, this costs one line too many or too few about a
 * guest that is incompatible anyway. */
static gboolean
is_same_cause(const VmcFinding *finding, const VmcDryRun *said)
{
    for (size_t i = 0; i < G_N_ELEMENTS(causes); i++) {
        if (causes[i].code == said->code && g_str_has_prefix(finding->rule->id, causes[i].rules))
            return TRUE;
    }
    return has_word(said->text, finding->needed) || names_device(said->text, finding->subject);
}

static const VmcFinding *
find_same(const VmcFindings *findings, const VmcDryRun *said)
{
    for (size_t i = 0; i < findings->list->len; i++) {
        const VmcFinding *finding = findings->list->pdata[i];

        if (finding->severity == VMC_SEVERITY_BLOCKER && !finding->waived &&
            is_same_cause(finding, said))
            return finding;
    }
    return NULL;
}

static void
check_objections(const VmcRequirement *req,
                 const VmcOffer *offer,
                 const VmcNeed *need G_GNUC_UNUSED,
                 VmcFindings *findings)
{
    const VmcDryRun *said = vmc_offer_dry_run(offer, req);
    const VmcFinding *same = NULL;

    if (!said || said->answer != VMC_DRY_RUN_REFUSED)
        return;
    same = find_same(findings, said);
    if (!same) {
        vmc_fail(findings, "", NULL, said->text,
                 _("the destination's libvirt refuses the definition: %s"), said->text);
        return;
    }
    vmc_say(findings, VMC_SEVERITY_NOTE, same->subject, same->needed, said->text,
            _("libvirt's dry run agrees with '%1$s': %2$s"), same->rule->id, said->text);
    vmc_remedy(findings, "%s", same->remedy);
}

static void
check_answer(const VmcRequirement *req,
             const VmcOffer *offer,
             const VmcNeed *need G_GNUC_UNUSED,
             VmcFindings *findings)
{
    const VmcDryRun *said = vmc_offer_dry_run(offer, req);

    if (!said || said->answer == VMC_DRY_RUN_REFUSED)
        return;
    if (said->answer == VMC_DRY_RUN_NONE) {
        vmc_fail(findings, "", NULL, said->text,
                 _("the dry run that was asked for was not made: %s"),
                 *said->text ? said->text : _("libvirt gave no answer"));
        return;
    }
    if (*said->text)
        vmc_say(findings, VMC_SEVERITY_NOTE, "", NULL, said->text,
                _("the destination's libvirt accepts the definition in a dry run, but: %s"),
                said->text);
    else
        vmc_say(findings, VMC_SEVERITY_NOTE, "", NULL, NULL,
                _("the destination's libvirt accepts the definition in a dry run"));
    vmc_remedy(findings, "%s", _("Nothing needs to be done."));
}

const VmcRule vmc_rules_libvirt[] = {
    {
        .id = "libvirt-objects",
        .states = VMC_STATE_ALL,
        .severity = VMC_SEVERITY_BLOCKER,
        .check = check_objections,
        .summary = N_("the destination's own libvirt accepts the definition"),
        .cause =
            N_("With --dry-run the destination's libvirt parses and validates the definition, "
               "prepares it and builds QEMU's command line, without starting anything; the same "
               "code decides at a migration, a restore and a start. It stops at its first "
               "objection. Where another rule has found that cause, this one only agrees; where "
               "none has, libvirt's own message is all that is known. The CPU of a running or "
               "saved guest is left out: libvirt compares it in another way then."),
        .remedy = N_("Change what libvirt's message names, in the guest or on the destination "
                     "(virsh domxml-to-native qemu-argv repeats the question, but not as "
                     "harmlessly), and please report it: a rule is missing."),
    },
    {
        .id = "dry-run",
        .states = VMC_STATE_ALL,
        .severity = VMC_SEVERITY_WARNING,
        .check = check_answer,
        .summary = N_("the dry run that was asked for was made"),
        .cause = N_("--dry-run asks the destination's libvirt to judge the definition itself. "
                    "That takes a read-write connection to a QEMU driver. Without an answer, the "
                    "verdict is that of the other rules alone."),
        .remedy = N_("Connect read-write (without --readonly, as a user who may manage guests "
                     "there), or leave out --dry-run."),
    },
    { 0 },
};
