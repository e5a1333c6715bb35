/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The bridge from libvirt's errors, and what is asked of a connection itself.
 *
 * libvirt hands every failure to the error function of the connection or of
 * the process, which by default prints it.  Both belong to the caller and
 * neither can be read back, so neither is touched here; a program that asks
 * vmcompat calls virSetErrorFunc() itself.
 */
#include "collect/collect-internal.h"
#include "collect/libvirt-late.h"

#include <errno.h>
#include <string.h>

/* Failures of the transport have this domain even where their code says as
 * little as "internal error". */
static VmcErrorCode
transport_code(const virError *failure)
{
    gboolean denied = failure->code == VIR_ERR_SYSTEM_ERROR &&
                      (failure->int1 == EACCES || failure->int1 == EPERM);

    return denied ? VMC_ERROR_ACCESS_DENIED : VMC_ERROR_NOT_AVAILABLE;
}

static gboolean
is_transport(const virError *failure)
{
    return failure->domain == VIR_FROM_RPC &&
           (failure->code == VIR_ERR_SYSTEM_ERROR || failure->code == VIR_ERR_INTERNAL_ERROR);
}

static void
set_error_from(GError **error, const virError *failure, const char *context)
{
    const char *message = failure && failure->message ? failure->message : _("unknown error");

    if (failure && is_transport(failure))
        g_set_error(error, VMC_ERROR, transport_code(failure), "%s%s", context, message);
    else
        g_set_error(error, VMC_VIRT_ERROR,
                    failure && failure->code ? failure->code : VIR_ERR_INTERNAL_ERROR, "%s%s",
                    context, message);
}

void
vmc_virt_set_error(GError **error, const char *format, ...)
{
    g_autoptr(virError) failure = virSaveLastError();
    g_autofree char *context = NULL;
    va_list arguments;

    va_start(arguments, format);
    context = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    set_error_from(error, failure, context);
}

/* -1: the driver can't tell, as those inside the process; they don't die. */
static gboolean
is_lost(virConnectPtr conn, const virError *failure)
{
    return (failure && is_transport(failure)) || virConnectIsAlive(conn) == 0;
}

static void
set_lost(GError **error, const virError *failure)
{
    g_set_error(error, VMC_ERROR, VMC_ERROR_NOT_AVAILABLE,
                _("the connection to libvirt is lost: %s"),
                failure && failure->message ? failure->message : _("unknown error"));
}

gboolean
vmc_virt_gone(virConnectPtr conn, const virError *failure, GError **error)
{
    if (virConnectIsAlive(conn) != 0)
        return FALSE;
    set_lost(error, failure);
    return TRUE;
}

gboolean
vmc_virt_absent(virConnectPtr conn, GError **error)
{
    g_autoptr(virError) failure = virSaveLastError();

    if (!is_lost(conn, failure))
        return TRUE;
    set_lost(error, failure);
    return FALSE;
}

/* Fixed English: facts are data; who shows them translates. */
char *
vmc_virt_explain(const virError *failure)
{
    switch (failure ? failure->code : VIR_ERR_OK) {
    case VIR_ERR_OK:
        return g_strdup(N_("libvirt gave no answer"));
    case VIR_ERR_OPERATION_DENIED:
        return g_strdup(N_("libvirt refuses this on a read-only connection; connect read-write"));
    case VIR_ERR_ACCESS_DENIED:
    case VIR_ERR_AUTH_FAILED:
    case VIR_ERR_AUTH_CANCELLED:
    case VIR_ERR_AUTH_UNAVAILABLE:
        return g_strdup(N_("libvirt's access control refuses this to the user who asked"));
    case VIR_ERR_NO_SUPPORT:
        return g_strdup(N_("the libvirt driver does not support this"));
    default:
        return g_strdup(failure->message ? failure->message : "unknown error");
    }
}

void
vmc_collect_unprobed(VmcFacts *facts, VmcPart part, const char *why)
{
    g_autofree char *before = vmc_facts_value(facts, "host/unprobed.tsv", vmc_part_name(part));

    if (!before)
        VMC_ADD_ROW(facts, "host/unprobed.tsv", vmc_part_name(part), why);
}

gboolean
vmc_virt_refused(virConnectPtr conn, VmcFacts *facts, VmcPart part, GError **error)
{
    g_autoptr(virError) failure = virSaveLastError();
    g_autofree char *why = vmc_virt_explain(failure);

    if (is_lost(conn, failure)) {
        set_lost(error, failure);
        return FALSE;
    }
    vmc_collect_unprobed(facts, part, why);
    return TRUE;
}

void
vmc_collect_value(VmcFacts *facts, const char *table, const char *key, const char *value)
{
    if (value)
        VMC_ADD_ROW(facts, table, key, value);
}

void
vmc_vir_list_clear(VmcVirList *list)
{
    for (int i = 0; i < list->n && list->items; i++)
        list->free_item(list->items[i]);
    free(list->items);
    list->items = NULL;
}

static const char *const local_paths[] = { "/system", "/session", "/embed", NULL };

gboolean
vmc_uri_is_of(const char *text, const char *path)
{
    g_autoptr(GUri) uri = g_uri_parse(text, G_URI_FLAGS_NONE, NULL);

    return uri && g_str_has_suffix(g_uri_get_path(uri), path);
}

gboolean
vmc_uri_is_local(const char *text)
{
    g_autoptr(GUri) uri = g_uri_parse(text, G_URI_FLAGS_NONE, NULL);
    const char *transport = uri ? strchr(g_uri_get_scheme(uri), '+') : NULL;
    const char *query = uri ? g_uri_get_query(uri) : NULL;
    g_autoptr(GHashTable) parameters =
        query ? g_uri_parse_params(query, -1, "&;", G_URI_PARAMS_NONE, NULL) : NULL;

    if (!uri || (g_uri_get_host(uri) && *g_uri_get_host(uri)))
        return FALSE;
    if (transport && !g_str_equal(transport, "+unix"))
        return FALSE;
    if (parameters && g_hash_table_contains(parameters, "socket"))
        return FALSE;
    return g_strv_contains(local_paths, g_uri_get_path(uri));
}

gboolean
vmc_collect_is_local(virConnectPtr conn, int local_files)
{
    g_autofree char *uri = NULL;

    if (local_files >= 0)
        return local_files != 0;
    uri = virConnectGetURI(conn);
    return uri && vmc_uri_is_local(uri);
}

virConnectPtr
vmc_collect_open(const char *uri, unsigned int flags, GError **error)
{
    virConnectPtr conn = NULL;

    if (!vmc_libvirt_load()) {
        g_set_error_literal(error, VMC_ERROR, VMC_ERROR_NOT_AVAILABLE,
                            _("libvirt's library (libvirt.so.0) is not installed"));
        return NULL;
    }
    conn = virConnectOpenAuth(uri, NULL, flags);
    if (!conn)
        vmc_virt_set_error(error, _("failed to connect to the hypervisor: %s"), "");
    return conn;
}

static gboolean
parse_id(const char *text, int *ret_id)
{
    guint64 id = 0;

    if (!g_ascii_string_to_unsigned(text, 10, 0, G_MAXINT, &id, NULL))
        return FALSE;
    *ret_id = (int)id;
    return TRUE;
}

/* In virsh's order: what names a domain there, names the same here. */
virDomainPtr
vmc_collect_lookup(virConnectPtr conn, const char *name, GError **error)
{
    virDomainPtr domain = NULL;
    int id = 0;

    if (parse_id(name, &id))
        domain = virDomainLookupByID(conn, id);
    if (!domain && g_uuid_string_is_valid(name))
        domain = virDomainLookupByUUIDString(conn, name);
    if (!domain)
        domain = virDomainLookupByName(conn, name);
    if (!domain)
        vmc_virt_set_error(error, _("domain '%s': "), name);
    return domain;
}
