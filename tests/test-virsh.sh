#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# data/virsh-compat.sh before the real virsh, in bash and in zsh: what is not ours comes out as
# virsh alone would say it; what is ours, as vmcompat says it.

# shellcheck source=tests/functions.sh
. "$(dirname "$0")/functions.sh"
needs_program
requires virsh
unset VIRSH_DEFAULT_CONNECT_URI VIRSH_DEBUG
export PATH=${vmcompat%/*}:$PATH
uri=test:///default
guests=$top_srcdir/xml/examples
expect 0 "$vmcompat" get --xml "$guests/guest.xml" -o "$tmp/guest.vmc"
expect 0 "$vmcompat" get -c $uri test -o "$tmp/test.vmc"

in_shell() { # WORD…: virsh with these, as a user of $shell types it
    case $shell in
    bash) bash --norc --noprofile -c '. "$0"; virsh "$@"' "$top_srcdir/data/virsh-compat.sh" "$@" ;;
    # … with options that a user may have set
    bash-strict) bash --norc --noprofile -c 'set -euo pipefail; IFS=,; . "$0"; virsh "$@"' "$top_srcdir/data/virsh-compat.sh" "$@" ;;
    zsh) zsh -f -c '. "$0"; virsh "$@"' "$top_srcdir/data/virsh-compat.sh" "$@" ;;
    zsh-strict) zsh -f -c 'setopt nounset errexit; . "$0"; virsh "$@"' "$top_srcdir/data/virsh-compat.sh" "$@" ;;
    esac
}

untouched() { # WORD…: the same output, errors and status as of virsh alone; standard input: $input
    local alone=0 with=0
    printf '%s' "${input-}" | virsh "$@" >"$tmp/out1" 2>"$tmp/err1" || alone=$?
    printf '%s' "${input-}" | in_shell "$@" >"$tmp/out" 2>"$tmp/err" || with=$?
    [ "$alone" = "$with" ] || fail "$shell: status $with, not $alone: virsh $*"
    cmp -s "$tmp/out1" "$tmp/out" && cmp -s "$tmp/err1" "$tmp/err" && return
    fail "$shell: not what virsh says: virsh $*"
    show_last
}

same() { # STATUS VMCOMPAT-WORDS… -- VIRSH-WORDS…: ours, as vmcompat says it
    local wanted=$1 words=()
    shift
    while [ "$1" != -- ]; do words+=("$1") && shift; done
    shift
    "$vmcompat" "${words[@]}" >"$tmp/out1" 2>"$tmp/err1" </dev/null
    run in_shell "$@"
    [ "$status" = "$wanted" ] || { fail "$shell: status $status, not $wanted: virsh $*" && show_last; }
    cmp -s "$tmp/out1" "$tmp/out" || { fail "$shell: not what vmcompat ${words[*]} says: virsh $*" && show_last; }
}

refused() { # REGEX VIRSH-WORDS…: status 1 and an error as virsh's
    local wanted=$1
    shift
    run in_shell "$@"
    [ "$status" = 1 ] || fail "$shell: status $status, not 1: virsh $*"
    empty "$tmp/out"
    has "$tmp/err" "^error: $wanted"
}

pass_through() {
    local input=''
    untouched -c $uri list
    untouched -c $uri list --all --name
    untouched -qc $uri domid test
    untouched --connect=$uri -q domuuid test
    untouched --con $uri --readonly domstate test
    untouched -rc $uri domstate nobody
    untouched -c nosuch:///x list
    untouched -c
    untouched --nosuchoption
    untouched -v
    untouched --version=long
    untouched help list
    untouched help nosuch
    untouched nosuch
    untouched -c $uri 'list; nodeinfo'
    untouched -c $uri 'list; nosuch; nodeinfo'
    untouched -c $uri 'domstate nobody; domstate test'
    untouched -c $uri 'domstate test; domstate nobody'
    untouched -c $uri $'domstate test\n# a comment; domstate nobody\necho "a;b" c\\ d'
    untouched -c $uri "echo 'open"
    untouched -c $uri quit
    untouched -c $uri echo --shell 'a b' "c'd" '' '*' '\'
    # They name ours without being ours
    untouched -c $uri echo compat-check
    untouched -c $uri 'echo compat-check; list'
    untouched -c $uri 'echo "x; compat-rules"; list'
    untouched -c $uri $'list # compat-rules\n domid test'
    untouched -c $uri "echo 'compat-rules"
    untouched -c $uri compat-nosuch
    untouched -c $uri 'list; compat-nosuch test'
    untouched -c $uri domstate compat-check
    untouched -c compat-check list
    untouched -c $uri -h compat-check
    untouched --version compat-check
    untouched --nosuchoption compat-check
    # Standard input is virsh's own
    input=$'list --all\ndomstate test\n' untouched -c $uri
    input=$'domstate test; nosuch\necho a b\ndomstate nobody\n' untouched -q -c $uri
    input=$'list\nquit\nlist\n' untouched -c $uri
    input=$'compat-rules\n' untouched -c $uri
}

ours() {
    local blob=$tmp/blob
    run in_shell -c $uri compat-info test
    [ "$status" = 0 ] && "$vmcompat" show "$tmp/out" >/dev/null || fail "$shell: compat-info prints no blob"
    grep -qP '[^\x20-\x7e]' "$tmp/out" && fail "$shell: compat-info prints bytes"
    run in_shell --connect $uri compat-info --domain test --file "$blob"
    [ "$status" = 0 ] && "$vmcompat" show "$blob" >/dev/null || fail "$shell: compat-info --file"
    rm -f "$blob"
    run in_shell --connect=$uri -r compat-info --file="$blob" --domain=1
    [ "$status" = 0 ] && "$vmcompat" show "$blob" >/dev/null || fail "$shell: compat-info --file="
    run in_shell -c $uri compat-info test "$tmp/two words" --armor
    [ "$status" = 0 ] && "$vmcompat" show "$tmp/two words" >/dev/null || fail "$shell: a file by its place"
    run in_shell -c $uri compat-info --host --file "$blob"
    [ "$status" = 0 ] || fail "$shell: compat-info --host"
    same 2 check -c $uri "$tmp/test.vmc" -- -c $uri compat-check "$tmp/test.vmc"
    same 2 check -c $uri "$tmp/test.vmc" --format json -- -c $uri compat-check --file "$tmp/test.vmc" --format=json
    same 2 check -c $uri "$tmp/two words" --ignore same-host --verbose -- -c $uri compat-check --ignore same-host --verbose -- "$tmp/two words"
    same 2 check --offer "$blob" "$tmp/test.vmc" "$tmp/guest.vmc" -- -c $uri compat-check "$tmp/test.vmc" "$tmp/guest.vmc" --offer "$blob"
    same 2 check --as off -c $uri "$tmp/test.vmc" -- -qc$uri compat-check --as off --file="$tmp/test.vmc"
    same 2 gate -c $uri --domain test --destination $uri -- -c $uri compat-check --domain test --desturi $uri
    same 3 gate -c $uri --domain test --destination $uri --destination nosuch:///x -- -c $uri compat-check --desturi $uri --domain test --desturi nosuch:///x
    same 0 systems -c $uri -- -c $uri compat-systems
    same 0 systems -c $uri --format cim -- -c $uri compat-systems --format cim
    same 0 rules -- compat-rules
    same 0 rules same-host -- compat-rules same-host
    same 0 rules same-host --format json -- -c nosuch:///x compat-rules --rule same-host --format json
    VIRSH_DEFAULT_CONNECT_URI=$uri same 0 systems -c $uri -- compat-systems
    LIBVIRT_DEFAULT_URI=$uri same 0 systems -c $uri -- compat-systems
    refused "command 'compat-info' requires <domain> option" -c $uri compat-info
    refused "command 'compat-check' requires <file> option" -c $uri compat-check --domain test
    refused "command 'compat-info' doesn't support option --nosuch" -c $uri compat-info --nosuch
    refused "unexpected data 'more'" -c $uri compat-rules same-host more
    refused 'expected syntax: --format <string>' -c $uri compat-rules --format
    run in_shell -c $uri compat-check /nothing
    [ "$status" = 1 ] || fail "$shell: a blob that is not there: status $status"
    run in_shell -c nosuch:///x compat-systems
    [ "$status" = 1 ] || fail "$shell: a host that is not there: status $status"
    for command in info check systems rules; do
        run in_shell help compat-$command
        [ "$status" = 0 ] && has "$tmp/out" "compat-$command - " && has "$tmp/out" SYNOPSIS
        cp "$tmp/out" "$tmp/out1"
        run in_shell -c $uri compat-$command --help
        cmp -s "$tmp/out" "$tmp/out1" || fail "$shell: compat-$command --help"
    done
}

batches() {
    # Ours among virsh's: each in its turn, the last one's status
    run in_shell -q -c $uri "domid test; compat-rules same-host; domstate test"
    [ "$status" = 0 ] || fail "$shell: a batch: status $status"
    { virsh -q -c $uri domid test && "$vmcompat" rules same-host && virsh -q -c $uri domstate test; } >"$tmp/out1"
    cmp -s "$tmp/out" "$tmp/out1" || { fail "$shell: a batch with ours in it" && show_last; }
    run in_shell -q -c $uri "domstate test; compat-check '$tmp/two words'"
    [ "$status" = 2 ] || fail "$shell: a batch that ends in a refusal: status $status"
    has "$tmp/out" '^running' && has "$tmp/out" '^test: not compatible'
    run in_shell -q -c $uri $'compat-check "'"$tmp"$'/two\\ words"; domstate nobody'
    [ "$status" = 1 ] || fail "$shell: a batch that ends in a failure: status $status"
    run in_shell -q -c $uri $'compat-rules same-host\n\n domstate\\\n test # the end'
    [ "$status" = 0 ] && has "$tmp/out" '^running' || fail "$shell: lines"
    run in_shell -q -c $uri 'compat-rules same-host; quit; compat-systems'
    [ "$status" = 0 ] || fail "$shell: quit: status $status"
    "$vmcompat" rules same-host | cmp -s - "$tmp/out" || { fail "$shell: quit does not end a batch" && show_last; }
    run in_shell compat-rules
    [ "$status" = 0 ] || fail "$shell: a batch of one word"
}

offered() { # what completion offers behind virsh for the last WORD…
    local name=${shell%%-*}
    # shellcheck disable=SC2016
    "$name" "$([ $name = zsh ] && echo -f || echo --norc)" -c '. "$0"; _virsh_compat_offer "$@"' \
        "$top_srcdir/data/virsh-compat.sh" "$@" >"$tmp/out" 2>"$tmp/err" </dev/null
    empty "$tmp/err"
}

completion() {
    offered -c $uri compat && has "$tmp/out" '^compat-info$' && has "$tmp/out" '^compat-rules$'
    offered -c $uri compat-check --dest && has "$tmp/out" '^--desturi$'
    offered -c $uri compat-info te && has "$tmp/out" '^test$'
    offered -c $uri compat-info --domain te && has "$tmp/out" '^test$'
    offered -c $uri compat-check --domain te && has "$tmp/out" '^test$'
    offered -c $uri compat-check --desturi qemu+ && has "$tmp/out" '^qemu\+ssh://$'
    offered -c $uri compat-check --as s && has "$tmp/out" '^saved$'
    offered -c $uri compat-check --ignore same-host,cpu && has "$tmp/out" '^parts$' && has "$tmp/out" '^same-host,cpu-'
    offered -c $uri compat-check /x && has "$tmp/out" '^files$'
    offered compat-rules same-h && has "$tmp/out" '^same-host$'
    offered compat-systems --format c && has "$tmp/out" '^cim$'
}

for shell in bash bash-strict zsh zsh-strict; do
    command -v "${shell%%-*}" >/dev/null || { not_tried "no ${shell%%-*} here"; continue; }
    pass_through
    ours
    batches
done
for shell in bash zsh; do
    command -v $shell >/dev/null && completion
done

# In bash itself: the words that readline would put in
complete_line() { # LINE
    # shellcheck disable=SC2016
    bash --norc -c '
        . "$0"; COMP_LINE=$1 COMP_POINT=${#1}
        IFS=$'"' \t\n'"' read -r -a COMP_WORDS <<<"$(sed "s/[:=]\\+/ & /g" <<<"$1")"
        [ "${1% }" = "$1" ] || COMP_WORDS+=("")
        COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
        _virsh_compat_complete virsh; printf "%s\n" ${COMPREPLY[@]+"${COMPREPLY[@]}"}' \
        "$top_srcdir/data/virsh-compat.sh" "$1" >"$tmp/out" 2>"$tmp/err" </dev/null
    empty "$tmp/err"
}
complete_line "virsh -c $uri compat-i" && has "$tmp/out" '^compat-info$'
complete_line "virsh -c $uri compat-info --domain " && has "$tmp/out" '^test$'
complete_line "virsh --connect=$uri compat-check --desturi qemu:///s" && has "$tmp/out" '^///system$'
finish
