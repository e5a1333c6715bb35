#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Policy and rules of the site, as an operator uses them: programs that are content, refuse,
# hang, crash, babble; a policy that is obeyed, shown, and refused where it is not understood.

# shellcheck source=tests/functions.sh
. "$(dirname "$0")/functions.sh"
needs_program

offer=$top_srcdir/xml/examples/document-offer.xml
guest=$top_srcdir/xml/examples/document-guest.xml
# What this pair leaves undecided; without it, it fits.
open=same-host,cpu-feature-unknown,cpu-feature-missing
: >"$tmp/none.conf"
check=("$vmcompat" check --offer "$offer" "$guest")
fits=("${check[@]}" --ignore "$open")
plain=(--config "$tmp/none.conf")

expect 3 "${check[@]}" "${plain[@]}"
expect 0 "${fits[@]}" "${plain[@]}"
expect 0 "${fits[@]}" --config /dev/null

rules=$tmp/checks.d
program() { # NAME: its text is on standard input
    mkdir -p "${rules}"
    { echo '#!/bin/sh' && cat; } >"$rules/$1"
    chmod 755 "$rules/$1"
}
alone() { # NAME: the same, and the only one
    rm -rf "$rules"
    program "$1"
}
findings() { # "RULE SEVERITY WAIVED" of the last JSON, without those of the pair itself
    perl -0777 -MJSON::PP -e 'for (@{decode_json(<>)->{systems}}) { for (@{$_->{findings}}) {
        print "$_->{rule} $_->{severity}", ($_->{waived} ? " waived" : ""), "\n" if $_->{rule} =~ m{^(site|extcheck)}
    } }' "$tmp/out"
}
found() { # LINES: exactly these findings
    diff <([ $# = 0 ] || printf '%s\n' "$@") <(findings) >"$tmp/diff" && return
    fail "findings differ: $(cat "$tmp/diff")"
}
asked=("${fits[@]}" "${plain[@]}" --site-rules "$rules" --format json)

# ---- what a program is given ----
alone 10_given <<END
printf '%s\n' "\$@" >>$tmp/args
cp "\$1" $tmp/requirement.xml
cp "\$2" $tmp/offer.xml
cat >$tmp/stdin
pwd >$tmp/pwd
END
expect 0 "${asked[@]}" --as live
[ "$(sed -n 3,5p "$tmp/args" | tr '\n' ' ')" = "custom 00000000-5a3b-4000-8000-000000000005 live " ] ||
    fail "arguments: $(cat "$tmp/args")"
[ "$(sed -n 10p "$tmp/args")" = off ] || fail "not asked how it would be off: $(cat "$tmp/args")"
rm "$tmp/args"
expect 0 "${asked[@]}" --as off
[ "$(sed -n 5p "$tmp/args")" = off ] || fail "asked as: $(cat "$tmp/args")"
empty "$tmp/stdin"
[ "$(cat "$tmp/pwd")" = / ] || fail "working directory: $(cat "$tmp/pwd")"
while read -r file; do
    [ ! -e "$file" ] && [ ! -e "${file%/*}" ] || fail "left behind: $file"
done < <(head -n 2 "$tmp/args")
# Both are documents; the guest's has no offer, the host's has no guest
expect 0 "$vmcompat" show "$tmp/requirement.xml" --format json && has "$tmp/out" '"custom"'
expect 0 "$vmcompat" show "$tmp/offer.xml" --format json && has "$tmp/out" 'host-b'
expect 0 "$vmcompat" check "${plain[@]}" --ignore "$open" --offer "$tmp/offer.xml" "$tmp/requirement.xml"
expect 1 "$vmcompat" check "${plain[@]}" --offer "$tmp/requirement.xml" "$tmp/requirement.xml"
grep -q '<system' "$tmp/offer.xml" && fail "a guest is in the offer"

# ---- what it may answer ----
alone content </dev/null
expect 0 "${asked[@]}" && found
alone refuses <<'END'
printf 'blocker\tmetadata\tgold\tsilver\tthe tariff is gold\tMove it to gold.\n'
exit 2
END
expect 2 "${asked[@]}" && found "site/refuses blocker"
has "$tmp/out" '"needed" : "gold"' && has "$tmp/out" '"remedy" : "Move it to gold."'
[ "$(json compatibleWhenOff)" = false ] || fail "what refuses in every state refuses when off"
expect 2 "${asked[@]/json/text}" && has "$tmp/out" 'metadata: the tariff is gold \[site/refuses\]'
expect 0 "${asked[@]}" --ignore site/refuses && found "site/refuses blocker waived"
expect 0 "${asked[@]}" --severity site/refuses=warning && found "site/refuses warning"
alone only-live <<'END'
[ "$5" = off ] || { echo "not while it runs" >&2; exit 2; }
END
expect 2 "${asked[@]}" --as live && found "site/only-live blocker"
[ "$(json compatibleWhenOff)" = true ] || fail "a program that minds only live guests"
alone warns <<'END'
printf 'warning\t\t\t\tmind the gap\n\nnote\t\t\t\tseen\n'
END
expect 0 "${asked[@]}" && found "site/warns warning" "site/warns note"
expect 2 "${asked[@]}" --severity site/warns=blocker && found "site/warns blocker" "site/warns note"
alone cannot-tell <<'END'
echo "nobody is there" >&2
exit 3
END
expect 3 "${asked[@]}" && found "site/cannot-tell unknown" && has "$tmp/out" 'nobody is there'

# ---- what is no answer: unknown, and it says what happened ----
no_answer() { # WORDS: in what the finding says
    expect 3 "${asked[@]}" && found "site-rule-failed unknown" && has "$tmp/out" "$1"
    expect 0 "${asked[@]}" --ignore "site/$(ls "$rules")" && found "site-rule-failed unknown waived"
}
alone crashes <<<'kill -SEGV $$' && no_answer "checks.d/crashes' crashed \(signal 11"
alone fails <<<'echo oh dear >&2; exit 1' && no_answer "failed with status 1: oh dear"
alone babbles <<<'echo hello' && no_answer 'no answer: hello'
alone lies <<<'printf "blocker\t\t\t\tbad\n"; exit 1' && no_answer 'failed with status 1'
alone binary <<<"printf 'note\t\t\t\t\\377\\n'" && no_answer 'no UTF-8'
alone floods <<<'yes' && no_answer 'printed more than 65536 bytes'
alone floods <<<'yes >&2' && no_answer 'printed more than 65536 bytes'
alone headless </dev/null && printf '#!/nonexistent\n' >"$rules/headless" && no_answer 'could not be run'
alone open <<<'exit 0' && chmod 757 "$rules/open" && no_answer "is not run: others may write"
alone open <<<'exit 0' && chmod 777 "$rules" && no_answer "is not run: others may write to '.*checks.d'"
if [ "$(id -u)" = 0 ]; then
    alone foreign <<<'exit 0' && chown nobody "$rules/foreign" && no_answer "is not run: .* belongs to user"
fi
alone named.sh <<<'exit 2'
expect 0 "${asked[@]}" && found "site-rule-failed warning" && has "$tmp/out" "named.sh' is not run"

# ---- bounded ----
alone 10_hangs <<END
sleep 60 &
echo \$! \$\$ >$tmp/pids
trap '' TERM
sleep 60
END
program 20_after <<<'exit 2'
printf '[site-rules]\ntimeout = 1\ndirectory = %s\n' "$rules" >"$tmp/quick.conf"
start=$SECONDS
expect 2 "${fits[@]}" --config "$tmp/quick.conf" --format json && found "site/20_after blocker" "site-rule-failed unknown"
has "$tmp/out" 'did not end within 1 seconds'
[ $((SECONDS - start)) -le 20 ] || fail "a program that hangs held us for $((SECONDS - start)) s"
gone() { # PID…: dead, or dying
    local pid i
    for pid in "$@"; do
        for ((i = 0; i < 50; i++)); do
            grep -qs '^State:[[:space:]][^Z]' "/proc/$pid/status" || continue 2
            sleep 0.1
        done
        fail "process $pid is still there"
        kill -KILL "$pid"
    done
}
# shellcheck disable=SC2046
gone $(cat "$tmp/pids")
# … once a check, not once a guest
sed "s/<system key='vm1'/<system key='vm2'/;s/name='custom'/name='other'/" "$guest" |
    sed -n '/<system/,/<\/system>/p' >"$tmp/second"
sed "/<\/system>/r $tmp/second" "$guest" >"$tmp/two.xml"
start=$SECONDS
expect 2 "$vmcompat" check --offer "$offer" "$tmp/two.xml" --ignore "$open" --config "$tmp/quick.conf" --format json
has "$tmp/out" 'is not asked again'
[ $((SECONDS - start)) -le 20 ] || fail "two guests: $((SECONDS - start)) s"
# Whoever waits for libvirt's answer does not mind a program that takes longer
alone slow <<<'sleep 3.5; exit 2'
expect 2 "${asked[@]}" --as off --timeout 2 && found "site/slow blocker"
# When we are killed, it does not stay
alone 10_hangs <<<"echo \$\$ >$tmp/pids; exec sleep 60"
rm -f "$tmp/pids"
"${asked[@]}" >"$tmp/out" 2>"$tmp/err" &
ours=$!
end_at_exit $ours
disown $ours
for ((i = 0; i < 50; i++)); do [ -s "$tmp/pids" ] && break || sleep 0.1; done
kill -KILL $ours
# shellcheck disable=SC2046
gone $(cat "$tmp/pids")

# ---- in order ----
rm -rf "$rules"
for name in b 9 10 a B; do
    program "$name" <<<"echo $name >>$tmp/order"
done
rm -f "$tmp/order"
expect 0 env LC_ALL=C.UTF-8 "${asked[@]}" --as off
[ "$(tr '\n' ' ' <"$tmp/order")" = "10 9 B a b " ] || fail "order: $(tr '\n' ' ' <"$tmp/order")"

# ---- libvirt-cim's checks ----
extchecks=$tmp/extchecks
rules=$extchecks
here=$tmp/here.xml
sed "s/hostname='host-a'/hostname='$(uname -n)'/" "$guest" >"$here"
printf '[check]\nignore = %s\n[site-rules]\nextchecks = extchecks\n' "$open" >"$tmp/cim.conf"
cim=("$vmcompat" check --as off --offer "$offer" --config "$tmp/cim.conf" --format json)
alone content.sh <<<"printf '%s\n' \"\$@\" >$tmp/args"
expect 0 "${cim[@]}" "$here" && found
[ "$(tr '\n' ' ' <"$tmp/args")" = "custom qemu:///system " ] || fail "extchecks got: $(cat "$tmp/args")"
program refuses.sh <<<'echo no licence >&2; exit 7'
program refuses-too <<<'exit 1'
expect 2 "${cim[@]}" "$here" && found "extcheck/refuses-too blocker" "extcheck/refuses.sh blocker"
has "$tmp/out" "'refuses.sh' failed with status 7: no licence"
expect 0 "${cim[@]}" "$here" --ignore extcheck/refuses.sh,extcheck/refuses-too
alone crashes <<<'kill -KILL $$'
expect 3 "${cim[@]}" "$here" && found "site-rule-failed unknown"
printf 'extchecks-parameters = one; two words\n' >>"$tmp/cim.conf"
alone parameters <<<"cat \"\$3\" >$tmp/args"
expect 0 "${cim[@]}" "$here"
[ "$(cat "$tmp/args")" = $'one\ntwo words' ] || fail "parameters: $(cat "$tmp/args")"
# A source that can't be asked from here: not asked, and not decided
rm -f "$tmp/args"
expect 3 "${cim[@]}" "$guest" && found "site-rule-failed unknown" && has "$tmp/out" "can't be reached from here"
[ ! -e "$tmp/args" ] || fail "a check was called with another machine's libvirt"
sed "s|uri='qemu:///system'|uri='qemu+ssh://host-a/system'|" "$guest" >"$tmp/remote.xml"
expect 0 "${cim[@]}" "$tmp/remote.xml" && [ -e "$tmp/args" ] || fail "a remote source was not asked"

# ---- policy ----
policy() { cat >"$tmp/policy.conf"; }
judged=("$vmcompat" check --offer "$offer" "$guest" --config "$tmp/policy.conf")
policy <<END
# a comment
[check]
ignore = same-host; cpu-feature-unknown ,cpu-feature-missing
END
expect 0 "${judged[@]}" && has "$tmp/out" '\[same-host\] \(waived\)'
# Options add to it
policy <<<$'[check]\nignore = same-host'
expect 3 "${judged[@]}"
expect 0 "${judged[@]}" --ignore cpu-feature-unknown,cpu-feature-missing
# A rule that only warns leaves nothing undecided; it stays to be seen, also as a note
policy <<<$'[severity]\nsame-host = warning\ncpu-feature-unknown = note\ncpu-feature-missing = note'
expect 0 "${judged[@]}" && has "$tmp/out" "warning .*\[same-host\] \(by policy; else 'unknown'\)"
has "$tmp/out" "note .*\[cpu-feature-missing\] \(by policy; else 'unknown'\)"
expect 0 "${judged[@]}" --format json && has "$tmp/out" '"severityWas" : "unknown"'
expect 0 "${judged[@]}" --format cim && has "$tmp/out" '<VALUE>unknown</VALUE>'
expect 0 "${judged[@]}" --format xml && has "$tmp/out" "severityWas='unknown'"
if command -v xmllint >/dev/null; then
    xmllint --noout --relaxng "$top_srcdir/xml/report.rng" "$tmp/out" 2>"$tmp/err" || fail "report.rng: $(cat "$tmp/err")"
fi
# The last word is the command line's
expect 3 "${judged[@]}" --severity same-host=unknown
# A failure is raised, what is not known is not
policy <<<$'[severity]\nsame-host = blocker\n'
expect 3 "${judged[@]}"

# ---- policy that is not understood: no verdict, and an error that names the place ----
refused() { # WORDS: in the error; the policy is on standard input
    policy
    expect 1 "${judged[@]}" && empty "$tmp/out" && has "$tmp/err" "policy\.conf: $1"
}
refused '\[check\] ignore: .*nosuch' <<<$'[check]\nignore = nosuch'
refused '\[check\] ignore: .*site/' <<<$'[check]\nignore = site/a b'
refused '\[check\] assume: .*nosuch' <<<$'[check]\nassume = nosuch'
refused '\[check\] ignored: ' <<<$'[check]\nignored = same-host'
refused '\[chekc\]' <<<$'[chekc]\nignore = same-host'
refused '\[empty\]' <<<$'[empty]'
refused '\[severity\] nosuch: ' <<<$'[severity]\nnosuch = warning'
refused '\[severity\] same-host: .*fatal' <<<$'[severity]\nsame-host = fatal'
refused '\[severity\] same-host: .*conditional' <<<$'[severity]\nsame-host = conditional'
refused '\[site-rules\] directory: .*nosuch' <<<$'[site-rules]\ndirectory = nosuch'
refused '\[site-rules\] extchecks: .*nosuch' <<<$'[site-rules]\nextchecks = nosuch'
refused '\[site-rules\] timeout: .*never' <<<$'[site-rules]\ntimeout = never'
refused '\[site-rules\] timeout: ' <<<$'[site-rules]\ntimeout = 0'
refused '' <<<'ignore = same-host'
refused '' <<<$'[check\nignore = same-host'
refused '' <<<$'[check]\nignore = \xff'
expect 1 "${check[@]}" --config "$tmp/nosuch.conf" && has "$tmp/err" nosuch.conf
expect 1 "${check[@]}" --config "$tmp"
head -c 2000000 /dev/zero | tr '\0' '#' >"$tmp/policy.conf"
expect 1 "${judged[@]}" && has "$tmp/err" 'larger than'
expect 1 "$vmcompat" rules site/10_zone && has "$tmp/err" 'vmcompat\.conf'
for words in '--site-rules /nonexistent' '--severity same-host' '--severity same-host=fatal' '--severity =note' \
    '--severity nosuch=note' '--ignore site/' '--ignore other/x'; do
    # shellcheck disable=SC2086
    expect 1 "${check[@]}" "${plain[@]}" $words
done

# ---- the example and the manual: one list of keys, and all of them work ----
example=$top_srcdir/data/vmcompat.conf
page=$top_srcdir/docs/vmcompat.conf.pod
expect 3 "${check[@]}" --config "$example"
diff <(sed -nE 's/^#([a-z-]+) = .*/\1/p' "$example" | grep -vE '^(cpu-overcommit|memory-insufficient)$' | sort) \
    <(sed -nE 's/^=item B<([a-z-]+)>$/\1/p' "$page" | sort) || fail "keys: vmcompat.conf and its manual differ"
diff <(sed -nE 's/^ *\{ ("[a-z-]+", )?"([a-z-]+)", (set|read|check)_.*/\2/p' "$top_srcdir/src/lib/config.c" \
    "$top_srcdir/src/hooks/judge-config.c" | sort) \
    <(sed -nE 's/^=item B<([a-z-]+)>$/\1/p' "$page" | sort) || fail "keys: program and manual differ"
mkdir "$tmp/etc" "$tmp/etc/checks.d"
sed -E "s|^#([a-z-]+ = )|\1|;s|/usr/libexec/libvirt-cim/extchecks|$tmp/etc/checks.d|" "$example" >"$tmp/etc/vmcompat.conf"
expect 3 "${check[@]}" --config "$tmp/etc/vmcompat.conf"
sed -n '/^=head1 EXAMPLE/,/^=head1/s/^ //p' "$page" >"$tmp/etc/vmcompat.conf"
expect 3 "${check[@]}" --config "$tmp/etc/vmcompat.conf"

if command -v xmllint >/dev/null; then
    cp "$top_srcdir/examples/site-rule" "$tmp/etc/checks.d/10_zone"
    chmod 755 "$tmp/etc/checks.d/10_zone"
    zone=("${fits[@]}" --config /dev/null --site-rules "$tmp/etc/checks.d" --format json)
    expect 0 "${zone[@]}" && found
    for name in host eu; do
        sed "s|<uuid>00000000-5a3b|<metadata><z:zone xmlns:z='urn:z'>$name</z:zone></metadata>&|" "$guest" >"$tmp/$name.xml"
    done
    expect 0 "${zone[@]/$guest/$tmp/host.xml}" && found
    expect 2 "${zone[@]/$guest/$tmp/eu.xml}" && found "site/10_zone blocker" && has "$tmp/out" "belongs to the zone 'eu'"
fi
finish
