/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The blob in a domain's metadata: written, found, and taken out again.
 */
#include "derive/embedded.h"
#include "document/embedded-blob.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define HEAD "<domain type='kvm' id='3'>\n  <name>vm1</name>\n"
#define TAIL "  <memory unit='KiB'>1024</memory>\n</domain>"
#define OTHER "    <app:x xmlns:app=\"urn:app\">\n      <blob>y</blob>\n    </app:x>\n"

static VmcDocument *
new_document(const char *domain)
{
    VmcFacts *facts = vmc_facts_new();
    static const char *const rows[][2] = {
        { "time", "1700000000" },        { "uri", "qemu:///system" }, { "hostname", "a<b" },
        { "libvirtVersion", "9000000" }, { "type", "QEMU" },
    };
    g_autoptr(GError) error = NULL;
    VmcDocument *document = NULL;

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        vmc_facts_add_row(facts, "host/host.tsv", 2, rows[i]);
    vmc_facts_add_row(facts, "domains/vm1/domain.tsv", 2, (const char *[]){ "name", "vm1" });
    vmc_facts_add_row(facts, "domains/vm1/domain.tsv", 2, (const char *[]){ "state", "1" });
    vmc_facts_add_row(facts, "domains/vm1/domain.tsv", 2, (const char *[]){ "job", "backup" });
    vmc_facts_set(facts, "domains/vm1/live.xml", domain);
    vmc_facts_set(facts, "domains/vm1/inactive.xml", domain);
    document = vmc_document_new(facts, &error);
    ck_assert_msg(document != NULL, "%s", error ? error->message : "");
    return document;
}

static void
free_document(VmcDocument *document)
{
    g_atomic_rc_box_release_full(document, (GDestroyNotify)vmc_document_clear);
}

static GBytes *
blob_of(const VmcDocument *document)
{
    g_autofree char *xml = vmc_document_to_xml(document);

    return vmc_blob_wrap(xml, strlen(xml), NULL);
}

/* As libvirt stores it: with a namespace and a prefix, and spelt anew. */
static char *
with_element(const char *element, const char *others)
{
    const char *inside = element + strlen("<blob");
    g_autofree char *body = g_strndup(inside, strlen(inside) - strlen("</blob>\n"));

    return g_strdup_printf(HEAD "  <metadata>\n%s    <vmcompat:blob xmlns:vmcompat=\"%s\"%s"
                                "</vmcompat:blob>\n  </metadata>\n" TAIL,
                           others, VMC_EMBEDDED_URI, body);
}

static char *
element_of(const VmcDocument *document, GBytes *blob)
{
    g_autofree char *armor = vmc_blob_armor(blob);

    return vmc_embedded_element(document, "0123", armor);
}

START_TEST(what_was_embedded_is_found)
{
    VmcDocument *document = new_document(HEAD TAIL);
    g_autoptr(GBytes) blob = blob_of(document);
    g_autofree char *element = element_of(document, blob);
    g_autofree char *xml = with_element(element, _i ? OTHER : "");
    g_autoptr(GError) error = NULL;
    g_autoptr(GBytes) found = vmc_embedded_blob(xml, &error);
    g_autofree char *crlf = g_strdelimit(g_strdup(xml), "\"", '\'');
    g_autoptr(GBytes) again = vmc_embedded_blob(crlf, NULL);

    ck_assert_msg(found != NULL, "%s", error ? error->message : "nothing");
    ck_assert(g_bytes_equal(found, blob));
    ck_assert(again && g_bytes_equal(again, blob));
    ck_assert_ptr_nonnull(strstr(element, " time='1700000000'"));
    ck_assert_ptr_nonnull(strstr(element, " hostname='a&lt;b'"));
    ck_assert_ptr_nonnull(strstr(element, " digest='0123'"));
    free_document(document);
}
END_TEST

START_TEST(none_is_no_error)
{
    static const char *const without[] = {
        HEAD TAIL,
        HEAD "  <metadata/>\n" TAIL,
        HEAD "  <metadata>\n" OTHER "  </metadata>\n" TAIL,
        /* not ours, whatever it is called */
        HEAD "<metadata><blob xmlns='urn:vmcompat:blob:10'>x</blob></metadata>" TAIL,
        HEAD "<metadata><other xmlns='urn:vmcompat:blob:1'>x</other></metadata>" TAIL,
        HEAD "<description>urn:vmcompat:blob:1</description>" TAIL,
        HEAD "<x><blob xmlns='urn:vmcompat:blob:1'>x</blob></x>" TAIL,
        HEAD "<metadata><x><blob xmlns='urn:vmcompat:blob:1'>x</blob></x></metadata>" TAIL,
    };
    g_autoptr(GError) error = NULL;

    ck_assert_ptr_null(vmc_embedded_blob(without[_i], &error));
    ck_assert_msg(error == NULL, "%s", error ? error->message : "");
    ck_assert_ptr_null(vmc_embedded_strip(without[_i]));
}
END_TEST

START_TEST(damage_is_an_error)
{
    VmcDocument *document = new_document(HEAD TAIL);
    g_autoptr(GBytes) blob = blob_of(document);
    g_autofree char *element = element_of(document, blob);
    g_autofree char *xml = with_element(element, "");
    g_autoptr(GError) error = NULL;
    char *line = strstr(xml, "BLOB-----\n");

    switch (_i) {
    case 0:
        line[20] = '!';
        break;
    case 1:
        memmove(line + 10, line + 75, strlen(line + 75) + 1); /* a line is lost */
        break;
    case 2:
        xml[strlen(xml) - 3] = '\0';
        break;
    default:
        memset(line, ' ', 40);
        break;
    }
    if (_i == 1) { /* whose bytes fit, and whose digest does not */
        g_autoptr(GBytes) found = vmc_embedded_blob(xml, &error);

        ck_assert_ptr_nonnull(found);
        ck_assert_ptr_null(vmc_blob_unwrap(found, &error));
    } else {
        ck_assert_ptr_null(vmc_embedded_blob(xml, &error));
    }
    ck_assert_ptr_nonnull(error);
    free_document(document);
}
END_TEST

START_TEST(taken_out_without_a_trace)
{
    static const char *const rest[] = { HEAD TAIL,
                                        HEAD "  <metadata>\n" OTHER "  </metadata>\n" TAIL };
    VmcDocument *document = new_document(HEAD TAIL);
    g_autoptr(GBytes) blob = blob_of(document);
    g_autofree char *element = element_of(document, blob);
    g_autofree char *xml = with_element(element, _i ? OTHER : "");
    g_autoptr(VmcFacts) facts = vmc_facts_new();
    g_autoptr(xmlDoc) expected = vmc_xml_parse(rest[_i], -1, VMC_MAX_XML, "x", NULL);
    g_autofree char *normal = vmc_xml_dump(xmlDocGetRootElement(expected));

    vmc_facts_set(facts, "domains/vm1/live.xml", xml);
    vmc_facts_set(facts, "domains/vm1/inactive.xml", rest[_i]);
    vmc_facts_set(facts, "host/x.xml", xml);
    vmc_embedded_strip_facts(facts);
    ck_assert_str_eq(vmc_facts_get(facts, "domains/vm1/live.xml"), normal);
    ck_assert_str_eq(vmc_facts_get(facts, "domains/vm1/inactive.xml"), rest[_i]);
    ck_assert_str_eq(vmc_facts_get(facts, "host/x.xml"), xml);
    free_document(document);
}
END_TEST

START_TEST(only_the_time_may_differ)
{
    static const char *const others[] = {
        "<blob version='1' time='5' digest='b' host='c'>text</blob>",
        "<blob version='1' time='5' digest='a' host='d'>text</blob>",
        "<blob version='2' time='5' digest='a' host='c'>text</blob>",
        "<blob version='1' time='5' digest='a' host='c' microcode='7'>text</blob>",
        "<blob version='1' time='5' digest='a'>text</blob>",
        "<blob/>",
        "no XML",
    };
    static const char mine[] = "<blob version='1' time='4' digest='a' host='c'>text</blob>";

    ck_assert(vmc_embedded_same(mine,
                                "<v:blob xmlns:v='urn:vmcompat:blob:1' version=\"1\" time='9' "
                                "digest='a' host='c'>other</v:blob>"));
    for (size_t i = 0; i < G_N_ELEMENTS(others); i++)
        ck_assert_msg(!vmc_embedded_same(mine, others[i]), "%s", others[i]);
    ck_assert(!vmc_embedded_same("<blob/>", "<blob/>"));
}
END_TEST

START_TEST(a_configuration_is_off)
{
    VmcDocument *document = new_document(HEAD TAIL);
    VmcFacts *facts = vmc_embedded_facts_when_off(document);
    VmcDocument *off = vmc_document_new(facts, NULL);
    const VmcSystem *system = off->systems->pdata[0];
    g_autofree char *job = vmc_facts_value(facts, "domains/vm1/domain.tsv", "job");

    ck_assert_int_eq(system->enabled_state, VMC_ENABLED_STATE_DISABLED);
    ck_assert_ptr_null(vmc_facts_get(facts, "domains/vm1/live.xml"));
    ck_assert_ptr_nonnull(vmc_facts_get(facts, "domains/vm1/inactive.xml"));
    ck_assert_str_eq(job, "none");
    free_document(off);
    free_document(document);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("embedded");
    TCase *tcase = tcase_create("embedded");
    SRunner *runner = NULL;
    int failed;

    tcase_add_loop_test(tcase, what_was_embedded_is_found, 0, 2);
    tcase_add_loop_test(tcase, none_is_no_error, 0, 8);
    tcase_add_loop_test(tcase, damage_is_an_error, 0, 4);
    tcase_add_loop_test(tcase, taken_out_without_a_trace, 0, 2);
    tcase_add_test(tcase, only_the_time_may_differ);
    tcase_add_test(tcase, a_configuration_is_off);
    suite_add_tcase(suite, tcase);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
