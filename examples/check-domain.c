/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Would this domain migrate from one connection to another?
 *   check-domain SOURCE-URI DOMAIN DESTINATION-URI
 * The specification's two methods, one after the other.  Exit status: 0 compatible,
 * 2 incompatible, 3 undecided, 1 no verdict.
 */
#include <libvirt/virterror.h>
#include <stdio.h>
#include <vmcompat/vmcompat-libvirt.h>

/* libvirt would print its errors; ours carry them. */
static void
say_nothing(void *opaque, virErrorPtr error)
{
    (void)opaque;
    (void)error;
}

static int
no_verdict(const GError *error)
{
    fprintf(stderr, "no verdict (%u): %s\n", vmc_error_to_return_value(error), error->message);
    return 1;
}

static int
check(virConnectPtr source, const char *domain, virConnectPtr destination)
{
    g_autoptr(GBytes) info = NULL;
    g_autoptr(VmcReport) report = NULL;
    g_autoptr(GError) error = NULL;
    g_autofree char *text = NULL;

    if (vmc_get_system_compatibility_info(source, domain, 0, &info, &error) !=
        VMC_RETURN_COMPATIBLE)
        return no_verdict(error);
    /* Not compatible and undecided are answers, with a report; all else is an error. */
    (void)vmc_check_system_compatibility_info(destination, info, NULL, &report, &error);
    text = report ? vmc_report_to_text(report, VMC_FORMAT_TEXT, 0, &error) : NULL;
    if (!text)
        return no_verdict(error);
    printf("%s", text);
    return vmc_report_exit_status(report);
}

int
main(int argc, char **argv)
{
    virConnectPtr source, destination;
    int status = 1;

    if (argc != 4) {
        fprintf(stderr, "usage: check-domain SOURCE-URI DOMAIN DESTINATION-URI\n");
        return 1;
    }
    virSetErrorFunc(NULL, say_nothing);
    source = virConnectOpen(argv[1]);
    destination = virConnectOpen(argv[3]);
    if (source && destination)
        status = check(source, argv[2], destination);
    else
        fprintf(stderr, "no connection: %s\n", virGetLastErrorMessage());
    if (destination)
        virConnectClose(destination);
    if (source)
        virConnectClose(source);
    return status;
}
