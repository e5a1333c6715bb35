/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The only thing that is ever written to libvirt: our element in a domain's
 * metadata.
 */
#include "collect/collect-internal.h"
#include "derive/embedded.h"

static unsigned int
affect(gboolean live)
{
    return live ? VIR_DOMAIN_AFFECT_LIVE : VIR_DOMAIN_AFFECT_CONFIG;
}

gboolean
vmc_collect_embed(virDomainPtr domain, gboolean live, const char *element, GError **error)
{
    if (virDomainSetMetadata(domain, VIR_DOMAIN_METADATA_ELEMENT, element,
                             element ? VMC_EMBEDDED_PREFIX : NULL, VMC_EMBEDDED_URI,
                             affect(live)) == 0)
        return TRUE;
    vmc_virt_set_error(error, _("domain '%s': "), virDomainGetName(domain));
    return FALSE;
}

char *
vmc_collect_embedded(virDomainPtr domain, gboolean live, GError **error)
{
    char *element =
        virDomainGetMetadata(domain, VIR_DOMAIN_METADATA_ELEMENT, VMC_EMBEDDED_URI, affect(live));

    if (!element && virGetLastErrorCode() != VIR_ERR_NO_DOMAIN_METADATA)
        vmc_virt_set_error(error, _("domain '%s': "), virDomainGetName(domain));
    return element;
}

GPtrArray *
vmc_collect_all(virConnectPtr conn, GError **error)
{
    g_auto(VmcVirList) list = VMC_VIR_LIST(virDomainFree);
    GPtrArray *domains = NULL;

    list.n = virConnectListAllDomains(conn, (virDomainPtr **)(void *)&list.items, 0);
    if (list.n < 0) {
        vmc_virt_set_error(error, "%s", _("cannot list the domains: "));
        return NULL;
    }
    domains = g_ptr_array_new_with_free_func((GDestroyNotify)(void (*)(void))virDomainFree);
    for (int i = 0; i < list.n; i++)
        g_ptr_array_add(domains, list.items[i]);
    list.n = 0; /* the array has them now */
    return domains;
}
