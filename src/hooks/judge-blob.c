/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The blob that travels in the guest's metadata (derive/embedded.h).  What arrives
 * is the definition; the blob is asked for what no definition says, the CPU that the
 * running guest sees, and where that is from.
 *
 * It comes from whoever sends the definition, and anybody may have put it there some
 * time ago: it counts only where it is of this guest, running, and of the definition
 * that arrives, in all that stays the same as long as a guest runs.  It can add to
 * what is asked of this host, and take nothing from what the definition asks.
 */
#include "hooks/judge.h"

#include "derive/derive.h"
#include "derive/embedded.h"
#include "document/document.h"
#include "document/embedded-blob.h"

#include <string.h>

/* A host's facts and one guest's are some ten thousand bytes. */
#define MAX_PAYLOAD VMC_MAX_XML

static char *
differs(const char *what, const char *there, const char *here)
{
    return g_strdup_printf(
        _("the blob in its metadata is of another definition: %1$s is '%2$s' there, '%3$s' here"),
        what, there ? there : "", here ? here : "");
}

/* ---- the same guest, and the same run --------------------------------------------------- */

static char *
text_at(const xmlNode *domain, const char *path, const char *attribute, const char *otherwise)
{
    const xmlNode *node = *path ? vmc_xml_path(domain, path) : domain;
    char *text = attribute ? vmc_xml_attr(node, attribute) : vmc_xml_text(node);

    return text ? text : g_strdup(otherwise);
}

/* What no running guest can change. */
static const struct {
    const char *path, *attribute;
    const char *otherwise; /* what it is where it is not written */
} lasting[] = {
    { "", "type", "" },
    { "os/type", "arch", "" },
    { "os/type", "machine", "" },
    { "vcpu", NULL, "1" },
    { "cpu", "mode", "custom" },
    { "cpu/topology", "sockets", "1" },
    { "cpu/topology", "dies", "1" },
    { "cpu/topology", "clusters", "1" },
    { "cpu/topology", "cores", "1" },
    { "cpu/topology", "threads", "1" },
    { "cpu", "migratable", "on" },
    { "cpu/maxphysaddr", "mode", "" },
    { "cpu/maxphysaddr", "bits", "" },
};

/* A host-model becomes a CPU of its own at the start. */
static gboolean
is_expanded(const char *here, const char *there)
{
    return g_str_equal(here, "host-model") && g_str_equal(there, "custom");
}

static char *
compare_lasting(const xmlNode *here, const xmlNode *there)
{
    for (size_t i = 0; i < G_N_ELEMENTS(lasting); i++) {
        const char *attribute = lasting[i].attribute;
        g_autofree char *ours = text_at(here, lasting[i].path, attribute, lasting[i].otherwise);
        g_autofree char *theirs = text_at(there, lasting[i].path, attribute, lasting[i].otherwise);
        g_autofree char *what = NULL;

        if (g_str_equal(ours, theirs) || is_expanded(ours, theirs))
            continue;
        what = g_strconcat(*lasting[i].path ? lasting[i].path : "domain", attribute ? "/@" : "",
                           attribute, NULL);
        return differs(what, theirs, ours);
    }
    return NULL;
}

static const xmlNode *
find_feature(const xmlNode *cpu, const char *name)
{
    const xmlNode *node = vmc_xml_child(cpu, "feature");

    while (node && !vmc_xml_attr_is(node, "name", name))
        node = vmc_xml_next(node, "feature");
    return node;
}

/* QEMU turns features on and off at the start, and libvirt notes it; it drops none,
 * and what is forbidden stays so. */
static char *
compare_features(const xmlNode *here, const xmlNode *there)
{
    for (const xmlNode *node = vmc_xml_child(here, "feature"); node;
         node = vmc_xml_next(node, "feature")) {
        g_autofree char *name = vmc_xml_attr(node, "name");
        const xmlNode *other = name ? find_feature(there, name) : NULL;
        gboolean forbidden = vmc_xml_attr_is(node, "policy", "forbid");

        if (!other)
            return differs("cpu/feature", "", name);
        if (forbidden && !vmc_xml_attr_is(other, "policy", "forbid"))
            return differs("cpu/feature/@policy", "", "forbid");
    }
    return NULL;
}

/* A name that is written here stays; one may come at the start. */
static char *
compare_named(const xmlNode *here, const xmlNode *there, const char *name)
{
    g_autofree char *ours = vmc_xml_text(vmc_xml_path(here, name));
    g_autofree char *theirs = vmc_xml_text(vmc_xml_path(there, name));

    return !ours || !*ours || g_strcmp0(ours, theirs) == 0 ? NULL : differs(name, theirs, ours);
}

static char *
compare(const xmlNode *here, const xmlNode *there)
{
    char *why = compare_lasting(here, there);

    if (!why)
        why = compare_named(here, there, "cpu/model");
    if (!why)
        why = compare_named(here, there, "cpu/vendor");
    return why ? why : compare_features(vmc_xml_child(here, "cpu"), vmc_xml_child(there, "cpu"));
}

/* ---- what is in it ------------------------------------------------------------------------ */

/* The live definition of @guest, which @facts own; NULL: *@ret_why says why not. */
static const xmlNode *
find_live(const VmcFacts *facts, const xmlNode *guest, char **ret_why)
{
    g_autofree char *uuid = vmc_xml_text(vmc_xml_child(guest, "uuid"));
    g_auto(GStrv) names = vmc_facts_list(facts, "domains/");
    const xmlNode *found = NULL;

    for (char **name = names; *name && !found; name++)
        found =
            g_str_has_suffix(*name, "/live.xml") ? vmc_derive_fact(facts, *name, NULL, NULL) : NULL;
    if (found) {
        g_autofree char *theirs = vmc_xml_text(vmc_xml_child(found, "uuid"));

        if (uuid && theirs && g_ascii_strcasecmp(uuid, theirs) == 0)
            return found;
        *ret_why = g_strdup(_("the blob in its metadata is of another guest"));
    } else {
        *ret_why = g_strdup(_("the blob in its metadata was made before the guest was started"));
    }
    return NULL;
}

static VmcFacts *
read_blob(const xmlNode *guest, GError **error)
{
    g_autoptr(GBytes) blob = vmc_embedded_blob_of(guest, error);
    g_autoptr(GBytes) payload = blob ? vmc_blob_unwrap_small(blob, MAX_PAYLOAD, error) : NULL;

    return payload ? vmc_facts_from_xml(payload, NULL, error) : NULL;
}

/* What the guest's model means on the source, should this host not say; and what the
 * source gives to a guest that takes all there is. */
static void
copy_parts(const VmcFacts *from, const xmlNode *cpu, VmcFacts *to)
{
    g_autofree char *model = vmc_xml_text(vmc_xml_child(cpu, "model"));
    g_autofree char *key = model ? vmc_facts_key(model) : NULL;
    g_autofree char *expansion = key ? g_strdup_printf("host/cpu-expansions/%s.xml", key) : NULL;

    vmc_facts_copy(from, expansion ? expansion : "host/domcapabilities/", to);
}

/* The host that the blob was made on.  Nothing tells that it is the one that sends the
 * guest now, so that its settings are left out. */
static VmcHost
read_host(const VmcFacts *facts)
{
    VmcHost host = { 0 };

    if (!vmc_derive_host(facts, &host, NULL))
        return host;
    g_clear_pointer(&host.uuid, g_free);
    g_clear_pointer(&host.uri, g_free);
    g_clear_pointer(&host.type, g_free);
    g_clear_pointer(&host.lock_manager, g_free);
    host.tls_only = VMC_UNKNOWN;
    host.page_kib = 0;
    return host;
}

/* A CPU that was compared in full already is what the guest sees, and in that the
 * definition is right. */
static void
take_cpu(HookBlob *blob, const VmcFacts *facts, xmlNode *cpu, const char *name, VmcFacts *to)
{
    copy_parts(facts, cpu, to);
    blob->has_cpu = TRUE;
    vmc_facts_set_parsed(to, name, vmc_xml_extract(cpu), &vmc_xml_form);
}

static void
read_parts(
    HookBlob *blob, const VmcFacts *facts, const xmlNode *guest, const char *cpu_fact, VmcFacts *to)
{
    const xmlNode *live = find_live(facts, guest, &blob->why_not);
    const xmlNode *own = vmc_xml_child(guest, "cpu");
    xmlNode *cpu = vmc_xml_child(live, "cpu");

    if (live)
        blob->why_not = compare(guest, live);
    if (blob->why_not)
        return;
    blob->host = read_host(facts);
    if (own && cpu && !vmc_xml_attr_is(own, "check", "full"))
        take_cpu(blob, facts, cpu, cpu_fact, to);
}

void
hook_blob_read(HookBlob *blob, const xmlNode *guest, const char *cpu_fact, VmcFacts *to)
{
    g_autoptr(GError) why = NULL;
    g_autoptr(VmcFacts) facts = read_blob(guest, &why);

    if (facts)
        read_parts(blob, facts, guest, cpu_fact, to);
    else if (why)
        blob->why_not =
            g_strdup_printf(_("the blob in its metadata can't be used: %s"), why->message);
    else
        blob->why_not = g_strdup(_("there is no blob in its metadata"));
}
