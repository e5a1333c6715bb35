/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What `vmcompat get --host` is measured against: the XML of every domain,
 * fetched one after the other on one connection.  Usage: bench-fetch URI
 */
#include <libvirt/libvirt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int
main(int argc, char **argv)
{
    virConnectPtr conn = argc == 2 ? virConnectOpen(argv[1]) : NULL;
    virDomainPtr *domains = NULL;
    size_t bytes = 0;
    int n = conn ? virConnectListAllDomains(conn, &domains, 0) : -1;

    if (n < 0)
        return EXIT_FAILURE;
    for (int i = 0; i < n; i++) {
        char *xml = virDomainGetXMLDesc(domains[i], VIR_DOMAIN_XML_INACTIVE);

        bytes += xml ? strlen(xml) : 0;
        free(xml);
        virDomainFree(domains[i]);
    }
    free(domains);
    virConnectClose(conn);
    printf("%d domains, %zu bytes\n", n, bytes);
    return EXIT_SUCCESS;
}
