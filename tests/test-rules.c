/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The rules: what holds for all rows, the engine, and the cases of
 * tests/data/rules (see the README there).
 */
#include "derive/derive.h"
#include "rules/engine.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define FOLDER "domains/g"

/* ---- facts of a case ------------------------------------------------------- */

typedef struct {
    char *rule;
    VmcSeverity severity; /* 0: must not appear */
    gboolean waived;
    char *subject; /* part of it, or NULL */
} Expectation;

typedef struct {
    char *rule, *text;
    gboolean is_silent; /* none of the rule's findings has the text */
} Words;

typedef struct {
    char *label, *rule; /* file and folder */
    GHashTable *facts;  /* "source:…", "offer:…" → text */
    GPtrArray *expected;
    GPtrArray *words; /* Words *: in message or remedy */
    GHashTable *assume, *ignore;
    char *verdict;
    VmcState states[3];
    size_t n_states;
} Case;

static void
expectation_free(Expectation *expectation)
{
    g_free(expectation->rule);
    g_free(expectation->subject);
    g_free(expectation);
}

static void
words_free(Words *words)
{
    g_free(words->rule);
    g_free(words->text);
    g_free(words);
}

static void
case_free(Case *one)
{
    g_free(one->label);
    g_free(one->rule);
    g_hash_table_unref(one->facts);
    g_ptr_array_unref(one->expected);
    g_ptr_array_unref(one->words);
    g_hash_table_unref(one->assume);
    g_hash_table_unref(one->ignore);
    g_free(one->verdict);
    g_free(one);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Case, case_free)

static Case *
case_new(const char *rule, const char *file)
{
    Case *one = g_new0(Case, 1);

    one->rule = g_strdup(rule);
    one->label = g_strdup_printf("%s/%s", rule, file);
    one->facts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    one->expected = g_ptr_array_new_with_free_func((GDestroyNotify)expectation_free);
    one->words = g_ptr_array_new_with_free_func((GDestroyNotify)words_free);
    one->assume = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    one->ignore = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    return one;
}

static char *
data_path(const char *name)
{
    const char *folder = g_getenv("VMC_TEST_DATA");

    return g_build_filename(folder ? folder : "tests/data", "rules", name, NULL);
}

static char *
read_data(const char *name)
{
    g_autofree char *path = data_path(name);
    g_autoptr(GError) error = NULL;
    char *text = NULL;

    if (!g_file_get_contents(path, &text, NULL, &error))
        ck_abort_msg("%s", error->message);
    return text;
}

static char *
replace(const char *text, const char *old, const char *new)
{
    g_auto(GStrv) parts = g_strsplit(text, old, -1);

    return g_strjoinv(new, parts);
}

static void
set_fact(Case *one, const char *name, GString *text)
{
    char *content =
        g_str_has_suffix(name, ".tsv") ? replace(text->str, "\\t", "\t") : g_strdup(text->str);

    g_hash_table_replace(one->facts, g_strdup(name), content);
}

/* "…" with \n \t \" \\ inside; @at moves behind it. */
static char *
read_quoted(const Case *one, const char **at)
{
    g_autoptr(GString) raw = g_string_new(NULL);

    while (g_ascii_isspace(**at))
        (*at)++;
    ck_assert_msg(**at == '"', "%s: a \" is wanted at: %s", one->label, *at);
    for ((*at)++; **at && **at != '"'; (*at)++) {
        if (**at == '\\' && (*at)[1])
            g_string_append_c(raw, *(*at)++);
        g_string_append_c(raw, **at);
    }
    ck_assert_msg(**at == '"', "%s: a \" is missing", one->label);
    (*at)++;
    return g_strcompress(raw->str);
}

static char *
read_word(const char **at)
{
    const char *start = NULL;

    while (g_ascii_isspace(**at))
        (*at)++;
    start = *at;
    while (**at && !g_ascii_isspace(**at))
        (*at)++;
    return g_strndup(start, (gsize)(*at - start));
}

/* ---- directives -------------------------------------------------------------- */

static gboolean
substitute_in(Case *one, const char *name, const char *old, const char *new)
{
    const char *text = g_hash_table_lookup(one->facts, name);

    if (!text || !strstr(text, old))
        return FALSE;
    g_hash_table_replace(one->facts, g_strdup(name), replace(text, old, new));
    return TRUE;
}

static void
do_sub(Case *one, const char *arguments)
{
    g_autofree char *name = read_word(&arguments);
    g_autofree char *old = read_quoted(one, &arguments);
    g_autofree char *new = read_quoted(one, &arguments);
    g_autofree const char **names = (const char **)g_hash_table_get_keys_as_array(one->facts, NULL);
    gboolean done = FALSE;

    for (size_t i = 0; names[i]; i++) {
        if (g_pattern_match_simple(name, names[i]))
            done |= substitute_in(one, names[i], old, new);
    }
    ck_assert_msg(done, "%s: '%s' has no \"%s\"", one->label, name, old);
}

static void
do_add(Case *one, const char *arguments)
{
    g_autofree char *name = read_word(&arguments);
    g_autofree char *line = read_quoted(one, &arguments);
    const char *text = g_hash_table_lookup(one->facts, name);

    g_hash_table_replace(one->facts, g_strdup(name),
                         g_strdup_printf("%s%s\n", text ? text : "", line));
}

static gboolean
matches(void *name, void *text, void *pattern)
{
    return g_pattern_match_simple(pattern, name);
}

static void
do_drop(Case *one, const char *arguments)
{
    g_autofree char *name = read_word(&arguments);

    ck_assert_msg(g_hash_table_foreach_remove(one->facts, matches, name) > 0, "%s: no '%s' to drop",
                  one->label, name);
}

static void
do_as(Case *one, const char *arguments)
{
    one->n_states = 0;
    for (;;) {
        g_autofree char *name = read_word(&arguments);

        if (!*name)
            return;
        ck_assert_msg(one->n_states < 3 && vmc_state_from_name(name) != VMC_STATE_NONE,
                      "%s: '%s' is no state", one->label, name);
        one->states[one->n_states++] = vmc_state_from_name(name);
    }
}

static VmcSeverity
severity_from_name(const Case *one, const char *name)
{
    static const VmcSeverity all[] = {
        VMC_SEVERITY_NOTE,        VMC_SEVERITY_WARNING, VMC_SEVERITY_UNKNOWN,
        VMC_SEVERITY_CONDITIONAL, VMC_SEVERITY_BLOCKER,
    };

    for (size_t i = 0; i < G_N_ELEMENTS(all); i++) {
        if (g_str_equal(vmc_severity_name(all[i]), name))
            return all[i];
    }
    ck_abort_msg("%s: '%s' is no severity", one->label, name);
    return VMC_SEVERITY_NOTE;
}

static void
do_expect(Case *one, const char *arguments)
{
    Expectation *expectation = g_new0(Expectation, 1);
    g_autofree char *severity = NULL;

    g_ptr_array_add(one->expected, expectation);
    expectation->rule = read_word(&arguments);
    severity = read_word(&arguments);
    if (g_str_equal(severity, "waived")) {
        expectation->waived = TRUE;
        g_free(severity);
        severity = read_word(&arguments);
    }
    expectation->severity = severity_from_name(one, severity);
    expectation->subject = read_word(&arguments);
    ck_assert_msg(vmc_rules_find(expectation->rule), "%s: no rule '%s'", one->label,
                  expectation->rule);
}

static void
do_forbid(Case *one, const char *arguments)
{
    Expectation *expectation = g_new0(Expectation, 1);

    g_ptr_array_add(one->expected, expectation);
    expectation->rule = read_word(&arguments);
    ck_assert_msg(vmc_rules_find(expectation->rule), "%s: no rule '%s'", one->label,
                  expectation->rule);
}

static void
add_words(Case *one, const char *arguments, gboolean is_silent)
{
    Words *words = g_new0(Words, 1);

    g_ptr_array_add(one->words, words);
    words->is_silent = is_silent;
    words->rule = read_word(&arguments);
    words->text = read_quoted(one, &arguments);
}

static void
do_says(Case *one, const char *arguments)
{
    add_words(one, arguments, FALSE);
}

static void
do_silent(Case *one, const char *arguments)
{
    add_words(one, arguments, TRUE);
}

static void
do_assume(Case *one, const char *arguments)
{
    g_hash_table_add(one->assume, read_word(&arguments));
}

static void
do_ignore(Case *one, const char *arguments)
{
    g_hash_table_add(one->ignore, read_word(&arguments));
}

static void
do_verdict(Case *one, const char *arguments)
{
    g_free(one->verdict);
    one->verdict = read_word(&arguments);
}

static const struct {
    const char *word;
    void (*run)(Case *one, const char *arguments);
} directives[] = {
    { "as:", do_as },         { "assume:", do_assume },  { "ignore:", do_ignore },
    { "expect:", do_expect }, { "forbid:", do_forbid },  { "verdict:", do_verdict },
    { "sub ", do_sub },       { "add ", do_add },        { "drop ", do_drop },
    { "says: ", do_says },    { "silent: ", do_silent },
};

static void
run_directive(Case *one, const char *line)
{
    if (!*line || *line == '#')
        return;
    for (size_t i = 0; i < G_N_ELEMENTS(directives); i++) {
        if (g_str_has_prefix(line, directives[i].word)) {
            directives[i].run(one, line + strlen(directives[i].word));
            return;
        }
    }
    ck_abort_msg("%s: what is '%s'?", one->label, line);
}

/* Directives, then facts behind lines "=== NAME". */
static void
read_facts(Case *one, const char *text)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    g_autoptr(GString) content = g_string_new(NULL);
    const char *name = NULL;

    for (char **line = lines; *line; line++) {
        if (g_str_has_prefix(*line, "=== ")) {
            if (name)
                set_fact(one, name, content);
            name = *line + 4;
            g_string_truncate(content, 0);
        } else if (!name) {
            run_directive(one, *line);
        } else if (line[1] || **line) {
            g_string_append_printf(content, "%s\n", *line);
        }
    }
    if (name)
        set_fact(one, name, content);
}

static Case *
case_load(const char *rule, const char *file)
{
    g_autoptr(Case) one = case_new(rule, file);
    g_autofree char *base = read_data("base.facts");
    g_autofree char *text = read_data(one->label);

    one->states[one->n_states++] = VMC_STATE_LIVE;
    read_facts(one, base);
    read_facts(one, text);
    return g_steal_pointer(&one);
}

static VmcFacts *
facts_of(const Case *one, const char *prefix)
{
    VmcFacts *facts = vmc_facts_new();
    const char *name = NULL, *text = NULL;
    GHashTableIter iter;

    g_hash_table_iter_init(&iter, one->facts);
    while (g_hash_table_iter_next(&iter, (void **)&name, (void **)&text)) {
        if (g_str_has_prefix(name, prefix))
            vmc_facts_set(facts, name + strlen(prefix), text);
    }
    return facts;
}

/* ---- judging a case ---------------------------------------------------------- */

static char *
findings_text(const GPtrArray *findings)
{
    GString *text = g_string_new(NULL);

    for (size_t i = 0; i < findings->len; i++) {
        const VmcFinding *finding = findings->pdata[i];

        g_string_append_printf(text, "\n    %s%s %s [%s] %s", finding->waived ? "waived " : "",
                               vmc_severity_name(finding->severity), finding->rule->id,
                               finding->subject, finding->message);
    }
    return g_string_free(text, FALSE);
}

static gboolean
is_expected(const VmcFinding *finding, const Expectation *expectation)
{
    if (!g_str_equal(finding->rule->id, expectation->rule))
        return FALSE;
    if (expectation->severity == 0)
        return TRUE;
    return finding->severity == expectation->severity && finding->waived == expectation->waived &&
           strstr(finding->subject, expectation->subject) != NULL;
}

static gboolean
any_expected(const GPtrArray *findings, const Expectation *expectation)
{
    for (size_t i = 0; i < findings->len; i++) {
        if (is_expected(findings->pdata[i], expectation))
            return TRUE;
    }
    return FALSE;
}

/* What a case's name promises of its folder's rule. */
static gboolean
keeps_promise(const Case *one, const GPtrArray *findings)
{
    const char *kind = strchr(one->label, '/') + 1;
    gboolean said = FALSE, unknown = FALSE;

    for (size_t i = 0; i < findings->len; i++) {
        const VmcFinding *finding = findings->pdata[i];

        if (!g_str_equal(finding->rule->id, one->rule))
            continue;
        unknown |= finding->severity == VMC_SEVERITY_UNKNOWN;
        said |= finding->severity != VMC_SEVERITY_UNKNOWN;
    }
    if (g_str_has_prefix(kind, "ok"))
        return !said && !unknown;
    return g_str_has_prefix(kind, "bad") ? said : unknown;
}

/* Rules whose findings are about no element of the guest's definition. */
static const struct {
    const char *rule, *reason;
} without_element[] = {
    { "dest-driver-mismatch", "hosts alone" },
    { "dest-hostname-localhost", "hosts alone" },
    { "host-uuid-duplicate", "hosts alone" },
    { "kernel-downgrade", "hosts alone" },
    { "libvirt-downgrade", "hosts alone" },
    { "lock-manager-mismatch", "hosts alone" },
    { "qemu-downgrade", "hosts alone" },
    { "same-host", "hosts alone" },
    { "session-vs-system", "hosts alone" },
    { "tls-force", "hosts alone" },
    { "virtlogd-missing", "hosts alone" },
    { "checkpoint-lost", "libvirt keeps it beside the definition" },
    { "job-conflict", "libvirt keeps it beside the definition" },
    { "managedsave-orphaned", "libvirt keeps it beside the definition" },
    { "snapshot-present", "libvirt keeps it beside the definition" },
    { "save-decompressor-missing", "the saved image's header" },
    { "save-image-format-unknown", "the saved image's header" },
    { "guest-crashed", "the guest's state" },
    { "io-error-abort", "the guest's state; which disk it was libvirt does not tell" },
    { "dry-run", "about the check itself" },
    { "libvirt-objects", "libvirt's words seldom name an element" },
};

static gboolean
may_lack_element(const char *rule)
{
    for (size_t i = 0; i < G_N_ELEMENTS(without_element); i++) {
        if (g_str_equal(without_element[i].rule, rule))
            return TRUE;
    }
    return FALSE;
}

/* What tells that a sentence can be acted on: a command, an option, XML, a path, a
 * package, an address of libvirt's. */
static gboolean
has_something_to_type(const char *remedy)
{
    return g_regex_match_simple(
        "\\b(virsh|vmcompat) [a-z-]+|(^|[ (,])--[a-z]|<[a-z]|[ (':=]/[a-z]|\\bpackages? [a-z]|"
        "\\bqemu(\\+ssh)?://|[a-z]+=['.\\w]|\\.conf\\b|"
        "\\b(systemctl|modprobe|ip (link|address|tuntap)|vdpa dev|getent|namei -l|ulimit -[a-z]|command -v|stat|"
        "scp -p|mkdir -p|ls -l|uname -r|qemu-img|truncate -s|ivshmem-server -S|ss -xl)\\b",
        remedy, 0, 0);
}

/* Any finding is complete, and its texts are in the manner of messages. */
static void
check_finding(const Case *one, const VmcFinding *finding)
{
    size_t length = strlen(finding->message);

    ck_assert_msg(length > 0 && !g_str_has_suffix(finding->message, ".") &&
                      !strstr(finding->message, "(null)") && !strstr(finding->message, "$s"),
                  "%s: message of %s: '%s'", one->label, finding->rule->id, finding->message);
    ck_assert_msg(*finding->remedy && g_str_has_suffix(finding->remedy, ".") &&
                      !strstr(finding->remedy, "(null)"),
                  "%s: remedy of %s: '%s'", one->label, finding->rule->id, finding->remedy);
    /* dry-run also notes that all is well */
    ck_assert_msg(has_something_to_type(finding->remedy) ||
                      g_str_equal(finding->rule->id, "dry-run"),
                  "%s: nothing to type in the remedy of %s: '%s'", one->label, finding->rule->id,
                  finding->remedy);
    ck_assert_msg(*finding->subject || may_lack_element(finding->rule->id),
                  "%s: %s names no element of the guest", one->label, finding->rule->id);
    ck_assert_ptr_nonnull(finding->needed);
    ck_assert_ptr_nonnull(finding->found);
    ck_assert_msg(
        *finding->needed || *finding->found || finding->severity == VMC_SEVERITY_UNKNOWN ||
            g_str_equal(finding->rule->id, "dry-run"),
        "%s: %s says neither what was needed nor what was found", one->label, finding->rule->id);
}

static gboolean
is_said(const GPtrArray *findings, const Words *words)
{
    for (size_t i = 0; i < findings->len; i++) {
        const VmcFinding *finding = findings->pdata[i];

        if (g_str_equal(finding->rule->id, words->rule) &&
            (strstr(finding->message, words->text) || strstr(finding->remedy, words->text)))
            return TRUE;
    }
    return FALSE;
}

static void
compare_words(const Case *one, const GPtrArray *findings)
{
    for (size_t i = 0; i < one->words->len; i++) {
        const Words *words = one->words->pdata[i];

        ck_assert_msg(is_said(findings, words) != words->is_silent, "%s: %s %s \"%s\"", one->label,
                      words->rule, words->is_silent ? "says" : "does not say", words->text);
    }
}

static void
compare(const Case *one, VmcState state, const GPtrArray *findings)
{
    g_autofree char *text = findings_text(findings);
    const char *as = vmc_state_name(state);

    for (size_t i = 0; i < findings->len; i++)
        check_finding(one, findings->pdata[i]);
    ck_assert_msg(keeps_promise(one, findings),
                  "%s (as %s): the rule's finding is not as the "
                  "case's name says:%s",
                  one->label, as, text);
    for (size_t i = 0; i < one->expected->len; i++) {
        const Expectation *expectation = one->expected->pdata[i];
        gboolean wanted = expectation->severity != 0;

        ck_assert_msg(any_expected(findings, expectation) == wanted, "%s (as %s): %s %s is %s:%s",
                      one->label, as, expectation->rule,
                      wanted ? vmc_severity_name(expectation->severity) : "",
                      wanted ? "missing" : "not allowed", text);
    }
    compare_words(one, findings);
    if (one->verdict)
        ck_assert_msg(g_str_equal(one->verdict, vmc_verdict_name(vmc_rules_verdict(findings))),
                      "%s (as %s): the verdict is %s:%s", one->label, as,
                      vmc_verdict_name(vmc_rules_verdict(findings)), text);
}

typedef struct {
    VmcFacts *source_facts, *offer_facts;
    VmcHost source;
    VmcOffer *offer;
} Pair;

static void
pair_clear(Pair *pair)
{
    vmc_facts_free(pair->source_facts);
    vmc_facts_free(pair->offer_facts);
    vmc_host_clear(&pair->source);
    vmc_offer_free(pair->offer);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Pair, pair_clear)

static void
derive_pair(const Case *one, Pair *pair)
{
    g_autoptr(GError) error = NULL;

    pair->source_facts = facts_of(one, "source:");
    pair->offer_facts = facts_of(one, "offer:");
    if (!vmc_derive_host(pair->source_facts, &pair->source, &error))
        ck_abort_msg("%s: source: %s", one->label, error->message);
    pair->offer = vmc_derive_offer(pair->offer_facts, &error);
    if (!pair->offer)
        ck_abort_msg("%s: offer: %s", one->label, error->message);
}

static VmcRequirement *
derive_guest(const Case *one, const Pair *pair, VmcState state)
{
    g_autoptr(GError) error = NULL;
    VmcRequirement *req =
        vmc_derive_requirement(pair->source_facts, FOLDER, state, &pair->source, &error);

    if (!req)
        ck_abort_msg("%s: %s", one->label, error->message);
    return req;
}

static void
run_case(const char *rule, const char *file)
{
    g_autoptr(Case) one = case_load(rule, file);
    g_auto(Pair) pair = { 0 };

    derive_pair(one, &pair);
    for (size_t i = 0; i < one->n_states; i++) {
        g_autoptr(VmcRequirement) req = derive_guest(one, &pair, one->states[i]);
        g_autoptr(GPtrArray) findings = vmc_rules_run(req, pair.offer, one->assume, one->ignore);

        compare(one, one->states[i], findings);
    }
}

/* ---- all cases of a rule, and the gate ----------------------------------------- */

static int
compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static GPtrArray *
list_cases(const char *rule)
{
    g_autofree char *path = data_path(rule);
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    GPtrArray *files = g_ptr_array_new_with_free_func(g_free);
    const char *name = NULL;

    while (dir && (name = g_dir_read_name(dir))) {
        if (g_str_has_suffix(name, ".facts"))
            g_ptr_array_add(files, g_strdup(name));
    }
    g_ptr_array_sort(files, compare_names);
    return files;
}

static gboolean
has_case(const GPtrArray *files, const char *prefix)
{
    for (size_t i = 0; i < files->len; i++) {
        if (g_str_has_prefix(files->pdata[i], prefix))
            return TRUE;
    }
    return FALSE;
}

static gboolean
can_be_unknown(const VmcRule *rule)
{
    if (rule->may_not_know || rule->only_unknown || rule->severity == VMC_SEVERITY_UNKNOWN)
        return TRUE;
    return rule->part != VMC_PART_NONE && rule->severity > VMC_SEVERITY_WARNING;
}

static void
check_gate(const VmcRule *rule, const GPtrArray *files)
{
    ck_assert_msg(has_case(files, "ok"), "%s: no ok- case", rule->id);
    ck_assert_msg(rule->only_unknown || rule->severity == VMC_SEVERITY_UNKNOWN ||
                      has_case(files, "bad"),
                  "%s: no bad- case", rule->id);
    ck_assert_msg(!can_be_unknown(rule) || has_case(files, "unknown"), "%s: no unknown- case",
                  rule->id);
}

START_TEST(test_cases)
{
    const VmcRule *rule = vmc_rules_all()[_i];
    g_autoptr(GPtrArray) files = list_cases(rule->id);

    if (rule->states == 0)
        return; /* test_age */
    check_gate(rule, files);
    for (size_t i = 0; i < files->len; i++)
        run_case(rule->id, files->pdata[i]);
}
END_TEST

/* A folder whose rule has gone, or a misspelt one. */
START_TEST(test_no_stray_folders)
{
    g_autofree char *path = data_path("");
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    const char *name = NULL;

    ck_assert_ptr_nonnull(dir);
    while ((name = g_dir_read_name(dir))) {
        g_autofree char *folder = g_build_filename(path, name, NULL);

        if (g_file_test(folder, G_FILE_TEST_IS_DIR))
            ck_assert_msg(vmc_rules_find(name), "tests/data/rules/%s: no such rule", name);
    }
}
END_TEST

/* Every rule is content with the base in every state. */
START_TEST(test_base)
{
    static const VmcState states[] = { VMC_STATE_LIVE, VMC_STATE_SAVED, VMC_STATE_OFF };
    g_autoptr(Case) one = case_new("base", "base");
    g_autofree char *text = read_data("base.facts");
    g_auto(Pair) pair = { 0 };

    read_facts(one, text);
    derive_pair(one, &pair);
    for (size_t i = 0; i < G_N_ELEMENTS(states); i++) {
        g_autoptr(VmcRequirement) req = derive_guest(one, &pair, states[i]);
        g_autoptr(GPtrArray) findings = vmc_rules_run(req, pair.offer, NULL, NULL);
        g_autofree char *said = findings_text(findings);

        ck_assert_msg(findings->len == 0, "base (as %s):%s", vmc_state_name(states[i]), said);
    }
}
END_TEST

/* With nothing probed at all the answer is "undecided", never yes or no. */
START_TEST(test_nothing_probed)
{
    static const VmcState states[] = { VMC_STATE_LIVE, VMC_STATE_SAVED, VMC_STATE_OFF };
    g_autoptr(Case) one = case_new("base", "nothing probed");
    g_autofree char *text = read_data("base.facts");
    g_auto(Pair) pair = { 0 };

    read_facts(one, text);
    do_drop(one, "offer:*");
    derive_pair(one, &pair);
    for (size_t i = 0; i < G_N_ELEMENTS(states); i++) {
        g_autoptr(VmcRequirement) req = derive_guest(one, &pair, states[i]);
        g_autoptr(GPtrArray) findings = vmc_rules_run(req, pair.offer, NULL, NULL);
        g_autofree char *said = findings_text(findings);

        ck_assert_msg(vmc_rules_verdict(findings) == VMC_VERDICT_UNDECIDED, "as %s:%s",
                      vmc_state_name(states[i]), said);
    }
}
END_TEST

/* ---- rows -------------------------------------------------------------------------- */

START_TEST(test_rows)
{
    const VmcRule *rule = vmc_rules_all()[_i];

    ck_assert_msg(g_regex_match_simple("^[a-z0-9]+(-[a-z0-9]+)*$", rule->id, 0, 0), "id '%s'",
                  rule->id);
    for (size_t i = 0; i < (size_t)_i; i++)
        ck_assert_msg(strcmp(vmc_rules_all()[i]->id, rule->id) != 0, "twice: %s", rule->id);
    ck_assert_msg(rule->summary && *rule->summary && !g_str_has_suffix(rule->summary, "."),
                  "%s: summary", rule->id);
    ck_assert_msg(rule->cause && g_str_has_suffix(rule->cause, "."), "%s: cause", rule->id);
    ck_assert_msg(rule->remedy && g_str_has_suffix(rule->remedy, "."), "%s: remedy", rule->id);
    ck_assert_msg(has_something_to_type(rule->remedy), "%s: nothing to type in '%s'", rule->id,
                  rule->remedy);
    ck_assert_msg(rule->severity != 0 && vmc_severity_name(rule->severity), "%s: severity",
                  rule->id);
    ck_assert_msg(rule->check || rule->message || rule->states == 0, "%s: no check, no message",
                  rule->id);
    ck_assert_msg(!rule->message || !rule->check, "%s: message and check", rule->id);
    ck_assert_msg(rule->kind != VMC_NEED_NONE || !rule->name, "%s: name without a kind", rule->id);
    ck_assert_ptr_eq(vmc_rules_find(rule->id), rule);
}
END_TEST

/* The list of exceptions has no rule that is gone. */
START_TEST(test_without_element)
{
    ck_assert_msg(vmc_rules_find(without_element[_i].rule), "'%s' (%s): no such rule",
                  without_element[_i].rule, without_element[_i].reason);
}
END_TEST

START_TEST(test_find)
{
    ck_assert_ptr_null(vmc_rules_find("no-such-rule"));
    ck_assert_ptr_null(vmc_rules_find(NULL));
    ck_assert_ptr_nonnull(vmc_rules_find("cpu-feature-missing"));
}
END_TEST

START_TEST(test_assume_flags)
{
    ck_assert(g_strv_contains(vmc_assume_flags(), "migrateuri"));
    ck_assert(!g_strv_contains(vmc_assume_flags(), ""));
}
END_TEST

/* ---- the engine ----------------------------------------------------------------------- */

START_TEST(test_verdict)
{
    static const struct {
        VmcSeverity severity;
        gboolean waived;
        VmcVerdict verdict;
    } rows[] = {
        { VMC_SEVERITY_NOTE, FALSE, VMC_VERDICT_COMPATIBLE },
        { VMC_SEVERITY_WARNING, FALSE, VMC_VERDICT_COMPATIBLE },
        { VMC_SEVERITY_UNKNOWN, FALSE, VMC_VERDICT_UNDECIDED },
        { VMC_SEVERITY_UNKNOWN, TRUE, VMC_VERDICT_COMPATIBLE },
        { VMC_SEVERITY_CONDITIONAL, FALSE, VMC_VERDICT_INCOMPATIBLE },
        { VMC_SEVERITY_CONDITIONAL, TRUE, VMC_VERDICT_COMPATIBLE },
        { VMC_SEVERITY_BLOCKER, FALSE, VMC_VERDICT_INCOMPATIBLE },
        { VMC_SEVERITY_BLOCKER, TRUE, VMC_VERDICT_COMPATIBLE },
    };
    VmcFinding finding = { .severity = rows[_i].severity, .waived = rows[_i].waived };
    g_autoptr(GPtrArray) findings = g_ptr_array_new();

    ck_assert_int_eq(vmc_rules_verdict(findings), VMC_VERDICT_COMPATIBLE);
    g_ptr_array_add(findings, &finding);
    ck_assert_int_eq(vmc_rules_verdict(findings), rows[_i].verdict);
}
END_TEST

/* Weightiest first, and one finding per thing. */
START_TEST(test_order)
{
    g_autoptr(VmcRequirement) req = vmc_requirement_new();
    g_autoptr(VmcOffer) offer = vmc_offer_new();
    g_autoptr(GPtrArray) findings = NULL;
    VmcSeverity last = VMC_SEVERITY_BLOCKER;

    req->state = VMC_STATE_LIVE;
    req->job = g_strdup("Migration out");
    req->name = g_strdup("g");
    req->n_checkpoints = 1;
    offer->host.hostname = g_strdup("localhost");
    findings = vmc_rules_run(req, offer, NULL, NULL);
    ck_assert_uint_gt(findings->len, 3);
    for (size_t i = 0; i < findings->len; i++) {
        const VmcFinding *finding = findings->pdata[i];

        ck_assert_int_le(finding->severity, last);
        last = finding->severity;
    }
}
END_TEST

static GPtrArray *
run_localhost(const char *assume, const char *ignore)
{
    g_autoptr(VmcRequirement) req = vmc_requirement_new();
    g_autoptr(VmcOffer) offer = vmc_offer_new();
    g_autoptr(GHashTable) assumed = vmc_set_new();
    g_autoptr(GHashTable) ignored = vmc_set_new();

    req->state = VMC_STATE_OFF;
    req->name = g_strdup("g");
    req->job = g_strdup("Save");
    offer->host.hostname = g_strdup("localhost.localdomain");
    if (assume)
        g_hash_table_add(assumed, g_strdup(assume));
    if (ignore)
        g_hash_table_add(ignored, g_strdup(ignore));
    return vmc_rules_run(req, offer, assumed, ignored);
}

static gboolean
is_waived(const GPtrArray *findings, const char *id)
{
    for (size_t i = 0; i < findings->len; i++) {
        const VmcFinding *finding = findings->pdata[i];

        if (g_str_equal(finding->rule->id, id))
            return finding->waived;
    }
    ck_abort_msg("%s: not found", id);
    return FALSE;
}

START_TEST(test_waived)
{
    g_autoptr(GPtrArray) plain = run_localhost(NULL, NULL);
    g_autoptr(GPtrArray) assumed = run_localhost("migrateuri", NULL);
    g_autoptr(GPtrArray) other = run_localhost("unsafe", NULL);
    g_autoptr(GPtrArray) ignored = run_localhost(NULL, "job-conflict");

    ck_assert(!is_waived(plain, "dest-hostname-localhost"));
    ck_assert(is_waived(assumed, "dest-hostname-localhost"));
    ck_assert(!is_waived(other, "dest-hostname-localhost"));
    ck_assert(is_waived(ignored, "job-conflict"));
    ck_assert(!is_waived(assumed, "job-conflict"));
}
END_TEST

START_TEST(test_age)
{
    static const struct {
        gint64 info, offer;
        guint64 max;
        const char *found; /* ids */
    } rows[] = {
        { 1000, 1000, 0, "" },
        { 1000, 1000, 100, "" },
        { 900, 900, 100, "" },
        { 899, 1000, 100, "blob-stale" },
        { 1000, 899, 100, "offer-stale" },
        { 1, 1, 100, "blob-stale offer-stale" },
        { 0, 1000, 100, "blob-stale" }, /* does not tell */
        { 2000, 2000, 100, "" },        /* clocks differ */
    };
    g_autoptr(GPtrArray) findings =
        g_ptr_array_new_with_free_func((GDestroyNotify)vmc_finding_free);
    g_autoptr(GString) found = g_string_new(NULL);

    vmc_rules_check_age(findings, rows[_i].info, rows[_i].offer, 1000, rows[_i].max, NULL);
    for (size_t i = 0; i < findings->len; i++) {
        const VmcFinding *finding = findings->pdata[i];

        ck_assert_int_eq(finding->severity, VMC_SEVERITY_UNKNOWN);
        g_string_append_printf(found, "%s%s", i ? " " : "", finding->rule->id);
    }
    ck_assert_str_eq(found->str, rows[_i].found);
}
END_TEST

/* What a rule says, what its severity is set to, and what comes of it. */
START_TEST(test_policy)
{
    static const struct {
        const char *rule;
        VmcSeverity said, set, severity, was;
        const char *assume;
        gboolean waived;
    } rows[] = {
        /* network-missing fails as a blocker */
        { "network-missing", VMC_SEVERITY_BLOCKER, 0, VMC_SEVERITY_BLOCKER, 0, NULL, FALSE },
        { "network-missing", VMC_SEVERITY_BLOCKER, VMC_SEVERITY_WARNING, VMC_SEVERITY_WARNING,
          VMC_SEVERITY_BLOCKER, NULL, FALSE },
        { "network-missing", VMC_SEVERITY_UNKNOWN, VMC_SEVERITY_WARNING, VMC_SEVERITY_WARNING,
          VMC_SEVERITY_UNKNOWN, NULL, FALSE },
        { "network-missing", VMC_SEVERITY_UNKNOWN, VMC_SEVERITY_BLOCKER, VMC_SEVERITY_UNKNOWN, 0,
          NULL, FALSE },
        { "network-missing", VMC_SEVERITY_NOTE, VMC_SEVERITY_BLOCKER, VMC_SEVERITY_NOTE, 0, NULL,
          FALSE },
        /* unknown is all that it says */
        { "blob-stale", VMC_SEVERITY_UNKNOWN, VMC_SEVERITY_BLOCKER, VMC_SEVERITY_BLOCKER,
          VMC_SEVERITY_UNKNOWN, NULL, FALSE },
        /* conditional: what lifts it no longer does, once it is a blocker */
        { "unsafe-disk-cache", VMC_SEVERITY_CONDITIONAL, 0, VMC_SEVERITY_CONDITIONAL, 0, "unsafe",
          TRUE },
        { "unsafe-disk-cache", VMC_SEVERITY_CONDITIONAL, VMC_SEVERITY_BLOCKER, VMC_SEVERITY_BLOCKER,
          VMC_SEVERITY_CONDITIONAL, "unsafe", FALSE },
        { "cpu-overcommit", VMC_SEVERITY_WARNING, VMC_SEVERITY_BLOCKER, VMC_SEVERITY_BLOCKER,
          VMC_SEVERITY_WARNING, NULL, FALSE },
    };
    g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func((GDestroyNotify)vmc_finding_free);
    g_autoptr(GHashTable) severities = g_hash_table_new(g_str_hash, g_str_equal);
    g_autoptr(GHashTable) assume = vmc_set_new();
    VmcFindings findings = { .list = list, .assume = assume };
    const VmcFinding *finding = NULL;

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_hash_table_remove_all(severities);
        g_hash_table_remove_all(assume);
        if (rows[i].set)
            g_hash_table_insert(severities, (char *)rows[i].rule, GINT_TO_POINTER(rows[i].set));
        if (rows[i].assume)
            g_hash_table_add(assume, g_strdup(rows[i].assume));
        findings.rule = vmc_rules_find(rows[i].rule);
        ck_assert_ptr_nonnull(findings.rule);
        g_ptr_array_set_size(list, 0);
        vmc_say(&findings, rows[i].said, "", NULL, NULL, "row %zu", i);
        vmc_rules_set_severities(list, severities, assume, NULL);
        finding = list->pdata[0];
        ck_assert_msg(finding->severity == rows[i].severity, "row %zu", i);
        ck_assert_msg(finding->severity_was == rows[i].was, "row %zu", i);
        ck_assert_msg(finding->waived == rows[i].waived, "row %zu", i);
    }
}
END_TEST

/* What is ignored stays so, whatever it weighs; order follows the new weights. */
START_TEST(test_policy_keeps_waivers)
{
    g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func((GDestroyNotify)vmc_finding_free);
    g_autoptr(GHashTable) severities = g_hash_table_new(g_str_hash, g_str_equal);
    g_autoptr(GHashTable) ignore = vmc_set_new();
    VmcFindings findings = { .list = list, .ignore = ignore };

    g_hash_table_add(ignore, g_strdup("network-missing"));
    g_hash_table_insert(severities, (char *)"network-missing",
                        GINT_TO_POINTER(VMC_SEVERITY_WARNING));
    findings.rule = vmc_rules_find("network-missing");
    vmc_fail(&findings, "", NULL, NULL, "first");
    findings.rule = vmc_rules_find("bridge-missing");
    vmc_fail(&findings, "", NULL, NULL, "second");
    vmc_rules_set_severities(list, severities, NULL, ignore);
    ck_assert_str_eq(((VmcFinding *)list->pdata[0])->message, "second");
    ck_assert(((VmcFinding *)list->pdata[1])->waived);
    ck_assert_int_eq(((VmcFinding *)list->pdata[1])->severity, VMC_SEVERITY_WARNING);
}
END_TEST

static int
count_rules(void)
{
    int n = 0;

    while (vmc_rules_all()[n])
        n++;
    return n;
}

int
main(void)
{
    Suite *suite = suite_create("rules");
    TCase *rows = tcase_create("rows");
    TCase *engine = tcase_create("engine");
    TCase *cases = tcase_create("cases");
    SRunner *runner = srunner_create(suite);
    int failed = 0;

    tcase_add_loop_test(rows, test_rows, 0, count_rules());
    tcase_add_loop_test(rows, test_without_element, 0, (int)G_N_ELEMENTS(without_element));
    tcase_add_test(rows, test_find);
    tcase_add_test(rows, test_assume_flags);
    tcase_add_loop_test(engine, test_verdict, 0, 8);
    tcase_add_test(engine, test_order);
    tcase_add_test(engine, test_waived);
    tcase_add_loop_test(engine, test_age, 0, 8);
    tcase_add_test(engine, test_policy);
    tcase_add_test(engine, test_policy_keeps_waivers);
    tcase_add_test(cases, test_base);
    tcase_add_test(cases, test_nothing_probed);
    tcase_add_test(cases, test_no_stray_folders);
    tcase_add_loop_test(cases, test_cases, 0, count_rules());
    tcase_set_timeout(cases, 60);
    suite_add_tcase(suite, rows);
    suite_add_tcase(suite, engine);
    suite_add_tcase(suite, cases);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
