/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * One domain, as it is at one moment.  Facts are written only once everything
 * was read and the domain is still in the state it was first seen in.
 */
#include "collect/collect-guest.h"

#include <string.h>

#define MAX_ATTEMPTS 3

typedef struct {
    VmcGuestAsk *ask;
    virDomainPtr domain;
    const char *name;
    char uuid[VIR_UUID_STRING_BUFLEN];
    gboolean fresh; /* what tables say may be outdated by now */
    int state, reason;
    gboolean active, persistent, managed_save;
    int n_snapshots, n_checkpoints; /* -1 not known */
    const char *job;                /* NULL not known */
    gboolean job_moves;             /* the job ends in another state */
    char *live, *inactive, *saved;
} Guest;

static void
guest_clear(Guest *guest)
{
    g_free(guest->live);
    g_free(guest->inactive);
    g_free(guest->saved);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Guest, guest_clear)

typedef struct {
    const char *name;
    gboolean moves;
} Job;

static const Job *find_job(int operation);

static gboolean
fail(const Guest *guest, GError **error)
{
    vmc_virt_set_error(error, _("domain '%s': "), guest->name);
    return FALSE;
}

/* TRUE: the domain is in @set, or *@ret_known is FALSE. */
static gboolean
in_table(const Guest *guest, GHashTable *set, gboolean *ret_known)
{
    *ret_known = !guest->fresh && set != NULL;
    return *ret_known && g_hash_table_contains(set, guest->uuid);
}

static const VmcGuestTables *
tables_of(const Guest *guest)
{
    static const VmcGuestTables none = { 0 };

    return guest->ask->tables ? guest->ask->tables : &none;
}

static gboolean
read_state(Guest *guest, GError **error)
{
    GHashTable *states = tables_of(guest)->states;
    const VmcGuestState *known =
        states && !guest->fresh ? g_hash_table_lookup(states, guest->uuid) : NULL;

    if (known) {
        guest->state = known->state;
        guest->reason = known->reason;
    } else if (virDomainGetState(guest->domain, &guest->state, &guest->reason, 0) < 0) {
        return fail(guest, error);
    }
    guest->active = guest->state != VIR_DOMAIN_SHUTOFF && guest->state != VIR_DOMAIN_CRASHED;
    return TRUE;
}

static gboolean
read_flags(Guest *guest, GError **error)
{
    gboolean known = FALSE;
    int answer = 0;

    guest->persistent = !in_table(guest, tables_of(guest)->transient, &known);
    if (!known && (answer = virDomainIsPersistent(guest->domain)) < 0)
        return fail(guest, error);
    if (!known)
        guest->persistent = answer;
    if (guest->active)
        return TRUE; /* starting a guest uses its image up */
    guest->managed_save = in_table(guest, tables_of(guest)->managed, &known);
    if (known)
        return TRUE;
    answer = virDomainHasManagedSaveImage(guest->domain, 0);
    guest->managed_save = answer > 0;
    return answer >= 0 || vmc_virt_absent(guest->ask->conn, error);
}

static gboolean
read_counts(Guest *guest, GError **error)
{
    gboolean known = FALSE;
    gboolean any = in_table(guest, tables_of(guest)->snapshots, &known);

    guest->n_snapshots = known && !any ? 0 : virDomainSnapshotNum(guest->domain, 0);
    if (guest->n_snapshots < 0 && !vmc_virt_absent(guest->ask->conn, error))
        return FALSE;
    any = in_table(guest, tables_of(guest)->checkpoints, &known);
    guest->n_checkpoints = known && !any ? 0 : virDomainListAllCheckpoints(guest->domain, NULL, 0);
    return guest->n_checkpoints >= 0 || vmc_virt_absent(guest->ask->conn, error);
}

static gboolean
read_job(Guest *guest, GError **error)
{
    virTypedParameterPtr parameters = NULL;
    int type = VIR_DOMAIN_JOB_NONE, n = 0, operation = 0;

    if (!guest->active)
        guest->job = "none";
    if (!guest->active || guest->ask->no_jobs)
        return TRUE;
    if (virDomainGetJobStats(guest->domain, &type, &parameters, &n, 0) < 0) {
        guest->ask->no_jobs = virGetLastErrorCode() == VIR_ERR_NO_SUPPORT;
        return vmc_virt_absent(guest->ask->conn, error);
    }
    guest->job = "none";
    if (type == VIR_DOMAIN_JOB_BOUNDED || type == VIR_DOMAIN_JOB_UNBOUNDED) {
        virTypedParamsGetInt(parameters, n, VIR_DOMAIN_JOB_OPERATION, &operation);
        guest->job = find_job(operation)->name;
        guest->job_moves = find_job(operation)->moves;
    }
    virTypedParamsFree(parameters, n);
    return TRUE;
}

static gboolean
refuse_transition(const Guest *guest, GError **error)
{
    VmcEnabledState state = vmc_enabled_state_from_libvirt(guest->state, guest->reason,
                                                           guest->managed_save, guest->job);
    gboolean moves = guest->job_moves || state == VMC_ENABLED_STATE_NOT_APPLICABLE;

    if (!moves && vmc_enabled_state_class(state) != VMC_STATE_NONE)
        return TRUE;
    g_set_error(error, VMC_ERROR, VMC_ERROR_INVALID_STATE,
                _("domain '%1$s' is in transition (%2$s); try again"), guest->name,
                guest->job_moves ? guest->job : vmc_enabled_state_name(state));
    return FALSE;
}

/* libvirt writes the id of a running domain, and only of a running one. */
static gboolean
xml_is_live(const char *xml)
{
    const char *end = strchr(xml, '>');
    const char *id = strstr(xml, " id=");

    return end && id && id < end;
}

/* A saved image that can't be read is an error; a driver or a connection that
 * does not show it leaves it unknown. */
static gboolean
read_saved(Guest *guest, GError **error)
{
    int code = 0;

    guest->saved = virDomainManagedSaveGetXMLDesc(guest->domain, 0);
    if (guest->saved)
        return TRUE;
    code = virGetLastErrorCode();
    if (code == VIR_ERR_NO_SUPPORT || code == VIR_ERR_OPERATION_DENIED ||
        code == VIR_ERR_ACCESS_DENIED)
        return vmc_virt_absent(guest->ask->conn, error);
    return fail(guest, error);
}

static char *
read_definition(const Guest *guest, VmcDefinition which)
{
    static const unsigned int flags[] = {
        [VMC_DEFINITION_LIVE] = 0,
        [VMC_DEFINITION_INACTIVE] = VIR_DOMAIN_XML_INACTIVE,
    };
    VmcFetchAhead *ahead = guest->fresh ? NULL : guest->ask->ahead;
    char *fetched = ahead ? vmc_fetch_ahead_take(ahead, guest->ask->index, which) : NULL;

    return fetched ? fetched : virDomainGetXMLDesc(guest->domain, flags[which]);
}

static gboolean
read_definitions(Guest *guest, GError **error)
{
    if (guest->active && !(guest->live = read_definition(guest, VMC_DEFINITION_LIVE)))
        return fail(guest, error);
    if (guest->persistent && !(guest->inactive = read_definition(guest, VMC_DEFINITION_INACTIVE)))
        return fail(guest, error);
    return !guest->managed_save || read_saved(guest, error);
}

/* In a listing of all, the id in the definition has to do. */
static gboolean
is_still_same(const Guest *guest, gboolean *ret_same, GError **error)
{
    int state = 0, reason = 0;

    *ret_same = !guest->live || xml_is_live(guest->live);
    if (!*ret_same || !guest->active || guest->ask->tables)
        return TRUE;
    if (virDomainGetState(guest->domain, &state, &reason, 0) < 0)
        return fail(guest, error);
    *ret_same = state == guest->state && reason == guest->reason;
    return TRUE;
}

static gboolean
read_guest(Guest *guest, gboolean *ret_same, GError **error)
{
    return read_state(guest, error) && read_flags(guest, error) && read_job(guest, error) &&
           refuse_transition(guest, error) && read_counts(guest, error) &&
           read_definitions(guest, error) && is_still_same(guest, ret_same, error);
}

static void
add_number(VmcFacts *facts, const char *table, const char *key, int number)
{
    char text[16];

    if (number < 0)
        return;
    g_snprintf(text, sizeof(text), "%d", number);
    vmc_collect_value(facts, table, key, text);
}

static void
write_domain(const Guest *guest, const char *folder)
{
    VmcFacts *facts = guest->ask->facts;
    g_autofree char *table = g_strconcat(folder, "/domain.tsv", NULL);

    vmc_facts_set(facts, table, "");
    vmc_collect_value(facts, table, "name", guest->name);
    vmc_collect_value(facts, table, "uuid", guest->uuid);
    add_number(facts, table, "state", guest->state);
    add_number(facts, table, "reason", guest->reason);
    vmc_collect_value(facts, table, "persistent", vmc_yes_no(guest->persistent));
    vmc_collect_value(facts, table, "managedSave", vmc_yes_no(guest->managed_save));
    add_number(facts, table, "snapshots", guest->n_snapshots);
    add_number(facts, table, "checkpoints", guest->n_checkpoints);
    vmc_collect_value(facts, table, "job", guest->job);
}

typedef struct {
    const char *file;
    const char *xml;
    gboolean started; /* a guest runs or ran on this */
    gboolean live;    /* it runs on this now */
} Definition;

/* What follows from a definition; it is parsed this once. */
static gboolean
write_parts(const Guest *guest,
            const char *folder,
            const Definition *definition,
            const xmlNode *domain,
            GError **error)
{
    VmcGuestAsk *ask = guest->ask;

    if (definition->live && ask->claims)
        vmc_derive_claims(domain, ask->facts);
    return vmc_guest_storage(ask, folder, domain, error) &&
           vmc_guest_cpu(ask, definition->xml, definition->started, error) &&
           (!definition->live || vmc_guest_block_jobs(ask, guest->domain, folder, domain, error));
}

/* libvirt was not asked for secrets, so that its own text has none as a rule. */
static void
keep_definition(VmcFacts *facts, const char *name, const char *xml, const xmlDoc *doc)
{
    gboolean changed = vmc_xml_strip_secrets(xmlDocGetRootElement(doc));
    g_autofree char *text = NULL;

    if (changed || !g_str_has_prefix(xml, "<domain"))
        text = vmc_xml_form.dump(doc);
    vmc_facts_set_clean(facts, name, text ? text : xml);
}

static gboolean
write_definition(const Guest *guest,
                 const char *folder,
                 const Definition *definition,
                 GError **error)
{
    VmcFacts *facts = guest->ask->facts;
    g_autofree char *name = g_strconcat(folder, "/", definition->file, NULL);
    g_autoptr(xmlDoc) doc = NULL;

    if (!definition->xml)
        return TRUE;
    doc = vmc_xml_parse(definition->xml, -1, VMC_MAX_XML, name, NULL);
    if (!doc) { /* who derives it says what is wrong with it */
        vmc_facts_set(facts, name, definition->xml);
        return TRUE;
    }
    if (!write_parts(guest, folder, definition, xmlDocGetRootElement(doc), error))
        return FALSE;
    keep_definition(facts, name, definition->xml, doc);
    return TRUE;
}

static gboolean
write_guest(const Guest *guest, GError **error)
{
    const Definition definitions[] = {
        { "live.xml", guest->live, TRUE, TRUE },
        { "saved.xml", guest->saved, TRUE, FALSE },
        { "inactive.xml", guest->inactive, guest->managed_save && !guest->saved, FALSE },
    };
    g_autofree char *key = vmc_facts_key(guest->name);
    g_autofree char *folder = g_strconcat("domains/", key, NULL);

    write_domain(guest, folder);
    for (size_t i = 0; i < G_N_ELEMENTS(definitions); i++) {
        if (!write_definition(guest, folder, &definitions[i], error))
            return FALSE;
    }
    return !guest->saved || vmc_guest_saved_cpu(guest->ask, guest->name, folder, "x86_64", error);
}

static gboolean
is_final(const GError *error)
{
    return g_error_matches(error, VMC_ERROR, VMC_ERROR_INVALID_STATE) ||
           g_error_matches(error, VMC_ERROR, VMC_ERROR_NOT_AVAILABLE) ||
           g_error_matches(error, VMC_VIRT_ERROR, VIR_ERR_NO_DOMAIN) ||
           g_error_matches(error, VMC_VIRT_ERROR, VIR_ERR_OPERATION_TIMEOUT);
}

/* *@ret_again: it changed under our eyes. */
static gboolean
attempt(VmcGuestAsk *ask, virDomainPtr domain, gboolean fresh, gboolean *ret_again, GError **error)
{
    g_auto(Guest) guest = {
        .ask = ask,
        .domain = domain,
        .name = virDomainGetName(domain),
        .fresh = fresh,
    };
    g_autoptr(GError) failure = NULL;
    gboolean same = FALSE;

    virDomainGetUUIDString(domain, guest.uuid);
    if (!read_guest(&guest, &same, &failure)) {
        *ret_again = !is_final(failure);
        g_propagate_error(error, g_steal_pointer(&failure));
        return FALSE;
    }
    if (same)
        return write_guest(&guest, error);
    *ret_again = TRUE;
    g_set_error(error, VMC_ERROR, VMC_ERROR_INVALID_STATE,
                _("domain '%s' keeps changing its state; try again"), guest.name);
    return FALSE;
}

gboolean
vmc_guest_collect(VmcGuestAsk *ask, virDomainPtr domain, GError **error)
{
    for (int n = 1;; n++) {
        g_autoptr(GError) failure = NULL;
        gboolean again = FALSE;

        if (attempt(ask, domain, n > 1, &again, &failure))
            return TRUE;
        if (again && n < MAX_ATTEMPTS)
            continue;
        g_propagate_error(error, g_steal_pointer(&failure));
        return FALSE;
    }
}

void
vmc_guest_ask_init(VmcGuestAsk *ask, virConnectPtr conn, VmcFacts *facts)
{
    *ask = (VmcGuestAsk){
        .conn = conn,
        .facts = facts,
        .local = vmc_collect_is_local(conn, -1),
        .models = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL),
    };
}

void
vmc_guest_ask_clear(VmcGuestAsk *ask)
{
    g_clear_pointer(&ask->models, g_hash_table_unref);
}

gboolean
vmc_collect_domain(virDomainPtr domain, VmcFacts *facts, GError **error)
{
    g_auto(VmcGuestAsk) ask = { 0 };

    vmc_guest_ask_init(&ask, virDomainGetConnect(domain), facts);
    return vmc_guest_collect(&ask, domain, error);
}

/* A backup copies from the side; all others leave the domain in another state
 * than they found it in, or hold it meanwhile. */
static const Job jobs[] = {
    [VIR_DOMAIN_JOB_OPERATION_START] = { "start", TRUE },
    [VIR_DOMAIN_JOB_OPERATION_SAVE] = { "save", TRUE },
    [VIR_DOMAIN_JOB_OPERATION_RESTORE] = { "restore", TRUE },
    [VIR_DOMAIN_JOB_OPERATION_MIGRATION_IN] = { "migration", TRUE },
    [VIR_DOMAIN_JOB_OPERATION_MIGRATION_OUT] = { "migration", TRUE },
    [VIR_DOMAIN_JOB_OPERATION_SNAPSHOT] = { "snapshot", TRUE },
    [VIR_DOMAIN_JOB_OPERATION_SNAPSHOT_REVERT] = { "snapshot-revert", TRUE },
    [VIR_DOMAIN_JOB_OPERATION_DUMP] = { "dump", TRUE },
    [VIR_DOMAIN_JOB_OPERATION_BACKUP] = { "backup", FALSE },
    [VIR_DOMAIN_JOB_OPERATION_SNAPSHOT_DELETE] = { "snapshot-delete", TRUE },
};

static const Job *
find_job(int operation)
{
    static const Job unknown = { "unknown", FALSE };

    if (operation <= 0 || operation > VIR_DOMAIN_JOB_OPERATION_SNAPSHOT_DELETE)
        return &unknown;
    return &jobs[operation];
}
