/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The nouns: facts, states, lookups in an offer.
 */
#include "model/age.h"
#include "model/facts.h"
#include "model/offer.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

START_TEST(rows_survive_any_column)
{
    g_autoptr(VmcFacts) facts = vmc_facts_new();
    g_autoptr(GPtrArray) rows = NULL;
    char **row;

    vmc_facts_add_row(facts, "host/x.tsv", 3, (const char *[]){ "a\tb", "c\nd\\n", NULL });
    vmc_facts_add_row(facts, "host/x.tsv", 1, (const char *[]){ "ü" });
    rows = vmc_facts_rows(facts, "host/x.tsv", 3);
    ck_assert_uint_eq(rows->len, 2);
    row = rows->pdata[0];
    ck_assert_str_eq(row[0], "a\tb");
    ck_assert_str_eq(row[1], "c\nd\\n");
    ck_assert_str_eq(row[2], "");
    row = rows->pdata[1];
    ck_assert_str_eq(row[0], "ü");
    ck_assert_str_eq(row[2], "");
}
END_TEST

START_TEST(absent_is_not_empty)
{
    g_autoptr(VmcFacts) facts = vmc_facts_new();
    g_autoptr(GPtrArray) rows = NULL;

    ck_assert_ptr_null(vmc_facts_rows(facts, "host/networks.tsv", 3));
    vmc_facts_add_row(facts, "host/networks.tsv", 0, NULL);
    rows = vmc_facts_rows(facts, "host/networks.tsv", 3);
    ck_assert_ptr_nonnull(rows);
    ck_assert_uint_eq(rows->len, 0);
}
END_TEST

START_TEST(parts_are_texts_of_their_own)
{
    static const char text[] = "<all><a>1</a><b/></all>";
    g_autoptr(GBytes) whole = g_bytes_new(text, strlen(text));
    g_autoptr(VmcFacts) facts = vmc_facts_new();
    g_autoptr(VmcFacts) copy = vmc_facts_new();
    g_autoptr(VmcFacts) again = vmc_facts_new();
    g_autofree char *head = NULL, *all = NULL, *made = NULL;

    vmc_facts_set_part(facts, "x/a.xml", whole, (const char *)g_bytes_get_data(whole, NULL) + 5, 8);
    g_clear_pointer(&whole, g_bytes_unref);
    vmc_facts_copy(facts, "x/", copy);
    head = vmc_facts_head(facts, "x/a.xml", 3);
    ck_assert_str_eq(head, "<a>");
    ck_assert_str_eq(vmc_facts_get(facts, "x/a.xml"), "<a>1</a>\n");
    g_clear_pointer(&facts, vmc_facts_free);
    all = vmc_facts_head(copy, "x/a.xml", 100);
    ck_assert_str_eq(all, "<a>1</a>");
    vmc_facts_add_row(copy, "x/a.xml", 1, (const char *[]){ "more" });
    ck_assert_str_eq(vmc_facts_get(copy, "x/a.xml"), "<a>1</a>\nmore\n");
    vmc_facts_copy(copy, "x/", again);
    ck_assert_str_eq(vmc_facts_get(again, "x/a.xml"), "<a>1</a>\nmore\n");
    vmc_facts_set(copy, "x/t.txt", "text");
    made = vmc_facts_head(copy, "x/t.txt", 2);
    ck_assert_str_eq(made, "te");
    ck_assert_ptr_null(vmc_facts_head(copy, "x/none", 2));
}
END_TEST

START_TEST(keys_are_single_folders)
{
    static const char *const names[] = { "a/b", "..", ".", "vm 1", "ü%" };

    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *key = vmc_facts_key(names[i]);

        ck_assert_ptr_null(strchr(key, '/'));
        ck_assert_int_ne(key[0], '.');
    }
}
END_TEST

START_TEST(ages_are_read)
{
    static const struct {
        const char *text;
        gint64 seconds; /* -1: no age */
    } cases[] = {
        { "0", 0 },       { "90", 90 },         { "90s", 90 },    { "15m", 900 },
        { "15min", 900 }, { "12h", 43200 },     { "2d", 172800 }, { "1w", 604800 },
        { "", -1 },       { "d", -1 },          { "-1", -1 },     { "2 d", -1 },
        { "2y", -1 },     { "9999999999", -1 }, { "1.5h", -1 },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        guint64 seconds = 0;

        ck_assert_int_eq(vmc_age_from_text(cases[i].text, &seconds), cases[i].seconds >= 0);
        if (cases[i].seconds >= 0)
            ck_assert_uint_eq(seconds, (guint64)cases[i].seconds);
    }
}
END_TEST

START_TEST(states_follow_the_design)
{
    static const struct {
        int state, reason;
        gboolean saved;
        const char *job;
        VmcEnabledState enabled;
        VmcState judged;
    } cases[] = {
        { 1, 1, FALSE, NULL, VMC_ENABLED_STATE_ENABLED, VMC_STATE_LIVE },
        { 2, 0, FALSE, NULL, VMC_ENABLED_STATE_ENABLED, VMC_STATE_LIVE },
        { 3, 1, FALSE, NULL, VMC_ENABLED_STATE_PAUSED, VMC_STATE_LIVE },
        { 3, 2, FALSE, NULL, VMC_ENABLED_STATE_MIGRATING, VMC_STATE_NONE },
        { 3, 3, FALSE, NULL, VMC_ENABLED_STATE_SAVING, VMC_STATE_NONE },
        { 3, 11, FALSE, NULL, VMC_ENABLED_STATE_STARTING, VMC_STATE_NONE },
        { 4, 0, FALSE, NULL, VMC_ENABLED_STATE_SHUTTING_DOWN, VMC_STATE_NONE },
        { 5, 1, FALSE, NULL, VMC_ENABLED_STATE_DISABLED, VMC_STATE_OFF },
        { 5, 4, TRUE, NULL, VMC_ENABLED_STATE_SUSPENDED, VMC_STATE_SAVED },
        { 6, 0, FALSE, NULL, VMC_ENABLED_STATE_DISABLED, VMC_STATE_OFF },
        { 7, 0, FALSE, NULL, VMC_ENABLED_STATE_QUIESCE, VMC_STATE_LIVE },
        { 1, 1, FALSE, "save", VMC_ENABLED_STATE_SAVING, VMC_STATE_NONE },
        { 0, 0, FALSE, NULL, VMC_ENABLED_STATE_UNKNOWN, VMC_STATE_NONE },
    };

    VmcEnabledState enabled = vmc_enabled_state_from_libvirt(cases[_i].state, cases[_i].reason,
                                                             cases[_i].saved, cases[_i].job);
    ck_assert_int_eq(enabled, cases[_i].enabled);
    ck_assert_int_eq(vmc_enabled_state_class(enabled), cases[_i].judged);
}
END_TEST

START_TEST(newer_numbers_are_read)
{
    ck_assert_int_eq(vmc_enabled_state_normalize(6), VMC_ENABLED_STATE_SUSPENDED);
    ck_assert_int_eq(vmc_enabled_state_normalize(2), VMC_ENABLED_STATE_ENABLED);
    ck_assert_int_eq(vmc_enabled_state_normalize(4711), VMC_ENABLED_STATE_UNKNOWN);
}
END_TEST

static VmcDomcaps *
add_domcaps(VmcOffer *offer, const char *machine)
{
    VmcDomcaps *domcaps = vmc_domcaps_new();

    domcaps->arch = g_strdup("x86_64");
    domcaps->virt_type = g_strdup("kvm");
    domcaps->machine = g_strdup(machine);
    domcaps->emulator = g_strdup("/usr/bin/qemu-system-x86_64");
    g_ptr_array_add(offer->domcaps, domcaps);
    return domcaps;
}

static void
add_machine(VmcGuest *guest, const char *name, const char *canonical)
{
    g_hash_table_insert(guest->machines, g_strdup(name), vmc_machine_new(name, canonical));
}

static VmcOffer *
offer_with_machines(void)
{
    VmcOffer *offer = vmc_offer_new();
    VmcGuest *guest = vmc_guest_new();

    guest->arch = g_strdup("x86_64");
    guest->os_type = g_strdup("hvm");
    add_machine(guest, "pc", "pc-i440fx-7.2");
    add_machine(guest, "pc-i440fx-7.2", NULL);
    add_machine(guest, "q35", "pc-q35-7.2");
    add_machine(guest, "pc-q35-7.2", NULL);
    add_machine(guest, "pc-q35-6.2", NULL);
    g_ptr_array_add(offer->guests, guest);
    return offer;
}

START_TEST(domcaps_are_found_by_family)
{
    g_autoptr(VmcOffer) offer = offer_with_machines();
    g_autoptr(VmcRequirement) req = vmc_requirement_new();
    VmcDomcaps *pc = add_domcaps(offer, "pc-i440fx-7.2");
    VmcDomcaps *q35 = add_domcaps(offer, "q35");

    req->arch = g_strdup("x86_64");
    req->virt_type = g_strdup("kvm");
    req->machine = g_strdup("pc-q35-6.2");
    ck_assert_ptr_eq(vmc_offer_domcaps(offer, req), q35);
    g_free(req->machine);
    req->machine = g_strdup("pc");
    ck_assert_ptr_eq(vmc_offer_domcaps(offer, req), pc);
    g_free(req->machine);
    req->machine = g_strdup("pc-q35-9.9"); /* not there: its family tells all the rest */
    ck_assert_ptr_eq(vmc_offer_domcaps(offer, req), q35);
    g_free(req->machine);
    req->machine = g_strdup("microvm");
    ck_assert_ptr_null(vmc_offer_domcaps(offer, req));
}
END_TEST

START_TEST(other_emulator_fits_nothing)
{
    g_autoptr(VmcOffer) offer = offer_with_machines();
    g_autoptr(VmcRequirement) req = vmc_requirement_new();

    add_domcaps(offer, "q35");
    req->arch = g_strdup("x86_64");
    req->virt_type = g_strdup("kvm");
    req->machine = g_strdup("q35");
    req->emulator = g_strdup("/opt/qemu");
    ck_assert_ptr_null(vmc_offer_domcaps(offer, req));
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("model");
    TCase *tcase = tcase_create("model");
    SRunner *runner = NULL;
    int failed;

    tcase_add_test(tcase, rows_survive_any_column);
    tcase_add_test(tcase, absent_is_not_empty);
    tcase_add_test(tcase, parts_are_texts_of_their_own);
    tcase_add_test(tcase, keys_are_single_folders);
    tcase_add_test(tcase, ages_are_read);
    tcase_add_loop_test(tcase, states_follow_the_design, 0, 13);
    tcase_add_test(tcase, newer_numbers_are_read);
    tcase_add_test(tcase, domcaps_are_found_by_family);
    tcase_add_test(tcase, other_emulator_fits_nothing);
    suite_add_tcase(suite, tcase);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
