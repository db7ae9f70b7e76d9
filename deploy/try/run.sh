#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# `make run`: the staged daemon on this host with a sample policy, everything in a
# folder of its own. Prints the plugin table, then alerts as they happen. When
# nothing is typed for a few seconds it does itself what the sample policy speaks
# of, so that there is an alert to look at. Ctrl-C or an empty terminal ends it.
# Its bpffs is its own too: a daemon that runs here already is left alone.
set -eu

stage=$(readlink -f "$1")
policies=$(readlink -f "$(dirname "$0")/../config/policies")
seconds=${TRY_SECONDS:-0} # 0: until Ctrl-C
folder=$(mktemp -d /run/kubearmor-try.XXXXXX)
daemon=

finish() {
	trap - EXIT INT TERM
	if [ -n "$daemon" ]; then
		kill "$daemon" 2>/dev/null || true
		wait "$daemon" 2>/dev/null || true
		# The daemon leaves what it enforced in force; a trial takes it down.
		"$stage/usr/bin/kubearmor" daemon --release --runDir "$folder" --policyDir "$folder/policies" \
			--bpfFsPath "$folder/bpf" || true
		umount "$folder/bpf" 2>/dev/null || true
	fi
	rm -rf "$folder" /tmp/kubearmor-sample
}
trap finish EXIT INT TERM

mkdir -p "$folder/policies" /tmp/kubearmor-sample
cp "$policies"/*.yaml "$folder/policies/"
echo "a sample secret" > /tmp/kubearmor-sample/secret
cp /bin/true /tmp/kubearmor-sample/tool

"$stage/usr/bin/kubearmor" plugins list
echo
echo "The sample policy:"
sed 's/^/    /' "$policies"/*.yaml
echo
"$stage/usr/bin/kubearmor" daemon --policyDir "$folder/policies" --runDir "$folder" --logPath stdout \
	--hostVisibility none --visibility none --bpfFsPath "$folder/bpf" &
daemon=$!
for _ in $(seq 100); do
	[ -e "$folder/plugins.json" ] && break
	kill -0 "$daemon" 2>/dev/null || { echo "the daemon did not start" >&2; exit 1; }
	sleep 0.1
done

sample() {
	echo "\$ cat /tmp/kubearmor-sample/secret"
	cat /tmp/kubearmor-sample/secret || true
	echo "\$ /tmp/kubearmor-sample/tool"
	/tmp/kubearmor-sample/tool || true
}

echo "Alerts follow. Try the sample in another terminal: cat /tmp/kubearmor-sample/secret (Ctrl-C ends this)."
if ! read -r -t 5 _; then
	sample
fi
if [ "$seconds" -gt 0 ]; then
	sleep "$seconds"
else
	wait "$daemon"
fi
