/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Rules: the guest's CPU.  Only sets of features count: neither models' names
 * nor the physical CPU tell what a guest sees or a hypervisor gives.
 */
#include "rules/rules-internal.h"

#include "derive/derive.h"

#include <string.h>

#define ALL_STATES (VMC_STATE_OFF | VMC_STATE_SAVED | VMC_STATE_LIVE)
#define STARTED (VMC_STATE_SAVED | VMC_STATE_LIVE) /* the guest has seen its CPU */

#define LIBVIRT_STRIPS_ADDED 10002000 /* sends no features that a model gained later */
#define LIBVIRT_KNOWS_VMX 9010000
#define LIBVIRT_ASKS_USABLE 10009000 /* whether QEMU calls the model usable */
#define QEMU_SETS_HT 10000000        /* "ht" follows the topology since */

static gboolean
is_x86(const VmcRequirement *req)
{
    return g_strcmp0(req->arch, "x86_64") == 0 || g_strcmp0(req->arch, "i686") == 0;
}

static gboolean
mode_is(const VmcRequirement *req, const char *mode)
{
    return g_strcmp0(req->cpu.mode, mode) == 0;
}

static gboolean
check_is_none(const VmcRequirement *req)
{
    return g_strcmp0(req->cpu.check, "none") == 0;
}

/* The guest's CPU is a list of features, which the destination has to have. */
static gboolean
is_list(const VmcRequirement *req)
{
    return is_x86(req) && req->cpu.mode && !mode_is(req, "host-passthrough") &&
           !mode_is(req, "maximum");
}

static gboolean
is_custom(const VmcRequirement *req)
{
    return mode_is(req, "custom") && req->cpu.model != NULL;
}

/* The list binds: seen already, or compared at the next start. */
static gboolean
is_binding_list(const VmcRequirement *req)
{
    if (req->state != VMC_STATE_OFF)
        return is_list(req);
    return is_x86(req) && is_custom(req) && !check_is_none(req);
}

static const char *
policy_of(const VmcRequirement *req, const char *name)
{
    for (size_t i = 0; i < req->cpu.features->len; i++) {
        const VmcCpuFeature *feature = req->cpu.features->pdata[i];

        if (g_str_equal(feature->name, name))
            return feature->policy;
    }
    return NULL;
}

static gboolean
policy_asks(const char *policy)
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

static VmcTristate
knows_feature(const VmcOffer *offer, const VmcDomcaps *domcaps, const char *name)
{
    if (domcaps && domcaps->visible && g_hash_table_contains(domcaps->visible, name))
        return VMC_YES;
    vmc_derive_cpu_names(offer);
    return GPOINTER_TO_INT(g_hash_table_lookup(offer->cpu_features, name));
}

static gboolean
is_named_by_user(const VmcRequirement *req, const char *name)
{
    for (size_t i = 0; i < req->cpu.features->len; i++) {
        const VmcCpuFeature *feature = req->cpu.features->pdata[i];

        if (g_str_equal(feature->name, name))
            return feature->by_user == VMC_YES;
    }
    return FALSE;
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

/* Features the guest needs and the destination can't give, sorted; NULL: none.
 * g_free() the array only. */
static char **
missing_features(const VmcRequirement *req, const VmcOffer *offer, const VmcDomcaps *domcaps)
{
    g_autoptr(GHashTable) missing = NULL;
    const char *name = NULL;
    GHashTableIter iter;

    g_hash_table_iter_init(&iter, req->cpu.visible);
    while (g_hash_table_iter_next(&iter, (void **)&name, NULL)) {
        if (g_hash_table_contains(domcaps->visible, name) || is_never_compared(name) ||
            is_not_sent(req, offer, name) || is_given_unseen(req, offer, domcaps, name))
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
static void
explain(const VmcRequirement *req, const VmcOffer *offer, VmcFindings *findings)
{
    g_autofree char *cause = vmc_cpu_cause(req, offer);

    vmc_remedy_prepend(findings, cause);
}

static void
say_missing_started(const VmcRequirement *req,
                    const VmcOffer *offer,
                    const char *name,
                    VmcFindings *findings)
{
    g_autofree char *subject = feature_subject(name);

    vmc_fail(findings, subject, name, NULL,
             _("the guest sees the CPU feature '%1$s', which the destination can't give"), name);
    explain(req, offer, findings);
}

/* At a start libvirt compares with what the hypervisor gives and the physical
 * CPU has, taken together; QEMU then drops in silence what it can't give. */
static void
say_missing_off(const VmcRequirement *req,
                const VmcOffer *offer,
                const char *name,
                VmcFindings *findings)
{
    g_autofree char *subject = feature_subject(name);

    if (!offer->physical)
        vmc_cannot_know(findings, subject, name,
                        _("Check over a connection to the destination, or add its expansions of "
                          "CPU models to the facts (vmcompat collect)."),
                        _("the destination's hypervisor can't give the required CPU feature "
                          "'%1$s', and whether its physical CPU has it, so that the guest starts "
                          "without, is not known"),
                        name);
    else if (g_hash_table_contains(offer->physical, name))
        vmc_say(findings, VMC_SEVERITY_WARNING, subject, name, NULL,
                _("the guest asks for the CPU feature '%1$s' and starts without it: the "
                  "destination's CPU has it, its hypervisor does not give it"),
                name);
    else
        vmc_fail(findings, subject, name, NULL,
                 _("the guest requires the CPU feature '%1$s', which the destination can't give"),
                 name);
    explain(req, offer, findings);
}

static gboolean
is_written(const VmcRequirement *req, const char *name)
{
    return policy_of(req, name) != NULL;
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
check_feature_missing(const VmcRequirement *req,
                      const VmcOffer *offer,
                      const VmcNeed *need,
                      VmcFindings *findings)
{
    g_autofree char **missing = NULL;

    if (!req->cpu.visible && req->state == VMC_STATE_SAVED && is_custom(req)) {
        say_image_hidden(req, findings);
        return;
    }
    if (!req->cpu.visible) {
        if (!mode_is(req, "host-model")) /* host-model-unexpanded tells */
            vmc_cannot_know(findings, "cpu/model", req->cpu.model,
                            _("Make the blob with a libvirt that knows the model, or add its "
                              "expansion (virsh cpu-baseline --features) to the facts."),
                            _("can't tell which features the guest's CPU model '%1$s' has"),
                            req->cpu.model ? req->cpu.model : "");
        return;
    }
    missing = missing_features(req, offer, vmc_findings_domcaps(findings));
    for (char **name = missing; name && *name; name++) {
        const char *policy = policy_of(req, *name);

        if (req->state != VMC_STATE_OFF)
            say_missing_started(req, offer, *name, findings);
        else if (is_written(req, *name) && policy_asks(policy))
            say_missing_off(req, offer, *name, findings);
    }
}

/* QEMU sets 'hypervisor' on x86, whatever the model, and libvirt's models are
 * without it. */
static gboolean
gains_hypervisor(const VmcRequirement *req)
{
    return is_x86(req) && req->cpu.visible &&
           !g_hash_table_contains(req->cpu.visible, "hypervisor") && !policy_of(req, "hypervisor");
}

/* A start with check='full' wants QEMU's idea of the model to be libvirt's, and
 * it seldom is; of the rest neither tells beforehand. */
static void
say_full_at_start(const VmcRequirement *req, VmcFindings *findings)
{
    if (gains_hypervisor(req)) {
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
                    req->cpu.model ? req->cpu.model : "");
}

static void
check_feature_extra(const VmcRequirement *req,
                    const VmcOffer *offer,
                    const VmcNeed *need,
                    VmcFindings *findings)
{
    guint64 source = req->source ? req->source->hypervisor_version : 0;

    if (req->state == VMC_STATE_OFF) {
        if (is_custom(req) && g_strcmp0(req->cpu.check, "full") == 0)
            say_full_at_start(req, findings);
        return;
    }
    if (req->cpu.vcpus_per_socket < 2 || !req->cpu.visible || source == 0 ||
        source >= QEMU_SETS_HT || offer->host.hypervisor_version < QEMU_SETS_HT ||
        g_hash_table_contains(req->cpu.visible, "ht"))
        return;
    vmc_fail(findings, "cpu/feature[@name='ht']", NULL, "ht",
             _("the destination's QEMU shows the CPU feature 'ht' to guests with several vCPUs in "
               "a socket, and this one does not see it yet"));
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
        g_autofree char *subject = NULL;

        if (g_strcmp0(feature->policy, "forbid") != 0)
            continue;
        if (!g_hash_table_contains(domcaps->visible, feature->name) &&
            !(offer->physical && g_hash_table_contains(offer->physical, feature->name)))
            continue;
        subject = feature_subject(feature->name);
        vmc_fail(findings, subject, NULL, feature->name,
                 _("the guest forbids the CPU feature '%1$s', and the destination has it"),
                 feature->name);
    }
}

static gboolean
forbids_something(const VmcRequirement *req)
{
    if (check_is_none(req))
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
    return is_x86(req) && req->cpu.features->len > 0;
}

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
        const char *policy = policy_of(req, *name);

        if (!policy_asks(policy) && !g_str_equal(policy, "force"))
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
    g_autofree char **missing = missing_features(req, offer, domcaps);
    g_autoptr(GString) names = g_string_new(NULL);

    for (char **name = missing; name && *name; name++) {
        if (!is_written(req, *name))
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
    explain(req, offer, findings);
}

/* Not among the models that the hypervisor knows. */
static void
judge_model_absent(const VmcRequirement *req,
                   const VmcOffer *offer,
                   const VmcDomcaps *domcaps,
                   VmcFindings *findings)
{
    /* libvirt finds a next best for x86 only */
    gboolean may_fall_back =
        req->state == VMC_STATE_OFF && is_x86(req) && g_strcmp0(req->cpu.fallback, "forbid") != 0;

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

/* The hypervisor knows the model and can't give all of it. */
static void
judge_model_unusable(const VmcRequirement *req,
                     const VmcOffer *offer,
                     const VmcDomcaps *domcaps,
                     char **blockers,
                     VmcFindings *findings)
{
    gboolean sets_known = req->cpu.visible && domcaps->visible;
    g_autofree char *names = NULL;

    if (sets_known && req->state != VMC_STATE_OFF)
        return; /* cpu-feature-missing tells, feature by feature */
    if (req->state == VMC_STATE_OFF && check_is_none(req))
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
    if (req->state == VMC_STATE_OFF && sets_known)
        say_model_lacks(req, offer, names, findings);
    else
        say_lacks(req, offer, names, findings);
}

/* Before 10.9 libvirt knew of no usable models at a start: it compared what its own
 * list says of the model, of which QEMU may leave things out (svm of qemu64). */
static gboolean
is_compared_anyway(const VmcRequirement *req, const VmcOffer *offer, const VmcDomcaps *domcaps)
{
    guint64 version = offer->host.libvirt_version;

    return req->state == VMC_STATE_OFF && is_x86(req) && req->cpu.visible && domcaps->visible &&
           version != 0 && version < LIBVIRT_ASKS_USABLE;
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
is_kvm(const VmcRequirement *req)
{
    return g_strcmp0(req->virt_type, "kvm") == 0;
}

static gboolean
names_vendor(const VmcRequirement *req)
{
    return is_x86(req) && is_kvm(req) && req->cpu.vendor != NULL;
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

    if (!vendor)
        vmc_cannot_know(findings, "cpu/vendor", req->cpu.vendor,
                        _("Add the destination's capabilities (virsh capabilities): they name the "
                          "CPU's vendor."),
                        _("can't tell whether the destination's CPU is by '%1$s': its vendor is "
                          "not known"),
                        req->cpu.vendor);
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
texts_differ(const char *a, const char *b)
{
    return a && b && !g_str_equal(a, b);
}

static gboolean
hosts_cpus_differ(const VmcHost *source, const VmcHost *destination)
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
        explain(req, offer, findings);
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
    else if (is_kvm(req) && hosts_cpus_differ(req->source, &offer->host))
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

    if (is_kvm(req) && vendor_differs(req, offer)) {
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
    missing = missing_features(req, offer, domcaps);
    say_lost(req, offer, missing, findings);
    if (!missing)
        say_not_the_same(req, offer, domcaps, findings);
}

static gboolean
is_passthrough(const VmcRequirement *req)
{
    return is_x86(req) && mode_is(req, "host-passthrough");
}

static gboolean
is_maximum(const VmcRequirement *req)
{
    return is_x86(req) && mode_is(req, "maximum");
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
    if (is_kvm(req) || source == 0 || destination == 0 || source == destination)
        return;
    needed = vmc_version_text(source);
    found = vmc_version_text(destination);
    vmc_say(findings, VMC_SEVERITY_WARNING, "cpu", needed, found,
            _("the guest's CPU is all that its QEMU '%1$s' emulates, and the destination's QEMU "
              "is another version, '%2$s'"),
            needed, found);
}

static gboolean
is_unexpanded(const VmcRequirement *req)
{
    return is_x86(req) && mode_is(req, "host-model") && !req->cpu.visible;
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

static gboolean
wants_tsc(const VmcRequirement *req)
{
    return req->tsc_frequency != 0;
}

/* libvirt's tolerance: 250 parts in a million. */
static gboolean
is_close(guint64 wanted, guint64 has)
{
    guint64 tolerance = has / 1000000 * 250 + has % 1000000 * 250 / 1000000;

    return (wanted > has ? wanted - has : has - wanted) <= tolerance;
}

static void
judge_tsc(const VmcRequirement *req,
          const VmcOffer *offer,
          const char *wanted,
          const char *has,
          VmcFindings *findings)
{
    const char *subject = "clock/timer[@name='tsc']/@frequency";

    if (offer->tsc_frequency == 0)
        vmc_cannot_know(findings, subject, wanted,
                        _("Run virsh capabilities on the destination: a host whose TSC can be "
                          "counted on shows its frequency (counter name='tsc')."),
                        _("the guest insists on a TSC of %1$s Hz, and the destination does not "
                          "tell its own"),
                        wanted);
    else if (offer->tsc_scaling == VMC_NO)
        vmc_fail(findings, subject, wanted, has,
                 _("the guest insists on a TSC of %1$s Hz, the destination's has %2$s Hz and can't "
                   "be scaled"),
                 wanted, has);
    else if (offer->tsc_scaling == VMC_UNKNOWN)
        vmc_cannot_know(findings, subject, wanted,
                        _("Run virsh capabilities on the destination: see counter/@scaling."),
                        _("the guest insists on a TSC of %1$s Hz, the destination's has %2$s Hz, "
                          "and whether it can be scaled is not known"),
                        wanted, has);
}

static void
check_tsc(const VmcRequirement *req,
          const VmcOffer *offer,
          const VmcNeed *need,
          VmcFindings *findings)
{
    g_autofree char *wanted = NULL;
    g_autofree char *has = NULL;

    if (offer->tsc_frequency != 0 && is_close(req->tsc_frequency, offer->tsc_frequency))
        return;
    wanted = g_strdup_printf("%" G_GUINT64_FORMAT, req->tsc_frequency);
    has = g_strdup_printf("%" G_GUINT64_FORMAT, offer->tsc_frequency);
    judge_tsc(req, offer, wanted, has, findings);
}

static gboolean
emulates_physbits(const VmcRequirement *req)
{
    return g_strcmp0(req->cpu.physbits_mode, "emulate") == 0 && req->cpu.physbits > 0;
}

static void
check_maxphysaddr(const VmcRequirement *req,
                  const VmcOffer *offer,
                  const VmcNeed *need,
                  VmcFindings *findings)
{
    g_autofree char *needed = g_strdup_printf("%u", req->cpu.physbits);
    g_autofree char *found = g_strdup_printf("%u", offer->host.cpu_physbits);

    if (offer->host.cpu_physbits == 0)
        vmc_cannot_know(findings, "cpu/maxphysaddr/@bits", needed,
                        _("Run virsh capabilities on the destination: see cpu/maxphysaddr/@bits."),
                        _("the guest's physical addresses have %1$u bits, and how many the "
                          "destination's CPU has is not known"),
                        req->cpu.physbits);
    else if (req->cpu.physbits > offer->host.cpu_physbits)
        vmc_fail(findings, "cpu/maxphysaddr/@bits", needed, found,
                 _("the guest's physical addresses have %1$u bits, the destination's CPU has %2$u"),
                 req->cpu.physbits, offer->host.cpu_physbits);
}

static gboolean
passes_physbits(const VmcRequirement *req)
{
    return is_x86(req) && (g_strcmp0(req->cpu.physbits_mode, "passthrough") == 0 ||
                           (mode_is(req, "host-passthrough") && !req->cpu.physbits_mode));
}

static void
check_physbits_lost(const VmcRequirement *req,
                    const VmcOffer *offer,
                    const VmcNeed *need,
                    VmcFindings *findings)
{
    unsigned int source = req->source ? req->source->cpu_physbits : 0;
    unsigned int destination = offer->host.cpu_physbits;
    g_autofree char *needed = NULL;
    g_autofree char *found = NULL;

    if (req->cpu.physbits_limit > 0)
        source = MIN(source, req->cpu.physbits_limit);
    if (source == 0 || destination == 0 || source <= destination)
        return;
    needed = g_strdup_printf("%u", source);
    found = g_strdup_printf("%u", destination);
    vmc_fail(findings, "cpu/maxphysaddr", needed, found,
             _("the guest has its host's %1$u bits of physical addresses, the destination's CPU "
               "has %2$u"),
             source, destination);
}

/* How libvirt before 10.9 decides; later ones ask QEMU's own list of usable models
 * first, and then 'strict' is not looked at. */
static gboolean
passes_as_usable(const VmcRequirement *req, const VmcDomcaps *domcaps)
{
    const VmcCpuModel *model = g_hash_table_lookup(domcaps->cpu_models, req->cpu.model);

    for (size_t i = 0; i < req->cpu.features->len; i++) {
        const VmcCpuFeature *feature = req->cpu.features->pdata[i];

        if (g_strcmp0(feature->policy, "disable") != 0)
            return FALSE;
    }
    return model && model->usable == VMC_YES;
}

static gboolean
is_strict(const VmcRequirement *req)
{
    return is_x86(req) && is_custom(req) && !check_is_none(req) &&
           g_strcmp0(req->cpu.match, "strict") == 0 && req->cpu.visible;
}

static void
check_strict(const VmcRequirement *req,
             const VmcOffer *offer,
             const VmcNeed *need,
             VmcFindings *findings)
{
    const VmcDomcaps *domcaps = vmc_findings_domcaps(findings);
    g_autofree char *more = beyond(req, domcaps);

    if (!more)
        return;
    if (offer->host.libvirt_version != 0 && offer->host.libvirt_version < LIBVIRT_ASKS_USABLE)
        vmc_fail(findings, "cpu/@match", "strict", more,
                 _("the guest wants a host with its CPU's features and no others, and the "
                   "destination also has '%1$s'"),
                 more);
    else if (!passes_as_usable(req, domcaps))
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

static void
check_host_model(const VmcRequirement *req,
                 const VmcOffer *offer,
                 const VmcNeed *need,
                 VmcFindings *findings)
{
    if (hosts_cpus_differ(req->source, &offer->host))
        vmc_fail(findings, need->subject, req->source->cpu_signature, offer->host.cpu_signature,
                 _("the guest's CPU is made of its host's: it gets the destination's, which is "
                   "another, at its next start"));
}

static gboolean
has_loose_tsc(const VmcRequirement *req)
{
    return is_x86(req) && is_kvm(req) && req->tsc_frequency == 0;
}

static void
check_tsc_implicit(const VmcRequirement *req,
                   const VmcOffer *offer,
                   const VmcNeed *need,
                   VmcFindings *findings)
{
    guint64 source = req->source ? req->source->tsc_frequency : 0;
    g_autofree char *from = g_strdup_printf("%" G_GUINT64_FORMAT, source);
    g_autofree char *to = g_strdup_printf("%" G_GUINT64_FORMAT, offer->tsc_frequency);

    if (source != 0 && offer->tsc_frequency != 0 && offer->tsc_scaling == VMC_NO &&
        !is_close(source, offer->tsc_frequency))
        vmc_fail(findings, "clock", from, to,
                 _("the guest's TSC ticks at the source's %1$s Hz, the destination's at %2$s Hz "
                   "and can't be scaled"),
                 from, to);
}

static void
check_pmu(const VmcRequirement *req,
          const VmcOffer *offer,
          const VmcNeed *need,
          VmcFindings *findings)
{
    if (is_kvm(req) && hosts_cpus_differ(req->source, &offer->host))
        vmc_fail(findings, need->subject, req->source->cpu_signature, offer->host.cpu_signature,
                 _("the guest sees its host's performance counters, and the destination's CPU is "
                   "another"));
}

static void
check_reenlightenment(const VmcRequirement *req,
                      const VmcOffer *offer,
                      const VmcNeed *need,
                      VmcFindings *findings)
{
    if (req->tsc_frequency == 0 && is_kvm(req))
        vmc_cannot_know(findings, need->subject, "reenlightenment", NULL,
                        _("the guest may use Hyper-V's reenlightenment, and has no TSC frequency: "
                          "if it does, QEMU on the destination refuses its state"));
}

/* Bits that the guest has where the destination gives it its own, or a number is
 * written; 0: another number, which the host does not decide. */
static unsigned int
guest_physbits(const VmcRequirement *req, const VmcOffer *offer)
{
    unsigned int bits = offer->host.cpu_physbits;

    if (g_strcmp0(req->cpu.physbits_mode, "emulate") == 0)
        return req->cpu.physbits;
    if (!passes_physbits(req))
        return 0;
    return req->cpu.physbits_limit > 0 ? MIN(bits, req->cpu.physbits_limit) : bits;
}

static void
check_physbits_memory(const VmcRequirement *req,
                      const VmcOffer *offer,
                      const VmcNeed *need,
                      VmcFindings *findings)
{
    unsigned int bits = guest_physbits(req, offer);
    g_autofree char *needed = NULL;
    g_autofree char *found = NULL;

    if (bits < 12 || bits >= 64 || req->memory_kib <= G_GUINT64_CONSTANT(1) << (bits - 10))
        return;
    needed = g_strdup_printf("%" G_GUINT64_FORMAT, req->memory_kib / 1024);
    found = g_strdup_printf("%u", bits);
    vmc_fail(findings, "memory", needed, found,
             _("the guest has %1$s MiB of memory, more than the %2$s bits of its CPU's physical "
               "addresses reach"),
             needed, found);
}

static gboolean
is_other_arch(const VmcRequirement *req)
{
    return req->arch && !is_x86(req) && is_kvm(req);
}

static gboolean
asks_for_features(const VmcRequirement *req)
{
    for (size_t i = 0; i < req->cpu.features->len; i++) {
        const VmcCpuFeature *feature = req->cpu.features->pdata[i];

        if (policy_asks(feature->policy) || g_str_equal(feature->policy, "force"))
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
    if (is_custom(req) && !is_model_settled(req, vmc_findings_domcaps(findings)))
        vmc_cannot_know(findings, "cpu/model", req->cpu.model,
                        _("Try with a guest of the same CPU on the destination, or give the guest "
                          "the CPU mode host-passthrough or host-model (virsh edit)."),
                        _("whether the destination's CPU can run the model '%1$s' is left to QEMU "
                          "on '%2$s'"),
                        req->cpu.model, req->arch);
}

const VmcRule vmc_rules_cpu[] = {
    {
        .id = "cpu-mode-unsupported",
        .states = ALL_STATES,
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
        .states = ALL_STATES,
        .severity = VMC_SEVERITY_BLOCKER,
        .check = check_model_unknown,
        .applies = is_custom,
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
        .states = ALL_STATES,
        .part = VMC_PART_DOMCAPS,
        .severity = VMC_SEVERITY_BLOCKER,
        .check = check_model_unusable,
        .applies = is_custom,
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
        .id = "cpu-feature-unknown",
        .states = ALL_STATES,
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
        .id = "cpu-vendor-mismatch",
        .states = ALL_STATES,
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
        .id = "cpu-feature-missing",
        .states = ALL_STATES,
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
        .states = ALL_STATES,
        .severity = VMC_SEVERITY_BLOCKER,
        .check = check_feature_extra,
        .may_not_know = TRUE,
        .applies = is_list,
        .summary = N_("the destination adds no CPU feature that the guest does not see"),
        .cause = N_("libvirt refuses a CPU with more than the guest has seen, too. QEMU 10 changed "
                    "when it shows 'ht' to guests with several cores or threads in a socket."),
        .remedy = N_("Shut the guest down (virsh shutdown GUEST) and start it on the "
                     "destination, or bring both hosts to QEMU 10."),
        .spares = "operation failed: guest CPU doesn't match specification: extra features: %s",
    },
    {
        .id = "cpu-forbidden-feature",
        .states = ALL_STATES,
        .part = VMC_PART_CPU,
        .severity = VMC_SEVERITY_BLOCKER,
        .check = check_forbidden,
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
        .states = STARTED,
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
        .states = STARTED,
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
        .states = STARTED,
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
        .id = "host-model-unexpanded",
        .states = STARTED,
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
        .id = "invtsc",
        .states = STARTED,
        .kind = VMC_NEED_TRAIT,
        .name = "invtsc",
        .severity = VMC_SEVERITY_BLOCKER,
        .summary = N_("the guest's invariant TSC has a fixed frequency"),
        .cause =
            N_("An invariant TSC ticks on at the source's rate, which the destination can only "
               "promise if the definition names the frequency."),
        .remedy = N_("Name it at the next shutdown: <timer name='tsc' frequency='HZ'/> in <clock> "
                     "(virsh capabilities shows the hosts' in counter/@frequency), or drop invtsc "
                     "(virsh edit)."),
        .message = N_("the guest has the CPU feature 'invtsc' and no TSC frequency"),
        .spares = "Requested operation is not valid: domain has 'invtsc' CPU feature but TSC "
                  "frequency is not specified",
    },
    {
        .id = "tsc-frequency",
        .states = ALL_STATES,
        .part = VMC_PART_CAPABILITIES,
        .severity = VMC_SEVERITY_BLOCKER,
        .check = check_tsc,
        .applies = wants_tsc,
        .may_not_know = TRUE,
        .subject = "clock/timer[@name='tsc']/@frequency",
        .summary = N_("the destination can give the guest's TSC frequency"),
        .cause = N_("The guest's definition names the frequency of its TSC. The destination's must "
                    "be within 250 parts in a million of it, or be scalable by the CPU."),
        .remedy = N_("Choose a host whose CPU has TSC scaling or that frequency, or take the "
                     "frequency (and invtsc) out of the definition at the next shutdown (virsh "
                     "edit)."),
        .spares = "unsupported configuration: Requested TSC frequency %llu Hz is outside tolerance "
                  "range ([%llu, %llu] Hz) around host frequency %llu Hz and TSC scaling is not "
                  "supported by the host CPU",
    },
    {
        .id = "maxphysaddr",
        .states = ALL_STATES,
        .part = VMC_PART_CAPABILITIES,
        .severity = VMC_SEVERITY_BLOCKER,
        .check = check_maxphysaddr,
        .applies = emulates_physbits,
        .may_not_know = TRUE,
        .subject = "cpu/maxphysaddr/@bits",
        .summary = N_("the destination's CPU has the guest's bits of physical addresses"),
        .cause = N_("<maxphysaddr mode='emulate'> names a number of address bits; a CPU can't "
                    "emulate more than it has."),
        .remedy = N_("Lower bits in <maxphysaddr> at the next shutdown (virsh edit), or choose a "
                     "host whose CPU has as many (virsh capabilities, cpu/maxphysaddr)."),
        .spares = "unsupported configuration: CPU maximum physical address bits must be less than "
                  "or equal to the host's",
    },
    {
        .id = "host-phys-bits-mismatch",
        .states = STARTED,
        .severity = VMC_SEVERITY_WARNING,
        .check = check_physbits_lost,
        .applies = passes_physbits,
        .summary =
            N_("the destination's CPU has as many bits of physical addresses as the source's"),
        .cause = N_("The guest was told its host's number of address bits, and nobody checks the "
                    "destination's: memory or devices above its limit fault."),
        .remedy = N_("Name the smaller number at the next shutdown: <maxphysaddr mode='emulate' "
                     "bits='N'/> in <cpu> (virsh edit)."),
    },
    {
        .id = "cpu-physbits-memory",
        .states = ALL_STATES,
        .severity = VMC_SEVERITY_BLOCKER,
        .check = check_physbits_memory,
        .applies = is_x86,
        .summary = N_("the guest's CPU can address all of its memory there"),
        .cause = N_("A CPU's physical addresses have a number of bits, and memory beyond them "
                    "can't be reached. QEMU from 8.2 on refuses such a guest, older ones give it a "
                    "machine that crashes."),
        .remedy = N_("Choose a host whose CPU has more bits (virsh capabilities, "
                     "cpu/maxphysaddr), or give the guest less memory (virsh setmaxmem, while it "
                     "is off)."),
        .spares = "Address space limit 0x%x < 0x%x phys-bits too low (%d)",
    },
    {
        .id = "cpu-vmx-subfeatures",
        .states = STARTED,
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
        .id = "tsc-implicit",
        .states = STARTED,
        .severity = VMC_SEVERITY_WARNING,
        .check = check_tsc_implicit,
        .applies = has_loose_tsc,
        .summary = N_("the guest's TSC ticks as fast on the destination"),
        .cause = N_("A guest measures the TSC when it boots. On a CPU that ticks otherwise and "
                    "can't scale, a guest that goes by its TSC runs fast or slow."),
        .remedy = N_("Have the guest use kvm-clock (Linux: clocksource=kvm-clock) or Hyper-V's "
                     "reference time, or choose a host whose CPU can scale (virsh capabilities, "
                     "counter/@scaling)."),
        .spares = "TSC frequency mismatch between VM (%d kHz) and host (%d kHz), and TSC scaling "
                  "unavailable",
    },
    {
        .id = "cpu-pmu",
        .states = STARTED,
        .kind = VMC_NEED_TRAIT,
        .name = "pmu",
        .severity = VMC_SEVERITY_WARNING,
        .check = check_pmu,
        .summary = N_("the guest's performance counters are the same there"),
        .cause = N_("<pmu state='on'/> gives the guest its host's performance counters. Where the "
                    "destination's CPU has fewer or others, QEMU may end while it loads the "
                    "guest's state."),
        .remedy = N_("Migrate between equal CPUs, or turn it off at the next shutdown: <pmu "
                     "state='off'/> in <features> (virsh edit)."),
        .spares = "error: failed to set MSR 0x38f to 0x%x",
    },
    {
        .id = "hyperv-reenlightenment",
        .states = STARTED,
        .kind = VMC_NEED_TRAIT,
        .name = "hyperv-reenlightenment",
        .severity = VMC_SEVERITY_UNKNOWN,
        .check = check_reenlightenment,
        .only_unknown = TRUE,
        .may_not_know = TRUE,
        .summary = N_("a guest with reenlightenment has a fixed TSC frequency"),
        .cause = N_("A guest that uses reenlightenment (Hyper-V in it) is told when its TSC "
                    "changes, and KVM can't tell: QEMU takes it only when the definition names a "
                    "frequency. Whether the guest uses it, only it knows."),
        .remedy = N_("Name a frequency at the next shutdown (<timer name='tsc' frequency='HZ'/> in "
                     "<clock>), or turn reenlightenment off (virsh edit). If no Hyper-V runs in "
                     "the guest, waive this rule (--ignore hyperv-reenlightenment)."),
        .spares = "Guest enabled re-enlightenment notifications, 'tsc-frequency=' has to be "
                  "specified",
    },
    {
        .id = "cpu-other-arch",
        .states = ALL_STATES,
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
