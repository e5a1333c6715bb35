/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Reading and writing for the command, and the values of its options.
 */
#include "cli/cli.h"
#include "model/age.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* An armored blob of the largest document is larger than it by a third; what
 * is longer than this can be none. */
#define INPUT_CAP (96u * 1024 * 1024)

static void
set_open_error(GError **error, const char *file)
{
    g_set_error(error, VMC_ERROR, VMC_ERROR_INVALID_ARGUMENT, _("can't open '%1$s': %2$s"), file,
                g_strerror(errno));
}

#define PIECE 8192u

/* A file is read at once. */
static guint
first_piece(int fd)
{
    struct stat st;

    return fstat(fd, &st) == 0 && st.st_size <= INPUT_CAP ? MAX((guint)st.st_size, PIECE) : PIECE;
}

static GBytes *
read_stream(int fd, const char *name, GError **error)
{
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    guint piece = first_piece(fd);

    for (;; piece = PIECE) {
        guint length = bytes->len;
        ssize_t got = 0;

        g_byte_array_set_size(bytes, length + piece);
        got = TEMP_FAILURE_RETRY(read(fd, bytes->data + length, piece));
        g_byte_array_set_size(bytes, length + (guint)MAX(got, 0));
        if (got < 0) {
            g_set_error(error, VMC_ERROR, VMC_ERROR_INVALID_ARGUMENT, _("can't read '%1$s': %2$s"),
                        name, g_strerror(errno));
            return NULL;
        }
        if (got == 0)
            return g_byte_array_free_to_bytes(g_steal_pointer(&bytes));
        if (bytes->len > INPUT_CAP) {
            g_set_error(error, VMC_ERROR, VMC_ERROR_TOO_LARGE,
                        _("'%1$s' is larger than any blob may be (%2$u MiB)"), name,
                        INPUT_CAP / 1024 / 1024);
            return NULL;
        }
    }
}

GBytes *
cli_read(const char *file, GError **error)
{
    GBytes *bytes = NULL;
    int fd;

    if (g_str_equal(file, "-"))
        return read_stream(STDIN_FILENO, _("standard input"), error);
    fd = open(file, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        set_open_error(error, file);
        return NULL;
    }
    bytes = read_stream(fd, file, error);
    close(fd);
    return bytes;
}

/* Until the process ends, which gives all back at once: taking apart what stands in a
 * document takes as long as judging it. */
static void
keep(VmcDocument *document)
{
    static GPtrArray *kept;

    if (!kept)
        kept = g_ptr_array_new();
    g_ptr_array_add(kept, vmc_document_ref(document));
}

VmcDocument *
cli_read_document(const char *file, GError **error)
{
    g_autoptr(GBytes) bytes = cli_read(file, error);
    VmcDocument *document = NULL;

    if (!bytes)
        return NULL;
    document = vmc_document_from_bytes(bytes, 0, error);
    if (document)
        keep(document);
    else
        g_prefix_error(error, "%s: ", file);
    return document;
}

VmcDocument *
cli_read_facts(const CliOptions *options, const char *domain, GError **error)
{
    /* What they lack, libvirt's in-process driver may know. */
    cli_watch();
    return vmc_document_from_folder(options->facts, domain, 0, error);
}

static void (*inherited)(int); /* what a broken pipe would do to us */

void
cli_ignore_broken_pipes(void)
{
    inherited = signal(SIGPIPE, SIG_IGN);
}

/* FALSE.  If whoever reads our output has had enough ("| head"), we end without a word, as
 * others do. */
static gboolean
write_failed(const FILE *stream, const char *name, GError **error)
{
    if (errno == EPIPE && stream == stdout && inherited != SIG_IGN) {
        signal(SIGPIPE, SIG_DFL);
        raise(SIGPIPE);
    }
    g_set_error(error, VMC_ERROR, VMC_ERROR_FAILED, _("can't write '%1$s': %2$s"), name,
                g_strerror(errno));
    return FALSE;
}

/* Whoever reads a pipe may take his time. */
static gboolean
write_stream(FILE *stream, const char *name, const char *data, size_t length, GError **error)
{
    gboolean ok = FALSE;
    int why = 0;

    cli_watch_pause(TRUE);
    ok = fwrite(data, 1, length, stream) == length && fflush(stream) == 0;
    why = errno;
    cli_watch_pause(FALSE);
    errno = why;
    return ok || write_failed(stream, name, error);
}

gboolean
cli_flush(GError **error)
{
    if (!ferror(stdout))
        return write_stream(stdout, _("standard output"), "", 0, error);
    errno = EIO; /* some print failed; how, nobody noted */
    return write_failed(stdout, _("standard output"), error);
}

static gboolean
write_special(const char *file, const char *data, size_t length, GError **error)
{
    FILE *stream = fopen(file, "we");
    gboolean ok;

    if (!stream) {
        set_open_error(error, file);
        return FALSE;
    }
    ok = write_stream(stream, file, data, length, error);
    fclose(stream);
    return ok;
}

gboolean
cli_write(const char *file, const char *data, size_t length, GError **error)
{
    g_autoptr(GError) why = NULL;
    struct stat info;

    if (!file || g_str_equal(file, "-"))
        return write_stream(stdout, _("standard output"), data, length, error);
    if (stat(file, &info) == 0 && !S_ISREG(info.st_mode))
        return write_special(file, data, length, error);
    if (g_file_set_contents_full(file, data, (gssize)length,
                                 G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE, 0644,
                                 &why))
        return TRUE;
    g_set_error(error, VMC_ERROR, VMC_ERROR_INVALID_ARGUMENT, "%s", why->message);
    return FALSE;
}

gboolean
cli_format(const CliOptions *options, VmcFormat *ret_format, GError **error)
{
    static const char *const names[] = {
        [VMC_FORMAT_TEXT] = "text",
        [VMC_FORMAT_JSON] = "json",
        [VMC_FORMAT_XML] = "xml",
        [VMC_FORMAT_CIM] = "cim",
    };

    *ret_format = VMC_FORMAT_TEXT;
    for (size_t i = 0; options->format && i < G_N_ELEMENTS(names); i++) {
        if (g_str_equal(names[i], options->format)) {
            *ret_format = (VmcFormat)i;
            return TRUE;
        }
    }
    if (!options->format)
        return TRUE;
    g_set_error(error, VMC_ERROR, VMC_ERROR_INVALID_ARGUMENT,
                _("no format is named '%s' (text, json, xml, cim)"), options->format);
    return FALSE;
}

gboolean
cli_local_files(const CliOptions *options, int *ret_value, GError **error)
{
    *ret_value = -1;
    if (!options->local_files)
        return TRUE;
    if (g_str_equal(options->local_files, "yes") || g_str_equal(options->local_files, "no")) {
        *ret_value = g_str_equal(options->local_files, "yes");
        return TRUE;
    }
    g_set_error(error, VMC_ERROR, VMC_ERROR_INVALID_ARGUMENT,
                _("--local-files takes yes or no, not '%s'"), options->local_files);
    return FALSE;
}

static gboolean
terminal_wants_color(void)
{
    const char *term = g_getenv("TERM");
    const char *no_color = g_getenv("NO_COLOR");

    return isatty(STDOUT_FILENO) && (!no_color || !*no_color) && g_strcmp0(term, "dumb") != 0;
}

gboolean
cli_use_color(const CliOptions *options, GError **error, gboolean *ret_color)
{
    const char *color = options->color ? options->color : "auto";

    if (g_str_equal(color, "auto"))
        *ret_color = terminal_wants_color();
    else if (g_str_equal(color, "always") || g_str_equal(color, "never"))
        *ret_color = g_str_equal(color, "always");
    else {
        g_set_error(error, VMC_ERROR, VMC_ERROR_INVALID_ARGUMENT,
                    _("--color takes auto, always or never, not '%s'"), color);
        return FALSE;
    }
    return TRUE;
}

gboolean
cli_age(const char *text, guint64 *ret_seconds, GError **error)
{
    if (vmc_age_from_text(text, ret_seconds) && *ret_seconds > 0)
        return TRUE;
    g_set_error(error, VMC_ERROR, VMC_ERROR_INVALID_ARGUMENT,
                _("'%s' is no age (examples: 90, 15m, 12h, 2d)"), text);
    return FALSE;
}

gboolean
cli_no_args(const CliOptions *options, size_t most, GError **error)
{
    if (!options->args || g_strv_length(options->args) <= most)
        return TRUE;
    g_set_error(error, VMC_ERROR, VMC_ERROR_INVALID_ARGUMENT, _("unexpected argument '%s'"),
                options->args[most]);
    return FALSE;
}
