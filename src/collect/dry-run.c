/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What the host's own libvirt says of definitions (derive/dry-run.c tells how
 * they are made ready, and why this is asked in several steps).
 */
#include "collect/collect-internal.h"

#include <string.h>

#define TABLE "host/dry-runs.tsv"
#define FORMAT "qemu-argv"

typedef enum {
    STEP_ACCEPTED,
    STEP_STOPPED, /* at the sentinel */
    STEP_REFUSED,
    STEP_UNASKED, /* the answer is not about the definition */
    STEP_LOST,    /* the connection is gone */
} Step;

typedef struct {
    virConnectPtr conn;
    VmcFacts *facts;
    const VmcRequirement *req;
    const char *digest;
} DryRun;

/* Failures that say something of the caller, the connection or the moment. */
static const int not_about_definition[] = {
    VIR_ERR_NO_MEMORY,        VIR_ERR_NO_SUPPORT,        VIR_ERR_OPERATION_DENIED,
    VIR_ERR_ACCESS_DENIED,    VIR_ERR_AUTH_FAILED,       VIR_ERR_AUTH_CANCELLED,
    VIR_ERR_AUTH_UNAVAILABLE, VIR_ERR_OPERATION_TIMEOUT, VIR_ERR_RPC,
};

/* Pools may be kept by another daemon; where that does not run, the sentinel's pool
 * is where libvirt stops all the same. */
static gboolean
is_sentinel(const virError *failure, const char *sentinel)
{
    if (!sentinel)
        return FALSE;
    if (failure->domain == VIR_FROM_RPC && failure->code == VIR_ERR_SYSTEM_ERROR)
        return TRUE;
    return failure->code == VIR_ERR_NO_STORAGE_POOL && failure->message &&
           strstr(failure->message, sentinel);
}

static Step
step_of(const virError *failure, const char *sentinel)
{
    if (!failure || failure->code == VIR_ERR_OK)
        return STEP_UNASKED;
    if (is_sentinel(failure, sentinel))
        return STEP_STOPPED;
    for (size_t i = 0; i < G_N_ELEMENTS(not_about_definition); i++) {
        if (failure->code == not_about_definition[i])
            return STEP_UNASKED;
    }
    return STEP_REFUSED;
}

static Step
ask(const DryRun *run, const char *xml, const char *sentinel, virErrorPtr *ret_why, GError **error)
{
    g_autofree char *line = virConnectDomainXMLToNative(run->conn, FORMAT, xml, 0);

    *ret_why = line ? NULL : virSaveLastError();
    if (line)
        return STEP_ACCEPTED;
    return vmc_virt_gone(run->conn, *ret_why, error) ? STEP_LOST : step_of(*ret_why, sentinel);
}

static void
add_answer(const DryRun *run, const char *answer, int code, const char *text)
{
    g_autofree char *number = g_strdup_printf("%d", code);

    VMC_ADD_ROW(run->facts, TABLE, run->digest, vmc_state_name(run->req->state), answer, number,
                text);
}

/* FALSE: the connection is gone. */
static gboolean
conclude(const DryRun *run, Step step, const virError *why)
{
    g_autofree char *reason = step == STEP_UNASKED ? vmc_virt_explain(why) : NULL;

    switch (step) {
    case STEP_LOST:
        return FALSE;
    case STEP_REFUSED:
        add_answer(run, "refused", why->code, why->message);
        return TRUE;
    case STEP_UNASKED:
        add_answer(run, "none", why ? why->code : 0, reason);
        return TRUE;
    case STEP_ACCEPTED:
    case STEP_STOPPED:
        break;
    }
    add_answer(run, "accepted", 0, NULL);
    return TRUE;
}

/* Before it is the guest's interfaces that are blamed: does the sentinel stand in
 * the way by itself, as where no slot is left for a disk? */
static gboolean
blame_interfaces(const DryRun *run,
                 const VmcDryRunTexts *texts,
                 const virError *refusal,
                 GError **error)
{
    g_autoptr(virError) why = NULL;
    Step step = ask(run, texts->control, texts->sentinel, &why, error);

    if (step == STEP_LOST)
        return FALSE;
    if (step == STEP_STOPPED)
        return conclude(run, STEP_REFUSED, refusal);
    add_answer(run, "accepted", 0, "its interfaces could not be judged");
    return TRUE;
}

static gboolean
run_texts(const DryRun *run, const VmcDryRunTexts *texts, GError **error)
{
    g_autoptr(virError) why = NULL;
    g_autoptr(virError) why_whole = NULL;
    Step step = ask(run, texts->rest, NULL, &why, error);

    if (step != STEP_ACCEPTED || !texts->whole)
        return conclude(run, step, why);
    step = ask(run, texts->whole, texts->sentinel, &why_whole, error);
    if (step == STEP_REFUSED)
        return blame_interfaces(run, texts, why_whole, error);
    return conclude(run, step, why_whole);
}

static gboolean
run_dry(virConnectPtr conn, const VmcRequirement *req, VmcFacts *facts, GError **error)
{
    const char *xml = vmc_facts_get(req->facts, req->definition);
    g_autofree char *digest = vmc_definition_digest(xml);
    const DryRun run = { conn, facts, req, digest };
    g_auto(VmcDryRunTexts) texts = { 0 };

    return vmc_derive_dry_run(req, &texts, error) && run_texts(&run, &texts, error);
}

/* Fixed English, as all facts.  NULL: it can be asked. */
static char *
why_not(virConnectPtr conn)
{
    const char *type = virConnectGetType(conn);

    if (!type || strcmp(type, "QEMU") == 0)
        return NULL;
    return g_strdup_printf("there is a dry run with the driver QEMU only, and this is %s", type);
}

gboolean
vmc_collect_dry_runs(virConnectPtr conn,
                     const GPtrArray *requirements,
                     VmcFacts *facts,
                     GError **error)
{
    g_autofree char *reason = why_not(conn);
    static const VmcState states[] = { VMC_STATE_LIVE, VMC_STATE_SAVED, VMC_STATE_OFF };

    for (size_t i = 0; reason && i < G_N_ELEMENTS(states); i++)
        VMC_ADD_ROW(facts, TABLE, "", vmc_state_name(states[i]), "none", "0", reason);
    for (size_t i = 0; !reason && i < requirements->len; i++) {
        if (!run_dry(conn, requirements->pdata[i], facts, error))
            return FALSE;
    }
    return TRUE;
}
