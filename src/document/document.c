/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What the facts of a document amount to: its host, its offer, its systems.
 */
#include "document/document.h"

#include <string.h>

#define HOST_TABLE "host/host.tsv"

static void
free_system(void *opaque)
{
    VmcSystem *system = opaque;

    g_free(system->folder);
    g_free(system->name);
    g_free(system->uuid);
    vmc_requirement_free(system->off);
    vmc_requirement_free(system->saved);
    vmc_requirement_free(system->live);
    g_mutex_clear(&system->lock);
    g_free(system);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC(VmcSystem, free_system)

void
vmc_document_clear(VmcDocument *document)
{
    g_clear_pointer(&document->systems, g_ptr_array_unref);
    g_clear_pointer(&document->offer, vmc_offer_free);
    g_clear_pointer(&document->facts, vmc_facts_free);
    g_clear_pointer(&document->generator, g_free);
    vmc_host_clear(&document->host);
}

/* ---- one system ------------------------------------------------------------- */

static gboolean
has_fact(const VmcFacts *facts, const char *folder, const char *name)
{
    g_autofree char *path = g_strconcat(folder, "/", name, NULL);

    return vmc_facts_has(facts, path);
}

static gboolean
has_definition(const VmcFacts *facts, const char *folder)
{
    return has_fact(facts, folder, "live.xml") || has_fact(facts, folder, "inactive.xml") ||
           has_fact(facts, folder, "saved.xml");
}

static char *
first_text(const char *first, const char *second, const char *third)
{
    const char *text = first ? first : second;

    return g_strdup(text ? text : third);
}

static VmcRequirement **
slot_of(VmcSystem *system, VmcState state)
{
    switch (state) {
    case VMC_STATE_OFF:
        return &system->off;
    case VMC_STATE_SAVED:
        return &system->saved;
    case VMC_STATE_LIVE:
        return &system->live;
    case VMC_STATE_NONE:
        break;
    }
    return NULL;
}

const VmcRequirement *
vmc_system_requirement(const VmcSystem *system, VmcState state, GError **error)
{
    VmcSystem *owner = (VmcSystem *)system;
    VmcRequirement **slot = slot_of(owner, state);
    const VmcRequirement *requirement = NULL;

    if (!slot)
        return NULL;
    g_mutex_lock(&owner->lock);
    if (!*slot && system->facts && has_definition(system->facts, system->folder))
        *slot = vmc_derive_requirement(system->facts, system->folder, state, system->host, error);
    requirement = *slot;
    g_mutex_unlock(&owner->lock);
    return requirement;
}

/* Folders made by hand have no domain.tsv; the definition names the domain. */
static gboolean
name_system(VmcSystem *system, GError **error)
{
    g_autofree char *name = vmc_facts_domain_value(system->facts, system->folder, "name");
    g_autofree char *uuid = vmc_facts_domain_value(system->facts, system->folder, "uuid");
    const VmcRequirement *off = NULL;
    GError *why = NULL;

    if (!name || !uuid)
        off = vmc_system_requirement(system, VMC_STATE_OFF, &why);
    if (why) {
        g_propagate_error(error, why);
        return FALSE;
    }
    system->name = first_text(name, off ? off->name : NULL, system->folder + strlen("domains/"));
    system->uuid = first_text(uuid, off ? off->uuid : NULL, "");
    return TRUE;
}

static VmcSystem *
system_new(const char *folder, const VmcFacts *facts, const VmcHost *host, GError **error)
{
    g_autoptr(VmcSystem) system = g_new0(VmcSystem, 1);

    g_mutex_init(&system->lock);
    system->facts = facts;
    system->host = host;
    system->folder = g_strdup(folder);
    system->enabled_state = vmc_derive_enabled_state(facts, folder);
    return name_system(system, error) ? g_steal_pointer(&system) : NULL;
}

/* ---- all of them ------------------------------------------------------------ */

static int
compare_systems(const void *a, const void *b)
{
    const VmcSystem *left = *(VmcSystem *const *)a;
    const VmcSystem *right = *(VmcSystem *const *)b;
    int order = strcmp(left->name, right->name);

    return order != 0 ? order : strcmp(left->folder, right->folder);
}

/* "domains/KEY/…" → "domains/KEY"; NULL for a stray file. */
static char *
folder_of(const char *name)
{
    const char *slash = strchr(name + strlen("domains/"), '/');

    return slash ? g_strndup(name, (gsize)(slash - name)) : NULL;
}

static gboolean
add_systems(VmcDocument *document, GError **error)
{
    g_auto(GStrv) names = vmc_facts_list(document->facts, "domains/");
    g_autofree char *last = NULL;

    for (char **name = names; *name; name++) {
        g_autofree char *folder = folder_of(*name);
        VmcSystem *system;

        if (!folder || g_strcmp0(folder, last) == 0)
            continue;
        system = system_new(folder, document->facts, &document->host, error);
        if (!system)
            return FALSE;
        g_ptr_array_add(document->systems, system);
        g_free(last);
        last = g_steal_pointer(&folder);
    }
    g_ptr_array_sort(document->systems, compare_systems);
    return TRUE;
}

static gboolean
is_offer(const VmcFacts *facts)
{
    g_autofree char *told = vmc_facts_value(facts, HOST_TABLE, "offer");

    return g_strcmp0(told, "yes") == 0;
}

static gboolean
derive_all(VmcDocument *document, GError **error)
{
    if (!vmc_derive_host(document->facts, &document->host, error))
        return FALSE;
    if (is_offer(document->facts)) {
        document->offer = vmc_derive_offer(document->facts, error);
        if (!document->offer)
            return FALSE;
    }
    return add_systems(document, error);
}

VmcDocument *
vmc_document_new_unchecked(VmcFacts *facts, GError **error)
{
    VmcDocument *document = g_atomic_rc_box_new0(VmcDocument);

    document->facts = facts;
    document->systems = g_ptr_array_new_with_free_func(free_system);
    if (derive_all(document, error))
        return document;
    g_atomic_rc_box_release_full(document, (GDestroyNotify)vmc_document_clear);
    return NULL;
}

/* A damaged definition spoils the document it stands in; each is looked at as
 * what the system is, and one in transition as off. */
static gboolean
check_definitions(const VmcDocument *document, GError **error)
{
    for (size_t i = 0; i < document->systems->len; i++) {
        const VmcSystem *system = document->systems->pdata[i];
        VmcState state = vmc_enabled_state_class(system->enabled_state);
        GError *why = NULL;

        vmc_system_requirement(system, state == VMC_STATE_NONE ? VMC_STATE_OFF : state, &why);
        if (why) {
            g_propagate_error(error, why);
            return FALSE;
        }
    }
    return TRUE;
}

VmcDocument *
vmc_document_new(VmcFacts *facts, GError **error)
{
    VmcDocument *document = vmc_document_new_unchecked(facts, error);

    if (!document || check_definitions(document, error))
        return document;
    g_atomic_rc_box_release_full(document, (GDestroyNotify)vmc_document_clear);
    return NULL;
}

void
vmc_document_set_offer(VmcFacts *facts, gboolean offer)
{
    g_autoptr(GPtrArray) rows = vmc_facts_rows(facts, HOST_TABLE, 2);

    if (!rows && !offer)
        return;
    vmc_facts_set(facts, HOST_TABLE, "");
    for (size_t i = 0; rows && i < rows->len; i++) {
        const char *const *row = rows->pdata[i];
        if (strcmp(row[0], "offer") != 0)
            vmc_facts_add_row(facts, HOST_TABLE, 2, row);
    }
    if (offer)
        vmc_facts_add_row(facts, HOST_TABLE, 2, (const char *[]){ "offer", "yes" });
}

/* ---- parts ------------------------------------------------------------------ */

/* @folder: NULL: of the host alone. */
static VmcFacts *
part_of(const VmcFacts *facts, const char *folder, gboolean offer)
{
    VmcFacts *kept = vmc_facts_new();
    g_autofree char *prefix = folder ? g_strconcat(folder, "/", NULL) : NULL;

    vmc_facts_copy(facts, "host/", kept);
    if (prefix)
        vmc_facts_copy(facts, prefix, kept);
    vmc_document_set_offer(kept, offer);
    return kept;
}

VmcFacts *
vmc_document_system_facts(const VmcFacts *facts, const VmcSystem *system)
{
    return part_of(facts, system->folder, FALSE);
}

VmcFacts *
vmc_document_offer_facts(const VmcFacts *facts)
{
    return part_of(facts, NULL, TRUE);
}
