/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The blob: an envelope that notices damage of every kind before anybody reads
 * what is in it.  Byte layout, integers big-endian (vmcompat-document(5)):
 *
 *    0   8  magic "\x89VMC\r\n\x1a\n"
 *    8   2  format version, 1
 *   10   2  flags, 0
 *   12   8  length of the stored payload
 *   20   8  length of the original payload
 *   28  32  SHA-256 of bytes 0 to 27 followed by the original payload
 *   60  32  SHA-256 of the stored payload
 *   92      the stored payload: the original one as a zlib stream
 *
 * The second digest is what makes every byte of the stored payload count: many
 * different zlib streams inflate to the same bytes.  It also means that the
 * inflater sees only what a writer of blobs made.
 */
#include "document/document.h"
#include "model/error.h"

#include <string.h>
#include <zlib.h>

#define FORMAT_VERSION 1
#define DIGEST_SIZE 32
#define HASHED_HEADER 28
#define HEADER_SIZE (HASHED_HEADER + 2 * DIGEST_SIZE)
#define LEVEL 6 /* of zlib: part of "the same input gives the same bytes" */
#define ARMOR_BEGIN "-----BEGIN VMCOMPAT BLOB-----\n"
#define ARMOR_END "-----END VMCOMPAT BLOB-----\n"
#define ARMOR_COLUMNS 64
/* Stored payloads may be a little larger than the original, base64 4/3 of that. */
#define MAX_ARMOR ((size_t)VMC_MAX_DOCUMENT / 2 * 3)

static const guint8 MAGIC[8] = { 0x89, 'V', 'M', 'C', '\r', '\n', 0x1a, '\n' };

typedef struct {
    guint64 version, flags, stored, original;
    const guint8 *bytes; /* the header itself */
} Header;

static void
put_uint(GByteArray *out, guint64 value, unsigned int size)
{
    for (unsigned int i = size; i > 0; i--) {
        guint8 byte = (guint8)(value >> (8 * (i - 1)));
        g_byte_array_append(out, &byte, 1);
    }
}

static guint64
get_uint(const guint8 *bytes, unsigned int size)
{
    guint64 value = 0;

    for (unsigned int i = 0; i < size; i++)
        value = value << 8 | bytes[i];
    return value;
}

static void
sha256(const guint8 *first, size_t n_first, const guint8 *second, size_t n_second, guint8 *digest)
{
    g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
    gsize size = DIGEST_SIZE;

    g_checksum_update(sum, first, (gssize)n_first);
    g_checksum_update(sum, second, (gssize)n_second);
    g_checksum_get_digest(sum, digest, &size);
}

/* ---- deflate and inflate --------------------------------------------------- */

static GByteArray *
deflate_payload(const char *payload, size_t length, GError **error)
{
    uLongf size = compressBound(length);
    g_autoptr(GByteArray) out = g_byte_array_sized_new((guint)size);
    int status = compress2(out->data, &size, (const Bytef *)payload, length, LEVEL);

    if (status != Z_OK) {
        g_set_error(error, VMC_ERROR, VMC_ERROR_FAILED, _("can't compress: '%s'"), zError(status));
        return NULL;
    }
    return g_byte_array_set_size(g_steal_pointer(&out), (guint)size);
}

/* Stops at the declared length: what a bomb would grow to is never held. */
static GBytes *
inflate_payload(const guint8 *in, size_t n_in, guint64 declared, GError **error)
{
    g_autofree guint8 *out = g_try_malloc(declared + 1);
    uLongf size = (uLongf)declared + 1, n_read = n_in;

    if (!out || uncompress2(out, &size, in, &n_read) != Z_OK || size != declared ||
        n_read != n_in) {
        g_set_error(error, VMC_ERROR, VMC_ERROR_INVALID_ARGUMENT,
                    _("the blob is damaged: its payload does not inflate to the declared "
                      "%" G_GUINT64_FORMAT " bytes"),
                    declared);
        return NULL;
    }
    return g_bytes_new_take(g_steal_pointer(&out), declared);
}

/* ---- wrap -------------------------------------------------------------------- */

GBytes *
vmc_blob_wrap(const char *payload, size_t length, GError **error)
{
    g_autoptr(GByteArray) out = g_byte_array_new();
    g_autoptr(GByteArray) stored = NULL;
    guint8 digest[DIGEST_SIZE];

    if (length > VMC_MAX_DOCUMENT) {
        g_set_error(error, VMC_ERROR, VMC_ERROR_TOO_LARGE,
                    _("a blob holds at most %1$u bytes, not %2$zu"), VMC_MAX_DOCUMENT, length);
        return NULL;
    }
    stored = deflate_payload(payload, length, error);
    if (!stored)
        return NULL;
    g_byte_array_append(out, MAGIC, sizeof(MAGIC));
    put_uint(out, FORMAT_VERSION, 2);
    put_uint(out, 0, 2);
    put_uint(out, stored->len, 8);
    put_uint(out, length, 8);
    sha256(out->data, out->len, (const guint8 *)payload, length, digest);
    g_byte_array_append(out, digest, DIGEST_SIZE);
    sha256(stored->data, stored->len, NULL, 0, digest);
    g_byte_array_append(out, digest, DIGEST_SIZE);
    g_byte_array_append(out, stored->data, stored->len);
    return g_byte_array_free_to_bytes(g_steal_pointer(&out));
}

/* ---- unwrap ------------------------------------------------------------------ */

static gboolean
refuse(GError **error, VmcErrorCode code, const char *message)
{
    g_set_error_literal(error, VMC_ERROR, code, message);
    return FALSE;
}

/* Line ends translated, the high bit stripped, Latin-1 taken for UTF-8: what is
 * left of the magic tells. */
static gboolean
is_text_damaged(const guint8 *data, size_t size)
{
    for (size_t at = 0; at < 4 && at + 5 <= size; at++)
        if (memcmp(data + at, "VMC", 3) == 0)
            return (data[at + 3] == '\r' || data[at + 3] == '\n') &&
                   (at != 1 || size < sizeof(MAGIC) || memcmp(data, MAGIC, sizeof(MAGIC)) != 0);
    return FALSE;
}

/* Meant to be a blob, be it whole or not: damaged ones too get the messages of
 * vmc_blob_unwrap(). */
gboolean
vmc_blob_has_magic(GBytes *bytes)
{
    gsize size = 0;
    const guint8 *data = g_bytes_get_data(bytes, &size);

    if (size >= 4 && memcmp(data, MAGIC, MIN(size, sizeof(MAGIC))) == 0)
        return TRUE;
    return data && is_text_damaged(data, size);
}

static gboolean
check_magic(const guint8 *data, size_t size, GError **error)
{
    if (size > 0 && memcmp(data, MAGIC, MIN(size, sizeof(MAGIC))) == 0)
        return TRUE;
    if (size > 0 && is_text_damaged(data, size))
        return refuse(error, VMC_ERROR_INVALID_ARGUMENT,
                      _("the blob was damaged by a text-mode transfer; transfer it as binary, or "
                        "use the armored form"));
    return refuse(error, VMC_ERROR_BAD_DATA, _("not a vmcompat blob"));
}

static gboolean
check_version(const Header *header, GError **error)
{
    if (header->version > FORMAT_VERSION) {
        g_set_error(error, VMC_ERROR, VMC_ERROR_NEWER,
                    _("made by a newer vmcompat (blob format %" G_GUINT64_FORMAT
                      "); update vmcompat on this host"),
                    header->version);
        return FALSE;
    }
    if (header->version != FORMAT_VERSION)
        return refuse(error, VMC_ERROR_BAD_DATA, _("the blob has no valid format version"));
    if (header->flags != 0)
        return refuse(error, VMC_ERROR_BAD_DATA,
                      _("the blob has flags set that this vmcompat does not know"));
    return TRUE;
}

static gboolean
check_lengths(const Header *header, size_t size, guint max, GError **error)
{
    size_t stored = size - HEADER_SIZE;

    if (header->original > max) {
        g_set_error(error, VMC_ERROR, VMC_ERROR_TOO_LARGE,
                    _("the blob declares a payload of %1$" G_GUINT64_FORMAT
                      " bytes; at most %2$u are read"),
                    header->original, max);
        return FALSE;
    }
    if (header->stored > stored) {
        g_set_error(
            error, VMC_ERROR, VMC_ERROR_INVALID_ARGUMENT,
            _("the blob is truncated: its payload has %1$zu of %2$" G_GUINT64_FORMAT " bytes"),
            stored, header->stored);
        return FALSE;
    }
    if (header->stored < stored) {
        g_set_error(error, VMC_ERROR, VMC_ERROR_INVALID_ARGUMENT,
                    _("the blob is damaged: %" G_GUINT64_FORMAT " bytes follow its end"),
                    (guint64)stored - header->stored);
        return FALSE;
    }
    return TRUE;
}

static gboolean
read_header(const guint8 *data, size_t size, guint max, Header *header, GError **error)
{
    if (!check_magic(data, size, error))
        return FALSE;
    if (size < HEADER_SIZE) {
        g_set_error(error, VMC_ERROR, VMC_ERROR_INVALID_ARGUMENT,
                    _("the blob is truncated: its header has %1$zu of %2$d bytes"), size,
                    HEADER_SIZE);
        return FALSE;
    }
    *header = (Header){
        .version = get_uint(data + 8, 2),
        .flags = get_uint(data + 10, 2),
        .stored = get_uint(data + 12, 8),
        .original = get_uint(data + 20, 8),
        .bytes = data,
    };
    return check_version(header, error) && check_lengths(header, size, max, error);
}

GBytes *
vmc_blob_unwrap(GBytes *blob, GError **error)
{
    return vmc_blob_unwrap_small(blob, VMC_MAX_DOCUMENT, error);
}

GBytes *
vmc_blob_unwrap_small(GBytes *blob, guint max, GError **error)
{
    gsize size = 0;
    const guint8 *data = g_bytes_get_data(blob, &size);
    g_autoptr(GBytes) payload = NULL;
    guint8 digest[DIGEST_SIZE];
    Header header;

    if (!read_header(data, size, max, &header, error))
        return NULL;
    sha256(data + HEADER_SIZE, header.stored, NULL, 0, digest);
    if (memcmp(digest, data + HASHED_HEADER + DIGEST_SIZE, DIGEST_SIZE) != 0) {
        refuse(error, VMC_ERROR_INVALID_ARGUMENT,
               _("the blob is damaged: the digest of its stored payload does not match"));
        return NULL;
    }
    payload = inflate_payload(data + HEADER_SIZE, header.stored, header.original, error);
    if (!payload)
        return NULL;
    sha256(data, HASHED_HEADER, g_bytes_get_data(payload, NULL), header.original, digest);
    if (memcmp(digest, data + HASHED_HEADER, DIGEST_SIZE) != 0) {
        refuse(error, VMC_ERROR_INVALID_ARGUMENT,
               _("the blob is damaged: the digest of its header and payload does not match"));
        return NULL;
    }
    return g_steal_pointer(&payload);
}

/* ---- armor ------------------------------------------------------------------- */

char *
vmc_blob_armor(GBytes *blob)
{
    g_autoptr(GString) out = g_string_new(ARMOR_BEGIN);
    gsize size = 0;
    const guint8 *data = g_bytes_get_data(blob, &size);
    g_autofree char *base64 = g_base64_encode(data, size);
    size_t length = strlen(base64);

    for (size_t at = 0; at < length; at += ARMOR_COLUMNS) {
        g_string_append_len(out, base64 + at, (gssize)MIN(ARMOR_COLUMNS, length - at));
        g_string_append_c(out, '\n');
    }
    g_string_append(out, ARMOR_END);
    return g_string_free(g_steal_pointer(&out), FALSE);
}

/* LF line ends, with one at the end. */
static char *
unix_lines(const char *text, size_t length)
{
    g_autoptr(GString) out = g_string_sized_new(length + 1);

    for (size_t i = 0; i < length; i++)
        if (text[i] != '\r' || i + 1 == length || text[i + 1] != '\n')
            g_string_append_c(out, text[i]);
    if (out->len == 0 || out->str[out->len - 1] != '\n')
        g_string_append_c(out, '\n');
    return g_string_free(g_steal_pointer(&out), FALSE);
}

/* GLib's decoder passes over what is no base64; that armoring again gives the
 * same text is what refuses it. */
GBytes *
vmc_blob_dearmor(const char *text, size_t length, GError **error)
{
    g_autofree char *lines = NULL, *body = NULL, *again = NULL;
    g_autoptr(GBytes) blob = NULL;
    guint8 *decoded = NULL;
    gsize size = 0;

    if (length > MAX_ARMOR) {
        refuse(error, VMC_ERROR_TOO_LARGE, _("the armored blob is too large"));
        return NULL;
    }
    if (memchr(text, '\0', length) == NULL)
        lines = unix_lines(text, length);
    if (!lines || !g_str_has_prefix(lines, ARMOR_BEGIN)) {
        refuse(error, VMC_ERROR_BAD_DATA, _("not an armored vmcompat blob"));
        return NULL;
    }
    if (!g_str_has_suffix(lines, "\n" ARMOR_END)) {
        refuse(error, VMC_ERROR_INVALID_ARGUMENT,
               _("the armored blob is truncated or something follows it: its last line is not "
                 "'-----END VMCOMPAT BLOB-----'"));
        return NULL;
    }
    body = g_strndup(lines + strlen(ARMOR_BEGIN),
                     strlen(lines) - strlen(ARMOR_BEGIN) - strlen(ARMOR_END));
    decoded = g_base64_decode(body, &size);
    blob = g_bytes_new_take(decoded, size);
    again = vmc_blob_armor(blob);
    if (strcmp(again, lines) != 0) {
        refuse(error, VMC_ERROR_INVALID_ARGUMENT,
               _("the armored blob is damaged: it is not base64 in lines of 64 columns"));
        return NULL;
    }
    return g_steal_pointer(&blob);
}
