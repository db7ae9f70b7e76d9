#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# How long a policy of 1,000 rules takes until AppArmor's kernel can be given it, on this machine: compile.sh STAGE
set -eu
kubearmor=$1/usr/bin/kubearmor
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

{
	printf 'apiVersion: security.kubearmor.com/v1\nkind: KubeArmorHostPolicy\nmetadata: {name: bench}\nspec:\n'
	printf '  nodeSelector: {matchLabels: {kubearmor.io/hostname: "*"}}\n  action: Block\n'
	printf '  process:\n    matchPaths:\n'
	for i in $(seq 250); do printf '    - {path: /usr/lib/application-%d/bin/tool-%d}\n' $((i % 17)) "$i"; done
	printf '  file:\n    matchPaths:\n'
	for i in $(seq 450); do printf '    - {path: /usr/lib/application-%d/data/file-%d}\n' $((i % 97)) "$i"; done
	printf '    matchDirectories:\n'
	for i in $(seq 250); do printf '    - {dir: /var/lib/service-%d/secret/, recursive: true}\n' "$i"; done
	printf '    matchPatterns:\n'
	for i in $(seq 50); do printf '    - {pattern: "/srv/*/project-%d/**/*.key"}\n' "$i"; done
} >"$folder/policy.yaml"

now() { date +%s%N; }
began=$(now)
"$kubearmor" policy render --host --enforcer apparmor "$folder/policy.yaml" >"$folder/profile"
rendered=$(now)
apparmor_parser --skip-kernel-load --skip-cache --stdout --quiet "$folder/profile" >"$folder/binary"
compiled=$(now)
total=$(((compiled - began) / 1000000))
echo
echo "AppArmor, 1,000 rules: read and rendered in $(((rendered - began) / 1000000)) ms, compiled in" \
	"$(((compiled - rendered) / 1000000)) ms, $(stat -c %s "$folder/binary") bytes"
[ "$total" -le 3000 ] && word="met   " || word=MISSED
echo "$word 1,000 rules for AppArmor: at most 3 s, $total ms"
