/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Public calls that store blobs in the metadata of domains.
 */
#include "collect/collect.h"
#include "derive/embedded.h"
#include "document/embedded-blob.h"
#include "lib/lib.h"

#include <vmcompat/vmcompat-libvirt.h>

#include <libvirt/virterror.h>

typedef struct {
    unsigned int flags;
    VmcEmbedFunc told;
    void *opaque;
} Embed;

/* *@ret_written is left alone where nothing had to be done. */
static gboolean
store(const Embed *embed,
      virDomainPtr domain,
      gboolean live,
      const char *element,
      gboolean *ret_written,
      GError **error)
{
    g_autoptr(GError) why = NULL;
    g_autofree char *before = NULL;

    if (!element || (embed->flags & VMC_EMBED_CHANGED))
        before = vmc_collect_embedded(domain, live, &why);
    if (why) {
        g_propagate_error(error, g_steal_pointer(&why));
        return FALSE;
    }
    if (!element ? !before : before && vmc_embedded_same(before, element))
        return TRUE;
    if (!vmc_collect_embed(domain, live, element, error))
        return FALSE;
    *ret_written = TRUE;
    return TRUE;
}

static char *
element_of(const VmcDocument *document, GError **error)
{
    g_autoptr(GBytes) armor = vmc_document_to_blob(document, VMC_BLOB_ARMOR, error);
    g_autofree char *digest = vmc_document_digest(document);
    g_autofree char *text = NULL;
    size_t size = 0;
    const char *data = armor ? g_bytes_get_data(armor, &size) : NULL;

    if (!armor)
        return NULL;
    text = g_strndup(data, size);
    return vmc_embedded_element(document, digest, text);
}

/* What the configuration of a running domain is given; NULL without @error: it
 * has none. */
static char *
element_when_off(const VmcDocument *document, GError **error)
{
    VmcFacts *facts = vmc_embedded_facts_when_off(document);
    g_autoptr(VmcDocument) off = facts ? vmc_document_new(facts, error) : NULL;

    return off ? element_of(off, error) : NULL;
}

static gboolean
embed_active(const Embed *embed,
             virDomainPtr domain,
             const VmcDocument *document,
             gboolean *ret_written,
             GError **error)
{
    g_autoptr(GError) why = NULL;
    g_autofree char *element = element_of(document, &why);
    g_autofree char *off = why ? NULL : element_when_off(document, &why);

    if (why) {
        g_propagate_error(error, g_steal_pointer(&why));
        return FALSE;
    }
    if (!store(embed, domain, TRUE, element, ret_written, error))
        return FALSE;
    return !off || store(embed, domain, FALSE, off, ret_written, error);
}

static gboolean
embed_document(const Embed *embed, virDomainPtr domain, gboolean *ret_written, GError **error)
{
    g_autoptr(VmcDocument) document = vmc_document_from_domain(domain, 0, error);
    g_autofree char *element = NULL;

    if (!document)
        return FALSE;
    if (virDomainIsActive(domain) == 1)
        return embed_active(embed, domain, document, ret_written, error);
    element = element_of(document, error);
    return element && store(embed, domain, FALSE, element, ret_written, error);
}

static gboolean
remove_from(const Embed *embed, virDomainPtr domain, gboolean *ret_written, GError **error)
{
    if (virDomainIsActive(domain) == 1 && !store(embed, domain, TRUE, NULL, ret_written, error))
        return FALSE;
    return virDomainIsPersistent(domain) != 1 ||
           store(embed, domain, FALSE, NULL, ret_written, error);
}

static gboolean
embed_one(const Embed *embed, virDomainPtr domain, GError **error)
{
    gboolean written = FALSE;
    gboolean ok = embed->flags & VMC_EMBED_REMOVE ? remove_from(embed, domain, &written, error)
                                                  : embed_document(embed, domain, &written, error);

    if (ok && written && embed->told)
        embed->told(virDomainGetName(domain), NULL, embed->opaque);
    return ok;
}

/* FALSE: the connection is lost. */
static gboolean
embed_or_tell(const Embed *embed, virDomainPtr domain, GError **error)
{
    g_autoptr(GError) why = NULL;

    if (embed_one(embed, domain, &why) || g_error_matches(why, VMC_VIRT_ERROR, VIR_ERR_NO_DOMAIN))
        return TRUE;
    if (g_error_matches(why, VMC_ERROR, VMC_ERROR_NOT_AVAILABLE)) {
        g_propagate_error(error, g_steal_pointer(&why));
        return FALSE;
    }
    if (embed->told)
        embed->told(virDomainGetName(domain), why, embed->opaque);
    return TRUE;
}

static gboolean
embed_all(const Embed *embed, virConnectPtr conn, GError **error)
{
    g_autoptr(GPtrArray) domains = vmc_collect_all(conn, error);

    for (guint i = 0; domains && i < domains->len; i++) {
        if (!embed_or_tell(embed, domains->pdata[i], error))
            return FALSE;
    }
    return domains != NULL;
}

gboolean
vmc_embed(virConnectPtr conn,
          const char *computer_system,
          unsigned int flags,
          VmcEmbedFunc told,
          void *opaque,
          GError **error)
{
    Embed embed = { flags, told, opaque };
    VMC_AUTO_VIR(virDomain) domain = NULL;

    g_return_val_if_fail(conn != NULL, FALSE);
    if (vmc_refuse_flags(flags, VMC_EMBED_REMOVE | VMC_EMBED_CHANGED, error))
        return FALSE;
    if (!computer_system)
        return embed_all(&embed, conn, error);
    domain = vmc_collect_lookup(conn, computer_system, error);
    return domain && embed_one(&embed, domain, error);
}

gboolean
vmc_embed_watch(virConnectPtr conn, VmcEmbedFunc told, void *opaque, GError **error)
{
    Embed embed = { VMC_EMBED_CHANGED, told, opaque };
    g_autoptr(VmcWatch) watch = NULL;

    g_return_val_if_fail(conn != NULL, FALSE);
    /* First the events: what starts while all are gone through is not missed. */
    watch = vmc_watch_start(conn, error);
    if (!watch || !embed_all(&embed, conn, error))
        return FALSE;
    for (;;) {
        VMC_AUTO_VIR(virDomain) domain = vmc_watch_next(watch, error);

        if (!domain || !embed_or_tell(&embed, domain, error))
            return FALSE;
    }
}
