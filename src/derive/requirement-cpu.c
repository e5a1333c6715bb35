/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The guest's CPU: what is written, and what the guest sees.
 */
#include "derive/derive-internal.h"

static void
read_features(VmcCpu *cpu, const xmlNode *node)
{
    for (const xmlNode *child = vmc_xml_child(node, "feature"); child;
         child = vmc_xml_next(child, "feature")) {
        g_autofree char *name = vmc_xml_attr(child, "name");
        g_autofree char *policy = vmc_xml_attr(child, "policy");
        VmcCpuFeature *feature = NULL;

        if (!name)
            continue;
        feature = g_new0(VmcCpuFeature, 1);
        feature->name = g_steal_pointer(&name);
        feature->policy = policy ? g_steal_pointer(&policy) : g_strdup("require");
        g_ptr_array_add(cpu->features, feature);
    }
}

/* What the user wrote is what stands in the definition for the next start; where
 * the CPU that is read (@node) travels beside a definition, in that. */
static void
mark_users_own(VmcReading *reading, const xmlNode *node)
{
    const VmcCpu *cpu = &reading->req->cpu;
    const xmlNode *own = vmc_xml_child(reading->domain, "cpu");
    const xmlNode *source = reading->written ? reading->written : reading->domain;
    gboolean known = reading->written || node != own;
    const xmlNode *written = known ? vmc_xml_child(source, "cpu") : NULL;
    g_autoptr(GHashTable) names = vmc_set_new();

    for (const xmlNode *child = vmc_xml_child(written, "feature"); child;
         child = vmc_xml_next(child, "feature")) {
        char *name = vmc_xml_attr(child, "name");

        if (name)
            g_hash_table_add(names, name);
    }
    for (size_t i = 0; i < cpu->features->len; i++) {
        VmcCpuFeature *feature = cpu->features->pdata[i];

        if (reading->req->state == VMC_STATE_OFF || g_hash_table_contains(names, feature->name))
            feature->by_user = VMC_YES;
        else
            feature->by_user = known ? VMC_NO : VMC_UNKNOWN;
    }
}

/* 0: no topology written, or one that can't be. */
static unsigned int
per_socket(const xmlNode *topology)
{
    static const char *const levels[] = { "dies", "clusters", "cores", "threads" };
    guint64 product = topology ? 1 : 0;

    for (size_t i = 0; i < G_N_ELEMENTS(levels); i++) {
        unsigned int value = vmc_derive_uint(topology, levels[i]);

        product = MIN(product * (value > 0 ? value : 1), G_MAXUINT);
    }
    return (unsigned int)product;
}

static void
read_written(VmcCpu *cpu, const xmlNode *node)
{
    const xmlNode *physbits = vmc_xml_child(node, "maxphysaddr");
    g_autofree char *migratable = vmc_xml_attr(node, "migratable");

    cpu->mode = vmc_xml_attr(node, "mode");
    if (!cpu->mode)
        cpu->mode = g_strdup("custom");
    cpu->match = vmc_xml_attr(node, "match");
    cpu->check = vmc_xml_attr(node, "check");
    cpu->model = vmc_xml_value(node, "model");
    cpu->fallback = vmc_xml_value(node, "model/@fallback");
    cpu->vendor = vmc_xml_value(node, "vendor");
    cpu->migratable = migratable ? vmc_tristate_from_text(migratable) : VMC_UNKNOWN;
    cpu->physbits_mode = vmc_xml_attr(physbits, "mode");
    cpu->physbits = vmc_derive_uint(physbits, "bits");
    cpu->physbits_limit = vmc_derive_uint(physbits, "limit");
    cpu->vcpus_per_socket = per_socket(vmc_xml_child(node, "topology"));
    read_features(cpu, node);
}

/* 0: another hypervisor's; else the better the higher. */
static int
fit_of(const VmcDomcaps *domcaps, const VmcRequirement *req)
{
    if (g_strcmp0(domcaps->arch, req->arch) != 0 ||
        g_strcmp0(domcaps->virt_type, req->virt_type) != 0)
        return 0;
    if (g_strcmp0(domcaps->emulator, req->emulator) != 0)
        return req->emulator && domcaps->emulator ? 0 : 1;
    return g_strcmp0(domcaps->machine, req->machine) == 0 ? 3 : 2;
}

/* Takes what @domcaps gives where it fits better than what did before. */
static gboolean
take_better(VmcReading *reading, VmcDomcaps *domcaps, int *best, GError **error)
{
    int fit = fit_of(domcaps, reading->req);
    VmcCpu *cpu = &reading->req->cpu;

    if (fit <= *best)
        return TRUE;
    if (!vmc_domcaps_read(domcaps, reading->facts, error))
        return FALSE;
    if (!domcaps->visible)
        return TRUE;
    *best = fit;
    g_clear_pointer(&cpu->visible, g_hash_table_unref);
    cpu->visible = g_steal_pointer(&domcaps->visible);
    return TRUE;
}

/* What the source gives to a guest that takes all there is. */
static gboolean
take_all(VmcReading *reading, GError **error)
{
    g_auto(GStrv) names = vmc_facts_list(reading->facts, "host/domcapabilities/");
    int best = 0;

    for (char **name = names; *name && best < 3; name++) {
        VmcDomcaps *domcaps = NULL;
        gboolean taken = FALSE;

        if (!g_str_has_suffix(*name, ".xml"))
            continue;
        domcaps = vmc_derive_domcaps(reading->facts, *name, error);
        taken = domcaps && take_better(reading, domcaps, &best, error);
        vmc_domcaps_free(domcaps);
        if (!taken)
            return FALSE;
    }
    return TRUE;
}

static gboolean
expand_model(VmcReading *reading, GError **error)
{
    VmcCpu *cpu = &reading->req->cpu;
    g_autoptr(GError) local_error = NULL;

    cpu->visible = vmc_derive_expansion(reading->facts, cpu->model, &local_error);
    if (!local_error)
        return TRUE;
    g_propagate_error(error, g_steal_pointer(&local_error));
    return FALSE;
}

/* What the image's XML says was not expanded, unless it says so. */
static gboolean
is_hidden_in_image(const VmcRequirement *req)
{
    return req->state == VMC_STATE_SAVED && g_strcmp0(req->cpu.check, "full") != 0;
}

/* A host-model that is not expanded yet, or no longer, tells nothing; nor does
 * a guest that takes all there is once it starts anew. */
static gboolean
find_visible(VmcReading *reading, GError **error)
{
    const VmcCpu *cpu = &reading->req->cpu;

    if (g_str_equal(cpu->mode, "custom") && is_hidden_in_image(reading->req))
        return TRUE;
    if (g_str_equal(cpu->mode, "custom"))
        return cpu->model ? expand_model(reading, error) : TRUE;
    if (reading->req->state == VMC_STATE_OFF || g_str_equal(cpu->mode, "host-model"))
        return TRUE;
    return take_all(reading, error);
}

/* The CPU that travels beside the definition, where somebody could tell it: in the
 * saved image's cookie, or in the migration's. */
static gboolean
read_seen_cpu(const VmcReading *reading, const xmlNode **node, GError **error)
{
    gboolean saved = reading->req->state == VMC_STATE_SAVED;
    g_autofree char *name =
        g_strconcat(reading->folder, saved ? "/saved-cpu.xml" : "/live-cpu.xml", NULL);

    if (reading->req->state == VMC_STATE_OFF || !vmc_facts_has(reading->facts, name))
        return TRUE;
    *node = vmc_derive_fact(reading->facts, name, "cpu", error);
    return *node != NULL;
}

/* QEMU drops in silence what a guest asks for beside all that there is, where there is no such
 * thing: libvirt compares nothing then. */
static gboolean
is_dropped(const VmcCpu *cpu, const VmcCpuFeature *feature)
{
    gboolean takes_all =
        g_str_equal(cpu->mode, "host-passthrough") || g_str_equal(cpu->mode, "maximum");

    return takes_all && !g_hash_table_contains(cpu->visible, feature->name);
}

gboolean
vmc_reading_cpu(VmcReading *reading, GError **error)
{
    VmcCpu *cpu = &reading->req->cpu;
    const xmlNode *node = vmc_xml_child(reading->domain, "cpu");

    if (!read_seen_cpu(reading, &node, error))
        return FALSE;
    if (!node)
        return TRUE;
    read_written(cpu, node);
    mark_users_own(reading, node);
    if (!find_visible(reading, error))
        return FALSE;
    for (size_t i = 0; cpu->visible && i < cpu->features->len; i++) {
        const VmcCpuFeature *feature = cpu->features->pdata[i];

        if (!is_dropped(cpu, feature))
            vmc_derive_apply_policy(cpu->visible, feature->policy, feature->name);
    }
    return TRUE;
}
