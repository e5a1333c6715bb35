/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What virsh domcapabilities tells: read by its own grammar ("supported"
 * attributes and <enum>s on any element), so that what a newer libvirt tells
 * needs no change here.
 */
#include "derive/derive-internal.h"

#include <string.h>

/* libvirt's documents are four levels deep; hostile ones are bounded anyway. */
#define MAX_LEVEL 8

/* The values under a key; made where there are none yet. */
static GHashTable *
values_of(VmcDomcaps *domcaps, const char *path, const char *name)
{
    g_autofree char *key = g_strconcat(path, "/", name, NULL);
    GHashTable *values = g_hash_table_lookup(domcaps->enums, key);

    if (!values) {
        values = vmc_set_new();
        g_hash_table_insert(domcaps->enums, g_steal_pointer(&key), values);
    }
    return values;
}

static void
read_enum(VmcDomcaps *domcaps, const char *path, const xmlNode *node)
{
    g_autofree char *name = vmc_xml_attr(node, "name");
    GHashTable *values = name ? values_of(domcaps, path, name) : NULL;

    for (const xmlNode *value = values ? vmc_xml_child(node, "value") : NULL; value;
         value = vmc_xml_next(value, "value"))
        g_hash_table_add(values, vmc_xml_text(value));
}

/* Values that stand beside the enums: the firmware images of <loader>. */
static void
read_value(VmcDomcaps *domcaps, const char *path, const xmlNode *node)
{
    g_hash_table_add(values_of(domcaps, path, "value"), vmc_xml_text(node));
}

/* "disk", "os/loader", "features/sev", "cpu/mode[maximum]".  Launch security
 * has one key, wherever a version of libvirt puts it. */
static char *
path_of(const char *parent, const xmlNode *node)
{
    const char *name = (const char *)node->name;
    g_autofree char *mode = NULL;

    if (g_str_equal(name, "launchSecurity"))
        return g_strdup(name);
    if (g_str_equal(name, "mode"))
        mode = vmc_xml_attr(node, "name");
    if (mode)
        return g_strdup_printf("%s/mode[%s]", parent, mode);
    if (*parent == '\0' || g_str_equal(parent, "devices"))
        return g_strdup(name);
    return g_strconcat(parent, "/", name, NULL);
}

static void
read_elements(VmcDomcaps *domcaps, const char *parent, const xmlNode *node, int level)
{
    if (level > MAX_LEVEL)
        return;
    for (const xmlNode *child = vmc_xml_child(node, NULL); child;
         child = vmc_xml_next(child, NULL)) {
        g_autofree char *supported = NULL;
        g_autofree char *path = NULL;

        if (vmc_xml_is(child, "enum")) {
            read_enum(domcaps, parent, child);
            continue;
        }
        if (vmc_xml_is(child, "value")) {
            read_value(domcaps, parent, child);
            continue;
        }
        path = path_of(parent, child);
        supported = vmc_xml_attr(child, "supported");
        if (supported)
            g_hash_table_insert(domcaps->supported, g_strdup(path),
                                GINT_TO_POINTER(vmc_tristate_from_text(supported)));
        read_elements(domcaps, path, child, level + 1);
    }
}

static void
read_custom_model(VmcDomcaps *domcaps, const xmlNode *node)
{
    g_autofree char *name = vmc_xml_text(node);
    g_autofree char *usable = vmc_xml_attr(node, "usable");
    VmcCpuModel *model = NULL;

    if (!name || !*name)
        return;
    model = vmc_cpu_model_new(name);
    model->usable = usable ? vmc_tristate_from_text(usable) : VMC_UNKNOWN;
    model->deprecated = vmc_xml_attr_is(node, "deprecated", "yes");
    g_hash_table_insert(domcaps->cpu_models, g_strdup(name), model);
}

static void
read_blockers(VmcDomcaps *domcaps, const xmlNode *node)
{
    g_autofree char *name = vmc_xml_attr(node, "model");
    VmcCpuModel *model = name ? g_hash_table_lookup(domcaps->cpu_models, name) : NULL;
    g_autoptr(GStrvBuilder) features = g_strv_builder_new();

    if (!model)
        return;
    for (const xmlNode *feature = vmc_xml_child(node, "feature"); feature;
         feature = vmc_xml_next(feature, "feature")) {
        g_autofree char *feature_name = vmc_xml_attr(feature, "name");

        if (feature_name)
            g_strv_builder_add(features, feature_name);
    }
    g_strfreev(model->blockers);
    model->blockers = g_strv_builder_end(features);
}

static void
read_custom(VmcDomcaps *domcaps, const xmlNode *mode)
{
    for (const xmlNode *node = vmc_xml_child(mode, "model"); node;
         node = vmc_xml_next(node, "model"))
        read_custom_model(domcaps, node);
    for (const xmlNode *node = vmc_xml_child(mode, "blockers"); node;
         node = vmc_xml_next(node, "blockers"))
        read_blockers(domcaps, node);
}

/* The features that are written beside the model's name. */
static void
read_named(VmcDomcaps *domcaps, const xmlNode *mode)
{
    if (!domcaps->visible)
        return;
    domcaps->named = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (const xmlNode *node = vmc_xml_child(mode, "feature"); node;
         node = vmc_xml_next(node, "feature")) {
        g_autofree char *name = vmc_xml_attr(node, "name");
        g_autofree char *policy = vmc_xml_attr(node, "policy");
        VmcTristate has = g_strcmp0(policy, "disable") == 0 ? VMC_NO : VMC_YES;

        if (!name)
            continue;
        vmc_derive_apply_policy(domcaps->visible, policy, name);
        g_hash_table_insert(domcaps->named, g_steal_pointer(&name), GINT_TO_POINTER(has));
    }
}

/* What the hypervisor can enable: the host model, expanded. */
static gboolean
read_host_model(VmcDomcaps *domcaps, const xmlNode *mode, const VmcFacts *facts, GError **error)
{
    g_autoptr(GError) local_error = NULL;

    if (!vmc_xml_attr_is(mode, "supported", "yes"))
        return TRUE;
    domcaps->host_model = vmc_xml_value(mode, "model");
    domcaps->host_vendor = vmc_xml_value(mode, "vendor");
    domcaps->physbits = vmc_derive_uint(vmc_xml_child(mode, "maxphysaddr"), "bits");
    domcaps->physbits_limit = vmc_derive_uint(vmc_xml_child(mode, "maxphysaddr"), "limit");
    if (domcaps->host_model)
        domcaps->visible = vmc_derive_expansion(facts, domcaps->host_model, &local_error);
    if (local_error) {
        g_propagate_error(error, g_steal_pointer(&local_error));
        return FALSE;
    }
    read_named(domcaps, mode);
    return TRUE;
}

static gboolean
read_modes(VmcDomcaps *domcaps, const xmlNode *cpu, const VmcFacts *facts, GError **error)
{
    for (const xmlNode *mode = vmc_xml_child(cpu, "mode"); mode;
         mode = vmc_xml_next(mode, "mode")) {
        if (vmc_xml_attr_is(mode, "name", "custom"))
            read_custom(domcaps, mode);
        if (vmc_xml_attr_is(mode, "name", "host-model") &&
            !read_host_model(domcaps, mode, facts, error))
            return FALSE;
    }
    return TRUE;
}

/* ---- what it is of ---------------------------------------------------------------------- */

/* Behind @literal, or NULL. */
static const char *
expect(const char *at, const char *literal)
{
    while (g_ascii_isspace(*at))
        at++;
    return g_str_has_prefix(at, literal) ? at + strlen(literal) : NULL;
}

/* "<path>/usr/bin/qemu-system-x86_64</path>"; to behind it, or NULL. */
static const char *
take_name(const char *at, const char *element, char **ret_name)
{
    g_autofree char *open = g_strconcat("<", element, ">", NULL);
    g_autofree char *close = g_strconcat("</", element, ">", NULL);
    const char *name = expect(at, open);
    size_t length = name ? strcspn(name, "<&") : 0;
    const char *end = name ? expect(name + length, close) : NULL;

    if (end)
        *ret_name = g_strndup(name, length);
    return end;
}

/* The four of them, with room for an unusual path. */
#define LONGEST_NAMES 1024

/* libvirt tells these first and in this order: a host has many such documents, and
 * those of other machines need not be parsed.  FALSE: not as libvirt writes it. */
static gboolean
take_names(VmcDomcaps *domcaps, const VmcFacts *facts)
{
    g_autofree char *text = vmc_facts_head(facts, domcaps->fact, LONGEST_NAMES);
    const struct {
        const char *element;
        char **name;
    } names[] = {
        { "path", &domcaps->emulator },
        { "domain", &domcaps->virt_type },
        { "machine", &domcaps->machine },
        { "arch", &domcaps->arch },
    };
    const char *at = expect(text, "<domainCapabilities>");

    for (size_t i = 0; at && i < G_N_ELEMENTS(names); i++)
        at = take_name(at, names[i].element, names[i].name);
    return at != NULL;
}

static void
read_name(char **name, const xmlNode *root, const char *element)
{
    g_free(*name);
    *name = vmc_xml_value(root, element);
}

/* ---- all of it ---------------------------------------------------------------------------- */

static gboolean
read_all(VmcDomcaps *domcaps, const VmcFacts *facts, GError **error)
{
    const xmlNode *root = vmc_derive_fact(facts, domcaps->fact, "domainCapabilities", error);

    if (!root)
        return FALSE;
    read_name(&domcaps->emulator, root, "path");
    read_name(&domcaps->virt_type, root, "domain");
    read_name(&domcaps->machine, root, "machine");
    read_name(&domcaps->arch, root, "arch");
    domcaps->max_vcpus = vmc_derive_uint(vmc_xml_child(root, "vcpu"), "max");
    read_elements(domcaps, "", root, 0);
    return read_modes(domcaps, vmc_xml_child(root, "cpu"), facts, error);
}

gboolean
vmc_domcaps_read(VmcDomcaps *domcaps, const VmcFacts *facts, GError **error)
{
    if (domcaps->fact && g_once_init_enter(&domcaps->read)) {
        g_autoptr(GError) why = NULL;

        if (!read_all(domcaps, facts, &why))
            domcaps->damage = g_strdup(why->message);
        g_once_init_leave(&domcaps->read, TRUE);
    }
    if (domcaps->damage)
        g_set_error_literal(error, VMC_ERROR, VMC_ERROR_BAD_DATA, domcaps->damage);
    return !domcaps->damage;
}

VmcDomcaps *
vmc_derive_domcaps(const VmcFacts *facts, const char *fact, GError **error)
{
    VmcDomcaps *domcaps = vmc_domcaps_new();

    domcaps->fact = g_strdup(fact);
    if ((!vmc_facts_parsed(facts, fact) && take_names(domcaps, facts)) ||
        vmc_domcaps_read(domcaps, facts, error))
        return domcaps;
    vmc_domcaps_free(domcaps);
    return NULL;
}

gboolean
vmc_offer_read_domcaps(VmcOffer *offer, const VmcFacts *facts, GError **error)
{
    g_auto(GStrv) names = vmc_facts_list(facts, "host/domcapabilities/");

    for (char **name = names; *name; name++) {
        VmcDomcaps *domcaps = NULL;

        if (!g_str_has_suffix(*name, ".xml"))
            continue;
        domcaps = vmc_derive_domcaps(facts, *name, error);
        if (!domcaps)
            return FALSE;
        g_ptr_array_add(offer->domcaps, domcaps);
        offer->probed[VMC_PART_DOMCAPS] = TRUE;
    }
    return TRUE;
}

const VmcDomcaps *
vmc_derive_domcaps_for(const VmcOffer *offer, const VmcRequirement *requirement, GError **error)
{
    const VmcDomcaps *best = vmc_offer_domcaps(offer, requirement);

    if (!best || !vmc_domcaps_read((VmcDomcaps *)best, offer->facts, error))
        return NULL;
    return best;
}
