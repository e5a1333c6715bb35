/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * CPU models as sets of features.
 */
#include "derive/derive-internal.h"

#include <string.h>

#define EXPANSIONS "host/cpu-expansions/"

static const xmlDoc *
parse_fact(const VmcFacts *facts, const char *fact, GError **error)
{
    const xmlDoc *kept = vmc_facts_parsed(facts, fact);
    const char *text = kept ? NULL : vmc_facts_get(facts, fact);
    xmlDoc *doc = text ? vmc_xml_parse_to_read(text, fact, error) : NULL;

    return doc ? vmc_facts_keep_parsed(facts, fact, doc, &vmc_xml_form) : kept;
}

static void
set_root_error(GError **error, const char *fact, const char *found, const char *needed)
{
    g_set_error(error, VMC_ERROR, VMC_ERROR_BAD_DATA,
                _("%1$s: the XML's first element is '%2$s', not '%3$s'"), fact, found, needed);
}

const xmlNode *
vmc_derive_fact(const VmcFacts *facts, const char *fact, const char *name, GError **error)
{
    const xmlDoc *doc = parse_fact(facts, fact, error);
    const xmlNode *root = doc ? xmlDocGetRootElement(doc) : NULL;

    if (!root || !name || vmc_xml_is(root, name))
        return root;
    set_root_error(error, fact, (const char *)root->name, name);
    return NULL;
}

char *
vmc_derive_expansion_name(const char *model)
{
    g_autofree char *key = vmc_facts_key(model);

    return g_strconcat(EXPANSIONS, key, ".xml", NULL);
}

void
vmc_derive_apply_policy(GHashTable *features, const char *policy, const char *name)
{
    if (!policy || g_str_equal(policy, "require") || g_str_equal(policy, "force"))
        g_hash_table_add(features, g_strdup(name));
    else if (g_str_equal(policy, "disable") || g_str_equal(policy, "forbid"))
        g_hash_table_remove(features, name);
}

typedef struct {
    char *root;
    GHashTable *features;
} Expansion;

static void
expansion_clear(Expansion *expansion)
{
    g_free(expansion->root);
    g_clear_pointer(&expansion->features, g_hash_table_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Expansion, expansion_clear)

static void
read_feature(const VmcXmlElement *element, void *opaque)
{
    Expansion *expansion = opaque;
    g_autofree char *name = NULL;
    g_autofree char *policy = NULL;

    if (element->depth == 0)
        expansion->root = g_strdup(element->name);
    if (element->depth != 1 || !g_str_equal(element->name, "feature"))
        return;
    name = vmc_xml_element_attr(element, "name");
    policy = vmc_xml_element_attr(element, "policy");
    if (name)
        vmc_derive_apply_policy(expansion->features, policy, name);
}

/* What virsh cpu-baseline prints; several documents would be a fact of another
 * kind.  An expansion that names no feature expands nothing. */
GHashTable *
vmc_derive_expansion(const VmcFacts *facts, const char *model, GError **error)
{
    g_autofree char *fact = vmc_derive_expansion_name(model);
    const char *text = vmc_facts_get(facts, fact);
    g_auto(Expansion) expansion = { .features = vmc_set_new() };

    if (!text || !vmc_xml_foreach(text, fact, read_feature, &expansion, error))
        return NULL;
    if (g_strcmp0(expansion.root, "cpu") != 0) {
        set_root_error(error, fact, expansion.root, "cpu");
        return NULL;
    }
    if (g_hash_table_size(expansion.features) == 0)
        return NULL;
    return g_steal_pointer(&expansion.features);
}

static void
want(GHashTable *wanted, const VmcFacts *facts, const char *model)
{
    g_autofree char *name = vmc_derive_expansion_name(model);

    if (*model && !vmc_facts_has(facts, name))
        g_hash_table_add(wanted, g_strdup(model));
}

/* A damaged fact is told where it is derived; here it asks for nothing. */
static void
want_of_fact(GHashTable *wanted, const VmcFacts *facts, const char *fact)
{
    const xmlNode *root = vmc_derive_fact(facts, fact, NULL, NULL);
    const xmlNode *cpu = vmc_xml_child(root, "cpu");
    g_autofree char *model = NULL;

    if (vmc_xml_is(root, "cpu")) /* of a saved image */
        model = vmc_xml_value(root, "model");
    else if (vmc_xml_is(root, "capabilities"))
        model = vmc_xml_value(vmc_xml_path(root, "host/cpu"), "model");
    else
        model = vmc_xml_value(cpu, "model");
    if (model && !vmc_xml_is(root, "domainCapabilities"))
        want(wanted, facts, model);
    for (const xmlNode *mode = vmc_xml_child(cpu, "mode"); mode;
         mode = vmc_xml_next(mode, "mode")) {
        g_autofree char *host_model = NULL;

        if (vmc_xml_attr_is(mode, "name", "host-model"))
            host_model = vmc_xml_value(mode, "model");
        if (host_model)
            want(wanted, facts, host_model);
    }
}

char **
vmc_derive_models_wanted(const VmcFacts *facts)
{
    static const char *const folders[] = { "host/capabilities.xml", "host/domcapabilities/",
                                           "domains/" };
    g_autoptr(GHashTable) wanted = vmc_set_new();
    g_autofree char **sorted = NULL;
    g_autoptr(GStrvBuilder) names = g_strv_builder_new();

    for (size_t i = 0; i < G_N_ELEMENTS(folders); i++) {
        g_auto(GStrv) facts_there = vmc_facts_list(facts, folders[i]);

        for (char **fact = facts_there; *fact; fact++) {
            if (g_str_has_suffix(*fact, ".xml"))
                want_of_fact(wanted, facts, *fact);
        }
    }
    sorted = vmc_set_sorted(wanted);
    for (char **name = sorted; *name; name++)
        g_strv_builder_add(names, *name);
    return g_strv_builder_end(names);
}
