/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The envelope: whatever bytes come in, a payload or an error comes out.  What
 * is unwrapped must wrap and unwrap to itself.
 */
#include "document/document.h"
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

static void
wrap_again(GBytes *payload)
{
    gsize size = 0;
    const char *data = g_bytes_get_data(payload, &size);
    g_autoptr(GBytes) blob = vmc_blob_wrap(data ? data : "", size, NULL);
    g_autoptr(GBytes) again = blob ? vmc_blob_unwrap(blob, NULL) : NULL;

    if (!again || !g_bytes_equal(payload, again))
        abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autoptr(GBytes) bytes = g_bytes_new(data, size);
    g_autoptr(GError) error = NULL;
    g_autoptr(GBytes) payload = vmc_blob_unwrap(bytes, &error);
    g_autoptr(GBytes) dearmored = vmc_blob_dearmor(size ? (const char *)data : "", size, NULL);
    g_autoptr(GBytes) inner = dearmored ? vmc_blob_unwrap(dearmored, NULL) : NULL;

    vmc_blob_has_magic(bytes);
    if ((payload != NULL) == (error != NULL))
        abort();
    if (payload)
        wrap_again(payload);
    if (inner)
        wrap_again(inner);
    return 0;
}
