/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * libvirt's calls have no time limit of their own: a stopped daemon or a mute
 * socket would hold us for ever.  The command runs in a thread; if it stays
 * silent for too long, the process reports that and goes, whatever it is at.
 */
#include "cli/cli.h"

#include <unistd.h>

static GMutex lock;
static GCond changed;
static gboolean finished;
static gint64 deadline;
static gint64 patience;

static void *
run_command(void *opaque)
{
    CliJob *job = opaque;

    job->status = job->command->run(job->options, &job->error);
    g_mutex_lock(&lock);
    finished = TRUE;
    g_cond_signal(&changed);
    g_mutex_unlock(&lock);
    return NULL;
}

static gboolean
wait_until_finished(void)
{
    gboolean done;

    g_mutex_lock(&lock);
    while (!finished && g_get_monotonic_time() < deadline)
        g_cond_wait_until(&changed, &lock, deadline);
    done = finished;
    g_mutex_unlock(&lock);
    return done;
}

void
cli_run_bounded(CliJob *job, int seconds)
{
    GThread *thread = NULL;

    patience = seconds * G_TIME_SPAN_SECOND;
    deadline = g_get_monotonic_time() + patience;
    thread = g_thread_new("command", run_command, job);
    if (wait_until_finished()) {
        g_thread_join(thread);
        return;
    }
    /* The thread can't be stopped and is left behind; the caller only prints
     * and exits. */
    job->status = -1;
    job->error = g_error_new(VMC_ERROR, VMC_ERROR_TIMEOUT,
                             _("libvirt did not answer within %d seconds (--timeout)"), seconds);
    g_thread_unref(thread);
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
    deadline = g_get_monotonic_time() + patience;
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
