/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The answers of many destinations: their order, what they come to, and how they
 * are told.  Golden files are in tests/data/report; VMC_TEST_REGENERATE=1 writes
 * them anew.
 */
#include "model/error.h"
#include "report/gate.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static const VmcRule rule = {
    .id = "network-missing",
    .severity = VMC_SEVERITY_BLOCKER,
    .summary = "The destination has every network",
};

static void
free_gate(VmcGate *gate)
{
    g_atomic_rc_box_release_full(gate, (GDestroyNotify)vmc_gate_clear);
}

static void
add_finding(VmcSystemReport *system, VmcSeverity severity, gboolean waived)
{
    VmcFinding *finding = g_new0(VmcFinding, 1);

    finding->rule = &rule;
    finding->severity = severity;
    finding->waived = waived;
    finding->subject = g_strdup("devices/interface[1]");
    finding->needed = g_strdup("lan");
    finding->found = g_strdup("");
    finding->message = g_strdup("no network 'lan'");
    finding->remedy = g_strdup("");
    g_ptr_array_add(system->findings, finding);
}

static VmcSystemReport *
add_system(VmcReport *report, const char *name, const VmcSeverity *severities)
{
    VmcSystemReport *system = vmc_system_report_new(name, "uuid");

    system->judged_as = VMC_STATE_OFF;
    system->enabled_state = VMC_ENABLED_STATE_DISABLED;
    for (; *severities; severities++)
        add_finding(system, *severities, FALSE);
    system->verdict = vmc_rules_verdict(system->findings);
    g_ptr_array_add(report->systems, system);
    return system;
}

static VmcReport *
add_answer(VmcGate *gate, const char *uri, const VmcSeverity *severities)
{
    VmcHost host = { .uri = (char *)uri, .hostname = (char *)"h", .libvirt_version = 9000000 };
    VmcReport *report = vmc_report_new(&host);

    add_system(report, "vm1", severities);
    vmc_gate_add(gate, uri, report, NULL, vmc_report_return_value(report));
    return report;
}

static void
add_failure(VmcGate *gate, const char *uri, VmcErrorCode code, VmcReturnValue value)
{
    vmc_gate_add(gate, uri, NULL, g_error_new_literal(VMC_ERROR, (int)code, "it is down"), value);
}

#define SEVERITIES(...) ((const VmcSeverity[]){ __VA_ARGS__ __VA_OPT__(, ) 0 })
#define WARN VMC_SEVERITY_WARNING
#define OPEN VMC_SEVERITY_UNKNOWN
#define STOP VMC_SEVERITY_BLOCKER

static VmcGate *
full_gate(void)
{
    VmcGate *gate = vmc_gate_new();

    add_failure(gate, "down", VMC_ERROR_NOT_AVAILABLE, VMC_RETURN_NOT_AVAILABLE);
    add_answer(gate, "two-stops", SEVERITIES(STOP, STOP));
    add_answer(gate, "one-stop", SEVERITIES(VMC_SEVERITY_CONDITIONAL, WARN, WARN, WARN));
    add_answer(gate, "open", SEVERITIES(OPEN, WARN));
    add_answer(gate, "warned", SEVERITIES(WARN));
    add_answer(gate, "fits", SEVERITIES(VMC_SEVERITY_NOTE));
    add_answer(gate, "fits-too", SEVERITIES());
    add_failure(gate, "mute", VMC_ERROR_TIMEOUT, VMC_RETURN_TIMEOUT);
    vmc_gate_sort(gate);
    return gate;
}

START_TEST(best_come_first)
{
    static const char *const order[] = { "fits",     "fits-too",  "warned", "open",
                                         "one-stop", "two-stops", "down",   "mute" };
    static const size_t given[] = { 5, 6, 4, 3, 2, 1, 0, 7 };
    VmcGate *gate = full_gate();

    ck_assert_uint_eq(vmc_gate_n_destinations(gate), G_N_ELEMENTS(order));
    for (size_t i = 0; i < G_N_ELEMENTS(order); i++) {
        ck_assert_str_eq(vmc_gate_destination(gate, i), order[i]);
        ck_assert_uint_eq(vmc_gate_index(gate, i), given[i]);
        ck_assert((vmc_gate_report(gate, i) == NULL) == (i >= 6));
        ck_assert((vmc_gate_error(gate, i) == NULL) == (i < 6));
    }
    free_gate(gate);
}
END_TEST

START_TEST(waived_findings_do_not_count)
{
    VmcGate *gate = vmc_gate_new();
    VmcReport *waived = NULL;

    add_answer(gate, "one", SEVERITIES(WARN));
    waived = add_answer(gate, "waived", SEVERITIES());
    add_finding(waived->systems->pdata[0], WARN, TRUE);
    add_finding(waived->systems->pdata[0], STOP, TRUE);
    vmc_gate_sort(gate);
    ck_assert_str_eq(vmc_gate_destination(gate, 0), "waived");
    free_gate(gate);
}
END_TEST

START_TEST(what_they_come_to)
{
    static const struct {
        const char *answers; /* c fits, i does not, u undecided, d down, m mute */
        int status;
        VmcReturnValue value;
    } cases[] = {
        { "c", 0, VMC_RETURN_COMPATIBLE },       { "i", 2, VMC_RETURN_NOT_COMPATIBLE },
        { "u", 3, VMC_RETURN_STATUS_UNKNOWN },   { "d", 1, VMC_RETURN_NOT_AVAILABLE },
        { "m", 1, VMC_RETURN_TIMEOUT },          { "iudmc", 0, VMC_RETURN_COMPATIBLE },
        { "iui", 3, VMC_RETURN_STATUS_UNKNOWN }, { "iii", 2, VMC_RETURN_NOT_COMPATIBLE },
        { "id", 3, VMC_RETURN_STATUS_UNKNOWN },  { "ud", 3, VMC_RETURN_STATUS_UNKNOWN },
        { "mdm", 1, VMC_RETURN_TIMEOUT },        { "", 1, VMC_RETURN_INVALID_PARAMETER },
    };
    VmcGate *gate = vmc_gate_new();

    for (const char *answer = cases[_i].answers; *answer; answer++) {
        if (*answer == 'd')
            add_failure(gate, "d", VMC_ERROR_NOT_AVAILABLE, VMC_RETURN_NOT_AVAILABLE);
        else if (*answer == 'm')
            add_failure(gate, "m", VMC_ERROR_TIMEOUT, VMC_RETURN_TIMEOUT);
        else
            add_answer(gate, "x",
                       SEVERITIES(*answer == 'i'   ? STOP
                                  : *answer == 'u' ? OPEN
                                                   : VMC_SEVERITY_NOTE));
    }
    vmc_gate_sort(gate);
    ck_assert_int_eq(vmc_gate_exit_status(gate), cases[_i].status);
    ck_assert_int_eq(vmc_gate_return_value(gate), cases[_i].value);
    free_gate(gate);
}
END_TEST

static void
assert_golden(const char *name, const char *text)
{
    const char *data = g_getenv("VMC_TEST_DATA");
    g_autofree char *path = g_build_filename(data ? data : "tests/data", "report", name, NULL);
    g_autofree char *expected = NULL;

    if (g_getenv("VMC_TEST_REGENERATE"))
        ck_assert(g_file_set_contents(path, text, -1, NULL));
    ck_assert_msg(g_file_get_contents(path, &expected, NULL, NULL), "no file %s", path);
    ck_assert_str_eq(text, expected);
}

START_TEST(forms_are_golden)
{
    VmcGate *gate = full_gate();
    g_autofree char *text = vmc_gate_to_plain(gate, 0);
    g_autofree char *json = vmc_gate_to_json(gate);

    assert_golden("gate.txt", text);
    assert_golden("gate.json", json);
    free_gate(gate);
}
END_TEST

START_TEST(several_systems_are_named)
{
    VmcGate *gate = vmc_gate_new();
    VmcReport *report = add_answer(gate, "there", SEVERITIES(STOP));
    g_autofree char *text = NULL;

    add_system(report, "vm2", SEVERITIES());
    text = vmc_gate_to_plain(gate, 0);
    ck_assert_ptr_nonnull(strstr(text, "there: not compatible\n vm1: not compatible\n"));
    ck_assert_ptr_nonnull(strstr(text, "\n vm2: compatible\n"));
    free_gate(gate);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("gate");
    TCase *tcase = tcase_create("gate");
    SRunner *runner = NULL;
    int failed;

    tcase_add_test(tcase, best_come_first);
    tcase_add_test(tcase, waived_findings_do_not_count);
    tcase_add_loop_test(tcase, what_they_come_to, 0, 12);
    tcase_add_test(tcase, forms_are_golden);
    tcase_add_test(tcase, several_systems_are_named);
    suite_add_tcase(suite, tcase);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
