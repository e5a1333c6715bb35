/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Every text of a corpus (libvirt's tests) through all that reads and judges, in a process
 * of its own: a text that crashes it is told by its name, and the next process goes on.
 * Usage: corpus-run [--limit MS] [--verdicts FILE] FOLDER…
 */
#include "corpus.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

/* All of them would be millions of judgements; a fixed stride keeps every kind. */
#define MOST_OFFERS 50
#define SECONDS_EACH 120 /* then something hangs */

static char *verdicts_file;
static char **folders;

void
corpus_complain(const char *file, const char *format, ...)
{
    g_autofree char *text = NULL;
    va_list args;

    va_start(args, format);
    text = g_strdup_vprintf(format, args);
    va_end(args);
    printf("FAIL: %s: %s\n", file, text);
}

/* ---- files ---------------------------------------------------------------------- */

static int
compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Links lead to files that are looked at anyway. */
static void
list_files(GPtrArray *names, const char *folder)
{
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);

    for (const char *leaf = dir ? g_dir_read_name(dir) : NULL; leaf; leaf = g_dir_read_name(dir)) {
        g_autofree char *path = g_build_filename(folder, leaf, NULL);

        if (g_file_test(path, G_FILE_TEST_IS_SYMLINK))
            continue;
        if (g_file_test(path, G_FILE_TEST_IS_DIR))
            list_files(names, path);
        else if (g_str_has_suffix(leaf, ".xml"))
            g_ptr_array_add(names, g_steal_pointer(&path));
    }
}

/* Two releases of libvirt have most texts in common. */
static gboolean
is_new(GHashTable *seen, const CorpusFile *file)
{
    const char *text = file->texts->pdata[0];
    char *digest = g_compute_checksum_for_string(G_CHECKSUM_SHA256, text, -1);

    return g_hash_table_add(seen, digest);
}

static GPtrArray *
read_files(void)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    GPtrArray *files = g_ptr_array_new_with_free_func(corpus_file_free);

    for (char **folder = folders; folder && *folder; folder++)
        list_files(names, *folder);
    g_ptr_array_sort(names, compare_names);
    for (size_t i = 0; i < names->len; i++) {
        g_autoptr(CorpusFile) file = corpus_file_read(names->pdata[i]);

        if (file && is_new(seen, file))
            g_ptr_array_add(files, g_steal_pointer(&file));
    }
    return files;
}

/* ---- in a child --------------------------------------------------------------------- */

/* What became of a file, in memory that parent and child share. */
enum {
    NOT_YET,
    BEGUN,
    SOUND,
    BROKEN,
};

typedef struct {
    const GPtrArray *files;
    const GPtrArray *offers; /* NULL: only look at the files */
    const VmcFacts *expansions;
    FILE *verdicts;
    unsigned char *results; /* one for each file */
} Work;

static gboolean
do_one(const CorpusFile *file, const Work *work)
{
    if (!work->offers)
        return corpus_check_file(file);
    return file->sound && (file->kind != CORPUS_DOMAIN ||
                           corpus_judge_file(file, work->offers, work->expansions, work->verdicts));
}

static void
do_all(const Work *work)
{
    for (size_t i = 0; i < work->files->len; i++) {
        if (work->results[i] != NOT_YET)
            continue;
        work->results[i] = BEGUN;
        alarm(SECONDS_EACH);
        work->results[i] = do_one(work->files->pdata[i], work) ? SOUND : BROKEN;
    }
}

/* The child came to no good end: the file that it had begun is the cause, or none
 * in particular (a sanitizer, about a leak). */
static void
note_crash(const Work *work, int status)
{
    for (size_t i = 0; i < work->files->len; i++) {
        const CorpusFile *file = work->files->pdata[i];

        if (work->results[i] != BEGUN)
            continue;
        work->results[i] = BROKEN;
        corpus_complain(file->file, WIFSIGNALED(status) ? "killed by signal %d" : "status %d",
                        WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
        return;
    }
    corpus_complain("all files", "the process ended with status %d", WEXITSTATUS(status));
    work->results[0] = BROKEN;
}

/* FALSE: there is more to do. */
static gboolean
do_in_child(const Work *work)
{
    int status = 0;
    pid_t child;

    fflush(NULL);
    child = fork();
    if (child == 0) {
        do_all(work);
        exit(EXIT_SUCCESS);
    }
    if (child < 0 || waitpid(child, &status, 0) != child)
        g_error("no child can be had");
    if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SUCCESS)
        return TRUE;
    note_crash(work, status);
    return !memchr(work->results, NOT_YET, work->files->len);
}

static void
work_through(Work *work)
{
    size_t size = work->files->len;

    work->results = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (work->results == MAP_FAILED)
        g_error("no memory can be shared");
    while (!do_in_child(work))
        ;
    for (size_t i = 0; i < size; i++)
        ((CorpusFile *)work->files->pdata[i])->sound = work->results[i] == SOUND;
    munmap(work->results, size);
}

/* ---- all of it ------------------------------------------------------------------------ */

static GPtrArray *
find_offers(const GPtrArray *files, const VmcFacts *expansions)
{
    g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func(corpus_offer_free);
    GPtrArray *some = g_ptr_array_new_with_free_func(corpus_offer_free);
    size_t stride = 0;

    for (size_t i = 0; i < files->len; i++) {
        const CorpusFile *file = files->pdata[i];
        CorpusOffer *offer = file->sound ? corpus_offer(file, expansions) : NULL;

        if (offer)
            g_ptr_array_add(all, offer);
    }
    stride = (all->len + MOST_OFFERS - 1) / MOST_OFFERS;
    g_ptr_array_set_free_func(all, NULL);
    for (size_t i = 0; i < all->len; i++) {
        if (i % stride == 0)
            g_ptr_array_add(some, all->pdata[i]);
        else
            corpus_offer_free(all->pdata[i]);
    }
    return some;
}

static void
judge_all(GPtrArray *files)
{
    g_autoptr(VmcFacts) expansions = corpus_expansions(files);
    g_autoptr(GPtrArray) offers = find_offers(files, expansions);
    Work work = { .files = files, .offers = offers, .expansions = expansions };

    if (verdicts_file)
        work.verdicts = fopen(verdicts_file, "we");
    printf("%u hosts\n", offers->len);
    work_through(&work);
    if (work.verdicts)
        fclose(work.verdicts);
}

/* A corpus without one of the kinds is none. */
static gboolean
has_all_kinds(const GPtrArray *files)
{
    static const char *const names[] = { "domains", "capabilities", "domain capabilities",
                                         "others" };
    size_t counts[CORPUS_N_KINDS] = { 0 };
    gboolean all = TRUE;

    for (size_t i = 0; i < files->len; i++)
        counts[((const CorpusFile *)files->pdata[i])->kind]++;
    for (size_t i = 0; i < CORPUS_N_KINDS; i++) {
        printf("%zu %s\n", counts[i], names[i]);
        all &= counts[i] > 0;
    }
    return all;
}

static int
sum_up(const GPtrArray *files)
{
    size_t failed = 0;

    for (size_t i = 0; i < files->len; i++)
        failed += !((const CorpusFile *)files->pdata[i])->sound;
    printf("%zu passed, %zu failed\n", files->len - failed, failed);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

int
main(int argc, char **argv)
{
    const GOptionEntry entries[] = {
        { "limit", 0, 0, G_OPTION_ARG_DOUBLE, &corpus_limit, "of one step, in ms of CPU", "MS" },
        { "verdicts", 0, 0, G_OPTION_ARG_FILENAME, &verdicts_file, "every verdict", "FILE" },
        { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &folders, NULL, "FOLDER…" },
        { 0 },
    };
    g_autoptr(GOptionContext) context = g_option_context_new(NULL);
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) files = NULL;

    g_option_context_add_main_entries(context, entries, NULL);
    if (!g_option_context_parse(context, &argc, &argv, &error)) {
        fprintf(stderr, "corpus-run: %s\n", error->message);
        return EXIT_FAILURE;
    }
    files = read_files();
    if (!has_all_kinds(files)) {
        printf("0 passed, 1 failed: this is no corpus\n");
        return EXIT_FAILURE;
    }
    work_through(&(Work){ .files = files });
    judge_all(files);
    g_strfreev(folders);
    return sum_up(files);
}
