/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Programs of the site: that they are bounded whatever they do, which of them are
 * run, and what their answers come to.
 */
#include "site/site-internal.h"

#include <check.h>
#include <errno.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* ---- folders of programs --------------------------------------------------------- */

static char *
make_folder(void)
{
    char *folder = g_dir_make_tmp("vmct-site-XXXXXX", NULL);

    ck_assert_ptr_nonnull(folder);
    ck_assert_int_eq(g_chmod(folder, 0755), 0);
    return folder;
}

static void
write_program(const char *folder, const char *name, const char *body, int mode)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);
    g_autofree char *text = g_strconcat("#!/bin/sh\n", body, "\n", NULL);

    ck_assert(g_file_set_contents(path, text, -1, NULL));
    ck_assert_int_eq(g_chmod(path, mode), 0);
}

static void
remove_folder(const char *folder)
{
    GDir *dir = g_dir_open(folder, 0, NULL);

    for (const char *name = g_dir_read_name(dir); name; name = g_dir_read_name(dir)) {
        g_autofree char *path = g_build_filename(folder, name, NULL);
        g_remove(path);
    }
    g_dir_close(dir);
    ck_assert_int_eq(g_rmdir(folder), 0);
}

/* ---- one program ------------------------------------------------------------------ */

static void
count_tick(void *opaque)
{
    (*(unsigned int *)opaque)++;
}

static void
run_body(const char *body, unsigned int seconds, unsigned int *ticks, VmcRun *run)
{
    g_autofree char *folder = make_folder();
    g_autofree char *path = g_build_filename(folder, "x", NULL);
    const char *const argv[] = { path, "one", "two words", NULL };

    write_program(folder, "x", body, 0755);
    vmc_run_program(argv, seconds, ticks ? count_tick : NULL, ticks, run);
    remove_folder(folder);
}

static const struct {
    const char *body;
    VmcRunEnd end;
    int status;
    const char *out, *err;
} ends[] = {
    { "exit 0", VMC_RUN_EXITED, 0, "", "" },
    { "exit 2", VMC_RUN_EXITED, 2, "", "" },
    { "echo \"$2\"; echo \"$1\" >&2", VMC_RUN_EXITED, 0, "two words\n", "one\n" },
    { "pwd; cat", VMC_RUN_EXITED, 0, "/\n", "" }, /* nothing on standard input */
    { "kill -KILL $$", VMC_RUN_SIGNALED, SIGKILL, "", "" },
    { "kill -SEGV $$", VMC_RUN_SIGNALED, SIGSEGV, "", "" },
    { "echo a; sleep 30", VMC_RUN_LATE, 0, "a\n", "" },
    { "exec >&- 2>&-; sleep 30", VMC_RUN_LATE, 0, "", "" },
    { "trap '' TERM INT HUP; sleep 30", VMC_RUN_LATE, 0, "", "" },
    { "yes", VMC_RUN_TALKATIVE, 0, NULL, "" },
    { "yes >&2", VMC_RUN_TALKATIVE, 0, "", NULL },
    { "head -c 65536 /dev/zero", VMC_RUN_EXITED, 0, NULL, "" }, /* as much as is allowed */
    { "head -c 65537 /dev/zero", VMC_RUN_TALKATIVE, 0, NULL, "" },
    /* What it leaves behind holds the pipes, and is not waited for. */
    { "sleep 30 & echo a", VMC_RUN_EXITED, 0, "a\n", "" },
    { "setsid sleep 4 & echo a", VMC_RUN_EXITED, 0, "a\n", "" },
};

START_TEST(test_ends)
{
    gint64 start = g_get_monotonic_time();
    VmcRun run;

    run_body(ends[_i].body, 2, NULL, &run);
    ck_assert_int_eq(run.end, ends[_i].end);
    ck_assert_int_eq(run.status, ends[_i].status);
    if (ends[_i].out)
        ck_assert_str_eq(run.out->str, ends[_i].out);
    if (ends[_i].err)
        ck_assert_str_eq(run.err->str, ends[_i].err);
    ck_assert_uint_le(run.out->len, VMC_SITE_MAX_OUTPUT);
    ck_assert_uint_le(run.err->len, VMC_SITE_MAX_OUTPUT);
    ck_assert_int_lt(g_get_monotonic_time() - start, 15 * G_TIME_SPAN_SECOND);
    vmc_run_clear(&run);
}
END_TEST

START_TEST(test_not_started)
{
    const char *const argv[] = { "/nonexistent/program", NULL };
    VmcRun run;

    vmc_run_program(argv, 1, NULL, NULL, &run);
    ck_assert_int_eq(run.end, VMC_RUN_NOT_STARTED);
    ck_assert_ptr_nonnull(run.failure);
    vmc_run_clear(&run);
}
END_TEST

/* All of its group goes with it: the number it printed is nobody's any more. */
START_TEST(test_group)
{
    unsigned int ticks = 0;
    guint64 pid = 0;
    VmcRun run;

    run_body("sleep 30 & echo $!; wait", 1, &ticks, &run);
    ck_assert_int_eq(run.end, VMC_RUN_LATE);
    ck_assert_uint_gt(ticks, 2);
    ck_assert(g_ascii_string_to_unsigned(g_strchomp(run.out->str), 10, 2, G_MAXINT, &pid, NULL));
    /* It has no parent here that would wait for it: init does, in a while. */
    for (int i = 0; i < 200 && kill((pid_t)pid, 0) == 0; i++) {
        g_autofree char *path = g_strdup_printf("/proc/%" G_GUINT64_FORMAT "/stat", pid);
        g_autofree char *text = NULL;

        if (g_file_get_contents(path, &text, NULL, NULL) && strstr(text, ") Z "))
            break;
        ck_assert_int_lt(i, 199);
        g_usleep(10000);
    }
    vmc_run_clear(&run);
}
END_TEST

/* ---- which are run ------------------------------------------------------------------ */

static char *
listing(VmcProgramKind kind, const char *folder)
{
    g_autoptr(GPtrArray) programs = vmc_programs_new();
    g_autoptr(GString) text = g_string_new(NULL);

    vmc_programs_list(programs, kind, folder);
    for (size_t i = 0; i < programs->len; i++) {
        const VmcProgram *program = programs->pdata[i];

        g_string_append_printf(text, "%s%s%s%s", i ? " " : "", program->rule->id,
                               program->distrusted ? "!" : "", program->misnamed ? "?" : "");
    }
    return g_string_free(g_steal_pointer(&text), FALSE);
}

START_TEST(test_listing)
{
    g_autofree char *folder = make_folder();
    g_autofree char *sub = g_build_filename(folder, "folder", NULL);
    g_autofree char *rules = NULL;
    g_autofree char *extchecks = NULL;
    g_autofree char *open = NULL;
    g_autofree char *gone = NULL;

    write_program(folder, "b", "", 0755);
    write_program(folder, "a", "", 0755);
    write_program(folder, "B", "", 0700);
    write_program(folder, "10_x", "", 0555);
    write_program(folder, "README", "", 0644);
    write_program(folder, "a~", "", 0755);
    write_program(folder, ".a", "", 0755);
    write_program(folder, "a.dpkg-old", "", 0755);
    write_program(folder, "c.sh", "", 0755);
    write_program(folder, "group", "", 0775);
    write_program(folder, "world", "", 0757);
    write_program(folder, "x y", "", 0755);
    g_mkdir(sub, 0755);

    rules = listing(VMC_PROGRAM_RULE, folder);
    ck_assert_str_eq(rules, "site/10_x site/B site/a site/b site/c.sh? site/group! site/world! "
                            "site/x_y?");
    extchecks = listing(VMC_PROGRAM_EXTCHECK, folder);
    ck_assert_str_eq(extchecks, "extcheck/10_x extcheck/B extcheck/a extcheck/b extcheck/c.sh "
                                "extcheck/group! extcheck/world! extcheck/x_y");
    /* Who may put a program into a folder may change all of them. */
    ck_assert_int_eq(g_chmod(folder, 0777), 0);
    open = listing(VMC_PROGRAM_RULE, folder);
    ck_assert(g_str_has_prefix(open, "site/10_x! site/B! site/a! site/b!"));
    remove_folder(folder);
    gone = listing(VMC_PROGRAM_RULE, folder);
    ck_assert(g_str_has_suffix(gone, "!") && !strchr(gone, ' '));
}
END_TEST

START_TEST(test_ids)
{
    static const char *const good[] = { "site/a", "site/10_A-b", "site/a.sh", "extcheck/x.pl" };
    static const char *const bad[] = { "",         "site",    "site/",  "site/a b", "site/a/b",
                                       "extcheck", "sites/a", "Site/a", "site/ä",   "other/a" };

    for (size_t i = 0; i < G_N_ELEMENTS(good); i++)
        ck_assert_msg(vmc_site_is_rule_id(good[i]), "%s", good[i]);
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++)
        ck_assert_msg(!vmc_site_is_rule_id(bad[i]), "%s", bad[i]);
}
END_TEST

/* ---- what they say ------------------------------------------------------------------- */

#define LINE(severity) severity "\tcpu\tneeded\tfound\tmessage"

static const struct {
    VmcProgramKind kind;
    int status;
    const char *out, *err;
    const char *findings; /* "rule severity", one after the other */
} answers[] = {
    { 0, 0, "", "", "" },
    { 0, 0, "\n\n", "words", "" },
    { 0, 0, LINE("note") "\n", "", "site/x note" },
    { 0, 0, LINE("warning"), "", "site/x warning" },
    { 0, 2, LINE("blocker") "\tremedy\n" LINE("note") "\n", "", "site/x blocker site/x note" },
    { 0, 3, LINE("unknown"), "", "site/x unknown" },
    /* A line counts, whatever the status; a status without one makes one. */
    { 0, 0, LINE("blocker"), "", "site/x blocker" },
    { 0, 2, "", "because", "site/x blocker" },
    { 0, 2, LINE("warning"), "", "site/x warning site/x blocker" },
    { 0, 3, "", "", "site/x unknown" },
    { 0, 3, LINE("blocker"), "", "site/x blocker" },
    /* Failures: what was said before is no answer either. */
    { 0, 1, LINE("blocker"), "", "site-rule-failed unknown" },
    { 0, 127, "", "", "site-rule-failed unknown" },
    { 0, 0, "hello", "", "site-rule-failed unknown" },
    { 0, 0, LINE("note") "\nhello", "", "site-rule-failed unknown" },
    { 0, 2, "blocker\tcpu\tneeded\tfound\t\n", "", "site-rule-failed unknown" }, /* no message */
    { 0, 2, LINE("blocker") "\tremedy\tmore", "", "site-rule-failed unknown" },
    { 0, 2, LINE("Blocker"), "", "site-rule-failed unknown" },
    { 0, 2, LINE("conditional"), "", "site-rule-failed unknown" },
    { 0, 2, "blocker\tcpu\tneeded\tfound\tm\xff", "", "site-rule-failed unknown" },
    /* libvirt-cim's: nothing but the status counts */
    { 1, 0, "hello", "words", "" },
    { 1, 1, "hello", "words", "extcheck/x blocker" },
    { 1, 2, "", "", "extcheck/x blocker" },
    { 1, 127, "", "", "site-rule-failed unknown" },
};

static void
answer(VmcProgramKind kind, VmcRun *run, GHashTable *ignore, GPtrArray *findings)
{
    g_autofree char *folder = make_folder();
    g_autoptr(GPtrArray) programs = vmc_programs_new();
    VmcFindings said = { .list = findings, .ignore = ignore };

    write_program(folder, "x", "", 0755);
    vmc_programs_list(programs, kind, folder);
    remove_folder(folder);
    ck_assert_uint_eq(programs->len, 1);
    if (kind == VMC_PROGRAM_RULE)
        vmc_site_answer(programs->pdata[0], run, 5, &said);
    else
        vmc_extcheck_answer(programs->pdata[0], run, 5, &said);
}

static GPtrArray *
findings_new(void)
{
    return g_ptr_array_new_with_free_func((GDestroyNotify)vmc_finding_free);
}

START_TEST(test_answers)
{
    g_autoptr(GPtrArray) findings = findings_new();
    g_autoptr(GString) text = g_string_new(NULL);
    VmcRun run = { .status = answers[_i].status,
                   .out = g_string_new(answers[_i].out),
                   .err = g_string_new(answers[_i].err) };

    answer(answers[_i].kind, &run, NULL, findings);
    vmc_run_clear(&run);
    for (size_t i = 0; i < findings->len; i++) {
        const VmcFinding *finding = findings->pdata[i];

        ck_assert(*finding->message);
        g_string_append_printf(text, "%s%s %s", i ? " " : "", finding->rule->id,
                               vmc_severity_name(finding->severity));
    }
    ck_assert_str_eq(text->str, answers[_i].findings);
}
END_TEST

START_TEST(test_fields)
{
    g_autoptr(GPtrArray) findings = findings_new();
    VmcRun run = { .status = 2,
                   .out =
                       g_string_new("blocker\tcpu\tgold\tsilver\tno \033[31m%s gold\tBuy some.\n"),
                   .err = g_string_new("") };
    const VmcFinding *finding;

    answer(VMC_PROGRAM_RULE, &run, NULL, findings);
    vmc_run_clear(&run);
    finding = findings->pdata[0];
    ck_assert_str_eq(finding->subject, "cpu");
    ck_assert_str_eq(finding->needed, "gold");
    ck_assert_str_eq(finding->found, "silver");
    ck_assert_str_eq(finding->message, "no \uFFFD[31m%s gold"); /* no terminal obeys this */
    ck_assert_str_eq(finding->remedy, "Buy some.");
}
END_TEST

/* --ignore site/NAME waives what it says, and that it said nothing. */
START_TEST(test_waived)
{
    g_autoptr(GHashTable) ignore = vmc_set_new();
    g_autoptr(GPtrArray) findings = findings_new();
    VmcRun run = { .status = 2, .out = g_string_new(""), .err = g_string_new("") };

    g_hash_table_add(ignore, g_strdup("site/x"));
    answer(VMC_PROGRAM_RULE, &run, ignore, findings);
    run.status = 1;
    answer(VMC_PROGRAM_RULE, &run, ignore, findings);
    vmc_run_clear(&run);
    ck_assert_uint_eq(findings->len, 2);
    ck_assert(((VmcFinding *)findings->pdata[0])->waived);
    ck_assert(((VmcFinding *)findings->pdata[1])->waived);
    ck_assert_str_eq(((VmcFinding *)findings->pdata[1])->rule->id, "site-rule-failed");
    ck_assert_int_eq(vmc_rules_verdict(findings), VMC_VERDICT_COMPATIBLE);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("site");
    TCase *run = tcase_create("run");
    TCase *programs = tcase_create("programs");
    TCase *said = tcase_create("answers");
    SRunner *runner = srunner_create(suite);
    int failed = 0;

    tcase_set_timeout(run, 30);
    tcase_add_loop_test(run, test_ends, 0, G_N_ELEMENTS(ends));
    tcase_add_test(run, test_not_started);
    tcase_add_test(run, test_group);
    tcase_add_test(programs, test_listing);
    tcase_add_test(programs, test_ids);
    tcase_add_loop_test(said, test_answers, 0, G_N_ELEMENTS(answers));
    tcase_add_test(said, test_fields);
    tcase_add_test(said, test_waived);
    suite_add_tcase(suite, run);
    suite_add_tcase(suite, programs);
    suite_add_tcase(suite, said);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
