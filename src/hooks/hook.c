/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * vmcompat-hook: what libvirtd runs, with "NAME OPERATION SUB-OPERATION EXTRA"
 * and the guest's definition on standard input.
 *
 * libvirt waits for a hook without bound, runs it at each step of each guest's
 * life, and takes any failure for a refusal.  So this program is small (libc
 * alone: it starts in a fraction of a millisecond), leaves the judgement to
 * vmcompat-judge, and bounds that: if it crashes, hangs or can't be run, the
 * policy decides, which is to let the guest pass unless the configuration says
 * otherwise.  Standard output stays empty: the definition is not changed.
 *
 * A migration with --offline sends the very definition that a live one may send,
 * and libvirt tells a hook no flags.  What only a running guest would suffer from
 * is therefore noted at "migrate", and told at "prepare", which libvirt comes to
 * when a guest arrives running, before it starts QEMU.
 */
#include "hooks/hook.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#define JUDGE "vmcompat-judge"
#define MAX_PATH 4096
#define MAX_REASONS 65536
#define MAX_DEFERRAL 10 /* seconds from "migrate" to "prepare" */

typedef struct {
    char path[MAX_PATH]; /* of ourselves, as libvirtd called us */
    const char *name, *operation;
    int refuse_failed;
    unsigned int timeout;
    char reasons[MAX_REASONS]; /* what the judge said on standard error */
    size_t reasons_length;
} Hook;

static Hook hook = { .timeout = HOOK_DEFAULT_TIMEOUT };

/* ---- policy ----------------------------------------------------------------------- */

/* What is to be done when there is no judge is not the judge's to say.  All other
 * keys are; it also tells what is wrong with these. */
static void
read_key(const char *key, const char *value)
{
    unsigned int seconds = 0;

    if (strcmp(key, "when-failed") == 0)
        hook.refuse_failed = strcmp(value, "refuse") == 0;
    if (strcmp(key, "timeout") == 0 && sscanf(value, "%u", &seconds) == 1 && seconds > 0 &&
        seconds <= HOOK_MAX_TIMEOUT)
        hook.timeout = seconds;
}

static void
read_policy(void)
{
    const char *path = getenv(HOOK_ENV_CONFIG);
    FILE *file = fopen(path ? path : VMC_CONFIG_FILE, "re");
    char line[1024], key[32], value[32];
    int ours = 0, enforced = 1;

    while (file && fgets(line, sizeof(line), file)) {
        if (line[0] == '[')
            ours = strncmp(line, "[hook]", 6) == 0;
        if (!ours || sscanf(line, " %31[a-z-] = %31s", key, value) != 2)
            continue;
        read_key(key, value);
        if (strcmp(key, "policy") == 0)
            enforced = strcmp(value, "enforce") == 0;
    }
    if (file)
        fclose(file);
    if (!enforced)
        hook.refuse_failed = 0;
}

/* ---- saying things -------------------------------------------------------------- */

static void
log_lines(int priority, char *text)
{
    char *rest = NULL;

    for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
        syslog(priority, "%s", line);
}

static int
refuse(void)
{
    fwrite(hook.reasons, 1, hook.reasons_length, stderr);
    fflush(stderr);
    log_lines(LOG_NOTICE, hook.reasons);
    return HOOK_REFUSE;
}

/* No judgement was reached, by our fault or by somebody's. */
static int
fail(const char *why)
{
    if (hook.refuse_failed) {
        fprintf(stderr, "vmcompat: guest '%s' could not be judged: %s\n", hook.name, why);
        fwrite(hook.reasons, 1, hook.reasons_length, stderr);
        fflush(stderr);
    }
    syslog(LOG_WARNING, "guest '%s', %s: %s; %s", hook.name, hook.operation, why,
           hook.refuse_failed ? "refused (when-failed)" : "let pass unjudged");
    log_lines(LOG_WARNING, hook.reasons);
    return hook.refuse_failed ? HOOK_REFUSE : HOOK_PASS;
}

/* ---- running the judge ------------------------------------------------------------ */

static long
now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (long)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Beside this program, wherever links to it lie. */
static int
find_judge(char *ret_path, size_t size)
{
    ssize_t length = readlink("/proc/self/exe", ret_path, size - sizeof(JUDGE) - 1);
    char *slash = NULL;

    if (length <= 0)
        return -1;
    ret_path[length] = '\0';
    slash = strrchr(ret_path, '/');
    if (!slash)
        return -1;
    memcpy(slash + 1, JUDGE, sizeof(JUDGE));
    return 0;
}

static pid_t
spawn_judge(int err)
{
    char path[MAX_PATH + sizeof(JUDGE)] = "";
    char *const args[] = { (char *)JUDGE, (char *)"--operation", (char *)hook.operation, NULL };
    posix_spawn_file_actions_t actions;
    pid_t pid = -1;
    int problem = 0;

    if (find_judge(path, sizeof(path)) < 0)
        return -1;
    posix_spawn_file_actions_init(&actions);
    /* libvirt waits until its ends of the pipes are closed, even by one that hangs */
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, err, STDERR_FILENO);
    problem = posix_spawn(&pid, path, &actions, NULL, args, environ);
    posix_spawn_file_actions_destroy(&actions);
    errno = problem;
    return problem == 0 ? pid : -1;
}

/* What does not fit is read all the same, or the judge would wait for us. */
static int
read_some(int fd)
{
    char rest[4096];
    size_t room = sizeof(hook.reasons) - 1 - hook.reasons_length;
    ssize_t got = room > 0 ? read(fd, hook.reasons + hook.reasons_length, room)
                           : read(fd, rest, sizeof(rest));

    if (got > 0 && room > 0)
        hook.reasons_length += (size_t)got;
    return got > 0 || (got < 0 && errno == EINTR);
}

/* Until the pipe is closed; 0: the time is over. */
static int
listen_to(int err, long start)
{
    struct pollfd fd = { .fd = err, .events = POLLIN };

    for (;;) {
        long left = start + (long)hook.timeout * 1000 - now_ms();

        if (left <= 0)
            return 0;
        if (poll(&fd, 1, (int)left) > 0 && !read_some(err))
            return 1;
    }
}

/* A process that has closed its end is about to end, as a rule. */
static int
wait_for(pid_t pid, long start, int *ret_status)
{
    const struct timespec nap = { .tv_nsec = 100000 };

    while (waitpid(pid, ret_status, WNOHANG) == 0) {
        if (now_ms() - start >= (long)hook.timeout * 1000)
            return 0;
        nanosleep(&nap, NULL);
    }
    return 1;
}

/* -1: no judgement, *@ret_why says why. */
static int
judge(const char **ret_why)
{
    static char why[128];
    int err[2], status = 0;
    long start = now_ms();
    pid_t pid;

    *ret_why = why;
    if (pipe2(err, O_CLOEXEC) < 0 || (pid = spawn_judge(err[1])) < 0) {
        snprintf(why, sizeof(why), "can't run " JUDGE ": %s", strerror(errno));
        return -1;
    }
    close(err[1]);
    if (!listen_to(err[0], start) || !wait_for(pid, start, &status)) {
        /* It may be stuck in the kernel, so nobody waits for its end. */
        kill(pid, SIGKILL);
        snprintf(why, sizeof(why), JUDGE " did not end within %u seconds", hook.timeout);
        return -1;
    }
    if (WIFEXITED(status) && WEXITSTATUS(status) != HOOK_FAILED && WEXITSTATUS(status) <= HOOK_WARN)
        return WEXITSTATUS(status);
    if (WIFSIGNALED(status))
        snprintf(why, sizeof(why), JUDGE " was ended by signal %d", WTERMSIG(status));
    else
        snprintf(why, sizeof(why), JUDGE " failed (status %d)", WEXITSTATUS(status));
    return -1;
}

/* ---- what is put off from "migrate" to "prepare" ----------------------------------- */

static void
make_folder(const char *folder)
{
    char path[MAX_PATH];
    int length = snprintf(path, sizeof(path), "%s", folder);

    if (mkdir(folder, 0700) == 0 || errno != ENOENT || (size_t)length >= sizeof(path))
        return;
    for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        mkdir(path, 0755);
        *slash = '/';
    }
    mkdir(folder, 0700);
}

static const char *
run_folder(void)
{
    const char *folder = getenv(HOOK_ENV_RUN_DIR);

    return folder ? folder : VMC_RUN_DIR;
}

/* A file for this guest in the run directory; -1: there can't be one. */
static int
note_path(const char *before, char *ret_path, size_t size)
{
    int length = snprintf(ret_path, size, "%s/%s%s", run_folder(), before, hook.name);

    return strchr(hook.name, '/') || length < 0 || (size_t)length >= size ? -1 : 0;
}

static int
deferral_path(char *ret_path, size_t size)
{
    make_folder(run_folder());
    return note_path("deferred-", ret_path, size);
}

static int
defer(void)
{
    char path[MAX_PATH];
    int fd = -1, ok = 0;

    if (deferral_path(path, sizeof(path)) == 0) {
        unlink(path);
        fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    }
    ok = fd >= 0 && write(fd, hook.reasons, hook.reasons_length) == (ssize_t)hook.reasons_length;
    if (fd >= 0)
        close(fd);
    if (ok)
        return HOOK_PASS;
    if (fd >= 0)
        unlink(path);
    return fail("can't note why it does not fit");
}

/* /etc/libvirt/hooks/qemu.d/OURS → /etc/libvirt/qemu/NAME.xml: what a migration
 * with --offline has written by the time somebody starts the guest. */
static int
was_defined_since(const struct stat *note)
{
    char path[MAX_PATH];
    struct stat info;
    int length;

    for (int i = 0; i < 3; i++) {
        char *slash = strrchr(hook.path, '/');

        if (slash)
            *slash = '\0';
    }
    length = snprintf(path, sizeof(path), "%s/qemu/%s.xml", hook.path, hook.name);
    if (length < 0 || (size_t)length >= sizeof(path) || stat(path, &info) < 0)
        return 0;
    return info.st_mtim.tv_sec > note->st_mtim.tv_sec ||
           (info.st_mtim.tv_sec == note->st_mtim.tv_sec &&
            info.st_mtim.tv_nsec >= note->st_mtim.tv_nsec);
}

static int
tell_deferred(void)
{
    char path[MAX_PATH];
    struct stat note = { 0 };
    time_t now = time(NULL);
    int fd = deferral_path(path, sizeof(path)) < 0 ? -1 : open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return HOOK_PASS;
    unlink(path);
    if (fstat(fd, &note) == 0 && note.st_mtime <= now && now - note.st_mtime <= MAX_DEFERRAL &&
        !was_defined_since(&note)) {
        while (read_some(fd))
            continue;
    }
    close(fd);
    return hook.reasons_length > 0 ? refuse() : HOOK_PASS;
}

/* ---- what was started ------------------------------------------------------------------ */

/* Whoever stores blobs in guests (no hook may) is told, if there is such a one. */
static int
note_started(void)
{
    char path[MAX_PATH];
    int fd = -1;

    if (note_path(HOOK_STARTED "/", path, sizeof(path)) < 0)
        return HOOK_PASS;
    fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd >= 0)
        close(fd);
    else if (errno != ENOENT)
        syslog(LOG_WARNING, "can't note that guest '%s' was started: %s", hook.name,
               strerror(errno));
    return HOOK_PASS;
}

/* ---- libvirt's steps ---------------------------------------------------------------- */

static int
judge_arrival(void)
{
    const char *why = NULL;

    read_policy();
    switch (judge(&why)) {
    case HOOK_PASS:
        return HOOK_PASS;
    case HOOK_REFUSE:
        return refuse();
    case HOOK_DEFER:
        return defer();
    case HOOK_WARN:
        log_lines(LOG_WARNING, hook.reasons);
        return HOOK_PASS;
    default:
        return fail(why);
    }
}

static const struct {
    const char *operation;
    int (*run)(void);
} steps[] = {
    { "migrate", judge_arrival },
    { "restore", judge_arrival },
    { "prepare", tell_deferred },
    { "started", note_started },
};

int
main(int argc, char **argv)
{
    if (argc < 4 || strcmp(argv[3], "begin") != 0)
        return HOOK_PASS;
    signal(SIGPIPE, SIG_IGN);
    snprintf(hook.path, sizeof(hook.path), "%s", argv[0]);
    hook.name = argv[1];
    hook.operation = argv[2];
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        if (strcmp(steps[i].operation, hook.operation) != 0)
            continue;
        openlog("vmcompat-hook", LOG_PID, LOG_DAEMON);
        return steps[i].run();
    }
    return HOOK_PASS;
}
