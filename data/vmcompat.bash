# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# bash completion for vmcompat.  Commands, options and rules are asked from the program, so
# there is no second list of them to keep.

_vmcompat_options() { # PROGRAM COMMAND
    "$1" "$2" --help 2>/dev/null | sed -n 's/^ *\(-[a-zA-Z], \)\{0,1\}\(--[a-z-]*\).*/\2/p'
}

_vmcompat_domains() { # as virsh names them, if it answers at once
    local uri=$1
    timeout 2 virsh -q ${uri:+-c "$uri"} list --all --name 2>/dev/null
}

_vmcompat_assumed() { # PROGRAM: the flags that lift a rule
    "$1" rules --format json 2>/dev/null |
        tr -d '\n ' | grep -oE '"assume":\[[^]]*\]' | sed 's/^"assume":\[//' | tr -d '"]' | tr ',' '\n' | sort -u
}

# Completes the last part of a comma list with the words on standard input.
_vmcompat_list() {
    local before='' word
    [[ $cur == *,* ]] && before=${cur%,*},
    while read -r word; do
        [[ $word == "${cur##*,}"* ]] && COMPREPLY+=("$before$word")
    done
    compopt -o nospace 2>/dev/null || true # only where bash itself completes
}

_vmcompat_words() { mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -W "$1" -- "$cur"); }

# Values of the option before the cursor; fails if it takes none that is known here.
_vmcompat_value() { # PROGRAM COMMAND OPTION
    case $3 in
    --format)
        case $2 in
        check) _vmcompat_words "text json xml cim" ;;
        show) _vmcompat_words "text json xml" ;;
        systems) _vmcompat_words "text json cim" ;;
        *) _vmcompat_words "text json" ;;
        esac
        ;;
    --as) _vmcompat_words "live saved off" ;;
    --color) _vmcompat_words "auto always never" ;;
    --local-files) _vmcompat_words "yes no" ;;
    --ignore) _vmcompat_list < <(_vmcompat_rules "$1") ;;
    --assume) _vmcompat_list < <(_vmcompat_assumed "$1") ;;
    --severity) _vmcompat_severities "$1" ;;
    --facts | --save | --site-rules)
        compopt -o filenames 2>/dev/null
        mapfile -t COMPREPLY < <(compgen -d -- "$cur")
        ;;
    --xml | --image | --offer | --for | --config | --output | -o)
        compopt -o filenames 2>/dev/null
        mapfile -t COMPREPLY < <(compgen -f -- "$cur")
        ;;
    -c | --connect | --source | --destination) _vmcompat_words "qemu:///system qemu:///session qemu+ssh://" ;;
    --domain) _vmcompat_words "$(_vmcompat_domains "$(_vmcompat_uri)")" ;;
    --max-age | --timeout) ;;
    *) return 1 ;;
    esac
}

_vmcompat_severities() { # PROGRAM: RULE=SEVERITY; readline may have split at "="
    case $cur in
    *=*)
        local rule=${cur%%=*}
        cur=${cur#*=}
        _vmcompat_words "blocker conditional unknown warning note"
        COMPREPLY=("${COMPREPLY[@]/#/$rule=}")
        ;;
    *)
        _vmcompat_words "$(_vmcompat_rules "$1" | sed 's/$/=/')"
        compopt -o nospace 2>/dev/null || true
        ;;
    esac
}

_vmcompat_rules() { # PROGRAM: ids
    "$1" rules --format json 2>/dev/null |
        tr -d '\n' | grep -oE '"id" *: *"[^"]*"' | sed 's/.*: *"//;s/"$//'
}

_vmcompat_uri() { # the value of -c, if there is one on the line
    local i
    for ((i = 1; i < ${#COMP_WORDS[@]} - 1; i++)); do
        case ${COMP_WORDS[i]} in
        -c | --connect | --source)
            # readline splits at ":", bash joins nothing: take all up to the next option
            local uri='' j
            for ((j = i + 1; j < ${#COMP_WORDS[@]}; j++)); do
                [[ ${COMP_WORDS[j]} == -* ]] && break
                [[ $uri && ${COMP_WORDS[j]} != [:/=]* && $uri != *[:=] ]] && break
                uri+=${COMP_WORDS[j]}
            done
            printf '%s\n' "$uri"
            return
            ;;
        esac
    done
}

_vmcompat() {
    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} program=$1 command
    COMPREPLY=()
    if [ "$COMP_CWORD" = 1 ] || { [ "$COMP_CWORD" = 2 ] && [ "$prev" = help ]; }; then
        _vmcompat_words "$("$program" help --commands 2>/dev/null) help"
        return
    fi
    command=${COMP_WORDS[1]}
    _vmcompat_value "$program" "$command" "$prev" && return
    if [[ $cur == -* ]]; then
        _vmcompat_words "$(_vmcompat_options "$program" "$command")"
        return
    fi
    case $command in
    get | collect) _vmcompat_words "$(_vmcompat_domains "$(_vmcompat_uri)")" ;;
    rules) _vmcompat_words "$(_vmcompat_rules "$program")" ;;
    gate) _vmcompat_words "qemu:///system qemu:///session qemu+ssh://" ;;
    check | show)
        compopt -o filenames 2>/dev/null
        mapfile -t COMPREPLY < <(compgen -f -- "$cur")
        ;;
    esac
}
complete -F _vmcompat vmcompat
