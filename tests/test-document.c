/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Facts ⇄ XML ⇄ blob: nothing is lost, nothing secret is kept, nothing damaged
 * is read.
 */
#include "document/document.h"
#include "document/xml-write.h"
#include "model/error.h"

#include <check.h>
#include <gio/gio.h>
#include <stdlib.h>
#include <string.h>

#define HEADER_SIZE 92

/* ---- helpers --------------------------------------------------------------- */

static char *
data_path(const char *name)
{
    const char *data = g_getenv("VMC_TEST_DATA");

    return g_build_filename(data ? data : "tests/data", "document", name, NULL);
}

static void
load_folder(VmcFacts *facts, const char *root, const char *below)
{
    g_autofree char *path = g_build_filename(root, below, NULL);
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);

    ck_assert_msg(dir != NULL, "no folder %s", path);
    for (const char *name = g_dir_read_name(dir); name; name = g_dir_read_name(dir)) {
        g_autofree char *child = *below ? g_strdup_printf("%s/%s", below, name) : g_strdup(name);
        g_autofree char *full = g_build_filename(root, child, NULL);
        g_autofree char *text = NULL;

        if (g_file_test(full, G_FILE_TEST_IS_DIR)) {
            load_folder(facts, root, child);
            continue;
        }
        ck_assert(g_file_get_contents(full, &text, NULL, NULL));
        vmc_facts_set(facts, child, text);
    }
}

static VmcFacts *
facts_from_folder(const char *name)
{
    g_autofree char *root = data_path(name);
    VmcFacts *facts = vmc_facts_new();

    load_folder(facts, root, "");
    return facts;
}

/* What vmc_document_to_xml() looks at, with nothing derived. */
static char *
xml_of(VmcFacts *facts)
{
    VmcDocument document = { .facts = facts, .generator = (char *)"0.0.test" };

    return vmc_document_to_xml(&document);
}

static VmcFacts *
facts_of(const char *xml)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GBytes) bytes = g_bytes_new(xml, strlen(xml));
    VmcFacts *facts = vmc_facts_from_xml(bytes, NULL, &error);

    ck_assert_msg(facts != NULL, "%s", error ? error->message : "?");
    return facts;
}

static void
free_document(VmcDocument *document)
{
    g_atomic_rc_box_release_full(document, (GDestroyNotify)vmc_document_clear);
}

static void
assert_refused(const char *xml, int code, const char *words)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GBytes) bytes = g_bytes_new(xml, strlen(xml));
    VmcFacts *facts = vmc_facts_from_xml(bytes, NULL, &error);

    ck_assert_ptr_null(facts);
    ck_assert_ptr_nonnull(error);
    ck_assert_msg(error->domain == VMC_ERROR && error->code == code, "code %d: %s", error->code,
                  error->message);
    ck_assert_msg(strstr(error->message, words) != NULL, "%s", error->message);
}

/* ---- facts ⇄ XML ----------------------------------------------------------- */

static int
compare_lines(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Rows are a set: their order is not kept; nor are empty columns at the end. */
static char *
sorted_lines(const char *text)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

    for (char **line = lines; *line; line++)
        g_strchomp(*line);
    qsort(lines, g_strv_length(lines), sizeof(char *), compare_lines);
    return g_strjoinv("\n", lines);
}

static void
assert_same_table(const VmcFacts *before, const VmcFacts *after, const char *name)
{
    g_autofree char *left = sorted_lines(vmc_facts_get(before, name));
    g_autofree char *right = NULL;

    ck_assert_msg(vmc_facts_get(after, name) != NULL, "%s was lost", name);
    right = sorted_lines(vmc_facts_get(after, name));
    ck_assert_str_eq(g_strstrip(left), g_strstrip(right));
}

START_TEST(tables_survive)
{
    g_autoptr(VmcFacts) before = facts_from_folder("host-a");
    g_autofree char *xml = xml_of(before);
    g_autoptr(VmcFacts) after = facts_of(xml);
    g_auto(GStrv) names = vmc_facts_list(before, "");
    g_auto(GStrv) names_after = vmc_facts_list(after, "");

    ck_assert_uint_eq(g_strv_length(names), g_strv_length(names_after));
    for (char **name = names; *name; name++)
        if (!g_str_has_suffix(*name, ".xml"))
            assert_same_table(before, after, *name);
}
END_TEST

START_TEST(xml_facts_survive)
{
    g_autoptr(VmcFacts) before = facts_from_folder("host-a");
    g_autofree char *xml = xml_of(before);
    g_autoptr(VmcFacts) after = facts_of(xml);
    const char *live = vmc_facts_get(after, "domains/custom/live.xml");

    ck_assert_ptr_nonnull(live);
    ck_assert(g_str_has_prefix(live, "<domain type=\"kvm\" id="));
    ck_assert(strstr(live, "<name>custom</name>") != NULL);
    ck_assert_ptr_nonnull(vmc_facts_get(after, "host/capabilities.xml"));
    ck_assert_ptr_nonnull(vmc_facts_get(after, "domains/saved/saved.xml"));
}
END_TEST

/* Declarations stay where they are. */
START_TEST(namespaces_stay_in_place)
{
    static const char definition[] =
        "<domain type='kvm' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>"
        "<name>g</name><metadata><a:x xmlns:a='urn:a' a:k='v'><a:y/></a:x><a:x xmlns:a='urn:b'/>"
        "<z xmlns='urn:c'/></metadata><qemu:commandline/></domain>";
    g_autoptr(VmcFacts) facts = vmc_facts_new();
    g_autoptr(VmcFacts) again = NULL;
    g_autofree char *first = NULL;
    g_autofree char *second = NULL;

    vmc_facts_set(facts, "domains/g/inactive.xml", definition);
    first = xml_of(facts);
    again = facts_of(first);
    second = xml_of(again);
    ck_assert_str_eq(first, second);
    ck_assert_ptr_nonnull(strstr(second, "<a:x xmlns:a=\"urn:b\"/>"));
}
END_TEST

START_TEST(namespaces_come_along)
{
    static const char outer[] =
        "<vmcompat version='1' xmlns:q='urn:q'><requires><feature name='facts'/></requires>"
        "<system key='g'><definition state='inactive'><domain type='kvm'><name>g</name><q:x/></domain>"
        "</definition></system></vmcompat>";
    g_autoptr(VmcFacts) facts = facts_of(outer);
    g_auto(GStrv) names = vmc_facts_list(facts, "domains/");

    ck_assert_ptr_nonnull(names[0]);
    ck_assert_ptr_nonnull(strstr(vmc_facts_get(facts, names[0]), "xmlns:q=\"urn:q\""));
}
END_TEST

START_TEST(same_facts_same_bytes)
{
    g_autoptr(VmcFacts) first = facts_from_folder("host-a");
    g_autoptr(VmcFacts) second = facts_from_folder("host-a");
    g_autofree char *xml = xml_of(first);
    g_autofree char *again = xml_of(second);
    g_autoptr(VmcFacts) read = facts_of(xml);
    g_autofree char *written_again = xml_of(read);

    ck_assert_str_eq(xml, again);
    ck_assert_str_eq(xml, written_again);
}
END_TEST

START_TEST(order_of_rows_is_not_kept)
{
    g_autoptr(VmcFacts) one = vmc_facts_new();
    g_autoptr(VmcFacts) other = vmc_facts_new();
    g_autofree char *left = NULL, *right = NULL;

    vmc_facts_set(one, "host/networks.tsv", "a\tyes\nb\tno\n");
    vmc_facts_set(other, "host/networks.tsv", "b\tno\t\na\tyes\t\n");
    left = xml_of(one);
    right = xml_of(other);
    ck_assert_str_eq(left, right);
}
END_TEST

START_TEST(absent_and_empty_stay_apart)
{
    g_autoptr(VmcFacts) facts = vmc_facts_new();
    g_autoptr(VmcFacts) after = NULL;
    g_autofree char *xml = NULL;

    vmc_facts_add_row(facts, "host/networks.tsv", 0, NULL);
    xml = xml_of(facts);
    after = facts_of(xml);
    ck_assert_str_eq(vmc_facts_get(after, "host/networks.tsv"), "");
    ck_assert_ptr_null(vmc_facts_get(after, "host/pools.tsv"));
    ck_assert_ptr_null(vmc_facts_get(after, "host/host.tsv"));
}
END_TEST

START_TEST(awkward_values_survive)
{
    const char *path = "/a\tb\nc \\ <'\"&> \xc3\xa9";
    g_autoptr(VmcFacts) facts = vmc_facts_new();
    g_autoptr(VmcFacts) after = NULL;
    g_autoptr(GPtrArray) rows = NULL;
    g_autofree char *xml = NULL;

    vmc_facts_add_row(facts, "host/files.tsv", 3, (const char *[]){ path, "file", "no" });
    vmc_facts_add_row(facts, "host/files.tsv", 1, (const char *[]){ "bad \x01 \xff" });
    xml = xml_of(facts);
    after = facts_of(xml);
    rows = vmc_facts_rows(after, "host/files.tsv", 4);
    ck_assert_uint_eq(rows->len, 2);
    ck_assert_str_eq(((char **)rows->pdata[0])[0], path);
    ck_assert_str_eq(((char **)rows->pdata[1])[0], "bad \xef\xbf\xbd \xef\xbf\xbd");
}
END_TEST

/* What XML can't carry is replaced, and nothing else: each by itself. */
START_TEST(controls_are_replaced)
{
    static const gunichar others[] = {
        0x7f, 0x85, 0xd7ff, 0xe000, 0xfffd, 0xfffe, 0xffff, 0x10000
    };

    for (gunichar i = 1; i < 0x20 + G_N_ELEMENTS(others); i++) {
        gunichar c = i < 0x20 ? i : others[i - 0x20];
        gboolean refused = (c < 0x20 && !strchr("\t\n\r", (int)c)) || c == 0xfffe || c == 0xffff;
        g_autoptr(GString) text = g_string_new("<a>");
        g_autoptr(GString) expected = g_string_new("<a>");
        g_autofree char *clean = NULL;

        g_string_append_unichar(text, c);
        g_string_append_unichar(expected, refused ? 0xfffd : c);
        clean = vmc_xml_clean(text->str);
        ck_assert_msg(g_str_equal(clean, expected->str), "U+%04X", c);
    }
}
END_TEST

START_TEST(unknown_is_skipped)
{
    g_autoptr(VmcFacts) facts =
        facts_of("<vmcompat version='1'><future/><host uri='x'><future a='1'><b/></future>"
                 "<networks><future/><network name='n' future='1'/></networks></host></vmcompat>");
    g_auto(GStrv) names = vmc_facts_list(facts, "");

    ck_assert_uint_eq(g_strv_length(names), 2);
    ck_assert_str_eq(vmc_facts_get(facts, "host/networks.tsv"), "n\t\t\t\t\t\t\n");
}
END_TEST

START_TEST(generator_is_told)
{
    static const char xml[] = "<vmcompat version='1' generator='7.1'><host/></vmcompat>";
    g_autoptr(GBytes) bytes = g_bytes_new_static(xml, strlen(xml));
    g_autofree char *generator = NULL;
    g_autoptr(VmcFacts) facts = vmc_facts_from_xml(bytes, &generator, NULL);

    ck_assert_ptr_nonnull(facts);
    ck_assert_str_eq(generator, "7.1");
}
END_TEST

START_TEST(newer_documents_are_refused)
{
    assert_refused("<vmcompat version='2'/>", VMC_ERROR_NEWER, "newer");
    assert_refused("<vmcompat version='1'><requires><feature name='x-y'/></requires></vmcompat>",
                   VMC_ERROR_NEWER, "it needs 'x-y'");
    assert_refused("<vmcompat version='1'><requires><odd/></requires></vmcompat>", VMC_ERROR_NEWER,
                   "it needs 'odd'");
}
END_TEST

START_TEST(other_documents_are_refused)
{
    assert_refused("<domain/>", VMC_ERROR_BAD_DATA, "<domain>");
    assert_refused("<vmcompat/>", VMC_ERROR_BAD_DATA, "version");
    assert_refused("<vmcompat version='0'/>", VMC_ERROR_BAD_DATA, "version");
    assert_refused("<vmcompat version='1'>", VMC_ERROR_BAD_DATA, "");
    assert_refused("", VMC_ERROR_BAD_DATA, "");
}
END_TEST

START_TEST(hostile_documents_are_refused)
{
    static const char *const hostile[] = {
        "<vmcompat version='1'><system key='../../etc'/></vmcompat>",
        "<vmcompat version='1'><system key='a/b'/></vmcompat>",
        "<vmcompat version='1'><system key=''/></vmcompat>",
        "<vmcompat version='1'><system/></vmcompat>",
        "<vmcompat version='1'><host/><host/></vmcompat>",
        "<vmcompat version='1'><host><networks/><networks/></host></vmcompat>",
        "<vmcompat version='1'><system key='a' name='a'/><system key='a' name='b'/></vmcompat>",
        "<vmcompat version='1'><host><volumes pool='../x'/></host></vmcompat>",
        "<vmcompat version='1'><host><cpuExpansion model='..'><cpu/></cpuExpansion></host>"
        "</vmcompat>",
        "<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/hostname'>]>"
        "<vmcompat version='1'><host uri='&e;'/></vmcompat>",
    };

    assert_refused(hostile[_i], VMC_ERROR_BAD_DATA, "");
}
END_TEST

#define SECRETS \
 "<domain><name>x</name><graphics type='vnc' passwd='s3cret' passwdValidTo='2030'/>" \
 "<source><auth username='u'><secret type='ceph' uuid='keep'>s3cret</secret></auth>" \
 "<cookies><cookie name='c'>s3cret</cookie></cookies></source>" \
 "<secret value='s3cret'/></domain>"

START_TEST(secrets_are_not_written)
{
    g_autoptr(VmcFacts) facts = vmc_facts_new();
    g_autofree char *xml = NULL;

    vmc_facts_set(facts, "domains/x/inactive.xml", SECRETS);
    xml = xml_of(facts);
    ck_assert_ptr_null(strstr(xml, "s3cret"));
    ck_assert_ptr_nonnull(strstr(xml, "uuid=\"keep\""));
    ck_assert_ptr_nonnull(strstr(xml, "passwdValidTo"));
}
END_TEST

/* That a secret has a value is no secret. */
START_TEST(tables_of_storage_come_back)
{
    static const char *const tables[][2] = {
        { "host/secrets.tsv", "u\tceph\tc\tno\nv\tvolume\t/v\t\n" },
        { "domains/x/backing.tsv", "/b\t\n/i\t/b\n" },
        { "domains/x/volumes.tsv", "p\tv\t/p/v\tyes\tnas:/vms\n" },
    };
    g_autoptr(VmcFacts) facts = vmc_facts_new();
    g_autoptr(VmcFacts) back = NULL;
    g_autofree char *xml = NULL;

    for (size_t i = 0; i < G_N_ELEMENTS(tables); i++)
        vmc_facts_set(facts, tables[i][0], tables[i][1]);
    xml = xml_of(facts);
    back = facts_of(xml);
    for (size_t i = 0; i < G_N_ELEMENTS(tables); i++)
        ck_assert_str_eq(vmc_facts_get(back, tables[i][0]), tables[i][1]);
}
END_TEST

START_TEST(secrets_are_not_read)
{
    g_autoptr(VmcFacts) facts =
        facts_of("<vmcompat version='1'><system key='x' passwd='s3cret'>"
                 "<definition state='inactive'>" SECRETS "</definition></system></vmcompat>");
    g_auto(GStrv) names = vmc_facts_list(facts, "");

    ck_assert_ptr_nonnull(vmc_facts_get(facts, "domains/x/inactive.xml"));
    for (char **name = names; *name; name++)
        ck_assert_ptr_null(strstr(vmc_facts_get(facts, *name), "s3cret"));
}
END_TEST

/* ---- slices -------------------------------------------------------------------- */

/* As facts_from_xml() reads it where nothing can be cut, because of a comment. */
static char *
xml_read_whole(const char *host)
{
    g_autofree char *text = g_strdup_printf("<vmcompat version='1'><!-- -->%s</vmcompat>", host);
    g_autoptr(GBytes) bytes = g_bytes_new(text, strlen(text));
    g_autoptr(VmcFacts) facts = vmc_facts_from_xml(bytes, NULL, NULL);

    return facts ? xml_of(facts) : g_strdup("refused");
}

static char *
xml_read_in_slices(const char *host)
{
    g_autofree char *text = g_strdup_printf("<vmcompat version='1'>%s</vmcompat>", host);
    g_autoptr(GBytes) bytes = g_bytes_new(text, strlen(text));
    g_autoptr(VmcFacts) facts = vmc_facts_from_xml(bytes, NULL, NULL);

    return facts ? xml_of(facts) : g_strdup("refused");
}

#define NAMES "<cpuName kind='feature' name='a' known='yes'/>"

static const char *const sliced[] = {
    "<host><capabilities><host><uuid>u</uuid></host></capabilities></host>",
    "<host><domainCapabilities a='>'>x</domainCapabilities><domainCapabilities/></host>",
    "<host a='/>'><x><capabilities><a/></capabilities></x><capabilities><b/></capabilities></host>",
    "<host b=\"it's\"><cpuExpansion model='M'>\n<cpu>\n</cpu> </cpuExpansion></host>",
    "<host><cpuExpansion model='a&amp;b'><cpu/></cpuExpansion><cpuExpansion model='M'/></host>",
    "<host><cpuNames>" NAMES "\n" NAMES "</cpuNames></host>",
    "<host><cpuNames><cpuName known=\"no\"  name='b' kind='model' /></cpuNames></host>",
    "<host><cpuNames><cpuName kind='feature' name='a&lt;' known='yes'/></cpuNames></host>",
    "<host><cpuNames><cpuName kind='feature' name='a' later='1'/><more/></cpuNames></host>",
    "<host><cpuNames>0</cpuNames><networks>1</networks></host>",
    "<host><cpuNames></cpuNames><networks/></host>",
    "<host><networks><network name='a\tb' active='yes'/></networks></host>",
    "<host xmlns:q='urn:q'><capabilities><q:a/></capabilities></host>",
    "<host><capabilities><a><![CDATA[</capabilities>]]></a></capabilities></host>",
    "<host><capabilities><capabilities/></capabilities></host>",
    "<host><cpuModels arch='x86_64'>qemu64\nEPYC</cpuModels></host><host/>",
    "<system key='k'/><host><cpuNames>" NAMES "</cpuNames></host>",
    "<host><capabilities><a/></capabilities><capabilities><a/></capabilities></host>",
    "<host><cpuNames>" NAMES "<cpuName kind='x'</cpuNames></host>",
    "<host><cpuNames>" NAMES "<cpuName kind='x' kind='y'/></cpuNames></host>",
    "<host><capabilities><a/></capabilities>",
    "<host><cpuNames><cpuName/><cpuName/></cpuNames><networks><network/></networks></host>",
    "<host><cpuNames><cpuName kind=feature/></cpuNames></host>",
    "<host><cpuNames><cpuName kind='a'></cpuNames></host>",
    "<host><cpuNames><cpuName kind='a'/></cpuNamesX></host>",
    "<host><capabilities><capabilitiesX/></capabilities></host>",
    "<host><capabilities><a/></capabilities",
};

START_TEST(slices_read_like_the_whole)
{
    g_autofree char *whole = xml_read_whole(sliced[_i]);
    g_autofree char *slices = xml_read_in_slices(sliced[_i]);

    ck_assert_str_eq(whole, slices);
}
END_TEST

START_TEST(a_real_host_is_read_in_slices)
{
    g_autoptr(VmcFacts) before = facts_from_folder("host-a");
    g_autofree char *xml = xml_of(before);
    g_autoptr(VmcFacts) after = facts_of(xml);
    g_autofree char *again = xml_of(after);

    ck_assert_ptr_null(vmc_facts_parsed(after, "host/capabilities.xml"));
    ck_assert_str_eq(xml, again);
}
END_TEST

/* ---- documents --------------------------------------------------------------- */

START_TEST(documents_are_derived)
{
    g_autoptr(GError) error = NULL;
    VmcDocument *document = vmc_document_new(facts_from_folder("host-a"), &error);
    const VmcSystem *custom, *disks, *saved;

    ck_assert_msg(document != NULL, "%s", error ? error->message : "?");
    ck_assert_ptr_nonnull(document->offer);
    ck_assert_str_eq(document->host.hostname, "host-a");
    ck_assert_uint_eq(document->systems->len, 3);
    custom = document->systems->pdata[0];
    disks = document->systems->pdata[1];
    saved = document->systems->pdata[2];
    ck_assert_str_eq(custom->name, "custom");
    ck_assert_int_eq(custom->enabled_state, VMC_ENABLED_STATE_ENABLED);
    ck_assert_ptr_nonnull(vmc_system_requirement(custom, VMC_STATE_LIVE, NULL));
    ck_assert_ptr_null(vmc_system_requirement(custom, VMC_STATE_NONE, NULL));
    ck_assert_str_eq(disks->name, "disks");
    ck_assert_int_eq(disks->enabled_state, VMC_ENABLED_STATE_DISABLED);
    ck_assert_str_eq(saved->name, "pc");
    ck_assert_int_eq(saved->enabled_state, VMC_ENABLED_STATE_SUSPENDED);
    ck_assert_int_eq(saved->saved->enabled_state, VMC_ENABLED_STATE_SUSPENDED);
    free_document(document);
}
END_TEST

START_TEST(running_is_seen_without_a_table)
{
    g_autoptr(VmcFacts) facts = facts_from_folder("host-a");
    VmcFacts *plain = vmc_facts_new();
    VmcDocument *document;
    const VmcSystem *system;

    vmc_facts_set(plain, "domains/x/live.xml", vmc_facts_get(facts, "domains/custom/live.xml"));
    document = vmc_document_new(plain, NULL);
    ck_assert_ptr_nonnull(document);
    ck_assert_ptr_null(document->offer);
    system = document->systems->pdata[0];
    ck_assert_str_eq(system->name, "custom");
    ck_assert_str_eq(system->uuid, "00000000-5a3b-4000-8000-000000000005");
    ck_assert_int_eq(system->enabled_state, VMC_ENABLED_STATE_ENABLED);
    free_document(document);
}
END_TEST

START_TEST(system_without_definition_has_no_requirement)
{
    VmcFacts *facts = vmc_facts_new();
    VmcDocument *document;
    const VmcSystem *system;

    vmc_facts_set(facts, "domains/x/domain.tsv", "state\t1\n");
    document = vmc_document_new(facts, NULL);
    ck_assert_ptr_nonnull(document);
    system = document->systems->pdata[0];
    ck_assert_str_eq(system->name, "x");
    ck_assert_ptr_null(vmc_system_requirement(system, VMC_STATE_OFF, NULL));
    ck_assert_ptr_null(vmc_system_requirement(system, VMC_STATE_LIVE, NULL));
    free_document(document);
}
END_TEST

START_TEST(damaged_definition_is_an_error)
{
    g_autoptr(GError) error = NULL;
    VmcFacts *facts = vmc_facts_new();

    vmc_facts_set(facts, "domains/x/inactive.xml", "<domain>");
    ck_assert_ptr_null(vmc_document_new(facts, &error));
    ck_assert(g_error_matches(error, VMC_ERROR, VMC_ERROR_BAD_DATA));
}
END_TEST

START_TEST(offer_is_set_and_cleared)
{
    g_autoptr(VmcFacts) facts = vmc_facts_new();

    vmc_document_set_offer(facts, FALSE);
    ck_assert_ptr_null(vmc_facts_get(facts, "host/host.tsv"));
    vmc_facts_set(facts, "host/host.tsv", "uri\tx\n");
    vmc_document_set_offer(facts, TRUE);
    vmc_document_set_offer(facts, TRUE);
    ck_assert_str_eq(vmc_facts_get(facts, "host/host.tsv"), "uri\tx\noffer\tyes\n");
    vmc_document_set_offer(facts, FALSE);
    ck_assert_str_eq(vmc_facts_get(facts, "host/host.tsv"), "uri\tx\n");
}
END_TEST

/* ---- blob -------------------------------------------------------------------- */

static const char PAYLOAD[] = "<vmcompat version='1'><host uri='test:///default'/></vmcompat>\n";

static GByteArray *
new_blob(void)
{
    g_autoptr(GBytes) blob = vmc_blob_wrap(PAYLOAD, strlen(PAYLOAD), NULL);

    ck_assert_ptr_nonnull(blob);
    return g_bytes_unref_to_array(g_bytes_ref(blob));
}

static GBytes *
unwrap(const GByteArray *bytes, GError **error)
{
    g_autoptr(GBytes) blob = g_bytes_new(bytes->data, bytes->len);

    return vmc_blob_unwrap(blob, error);
}

static void
assert_damaged(const GByteArray *bytes, int code, const char *words)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GBytes) payload = unwrap(bytes, &error);

    ck_assert_ptr_null(payload);
    ck_assert_ptr_nonnull(error);
    ck_assert_msg(code < 0 || error->code == code, "code %d: %s", error->code, error->message);
    ck_assert_msg(strstr(error->message, words) != NULL, "%s", error->message);
}

START_TEST(blob_round_trip)
{
    g_autoptr(GByteArray) blob = new_blob();
    g_autoptr(GByteArray) again = new_blob();
    g_autoptr(GError) error = NULL;
    g_autoptr(GBytes) payload = unwrap(blob, &error);

    ck_assert_msg(payload != NULL, "%s", error ? error->message : "?");
    ck_assert_uint_eq(g_bytes_get_size(payload), strlen(PAYLOAD));
    ck_assert_mem_eq(g_bytes_get_data(payload, NULL), PAYLOAD, strlen(PAYLOAD));
    ck_assert_uint_eq(blob->len, again->len);
    ck_assert_mem_eq(blob->data, again->data, blob->len);
}
END_TEST

START_TEST(empty_payload_round_trip)
{
    g_autoptr(GBytes) blob = vmc_blob_wrap("", 0, NULL);
    g_autoptr(GBytes) payload = vmc_blob_unwrap(blob, NULL);

    ck_assert_ptr_nonnull(payload);
    ck_assert_uint_eq(g_bytes_get_size(payload), 0);
}
END_TEST

/* All 255 other values of every byte. */
START_TEST(every_flip_is_refused)
{
    g_autoptr(GByteArray) blob = new_blob();

    for (guint at = 0; at < blob->len; at++)
        for (unsigned int mask = 1; mask < 256; mask++) {
            blob->data[at] ^= (guint8)mask;
            assert_damaged(blob, -1, "");
            blob->data[at] ^= (guint8)mask;
        }
}
END_TEST

START_TEST(every_truncation_is_refused)
{
    g_autoptr(GByteArray) blob = new_blob();

    while (blob->len > 0) {
        g_byte_array_set_size(blob, blob->len - 1);
        assert_damaged(blob, -1, blob->len > 0 ? "truncated" : "not a vmcompat blob");
    }
}
END_TEST

START_TEST(trailing_bytes_are_refused)
{
    g_autoptr(GByteArray) blob = new_blob();

    g_byte_array_append(blob, (const guint8 *)"\n", 1);
    assert_damaged(blob, VMC_ERROR_INVALID_ARGUMENT, "1 bytes follow");
}
END_TEST

START_TEST(newer_format_is_told)
{
    g_autoptr(GByteArray) blob = new_blob();

    blob->data[9] = 2;
    assert_damaged(blob, VMC_ERROR_NEWER, "newer");
    blob->data[9] = 0;
    assert_damaged(blob, VMC_ERROR_BAD_DATA, "version");
}
END_TEST

START_TEST(flags_are_refused)
{
    g_autoptr(GByteArray) blob = new_blob();

    blob->data[11] = 1;
    assert_damaged(blob, VMC_ERROR_BAD_DATA, "flags");
}
END_TEST

START_TEST(text_mode_damage_is_told)
{
    static const char *const starts[] = {
        "\x89VMC\n\x1a\n",           /* CR LF → LF */
        "\x89VMC\r\r\n\x1a\r\n",     /* LF → CR LF */
        "\x09VMC\r\n\x1a\n",         /* seven bits */
        "\xc2\x89VMC\r\n\x1a\n",     /* Latin-1 → UTF-8 */
        "\xef\xbf\xbdVMC\r\n\x1a\n", /* replaced */
    };
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    g_autoptr(GBytes) blob = NULL;

    g_byte_array_append(bytes, (const guint8 *)starts[_i], (guint)strlen(starts[_i]));
    assert_damaged(bytes, VMC_ERROR_INVALID_ARGUMENT, "text-mode");
    blob = g_bytes_new(bytes->data, bytes->len);
    ck_assert(vmc_blob_has_magic(blob));
}
END_TEST

START_TEST(foreign_bytes_are_told)
{
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    g_autoptr(GBytes) blob = NULL;

    g_byte_array_append(bytes, (const guint8 *)"\x89PNG\r\n\x1a\n", 8);
    assert_damaged(bytes, VMC_ERROR_BAD_DATA, "not a vmcompat blob");
    blob = g_bytes_new(bytes->data, bytes->len);
    ck_assert(!vmc_blob_has_magic(blob));
}
END_TEST

/* A stored payload as a forger would wrap it, digests right. */
static GByteArray *
forge(const GByteArray *stored, guint64 original)
{
    GByteArray *blob = new_blob();
    g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
    gsize size = 32;

    g_byte_array_set_size(blob, HEADER_SIZE);
    for (unsigned int i = 0; i < 8; i++) {
        blob->data[12 + i] = (guint8)((guint64)stored->len >> (56 - 8 * i));
        blob->data[20 + i] = (guint8)(original >> (56 - 8 * i));
    }
    g_checksum_update(sum, stored->data, stored->len);
    g_checksum_get_digest(sum, blob->data + 60, &size);
    g_byte_array_append(blob, stored->data, stored->len);
    return blob;
}

/* 1 MiB of zeros, over and over: a flushed deflate block may be repeated. */
static GByteArray *
bomb(unsigned int mebibytes)
{
    g_autoptr(GZlibCompressor) deflater = g_zlib_compressor_new(G_ZLIB_COMPRESSOR_FORMAT_ZLIB, 9);
    g_autofree guint8 *zeros = g_malloc0(1024 * 1024);
    g_autofree guint8 *buffer = g_malloc(64 * 1024);
    GByteArray *out = g_byte_array_new();
    gsize n_read, n_written, second;

    for (unsigned int i = 0; i < 2; i++) {
        g_converter_convert(G_CONVERTER(deflater), zeros, 1024 * 1024, buffer, 64 * 1024,
                            G_CONVERTER_FLUSH, &n_read, &n_written, NULL);
        ck_assert_uint_eq(n_read, 1024 * 1024);
        g_byte_array_append(out, buffer, (guint)n_written);
    }
    second = n_written;
    for (unsigned int i = 2; i < mebibytes; i++)
        g_byte_array_append(out, buffer, (guint)second);
    return out;
}

START_TEST(bombs_are_stopped)
{
    g_autoptr(GByteArray) stored = bomb(1024);
    g_autoptr(GByteArray) declared = forge(stored, (guint64)1024 * 1024 * 1024);
    g_autoptr(GByteArray) hidden = forge(stored, 1024 * 1024);
    g_autoptr(GByteArray) huge = forge(stored, G_MAXUINT64);

    ck_assert_uint_gt(stored->len, 1024 * 1024);
    assert_damaged(declared, VMC_ERROR_TOO_LARGE, "1073741824");
    assert_damaged(huge, VMC_ERROR_TOO_LARGE, "");
    assert_damaged(hidden, VMC_ERROR_INVALID_ARGUMENT, "inflate");
}
END_TEST

START_TEST(too_much_is_not_wrapped)
{
    g_autoptr(GError) error = NULL;

    ck_assert_ptr_null(vmc_blob_wrap(PAYLOAD, (size_t)VMC_MAX_DOCUMENT + 1, &error));
    ck_assert(g_error_matches(error, VMC_ERROR, VMC_ERROR_TOO_LARGE));
}
END_TEST

/* Digests that fit do not make a payload of another length good. */
START_TEST(wrong_lengths_are_refused)
{
    g_autoptr(GByteArray) blob = new_blob();
    g_autoptr(GByteArray) stored = g_byte_array_new();
    g_autoptr(GByteArray) shorter = NULL, longer = NULL, right = NULL, trailing = NULL;

    g_byte_array_append(stored, blob->data + HEADER_SIZE, blob->len - HEADER_SIZE);
    shorter = forge(stored, strlen(PAYLOAD) - 1);
    longer = forge(stored, strlen(PAYLOAD) + 1);
    right = forge(stored, strlen(PAYLOAD));
    g_byte_array_append(stored, (const guint8 *)"x", 1);
    trailing = forge(stored, strlen(PAYLOAD));
    assert_damaged(shorter, VMC_ERROR_INVALID_ARGUMENT, "inflate");
    assert_damaged(longer, VMC_ERROR_INVALID_ARGUMENT, "inflate");
    assert_damaged(trailing, VMC_ERROR_INVALID_ARGUMENT, "inflate");
    ck_assert_mem_eq(right->data, blob->data, blob->len);
}
END_TEST

/* ---- armor ------------------------------------------------------------------- */

static char *
new_armor(void)
{
    g_autoptr(GBytes) blob = vmc_blob_wrap(PAYLOAD, strlen(PAYLOAD), NULL);

    return vmc_blob_armor(blob);
}

static void
assert_dearmors(const char *text)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GBytes) blob = vmc_blob_dearmor(text, strlen(text), &error);
    g_autoptr(GBytes) payload = blob ? vmc_blob_unwrap(blob, &error) : NULL;

    ck_assert_msg(payload != NULL, "%s", error ? error->message : "?");
}

START_TEST(armor_round_trip)
{
    g_autofree char *text = new_armor();
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    g_autofree char *dos = g_strjoinv("\r\n", lines);

    assert_dearmors(text);
    assert_dearmors(dos);
    ck_assert_str_eq(lines[0], "-----BEGIN VMCOMPAT BLOB-----");
    ck_assert_uint_eq(strlen(lines[1]), 64);
    assert_dearmors(g_strchomp(text));
}
END_TEST

/* A bare CR before LF is a line end, and nothing else may be changed. */
START_TEST(every_change_of_armor_is_refused)
{
    static const char others[] = { 'A', '/', '=', ' ', '\n', '-', '\0', '\x80' };
    g_autofree char *text = new_armor();
    size_t length = strlen(text);

    for (size_t at = 0; at + 1 < length; at++)
        for (size_t i = 0; i < sizeof(others); i++) {
            char was = text[at];
            g_autoptr(GError) error = NULL;
            g_autoptr(GBytes) blob = NULL;

            if (was == others[i])
                continue;
            text[at] = others[i];
            blob = vmc_blob_dearmor(text, length, &error);
            if (blob)
                ck_assert_ptr_null(vmc_blob_unwrap(blob, &error));
            ck_assert_ptr_nonnull(error);
            text[at] = was;
        }
}
END_TEST

START_TEST(every_truncation_of_armor_is_refused)
{
    g_autofree char *text = new_armor();

    for (size_t length = 0; length + 1 < strlen(text); length++) {
        g_autoptr(GError) error = NULL;

        ck_assert_ptr_null(vmc_blob_dearmor(text, length, &error));
        ck_assert_ptr_nonnull(error);
    }
}
END_TEST

START_TEST(text_around_armor_is_refused)
{
    g_autofree char *text = new_armor();
    g_autofree char *before = g_strconcat(" ", text, NULL);
    g_autofree char *after = g_strconcat(text, "\n", NULL);

    ck_assert_ptr_null(vmc_blob_dearmor(before, strlen(before), NULL));
    ck_assert_ptr_null(vmc_blob_dearmor(after, strlen(after), NULL));
}
END_TEST

/* ------------------------------------------------------------------------------ */

static TCase *
xml_case(void)
{
    TCase *tcase = tcase_create("xml");

    tcase_add_test(tcase, tables_survive);
    tcase_add_test(tcase, xml_facts_survive);
    tcase_add_test(tcase, namespaces_stay_in_place);
    tcase_add_test(tcase, namespaces_come_along);
    tcase_add_test(tcase, same_facts_same_bytes);
    tcase_add_test(tcase, order_of_rows_is_not_kept);
    tcase_add_test(tcase, absent_and_empty_stay_apart);
    tcase_add_test(tcase, awkward_values_survive);
    tcase_add_test(tcase, controls_are_replaced);
    tcase_add_test(tcase, unknown_is_skipped);
    tcase_add_test(tcase, generator_is_told);
    tcase_add_test(tcase, newer_documents_are_refused);
    tcase_add_test(tcase, other_documents_are_refused);
    tcase_add_loop_test(tcase, hostile_documents_are_refused, 0, 10);
    tcase_add_test(tcase, secrets_are_not_written);
    tcase_add_test(tcase, secrets_are_not_read);
    tcase_add_test(tcase, tables_of_storage_come_back);
    tcase_add_loop_test(tcase, slices_read_like_the_whole, 0, G_N_ELEMENTS(sliced));
    tcase_add_test(tcase, a_real_host_is_read_in_slices);
    return tcase;
}

static TCase *
document_case(void)
{
    TCase *tcase = tcase_create("document");

    tcase_add_test(tcase, documents_are_derived);
    tcase_add_test(tcase, running_is_seen_without_a_table);
    tcase_add_test(tcase, system_without_definition_has_no_requirement);
    tcase_add_test(tcase, damaged_definition_is_an_error);
    tcase_add_test(tcase, offer_is_set_and_cleared);
    return tcase;
}

static TCase *
blob_case(void)
{
    TCase *tcase = tcase_create("blob");

    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, blob_round_trip);
    tcase_add_test(tcase, empty_payload_round_trip);
    tcase_add_test(tcase, every_flip_is_refused);
    tcase_add_test(tcase, every_truncation_is_refused);
    tcase_add_test(tcase, trailing_bytes_are_refused);
    tcase_add_test(tcase, newer_format_is_told);
    tcase_add_test(tcase, flags_are_refused);
    tcase_add_loop_test(tcase, text_mode_damage_is_told, 0, 5);
    tcase_add_test(tcase, foreign_bytes_are_told);
    tcase_add_test(tcase, bombs_are_stopped);
    tcase_add_test(tcase, too_much_is_not_wrapped);
    tcase_add_test(tcase, wrong_lengths_are_refused);
    tcase_add_test(tcase, armor_round_trip);
    tcase_add_test(tcase, every_change_of_armor_is_refused);
    tcase_add_test(tcase, every_truncation_of_armor_is_refused);
    tcase_add_test(tcase, text_around_armor_is_refused);
    return tcase;
}

int
main(void)
{
    Suite *suite = suite_create("document");
    SRunner *runner = NULL;
    int failed;

    suite_add_tcase(suite, xml_case());
    suite_add_tcase(suite, document_case());
    suite_add_tcase(suite, blob_case());
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
