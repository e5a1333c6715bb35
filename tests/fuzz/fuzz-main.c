/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * main() of a fuzz target that is built without libFuzzer: one run for each
 * file named, and one for each of its truncations to a power of two.
 */
#include "fuzz.h"

#include <glib.h>
#include <stdlib.h>

int
main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        g_autofree char *data = NULL;
        gsize size = 0;

        if (!g_file_get_contents(argv[i], &data, &size, NULL)) {
            g_printerr("can't read '%s'\n", argv[i]);
            return EXIT_FAILURE;
        }
        LLVMFuzzerTestOneInput((const uint8_t *)data, size);
        for (gsize part = 1; part < size; part *= 2)
            LLVMFuzzerTestOneInput((const uint8_t *)data, part);
    }
    return EXIT_SUCCESS;
}
