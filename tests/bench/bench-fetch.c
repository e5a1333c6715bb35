/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What `vmcompat get --host` is measured against: the XML of every domain,
 * fetched one after the other on one connection.  Usage: bench-fetch URI [both]
 *
 * "both": the running guest's, too, as get has to.
 */
#include <libvirt/libvirt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static size_t
fetch(virDomainPtr domain, unsigned int flags)
{
    char *xml = virDomainGetXMLDesc(domain, flags);
    size_t bytes = xml ? strlen(xml) : 0;

    free(xml);
    return bytes;
}

int
main(int argc, char **argv)
{
    virConnectPtr conn = argc == 2 || argc == 3 ? virConnectOpen(argv[1]) : NULL;
    virDomainPtr *domains = NULL;
    size_t bytes = 0;
    int n = conn ? virConnectListAllDomains(conn, &domains, 0) : -1;

    if (n < 0)
        return EXIT_FAILURE;
    for (int i = 0; i < n; i++) {
        bytes += fetch(domains[i], VIR_DOMAIN_XML_INACTIVE);
        if (argc == 3)
            bytes += fetch(domains[i], 0);
        virDomainFree(domains[i]);
    }
    free(domains);
    virConnectClose(conn);
    printf("%d domains, %zu bytes\n", n, bytes);
    return EXIT_SUCCESS;
}
