#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# profiles.sh PLUGIN CLANG: the profiles that the plugin writes for difficult names are accepted by AppArmor's compiler,
# are the same each time, and says how long 1,000 rules take.
set -u

plugin=$1
clang=$2
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap '[ -n "${KEEP:-}" ] || rm -rf "$work"' EXIT


"$clang" -std=gnu2x -O2 -Wall -Wextra -Werror -D_GNU_SOURCE -I"$here/../../../../Sources/PluginABI/include" \
	"$here/render.c" -ldl -o "$work/render" || exit 1

complain() {
	touch "$work/failed"
	echo "$1"
}

compile() {
	apparmor_parser --skip-kernel-load --skip-cache --stdout --quiet "$1" > "$work/binary" 2> "$work/said"
}

# rules NAME: reads rules, a line each, from standard input.
rules() {
	cat > "$work/rules"
	"$work/render" "$plugin" "$work/rules" > "$work/text" || complain "$1: not rendered"
	"$work/render" "$plugin" "$work/rules" | cmp -s - "$work/text" || complain "$1: another text the second time"
	compile "$work/text" || complain "$1: refused: $(grep -v '^Cache' "$work/said" | head -n 3)"
	[ -s "$work/binary" ] || complain "$1: nothing compiled"
}

# held NAME RULE HOLD
held() {
	local hold
	hold=$("$work/render" "$plugin" --examine "$work/rules" | awk -F '\t' -v rule="$2" '$1 == rule { print $2 }')
	[ "$hold" = "$3" ] || complain "$1: rule $2 is held as $hold, expected $3"
}

line() {
	local IFS=$'\t'
	echo "$*"
}

# ---- names ------------------------------------------------------------------

names=('sp ace' 'a,b' 'quo"te' "quo'te" 'br{a}ce' 'br[a]cket' 'ha#sh' 'st*r' 'qu?stion' 'ca^ret' '@{HOME}'
	'back\x5cslash' 'new\x0aline' 't\x09ab' 'bell\x07' 'del\x7f' 'utf\xc3\xa4' 'bad\xff\xfe' 'end\x5c'
	'-dash' ' blank '
	'"' '\x5c"' '$x' 'a|b' '(x)' '~tilde' '!no' '%s' ';' '<>' '&' '=' ':' '//&stack')
for name in "${names[@]}"; do
	line file block path - "/tmp/$name"
	line file block directory r "/tmp/d/$name/"
	line file allow path - "/tmp/d/$name/in$name"
	line process block execname - "${name//\//_}"
	line process block path - "/tmp/$name" path "/bin/$name"
	line process block pattern - "/opt/{x,y}/[!a-c^-]*/$(printf '%s' "$name" | tr -d '{}[]*?,' )"
done | rules names
held names 1 enforced

{
	long=$(printf '%04094d' 0)
	line file block path - "/$long"
	line file block directory - "/${long%?}/"
	line file allow path - "/${long%??}/x"
	line process block pattern - "/${long%?}*"
} | rules "4,095 bytes"
held "4,095 bytes" 1 enforced

# ---- what is permitted inside of what is blocked ---------------------------------

{
	line posture file block
	line file block directory r /tmp/a/
	for i in $(seq 300); do line file allow path - "/tmp/a/name-$i/f"; done
	line file allow directory - /tmp/a/b/
	line file block directory r /tmp/a/b/
	line file allow path o /tmp/a/mine
	line file allow pattern - '/tmp/p/open*'
	line file block pattern - '/tmp/p/*.txt'
	line file block pattern - '/tmp/*/*.txt'
	line file allow pattern - '/tmp/p/[a-c]*.txt'
} | rules exceptions
held exceptions 1 enforced
held exceptions 306 enforced
held exceptions 307 stricter

{
	line process block path - /tmp/a path /bin/sh
	line process block path - /tmp/a directory /usr/bin/
	line file block path - /tmp/b pattern '/opt/*/tool'
	line file block path - /tmp/b pattern '/opt/x*/tool'
	line process block path t /tmp/c
	line syscall block syscall - mount
	line network block protocol - icmp
	line file block native - 'deny /tmp/x r,'
	line file block native - 'deny /tmp/x r, }'
} > "$work/rules"
for expected in 1:enforced 3:enforced 4:audited 5:audited 6:audited 7:audited 8:enforced 9:unsupported; do
	held gaps "${expected%:*}" "${expected#*:}"
done
head -n 8 "$work/rules" | rules gaps

# ---- time --------------------------------------------------------------------------

awk 'BEGIN { srand(1); for (i = 0; i < 1000; i++) {
	folder = "/srv/application-" int(rand() * 97) "/data-" int(rand() * 40)
	kind = i % 10
	if (kind < 7) printf "%s\tblock\tpath\t-\t%s/file-%d\n", i % 2 ? "file" : "process", folder, i
	else if (kind < 9) printf "file\tblock\tdirectory\tr\t%s/folder-%d/\n", folder, i
	else printf "file\tblock\tpattern\t-\t%s/*-%d.key\n", folder, i } }' | rules "1,000 rules"
began=$(date +%s%N)
"$work/render" "$plugin" "$work/rules" > "$work/text"
compile "$work/text"
took=$((($(date +%s%N) - began) / 1000000))
echo "1,000 rules: $(wc -c < "$work/text") bytes of text, $(wc -c < "$work/binary") compiled, $took ms"

[ -e "$work/failed" ] && exit 1
echo "all profiles accepted"
