/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Connections, as virsh makes them.
 */
#include "cli/cli.h"
#include "collect/libvirt-late.h"

#include <libvirt/virterror.h>

static void *
run_events(void *opaque G_GNUC_UNUSED)
{
    while (virEventRunDefaultImpl() == 0)
        continue;
    return NULL;
}

/* The embedded driver runs QEMU's monitor in this process and needs a loop; so
 * does who wants to hear of events. */
static void
start_events_if_needed(const CliOptions *options)
{
    gboolean embedded = options->connect && strstr(options->connect, ":///embed");

    if (!embedded && !options->watch)
        return;
    if (virEventRegisterDefaultImpl() == 0)
        g_thread_unref(g_thread_new("events", run_events, NULL));
}

static VmcErrorCode
code_of(int virt_code)
{
    switch (virt_code) {
    case VIR_ERR_AUTH_FAILED:
    case VIR_ERR_AUTH_CANCELLED:
    case VIR_ERR_AUTH_UNAVAILABLE:
    case VIR_ERR_ACCESS_DENIED:
    case VIR_ERR_OPERATION_DENIED:
        return VMC_ERROR_ACCESS_DENIED;
    default:
        return VMC_ERROR_NOT_AVAILABLE;
    }
}

/* What went wrong is told by our own messages. */
static void
ignore_error(void *opaque G_GNUC_UNUSED, virErrorPtr error G_GNUC_UNUSED)
{
}

gboolean
cli_load_libvirt(GError **error)
{
    cli_watch();
    if (!vmc_libvirt_load()) {
        g_set_error_literal(error, VMC_ERROR, VMC_ERROR_NOT_AVAILABLE,
                            _("libvirt's library (libvirt.so.0) is not installed"));
        return FALSE;
    }
    virSetErrorFunc(NULL, ignore_error);
    return TRUE;
}

virConnectPtr
cli_connect(const CliOptions *options, GError **error)
{
    unsigned int flags = options->readonly ? VIR_CONNECT_RO : 0;
    virConnectPtr conn = NULL;

    if (!cli_load_libvirt(error))
        return NULL;
    start_events_if_needed(options);
    conn = virConnectOpenAuth(options->connect, virConnectAuthPtrDefault, flags);
    if (!conn) {
        virErrorPtr last = virGetLastError();

        g_set_error(error, VMC_ERROR, code_of(last ? last->code : 0),
                    _("failed to connect to the hypervisor: %s"), virGetLastErrorMessage());
    }
    return conn;
}

static void
free_domains(virDomainPtr *domains, int n)
{
    for (int i = 0; i < n; i++)
        virDomainFree(domains[i]);
    g_free(domains);
}

char **
cli_domain_names(const CliOptions *options)
{
    CLI_AUTO_CONN conn = cli_connect(options, NULL);
    virDomainPtr *domains = NULL;
    int n = conn ? virConnectListAllDomains(conn, &domains, 0) : -1;
    char **names = n < 0 ? NULL : g_new0(char *, (size_t)n + 1);

    for (int i = 0; i < n; i++)
        names[i] = g_strdup(virDomainGetName(domains[i]));
    free_domains(domains, n);
    return names;
}
