/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Rules: the features of the guest's CPU.  Only sets of features count: neither
 * models' names nor the physical CPU tell what a guest sees or a hypervisor gives.
 */
#include "rules/rules-cpu.h"

#include "derive/derive.h"

#define LIBVIRT_STRIPS_ADDED 10002000 /* sends no features that a model gained later */
#define LIBVIRT_KNOWS_VMX 9010000
#define LIBVIRT_LEAVES_HT 11010000 /* neither sends nor compares "ht" (NEWS 11.10.0) */
#define QEMU_SETS_HT 10000000      /* "ht" follows the topology since */
#define QEMU_HIDES_ARCH_CAPABILITIES 10001000

gboolean
vmc_is_x86(const VmcRequirement *req)
{
    return g_strcmp0(req->arch, "x86_64") == 0 || g_strcmp0(req->arch, "i686") == 0;
}

/* The guest's CPU is a list of features, which the destination has to have. */
static gboolean
is_list(const VmcRequirement *req)
{
    return vmc_is_x86(req) && req->cpu.mode && !vmc_cpu_is_whole_host(req);
}

static gboolean
asks_for_feature(const VmcRequirement *req)
{
    for (size_t i = 0; i < req->cpu.features->len; i++) {
        const VmcCpuFeature *feature = req->cpu.features->pdata[i];

        if (vmc_cpu_policy_asks(feature->policy))
            return TRUE;
    }
    return FALSE;
}

/* The list binds: seen already, or compared at the next start, as is what is asked for beside
 * host-model. */
static gboolean
is_binding_list(const VmcRequirement *req)
{
    if (req->state != VMC_STATE_OFF)
        return is_list(req);
    return is_list(req) && !vmc_cpu_is_unchecked(req) &&
           (vmc_cpu_is_custom(req) || asks_for_feature(req));
}

const VmcCpuFeature *
vmc_cpu_feature_of(const VmcRequirement *req, const char *name)
{
    for (size_t i = 0; i < req->cpu.features->len; i++) {
        const VmcCpuFeature *feature = req->cpu.features->pdata[i];

        if (g_str_equal(feature->name, name))
            return feature;
    }
    return NULL;
}

const char *
vmc_cpu_policy_of(const VmcRequirement *req, const char *name)
{
    const VmcCpuFeature *feature = vmc_cpu_feature_of(req, name);

    return feature ? feature->policy : NULL;
}

gboolean
vmc_cpu_policy_asks(const char *policy)
{
    return !policy || g_str_equal(policy, "require");
}

/* Set by the guest's OS or counted by the host: libvirt never compares them. */
static gboolean
is_never_compared(const char *name)
{
    static const char *const names[] = { "osxsave", "ospke", "cmt", "mbm_total", "mbm_local" };

    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        if (g_str_equal(names[i], name))
            return TRUE;
    }
    return FALSE;
}

/* QEMU sets them by the number of vCPUs, and newer libvirt leaves them to it. */
static gboolean
is_left_to_qemu(const VmcOffer *offer, const char *name)
{
    return (g_str_equal(name, "ht") || g_str_equal(name, "cmp_legacy")) &&
           offer->host.libvirt_version >= LIBVIRT_LEAVES_HT;
}

/* libvirt knows what it writes itself, as what the host has or as what it lacks. */
static gboolean
is_written(const VmcOffer *offer, const VmcDomcaps *domcaps, const char *name)
{
    GHashTable *const written[] = { offer->physical, domcaps ? domcaps->visible : NULL,
                                    domcaps ? domcaps->named : NULL };

    for (size_t i = 0; i < G_N_ELEMENTS(written); i++) {
        if (written[i] && g_hash_table_contains(written[i], name))
            return TRUE;
    }
    return FALSE;
}

static VmcTristate
knows_feature(const VmcOffer *offer, const VmcDomcaps *domcaps, const char *name)
{
    if (is_written(offer, domcaps, name))
        return VMC_YES;
    vmc_derive_cpu_names(offer);
    return GPOINTER_TO_INT(g_hash_table_lookup(offer->cpu_features, name));
}

static gboolean
is_named_by_user(const VmcRequirement *req, const char *name)
{
    const VmcCpuFeature *feature = vmc_cpu_feature_of(req, name);

    return feature && feature->by_user == VMC_YES;
}

/* A live definition names features that the source's libvirt put there because
 * its CPU map had learned them; it does not send them to others, unless the user
 * named them. */
static gboolean
is_not_sent(const VmcRequirement *req, const VmcOffer *offer, const char *name)
{
    guint64 source = req->source ? req->source->libvirt_version : 0;

    return g_str_has_prefix(name, "vmx-") && source >= LIBVIRT_STRIPS_ADDED &&
           offer->host.libvirt_version != 0 && offer->host.libvirt_version < LIBVIRT_KNOWS_VMX &&
           !is_named_by_user(req, name);
}

/* QEMU leaves 'topoext' out of the CPU that it reports as the host's, and turns
 * it on with the AMD models that have it: domain capabilities never show it. */
static gboolean
is_given_unseen(const VmcRequirement *req,
                const VmcOffer *offer,
                const VmcDomcaps *domcaps,
                const char *name)
{
    if (!g_str_equal(name, "topoext") || g_strcmp0(req->virt_type, "kvm") != 0)
        return FALSE;
    if (offer->physical)
        return g_hash_table_contains(offer->physical, name);
    return g_strcmp0(domcaps->host_vendor, "AMD") == 0;
}

/* What KVM has for AMD's CPUs, too, though it is Intel's: QEMU 10.1 gives it to those who name
 * it, and domain capabilities show it only when asked for such features, all or none of them
 * (libvirt's NEWS 12.5.0). */
static gboolean
is_given_untold(const VmcOffer *offer, const VmcDomcaps *domcaps, const char *name)
{
    static const char *const names[] = { "arch-capabilities",  "gds-no",   "its-no",  "mds-no",
                                         "pschange-mc-no",     "rdctl-no", "rfds-no", "ssb-no",
                                         "skip-l1dfl-vmentry", "taa-no",   NULL };

    return g_strcmp0(domcaps->host_vendor, "AMD") == 0 &&
           offer->host.hypervisor_version >= QEMU_HIDES_ARCH_CAPABILITIES &&
           !g_hash_table_contains(domcaps->visible, "arch-capabilities") &&
           g_strv_contains(names, name);
}

/* Features the guest needs and the destination can't give, sorted; NULL: none.
 * g_free() the array only. */
char **
vmc_cpu_missing_features(const VmcRequirement *req,
                         const VmcOffer *offer,
                         const VmcDomcaps *domcaps)
{
    g_autoptr(GHashTable) missing = NULL;
    const char *name = NULL;
    GHashTableIter iter;

    g_hash_table_iter_init(&iter, req->cpu.visible);
    while (g_hash_table_iter_next(&iter, (void **)&name, NULL)) {
        if (g_hash_table_contains(domcaps->visible, name) || is_never_compared(name) ||
            is_left_to_qemu(offer, name) || is_not_sent(req, offer, name) ||
            is_given_unseen(req, offer, domcaps, name))
            continue;
        if (!missing)
            missing = g_hash_table_new(g_str_hash, g_str_equal);
        g_hash_table_add(missing, (void *)name);
    }
    return missing ? vmc_set_sorted(missing) : NULL;
}

static char *
feature_subject(const char *name)
{
    return g_strdup_printf("cpu/feature[@name='%s']", name);
}

/* What the finding just added may come from, before its remedy. */
void
vmc_cpu_explain(const VmcRequirement *req, const VmcOffer *offer, VmcFindings *findings)
{
    g_autofree char *cause = vmc_cpu_cause(req, offer);

    vmc_remedy_prepend(findings, cause);
}

static void
say_untold(const char *name, VmcFindings *findings)
{
    g_autofree char *subject = feature_subject(name);

    vmc_cannot_know(findings, subject, name,
                    _("Bring the destination to libvirt 12.5, which tells it (virsh "
                      "domcapabilities --supported-cpu-features), or start the guest anew with a "
                      "CPU without the feature."),
                    _("the guest sees the CPU feature '%1$s', and the destination's libvirt does "
                      "not tell whether its QEMU gives it to those who name it"),
                    name);
}

static void
say_missing_started(const VmcRequirement *req,
                    const VmcOffer *offer,
                    const char *name,
                    VmcFindings *findings)
{
    g_autofree char *subject = feature_subject(name);

    if (is_given_untold(offer, vmc_findings_domcaps(findings), name)) {
        say_untold(name, findings);
        return;
    }
    vmc_fail(findings, subject, name, NULL,
             _("the guest sees the CPU feature '%1$s', which the destination can't give"), name);
    vmc_cpu_explain(req, offer, findings);
}

/* Where libvirt compares with what the hypervisor gives and the physical CPU has, taken
 * together, QEMU then drops in silence what it can't give. */
static void
say_missing_off(const VmcRequirement *req,
                const VmcOffer *offer,
                VmcCpuStart start,
                const char *name,
                VmcFindings *findings)
{
    gboolean taken_together = vmc_is_kvm(req) && start == VMC_CPU_START_WHOLE;
    g_autofree char *subject = feature_subject(name);

    if (taken_together && !offer->physical)
        vmc_cannot_know(findings, subject, name,
                        _("Check over a connection to the destination, or add its expansions of "
                          "CPU models to the facts (vmcompat collect)."),
                        _("the destination's hypervisor can't give the required CPU feature "
                          "'%1$s', and whether its physical CPU has it, so that the guest starts "
                          "without, is not known"),
                        name);
    else if (taken_together && g_hash_table_contains(offer->physical, name))
        vmc_say(findings, VMC_SEVERITY_WARNING, subject, name, NULL,
                _("the guest asks for the CPU feature '%1$s' and starts without it: the "
                  "destination's CPU has it, its hypervisor does not give it"),
                name);
    else
        vmc_fail(findings, subject, name, NULL,
                 _("the guest requires the CPU feature '%1$s', which the destination can't give"),
                 name);
    vmc_cpu_explain(req, offer, findings);
}

gboolean
vmc_cpu_is_written(const VmcRequirement *req, const char *name)
{
    return vmc_cpu_policy_of(req, name) != NULL;
}

static void
say_image_hidden(const VmcRequirement *req, VmcFindings *findings)
{
    vmc_cannot_know(
        findings, "cpu/model", req->cpu.model,
        _("Run vmcompat get on the host that has the saved image, as a user who can "
          "read it."),
        _("can't tell which features the guest's CPU '%1$s' had when it was saved: only "
          "the image itself says"),
        req->cpu.model);
}

static void
say_list_unseen(const VmcRequirement *req, VmcFindings *findings)
{
    vmc_cannot_know(findings, "cpu/model", req->cpu.model,
                    _("Make the blob with a libvirt that knows the model, or add its expansion "
                      "(virsh cpu-baseline --features) to the facts."),
                    _("can't tell which features the guest's CPU model '%1$s' has"),
                    req->cpu.model ? req->cpu.model : "");
}

/* What the definition asks for by name; of the rest cpu-model-unusable tells. */
static void
check_missing_off(const VmcRequirement *req, const VmcOffer *offer, VmcFindings *findings)
{
    const VmcDomcaps *domcaps = vmc_findings_domcaps(findings);
    VmcCpuStart start = vmc_cpu_start(req, offer, domcaps);
    gboolean by_list = start == VMC_CPU_START_WHOLE || start == VMC_CPU_START_UNKNOWN;

    if (by_list && !req->cpu.visible && vmc_cpu_is_custom(req))
        say_list_unseen(req, findings);
    for (size_t i = 0; i < req->cpu.features->len; i++) {
        const VmcCpuFeature *feature = req->cpu.features->pdata[i];

        if (!vmc_cpu_policy_asks(feature->policy) || is_never_compared(feature->name) ||
            is_left_to_qemu(offer, feature->name) ||
            g_hash_table_contains(domcaps->visible, feature->name))
            continue;
        if (start == VMC_CPU_START_BLOCKERS || !is_given_unseen(req, offer, domcaps, feature->name))
            say_missing_off(req, offer, start, feature->name, findings);
    }
}

static void
check_feature_missing(const VmcRequirement *req,
                      const VmcOffer *offer,
                      const VmcNeed *need,
                      VmcFindings *findings)
{
    g_autofree char **missing = NULL;

    if (req->state == VMC_STATE_OFF) {
        check_missing_off(req, offer, findings);
        return;
    }
    if (!req->cpu.visible && req->state == VMC_STATE_SAVED && vmc_cpu_is_custom(req)) {
        say_image_hidden(req, findings);
        return;
    }
    if (!req->cpu.visible) {
        if (!vmc_cpu_mode_is(req, "host-model")) /* host-model-unexpanded tells */
            say_list_unseen(req, findings);
        return;
    }
    missing = vmc_cpu_missing_features(req, offer, vmc_findings_domcaps(findings));
    for (char **name = missing; name && *name; name++)
        say_missing_started(req, offer, *name, findings);
}

/* QEMU sets 'hypervisor' on x86, whatever the model, and libvirt's models are
 * without it. */
static gboolean
gains_hypervisor(const VmcRequirement *req)
{
    return vmc_is_x86(req) && req->cpu.visible &&
           !g_hash_table_contains(req->cpu.visible, "hypervisor") &&
           !vmc_cpu_policy_of(req, "hypervisor");
}

/* A start with check='full' wants QEMU's idea of the model to be libvirt's, and
 * it seldom is; of the rest, and of the host's model, neither tells beforehand. */
static void
say_full_at_start(const VmcRequirement *req, VmcFindings *findings)
{
    if (!vmc_cpu_becomes_host_model(req) && gains_hypervisor(req)) {
        vmc_fail(findings, "cpu/@check", NULL, "hypervisor",
                 _("QEMU adds the CPU feature 'hypervisor' to the CPU model '%1$s', which "
                   "check='full' refuses at the start"),
                 req->cpu.model ? req->cpu.model : "");
        return;
    }
    vmc_cannot_know(findings, "cpu/@check", "full",
                    _("Say check='partial' in <cpu> (virsh edit), or name every feature that the "
                      "guest sees where it runs (virsh dumpxml)."),
                    _("can't tell whether QEMU adds features to the CPU model '%1$s', which "
                      "check='full' would refuse at the start"),
                    req->cpu.model ? req->cpu.model : req->cpu.mode);
}

/* Its definition, when it arrives: the source's QEMU did not show it, or its libvirt does not
 * say so. */
static gboolean
lacks_ht(const VmcRequirement *req)
{
    guint64 qemu = req->source ? req->source->hypervisor_version : 0;
    guint64 libvirt = req->source ? req->source->libvirt_version : 0;

    return req->cpu.visible && !g_hash_table_contains(req->cpu.visible, "ht") && qemu != 0 &&
           (qemu < QEMU_SETS_HT || libvirt >= LIBVIRT_LEAVES_HT);
}

static void
check_feature_extra(const VmcRequirement *req,
                    const VmcOffer *offer,
                    const VmcNeed *need,
                    VmcFindings *findings)
{
    if (req->state == VMC_STATE_OFF) {
        if (is_list(req) && g_strcmp0(req->cpu.check, "full") == 0)
            say_full_at_start(req, findings);
        return;
    }
    if (req->cpu.vcpus_per_socket < 2 || !lacks_ht(req) || is_left_to_qemu(offer, "ht") ||
        offer->host.hypervisor_version < QEMU_SETS_HT)
        return;
    vmc_fail(findings, "cpu/feature[@name='ht']", NULL, "ht",
             _("the destination's QEMU shows the CPU feature 'ht' to guests with several vCPUs in "
               "a socket, and its libvirt takes it for a feature that this one does not see yet"));
}

static VmcTristate
is_named(const VmcDomcaps *domcaps, const char *name)
{
    return GPOINTER_TO_INT(g_hash_table_lookup(domcaps->named, name)) == VMC_YES ? VMC_YES : VMC_NO;
}

/* Where libvirt does not compare whole CPUs it looks for the name among the features that it
 * writes beside the model's for the host's CPU (virCPUCheckForbiddenFeatures(), 9.0 to 11.3): for
 * KVM those are all that QEMU gives, and what the physical CPU has beyond its model.  That model
 * is not told: it is not the one in the host's capabilities, and only like that of the host-model
 * where QEMU gives nearly all that there is. */
static VmcTristate
finds_forbidden(const VmcRequirement *req,
                const VmcOffer *offer,
                const VmcDomcaps *domcaps,
                const char *name)
{
    gboolean whole = vmc_cpu_start(req, offer, domcaps) == VMC_CPU_START_WHOLE;
    gboolean visible = g_hash_table_contains(domcaps->visible, name);

    if (!vmc_is_kvm(req) && !whole)
        return is_named(domcaps, name);
    if (visible || !vmc_is_kvm(req) || !offer->physical ||
        !g_hash_table_contains(offer->physical, name))
        return visible ? VMC_YES : VMC_NO;
    return whole ? VMC_YES : VMC_UNKNOWN;
}

static void
say_forbidden(VmcTristate found, const char *name, VmcFindings *findings)
{
    g_autofree char *subject = feature_subject(name);

    if (found == VMC_YES)
        vmc_fail(findings, subject, NULL, name,
                 _("the guest forbids the CPU feature '%1$s', and the destination has it"), name);
    else if (found == VMC_UNKNOWN)
        vmc_cannot_know(findings, subject, name,
                        _("If the guest shall only not see it, say policy='disable' in its place "
                          "(virsh edit)."),
                        _("the guest forbids the CPU feature '%1$s', which the destination's CPU "
                          "has and its hypervisor does not give: can't tell whether libvirt "
                          "takes that for having it"),
                        name);
}

static void
check_forbidden(const VmcRequirement *req,
                const VmcOffer *offer,
                const VmcNeed *need,
                VmcFindings *findings)
{
    const VmcDomcaps *domcaps = vmc_findings_domcaps(findings);

    for (size_t i = 0; i < req->cpu.features->len; i++) {
        const VmcCpuFeature *feature = req->cpu.features->pdata[i];

        if (g_strcmp0(feature->policy, "forbid") == 0)
            say_forbidden(finds_forbidden(req, offer, domcaps, feature->name), feature->name,
                          findings);
    }
}

static gboolean
forbids_something(const VmcRequirement *req)
{
    if (vmc_cpu_is_unchecked(req))
        return FALSE;
    for (size_t i = 0; i < req->cpu.features->len; i++) {
        const VmcCpuFeature *feature = req->cpu.features->pdata[i];

        if (g_strcmp0(feature->policy, "forbid") == 0)
            return TRUE;
    }
    return FALSE;
}

static void
say_name_unknown(const char *name, VmcFindings *findings)
{
    g_autofree char *subject = feature_subject(name);

    vmc_fail(findings, subject, name, NULL,
             _("the guest's definition names the CPU feature '%1$s', which the destination's "
               "libvirt does not know"),
             name);
}

static void
check_feature_unknown(const VmcRequirement *req,
                      const VmcOffer *offer,
                      const VmcNeed *need,
                      VmcFindings *findings)
{
    const VmcDomcaps *domcaps = vmc_findings_domcaps(findings);
    g_autoptr(GString) open = NULL;

    for (size_t i = 0; i < req->cpu.features->len; i++) {
        const VmcCpuFeature *feature = req->cpu.features->pdata[i];
        VmcTristate known = knows_feature(offer, domcaps, feature->name);

        if (known == VMC_YES || is_not_sent(req, offer, feature->name))
            continue;
        if (known == VMC_NO) {
            say_name_unknown(feature->name, findings);
            continue;
        }
        if (!open)
            open = g_string_new(NULL);
        g_string_append_printf(open, "%s%s", open->len ? ", " : "", feature->name);
    }
    if (open)
        vmc_cannot_know(
            findings, "cpu", open->str,
            _("Check over a connection to the destination (vmcompat check -c URI), which "
              "is then asked about these names."),
            _("can't tell whether the destination's libvirt knows these CPU features: "
              "'%1$s'"),
            open->str);
}

static gboolean
names_features(const VmcRequirement *req)
{
    return vmc_is_x86(req) && req->cpu.features->len > 0;
}

gboolean
vmc_is_kvm(const VmcRequirement *req)
{
    return g_strcmp0(req->virt_type, "kvm") == 0;
}

static gboolean
texts_differ(const char *a, const char *b)
{
    return a && b && !g_str_equal(a, b);
}

gboolean
vmc_hosts_cpus_differ(const VmcHost *source, const VmcHost *destination)
{
    return source && (texts_differ(source->cpu_signature, destination->cpu_signature) ||
                      texts_differ(source->cpu_microcode, destination->cpu_microcode) ||
                      texts_differ(source->cpu_model, destination->cpu_model));
}

/* Features of the destination beyond the guest's; NULL: none. */
static char *
beyond(const VmcRequirement *req, const VmcDomcaps *domcaps)
{
    g_autoptr(GHashTable) more = vmc_set_new();
    const char *name = NULL;
    GHashTableIter iter;

    g_hash_table_iter_init(&iter, domcaps->visible);
    while (g_hash_table_iter_next(&iter, (void **)&name, NULL)) {
        if (!g_hash_table_contains(req->cpu.visible, name) && !is_never_compared(name))
            g_hash_table_add(more, g_strdup(name));
    }
    return g_hash_table_size(more) > 0 ? vmc_set_join(more) : NULL;
}

static gboolean
vendor_differs(const VmcRequirement *req, const VmcOffer *offer)
{
    return req->source && texts_differ(req->source->cpu_vendor, offer->host.cpu_vendor);
}

static void
say_lost(const VmcRequirement *req, const VmcOffer *offer, char **missing, VmcFindings *findings)
{
    for (char **name = missing; name && *name; name++) {
        g_autofree char *subject = feature_subject(*name);

        vmc_fail(findings, subject, *name, NULL,
                 _("the guest has the CPU of its host ('%1$s') and would lose the feature '%2$s' "
                   "while it runs"),
                 req->cpu.mode, *name);
        vmc_cpu_explain(req, offer, findings);
    }
}

/* Nothing is lost, and yet it is another CPU. */
static void
say_not_the_same(const VmcRequirement *req,
                 const VmcOffer *offer,
                 const VmcDomcaps *domcaps,
                 VmcFindings *findings)
{
    g_autofree char *more = beyond(req, domcaps);
    g_autofree char *difference = vmc_cpu_difference(req, offer);

    if (more)
        vmc_say(findings, VMC_SEVERITY_WARNING, "cpu", NULL, more,
                _("the guest has the CPU of its host ('%1$s'), and the destination also gives "
                  "features that it has not seen: '%2$s'"),
                req->cpu.mode, more);
    else if (vmc_is_kvm(req) && vmc_hosts_cpus_differ(req->source, &offer->host))
        vmc_say(findings, VMC_SEVERITY_WARNING, "cpu", req->source->cpu_signature,
                offer->host.cpu_signature,
                _("the guest has the CPU of its host ('%1$s'), and that of the destination is not "
                  "the same in model or microcode"),
                req->cpu.mode);
    else
        return;
    vmc_remedy_prepend(findings, difference);
}

/* host-passthrough and maximum: libvirt checks nothing, the guest sees whatever
 * the host gives. */
static void
check_whole_host(const VmcRequirement *req,
                 const VmcOffer *offer,
                 const VmcNeed *need,
                 VmcFindings *findings)
{
    const VmcDomcaps *domcaps = vmc_findings_domcaps(findings);
    g_autofree char **missing = NULL;

    if (vmc_is_kvm(req) && vendor_differs(req, offer)) {
        vmc_fail(findings, "cpu", req->source->cpu_vendor, offer->host.cpu_vendor,
                 _("the guest has the CPU of its host, which is by '%1$s', the destination's is by "
                   "'%2$s'"),
                 req->source->cpu_vendor, offer->host.cpu_vendor);
        return;
    }
    if (!req->cpu.visible || !domcaps || !domcaps->visible) {
        vmc_cannot_know(findings, "cpu", req->cpu.mode,
                        _("Make the blob on the source (vmcompat get), and check (vmcompat "
                          "check -c URI), over read-write connections: the domain capabilities "
                          "of both hosts tell."),
                        _("the guest has the CPU of its host ('%1$s'), and whether the destination "
                          "gives it the same features is not known"),
                        req->cpu.mode);
        return;
    }
    missing = vmc_cpu_missing_features(req, offer, domcaps);
    say_lost(req, offer, missing, findings);
    if (!missing)
        say_not_the_same(req, offer, domcaps, findings);
}

static gboolean
is_passthrough(const VmcRequirement *req)
{
    return vmc_is_x86(req) && vmc_cpu_mode_is(req, "host-passthrough");
}

static gboolean
is_maximum(const VmcRequirement *req)
{
    return vmc_is_x86(req) && vmc_cpu_mode_is(req, "maximum");
}

static void
check_maximum(const VmcRequirement *req,
              const VmcOffer *offer,
              const VmcNeed *need,
              VmcFindings *findings)
{
    guint64 source = req->source ? req->source->hypervisor_version : 0;
    guint64 destination = offer->host.hypervisor_version;
    g_autofree char *needed = NULL;
    g_autofree char *found = NULL;

    check_whole_host(req, offer, need, findings);
    if (vmc_is_kvm(req) || source == 0 || destination == 0 || source == destination)
        return;
    needed = vmc_version_text(source);
    found = vmc_version_text(destination);
    vmc_say(findings, VMC_SEVERITY_WARNING, "cpu", needed, found,
            _("the guest's CPU is all that its QEMU '%1$s' emulates, and the destination's QEMU "
              "is another version, '%2$s'"),
            needed, found);
}

static gboolean
is_strict(const VmcRequirement *req)
{
    return vmc_is_x86(req) && vmc_cpu_is_custom(req) && !vmc_cpu_is_unchecked(req) &&
           g_strcmp0(req->cpu.match, "strict") == 0 && req->cpu.visible;
}

static void
check_strict(const VmcRequirement *req,
             const VmcOffer *offer,
             const VmcNeed *need,
             VmcFindings *findings)
{
    const VmcDomcaps *domcaps = vmc_findings_domcaps(findings);
    VmcCpuStart start = vmc_cpu_start(req, offer, domcaps);
    g_autofree char *more = beyond(req, domcaps);

    if (!more)
        return;
    if (start == VMC_CPU_START_WHOLE)
        vmc_fail(findings, "cpu/@match", "strict", more,
                 _("the guest wants a host with its CPU's features and no others, and the "
                   "destination also has '%1$s'"),
                 more);
    else if (start == VMC_CPU_START_UNKNOWN)
        vmc_cannot_know(findings, "cpu/@match", "strict",
                        _("Say match='exact' in <cpu> (virsh edit)."),
                        _("the guest wants a host with its CPU's features and no others, and "
                          "whether the destination's libvirt looks at the others it has ('%1$s') "
                          "is not known"),
                        more);
}

static gboolean
knows_vmx_by_halves(guint64 version)
{
    return version >= LIBVIRT_KNOWS_VMX && version < LIBVIRT_STRIPS_ADDED;
}

static void
check_vmx(const VmcRequirement *req,
          const VmcOffer *offer,
          const VmcNeed *need,
          VmcFindings *findings)
{
    guint64 source = req->source ? req->source->libvirt_version : 0;
    guint64 destination = offer->host.libvirt_version;
    gboolean out = knows_vmx_by_halves(source) && destination < LIBVIRT_KNOWS_VMX;
    gboolean in = knows_vmx_by_halves(destination) && source < LIBVIRT_KNOWS_VMX;

    if (source != 0 && destination != 0 && (in || out) &&
        g_hash_table_contains(req->cpu.visible, "vmx"))
        vmc_fail(findings, "cpu/feature[@name='vmx']", "vmx", NULL,
                 _("the guest has 'vmx', and of source and destination one has a libvirt from 9.10 "
                   "to 10.1, the other an older one: they don't agree on what belongs to it"));
}

static gboolean
sees_features(const VmcRequirement *req)
{
    return is_list(req) && req->cpu.visible;
}

const VmcRule vmc_rules_cpu[] = {
    {
        .id = "cpu-feature-unknown",
        .states = VMC_STATE_ALL,
        .severity = VMC_SEVERITY_BLOCKER,
        .check = check_feature_unknown,
        .applies = names_features,
        .may_not_know = TRUE,
        .summary = N_("the destination's libvirt knows the CPU features that the guest names"),
        .cause = N_("A running guest's definition names every feature, also those it does not "
                    "have. An older libvirt whose CPU map lacks one of the names refuses the "
                    "definition."),
        .remedy = N_("Update libvirt on the destination. Where the guest's own definition names "
                     "the feature, take it out (virsh edit, at the next shutdown)."),
        .spares = "unsupported configuration: unknown CPU feature: %s",
    },
    {
        .id = "cpu-feature-missing",
        .states = VMC_STATE_ALL,
        .part = VMC_PART_CPU,
        .severity = VMC_SEVERITY_BLOCKER,
        .check = check_feature_missing,
        .applies = is_binding_list,
        .may_not_know = TRUE,
        .subject = "cpu",
        .summary = N_("the destination gives every CPU feature that the guest sees"),
        .cause = N_("A guest uses the CPU features it found when it booted. The destination's "
                    "hypervisor must give all of them; libvirt compares when QEMU has been started "
                    "there. Which features a hypervisor gives depends on the CPU, the microcode, "
                    "the kernel, and whether the host is a virtual machine itself."),
        .remedy = N_("Give the guest a CPU that all hosts can give, at its next shutdown: write "
                     "what virsh domcapabilities prints on each host into one FILE, and virsh "
                     "hypervisor-cpu-baseline FILE computes it."),
        .spares = "operation failed: guest CPU doesn't match specification: missing features: %s",
    },
    {
        .id = "cpu-extra-features",
        .states = VMC_STATE_ALL,
        .severity = VMC_SEVERITY_BLOCKER,
        .check = check_feature_extra,
        .may_not_know = TRUE,
        .applies = is_list,
        .summary = N_("the destination adds no CPU feature that the guest does not see"),
        .cause = N_("libvirt refuses a CPU with more than the guest has seen, too. QEMU 10 changed "
                    "when it shows 'ht' to guests with several cores or threads in a socket."),
        .remedy = N_("Bring the destination to libvirt 11.10, which leaves 'ht' to QEMU, or shut "
                     "the guest down (virsh shutdown GUEST) and start it there."),
        .spares = "operation failed: guest CPU doesn't match specification: extra features: %s",
    },
    {
        .id = "cpu-forbidden-feature",
        .states = VMC_STATE_ALL,
        .part = VMC_PART_CPU,
        .severity = VMC_SEVERITY_BLOCKER,
        .check = check_forbidden,
        .may_not_know = TRUE,
        .applies = forbids_something,
        .subject = "cpu",
        .summary = N_("the destination has no CPU feature that the guest forbids"),
        .cause = N_("policy='forbid' means that the guest must not run on a host that has the "
                    "feature, whether it would see it or not."),
        .remedy = N_("If the guest shall only not see it, say policy='disable' in its place "
                     "(virsh edit)."),
        .spares = "unsupported configuration: Host CPU provides forbidden features: %s",
    },
    {
        .id = "host-passthrough",
        .states = VMC_STATE_MEMORY,
        .severity = VMC_SEVERITY_BLOCKER,
        .check = check_whole_host,
        .applies = is_passthrough,
        .may_not_know = TRUE,
        .summary = N_("a guest with its host's CPU keeps it on the destination"),
        .cause = N_("With host-passthrough libvirt checks nothing: the guest gets the "
                    "destination's CPU while it runs, and a feature that is not there is gone. "
                    "Programs that use it crash, or QEMU can't load the state."),
        .remedy = N_("Migrate between equal hosts only (CPU, microcode, kernel, QEMU), or give the "
                     "guest mode='host-model' or a named model at its next shutdown (virsh edit). "
                     "Shut off it can move."),
    },
    {
        .id = "cpu-maximum",
        .states = VMC_STATE_MEMORY,
        .severity = VMC_SEVERITY_BLOCKER,
        .check = check_maximum,
        .applies = is_maximum,
        .may_not_know = TRUE,
        .summary = N_("a guest with the greatest possible CPU keeps it on the destination"),
        .cause =
            N_("mode='maximum' is all that QEMU and the host give, and libvirt checks nothing: "
               "what the destination does not give is gone while the guest runs."),
        .remedy = N_("Migrate between equal hosts with equal QEMUs only, or give the guest "
                     "mode='host-model' or a named model at its next shutdown (virsh edit)."),
    },
    {
        .id = "host-passthrough-nonmigratable",
        .states = VMC_STATE_MEMORY,
        .kind = VMC_NEED_TRAIT,
        .name = "host-passthrough-nonmigratable",
        .severity = VMC_SEVERITY_BLOCKER,
        .summary = N_("the guest's CPU is a migratable one"),
        .cause = N_("migratable='off' gives the guest features such as an invariant TSC that QEMU "
                    "can't migrate, and QEMU refuses to."),
        .remedy = N_("Say migratable='on' in <cpu> at the next shutdown (virsh edit)."),
        .message = N_("the guest's CPU is set to migratable='off'"),
        .spares = "State blocked by non-migratable CPU device (invtsc flag)",
    },
    {
        .id = "cpu-vmx-subfeatures",
        .states = VMC_STATE_MEMORY,
        .severity = VMC_SEVERITY_BLOCKER,
        .check = check_vmx,
        .applies = sees_features,
        .summary = N_("both libvirts agree on the parts of 'vmx'"),
        .cause = N_("libvirt learnt the parts of 'vmx' (vmx-*) with 9.10.0, and only from 10.2.0 "
                    "on does it keep them from older ones, which know none."),
        .remedy = N_("Update libvirt to 10.2.0 or later on the host that has 9.10 to 10.1, or take "
                     "'vmx' from the guest at its next shutdown: <feature policy='disable' "
                     "name='vmx'/> (virsh edit)."),
        .spares = "operation failed: guest CPU doesn't match specification: missing features: %s",
    },
    {
        .id = "cpu-match-strict",
        .states = VMC_STATE_OFF,
        .part = VMC_PART_CPU,
        .severity = VMC_SEVERITY_BLOCKER,
        .check = check_strict,
        .applies = is_strict,
        .may_not_know = TRUE,
        .subject = "cpu/@match",
        .summary = N_("the destination has no more CPU features than a strict guest wants"),
        .cause = N_("match='strict' means: not on a host with any other feature. libvirt compares "
                    "when the guest starts; from version 10.9 on not always."),
        .remedy = N_("Say match='exact' in <cpu> (virsh edit): the guest then does not see the "
                     "host's other features, and may start."),
        .spares = "the CPU is incompatible with host CPU: Host CPU does not strictly match guest "
                  "CPU: Extra features: %s",
    },
    {
        .id = "cpu-match-minimum",
        .states = VMC_STATE_OFF,
        .kind = VMC_NEED_TRAIT,
        .name = "cpu-match-minimum",
        .severity = VMC_SEVERITY_NOTE,
        .summary = N_("the guest gets the same CPU on every host"),
        .cause = N_("match='minimum' adds all that the host has to what is written, at every "
                    "start: the guest sees another CPU there, and can come back only as far as "
                    "that allows."),
        .remedy = N_("Say match='exact' in <cpu> if the guest shall see one CPU (virsh edit)."),
        .message = N_("the guest's CPU is a minimum: it gets the destination's other features too"),
    },
    { 0 },
};
