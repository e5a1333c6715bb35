/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Runs one program, bounded in time and in what it may print.
 */
#include "site/site-internal.h"

#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define TICK_MS 50    /* how soon we notice an end that closes no pipe */
#define DRAIN_MS 1    /* both pipes are closed, and the end is near */
#define GRACE_MS 1000 /* what is killed ends at once, unless the kernel holds it */

typedef struct {
    GPid pid;
    gint64 deadline;
    struct pollfd pipes[2]; /* standard output, standard error; fd -1: closed */
    VmcRun *run;
} Watch;

/* Runs in the child, between fork() and exec(): system calls only.  A session of
 * its own keeps it from asking the terminal for a password, and makes the group
 * that can be killed as a whole; nor shall it outlive us. */
static void
set_up_child(void *opaque G_GNUC_UNUSED)
{
    setsid();
    prctl(PR_SET_PDEATHSIG, SIGKILL);
}

/* Reads what there is; FALSE: more than allowed. */
static gboolean
drain(struct pollfd *pipe, GString *into)
{
    char buffer[4096];
    ssize_t got;

    while (pipe->fd >= 0) {
        got = TEMP_FAILURE_RETRY(read(pipe->fd, buffer, sizeof(buffer)));
        if (got < 0 && errno == EAGAIN)
            return TRUE;
        if (got <= 0) {
            close(pipe->fd);
            pipe->fd = -1;
            return TRUE;
        }
        if (into->len + (gsize)got > VMC_SITE_MAX_OUTPUT)
            return FALSE;
        g_string_append_len(into, buffer, got);
    }
    return TRUE;
}

static gboolean
drain_both(Watch *watch)
{
    return drain(&watch->pipes[0], watch->run->out) && drain(&watch->pipes[1], watch->run->err);
}

/* Whether the program has ended; it stays a zombie, so that its number, which is
 * its group's, goes to nobody else yet. */
static gboolean
has_ended(const Watch *watch)
{
    siginfo_t info = { 0 };

    if (TEMP_FAILURE_RETRY(waitid(P_PID, (id_t)watch->pid, &info, WEXITED | WNOHANG | WNOWAIT)) < 0)
        return TRUE; /* somebody else has reaped it */
    return info.si_pid != 0;
}

static VmcRunEnd
wait_for_end(Watch *watch, VmcTickFunc tick, void *opaque)
{
    while (!has_ended(watch)) {
        gboolean closed = watch->pipes[0].fd < 0 && watch->pipes[1].fd < 0;

        if (g_get_monotonic_time() >= watch->deadline)
            return VMC_RUN_LATE;
        poll(watch->pipes, 2, closed ? DRAIN_MS : TICK_MS);
        if (!drain_both(watch))
            return VMC_RUN_TALKATIVE;
        if (tick)
            tick(opaque);
    }
    return drain_both(watch) ? VMC_RUN_EXITED : VMC_RUN_TALKATIVE;
}

/* What it left behind in its group goes with it.  One that sits in the kernel, on
 * a file server that is gone, is not waited for. */
static void
reap(Watch *watch)
{
    int status = 0;

    kill(-watch->pid, SIGKILL);
    for (int i = 0; i < GRACE_MS && !has_ended(watch); i++)
        g_usleep(1000);
    if (!has_ended(watch))
        return;
    if (TEMP_FAILURE_RETRY(waitpid(watch->pid, &status, 0)) < 0) {
        watch->run->end = VMC_RUN_NOT_STARTED;
        watch->run->failure = g_strdup(g_strerror(errno));
        return;
    }
    if (watch->run->end != VMC_RUN_EXITED)
        return;
    watch->run->end = WIFSIGNALED(status) ? VMC_RUN_SIGNALED : VMC_RUN_EXITED;
    watch->run->status = WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status);
}

static gboolean
start(const char *const *argv, Watch *watch)
{
    g_autoptr(GError) why = NULL;

    if (g_spawn_async_with_pipes("/", (char **)argv, NULL, G_SPAWN_DO_NOT_REAP_CHILD, set_up_child,
                                 NULL, &watch->pid, NULL, &watch->pipes[0].fd, &watch->pipes[1].fd,
                                 &why)) {
        g_unix_set_fd_nonblocking(watch->pipes[0].fd, TRUE, NULL);
        g_unix_set_fd_nonblocking(watch->pipes[1].fd, TRUE, NULL);
        return TRUE;
    }
    watch->run->end = VMC_RUN_NOT_STARTED;
    watch->run->failure = g_strdup(why->message);
    return FALSE;
}

void
vmc_run_program(
    const char *const *argv, unsigned int seconds, VmcTickFunc tick, void *opaque, VmcRun *run)
{
    Watch watch = {
        .run = run,
        .deadline = g_get_monotonic_time() + seconds * G_TIME_SPAN_SECOND,
        .pipes = { { .fd = -1, .events = POLLIN }, { .fd = -1, .events = POLLIN } },
    };

    memset(run, 0, sizeof(*run));
    run->out = g_string_new(NULL);
    run->err = g_string_new(NULL);
    if (!start(argv, &watch))
        return;
    run->end = wait_for_end(&watch, tick, opaque);
    reap(&watch);
    for (size_t i = 0; i < G_N_ELEMENTS(watch.pipes); i++) {
        if (watch.pipes[i].fd >= 0)
            close(watch.pipes[i].fd);
    }
}

void
vmc_run_clear(VmcRun *run)
{
    g_string_free(run->out, TRUE);
    g_string_free(run->err, TRUE);
    g_free(run->failure);
}
