/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What is written is what the schemas say, and the schemas refuse what they
 * should ("…-invalid.xml").
 */
#include "document/document.h"

#include <check.h>
#include <libxml/parser.h>
#include <libxml/relaxng.h>
#include <stdlib.h>
#include <string.h>

/* The schemas are at ../xml of the folder of tests. */
static char *
source_path(const char *folder, const char *name)
{
    const char *data = g_getenv("VMC_TEST_DATA");

    return g_build_filename(data ? data : "tests/data", "..", "..", folder, name, NULL);
}

static void be_quiet(void *opaque, const char *format, ...) G_GNUC_PRINTF(2, 3);

static void
be_quiet(void *opaque G_GNUC_UNUSED, const char *format G_GNUC_UNUSED, ...)
{
}

static xmlRelaxNG *
load_schema(const char *name)
{
    g_autofree char *path = source_path("xml", name);
    xmlRelaxNGParserCtxt *context = xmlRelaxNGNewParserCtxt(path);
    xmlRelaxNG *schema = context ? xmlRelaxNGParse(context) : NULL;

    xmlRelaxNGFreeParserCtxt(context);
    ck_assert_msg(schema != NULL, "no schema %s", path);
    return schema;
}

static gboolean
is_valid(xmlRelaxNG *schema, const char *text, const char *name)
{
    xmlDoc *doc = xmlReadMemory(text, (int)strlen(text), name, NULL, XML_PARSE_NONET);
    xmlRelaxNGValidCtxt *context = xmlRelaxNGNewValidCtxt(schema);
    int result;

    ck_assert_msg(doc != NULL, "%s is not well-formed", name);
    xmlRelaxNGSetValidErrors(context, be_quiet, be_quiet, NULL);
    result = xmlRelaxNGValidateDoc(context, doc);
    ck_assert_int_ge(result, 0);
    xmlRelaxNGFreeValidCtxt(context);
    xmlFreeDoc(doc);
    return result == 0;
}

/* Returns how many files there were. */
static unsigned int
validate_folder(xmlRelaxNG *schema, const char *folder, const char *prefix)
{
    g_autofree char *path = source_path(folder, NULL);
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    unsigned int n = 0;

    ck_assert_msg(dir != NULL, "no folder %s", path);
    for (const char *name = g_dir_read_name(dir); name; name = g_dir_read_name(dir)) {
        g_autofree char *file = g_build_filename(path, name, NULL);
        g_autofree char *text = NULL;
        gboolean wanted = !g_str_has_suffix(name, "-invalid.xml");

        if (!g_str_has_prefix(name, prefix) || !g_str_has_suffix(name, ".xml"))
            continue;
        ck_assert(g_file_get_contents(file, &text, NULL, NULL));
        ck_assert_msg(is_valid(schema, text, name) == wanted, "%s should be %s", name,
                      wanted ? "valid" : "invalid");
        n++;
    }
    return n;
}

START_TEST(documents)
{
    xmlRelaxNG *schema = load_schema("document.rng");

    ck_assert_uint_ge(validate_folder(schema, "tests/data/document", ""), 4);
    ck_assert_uint_ge(validate_folder(schema, "xml/examples", "document"), 1);
    xmlRelaxNGFree(schema);
}
END_TEST

/* Those that the tests of report/ hold their output against. */
START_TEST(reports)
{
    xmlRelaxNG *schema = load_schema("report.rng");

    ck_assert_uint_ge(validate_folder(schema, "tests/data/report", "full.xml"), 1);
    ck_assert_uint_ge(validate_folder(schema, "tests/data/report", "report"), 3);
    ck_assert_uint_ge(validate_folder(schema, "xml/examples", "report"), 1);
    xmlRelaxNGFree(schema);
}
END_TEST

static void
add_file(VmcFacts *facts, const char *root, const char *name)
{
    g_autofree char *path = g_build_filename(root, name, NULL);
    g_autofree char *text = NULL;

    ck_assert_msg(g_file_get_contents(path, &text, NULL, NULL), "no file %s", path);
    vmc_facts_set(facts, name, text);
}

START_TEST(written_documents_are_valid)
{
    static const char *const names[] = {
        "host/host.tsv",
        "host/unprobed.tsv",
        "host/capabilities.xml",
        "host/networks.tsv",
        "host/interfaces.tsv",
        "host/pools.tsv",
        "host/nodedevs.tsv",
        "host/domains.tsv",
        "host/cells.tsv",
        "host/pages.tsv",
        "host/cpumap.txt",
        "host/files.tsv",
        "host/addresses.tsv",
        "host/nwfilters.tsv",
        "host/cpu-names.tsv",
        "host/domcapabilities/kvm-q35.xml",
        "host/cpu-models/x86_64.txt",
        "host/volumes/labpool.tsv",
        "domains/custom/domain.tsv",
        "domains/custom/live.xml",
        "domains/saved/saved.xml",
        "domains/disks/files.tsv",
        "domains/disks/blockjobs.tsv",
    };
    xmlRelaxNG *schema = load_schema("document.rng");
    g_autofree char *root = source_path("tests/data/document", "host-a");
    g_autoptr(VmcFacts) facts = vmc_facts_new();
    VmcDocument document = { .facts = facts };
    g_autofree char *xml = NULL;

    for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
        add_file(facts, root, names[i]);
    vmc_facts_set(facts, "host/secrets.tsv", "u\tceph\tc\tno\nv\tvolume\t/v\t\n");
    vmc_facts_set(facts, "domains/disks/backing.tsv", "/i\t/b\n/b\t\n");
    vmc_facts_set(facts, "domains/disks/volumes.tsv", "p\tv\t/p/v\tunknown\tnas:/vms\n");
    xml = vmc_document_to_xml(&document);
    ck_assert(is_valid(schema, xml, "written"));
    xmlRelaxNGFree(schema);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("schema");
    TCase *tcase = tcase_create("schema");
    SRunner *runner = NULL;
    int failed;

    tcase_add_test(tcase, documents);
    tcase_add_test(tcase, reports);
    tcase_add_test(tcase, written_documents_are_valid);
    suite_add_tcase(suite, tcase);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
