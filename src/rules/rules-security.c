/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Security models, and guests whose memory the host can't read.
 */
#include "rules/rules-internal.h"

/* How domain capabilities tell of one type of launch security. */
typedef struct {
    const char *type;    /* launchSecurity/@type */
    const char *element; /* in VmcDomcaps.supported; NULL: none of its own */
} LaunchType;

static void
check_secmodel(const VmcRequirement *req,
               const VmcOffer *offer,
               const VmcNeed *need,
               VmcFindings *findings)
{
    g_autofree char *models = NULL;

    if (g_hash_table_contains(offer->secmodels, need->name))
        return;
    models = vmc_set_join(offer->secmodels);
    vmc_fail(findings, need->subject, need->name, models,
             _("the guest wants security model '%1$s'; the destination has: %2$s"), need->name,
             *models ? models : _("none"));
}

/* ---- launch security ----------------------------------------------------- */

static gboolean
has_launch(const VmcRequirement *req, const char *type)
{
    return vmc_requirement_find(req, VMC_NEED_TRAIT, "launch-security", type) != NULL;
}

static gboolean
needs_sev(const VmcRequirement *req)
{
    return has_launch(req, "sev");
}

static gboolean
needs_sev_snp(const VmcRequirement *req)
{
    return has_launch(req, "sev-snp");
}

static gboolean
needs_tdx(const VmcRequirement *req)
{
    return has_launch(req, "tdx");
}

static gboolean
needs_s390_pv(const VmcRequirement *req)
{
    return has_launch(req, "s390-pv");
}

/* The list of types is newer than the elements; where it is there it is complete. */
static VmcTristate
offers_launch(const VmcDomcaps *domcaps, const LaunchType *launch)
{
    GHashTable *types = g_hash_table_lookup(domcaps->enums, "launchSecurity/sectype");

    if (types)
        return g_hash_table_contains(types, launch->type) ? VMC_YES : VMC_NO;
    if (!launch->element)
        return VMC_UNKNOWN;
    return GPOINTER_TO_INT(g_hash_table_lookup(domcaps->supported, launch->element));
}

static void
judge_start(const LaunchType *launch, const VmcNeed *need, VmcFindings *findings)
{
    const VmcDomcaps *domcaps = vmc_findings_domcaps(findings);
    VmcTristate answer = domcaps ? offers_launch(domcaps, launch) : VMC_UNKNOWN;

    if (answer == VMC_NO)
        vmc_fail(findings, need->subject, launch->type, NULL,
                 _("the destination does not offer launch security of type '%1$s'"), launch->type);
    if (answer == VMC_UNKNOWN)
        vmc_cannot_know(findings, need->subject, launch->type,
                        _("Look on the destination: virsh domcapabilities, and whether its CPU and "
                          "kernel support it."),
                        _("whether the destination offers launch security of type '%1$s' is not "
                          "known"),
                        launch->type);
}

static void
judge_launch(const VmcRequirement *req, const LaunchType *launch, VmcFindings *findings)
{
    const VmcNeed *need =
        vmc_requirement_find(req, VMC_NEED_TRAIT, "launch-security", launch->type);

    if (req->state == VMC_STATE_OFF) {
        judge_start(launch, need, findings);
        return;
    }
    vmc_fail(
        findings, need->subject, NULL, launch->type,
        _("a guest with launch security of type '%1$s' can be neither migrated nor saved while "
          "it runs"),
        launch->type);
}

static void
check_sev(const VmcRequirement *req,
          const VmcOffer *offer,
          const VmcNeed *need,
          VmcFindings *findings)
{
    static const LaunchType launch = { "sev", "features/sev" };

    judge_launch(req, &launch, findings);
}

static void
check_sev_snp(const VmcRequirement *req,
              const VmcOffer *offer,
              const VmcNeed *need,
              VmcFindings *findings)
{
    static const LaunchType launch = { "sev-snp", NULL };

    judge_launch(req, &launch, findings);
}

static void
check_tdx(const VmcRequirement *req,
          const VmcOffer *offer,
          const VmcNeed *need,
          VmcFindings *findings)
{
    static const LaunchType launch = { "tdx", "features/tdx" };

    judge_launch(req, &launch, findings);
}

static void
check_s390_pv(const VmcRequirement *req,
              const VmcOffer *offer,
              const VmcNeed *need,
              VmcFindings *findings)
{
    static const LaunchType launch = { "s390-pv", "features/s390-pv" };

    judge_launch(req, &launch, findings);
}

#define LAUNCH_REMEDY \
 N_("Shut the guest off, migrate its definition (virsh migrate --offline --persistent GUEST URI) " \
    "and start it there, on a host that offers the same.")

const VmcRule vmc_rules_security[] = {
    {
        .id = "seclabel-model-mismatch",
        .states = VMC_STATE_ALL,
        .kind = VMC_NEED_SECMODEL,
        .part = VMC_PART_CAPABILITIES,
        .severity = VMC_SEVERITY_BLOCKER,
        .check = check_secmodel,
        .summary = N_("the destination has the security model of the guest's labels"),
        .cause =
            N_("A guest whose definition names a security model (selinux, apparmor, dac) starts "
               "only where libvirt uses that model."),
        .remedy =
            N_("Take the <seclabel> of that model out of the definition (virsh edit GUEST), or "
               "enable the model on the destination (security_driver in qemu.conf)."),
        .spares = "unsupported configuration: Security driver model '…' is not available",
    },
    {
        .id = "sev",
        .states = VMC_STATE_ALL,
        .applies = needs_sev,
        .severity = VMC_SEVERITY_BLOCKER,
        .check = check_sev,
        .may_not_know = TRUE,
        .subject = "launchSecurity",
        .summary = N_("the guest's memory is not encrypted by AMD SEV, or it is off and the "
                      "destination offers SEV"),
        .cause = N_("QEMU can't read the memory of such a guest and forbids migration and saving."),
        .remedy = LAUNCH_REMEDY,
        .spares = "cannot migrate domain: SEV: Migration is not implemented",
    },
    {
        .id = "sev-snp",
        .states = VMC_STATE_ALL,
        .applies = needs_sev_snp,
        .severity = VMC_SEVERITY_BLOCKER,
        .check = check_sev_snp,
        .may_not_know = TRUE,
        .subject = "launchSecurity",
        .summary = N_("the guest is not protected by AMD SEV-SNP, or it is off and the destination "
                      "offers SEV-SNP"),
        .cause = N_("QEMU can't read the memory of such a guest and forbids migration and saving."),
        .remedy = LAUNCH_REMEDY,
    },
    {
        .id = "tdx",
        .states = VMC_STATE_ALL,
        .applies = needs_tdx,
        .severity = VMC_SEVERITY_BLOCKER,
        .check = check_tdx,
        .may_not_know = TRUE,
        .subject = "launchSecurity",
        .summary = N_("the guest is not protected by Intel TDX, or it is off and the destination "
                      "offers TDX"),
        .cause = N_("QEMU can't read the memory of such a guest and forbids migration and saving."),
        .remedy = LAUNCH_REMEDY,
    },
    {
        .id = "s390-pv",
        .states = VMC_STATE_ALL,
        .applies = needs_s390_pv,
        .severity = VMC_SEVERITY_BLOCKER,
        .check = check_s390_pv,
        .may_not_know = TRUE,
        .subject = "launchSecurity",
        .summary =
            N_("the guest is not protected by s390 Protected Virtualization, or it is off and "
               "the destination offers it"),
        .cause = N_("QEMU can't read the memory of such a guest and forbids migration and saving."),
        .remedy = LAUNCH_REMEDY,
    },
    {},
};
