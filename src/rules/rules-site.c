/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What there is to say about programs of the site that gave no answer.  The
 * engine starts no programs and never runs this (no states): site/ does.  What the
 * programs themselves say has rules of their own: "site/NAME", "extcheck/NAME".
 */
#include "rules/rules.h"

const VmcRule vmc_rules_site[] = {
    {
        .id = "site-rule-failed",
        .severity = VMC_SEVERITY_UNKNOWN,
        .only_unknown = TRUE,
        .summary = N_("the site's own rules gave an answer"),
        .cause = N_("A program in a folder of site rules (vmcompat.conf(5)) crashed, did not end "
                    "in time, may not be trusted since others may change it, or said something "
                    "that is no answer. What it would have said is not known, and whoever put it "
                    "there wants it to be heard."),
        .remedy = N_("Run the program by hand and mend it, take it out of the folder, or waive it "
                     "(vmcompat check --ignore site/NAME)."),
    },
    { 0 },
};
