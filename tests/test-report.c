/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Findings → text, JSON, XML, CIM.  Golden files are in tests/data/report;
 * VMC_TEST_REGENERATE=1 writes them anew (look at the difference).
 */
#include "model/error.h"
#include "report/report.h"

#include <check.h>
#include <json-glib/json-glib.h>
#include <libxml/parser.h>
#include <stdlib.h>
#include <string.h>

static const VmcRule MISSING = {
    .id = "cpu-feature-missing",
    .states = VMC_STATE_LIVE | VMC_STATE_SAVED,
    .severity = VMC_SEVERITY_BLOCKER,
    .assume = "unsafe,shared-storage",
    .summary = "The destination has every CPU feature",
    .cause = "The guest has seen the feature <and> would miss it.",
    .remedy = "Take the feature from the guest's CPU.",
    .spares = "guest CPU doesn't match specification: missing features: avx2",
};

static const VmcRule NETWORK = {
    .id = "network-missing",
    .states = VMC_STATE_LIVE | VMC_STATE_SAVED | VMC_STATE_OFF,
    .severity = VMC_SEVERITY_BLOCKER,
    .summary = "The destination has every network",
};

/* Of a program of the site. */
static const VmcRule SITE = { .id = "site/10_tariff", .severity = VMC_SEVERITY_BLOCKER };

/* ---- helpers --------------------------------------------------------------- */

static void
add(VmcSystemReport *system,
    const VmcRule *rule,
    VmcSeverity severity,
    const char *subject,
    const char *message,
    const char *remedy)
{
    VmcFinding *finding = g_new0(VmcFinding, 1);

    finding->rule = rule;
    finding->severity = severity;
    finding->subject = g_strdup(subject);
    finding->needed = g_strdup("avx2");
    finding->found = g_strdup("");
    finding->message = g_strdup(message);
    finding->remedy = g_strdup(remedy);
    g_ptr_array_add(system->findings, finding);
}

static VmcSystemReport *
new_system(const char *name, VmcState state, VmcVerdict verdict)
{
    VmcSystemReport *system = vmc_system_report_new(name, "00000000-5a3b-4000-8000-000000000005");

    system->judged_as = state;
    system->enabled_state =
        state == VMC_STATE_LIVE ? VMC_ENABLED_STATE_ENABLED : VMC_ENABLED_STATE_DISABLED;
    system->verdict = verdict;
    return system;
}

static VmcReport *
new_report(void)
{
    VmcHost host = {
        .uri = (char *)"qemu+ssh://b/system",
        .uuid = (char *)"22222222-aaaa-4aaa-8aaa-00000000000b",
        .hostname = (char *)"host-b",
        .libvirt_version = 9000000,
        .hypervisor_version = 7002022,
        /* nothing that a report frees may be somebody else's */
        .type = (char *)"QEMU",
        .kernel = (char *)"6.1.0-38-amd64",
        .cpu_vendor = (char *)"AMD",
        .cpu_model = (char *)"EPYC",
        .cpu_microcode = (char *)"1",
        .cpu_signature = (char *)"2",
        .lock_manager = (char *)"lockd",
    };

    return vmc_report_new(&host);
}

static void
free_report(VmcReport *report)
{
    g_atomic_rc_box_release_full(report, (GDestroyNotify)vmc_report_clear);
}

static VmcReport *
full_report(void)
{
    VmcReport *report = new_report();
    VmcSystemReport *bad = new_system("vm1", VMC_STATE_LIVE, VMC_VERDICT_INCOMPATIBLE);
    VmcSystemReport *good = new_system("vm2", VMC_STATE_OFF, VMC_VERDICT_COMPATIBLE);

    bad->compatible_when_off = VMC_YES;
    add(bad, &MISSING, VMC_SEVERITY_BLOCKER, "cpu/feature[@name='avx2']",
        "the destination's CPU lacks the feature 'avx2'",
        "Choose a CPU model that both hosts have, or disable the feature in the guest's definition "
        "and start the guest anew.");
    add(bad, &NETWORK, VMC_SEVERITY_BLOCKER, "devices/interface[1]", "no network <'x'> & more", "");
    ((VmcFinding *)bad->findings->pdata[1])->waived = TRUE;
    add(bad, &NETWORK, VMC_SEVERITY_UNKNOWN, "", "networks were not probed", "Connect as root.");
    add(bad, &NETWORK, VMC_SEVERITY_NOTE, "name", "a note", "");
    add(bad, &SITE, VMC_SEVERITY_NOTE, "metadata", "the tariff differs", "");
    ((VmcFinding *)bad->findings->pdata[4])->severity_was = VMC_SEVERITY_BLOCKER;
    g_ptr_array_add(report->systems, bad);
    g_ptr_array_add(report->systems, good);
    return report;
}

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

static xmlDoc *
parse(const char *text)
{
    xmlDoc *doc =
        xmlReadMemory(text, (int)strlen(text), NULL, NULL, XML_PARSE_NONET | XML_PARSE_NOERROR);

    ck_assert_msg(doc != NULL, "not well-formed: %s", text);
    return doc;
}

static int
count(const char *text, const char *word)
{
    int n = 0;

    for (const char *at = strstr(text, word); at; at = strstr(at + 1, word))
        n++;
    return n;
}

/* ---- verdicts -------------------------------------------------------------- */

START_TEST(worst_verdict_counts)
{
    static const struct {
        VmcVerdict verdicts[2];
        VmcVerdict verdict;
        VmcReturnValue value;
        int status;
    } cases[] = {
        { { VMC_VERDICT_COMPATIBLE, VMC_VERDICT_COMPATIBLE }, VMC_VERDICT_COMPATIBLE, 0, 0 },
        { { VMC_VERDICT_UNDECIDED, VMC_VERDICT_COMPATIBLE }, VMC_VERDICT_UNDECIDED, 32771, 3 },
        { { VMC_VERDICT_UNDECIDED, VMC_VERDICT_INCOMPATIBLE }, VMC_VERDICT_INCOMPATIBLE, 32784, 2 },
        { { VMC_VERDICT_INCOMPATIBLE, VMC_VERDICT_COMPATIBLE },
          VMC_VERDICT_INCOMPATIBLE,
          32784,
          2 },
    };
    VmcReport *report = new_report();

    for (size_t i = 0; i < 2; i++)
        g_ptr_array_add(report->systems, new_system("x", VMC_STATE_OFF, cases[_i].verdicts[i]));
    ck_assert_int_eq(vmc_report_verdict(report), cases[_i].verdict);
    ck_assert_int_eq(vmc_report_return_value(report), cases[_i].value);
    ck_assert_int_eq(vmc_report_exit_status(report), cases[_i].status);
    free_report(report);
}
END_TEST

START_TEST(merged_reports_share_systems)
{
    VmcReport *one = full_report();
    VmcReport *other = new_report();
    VmcReport *merged;

    g_ptr_array_add(other->systems, new_system("vm3", VMC_STATE_OFF, VMC_VERDICT_UNDECIDED));
    merged = vmc_report_merge(one, other);
    ck_assert_uint_eq(merged->systems->len, 3);
    ck_assert_ptr_eq(merged->systems->pdata[0], one->systems->pdata[0]);
    free_report(one);
    free_report(other);
    ck_assert_str_eq(((VmcSystemReport *)merged->systems->pdata[2])->name, "vm3");
    ck_assert_str_eq(merged->destination.hostname, "host-b");
    free_report(merged);
}
END_TEST

/* ---- text ------------------------------------------------------------------ */

START_TEST(text_is_golden)
{
    VmcReport *report = full_report();
    g_autofree char *text = vmc_report_to_plain(report, 0);
    g_autofree char *verbose = vmc_report_to_plain(report, VMC_REPORT_VERBOSE);

    assert_golden("full.txt", text);
    assert_golden("full-verbose.txt", verbose);
    ck_assert_ptr_null(strstr(text, "\033"));
    free_report(report);
}
END_TEST

START_TEST(compatible_is_one_line)
{
    VmcReport *report = new_report();
    g_autofree char *text = NULL;

    g_ptr_array_add(report->systems, new_system("vm1", VMC_STATE_OFF, VMC_VERDICT_COMPATIBLE));
    text = vmc_report_to_plain(report, 0);
    ck_assert_str_eq(text, "vm1: compatible\n");
    free_report(report);
}
END_TEST

START_TEST(colors_are_closed)
{
    VmcReport *report = full_report();
    g_autofree char *text = vmc_report_to_plain(report, VMC_REPORT_COLOR);

    ck_assert_int_gt(count(text, "\033[0m"), 0);
    ck_assert_int_eq(count(text, "\033["), 2 * count(text, "\033[0m"));
    free_report(report);
}
END_TEST

/* ---- JSON ------------------------------------------------------------------ */

START_TEST(json_is_golden)
{
    VmcReport *report = full_report();
    g_autofree char *text = vmc_report_to_json(report);

    assert_golden("full.json", text);
    free_report(report);
}
END_TEST

START_TEST(json_carries_any_bytes)
{
    VmcReport *report = new_report();
    VmcSystemReport *system = new_system("vm\xff\x01", VMC_STATE_LIVE, VMC_VERDICT_UNDECIDED);
    g_autoptr(JsonParser) parser = json_parser_new();
    g_autofree char *text = NULL;

    g_ptr_array_add(report->systems, system);
    text = vmc_report_to_json(report);
    ck_assert(g_utf8_validate(text, -1, NULL));
    ck_assert(json_parser_load_from_data(parser, text, -1, NULL));
    ck_assert_ptr_nonnull(strstr(text, "\"compatibleWhenOff\" : null"));
    free_report(report);
}
END_TEST

/* ---- XML and CIM ------------------------------------------------------------- */

START_TEST(xml_is_golden)
{
    VmcReport *report = full_report();
    g_autofree char *text = vmc_report_to_xml(report);

    xmlFreeDoc(parse(text));
    assert_golden("full.xml", text);
    free_report(report);
}
END_TEST

START_TEST(cim_is_golden)
{
    VmcReport *report = full_report();
    g_autofree char *text = vmc_report_to_cim(report);

    xmlFreeDoc(parse(text));
    ck_assert_int_eq(count(text, "<INSTANCE "), 4); /* the waived one is no reason */
    assert_golden("full-cim.xml", text);
    free_report(report);
}
END_TEST

START_TEST(cim_classifies_by_rule)
{
    static const struct {
        const char *rule, *type, *cause;
    } cases[] = {
        { "cpu-feature-missing", ">5<", ">38<" },      { "cpu-feature-unknown", ">4<", ">58<" },
        { "machine-type-unsupported", ">4<", ">58<" }, { "network-missing", ">9<", ">57<" },
        { "memory-insufficient", ">9<", ">33<" },      { "something-else", ">10<", ">8<" },
    };
    VmcRule rule = { .id = cases[_i].rule };
    VmcFinding finding = {
        .rule = &rule,
        .severity = VMC_SEVERITY_BLOCKER,
        .subject = (char *)"",
        .needed = (char *)"",
        .found = (char *)"",
        .message = (char *)"m",
        .remedy = (char *)"",
    };
    g_autofree char *text = vmc_finding_to_cim(&finding, "vm1");

    xmlFreeDoc(parse(text));
    ck_assert(strstr(strstr(text, "'ErrorType'"), cases[_i].type) != NULL);
    ck_assert(strstr(strstr(text, "'ProbableCause'"), cases[_i].cause) != NULL);
    ck_assert_ptr_null(strstr(text, "RecommendedActions"));
}
END_TEST

START_TEST(systems_in_all_forms)
{
    const VmcComputerSystem systems[] = {
        { .name = (char *)"host-a",
          .element_name = (char *)"host-a",
          .enabled_state = VMC_ENABLED_STATE_ENABLED,
          .health_state = 5,
          .operational_status = 2,
          .n_numa_nodes = 2,
          .is_host = TRUE },
        { .name = (char *)"00000000-5a3b-4000-8000-000000000005",
          .element_name = (char *)"vm<1>",
          .enabled_state = VMC_ENABLED_STATE_SUSPENDED,
          .health_state = 5,
          .operational_status = 10,
          .pid = 1234 },
    };
    g_autofree char *text = vmc_systems_plain(systems, 2);
    g_autofree char *json = vmc_systems_json(systems, 2);
    g_autofree char *cim = vmc_systems_cim(systems, 2);

    xmlFreeDoc(parse(cim));
    assert_golden("systems.txt", text);
    assert_golden("systems.json", json);
    assert_golden("systems-cim.xml", cim);
}
END_TEST

/* ---- rules and documents ----------------------------------------------------- */

START_TEST(rule_is_explained)
{
    g_autofree char *text = vmc_rules_plain(&MISSING);
    g_autofree char *json = vmc_rules_json(&MISSING);

    assert_golden("rule.txt", text);
    assert_golden("rule.json", json);
}
END_TEST

START_TEST(all_rules_are_listed)
{
    g_autofree char *text = vmc_rules_plain(NULL);
    g_autofree char *json = vmc_rules_json(NULL);
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    guint n = 0;

    for (const VmcRule *const *rule = vmc_rules_all(); *rule; rule++, n++)
        ck_assert(g_str_has_prefix(lines[n], (*rule)->id));
    ck_assert_uint_eq(g_strv_length(lines), n + 1);
    ck_assert_int_eq(count(json, "\"id\""), (int)n);
}
END_TEST

START_TEST(document_is_shown)
{
    VmcRequirement *requirement = vmc_requirement_new();
    VmcSystem system = {
        .folder = (char *)"domains/vm1",
        .name = (char *)"vm1",
        .uuid = (char *)"00000000-5a3b-4000-8000-000000000005",
        .enabled_state = VMC_ENABLED_STATE_ENABLED,
        .live = requirement,
    };
    VmcDocument document = {
        .host = { .hostname = (char *)"host-a", .libvirt_version = 9000000, .time = 1700000000 },
        .generator = (char *)"0.1.0",
        .systems = g_ptr_array_new(),
    };
    g_autofree char *text = NULL, *json = NULL;

    requirement->machine = g_strdup("pc-q35-7.2");
    requirement->arch = g_strdup("x86_64");
    requirement->emulator = g_strdup("/usr/bin/qemu-system-x86_64");
    requirement->vcpus = 2;
    requirement->memory_kib = 65536;
    requirement->cpu.mode = g_strdup("custom");
    requirement->cpu.model = g_strdup("Westmere");
    requirement->cpu.visible = vmc_set_new();
    g_hash_table_add(requirement->cpu.visible, g_strdup("sse2"));
    vmc_requirement_add(requirement, VMC_NEED_NETWORK, "devices/interface[1]", "labnet", NULL);
    vmc_requirement_add(requirement, VMC_NEED_FILE, "devices/disk[1]", "/a", "disk");
    g_ptr_array_add(document.systems, &system);
    text = vmc_document_to_plain(&document);
    json = vmc_document_to_json(&document);
    assert_golden("show.txt", text);
    assert_golden("show.json", json);
    g_ptr_array_unref(document.systems);
    vmc_requirement_free(requirement);
}
END_TEST

static TCase *
forms_case(void)
{
    TCase *tcase = tcase_create("forms");

    tcase_add_loop_test(tcase, worst_verdict_counts, 0, 4);
    tcase_add_test(tcase, merged_reports_share_systems);
    tcase_add_test(tcase, text_is_golden);
    tcase_add_test(tcase, compatible_is_one_line);
    tcase_add_test(tcase, colors_are_closed);
    tcase_add_test(tcase, json_is_golden);
    tcase_add_test(tcase, json_carries_any_bytes);
    tcase_add_test(tcase, xml_is_golden);
    tcase_add_test(tcase, cim_is_golden);
    tcase_add_loop_test(tcase, cim_classifies_by_rule, 0, 6);
    tcase_add_test(tcase, systems_in_all_forms);
    tcase_add_test(tcase, rule_is_explained);
    tcase_add_test(tcase, all_rules_are_listed);
    tcase_add_test(tcase, document_is_shown);
    return tcase;
}

int
main(void)
{
    Suite *suite = suite_create("report");
    SRunner *runner = NULL;
    int failed;

    suite_add_tcase(suite, forms_case());
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
