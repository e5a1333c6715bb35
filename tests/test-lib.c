/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The public API as a program uses it: on libvirt's test driver and on folders.
 */
#include <vmcompat/vmcompat-libvirt.h>

#include <check.h>
#include <gio/gio.h>
#include <gio/gunixsocketaddress.h>
#include <glib/gstdio.h>
#include <libvirt/virterror.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void
ignore_error(void *opaque G_GNUC_UNUSED, virErrorPtr error G_GNUC_UNUSED)
{
}

static virConnectPtr
connect_test(void)
{
    virConnectPtr conn = NULL;

    virSetErrorFunc(NULL, ignore_error);
    conn = virConnectOpen("test:///default");
    ck_assert_ptr_nonnull(conn);
    return conn;
}

static GBytes *
blob_of_test_domain(virConnectPtr conn, unsigned int flags)
{
    g_autoptr(GError) error = NULL;
    GBytes *blob = NULL;

    ck_assert_int_eq(vmc_get_system_compatibility_info(conn, "test", flags, &blob, &error),
                     VMC_RETURN_COMPATIBLE);
    ck_assert_ptr_null(error);
    return blob;
}

START_TEST(a_domain_gives_a_blob)
{
    virConnectPtr conn = connect_test();
    g_autoptr(GBytes) blob = blob_of_test_domain(conn, _i ? VMC_BLOB_ARMOR : 0);
    g_autoptr(GError) error = NULL;
    g_autoptr(VmcDocument) document = vmc_document_from_bytes(blob, 0, &error);

    ck_assert_ptr_nonnull(document);
    ck_assert_uint_eq(vmc_document_n_systems(document), 1);
    ck_assert(!vmc_document_has_offer(document));
    virConnectClose(conn);
}
END_TEST

START_TEST(a_missing_domain_is_a_parameter_error)
{
    virConnectPtr conn = connect_test();
    g_autoptr(GError) error = NULL;
    GBytes *blob = NULL;

    ck_assert_int_eq(vmc_get_system_compatibility_info(conn, "nosuch", 0, &blob, &error),
                     VMC_RETURN_INVALID_PARAMETER);
    ck_assert(g_error_matches(error, VMC_VIRT_ERROR, VIR_ERR_NO_DOMAIN));
    ck_assert_ptr_null(blob);
    virConnectClose(conn);
}
END_TEST

START_TEST(unknown_flags_are_refused)
{
    virConnectPtr conn = connect_test();
    g_autoptr(GError) error = NULL;
    GBytes *blob = NULL;

    ck_assert_int_eq(vmc_get_system_compatibility_info(conn, "test", 1u << 20, &blob, &error),
                     VMC_RETURN_INVALID_PARAMETER);
    ck_assert_ptr_null(blob);
    virConnectClose(conn);
}
END_TEST

START_TEST(other_hypervisors_are_never_a_yes)
{
    virConnectPtr conn = connect_test();
    g_autoptr(GBytes) blob = blob_of_test_domain(conn, 0);
    g_autoptr(VmcReport) report = NULL;
    g_autoptr(GError) error = NULL;
    VmcReturnValue value = vmc_check_system_compatibility_info(conn, blob, NULL, &report, &error);

    ck_assert_int_ne(value, VMC_RETURN_COMPATIBLE);
    virConnectClose(conn);
}
END_TEST

START_TEST(a_domain_blob_is_no_offer)
{
    virConnectPtr conn = connect_test();
    g_autoptr(GBytes) blob = blob_of_test_domain(conn, 0);
    g_autoptr(VmcReport) report = NULL;
    g_autoptr(GError) error = NULL;

    ck_assert_int_eq(vmc_check_system_compatibility_info_offline(blob, blob, NULL, &report, &error),
                     VMC_RETURN_INVALID_PARAMETER);
    ck_assert(g_error_matches(error, VMC_ERROR, VMC_ERROR_NO_OFFER));
    ck_assert_ptr_null(report);
    virConnectClose(conn);
}
END_TEST

START_TEST(a_host_blob_serves_as_offer)
{
    virConnectPtr conn = connect_test();
    g_autoptr(GError) error = NULL;
    g_autoptr(GBytes) blob = blob_of_test_domain(conn, 0);
    g_autoptr(GBytes) host = NULL;
    g_autoptr(VmcReport) report = NULL;
    g_autofree char *json = NULL;

    ck_assert_int_eq(vmc_get_system_compatibility_info(conn, NULL, 0, &host, &error),
                     VMC_RETURN_COMPATIBLE);
    ck_assert_int_ne(vmc_check_system_compatibility_info_offline(blob, host, NULL, &report, &error),
                     VMC_RETURN_COMPATIBLE);
    ck_assert_ptr_nonnull(report);
    ck_assert_uint_eq(vmc_report_n_systems(report), 1);
    ck_assert_str_eq(vmc_report_system_name(report, 0), "test");
    json = vmc_report_to_text(report, VMC_FORMAT_JSON, 0, &error);
    ck_assert_ptr_nonnull(strstr(json, "\"returnValue\""));
    virConnectClose(conn);
}
END_TEST

START_TEST(options_know_their_names)
{
    g_autoptr(VmcCheckOptions) options = vmc_check_options_new();
    g_autoptr(GError) error = NULL;

    ck_assert(vmc_check_options_add_assume(options, "unsafe", NULL));
    ck_assert(vmc_check_options_add_assume(options, "shared-storage", NULL));
    ck_assert(vmc_check_options_add_ignore(options, "cpu-feature-missing", NULL));
    ck_assert(!vmc_check_options_add_assume(options, "nosuch", &error));
    g_clear_error(&error);
    ck_assert(!vmc_check_options_add_ignore(options, "nosuch", &error));
}
END_TEST

/* What a program sets by itself, and what the policy file says, come to the same. */
static VmcCheckOptions *
policy_from(const char *text, GError **error)
{
    g_autoptr(VmcCheckOptions) options = vmc_check_options_new();
    g_autofree char *path = NULL;
    int fd = g_file_open_tmp("vmct-XXXXXX.conf", &path, NULL);
    gboolean ok = FALSE;

    ck_assert_int_ge(fd, 0);
    close(fd);
    ck_assert(g_file_set_contents(path, text, -1, NULL));
    ok = vmc_check_options_load_config(options, path, 0, error);
    g_remove(path);
    return ok ? g_steal_pointer(&options) : NULL;
}

static VmcReport *
check_test_domain(const VmcCheckOptions *options)
{
    virConnectPtr conn = connect_test();
    g_autoptr(GBytes) blob = blob_of_test_domain(conn, 0);
    g_autoptr(VmcDocument) document = vmc_document_from_bytes(blob, 0, NULL);
    VmcReport *report = vmc_check_connection(conn, &document, 1, options, NULL);

    ck_assert_ptr_nonnull(report);
    virConnectClose(conn);
    return report;
}

/* The test driver tells no host's UUID: "same-host" is unknown. */
static size_t
find_same_host(const VmcReport *report)
{
    for (size_t i = 0; i < vmc_report_n_findings(report, 0); i++) {
        if (g_str_equal(vmc_report_finding_rule(report, 0, i), "same-host"))
            return i;
    }
    ck_abort_msg("no same-host");
    return 0;
}

START_TEST(policy_is_seen_in_the_report)
{
    g_autoptr(VmcCheckOptions) set = vmc_check_options_new();
    g_autoptr(VmcCheckOptions) read = policy_from("[severity]\nsame-host = warning\n", NULL);
    const VmcCheckOptions *both[] = { set, read };
    g_autoptr(VmcReport) plain = check_test_domain(NULL);
    size_t at = find_same_host(plain);

    ck_assert_int_eq(vmc_report_finding_severity(plain, 0, at), VMC_SEVERITY_UNKNOWN);
    ck_assert_int_eq(vmc_report_finding_severity_was(plain, 0, at), VMC_SEVERITY_UNKNOWN);
    ck_assert(vmc_check_options_set_severity(set, "same-host", VMC_SEVERITY_WARNING, NULL));
    for (size_t i = 0; i < G_N_ELEMENTS(both); i++) {
        g_autoptr(VmcReport) report = check_test_domain(both[i]);

        at = find_same_host(report);
        ck_assert_int_eq(vmc_report_finding_severity(report, 0, at), VMC_SEVERITY_WARNING);
        ck_assert_int_eq(vmc_report_finding_severity_was(report, 0, at), VMC_SEVERITY_UNKNOWN);
        ck_assert(!vmc_report_finding_waived(report, 0, at));
    }
}
END_TEST

START_TEST(policy_that_is_not_understood_is_an_error)
{
    static const char *const bad[] = {
        "[check]\nignore = nosuch\n",
        "[check]\nnosuch = 1\n",
        "[nosuch]\nignore = same-host\n",
        "[severity]\nsame-host = fatal\n",
        "[severity]\nnosuch = note\n",
        "[site-rules]\ntimeout = 99999\n",
        "nonsense",
    };
    g_autoptr(VmcCheckOptions) options = vmc_check_options_new();
    g_autoptr(GError) error = NULL;

    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        ck_assert_ptr_null(policy_from(bad[i], &error));
        ck_assert(g_error_matches(error, VMC_ERROR, VMC_ERROR_INVALID_ARGUMENT));
        ck_assert_ptr_nonnull(strstr(error->message, ".conf: "));
        g_clear_error(&error);
    }
    ck_assert(!vmc_check_options_load_config(options, "/nonexistent", 0, &error));
    g_clear_error(&error);
    ck_assert(!vmc_check_options_load_config(options, "/dev/null", 1, &error));
    g_clear_error(&error);
    ck_assert(vmc_check_options_load_config(options, "/dev/null", 0, &error));
    ck_assert(!vmc_check_options_set_severity(options, "same-host", (VmcSeverity)7, &error));
}
END_TEST

static void
count_progress(size_t done, size_t total, void *opaque)
{
    ck_assert_uint_eq(done, 0);
    ck_assert_uint_eq(total, 1);
    (*(unsigned int *)opaque)++;
}

START_TEST(site_rules_are_asked)
{
    g_autoptr(VmcCheckOptions) options = vmc_check_options_new();
    g_autofree char *folder = g_dir_make_tmp("vmct-XXXXXX", NULL);
    g_autofree char *path = g_build_filename(folder, "slow", NULL);
    g_autoptr(VmcReport) report = NULL;
    const char *last = NULL;
    unsigned int n = 0;

    ck_assert(g_file_set_contents(path, "#!/bin/sh\nsleep 0.3\nexit 2\n", -1, NULL));
    ck_assert_int_eq(g_chmod(path, 0755), 0);
    ck_assert(vmc_check_options_add_site_rules(options, folder, NULL));
    vmc_check_options_set_progress(options, count_progress, &n);
    report = check_test_domain(options);
    ck_assert_uint_gt(n, 2);
    for (size_t i = 0; i < vmc_report_n_findings(report, 0); i++) {
        if (g_str_has_prefix(vmc_report_finding_rule(report, 0, i), "site"))
            last = vmc_report_finding_rule(report, 0, i);
    }
    ck_assert_str_eq(last, "site/slow");
    g_remove(path);
    g_rmdir(folder);
}
END_TEST

START_TEST(digests_forget_the_time_alone)
{
    static const char xml[] = "<domain type='kvm'><name>g</name><uuid>%s</uuid><memory>1</memory>"
                              "<os><type arch='x86_64' machine='q35'>hvm</type></os></domain>";
    g_autofree char *one = g_strdup_printf(xml, "11111111-1111-1111-1111-111111111111");
    g_autofree char *two = g_strdup_printf(xml, "21111111-1111-1111-1111-111111111111");
    g_autoptr(VmcDocument) a = vmc_document_from_domain_xml(one, 0, NULL);
    g_autoptr(VmcDocument) b = vmc_document_from_domain_xml(one, 0, NULL);
    g_autoptr(VmcDocument) c = vmc_document_from_domain_xml(two, 0, NULL);
    g_autofree char *digest_a = vmc_document_digest(a);
    g_autofree char *digest_b = vmc_document_digest(b);
    g_autofree char *digest_c = vmc_document_digest(c);

    ck_assert_str_eq(digest_a, digest_b);
    ck_assert_str_ne(digest_a, digest_c);
}
END_TEST

/* Finds a finding; 0: none. */
static VmcSeverity
severity_of(const VmcReport *report, const char *rule)
{
    for (size_t i = 0; i < vmc_report_n_findings(report, 0); i++) {
        if (g_str_equal(vmc_report_finding_rule(report, 0, i), rule))
            return vmc_report_finding_severity(report, 0, i);
    }
    return (VmcSeverity)0;
}

/* Asked for of a driver that has none, it is missed for all to see. */
START_TEST(a_dry_run_is_never_left_out_in_silence)
{
    static const char xml[] = "<domain type='kvm'><name>a</name><memory>1</memory>"
                              "<os><type arch='x86_64' machine='q35'>hvm</type></os></domain>";
    virConnectPtr conn = connect_test();
    g_autoptr(VmcDocument) document = vmc_document_from_domain_xml(xml, 0, NULL);
    g_autoptr(VmcCheckOptions) options = vmc_check_options_new();
    g_autoptr(VmcReport) without = vmc_check_connection(conn, &document, 1, options, NULL);
    g_autoptr(VmcReport) with = NULL;

    vmc_check_options_set_dry_run(options, TRUE);
    with = vmc_check_connection(conn, &document, 1, options, NULL);
    ck_assert_int_eq((int)severity_of(without, "dry-run"), 0);
    ck_assert_int_eq((int)severity_of(with, "dry-run"), VMC_SEVERITY_WARNING);
    ck_assert_int_eq((int)severity_of(with, "libvirt-objects"), 0);
    ck_assert_int_eq(vmc_report_verdict(with), vmc_report_verdict(without));
    virConnectClose(conn);
}
END_TEST

START_TEST(a_dry_run_needs_a_connection)
{
    virConnectPtr conn = connect_test();
    g_autoptr(VmcDocument) host = vmc_document_from_host(conn, VMC_HOST_OFFER | VMC_HOST_DOMAINS,
                                                         NULL, 0, -1, NULL, NULL, NULL, NULL);
    g_autoptr(VmcCheckOptions) options = vmc_check_options_new();
    g_autoptr(GError) error = NULL;

    vmc_check_options_set_dry_run(options, TRUE);
    ck_assert_ptr_null(vmc_check_offline(host, host, options, &error));
    ck_assert(g_error_matches(error, VMC_ERROR, VMC_ERROR_INVALID_ARGUMENT));
    virConnectClose(conn);
}
END_TEST

START_TEST(what_is_no_saved_image_is_refused)
{
    virConnectPtr conn = connect_test();
    g_autoptr(GError) error = NULL;

    ck_assert_ptr_null(vmc_document_from_saved_image(NULL, "/nosuch/image", 0, &error));
    ck_assert(g_error_matches(error, VMC_ERROR, VMC_ERROR_INVALID_ARGUMENT));
    g_clear_error(&error);
    ck_assert_ptr_null(vmc_document_from_saved_image(conn, "/nosuch/image", 0, &error));
    ck_assert(error->domain == VMC_VIRT_ERROR);
    g_clear_error(&error);
    ck_assert_ptr_null(vmc_document_from_saved_image(NULL, "/nosuch/image", 1, &error));
    ck_assert(g_error_matches(error, VMC_ERROR, VMC_ERROR_INVALID_ARGUMENT));
    virConnectClose(conn);
}
END_TEST

START_TEST(every_error_has_a_return_value)
{
    for (int code = VMC_ERROR_FAILED; code <= VMC_ERROR_NO_OFFER; code++) {
        g_autoptr(GError) error = g_error_new_literal(VMC_ERROR, code, "x");

        ck_assert_int_ge(vmc_error_to_return_value(error), VMC_RETURN_FAILED);
    }
}
END_TEST

static VmcDocument *
document_of_test_domain(virConnectPtr conn)
{
    g_autoptr(GBytes) blob = blob_of_test_domain(conn, 0);

    return vmc_document_from_bytes(blob, 0, NULL);
}

/* The same answers as of one by one, and the connections are still good. */
START_TEST(a_gate_asks_connections)
{
    virConnectPtr conns[] = { connect_test(), connect_test(), connect_test() };
    VmcDocument *document = document_of_test_domain(conns[0]);
    g_autoptr(VmcReport) alone = vmc_check_connection(conns[1], &document, 1, NULL, NULL);
    g_autoptr(GError) error = NULL;
    g_autoptr(VmcGate) gate = vmc_gate_connections(conns, 3, &document, 1, NULL, 30, &error);
    g_autofree char *expected = vmc_report_to_text(alone, VMC_FORMAT_JSON, 0, NULL);

    ck_assert_ptr_nonnull(gate);
    ck_assert_uint_eq(vmc_gate_n_destinations(gate), 3);
    for (size_t i = 0; i < 3; i++) {
        g_autofree char *json =
            vmc_report_to_text(vmc_gate_report(gate, i), VMC_FORMAT_JSON, 0, NULL);

        ck_assert_str_eq(json, expected);
        ck_assert_str_eq(vmc_gate_destination(gate, i), "test:///default");
        ck_assert_uint_eq(vmc_gate_index(gate, i), i);
    }
    ck_assert_int_eq(vmc_gate_exit_status(gate), vmc_report_exit_status(alone));
    for (size_t i = 0; i < 3; i++) {
        unsigned long version = 0;

        ck_assert_int_eq(virConnectGetLibVersion(conns[i], &version), 0);
        ck_assert_int_eq(virConnectClose(conns[i]), 0); /* 0: nobody else holds it */
    }
    vmc_document_unref(document);
}
END_TEST

START_TEST(a_gate_asks_many)
{
    enum {
        N = 150
    };
    virConnectPtr conn = connect_test();
    VmcDocument *document = document_of_test_domain(conn);
    g_autoptr(GPtrArray) uris = g_ptr_array_new();
    g_autoptr(VmcGate) gate = NULL;

    for (size_t i = 0; i < N; i++)
        g_ptr_array_add(uris, (char *)(i % 3 ? "test:///default" : "nosuch:///x"));
    g_ptr_array_add(uris, NULL);
    gate = vmc_gate_uris((const char *const *)uris->pdata, VMC_GATE_READONLY, &document, 1, NULL, 0,
                         NULL);
    ck_assert_uint_eq(vmc_gate_n_destinations(gate), N);
    for (size_t i = 0; i < N; i++) {
        ck_assert((vmc_gate_report(gate, i) != NULL) == (i < N - N / 3));
        ck_assert_uint_eq(vmc_gate_index(gate, i) % 3 != 0, i < N - N / 3);
    }
    ck_assert_int_eq(vmc_error_to_return_value(vmc_gate_error(gate, N - 1)),
                     VMC_RETURN_NOT_AVAILABLE);
    vmc_document_unref(document);
    virConnectClose(conn);
}
END_TEST

/* A socket that takes connections and never says a word. */
static char *
mute_socket(GSocket **ret_socket)
{
    g_autofree char *folder = g_dir_make_tmp("vmct.XXXXXX", NULL);
    char *path = g_build_filename(folder, "mute", NULL);
    g_autoptr(GSocketAddress) address = g_unix_socket_address_new(path);

    *ret_socket = g_socket_new(G_SOCKET_FAMILY_UNIX, G_SOCKET_TYPE_STREAM, 0, NULL);
    ck_assert(g_socket_bind(*ret_socket, address, TRUE, NULL));
    ck_assert(g_socket_listen(*ret_socket, NULL));
    return path;
}

START_TEST(a_mute_destination_spoils_nothing)
{
    virConnectPtr conn = connect_test();
    VmcDocument *document = document_of_test_domain(conn);
    g_autoptr(GSocket) socket = NULL;
    g_autofree char *path = mute_socket(&socket);
    g_autofree char *folder = g_path_get_dirname(path);
    g_autofree char *mute = g_strdup_printf("test+unix:///default?socket=%s", path);
    const char *uris[] = { mute, "test:///default", mute, NULL };
    gint64 start = g_get_monotonic_time();
    g_autoptr(VmcGate) gate = vmc_gate_uris(uris, 0, &document, 1, NULL, 1, NULL);

    ck_assert_int_lt(g_get_monotonic_time() - start, 10 * G_TIME_SPAN_SECOND);
    ck_assert_ptr_nonnull(vmc_gate_report(gate, 0));
    ck_assert_uint_eq(vmc_gate_index(gate, 0), 1);
    for (size_t i = 1; i < 3; i++)
        ck_assert(g_error_matches(vmc_gate_error(gate, i), VMC_ERROR, VMC_ERROR_TIMEOUT));
    /* What the threads that were left behind use outlives all this. */
    vmc_document_unref(document);
    g_clear_pointer(&gate, vmc_gate_unref);
    g_socket_close(socket, NULL);
    g_unlink(path);
    g_rmdir(folder);
    g_usleep(200000);
    virConnectClose(conn);
}
END_TEST

START_TEST(a_gate_refuses_wrong_arguments)
{
    virConnectPtr conn = connect_test();
    VmcDocument *document = document_of_test_domain(conn);
    const char *uris[] = { "test:///default", NULL };
    g_autoptr(GError) error = NULL;
    g_autoptr(VmcGate) gate = NULL;

    ck_assert_ptr_null(vmc_gate_uris(uris, 1u << 20, &document, 1, NULL, 1, &error));
    ck_assert(g_error_matches(error, VMC_ERROR, VMC_ERROR_INVALID_ARGUMENT));
    g_clear_error(&error);
    ck_assert_ptr_null(vmc_gate_uris(uris, 0, &document, 0, NULL, 1, &error));
    ck_assert(g_error_matches(error, VMC_ERROR, VMC_ERROR_INVALID_ARGUMENT));
    g_clear_error(&error);
    gate = vmc_gate_uris(uris, 0, &document, 1, NULL, 1, &error);
    ck_assert_ptr_null(vmc_gate_to_text(gate, VMC_FORMAT_CIM, 0, &error));
    ck_assert(g_error_matches(error, VMC_ERROR, VMC_ERROR_INVALID_ARGUMENT));
    vmc_document_unref(document);
    virConnectClose(conn);
}
END_TEST

static void
count_domain(const char *domain, const GError *why_not, void *opaque)
{
    size_t *n = opaque;

    ck_assert_msg(why_not == NULL, "%s: %s", domain, why_not ? why_not->message : "");
    ck_assert_str_eq(domain, "test");
    (*n)++;
}

static char *
metadata_of(virConnectPtr conn, unsigned int affect)
{
    virDomainPtr domain = virDomainLookupByName(conn, "test");
    char *text =
        virDomainGetMetadata(domain, VIR_DOMAIN_METADATA_ELEMENT, "urn:vmcompat:blob:1", affect);

    virDomainFree(domain);
    return text;
}

/* In both configurations, no blob inside a blob, and the guest is the same. */
START_TEST(a_blob_is_embedded)
{
    virConnectPtr conn = connect_test();
    VmcDocument *before = document_of_test_domain(conn);
    VmcDocument *after = NULL;
    g_autofree char *digest = vmc_document_digest(before), *again = NULL;
    g_autofree char *live = NULL, *config = NULL;
    size_t n = 0;

    ck_assert(vmc_embed(conn, "test", 0, count_domain, &n, NULL));
    ck_assert_uint_eq(n, 1);
    live = metadata_of(conn, VIR_DOMAIN_AFFECT_LIVE);
    config = metadata_of(conn, VIR_DOMAIN_AFFECT_CONFIG);
    ck_assert_ptr_nonnull(strstr(live, digest));
    ck_assert_ptr_nonnull(strstr(live, "\n-----BEGIN VMCOMPAT BLOB-----\n"));
    ck_assert_ptr_nonnull(strstr(config, "\n-----BEGIN VMCOMPAT BLOB-----\n"));
    ck_assert_ptr_null(strstr(config, digest));
    after = document_of_test_domain(conn);
    again = vmc_document_digest(after);
    ck_assert_str_eq(digest, again);
    ck_assert(vmc_embed(conn, NULL, VMC_EMBED_CHANGED, count_domain, &n, NULL));
    ck_assert_uint_eq(n, 1);
    ck_assert(vmc_embed(conn, NULL, 0, count_domain, &n, NULL));
    ck_assert_uint_eq(n, 2);
    vmc_document_unref(before);
    vmc_document_unref(after);
    virConnectClose(conn);
}
END_TEST

START_TEST(a_blob_is_taken_out)
{
    virConnectPtr conn = connect_test();
    g_autoptr(GError) error = NULL;
    size_t n = 0;

    ck_assert(vmc_embed(conn, "test", 0, NULL, NULL, NULL));
    ck_assert(vmc_embed(conn, NULL, VMC_EMBED_REMOVE, count_domain, &n, NULL));
    ck_assert_uint_eq(n, 1);
    ck_assert_ptr_null(metadata_of(conn, VIR_DOMAIN_AFFECT_LIVE));
    ck_assert_ptr_null(metadata_of(conn, VIR_DOMAIN_AFFECT_CONFIG));
    ck_assert(vmc_embed(conn, "test", VMC_EMBED_REMOVE, count_domain, &n, NULL));
    ck_assert_uint_eq(n, 1);
    ck_assert(!vmc_embed(conn, "nosuch", 0, NULL, NULL, &error));
    ck_assert(g_error_matches(error, VMC_VIRT_ERROR, VIR_ERR_NO_DOMAIN));
    g_clear_error(&error);
    ck_assert(!vmc_embed(conn, "test", 1u << 20, NULL, NULL, &error));
    ck_assert(g_error_matches(error, VMC_ERROR, VMC_ERROR_INVALID_ARGUMENT));
    virConnectClose(conn);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("lib");
    TCase *tcase = tcase_create("lib");
    SRunner *runner = NULL;
    int failed;

    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, a_domain_gives_a_blob, 0, 2);
    tcase_add_test(tcase, a_missing_domain_is_a_parameter_error);
    tcase_add_test(tcase, unknown_flags_are_refused);
    tcase_add_test(tcase, other_hypervisors_are_never_a_yes);
    tcase_add_test(tcase, a_domain_blob_is_no_offer);
    tcase_add_test(tcase, a_host_blob_serves_as_offer);
    tcase_add_test(tcase, options_know_their_names);
    tcase_add_test(tcase, policy_is_seen_in_the_report);
    tcase_add_test(tcase, policy_that_is_not_understood_is_an_error);
    tcase_add_test(tcase, site_rules_are_asked);
    tcase_add_test(tcase, digests_forget_the_time_alone);
    tcase_add_test(tcase, a_dry_run_is_never_left_out_in_silence);
    tcase_add_test(tcase, a_dry_run_needs_a_connection);
    tcase_add_test(tcase, what_is_no_saved_image_is_refused);
    tcase_add_test(tcase, every_error_has_a_return_value);
    tcase_add_test(tcase, a_gate_asks_connections);
    tcase_add_test(tcase, a_gate_asks_many);
    tcase_add_test(tcase, a_mute_destination_spoils_nothing);
    tcase_add_test(tcase, a_gate_refuses_wrong_arguments);
    tcase_add_test(tcase, a_blob_is_embedded);
    tcase_add_test(tcase, a_blob_is_taken_out);
    suite_add_tcase(suite, tcase);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
