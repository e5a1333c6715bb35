/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Rules: the CPU's mode, model and vendor, and what no list of features tells.
 */
#include "rules/rules-cpu.h"

#include "derive/derive.h"

#include <string.h>

static VmcTristate
knows_model(const VmcRequirement *req, const VmcOffer *offer, const VmcDomcaps *domcaps)
{
    const char *arch = req->arch;
    g_autofree char *key = NULL;

    if (domcaps && g_hash_table_contains(domcaps->cpu_models, req->cpu.model))
        return VMC_YES;
    vmc_derive_cpu_names(offer);
    /* one CPU map serves both */
    if (g_strcmp0(arch, "i686") == 0 && !g_hash_table_contains(offer->cpu_archs, arch))
        arch = "x86_64";
    if (!arch || !g_hash_table_contains(offer->cpu_archs, arch))
        return VMC_UNKNOWN;
    key = g_strdup_printf("%s/%s", arch, req->cpu.model);
    return g_hash_table_contains(offer->cpu_models, key) ? VMC_YES : VMC_NO;
}

static void
check_model_unknown(const VmcRequirement *req,
                    const VmcOffer *offer,
                    const VmcNeed *need,
                    VmcFindings *findings)
{
    VmcTristate known = knows_model(req, offer, vmc_findings_domcaps(findings));

    if (known == VMC_NO)
        vmc_fail(findings, "cpu/model", req->cpu.model, NULL,
                 _("the destination's libvirt does not know the CPU model '%1$s'"), req->cpu.model);
    if (known == VMC_UNKNOWN)
        vmc_cannot_know(findings, "cpu/model", req->cpu.model,
                        _("Check over a connection to the destination, or add its list of models "
                          "(virsh cpu-models ARCH) to the facts."),
                        _("can't tell whether the destination's libvirt knows the CPU model "
                          "'%1$s'"),
                        req->cpu.model);
}

/* Blockers that the guest's definition does not turn off; NULL: none. */
static char *
open_blockers(const VmcRequirement *req, char **blockers)
{
    g_autoptr(GString) open = g_string_new(NULL);

    for (char **name = blockers; *name; name++) {
        const char *policy = vmc_cpu_policy_of(req, *name);

        if (!vmc_cpu_policy_asks(policy) && !g_str_equal(policy, "force"))
            continue;
        g_string_append_printf(open, "%s%s", open->len ? ", " : "", *name);
    }
    return open->len ? g_string_free(g_steal_pointer(&open), FALSE) : NULL;
}

/* What the model itself asks for and the destination can't give: names that the
 * definition writes are cpu-feature-missing's. */
static char *
missing_of_model(const VmcRequirement *req, const VmcOffer *offer, const VmcDomcaps *domcaps)
{
    g_autofree char **missing = vmc_cpu_missing_features(req, offer, domcaps);
    g_autoptr(GString) names = g_string_new(NULL);

    for (char **name = missing; name && *name; name++) {
        if (!vmc_cpu_is_written(req, *name))
            g_string_append_printf(names, "%s%s", names->len ? ", " : "", *name);
    }
    return names->len ? g_string_free(g_steal_pointer(&names), FALSE) : NULL;
}

static gboolean
physical_has_all(const VmcOffer *offer, const char *list)
{
    g_auto(GStrv) names = g_strsplit(list, ", ", -1);

    for (char **name = names; *name; name++) {
        if (!g_hash_table_contains(offer->physical, *name))
            return FALSE;
    }
    return TRUE;
}

/* Models with the same first word ("Haswell-noTSX" for "Haswell") that the destination
 * can run, sorted; NULL: none. */
static char *
usable_relatives(const VmcDomcaps *domcaps, const char *name)
{
    g_autofree char *word = g_strndup(name, strcspn(name, "-"));
    g_autoptr(GHashTable) usable = vmc_set_new();
    const VmcCpuModel *model = NULL;
    const char *other = NULL;
    GHashTableIter iter;

    g_hash_table_iter_init(&iter, domcaps->cpu_models);
    while (g_hash_table_iter_next(&iter, (void **)&other, (void **)&model)) {
        if (model->usable == VMC_YES && g_str_has_prefix(other, word) &&
            strchr("-", other[strlen(word)]))
            g_hash_table_add(usable, g_strdup(other));
    }
    return g_hash_table_size(usable) > 0 ? vmc_set_join(usable) : NULL;
}

static void
say_lacks(const VmcRequirement *req,
          const VmcOffer *offer,
          const char *names,
          VmcFindings *findings)
{
    g_autofree char *others = usable_relatives(vmc_findings_domcaps(findings), req->cpu.model);
    g_autofree char *hint = NULL;

    vmc_fail(findings, "cpu/model", req->cpu.model, names,
             _("the destination can't run the CPU model '%1$s': it lacks '%2$s'"), req->cpu.model,
             names);
    if (others)
        hint = vmc_text_fill(_("Of its kind the destination can run: %1$s."), others, NULL);
    vmc_remedy_prepend(findings, hint);
}

static void
say_model_lacks(const VmcRequirement *req,
                const VmcOffer *offer,
                const char *names,
                VmcFindings *findings)
{
    if (!offer->physical)
        vmc_cannot_know(findings, "cpu/model", req->cpu.model,
                        _("Check over a connection to the destination, or add its expansions of "
                          "CPU models to the facts (vmcompat collect)."),
                        _("the destination's hypervisor can't give '%1$s' of the CPU model '%2$s', "
                          "and whether its physical CPU has it, so that the guest starts without, "
                          "is not known"),
                        names, req->cpu.model);
    else if (physical_has_all(offer, names))
        vmc_say(findings, VMC_SEVERITY_WARNING, "cpu/model", req->cpu.model, names,
                _("the guest starts with the CPU model '%1$s' less what the destination's "
                  "hypervisor does not give: '%2$s'"),
                req->cpu.model, names);
    else
        say_lacks(req, offer, names, findings);
    vmc_cpu_explain(req, offer, findings);
}

/* Not among the models that the hypervisor knows. */
static void
judge_model_absent(const VmcRequirement *req,
                   const VmcOffer *offer,
                   const VmcDomcaps *domcaps,
                   VmcFindings *findings)
{
    /* libvirt finds a next best for x86 only */
    gboolean may_fall_back = req->state == VMC_STATE_OFF && vmc_is_x86(req) &&
                             g_strcmp0(req->cpu.fallback, "forbid") != 0;

    if (g_hash_table_size(domcaps->cpu_models) == 0) {
        vmc_cannot_know(findings, "cpu/model", req->cpu.model,
                        _("Ask the destination: virsh domcapabilities."),
                        _("can't tell whether the destination's hypervisor has the CPU model "
                          "'%1$s': its models are not told"),
                        req->cpu.model);
        return;
    }
    if (knows_model(req, offer, domcaps) == VMC_NO)
        return; /* cpu-model-unknown tells */
    vmc_say(findings, may_fall_back ? VMC_SEVERITY_WARNING : VMC_SEVERITY_BLOCKER, "cpu/model",
            req->cpu.model, NULL,
            may_fall_back ? _("the destination's hypervisor does not have the CPU model '%1$s', "
                              "and libvirt takes the next best for it")
                          : _("the destination's hypervisor does not have the CPU model '%1$s'"),
            req->cpu.model);
}

/* Nobody compares it at the start; with check='full' that is what comes of it. */
static gboolean
is_model_moot(const VmcRequirement *req)
{
    return vmc_cpu_is_unchecked(req) ||
           (vmc_cpu_becomes_host_model(req) && g_strcmp0(req->cpu.check, "full") == 0);
}

/* The hypervisor knows the model and can't give all of it. */
static void
judge_model_unusable(const VmcRequirement *req,
                     const VmcOffer *offer,
                     const VmcDomcaps *domcaps,
                     char **blockers,
                     VmcFindings *findings)
{
    gboolean by_blockers = vmc_cpu_start(req, offer, domcaps) == VMC_CPU_START_BLOCKERS;
    gboolean sets_known = req->cpu.visible && domcaps->visible && !by_blockers;
    g_autofree char *names = NULL;

    if (sets_known && req->state != VMC_STATE_OFF)
        return; /* cpu-feature-missing tells, feature by feature */
    if (req->state == VMC_STATE_OFF && is_model_moot(req))
        return;
    /* A saved image may hide which features QEMU had turned off. */
    if (!sets_known && (!blockers || req->state == VMC_STATE_SAVED)) {
        vmc_cannot_know(findings, "cpu/model", req->cpu.model,
                        _("Ask the destination: virsh hypervisor-cpu-compare with the guest's "
                          "<cpu> tells the features."),
                        _("the CPU model '%1$s' is not usable on the destination as it is, and "
                          "whether the guest needs what it lacks is not known"),
                        req->cpu.model);
        return;
    }
    names = sets_known ? missing_of_model(req, offer, domcaps) : open_blockers(req, blockers);
    if (!names)
        return;
    if (req->state == VMC_STATE_OFF && sets_known && vmc_is_kvm(req))
        say_model_lacks(req, offer, names, findings);
    else
        say_lacks(req, offer, names, findings);
}

/* libvirt compares what its own list says of the model, though QEMU calls it usable: it may
 * leave things out (svm of qemu64). */
static gboolean
is_compared_anyway(const VmcRequirement *req, const VmcOffer *offer, const VmcDomcaps *domcaps)
{
    return vmc_is_x86(req) && req->cpu.visible && domcaps->visible &&
           vmc_cpu_start(req, offer, domcaps) == VMC_CPU_START_WHOLE;
}

static void
check_model_unusable(const VmcRequirement *req,
                     const VmcOffer *offer,
                     const VmcNeed *need,
                     VmcFindings *findings)
{
    const VmcDomcaps *domcaps = vmc_findings_domcaps(findings);
    const VmcCpuModel *model = g_hash_table_lookup(domcaps->cpu_models, req->cpu.model);

    if (!model)
        judge_model_absent(req, offer, domcaps, findings);
    else if (model->usable == VMC_NO || is_compared_anyway(req, offer, domcaps))
        judge_model_unusable(req, offer, domcaps, model->blockers, findings);
}

static gboolean
names_vendor(const VmcRequirement *req)
{
    return vmc_is_x86(req) && (vmc_is_kvm(req) || req->state == VMC_STATE_OFF) &&
           req->cpu.vendor != NULL;
}

/* A guest that runs on such a CPU can go on with one, whatever its definition says. */
static gboolean
is_vendor_moot(const VmcRequirement *req, const VmcOffer *offer, const char *vendor)
{
    return req->state != VMC_STATE_OFF && req->source && vendor &&
           g_strcmp0(req->source->cpu_vendor, vendor) == 0;
}

static void
check_vendor(const VmcRequirement *req,
             const VmcOffer *offer,
             const VmcNeed *need,
             VmcFindings *findings)
{
    const VmcDomcaps *domcaps = vmc_findings_domcaps(findings);
    const char *vendor =
        domcaps && domcaps->host_vendor ? domcaps->host_vendor : offer->host.cpu_vendor;

    VmcCpuStart start = vmc_cpu_start(req, offer, domcaps);

    if (start == VMC_CPU_START_UNCOMPARED || start == VMC_CPU_START_BLOCKERS ||
        is_vendor_moot(req, offer, vendor))
        return;
    if (!vendor)
        vmc_cannot_know(findings, "cpu/vendor", req->cpu.vendor,
                        _("Add the destination's capabilities (virsh capabilities): they name the "
                          "CPU's vendor."),
                        _("can't tell whether the destination's CPU is by '%1$s': its vendor is "
                          "not known"),
                        req->cpu.vendor);
    else if (!g_str_equal(vendor, req->cpu.vendor) && start == VMC_CPU_START_UNKNOWN)
        vmc_cannot_know(findings, "cpu/vendor", req->cpu.vendor,
                        _("Take <vendor> out of the guest's definition (virsh edit)."),
                        _("the guest's CPU is by '%1$s', the destination's by '%2$s', and whether "
                          "the destination's libvirt compares them is not known"),
                        req->cpu.vendor, vendor);
    else if (!g_str_equal(vendor, req->cpu.vendor))
        vmc_fail(findings, "cpu/vendor", req->cpu.vendor, vendor,
                 _("the guest's CPU is by '%1$s', the destination's by '%2$s'"), req->cpu.vendor,
                 vendor);
}

static gboolean
has_mode(const VmcRequirement *req)
{
    return req->cpu.mode != NULL;
}

static void
check_mode(const VmcRequirement *req,
           const VmcOffer *offer,
           const VmcNeed *need,
           VmcFindings *findings)
{
    const VmcDomcaps *domcaps = vmc_findings_domcaps(findings);
    g_autofree char *key = g_strdup_printf("cpu/mode[%s]", req->cpu.mode);
    VmcTristate has = GPOINTER_TO_INT(g_hash_table_lookup(domcaps->supported, key));

    if (has == VMC_NO)
        vmc_fail(findings, "cpu/@mode", req->cpu.mode, NULL,
                 _("the destination does not support the CPU mode '%1$s' for '%2$s' guests"),
                 req->cpu.mode, req->virt_type);
    if (has == VMC_UNKNOWN)
        vmc_cannot_know(findings, "cpu/@mode", req->cpu.mode,
                        _("Ask the destination: virsh domcapabilities."),
                        _("can't tell whether the destination supports the CPU mode '%1$s': its "
                          "domain capabilities don't say"),
                        req->cpu.mode);
}

static gboolean
is_unexpanded(const VmcRequirement *req)
{
    return vmc_is_x86(req) && vmc_cpu_mode_is(req, "host-model") && !req->cpu.visible;
}

static void
check_unexpanded(const VmcRequirement *req,
                 const VmcOffer *offer,
                 const VmcNeed *need,
                 VmcFindings *findings)
{
    vmc_cannot_know(findings, "cpu", "host-model", NULL,
                    _("the definition says 'host-model' only: which CPU the guest of '%1$s' has "
                      "seen since its start is not known"),
                    req->name);
}

static void
check_host_model(const VmcRequirement *req,
                 const VmcOffer *offer,
                 const VmcNeed *need,
                 VmcFindings *findings)
{
    if (vmc_hosts_cpus_differ(req->source, &offer->host))
        vmc_fail(findings, need->subject, req->source->cpu_signature, offer->host.cpu_signature,
                 _("the guest's CPU is made of its host's: it gets the destination's, which is "
                   "another, at its next start"));
}

static gboolean
is_other_arch(const VmcRequirement *req)
{
    return req->arch && !vmc_is_x86(req) && vmc_is_kvm(req);
}

static gboolean
asks_for_features(const VmcRequirement *req)
{
    for (size_t i = 0; i < req->cpu.features->len; i++) {
        const VmcCpuFeature *feature = req->cpu.features->pdata[i];

        if (vmc_cpu_policy_asks(feature->policy) || g_str_equal(feature->policy, "force"))
            return TRUE;
    }
    return FALSE;
}

/* Whether domain capabilities settle that QEMU starts the model as it is written:
 * off x86 libvirt leaves that to QEMU, or compares with the host's model. */
static gboolean
is_model_settled(const VmcRequirement *req, const VmcDomcaps *domcaps)
{
    const VmcCpuModel *model =
        domcaps ? g_hash_table_lookup(domcaps->cpu_models, req->cpu.model) : NULL;

    if (!model || model->usable == VMC_NO)
        return TRUE; /* cpu-model-unusable tells */
    if (asks_for_features(req))
        return FALSE;
    return model->usable == VMC_YES || g_strcmp0(domcaps->host_model, req->cpu.model) == 0;
}

static void
check_other_arch(const VmcRequirement *req,
                 const VmcOffer *offer,
                 const VmcNeed *need,
                 VmcFindings *findings)
{
    if (req->state != VMC_STATE_OFF) {
        vmc_cannot_know(
            findings, "cpu", req->arch, NULL,
            _("whether a running guest's CPU fits another host can't be told for '%1$s'"),
            req->arch);
        return;
    }
    if (vmc_cpu_is_custom(req) && !is_model_settled(req, vmc_findings_domcaps(findings)))
        vmc_cannot_know(findings, "cpu/model", req->cpu.model,
                        _("Try with a guest of the same CPU on the destination, or give the guest "
                          "the CPU mode host-passthrough or host-model (virsh edit)."),
                        _("whether the destination's CPU can run the model '%1$s' is left to QEMU "
                          "on '%2$s'"),
                        req->cpu.model, req->arch);
}

const VmcRule vmc_rules_cpu_model[] = {
    {
        .id = "cpu-mode-unsupported",
        .states = VMC_STATE_ALL,
        .part = VMC_PART_DOMCAPS,
        .severity = VMC_SEVERITY_BLOCKER,
        .check = check_mode,
        .applies = has_mode,
        .may_not_know = TRUE,
        .subject = "cpu/@mode",
        .summary = N_("the destination supports the guest's CPU mode"),
        .cause = N_("'host-passthrough' needs hardware virtualization, 'maximum' a recent libvirt "
                    "and QEMU, and 'host-model' a host CPU that libvirt can describe."),
        .remedy = N_("Give the guest a CPU model of its own while it is off: "
                     "<cpu mode='custom'> with <model> (virsh edit)."),
        .spares = "unsupported configuration: CPU mode '%s' for %s %s domain on %s host is not "
                  "supported by hypervisor",
    },
    {
        .id = "cpu-model-unknown",
        .states = VMC_STATE_ALL,
        .severity = VMC_SEVERITY_BLOCKER,
        .check = check_model_unknown,
        .applies = vmc_cpu_is_custom,
        .may_not_know = TRUE,
        .summary = N_("the destination's libvirt knows the guest's CPU model"),
        .cause = N_("CPU models are names in libvirt's CPU map, which grows with each release. A "
                    "definition with a name that is not in the destination's is refused."),
        .remedy = N_("Update libvirt on the destination, or choose a model that virsh cpu-models "
                     "lists on both hosts (virsh edit, at the next shutdown)."),
        .spares = "internal error: Unknown CPU model %s",
    },
    {
        .id = "cpu-model-unusable",
        .states = VMC_STATE_ALL,
        .part = VMC_PART_DOMCAPS,
        .severity = VMC_SEVERITY_BLOCKER,
        .check = check_model_unusable,
        .applies = vmc_cpu_is_custom,
        .may_not_know = TRUE,
        .subject = "cpu/model",
        .summary = N_("the destination can run the guest's CPU model"),
        .cause = N_("The destination's QEMU lacks the model, or its CPU, kernel or microcode lack "
                    "features that the model has and that the guest's definition does not turn "
                    "off."),
        .remedy = N_("Choose a model that is usable on both hosts (virsh domcapabilities, "
                     "usable='yes'), or turn off what is missing with <feature policy='disable' "
                     "name='…'/> (virsh edit, at the next shutdown)."),
        .spares = "unsupported configuration: CPU model %s is not supported by hypervisor",
    },
    {
        .id = "cpu-vendor-mismatch",
        .states = VMC_STATE_ALL,
        .severity = VMC_SEVERITY_BLOCKER,
        .check = check_vendor,
        .applies = names_vendor,
        .may_not_know = TRUE,
        .summary = N_("the destination's CPU is of the guest's vendor"),
        .cause = N_("Kernels choose their instructions and registers by the CPU's vendor when they "
                    "boot. A guest that booted on one vendor's CPU can't go on with the other's."),
        .remedy = N_("Migrate between hosts of one vendor, or shut the guest down and take "
                     "<vendor> out of its definition (virsh edit)."),
        .spares = "the CPU is incompatible with host CPU: CPU vendors are incompatible",
    },
    {
        .id = "host-model-unexpanded",
        .states = VMC_STATE_MEMORY,
        .severity = VMC_SEVERITY_UNKNOWN,
        .check = check_unexpanded,
        .applies = is_unexpanded,
        .may_not_know = TRUE,
        .only_unknown = TRUE,
        .summary = N_("the CPU that the guest has seen is known"),
        .cause = N_("Newer libvirt writes only 'host-model' to saved images and migratable XML; "
                    "the CPU that was made of it at the start is in the image's cookie, which no "
                    "call of libvirt shows."),
        .remedy = N_("Judge the guest while it runs, or make the blob from its live XML (virsh "
                     "dumpxml)."),
    },
    {
        .id = "host-model-offline",
        .states = VMC_STATE_OFF,
        .kind = VMC_NEED_TRAIT,
        .name = "host-model",
        .severity = VMC_SEVERITY_NOTE,
        .check = check_host_model,
        .summary = N_("a host-model guest gets the same CPU there"),
        .cause = N_("'host-model' is made anew of the host's CPU at each start. It always fits; "
                    "the guest sees another CPU, which licences and installed drivers may mind."),
        .remedy = N_("Name a model in <cpu> if the guest shall see one CPU (virsh edit)."),
    },
    {
        .id = "cpu-other-arch",
        .states = VMC_STATE_ALL,
        .severity = VMC_SEVERITY_UNKNOWN,
        .check = check_other_arch,
        .applies = is_other_arch,
        .may_not_know = TRUE,
        .only_unknown = TRUE,
        .summary = N_("the guest's CPU fits, on other architectures than x86"),
        .cause = N_(
            "Off x86, libvirt compares little or nothing, and QEMU decides when it loads "
            "the state: s390x by its own comparison, ppc64 by the compatibility level, Arm "
            "by the CPU's ID registers. At a start, a named model is QEMU's to judge, too, unless "
            "domain capabilities call it usable."),
        .remedy = N_("Migrate between equal hosts (CPU, kernel, QEMU), or try with a guest of the "
                     "same kind and then waive this rule (--ignore cpu-other-arch)."),
    },
    { 0 },
};
