/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * collect/: libvirt's test driver, folders of facts, files, and a daemon that
 * dies.
 */
#include "collect/collect-guest.h"

#include <check.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static char *scratch; /* a folder per test */

static void
quiet(void *opaque, virErrorPtr error)
{
}

static void
set_up(void)
{
    virSetErrorFunc(NULL, quiet);
    /* libvirt writes to the sockets of daemons that died */
    signal(SIGPIPE, SIG_IGN);
    scratch = g_dir_make_tmp("vmc-collect-XXXXXX", NULL);
    ck_assert_ptr_nonnull(scratch);
}

static void
tear_down(void)
{
    g_autofree char *command = g_strdup_printf("rm -rf '%s'", scratch);

    ck_assert_int_eq(system(command), 0);
    g_clear_pointer(&scratch, g_free);
}

static char *
data_path(const char *name)
{
    const char *root = g_getenv("VMC_TEST_DATA");
    g_autofree char *path = g_build_filename(root ? root : "tests/data", "collect", name, NULL);

    return g_canonicalize_filename(path, NULL);
}

static virConnectPtr
open_node(void)
{
    g_autofree char *path = data_path("node.xml");
    g_autofree char *uri = g_strconcat("test://", path, NULL);
    virConnectPtr conn = virConnectOpen(uri);

    ck_assert_msg(conn != NULL, "%s", virGetLastErrorMessage());
    return conn;
}

static void
assert_fact(const VmcFacts *facts, const char *name, const char *part)
{
    const char *text = vmc_facts_get(facts, name);

    ck_assert_msg(text != NULL, "no fact '%s'", name);
    ck_assert_msg(strstr(text, part) != NULL, "'%s' is not in %s:\n%s", part, name, text);
}

static void
assert_value(const VmcFacts *facts, const char *name, const char *key, const char *expected)
{
    g_autofree char *value = vmc_facts_value(facts, name, key);

    ck_assert_msg(g_strcmp0(value, expected) == 0, "%s of %s is '%s', not '%s'", key, name, value,
                  expected);
}

static char *
in_scratch(const char *name)
{
    return g_build_filename(scratch, name, NULL);
}

static void
write_scratch(const char *name, const char *text)
{
    g_autofree char *path = in_scratch(name);
    g_autofree char *parent = g_path_get_dirname(path);

    ck_assert_int_eq(g_mkdir_with_parents(parent, 0777), 0);
    ck_assert(g_file_set_contents(path, text, -1, NULL));
}

static void
assert_leaves_nothing(const char *folder)
{
    g_autoptr(GDir) content = g_dir_open(folder, 0, NULL);

    ck_assert_ptr_nonnull(content);
    ck_assert_ptr_null(g_dir_read_name(content));
}

static gboolean
collect_one(virConnectPtr conn, const char *name, VmcFacts *facts, GError **error)
{
    VMC_AUTO_VIR(virDomain) domain = vmc_collect_lookup(conn, name, error);

    return domain && vmc_collect_domain(domain, facts, error);
}

/* ---- a domain ---------------------------------------------------------------------- */

START_TEST(test_running)
{
    VMC_AUTO_VIR(virConnect) conn = open_node();
    g_autoptr(VmcFacts) facts = vmc_facts_new();
    g_autoptr(GError) error = NULL;

    ck_assert(collect_one(conn, "running", facts, &error));
    assert_value(facts, "domains/running/domain.tsv", "state", "1");
    assert_value(facts, "domains/running/domain.tsv", "persistent", "yes");
    assert_value(facts, "domains/running/domain.tsv", "managedSave", "no");
    assert_value(facts, "domains/running/domain.tsv", "snapshots", "0");
    /* the driver knows no jobs: not told, and not "none" */
    assert_value(facts, "domains/running/domain.tsv", "job", NULL);
    ck_assert_ptr_null(vmc_facts_get(facts, "domains/running/blockjobs.tsv"));
    assert_fact(facts, "domains/running/live.xml", " id=");
    assert_fact(facts, "domains/running/inactive.xml", "<name>running</name>");
    assert_fact(facts, "host/cpu-expansions/Nehalem.xml", "name='ssse3'");
}
END_TEST

START_TEST(test_states)
{
    VMC_AUTO_VIR(virConnect) conn = open_node();
    g_autoptr(VmcFacts) facts = vmc_facts_new();

    ck_assert(collect_one(conn, "off", facts, NULL));
    assert_value(facts, "domains/off/domain.tsv", "job", "none");
    ck_assert_ptr_null(vmc_facts_get(facts, "domains/off/live.xml"));
    ck_assert(collect_one(conn, "saved", facts, NULL));
    assert_value(facts, "domains/saved/domain.tsv", "managedSave", "yes");
    ck_assert(collect_one(conn, "passing", facts, NULL));
    assert_value(facts, "domains/passing/domain.tsv", "persistent", "no");
    ck_assert_ptr_null(vmc_facts_get(facts, "domains/passing/inactive.xml"));
    ck_assert(collect_one(conn, "snapshotted", facts, NULL));
    assert_value(facts, "domains/snapshotted/domain.tsv", "snapshots", "1");
    ck_assert(collect_one(conn, "ü, 100% & more", facts, NULL));
    assert_value(facts, "domains/ü, 100%25 %26 more/domain.tsv", "name", "ü, 100% & more");
}
END_TEST

START_TEST(test_lookup)
{
    VMC_AUTO_VIR(virConnect) conn = open_node();
    VMC_AUTO_VIR(virDomain)
    by_uuid = vmc_collect_lookup(conn, "11111111-0000-4000-8000-000000000002", NULL);
    VMC_AUTO_VIR(virDomain) by_id = vmc_collect_lookup(conn, "1", NULL);
    g_autoptr(GError) error = NULL;

    ck_assert_str_eq(virDomainGetName(by_uuid), "off");
    ck_assert_ptr_nonnull(by_id);
    ck_assert_ptr_null(vmc_collect_lookup(conn, "nosuch", &error));
    ck_assert(g_error_matches(error, VMC_VIRT_ERROR, VIR_ERR_NO_DOMAIN));
    ck_assert_ptr_nonnull(strstr(error->message, "'nosuch'"));
}
END_TEST

START_TEST(test_transition)
{
    VMC_AUTO_VIR(virConnect) conn = open_node();
    g_autoptr(VmcFacts) facts = vmc_facts_new();
    g_autoptr(GError) error = NULL;

    ck_assert(!collect_one(conn, "dying", facts, &error));
    ck_assert(g_error_matches(error, VMC_ERROR, VMC_ERROR_INVALID_STATE));
    ck_assert_ptr_null(vmc_facts_get(facts, "domains/dying/domain.tsv"));
}
END_TEST

START_TEST(test_vanished)
{
    VMC_AUTO_VIR(virConnect) conn = open_node();
    VMC_AUTO_VIR(virDomain) domain = vmc_collect_lookup(conn, "off", NULL);
    g_autoptr(VmcFacts) facts = vmc_facts_new();
    g_autoptr(GError) error = NULL;

    ck_assert_int_eq(virDomainUndefine(domain), 0);
    ck_assert(!vmc_collect_domain(domain, facts, &error));
    ck_assert(g_error_matches(error, VMC_VIRT_ERROR, VIR_ERR_NO_DOMAIN));
    ck_assert_ptr_null(vmc_facts_get(facts, "domains/off/domain.tsv"));
}
END_TEST

typedef struct {
    virConnectPtr conn;
    size_t calls, last;
    pid_t daemon;
    char gone[64];
} Watch;

static void
count_calls(size_t done, size_t total, void *opaque)
{
    Watch *watch = opaque;

    watch->calls++;
    watch->last = total - done;
}

START_TEST(test_all_domains)
{
    VMC_AUTO_VIR(virConnect) conn = open_node();
    g_autoptr(VmcFacts) facts = vmc_facts_new();
    g_autoptr(GPtrArray) skipped = g_ptr_array_new_with_free_func(g_free);
    Watch watch = { .conn = conn };

    ck_assert(vmc_collect_domains(conn, facts, count_calls, &watch, skipped, NULL));
    ck_assert_uint_eq(watch.calls, 9);
    ck_assert_uint_eq(watch.last, 0);
    ck_assert_uint_eq(skipped->len, 1);
    assert_value(facts, "domains/off/domain.tsv", "state", "5");
    assert_value(facts, "domains/saved/domain.tsv", "managedSave", "yes");
    assert_value(facts, "domains/saved/domain.tsv", "snapshots", "0");
    assert_value(facts, "domains/snapshotted/domain.tsv", "snapshots", "1");
    assert_value(facts, "domains/passing/domain.tsv", "persistent", "no");
    assert_value(facts, "domains/paused/domain.tsv", "state", "3");
}
END_TEST

/* Both ways to the same domain give the same facts. */
START_TEST(test_all_equals_one)
{
    static const char *const names[] = { "running", "saved", "passing", "snapshotted", "paused" };
    VMC_AUTO_VIR(virConnect) conn = open_node();
    g_autoptr(VmcFacts) all = vmc_facts_new();
    g_autoptr(VmcFacts) one = vmc_facts_new();

    ck_assert(vmc_collect_domains(conn, all, NULL, NULL, NULL, NULL));
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *prefix = g_strdup_printf("domains/%s/", names[i]);
        g_auto(GStrv) facts = NULL;
        g_auto(GStrv) other = vmc_facts_list(all, prefix);

        ck_assert(collect_one(conn, names[i], one, NULL));
        facts = vmc_facts_list(one, prefix);
        ck_assert_msg(g_strv_equal((const char *const *)facts, (const char *const *)other), "%s",
                      names[i]);
        for (char **fact = facts; *fact; fact++)
            ck_assert_str_eq(vmc_facts_get(one, *fact), vmc_facts_get(all, *fact));
    }
}
END_TEST

/* Of any three, one runs, one is paused, one is off. */
static void
make_many(virConnectPtr conn, int n)
{
    for (int i = 0; i < n; i++) {
        g_autofree char *xml = g_strdup_printf("<domain type='test'><name>many%d</name><memory>1"
                                               "</memory><os><type>hvm</type></os></domain>",
                                               i);
        VMC_AUTO_VIR(virDomain) domain = virDomainDefineXML(conn, xml);

        ck_assert_ptr_nonnull(domain);
        ck_assert(i % 3 == 2 || virDomainCreate(domain) == 0);
        ck_assert(i % 3 != 1 || virDomainSuspend(domain) == 0);
    }
}

/* More than are fetched ahead: each gets its own definitions, all of them. */
START_TEST(test_many_domains)
{
    VMC_AUTO_VIR(virConnect) conn = open_node();
    g_autoptr(VmcFacts) facts = vmc_facts_new();

    make_many(conn, 300);
    ck_assert(vmc_collect_domains(conn, facts, NULL, NULL, NULL, NULL));
    for (int i = 0; i < 300; i++) {
        g_autofree char *name = g_strdup_printf("<name>many%d</name>", i);
        g_autofree char *live = g_strdup_printf("domains/many%d/live.xml", i);
        g_autofree char *inactive = g_strdup_printf("domains/many%d/inactive.xml", i);

        assert_fact(facts, inactive, name);
        ck_assert_int_eq(vmc_facts_has(facts, live), i % 3 != 2);
        if (i % 3 != 2)
            assert_fact(facts, live, name);
    }
}
END_TEST

/* One that is saved or has snapshots, as some of the node's own, libvirt would not undefine. */
static gboolean
is_off_and_plain(virDomainPtr domain)
{
    return g_str_has_prefix(virDomainGetName(domain), "many") && virDomainIsActive(domain) == 0;
}

/* The last that is off is listed, not fetched yet, and gone when its turn comes.  Libvirt lists
 * them in the order of a hash of their UUIDs: any may be the last. */
static void
undefine_last(size_t done, size_t total G_GNUC_UNUSED, void *opaque)
{
    Watch *watch = opaque;
    virDomainPtr *domains = NULL;
    int n = done == 0 ? virConnectListAllDomains(watch->conn, &domains, 0) : 0;
    int last = n - 1;

    while (last > 0 && !is_off_and_plain(domains[last]))
        last--;
    if (done == 0) {
        g_strlcpy(watch->gone, virDomainGetName(domains[last]), sizeof(watch->gone));
        ck_assert_int_gt(last, n - 100);
        ck_assert_int_eq(virDomainUndefine(domains[last]), 0);
    }
    for (int i = 0; i < n; i++)
        virDomainFree(domains[i]);
    free(domains);
}

START_TEST(test_vanishes_meanwhile)
{
    VMC_AUTO_VIR(virConnect) conn = open_node();
    g_autoptr(VmcFacts) facts = vmc_facts_new();
    g_autoptr(GPtrArray) skipped = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *folder = NULL;
    g_auto(GStrv) left = NULL;
    Watch watch = { .conn = conn };

    make_many(conn, 300);
    ck_assert(vmc_collect_domains(conn, facts, undefine_last, &watch, skipped, NULL));
    ck_assert_uint_eq(skipped->len, 2); /* and one that is in transition */
    ck_assert(strstr(skipped->pdata[0], watch.gone) || strstr(skipped->pdata[1], watch.gone));
    folder = g_strdup_printf("domains/%s/", watch.gone);
    left = vmc_facts_list(facts, folder);
    ck_assert_ptr_null(left[0]);
    ck_assert(vmc_facts_has(facts, "domains/many0/live.xml"));
}
END_TEST

static int
compare_lines(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static char **
claims_of(const VmcFacts *facts)
{
    char **lines = g_strsplit(vmc_facts_get(facts, "host/claims.tsv"), "\n", -1);

    qsort(lines, g_strv_length(lines), sizeof(char *), compare_lines);
    return lines;
}

/* With the guests' definitions at hand, or fetched for that alone. */
START_TEST(test_claims_both_ways)
{
    VMC_AUTO_VIR(virConnect) conn = open_node();
    g_autoptr(VmcFacts) alone = vmc_facts_new();
    g_autoptr(VmcFacts) along = vmc_facts_new();
    g_auto(GStrv) expected = NULL;
    g_auto(GStrv) got = NULL;

    ck_assert(vmc_collect_offer(conn, NULL, 0, alone, NULL));
    vmc_collect_claims_begin(along);
    ck_assert(vmc_collect_domains(conn, along, NULL, NULL, NULL, NULL));
    expected = claims_of(alone);
    got = claims_of(along);
    ck_assert_uint_gt(g_strv_length(expected), 1);
    ck_assert(g_strv_equal((const char *const *)expected, (const char *const *)got));
    ck_assert(vmc_collect_offer(conn, NULL, 0, along, NULL));
    g_strfreev(got);
    got = claims_of(along);
    ck_assert(g_strv_equal((const char *const *)expected, (const char *const *)got));
}
END_TEST

/* ---- a host ------------------------------------------------------------------------ */

START_TEST(test_source)
{
    VMC_AUTO_VIR(virConnect) conn = open_node();
    g_autoptr(VmcFacts) facts = vmc_facts_new();

    ck_assert(vmc_collect_source(conn, facts, NULL));
    assert_value(facts, "host/host.tsv", "type", "TEST");
    assert_value(facts, "host/host.tsv", "session", "no");
    assert_fact(facts, "host/capabilities.xml", "<host>");
    ck_assert_ptr_null(strstr(vmc_facts_get(facts, "host/capabilities.xml"), "<guest>"));
}
END_TEST

/* The test driver has some from libvirt 10 on. */
static void
assert_domcaps_told(virConnectPtr conn, const VmcFacts *facts)
{
    g_autofree char *told = virConnectGetDomainCapabilities(conn, NULL, NULL, NULL, NULL, 0);
    g_auto(GStrv) kept = vmc_facts_list(facts, "host/domcapabilities/");

    ck_assert_int_eq(kept[0] != NULL, told != NULL);
    if (!told)
        assert_fact(facts, "host/unprobed.tsv", "domcapabilities\t");
}

START_TEST(test_offer)
{
    VMC_AUTO_VIR(virConnect) conn = open_node();
    g_autoptr(VmcFacts) facts = vmc_facts_new();
    g_autoptr(VmcOffer) offer = NULL;

    ck_assert(vmc_collect_offer(conn, NULL, -1, facts, NULL));
    assert_fact(facts, "host/networks.tsv", "blue\tyes\tvirbr7\tnat\t\t\tno\n");
    assert_fact(facts, "host/interfaces.tsv", "br7\tbridge\n");
    assert_fact(facts, "host/interfaces.tsv", "eth7\tother\n");
    assert_fact(facts, "host/pools.tsv", "images\tyes\tdir\t/images\t/images\n");
    assert_fact(facts, "host/volumes/images.tsv", "one.img\t/images/one.img\n");
    assert_fact(facts, "host/nodedevs.tsv", "usb_1\tusb\t0x1234:0xabcd\n");
    assert_fact(facts, "host/nodedevs.tsv", "pci_0000_00_02_0\tpci\t\n");
    assert_fact(facts, "host/domains.tsv",
                "saved\t11111111-0000-4000-8000-000000000003\tno\tyes\tyes\tno\n");
    assert_fact(facts, "host/domains.tsv",
                "snapshotted\t11111111-0000-4000-8000-000000000007\tno\tyes\tno\tyes\n");
    assert_fact(facts, "host/cpu-names.tsv", "feature\tssse3\tyes\n");
    assert_fact(facts, "host/unprobed.tsv", "secrets\t");
    assert_domcaps_told(conn, facts);
    ck_assert_ptr_null(vmc_facts_get(facts, "host/secrets.tsv"));
    ck_assert_ptr_null(vmc_facts_get(facts, "host/files.tsv"));
    offer = vmc_derive_offer(facts, NULL);
    ck_assert_ptr_nonnull(offer);
    ck_assert(offer->probed[VMC_PART_NETWORKS]);
    ck_assert(!offer->probed[VMC_PART_SECRETS]);
}
END_TEST

static VmcRequirement *
make_guest(void)
{
    VmcRequirement *guest = vmc_requirement_new();
    VmcCpuFeature *feature = g_new0(VmcCpuFeature, 1);

    guest->name = g_strdup("off");
    guest->uuid = g_strdup("11111111-0000-4000-8000-0000000000ff");
    guest->arch = g_strdup("x86_64");
    feature->name = g_strdup("aes");
    feature->policy = g_strdup("require");
    g_ptr_array_add(guest->cpu.features, feature);
    feature = g_new0(VmcCpuFeature, 1);
    feature->name = g_strdup("no-such-feature");
    feature->policy = g_strdup("disable");
    g_ptr_array_add(guest->cpu.features, feature);
    return guest;
}

START_TEST(test_answers)
{
    VMC_AUTO_VIR(virConnect) conn = open_node();
    g_autoptr(VmcFacts) facts = vmc_facts_new();
    g_autoptr(VmcRequirement) guest = make_guest();
    g_autoptr(GPtrArray) guests = g_ptr_array_new();

    g_ptr_array_add(guests, guest);
    vmc_requirement_add(guest, VMC_NEED_NETWORK, "x", "blue", NULL);
    vmc_requirement_add(guest, VMC_NEED_NETWORK, "x", "red", NULL);
    vmc_requirement_add(guest, VMC_NEED_BRIDGE, "x", "br7", NULL);
    vmc_requirement_add(guest, VMC_NEED_BRIDGE, "x", "br8", NULL);
    vmc_requirement_add(guest, VMC_NEED_VOLUME, "x", "one.img", "images");
    vmc_requirement_add(guest, VMC_NEED_POOL, "x", "nosuch", NULL);
    vmc_requirement_add(guest, VMC_NEED_FILE, "x", "/images/one.img", "disk");
    vmc_requirement_add(guest, VMC_NEED_FILE, "x", "/elsewhere/two.img", "disk");
    vmc_requirement_add(guest, VMC_NEED_NODEDEV, "x", "0x1234:0xabcd", "usb");
    ck_assert(vmc_collect_answers(conn, guests, -1, facts, NULL));
    ck_assert_str_eq(vmc_facts_get(facts, "host/networks.tsv"), "blue\tyes\tvirbr7\tnat\t\t\tno\n");
    ck_assert_str_eq(vmc_facts_get(facts, "host/interfaces.tsv"), "br7\tbridge\n");
    ck_assert_str_eq(vmc_facts_get(facts, "host/pools.tsv"),
                     "images\tyes\tdir\t/images\t/images\n");
    ck_assert_str_eq(vmc_facts_get(facts, "host/volumes/images.tsv"), "one.img\t/images/one.img\n");
    ck_assert_str_eq(vmc_facts_get(facts, "host/nodedevs.tsv"), "usb_1\tusb\t0x1234:0xabcd\n");
    ck_assert_str_eq(vmc_facts_get(facts, "host/domains.tsv"),
                     "off\t11111111-0000-4000-8000-000000000002\tno\tyes\tno\tno\n");
    ck_assert_str_eq(vmc_facts_get(facts, "host/cpu-names.tsv"),
                     "feature\taes\tyes\nfeature\tno-such-feature\tno\n");
    ck_assert_ptr_null(vmc_facts_get(facts, "host/nwfilters.tsv"));
    ck_assert_ptr_null(vmc_facts_get(facts, "host/cpumap.txt"));
}
END_TEST

START_TEST(test_answers_local)
{
    VMC_AUTO_VIR(virConnect) conn = open_node();
    g_autoptr(VmcFacts) facts = vmc_facts_new();
    g_autoptr(VmcRequirement) guest = make_guest();
    g_autoptr(GPtrArray) guests = g_ptr_array_new();

    g_ptr_array_add(guests, guest);
    vmc_requirement_add(guest, VMC_NEED_FILE, "x", "/dev/null", "disk");
    vmc_requirement_add(guest, VMC_NEED_FILE, "x", "/nonexistent/x", "disk");
    vmc_requirement_add(guest, VMC_NEED_ADDRESS, "x", "127.0.0.1", "vnc");
    vmc_requirement_add(guest, VMC_NEED_BRIDGE, "x", "lo", NULL);
    ck_assert(vmc_collect_answers(conn, guests, 1, facts, NULL));
    assert_fact(facts, "host/files.tsv", "/dev/null\tchar\tunknown\t");
    assert_fact(facts, "host/files.tsv", "/nonexistent/x\tmissing\t");
    assert_fact(facts, "host/addresses.tsv", "127.0.0.1\n");
    assert_fact(facts, "host/interfaces.tsv", "lo\tother\n");
    assert_value(facts, "host/host.tsv", "local", "yes");
}
END_TEST

START_TEST(test_local_uris)
{
    ck_assert(vmc_uri_is_local("qemu:///system"));
    ck_assert(vmc_uri_is_local("qemu:///session"));
    ck_assert(vmc_uri_is_local("qemu+unix:///system"));
    ck_assert(vmc_uri_is_local("qemu:///embed?root=/tmp/x"));
    ck_assert(!vmc_uri_is_local("qemu+unix:///system?socket=/x/libvirt-sock"));
    ck_assert(!vmc_uri_is_local("qemu+ssh://host/system"));
    ck_assert(!vmc_uri_is_local("qemu://host/system"));
    ck_assert(!vmc_uri_is_local("qemu+ext:///system?command=/x"));
    ck_assert(!vmc_uri_is_local("test:///default"));
    ck_assert(!vmc_uri_is_local("no uri"));
}
END_TEST

START_TEST(test_missing_expansions)
{
    g_autoptr(VmcFacts) facts = vmc_facts_new();

    vmc_collect_missing_expansions(facts);
    vmc_facts_set(facts, "domains/x/inactive.xml",
                  "<domain type='kvm'><name>x</name><os><type arch='x86_64'>hvm</type></os>"
                  "<cpu mode='custom'><model>Nehalem</model></cpu></domain>");
    vmc_collect_missing_expansions(facts);
    assert_fact(facts, "host/cpu-expansions/Nehalem.xml", "name='sse4.2'");
}
END_TEST

/* ---- files -------------------------------------------------------------------------- */

START_TEST(test_files)
{
    g_autoptr(VmcFacts) facts = vmc_facts_new();
    g_autofree char *path = in_scratch("disk\timage");

    write_scratch("disk\timage", "12345");
    vmc_local_file(facts, "t.tsv", path);
    vmc_local_file(facts, "t.tsv", scratch);
    assert_fact(facts, "t.tsv", "disk\\timage\tfile\tno\t5\n");
    assert_fact(facts, "t.tsv", "\tdirectory\tno\t");
}
END_TEST

START_TEST(test_file_user)
{
    g_autoptr(VmcFacts) facts = vmc_facts_new();
    g_autoptr(xmlDoc) host = vmc_xml_parse("<capabilities><host><secmodel><model>dac</model>"
                                           "<baselabel type='kvm'>+65534:+65534</baselabel>"
                                           "</secmodel></host></capabilities>",
                                           -1, VMC_MAX_XML, "capabilities", NULL);
    VmcFileUser user = vmc_file_user(host);
    g_autofree char *path = in_scratch("closed/disk");
    g_autofree char *closed = in_scratch("closed");

    ck_assert(user.known && user.uid == 65534);
    if (geteuid() != 0)
        return;
    write_scratch("closed/disk", "x");
    ck_assert_int_eq(g_chmod(scratch, 0755), 0);
    ck_assert_int_eq(g_chmod(closed, 0700), 0);
    vmc_local_file_as(facts, "t.tsv", path, &user);
    assert_fact(facts, "t.tsv", "\tdenied\t");
    /* and we are ourselves again */
    vmc_local_file(facts, "u.tsv", path);
    assert_fact(facts, "u.tsv", "\tfile\t");
}
END_TEST

/* ---- a guest's storage ------------------------------------------------------------------- */

/* A qcow2 header of version 3; @format: of the backing image, or NULL. */
static void
write_image(const char *name, const char *backing, const char *format)
{
    guint8 bytes[2048] = "QFI\xfb\0\0\0\3";
    size_t at = 104;
    g_autofree char *path = in_scratch(name);

    bytes[103] = 104;
    if (format) {
        memcpy(bytes + at, "\xe2\x79\x2a\xca", 4);
        bytes[at + 7] = (guint8)strlen(format);
        memcpy(bytes + at + 8, format, strlen(format));
    }
    at = 200;
    bytes[15] = backing ? (guint8)at : 0;
    bytes[18] = backing ? (guint8)(strlen(backing) >> 8) : 0;
    bytes[19] = backing ? (guint8)strlen(backing) : 0;
    memcpy(bytes + at, backing ? backing : "", backing ? strlen(backing) : 0);
    ck_assert(g_file_set_contents(path, (char *)bytes, sizeof(bytes), NULL));
}

/* Facts of a guest with one disk, whose content is @disk with its first "@" being
 * the scratch folder. */
static VmcFacts *
storage_of(const char *type, const char *disk)
{
    VMC_AUTO_VIR(virConnect) conn = open_node();
    VmcFacts *facts = vmc_facts_new();
    VmcGuestAsk ask = { .conn = conn, .facts = facts, .local = TRUE };
    g_autoptr(GString) xml = g_string_new(NULL);
    g_autoptr(xmlDoc) doc = NULL;

    g_string_printf(xml, "<domain><devices><disk type='%s'>%s</disk></devices></domain>", type,
                    disk);
    g_string_replace(xml, "@", scratch, 1);
    doc = vmc_xml_parse(xml->str, -1, VMC_MAX_XML, "g", NULL);
    ck_assert(vmc_guest_storage(&ask, "domains/g", xmlDocGetRootElement(doc), NULL));
    /* of a second definition nothing is told twice */
    ck_assert(vmc_guest_storage(&ask, "domains/g", xmlDocGetRootElement(doc), NULL));
    return facts;
}

#define QCOW2 "<driver name='qemu' type='qcow2'/><source file='@/top'/>"

static void
assert_backing(const char *disk, const char *expected)
{
    g_autoptr(VmcFacts) facts = storage_of("file", disk);
    g_autoptr(GString) text = g_string_new(vmc_facts_get(facts, "domains/g/backing.tsv"));

    g_string_replace(text, scratch, "@", 0);
    ck_assert_str_eq(text->str, expected);
}

START_TEST(test_backing)
{
    g_autofree char *base = in_scratch("base");

    write_image("top", "middle", "qcow2");
    write_image("middle", base, NULL);
    write_image("base", NULL, NULL);
    assert_backing(QCOW2, "@/top\t@/middle\n@/middle\t@/base\n@/base\t\n");
    assert_backing(QCOW2 "<backingStore/>", "");
    assert_backing("<driver type='raw'/><source file='@/top'/>", "");
    assert_backing("<source file='@/top'/>", "");
    /* raw is not looked into, whatever its bytes look like */
    write_image("top", "middle", "raw");
    assert_backing(QCOW2, "@/top\t@/middle\n");
    write_image("top", "gone", "qcow2");
    assert_backing(QCOW2, "@/top\t@/gone\n");
    write_image("top", "top", NULL);
    assert_backing(QCOW2, "@/top\t@/top\n");
    write_scratch("top", "raw bytes, and enough of them to be a header of an image: 0123456789");
    assert_backing(QCOW2, "@/top\t\n");
}
END_TEST

START_TEST(test_backing_untold)
{
    g_autofree char *path = in_scratch("top");
    g_autofree char *name = g_strnfill(1024, 'n');
    char cut[120] = "QFI\xfb\0\0\0\3\0\0\0\0\0\0\0\x70\0\0\0\x20";

    write_image("top", "nbd://host/image", "raw");
    assert_backing(QCOW2, "");
    write_image("top", "json:{\"file\":\"/x\"}", "raw");
    assert_backing(QCOW2, "");
    write_image("top", name, "raw");
    assert_backing(QCOW2, "");
    /* the name lies behind the end */
    ck_assert(g_file_set_contents(path, cut, sizeof(cut), NULL));
    assert_backing(QCOW2, "");
    ck_assert_int_eq(g_unlink(path), 0);
    assert_backing(QCOW2, "");
    ck_assert_int_eq(mkfifo(path, 0600), 0);
    assert_backing(QCOW2, "");
}
END_TEST

START_TEST(test_volumes)
{
    g_autoptr(VmcFacts) facts = storage_of("volume", "<source pool='images' volume='one.img'/>");
    g_autoptr(VmcFacts) none = storage_of("volume", "<source pool='images' volume='x'/>");
    g_autoptr(VmcFacts) file = storage_of("file", "<source file='/x'/>");

    ck_assert_str_eq(vmc_facts_get(facts, "domains/g/volumes.tsv"),
                     "images\tone.img\t/images/one.img\tunknown\t/images\n");
    ck_assert_ptr_null(vmc_facts_get(none, "domains/g/volumes.tsv"));
    ck_assert_ptr_null(vmc_facts_get(file, "domains/g/volumes.tsv"));
    ck_assert_str_eq(vmc_file_shared(scratch), "no");
    ck_assert_str_eq(vmc_file_shared("/dev/null"), "unknown");
}
END_TEST

/* ---- folders ---------------------------------------------------------------------------- */

static void
assert_same_facts(const VmcFacts *a, const VmcFacts *b)
{
    g_auto(GStrv) names = vmc_facts_list(a, "");
    g_auto(GStrv) other = vmc_facts_list(b, "");

    ck_assert(g_strv_equal((const char *const *)names, (const char *const *)other));
    for (char **name = names; *name; name++)
        ck_assert_str_eq(vmc_facts_get(a, *name), vmc_facts_get(b, *name));
}

static VmcFacts *
make_facts(void)
{
    VmcFacts *facts = vmc_facts_new();
    static const char *const names[] = { "a/b", "ü", "two words", "..", "x\ty\\z" };

    vmc_facts_set(facts, "host/host.tsv", "uri\tqemu:///system\n");
    vmc_facts_add_row(facts, "host/networks.tsv", 0, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *key = vmc_facts_key(names[i]);
        g_autofree char *name = g_strdup_printf("domains/%s/domain.tsv", key);

        VMC_ADD_ROW(facts, name, "name", names[i]);
    }
    return facts;
}

START_TEST(test_round_trip)
{
    g_autoptr(VmcFacts) facts = make_facts();
    g_autoptr(VmcFacts) again = NULL;
    g_autoptr(GError) error = NULL;
    g_autofree char *fresh = in_scratch("fresh/");
    g_autofree char *empty = in_scratch("empty");

    ck_assert_msg(vmc_facts_save(facts, fresh, &error), "%s", error ? error->message : "");
    again = vmc_facts_load(fresh, &error);
    ck_assert_msg(again != NULL, "%s", error ? error->message : "");
    assert_same_facts(facts, again);
    g_clear_pointer(&again, vmc_facts_free);
    ck_assert_int_eq(g_mkdir(empty, 0777), 0);
    ck_assert(vmc_facts_save(facts, empty, NULL));
    again = vmc_facts_load(empty, NULL);
    ck_assert_ptr_nonnull(again);
    assert_same_facts(facts, again);
    /* not over what is there */
    ck_assert(!vmc_facts_save(facts, empty, &error));
    ck_assert(g_error_matches(error, VMC_ERROR, VMC_ERROR_INVALID_ARGUMENT));
}
END_TEST

START_TEST(test_collected_round_trip)
{
    VMC_AUTO_VIR(virConnect) conn = open_node();
    g_autoptr(VmcFacts) facts = vmc_facts_new();
    g_autoptr(VmcFacts) again = NULL;
    g_autoptr(GError) error = NULL;
    g_autofree char *folder = in_scratch("all");

    ck_assert(vmc_collect_offer(conn, NULL, -1, facts, NULL));
    ck_assert(vmc_collect_domains(conn, facts, NULL, NULL, NULL, NULL));
    ck_assert(vmc_facts_save(facts, folder, NULL));
    again = vmc_facts_load(folder, &error);
    ck_assert_msg(again != NULL, "%s", error ? error->message : "");
    assert_same_facts(facts, again);
}
END_TEST

START_TEST(test_save_unwritable)
{
    g_autoptr(VmcFacts) facts = make_facts();
    g_autoptr(GError) error = NULL;

    ck_assert(!vmc_facts_save(facts, "/proc/nosuch", &error));
    ck_assert_int_eq(error->domain, VMC_ERROR);
    g_clear_error(&error);
    write_scratch("plain-file", "");
    g_autofree char *below = in_scratch("plain-file/x");
    ck_assert(!vmc_facts_save(facts, below, &error));
}
END_TEST

/* A full disk, as write(2) sees it. */
START_TEST(test_save_full)
{
    g_autoptr(VmcFacts) facts = make_facts();
    g_autoptr(GError) error = NULL;
    g_autofree char *text = g_strnfill(100000, 'x');
    g_autofree char *fresh = in_scratch("fresh");
    struct rlimit limit = { 0 };

    vmc_facts_set(facts, "host/capabilities.xml", text);
    ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &limit), 0);
    signal(SIGXFSZ, SIG_IGN);
    limit.rlim_cur = 4096;
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    ck_assert(!vmc_facts_save(facts, fresh, &error));
    limit.rlim_cur = limit.rlim_max;
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    assert_leaves_nothing(scratch);
}
END_TEST

START_TEST(test_load_plain)
{
    g_autoptr(VmcFacts) facts = NULL;
    g_autoptr(GError) error = NULL;

    write_scratch("capabilities.xml", "<capabilities><host/></capabilities>");
    write_scratch("domcapabilities-q35.xml", "<domainCapabilities/>");
    write_scratch("domcapabilities-pc.xml", "");
    write_scratch("one.xml", "<domain type='kvm' id='3'><name>vm1</name></domain>");
    write_scratch("two.xml", "<domain type='kvm'><name>vm1</name></domain>");
    write_scratch("vm1.saved.xml", "<domain type='kvm'><name>vm1</name></domain>");
    write_scratch("pool.xml", "<pool/>");
    write_scratch("README", "not ours");
    facts = vmc_facts_load(scratch, &error);
    ck_assert_msg(facts != NULL, "%s", error ? error->message : "");
    assert_fact(facts, "host/capabilities.xml", "<capabilities>");
    assert_fact(facts, "host/domcapabilities/domcapabilities-q35.xml", "<");
    assert_fact(facts, "domains/vm1/live.xml", "id='3'");
    assert_fact(facts, "domains/vm1/inactive.xml", "<domain type='kvm'><");
    assert_fact(facts, "domains/vm1/saved.xml", "<domain");
    g_auto(GStrv) names = vmc_facts_list(facts, "");
    ck_assert_uint_eq(g_strv_length(names), 5);
}
END_TEST

static void
assert_load_fails(int code)
{
    g_autoptr(GError) error = NULL;

    ck_assert_ptr_null(vmc_facts_load(scratch, &error));
    ck_assert_msg(g_error_matches(error, VMC_ERROR, code), "%d %s", error->code, error->message);
}

START_TEST(test_conf)
{
    g_autofree char *path = in_scratch("host/host.tsv");
    g_autoptr(VmcFacts) facts = vmc_facts_new();
    g_autoptr(VmcFacts) none = vmc_facts_new();
    g_autoptr(VmcFacts) binary = vmc_facts_new();

    vmc_local_conf(none, path);
    ck_assert_str_eq(vmc_facts_get(none, "host/settings.tsv"), "qemu.conf\tread\n");
    write_scratch("host/host.tsv", "# lock_manager = \"lockd\"\n"
                                   "  lock_manager=\"sanlock\" # no other\n"
                                   "xlock_manager = \"x\"\n"
                                   "spice_password = \"do not look\"\n"
                                   "cgroup_controllers = [ \"cpu\",\n  \"memory\" ]\n"
                                   "migrate_tls_force = 0\n"
                                   "migrate_tls_force = 1\n"
                                   "migration_host = 'h.example'\n");
    vmc_local_conf(facts, path);
    ck_assert_str_eq(vmc_facts_get(facts, "host/settings.tsv"), "qemu.conf\tread\n"
                                                                "cgroup_controllers\tcpu,memory\n"
                                                                "lock_manager\tsanlock\n"
                                                                "migrate_tls_force\t1\n"
                                                                "migration_host\th.example\n");
    ck_assert(g_file_set_contents(path, "\xff\xfe", 2, NULL));
    vmc_local_conf(binary, path);
    ck_assert_ptr_null(vmc_facts_get(binary, "host/settings.tsv"));
}
END_TEST

START_TEST(test_load_bad)
{
    g_autofree char *big = g_strnfill(VMC_MAX_XML + 1, ' ');
    g_autofree char *path = in_scratch("host/host.tsv");
    g_autoptr(GError) error = NULL;

    assert_load_fails(VMC_ERROR_BAD_DATA); /* empty */
    write_scratch("host/host.tsv", big);
    assert_load_fails(VMC_ERROR_TOO_LARGE);
    ck_assert(g_file_set_contents(path, "a\0b", 3, NULL));
    assert_load_fails(VMC_ERROR_BAD_DATA);
    ck_assert(g_file_set_contents(path, "\xff\xfe", 2, NULL));
    assert_load_fails(VMC_ERROR_BAD_DATA);
    write_scratch("host/host.tsv", "");
    write_scratch("x.xml", "<domain");
    assert_load_fails(VMC_ERROR_BAD_DATA);
    write_scratch("x.xml", "<domain><name>a</name></domain>");
    write_scratch("y.xml", "<domain><name>a</name></domain>");
    assert_load_fails(VMC_ERROR_BAD_DATA);
    ck_assert_ptr_null(vmc_facts_load("/nonexistent", &error));
    ck_assert(g_error_matches(error, VMC_ERROR, VMC_ERROR_INVALID_ARGUMENT));
}
END_TEST

/* What is not ours, or leads elsewhere, is left alone; a pipe must not hang. */
START_TEST(test_load_escapes)
{
    g_autoptr(VmcFacts) facts = NULL;
    g_autofree char *link = in_scratch("host/networks.tsv");
    g_autofree char *folder = in_scratch("domains");
    g_autofree char *pipe = in_scratch("host/pools.tsv");

    write_scratch("host/host.tsv", "uri\tx\n");
    write_scratch("host/unheard-of.tsv", "x\n");
    write_scratch("other/live.xml", "<domain/>");
    ck_assert_int_eq(symlink("/etc/passwd", link), 0);
    ck_assert_int_eq(symlink("/", folder), 0);
    ck_assert_int_eq(mkfifo(pipe, 0666), 0);
    facts = vmc_facts_load(scratch, NULL);
    ck_assert_ptr_nonnull(facts);
    g_auto(GStrv) names = vmc_facts_list(facts, "");
    ck_assert_uint_eq(g_strv_length(names), 1);
}
END_TEST

/* ---- saved images ------------------------------------------------------------------ */

typedef struct {
    const char *magic;
    guint32 version, data_length, was_running, format, cookie_offset;
    gboolean swapped;
    size_t cut; /* bytes that are missing at the end */
} Image;

#define IMAGE_XML \
 "<domain type='kvm'><name>vm</name><uuid>5ce7a210-0000-4000-8000-000000000001</uuid>" \
 "<os><type arch='x86_64'>hvm</type></os><cpu mode='host-model'/></domain>"
#define IMAGE_COOKIE "<cookie><cpu mode='custom' check='full'><model>Nehalem</model></cpu></cookie>"

static void
add_number(GByteArray *bytes, guint32 number, gboolean swapped)
{
    guint32 value = swapped ? GUINT32_SWAP_LE_BE(number) : number;

    g_byte_array_append(bytes, (const guint8 *)&value, sizeof(value));
}

/* Zeros in @image stand for what libvirt would write. */
static char *
write_saved(const Image *image)
{
    static const guint8 unused[56] = { 0 };
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    const guint32 length = sizeof(IMAGE_XML) + sizeof(IMAGE_COOKIE);
    char *path = in_scratch("image");

    g_byte_array_append(bytes, (const guint8 *)image->magic, 16);
    add_number(bytes, image->version ? image->version : 2, image->swapped);
    add_number(bytes, image->data_length ? image->data_length : length, image->swapped);
    add_number(bytes, 1, image->swapped);
    add_number(bytes, image->format, image->swapped);
    add_number(bytes, image->cookie_offset ? image->cookie_offset : sizeof(IMAGE_XML),
               image->swapped);
    g_byte_array_append(bytes, unused, sizeof(unused));
    g_byte_array_append(bytes, (const guint8 *)IMAGE_XML, sizeof(IMAGE_XML));
    g_byte_array_append(bytes, (const guint8 *)IMAGE_COOKIE, sizeof(IMAGE_COOKIE));
    ck_assert(
        g_file_set_contents(path, (char *)bytes->data, bytes->len - (gssize)image->cut, NULL));
    return path;
}

START_TEST(test_image)
{
    const Image image = { .magic = "LibvirtQemudSave", .format = 6, .swapped = _i };
    g_autofree char *path = write_saved(&image);
    g_autoptr(VmcFacts) facts = vmc_facts_new();
    g_autoptr(GError) error = NULL;

    ck_assert_msg(vmc_collect_saved_image(NULL, path, facts, &error), "%s",
                  error ? error->message : "");
    assert_value(facts, "domains/vm/domain.tsv", "name", "vm");
    assert_value(facts, "domains/vm/domain.tsv", "uuid", "5ce7a210-0000-4000-8000-000000000001");
    assert_fact(facts, "domains/vm/saved.xml", "host-model");
    assert_fact(facts, "domains/vm/saved-cpu.xml", "Nehalem");
    assert_fact(facts, "host/cpu-expansions/Nehalem.xml", "sse4.2");
    ck_assert_int_eq(vmc_derive_enabled_state(facts, "domains/vm"), VMC_ENABLED_STATE_SUSPENDED);
}
END_TEST

static const struct {
    Image image;
    VmcErrorCode code;
    const char *why;
} bad_images[] = {
    { { .magic = "LibvirtQemudPart" }, VMC_ERROR_BAD_DATA, "not complete" },
    { { .magic = "LibvirtQemudSalt" }, VMC_ERROR_BAD_DATA, "no saved image" },
    { { .magic = "LibvirtQemudSave", .version = 3 }, VMC_ERROR_BAD_DATA, "version" },
    { { .magic = "LibvirtQemudSave", .version = 3, .swapped = TRUE },
      VMC_ERROR_BAD_DATA,
      "version" },
    { { .magic = "LibvirtQemudSave", .format = 7 }, VMC_ERROR_BAD_DATA, "compression" },
    { { .magic = "LibvirtQemudSave", .data_length = G_MAXUINT32 },
      VMC_ERROR_TOO_LARGE,
      "too large" },
    { { .magic = "LibvirtQemudSave", .data_length = 4096 }, VMC_ERROR_BAD_DATA, "cut off" },
    { { .magic = "LibvirtQemudSave", .cookie_offset = 4096 }, VMC_ERROR_BAD_DATA, "damaged" },
    { { .magic = "LibvirtQemudSave", .cut = 1 }, VMC_ERROR_BAD_DATA, "cut off" },
    { { .magic = "LibvirtQemudSave", .cut = sizeof(IMAGE_XML) + sizeof(IMAGE_COOKIE) },
      VMC_ERROR_BAD_DATA,
      "cut off" },
    { { .magic = "LibvirtQemudSave", .cut = sizeof(IMAGE_XML) + sizeof(IMAGE_COOKIE) + 1 },
      VMC_ERROR_BAD_DATA,
      "cut off" },
};

START_TEST(test_bad_image)
{
    g_autofree char *path = write_saved(&bad_images[_i].image);
    g_autoptr(VmcFacts) facts = vmc_facts_new();
    g_autoptr(GError) error = NULL;

    ck_assert(!vmc_collect_saved_image(NULL, path, facts, &error));
    ck_assert_msg(g_error_matches(error, VMC_ERROR, (int)bad_images[_i].code), "%s",
                  error->message);
    ck_assert_msg(strstr(error->message, bad_images[_i].why) && strstr(error->message, path),
                  "'%s' does not say '%s'", error->message, bad_images[_i].why);
}
END_TEST

START_TEST(test_no_image)
{
    g_autofree char *missing = in_scratch("missing");
    g_autofree char *pipe = in_scratch("pipe");
    const char *const paths[] = { missing, pipe, scratch, "/dev/null" };

    ck_assert_int_eq(mkfifo(pipe, 0600), 0);
    for (size_t i = 0; i < G_N_ELEMENTS(paths); i++) {
        g_autoptr(VmcFacts) facts = vmc_facts_new();
        g_autoptr(GError) error = NULL;

        ck_assert(!vmc_collect_saved_image(NULL, paths[i], facts, &error));
        ck_assert_msg(g_error_matches(error, VMC_ERROR, VMC_ERROR_INVALID_ARGUMENT), "%s",
                      error->message);
    }
}
END_TEST

/* libvirt's test driver reads images of its own form. */
START_TEST(test_image_of_libvirt)
{
    VMC_AUTO_VIR(virConnect) conn = open_node();
    VMC_AUTO_VIR(virDomain) domain = vmc_collect_lookup(conn, "running", NULL);
    g_autofree char *path = in_scratch("saved");
    g_autoptr(VmcFacts) facts = vmc_facts_new();
    g_autoptr(VmcFacts) none = vmc_facts_new();
    g_autoptr(GError) error = NULL;

    ck_assert_int_eq(virDomainSave(domain, path), 0);
    /* It can't show the definition in an image: an error, and no half of a guest. */
    if (vmc_collect_saved_image(conn, path, facts, &error)) {
        assert_fact(facts, "domains/running/saved.xml", "running");
        return;
    }
    ck_assert_msg(error->domain == VMC_VIRT_ERROR && strstr(error->message, path), "%s",
                  error->message);
    g_clear_error(&error);
    ck_assert(!vmc_collect_saved_image(NULL, path, none, &error));
    ck_assert(g_error_matches(error, VMC_ERROR, VMC_ERROR_BAD_DATA));
}
END_TEST

/* ---- dry runs ---------------------------------------------------------------------- */

START_TEST(test_dry_run_of_another_driver)
{
    VMC_AUTO_VIR(virConnect) conn = open_node();
    g_autoptr(GPtrArray) none = g_ptr_array_new();
    g_autoptr(VmcFacts) facts = vmc_facts_new();

    ck_assert(vmc_collect_dry_runs(conn, none, facts, NULL));
    assert_fact(facts, "host/dry-runs.tsv", "\tlive\tnone\t0\tthere is a dry run");
    assert_fact(facts, "host/dry-runs.tsv", "\toff\tnone\t0\tthere is a dry run");
}
END_TEST

/* ---- a daemon that dies --------------------------------------------------------------------- */

static char *
find_daemon(void)
{
    char *path = g_find_program_in_path("libvirtd");

    if (!path && g_file_test("/usr/sbin/libvirtd", G_FILE_TEST_IS_EXECUTABLE))
        path = g_strdup("/usr/sbin/libvirtd");
    return path;
}

/* As nobody where we are root: a session daemon, with nothing of the system's. */
static pid_t
start_daemon(const char *program)
{
    pid_t pid = fork();

    if (pid != 0)
        return pid;
    g_setenv("HOME", scratch, TRUE);
    g_setenv("XDG_RUNTIME_DIR", scratch, TRUE);
    g_setenv("XDG_CONFIG_HOME", scratch, TRUE);
    g_setenv("XDG_CACHE_HOME", scratch, TRUE);
    g_setenv("XDG_DATA_HOME", scratch, TRUE);
    if (geteuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0))
        _exit(127);
    if (!freopen("/dev/null", "w", stderr))
        _exit(127);
    execl(program, "libvirtd", (char *)NULL);
    _exit(127);
}

static virConnectPtr
open_daemon(void)
{
    g_autofree char *path = data_path("node.xml");
    g_autofree char *uri =
        g_strdup_printf("test+unix://%s?socket=%s/libvirt/libvirt-sock", path, scratch);

    for (int i = 0; i < 300; i++) {
        virConnectPtr conn = virConnectOpen(uri);

        if (conn)
            return conn;
        g_usleep(50000);
    }
    return NULL;
}

static void
kill_daemon(pid_t pid)
{
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
}

/* nobody has to reach the socket's folder and the node file */
static gboolean
prepare_daemon(char **ret_program)
{
    g_autofree char *node = data_path("node.xml");

    *ret_program = find_daemon();
    ck_assert_int_eq(g_chmod(scratch, 0777), 0);
    return *ret_program && (geteuid() != 0 || !g_str_has_prefix(node, "/root/"));
}

static void
kill_in_the_middle(size_t done, size_t total, void *opaque)
{
    Watch *watch = opaque;

    if (done == 3)
        kill_daemon(watch->daemon);
}

START_TEST(test_lost_listing)
{
    g_autoptr(VmcFacts) facts = vmc_facts_new();
    g_autoptr(GError) error = NULL;
    g_autofree char *program = NULL;
    VMC_AUTO_VIR(virConnect) conn = NULL;
    Watch watch = { 0 };

    if (!prepare_daemon(&program))
        return;
    watch.daemon = start_daemon(program);
    conn = open_daemon();
    if (!conn)
        kill_daemon(watch.daemon);
    ck_assert_msg(conn != NULL, "%s", virGetLastErrorMessage());
    ck_assert(!vmc_collect_domains(conn, facts, kill_in_the_middle, &watch, NULL, &error));
    ck_assert_msg(g_error_matches(error, VMC_ERROR, VMC_ERROR_NOT_AVAILABLE), "%s", error->message);
    g_clear_error(&error);
    ck_assert(!vmc_collect_offer(conn, NULL, -1, facts, &error));
    ck_assert_msg(g_error_matches(error, VMC_ERROR, VMC_ERROR_NOT_AVAILABLE), "%s", error->message);
}
END_TEST

/* Whenever it dies: an error, and never an offer that lacks something. */
START_TEST(test_lost_anywhere)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *program = NULL;
    VMC_AUTO_VIR(virConnect) conn = NULL;
    pid_t daemon = 0, killer = 0;

    if (!prepare_daemon(&program))
        return;
    daemon = start_daemon(program);
    conn = open_daemon();
    killer = conn ? fork() : -1;
    if (killer == 0) {
        g_usleep((gulong)(20000 + 7000 * _i));
        kill(daemon, SIGKILL);
        _exit(0);
    }
    while (conn && !error) {
        g_autoptr(VmcFacts) facts = vmc_facts_new();

        if (vmc_collect_offer(conn, NULL, -1, facts, &error))
            assert_fact(facts, "host/nodedevs.tsv", "usb_1");
    }
    if (killer > 0)
        waitpid(killer, NULL, 0);
    kill_daemon(daemon);
    ck_assert_ptr_nonnull(conn);
    ck_assert_msg(g_error_matches(error, VMC_ERROR, VMC_ERROR_NOT_AVAILABLE), "%s", error->message);
}
END_TEST

static void
add_tests(Suite *suite, const char *name, const TTest *const *tests)
{
    TCase *tcase = tcase_create(name);

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_set_timeout(tcase, 60);
    for (; *tests; tests++)
        tcase_add_test(tcase, *tests);
    suite_add_tcase(suite, tcase);
}

static void
add_domain_tests(Suite *suite)
{
    const TTest *const tests[] = {
        test_running,
        test_states,
        test_lookup,
        test_transition,
        test_vanished,
        test_all_domains,
        test_all_equals_one,
        test_many_domains,
        test_vanishes_meanwhile,
        test_claims_both_ways,
        NULL,
    };

    add_tests(suite, "domains", tests);
}

int
main(void)
{
    const TTest *const hosts[] = {
        test_source,
        test_offer,
        test_answers,
        test_answers_local,
        test_local_uris,
        test_missing_expansions,
        NULL,
    };
    const TTest *const folders[] = {
        test_files,
        test_file_user,
        test_backing,
        test_backing_untold,
        test_volumes,
        test_round_trip,
        test_collected_round_trip,
        test_save_unwritable,
        test_save_full,
        test_load_plain,
        test_load_bad,
        test_conf,
        test_load_escapes,
        test_no_image,
        test_image_of_libvirt,
        test_dry_run_of_another_driver,
        NULL,
    };
    const TTest *const lost[] = { test_lost_listing, NULL };
    Suite *suite = suite_create("collect");
    SRunner *runner = srunner_create(suite);
    TCase *anywhere = tcase_create("lost-anywhere");
    TCase *images = tcase_create("saved-images");
    int failed = 0;

    add_domain_tests(suite);
    add_tests(suite, "hosts", hosts);
    add_tests(suite, "folders", folders);
    add_tests(suite, "lost", lost);
    tcase_add_checked_fixture(anywhere, set_up, tear_down);
    tcase_set_timeout(anywhere, 60);
    tcase_add_loop_test(anywhere, test_lost_anywhere, 0, 5);
    suite_add_tcase(suite, anywhere);
    tcase_add_checked_fixture(images, set_up, tear_down);
    tcase_add_loop_test(images, test_image, 0, 2);
    tcase_add_loop_test(images, test_bad_image, 0, G_N_ELEMENTS(bad_images));
    suite_add_tcase(suite, images);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
