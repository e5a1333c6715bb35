/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * vmcompat status: is what the hook judges by still true, and is it in the way at
 * all?
 */
#include "cli/hook-points.h"

#include <json-glib/json-glib.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#define DEFAULT_OFFER VMC_STATE_DIR "/offer.vmc"

/* ---- the offer ---------------------------------------------------------------------- */

/* Behind the first @before and up to the next @after; "": there is none. */
static char *
between(const char *text, const char *before, const char *after)
{
    const char *start = strstr(text, before);
    const char *end = start ? strstr(start + strlen(before), after) : NULL;

    start = start ? start + strlen(before) : NULL;
    return end ? g_strndup(start, (gsize)(end - start)) : g_strdup("");
}

static const struct {
    const char *what; /* N_() */
    const char *before, *after;
    enum {
        A_NAME,
        A_VERSION,
        A_TEXT
    } kind; /* a text is long: that it differs is told */
} compared[] = {
    { N_("host UUID"), "<uuid>", "</uuid>", A_NAME },
    { N_("libvirt version"), " libvirtVersion='", "'", A_VERSION },
    { N_("hypervisor version"), " hypervisorVersion='", "'", A_VERSION },
    { N_("capabilities"), "<capabilities>", "</capabilities>", A_TEXT },
};

/* What is told of the offer. */
typedef struct {
    const char *file;
    char *damage;           /* why it can't be read; NULL: it can */
    gint64 age;             /* seconds */
    char *stale;            /* why the hook would not go by it; NULL: it would */
    char *unasked;          /* why the host could not be asked; NULL: it was */
    GPtrArray *differences; /* Difference * */
} OfferStatus;

static void
offer_status_clear(OfferStatus *status)
{
    g_free(status->damage);
    g_free(status->stale);
    g_free(status->unasked);
    g_clear_pointer(&status->differences, g_ptr_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(OfferStatus, offer_status_clear)

typedef struct {
    const char *what;  /* not translated */
    char *saved, *now; /* NULL: long */
} Difference;

static void
free_difference(void *opaque)
{
    Difference *difference = opaque;

    g_free(difference->saved);
    g_free(difference->now);
    g_free(difference);
}

/* 7002022 → "7.2.22"; NULL: long */
static char *
readable(const char *text, int kind)
{
    guint64 version = 0;

    if (kind == A_TEXT)
        return NULL;
    if (kind == A_NAME || !g_ascii_string_to_unsigned(text, 10, 1, G_MAXUINT64, &version, NULL))
        return g_strdup(text);
    return g_strdup_printf("%" G_GUINT64_FORMAT ".%" G_GUINT64_FORMAT ".%" G_GUINT64_FORMAT,
                           version / 1000000, version / 1000 % 1000, version % 1000);
}

static void
compare(OfferStatus *status, const char *saved, const char *now)
{
    for (size_t i = 0; i < G_N_ELEMENTS(compared); i++) {
        g_autofree char *old = between(saved, compared[i].before, compared[i].after);
        g_autofree char *new = between(now, compared[i].before, compared[i].after);
        Difference *difference = NULL;

        if (g_str_equal(old, new))
            continue;
        difference = g_new0(Difference, 1);
        difference->what = compared[i].what;
        difference->saved = readable(old, compared[i].kind);
        difference->now = readable(new, compared[i].kind);
        g_ptr_array_add(status->differences, difference);
    }
}

static char *
ask_host(const CliOptions *options, GError **error)
{
    CLI_AUTO_CONN conn = cli_connect(options, error);
    g_autoptr(VmcDocument) document = NULL;

    if (conn)
        document = vmc_document_from_host(conn, VMC_HOST_OFFER, NULL, 0, -1, cli_progress, NULL,
                                          NULL, error);
    return document ? vmc_document_to_text(document, VMC_FORMAT_XML, error) : NULL;
}

static char *
read_offer(const char *file, GError **error)
{
    g_autoptr(VmcDocument) document = cli_read_document(file, error);

    return document ? vmc_document_to_text(document, VMC_FORMAT_XML, error) : NULL;
}

/* The judge decides what it goes by.  NULL: it would go by the offer, or it can't be
 * asked. */
static char *
ask_judge(const char *file)
{
    g_autofree char *hook = cli_hook_program(cli_hook_point_at(0));
    g_autofree char *folder = g_path_get_dirname(hook);
    g_autofree char *judge = g_build_filename(folder, "vmcompat-judge", NULL);
    const char *const argv[] = { judge, "--check-offer", "--offer", file, NULL };
    g_autofree char *said = NULL;
    int status = 0;

    if (!g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_STDOUT_TO_DEV_NULL, NULL, NULL, NULL,
                      &said, &status, NULL) ||
        g_spawn_check_wait_status(status, NULL))
        return NULL;
    return g_strdup(g_strstrip(said));
}

static void
find_offer(const CliOptions *options, OfferStatus *status)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *saved = NULL;
    g_autofree char *made = NULL;
    g_autofree char *now = NULL;

    status->file = options->offer ? options->offer : DEFAULT_OFFER;
    status->differences = g_ptr_array_new_with_free_func(free_difference);
    saved = read_offer(status->file, &error);
    if (!saved) {
        status->damage = g_strdup(error->message);
        return;
    }
    made = between(saved, " time='", "'");
    status->age = (gint64)time(NULL) - g_ascii_strtoll(made, NULL, 10);
    status->stale = ask_judge(status->file);
    now = ask_host(options, &error);
    if (now)
        compare(status, saved, now);
    else
        status->unasked = g_strdup(error->message);
}

static gboolean
is_offer_good(const OfferStatus *status)
{
    return !status->damage && !status->stale && !status->unasked && status->differences->len == 0;
}

static void
print_differences(const OfferStatus *status)
{
    for (size_t i = 0; i < status->differences->len; i++) {
        const Difference *difference = status->differences->pdata[i];

        if (!difference->saved)
            printf(_("  differs:    %s\n"), _(difference->what));
        else
            printf(_("  differs:    %1$s, '%2$s' then, '%3$s' now\n"), _(difference->what),
                   difference->saved, difference->now);
    }
    printf("%s", status->differences->len == 0 ? _("  matches the host\n")
                                               : _("  does not match the host any more\n"));
}

static void
print_offer(const OfferStatus *status)
{
    printf(_("offer:        %s\n"), status->file);
    if (status->damage) {
        printf(_("  can't be used: %s\n"), status->damage);
        return;
    }
    printf(_("  age:        %1$" G_GINT64_FORMAT " h %2$" G_GINT64_FORMAT " min\n"),
           status->age / 3600, status->age / 60 % 60);
    if (status->stale)
        printf(_("  the hook does not go by it: %s\n"), status->stale);
    if (status->unasked)
        printf(_("  can't be compared with the host: %s\n"), status->unasked);
    else
        print_differences(status);
}

/* ---- the hook ------------------------------------------------------------------------- */

/* When the daemon was started, as far as its PID file tells; 0: not running. */
static gint64
daemon_start(void)
{
    const char *named = g_getenv("VMCOMPAT_DAEMON_PID_FILE"); /* for tests */
    const char *const files[] = { named ? named : "/run/virtqemud.pid", "/run/libvirtd.pid" };

    for (size_t i = 0; i < (named ? 1 : G_N_ELEMENTS(files)); i++) {
        g_autofree char *text = NULL;
        g_autofree char *process = NULL;
        struct stat info;

        if (!g_file_get_contents(files[i], &text, NULL, NULL))
            continue;
        process = g_build_filename("/proc", g_strstrip(text), NULL);
        if (stat(process, &info) == 0 && stat(files[i], &info) == 0)
            return info.st_mtim.tv_sec;
    }
    return 0;
}

/* What is told of libvirt's hook. */
typedef struct {
    char *link;
    CliHookState state;
    gboolean daemon; /* it runs, as far as is known */
    gboolean active; /* it knows of the hook */
} HookStatus;

static void
hook_status_clear(HookStatus *status)
{
    g_free(status->link);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(HookStatus, hook_status_clear)

static const char *const state_names[] = {
    [CLI_HOOK_ABSENT] = "absent",
    [CLI_HOOK_OURS] = "installed",
    [CLI_HOOK_FOREIGN] = "foreign",
};

static void
find_hook(const CliOptions *options, HookStatus *status)
{
    const CliHookPoint *point = cli_hook_point_at(0); /* libvirt's is the first */
    gint64 started = daemon_start();
    struct stat info;

    status->link = cli_hook_link(point, options);
    status->state = cli_hook_state(point, status->link);
    status->daemon = started != 0;
    status->active = status->state == CLI_HOOK_OURS && status->daemon &&
                     (cli_hook_has_others(status->link) ||
                      (lstat(status->link, &info) == 0 && info.st_ctim.tv_sec <= started));
}

static void
print_hook(const HookStatus *status)
{
    printf(_("hook:         %s\n"), status->link);
    if (status->state != CLI_HOOK_OURS) {
        printf("%s", status->state == CLI_HOOK_ABSENT
                         ? _("  not installed (vmcompat hook install)\n")
                         : _("  is not vmcompat's\n"));
        return;
    }
    printf(_("  installed\n"));
    if (!status->daemon)
        printf(_("  libvirt's daemon is not running, or leaves no PID file\n"));
    else if (status->active)
        printf(_("  active\n"));
    else
        printf(_("  newer than libvirt's daemon: active only if that was reloaded since\n"));
}

/* Those of other orchestrators: for information, where one of them is here. */
static void
print_others(void)
{
    static const char *const states[] = {
        [CLI_HOOK_ABSENT] = N_("not installed"),
        [CLI_HOOK_OURS] = N_("installed"),
        [CLI_HOOK_FOREIGN] = N_("not vmcompat's"),
    };
    const CliOptions defaults = { 0 };
    const CliHookPoint *point;

    for (size_t i = 1; (point = cli_hook_point_at(i)); i++) {
        g_autofree char *link = cli_hook_link(point, &defaults);

        if (g_file_test(point->folder, G_FILE_TEST_IS_DIR))
            printf("%-13s %s\n  %s\n", point->target, link, _(states[cli_hook_state(point, link)]));
    }
}

/* ---- JSON ------------------------------------------------------------------------------ */

/* @text NULL: null */
static void
add_string(JsonBuilder *builder, const char *name, const char *text)
{
    g_autofree char *valid = text ? g_utf8_make_valid(text, -1) : NULL;

    json_builder_set_member_name(builder, name);
    if (valid)
        json_builder_add_string_value(builder, valid);
    else
        json_builder_add_null_value(builder);
}

static void
add_bool(JsonBuilder *builder, const char *name, gboolean value)
{
    json_builder_set_member_name(builder, name);
    json_builder_add_boolean_value(builder, value);
}

static void
add_int(JsonBuilder *builder, const char *name, gint64 value)
{
    json_builder_set_member_name(builder, name);
    json_builder_add_int_value(builder, value);
}

static void
add_differences(JsonBuilder *builder, const OfferStatus *status)
{
    json_builder_set_member_name(builder, "differences");
    json_builder_begin_array(builder);
    for (size_t i = 0; i < status->differences->len; i++) {
        const Difference *difference = status->differences->pdata[i];

        json_builder_begin_object(builder);
        add_string(builder, "what", difference->what);
        add_string(builder, "saved", difference->saved);
        add_string(builder, "now", difference->now);
        json_builder_end_object(builder);
    }
    json_builder_end_array(builder);
}

static void
add_offer(JsonBuilder *builder, const OfferStatus *offer)
{
    json_builder_set_member_name(builder, "offer");
    json_builder_begin_object(builder);
    add_bool(builder, "usable", !offer->damage && !offer->stale);
    add_string(builder, "file", offer->file);
    add_string(builder, "why", offer->damage ? offer->damage : offer->stale);
    if (!offer->damage)
        add_int(builder, "age", offer->age);
    add_string(builder, "notCompared", offer->unasked);
    if (!offer->damage && !offer->unasked) {
        add_bool(builder, "matches", offer->differences->len == 0);
        add_differences(builder, offer);
    }
    json_builder_end_object(builder);
}

static void
add_hook(JsonBuilder *builder, const HookStatus *hook)
{
    json_builder_set_member_name(builder, "hook");
    json_builder_begin_object(builder);
    add_string(builder, "state", state_names[hook->state]);
    add_string(builder, "file", hook->link);
    add_bool(builder, "daemonRuns", hook->daemon);
    add_bool(builder, "active", hook->active);
    json_builder_end_object(builder);
}

static void
print_json(const OfferStatus *offer, const HookStatus *hook, gboolean ok)
{
    g_autoptr(JsonBuilder) builder = json_builder_new();
    g_autoptr(JsonNode) root = NULL;
    g_autofree char *text = NULL;

    json_builder_begin_object(builder);
    add_int(builder, "format", 1);
    add_bool(builder, "ok", ok);
    add_offer(builder, offer);
    add_hook(builder, hook);
    json_builder_end_object(builder);
    root = json_builder_get_root(builder);
    text = json_to_string(root, TRUE);
    printf("%s\n", text);
}

int
cli_status(CliOptions *options, GError **error)
{
    g_auto(OfferStatus) offer = { 0 };
    g_auto(HookStatus) hook = { 0 };
    VmcFormat format = VMC_FORMAT_TEXT;
    gboolean ok = FALSE;

    if (!cli_no_args(options, 0, error) || !cli_format(options, &format, error))
        return -1;
    if (format != VMC_FORMAT_TEXT && format != VMC_FORMAT_JSON) {
        g_set_error_literal(error, VMC_ERROR, VMC_ERROR_INVALID_ARGUMENT,
                            _("status has no such format (text, json)"));
        return -1;
    }
    find_offer(options, &offer);
    find_hook(options, &hook);
    ok = is_offer_good(&offer) && hook.state == CLI_HOOK_OURS;
    if (format == VMC_FORMAT_JSON) {
        print_json(&offer, &hook, ok);
    } else {
        print_offer(&offer);
        print_hook(&hook);
        print_others();
    }
    return ok ? 0 : EXIT_NO_VERDICT;
}
