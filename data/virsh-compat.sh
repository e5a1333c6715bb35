# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Adds to virsh the commands compat-info, compat-check, compat-systems and compat-rules.  virsh
# has no plug-ins, so a function stands before it.  For bash and zsh: in ~/.bashrc or ~/.zshrc,
#
#     . /usr/share/vmcompat/virsh-compat.sh
#
# Everything else goes to virsh as it came: a command line that does not name one of the four is
# not looked at.  See vmcompat(1), "VIRSH".

# The options of a command in virsh's style, "=" behind those that take a value; in the order in
# which values without an option are taken for them.
function _virsh_compat_spec { # COMMAND: sets spec
    case $1 in
    compat-info) spec='domain= file= host armor timeout=' ;;
    compat-check)
        spec='file= domain= desturi= offer= as= assume= ignore= max-age= local-files= timeout= format= verbose'
        ;;
    compat-systems) spec='format= timeout=' ;;
    compat-rules) spec='rule= format=' ;;
    *) return 1 ;;
    esac
}

function _virsh_compat_error {
    printf 'error: %s\n' "$*" >&2
    return 1
}

function _virsh_compat_help { # COMMAND
    local spec=''
    _virsh_compat_spec "$1" || return
    printf '  NAME\n    %s - ' "$1"
    case $1 in
    compat-info)
        printf '%s\n' 'compatibility information of a domain or host: a blob'
        printf '\n  SYNOPSIS\n    %s\n' 'compat-info {[--domain] <domain> | --host} [--file <file>] [--armor] [--timeout <seconds>]'
        ;;
    compat-check)
        printf '%s\n' 'would a domain migrate to this host, or to another, and if not, why not'
        printf '\n  SYNOPSIS\n    %s\n    %s\n' \
            'compat-check [--file] <file>... [--offer <file>] [--as <state>] [--assume <flags>] [--ignore <rules>] [--max-age <age>] [--format <format>] [--verbose]' \
            'compat-check --domain <domain> --desturi <uri>... [--as <state>] [--assume <flags>] [--ignore <rules>] [--format <format>] [--verbose]'
        printf '\n  EXIT STATUS\n    %s\n' '0 compatible, 2 incompatible, 3 undecided, 1 no verdict'
        ;;
    compat-systems)
        printf '%s\n' 'the host and its domains as CIM_ComputerSystem'
        printf '\n  SYNOPSIS\n    %s\n' 'compat-systems [--format <format>]'
        ;;
    compat-rules)
        printf '%s\n' 'list the rules of compat-check, or explain one'
        printf '\n  SYNOPSIS\n    %s\n' 'compat-rules [[--rule] <rule>] [--format <format>]'
        ;;
    esac
    printf '\n  See vmcompat(1).\n\n'
}

# Values that stand for themselves are the first option's that has none yet; the files of
# compat-check may be many.
function _virsh_compat_free_option { # COMMAND: sets name
    local option
    name=''
    for option in $spec; do
        case $option in *=) ;; *) continue ;; esac
        case " $given " in *" ${option%=} "*) continue ;; esac
        case $1:$option in
        compat-info:domain= | compat-info:file= | compat-check:file= | compat-rules:rule=)
            name=${option%=}
            return
            ;;
        esac
    done
    case "$1 $given " in "compat-check "*" file "*) name='file' ;; *) return 1 ;; esac
}

# One option into the words of vmcompat.
function _virsh_compat_translate { # COMMAND NAME VALUE
    case $1:$2 in
    compat-info:domain | compat-check:file | compat-rules:rule) last+=("$3") ;;
    compat-info:file) out+=(--output "$3") ;;
    compat-check:desturi) out+=(--destination "$3") ;;
    *:host | *:armor | *:verbose) out+=("--$2") ;;
    *) out+=("--$2" "$3") ;;
    esac
    given="$given $2"
}

# Reads the words behind the command's name as virsh does.
function _virsh_compat_read { # COMMAND WORD…: fills out and last, sets given
    local command=$1 word='' name='' only_data=''
    shift
    while [ $# -gt 0 ]; do
        word=$1
        shift
        case $only_data$word in
        --)
            only_data=1
            continue
            ;;
        --?*)
            name=${word#--}
            case " $spec " in
            *" ${name%%=*}= "*)
                case $name in
                *=*) word=${name#*=} name=${name%%=*} ;;
                *)
                    [ $# -gt 0 ] || { _virsh_compat_error "expected syntax: --$name <string>"; return 1; }
                    word=$1
                    shift
                    ;;
                esac
                ;;
            *" $name "*) word='' ;;
            *) _virsh_compat_error "command '$command' doesn't support option --${name%%=*}"; return 1 ;;
            esac
            ;;
        *) _virsh_compat_free_option "$command" || { _virsh_compat_error "unexpected data '$word'"; return 1; } ;;
        esac
        _virsh_compat_translate "$command" "$name" "$word"
    done
}

# Which command of vmcompat it is, once the options are known.
function _virsh_compat_verb { # COMMAND: sets verb
    case "$1: $given" in
    compat-info:*" domain"* | compat-info:*" host"*) verb='get' ;;
    compat-info:*) _virsh_compat_error "command 'compat-info' requires <domain> option" ;;
    compat-check:*" file"*) verb=check ;;
    compat-check:*" domain"*" desturi"* | compat-check:*" desturi"*" domain"*) verb=gate ;;
    compat-check:*) _virsh_compat_error "command 'compat-check' requires <file> option, or <domain> and <desturi>" ;;
    *) verb=${1#compat-} ;;
    esac
}

function _virsh_compat_command { # WORD…: one command and its options
    local spec='' given='' verb=''
    local -a out last
    out=() last=()
    case " $* " in *" --help "*) _virsh_compat_help "$1"; return ;; esac
    _virsh_compat_spec "$1" && _virsh_compat_read "$@" && _virsh_compat_verb "$1" || return 1
    # A shell's terminal is no place for bytes, nor is a pipe for which virsh knows only text
    case "$verb $given " in get*" file "* | get*" armor "*) ;; get*) out+=(--armor) ;; esac
    case $verb in rules) ;; *) out=(${uri:+--connect "$uri"} ${readonly:+--readonly} ${out[@]+"${out[@]}"}) ;; esac
    # With an offer nobody is asked
    case "$verb $given " in check*" offer "*) [ -z "$uri" ] || out=("${out[@]:2}") ;; esac
    command vmcompat "$verb" ${out[@]+"${out[@]}"} -- ${last[@]+"${last[@]}"}
}

# The options before the command: sets at (how many words they are), uri, readonly.  Fails where
# virsh would not run a command.
function _virsh_compat_before { # WORD…
    local word letters option=''
    at=0 uri=${VIRSH_DEFAULT_CONNECT_URI-} readonly=''
    while [ $# -gt 0 ]; do
        word=$1
        case $word in
        --) at=$((at + 1)); return 0 ;;
        --*=*) option=${word#--} option=${option%%=*} word=${word#*=} ;;
        --*) option=${word#--} word='' ;;
        -?*) ;;
        *) return 0 ;;
        esac
        case $1 in
        --*)
            # getopt takes any beginning for the whole
            case $option in
            c*) option=connect ;;
            r*) readonly=1 option='' ;;
            q* | t*) option='' ;;
            d* | e* | k* | l*) option=other ;;
            *) return 1 ;;
            esac
            if [ -n "$option" ]; then
                case $1 in *=*) ;; *) [ $# -gt 1 ] || return 1; shift; at=$((at + 1)) word=$1 ;; esac
            fi
            case $option in connect) uri=$word ;; esac
            ;;
        *)
            letters=${word#-}
            while [ -n "$letters" ]; do
                option=${letters%"${letters#?}"} letters=${letters#?}
                case $option in
                r) readonly=1 ;;
                q | t) ;;
                c | d | e | k | K | l)
                    [ -n "$letters" ] || { [ $# -gt 1 ] || return 1; shift; at=$((at + 1)) letters=$1; }
                    case $option in c) uri=$letters ;; esac
                    letters=''
                    ;;
                *) return 1 ;;
                esac
            done
            ;;
        esac
        shift
        at=$((at + 1))
    done
}

# The next command of a string of commands, quoted as virsh wants it: sets words, and text, which
# is how it was written; leaves in rest what follows.  Fails at an open quote.
function _virsh_compat_next {
    local c word='' begun='' quote=''
    words=() text=''
    while [ -n "$rest" ]; do
        c=${rest%"${rest#?}"} rest=${rest#?}
        text=$text$c
        case $quote$c in
        "''" | '""') quote='' ;;
        \'?*) word=$word$c ;;
        '"\' | '\')
            c=${rest%"${rest#?}"} rest=${rest#?} text=$text$c
            case $c in
            '') return 1 ;;
            "$_virsh_compat_newline") ;;
            *) word=$word$c begun=1 ;;
            esac
            ;;
        '"'?*) word=$word$c ;;
        "'" | '"') quote=$c begun=1 ;;
        ';' | "$_virsh_compat_newline") break ;;
        ' ' | '	')
            [ -z "$begun" ] || words+=("$word")
            word='' begun=''
            ;;
        '#')
            if [ -z "$begun" ]; then
                case $rest in
                *"$_virsh_compat_newline"*) rest=${rest#*"$_virsh_compat_newline"} ;;
                *) rest='' ;;
                esac
                break
            fi
            word=$word$c
            ;;
        *) word=$word$c begun=1 ;;
        esac
    done
    [ -z "$begun" ] || words+=("$word")
    [ -z "$quote" ]
}
_virsh_compat_newline='
'

# Whether one of ours is among the commands of a string.
function _virsh_compat_in { # STRING
    local rest=$1 text='' found=1
    local -a words
    while [ -n "$rest" ]; do
        _virsh_compat_next || return 1
        _virsh_compat_spec "${words[0]-}" && found=0
    done
    return $found
}

# Commands in their order: virsh gets those between ours in one go.
function _virsh_compat_batch { # STRING, before: the options for virsh
    local rest=$1 text='' theirs='' ended=0 spec=''
    local -a words
    while [ -n "$rest" ]; do
        _virsh_compat_next || break # not after _virsh_compat_in
        if _virsh_compat_spec "${words[0]-}"; then
            [ -z "$theirs" ] || { ended=0 && command virsh ${before[@]+"${before[@]}"} "$theirs" || ended=$?; }
            theirs='' ended=0
            _virsh_compat_command "${words[@]}" || ended=$?
            continue
        fi
        [ "${#words[@]}" = 0 ] || theirs=$theirs$text
        case ${words[0]-} in quit | exit) break ;; esac
    done
    [ -z "$theirs" ] || { ended=0 && command virsh ${before[@]+"${before[@]}"} "$theirs" || ended=$?; }
    return $ended
}

function _virsh_compat {
    # As in bash: arrays from 0, words split; whatever the user has set
    if [ -n "${ZSH_VERSION-}" ]; then emulate -L ksh; else local IFS=$' \t\n'; fi
    local at=0 uri='' readonly='' spec=''
    local -a args before
    args=("$@")
    _virsh_compat_before "$@" || { command virsh "$@"; return; }
    before=("${args[@]:0:$at}")
    args=("${args[@]:$at}")
    if [ "${#args[@]}" = 1 ]; then
        _virsh_compat_in "${args[0]}" || { command virsh "$@"; return; }
        _virsh_compat_batch "${args[0]}"
    elif [ "${args[0]-}" = help ] && _virsh_compat_help "${args[1]-}"; then
        return 0
    elif _virsh_compat_spec "${args[0]-}"; then
        _virsh_compat_command "${args[@]}"
    else
        command virsh "$@"
    fi
}

function virsh {
    case "$*" in
    *compat-*) _virsh_compat "$@" ;;
    *) command virsh "$@" ;;
    esac
}

# ---- completion -----------------------------------------------------------------------------

# What may stand for the last word; the first line says of what kind (see vmcompat.bash).
function _virsh_compat_offer { # WORD…: those behind "virsh"
    if [ -n "${ZSH_VERSION-}" ]; then emulate -L ksh; fi
    local at=0 uri='' readonly='' spec='' option='' cur='' previous=''
    local -a args
    args=("$@")
    _virsh_compat_before "$@" || return 1
    args=("${args[@]:$at}")
    if [ "${#args[@]}" = 1 ]; then
        echo words
        for option in compat-info compat-check compat-systems compat-rules; do
            case $option in "${args[0]}"*) echo "$option" ;; esac
        done
        return
    fi
    _virsh_compat_spec "${args[0]-}" || return 1
    cur=${args[${#args[@]} - 1]} previous=${args[${#args[@]} - 2]}
    case $cur:$previous in
    --*)
        echo words
        for option in $spec; do
            case --$option in "$cur"*) echo "--${option%=}" ;; esac
        done
        return
        ;;
    *:--desturi) option=--destination ;;
    *:--file) echo files; return ;;
    *:--rule) option='' ;;
    *:--*) case " $spec " in *" ${previous#--}= "*) option=$previous ;; *) option='' ;; esac ;;
    *) option='' ;;
    esac
    case ${args[0]}:$option in
    compat-info:*) previous='get' ;;
    compat-check:--desturi | compat-check:--domain | compat-check:--destination) previous=gate ;;
    *) previous=${args[0]#compat-} ;;
    esac
    [ "$option" != --domain ] || { [ $previous = gate ] || option=''; }
    command vmcompat complete -- $previous ${uri:+--connect "$uri"} ${option:+"$option"} "$cur"
}

if [ -n "${BASH_VERSION-}" ]; then
    # virsh's own completion first; it may have to be loaded.
    _virsh_compat_theirs() {
        local file
        if ! declare -F _virsh_complete >/dev/null; then
            for file in "${BASH_COMPLETION_USER_DIR-}" /usr/local/share/bash-completion /usr/share/bash-completion; do
                [ -r "$file/completions/virsh" ] || continue
                # shellcheck source=/dev/null
                . "$file/completions/virsh"
                complete -o default -o filenames -F _virsh_compat_complete virsh
                break
            done
        fi
        declare -F _virsh_complete >/dev/null && declare -F _get_comp_words_by_ref >/dev/null &&
            _virsh_complete virsh
    }
    _virsh_compat_complete() {
        local words cut kind='' word
        COMPREPLY=()
        _virsh_compat_line
        case " ${words[*]:1} " in *" compat-"*" "?*) ;; *) _virsh_compat_theirs ;; esac
        cut=${words[-1]%"${words[-1]##*[:=]}"}
        while read -r word; do
            if [ -z "$kind" ]; then kind=$word; else COMPREPLY+=("${word#"$cut"}"); fi
        done < <(_virsh_compat_offer "${words[@]:1}" 2>/dev/null)
        [ "$kind" != files ] || mapfile -t COMPREPLY < <(compgen -f -- "${words[-1]##*[:=]}")
        [ "$kind" != parts ] || compopt -o nospace 2>/dev/null || true
    }
    # bash cuts words at ":" and "="
    _virsh_compat_line() { # sets words
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
    complete -o default -o filenames -F _virsh_compat_complete virsh
elif [ -n "${ZSH_VERSION-}" ] && command -v compdef >/dev/null; then
    _virsh_compat_zsh() {
        local kind
        local -a offered
        # shellcheck disable=SC2154,SC2296,SC2206 # this is zsh
        offered=("${(@f)$(_virsh_compat_offer "${(@)words[2,CURRENT]}" 2>/dev/null)}")
        kind=${offered[1]-}
        shift offered
        case $kind in
        files) _files ;;
        parts) compadd -S '' -- "${offered[@]}" ;;
        words) compadd -- "${offered[@]}" ;;
        esac
        # shellcheck disable=SC2154
        case " ${words[*]} " in *" compat-"*" "*) ;; *) (( $+functions[_libvirt] )) && _libvirt ;; esac
    }
    compdef _virsh_compat_zsh virsh
fi
