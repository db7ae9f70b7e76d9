#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# What people see of alerts and logs, on this machine's own kernel: logs.sh STAGE
# The daemon runs with noop and sees what this script does; recordings are played back to another one.
set -u

stage=$(readlink -f "$1")
kubearmor=$stage/usr/bin/kubearmor
folder=$(mktemp -d /run/kubearmor-logs.XXXXXX)
peer=$(dirname "$(readlink -f "$0")")/logs.py
daemon=
# Who does what is looked for: programs that nobody else has. Their names begin as those of busybox must.
program=$folder/busybox-acts
other=$folder/busybox-other
# Who reads in this folder is alerted of: of all that happens on this machine, that is all that is told of files.
file=$folder/audited/file
recording=$folder/recording

# Ends what this run has started, and nothing else.
finish() {
	[ -n "$daemon" ] && kill -9 "$daemon" 2>/dev/null
	rm -rf "$folder"
}
trap finish EXIT

. "$(dirname "$(readlink -f "$0")")/check.sh"

# ends STATUS COMMAND…: it ends with that.
ends() {
	local wanted=$1 status
	shift
	timeout 30 "$@"
	status=$?
	[ $status -eq "$wanted" ] || { echo "ended with $status, not $wanted: $*"; return 1; }
}

# start_daemon NAME OPTIONS…: with folders of that name.
start_daemon() {
	local name=$1
	shift
	run=$folder/$name
	mkdir -p "$run" "$folder/$name-policies"
	printf 'watchContainers: false\nalertThrottling: false\n' > "$folder/$name.yaml"
	"$kubearmor" daemon --config "$folder/$name.yaml" --policyDir "$folder/$name-policies" --runDir "$run" \
		--enforcer noop --sources none --feeders file,local --logPath "$folder/$name.log" "$@" \
		2> "$folder/$name.err" &
	daemon=$!
	eventually test -e "$run/status.json" && kill -0 "$daemon" || { cat "$folder/$name.err"; return 1; }
}

stop_daemon() {
	kill -TERM "$daemon" && wait "$daemon"
	local status=$?
	daemon=
	return $status
}

write_policies() {
	mkdir -p "$folder/$1-policies"
	cat > "$folder/$1-policies/p.yaml" <<-EOF
		apiVersion: security.kubearmor.com/v1
		kind: KubeArmorHostPolicy
		metadata: {name: hsp-$1}
		spec:
		  nodeSelector: {matchLabels: {kubernetes.io/hostname: "*"}}
		  file: {matchDirectories: [{dir: $folder/audited/}]}
		  action: ${2:-Audit}
	EOF
}

# A program that starts another and reads a file. Each has a path of its own, so that nothing else is it.
prepare() {
	cp /bin/busybox "$program" && cp /bin/busybox "$other" || return 1
	mkdir -p "$folder/audited" && echo secret > "$file" || return 1
	write_policies live
	start_daemon live --hostVisibility process
}

act() { "$program" sh -c "\"$other\" cat \"$file\"; \"$other\" true"; }

# listen OPTIONS…: kubearmor logs in the background, once it listens.
listen() {
	rm -f "$folder/said"
	"$kubearmor" logs --run-dir "$run" "$@" > "$folder/seen" 2> "$folder/said" &
	listener=$!
	eventually grep -q '^listening' "$folder/said"
}

# ---- logs -------------------------------------------------------------------

limit_ends_it() {
	listen --type log --filter "ProcessName=^$other\$" --resource "$file" -o json --limit 1 ||
		return 1
	eventually eval 'act; ! kill -0 $listener'
	wait "$listener" || { echo "ended with $?"; cat "$folder/said"; return 1; }
	python3 - "$folder/seen" "$file" <<-'END'
		import json, sys
		records = [json.loads(line) for line in open(sys.argv[1])]
		assert len(records) == 1, records
		assert sys.argv[2] in records[0]["Resource"], records
		assert records[0]["Type"] == "HostLog", records
	END
}

interruption_ends_it() {
	listen --process "^$other\$" -o table || return 1
	eventually eval 'act; grep -q "$file" "$folder/seen"' || { cat "$folder/seen" "$folder/said"; return 1; }
	kill -INT "$listener"
	wait "$listener" || { echo "ended with $?"; return 1; }
	head -1 "$folder/seen" | grep -q '^TIME  *ACTION' && ! grep -q $'\e' "$folder/seen"
}

reader_ends_it() {
	"$kubearmor" logs --run-dir "$run" -q -o json 2> "$folder/said" | head -1 > "$folder/seen" &
	local pipeline=$!
	eventually eval 'act; test -s "$folder/seen"' || return 1
	# Its next line finds no reader.
	eventually eval 'act; ! kill -0 $pipeline'
	! grep -q . "$folder/said"
}

records_in_a_file() {
	grep -F "$folder/" "$folder/live.log" > "$folder/own.log"
	ends 0 "$kubearmor" logs --file "$folder/own.log" --process "^$other\$" -o table | grep -q "$file"
}

colours_are_for_terminals() {
	local words="$kubearmor logs --file $folder/live.log --limit 3"
	script -qec "$words" /dev/null < /dev/null | grep -q $'\e\\[' || { echo "none on a terminal"; return 1; }
	! NO_COLOR=1 script -qec "$words" /dev/null < /dev/null | grep -q $'\e\\['
}

usage() {
	ends 2 "$kubearmor" logs --file "$folder/live.log" --resource 'a(b))' 2> "$folder/said" || return 1
	grep -q "at character 5" "$folder/said" || { cat "$folder/said"; return 1; }
	ends 2 "$kubearmor" logs --filter 'Resorce=x' && ends 2 "$kubearmor" logs --limit 0
}

no_daemon() {
	local command
	for command in logs top profile "record $folder/x"; do
		# Words on purpose.
		ends 3 "$kubearmor" $command --run-dir "$folder/none" || return 1
	done
}

# ---- the socket -------------------------------------------------------------

peers() { python3 "$peer" "$1" "$run/events.sock" "$file" "$program" sh -c :; }

# ---- profiles ---------------------------------------------------------------

# Of what this script did, and of the first that anybody did.
profile_is_least() {
	local policy=$folder/least.yaml
	grep -F "$folder/" "$folder/live.log" > "$folder/own.log"
	head -n 3000 "$folder/live.log" > "$folder/any.log"
	"$kubearmor" profile --file "$folder/own.log" -o table | grep -q "$other .*$file" || return 1
	"$kubearmor" profile --file "$folder/own.log" --filter "Resource=^$folder/" --recommend > "$policy" || return 1
	grep -q "path: $other, fromSource: \[{path: $program}" "$policy" || { cat "$policy"; return 1; }
	"$kubearmor" policy check --strict --no-notes "$policy" || return 1
	"$kubearmor" profile --file "$folder/any.log" --recommend > "$policy" || return 1
	"$kubearmor" policy check --strict --no-notes "$policy" || return 1
	"$kubearmor" policy test "$policy" --recording "$folder/any.log" --posture block
}

# ---- record and replay ------------------------------------------------------

records() {
	"$kubearmor" record "$recording" --run-dir "$run" 2> "$folder/said" &
	local recorder=$!
	eventually grep -q '^recording' "$folder/said" || { cat "$folder/said"; return 1; }
	eventually eval 'act; grep -aq "$file" "$recording"' || return 1
	kill -INT $recorder
	wait $recorder || { cat "$folder/said"; return 1; }
	grep -E '^[1-9][0-9]* events recorded$' "$folder/said" || { cat "$folder/said"; return 1; }
	ends 1 "$kubearmor" record "$recording" --run-dir "$run"
}

end_is_told() {
	listen --process "^$other\$" || return 1
	stop_daemon || return 1
	wait "$listener"
	[ $? -eq 1 ] || return 1
	grep -q 'the daemon has stopped' "$folder/said" && [ ! -e "$run/events.sock" ] && [ ! -e "$run/record.sock" ]
}

# The rules of today judge what was recorded: an audit rule that was not there then.
replays() {
	write_policies played
	start_daemon played --monitors replay --replayFile "$recording" --replaySpeed 0 \
		--hostVisibility process,file
	eventually grep -q 'played to its end' "$folder/played.err" || { cat "$folder/played.err"; return 1; }
	stop_daemon || return 1
	"$kubearmor" logs --file "$folder/played.log" --type alert -o json > "$folder/seen"
	grep -q '"PolicyName":"hsp-played"' "$folder/seen" && grep -q "$file" "$folder/seen" || {
		head -3 "$folder/played.log"
		return 1
	}
	"$kubearmor" logs --file "$folder/played.log" --type log --process "^$other\$" -o json |
		grep -q Process
}

differs() {
	write_policies before Audit
	write_policies after Block
	local before=$folder/before-policies after=$folder/after-policies
	ends 1 "$kubearmor" policy diff "$before" "$after" --against "$recording" > "$folder/seen" || return 1
	grep -q "read $file by $other" "$folder/seen" &&
		grep -q 'audited by .* → denied by' "$folder/seen" || {
		cat "$folder/seen"
		return 1
	}
	ends 0 "$kubearmor" policy diff "$after" "$after" --against "$recording" || return 1
	"$kubearmor" profile --file "$recording" --recommend > "$folder/least.yaml" || return 1
	"$kubearmor" policy check --strict --no-notes "$folder/least.yaml" &&
		"$kubearmor" policy test "$folder/least.yaml" --recording "$recording" --posture block
}

# Containers of a recording are known again: whose they were, and under which policies.
replays_containers() {
	python3 "$peer" make "$folder/of-containers" || return 1
	mkdir -p "$folder/shop-policies"
	cat > "$folder/shop-policies/p.yaml" <<-EOF
		apiVersion: security.kubearmor.com/v1
		kind: KubeArmorPolicy
		metadata: {name: ksp-shop, namespace: shop}
		spec:
		  selector: {matchLabels: {app: web}}
		  file: {matchPaths: [{path: /etc/secret}]}
		  action: Audit
	EOF
	start_daemon shop --monitors replay --replayFile "$folder/of-containers" --visibility file
	eventually grep -q 'played to its end' "$folder/shop.err" || { cat "$folder/shop.err"; return 1; }
	stop_daemon || return 1
	python3 - "$folder/shop.log" <<-'END'
		import json, sys
		alerts = [r for r in map(json.loads, open(sys.argv[1])) if r.get("PolicyName") == "ksp-shop"]
		assert len(alerts) == 1, alerts
		wanted = {"PodName": "web-1", "NamespaceName": "shop", "ContainerID": "c" * 64, "Labels": "app=web",
		          "Resource": "/etc/secret", "Action": "Audit", "Type": "MatchedPolicy"}
		for key, value in wanted.items():
		    assert alerts[0].get(key) == value, (key, alerts[0])
	END
}

samples() {
	listen_top() { "$kubearmor" top --run-dir "$run" --interval 1 --iterations 1 "$@"; }
	while kill -0 $$ && [ ! -e "$folder/enough" ]; do act; done > /dev/null 2>&1 &
	local actor=$!
	listen_top -o json > "$folder/seen"
	local status=$?
	listen_top > "$folder/table"
	touch "$folder/enough"
	wait $actor
	[ $status -eq 0 ] || return 1
	python3 - "$folder/seen" <<-'END'
		import json, sys
		sample = json.load(open(sys.argv[1]))
		assert any(row["logs"] > 0 for row in sample["workloads"]), sample
	END
	grep -q WORKLOAD "$folder/table"
}

sees_events() {
	eventually eval 'act; grep -q "$other true" "$folder/live.log"' && grep -q "$file" "$folder/live.log"
}

check "the daemon hands over what happens" eval 'prepare && sees_events'
check "logs ends at its limit, with filters by fields" limit_ends_it
check "logs ends with 0 when interrupted" interruption_ends_it
check "logs ends when its reader goes away" reader_ends_it
check "logs reads what the feeder file has written" records_in_a_file
check "the recommended policy has no findings and denies nothing that was recorded" profile_is_least
check "colours are for terminals, and not with NO_COLOR" colours_are_for_terminals
check "a wrong pattern ends with 2 and says where" usage
check "without a daemon commands end with 3" no_daemon
check "a subscriber gets what it asks for, in order" peers wishes
check "what is not understood is refused, and too many are" peers refusals
check "a stalled subscriber loses its own lines, is told how many, and no other waits" peers stalled
check "top prints a sample" samples
check "top has a terminal for itself, follows its size and keys, and gives it back" \
	python3 "$peer" screen "$kubearmor" "$run"
check "raw events are recorded until the interruption" records
check "the end of the daemon is told, ends logs with 1, and its sockets go" end_is_told
check "a recording is judged by the policies of today" replays
check "policy diff says what of a recording would be decided otherwise" differs
check "containers of a recording are known again" replays_containers

summary
