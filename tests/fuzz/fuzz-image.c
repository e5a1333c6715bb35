/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Saved images: whatever a file holds, a definition or an error comes out.
 */
#include "collect/collect-guest.h"
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int fd = memfd_create("image", MFD_CLOEXEC);
    g_autofree char *path = g_strdup_printf("/proc/self/fd/%d", fd);
    g_auto(VmcSavedImage) image = { 0 };
    g_autoptr(GError) error = NULL;
    gboolean ok = FALSE;

    if (fd < 0 || write(fd, data, size) != (ssize_t)size)
        abort();
    ok = vmc_saved_image_read(path, &image, &error);
    close(fd);
    if (ok != (error == NULL) || ok != (image.xml != NULL))
        abort();
    if (ok && strlen(image.xml) + (image.cookie ? strlen(image.cookie) : 0) > size)
        abort();
    return 0;
}
