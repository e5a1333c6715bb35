/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The guest in a saved image that no domain of the host need know of.
 */
#include "collect/collect-guest.h"
#include "model/error.h"

typedef struct {
    VmcGuestAsk *ask;
    const char *file;
    char *folder, *name, *uuid, *arch;
} Saved;

static void
saved_clear(Saved *saved)
{
    g_free(saved->folder);
    g_free(saved->name);
    g_free(saved->uuid);
    g_free(saved->arch);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Saved, saved_clear)

static gboolean
read_identity(Saved *saved, const xmlNode *domain, GError **error)
{
    g_autofree char *key = NULL;

    saved->name = vmc_xml_text(vmc_xml_child(domain, "name"));
    saved->uuid = vmc_xml_text(vmc_xml_child(domain, "uuid"));
    saved->arch = vmc_xml_attr(vmc_xml_path(domain, "os/type"), "arch");
    if (!vmc_xml_is(domain, "domain") || !saved->name || !*saved->name) {
        g_set_error(error, VMC_ERROR, VMC_ERROR_BAD_DATA,
                    _("saved image '%s': it holds no definition of a domain"), saved->file);
        return FALSE;
    }
    key = vmc_facts_key(saved->name);
    saved->folder = g_strconcat("domains/", key, NULL);
    return TRUE;
}

/* Nothing is known of a domain beside the image; that there is a saved definition
 * makes it a saved one. */
static void
write_facts(const Saved *saved, const char *xml)
{
    VmcFacts *facts = saved->ask->facts;
    g_autofree char *table = g_strconcat(saved->folder, "/domain.tsv", NULL);
    g_autofree char *definition = g_strconcat(saved->folder, "/saved.xml", NULL);
    g_autofree char *state = g_strdup_printf("%d", VIR_DOMAIN_SHUTOFF);

    vmc_facts_set(facts, table, "");
    vmc_collect_value(facts, table, "name", saved->name);
    vmc_collect_value(facts, table, "uuid", saved->uuid);
    vmc_collect_value(facts, table, "state", state);
    vmc_collect_value(facts, table, "job", "none");
    vmc_facts_set(facts, definition, xml);
}

static gboolean
add_image(VmcGuestAsk *ask, const char *file, const VmcSavedImage *image, GError **error)
{
    g_auto(Saved) saved = { .ask = ask, .file = file };
    g_autoptr(xmlDoc) doc = vmc_xml_parse(image->xml, -1, VMC_MAX_XML, file, error);
    const xmlNode *domain = doc ? xmlDocGetRootElement(doc) : NULL;

    if (!doc || !read_identity(&saved, domain, error))
        return FALSE;
    write_facts(&saved, image->xml);
    if (image->was_read)
        vmc_guest_image_format(ask->facts, saved.folder, image->format);
    if (ask->conn && (!vmc_guest_storage(ask, saved.folder, domain, error) ||
                      !vmc_guest_cpu(ask, image->xml, TRUE, error)))
        return FALSE;
    return vmc_guest_cookie_cpu(ask, image->cookie, saved.folder,
                                saved.arch ? saved.arch : "x86_64", error);
}

static gboolean
collect_from_file(const char *file, VmcFacts *facts, GError **error)
{
    g_auto(VmcSavedImage) image = { 0 };
    VmcGuestAsk ask = { .facts = facts };
    g_autofree char *now = g_strdup_printf("%" G_GINT64_FORMAT, g_get_real_time() / G_USEC_PER_SEC);

    if (!vmc_saved_image_read(file, &image, error) || !add_image(&ask, file, &image, error))
        return FALSE;
    vmc_collect_value(facts, "host/host.tsv", "time", now);
    vmc_collect_missing_expansions(facts);
    return TRUE;
}

gboolean
vmc_collect_saved_image(virConnectPtr conn, const char *file, VmcFacts *facts, GError **error)
{
    g_auto(VmcSavedImage) image = { 0 };
    g_auto(VmcGuestAsk) ask = { 0 };

    if (!conn)
        return collect_from_file(file, facts, error);
    vmc_guest_ask_init(&ask, conn, facts);
    if (!vmc_collect_source(conn, facts, error))
        return FALSE;
    /* What can't be read here leaves the CPU to what the definition says. */
    if (ask.local)
        vmc_saved_image_read(file, &image, NULL);
    g_free(image.xml);
    image.xml = virDomainSaveImageGetXMLDesc(conn, file, 0);
    if (!image.xml) {
        vmc_virt_set_error(error, _("saved image '%s': "), file);
        return FALSE;
    }
    return add_image(&ask, file, &image, error);
}
