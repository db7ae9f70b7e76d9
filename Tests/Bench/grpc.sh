#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# The feeder grpc with one subscriber: events a second and bytes a log, against the same records with no subscriber (a
# null feeder), and how late alerts are at 10,000 a second:
#   grpc.sh STAGE CLANG
set -eu

plugin=$(readlink -f "$1")/usr/lib/kubearmor/plugins/kubearmor-feeder-grpc.so
clang=$2
here=$(dirname "$(readlink -f "$0")")
folder=$(mktemp -d)
feed=
trap '[ -z "$feed" ] || kill "$feed" 2>/dev/null; rm -rf "$folder"' EXIT

"$clang" -std=gnu2x -O2 -D_GNU_SOURCE -I"$here/../../Sources/PluginABI/include" "$here/../Native/grpc_feed.c" -ldl \
	-o "$folder/feed"
"$clang" -std=gnu2x -O2 -D_GNU_SOURCE "$here/grpc.c" -o "$folder/client"

mkfifo "$folder/in" "$folder/out"
LD_LIBRARY_PATH=$(dirname "$plugin")/../swift "$folder/feed" "$plugin" gRPC=0 gRPCHealthPort=0 \
	gRPCSocket=none gRPCAddress=127.0.0.1 < "$folder/in" > "$folder/out" \
	2> "$folder/log" &
feed=$!
exec 3> "$folder/in" 4< "$folder/out"
read -r -u 4 greeting
[ "$greeting" = open ] || { echo "$greeting" >&2; exit 1; }
port=$(sed -n 's/.*port \([0-9]*\).*/\1/p' "$folder/log")

ask() {
	echo "$1" >&3
	read -r -u 4 answer
	echo "$answer"
}

# with COUNT WHAT ORDER: a subscriber that reads COUNT messages while the feeder publishes.
with() {
	local pause
	timeout 60 "$folder/client" 127.0.0.1 "$port" "$2" "$1" &
	local client=$!
	for pause in $(seq 200); do
		ask stats | grep -q 'subscribers=1$' && break
		sleep 0.01
	done
	ask "$3"
	wait "$client" || echo "not all of $1 came within 60 s"
	for pause in $(seq 200); do
		ask stats | grep -q 'subscribers=0$' && break
		sleep 0.01
	done
}

echo "nobody listens:"
ask "flood 2000000 0"
echo "one subscriber, 150,000 logs a second for four seconds, none lost:"
with 600000 logs "flood 600000 150000"
ask stats
echo "one subscriber, as many logs as there can be (what it has no time for is dropped and counted):"
with 1000000 logs "flood 4000000 0"
ask stats
echo "alerts, 10,000 a second for five seconds:"
with 50000 alerts "pace 10000 5"
awk '/VmHWM/ {print "memory at most " $2 " kB"}' "/proc/$feed/status"
echo quit >&3
wait "$feed"
feed=
