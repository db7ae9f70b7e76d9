#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# corpus.sh STAGE ENFORCER: renders every published policy in the enforcer's language, has its compiler accept the
# text, and compares the texts with golden digests. Renew those with KUBEARMOR_RENEW=1, and read what differs.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
kubearmor=$(cd "$1" && pwd)/usr/bin/kubearmor
enforcer=$2
golden=$here/Golden/$enforcer.tsv
corpus=${KUBEARMOR_CORPUS:-$here/../../../shared/corpus/policies}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

if [ ! -d "$corpus" ]; then
	echo "SKIPPED: no corpus at $corpus: set KUBEARMOR_CORPUS to a folder of policies"
	exit 0
fi

compiles() {
	case $enforcer in
	apparmor) apparmor_parser --skip-kernel-load --skip-cache --stdout --quiet "$1" >/dev/null ;;
	selinux) sh "$here/cil.sh" "$1" "$work" ;;
	esac
}

accepted=0
refused=0
cd "$corpus"
while IFS= read -r file; do
	# What `policy check` refuses has no rules to render.
	"$kubearmor" policy check "$file" >/dev/null 2>&1 || continue
	"$kubearmor" policy render --all --host --posture block --enforcer "$enforcer" "$file" >"$work/text"
	printf '%s\t%s\n' "$file" "$(sha256sum <"$work/text" | cut -d' ' -f1)" >>"$work/digests"
	if compiles "$work/text" >"$work/output" 2>&1; then
		accepted=$((accepted + 1))
	else
		refused=$((refused + 1))
		echo "REFUSED $file: $(head -n 3 "$work/output" | tr '\n' ' ')"
	fi
done < <(find . \( -name '*.yaml' -o -name '*.yml' \) | LC_ALL=C sort)

if [ "${KUBEARMOR_RENEW:-}" = 1 ]; then
	mkdir -p "$(dirname "$golden")"
	cp "$work/digests" "$golden"
fi
different=0
diff "$golden" "$work/digests" >"$work/difference" || different=1
[ "$different" = 0 ] || { echo "the texts differ from $golden:"; head -n 20 "$work/difference"; }
echo "$accepted policies accepted, $refused refused by the compiler of $enforcer"
[ "$refused" = 0 ] && [ "$different" = 0 ] && [ "$accepted" -gt 200 ]
