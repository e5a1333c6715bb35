/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Times two commands in turn (A B A B …), so that a machine whose speed drifts
 * hurts both alike.  Usage: bench-run RUNS 'COMMAND A' ['COMMAND B']
 * Prints: median ms of A, peak KiB of A, median ms of B, peak KiB of B, ratio, and the
 * ms that the quickest tenth of A took at most.
 */
#include <fcntl.h>
#include <glib.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    MAX_RUNS = 1000
};

typedef struct {
    char **argv;
    double milliseconds[MAX_RUNS];
    long peak_kib;
} Side;

/* No copy of this process is made for it, which would be timed, too. */
static pid_t
start_quietly(char **argv)
{
    posix_spawn_file_actions_t actions;
    pid_t pid = -1;
    int error = 0;

    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    error = posix_spawnp(&pid, argv[0], &actions, NULL, argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    return error == 0 ? pid : -1;
}

/* virsh says "incompatible" with 1 and has nothing else for a failure. */
static gboolean
has_failed(int status, gboolean one_is_fine)
{
    int code = WEXITSTATUS(status);

    return !WIFEXITED(status) || (code == 1 && !one_is_fine);
}

static void
run_once(Side *side, int run, gboolean one_is_fine)
{
    gint64 start = g_get_monotonic_time();
    struct rusage usage = { 0 };
    int status = 0;
    pid_t pid = start_quietly(side->argv);

    if (pid < 0 || wait4(pid, &status, 0, &usage) != pid || has_failed(status, one_is_fine))
        g_error("%s failed", side->argv[0]);
    if (run >= 0)
        side->milliseconds[run] = (double)(g_get_monotonic_time() - start) / 1000;
    side->peak_kib = MAX(side->peak_kib, usage.ru_maxrss);
}

static int
compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;

    return (x > y) - (x < y);
}

static double
median(Side *side, int runs)
{
    qsort(side->milliseconds, (size_t)runs, sizeof(double), compare_doubles);
    return side->milliseconds[runs / 2];
}

/* Of one whose median was asked: what other processes take, too, only ever adds. */
static double
quickest_tenth(const Side *side, int runs)
{
    return side->milliseconds[runs / 10];
}

int
main(int argc, char **argv)
{
    static Side sides[2];
    int runs = argc > 2 ? atoi(argv[1]) : 0;
    int n = MIN(argc - 2, 2);
    double medians[2] = { 0, 0 };

    if (runs < 1 || runs > MAX_RUNS)
        g_error("usage: bench-run RUNS 'COMMAND A' ['COMMAND B']");
    for (int i = 0; i < n; i++) {
        if (!g_shell_parse_argv(argv[i + 2], NULL, &sides[i].argv, NULL))
            g_error("can't parse '%s'", argv[i + 2]);
    }
    for (int run = -2; run < runs; run++) { /* the first two only warm up */
        for (int i = 0; i < n; i++)
            run_once(&sides[i], run, i == 1);
    }
    for (int i = 0; i < n; i++)
        medians[i] = median(&sides[i], runs);
    g_print("%.2f %ld %.2f %ld %.2f %.2f\n", medians[0], sides[0].peak_kib, medians[1],
            sides[1].peak_kib, n == 2 ? medians[0] / medians[1] : 0,
            quickest_tenth(&sides[0], runs));
    return EXIT_SUCCESS;
}
