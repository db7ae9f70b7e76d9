#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Containers of pods held before their first instruction by NRI, on this machine's own kernel:
#   nri.sh STAGE CONTAINERD
# CONTAINERD is a folder with a containerd that has NRI (containerd.sh); it runs in a folder of this run, with Debian's
# runc. The daemon runs with noop, since what is tested is who is known when. Containers need no network.
set -u

stage=$(readlink -f "$1")
tools=$(readlink -f "$2")/usr/bin
kubearmor=$stage/usr/bin/kubearmor
here=$(dirname "$(readlink -f "$0")")
folder=$(mktemp -d /run/kubearmor-nri.XXXXXX)
mkdir "$folder/policies" "$folder/run" "$folder/logs"
touch "$folder/daemon.log"
image=docker.io/library/kubearmor-test:1
hierarchy=$(awk '/ cgroup2 / {print $5; exit}' /proc/self/mountinfo)
daemon=
frozen=

# Ends what this run has started, and nothing else: first as the runtime would, so that it cleans up after itself.
finish() {
	local pid path shim
	[ -n "$frozen" ] && kill -9 "$frozen"
	[ -n "$daemon" ] && kill -9 "$daemon"
	if kill -0 "$(cat "$folder/containerd.pid")"; then
		timeout 10 "$tools/ctr" -a "$folder/containerd.sock" -n k8s.io task ls -q |
			xargs -r timeout 20 "$tools/ctr" -a "$folder/containerd.sock" -n k8s.io task rm -f
	fi
	for shim in $(pgrep -f -- "-address $folder/"); do
		for pid in $(pgrep -P "$shim") "$shim"; do kill -9 "$pid"; done
	done
	for pid in $(cat "$folder"/pids); do kill -9 "$pid"; done
	awk -v f="$folder/" 'index($5, f) == 1 {print $5}' /proc/self/mountinfo | sort -r |
		while read -r mount; do umount -l "$mount"; done
	for path in $(cat "$folder"/cgroups); do [ ! -d "$path" ] || rmdir "$path"; done
	rm -rf "$folder"
} > /dev/null 2>&1
trap finish EXIT
trap 'exit 1' TERM INT

. "$(dirname "$(readlink -f "$0")")/check.sh"
# Containers of pods are known by their own names.
name_key=containerName

# ---- the runtime and the daemon ----------------------------------------------------------

start_containerd() {
	cat > "$folder/config.toml" <<-EOF
		version = 2
		root = "$folder/root"
		state = "$folder/state"
		[grpc]
		  address = "$folder/containerd.sock"
		[ttrpc]
		  address = "$folder/ttrpc.sock"
		[plugins."io.containerd.nri.v1.nri"]
		  disable = false
		  socket_path = "$folder/nri.sock"
		  plugin_path = "$folder/nri.plugins"
		  plugin_config_path = "$folder/nri.d"
		[plugins."io.containerd.grpc.v1.cri"]
		  sandbox_image = "$image"
		  restrict_oom_score_adj = true
		[plugins."io.containerd.grpc.v1.cri".containerd]
		  snapshotter = "native"
		[plugins."io.containerd.grpc.v1.cri".cni]
		  bin_dir = "$folder/cni"
		  conf_dir = "$folder/cni.d"
	EOF
	PATH=$tools:$PATH containerd -c "$folder/config.toml" >> "$folder/containerd.log" 2>&1 &
	echo $! > "$folder/containerd.pid"
	echo $! >> "$folder/pids"
	eventually test -S "$folder/nri.sock" && eventually cri is-there
}

stop_containerd() {
	kill -9 "$(cat "$folder/containerd.pid")"
	wait "$(cat "$folder/containerd.pid")" 2>/dev/null
}

cri() {
	if [ "$1" = is-there ]; then
		"$tools/ctr" -a "$folder/containerd.sock" plugins ls | grep -q 'cri .*ok'
	else
		"$here/cri.py" "$folder/containerd.sock" "$@"
	fi
}

# pod NAMESPACE NAME KEY=VALUE…: its id goes to a file.
pod() {
	local namespace=$1 name=$2
	shift 2
	mkdir -p "$folder/logs/$name"
	cri pod "$namespace" "$name" "$folder/logs/$name" "$@" > "$folder/$name.id"
}

# start NAMESPACE POD NAME COMMAND: a container in that pod, which executes the command in a shell.
start() {
	cri start "$(cat "$folder/$2.id")" "$1" "$2" "$3" "$image" "$folder/logs/$2" "$folder/daemon.log" \
		/bin/busybox sh -c "$4"
}

# What a container has written.
written() { sed -n 's/^[^ ]* stdout F //p' "$folder/logs/$1/$2.log"; }

# start_daemon SOCKET: settings that change are in a file.
start_daemon() {
	[ -e "$folder/kubearmor.yaml" ] || echo "hookTimeoutMilliseconds: 2000" > "$folder/kubearmor.yaml"
	"$kubearmor" daemon --config "$folder/kubearmor.yaml" --policyDir "$folder/policies" --runDir "$folder/run" \
		--enforcer noop --sources nri --nriSocket "$1" --visibility none --hostVisibility none \
		2>> "$folder/daemon.log" &
	daemon=$!
	eventually test -e "$folder/run/status.json" && kill -0 "$daemon"
}

stop_daemon() {
	kill -TERM "$daemon" && wait "$daemon"
	local status=$?
	daemon=
	return $status
}

# Puts settings into force: LINE…
configure() {
	local before
	before=$(count 'reloaded:')
	printf '%s\n' "$@" > "$folder/kubearmor.yaml"
	kill -HUP "$daemon"
	eventually has_more "$before" 'reloaded:'
}

count() { grep -c -- "$1" "$folder/daemon.log"; }
has_more() { [ "$(count "$2")" -gt "$1" ]; }
said() { grep -q -- "$1" "$folder/daemon.log"; }

# Waits until the next conversation with a runtime has begun: it is asked for every container from then on.
listening() { eventually has_more "$1" 'source nri: [0-9]* containers'; }

prepare() {
	cat > "$folder/policies/of-shop.yaml" <<-EOF
		apiVersion: security.kubearmor.com/v1
		kind: KubeArmorPolicy
		metadata: {name: of-shop, namespace: prod}
		spec:
		  selector: {matchLabels: {app: shop}}
		  file: {matchPaths: [{path: /etc/secret}]}
		  action: Audit
	EOF
	"$here/image.py" "$folder" && start_containerd &&
		"$tools/ctr" -a "$folder/containerd.sock" -n k8s.io image import --snapshotter native \
			"$folder/oci.tar" &&
		start_daemon "$folder/nri.sock" && listening 0
}

# ---- what holds ---------------------------------------------------------------------------

# A container's first instruction counts how many containers of its pod are under their rule by then: itself included.
counting="busybox grep -c 'container prod/shop-0: 1 rules of 1' /log"

counted() {
	[ "$(written shop-0 "$1")" = "$2" ] || { echo "$1 has counted '$(written shop-0 "$1")', not $2"; return 1; }
}

sandbox() {
	pod prod shop-0 app=shop && eventually is_sandbox_held
}

is_sandbox_held() {
	"$kubearmor" workloads list -o json --run-dir "$folder/run" | /usr/bin/python3 -c '
import json, sys
found = [w for w in json.load(sys.stdin) if w["containerID"] == sys.argv[1]]
assert len(found) == 1 and found[0]["heldByHook"] and found[0]["policies"] == ["of-shop"], found' \
		"$(cat "$folder/shop-0.id")"
}

# counts NAME NUMBER AND-THEN
counts() { start prod shop-0 "$1" "$counting$3" && eventually has_written shop-0 "$1" && counted "$1" "$2"; }
init_container() { counts init 2 ""; }
sidecar() { counts sidecar 3 "; exec sleep 1000"; }
container() { counts shop 4 "; exec sleep 1000"; }
ephemeral() { counts debugger 5 ""; }
has_written() { [ -n "$(written "$1" "$2")" ]; }

identity() {
	eventually is shop policies of-shop && is shop namespace prod && is shop name shop-0 &&
		is shop image "$image" && is shop runtime containerd &&
		is shop heldByHook True && is sidecar heldByHook True &&
		[[ $(field shop labels) == *app=shop* ]] &&
		grep -q "$(field shop containerID)" "/proc/$(field shop initPID)/cgroup"
}

said_by_probe() {
	"$kubearmor" probe --run-dir "$folder/run" | tee /dev/stderr | grep 'since the start; nri holds' |
		grep -q 'known before their first instruction by a source: 3 of [0-9]* containers; .*5 held'
}

probe_tells() { eventually said_by_probe; }

next_daemon() {
	local before
	before=$(count 'source nri: [0-9]* containers')
	stop_daemon && start_daemon "$folder/nri.sock" && listening "$before" &&
		eventually is shop heldByHook True && is shop policies of-shop && is shop image "$image" &&
		start prod shop-0 later "exec sleep 1000" && eventually is later heldByHook True &&
		is later policies of-shop
}

# containerd's own socket stays, nobody listens there, and it is back.
runtime_is_back() {
	local before
	before=$(count 'source nri: [0-9]* containers')
	stop_containerd
	eventually said 'what source nri reported stays' && is shop policies of-shop || return 1
	start_containerd && listening "$before" && eventually is shop heldByHook True &&
		start prod shop-0 last "exec sleep 1000" && eventually is last heldByHook True &&
		is last policies of-shop
}

removed() {
	cri remove "$(cat "$folder/shop-0.id")" && eventually is shop key "" && is later key ""
}

# ---- when the daemon does not answer ----------------------------------------------------

freeze() {
	"$here/nri.py" freeze "$daemon" containers > "$folder/frozen" 2>&1 &
	frozen=$!
	eventually grep -q frozen "$folder/frozen"
}

thaw() {
	kill -9 "$frozen"
	wait "$frozen" 2>/dev/null
	frozen=
}

pods() {
	configure "hookTimeoutMilliseconds: 300" && pod prod other-0 app=shop &&
		pod kube-system system-0 app=shop && freeze
}

not_started() {
	local output
	output=$(start prod other-0 closed "echo started" 2>&1) && return 1
	echo "$output"
	grep -q 'is not started: the daemon has not answered within 300 ms' <<< "$output" &&
		[ -z "$(written other-0 closed 2>/dev/null)" ]
}

allowed() {
	start kube-system system-0 allowed "echo started; exec sleep 1000" && eventually has_written system-0 allowed
}

started() {
	thaw
	configure "hookTimeoutMilliseconds: 300" "hookFailure: open" && freeze &&
		start prod other-0 open "echo started; exec sleep 1000" && eventually has_written other-0 open
}

late() {
	thaw
	eventually said 'source nri had given up before it was answered' && eventually is open policies of-shop &&
		is open heldByHook False && is allowed heldByHook False
}

# NRI's own rule: a plugin that does not answer at all is put out after two seconds, and the container is started.
stopped_whole() {
	local before
	configure "hookFailure: closed" || return 1
	before=$(count 'source nri: [0-9]* containers')
	kill -STOP "$daemon"
	start prod other-0 unseen "exec sleep 1000"
	local status=$?
	kill -CONT "$daemon"
	[ $status -eq 0 ] && listening "$before" && eventually is unseen policies of-shop && is unseen heldByHook False
}

# ---- runtimes that say something else -------------------------------------------------------

one=$(printf '1%.0s' $(seq 64))
two=$(printf '2%.0s' $(seq 64))

runtime() {
	rm -f "$folder/fake.out"
	[ -e "$folder/hold" ] || mkfifo "$folder/hold"
	"$here/nri.py" runtime "$folder/fake.sock" "$@" < "$folder/hold" > "$folder/fake.out" 2>&1 &
	echo $! >> "$folder/pids"
	exec 9> "$folder/hold"
	eventually test -s "$folder/fake.out"
	local status=$?
	cat "$folder/fake.out"
	return $status
}

hang_up() { exec 9>&-; }

# As CRI-O: newer requests, and a cgroup in systemd's form instead of a process.
crio() {
	mkdir "$hierarchy/crio-$one.scope" || return 1
	echo "$hierarchy/crio-$one.scope" >> "$folder/cgroups"
	sleep 1000 &
	echo $! >> "$folder/pids"
	echo $! > "$hierarchy/crio-$one.scope/cgroup.procs"
	local pid=$!
	start_daemon "$folder/fake.sock" && runtime "$one" 0 "-.slice:crio:$one" &&
		grep -q '^started' "$folder/fake.out" && eventually is web initPID $pid &&
		is web heldByHook True && is web runtime cri-o && is web name web-pod
	local status=$?
	hang_up
	return $status
}

lies() {
	local three
	three=$(printf '3%.0s' $(seq 64))
	runtime "$three" $$ "" && grep -q 'is not started: its rule set is not in force' "$folder/fake.out" &&
		said "source nri: container $three: its process is in the cgroup" && is web containerID "$one"
	local status=$?
	hang_up
	return $status
}

# CRI-O starts a container in spite of an error: it has nothing left to start.
crio_refused() {
	mkdir "$hierarchy/crio-$two.scope" || return 1
	echo "$hierarchy/crio-$two.scope" >> "$folder/cgroups"
	sleep 1000 &
	local pid=$! status
	echo "$pid" >> "$folder/pids"
	echo "$pid" > "$hierarchy/crio-$two.scope/cgroup.procs"
	configure "hookTimeoutMilliseconds: 300" && freeze && runtime "$two" "$pid" "" &&
		grep -q 'is not started: the daemon has not answered within 300 ms' "$folder/fake.out" &&
		eventually ended "$pid"
	status=$?
	thaw
	hang_up
	return $status
}

ended() { ! kill -0 "$1"; }

garbage() {
	[ "$("$here/nri.py" garbage "$folder/fake.sock")" = "hung up" ] &&
		eventually said 'the runtime cannot be understood' && is web containerID "$one"
}

# How long is a figure (5 ms p99 on a machine that does nothing else), not a verdict.
waits() { "$here/nri.py" waits "$folder/fake.sock" "$hierarchy" 100 > "$folder/waits"; }

check "containerd with NRI starts in a folder, and the daemon" prepare
check "a pod's sandbox is held, under its rules" sandbox
check "an init container: name, labels and rules are in force before its first instruction" init_container
check "a sidecar: the same" sidecar
check "a container: the same" container
check "an ephemeral container: the same" ephemeral
check "a container is who the runtime says" identity
check "probe says which guarantee holds" probe_tells
check "the next daemon knows who was held, and the runtime waits for it" next_daemon
check "the runtime is killed and comes back: what was told stays, and it waits again" runtime_is_back
check "a pod that is removed is gone" removed
check "a daemon that does not answer: pods before that" pods
check "closed: not started, within the limit, and it is said why" not_started
check "a namespace that is allowed starts" allowed
check "open: started" started
check "what was answered too late is said, and is not called held" late
check "a daemon that is stopped as a whole: the runtime starts all, and that is told" stopped_whole
check "the daemon ends" stop_daemon
check "CRI-O: its requests, and its cgroup for a process" crio
check "a runtime that lies is refused its container" lies
check "CRI-O, closed: a container that is refused has no process left that could be started" crio_refused
check "a runtime that talks nonsense is left, and nothing of what was known" garbage
check "100 containers, each waited for until its rules are in force" waits
check "the daemon ends again" stop_daemon

[ ! -s "$folder/waits" ] || sed 's/^/     /' "$folder/waits"
summary
