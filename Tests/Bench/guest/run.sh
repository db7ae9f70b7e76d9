#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Runs bench under each configuration of /lab/bench (one folder each, without
# config.yaml: no agent). Prints "R NAME OPEN DEEP EXEC WRITE-READ" or "E NAME reason".
policies=/etc/kubearmor/policies
mkdir -p /lab/state
for folder in /lab/bench/[0-9]*; do
	name=${folder##*/}
	rm -f $policies/* /lab/state/daemon.log
	cp "$folder"/*.yaml $policies/ 2>/dev/null
	denied=
	if [ -f "$folder/config" ]; then
		cp "$folder/config" /lab/state/config.yaml
		[ -f "$folder/denied" ] && denied=$(cat "$folder/denied")
		[ -z "$denied" ] || : >"$denied"
		if ! daemon-start 2>/lab/state/error; then
			echo "E $name $(cat /lab/state/error) $(tail -n 3 /lab/state/daemon.log | tr '\n' ' ')"
			daemon-kill
			continue
		fi
		cat /lab/state/daemon.log >/dev/console
	fi
	if figures=$(bench $denied 2>/lab/state/error); then
		echo "R $name $figures"
	else
		echo "E $name $(tr '\n' ' ' </lab/state/error)"
	fi
	# The pins are guarded: only the daemon removes them.
	if [ -f "$folder/config" ]; then
		daemon-stop
		kubearmor daemon --release 2>/lab/state/error || cat /lab/state/error
	fi
done
