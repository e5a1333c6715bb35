#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# All that can be judged without a build: layers, banned calls, length of functions,
# form of the files, and the scripts themselves.  Prints what is wrong; 0: nothing.

set -u
shopt -s lastpipe # so that report can set 'failed' at the end of a pipe
cd "$(dirname "$0")/.." || exit 99
failed=0

report() { # TITLE: complains with the lines of stdin, if there are any
    local found
    found=$(cat)
    [ -n "$found" ] || return 0
    printf '%s:\n%s\n' "$1" "$found" | sed '2,$s/^/    /' >&2
    failed=1
}

files() { # our own text files, NUL after each
    if [ -e .git ] && command -v git >/dev/null; then
        git ls-files -z --cached --others --exclude-standard
    else
        find . -name '_build*' -prune -o -type f -print0 | sed -z 's|^\./||'
    fi | grep -zvE '^(tests/.*data/|tests/fuzz/corpus/|po/.*\.(po|pot)$|COPYING$|_build)|\.(blob|gz|xz|png)$' |
        while IFS= read -r -d '' file; do
            [ -f "$file" ] && [ ! -L "$file" ] && printf '%s\0' "$file"
        done
}

sources() { files | grep -zE '\.[ch]$'; }
library() { files | grep -zE '^src/[^/]*/[^/]*\.[ch]$' | grep -zvE '^src/(cli|hooks)/'; }

bash tests/test-layers.sh || failed=1

# Two blanks of C: what stands in comments and strings is not code.
code() { # FILE: the same lines, comments and the insides of strings left out
    perl -0pe 's{(/\*.*?\*/)|("(?:\\.|[^"\\])*")|(//[^\n]*)}
                {defined $2 ? "\"\"" : ($1 // $3) =~ s/[^\n]//gr}gesx' "$1"
}

each() { # REGEX, file names on stdin: FILE:LINE:TEXT of code that matches
    local file
    while IFS= read -r -d '' file; do
        code "$file" | grep -nP "$1" | sed "s|^|$file:|"
    done
}

files | grep -zE '^src/.*\.[ch]$' |
    each '(?<![\w>.])(strcpy|strcat|sprintf|vsprintf|gets|atoi|atol|strtol|strtoul|strtok|malloc|calloc|realloc|system|popen|alloca|g_error_free|g_alloca)\s*\(' |
    report "banned calls (use GLib's; g_autofree, g_clear_error)"
# libvirt hands out arrays that are free()'s; so nobody else has any.
files | grep -zE '^src/.*\.[ch]$' | grep -zvE '^src/collect/' | each '(?<![\w>.])free\s*\(' |
    report "free() is for src/collect only"
files | grep -zE '^src/.*\.[ch]$' | each '\bgoto\b' | report "no goto"
library |
    each '(?<![\w>.])(printf|fprintf|vprintf|puts|putchar|perror|g_print|g_printerr|g_warning|g_critical|g_message|g_error|exit|_exit|abort|setlocale|chdir|putenv|setenv|g_setenv)\s*\(' |
    report "library code never prints, exits, nor changes the process"
# The public functions; all else asserts.
sources | grep -zvE '^src/(lib|report)/' | each '\bg_return_(val_)?if_(fail|reached)\b' |
    report "g_return_if_fail is for public functions (src/lib, src/report)"
files | grep -zE '^src/derive/xml\.c$' -v | grep -zE '^src/.*\.[ch]$' |
    each '\b(xmlReadFile|xmlParseFile|xmlReadMemory|xmlParseMemory|XML_PARSE_(NOENT|HUGE|DTDLOAD|XINCLUDE))\b' |
    report "XML is parsed by src/derive/xml.c only"
files | grep -zE '^src/.*\.[ch]$' | each 'VIR_DOMAIN_XML_SECURE' |
    report "secrets are never collected"

# A body is what stands between braces in column 0.
sources | xargs -0r awk '
    FNR == 1 { start = 0 }
    /^\{/ { start = FNR }
    /^\}/ { if (start && FNR - start - 1 > 60)
                printf "%s:%d: %d lines\n", FILENAME, start, FNR - start - 1
            start = 0 }' | report "functions of more than 60 lines"

files | grep -zE '\.(c|h|cpp|sh|am|ac|pod|m4|rng|py|in)$|^(setup|\.ci/run)$' |
    xargs -0r grep -nE '[[:blank:]]+$' | report "white space at the end of a line"
sources | xargs -0r grep -nP '\t' | report "tabs in C"
# A message stands on one line, however long it is.
sources | xargs -0r perl -CSD -ne 'chomp; printf "%s:%d: %d columns\n", $ARGV, $., length
    if length > 100 && !/"[^"]{40}/; close ARGV if eof' | report "lines over 100 columns"
files | grep -zE '\.(c|h|cpp|sh)$|^(setup|\.ci/run)$' | xargs -0r grep -L 'SPDX-License-Identifier: LGPL-2.1-or-later' |
    report "no SPDX line"
files | xargs -0r grep -lP '\r$' 2>/dev/null | report "lines that end in CR LF"

# Every file with messages is in the catalogue.
if [ -f po/POTFILES.in ]; then
    files | grep -zE '^src/.*\.c$' | xargs -0r grep -lE '\bN?_\("' | sort |
        comm -23 - <(grep -v '^#' po/POTFILES.in | sort) | report "missing in po/POTFILES.in"
    grep -v '^#' po/POTFILES.in | while read -r file; do
        [ -z "$file" ] || [ -f "$file" ] || echo "$file"
    done | report "in po/POTFILES.in, but not there"
fi

if command -v shellcheck >/dev/null; then
    files | grep -zE '\.sh$|^(setup|\.ci/run|data/vmcompat\.bash|data/hooks/.*\.in)$' |
        grep -zv 'hooks/vdsm-get-caps' | # in Python
        xargs -0r shellcheck -x -S warning --format=gcc | report "shellcheck"
else
    echo "lint: no shellcheck here, scripts not checked" >&2
fi
if command -v podchecker >/dev/null; then
    files | grep -zE '\.pod$' | while IFS= read -r -d '' file; do
        podchecker -warnings "$file" 2>&1 | grep -vE 'syntax OK|collapsing newlines|line containing nothing but whitespace'
    done | report "podchecker"
fi

[ $failed = 0 ] && echo "lint: clean"
exit $failed
