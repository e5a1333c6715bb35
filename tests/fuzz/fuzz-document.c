/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The document's XML, and everything derived from it.  What was read once must
 * be written the same twice.
 */
#include "document/document.h"
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

static void
write_twice(VmcFacts *facts)
{
    VmcDocument document = { .facts = facts };
    g_autofree char *xml = vmc_document_to_xml(&document);
    g_autoptr(GError) error = NULL;
    g_autoptr(GBytes) bytes = g_bytes_new(xml, strlen(xml));
    g_autoptr(VmcFacts) again = vmc_facts_from_xml(bytes, NULL, &error);
    VmcDocument copy = { .facts = again };
    g_autofree char *second = again ? vmc_document_to_xml(&copy) : NULL;

    /* What was just below a limit may be above it, once it is indented. */
    if (!again && g_error_matches(error, VMC_ERROR, VMC_ERROR_TOO_LARGE))
        return;
    if (!again || strcmp(xml, second) != 0)
        abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *generator = NULL;
    g_autofree char *text = g_strndup(size ? (const char *)data : "", size);
    g_autoptr(GBytes) bytes = g_bytes_new(text, strlen(text));
    VmcFacts *facts = vmc_facts_from_xml(bytes, &generator, &error);
    VmcDocument *document;

    if ((facts != NULL) == (error != NULL))
        abort();
    if (!facts)
        return 0;
    write_twice(facts);
    document = vmc_document_new(facts, NULL);
    if (document)
        g_atomic_rc_box_release_full(document, (GDestroyNotify)vmc_document_clear);
    return 0;
}
