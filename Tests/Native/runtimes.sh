#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Who containers are, with real runtimes on this machine's own kernel:
#   runtimes.sh STAGE
# containerd, Docker and CRI (containerd's, and a stand-in for CRI-O) run in a folder of this run; the daemon runs with
# noop, since what is tested is identity. Containers need no network.
set -u

stage=$(readlink -f "$1")
kubearmor=$stage/usr/bin/kubearmor
here=$(dirname "$(readlink -f "$0")")
folder=$(mktemp -d /run/kubearmor-runtimes.XXXXXX)
mkdir "$folder/policies" "$folder/run"
image=docker.io/library/kubearmor-test:1
daemon=

# Ends what this run has started, and nothing else: first as the runtimes would, so that they clean up after themselves.
finish() {
	local name namespace pid path shim
	[ -n "$daemon" ] && kill -9 "$daemon" 2>/dev/null
	for name in containerd cri; do
		# Otherwise the client waits for one that comes.
		kill -0 "$(cat "$folder/$name.pid")" || continue
		for namespace in default other moby k8s.io; do
			timeout 10 ctr -a "$folder/$name/containerd.sock" -n "$namespace" task ls -q 2>/dev/null |
				xargs -r timeout 20 ctr -a "$folder/$name/containerd.sock" -n "$namespace" task rm -f
		done
	done > /dev/null 2>&1
	for shim in $(pgrep -f -- "-address $folder/"); do
		for pid in $(pgrep -P "$shim") "$shim"; do kill -9 "$pid" 2>/dev/null; done
	done
	for pid in $(cat "$folder"/pids 2>/dev/null); do kill -9 "$pid" 2>/dev/null; done
	awk -v f="$folder/" 'index($5, f) == 1 {print $5}' /proc/self/mountinfo | sort -r |
		while read -r mount; do umount -l "$mount"; done
	for path in $(cat "$folder"/cgroups 2>/dev/null); do [ ! -d "$path" ] || rmdir "$path"; done
	rm -rf "$folder"
}
trap finish EXIT
trap 'exit 1' TERM INT

. "$(dirname "$(readlink -f "$0")")/check.sh"

# ---- runtimes -----------------------------------------------------------------

start_containerd() {
	mkdir -p "$folder/$1"
	cat > "$folder/$1/config.toml" <<-EOF
		version = 2
		root = "$folder/$1/root"
		state = "$folder/$1/state"
		$([ "$1" = cri ] || echo 'disabled_plugins = ["io.containerd.grpc.v1.cri"]')
		[grpc]
		  address = "$folder/$1/containerd.sock"
		[ttrpc]
		  address = "$folder/$1/ttrpc.sock"
		[plugins."io.containerd.grpc.v1.cri"]
		  sandbox_image = "$image"
		  restrict_oom_score_adj = true
		[plugins."io.containerd.grpc.v1.cri".containerd]
		  snapshotter = "native"
		[plugins."io.containerd.grpc.v1.cri".cni]
		  bin_dir = "$folder/$1/cni"
		  conf_dir = "$folder/$1/cni.d"
	EOF
	containerd -c "$folder/$1/config.toml" >> "$folder/$1.log" 2>&1 &
	echo $! > "$folder/$1.pid"
	echo $! >> "$folder/pids"
	eventually ctr -a "$folder/$1/containerd.sock" version
}

stop() {
	kill -9 "$(cat "$folder/$1.pid")"
	wait "$(cat "$folder/$1.pid")" 2>/dev/null
}

start_docker() {
	mkdir -p "$folder/docker"
	cat > "$folder/docker/daemon.json" <<-EOF
		{"data-root": "$folder/docker/data", "exec-root": "$folder/docker/exec",
		 "pidfile": "$folder/docker/pid", "hosts": ["unix://$folder/docker/docker.sock"],
		 "bridge": "none", "iptables": false, "ip-forward": false, "ip-masq": false,
		 "storage-driver": "vfs", "containerd": "$folder/containerd/containerd.sock"}
	EOF
	dockerd --config-file "$folder/docker/daemon.json" >> "$folder/docker.log" 2>&1 &
	echo $! > "$folder/docker.pid"
	echo $! >> "$folder/pids"
	eventually docker -H "unix://$folder/docker/docker.sock" version
}

engine() { docker -H "unix://$folder/docker/docker.sock" "$@"; }
# Runs a container: start [-n NAMESPACE] OPTIONS IMAGE NAME
start() {
	local namespace=default
	[ "$1" = -n ] && { namespace=$2; shift 2; }
	of_containerd -n "$namespace" run -d --snapshotter native --runc-root "$folder/runc" "$@"
}
of_containerd() { ctr -a "$folder/containerd/containerd.sock" "$@"; }

# ---- the daemon -------------------------------------------------------------------

start_daemon() {
	"$kubearmor" daemon --policyDir "$folder/policies" --runDir "$folder/run" --logPath "$folder/alerts.json" \
		--enforcer noop --sources "$1" --containerdSocket "$folder/containerd/containerd.sock" \
		--dockerSocket "$folder/docker/docker.sock" --criSocket "unix://$folder/cri/containerd.sock" \
		--visibility none --hostVisibility none 2>> "$folder/daemon.log" &
	daemon=$!
	eventually test -e "$folder/run/status.json" && kill -0 "$daemon"
}

stop_daemon() {
	local began=$SECONDS
	kill -TERM "$daemon"
	wait "$daemon"
	local status=$?
	daemon=
	[ $status -eq 0 ] && [ $((SECONDS - began)) -le 5 ]
}

is_there() { [ -n "$(field "$1" key)" ]; }
is_gone() { [ -z "$(field "$1" key)" ]; }

write_policy() {
	cat > "$folder/policies/.new" <<-EOF
		apiVersion: security.kubearmor.com/v1
		kind: KubeArmorPolicy
		metadata: {name: $1, namespace: $2}
		spec:
		  selector: {matchLabels: {$3}}
		  file: {matchPaths: [{path: /etc/secret}]}
		  action: Audit
	EOF
	mv "$folder/policies/.new" "$folder/policies/$1.yaml"
}

# ---- containerd -----------------------------------------------------------------------

prepare() {
	"$here/image.py" "$folder" && start_containerd containerd &&
		of_containerd image import --snapshotter native "$folder/oci.tar" &&
		of_containerd -n other image import --snapshotter native "$folder/oci.tar" || return 1
	write_policy of-box container_namespace 'kubearmor.io/container.name: box'
	write_policy of-prod prod 'app: shop'
	start --label app=shop --label kubearmor.io/namespace=prod "$image" box
}

daemon_starts() { start_daemon containerd,docker,cri; }

cgroup_of() {
	local path
	path=$(sed -n 's/^0:://p' "/proc/$1/cgroup")
	stat -c %i "$(awk '$9 == "cgroup2" || $8 == "cgroup2" {print $5}' /proc/self/mountinfo | head -1)$path"
}

pid_of() { of_containerd "${@:2}" task ls | awk -v name="$1" '$1 == name {print $2}'; }

identity() {
	local pid
	pid=$(pid_of box)
	eventually is box policies of-prod && is box containerID box && is box namespace prod || return 1
	is box runtime containerd && is box initPID "$pid" && is box cgroup "$(cgroup_of "$pid")" || return 1
	is box rules 1 && is box enforcer noop || return 1
	[[ $(field box image) == "$image@sha256:"* ]] || { echo "image $(field box image)"; return 1; }
	[ -f "$(field box root)/etc/secret" ] || { echo "root $(field box root)"; return 1; }
	[[ ,$(field box labels), == *,app=shop,*kubearmor.io/container.name=box,* ]] || { field box labels; return 1; }
}

an_event_tells() {
	write_policy of-second container_namespace 'kubearmor.io/container.name: second'
	start "$image" second || return 1
	eventually is second policies of-second
}

another_namespace() {
	start -n other "$image" elsewhere || return 1
	eventually is elsewhere containerID other/elsewhere
}

has_alert() {
	tail -n +$(($1 + 1)) "$folder/alerts.json" | grep '"ContainerName":"second"' |
		grep -q '"PolicyName":"of-second"'
}

entering_is_belonging() {
	local before
	write_policy of-second container_namespace 'kubearmor.io/container.name: second'
	before=$(wc -l < "$folder/alerts.json")
	of_containerd task exec --exec-id one second /bin/cat /etc/secret || return 1
	eventually has_alert "$before"
}

a_pause_changes_nothing() {
	of_containerd task pause second && is second policies of-second || return 1
	of_containerd task resume second && is second policies of-second
}

remove() {
	of_containerd task kill -s KILL "$1" && eventually task_is_stopped "$1" && of_containerd task rm "$1"
	of_containerd container rm "$1"
}

task_is_stopped() { of_containerd task ls | grep -qE "^$1 .*STOPPED" || ! of_containerd task ls | grep -q "^$1 "; }

a_name_is_used_again() {
	local before
	before=$(field second cgroup)
	remove second || return 1
	eventually is_gone second || return 1
	start --label round=two "$image" second || return 1
	eventually is second initPID "$(pid_of second)" || return 1
	[ "$(field second cgroup)" != "$before" ] && [[ $(field second labels) == *round=two* ]]
}

# containerd is killed; meanwhile one container ends, which only its shim and the kernel know of. Its cgroup stays until
# containerd is back, and so does what is known of it.
a_gap_is_made_up() {
	local pid
	pid=$(pid_of box)
	stop containerd
	eventually grep -q 'what source containerd reported stays' "$folder/daemon.log" || return 1
	is second containerID second && is box policies of-prod || return 1
	kill -9 "$pid"
	start_containerd containerd || return 1
	eventually task_is_stopped box || return 1
	of_containerd task rm box
	of_containerd container rm box
	start "$image" third || return 1
	eventually is third initPID "$(pid_of third)" && eventually is_gone box && is second containerID second
}

hanging() {
	kill -STOP "$(cat "$folder/containerd.pid")"
	is third containerID third && stop_daemon
	local status=$?
	kill -CONT "$(cat "$folder/containerd.pid")"
	return $status
}

# A daemon that starts knows the names before it puts anything into force.
started_anew() {
	local lines
	lines=$(wc -l < "$folder/daemon.log")
	start_daemon containerd,docker,cri && eventually is second policies of-second || return 1
	! tail -n +$((lines + 1)) "$folder/daemon.log" | grep 'container container_namespace/[0-9a-f]\{12\}:'
}

check "containerd starts in a folder, and a container of it" prepare
check "the daemon starts, with sources that wait for runtimes that are not there" daemon_starts
check "containerd: id, name, image with digest, labels, namespace, pid, cgroup, root, policies" identity
check "containerd: a container that starts is known by its event" an_event_tells
check "containerd: another namespace" another_namespace
check "a process that is executed in a container later belongs to it" entering_is_belonging
check "a container that is paused stays under its rules" a_pause_changes_nothing
check "a name that is used again is another container" a_name_is_used_again
check "containerd is killed and comes back: none lost, none kept" a_gap_is_made_up
check "a runtime that hangs keeps the daemon neither from working nor from ending" hanging
check "a daemon that starts anew has the names before its first rule set" started_anew

# ---- Docker ----------------------------------------------------------------------------

docker_prepare() {
	start_docker && engine load -i "$folder/docker.tar" &&
		engine run -d --network none --name web --label app=shop --label kubearmor.io/namespace=prod \
			kubearmor-test:1
}

docker_identity() {
	eventually is web policies of-prod && is web runtime docker && is web namespace prod &&
		eventually is web initPID "$(engine inspect -f '{{.State.Pid}}' web)" &&
		is web containerID "$(engine inspect -f '{{.Id}}' web)" &&
		is web image kubearmor-test:1 || return 1
	# Of a driver that mounts nothing Docker does not say where the root is.
	[ -z "$(field web root)" ] || [ -f "$(field web root)/etc/secret" ]
}

host_namespaces_change_nothing() {
	local pid
	engine run -d --network host --pid host --name shared kubearmor-test:1 || return 1
	pid=$(engine inspect -f '{{.State.Pid}}' shared)
	[ "$(readlink "/proc/$pid/ns/pid")" = "$(readlink /proc/self/ns/pid)" ] || return 1
	eventually is shared initPID "$pid" &&
		is shared cgroup "$(cgroup_of "$pid")" && engine rm -f shared && eventually is_gone shared
}

# The same container is told of by containerd (namespace moby), too.
docker_is_one() { [ "$(field web key | wc -l)" = 1 ]; }

docker_events() {
	engine rename web shop && eventually is_there shop && is_gone web &&
		engine stop -t 0 shop && eventually is_gone shop &&
		engine start shop && eventually is shop initPID "$(engine inspect -f '{{.State.Pid}}' shop)"
}

docker_restarts() {
	stop docker
	rm -f "$folder/docker/pid"
	is_there shop && start_docker || return 1
	eventually engine inspect shop || return 1
	engine rm -f shop
	eventually is_gone shop && engine run -d --network none --name last kubearmor-test:1 && eventually is_there last
}

check "Docker starts after the daemon, and a container of it" docker_prepare
check "Docker: identity" docker_identity
check "Docker: with the host's pid and network namespaces a container is one, too" host_namespaces_change_nothing
check "Docker and containerd tell of one container" docker_is_one
check "Docker: renamed, stopped, started" docker_events
check "Docker is killed and comes back: none lost, none kept" docker_restarts

# ---- CRI ----------------------------------------------------------------------------------

cri_prepare() {
	start_containerd cri &&
		of_cri image import --snapshotter native "$folder/oci.tar" &&
		write_policy of-pod stage 'tier: back' || return 1
	eventually cri run stage db-0 db "$image" "$folder/logs" tier=back statefulset.kubernetes.io/pod-name=db-0
}

of_cri() { ctr -a "$folder/cri/containerd.sock" -n k8s.io "$@"; }
cri() { "$here/cri.py" "$folder/cri/containerd.sock" "$@"; }

cri_identity() {
	eventually is db-0 policies of-pod && is db-0 namespace stage && is db-0 containerName db &&
		is db-0 runtime containerd && is db-0 owner StatefulSet/db
}

cri_removes() {
	local pod
	pod=$(of_cri container ls -q 'labels."io.cri-containerd.kind"==sandbox')
	cri remove "$pod" && eventually is_gone db-0
}

check "CRI starts after the daemon, and a pod of it" cri_prepare
check "CRI: pod, namespace, labels of the pod, owner" cri_identity
check "CRI: a pod that is removed is gone" cri_removes
check "the daemon ends within 5 seconds" stop_daemon

# ---- what CRI-O answers differently, and a runtime that lies -------------------------------

hierarchy=$(awk '/ cgroup2 / {print $5; exit}' /proc/self/mountinfo)
one=$(printf '1%.0s' $(seq 64))
two=$(printf '2%.0s' $(seq 64))

# A process in a cgroup that CRI-O would have made: container ID
container() {
	mkdir "$hierarchy/crio-$1.scope" || return 1
	echo "$hierarchy/crio-$1.scope" >> "$folder/cgroups"
	sleep 1000 &
	echo $! >> "$folder/pids"
	echo $! > "$folder/$1.pid"
	echo $! > "$hierarchy/crio-$1.scope/cgroup.procs"
}

end_container() {
	kill -9 "$(cat "$folder/$1.pid")"
	wait "$(cat "$folder/$1.pid")" 2>/dev/null
	eventually rmdir "$hierarchy/crio-$1.scope"
}

# tell HANGS ID PID NAME …: what the runtime says from now on
tell() {
	local list= hangs=$1
	shift
	while [ $# -gt 0 ]; do
		list="$list${list:+,}$(printf '{"id": "%s", "pid": %s, "name": "%s", "pod": "%s-pod",
			"namespace": "shop", "labels": {"app": "%s"}}' "$1" "$2" "$3" "$3" "$3")"
		shift 3
	done
	echo "{\"hangs\": $hangs, \"containers\": [$list]}" > "$folder/crio.new"
	mv "$folder/crio.new" "$folder/crio.json"
}

start_crio() {
	"$here/crio.py" "$folder/crio.sock" "$folder/crio.json" >> "$folder/crio.log" 2>&1 &
	echo $! > "$folder/crio.pid"
	echo $! >> "$folder/pids"
	eventually test -S "$folder/crio.sock"
}

port=$(python3 -c 'import socket; s = socket.create_server(("127.0.0.1", 0)); print(s.getsockname()[1])')

counts() {
	local connection
	exec {connection}<>"/dev/tcp/127.0.0.1/$port" || return 1
	printf 'GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n' >&"$connection"
	grep -a "^kubearmor_source_statistic{" <&"$connection"
	exec {connection}>&-
}

crio_counts() {
	counts
	counts | grep -qF '{source="cri",name="containers"} 2' && counts | grep -F 'name="resyncs"' | grep -v '} 0'
}

start_crio_daemon() {
	"$kubearmor" daemon --policyDir "$folder/policies" --runDir "$folder/run" --logPath "$folder/alerts.json" \
		--enforcer noop --criSocket "$folder/crio.sock" --visibility none --hostVisibility none \
		--feeders http --httpAddress "127.0.0.1:$port" 2>> "$folder/daemon.log" &
	daemon=$!
	eventually test -e "$folder/run/status.json" && kill -0 "$daemon"
}

crio_identity() {
	container "$one" && tell false "$one" "$(cat "$folder/$one.pid")" web && start_crio || return 1
	write_policy of-web shop 'app: web'
	start_crio_daemon || return 1
	eventually is web-pod policies of-web && is web-pod runtime cri-o && is web-pod namespace shop || return 1
	is web-pod initPID "$(cat "$folder/$one.pid")" || return 1
	is web-pod image "quay.io/test/app:1@sha256:$(printf 'a%.0s' $(seq 64))"
}

crio_events() {
	local began
	container "$two" && eventually is 222222222222 containerID "$two" || return 1
	began=$(date +%s%N)
	tell false "$one" "$(cat "$folder/$one.pid")" web "$two" "$(cat "$folder/$two.pid")" db
	eventually is db-pod containerID "$two" || return 1
	echo "known after $((($(date +%s%N) - began) / 1000000)) ms"
	! grep 'tells of no events' "$folder/daemon.log" | grep cri-o
}

# The runtime says that a container's process is one of the host's, and that another container is gone that is not.
crio_lies() {
	local other
	other=$(printf '3%.0s' $(seq 64))
	tell false "$two" "$(cat "$folder/$two.pid")" db "$other" $$ host
	eventually grep "source cri: container $other is under no rules" "$folder/daemon.log" || return 1
	is_gone host-pod && is web-pod containerID "$one" && is web-pod policies of-web
}

crio_hangs() {
	tell true "$one" "$(cat "$folder/$one.pid")" web
	end_container "$two" && eventually is_gone db-pod && is web-pod policies of-web || return 1
	eventually grep 'source cri: run: .*deadline' "$folder/daemon.log" || return 1
	tell false "$one" "$(cat "$folder/$one.pid")" web
	end_container "$one" && eventually is_gone web-pod
}

# The next daemon's runtime does not answer: the names are those that the one before was told.
two_hundred_are_kept() {
	local i id group list=() ids=
	for i in $(seq 200); do
		id=$(printf '%064x' $((0xabc000 + i)))
		container "$id" && ids="$ids $folder/$id.pid" || return 1
		list+=("$id" "$(cat "$folder/$id.pid")" "n$i")
	done
	tell false "${list[@]}"
	eventually they_are 200 || return 1
	tell true "${list[@]}"
	# Until it is gone it holds the lock.
	kill -9 "$daemon" && { wait "$daemon" 2>/dev/null; rm "$folder/run/status.json"; }
	: > "$folder/daemon.log"
	start_crio_daemon && they_are 200 || return 1
	! grep -q 'container container_namespace/000' "$folder/daemon.log" || return 1
	tell false "${list[@]}"
	kill $(cat $ids)
	# One by one: some are still busy when others are gone.
	for group in $(grep abc "$folder/cgroups"); do eventually rmdir "$group" || return 1; done
	eventually they_are 0 && [ -z "$(ls "$folder/run/containers")" ]
}

they_are() {
	[ "$("$kubearmor" workloads list --run-dir "$folder/run" | grep -c '^container *shop *n[0-9]*-pod')" = "$1" ]
}

check "CRI-O: identity" crio_identity
check "CRI-O: a container that starts is known by its event" crio_events
check "what a source counts is among the metrics" crio_counts
check "a runtime that lies puts nothing of the host into a container, and takes nothing out of force" crio_lies
check "a runtime that hangs holds up nothing, and is left after a while" crio_hangs
check "200 containers are known by their names at once, though their runtime hangs" two_hundred_are_kept
check "the daemon ends within 5 seconds again" stop_daemon

summary
