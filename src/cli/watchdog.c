/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * libvirt's calls have no time limit of their own: a stopped daemon or a mute
 * socket would hold us for ever.  From the first of them on a thread watches; if
 * the command stays silent for too long, that thread reports it and ends the
 * process, whatever the command is at.  A command that asks no libvirt has no such
 * thread.
 */
#include "cli/cli.h"

#include <stdio.h>
#include <unistd.h>

static GMutex lock;
static GCond changed;
static GThread *watcher;
static int limit; /* seconds */
static gint64 deadline;
static gboolean paused, finished;
static CliGiveUp *give_up;

static void
put_off_deadline(void)
{
    if (deadline != G_MAXINT64)
        deadline = g_get_monotonic_time() + limit * G_TIME_SPAN_SECOND;
}

/* The command can't be stopped: it may sit in libvirt, of which nothing may be torn
 * down. */
static void
end_process(void)
{
    g_autoptr(GError) error =
        g_error_new(VMC_ERROR, VMC_ERROR_TIMEOUT,
                    _("libvirt did not answer within %d seconds (--timeout)"), limit);

    give_up(error);
    fflush(stdout);
    _exit(EXIT_NO_VERDICT);
}

static void *
watch(void *opaque G_GNUC_UNUSED)
{
    g_mutex_lock(&lock);
    while (!finished && (paused || g_get_monotonic_time() < deadline))
        g_cond_wait_until(&changed, &lock, paused ? G_MAXINT64 : deadline);
    if (!finished)
        end_process();
    g_mutex_unlock(&lock);
    return NULL;
}

void
cli_bound(int seconds, CliGiveUp *tell)
{
    limit = seconds;
    give_up = tell;
}

void
cli_watch(void)
{
    g_mutex_lock(&lock);
    put_off_deadline();
    if (!watcher)
        watcher = g_thread_new("watchdog", watch, NULL);
    g_mutex_unlock(&lock);
}

void
cli_watch_pause(gboolean pause)
{
    g_mutex_lock(&lock);
    paused = pause;
    put_off_deadline();
    g_cond_signal(&changed);
    g_mutex_unlock(&lock);
}

void
cli_watch_end(void)
{
    g_mutex_lock(&lock);
    finished = TRUE;
    g_cond_signal(&changed);
    g_mutex_unlock(&lock);
    g_clear_pointer(&watcher, g_thread_join);
}

void
cli_unbounded(void)
{
    g_mutex_lock(&lock);
    deadline = G_MAXINT64;
    g_cond_signal(&changed);
    g_mutex_unlock(&lock);
}

void
cli_progress(size_t done, size_t total, void *opaque G_GNUC_UNUSED)
{
    static gboolean shown;

    g_mutex_lock(&lock);
    put_off_deadline();
    g_mutex_unlock(&lock);
    if (total < 50 || !isatty(STDERR_FILENO))
        return;
    if (done < total && done % 10 == 0) {
        g_printerr(_("\r%1$zu of %2$zu domains"), done, total);
        shown = TRUE;
    } else if (done == total && shown) {
        g_printerr("\r\033[K");
        shown = FALSE;
    }
}
