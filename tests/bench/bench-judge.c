/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * How long the judgement itself takes: a parsed requirement against a parsed
 * offer, all rules.  Prints microseconds.  Usage: bench-judge BLOB OFFER
 */
#include "document/document.h"
#include "rules/rules.h"

#include <stdlib.h>

enum {
    ROUNDS = 20000
};

static VmcDocument *
read_document(const char *file)
{
    g_autofree char *text = NULL;
    g_autoptr(GBytes) bytes = NULL;
    g_autoptr(GBytes) payload = NULL;
    g_autoptr(GError) error = NULL;
    VmcDocument *document = NULL;
    size_t length = 0;

    if (!g_file_get_contents(file, &text, &length, &error))
        g_error("%s", error->message);
    bytes = g_bytes_new(text, length);
    payload = vmc_blob_has_magic(bytes) ? vmc_blob_unwrap(bytes, &error) : g_bytes_ref(bytes);
    if (payload) {
        VmcFacts *facts = vmc_facts_from_xml(payload, NULL, &error);

        document = facts ? vmc_document_new(facts, &error) : NULL;
    }
    if (!document)
        g_error("%s: %s", file, error->message);
    return document;
}

int
main(int argc, char **argv)
{
    VmcDocument *info = argc == 3 ? read_document(argv[1]) : NULL;
    VmcDocument *offer = argc == 3 ? read_document(argv[2]) : NULL;
    const VmcSystem *system;
    const VmcRequirement *requirement;
    size_t n_findings = 0;
    gint64 start;

    if (!info || !offer->offer || info->systems->len == 0)
        g_error("usage: bench-judge BLOB OFFER");
    system = info->systems->pdata[0];
    requirement =
        vmc_system_requirement(system, vmc_enabled_state_class(system->enabled_state), NULL);
    start = g_get_monotonic_time();
    for (int i = 0; i < ROUNDS; i++) {
        g_autoptr(GPtrArray) findings = vmc_rules_run(requirement, offer->offer, NULL, NULL);

        n_findings = findings->len;
    }
    g_print("%.2f %zu\n", (double)(g_get_monotonic_time() - start) / ROUNDS, n_findings);
    return EXIT_SUCCESS;
}
