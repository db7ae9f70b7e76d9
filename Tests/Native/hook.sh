#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Containers held before their first instruction, with Debian's runc on this machine's own kernel: hook.sh STAGE
# The daemon runs with noop, since what is tested is who is known when. Containers have no network.
set -u

stage=$(readlink -f "$1")
kubearmor=$stage/usr/bin/kubearmor
folder=$(mktemp -d /run/kubearmor-hook.XXXXXX)
daemon=

# Ends what this run has started, and nothing else.
finish() {
	local name
	[ -n "$daemon" ] && { kill -CONT "$daemon"; kill -9 "$daemon"; } 2>/dev/null
	for name in $(runc --root "$folder/runc" list -q 2>/dev/null); do
		runc --root "$folder/runc" delete -f "$name"
	done
	rm -rf "$folder"
}
trap finish EXIT

. "$(dirname "$(readlink -f "$0")")/check.sh"

start_daemon() {
	mkdir -p "$folder/policies" "$folder/run"
	"$kubearmor" daemon --policyDir "$folder/policies" --runDir "$folder/run" --enforcer noop --sources none \
		--visibility none --hostVisibility none 2>> "$folder/daemon.log" &
	daemon=$!
	eventually test -e "$folder/run/status.json" && kill -0 "$daemon"
}

stop_daemon() {
	kill -TERM "$daemon" && wait "$daemon"
	local status=$?
	daemon=
	return $status
}

# bundle NAME COMMAND OPTIONS-OF-THE-HOOK…: a container of busybox; annotations are those in $annotations.
annotations=
stage_of_hook=createRuntime
bundle() {
	local name=$1 command=$2
	shift 2
	mkdir -p "$folder/$name/rootfs/bin" "$folder/$name/rootfs/proc" "$folder/$name/rootfs/log"
	cp /bin/busybox "$folder/$name/rootfs/bin/"
	touch "$folder/daemon.log"
	python3 - "$folder" "$name" "$command" "$kubearmor" "$stage_of_hook" "$annotations" "$@" <<-'END'
		import json, sys
		folder, name, command, program, stage, annotations, *options = sys.argv[1:]
		args = ["kubearmor", "hook", "--runDir", folder + "/run", "--config", folder + "/none.yaml"] + options
		json.dump({
		    "ociVersion": "1.0.2",
		    "process": {"user": {"uid": 0, "gid": 0}, "cwd": "/", "env": ["PATH=/bin"],
		                "args": ["/bin/busybox", "sh", "-c", command],
		                "rlimits": [{"type": "RLIMIT_NOFILE", "hard": 1024, "soft": 1024}]},
		    "root": {"path": "rootfs"},
		    "annotations": dict(pair.split("=", 1) for pair in annotations.split()),
		    "mounts": [{"destination": "/proc", "type": "proc", "source": "proc"},
		               {"destination": "/log", "type": "bind", "source": folder + "/daemon.log",
		                "options": ["bind", "ro"]}],
		    "hooks": {stage: [{"path": program, "args": args, "timeout": 30}]},
		    "linux": {"namespaces": [{"type": kind} for kind in ("pid", "mount", "ipc", "uts", "network")]},
		}, open(folder + "/" + name + "/config.json", "w"))
	END
	rm -rf "$folder/$name/rootfs/log"
	touch "$folder/$name/rootfs/log"
}

run() { timeout 60 runc --root "$folder/runc" run --bundle "$folder/$1" "$1"; }

write_policy() {
	mkdir -p "$folder/policies"
	cat > "$folder/policies/of-shop.yaml" <<-EOF
		apiVersion: security.kubearmor.com/v1
		kind: KubeArmorPolicy
		metadata: {name: of-shop, namespace: prod}
		spec:
		  selector: {matchLabels: {app: shop}}
		  file: {matchPaths: [{path: /etc/secret}]}
		  action: Audit
	EOF
}

prepare() {
	touch "$folder/none.yaml"
	write_policy
	start_daemon
}

# The container's first instruction reads the daemon's log, which says by then that its rule is in force.
known_first() {
	annotations="app=shop kubearmor.io/namespace=prod" \
		bundle one "busybox grep 'container prod/one: 1 rules of 1' /log"
	run one
}

known_first_in_its_namespaces() {
	annotations="app=shop kubearmor.io/namespace=prod" stage_of_hook=createContainer \
		bundle inner "busybox grep 'container prod/inner: 1 rules of 1' /log"
	run inner
}

# Name, labels, cgroup, process; also under the next daemon.
identity() {
	annotations="app=shop kubearmor.io/namespace=prod" bundle stays "exec sleep 1000"
	runc --root "$folder/runc" run -d --bundle "$folder/stays" stays < /dev/null > "$folder/stays.out" 2>&1 || {
		cat "$folder/stays.out"
		return 1
	}
	local pid
	pid=$(runc --root "$folder/runc" state stays | python3 -c 'import json,sys; print(json.load(sys.stdin)["pid"])')
	eventually is stays namespace prod && is stays policies of-shop && is stays heldByHook True &&
		is stays initPID "$pid"
}

said_by_probe() {
	"$kubearmor" probe --run-dir "$folder/run" | tee /dev/stderr |
		grep -q 'known before their first instruction by the OCI hook: 1 of 1 containers'
}

kept_for_the_next_daemon() {
	stop_daemon && start_daemon && eventually is stays policies of-shop && is stays heldByHook True &&
		! grep -q 'container container_namespace/stays' "$folder/daemon.log"
}

gone_with_its_cgroup() {
	runc --root "$folder/runc" delete -f stays && eventually is stays key "" &&
		[ -z "$(ls "$folder/run/containers")" ]
}

# A state in which nothing is right is refused with a sentence, whatever the setting.
malformed() {
	local output
	output=$("$kubearmor" hook --runDir "$folder/run" --config "$folder/none.yaml" 2>&1 <<< '{"id":') && return 1
	grep -q 'standard input is no JSON object' <<< "$output" || { echo "$output"; return 1; }
}

hangs_open() {
	bundle hangs-open "echo started" --hookFailure open --hookTimeoutMilliseconds 300
	[ "$(run hangs-open)" = started ]
}

hangs_closed() {
	bundle hangs "echo started" --hookTimeoutMilliseconds 300
	local output
	output=$(run hangs 2>&1) && return 1
	grep -q 'has not answered within 300 ms' <<< "$output" && ! grep -q '^started' <<< "$output" || {
		echo "$output"
		return 1
	}
}

# What asked too late is not called held.
late_is_said() {
	eventually grep -q 'its hook had given up\|its process is gone\|hook: container hangs' "$folder/daemon.log"
}

refused_without_a_daemon() {
	bundle closed "echo started" --hookTimeoutMilliseconds 100
	local output
	output=$(run closed 2>&1) && return 1
	grep -q 'container closed is not started: no daemon listens' <<< "$output" || { echo "$output"; return 1; }
}

starts_without_a_daemon() {
	bundle open "echo started" --hookFailure open
	[ "$(run open)" = started ]
}

allowed_without_a_daemon() {
	annotations="io.kubernetes.cri.sandbox-namespace=kube-system" bundle allowed "echo started"
	[ "$(run allowed)" = started ] || return 1
	annotations="io.kubernetes.cri.sandbox-namespace=prod" bundle other "echo started" --hookTimeoutMilliseconds 100
	! run other
}

printed() {
	"$kubearmor" hook --print-configuration hooks --hookFailure open | python3 -c '
import json, os, sys
hooks = json.load(sys.stdin)
assert hooks["version"] == "1.0.0" and hooks["stages"] == ["createRuntime"] and hooks["when"] == {"always": True}
assert os.path.samefile(hooks["hook"]["path"], sys.argv[1])
assert hooks["hook"]["args"] == ["kubearmor", "hook", "--hookFailure", "open"]' "$kubearmor"
}

# Podman reads the file that hooks.d gets, as CRI-O does.
podman_holds() {
	mkdir -p "$folder/hooks.d" "$folder/podman"
	"$kubearmor" hook --print-configuration hooks --runDir "$folder/run" --config "$folder/none.yaml" \
		> "$folder/hooks.d/kubearmor.json" || return 1
	podman --root "$folder/podman/root" --runroot "$folder/podman/run" --tmpdir "$folder/podman/tmp" \
		--storage-driver vfs --cgroup-manager cgroupfs --events-backend none --runtime "$(command -v runc)" \
		--hooks-dir "$folder/hooks.d" run --rm --network none --log-driver none \
		--ulimit nofile=1024:1024 --ulimit nproc=1024:1024 \
		--annotation app=shop --annotation kubearmor.io/namespace=prod --volume "$folder/daemon.log:/log:ro" \
		--rootfs "$folder/one/rootfs" /bin/busybox grep 'container prod/[0-9a-f]*: 1 rules of 1' /log
}

# The program as a runtime: it adds the hook to the bundle, whose hooks these are none of.
runtime_adds_the_hook() {
	annotations="app=shop kubearmor.io/namespace=prod" bundle wrapped \
		"busybox grep 'container prod/wrapped: 1 rules of 1' /log"
	python3 - "$folder/wrapped/config.json" <<-'END'
		import json, sys
		with open(sys.argv[1]) as file:
		    config = json.load(file)
		config["hooks"] = {"poststop": [{"path": "/bin/true"}]}
		config["process"]["rlimits"][0]["hard"] = 18446744073709551615
		config["process"]["rlimits"][0]["type"] = "RLIMIT_CORE"
		with open(sys.argv[1], "w") as file:
		    json.dump(config, file)
	END
	echo "runDir: $folder/run" > "$folder/runtime.yaml"
	KUBEARMOR_CFG="$folder/runtime.yaml" timeout 60 "$stage/usr/bin/kubearmor-runtime" --root "$folder/runc" run \
		--bundle "$folder/wrapped" wrapped || return 1
	grep -q '"poststop"' "$folder/wrapped/config.json" && grep -q 18446744073709551615 "$folder/wrapped/config.json"
}

check "the daemon starts" prepare
check "createRuntime: name, labels and rules are in force before the first instruction" known_first
check "createContainer: the same" known_first_in_its_namespaces
check "Podman runs the hook of hooks.d" podman_holds
check "kubearmor-runtime adds the hook" runtime_adds_the_hook
check "a container is who its bundle says" identity
check "probe says which guarantee holds" said_by_probe
check "the next daemon knows what hooks told, before its first rule set" kept_for_the_next_daemon
check "a container that is gone is gone with what its hook told" gone_with_its_cgroup
check "what is no state is refused with a sentence" malformed
kill -STOP "$daemon"
check "a daemon that does not answer, closed: not started, within the limit" hangs_closed
check "a daemon that does not answer, open: started" hangs_open
kill -CONT "$daemon"
check "a daemon that answers too late says so" late_is_said
check "the daemon ends" stop_daemon
check "no daemon, closed: not started, and it is said why" refused_without_a_daemon
check "no daemon, open: started" starts_without_a_daemon
check "no daemon: a namespace that is allowed starts, another does not" allowed_without_a_daemon
check "the configuration for hooks.d" printed

summary
