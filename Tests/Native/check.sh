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

# Says how it went, and what the daemon said where something failed; the status is the run's.
summary() {
	[ "$failed" -eq 0 ] || [ ! -f "$folder/daemon.log" ] || sed 's/^/daemon: /' "$folder/daemon.log" | tail -60
	echo "$passed passed, $failed failed"
	[ "$failed" -eq 0 ]
}
