/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Preloaded into a lab host's libvirtd: what hooks cost it.  Each time it has called them
 * it appends a line to the file that VMC_HOOK_CLOCK names: microseconds from when it found
 * that there are hooks, for which it then writes the guest's XML, to when the last of them
 * had ended.  Nothing of the rest of a migration is in that, whose time varies by more.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static __thread double found;
static const char *path;

static double
now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

/* What it starts is not to be changed, and libvirt hands LD_PRELOAD on. */
__attribute__((constructor)) static void
begin(void)
{
    if (strcmp(program_invocation_short_name, "libvirtd") != 0)
        return;
    path = getenv("VMC_HOOK_CLOCK");
    unsetenv("LD_PRELOAD");
}

static void
note(double us)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);

    if (fd < 0)
        return;
    dprintf(fd, "%.0f\n", us);
    close(fd);
}

int
virHookPresent(int driver)
{
    int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, "virHookPresent");
    double before = now();
    int present = real(driver);

    found = present > 0 ? before : 0;
    return present;
}

int
virHookCall(int driver,
            const char *id,
            int op,
            int sub_op,
            const char *extra,
            const char *input,
            char **output)
{
    typedef int Call(int, const char *, int, int, const char *, const char *, char **);
    Call *real = (Call *)dlsym(RTLD_NEXT, "virHookCall");
    double before = found > 0 ? found : now();
    int status = real(driver, id, op, sub_op, extra, input, output);

    if (path)
        note(now() - before);
    found = 0;
    return status;
}
