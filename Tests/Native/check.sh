# SPDX-License-Identifier: Apache-2.0
# What native tests have in common; read by each of them, which has made $folder.

passed=0
failed=0

# check NAME COMMAND…: runs it, keeps its output for the case that it fails.
check() {
	local name=$1
	shift
	if "$@" > "$folder/output" 2>&1; then
		passed=$((passed + 1))
		echo "ok   $name"
	else
		failed=$((failed + 1))
		echo "FAIL $name"
		head -c 4000 "$folder/output" | sed 's/^/       /'
	fi
}

# Waits until COMMAND succeeds; a minute at most, for slow machines.
eventually() {
	local end=$((SECONDS + 60))
	until "$@" > /dev/null 2>&1; do
		[ $SECONDS -lt $end ] || { "$@"; return; }
		sleep 0.05
	done
}

# field NAME FIELD: of the container with that name; "" when there is none.
field() {
	"$kubearmor" workloads list -o json --run-dir "$folder/run" | /usr/bin/python3 -c '
import json, sys
for workload in json.load(sys.stdin):
    if workload["kind"] == "container" and workload[sys.argv[3]] == sys.argv[1]:
        value = workload[sys.argv[2]]
        print(",".join(value) if isinstance(value, list) else value)' "$1" "$2" "${name_key:-name}"
}

# is NAME FIELD VALUE
is() {
	local value
	value=$(field "$1" "$2")
	[ "$value" = "$3" ] && return 0
	echo "$2 of $1 is '$value', not '$3'"
	"$kubearmor" workloads list --run-dir "$folder/run"
	return 1
}

# Says how it went, and what the daemon said where something failed; the status is the run's.
summary() {
	[ "$failed" -eq 0 ] || [ ! -f "$folder/daemon.log" ] || sed 's/^/daemon: /' "$folder/daemon.log" | tail -60
	echo "$passed passed, $failed failed"
	[ "$failed" -eq 0 ]
}
