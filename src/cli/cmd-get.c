/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * vmcompat get: the compatibility information of a domain or of a host.
 */
#include "cli/cli.h"

#include <unistd.h>

static VmcDocument *
get_from_xml(const char *file, GError **error)
{
    g_autoptr(GBytes) bytes = cli_read(file, error);
    g_autofree char *text = NULL;
    VmcDocument *document = NULL;
    size_t size = 0;
    const char *data;

    if (!bytes)
        return NULL;
    data = g_bytes_get_data(bytes, &size);
    if (memchr(data ? data : "", '\0', size)) {
        g_set_error(error, VMC_ERROR, VMC_ERROR_BAD_DATA, _("'%s' is no XML text"), file);
        return NULL;
    }
    text = g_strndup(data, size);
    /* The CPU models it names are libvirt's to expand. */
    cli_watch();
    document = vmc_document_from_domain_xml(text, 0, error);
    if (!document)
        g_prefix_error(error, "%s: ", file);
    return document;
}

/* With --connect that libvirt reads the image; without, we do. */
static VmcDocument *
get_from_image(const CliOptions *options, GError **error)
{
    CLI_AUTO_CONN conn = NULL;

    if (options->connect && !(conn = cli_connect(options, error)))
        return NULL;
    cli_watch();
    return vmc_document_from_saved_image(conn, options->image, 0, error);
}

static VmcDocument *
get_from_host(virConnectPtr conn, const CliOptions *options, GError **error)
{
    g_auto(GStrv) skipped = NULL;
    VmcDocument *document = NULL;
    int local_files = -1;

    if (!cli_local_files(options, &local_files, error))
        return NULL;
    document = vmc_document_from_host(conn, VMC_HOST_OFFER | VMC_HOST_DOMAINS, NULL, 0, local_files,
                                      cli_progress, NULL, &skipped, error);
    for (char **line = skipped; document && line && *line; line++)
        g_printerr(_("vmcompat: skipped %s\n"), *line);
    return document;
}

static GBytes *
get_from_connection(const CliOptions *options,
                    const char *domain,
                    unsigned int flags,
                    GError **error)
{
    CLI_AUTO_CONN conn = cli_connect(options, error);
    g_autoptr(VmcDocument) host = NULL;
    GBytes *blob = NULL;

    if (!conn)
        return NULL;
    if (!options->host) {
        vmc_get_system_compatibility_info(conn, domain, flags, &blob, error);
        return blob;
    }
    host = get_from_host(conn, options, error);
    return host ? vmc_document_to_blob(host, flags, error) : NULL;
}

static GBytes *
get_blob(const CliOptions *options, unsigned int flags, GError **error)
{
    const char *domain = options->args ? options->args[0] : NULL;
    g_autoptr(VmcDocument) document = NULL;

    if ((domain != NULL) + options->host + (options->xml != NULL) + (options->image != NULL) != 1) {
        g_set_error_literal(error, VMC_ERROR, VMC_ERROR_INVALID_ARGUMENT,
                            _("exactly one of DOMAIN, --host, --xml and --image is needed"));
        return NULL;
    }
    if (!options->xml && !options->image && !options->facts)
        return get_from_connection(options, domain, flags, error);
    if (options->xml)
        document = get_from_xml(options->xml, error);
    else if (options->image)
        document = get_from_image(options, error);
    else
        document = cli_read_facts(options, domain, error);
    return document ? vmc_document_to_blob(document, flags, error) : NULL;
}

int
cli_get(CliOptions *options, GError **error)
{
    gboolean to_terminal = !options->output && isatty(STDOUT_FILENO);
    /* A terminal would take the bytes for commands. */
    unsigned int flags = options->armor || to_terminal ? VMC_BLOB_ARMOR : 0;
    g_autoptr(GBytes) blob = NULL;
    size_t size = 0;
    const void *data;

    if (!cli_no_args(options, 1, error))
        return -1;
    blob = get_blob(options, flags, error);
    if (!blob)
        return -1;
    data = g_bytes_get_data(blob, &size);
    return cli_write(options->output, data, size, error) ? 0 : -1;
}
