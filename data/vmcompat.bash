# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# bash completion for vmcompat.  The program itself is asked what may follow: commands, options,
# values, rules, names of domains; nothing of it is known here.

# bash cuts words at ":" and "=", which URIs and --option=value have: puts them together again.
_vmcompat_line() { # sets words
    local line=${COMP_LINE:0:COMP_POINT} i
    words=()
    for ((i = 0; i <= COMP_CWORD; i++)); do
        if [[ $i = 0 || $line == [[:blank:]]* || ! $line ]]; then
            words+=("")
            line=${line#"${line%%[![:blank:]]*}"}
        fi
        words[${#words[@]} - 1]+=${COMP_WORDS[i]}
        line=${line#"${COMP_WORDS[i]}"}
    done
}

# What a program offers for the last of the words: its first line says what kind follows.
_vmcompat_offer() { # PROGRAM WORD…
    local kind='' word cur=${*: -1} cut
    cut=${cur%"${cur##*[:=]}"} # readline replaces only what is behind that
    while read -r word; do
        if [ -z "$kind" ]; then kind=$word; else COMPREPLY+=("${word#"$cut"}"); fi
    done < <("$1" complete -- "${@:2}" 2>/dev/null)
    cur=${cur##*[:=]}
    case $kind in
    parts) compopt -o nospace 2>/dev/null || true ;; # only where bash itself completes
    files)
        compopt -o filenames 2>/dev/null || true
        mapfile -t COMPREPLY < <(compgen -f -- "$cur")
        ;;
    folders)
        compopt -o filenames 2>/dev/null || true
        mapfile -t COMPREPLY < <(compgen -d -- "$cur")
        ;;
    esac
}

_vmcompat() {
    local words
    COMPREPLY=()
    _vmcompat_line
    _vmcompat_offer "$1" "${words[@]:1}"
}
complete -F _vmcompat vmcompat
