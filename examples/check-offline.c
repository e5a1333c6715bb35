/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Judges a blob against a saved offer: check-offline BLOB OFFER
 * Needs neither libvirt nor a daemon.  Exit status: 0 compatible, 2 incompatible,
 * 3 undecided, 1 no verdict.
 */
#include <stdio.h>
#include <vmcompat/vmcompat.h>

static VmcDocument *
read_document(const char *path, GError **error)
{
    g_autoptr(GBytes) bytes = NULL;
    char *data = NULL;
    size_t size = 0;

    if (!g_file_get_contents(path, &data, &size, error))
        return NULL;
    bytes = g_bytes_new_take(data, size);
    return vmc_document_from_bytes(bytes, 0, error);
}

static VmcReport *
judge(const char *blob_path, const char *offer_path, GError **error)
{
    g_autoptr(VmcDocument) blob = read_document(blob_path, error);
    g_autoptr(VmcDocument) offer = blob ? read_document(offer_path, error) : NULL;

    return offer ? vmc_check_offline(blob, offer, NULL, error) : NULL;
}

static void
print_reasons(const VmcReport *report)
{
    for (size_t i = 0; i < vmc_report_n_systems(report); i++) {
        for (size_t j = 0; j < vmc_report_n_findings(report, i); j++) {
            printf("%s: %s: %s\n", vmc_report_system_name(report, i),
                   vmc_report_finding_rule(report, i, j), vmc_report_finding_message(report, i, j));
        }
    }
}

int
main(int argc, char **argv)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(VmcReport) report = NULL;

    if (argc != 3) {
        fprintf(stderr, "usage: check-offline BLOB OFFER\n");
        return 1;
    }
    report = judge(argv[1], argv[2], &error);
    if (!report) {
        fprintf(stderr, "no verdict (%u): %s\n", vmc_error_to_return_value(error), error->message);
        return 1;
    }
    print_reasons(report);
    return vmc_report_exit_status(report);
}
