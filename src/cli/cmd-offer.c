/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * vmcompat offer: what this host has.
 */
#include "cli/cli.h"

static GPtrArray *
read_questions(char **files, GError **error)
{
    g_autoptr(GPtrArray) documents = NULL;

    documents = g_ptr_array_new_with_free_func((GDestroyNotify)vmc_document_unref);
    for (char **file = files; file && *file; file++) {
        VmcDocument *document = cli_read_document(*file, error);

        if (!document)
            return NULL;
        g_ptr_array_add(documents, document);
    }
    return g_steal_pointer(&documents);
}

static VmcDocument *
offer_from_connection(const CliOptions *options, GError **error)
{
    g_autoptr(GPtrArray) questions = read_questions(options->question_files, error);
    CLI_AUTO_CONN conn = NULL;
    int local_files = -1;

    if (!questions || !cli_local_files(options, &local_files, error))
        return NULL;
    conn = cli_connect(options, error);
    if (!conn)
        return NULL;
    return vmc_document_from_host(conn,
                                  VMC_HOST_OFFER | (options->cpu_models ? VMC_HOST_CPU_MODELS : 0),
                                  (VmcDocument *const *)questions->pdata, questions->len,
                                  local_files, cli_progress, NULL, NULL, error);
}

int
cli_offer(CliOptions *options, GError **error)
{
    g_autoptr(VmcDocument) document = NULL;
    g_autofree char *text = NULL;

    if (!cli_no_args(options, 0, error))
        return -1;
    if (options->facts)
        document = cli_read_facts(options, NULL, error);
    else
        document = offer_from_connection(options, error);
    if (!document)
        return -1;
    text = vmc_document_to_text(document, VMC_FORMAT_XML, error);
    return text && cli_write(options->output, text, strlen(text), error) ? 0 : -1;
}
