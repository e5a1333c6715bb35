/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Rules: who is who.  Same host, names and UUIDs that are taken, what must not
 * be going on.
 */
#include "rules/rules.h"

#define ALL_STATES (VMC_STATE_OFF | VMC_STATE_SAVED | VMC_STATE_LIVE)
#define MIGRATED (VMC_STATE_OFF | VMC_STATE_LIVE) /* not restored from an image */

static gboolean
same_uuid(const char *a, const char *b)
{
    return a && b && g_ascii_strcasecmp(a, b) == 0;
}

/* A definition from a file comes from no host: nothing of a source to compare. */
static gboolean
comes_from_host(const VmcRequirement *req)
{
    return req->source_uuid != NULL || req->state != VMC_STATE_OFF;
}

static gboolean
has_source_uuid(const VmcRequirement *req)
{
    return req->source_uuid != NULL;
}

static const char *
source_hostname(const VmcRequirement *req)
{
    return req->source ? req->source->hostname : NULL;
}

static gboolean
hostnames_differ(const VmcRequirement *req, const VmcOffer *offer)
{
    const char *source = source_hostname(req);

    return source && offer->host.hostname && g_ascii_strcasecmp(source, offer->host.hostname) != 0;
}

static gboolean
is_same_host(const VmcRequirement *req, const VmcOffer *offer)
{
    return same_uuid(req->source_uuid, offer->host.uuid) && !hostnames_differ(req, offer);
}

static void
check_same_host(const VmcRequirement *req,
                const VmcOffer *offer,
                const VmcNeed *need,
                VmcFindings *findings)
{
    if (!req->source_uuid || !offer->host.uuid) {
        vmc_cannot_know(findings, "", req->source_uuid,
                        _("Add the capabilities (virsh capabilities) of both hosts: they hold the "
                          "hosts' UUIDs."),
                        _("can't tell whether source and destination are two hosts: the UUID of "
                          "one of them is not known"));
        return;
    }
    if (is_same_host(req, offer))
        vmc_fail(findings, "", req->source_uuid, offer->host.uuid,
                 _("the destination is the host that '%1$s' comes from: both have the host UUID "
                   "'%2$s'"),
                 req->name, offer->host.uuid);
}

static void
check_host_uuid_duplicate(const VmcRequirement *req,
                          const VmcOffer *offer,
                          const VmcNeed *need,
                          VmcFindings *findings)
{
    if (same_uuid(req->source_uuid, offer->host.uuid) && hostnames_differ(req, offer))
        vmc_fail(findings, "", req->source_uuid, offer->host.uuid,
                 _("the hosts '%1$s' and '%2$s' have the same host UUID '%3$s', and libvirt takes "
                   "them for one host"),
                 source_hostname(req), offer->host.hostname, offer->host.uuid);
}

static void
check_session(const VmcRequirement *req,
              const VmcOffer *offer,
              const VmcNeed *need,
              VmcFindings *findings)
{
    if (offer->session == VMC_YES)
        vmc_fail(findings, "", NULL, offer->host.uri,
                 _("the destination is a session daemon: networks, pools, secrets and firmware of "
                   "its user count, and it has no rights for bridges, host devices and tuning"));
}

static void
check_localhost(const VmcRequirement *req,
                const VmcOffer *offer,
                const VmcNeed *need,
                VmcFindings *findings)
{
    const char *hostname = offer->host.hostname;
    const char *told = vmc_offer_conf(offer, "migration_host");

    if (told && *told)
        hostname = told;
    if (hostname && g_str_has_prefix(hostname, "localhost"))
        vmc_fail(findings, "", NULL, hostname,
                 _("the destination calls itself '%1$s', which names no other host"), hostname);
}

/* The destination's domain of the same UUID, where it is another host's. */
static const VmcDomainEntry *
twin(const VmcRequirement *req, const VmcOffer *offer)
{
    if (!req->uuid || is_same_host(req, offer))
        return NULL;
    return vmc_offer_domain_by_uuid(offer, req->uuid);
}

static const VmcDomainEntry *
sleeping_twin(const VmcRequirement *req, const VmcOffer *offer)
{
    const VmcDomainEntry *entry = twin(req, offer);

    return entry && entry->active != VMC_YES && g_strcmp0(entry->name, req->name) == 0 ? entry
                                                                                       : NULL;
}

static void
check_duplicate_name(const VmcRequirement *req,
                     const VmcOffer *offer,
                     const VmcNeed *need,
                     VmcFindings *findings)
{
    const VmcDomainEntry *entry = req->name ? vmc_offer_domain_by_name(offer, req->name) : NULL;

    if (!entry || same_uuid(entry->uuid, req->uuid))
        return;
    vmc_fail(findings, "name", req->name, entry->uuid,
             _("the destination has another domain named '%1$s', with UUID '%2$s'"), req->name,
             entry->uuid);
    vmc_remedy(findings,
               _("Give it another name on the way (virsh migrate --dname NAME), or rename the one "
                 "on the destination (virsh domrename '%1$s' NAME, while it is off)."),
               req->name);
}

static void
check_duplicate_uuid(const VmcRequirement *req,
                     const VmcOffer *offer,
                     const VmcNeed *need,
                     VmcFindings *findings)
{
    const VmcDomainEntry *entry = twin(req, offer);

    if (entry && g_strcmp0(entry->name, req->name) != 0)
        vmc_fail(findings, "uuid", req->uuid, entry->name,
                 _("the destination has a domain '%1$s' with the guest's UUID '%2$s'"), entry->name,
                 req->uuid);
}

static void
check_already_active(const VmcRequirement *req,
                     const VmcOffer *offer,
                     const VmcNeed *need,
                     VmcFindings *findings)
{
    const VmcDomainEntry *entry = twin(req, offer);

    if (!entry || entry->active == VMC_NO || g_strcmp0(entry->name, req->name) != 0)
        return;
    if (entry->active == VMC_YES)
        vmc_fail(findings, "uuid", req->uuid, "active",
                 _("the domain '%1$s' already runs on the destination"), req->name);
    else
        vmc_cannot_know(findings, "uuid", req->uuid, _("Ask the destination: virsh domstate."),
                        _("the destination has the domain '%1$s', and whether it runs there is "
                          "not known"),
                        req->name);
}

static void
check_definition_overwritten(const VmcRequirement *req,
                             const VmcOffer *offer,
                             const VmcNeed *need,
                             VmcFindings *findings)
{
    const VmcDomainEntry *entry = sleeping_twin(req, offer);

    if (entry && entry->persistent != VMC_NO)
        vmc_fail(findings, "uuid", req->uuid, entry->name,
                 _("the destination already has a definition of '%1$s', which differs from this "
                   "one perhaps: --persistent replaces it, without that it stays for the next "
                   "start"),
                 req->name);
}

static void
check_managedsave_stale(const VmcRequirement *req,
                        const VmcOffer *offer,
                        const VmcNeed *need,
                        VmcFindings *findings)
{
    const VmcDomainEntry *entry = sleeping_twin(req, offer);

    if (!entry || entry->managed_save == VMC_NO)
        return;
    if (entry->managed_save == VMC_UNKNOWN) {
        vmc_cannot_know(findings, "uuid", req->uuid,
                        _("Ask the destination: virsh list --all --with-managed-save."),
                        _("the destination has a definition of '%1$s', and whether it also has an "
                          "old saved memory of it is not known"),
                        req->name);
        return;
    }
    vmc_fail(findings, "uuid", req->uuid, "managed save",
             _("the destination keeps an old saved memory of '%1$s', which the next start there "
               "would bring back over newer disks"),
             req->name);
    vmc_remedy(findings, _("Remove it on the destination: virsh managedsave-remove '%1$s'."),
               req->name);
}

static void
check_snapshots_stale(const VmcRequirement *req,
                      const VmcOffer *offer,
                      const VmcNeed *need,
                      VmcFindings *findings)
{
    const VmcDomainEntry *entry = sleeping_twin(req, offer);

    if (!entry || entry->snapshots != VMC_YES)
        return;
    vmc_fail(findings, "uuid", req->uuid, "snapshots",
             _("the destination keeps snapshots or checkpoints of an earlier '%1$s': they don't "
               "fit its disks any more, and stop the way back"),
             req->name);
    vmc_remedy(findings,
               _("Remove what it knows of them on the destination: virsh snapshot-delete '%1$s' "
                 "NAME --metadata, virsh checkpoint-delete '%1$s' NAME --metadata."),
               req->name);
}

static void
check_snapshots(const VmcRequirement *req,
                const VmcOffer *offer,
                const VmcNeed *need,
                VmcFindings *findings)
{
    g_autofree char *count = NULL;

    if (req->n_snapshots < 0) {
        vmc_cannot_know(findings, "", NULL,
                        _("Look on the source (virsh snapshot-list), or make the blob anew."),
                        _("can't tell whether '%1$s' has snapshots: they were not counted"),
                        req->name);
        return;
    }
    if (req->n_snapshots == 0)
        return;
    count = g_strdup_printf("%d", req->n_snapshots);
    vmc_fail(findings, "", "0", count,
             g_dngettext(GETTEXT_PACKAGE, "'%1$s' has %2$d snapshot", "'%1$s' has %2$d snapshots",
                         (gulong)req->n_snapshots),
             req->name, req->n_snapshots);
    vmc_remedy(findings,
               _("Delete them (virsh snapshot-delete '%1$s' NAME), or only libvirt's knowledge of "
                 "them (with --metadata) after keeping it (virsh snapshot-dumpxml) to redefine it "
                 "on the destination."),
               req->name);
}

static void
check_checkpoints(const VmcRequirement *req,
                  const VmcOffer *offer,
                  const VmcNeed *need,
                  VmcFindings *findings)
{
    g_autofree char *count = NULL;

    if (req->n_checkpoints <= 0)
        return;
    count = g_strdup_printf("%d", req->n_checkpoints);
    vmc_fail(findings, "", "0", count,
             g_dngettext(GETTEXT_PACKAGE,
                         "'%1$s' has %2$d checkpoint, which stays behind: the destination won't "
                         "know it",
                         "'%1$s' has %2$d checkpoints, which stay behind: the destination won't "
                         "know them",
                         (gulong)req->n_checkpoints),
             req->name, req->n_checkpoints);
}

static void
check_job(const VmcRequirement *req,
          const VmcOffer *offer,
          const VmcNeed *need,
          VmcFindings *findings)
{
    if (req->job)
        vmc_fail(findings, "", NULL, req->job, _("a job '%1$s' runs on '%2$s'"), req->job,
                 req->name);
}

const VmcRule vmc_rules_identity[] = {
    {
        .id = "session-vs-system",
        .states = ALL_STATES,
        .severity = VMC_SEVERITY_WARNING,
        .check = check_session,
        .summary = N_("the destination is a system daemon"),
        .cause = N_("A session daemon runs with its user's rights and has networks, pools, secrets "
                    "and NVRAM of its own. It can't make taps on most bridges, bind host devices "
                    "or tune by cgroups."),
        .remedy = N_("Migrate to the destination's system daemon (virsh migrate GUEST "
                     "qemu+ssh://HOST/system), or make sure that the guest uses nothing that "
                     "needs rights."),
    },
    {
        .id = "same-host",
        .any_hypervisor = TRUE,
        .states = MIGRATED,
        .part = VMC_PART_HOST,
        .severity = VMC_SEVERITY_BLOCKER,
        .check = check_same_host,
        .applies = comes_from_host,
        .may_not_know = TRUE,
        .summary = N_("source and destination are two hosts"),
        .cause = N_("libvirt compares the hosts' UUIDs, which travel with the migration, and "
                    "refuses to migrate a guest to the host it is on."),
        .remedy = N_("Name another host as the destination (vmcompat check -c URI)."),
        .spares = "internal error: Attempt to migrate guest to the same host",
    },
    {
        .id = "host-uuid-duplicate",
        .states = MIGRATED,
        .part = VMC_PART_HOST,
        .severity = VMC_SEVERITY_BLOCKER,
        .check = check_host_uuid_duplicate,
        .applies = has_source_uuid,
        .summary = N_("source and destination have different host UUIDs"),
        .cause = N_("Some boards and cloned machines share one DMI system UUID. libvirt takes two "
                    "hosts with the same UUID for one and refuses to migrate between them."),
        .remedy =
            N_("Give one of the hosts a UUID of its own: set host_uuid (uuidgen makes one) in "
               "/etc/libvirt/libvirtd.conf or virtqemud.conf, then restart the daemon."),
        .spares = "internal error: Attempt to migrate guest to the same host",
    },
    {
        .id = "dest-hostname-localhost",
        .states = MIGRATED,
        .severity = VMC_SEVERITY_CONDITIONAL,
        .check = check_localhost,
        .assume = "migrateuri",
        .summary = N_("the destination's host name names that host"),
        .cause = N_("Without a migration URI the destination tells the source its own host name to "
                    "connect to, and refuses to tell 'localhost'."),
        .remedy = N_("Say where to connect to (virsh migrate … --migrateuri tcp://ADDRESS), or "
                     "give the destination a host name (hostnamectl set-hostname NAME), or set "
                     "migration_host in its /etc/libvirt/qemu.conf."),
        .spares = "internal error: hostname on destination resolved to localhost, but migration "
                  "requires an FQDN",
    },
    {
        .id = "duplicate-name",
        .states = ALL_STATES,
        .part = VMC_PART_DOMAINS,
        .severity = VMC_SEVERITY_BLOCKER,
        .check = check_duplicate_name,
        .subject = "name",
        .summary = N_("the guest's name is free on the destination"),
        .cause = N_("Names are unique on a host: libvirt refuses a guest whose name a domain with "
                    "another UUID already has."),
        .remedy = N_("Give the guest another name on the way: virsh migrate --dname NAME."),
        .spares = "operation failed: domain '%s' already exists with uuid %s",
    },
    {
        .id = "duplicate-uuid",
        .states = ALL_STATES,
        .part = VMC_PART_DOMAINS,
        .severity = VMC_SEVERITY_BLOCKER,
        .check = check_duplicate_uuid,
        .subject = "uuid",
        .summary = N_("the guest's UUID is free on the destination"),
        .cause = N_("UUIDs are unique on a host: libvirt refuses a guest whose UUID a domain of "
                    "another name already has. Copying a definition without its <uuid> being "
                    "removed is how that happens."),
        .remedy = N_("Undefine the domain on the destination, or define it anew there without its "
                     "<uuid>."),
        .spares = "operation failed: domain '%s' is already defined with uuid %s",
    },
    {
        .id = "already-active-on-destination",
        .states = ALL_STATES,
        .part = VMC_PART_DOMAINS,
        .severity = VMC_SEVERITY_BLOCKER,
        .check = check_already_active,
        .may_not_know = TRUE,
        .subject = "uuid",
        .summary = N_("the guest does not run on the destination yet"),
        .cause = N_("A domain of the same name and UUID runs on the destination, or is just being "
                    "started or received there."),
        .remedy = N_("Find out which of the two is the right one (virsh domstate GUEST on both "
                     "hosts), and shut the other down before it writes to the same disks "
                     "(virsh shutdown GUEST)."),
        .spares = "Requested operation is not valid: domain '%s' is already active",
    },
    {
        .id = "destination-definition-overwritten",
        .states = ALL_STATES,
        .part = VMC_PART_DOMAINS,
        .severity = VMC_SEVERITY_WARNING,
        .check = check_definition_overwritten,
        .summary = N_("the destination has no older definition of the guest"),
        .cause = N_("An inactive domain of the same name and UUID is no obstacle: libvirt replaces "
                    "its definition with --persistent, and keeps it for the next start without."),
        .remedy = N_("Compare the two (virsh dumpxml --inactive on both hosts), and undefine the "
                     "destination's if it is out of date."),
    },
    {
        .id = "destination-managedsave-stale",
        .states = MIGRATED,
        .part = VMC_PART_DOMAINS,
        .severity = VMC_SEVERITY_BLOCKER,
        .check = check_managedsave_stale,
        .may_not_know = TRUE,
        .subject = "uuid",
        .summary = N_("the destination has no old saved memory of the guest"),
        .cause = N_("libvirt lets the migration pass, and the managed save file stays. The next "
                    "start on the destination restores the old memory against disks that have "
                    "changed since, which ruins the guest's file systems."),
        .remedy = N_("Remove it on the destination: virsh managedsave-remove."),
    },
    {
        .id = "destination-snapshots-stale",
        .states = ALL_STATES,
        .part = VMC_PART_DOMAINS,
        .severity = VMC_SEVERITY_WARNING,
        .check = check_snapshots_stale,
        .summary = N_("the destination keeps no old snapshots of the guest"),
        .cause = N_("A definition that the guest left on the destination keeps its snapshots and "
                    "checkpoints. They are of disks that have changed since."),
        .remedy = N_("Remove them on the destination: virsh snapshot-delete GUEST NAME "
                     "--metadata."),
    },
    {
        .id = "snapshot-present",
        .states = MIGRATED,
        .severity = VMC_SEVERITY_BLOCKER,
        .check = check_snapshots,
        .applies = comes_from_host,
        .may_not_know = TRUE,
        .summary = N_("the guest has no snapshots"),
        .cause =
            N_("Snapshots' metadata does not migrate, so that libvirt refuses a guest that has "
               "any, internal or external, running or not."),
        .remedy = N_("Delete the snapshots (virsh snapshot-delete GUEST NAME), or keep their "
                     "metadata (virsh snapshot-dumpxml GUEST NAME) and redefine it on the "
                     "destination (virsh snapshot-create GUEST FILE --redefine)."),
        .spares = "Requested operation is not valid: cannot migrate domain with %d snapshots",
    },
    {
        .id = "checkpoint-lost",
        .states = MIGRATED,
        .severity = VMC_SEVERITY_WARNING,
        .check = check_checkpoints,
        .summary = N_("the guest has no checkpoints"),
        .cause = N_("Checkpoints' metadata stays on the source. The bitmaps inside of qcow2 images "
                    "travel, but the destination does not know what they are for, and incremental "
                    "backups fail."),
        .remedy = N_("Keep each (virsh checkpoint-dumpxml) and redefine it on the destination "
                     "(virsh checkpoint-create GUEST FILE --redefine)."),
    },
    {
        .id = "managedsave-orphaned",
        .states = VMC_STATE_OFF,
        .kind = VMC_NEED_TRAIT,
        .name = "managed-save",
        .severity = VMC_SEVERITY_WARNING,
        .summary = N_("no saved memory stays behind"),
        .cause = N_("Judged as shut off, only the definition moves. The memory in the managed save "
                    "file stays on the source, and the destination boots afresh from disks that "
                    "were in the midst of use."),
        .remedy = N_("Start the guest and migrate it live, or give its memory up first: virsh "
                     "managedsave-remove."),
        .message = N_("the guest's memory is saved on the source and would be left behind"),
    },
    {
        .id = "job-conflict",
        .states = ALL_STATES,
        .severity = VMC_SEVERITY_BLOCKER,
        .check = check_job,
        .summary = N_("no job runs on the guest"),
        .cause = N_("A domain does one thing at a time: while it is saved, dumped, backed up or "
                    "migrated, another migration waits 30 seconds and then gives up."),
        .remedy = N_("Wait until the job has ended (virsh domjobinfo), or end it (virsh "
                     "domjobabort)."),
        .spares = "Timed out during operation: cannot acquire state change lock",
    },
    { 0 },
};
